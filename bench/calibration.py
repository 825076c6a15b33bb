"""Measure how well slip rates fitted to bounces predict slips not fitted, the silent ones included.

``python -m bench.calibration [--mail FILE.parquet]``. A made world (`bench.slip_world`) writes Postfix logs
of two quarters; `read_traffic` reads both, rates are fitted to the first, and the second is predicted from
nothing but how much was written to which name. With ``--mail`` names, volumes and the part of new
acquaintances are those of real mail (counts only, nothing of it is shown), else they follow Zipf's law.
Rates are higher than life's where life would need ten million messages for so many bounces.

The goal: from 300 bounces on, in the usual world, every seed's total within 25 %. The strange world, of
which the model's assumptions are false, is reported apart. ``coverage``: how often the truth lay within the
90 % interval. ``first_20``: the part of the silent slips that the 20 live neighbours ranked first
hold, ranked by the rates alone, by what each name showed itself, too, and by the truth.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from bench import Line
from bench.slip_world import DAYS, START, Shape, Truth, World, shape_of, zipf_shape
from missent.engine.traffic import read_traffic
from missent.mail.domain import DomainName
from missent.service.exposure.calibration import Fit, fit
from missent.service.exposure.exposure import Estimate
from missent.service.exposure.prediction import predict
from missent.service.exposure.traffic import Traffic

GOAL, FROM = 0.25, 300
FIRST = 20
SIZES: Mapping[int, int] = {34: 20_000, 358: 100_000, 3_336: 250_000}
"""Bounces wanted in the first half: messages of both halves."""
_NOW = START + timedelta(days=DAYS + 1)


def measure(quick: bool, mail: Path | None = None) -> Iterator[Line]:
    """Give a line a world, one a size, then whether the goal is met."""
    shape = None if mail is None else shape_of(mail)
    worst = 0.0
    for strange in (False, True):
        for bounces, messages in list(SIZES.items())[: 2 if quick else 3]:
            found: list[Line] = []
            for seed in range(2 if quick else 5):
                world = World(shape or zipf_shape(seed), seed, strange=strange)
                line = _one(world, shape, messages, bounces)
                found.append(line)
                yield {"world": _named(strange), "wanted": bounces, "seed": seed, **line}
            summary = _summary(found)
            yield {"world": _named(strange), "wanted": bounces, "seeds": len(found), **summary}
            if not strange and bounces >= FROM:
                worst = max(worst, float(str(summary["worst_error"])))
    yield {"goal": GOAL, "worst_error": worst, "met": worst <= GOAL}


def _named(strange: bool) -> str:
    return "strange" if strange else "usual"


def _one(world: World, shape: Shape | None, messages: int, bounces: int) -> Line:
    with tempfile.TemporaryDirectory() as folder:
        paths, (_, truth) = world.write(Path(folder), messages, bounces)
        started = time.process_time()
        first, second = (read_traffic([path], tuple(world.near), now=_NOW) for path in paths)
        seconds = time.process_time() - started
    everything = [one for near in world.near.values() for one in near]
    rates = fit(everything, first, {})
    predicted = predict(rates, everything, {name: second.typed(name) for name in world.near})
    return {
        "shape": "zipf" if shape is None else shape.source,
        "bounces": round(rates.bounces),
        "typed_error": round(sum(map(second.typed, world.near)) / truth.typed - 1, 3),
        "old_acquaintances": round(_pairs(second) / truth.typed - 1, 3),
        "steady": rates.steady,
        "slip_rate": round(rates.total.mid, 5),
        "true_total": truth.total,
        "total": round(predicted.total.mid),
        "error": _error(predicted.total, truth.total),
        "silent_error": _error(predicted.silent, truth.silent),
        "true_silent": truth.silent,
        "covered": _covers(predicted.total, truth.total),
        "silent_covered": _covers(predicted.silent, truth.silent),
        **_firsts(world, rates, second, truth),
        "correspondents_found": sum(rates.own[one].correspondent for one in world.correspondents),
        "others_left_out": sum(one.correspondent for one in rates.own.values())
        - sum(rates.own[one].correspondent for one in world.correspondents),
        "messages_per_s": round(messages / seconds),
    }


def _pairs(traffic: Traffic) -> int:
    return sum(one.pairs for one in traffic.meant.values())


def _error(predicted: Estimate, true: int) -> float:
    return round(predicted.mid / true - 1, 3) if true else 0.0


def _covers(predicted: Estimate, true: int) -> bool:
    return predicted.low <= true <= predicted.high


def _firsts(world: World, rates: Fit, traffic: Traffic, truth: Truth) -> Line:
    """Give the part of silent slips that the `FIRST` live names hold: ranked by the rates alone, by what
    the names showed, too, and by the truth.
    """
    plain: defaultdict[DomainName, float] = defaultdict(float)
    moved: defaultdict[DomainName, float] = defaultdict(float)
    for name, near in world.near.items():
        typed = traffic.typed(name)
        for one in filter(world.is_live, near):
            plain[one.domain] += typed * one.share * rates.usual(one.kind).mid
            moved[one.domain] += typed * rates.slip(one).mid
    true = {name: float(truth.by_name[name]) for name in plain}
    found: Line = {}
    for label, by in (("by_rates", plain), ("by_names", moved), ("at_best", true)):
        first = sorted(by, key=lambda name: (-by[name], name))[:FIRST]
        found[f"first_{FIRST}_{label}"] = round(sum(true[n] for n in first) / truth.silent, 3)
    return found


def _summary(lines: Sequence[Line]) -> Line:
    errors = [abs(float(str(line["error"]))) for line in lines]
    silent = [abs(float(str(line["silent_error"]))) for line in lines]
    return {
        "median_error": round(statistics.median(errors), 3),
        "worst_error": max(errors),
        "median_silent_error": round(statistics.median(silent), 3),
        "worst_silent_error": max(silent),
        "coverage": round(statistics.mean(line["covered"] is True for line in lines), 2),
        "silent_coverage": round(
            statistics.mean(line["silent_covered"] is True for line in lines), 2
        ),
    }


def main() -> int:
    """Print a JSON line each."""
    parser = argparse.ArgumentParser(prog="python -m bench.calibration", description=__doc__)
    parser.add_argument("--mail", type=Path, help="a Parquet table of real mail")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller worlds")
    given = parser.parse_args()
    met = True
    for line in measure(given.quick, given.mail):
        print(json.dumps({"case": "calibration", **line}), flush=True)
        met = met and line.get("met", True) is True
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
