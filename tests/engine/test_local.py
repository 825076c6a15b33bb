"""Own the proof that processes of this machine do what one does, and die without a riddle."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from tests.engine.samples import NAMES, story, units_of, written

from missent.engine import local, reading
from missent.engine.facts import Task
from missent.engine.local import LocalEngine, processors
from missent.engine.reading import Unit
from missent.engine.working import facts_path, gave, read_facts
from missent.errors import OperatorError

DRIVER = """
import os, sys
from pathlib import Path
from tests.engine.samples import NAMES, units_of
from missent.engine import local, reading

reading.UNIT, local._SMALL = 2_000, 0
units = units_of(Path(sys.argv[1]))
engine = local.LocalEngine(2)
engine.open(units)
engine.run(units, NAMES, Path(sys.argv[2]), lambda weight: None)
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Unit, ...]:
    """Make a job of many units that is worth several processes."""
    monkeypatch.setattr(reading, "UNIT", 2_000)
    monkeypatch.setattr(local, "_SMALL", 0)
    monkeypatch.setattr(local, "_method", lambda: "fork")
    (tmp_path / "out").mkdir()
    return units_of(written(tmp_path / "log", story(60)))


def _facts(folder: Path, units: tuple[Unit, ...]) -> list[pa.Table]:
    return [table for _, table in read_facts(folder, units)]


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_as_many_processes_as_one_likes(
    tmp_path: Path, units: tuple[Unit, ...], processes: int
) -> None:
    """Each unit is done once, is told once, and gives the same."""
    told: list[int] = []
    engine = LocalEngine(processes)
    engine.open(units)
    engine.run(units, NAMES, tmp_path / "out", told.append)
    engine.close()
    assert sorted(told) == sorted(unit.weight for unit in units)
    alone = LocalEngine(1)
    (tmp_path / "alone").mkdir()
    alone.run(units, NAMES, tmp_path / "alone", told.append)
    assert _facts(tmp_path / "out", units) == _facts(tmp_path / "alone", units)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        f"{unit.number:08}.arrow" for unit in units
    ]


def test_a_small_job_starts_no_process(
    units: tuple[Unit, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be done before they are there."""
    monkeypatch.setattr(local, "_SMALL", 48 << 20)
    monkeypatch.setattr(local, "ProcessPoolExecutor", None)
    for engine, job in (
        (LocalEngine(4), units),
        (LocalEngine(4), units[:1]),
        (LocalEngine(1), units),
    ):
        engine.open(job)
        engine.close()


def test_a_process_that_dies_is_one_clear_line(
    tmp_path: Path, units: tuple[Unit, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the kernel ends one when memory is short: it is said what to do, and what is done stays."""

    def deadly(unit: Unit, task: Task) -> Iterator[pa.RecordBatch]:
        if unit.number == len(units) - 1:
            os._exit(9)
        return gave(unit, task)

    monkeypatch.setattr(local, "gave", deadly)
    engine = LocalEngine(2)
    engine.open(units)
    with pytest.raises(OperatorError, match=r"died.*try --processes 1; the same command goes on"):
        engine.run(units, NAMES, tmp_path / "out", lambda weight: None)
    engine.close()
    assert facts_path(tmp_path / "out", 0).exists()
    assert not facts_path(tmp_path / "out", len(units) - 1).exists()


def test_what_a_process_raises_comes_out(
    tmp_path: Path, units: tuple[Unit, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is the operator's to know."""

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(local, "write_facts", full)
    engine = LocalEngine(2)
    engine.open(units)
    with pytest.raises(OSError, match="No space left"):
        engine.run(units, NAMES, tmp_path / "out", lambda weight: None)
    engine.close()


def test_no_process_outlives_its_parent(tmp_path: Path) -> None:
    """Not even one that is killed: its standard output, which all hold, is closed soon."""
    log = written(tmp_path / "log", story(60))
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", DRIVER, str(log), str(tmp_path / "out")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.kill()
        assert process.communicate(timeout=30)[0] == b""


def test_processors_are_those_it_may_use() -> None:
    """At least one."""
    assert 1 <= processors() <= (os.cpu_count() or 1)
