"""Own short ways to invent what an investigation reads: counts of names, deliveries, archived messages.

Everything is made from plain text, so that a test reads as the log would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.book import Book
from missent.service.investigation.census import Census
from missent.service.investigation.suspects import pairs

BEGIN = datetime(2030, 3, 1, 8, 0, tzinfo=UTC)
END = BEGIN + timedelta(days=400)
OURS = DomainName.parse("contractor.example")
ORGANISATION = Organisation("Contractor", (OURS,))
ANN = "ann@contractor.example"


def name(text: str) -> DomainName:
    """Read a name."""
    return DomainName.parse(text)


def census(
    mailboxes: Mapping[str, tuple[int, int]], first: datetime = BEGIN, last: datetime = END
) -> Census:
    """Count mailboxes, each with the messages that went there and came from there."""
    made = Census(messages=sum(to for to, _ in mailboxes.values()))
    made.see(first, last)
    for text, (to, wrote) in mailboxes.items():
        made.count(text.rpartition("@")[2], to, wrote, first, last)
    made.close()
    return made


def looked_at(made: Census, mailboxes: Mapping[str, tuple[int, int]]) -> None:
    """Learn of every mailbox what a close look learns."""
    for domain in sorted({text.rpartition("@")[2] for text in mailboxes}):
        rows = [count for text, count in mailboxes.items() if text.endswith("@" + domain)]
        written = [(to, wrote) for to, wrote in rows if to]
        made.look_closely(
            domain,
            mailboxes=len(written),
            once=sum(to == 1 for to, _ in written),
            mutual=sum(wrote > 0 for _, wrote in written),
            answered=sum(wrote for _, wrote in written),
        )
    for text, (to, wrote) in mailboxes.items():
        made.take_mailbox(Mailbox.parse(text), to, wrote)


def book(
    mailboxes: Mapping[str, tuple[int, int]],
    *,
    ours: Iterable[DomainName] = (OURS,),
    listed: Iterable[str] = (),
) -> Book:
    """Make the book of mailboxes with the messages to and from each."""
    made, inside = census(mailboxes), Organisation("Contractor", tuple(ours))
    near = pairs(
        tuple(made.names()),
        lambda one: made.traffic(one).to > 0 and not inside.owns(one),
        inside.domains,
    )
    looked_at(made, mailboxes)
    people = frozenset(map(Mailbox.parse, listed))
    return Book(made, inside, Policy.with_defaults(), near, people)


def delivery(
    to: str = "john@army.ml",
    status: str = "sent",
    *,
    minutes: float = 0,
    sender: str | None = ANN,
    message_id: str | None = "<1@contractor.example>",
    queue_id: str = "4ABC",
    orig_to: str | None = None,
    relay: str = "mx.army.ml[192.0.2.1]:25",
    sender_known: bool = True,
) -> Delivery:
    """Say what a server logged."""
    return Delivery(
        queue_id=queue_id,
        sender=None if sender is None else Mailbox.parse(sender),
        recipient=Mailbox.parse(to),
        orig_to=None if orig_to is None else Mailbox.parse(orig_to),
        status=status,
        dsn=None,
        relay=relay,
        at=BEGIN + timedelta(minutes=minutes),
        message_id=message_id,
        client=None,
        sender_known=sender_known,
    )


def archived(
    *to: str,
    author: str | None = ANN,
    message_id: str | None = "<1@contractor.example>",
    minutes: float = 0,
) -> ArchivedMessage:
    """Say what an archive holds."""
    return ArchivedMessage(
        header_from=() if author is None else (Mailbox.parse(author),),
        recipients=tuple(map(Mailbox.parse, to)),
        message_id=message_id,
        references=(),
        at=BEGIN + timedelta(minutes=minutes),
    )
