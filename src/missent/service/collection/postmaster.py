"""Own the letter to the postmaster of an organisation whose senders keep writing to a typo domain.

The rules. Only an organisation that may itself have sent what came in its name is written to (SPF), so
that nobody gets a letter about mail a stranger forged. It is told of its own senders, never of others,
at most once in 30 days; and of pairs that came on several days, never by what the owner's directory
says: otherwise a prober could write to many addresses and read in our letter which of them exist. No
content and no subject; calm; nothing to click on. The envelope sender is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from missent.errors import MalformedAddress
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line
from missent.service.collection.collection import PERSISTENT, Likely, OrganisationRecord, Pair
from missent.service.collection.letterhead import reference, top
from missent.service.collection.report import organisation_of
from missent.service.delivery_report import serialise
from missent.service.investigation.sentences import between, counted, listed, shown
from missent.service.stationery import Letterhead, templates
from missent.service.wording import screen

QUIET: Final = timedelta(days=30)
"""An organisation that was told is left alone for this; what comes meanwhile is in the next letter."""
DAYS: Final = 2
"""Days with a hit from which on a pair is told: retries of one message are one day."""
ALIGNED: Final = 0.9
"""Part of an organisation's hits that must have passed SPF."""
SHOWN: Final = 20
"""Pairs spelled out in one letter."""


class Left(StrEnum):
    """Why an organisation is not written to."""

    FORGED = "its mail did not pass SPF, so somebody else may have sent it"
    UNCHECKED = "nobody checked its SPF: set look_ups in [collect]"
    TOLD = "it was told in the last 30 days"
    PROVIDER = "it gives mailboxes to everybody, and does not manage its users' address books"
    OURS = "it lies in a typo domain"
    NOBODY = "it has no domain to write to"


@dataclass(frozen=True, slots=True)
class Notice:
    """What one organisation is to be told."""

    organisation: DomainName
    pairs: tuple[Pair, ...]
    """Most hits first."""

    @property
    def reader(self) -> Mailbox:
        """Give its postmaster (RFC 5321 §4.5.1: every domain has one)."""
        return Mailbox("postmaster", self.organisation)

    @property
    def hits(self) -> int:
        """Give how many messages the pairs stand for."""
        return sum(pair.hits for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whom to write to, and whom not."""

    notices: tuple[Notice, ...]
    left: tuple[tuple[str, int, Left], ...]
    """Organisation, its pairs, why."""


def choose(
    pairs: Iterable[Pair],
    records: Mapping[str, OrganisationRecord],
    typed: Sequence[DomainName],
    at: datetime,
    *,
    checked: bool = True,
) -> Chosen:
    """Sort persistent pairs by organisation; `typed` are the typo domains themselves.

    `checked` tells whether clients are looked up now, so that a missing pass says something.
    """
    groups: dict[str, list[Pair]] = {}
    for pair in pairs:
        if pair.persistent and pair.days >= DAYS and pair.likely is not Likely.SPAM:
            groups.setdefault(organisation_of(pair), []).append(pair)
    notices, left = [], []
    for name, theirs in groups.items():
        theirs.sort(key=lambda pair: (-pair.hits, pair.sender.folded, pair.typed.folded))
        record = records.get(name)
        why = _why_not(name, theirs, record, typed, at)
        if why is Left.FORGED and not checked and (record is None or not record.aligned):
            why = Left.UNCHECKED
        if why is not None:
            left.append((name, len(theirs), why))
        else:
            notices.append(Notice(DomainName.parse(name), tuple(theirs)))
    notices.sort(key=lambda notice: (-notice.hits, notice.organisation))
    return Chosen(tuple(notices), tuple(sorted(left)))


def _why_not(
    name: str,
    pairs: Sequence[Pair],
    record: OrganisationRecord | None,
    typed: Sequence[DomainName],
    at: datetime,
) -> Left | None:
    try:
        domain = DomainName.parse(name)
    except MalformedAddress:
        return Left.NOBODY
    if domain.is_literal or domain.registrable is None:
        return Left.NOBODY
    if any(domain.is_within(one) or one.is_within(domain) for one in typed):
        return Left.OURS
    if shipped().kind(domain) == "mail_provider":
        return Left.PROVIDER
    if record is None or record.aligned < max(PERSISTENT, ALIGNED * record.hits):
        return Left.FORGED
    if any(pair.told is not None and at - pair.told < QUIET for pair in pairs):
        return Left.TOLD
    return None


# --- the letter ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    sender: str
    typed: str
    meant: str
    extent: str


_REFUSED: Final = (
    "Our server refused every one of these messages before it was sent, and named the right domain in "
    "its answer; nothing of them was read or kept. Somebody else's server might have taken them."
)
_SEALED: Final = (
    "Some or all of these messages reached us. Those are sealed to a key that is kept elsewhere, and "
    "destroyed after a fixed time; nothing of them stands in this mail. Somebody else's server might have "
    "read them."
)
_STEPS: Final = (
    (
        "Tell the senders above. Such an address is mostly stored: in an address book, in the "
        "suggestions of a mail program, on a distribution list or in a forwarding rule. It has to be "
        "corrected there."
    ),
    "Let your mail servers refuse mail for {}, so that the sender is told at once.",
)
_CHECK: Final = (
    "You need not believe this mail: your own mail logs have the same senders, addresses and days. It has "
    "no link and no attachment, quotes nothing of what was written, and does not say whether a mailbox "
    "of that name exists at the right domain."
)
_AGAIN: Final = (
    "You will not hear of this more often than once in 30 days. If the addresses are right after all, or "
    "this should go to somebody else, answer to {}."
)


class PostmasterLetters:
    """Writes the letters of one installation; holds no state but its template."""

    def __init__(self, head: Letterhead, *, collects: bool) -> None:
        """Write for an installation that `collects`, or once did."""
        self._head = head
        self._collects = collects
        self._template = templates("collection", ("postmaster.txt",)).get_template("postmaster.txt")

    def letter(self, notice: Notice, at: datetime) -> bytes:
        """Write to the postmaster of one organisation; text only, as postmasters read it."""
        wrong = sorted({DomainName.parse(pair.typed.domain.owner) for pair in notice.pairs})
        names = listed([shown(name) for name in wrong[:3]])
        if len(wrong) > 3:
            names = f"{len(wrong)} wrong domains"
        subject = f"Mail from {shown(notice.organisation)} keeps going to {names}"
        said = [
            (pair.sender.folded, pair.typed.folded, pair.hits, pair.last.isoformat())
            for pair in notice.pairs
        ]
        letter = top(self._head, notice.reader, subject, at, tuple(said))
        left = len(notice.pairs) - SHOWN
        text = self._template.render(
            opening=self._opening(notice, names, many=len(wrong) > 1),
            fate=_SEALED if self._collects else _REFUSED,
            rows=[_row(pair) for pair in notice.pairs[:SHOWN]],
            more=f"and {left:,} more; {screen(self._head.contact)} can tell you which"
            if left > 0
            else "",
            steps=[step.format(names) for step in _STEPS],
            check=_CHECK,
            again=_AGAIN.format(screen(self._head.contact)),
            footer=(
                f"Written by Missent, which answers for these domains on behalf of "
                f"{one_line(self._head.organisation)}. Questions: {screen(self._head.contact)}. "
                f"Reference: {reference(letter)}"
            ),
        )
        letter.set_content(text, cte="quoted-printable")
        return serialise(letter)

    def _opening(self, notice: Notice, names: str, *, many: bool) -> str:
        pairs = notice.pairs
        first, last = min(pair.first for pair in pairs), max(pair.last for pair in pairs)
        meant = sorted({pair.meant for pair in pairs})
        right = (
            listed([shown(name) for name in meant[:3]]) if len(meant) <= 3 else "the right domains"
        )
        senders = len({pair.sender for pair in pairs})
        who = "one of your senders" if senders == 1 else f"{senders:,} of your senders"
        same = "same address" if len(pairs) == 1 else "same addresses"
        when = between(first, last)
        return (
            f"We run the mail servers of {names}, which {'are' if many else 'is'} often "
            f"written by mistake for {right}. {when[:1].upper()}{when[1:]}, {who} wrote "
            f"there {counted(notice.hits, 'time')}, to the {same} again and again. This is most "
            "likely a slip that was stored, and nobody's guilt."
        )


def _row(pair: Pair) -> _Row:
    extent = f"{counted(pair.hits, 'message')} on {counted(pair.days, 'day')}"
    extent += f", {between(pair.first, pair.last)}"
    return _Row(screen(pair.sender), screen(pair.typed), shown(pair.meant), extent)
