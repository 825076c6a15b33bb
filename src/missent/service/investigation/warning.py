"""Own who is warned of what: one value a sender, read from the report that an incident was written to.

The rules: only mailboxes of ours that a person reads are written to; the rest is listed for the
operator, since a letter outside would tell a stranger who writes to whom. A report is text from a
disk that others may write to: it is read as strictly as a configuration, and a fault names file and key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, TypeVar

from missent.errors import ArchiveError, MalformedAddress
from missent.judge.signals.domain_typo import ROLES
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.incident import Sender

T = TypeVar("T")

_SHARED: Final = (
    "abuse accounts alert alerts backup billing bookings calendar careers copier cron daemon "
    "enquiries facilities fax helpdesk hostmaster hr inquiries invoice invoices it jobs list "
    "mailer-daemon marketing mfp monitoring newsletter nobody notification notifications orders "
    "payroll press printer privacy procurement reception recruitment reports robot root scan "
    "scanner secretary security server service system team voicemail webmaster www-data"
)
_SERVICES: Final = ROLES | frozenset(_SHARED.split())
"""Local parts that a program writes as, or several people read; a tag or number at the end is no part."""
_PROGRAM: Final = re.compile(
    r"srs[01][-+=]|.*=|(?:.*-)?bounces?\b|(?:no|do[-_.]?not)[-_.]?reply", re.IGNORECASE
)
"""Return paths a program made (SRS, VERP, BATV, bounces), and addresses that nobody reads."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong mailbox somebody wrote to."""

    recipient: Mailbox
    meant: Mailbox | None
    """None if only the domain is doubted."""
    intended: DomainName
    """The domain that was meant."""
    messages: int
    """Sent there, by this sender; a few may have bounced where others were taken."""
    first: datetime
    last: datetime
    habit: str
    """As `incident.Pair.habit`."""


@dataclass(frozen=True, slots=True)
class SenderWarning:
    """What one sender is to be told."""

    sender: Mailbox | None
    """None: the null path."""
    messages: int
    """That reached a wrong mailbox; a message to two of them is one message."""
    first: datetime
    last: datetime
    rows: tuple[Wrong, ...]
    """The mailboxes that took something, the most messages first. Of what bounced, the bounce told."""


class Why(StrEnum):
    """Why a sender is not written to; the value is what the operator reads."""

    OUTSIDE = "outside: tell their postmaster"
    SERVICE = "a program or a shared mailbox: tell who runs it, or name a person in [owners]"
    NOBODY = "no sender: bounces and automatic mail"


@dataclass(frozen=True, slots=True)
class Sorted:
    """Who is written to, and who is only listed."""

    letters: tuple[tuple[SenderWarning, Mailbox], ...]
    """With the reader: the sender, or the person the operator's ``[owners]`` names for it."""
    listed: tuple[tuple[SenderWarning, Why], ...]


def _joined(
    senders: Iterable[Sender], pairs: Iterable[tuple[Mailbox | None, Wrong]]
) -> tuple[SenderWarning, ...]:
    rows: dict[Mailbox | None, dict[Mailbox, Wrong]] = {}
    for sender, wrong in pairs:
        rows.setdefault(sender, {})[wrong.recipient] = wrong
    warnings = [
        SenderWarning(
            one.sender,
            one.messages,
            one.first,
            one.last,
            tuple(rows[one.sender][recipient] for recipient in one.recipients),
        )
        for one in senders
    ]
    nobody = tuple(rows.get(None, {}).values())
    if nobody:
        first, last = min(row.first for row in nobody), max(row.last for row in nobody)
        warnings.append(
            SenderWarning(None, sum(row.messages for row in nobody), first, last, nobody)
        )
    return tuple(warnings)


def sort_out(
    warnings: Iterable[SenderWarning],
    ours: Iterable[DomainName],
    owners: Mapping[Mailbox, Mailbox],
) -> Sorted:
    """Tell who is written to; nobody outside `ours` ever is, whatever `owners` says."""
    own, letters, listed = tuple(ours), [], []
    for warning in warnings:
        reader = warning.sender and owners.get(warning.sender, warning.sender)
        if reader is None:
            listed.append((warning, Why.NOBODY))
        elif not any(reader.domain.is_within(domain) for domain in own):
            listed.append((warning, Why.OUTSIDE))
        elif reader == warning.sender and _is_service(reader):
            listed.append((warning, Why.SERVICE))
        else:
            letters.append((warning, reader))
    return Sorted(tuple(letters), tuple(listed))


def _is_service(mailbox: Mailbox) -> bool:
    plain = re.sub(r"[-_.]?\d+\Z", "", mailbox.key.partition("+")[0])
    return plain in _SERVICES or _PROGRAM.match(mailbox.key) is not None


# --- reading a report ----------------------------------------------------------------------------


def read_warnings(plain: object, file: str) -> tuple[SenderWarning, ...]:
    """Read from what ``report.json`` holds (`plain.to_plain`) a warning for each sender whose messages
    reached a wrong destination, the most first.

    What went out on the null path comes last, as one: nobody is told, but the operator counts it.
    Raises `ArchiveError` naming `file` and key for a report of another program, or a damaged one.
    """
    report = _Table(plain, file)
    intended = {
        one.domain("domain"): one.domain("intended") for one in report.items("destinations")
    }
    pairs = [_pair(row, intended) for row in report.items("pairs")]
    reached = [(sender, wrong) for sender, wrong in pairs if wrong is not None]
    known = {(sender, wrong.recipient) for sender, wrong in reached}
    return _joined([_sender(row, known) for row in report.items("to_warn")], reached)


def _pair(
    row: _Table, intended: Mapping[DomainName, DomainName]
) -> tuple[Mailbox | None, Wrong | None]:
    """Give sender and wrong mailbox; None for one at a domain that took nothing."""
    sender = row.mailbox("sender") if row.given("sender") else None
    recipient = row.mailbox("recipient")
    wrong = Wrong(
        recipient,
        row.mailbox("meant") if row.given("meant") else None,
        intended.get(recipient.domain, recipient.domain),
        row.count("messages"),
        row.moment("first"),
        row.moment("last"),
        row.value("habit", str, "a text") if row.given("habit") else "",
    )
    return sender, wrong if recipient.domain in intended else None


def _sender(row: _Table, known: set[tuple[Mailbox | None, Mailbox]]) -> Sender:
    sender, recipients = row.mailbox("sender"), row.mailboxes("recipients")
    if not recipients or any((sender, recipient) not in known for recipient in recipients):
        raise row.fault("recipients", "each of them beside this sender among the pairs")
    return Sender(
        sender, row.count("messages"), recipients, 0, row.moment("first"), row.moment("last")
    )


class _Table:
    """One object of the report, which knows where it stands."""

    def __init__(self, plain: object, file: str, place: str = "") -> None:
        self._file, self._place = file, place
        if not isinstance(plain, dict):
            raise self.fault("", "an object")
        self._plain: dict[str, Any] = plain

    def given(self, key: str) -> bool:
        """Tell whether the key has a value; raises if it is not there at all."""
        if key not in self._plain:
            raise self.fault(key, "it to be there; is this a report of `missent investigate`?")
        return self._plain[key] not in (None, "")

    def value(self, key: str, kind: type[T], expected: str) -> T:
        self.given(key)
        found = self._plain[key]
        if not isinstance(found, kind) or isinstance(found, bool):
            raise self.fault(key, expected)
        return found

    def items(self, key: str) -> tuple[_Table, ...]:
        found: list[object] = self.value(key, list, "a list")
        return tuple(
            _Table(item, self._file, f"{self._at(key)}[{number}]")
            for number, item in enumerate(found)
        )

    def count(self, key: str) -> int:
        found = self.value(key, int, "a number")
        if found < 0:
            raise self.fault(key, "a number that is not negative")
        return found

    def moment(self, key: str) -> datetime:
        text = self.value(key, str, "a time")
        try:
            found = datetime.fromisoformat(text)
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):  # the latter at either end of the calendar
            pass
        raise self.fault(key, "a time with its zone (RFC 3339)")

    def mailbox(self, key: str) -> Mailbox:
        return self._mailbox(self.value(key, str, "an address"), key)

    def mailboxes(self, key: str) -> tuple[Mailbox, ...]:
        texts: list[object] = self.value(key, list, "a list")
        return tuple(self._mailbox(text, key) for text in texts)

    def _mailbox(self, text: object, key: str) -> Mailbox:
        try:
            return Mailbox.parse(text if isinstance(text, str) else "")
        except MalformedAddress as fault:
            raise self.fault(key, f"an address ({fault})") from None

    def domain(self, key: str) -> DomainName:
        text = self.value(key, str, "a domain name")
        try:
            return DomainName.parse(text)
        except MalformedAddress as fault:
            raise self.fault(key, f"a domain name ({fault})") from None

    def _at(self, key: str) -> str:
        return ".".join(part for part in (self._place, key) if part)

    def fault(self, key: str, expected: str) -> ArchiveError:
        where = self._at(key)
        return ArchiveError(f"{self._file}: {where + ': ' if where else ''}expected {expected}")
