"""Own the engine's work measured from within: one process, without the interpreter's start or a report.

``python -m bench.investigate_engine names|join|judge PATH [--to NAME]...`` prints one JSON line: seconds of
CPU and wall, and what was counted. `names` is the first pass alone, `join` the second, `judge` everything
but the report, in as many processes as the command takes. Each runs in a process of its own, so that no
earlier round's cache helps.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from bench.population import OURS
from missent.engine.facts import Fact, Task
from missent.engine.inputs import find_inputs
from missent.engine.investigate import Wish, investigate
from missent.engine.local import LocalEngine, processors
from missent.engine.reading import plan
from missent.engine.working import gave
from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.mail.delivery import Delivery
from missent.mail.domain import DomainName
from missent.mail.logs.postfix import POSTFIX
from missent.wiring import Unattached

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def names(path: Path) -> Counter[str]:
    """Count every name of a log or archive; gives messages, lines and names."""
    counts: Counter[str] = Counter()
    for batch in _facts(path, Task(NOW.isoformat())):
        for row in _rows(batch, Fact.COUNT):
            counts[str(row["key"])] += int(str(row["count"]))
        counts["names"] += sum(what == Fact.TO for what in batch.column("what").to_pylist())
    return counts


def join(path: Path, to: Sequence[str]) -> list[Delivery]:
    """Find every delivery to these names, with its sender where the lines of one piece tell it."""
    task = Task(NOW.isoformat(), to=tuple(to), joins=True)
    joiner = POSTFIX.joiner(NOW, UTC)
    found: list[Delivery] = []
    for batch in _facts(path, task):
        for row in _rows(batch, Fact.LINE):
            line = row["value"]
            found += joiner.feed(line.decode("utf-8", "replace") if isinstance(line, bytes) else "")
    return [*found, *joiner.finish()]


def _facts(path: Path, task: Task) -> Iterator[pa.RecordBatch]:
    for unit in plan(find_inputs([path])):
        yield from gave(unit, task)


def _rows(batch: pa.RecordBatch, what: str) -> Iterable[dict[str, object]]:
    wanted = [at for at, said in enumerate(batch.column("what").to_pylist()) if said == what]
    columns = ("key", "value", "count")
    cells = {name: batch.column(name) for name in columns} if wanted else {}
    return ({name: cells[name][at].as_py() for name in columns} for at in wanted)


def _joined(path: Path, to: Sequence[str]) -> dict[str, int]:
    deliveries = join(path, to)
    ends = tuple(name.removeprefix("@") for name in to)
    return {
        "to": sum(one.recipient.domain.ascii.endswith(ends) for one in deliveries),
        "attempts": len(deliveries),
        "with_sender": sum(one.sender_known for one in deliveries),
    }


def _judged(path: Path) -> dict[str, int]:
    """Find, judge and join everything; gives messages, and those that reached a wrong destination."""
    organisation = Organisation("", (DomainName.parse(OURS),))
    wish = Wish((path,), NOW, organisation, Policy.with_defaults())
    with tempfile.TemporaryDirectory() as out:
        engine = LocalEngine(processors())
        incident = investigate(wish, Path(out), engine, Unattached, lambda *_: None)
    return {"messages": incident.messages, "misdirected": incident.misdirected}


def _cpu() -> float:
    """Give the seconds of CPU of this process and of those it waited for."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(who) for who in whose]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    """Do one duty, measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.investigate_engine", description=__doc__)
    parser.add_argument("duty", choices=("names", "join", "judge"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--to", action="append", default=[])
    given = parser.parse_args()
    pa.array(["here"])  # what pyarrow imports on first use is the interpreter's start, too
    wall, cpu = time.perf_counter(), _cpu()
    if given.duty == "names":
        found = dict(names(given.path))
    elif given.duty == "join":
        found = _joined(given.path, given.to)
    else:
        found = _judged(given.path)
    spent = {"wall": time.perf_counter() - wall, "cpu": _cpu() - cpu}
    print(json.dumps({**spent, "counts": found}))


if __name__ == "__main__":
    main()
