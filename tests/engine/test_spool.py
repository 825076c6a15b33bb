"""Own the proof that what is done is not done again, unless anything it came from has changed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from tests.engine.samples import NAMES, NOW, letter, maildir, silent, story, units_of, written

from missent.engine.facts import Task
from missent.engine.inputs import find_inputs
from missent.engine.reading import Unit
from missent.engine.spool import Spool
from missent.engine.working import Progress, gave, read_facts, write_facts
from missent.errors import OperatorError


@dataclass
class Counting:
    """An engine that notes what it was given, and dies when told to."""

    die_after: int = 10**9
    done: list[int] = field(default_factory=list)
    name: str = "counting"

    def open(self, units: Sequence[Unit]) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def run(self, units: Sequence[Unit], task: Task, folder: Path, progress: Progress) -> None:
        """Carry out units in this process."""
        for unit in units:
            if len(self.done) >= self.die_after:
                raise KeyboardInterrupt
            write_facts(folder, unit.number, gave(unit, task))
            self.done.append(unit.number)
            progress(unit.weight)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Make four logs."""
    for number in range(4):
        written(tmp_path / "logs" / f"{number}", story(5))
    return tmp_path / "logs"


def _open(out: Path, logs: Path, engine: Counting, later: int = 0) -> Spool:
    return Spool.open(out, find_inputs([logs]), engine, silent, NOW + timedelta(days=later))


def _stopped(out: Path, logs: Path, after: int) -> None:
    engine = Counting(after)
    with pytest.raises(KeyboardInterrupt):
        list(_open(out, logs, engine).run("names", units_of(logs), NAMES))
    assert len(engine.done) == after


def test_a_stopped_run_goes_on(tmp_path: Path, logs: Path) -> None:
    """With what is left, with the time it began at, and gives all."""
    _stopped(tmp_path / "o", logs, 2)
    engine = Counting()
    spool = _open(tmp_path / "o", logs, engine, later=3)
    assert spool.now == NOW
    tables = list(spool.run("names", units_of(logs), NAMES))
    assert engine.done == [2, 3]
    assert [unit.number for unit, _ in tables] == [0, 1, 2, 3]
    assert all(table.num_rows for _, table in tables)
    list(spool.run("names", units_of(logs), NAMES))
    assert engine.done == [2, 3]


def test_another_task_is_another_job(tmp_path: Path, logs: Path) -> None:
    """What was found for one wish is no answer to another."""
    engine = Counting()
    spool = _open(tmp_path / "o", logs, engine)
    for task in (NAMES, Task(NAMES.now, to=("@army.ml",), joins=True), Task(NAMES.now, 60)):
        list(spool.run("any", units_of(logs), task))
    assert engine.done == [0, 1, 2, 3] * 3


def test_progress_begins_where_it_was(tmp_path: Path, logs: Path) -> None:
    """And ends with everything."""
    _stopped(tmp_path / "o", logs, 2)
    told: list[tuple[str, int, int]] = []
    spool = Spool.open(
        tmp_path / "o", find_inputs([logs]), Counting(), lambda *one: told.append(one), NOW
    )
    list(spool.run("names", units_of(logs), NAMES))
    whole = sum(unit.weight for unit in units_of(logs))
    assert told == [("names", whole * part // 4, whole) for part in (2, 3, 4)]


CHANGES: dict[str, Callable[[Path], object]] = {
    "longer": lambda logs: written(logs / "1", story(6)),
    "touched": lambda logs: os.utime(logs / "1", (1, 1)),
    "one more": lambda logs: written(logs / "9", story(1)),
    "one less": lambda logs: (logs / "3").unlink(),
    "renamed": lambda logs: (logs / "3").rename(logs / "4"),
    "now junk": lambda logs: (logs / "3").write_text("nothing"),
    "letter read": lambda logs: (logs / "box/cur/0000.mx").rename(logs / "box/cur/0000.mx:2,S"),
    "letter changed": lambda logs: os.utime(logs / "box/cur/0000.mx", (1, 1)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_sources_are_read_anew(tmp_path: Path, logs: Path, name: str) -> None:
    """Nothing of the old facts is used, whatever changed; and time begins anew."""
    maildir(logs / "box", [letter(1, "john@army.ml")])
    _stopped(tmp_path / "o", logs, 2)
    CHANGES[name](logs)
    engine = Counting()
    spool = _open(tmp_path / "o", logs, engine, later=3)
    assert spool.now == NOW + timedelta(days=3)
    list(spool.run("names", units_of(logs), NAMES))
    assert len(engine.done) == len(units_of(logs))


def test_another_version_reads_anew(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may read differently."""
    _stopped(tmp_path / "o", logs, 2)
    monkeypatch.setattr("missent.engine.spool.__version__", "99")
    engine = Counting()
    list(_open(tmp_path / "o", logs, engine).run("names", units_of(logs), NAMES))
    assert engine.done == [0, 1, 2, 3]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"mark": 1}', '{"mark": "x", "now": "x"}'])
def test_a_damaged_note_is_no_run(tmp_path: Path, logs: Path, text: str) -> None:
    """A run that was killed as it began."""
    _stopped(tmp_path / "o", logs, 2)
    (tmp_path / "o" / ".investigation" / "run.json").write_text(text)
    assert _open(tmp_path / "o", logs, Counting(), later=1).now == NOW + timedelta(days=1)


def test_only_the_owner_may_look(tmp_path: Path, logs: Path) -> None:
    """Facts are what the sources say; and they go away."""
    out = tmp_path / "deep" / "o"
    spool = _open(out, logs, Counting())
    list(spool.run("names", units_of(logs), NAMES))
    for folder in (out, spool.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    spool.remove()
    assert list(out.iterdir()) == []


def test_a_unit_is_done_or_not(tmp_path: Path, logs: Path) -> None:
    """Facts that were being written when it stopped are none."""
    units = units_of(logs)

    def dying() -> object:
        yield from gave(units[0], NAMES)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_facts(tmp_path, 0, dying())  # type: ignore[arg-type]
    assert not (tmp_path / "00000000.arrow").exists()
    write_facts(tmp_path, 0, gave(units[0], NAMES))
    ((unit, table),) = read_facts(tmp_path, units[:1])
    assert unit == units[0]
    assert table.num_rows


def test_a_place_that_cannot_be_written(
    tmp_path: Path, logs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that says where, at the beginning or in the middle."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match=r"file: cannot be written: "):
        _open(tmp_path / "file", logs, Counting())

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    spool = _open(tmp_path / "o", logs, Counting())
    monkeypatch.setattr("missent.engine.working.os.replace", full)
    with pytest.raises(OperatorError, match=r"No space left on device; the same command goes on"):
        list(spool.run("names", units_of(logs), NAMES))
