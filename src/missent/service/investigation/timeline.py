"""Own how the days of an incident are put together for the eye: by day, week, month or year.

The rule: bins follow each other without a gap, so that a quiet time is seen as one; their sum is the sum
of the days. Up to `MOST` bins of one unit are shown, then the next longer unit is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from missent.service.investigation.incident import Day

MOST = 120
"""Bins that can still be told apart on a page, and read as a table."""


class Unit(StrEnum):
    """How long a bin is."""

    DAY = "day"
    WEEK = "week"
    """From Monday (ISO 8601)."""
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Bin:
    """What reached a wrong destination in one stretch of time."""

    first: date
    """The first day of the stretch, whether or not anything happened on it."""
    messages: int
    sensitive: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole incident, in bins of one unit."""

    unit: Unit
    bins: tuple[Bin, ...]

    @property
    def most(self) -> Bin | None:
        """Give the first of the bins with the most messages; None if there is no bin."""
        return max(self.bins, key=lambda one: one.messages, default=None)


def timeline(days: Sequence[Day]) -> Timeline:
    """Put the days into bins of the shortest unit that gives at most `MOST` of them, or into years."""
    if not days:
        return Timeline(Unit.DAY, ())
    first, last = min(day.day for day in days), max(day.day for day in days)
    unit = next((u for u in Unit if _fits(u, first, last)), Unit.YEAR)
    counts = {start: [0, 0] for start in _starts(unit, first, last)}
    for day in days:
        count = counts[_START[unit](day.day)]
        count[0] += day.messages
        count[1] += day.sensitive
    return Timeline(unit, tuple(Bin(start, *count) for start, count in counts.items()))


def _fits(unit: Unit, first: date, last: date) -> bool:
    return len(_starts(unit, first, last, MOST + 1)) <= MOST


def _starts(unit: Unit, first: date, last: date, limit: int | None = None) -> list[date]:
    starts = [_START[unit](first)]
    while (following := _next(unit, starts[-1])) <= last and (limit is None or len(starts) < limit):
        starts.append(following)
    return starts


def _next(unit: Unit, start: date) -> date:
    if unit is Unit.DAY:
        return start + timedelta(1)
    if unit is Unit.WEEK:
        return start + timedelta(7)
    if unit is Unit.MONTH:
        return (start + timedelta(31)).replace(day=1)
    return start.replace(year=start.year + 1)


def _monday(day: date) -> date:
    return day - timedelta(day.weekday())


_START: MappingProxyType[Unit, Callable[[date], date]] = MappingProxyType(
    {
        Unit.DAY: lambda day: day,
        Unit.WEEK: _monday,
        Unit.MONTH: lambda day: day.replace(day=1),
        Unit.YEAR: lambda day: day.replace(month=1, day=1),
    }
)
