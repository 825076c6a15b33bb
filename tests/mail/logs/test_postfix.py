"""What `mail.logs.postfix` promises: whole deliveries out of mixed lines, whoever wrote what is in them."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mail.logs.rows import NOW, cases_of, lines_of, read, row, rows_of

from missent.mail.logs.dialect import MAX_WAITING
from missent.mail.logs.postfix import POSTFIX, LogJoiner, is_log_line

CASES = cases_of("postfix")
HEAD = "Nov 22 10:00:00 mx postfix/"
SENT = "relay=mx.army.mil[198.51.100.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (ok)"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_log(path: Path) -> None:
    """Each log gives exactly the deliveries written beside it."""
    found = [row(delivery) for delivery in read(POSTFIX, lines_of(path), NOW)]
    assert found == rows_of(path)


def test_golden_logs_are_there() -> None:
    """An empty folder would prove nothing."""
    assert len(CASES) >= 4


def test_unreadable_deliveries_are_counted() -> None:
    """A percent hack, a cut line, no such day and control characters: four, and nothing raised."""
    joiner = LogJoiner(NOW)
    for line in lines_of(CASES[3]):
        joiner.feed(line)
    assert joiner.unreadable == 4


def test_line_too_long_is_counted_and_dropped() -> None:
    """A line no Postfix writes costs nothing."""
    joiner = LogJoiner(NOW)
    assert joiner.feed(f"{HEAD}smtp[1]: ABCDEF: to=<{'a' * 20_000}@x.example>") == []
    assert joiner.unreadable == 1


def test_memory_is_bounded_by_forgetting_the_oldest() -> None:
    """What was forgotten is given with what is known, and told apart from the null sender."""
    joiner = LogJoiner(NOW, limit=2)
    assert joiner.feed(f"{HEAD}smtp[1]: AAAAA1: to=<a@army.mil>, {SENT}") == []
    assert joiner.feed(f"{HEAD}smtp[1]: AAAAA2: to=<b@army.mil>, {SENT}") == []
    (forgotten,) = joiner.feed(f"{HEAD}smtp[1]: AAAAA3: to=<c@army.mil>, {SENT}")
    assert forgotten.queue_id == "AAAAA1"
    assert not forgotten.sender_known
    assert [d.queue_id for d in joiner.finish()] == ["AAAAA2", "AAAAA3"]
    assert joiner.finish() == []


def test_one_queue_id_cannot_wait_for_ever() -> None:
    """A list of a hundred thousand recipients without a sender does not pile up."""
    joiner = LogJoiner(NOW)
    given_at = [
        n
        for n in range(MAX_WAITING + 5)
        if joiner.feed(f"{HEAD}smtp[1]: AAAAA1: to=<u{n}@army.mil>, {SENT}")
    ]
    assert given_at == [MAX_WAITING - 1]


def test_year_is_the_latest_that_is_not_in_the_future() -> None:
    """A log of December read in January is last year's; a clock an hour ahead is today's."""
    january = datetime(2025, 1, 2, tzinfo=UTC)
    ahead = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    line = "{} 00:10:00 mx postfix/smtp[1]: ABCDE1: to=<a@army.mil>, " + SENT
    assert next(read(POSTFIX, [line.format("Dec 31")], january)).at.year == 2024
    assert next(read(POSTFIX, [line.format("Jan  1")], ahead)).at.year == 2026
    assert next(read(POSTFIX, [line.format("Feb 29")], january)).at.year == 2024


def test_zone_is_that_of_the_logging_machine() -> None:
    """A traditional timestamp is local time."""
    zone = timezone(timedelta(hours=2))
    (one,) = read(POSTFIX, [f"{HEAD}smtp[1]: ABCDE1: to=<a@army.mil>, {SENT}"], NOW, zone)
    assert one.at == datetime(2025, 11, 22, 8, 0, tzinfo=UTC)


def test_delivery_without_a_message_id_has_a_lasting_name() -> None:
    """Read again a year later, the year that is guessed differs, the name does not."""
    line = f"{HEAD}smtp[1]: ABCDE1: to=<a@army.mil>, {SENT}"
    (one,) = read(POSTFIX, [line], NOW)
    (two,) = read(POSTFIX, [line], NOW + timedelta(days=365))
    assert one.identity == two.identity == "log:ABCDE1:11-22"


def test_what_is_thrown_away_was_sent_to_nobody() -> None:
    """The transport discard: calls it sent; an operator who found out routes a wrong domain there."""
    thrown = "relay=none, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (army.ml)"
    kept = "relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to file: /dev/null)"
    lines = [f"{HEAD}x[1]: ABCDE1: to=<a@army.ml>, {how}" for how in (thrown, kept, SENT)]
    assert [one.status for one in read(POSTFIX, lines, NOW)] == ["discarded", "sent", "sent"]


def test_foreign_lines_are_told_from_postfix() -> None:
    """Sniffing a file knows Postfix by its name or its forms."""
    assert is_log_line(f"{HEAD}smtpd[1]: connect from x[192.0.2.1]")
    assert is_log_line(f"Nov 22 10:00:00 mx mailer[1]: ABCDE1: to=<a@army.mil>, {SENT}")
    assert not is_log_line("Nov 22 10:00:00 mx sshd[1]: Accepted publickey for ann")
    assert not is_log_line("From: a@b.example")


def test_lone_surrogate_is_unreadable() -> None:
    """A text that no octets stand for is no address."""
    assert list(read(POSTFIX, [f"{HEAD}smtp[1]: ABCDE1: to=<\ud800@army.mil>, {SENT}"], NOW)) == []


@given(
    st.lists(st.text(max_size=80)), st.sampled_from(["to=<", "from=<", "message-id=", "client="])
)
def test_no_line_raises(texts: list[str], form: str) -> None:
    """Any text in any place is read, counted or passed over."""
    lines = [f"{HEAD}smtp[1]: ABCDE1: {form}{text}" for text in texts]
    tos = [f"{HEAD}smtp[1]: ABCDE1: to=<a@{text}>, {SENT}" for text in texts]
    for delivery in read(POSTFIX, [*texts, *lines, *tos], NOW):
        assert delivery.at.tzinfo is UTC


@given(st.text(alphabet=st.characters(exclude_characters='"\\<>'), max_size=40))
def test_quoted_recipient_cannot_forge_an_outcome(inner: str) -> None:
    """Whatever stands in a quoted local part, status and relay come from Postfix."""
    text = f'{HEAD}smtp[1]: ABCDE1: to=<"{inner}, status=bounced (x"@army.ml>, {SENT}'
    for delivery in read(POSTFIX, [text], NOW):
        assert delivery.status == "sent"
        assert delivery.recipient.domain.ascii == "army.ml"
