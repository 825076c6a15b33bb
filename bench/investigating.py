"""Own how benchmarks run an investigation: the whole command, or the engine's work alone.

The command is the one of this interpreter's environment, as a user runs it: with its start, hashes,
judging and report. The engine's work is `bench.investigate_engine` in a process of its own.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import Line
from bench.mailarchive import write_mbox
from bench.maillogs import write_log
from bench.population import OURS
from bench.running import Ran, run
from bench.truth import Agreement, Truth

SEED = 5
NAMED_MOST = 5
"""Domains named in a line of results."""
MISSENT = Path(sys.executable).with_name("missent")


@dataclass(frozen=True, slots=True)
class Mail:
    """Made mail in a folder, each piece written once."""

    folder: Path
    quick: bool
    made: dict[str, Truth] = field(default_factory=dict)

    @property
    def megabytes(self) -> int:
        """Give the size of the log that ratios are measured on."""
        return 50 if self.quick else 1_000

    @property
    def messages(self) -> int:
        """Give the size of the archive."""
        return 5_000 if self.quick else 100_000

    @property
    def rounds(self) -> int:
        """Give the number of rounds."""
        return 3 if self.quick else 5

    def log(self, megabytes: float) -> tuple[Path, Truth]:
        """Give a log of this size and its truth."""
        path = self.folder / f"{megabytes:g}.log"
        if path.name not in self.made:
            self.made[path.name] = write_log(path, megabytes, SEED)
        return path, self.made[path.name]

    def mbox(self) -> tuple[Path, Truth]:
        """Give the archive and its truth."""
        path = self.folder / f"{self.messages}.mbox"
        if path.name not in self.made:
            self.made[path.name] = write_mbox(path, self.messages, SEED)
        return path, self.made[path.name]


def investigate(
    folder: Path, sources: Iterable[Path], *more: str, ours: Sequence[str] = (OURS,)
) -> tuple[Ran, Path]:
    """Run the command; gives what it took and the folder of its report."""
    out = Path(tempfile.mkdtemp(dir=folder)) / "report"
    owned = [word for name in ours for word in ("--ours", name)]
    ran = run([MISSENT, "investigate", *sources, "--out", out, *owned, *more], ok=(0, 1))
    return ran, out


def report_of(out: Path) -> dict[str, Any]:
    """Read the report of a run."""
    found: dict[str, Any] = json.loads((out / "report.json").read_text())
    return found


def engine(duty: str, path: Path, to: Sequence[str] = ()) -> dict[str, Any]:
    """Run one duty of the engine in a process of its own; gives its own times and counts."""
    command = [sys.executable, "-m", "bench.investigate_engine", duty, str(path)]
    ran = run([*command, *(f"--to={name}" for name in to)])
    found: dict[str, Any] = json.loads(ran.out)
    return found


def agreed(found: Agreement) -> Line:
    """Say how far a report is true."""
    return {
        "domains": found.wanted,
        "found": found.found,
        "exact": found.exact,
        "false": found.false,
        "false_messages": found.false_messages,
        "missing": found.missing[:NAMED_MOST],
        "differing": found.differing[:NAMED_MOST],
    }


def rounded(figures: Mapping[str, float]) -> Line:
    """Round for printing."""
    return {name: round(value, 3) for name, value in figures.items()}
