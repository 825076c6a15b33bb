"""Own real mail with known mistakes in it: who wrote to whom, some recipients mistyped, written down anew.

The mail is the user's and stays where it is: what is written goes to a temporary folder, and nothing
of it is shown. Slips follow the measured mix of `missent.service.evaluation.injected`; what comes out
as a name that stands in the mail is drawn again. Three forms: a Parquet table, an mbox, and the Postfix
log that a server would have written, mail to us included.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.header import Header
from email.utils import format_datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from missent.engine.archives import parquet_rows
from missent.judge.case import Organisation
from missent.mail.archived import read_mailbox
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.injected import Draw, slip

_COLUMNS = ("message_id", "date", "sender", "to", "cc", "subject", "body")
_TRIES = 8
_FROM = re.compile(r"(?m)^(>*From )")


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of the mail."""

    message_id: str
    at: datetime
    sender: Mailbox | None
    to: tuple[Mailbox, ...]
    cc: tuple[Mailbox, ...]
    subject: str
    body: str

    @property
    def recipients(self) -> tuple[Mailbox, ...]:
        """Give To and Cc, each once."""
        return tuple(dict.fromkeys((*self.to, *self.cc)))

    @property
    def names(self) -> frozenset[str]:
        """Give the domains that stand in it."""
        written = self.recipients if self.sender is None else (self.sender, *self.recipients)
        return frozenset(mailbox.domain.ascii for mailbox in written)


@dataclass(frozen=True, slots=True)
class Seed:
    """One mistake."""

    number: int
    """Of the message."""
    kind: str
    meant: DomainName
    typed: DomainName


@dataclass(frozen=True, slots=True)
class Seeded:
    """The mail with its mistakes."""

    mail: Sequence[Sent]
    seeds: Sequence[Seed]

    def occurrences(self) -> Counter[str]:
        """Count in how many messages each domain stands."""
        return Counter(name for sent in self.mail for name in sent.names)


def read_mail(path: Path) -> list[Sent]:
    """Read a Parquet table of mail (`missent.engine.archives.parquet_rows`), in order of time."""
    rows = parquet_rows(path, _COLUMNS)
    found = [_sent(number, row) for number, row in enumerate(rows)]
    return sorted(found, key=lambda sent: sent.at)


def outside(sent: Sent, organisation: Organisation) -> list[Mailbox]:
    """Give the recipients outside of a message that one of ours wrote."""
    if sent.sender is None or not organisation.owns(sent.sender.domain):
        return []
    return [mailbox for mailbox in sent.recipients if not organisation.owns(mailbox.domain)]


def seeded(mail: Sequence[Sent], organisation: Organisation, rate: float, seed: int) -> Seeded:
    """Mistype a recipient outside in so many of all messages."""
    draw = random.Random(seed)
    places = [number for number, sent in enumerate(mail) if outside(sent, organisation)]
    draw.shuffle(places)
    taken = {name for sent in mail for name in sent.names}
    written, seeds = list(mail), list[Seed]()
    for number in places:
        if len(seeds) >= round(rate * len(mail)):
            break
        one = _seed(number, draw.choice(outside(mail[number], organisation)), taken, seed)
        if one is None or organisation.owns(one.typed):
            continue
        taken.add(one.typed.ascii)
        seeds.append(one)
        written[number] = _mistyped(mail[number], one)
    return Seeded(written, seeds)


def _seed(number: int, meant: Mailbox, taken: set[str], seed: int) -> Seed | None:
    draw = Draw(seed, number)
    for _ in range(_TRIES):
        found = slip(meant.domain, draw)
        if found is not None and found[1].ascii not in taken and not _one_owner(meant, found[1]):
            return Seed(number, found[0], meant.domain, found[1])
    return None


def _one_owner(meant: Mailbox, typed: DomainName) -> bool:
    """Tell whether a slip stays within one organisation: what it reaches is no stranger."""
    return meant.domain.registrable is not None and typed.registrable == meant.domain.registrable


def _mistyped(sent: Sent, seed: Seed) -> Sent:
    """Mistype the first recipient at that domain."""
    wrong = next(mailbox for mailbox in sent.recipients if mailbox.domain == seed.meant)
    to, cc = (
        tuple(mailbox.at(seed.typed) if mailbox == wrong else mailbox for mailbox in listed)
        for listed in (sent.to, sent.cc)
    )
    return replace(sent, to=to, cc=cc)


def _sent(number: int, row: Mapping[str, object]) -> Sent:
    date = row["date"]
    at = date if isinstance(date, datetime) else datetime.fromtimestamp(float(str(date)), UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    sender = _mailboxes(row["sender"])
    return Sent(
        message_id=str(row.get("message_id") or f"<{number}@seeded.example>"),
        at=at.replace(microsecond=0),
        sender=sender[0] if sender else None,
        to=_mailboxes(row["to"]),
        cc=_mailboxes(row.get("cc")),
        subject=" ".join(str(row.get("subject") or "").split()),
        body=str(row.get("body") or "").replace("\0", " "),
    )


def _mailboxes(cell: object) -> tuple[Mailbox, ...]:
    texts = [cell] if isinstance(cell, str) else cell if isinstance(cell, list) else []
    found = (read_mailbox(text.strip()) for text in texts if isinstance(text, str))
    return tuple(dict.fromkeys(mailbox for mailbox in found if mailbox is not None))


# --- forms ---------------------------------------------------------------------------------------


def write_parquet(path: Path, mail: Iterable[Sent], _: Organisation) -> None:
    """Write a table like the one that was read."""
    rows = [
        {
            "message_id": sent.message_id,
            "date": sent.at.timestamp(),
            "sender": sent.sender.wire if sent.sender else "",
            "to": [mailbox.wire for mailbox in sent.to],
            "cc": [mailbox.wire for mailbox in sent.cc],
            "subject": sent.subject,
            "body": sent.body,
        }
        for sent in mail
    ]
    pq.write_table(pa.Table.from_pylist(rows), path)


def write_mbox(path: Path, mail: Iterable[Sent], _: Organisation) -> None:
    """Write an mbox; lines that begin with ``From`` are quoted."""
    with path.open("wb") as file:
        for sent in mail:
            sender = sent.sender.wire if sent.sender else "MAILER-DAEMON"
            fields = [f"From {sender} {sent.at:%a %b %d %H:%M:%S %Y}", f"From: {sender}"]
            for name, listed in (("To", sent.to), ("Cc", sent.cc)):
                if listed:
                    fields.append(f"{name}: " + ",\n ".join(mailbox.wire for mailbox in listed))
            subject = (
                Header(sent.subject, "utf-8").encode()
                if not sent.subject.isascii()
                else sent.subject
            )
            fields += [f"Subject: {subject}", f"Date: {format_datetime(sent.at)}"]
            fields += [f"Message-ID: {sent.message_id}", "MIME-Version: 1.0"]
            fields.append(
                "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit"
            )
            body = _FROM.sub(r">\1", sent.body.replace("\r\n", "\n"))
            file.write(("\n".join(fields) + f"\n\n{body}\n\n").encode("utf-8", "replace"))


def write_postfix(path: Path, mail: Iterable[Sent], organisation: Organisation) -> None:
    """Write the log of the server that all of it passed."""
    with path.open("w", encoding="utf-8") as file:
        for number, sent in enumerate(mail):
            file.writelines(_lines(number, sent, organisation))


def _lines(number: int, sent: Sent, organisation: Organisation) -> Iterator[str]:
    stamp, queue_id = f"{sent.at.isoformat()} mail postfix", f"4{number:08X}"
    sender = sent.sender.wire if sent.sender else ""
    ours = sent.sender is not None and organisation.owns(sent.sender.domain)
    host = "ws.inside.example[10.0.0.9]" if ours else "mx.outside.example[203.0.113.9]"
    yield f"{stamp}/smtpd[21]: {queue_id}: client={host}\n"
    yield f"{stamp}/cleanup[22]: {queue_id}: message-id={sent.message_id}\n"
    count = len(sent.recipients)
    yield f"{stamp}/qmgr[23]: {queue_id}: from=<{sender}>, size=2000, nrcpt={count} (queue active)\n"
    for mailbox in sent.recipients:
        inside = organisation.owns(mailbox.domain)
        relay = "mail[private/lmtp]" if inside else f"mx.{mailbox.domain.ascii}[203.0.113.7]:25"
        yield (
            f"{stamp}/{'lmtp' if inside else 'smtp'}[24]: {queue_id}: to=<{mailbox.wire}>, relay={relay},"
            " delay=0.3, delays=0.1/0/0.1/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok)\n"
        )
    yield f"{stamp}/qmgr[23]: {queue_id}: removed\n"


FORMS: Mapping[str, tuple[str, Callable[[Path, Iterable[Sent], Organisation], None]]] = {
    "parquet": ("mail.parquet", write_parquet),
    "mbox": ("mail.mbox", write_mbox),
    "postfix": ("mail.log", write_postfix),
}
"""Form -> file name and what writes it."""
