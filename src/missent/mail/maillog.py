"""Own Postfix's log: syslog lines joined by queue id into deliveries.

Theory of operation. One queue id's facts come on several lines, mixed with those of others:
``client=`` (smtpd), ``message-id=`` (cleanup), ``from=`` (qmgr), one ``to=`` for each recipient and
attempt, ``removed``. `LogJoiner` keeps what it has heard of each id and gives a `Delivery` at once
for every ``to=`` line; only where the sender is still missing (syslog may swap lines) it waits for
``from=``, ``removed`` or the end. Memory is bounded: the oldest ids are forgotten.

What stands in these lines was written by strangers (addresses, Message-IDs, host names), so each
form is matched from its start and an address ends where its quotes say. Lines of other programs are
passed over; a delivery that cannot be read is counted. The reply text, which may quote a message,
is never kept (law 8).
"""

from __future__ import annotations

import functools
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from missent.errors import MalformedAddress
from missent.mail.mailbox import Mailbox
from missent.mail.messageid import read_id

MAX_LINE = 16_384  # characters; Postfix cuts its own at 2,000
MAX_OPEN = 100_000  # queue ids remembered, about 1 KB each: a day's deferred mail of a large site
MAX_WAITING = 1_000  # deliveries of one queue id that wait for its sender
_CACHE = 32_768  # mailboxes kept: a log names the same ones again and again

# RFC 3164 or RFC 5424 head with the program's name, then what Postfix says about one queue id:
# short (hexadecimal) or long (base 52, no vowels).
_HEAD = r"""(?:<\d{1,3}>(?:1\ )?)?
    (?:([A-Z][a-z]{2}\ [ \d]\d\ \d\d:\d\d:\d\d)
      |(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?))
    \ \S{1,255}\ """
_LINE = re.compile(
    _HEAD
    + r"""\S{1,128}?(?:\[\d+\]:|\ \S{1,128}\ \S{1,128}\ (?:-|\[[^\]]{0,512}\]))
    \ (?:\ufeff)?(?:\[ID\ \d+\ \S{1,32}\]\ )?
    ([0-9A-F]{5,16}|[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10,20}):[ ]
    (to=<|from=<|message-id=|client=|removed\s*\Z)(.*)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_POSTFIX = re.compile(_HEAD + r"postfix\S{0,64}[\[\ ]", re.VERBOSE | re.ASCII)
_ADDRESS = r'((?:"(?:[^"\\]|\\.)*+")?[^<>"]*+)>'
_TO = re.compile(
    rf"""{_ADDRESS}(?:,\ orig_to=<{_ADDRESS})?,\ relay=([^,]*),(?:\ conn_use=\d+,)?
    \ delay=[\d.]+,(?:\ delays=[\d./]+,)?(?:\ dsn=(\d\.\d{{1,3}}\.\d{{1,3}}),)?\ status=(\w+)""",
    re.VERBOSE,
)
_FROM = re.compile(rf"{_ADDRESS},(?: size=(\d+),)?")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to hand one message to one recipient, as an MTA logged it."""

    queue_id: str
    sender: Mailbox | None
    """The envelope sender; None for the null path, or where the log does not say (see below)."""
    recipient: Mailbox
    orig_to: Mailbox | None
    """The address as it came, where an alias or forward changed it."""
    status: str
    """``sent``, ``deferred``, ``bounced``, ``expired``, ..."""
    dsn: str | None
    """Enhanced status code, such as ``2.0.0``."""
    relay: str
    """Where it was handed over: ``mx.example[192.0.2.1]:25``, ``local``, ``none``."""
    at: datetime
    message_id: str | None
    """With angle brackets."""
    client: str | None
    """Who handed it in: ``host[address]``."""
    size: int | None = None
    sender_known: bool = True
    """False where no line named the sender at all: the start of the log is missing."""

    @property
    def identity(self) -> str:
        """Name the message: its Message-ID, else queue id and day (short queue ids come again).

        Without the year, which a traditional timestamp does not have: read again next year, the
        same line must still be the same message.
        """
        return self.message_id or f"log:{self.queue_id}:{self.at:%m-%d}"


@dataclass(slots=True)
class _Open:
    """What is known so far of one queue id."""

    sender: Mailbox | None = None
    sender_known: bool = False
    message_id: str | None = None
    client: str | None = None
    size: int | None = None
    waiting: list[Delivery] = field(default_factory=list)


class LogJoiner:
    """Turns log lines into deliveries, in the log's order; see the theory of operation above."""

    def __init__(self, now: datetime, zone: tzinfo = UTC, limit: int = MAX_OPEN) -> None:
        """Start. `now` dates lines without a year, `zone` those without an offset."""
        self.lines = 0
        self.unreadable = 0
        """Delivery lines that are cut, or name an address outside our grammar."""
        self._now, self._zone, self._limit = now, zone, limit
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._dated: tuple[str, datetime | None] = "", None

    def feed(self, line: str) -> list[Delivery]:
        """Take one line, with or without its line end; gives the deliveries it completes."""
        self.lines += 1
        match = _LINE.match(line) if len(line) <= MAX_LINE else None
        if match is None:
            self.unreadable += len(line) > MAX_LINE
            return []
        traditional, iso, queue_id, form, rest = match.groups()
        if form == "to=<":
            return self._delivery(queue_id, rest, traditional, iso)
        if form == "from=<":
            return self._sender(queue_id, rest)
        if form == "message-id=":
            self._entry(queue_id).message_id = read_id(rest)
        elif form == "client=":
            self._entry(queue_id).client = rest.split(",", 1)[0].strip()[:255]
        else:
            return _settle(self._open.pop(queue_id, _Open()))
        return self._forget()

    def finish(self) -> list[Delivery]:
        """Give what still waited for a sender that no line named."""
        left = [delivery for entry in self._open.values() for delivery in _settle(entry)]
        self._open.clear()
        return left

    def _entry(self, queue_id: str) -> _Open:
        entry = self._open.get(queue_id)
        if entry is None:
            entry = self._open[queue_id] = _Open()
        return entry

    def _forget(self) -> list[Delivery]:
        if len(self._open) <= self._limit:
            return []
        return _settle(self._open.popitem(last=False)[1])

    def _sender(self, queue_id: str, rest: str) -> list[Delivery]:
        match = _FROM.match(rest)
        sender = _mailbox(match[1]) if match else None
        if match is None or (match[1] and sender is None):
            return self._forget()  # pickup's ``from=<root>``: qmgr repeats it in full
        entry = self._entry(queue_id)
        entry.sender, entry.sender_known = sender, True
        entry.size = int(match[2]) if match[2] and len(match[2]) < 16 else entry.size
        return _settle(entry) + self._forget()

    def _delivery(
        self, queue_id: str, rest: str, traditional: str | None, iso: str | None
    ) -> list[Delivery]:
        match = _TO.match(rest)
        recipient = _mailbox(match[1]) if match else None
        at = self._date(traditional, iso)
        if match is None or recipient is None or at is None:
            self.unreadable += 1
            return []
        entry = self._entry(queue_id)
        delivery = Delivery(
            queue_id=queue_id,
            sender=entry.sender,
            recipient=recipient,
            orig_to=_mailbox(match[2]) if match[2] else None,
            status=match[5],
            dsn=match[4],
            relay=match[3][:255],
            at=at,
            message_id=entry.message_id,
            client=entry.client,
            size=entry.size,
        )
        if entry.sender_known:
            return [delivery, *self._forget()]
        entry.waiting.append(delivery)
        return (_settle(entry) if len(entry.waiting) >= MAX_WAITING else []) + self._forget()

    def _date(self, traditional: str | None, iso: str | None) -> datetime | None:
        text = traditional or iso or ""
        if text != self._dated[0]:  # many lines share a second
            self._dated = text, self._iso(text) if iso else self._traditional(text)
        return self._dated[1]

    def _iso(self, text: str) -> datetime | None:
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return None
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
                return _utc(at)
        return None


def read_deliveries(lines: Iterable[str], now: datetime, zone: tzinfo = UTC) -> Iterator[Delivery]:
    """Read a whole log, lazily."""
    joiner = LogJoiner(now, zone)
    for line in lines:
        yield from joiner.feed(line)
    yield from joiner.finish()


def is_log_line(line: str) -> bool:
    """Tell whether this is a line of a log that `LogJoiner` reads, one that it skips included."""
    return bool(_POSTFIX.match(line) or (len(line) <= MAX_LINE and _LINE.match(line)))


def _settle(entry: _Open) -> list[Delivery]:
    """Complete what waited with what is known now."""
    if not entry.waiting:
        return []
    waiting, entry.waiting = entry.waiting, []
    return [
        replace(
            delivery,
            sender=entry.sender,
            sender_known=entry.sender_known,
            message_id=entry.message_id,
            client=entry.client,
            size=entry.size,
        )
        for delivery in waiting
    ]


@functools.lru_cache(maxsize=_CACHE)
def _mailbox(text: str) -> Mailbox | None:
    try:
        return Mailbox.parse(text)
    except MalformedAddress:
        return None


def _utc(at: datetime) -> datetime | None:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        return None
