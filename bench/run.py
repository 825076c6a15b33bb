"""Run suites of benchmarks: one JSON line a round, and one a case that says whether its goal is met.

``python -m bench.run --suite gate --quick``. Exit 0: all goals met; 1: one was not.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping

from bench import (
    Line,
    calibration,
    collector,
    content,
    generate,
    growth,
    investigate,
    investigate_spark,
    lookup,
    milter_latency,
    ranking,
)

Case = Callable[[bool], Iterator[Line]]

SUITES: Mapping[str, Mapping[str, Case]] = {
    "exposure": {"calibration": calibration.measure, "ranking": ranking.measure},
    "gate": {"milter_latency": milter_latency.measure},
    "collect": {"collector": collector.measure},
    "content": {"content": content.measure},
    "investigate": {
        "investigate": investigate.measure,
        "investigate_spark": investigate_spark.measure,
    },
    "names": {
        "generate": generate.measure,
        "lookup": lookup.measure,
        "growth": growth.measure,
    },
}
"""Suite -> case -> what measures it."""


def main() -> int:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.run", description=__doc__)
    parser.add_argument("--suite", choices=sorted(SUITES), help="default: all of them")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    arguments = parser.parse_args()
    met = True
    for suite in [arguments.suite] if arguments.suite else sorted(SUITES):
        for name, measure in SUITES[suite].items():
            for line in measure(arguments.quick):
                load = round(os.getloadavg()[0], 2)
                print(json.dumps({"suite": suite, "case": name, **line, "load": load}), flush=True)
                met = met and line.get("met", True) is True
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
