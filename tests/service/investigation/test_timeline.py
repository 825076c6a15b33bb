"""Days put together for the eye: nothing lost, no gap hidden, never more bars than can be read."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.service.investigation.incident import Day
from missent.service.investigation.timeline import MOST, Unit, timeline

MONDAY = date(2025, 2, 3)


def _days(number: int, start: date = MONDAY) -> list[Day]:
    return [Day(start, 2, 1), Day(start + timedelta(number - 1), 3, 0)]


@pytest.mark.parametrize(
    ("number", "unit", "bins"),
    [
        (2, Unit.DAY, 2),
        (30, Unit.DAY, 30),
        (120, Unit.DAY, 120),
        (121, Unit.WEEK, 18),
        (840, Unit.WEEK, 120),
        (841, Unit.MONTH, 28),
        (2192, Unit.MONTH, 73),
        (20_000, Unit.YEAR, 55),
    ],
)
def test_the_unit_follows_the_length(number: int, unit: Unit, bins: int) -> None:
    """Days up to 120 of them, then weeks, months, years."""
    line = timeline(_days(number))
    assert (line.unit, len(line.bins)) == (unit, bins)


def test_quiet_days_are_seen() -> None:
    """A day without messages is a bin of none."""
    line = timeline(_days(3))
    assert [(one.first.day, one.messages, one.sensitive) for one in line.bins] == [
        (3, 2, 1),
        (4, 0, 0),
        (5, 3, 0),
    ]
    assert line.most == line.bins[2]


def test_one_day_and_none() -> None:
    """The shortest incidents there are."""
    assert len(timeline([Day(MONDAY, 1, 0)]).bins) == 1
    assert timeline([]).bins == ()
    assert timeline([]).most is None


def test_weeks_begin_on_monday() -> None:
    """Whatever day the incident begins on."""
    line = timeline(_days(130, MONDAY + timedelta(3)))
    assert line.bins[0].first == MONDAY


@given(
    st.dictionaries(
        st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.integers(1, 50), min_size=1, max_size=20
    )
)
def test_nothing_is_lost(counts: dict[date, int]) -> None:
    """Bins sum to the days, follow each other, and are few enough to be read."""
    days = [Day(day, count, count // 2) for day, count in sorted(counts.items())]
    line = timeline(days)
    assert sum(one.messages for one in line.bins) == sum(counts.values())
    assert sum(one.sensitive for one in line.bins) == sum(day.sensitive for day in days)
    starts = [one.first for one in line.bins]
    assert starts == sorted(set(starts))
    assert len(starts) <= MOST
    assert starts[0] <= days[0].day
