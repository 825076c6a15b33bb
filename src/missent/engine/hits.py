"""Own the join: what the sources say of the messages to the recipients that are looked at, and of no
others.

Log lines are gathered by queue id and fed to their dialect's joiner in the order of time, host by host,
so that rotated files and a file given twice are one log. Where a message's arrival stands in another
stretch than its delivery, the stretch before is searched, and if it is not there, everything.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from itertools import zip_longest
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from missent.engine.facts import Fact, Task
from missent.engine.inputs import InputFile
from missent.engine.kinds import ARCHIVES, LOGS
from missent.engine.reading import Unit
from missent.engine.spool import Spool
from missent.engine.wanted import Wanted
from missent.mail import archived, logs
from missent.mail.delivery import Delivery, from_plain
from missent.mail.logs.dialect import Dialect, Stamps, host_of, stamp_of
from missent.service.investigation.merging import Handovers, Place

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class _Line:
    """One log line that was gathered, in the order in which it is fed."""

    at: datetime
    begun: datetime
    """When its file begins: of one second, the end of a rotated log comes before the start of the next."""
    source: int
    unit: int
    place: int
    key: str = field(compare=False)
    text: str = field(compare=False, repr=False)


@dataclass(slots=True)
class Hits:
    """Gathers what was hit."""

    inputs: Sequence[InputFile]
    units: Sequence[Unit]
    spool: Spool
    task: Task
    """Its wish for recipients says what is looked at."""
    undated: datetime = _LONG_AGO
    """The date of a message without one."""
    zone: tzinfo = UTC
    """Of lines without an offset, summer and winter; a scan only knows the offset of today."""
    begun: Mapping[int, datetime] = field(default_factory=dict)
    """By input: when it begins, as far as that is known."""
    handovers: Handovers = field(default_factory=Handovers)
    unreadable: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    """By input: hit lines that could not be read."""
    _lines: dict[tuple[int, int], _Line] = field(default_factory=dict)

    def gather(self) -> Handovers:
        """Gather everything; gives every message to every recipient that is looked at."""
        wanted = Wanted(self.task.to)
        for unit, table in self.spool.run("messages", self.units, self.task):
            self._take(unit, table, wanted)
        self._find_arrivals()
        for source, delivery, kind in self._joined():
            if wanted.mailbox(delivery.recipient):
                self.handovers.log(delivery, source, kind)
        self._lines.clear()
        self._find_contents()
        return self.handovers

    def _take(self, unit: Unit, table: pa.Table, wanted: Wanted) -> None:
        for row in _of(table, Fact.LINE).to_pylist():
            self._keep(unit, row)
        for row in _of(table, Fact.DELIVERY).to_pylist():
            delivery = from_plain(json.loads(row["value"]))
            if wanted.mailbox(delivery.recipient):
                self.handovers.log(delivery, unit.source, unit.kind)
        for row in _of(table, Fact.MESSAGE).to_pylist():
            message = archived.from_plain(json.loads(row["value"]))
            recipients = [one for one in message.recipients if wanted.mailbox(one)]
            place = Place(unit.number, row["place"])
            at = message.at or self.undated
            self.handovers.archive(message, recipients, at, place, unit.source)

    # --- logs ------------------------------------------------------------------------------------

    def _keep(self, unit: Unit, row: dict[str, Any]) -> None:
        text = row["value"].decode("utf-8", "replace")
        at = stamp_of(text, Stamps(self.task.moment, self.zone)) or _LONG_AGO
        begun, place = self.begun.get(unit.source, _LONG_AGO), row["place"]
        line = _Line(at, begun, unit.source, unit.number, place, row["key"], text)
        self._lines[unit.number, place] = line

    def _find_arrivals(self) -> None:
        """Look for the lines that stand in another stretch than the delivery they belong to."""
        orphans = self._orphans()
        near = {key: self._near(numbers) for key, numbers in orphans.items()}
        if near:
            wanted = {f"{unit.number}/{key}" for key, units in near.items() for unit in units}
            numbers = {unit.number for units in near.values() for unit in units}
            self._look_up([self.units[number] for number in sorted(numbers)], wanted)
            orphans = self._orphans()
        if orphans:
            self._look_up([unit for unit in self.units if unit.kind in LOGS], orphans)

    def _orphans(self) -> dict[str, set[int]]:
        """Give queue ids without an arrival or a sender, and the units their lines stand in."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for (kind, _, key), lines in self._by_key().items():
            dialect, texts = logs.BY_NAME[kind], [line.text.encode() for line in lines]
            if not all(_told(dialect, what, texts) for what in (dialect.arrival, dialect.sender)):
                found[key].update(line.unit for line in lines)
        return found

    def _near(self, numbers: set[int]) -> list[Unit]:
        """Give these units, those right before them, and the last ones of other files of their kind."""
        begun = {self.units[number].kind for number in numbers if self.units[number].start == 0}
        near = []
        for unit, after in zip_longest(self.units, self.units[1:]):
            last = after is None or after.source != unit.source
            before = not last and after.number in numbers
            if unit.number in numbers or before or (last and unit.kind in begun):
                near.append(unit)
        return near

    def _look_up(self, units: Sequence[Unit], keys: Iterable[str]) -> None:
        task = Task(self.task.now, self.task.offset, keys=tuple(sorted(keys)), joins=True)
        for unit, table in self.spool.run("arrivals", units, task):
            for row in _of(table, Fact.LINE).to_pylist():
                self._keep(unit, row)

    def _by_key(self) -> dict[tuple[str, str, str], list[_Line]]:
        """Give lines by dialect, host and queue id: two hosts may have the same one."""
        grouped: defaultdict[tuple[str, str, str], list[_Line]] = defaultdict(list)
        for line in self._lines.values():
            grouped[*self._host(line), line.key].append(line)
        return grouped

    def _host(self, line: _Line) -> tuple[str, str]:
        where = host_of(line.text) or str(self.inputs[line.source].path.parent)
        return self.units[line.unit].kind, where

    def _joined(self) -> Iterator[tuple[int, Delivery, str]]:
        """Feed the lines of each host to the joiner of its dialect, in the order of time."""
        hosts: defaultdict[tuple[str, str], list[_Line]] = defaultdict(list)
        for line in self._lines.values():
            hosts[self._host(line)].append(line)
        for (kind, _), lines in sorted(hosts.items()):
            joiner = logs.BY_NAME[kind].joiner(self.task.moment, self.zone)
            source = 0
            for line in sorted(lines):
                before, source = joiner.unreadable, line.source
                found = joiner.feed(line.text)
                self.unreadable[source] += joiner.unreadable - before
                yield from ((source, delivery, kind) for delivery in found)
            yield from ((source, delivery, kind) for delivery in joiner.finish())

    # --- archives beside logs --------------------------------------------------------------------

    def _find_contents(self) -> None:
        """Look in the archives for messages that only logs told of."""
        archives = [unit for unit in self.units if unit.kind in ARCHIVES]
        ids = self.handovers.without_content() if archives else frozenset()
        if not ids or len(archives) == len(self.units):
            return
        task = Task(self.task.now, self.task.offset, ids=tuple(sorted(ids)), joins=True)
        for unit, table in self.spool.run("contents", archives, task):
            for row in _of(table, Fact.MESSAGE).to_pylist():
                message = archived.from_plain(json.loads(row["value"]))
                place, at = Place(unit.number, row["place"]), message.at or self.undated
                self.handovers.archive(message, (), at, place, unit.source)


def _of(table: pa.Table, *what: str) -> pa.Table:
    return table.filter(pc.is_in(table["what"], pa.array(what)))


def _told(dialect: Dialect, what: re.Pattern[bytes], lines: Iterable[bytes]) -> bool:
    return any(dialect.tells(what, line) for line in lines)
