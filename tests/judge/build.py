"""Short ways to make a case for the judge's tests; fixture names are invented."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from missent.judge.case import Case, Correspondence, Neighbour, Organisation, Record
from missent.judge.content import Content, read
from missent.judge.sensitivity import VOCABULARY
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Text
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message
from missent.mail.mime import Part

NOW = datetime(2031, 5, 20, 9, 0, tzinfo=UTC)
OURS = Organisation("Contractor", (DomainName.parse("contractor.example"),))
SENDER = Mailbox.parse("amy@contractor.example")


def days_ago(days: float) -> datetime:
    """Give a time before the case."""
    return NOW - timedelta(days=days)


def record(
    sent: int = 0, answered: int = 0, *, since: float = 400, people: int = 5, heard: int = 0
) -> Record:
    """Make a record whose answers are spread over the whole time since it was first seen."""
    return Record(
        sent=sent,
        answered=answered,
        answered_people=min(people, answered),
        first_answer=days_ago(since) if answered else None,
        last_answer=days_ago(0) if answered else None,
        heard=heard,
        first_seen=days_ago(since),
        last_seen=days_ago(0),
    )


def message(
    subject: str = "",
    files: tuple[str, ...] = (),
    problems: tuple[str, ...] = (),
    documents: tuple[Document, ...] = (),
    fields: tuple[tuple[str, str], ...] = (),
) -> Message:
    """Make a parsed message."""
    parts = tuple(Part("application/octet-stream", name, 1000) for name in files)
    return Message(
        message_id="<1@contractor.example>",
        header_from=(SENDER,),
        addressees=(),
        subject=subject,
        parts=parts,
        references=(),
        size=2000,
        sha256="0" * 64,
        body_digest="0" * 64,
        signed=False,
        automatic=False,
        resent=False,
        hops=0,
        problems=problems,
        documents=documents,
        fields=fields,
    )


def letter(text: str) -> Document:
    """Make the document that is the letter itself."""
    return Document("1", "text", texts=(Text(text),), attached=False)


def content(
    text: str = "",
    *attached: Document,
    subject: str = "",
    fields: tuple[tuple[str, str], ...] = (),
    vocabulary: Vocabulary | None = None,
) -> Content:
    """Make what a detector looks at: a letter, and what is attached to it."""
    documents = (letter(text), *attached) if text else attached
    about = message(subject, documents=documents, fields=fields)
    return read(about, vocabulary or VOCABULARY)


def case(
    *recipients: str | Recipient,
    known: Mapping[str, Record] | None = None,
    about: Message | None = None,
    sender: Mailbox | None = SENDER,
    messages: int = 1000,
) -> Case:
    """Make a case; every known domain is a neighbour of every recipient, as in a tiny store."""
    known = known or {}
    envelope = Envelope(
        "t1",
        sender,
        tuple(r if isinstance(r, Recipient) else Recipient(Mailbox.parse(r)) for r in recipients),
        NOW,
    )
    written = {
        m.domain for r in envelope.recipients for m in (r.mailbox, r.resolved) if m is not None
    }
    domains = {DomainName.parse(name): rec for name, rec in known.items() if "@" not in name}
    neighbours = {
        name.ascii: tuple(Neighbour(d, rec) for d, rec in domains.items() if d != name)
        for name in written
    }
    view = Correspondence(
        {name.ascii: rec for name, rec in domains.items()},
        {Mailbox.parse(a).folded: rec for a, rec in known.items() if "@" in a},
        neighbours,
        messages=messages if known else 0,
    )
    return Case(envelope, about, view, OURS, NOW)
