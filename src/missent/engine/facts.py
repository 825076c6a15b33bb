"""Own the two tables that pass between the engine and a scan: work going in, facts coming out.

What to look for travels in the metadata of the batch's schema, so that a scan is a pure function of one
batch and any engine can run it. The rule: a fact is a row of numbers and short texts; a line is given
whole only where it was hit, and what a message is about stands in none (law 8).
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pyarrow as pa

_KEY = b"missent"
WORK = pa.schema(
    [
        ("unit", pa.int32()),
        ("part", pa.int32()),
        ("place", pa.int64()),  # octet, file or row at which `data` begins in its source
        ("kind", pa.string()),
        ("data", pa.large_binary()),  # whole lines of a log or trace, or one message's header
    ]
)
FACTS = pa.schema(
    [
        ("unit", pa.int32()),
        ("part", pa.int32()),
        ("place", pa.int64()),
        ("what", pa.string()),  # `Fact`
        ("domain", pa.string()),
        ("key", pa.string()),
        ("value", pa.large_binary()),
        ("count", pa.int64()),
        ("first", pa.int64()),  # microseconds since 1970, UTC
        ("last", pa.int64()),
    ]
)


class Fact:
    """What a row says, in its column ``what``."""

    TO = "to"
    """`count` messages to the mailbox `key` at `domain`."""
    FROM = "from"
    """`count` messages by it, automatic ones left out."""
    COUNT = "count"
    """`count` of `key`: ``messages``, ``rows``, ``unreadable``; time stamps: ``guessed``, ``ambiguous``."""
    TIME = "time"
    """The first and last time stamp."""
    FAULT = "fault"
    """The unit could not be read to its end, for the reason `key`."""
    LINE = "line"
    """`value` is a line of the queue id `key`, at octet `place`."""
    DELIVERY = "delivery"
    """`value` is a `Delivery` as JSON."""
    MESSAGE = "message"
    """`value` is an `ArchivedMessage` as JSON, `place` is where it begins, `key` names it."""


@dataclass(frozen=True, slots=True)
class Task:
    """What to look for; nothing wanted means: count every name."""

    now: str
    """Dates lines without a year; RFC 3339."""
    offset: int = 0
    """Minutes east of Greenwich of lines without an offset."""
    to: tuple[str, ...] = ()
    """Wanted recipients, lower case: ``john@army.ml``, ``@army.ml`` for all below a domain and in it,
    ``.ml`` for a suffix."""
    keys: tuple[str, ...] = ()
    """Wanted queue ids; ``12/4ABC`` is wanted in unit 12 only."""
    ids: tuple[str, ...] = ()
    """Wanted Message-IDs, with angle brackets (archives only)."""
    joins: bool = False
    """Look for what is wanted, even if that is nothing."""
    counts: bool = False
    """While looking, count messages and note the time, too: no other scan will."""

    def keys_of(self, unit: int) -> frozenset[str]:
        """Give the queue ids that are wanted in a unit."""
        parted = (key.rpartition("/") for key in self.keys)
        return frozenset(key for where, _, key in parted if where in {"", str(unit)})

    @property
    def moment(self) -> datetime:
        """Give `now`."""
        return datetime.fromisoformat(self.now).astimezone(UTC)

    @property
    def zone(self) -> tzinfo:
        """Give the zone of lines without an offset."""
        return timezone(timedelta(minutes=self.offset))

    def onto(self, schema: pa.Schema) -> pa.Schema:
        """Put this task into the metadata of a schema."""
        return schema.with_metadata({_KEY: json.dumps(asdict(self)).encode()})

    @staticmethod
    def of(schema: pa.Schema) -> Task:
        """Take the task out again. Raises `ValueError` if there is none."""
        told = (schema.metadata or {}).get(_KEY)
        if told is None:
            raise ValueError("the batch's schema carries no task")
        return _task(told)


@functools.lru_cache(maxsize=8)
def _task(told: bytes) -> Task:
    try:
        plain = json.loads(told)
        lists = {k: tuple(v) for k, v in plain.items() if isinstance(v, list)}
        return Task(**(plain | lists))
    except (AttributeError, TypeError):
        raise ValueError("the batch's schema carries no task that is known here") from None


class Facts:
    """Collects rows; gives them as one batch."""

    __slots__ = ("_columns", "_tables")

    def __init__(self) -> None:
        self._columns: dict[str, list[Any]] = {name: [] for name in FACTS.names}
        self._tables: list[pa.Table] = []

    def add(self, what: str, unit: int, part: int, place: int = 0, **more: object) -> None:
        """Add one row; `more` are its other columns."""
        row = {"what": what, "unit": unit, "part": part, "place": place, **more}
        for name, column in self._columns.items():
            column.append(row.get(name))

    def extend(self, what: str, unit: int, part: int, columns: Mapping[str, Any]) -> None:
        """Add many rows of one kind at once: columns of equal length, as Arrow has them."""
        length = len(next(iter(columns.values())))
        same = {"what": what, "unit": unit, "part": part, "place": 0}
        arrays = [
            columns[f.name] if f.name in columns else _repeated(same.get(f.name), f.type, length)
            for f in FACTS
        ]
        self._tables.append(pa.table(arrays, schema=FACTS))

    def batch(self) -> pa.RecordBatch:
        """Give all rows."""
        rows = pa.table([pa.array(self._columns[f.name], f.type) for f in FACTS], schema=FACTS)
        whole = pa.concat_tables([*self._tables, rows]).combine_chunks()
        arrays = [column.combine_chunks() for column in whole.columns]
        return pa.RecordBatch.from_arrays(arrays, schema=FACTS)


def _repeated(value: object, kind: pa.DataType, length: int) -> pa.Array:
    return pa.nulls(length, kind) if value is None else pa.repeat(pa.scalar(value, kind), length)


def micros(at: datetime | None) -> int | None:
    """Give a time as microseconds since 1970."""
    return None if at is None else round(at.timestamp() * 1_000_000)


def moment(at: int | None) -> datetime | None:
    """Read it back, in UTC."""
    return None if at is None else datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
