"""Own how the times in message traces are read: to UTC, from every form in which they are exported.

Forms: ISO 8601, ``2025/11/22 10:00:00 UTC`` (Google), ``/Date(1763805600000)/`` (Microsoft's JSON) and
dates as a country writes them, which PowerShell exports. The rule: a date that could be read in two ways
is read in the way the rest of its table speaks for, else month first with AM or PM and day first
without; never into the future; and it is counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo

_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?\Z", re.ASCII
)
_YEAR_FIRST = re.compile(r"(\d{4})/(\d\d)/(\d\d) (\d\d:\d\d(?::\d\d)?)(?: (\S{1,32}))?\Z", re.ASCII)
_NET = re.compile(r"\\?/Date\((-?\d{1,14})(?:[+-]\d{4})?\)\\?/\Z", re.ASCII)
_LOCAL = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}),? (\d{1,2}):(\d\d)(?::(\d\d))?(?:[ \u202f]?([AP])\.?M\.?)?\Z",
    re.ASCII | re.IGNORECASE,
)
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d\d?):?(\d\d)?\Z", re.ASCII)
_UTC_NAMES = frozenset({"UTC", "GMT", "Z"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class TraceStamps:
    """Dates the rows of one trace."""

    __slots__ = ("_month_first", "_now", "_zone", "ambiguous")

    def __init__(self, now: datetime, zone: tzinfo = UTC) -> None:
        """Start. No date lies after `now`; `zone` is that of the times without an offset."""
        self._now, self._zone = now, zone
        self._month_first: bool | None = None
        self.ambiguous = 0
        """Dates for which day and month had to be guessed."""

    def learn(self, values: Iterable[object]) -> None:
        """Find out from a table's dates whether it writes the month or the day first."""
        votes = 0
        for value in values:
            match = _LOCAL.match(value) if isinstance(value, str) and len(value) < 64 else None
            if match:
                votes += (int(match[3]) > 12) - (int(match[1]) > 12)
        self._month_first = votes > 0 if votes else None

    def read(self, value: object, zone: tzinfo | None = None) -> datetime | None:
        """Give the time in UTC; None if it is none. `zone` replaces the table's where it is known."""
        text = (
            value.get("value") if isinstance(value, dict) else value
        )  # PowerShell wraps its dates
        if not isinstance(text, str) or len(text) > 64:
            return None
        try:
            return self._parse(text.strip(), zone or self._zone)
        except (ValueError, OverflowError):  # no such day, or before the year 1 elsewhere
            return None

    def micros(self, value: object) -> datetime | None:
        """Read microseconds since 1970, a number or its digits; None if it is none."""
        if isinstance(value, str) and len(value) < 18 and value.isascii() and value.isdigit():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**17:
            return None
        return _EPOCH + timedelta(microseconds=value)

    def _parse(self, text: str, zone: tzinfo) -> datetime | None:
        if _ISO.match(text):
            return _utc(datetime.fromisoformat(text), zone)
        net = _NET.match(text)
        if net:
            return _EPOCH + timedelta(milliseconds=int(net[1]))
        match = _YEAR_FIRST.match(text)
        if match:
            at = datetime.fromisoformat(f"{match[1]}-{match[2]}-{match[3]}T{match[4]}")
            return _utc(at, _zone_of(match[5], zone))
        local = _LOCAL.match(text)
        return self._local(local, zone) if local else None

    def _local(self, match: re.Match[str], zone: tzinfo) -> datetime:
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        hour = int(match[5])
        if match[8]:
            if not 1 <= hour <= 12:
                raise ValueError
            hour = hour % 12 + (12 if match[8] in "Pp" else 0)
        minute, seconds = int(match[6]), int(match[7] or 0)

        def at(month: int, day: int) -> datetime:
            return _utc(datetime(year, month, day, hour, minute, seconds, tzinfo=zone), zone)

        if match[2] == "." or first > 12:
            return at(second, first)
        if second > 12 or first == second:
            return at(first, second)
        month_first = bool(match[8]) if self._month_first is None else self._month_first
        month, day = (first, second) if month_first else (second, first)
        read = at(month, day)
        self.ambiguous += 1
        return at(day, month) if read > self._now + timedelta(days=1) else read


def _zone_of(name: str | None, zone: tzinfo) -> tzinfo:
    if name is None:
        return zone
    offset = _OFFSET.match(name)
    if offset:
        delta = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(-delta if offset[1] == "-" else delta)
    return UTC if name.upper() in _UTC_NAMES else zone  # CET, PST: the exporter's own


def _utc(at: datetime, zone: tzinfo) -> datetime:
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)
