"""Own the distributed engine: the same units, the same scan, run by Spark's executors through
``mapInArrow``.

The driver sends units, each a few octets; an executor opens the file itself, so sources must lie where
every executor sees them under the same path: that they begin alike is looked at. What comes back is
written down as the local engine writes it, so that everything after the scan cannot tell the two apart.
The rules: nothing is read or written over a network but Spark's own; what goes wrong on an executor comes
back as a fact, since the text of an exception would stand in Spark's logs and may quote what was read.
"""

from __future__ import annotations

import functools
import hashlib
import json
import traceback
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from missent import __version__
from missent.engine.cluster import Cluster
from missent.engine.facts import FACTS, Fact, Facts, Task
from missent.engine.reading import Unit
from missent.engine.working import Progress, gave, write_facts
from missent.errors import OperatorError

_KINDS = {
    pa.int32(): ("int", pa.int32()),
    pa.int64(): ("bigint", pa.int64()),
    pa.string(): ("string", pa.string()),
    pa.large_binary(): ("binary", pa.binary()),
}
DDL = ", ".join(f"`{one.name}` {_KINDS[one.type][0]}" for one in FACTS)
"""`FACTS` as Spark writes it."""
SENT = pa.schema([(one.name, _KINDS[one.type][1]) for one in FACTS])
"""`FACTS` as Spark's Arrow has it."""
TROUBLE = "trouble"
"""What a row says that is no fact of the unit: why an executor could not work on it."""
_JOBS = 16
"""Jobs at once."""
_STEPS = 64
"""Jobs that a run is cut into, if it has as many units: so finely progress is told."""
_MOST = 32
"""Units in one job: an interrupt loses no more, and their facts are in memory together."""
_LOOK = 15.0
"""Seconds without a result after which it is looked whether anybody works."""
_START = 4_096
"""Octets by which two files are told apart: neither grows nor moves at its start."""
_HELD = 200_000
"""Rows of names held before they are added up."""


@dataclass(slots=True)
class SparkEngine:
    """Runs units as tasks of a Spark application."""

    master: str | None = None
    """``spark://host:7077``; None: as Spark's own configuration says, else this machine."""
    _cluster: Cluster | None = None

    def open(self, units: Sequence[Unit]) -> None:  # noqa: ARG002
        """Start Spark. Raises `OperatorError` if it is not installed or does not start."""
        self._cluster = Cluster.open(self.master)

    def close(self) -> None:
        """End the session, if it is ours."""
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None

    def run(self, units: Sequence[Unit], task: Task, folder: Path, progress: Progress) -> None:
        """Carry out units, in their order. Raises `OperatorError`; what is done stays done."""
        if self._cluster is None:
            raise ValueError("the engine is not open")
        size = min(_MOST, -(-len(units) // _STEPS))
        job = functools.partial(_job, self._cluster, task, folder)
        pool = ThreadPoolExecutor(_JOBS)
        try:
            left = {pool.submit(job, units[at : at + size]) for at in range(0, len(units), size)}
            while left:
                done, left = wait(left, _LOOK, FIRST_COMPLETED)
                for future in done:
                    for weight in future.result():
                        progress(weight)
                if not done:
                    self._cluster.check()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            self._cluster.cancel()
            pool.shutdown(wait=True)


def _job(cluster: Cluster, task: Task, folder: Path, units: Sequence[Unit]) -> list[int]:
    """Have some units carried out and write down what they gave; gives the weights of those done."""
    found = cluster.map(len(units), functools.partial(carry_out, told(units, task)), DDL)
    done, troubles = [], []
    for unit in units:
        rows = found.filter(pc.equal(found["unit"], unit.number))
        if trouble := rows.filter(pc.equal(rows["what"], TROUBLE))["key"].to_pylist():
            troubles += trouble
            continue
        write_facts(folder, unit.number, rows.cast(FACTS).combine_chunks().to_batches())
        done.append(unit.weight)
    if troubles:
        raise OperatorError(troubles[0])
    return done


def told(units: Iterable[Unit], task: Task) -> list[str]:
    """Write units as an executor reads them: with the task, and how to know the file and us again."""
    start = functools.cache(_start)
    return [
        json.dumps(
            {
                "unit": asdict(unit),
                "task": asdict(task),
                "start": start(unit.path),
                "version": __version__,
            }
        )
        for unit in units
    ]


def _start(path: str) -> str:
    """Name the start of a file, so that an executor can tell whether it has the same; of a folder,
    only that it is there.
    """
    try:
        if Path(path).is_dir():
            return "folder"
        with Path(path).open("rb") as file:
            return hashlib.sha256(file.read(_START)).hexdigest()
    except OSError:
        return ""


# --- on an executor ------------------------------------------------------------------------------


def carry_out(work: Sequence[str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Do what a local process does, on an executor: each row of a batch is a number in `work`."""
    for batch in batches:
        for number in batch.column(0).to_pylist():
            for found in _carried_out(json.loads(work[number])):
                yield found.cast(SENT)


def _carried_out(plain: dict[str, Any]) -> Iterator[pa.RecordBatch]:
    unit = Unit(**plain["unit"] | {"members": tuple(plain["unit"]["members"])})
    lists = {name: tuple(v) for name, v in plain["task"].items() if isinstance(v, list)}
    task = Task(**plain["task"] | lists)
    if plain["version"] != __version__:
        yield _trouble(unit, f"executors have missent {__version__}, not {plain['version']}")
    elif plain["start"] and plain["start"] != _start(unit.path):
        yield _trouble(
            unit,
            f"{unit.path}: an executor sees another file there, or none:"
            " sources must lie where every executor has them under the same path",
        )
    else:
        try:
            yield from added_up(gave(unit, task))
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            name = type(error).__name__
            yield _trouble(
                unit, f"{unit.path}: {name} in {Path(where.filename).name}:{where.lineno}"
            )


def _trouble(unit: Unit, reason: str) -> pa.RecordBatch:
    found = Facts()
    text = reason.encode("utf-8", "backslashreplace").decode()  # file names are octets
    found.add(TROUBLE, unit.number, 0, key=text)
    return found.batch()


def added_up(found: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Add up the names of a unit before they travel: a large compressed file gives each many times."""
    names, held, bound = FACTS.empty_table(), [], _HELD
    for batch in found:
        table = pa.Table.from_batches([batch])
        named = pc.is_in(table["what"], pa.array([Fact.TO, Fact.FROM]))
        yield from table.filter(pc.invert(named)).to_batches()
        held.append(table.filter(named))
        if sum(one.num_rows for one in held) > bound:
            names, held = _sum([names, *held]), []
            bound = max(_HELD, names.num_rows)
    yield from _sum([names, *held]).combine_chunks().to_batches()


def _sum(tables: Sequence[pa.Table]) -> pa.Table:
    """Add up counts, name by name, in the order in which each came first."""
    rows = pa.concat_tables(tables)
    grouped = rows.group_by(["unit", "what", "domain", "key"], use_threads=False)
    whole = grouped.aggregate([("part", "min"), ("count", "sum")])
    whole = whole.rename_columns({"part_min": "part", "count_sum": "count"})
    empty = {name: pa.nulls(whole.num_rows, FACTS.field(name).type) for name in FACTS.names}
    empty["place"] = pa.array([0] * whole.num_rows, pa.int64())
    arrays = [whole[name] if name in whole.column_names else empty[name] for name in FACTS.names]
    return pa.table(arrays, schema=FACTS)
