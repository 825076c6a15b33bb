"""What `mail.traces.stamps` promises: every exported form of a time is one instant in UTC, or none."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.mail.traces.stamps import TraceStamps

NOW = datetime(2025, 11, 23, 9, 0, tzinfo=UTC)
ZONE = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-11-22T10:00:00Z", "2025-11-22T10:00:00+00:00"),
        ("2025-11-22T10:00:00.1234567Z", "2025-11-22T10:00:00.123456+00:00"),
        ("2025-11-22T10:00:00+0200", "2025-11-22T08:00:00+00:00"),
        ("2025-11-22 10:00", "2025-11-22T09:00:00+00:00"),
        (" 2025-11-22T10:00:00 ", "2025-11-22T09:00:00+00:00"),
        ("2025/11/22 10:00:00 UTC", "2025-11-22T10:00:00+00:00"),
        ("2025/11/22 10:00:00 GMT-5", "2025-11-22T15:00:00+00:00"),
        ("2025/11/22 10:00:00 +0530", "2025-11-22T04:30:00+00:00"),
        ("2025/11/22 10:00:00 CET", "2025-11-22T09:00:00+00:00"),
        ("2025/11/22 10:00", "2025-11-22T09:00:00+00:00"),
        ("/Date(1763805600000)/", "2025-11-22T10:00:00+00:00"),
        (r"\/Date(1763805600000+0100)\/", "2025-11-22T10:00:00+00:00"),
        ("11/22/2025 10:00:00 AM", "2025-11-22T09:00:00+00:00"),
        ("11/22/2025 12:00:00 AM", "2025-11-21T23:00:00+00:00"),
        ("11/22/2025, 12:30:00\u202fPM", "2025-11-22T11:30:00+00:00"),
        ("22/11/2025 10:00:00", "2025-11-22T09:00:00+00:00"),
        ("22.11.2025 10:00:00", "2025-11-22T09:00:00+00:00"),
        ("06.11.2025 10:00", "2025-11-06T09:00:00+00:00"),
        ("22-11-2025 10:00", "2025-11-22T09:00:00+00:00"),
        ("5/5/2025 10:00", "2025-05-05T09:00:00+00:00"),
    ],
)
def test_form_is_read(text: str, expected: str) -> None:
    """Each form gives its instant, and none of these leaves a doubt."""
    stamps = TraceStamps(NOW, ZONE)
    at = stamps.read(text)
    assert at is not None
    assert at.isoformat() == expected
    assert stamps.ambiguous == 0


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "20251122",
        "2025-W47-6",
        "2025-11-22",
        "2025-02-30T10:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "2025/13/01 10:00:00 UTC",
        "2025/11/22 10:00:00 UTC+99",
        "13/13/2025 10:00",
        "11/22/2025 13:00:00 PM",
        "11/22/2025 0:00:00 AM",
        "/Date(999999999999999)/",
        "/Date(x)/",
        "٢٠٢٥-١١-٢٢T10:00:00Z",
        "2025-11-22T10:00:00Z" + " " * 99,
        1763805600,
        None,
        ["2025-11-22T10:00:00Z"],
        {"value": 1},
    ],
)
def test_what_is_no_time_is_none(value: object) -> None:
    """No guess is made at anything else."""
    stamps = TraceStamps(NOW, ZONE)
    assert stamps.read(value) is None
    assert stamps.ambiguous == 0


def test_zone_that_is_known_replaces_the_tables() -> None:
    """Microsoft's times are UTC whatever zone the operator names."""
    at = TraceStamps(NOW, ZONE).read("2025-11-22 10:00:00", UTC)
    assert at == datetime(2025, 11, 22, 10, tzinfo=UTC)


def test_date_in_doubt_is_month_first_with_am_or_pm() -> None:
    """America writes both, and the doubt is counted."""
    stamps = TraceStamps(NOW, UTC)
    assert stamps.read("5/6/2025 10:00:00 AM") == datetime(2025, 5, 6, 10, tzinfo=UTC)
    assert stamps.read("5/6/2025 10:00:00") == datetime(2025, 6, 5, 10, tzinfo=UTC)
    assert stamps.ambiguous == 2


def test_date_in_doubt_is_never_in_the_future() -> None:
    """A trace tells what was, so the other reading is the right one."""
    stamps = TraceStamps(NOW, UTC)
    assert stamps.read("12/11/2025 10:00:00 AM") == datetime(2025, 11, 12, 10, tzinfo=UTC)
    assert stamps.read("11/12/2025 10:00:00") == datetime(2025, 11, 12, 10, tzinfo=UTC)


def test_votes_that_are_equal_decide_nothing() -> None:
    """A table that writes both ways is read as if it had said nothing."""
    stamps = TraceStamps(NOW, UTC)
    stamps.learn(["22/11/2025 10:00", "11/22/2025 10:00", None, 7, "x" * 99])
    assert stamps.read("5/6/2025 10:00") == datetime(2025, 6, 5, 10, tzinfo=UTC)


def test_microseconds_are_a_number_or_its_digits() -> None:
    """BigQuery writes its integers as text; nothing else is a time."""
    stamps = TraceStamps(NOW, UTC)
    expected = datetime(2025, 11, 22, 10, 0, 1, 250_000, tzinfo=UTC)
    assert stamps.micros(1763805601250000) == stamps.micros("1763805601250000") == expected
    wrong: list[object] = [
        True,
        None,
        1.5,
        "-1",
        "²",
        "9" * 30,
        0,
        -5,
        10**20,
        [],
        "17638056012500x",
    ]
    for value in wrong:
        assert stamps.micros(value) is None


@given(st.from_regex(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}[ T][0-9:]{1,9}[ AMPMZ+0-9]{0,6}"))
def test_nothing_like_a_date_raises(text: str) -> None:
    """Digits in any order are a time in UTC or none."""
    at = TraceStamps(NOW, ZONE).read(text)
    assert at is None or at.tzinfo is UTC
