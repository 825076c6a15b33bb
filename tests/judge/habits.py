"""Short ways to say what a sender is used to, for the tests of the signals that ask for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from tests.judge.build import message

from missent.judge.case import Case, Namesake, Record
from missent.judge.circle import Circle, Talk, Tie
from missent.judge.finding import Finding
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message

Find = Callable[[Case, Recipient], Iterable[Finding]]


def box(text: str) -> Mailbox:
    """Read an address."""
    return Mailbox.parse(text)


def tie(*letters: int, sent: int | None = None) -> Tie:
    """Make a tie of a sender who wrote the letters of these numbers there."""
    count = len(letters) if sent is None else sent
    return Tie(sent=count, recent=float(count), last_sent=1.0, letters=letters)


def talk(*took_part: str) -> Talk:
    """Make a conversation of one letter to each of these."""
    return Talk(letters=3, last=1.0, received={box(name).folded: 1 for name in took_part})


def letter(
    text: str = "", subject: str = "", *to: str, references: tuple[str, ...] = ()
) -> Message:
    """Make a message with a text and visible recipients."""
    seen = tuple(map(box, to))
    return replace(message(subject), text=text, addressees=seen, references=references)


def used_to(
    one: Case,
    ties: Mapping[str, Tie] | None = None,
    rivals: Mapping[str, tuple[str, ...]] | None = None,
    conversation: Talk | None = None,
) -> Case:
    """Give the case with the sender's circle."""
    circle = Circle(
        letters=100,
        ties={box(name).folded: row for name, row in (ties or {}).items()},
        rivals={box(k).folded: tuple(map(box, v)) for k, v in (rivals or {}).items()},
        talk=conversation or Talk(),
    )
    return replace(one, correspondence=replace(one.correspondence, circle=circle))


def beside_known(one: Case, known: Mapping[str, Record]) -> Case:
    """Give the case with these known mailboxes as namesakes of every recipient of their domain."""
    boxes = {box(name): record for name, record in known.items()}
    found = {
        written.folded: tuple(
            Namesake(m, r) for m, r in boxes.items() if m.domain == written.domain and m != written
        )
        for written in one.envelope.mailboxes
    }
    view = replace(one.correspondence, namesakes=found)
    return replace(one, correspondence=view)


def first(find: Find, one: Case) -> list[Finding]:
    """Give what is said of the first recipient."""
    return list(find(one, one.envelope.recipients[0]))


def all_of(find: Find, one: Case) -> list[Finding]:
    """Give what is said of all recipients."""
    return [finding for recipient in one.envelope.recipients for finding in find(one, recipient)]
