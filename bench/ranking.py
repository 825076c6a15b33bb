"""Measure how fast names are ranked by exposure, and into how many rules a portfolio folds.

``python -m bench.ranking [--portfolio FILE]``. Ranked means all of it: candidates, five factors with their
intervals, order, controllers, rules. The names are those of tests/lookalike/wild_typos.csv, mail providers
for the most part, which have ten times the look-alikes of a name under a closed registry; and, with
``--portfolio`` (one name a line), somebody's own, for which the rules are counted. Processor time on one
core, the best of some rounds, without the collector of cycles, as `missent expose` runs it. The published
figures of dnstwist 20250130 (255 ms a name for candidates alone, unranked) stand beside it.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import Line
from bench.generate import PUBLISHED, WILD
from bench.slip_world import START
from missent.mail.domain import DomainName
from missent.service.exposure.exposure import Exposure
from missent.service.exposure.portfolio import read_portfolio
from missent.service.exposure.ranking import Wish, rank

GOAL_RATE, GOAL_RULES, GOAL_FIRST = 100.0, 5, ".ml"


def measure(quick: bool, portfolio: Path | None = None) -> Iterator[Line]:
    """Give a line a set of names, with its goal."""
    rounds = 1 if quick else 5
    with WILD.open(encoding="utf-8", newline="") as file:
        meant = dict.fromkeys(row["meant"] for row in csv.DictReader(file))
    names = [DomainName.parse(text) for text in meant]
    rate, exposure = _rate(names, rounds)
    yield {
        "names": "mail providers",
        "domains": len(names),
        "rows": len(exposure.exposed),
        "domains_per_s": rate,
        "rows_per_s": round(rate * len(exposure.exposed) / len(names)),
        "goal": GOAL_RATE,
        "met": rate >= GOAL_RATE,
    }
    if portfolio is not None:
        yield _folded(portfolio, rounds)
    for line in PUBLISHED:
        if "ms_per_domain" in line:
            yield {"published": True, **line}


def _folded(portfolio: Path, rounds: int) -> Line:
    names = read_portfolio(portfolio.read_text("utf-8-sig"), str(portfolio)).names
    rate, exposure = _rate(names, rounds)
    rules = [rule.match for rule in exposure.rules]
    return {
        "names": "portfolio",
        "domains": len(names),
        "rows": len(exposure.exposed),
        "domains_per_s": rate,
        "rules": rules,
        "covered": round(sum(rule.share for rule in exposure.rules), 3),
        "goal": [GOAL_RATE, GOAL_RULES, GOAL_FIRST],
        "met": rate >= GOAL_RATE and len(rules) <= GOAL_RULES and rules[0] == GOAL_FIRST,
    }


def _rate(names: Sequence[DomainName], rounds: int) -> tuple[float, Exposure]:
    rank(Wish(tuple(names[:2])), START)  # tables are read once
    best = 0.0
    gc.disable()
    try:
        for _ in range(rounds):
            start = time.process_time()
            exposure = rank(Wish(tuple(names)), START)
            best = max(best, len(names) / (time.process_time() - start))
    finally:
        gc.enable()
    return round(best, 1), exposure


def main() -> int:
    """Print a JSON line each."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=__doc__)
    parser.add_argument("--portfolio", type=Path, help="names, one a line")
    met = True
    for line in measure(quick=False, portfolio=parser.parse_args().portfolio):
        print(json.dumps({"case": "ranking", **line}), flush=True)
        met = met and line.get("met", True) is True
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
