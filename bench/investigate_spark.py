"""Measure what a cluster costs and gives: the whole command with both engines, on logs of three sizes.

``python -m bench.investigate_spark [--quick] [--folder DIR]``. Spark runs standalone on this machine: a
master and two workers of one core each, started before; the local engine has two processes. Both have
the same cores, so Spark cannot win: what is found is its fixed cost (Java, the session, the executors)
and its rate beside ours, from which follows the size at which more cores pay. Rounds alternate; seconds
are wall, since executors are nobody's children. The goal is that both write the same octets.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from tests.real.standalone import Standalone, standalone

from bench import Line
from bench.investigating import MISSENT, Mail, rounded
from bench.population import OURS

_SIZES: Mapping[bool, Sequence[int]] = {True: (20, 100), False: (100, 1_000, 4_000)}  # MB
_ROUNDS: Mapping[bool, int] = {True: 1, False: 3}
_CORES = 2
_MORE = (8, 32, 128)
"""Cores for which it is worked out what size pays."""


def measure(quick: bool) -> Iterator[Line]:
    """Give a line a round and size, and one of what follows."""
    with tempfile.TemporaryDirectory() as folder:
        yield from measure_in(Path(folder), quick)


def measure_in(folder: Path, quick: bool) -> Iterator[Line]:
    """Give the lines, with the made mail in a folder."""
    missing = [name for name in ("pyspark", "pandas") if find_spec(name) is None]
    missing += [name for name in ("java", "bash") if shutil.which(name) is None]
    if missing:
        yield {"skipped": f"not installed: {', '.join(missing)}"}
        return
    mail = Mail(folder, quick)
    with tempfile.TemporaryDirectory() as place, standalone(Path(place)) as cluster:
        points, same = [], True
        for megabytes in _SIZES[quick]:
            path, _ = mail.log(megabytes)
            rounds = []
            for number in range(_ROUNDS[quick]):
                found = _round(path, cluster)
                same = same and bool(found.pop("same"))
                rounds.append(found)
                yield {"mb": megabytes, "round": number + 1, **rounded(found)}
            median = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
            points.append((megabytes, median["local_s"], median["spark_s"]))
            yield {"mb": megabytes, **rounded(median), "same": same, "met": same}
    yield _follows(points)


def _round(path: Path, cluster: Standalone) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        local, spark = Path(folder) / "local", Path(folder) / "spark"
        ours = _run(path, local, dict(os.environ), "--processes", str(_CORES))
        there = "--engine", "spark", "--master", cluster.master
        theirs = _run(path, spark, cluster.env, *there)
        return {
            "local_s": ours,
            "spark_s": theirs,
            "ratio": theirs / ours,
            "same": _files(local) == _files(spark),
        }


def _run(path: Path, out: Path, env: Mapping[str, str], *more: str) -> float:
    words: list[str | Path] = [MISSENT, "investigate", path, "--out", out, "--ours", OURS, *more]
    started = time.perf_counter()
    done = subprocess.run(
        words, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"missent investigate: exit {done.returncode}")
    return time.perf_counter() - started


def _files(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


def _follows(points: Sequence[tuple[int, float, float]]) -> Line:
    """Fit a line to each engine, and say from which size more cores would have paid.

    Taken for granted: what Spark does for each megabyte is shared evenly by more cores, what it costs to
    begin is not. The judging and report are in what begins.
    """
    sizes, ours, theirs = zip(*points, strict=True)
    local = statistics.linear_regression(sizes, ours)
    spark = statistics.linear_regression(sizes, theirs)
    overhead = spark.intercept - local.intercept
    pays = {}
    for cores in _MORE:
        gain = local.slope - spark.slope * _CORES / cores
        pays[str(cores)] = round(overhead / gain) if gain > 0 else None
    return {
        "overhead_s": round(overhead, 1),
        "local_mb_a_s": round(1 / local.slope, 1),
        "spark_mb_a_s": round(1 / spark.slope, 1),
        "pays_from_mb_by_cores": pays,
    }


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.investigate_spark", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20 and 100 MB, one round")
    parser.add_argument("--folder", type=Path, help="where logs are made, and kept")
    given = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for line in measure_in(folder, given.quick):
            load = round(os.getloadavg()[0], 2)
            print(json.dumps({"case": "investigate_spark", **line, "load": load}), flush=True)
            met = met and line.get("met", True) is True
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
