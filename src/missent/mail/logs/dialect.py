"""Own what a log dialect is, and what the syslog dialects share: the head of a line and its time.

A dialect is one file: patterns for a quick look at raw octets, and a joiner that turns its lines into
deliveries. The rule: the quick look may find too much and never too little of what the joiner would
give, since what it does not find is never joined.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from missent.errors import MalformedAddress
from missent.mail.delivery import Delivery
from missent.mail.mailbox import Mailbox

MAX_LINE = 16_384  # characters; Postfix cuts its own at 2,000
MAX_OPEN = 100_000  # queue ids remembered, about 1 KB each: a day's deferred mail of a large site
MAX_WAITING = 1_000  # deliveries of one queue id that wait for its sender
_CACHE = 32_768  # mailboxes kept: a log names the same ones again and again
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"

HEAD = r"""(?:<\d{1,3}>(?:1\ )?)?
    (?:([A-Z][a-z]{2}\ [ \d]\d\ \d\d:\d\d:\d\d)
      |(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?))
    \ \S{1,255}\ """
"""Verbose pattern of an RFC 3164 or RFC 5424 head up to the program's name: time stamp without a year
(group 1) or ISO (group 2), and the host."""


class Joiner(Protocol):
    """Turns the lines of one dialect into deliveries, in the log's order; memory is bounded."""

    lines: int
    """Lines fed."""
    unreadable: int
    """Delivery lines that are cut, or name an address outside our grammar."""

    def feed(self, line: str) -> list[Delivery]:
        """Take one line, with or without its line end; gives the deliveries it completes."""

    def finish(self) -> list[Delivery]:
        """Give what still waited, with ``sender_known`` False where no line named the sender."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way in which a server writes its log."""

    name: str
    """As reports call it: ``postfix``."""
    recognises: Callable[[str], bool]
    """Tells of one line whether it is of this dialect, one that the joiner skips included."""
    joiner: Callable[[datetime, tzinfo], Joiner]
    """Makes a joiner; `now` dates lines without a year, the zone those without an offset."""
    recipients: re.Pattern[bytes]
    """``findall`` over whole lines gives recipient mailboxes (its one group); a superset is fine."""
    senders: re.Pattern[bytes]
    """The same for envelope senders; the null path is left out."""
    key: re.Pattern[bytes]
    """``finditer`` over whole lines matches once in each line the joiner needs; group 1 is the id by which
    it joins."""
    message: bytes
    """Stands once in the lines of each message."""
    arrival: re.Pattern[bytes]
    """Matches where `key` does, in a line that tells of a message's arrival."""
    sender: re.Pattern[bytes]
    """The same, in a line that names a message's sender."""
    both: re.Pattern[bytes] | None = None
    """``findall`` gives recipients as ``to=<address`` and senders as ``from=<address`` in one go, as far as
    no local part is quoted; None where that is not how the dialect writes them."""
    subject: re.Pattern[bytes] | None = None
    """Where a line tells what a message is about; left out of every line that is kept (law 8)."""

    def tells(self, what: re.Pattern[bytes], line: bytes) -> bool:
        """Tell whether a line is of the form `what`, `arrival` or `sender`, by what stands at its queue
        id alone: a stranger writes the rest.
        """
        key = self.key.search(line)
        return key is not None and what.match(line, key.start()) is not None


def read_deliveries(
    lines: Iterable[str], dialect: Dialect, now: datetime, zone: tzinfo = UTC
) -> Iterator[Delivery]:
    """Read a whole log, lazily."""
    joiner = dialect.joiner(now, zone)
    for line in lines:
        yield from joiner.feed(line)
    yield from joiner.finish()


class Stamps:
    """Dates the lines of one log."""

    __slots__ = ("_dated", "_now", "_zone", "guessed")

    def __init__(self, now: datetime, zone: tzinfo = UTC) -> None:
        """Start. `now` dates lines without a year, `zone` those without an offset."""
        self._now, self._zone = now, zone
        self._dated: tuple[str, datetime | None] = "", None
        self.guessed = False
        """Whether a time stamp lacked its year or its offset."""

    def read(self, traditional: str | None, iso: str | None) -> datetime | None:
        """Give the time in UTC of one of the two forms; None if it is none."""
        text = traditional or iso or ""
        if text != self._dated[0]:  # many lines share a second
            self._dated = text, self._iso(text) if iso else self._traditional(text)
        return self._dated[1]

    def _iso(self, text: str) -> datetime | None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
        self.guessed = self.guessed or at.tzinfo is None
        return _utc(at if at.tzinfo else at.replace(tzinfo=self._zone))

    def _traditional(self, text: str) -> datetime | None:
        """Date a line without a year: the latest year that does not put it into the future."""
        index = _MONTHS.find(text[:3])
        if index % 3:  # -1 % 3 is 2
            return None
        month = index // 3 + 1
        hour, minute, second = (int(part) for part in text[7:].split(":"))
        for year in range(self._now.year + 1, self._now.year - 9, -1):
            try:
                at = datetime(year, month, int(text[4:6]), hour, minute, second, tzinfo=self._zone)
            except ValueError:
                continue  # 29 February in another year, or no date at all
            if at <= self._now + timedelta(days=1):  # clocks and zones may be a little off
                self.guessed = True
                return _utc(at)
        return None


def stamp_of(line: str, stamps: Stamps) -> datetime | None:
    """Give the time at the start of a line, whatever dialect it is of; None if it has none."""
    match = _STAMP.match(line)
    if match is None:
        return None
    traditional, iso, zone = match.groups()
    return stamps.read(traditional, f"{iso}{zone.strip()}" if iso and zone else iso)


def host_of(line: str) -> str:
    """Give the host that wrote a line of syslog; empty if the line does not say."""
    match = _HOST.match(line)
    return match[1] if match else ""


_HOST = re.compile(
    r"(?:<\d{1,3}>(?:1 )?)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S{8,40}) (\S{1,255}) ",
    re.ASCII,
)
_STAMP = re.compile(
    r"""(?:<\d{1,3}>(?:1\ )?)?
    (?:([A-Z][a-z]{2}\ [ \d]\d\ \d\d:\d\d:\d\d)[ ]
      |(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?)(Z|\ ?[+-]\d\d:?\d\d)?\ )""",
    re.VERBOSE | re.ASCII,
)


@functools.lru_cache(maxsize=_CACHE)
def mailbox_of(text: str) -> Mailbox | None:
    """Read one bare address; None if it is none by our grammar."""
    try:
        return Mailbox.parse(text)
    except MalformedAddress:
        return None


def _utc(at: datetime) -> datetime | None:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None
