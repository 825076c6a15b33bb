"""Own how a test runs `missent investigate` as a person would, and reads what it wrote.

No configuration of this machine is read, and the clock stands still. One process does it all, which is
quick; what a process of its own shows (terminals, signals) is not run from here.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.tellings import Sent, day, tell

from missent import cli

NOW = datetime(2025, 11, 23, 9, tzinfo=UTC)
FILES = {
    *("report.html", "report.json", "deliveries.csv"),
    *("policy.toml", "indicators.json", "indicators.csv"),
}
ANN, BOB, CLEO = (f"{name}@contractor.example" for name in ("ann", "bob", "cleo"))
MARY, WRONG = "mary@army.mil", "mary@army.ml"


class _Clock:
    def now(self) -> datetime:
        return NOW


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that was run to its end."""

    code: int
    out: str
    err: str


def run(*words: object, cwd: Path) -> Ran:
    """Run one command of `missent` in a folder."""
    out, err = io.StringIO(), io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        patch.chdir(cwd)
        patch.delenv("MISSENT_CONFIG", raising=False)
        patch.setenv("XDG_STATE_HOME", str(cwd / "state"))
        patch.setattr("missent.cli.investigation.SystemClock", _Clock)
        patch.setattr("sys.argv", ["missent", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    code = ended.value.code
    return Ran(code if isinstance(code, int) else 0, out.getvalue(), err.getvalue())


def investigate(*words: object, cwd: Path, out: str = "out") -> Ran:
    """Investigate into the folder `out` of `cwd`, in this process alone."""
    return run("investigate", "--processes", 1, "--out", cwd / out, *words, cwd=cwd)


def report(folder: Path) -> dict[str, Any]:
    """Read report.json."""
    plain: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return plain


def rows(folder: Path) -> list[dict[str, str]]:
    """Read deliveries.csv."""
    return list(csv.DictReader(io.StringIO((folder / "deliveries.csv").read_text("utf-8"))))


def contents(folder: Path) -> dict[str, bytes]:
    """Read every file of a report."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def answered(name: str, since: int, *, us: str = ANN, them: str = MARY) -> list[Sent]:
    """Write to somebody on four days, who answers each time."""
    both = ((f"{name}-{n}", n) for n in range(since, since + 4))
    return [
        sent
        for text, n in both
        for sent in (Sent(text, us, them, day(n)), Sent(f"{text}-re", them, us, day(n, 14)))
    ]


def story(folder: Path, kind: str = "exchange", wrong: Iterable[Sent] = ()) -> Path:
    """Write a source in which ann writes to mary, who answers, and twice to nobody she knows."""
    folder.mkdir(parents=True, exist_ok=True)
    slips: Sequence[Sent] = tuple(wrong) or (
        Sent("slip-1", ANN, WRONG, day(1, 10)),
        Sent("slip-2", BOB, WRONG, day(2, 10)),
    )
    return folder / tell(folder, kind, [*answered("right", 0), *slips])


def configured(folder: Path, more: str = "") -> list[str]:
    """Write a configuration of the contractor's, with `more` below its organisation; gives the option."""
    path = folder / "missent.toml"
    zone = 'timezone = "Europe/Berlin"'
    path.write_text(f'[organisation]\ndomains = ["contractor.example"]\n{zone}\n{more}')
    return ["--config", str(path)]
