"""What `mail.logs.opensmtpd` promises: whole deliveries, whoever wrote what is in the lines."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mail.logs.rows import NOW, cases_of, lines_of, read, row, rows_of, unreadable

from missent.mail.logs.opensmtpd import OPENSMTPD, OpenSmtpdJoiner

CASES = cases_of("opensmtpd")
HEAD = "Nov 22 10:00:00 mx smtpd[7]: 8b2d1a0c5e6f7788 "
EVPID = "evpid=5a6b7c8d11223344"
RELAY = 'rcpt=<-> source="192.0.2.1" relay="203.0.113.9 (mx.army.ml)" delay=1s'
SENT = f'{RELAY} result="Ok" stat="250 2.0.0 ok"'


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_golden_log(path: Path) -> None:
    """Each log gives exactly the deliveries written beside it."""
    assert [row(delivery) for delivery in read(OPENSMTPD, lines_of(path))] == rows_of(path)


def test_golden_logs_are_there() -> None:
    """An empty folder would prove nothing."""
    assert len(CASES) >= 6


def test_unreadable_deliveries_are_counted() -> None:
    """Those of the hostile log and one of the other alphabets."""
    assert [unreadable(OPENSMTPD, lines_of(path)) for path in CASES] == [0, 0, 0, 0, 7, 1]


def test_line_too_long_is_counted_and_dropped() -> None:
    """A line no OpenSMTPD writes costs nothing."""
    joiner = OpenSmtpdJoiner(NOW)
    line = f"{HEAD}mta delivery {EVPID} from=<> to=<{'a' * 20_000}@x.example> {SENT}"
    assert joiner.feed(line) == []
    assert joiner.unreadable == 1


def test_memory_is_bounded_by_forgetting_the_oldest() -> None:
    """Of a session or message that was forgotten, client and size are not known, all else is."""
    for limit, known in ((3, ("pc.contractor.example[192.0.2.7]", 10)), (1, (None, None))):
        joiner = OpenSmtpdJoiner(NOW, limit=limit)
        for n in (1, 2, 3):
            head = f"Nov 22 10:00:00 mx smtpd[7]: 000000000000000{n} "
            joiner.feed(f"{head}smtp connected address=192.0.2.7 host=pc.contractor.example")
            joiner.feed(f"{head}smtp message msgid=0000000{n} size=10 nrcpt=1 proto=ESMTP")
        line = f"{HEAD}mta delivery evpid=0000000100000001 from=<a@b.test> to=<c@army.ml> {SENT}"
        (delivery,) = joiner.feed(line)
        assert (delivery.client, delivery.size) == known
        assert delivery.sender_known


def test_each_delivery_is_given_at_once() -> None:
    """Its line names the sender, so nothing waits."""
    joiner = OpenSmtpdJoiner(NOW)
    assert len(joiner.feed(f"{HEAD}mta delivery {EVPID} from=<> to=<a@army.mil> {SENT}")) == 1
    assert joiner.finish() == []


def test_zone_is_that_of_the_logging_machine() -> None:
    """A traditional timestamp is local time."""
    zone = timezone(timedelta(hours=2))
    line = f"{HEAD}mta delivery {EVPID} from=<> to=<a@army.mil> {SENT}"
    (delivery,) = read(OPENSMTPD, [line], NOW, zone)
    assert delivery.at == datetime(2025, 11, 22, 8, 0, tzinfo=UTC)


def test_python_or_postfix_smtpd_is_another_program() -> None:
    """Only the daemon's own name counts."""
    assert OPENSMTPD.recognises(f"{HEAD}smtp connected")
    assert not OPENSMTPD.recognises(
        "Nov 22 10:00:00 mx postfix/smtpd[7]: connect from x[192.0.2.1]"
    )
    assert not OPENSMTPD.recognises("Nov 22 10:00:00 mx aiosmtpd[7]: peer")


def test_reply_is_not_kept() -> None:
    """Text that may quote a message is read over (law 8)."""
    line = (
        f'{HEAD}mta delivery {EVPID} from=<> to=<a@army.mil> {RELAY} result="Ok" stat="250 canary"'
    )
    assert "canary" not in repr(list(read(OPENSMTPD, [line])))


@given(st.text(max_size=80))
def test_reply_cannot_forge_an_outcome(text: str) -> None:
    """Whatever the other server answers, result and relay come from OpenSMTPD."""
    line = (
        f'{HEAD}mta delivery {EVPID} from=<> to=<a@army.ml> {RELAY} result="PermFail" stat="{text}"'
    )
    (delivery,) = read(OPENSMTPD, [f'{line} relay="x" delay=1s result="Ok" stat="250 2.0.0 ok"'])
    assert (delivery.status, delivery.relay) == ("bounced", "mx.army.ml[203.0.113.9]")


@given(st.text(alphabet=st.characters(exclude_characters='"\\<>'), max_size=30))
def test_quoted_recipient_cannot_forge_an_outcome(inner: str) -> None:
    """Whatever stands in a quoted local part, result and relay come from OpenSMTPD."""
    quoted = f'"{inner}> rcpt=<-> result=PermFail stat="'
    for delivery in read(
        OPENSMTPD, [f"{HEAD}mta delivery {EVPID} from=<> to=<{quoted}@army.ml> {SENT}"]
    ):
        assert (delivery.status, delivery.relay) == ("sent", "mx.army.ml[203.0.113.9]")
        assert delivery.recipient.domain.ascii == "army.ml"


@given(
    st.lists(st.text(max_size=80)),
    st.sampled_from(
        [
            "smtp connected ",
            "smtp message ",
            "mta delivery ",
            "mda delivery ",
            f"mta delivery {EVPID} from=<> to=<",
            "relay: Expire for 5a6b7c8d11223344: from=<@>, to=<",
        ]
    ),
)
def test_no_line_raises(texts: list[str], form: str) -> None:
    """Any text in any place is read, counted or passed over."""
    lines = [f"{HEAD}{form}{text}" for text in texts]
    lines += [f"{HEAD}mta delivery {EVPID} from=<{text}> to=<a@{text}> {SENT}" for text in texts]
    joiner = OpenSmtpdJoiner(NOW, limit=1)
    for delivery in (delivery for line in lines for delivery in joiner.feed(line)):
        assert delivery.at.tzinfo is UTC
    assert joiner.lines == len(lines) >= joiner.unreadable
