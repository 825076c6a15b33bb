"""Own how units of work are carried out, whatever engine runs them: read, scanned, written down.

What a unit gave is a file of facts, written under another name and renamed, so that it is there whole
or not at all and a run that was stopped goes on where it was. `gave` is what runs on the worker's side.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from missent.engine.facts import FACTS, Fact, Facts, Task
from missent.engine.reading import Stopped, Unit, batches
from missent.engine.scan import scan

Progress = Callable[[int], None]
"""Told the octets of each unit that is done."""


class Engine(Protocol):
    """Where units are carried out."""

    def open(self, units: Sequence[Unit]) -> None:
        """Get ready for a job of these units, before anything else is begun."""

    def run(self, units: Sequence[Unit], task: Task, folder: Path, progress: Progress) -> None:
        """Carry out units that are not done yet; each leaves its facts in `facts_path`."""

    def close(self) -> None:
        """Let go of what `open` took."""


def gave(unit: Unit, task: Task) -> Iterator[pa.RecordBatch]:
    """Give what a scan finds in a unit; where it cannot be read any further, that is a fact, too."""
    try:
        for batch in batches(unit, task):
            yield scan(batch)
    except Stopped as stopped:
        fault = Facts()
        fault.add(Fact.FAULT, unit.number, 0, key=str(stopped))
        yield fault.batch()


def facts_path(folder: Path, number: int) -> Path:
    """Name the file of facts of a unit."""
    return folder / f"{number:08}.arrow"


def write_facts(folder: Path, number: int, found: Iterable[pa.RecordBatch]) -> None:
    """Write the facts of a unit, whole or not at all."""
    path = facts_path(folder, number)
    part = path.with_suffix(".part")
    with part.open("wb") as file, pa.ipc.new_file(file, FACTS) as writer:
        for batch in found:
            if batch.num_rows:
                writer.write_batch(batch)
    os.replace(part, path)


def read_facts(folder: Path, units: Iterable[Unit]) -> Iterator[tuple[Unit, pa.Table]]:
    """Give what each unit gave, in order, one at a time."""
    for unit in units:
        with pa.memory_map(os.fsencode(facts_path(folder, unit.number))) as file:
            yield unit, pa.ipc.open_file(file).read_all()
