"""Message traces of hosted mail and Exchange, read into deliveries: one file a service, one line here.

A trace is known by what stands in it, never by its name. What a mail log is to `mail.logs`, a table is
to this package.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from itertools import chain, islice
from types import MappingProxyType

from missent.mail.delivery import Delivery
from missent.mail.traces.exchange import EXCHANGE
from missent.mail.traces.google import (
    GOOGLE_BIGQUERY,
    GOOGLE_EVENTS,
    GOOGLE_REPORTS,
    GOOGLE_SEARCH,
)
from missent.mail.traces.microsoft365 import MICROSOFT365, MICROSOFT365_SUMMARY
from missent.mail.traces.stamps import TraceStamps
from missent.mail.traces.table import decode, encoding_of, header_of, heads_of, rows_of
from missent.mail.traces.trace import Trace, TraceChunk

__all__ = [
    "BY_NAME",
    "TRACES",
    "Trace",
    "TraceChunk",
    "decode",
    "encoding_of",
    "header_of",
    "read_trace",
    "trace_of",
]

TRACES: tuple[Trace, ...] = (
    EXCHANGE,
    MICROSOFT365_SUMMARY,
    MICROSOFT365,
    GOOGLE_SEARCH,
    GOOGLE_EVENTS,
    GOOGLE_BIGQUERY,
    GOOGLE_REPORTS,
)
"""The first that recognises a table wins."""
BY_NAME: Mapping[str, Trace] = MappingProxyType({one.name: one for one in TRACES})

MAX_START = 65_536  # characters that are looked at to know a trace
_SAMPLE = 1_000  # rows whose dates say how a table writes them


def trace_of(start: str) -> Trace | None:
    """Tell which trace a text is from its start, whose last row may be cut; None if it is none."""
    for columns in heads_of(start[:MAX_START]):
        for trace in TRACES:
            if trace.recognises(columns):
                return trace
    return None


def read_trace(text: str, trace: Trace, now: datetime, zone: tzinfo) -> TraceChunk:
    """Read a trace, or a part of one behind its header. `zone` is that of times without an offset."""
    stamps = TraceStamps(now, zone)
    rows = rows_of(text)
    sample = list(islice(rows, _SAMPLE))
    stamps.learn(row.get(name) for row in sample if row for name in trace.times)
    deliveries: list[Delivery] = []
    count = unreadable = 0
    for row in chain(sample, rows):
        count += 1
        found = [None] if row is None else list(trace.deliveries(row, stamps))
        read = [delivery for delivery in found if delivery is not None]
        unreadable += len(found) - len(read)
        deliveries += read
    return TraceChunk(count, unreadable, stamps.ambiguous, tuple(deliveries))
