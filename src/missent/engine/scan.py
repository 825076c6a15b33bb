"""Own the scan: a pure function of one Arrow batch, the same in this machine's processes and in Spark.

``scan(batch) -> batch``: the metadata of the batch's schema says what to look for (`facts.Task`).
Without a wish it counts every name that wrote or was written to; with one it gives the lines and
headers of what was wished for, and nothing else, so that the costly reading is done for what was hit
only.

The rules: no file, clock or process is touched here. The quick look at a log may find too much and
never too little: what it finds is read again by the dialect's joiner. What is unreadable is counted,
never raised.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from datetime import datetime

import pyarrow as pa

from missent.engine.facts import Fact, Facts, Task
from missent.engine.names import Names, count_names
from missent.engine.wanted import Wanted
from missent.mail import archived, logs, traces
from missent.mail.archived import read_header
from missent.mail.delivery import to_plain
from missent.mail.logs.dialect import Dialect, Stamps, stamp_of
from missent.mail.traces import read_trace
from missent.mail.traces.trace import Trace

_LOOK = 50
"""Lines from either end of a stretch of log that are looked at for a time stamp."""
_FEW = 12
"""Queue ids up to which each is searched for by itself, which costs less than looking at every line."""
_REACHES = (65_536, 1 << 20, 1 << 62)
"""Octets looked at before a hit, until the message's arrival is found: it nearly always is close."""
_SPACED = re.compile(rb"@(?:[\s(]|[\w.-]{0,255}(?:\(|\.[\s(]|\s+\.))")
"""Where space or a comment may stand within the domain of an address (RFC 5322 §4.4), so that no quick
look finds it.
"""
_MARGIN = 4_096
"""Octets before the arrival that must have been looked at, too: who handed it in stands there."""


def scan(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Look through a batch of `facts.WORK`; gives `facts.FACTS`. Raises nothing for what stands in it."""
    task, found = Task.of(batch.schema), Facts()
    rows = [batch.column(name) for name in ("unit", "part", "place", "kind", "data")]
    headers: dict[tuple[int, int], Names] = {}
    for unit, part, place, kind, data in zip(*(column.to_pylist() for column in rows), strict=True):
        at = (unit, part, place)
        if (dialect := logs.BY_NAME.get(kind)) is not None:
            _log(dialect, data, task, at, found)
        elif (trace := traces.BY_NAME.get(kind)) is not None:
            _trace(trace, data, task, at, found)
        elif task.joins and not task.counts:
            _wanted_message(data, task, at, found)
        else:
            headers.setdefault((unit, part), Names()).message(read_header(data))
            if task.joins:
                _wanted_message(data, task, at, found)
    for (unit, part), names in headers.items():
        names.tell(found, unit, part)
    return found.batch()


# --- logs ----------------------------------------------------------------------------------------


def _log(dialect: Dialect, data: bytes, task: Task, at: tuple[int, int, int], found: Facts) -> None:
    unit, part, place = at
    if task.joins:
        for start, key, line in _lines(dialect, data, task, unit):
            kept = line if dialect.subject is None else dialect.subject.sub(b"", line)
            found.add(Fact.LINE, unit, part, place + start, key=key, value=kept)
        if not task.counts:
            return
    names = Names()
    names.counts["messages"] = data.count(dialect.message)
    if not task.joins:
        count_names(dialect, data, names)
    stamps = Stamps(task.moment, task.zone)
    names.see(_stamp(data, stamps, last=False), _stamp(data, stamps, last=True))
    names.counts["guessed"] = int(stamps.guessed)
    names.tell(found, unit, part)


def _stamp(data: bytes, stamps: Stamps, *, last: bool) -> datetime | None:
    """Give the first or last time stamp of a stretch of log."""
    end = 256 * _LOOK
    lines = data[-end:].split(b"\n")[::-1] if last else data[:end].split(b"\n")
    dated = (stamp_of(line.decode("utf-8", "replace"), stamps) for line in lines[:_LOOK])
    return next((at for at in dated if at is not None), None)


def _lines(
    dialect: Dialect, data: bytes, task: Task, unit: int
) -> Iterator[tuple[int, str, bytes]]:
    """Give every line of the queue ids that have anything to do with what is wanted, in order."""
    found = _starts(dialect, data, task.keys_of(unit)) if task.keys else {}
    if task.to:
        for start in _hits(dialect.recipients, data, _wanted(task.to)):
            _around(dialect, data, start, found)
    for start, key_text in sorted(found.items()):
        yield start, key_text, data[start : _end(data, start)]


def _hits(pattern: re.Pattern[bytes], data: bytes, wanted: Wanted) -> Iterator[int]:
    """Give where lines begin that name a wanted address."""
    quick, done = wanted.look(data), -1
    hits = pattern.finditer(data) if quick is None else quick.finditer(data)
    for hit in hits:
        if quick is None and not wanted.has(hit[1]):
            continue
        start = data.rfind(b"\n", 0, hit.start()) + 1
        if start == done:
            continue
        done = start
        if quick is None:
            yield start
        else:
            end = _end(data, start)
            if any(wanted.has(m[1]) for m in pattern.finditer(data, start, end)):
                yield start


def _around(dialect: Dialect, data: bytes, start: int, found: dict[int, str]) -> None:
    """Add the lines of the queue id of one line that stand before it, back to the message's arrival.

    Later ones matter only if they name a wanted recipient, and then they are hits of their own.
    """
    end = min(_end(data, start) + 1, len(data))
    key = dialect.key.search(data, start, end)
    if key is None:
        return
    text = key[1].decode("ascii", "replace")
    for reach in _REACHES:
        begin = max(0, start - reach)
        lines = dict(_of_key(dialect, data, key[1], begin, end))
        arrived = [at for at, line in lines.items() if dialect.tells(dialect.arrival, line)]
        if begin == 0 or (arrived and min(arrived) - begin >= _MARGIN):
            break
    found.update(dict.fromkeys(lines, text))


def _starts(dialect: Dialect, data: bytes, keys: frozenset[str]) -> dict[int, str]:
    """Give where lines of these queue ids begin."""
    found: dict[int, str] = {}
    if len(keys) > _FEW:
        for match in dialect.key.finditer(data):
            key = match[1].decode("ascii", "replace")
            if key in keys:
                found[data.rfind(b"\n", 0, match.start(1)) + 1] = key
        return found
    for key in sorted(keys):
        found.update(dict.fromkeys(dict(_of_key(dialect, data, key.encode(), 0, len(data))), key))
    return found


def _of_key(
    dialect: Dialect, data: bytes, key: bytes, begin: int, end: int
) -> Iterator[tuple[int, bytes]]:
    """Give the lines of one queue id within a stretch, with where they begin."""
    at = data.find(key, begin, end)
    while at >= 0:
        start, stop = data.rfind(b"\n", 0, at) + 1, _end(data, at)
        line = data[start:stop]
        match = dialect.key.search(line + b"\n")
        if match is not None and match[1] == key:
            yield start, line
        at = data.find(key, stop, end)


def _end(data: bytes, start: int) -> int:
    end = data.find(b"\n", start)
    return len(data) if end < 0 else end


# --- traces and archives -------------------------------------------------------------------------


def _trace(trace: Trace, data: bytes, task: Task, at: tuple[int, int, int], found: Facts) -> None:
    unit, part, place = at
    chunk = read_trace(data.decode("utf-8", "replace"), trace, task.moment, task.zone)
    if task.joins:
        for number, delivery in enumerate(chunk.deliveries):
            if _wanted(task.to).mailbox(delivery.recipient) or delivery.queue_id in task.keys:
                value = json.dumps(to_plain(delivery)).encode()
                found.add(Fact.DELIVERY, unit, part, place + number, value=value)
        if not task.counts:
            return
    names = Names()
    for delivery in chunk.deliveries:
        names.delivery(delivery)
    names.counts["messages"] = len({delivery.identity for delivery in chunk.deliveries})
    names.counts["rows"], names.counts["unreadable"] = chunk.rows, chunk.unreadable
    names.counts["ambiguous"] = chunk.ambiguous
    names.tell(found, unit, part)


def _wanted_message(data: bytes, task: Task, at: tuple[int, int, int], found: Facts) -> None:
    """Give a message's header if it is wanted; most are passed over after one look at the octets."""
    if not _seems_wanted(data, task):
        return
    header = read_header(data)
    wanted = _wanted(task.to)
    if any(map(wanted.mailbox, header.recipients)) or header.message_id in task.ids:
        unit, part, place = at
        value = json.dumps(archived.to_plain(header)).encode()
        found.add(Fact.MESSAGE, unit, part, place, key=header.identity, value=value)


def _seems_wanted(data: bytes, task: Task) -> bool:
    if task.to:
        quick = _wanted(task.to).look(data)
        if quick is None or quick.search(data) or _SPACED.search(data):
            return True
    return any(one.encode() in data for one in task.ids)


@functools.lru_cache(maxsize=8)
def _wanted(names: tuple[str, ...]) -> Wanted:
    return Wanted(names)
