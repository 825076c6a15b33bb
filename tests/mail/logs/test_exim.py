"""What `mail.logs.exim` promises: whole deliveries out of main log or syslog, whoever wrote what."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.mail.logs.rows import NOW, cases_of, lines_of, read, row, rows_of, unreadable

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import MAX_WAITING
from missent.mail.logs.exim import EXIM, EximJoiner

CASES = cases_of("exim")
HEAD = "2025-11-22 10:00:00 "
ID = "1vMkQK-000abc-1A"
HOST = "R=dnslookup T=remote_smtp H=mx.army.ml [203.0.113.9]"


def one(line: str) -> Delivery:
    """Read a log that has one delivery."""
    (delivery,) = read(EXIM, [line])
    return delivery


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_log(path: Path) -> None:
    """Each log gives exactly the deliveries written beside it."""
    assert [row(delivery) for delivery in read(EXIM, lines_of(path))] == rows_of(path)


def test_golden_logs_are_there() -> None:
    """An empty folder would prove nothing."""
    assert len(CASES) >= 6


def test_unreadable_deliveries_are_counted() -> None:
    """Those of the hostile log, one of the other alphabets, and no line that merely names no mailbox."""
    assert [unreadable(EXIM, lines_of(path)) for path in CASES] == [0, 0, 0, 0, 8, 1]


def test_line_too_long_is_counted_and_dropped() -> None:
    """A line no Exim writes costs nothing."""
    joiner = EximJoiner(NOW)
    assert joiner.feed(f"{HEAD}{ID} => {'a' * 20_000}@x.example {HOST}") == []
    assert joiner.unreadable == 1


def test_memory_is_bounded_by_forgetting_the_oldest() -> None:
    """What was forgotten is given with what is known, and told apart from the null sender."""
    joiner = EximJoiner(NOW, limit=2)
    lines = [f"{HEAD}1vMkQK-000ab{n}-1A => a@army.mil {HOST}" for n in "cde"]
    assert joiner.feed(lines[0]) == joiner.feed(lines[1]) == []
    (forgotten,) = joiner.feed(lines[2])
    assert (forgotten.queue_id, forgotten.sender_known) == (ID, False)
    assert [d.queue_id[-4] for d in joiner.finish()] == ["d", "e"]
    assert joiner.finish() == []


def test_one_message_cannot_wait_for_ever() -> None:
    """A list of a hundred thousand recipients without a sender does not pile up."""
    joiner = EximJoiner(NOW)
    lines = (f"{HEAD}{ID} => u{n}@army.mil {HOST}" for n in range(MAX_WAITING + 5))
    assert [n for n, line in enumerate(lines) if joiner.feed(line)] == [MAX_WAITING - 1]


def test_stamp_of_exim_goes_before_that_of_syslog() -> None:
    """Its own has a year, and is not the time at which a collector took the line."""
    line = f"Dec  1 00:00:00 mx exim[1]: 2024-11-22 10:00:00 {ID} => a@army.mil {HOST}"
    assert one(line).at == datetime(2024, 11, 22, 10, tzinfo=UTC)


def test_zone_is_that_of_the_logging_machine_unless_written() -> None:
    """A stamp without an offset is local time."""
    zone = timezone(timedelta(hours=2))
    lines = [
        f"2025-11-22 10:00:00 {ID} => a@army.mil {HOST}",
        f"2025-11-22 10:00:00 +0100 {ID} => a@army.mil {HOST}",
    ]
    assert [d.at.hour for d in read(EXIM, lines, NOW, zone)] == [8, 9]


def test_completed_message_lets_its_id_come_again() -> None:
    """What was known of the old message is not told of the new one."""
    lines = [
        f"{HEAD}{ID} <= ann@contractor.example H=pc7.contractor.example [192.0.2.7] P=esmtp S=10 id=a@b",
        f"{HEAD}{ID} Completed",
        f"{HEAD}{ID} => a@army.mil {HOST}",
    ]
    (delivery,) = read(EXIM, lines)
    assert not delivery.sender_known
    assert (delivery.message_id, delivery.client, delivery.size) == (None, None, None)


def test_reply_and_subject_are_not_kept() -> None:
    """Text that may quote a message is read over (law 8)."""
    lines = [
        f'{HEAD}{ID} <= ann@contractor.example P=local S=1 T="canary one"',
        f'{HEAD}{ID} => a@army.mil {HOST} C="250 2.0.0 canary two"',
        f"{HEAD}{ID} ** b@army.mil {HOST}: SMTP error from remote mail server after DATA: 550 canary",
    ]
    assert "canary" not in repr(list(read(EXIM, lines)))


def test_expired_is_told_from_bounced_by_the_end_of_the_line() -> None:
    """A reply that merely mentions it is a bounce."""
    ends = (
        ": retry timeout exceeded",
        ": refused: retry timeout exceeded",
        ": retry timeout exceeded, no",
    )
    found = [one(f"{HEAD}{ID} ** a@army.ml {HOST}{end}").status for end in ends]
    assert found == ["expired", "expired", "bounced"]


@given(
    st.text(
        st.characters(exclude_characters='"\\@%!', max_codepoint=126, min_codepoint=32), max_size=60
    )
)
def test_unquoted_local_part_cannot_forge_anything(inner: str) -> None:
    """Exim writes a quoted local part without its quotes: recipient and relay are still the true ones."""
    local = f"j {inner}"
    line = f'{HEAD}{ID} => {local}@army.ml <"{local}"@army.ml> {HOST} C="250 ok"'
    for delivery in read(EXIM, [line]):
        assert delivery.recipient.domain.ascii == "army.ml"
        assert delivery.recipient.local_part == local
        assert delivery.relay == "mx.army.ml[203.0.113.9]"


@given(st.text(max_size=100))
def test_subject_cannot_forge_a_field(text: str) -> None:
    """Whatever stands in a quoted subject, Message-ID and size come from Exim."""
    subject = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    lines = [
        f'{HEAD}{ID} <= ann@contractor.example T="{subject} id=x@y S=9" S=10 id=true@contractor.example',
        f"{HEAD}{ID} => a@army.mil {HOST}",
    ]
    (delivery,) = read(EXIM, lines)
    assert (delivery.message_id, delivery.size) == ("<true@contractor.example>", 10)


@given(st.text(max_size=100))
@example("A")
@example("[]")
def test_error_text_cannot_forge_a_field(text: str) -> None:
    """Whatever another server answers, it does not change who was reached and for whom."""
    for flag, before in (("**", ""), ("==", " defer (-44)")):
        line = (
            f"{HEAD}{ID} {flag} a@army.ml R=x T=y{before}: {text} F=<b@c.test> H=x.test [192.0.2.1]"
        )
        for delivery in read(EXIM, [line]):
            assert delivery.relay == "none"
            assert delivery.recipient.wire == "a@army.ml"
            assert not delivery.sender_known
            assert delivery.status in {"bounced", "deferred", "expired"}


@given(
    st.lists(st.text(max_size=80)),
    st.sampled_from(["<=", "=>", "->", ">>", "==", "**", "Completed"]),
)
def test_no_line_raises(texts: list[str], flag: str) -> None:
    """Any text in any place is read, counted or passed over."""
    lines = [f"{HEAD}{ID} {flag} {text}" for text in texts]
    lines += [f"{HEAD}{ID} {flag} a@{text} <{text}> {HOST}" for text in texts]
    joiner = EximJoiner(NOW, limit=1)
    given_out = [delivery for line in lines for delivery in joiner.feed(line)]
    for delivery in given_out + joiner.finish():
        assert delivery.at.tzinfo is UTC
    assert joiner.lines == len(lines) >= joiner.unreadable
