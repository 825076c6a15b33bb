"""What becomes an `Exchange`: live mail, archives and logs tie people, and only people who wrote."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.service.test_learning import (
    ANN,
    AT,
    BOB,
    BORDER,
    JOHN,
    OURS,
    SQUATTER,
    Book,
    archive,
    dmarc,
    learning,
    letter,
)

from missent.judge import terms
from missent.judge.circle import Circle
from missent.mail.archived import read_header
from missent.mail.delivery import Delivery
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import parse
from missent.service.learning import InboundFacts, Learning
from missent.service.memory import Memory
from missent.service.ports import Exchange

SUBJECT = "Subject: =?utf-8?q?Re:_Crew_list?=\n"


def test_what_we_send_ties_inside_and_outside() -> None:
    """Everybody it goes to, our people marked; of the wording only numbers and digests."""
    data = letter("ann@contractor.example", "bob@contractor.example, john@army.mil", "<1@x>")
    message = parse(data.replace(b"From:", SUBJECT.encode() + b"From:", 1))
    (made,) = learning(Book()).sent(ANN, (BOB, JOHN), message, AT)
    assert (made.sender, made.recipients, made.ours) == (ANN, (BOB, JOHN), frozenset({ANN, BOB}))
    assert (made.message_id, made.size) == ("<1@x>", 2)
    assert made.wording.subject_key == terms.subject_key("crew list")
    assert "crew" not in repr(made).lower()
    assert learning(Book()).sent(SQUATTER, (BOB,), message, AT) == ()
    assert learning(Book()).sent(None, (BOB,), message, AT) == ()


def test_a_copy_for_one_recipient_knows_its_company() -> None:
    """Those released now are tied; the letter was to more."""
    message = parse(
        letter("ann@contractor.example", "bob@contractor.example, john@army.mil", "<1@x>")
    )
    (made,) = learning(Book()).sent(ANN, (JOHN,), message, AT)
    assert (made.recipients, made.company) == ((JOHN,), 2)


def _arrived(fields: str, author: str = "john@army.mil") -> tuple[Exchange, ...]:
    data = letter(author, "ann@contractor.example, mary@navy.mil", "<2@army.mil>", fields=fields)
    envelope = Envelope("t1", Mailbox.parse(author), (Recipient(ANN),), AT)
    return learning(Book()).heard(InboundFacts.from_message(envelope, data))


def test_what_comes_in_ties_whom_it_names() -> None:
    """The envelope's and the header's recipients, each once."""
    (made,) = _arrived(dmarc("pass", "army.mil") + SUBJECT)
    assert made.recipients == (ANN, Mailbox.parse("mary@navy.mil"))
    assert (made.ours, made.sender) == (frozenset({ANN}), JOHN)
    assert made.wording.subject_key == terms.subject_key("crew list")


def test_forged_automatic_and_foreign_claims_tie_nobody() -> None:
    """What `refusal` refuses is no letter either."""
    assert _arrived(dmarc("fail", "army.mil")) == ()
    assert _arrived("Auto-Submitted: auto-replied\n") == ()
    assert _arrived("", author="bob@contractor.example") == ()


def _circle(memory: Memory, *asked: Mailbox) -> Circle:
    return memory.view(ANN, asked, datetime(2026, 1, 1, tzinfo=UTC)).circle


def test_an_archive_ties_people_in_conversations() -> None:
    """Sent and received, internal mail too; learned twice it counts once."""
    memory = Memory()
    read = archive(
        letter("ann@contractor.example", "bob@contractor.example, john@army.mil", "<1@x>"),
        letter("john@army.mil", "ann@contractor.example", "<2@y>", refers="<1@x>"),
        letter("ann@contractor.example", "bob@contractor.example", "<3@x>", fields=SUBJECT),
    )
    for _ in range(2):
        Learning(memory, OURS, (BORDER,)).learn_archive(read)
    given = _circle(memory, BOB, JOHN)
    assert (given.letters, given.tie(BOB).sent, given.tie(BOB).alone) == (2, 2, 1)
    assert (given.tie(JOHN).sent, given.tie(JOHN).heard) == (1, 1)
    assert memory.view(ANN, [BOB], AT).mailbox(BOB).sent == 0
    wording = terms.read("", "", ("<2@y>",))
    talk = memory.view(ANN, [BOB], datetime(2025, 11, 23, tzinfo=UTC), wording).circle.talk
    assert (talk.letters, talk.took_part(BOB)) == (2, True)


def test_a_subject_is_read_from_a_header_and_never_shown() -> None:
    """Decoded, on one line, and in no repr."""
    read = read_header(letter("a@b.example", "c@d.example", "<1@x>", fields=SUBJECT))
    assert read.subject == "Re: Crew list"
    assert "Crew" not in repr(read)


def _delivery(recipient: Mailbox) -> Delivery:
    return Delivery(
        queue_id="Q1",
        sender=ANN,
        recipient=recipient,
        orig_to=None,
        status="sent",
        dsn="2.0.0",
        relay="mx.example[192.0.2.1]:25",
        at=AT,
        message_id="<1@x>",
        client=None,
    )


def test_a_log_ties_without_a_conversation() -> None:
    """Two lines of one message are one letter to two; nobody knows what it was about."""
    memory = Memory()
    Learning(memory, OURS).learn_log([_delivery(JOHN), _delivery(BOB), _delivery(JOHN)])
    given = _circle(memory, JOHN, BOB)
    assert (given.letters, given.tie(JOHN).sent, given.tie(BOB).sent) == (1, 1, 1)
    assert given.tie(JOHN).letters == given.tie(BOB).letters
    wording = terms.read("", "", ("<1@x>",))
    assert memory.view(ANN, [BOB], AT, wording).circle.talk.letters == 0
