"""What `mail.logs.sendmail` promises: a delivery for each recipient, whoever wrote what is in the lines."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mail.logs.rows import NOW, cases_of, lines_of, read, row, rows_of, unreadable

from missent.mail.logs.dialect import MAX_WAITING
from missent.mail.logs.sendmail import SENDMAIL, SendmailJoiner

CASES = cases_of("sendmail")
HEAD = "Nov 22 10:00:00 mx sm-mta[7]: "
ID = "5AMA00qx000007"
TAIL = "delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.army.ml. [203.0.113.9], dsn=2.0.0"
SENT = f"{TAIL}, stat=Sent (ok)"
FROM = f"{HEAD}{ID}: from=<ann@contractor.example>, size=10, class=0, nrcpts=1"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_log(path: Path) -> None:
    """Each log gives exactly the deliveries written beside it."""
    assert [row(delivery) for delivery in read(SENDMAIL, lines_of(path))] == rows_of(path)


def test_golden_logs_are_there() -> None:
    """An empty folder would prove nothing."""
    assert len(CASES) >= 6


def test_unreadable_deliveries_are_counted() -> None:
    """Those of the hostile log and one of the other alphabets; users, pipes and files are none."""
    assert [unreadable(SENDMAIL, lines_of(path)) for path in CASES] == [0, 0, 0, 0, 6, 1]


def test_line_too_long_is_counted_and_dropped() -> None:
    """A line no Sendmail writes costs nothing."""
    joiner = SendmailJoiner(NOW)
    assert joiner.feed(f"{HEAD}{ID}: to=<{'a' * 20_000}@x.example>, {SENT}") == []
    assert joiner.unreadable == 1


def test_memory_is_bounded_by_forgetting_the_oldest() -> None:
    """What was forgotten is given with what is known, and told apart from the null sender."""
    joiner = SendmailJoiner(NOW, limit=2)
    lines = [f"{HEAD}5AMA00qx00000{n}: to=<a@army.mil>, {SENT}" for n in (1, 2, 3)]
    assert joiner.feed(lines[0]) == joiner.feed(lines[1]) == []
    (forgotten,) = joiner.feed(lines[2])
    assert (forgotten.queue_id, forgotten.sender_known) == ("5AMA00qx000001", False)
    assert [d.queue_id[-1] for d in joiner.finish()] == ["2", "3"]
    assert joiner.finish() == []


def test_clones_do_not_outgrow_the_limit() -> None:
    """A line that names two ids at once makes two old ones go."""
    joiner = SendmailJoiner(NOW, limit=2)
    waiting = 0
    for n in range(100, 120):
        lines = [
            f"{HEAD}5AMA00qx000{n}: 5AMA00qy000{n}: clone: owner=owner-list",
            f"{HEAD}5AMA00qy000{n}: to=<a@army.mil>, {SENT}",
        ]
        waiting += 1 - sum(len(joiner.feed(line)) for line in lines)
    assert waiting == len(joiner.finish()) <= 2


def test_one_queue_id_cannot_wait_for_ever() -> None:
    """A list of a hundred thousand recipients without a sender does not pile up."""
    joiner = SendmailJoiner(NOW)
    lines = (f"{HEAD}{ID}: to=<u{n}@army.mil>, {SENT}" for n in range(MAX_WAITING + 5))
    assert [n for n, line in enumerate(lines) if joiner.feed(line)] == [MAX_WAITING - 1]


def test_zone_is_that_of_the_logging_machine() -> None:
    """A traditional timestamp is local time."""
    zone = timezone(timedelta(hours=2))
    (delivery,) = read(SENDMAIL, [f"{HEAD}{ID}: to=<a@army.mil>, {SENT}"], NOW, zone)
    assert delivery.at == datetime(2025, 11, 22, 8, 0, tzinfo=UTC)


def test_alias_is_told_from_the_senders_own_address() -> None:
    """``ctladdr`` names either; a name that Sendmail shortened names nobody."""
    ctladdrs = (
        "staff@contractor.example",
        "ann@contractor.example",
        "a@army.mil",
        "very...long@b.test",
    )
    lines = [
        FROM,
        *(f"{HEAD}{ID}: to=<a@army.mil>, ctladdr=<{text}> (8/0), {SENT}" for text in ctladdrs),
    ]
    origs = [delivery.orig_to and delivery.orig_to.wire for delivery in read(SENDMAIL, lines)]
    assert origs == ["staff@contractor.example", None, None, None]


def test_message_id_that_was_cut_is_none() -> None:
    """Sendmail logs 100 octets of it; a part would join messages that have nothing in common."""
    for text, known in (
        ("<a@b.test>", "<a@b.test>"),
        ("a@b.test", "<a@b.test>"),
        ("<" + "a" * 99, None),
    ):
        lines = [
            f"{FROM}, msgid={text}, proto=ESMTP, relay=x",
            f"{HEAD}{ID}: to=<a@army.mil>, {SENT}",
        ]
        (delivery,) = read(SENDMAIL, lines)
        assert delivery.message_id == known


@pytest.mark.parametrize(
    ("dsn", "stat", "status"),
    [
        ("2.0.0", "stat=Sent", "sent"),
        ("4.0.0", "stat=Deferred: Connection timed out", "deferred"),
        ("4.4.3", "stat=queued", "deferred"),
        ("4.3.0", "stat=Operating system error", "deferred"),
        ("5.1.1", "stat=User unknown", "bounced"),
        ("5.1.1", "reply=550 5.1.1 no, stat=Sent (ok), stat=User unknown", "bounced"),
        ("4.2.0", "reply=450 later, stat=Sent (ok), stat=Deferred: later", "deferred"),
    ],
)
def test_status(dsn: str, stat: str, status: str) -> None:
    """Sendmail's words become ours; the text of a reply decides nothing."""
    line = f"{HEAD}{ID}: to=<a@army.mil>, delay=00:00:01, mailer=esmtp, pri=1, dsn={dsn}, {stat}"
    (delivery,) = read(SENDMAIL, [line])
    assert (delivery.status, delivery.dsn, delivery.relay) == (status, dsn, "none")


def test_reply_is_not_kept() -> None:
    """Text that may quote a message is read over (law 8)."""
    lines = [f"{FROM}, relay=x", f"{HEAD}{ID}: to=<a@army.mil>, {TAIL}, stat=Sent (canary)"]
    assert "canary" not in repr(list(read(SENDMAIL, lines)))


def test_lone_surrogate_is_unreadable() -> None:
    """A text that no octets stand for is no address, and no Message-ID raises."""
    lines = [
        f"{FROM}, msgid=\ud800{'a' * 200}, relay=x",
        f"{HEAD}{ID}: to=<\ud800@army.mil>,<a@army.mil>, {SENT}",
    ]
    (delivery,) = read(SENDMAIL, lines)
    assert delivery.message_id is None
    assert unreadable(SENDMAIL, lines) == 1


@given(st.text(alphabet=st.characters(exclude_characters='"\\<>'), max_size=30))
def test_quoted_recipient_cannot_forge_an_outcome(inner: str) -> None:
    """Whatever stands in a quoted local part, status and relay come from Sendmail."""
    text = f'{HEAD}{ID}: to=<"{inner}, delay=1, stat=User x"@army.ml>,<b@army.ml>, {SENT}'
    for delivery in read(SENDMAIL, [text]):
        assert (delivery.status, delivery.relay) == ("sent", "mx.army.ml[203.0.113.9]")
        assert delivery.recipient.domain.ascii == "army.ml"


@given(st.text(max_size=60))
def test_message_id_cannot_forge_a_client(text: str) -> None:
    """Whatever stands in a Message-ID, sender, size and client come from Sendmail."""
    lines = [
        f"{FROM}, msgid={text}, relay=fake.test [198.51.100.1], relay=pc7.contractor.example [192.0.2.7]",
        f"{HEAD}{ID}: to=<a@army.mil>, {SENT}",
    ]
    (delivery,) = read(SENDMAIL, lines)
    assert delivery.sender is not None
    assert (delivery.sender.wire, delivery.size) == ("ann@contractor.example", 10)
    assert delivery.client == "pc7.contractor.example[192.0.2.7]"


@given(
    st.lists(st.text(max_size=80)),
    st.sampled_from(
        ["to=", "from=", "done;", "clone ", f"{ID}: clone: ", f"{ID}: DSN: ", "to=<", "from=<"]
    ),
)
def test_no_line_raises(texts: list[str], form: str) -> None:
    """Any text in any place is read, counted or passed over."""
    lines = [f"{HEAD}{ID}: {form}{text}" for text in texts]
    lines += [f"{HEAD}{ID}: to={text},<a@{text}>, {SENT}" for text in texts]
    joiner = SendmailJoiner(NOW, limit=1)
    given_out = [delivery for line in lines for delivery in joiner.feed(line)]
    for delivery in given_out + joiner.finish():
        assert delivery.at.tzinfo is UTC
    assert joiner.lines == len(lines) >= joiner.unreadable


@pytest.mark.parametrize(
    "to",
    [
        "John Roe <john@army.ml>",
        '"Roe, John" <john@army.ml>',
        "a=b <john@army.ml>",
        'ann@army.mil,"Roe, John" <john@army.ml>',
        "<<john@army.ml>",
    ],
)
def test_a_name_before_an_address_hides_nothing(to: str) -> None:
    """A program of this host may hand in ``Name <address>``; the quick look finds what is joined."""
    line = f"Jun 22 11:00:01 mx sendmail[7]: 55MB01qx001234: to={to}, delay=00:00:01, stat=Sent"
    joiner = SENDMAIL.joiner(NOW, UTC)
    joined = [one.recipient.wire for one in [*joiner.feed(line), *joiner.finish()]]
    assert "john@army.ml" in joined
    assert b"john@army.ml" in SENDMAIL.recipients.findall(line.encode())
