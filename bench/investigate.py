"""Measure an investigation: a gigabyte of log for a named destination and for every one, memory, growth.

``python -m bench.investigate [--quick] [--only CASE]... [--folder DIR]``. The logs are those of
`bench.maillogs`, whose truth is known: counts that differ fail a case. Beside it runs the floor,
ripgrep counting all ``.ml`` recipients with one thread; rounds alternate, figures are CPU seconds of the
whole process tree, and ratios are medians of same-round ratios. Two ways are measured: the engine's
work alone (`bench.investigate_engine`), which the goals are about, and the whole command with its start,
hashes and report.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import Line, investigate_archive, investigate_peers
from bench.investigating import Mail, agreed, engine, investigate, report_of, rounded
from bench.running import run
from bench.truth import Agreement, agreement

NAMED, EVERY = 4.0, 15.0
"""At most so many times ripgrep's CPU seconds."""
MEMORY_MB = 300.0
SLOPE = (0.95, 1.05)
MOST_MISSED = 0.1
"""Of the wrong domains: a judge may doubt some too little. What it finds must be exact."""
PATTERN = r"to=<[^>]*\.ml>"
_LARGE = 10_000  # MB
_SIZES = {True: (20, 50, 100), False: (100, 1_000, _LARGE)}  # MB, quick or not
_Work = Callable[[Path], tuple[float, int]]
"""Does the engine's work; gives CPU seconds, and how many lines it found of what is asked for."""


def measure(quick: bool) -> Iterator[Line]:
    """Give the lines of every case."""
    with tempfile.TemporaryDirectory() as folder:
        yield from measure_in(Path(folder), quick, tuple(CASES))


def measure_in(folder: Path, quick: bool, only: Sequence[str]) -> Iterator[Line]:
    """Give the lines of some cases, with the made mail in a folder."""
    mail = Mail(folder, quick)
    for name in only:
        for line in CASES[name](mail):
            yield {"what": name, **line}


# --- beside ripgrep ------------------------------------------------------------------------------


def _named(mail: Mail) -> Iterator[Line]:
    """Find and join what went to one wrong domain."""
    yield from _wanted(mail, "army.ml", "@army.ml", r"to=<[^>]*@army\.ml>")


def _suffix(mail: Mail) -> Iterator[Line]:
    """Find and join what went to a whole suffix."""
    yield from _wanted(mail, ".ml", ".ml", PATTERN)


def _wanted(mail: Mail, named: str, form: str, pattern: str) -> Iterator[Line]:
    _, truth = mail.log(mail.megabytes)
    wrong = [name for name in truth.named(".ml") if name == named or named == ".ml"]

    def work(path: Path) -> tuple[float, int]:
        found = engine("join", path, [form])
        return float(found["cpu"]), int(found["counts"]["to"])

    yield from _beside(mail, work, _Question(NAMED, pattern, (f"--to={named}",), wrong))


def _every(mail: Mail) -> Iterator[Line]:
    """Count every name, judge those that can be mistaken for another, and join what went to them."""
    _, truth = mail.log(mail.megabytes)

    def work(path: Path) -> tuple[float, int]:
        found = engine("judge", path)
        right = found["counts"]["messages"] == truth.messages and found["counts"]["misdirected"]
        return float(found["cpu"]), truth.ml_lines if right else -1

    yield from _beside(mail, work, _Question(EVERY))


@dataclass(frozen=True, slots=True)
class _Question:
    goal: float
    pattern: str = PATTERN
    """Lines of what is asked for, counted by ripgrep as a check."""
    options: Sequence[str] = ()
    """Of the command."""
    only: Sequence[str] | None = None
    """Wrong domains asked for; None for all."""

    def right(self, found: Agreement) -> bool:
        """Tell whether a report is true; what was named must be there, of the rest nearly all."""
        if self.only is not None:
            return found.complete
        return found.exact == found.found >= (1 - MOST_MISSED) * found.wanted


def _beside(mail: Mail, work: _Work, asked: _Question) -> Iterator[Line]:
    if (rg := shutil.which("rg")) is None:
        yield {"skipped": "ripgrep is not installed"}
        return
    path, truth = mail.log(mail.megabytes)
    rounds: list[Mapping[str, float]] = []
    expected = int(run([rg, "-c", asked.pattern, path]).out)
    right = True
    for number in range(mail.rounds + 1):
        floor = run([rg, "--mmap", "-j1", "-c", PATTERN, path])
        spent, count = work(path)
        command, out = investigate(mail.folder, [path], *asked.options)
        found = agreement(report_of(out), truth, asked.only)
        right = (
            right and int(floor.out) == truth.ml_lines and count == expected and asked.right(found)
        )
        if number:  # before, caches fill
            rounds.append(
                {
                    "rg_cpu_s": floor.cpu,
                    "engine_cpu_s": spent,
                    "command_cpu_s": command.cpu,
                    "command_wall_s": command.wall,
                    "engine_ratio": spent / floor.cpu,
                    "command_ratio": command.cpu / floor.cpu,
                    "command_wall_ratio": command.wall / floor.wall,
                }
            )
            yield {"round": number, **rounded(rounds[-1])}
    median = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    yield {
        "mb": mail.megabytes,
        **rounded(median),
        **agreed(found),
        "right": right,
        "goal": asked.goal,
        "met": right and median["engine_ratio"] <= asked.goal,
    }


# --- memory and growth ---------------------------------------------------------------------------


def _memory(mail: Mail) -> Iterator[Line]:
    """Look at the peak of anonymous memory, of all processes, at both ends of the sizes."""
    for megabytes in _SIZES[mail.quick][1:]:
        sources, form = _sources(mail, megabytes)
        command, _ = investigate(mail.folder, sources)
        yield {
            "mb": megabytes,
            "read_as": form,
            "peak_anonymous_mb": round(command.peak_mb, 1),
            "cpu_s": round(command.cpu, 1),
            "wall_s": round(command.wall, 1),
            "goal": MEMORY_MB,
            "met": command.peak_mb <= MEMORY_MB,
        }


def _linear(mail: Mail) -> Iterator[Line]:
    """Fit a line to the logarithms of the engine's CPU seconds over the sizes."""
    points = []
    for megabytes in _SIZES[mail.quick]:
        sources, form = _sources(mail, megabytes)
        rounds = 1 if megabytes == _LARGE else 3
        spent = statistics.median(
            sum(float(engine("names", path)["cpu"]) for path in sources) for _ in range(rounds)
        )
        command, _ = investigate(mail.folder, sources)
        points.append((math.log(megabytes), math.log(spent), math.log(command.cpu)))
        yield {
            "mb": megabytes,
            "read_as": form,
            "engine_cpu_s": round(spent, 3),
            "command_cpu_s": round(command.cpu, 2),
            "command_wall_s": round(command.wall, 2),
        }
    sizes, alone, whole = zip(*points, strict=True)
    slope = statistics.linear_regression(sizes, alone).slope
    least = 0.0 if mail.quick else SLOPE[0]  # small logs have names still new to them: it falls
    yield {
        "slope": round(slope, 3),
        "command_slope": round(statistics.linear_regression(sizes, whole).slope, 3),
        "goal": (least, SLOPE[1]),
        "met": least <= slope <= SLOPE[1],
    }


def _sources(mail: Mail, megabytes: int) -> tuple[list[Path], str]:
    """Give a log of this size; the largest is ten names of a gigabyte where the disk is too small."""
    room = shutil.disk_usage(mail.folder).free > 2 * megabytes * 1_000_000
    if megabytes < _LARGE or room or f"{megabytes}.log" in mail.made:
        return [mail.log(megabytes)[0]], "one file"
    path, _ = mail.log(megabytes // 10)
    names = [path.with_name(f"{path.stem}.{number}.log") for number in range(10)]
    for name in names:
        if not name.exists():
            os.link(path, name)
    return names, "ten names of one file"


CASES: Mapping[str, Callable[[Mail], Iterator[Line]]] = {
    "named destination": _named,
    "named suffix": _suffix,
    "every destination": _every,
    "memory": _memory,
    "linear": _linear,
    "archive headers": investigate_archive.headers,
    "archive with content": investigate_archive.content,
    "peers": investigate_peers.peers,
}


def main() -> int:
    """Measure."""
    parser = argparse.ArgumentParser(prog="python -m bench.investigate", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50 MB and 5,000 messages")
    parser.add_argument("--only", action="append", choices=tuple(CASES), metavar="CASE")
    parser.add_argument("--folder", type=Path, help="where mail and reports are made, and kept")
    given = parser.parse_args()
    met = True
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for line in measure_in(folder, given.quick, given.only or tuple(CASES)):
            print(json.dumps({"case": "investigate", **line}), flush=True)
            met = met and line.get("met", True) is True
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
