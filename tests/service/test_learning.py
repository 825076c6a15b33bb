"""What `service.learning` promises: trust is answered, not sent, whoever writes to us."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from missent.judge.case import Correspondence, Organisation
from missent.judge.terms import NO_WORDING, Wording
from missent.mail.archived import ArchivedMessage, read_header
from missent.mail.delivery import Delivery
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.learning import BATCH, InboundFacts, Learning
from missent.service.ports import Exchange, Sighting, SightingKind

AT = datetime(2025, 11, 22, 10, 0, tzinfo=UTC)
OURS = Organisation("Contractor", (DomainName.parse("contractor.example"),))
BORDER = "mx.contractor.example"
ANN, BOB = Mailbox.parse("ann@contractor.example"), Mailbox.parse("bob@contractor.example")
JOHN, SQUATTER = Mailbox.parse("john@army.mil"), Mailbox.parse("john@army.ml")


class Book:
    """A correspondence store in memory that counts a message once, as every store must."""

    def __init__(self) -> None:
        self.rows: dict[tuple[SightingKind, str | None, Mailbox], Sighting] = {}
        self.batches: list[int] = []
        self.letters: list[Exchange] = []

    def learn(self, sightings: Iterable[Sighting]) -> int:
        """Add what is new."""
        given = list(sightings)
        before = len(self.rows)
        for s in given:
            self.rows.setdefault((s.kind, s.message_id, s.mailbox), s)
        self.batches.append(len(given))
        return len(self.rows) - before

    def sent_to(self, message_ids: Sequence[str], domain: DomainName) -> frozenset[Mailbox]:
        """Find our writers."""
        return frozenset(
            s.person
            for s in self.rows.values()
            if s.kind is SightingKind.SENT
            and s.person is not None
            and s.message_id in message_ids
            and s.mailbox.domain == domain
        )

    def learn_exchanges(self, exchanges: Iterable[Exchange]) -> int:
        """Keep them as they come."""
        given = list(exchanges)
        self.letters += given
        return len(given)

    def list_directory(self, people: Iterable[Mailbox], at: datetime) -> int:
        """Nobody lists here."""
        raise NotImplementedError

    def view(
        self,
        sender: Mailbox | None,
        recipients: Sequence[Mailbox],
        at: datetime,
        wording: Wording = NO_WORDING,
    ) -> Correspondence:
        """Nobody asks here."""
        raise NotImplementedError

    def validate(self, sender: Mailbox, recipient: Mailbox, at: datetime, actor: str) -> None:
        """Nobody validates here."""
        raise NotImplementedError

    def last_inbound(self) -> datetime | None:
        """Nobody asks here."""
        raise NotImplementedError

    def kinds(self, domain: str) -> dict[str, int]:
        """Count what is known of a domain."""
        known = [s.kind.value for s in self.rows.values() if s.mailbox.domain.ascii == domain]
        return {kind: known.count(kind) for kind in known}


def learning(book: Book, *trusted: str) -> Learning:
    """Make the thing under test, with our border's name unless another is given."""
    return Learning(book, OURS, trusted or (BORDER,))


def dmarc(result: str, author: str, by: str = BORDER) -> str:
    """Write a border's field."""
    return f"Authentication-Results: {by}; dmarc={result} header.from={author}\n"


def letter(author: str, to: str, mid: str, *, refers: str = "", fields: str = "") -> bytes:
    """Write a header; `fields` go on top, as a border's do."""
    answer = f"In-Reply-To: {refers}\nReferences: {refers}\n" if refers else ""
    return (
        f"{fields}From: {author}\nTo: {to}\nMessage-ID: {mid}\n{answer}"
        "Date: Sat, 22 Nov 2025 10:00:00 +0000\n\nbody\n"
    ).encode()


def arrive(
    book: Book, data: bytes, *, sender: str | None = "x@y.example", to: Mailbox = ANN
) -> str:
    """Let a message come in at the door; gives what it was learned as, or nothing."""
    mail_from = Mailbox.parse(sender) if sender else None
    envelope = Envelope("t1", mail_from, (Recipient(to),), AT)
    seen = learning(book).inbound(InboundFacts.from_message(envelope, data))
    book.learn(seen)
    return " ".join(s.kind.value for s in seen)


def archive(*messages: bytes) -> tuple[ArchivedMessage, ...]:
    """Read messages as an archive gives them."""
    return tuple(read_header(message) for message in messages)


# --- what we send --------------------------------------------------------------------------------


def test_what_we_send_outside_is_a_target() -> None:
    """Each outside recipient once; our own people and our subdomains are inside."""
    inside = Mailbox.parse("x@lab.contractor.example")
    seen = learning(Book()).outgoing(
        ANN, (JOHN, BOB, inside, JOHN, SQUATTER), "s1@contractor.example", AT
    )
    assert [(s.kind, s.mailbox, s.person, s.message_id) for s in seen] == [
        (SightingKind.SENT, JOHN, ANN, "<s1@contractor.example>"),
        (SightingKind.SENT, SQUATTER, ANN, "<s1@contractor.example>"),
    ]


@pytest.mark.parametrize("sender", [None, JOHN])
def test_null_and_foreign_senders_send_nothing_of_ours(sender: Mailbox | None) -> None:
    """Bounces and forwarded mail were addressed by nobody here."""
    assert learning(Book()).outgoing(sender, (SQUATTER,), "<s1@x.example>", AT) == ()


# --- what comes in -------------------------------------------------------------------------------


def sent(
    book: Book, to: Mailbox = JOHN, mid: str = "<s1@contractor.example>", by: Mailbox = ANN
) -> None:
    """Send something before."""
    book.learn(learning(book).outgoing(by, (to,), mid, AT))


def test_authenticated_answer_to_what_we_sent_there_is_an_answer() -> None:
    """The one way to trust."""
    book = Book()
    sent(book)
    data = letter(
        "John <john@army.mil>", "ann@contractor.example", "<r1@army.mil>",
        refers="<s0@contractor.example> <s1@contractor.example>", fields=dmarc("pass", "army.mil"),
    )  # fmt: skip
    assert arrive(book, data) == "answered"
    (row,) = (s for s in book.rows.values() if s.kind is SightingKind.ANSWERED)
    assert (row.mailbox, row.person, row.message_id, row.at) == (JOHN, ANN, "<r1@army.mil>", AT)


@pytest.mark.parametrize(
    ("fields", "refers", "kind"),
    [
        (dmarc("pass", "army.mil"), "", "heard"),
        (dmarc("pass", "army.mil"), "<other@contractor.example>", "heard"),
        ("", "<s1@contractor.example>", "heard_weakly"),
        ("", "", "heard_weakly"),
        (dmarc("none", "army.mil"), "<s1@contractor.example>", "heard_weakly"),
        (dmarc("pass", "army.mil", by="mx.army.ml"), "<s1@contractor.example>", "heard_weakly"),
        (dmarc("fail", "army.mil"), "<s1@contractor.example>", ""),
        (dmarc("pass", "army.ml"), "<s1@contractor.example>", ""),
    ],
)
def test_anything_less_is_less(fields: str, refers: str, kind: str) -> None:
    """Unsolicited, unauthenticated, foreign word, failed: each its own weight, none an answer."""
    book = Book()
    sent(book)
    data = letter(
        "john@army.mil", "ann@contractor.example", "<r1@army.mil>", refers=refers, fields=fields
    )
    assert arrive(book, data) == kind


@pytest.mark.parametrize(
    "fields",
    [
        "Auto-Submitted: auto-replied\n",
        "Precedence: bulk\n",
        "List-Id: <l.army.mil>\n",
        "Content-Type: multipart/report; report-type=delivery-status\n",
    ],
)
def test_automatic_answer_answers_nobody(fields: str) -> None:
    """A squatter's auto-responder does not make a correspondent of him."""
    book = Book()
    sent(book)
    data = letter(
        "john@army.mil", "ann@contractor.example", "<r1@army.mil>",
        refers="<s1@contractor.example>", fields=dmarc("pass", "army.mil") + fields,
    )  # fmt: skip
    assert arrive(book, data) == ""


def test_bounce_answers_nobody() -> None:
    """The null sender is a program, whatever the header says."""
    book = Book()
    sent(book)
    data = letter(
        "john@army.mil", "ann@contractor.example", "<r1@army.mil>",
        refers="<s1@contractor.example>", fields=dmarc("pass", "army.mil"),
    )  # fmt: skip
    assert arrive(book, data, sender=None) == ""


@pytest.mark.parametrize("author", ["ann@contractor.example", "a@b.contractor.example"])
def test_mail_from_outside_in_our_name_teaches_nothing(author: str) -> None:
    """Not even where it passes DMARC: our own people's mail is learned when it goes out."""
    fields = dmarc("pass", "contractor.example")
    assert (
        arrive(Book(), letter(author, "bob@contractor.example", "<r1@x.example>", fields=fields))
        == ""
    )


def test_two_authors_are_none() -> None:
    """DMARC speaks about one author; programs differ about which of two."""
    fields = dmarc("pass", "army.mil")
    two = letter(
        "john@army.mil, x@army.ml", "ann@contractor.example", "<r1@army.mil>", fields=fields
    )
    twice = b"From: x@army.ml\n" + letter(
        "john@army.mil", "ann@contractor.example", "<r2@army.mil>"
    )
    assert arrive(Book(), two) == arrive(Book(), twice) == ""


def test_answer_counts_for_the_person_who_had_written() -> None:
    """Putting others into Cc, or writing to somebody else, does not make more people of one."""
    book = Book()
    sent(book)
    data = letter(
        "john@army.mil", "a@b.example", "<r1@army.mil>",
        refers="<s1@contractor.example>", fields=dmarc("pass", "army.mil"),
    )  # fmt: skip
    for recipients in ((BOB, ANN), (BOB,), (BOB, Mailbox.parse("eve@contractor.example"))):
        envelope = Envelope("t", SQUATTER, tuple(Recipient(m) for m in recipients), AT)
        seen = learning(book).inbound(InboundFacts.from_message(envelope, data))
        assert [(s.kind, s.person) for s in seen] == [(SightingKind.ANSWERED, ANN)]


def test_answer_to_mail_of_two_people_counts_for_both() -> None:
    """Two who wrote and got the answer are two."""
    book = Book()
    sent(book)
    sent(book, mid="<s2@contractor.example>", by=BOB)
    data = letter(
        "john@army.mil", "a@b.example", "<r1@army.mil>", fields=dmarc("pass", "army.mil"),
        refers="<s1@contractor.example> <s2@contractor.example>",
    )  # fmt: skip
    envelope = Envelope("t", JOHN, (Recipient(BOB), Recipient(ANN)), AT)
    seen = learning(book).inbound(InboundFacts.from_message(envelope, data))
    assert [s.person for s in seen] == [BOB, ANN]


def test_message_without_an_id_is_named_by_its_transaction() -> None:
    """Every sighting has a name, so that it is counted once."""
    data = b"From: john@army.mil\nTo: ann@contractor.example\n\n"
    envelope = Envelope("4ABC", JOHN, (Recipient(ANN),), AT)
    (seen,) = learning(Book()).inbound(InboundFacts.from_message(envelope, data))
    assert seen.message_id == "transaction:4ABC"


# --- poisoned histories --------------------------------------------------------------------------


def test_ten_years_of_typos_and_an_owner_who_writes_make_no_answer() -> None:
    """5,000 sends to army.ml and its owner writing in, unasked: heard at most."""
    book = Book()
    ours = [
        letter("ann@contractor.example", "john@army.ml", f"<s{n}@contractor.example>")
        for n in range(5_000)
    ]
    theirs = [
        letter(
            "owner@army.ml",
            "ann@contractor.example",
            f"<o{n}@army.ml>",
            fields=dmarc("pass", "army.ml"),
        )
        for n in range(50)
    ]
    report = learning(book).learn_archive(archive(*ours, *theirs))
    assert book.kinds("army.ml") == {"sent": 5_000, "heard": 50}
    assert (report.outgoing, report.inbound, report.answers, report.heard) == (5_000, 50, 0, 50)
    assert max(book.batches) <= BATCH + 1


def test_squatter_with_forged_results_is_weak_at_most() -> None:
    """Fields of his own servers, under our Received, in comments, or with nobody's name."""
    book = Book()
    sent(book, to=SQUATTER)
    received = (
        "Received: from mx.army.ml by mx.contractor.example; Sat, 22 Nov 2025 10:00:00 +0000\n"
    )
    real = f"Authentication-Results: {BORDER}; spf=none\n"
    forgeries = (
        dmarc("pass", "army.ml", by="mx.army.ml"),
        real + received + dmarc("pass", "army.ml"),
        "Authentication-Results: dmarc=pass header.from=army.ml\n",
        f"Authentication-Results: x ({BORDER}); dmarc=pass header.from=army.ml\n",
        f"X-Authentication-Results: {BORDER}; dmarc=pass header.from=army.ml\n",
        f"ARC-Authentication-Results: i=1; {BORDER}; dmarc=pass header.from=army.ml\n",
    )
    for n, fields in enumerate(forgeries):
        data = letter(
            "john@army.ml", "ann@contractor.example", f"<r{n}@army.ml>",
            refers="<s1@contractor.example>", fields=fields,
        )  # fmt: skip
        assert arrive(book, data) == "heard_weakly"


def test_squatter_cannot_answer_for_the_one_who_was_meant() -> None:
    """What we sent to army.mil is not answered from army.ml, even where he knows its id."""
    book = Book()
    sent(book, to=JOHN)
    data = letter(
        "john@army.ml", "ann@contractor.example", "<r1@army.ml>",
        refers="<s1@contractor.example>", fields=dmarc("pass", "army.ml"),
    )  # fmt: skip
    assert arrive(book, data) == "heard"


@pytest.mark.parametrize(
    "fields",
    [
        dmarc("fail", "contractor.example"),
        dmarc("none", "contractor.example"),
        f"Authentication-Results: {BORDER}; spf=fail\n",
        "Return-Path: <boss@army.ml>\n",
        "Authentication-Results: elsewhere.example; dmarc=fail header.from=contractor.example\n",
    ],
)
def test_forger_cannot_answer_mail_he_sent_in_our_name(fields: str) -> None:
    """Else he would write our half of the correspondence, too."""
    book = Book()
    forged = letter(
        "ann@contractor.example", "john@army.ml", "<f1@contractor.example>", fields=fields
    )
    answer = letter(
        "john@army.ml", "ann@contractor.example", "<r1@army.ml>",
        refers="<f1@contractor.example>", fields=dmarc("pass", "army.ml"),
    )  # fmt: skip
    report = learning(book).learn_archive(archive(forged, answer))
    assert book.kinds("army.ml") == {"heard": 1}
    assert report.skipped == {"claims to be ours": 1}


def test_our_automatic_reply_is_nothing_one_could_answer() -> None:
    """A vacation notice to a squatter, and his answer to that, make no answer."""
    book = Book()
    vacation = letter(
        "ann@contractor.example", "john@army.ml", "<v1@contractor.example>",
        fields="Auto-Submitted: auto-replied\n",
    )  # fmt: skip
    answer = letter(
        "john@army.ml", "ann@contractor.example", "<r1@army.ml>",
        refers="<v1@contractor.example>", fields=dmarc("pass", "army.ml"),
    )  # fmt: skip
    learning(book).learn_archive(archive(vacation, answer))
    assert book.kinds("army.ml") == {"heard": 1}


# --- archives ------------------------------------------------------------------------------------

SENT_LETTER = letter("ann@contractor.example", "john@army.mil", "<s1@contractor.example>")
ANSWER = letter(
    "john@army.mil", "ann@contractor.example", "<r1@army.mil>",
    refers="<s1@contractor.example>", fields=dmarc("pass", "army.mil"),
)  # fmt: skip


@pytest.mark.parametrize("order", [(SENT_LETTER, ANSWER), (ANSWER, SENT_LETTER)])
def test_order_of_an_archive_does_not_matter(order: tuple[bytes, bytes]) -> None:
    """Folders are rarely in the order of time; an iterator is good enough, too."""
    for messages in (archive(*order), iter(archive(*order))):
        book = Book()
        report = learning(book).learn_archive(messages)
        assert book.kinds("army.mil") == {"sent": 1, "answered": 1}
        assert (report.messages, report.outgoing, report.inbound, report.answers) == (2, 1, 1, 1)


def test_answers_and_other_mail_of_one_domain_are_told_apart() -> None:
    """Questions are put to the store for a whole domain at once; verdicts are each message's own."""
    other = ANSWER.replace(b"<s1@", b"<s9@").replace(b"<r1@", b"<r2@")
    elsewhere = ANSWER.replace(b"army.mil", b"army.ml")
    book = Book()
    learning(book).learn_archive(archive(ANSWER, other, elsewhere, SENT_LETTER))
    assert book.kinds("army.mil") == {"sent": 1, "answered": 1, "heard": 1}
    assert book.kinds("army.ml") == {"heard": 1}


def test_archive_without_our_borders_word_is_weak() -> None:
    """An old mbox knows that somebody wrote, no more."""
    book = Book()
    report = learning(book, "other.example").learn_archive(archive(SENT_LETTER, ANSWER))
    assert book.kinds("army.mil") == {"sent": 1, "heard_weakly": 1}
    assert (report.answers, report.weak) == (0, 1)


def test_learning_again_changes_nothing() -> None:
    """The same archive twice, and a message without an id, are counted once."""
    nameless = (
        b"From: x@partner.example\nTo: ann@contractor.example\nDate: 22 Nov 2025 10:00:00 +0000\n\n"
    )
    messages = archive(SENT_LETTER, ANSWER, nameless)
    book = Book()
    first = learning(book).learn_archive(messages)
    before = dict(book.rows)
    second = learning(book).learn_archive(messages)
    assert (first.learned, second.learned) == (3, 0)
    assert book.rows == before


def test_genuine_sent_mail_is_ours_even_with_our_borders_word() -> None:
    """Submitted with a login, or aligned: a border may stamp our own people's mail, too."""
    book = Book()
    stamps = (
        f"Authentication-Results: {BORDER}; auth=pass smtp.auth=ann\n",
        dmarc("pass", "contractor.example"),
        "Return-Path: <ann@contractor.example>\n",
    )
    for n, fields in enumerate(stamps):
        sent_letter = letter(
            "ann@contractor.example", "john@army.mil", f"<s{n}@x.example>", fields=fields
        )
        learning(book).learn_archive(archive(sent_letter))
    assert book.kinds("army.mil") == {"sent": 3}


def test_report_counts_and_dates_without_an_address() -> None:
    """What was skipped is counted by reason; a date in the future is now."""
    late = SENT_LETTER.replace(b"2025", b"2099").replace(b"<s1", b"<s2")
    report = learning(Book()).learn_archive(
        archive(
            SENT_LETTER,
            late,
            b"From: a@b.example\nTo: ann@contractor.example\n\n",
            b"To: ann@contractor.example\nDate: 22 Nov 2025 10:00:00 +0000\n\n",
            letter(
                "a@b.example", "ann@contractor.example", "<l1@b.example>", fields="List-Id: <l>\n"
            ),
            letter("ann@contractor.example, x@y.example", "john@army.mil", "<s3@x.example>"),
        ),
        now=AT + timedelta(days=1),
    )
    assert report.skipped == {
        "no date": 1,
        "no readable author": 1,
        "automatic": 1,
        "not exactly one author": 1,
    }
    assert (report.messages, report.outgoing, report.inbound) == (6, 2, 1)
    assert (report.first, report.last) == (AT, AT + timedelta(days=1))
    assert "@" not in repr(report)


# --- logs ----------------------------------------------------------------------------------------


def delivery(sender: Mailbox | None, recipient: Mailbox, **changed: object) -> Delivery:
    """Make one logged delivery."""
    facts: dict[str, object] = {
        "queue_id": "4ABC", "sender": sender, "recipient": recipient, "orig_to": None,
        "status": "sent", "dsn": "2.0.0", "relay": "mx.example[192.0.2.1]:25", "at": AT,
        "message_id": None, "client": None,
    }  # fmt: skip
    return Delivery(**{**facts, **changed})  # type: ignore[arg-type]


def test_log_makes_targets_and_weak_evidence() -> None:
    """What left was sent; what came was heard weakly, whoever it was."""
    book = Book()
    log = (delivery(ANN, JOHN), delivery(JOHN, ANN, message_id="<r1@army.mil>"))
    report = learning(book).learn_log(log)
    assert book.kinds("army.mil") == {"sent": 1, "heard_weakly": 1}
    assert {s.message_id for s in book.rows.values()} == {"log:4ABC:11-22", "<r1@army.mil>"}
    assert (report.outgoing, report.inbound, report.weak, report.learned) == (1, 1, 1, 2)
    assert learning(book).learn_log(log).learned == 0


def test_mail_forwarded_outside_was_addressed_by_nobody_here() -> None:
    """Plain forwarding shows who wrote to us; rewritten senders show nothing."""
    book = Book()
    srs = Mailbox.parse("SRS0=abc=de=army.mil=john@contractor.example")
    home = Mailbox.parse("ann@home.example")
    log = (delivery(JOHN, home, orig_to=ANN), delivery(srs, home), delivery(JOHN, home))
    report = learning(book).learn_log(log)
    assert book.kinds("home.example") == {}
    assert book.kinds("army.mil") == {"heard_weakly": 1}
    assert report.skipped == {"forwarded": 2}


def test_what_was_not_delivered_teaches_nothing() -> None:
    """Deferred, bounced, discarded, bounces, and lines whose sender is not in the log."""
    book = Book()
    report = learning(book).learn_log(
        (
            delivery(ANN, JOHN, status="deferred"),
            delivery(ANN, JOHN, status="bounced"),
            delivery(ANN, JOHN, status="discarded", relay="none"),
            delivery(None, ANN),
            delivery(None, JOHN, sender_known=False),
        )
    )
    assert book.rows == {}
    assert report.skipped == {"not delivered": 3, "automatic": 1, "sender not in this log": 1}
