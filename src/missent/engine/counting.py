"""Own how facts of many units become the census: added up in Arrow, name by name, in bounded memory.

First every domain with its counts; then, of the domains that are looked at closely, the mailboxes. Of a
name that may have been meant only those mailboxes become values of their own that a doubted one could
stand for; the others are counted where they stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from missent.engine.facts import Fact, moment
from missent.engine.reading import Unit
from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.census import Census

_NAMES = pa.array([Fact.TO, Fact.FROM])
_EMPTY = pa.schema(
    [("domain", pa.string()), ("key", pa.string()), ("to", pa.int64()), ("wrote", pa.int64())]
).empty_table()
_AT_ONCE = 200_000
"""Rows of mailboxes that are added up at a time: a name stands in every unit."""


@dataclass(slots=True)
class Counts:
    """Adds up facts."""

    census: Census = field(default_factory=Census)
    by_input: defaultdict[int, defaultdict[str, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    faults: dict[int, str] = field(default_factory=dict)
    """By input: why it could not be read to its end."""
    begun: dict[int, datetime] = field(default_factory=dict)
    """By input: its first time stamp."""

    def take(self, unit: Unit, table: pa.Table) -> None:
        """Take in what one unit gave."""
        first, last = self._times(unit, table)
        for row in _rows(table, Fact.COUNT):
            self.by_input[unit.source][row["key"]] += row["count"]
            if row["key"] == "messages":
                self.census.messages += row["count"]
        self.note_faults(unit, table)
        for domain, to, wrote in _by_domain(table):
            self.census.count(domain, to, wrote, first, last)

    def note_faults(self, unit: Unit, table: pa.Table) -> None:
        """Take in only whether a unit was read to its end: it may have been there before, and be gone."""
        for row in _rows(table, Fact.FAULT):
            self.faults[unit.source] = row["key"]

    def _times(self, unit: Unit, table: pa.Table) -> tuple[datetime | None, datetime | None]:
        rows = _rows(table, Fact.TIME)
        first = moment(min((row["first"] for row in rows), default=None))
        last = moment(max((row["last"] for row in rows), default=None))
        self.census.see(first, last)
        if first is not None:
            self.begun[unit.source] = min(first, self.begun.get(unit.source, first))
        return first, last

    def close_look(
        self,
        tables: Iterable[tuple[Unit, pa.Table]],
        near: Mapping[DomainName, frozenset[DomainName]],
    ) -> Callable[[DomainName], Iterator[tuple[Mailbox, str]]]:
        """Learn the mailboxes of names that can be mistaken; gives the recipients at one, and their
        spelling.
        """
        census = self.census
        written = {text for name in near for text in census.spelt(name)}
        known = {text for names in near.values() for name in names for text in census.spelt(name)}
        whole = _mailboxes([table for _, table in tables], written | known)
        locals_ = set(whole.filter(_within(whole["domain"], written))["key"].to_pylist())
        for row in _answers(whole):
            census.look_closely(*row)
        matter = pc.or_(_within(whole["domain"], written), _within(whole["key"], locals_))
        recipients: defaultdict[str, list[tuple[Mailbox, str]]] = defaultdict(list)
        for row in whole.filter(matter).to_pylist():
            text = f"{row['key']}@{row['domain']}"
            mailbox = _mailbox(text)
            if mailbox is None:
                continue
            census.take_mailbox(mailbox, row["to"], row["wrote"])
            if row["to"]:
                recipients[mailbox.domain.ascii].append((mailbox, text))
        return lambda name: iter(sorted(recipients.get(name.ascii, ()), key=lambda pair: pair[1]))

    @property
    def guessed(self) -> bool:
        """Whether a year or an offset had to be found for time stamps of a log."""
        return any(counts["guessed"] for counts in self.by_input.values())

    @property
    def ambiguous(self) -> int:
        """Count the dates of traces of which day and month had to be told apart."""
        return sum(counts["ambiguous"] for counts in self.by_input.values())


def _rows(table: pa.Table, what: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = table.filter(pc.equal(table["what"], what)).to_pylist()
    return found


def _by_domain(table: pa.Table) -> Iterator[tuple[str, int, int]]:
    rows = table.filter(pc.is_in(table["what"], _NAMES)).select(["domain", "what", "count"])
    grouped = _split(rows).group_by("domain").aggregate([("to", "sum"), ("wrote", "sum")])
    yield from zip(
        grouped["domain"].to_pylist(),
        grouped["to_sum"].to_pylist(),
        grouped["wrote_sum"].to_pylist(),
        strict=True,
    )


def _split(rows: pa.Table) -> pa.Table:
    """Put the counts of recipients and of senders into columns of their own."""
    to = pc.if_else(pc.equal(rows["what"], Fact.TO), rows["count"], 0)
    return rows.append_column("to", to).append_column("wrote", pc.subtract(rows["count"], to))


def _mailboxes(tables: Iterable[pa.Table], domains: set[str]) -> pa.Table:
    """Add up the mailboxes of these domains over all units, a few units at a time."""
    whole, found = _EMPTY, [_EMPTY]
    for table in tables:
        rows = table.filter(
            pc.and_(pc.is_in(table["what"], _NAMES), _within(table["domain"], domains))
        )
        if rows.num_rows:
            split = _split(rows.select(["domain", "key", "what", "count"]))
            found.append(split.select(["domain", "key", "to", "wrote"]))
        if sum(one.num_rows for one in found) > _AT_ONCE:
            whole, found = _added_up([whole, *found]), [_EMPTY]
    return _added_up([whole, *found])


def _added_up(tables: list[pa.Table]) -> pa.Table:
    grouped = pa.concat_tables(tables).group_by(["domain", "key"])
    whole = grouped.aggregate([("to", "sum"), ("wrote", "sum")])
    return whole.rename_columns({"to_sum": "to", "wrote_sum": "wrote"}).select(_EMPTY.column_names)


def _answers(whole: pa.Table) -> Iterator[tuple[str, int, int, int, int]]:
    """Give what `Census.look_closely` wants of each domain."""
    if not whole.num_rows:
        return
    written = whole.filter(pc.greater(whole["to"], 0))
    once = pc.cast(pc.equal(written["to"], 1), pa.int64())
    mutual = pc.cast(pc.greater(written["wrote"], 0), pa.int64())
    grouped = (
        written.append_column("once", once)
        .append_column("mutual", mutual)
        .group_by("domain")
        .aggregate([("to", "count"), ("once", "sum"), ("mutual", "sum"), ("wrote", "sum")])
    )
    names = ("domain", "to_count", "once_sum", "mutual_sum", "wrote_sum")
    yield from zip(*(grouped[name].to_pylist() for name in names), strict=True)


def _within(column: pa.ChunkedArray, texts: set[str]) -> pa.ChunkedArray:
    return pc.is_in(column, pa.array(sorted(texts), pa.string()))


def _mailbox(text: str) -> Mailbox | None:
    try:
        return Mailbox.parse(text)
    except MalformedAddress:
        return None
