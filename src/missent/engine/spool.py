"""Own the folder in which a run keeps what is done, so that one that was stopped goes on where it was.

It lies in the report's folder and goes away with the last step. It is told apart by what went into it:
other files, or the same files changed, or another version, and everything is done anew. What goes on also
keeps its first day, from which lines without a year are dated. The facts in it are what the sources say of
what was hit: it is readable by its owner only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from missent import __version__
from missent.engine.facts import Task
from missent.engine.inputs import InputFile
from missent.engine.reading import Unit
from missent.engine.working import Engine, facts_path, read_facts
from missent.errors import OperatorError

_NAME, _TOLD = ".investigation", "run.json"
Progress = Callable[[str, int, int], None]
"""Told a stage's name, how many octets of how many are done."""


@dataclass(frozen=True, slots=True)
class Spool:
    """What one run of an investigation has found so far."""

    folder: Path
    engine: Engine
    progress: Progress
    now: datetime
    """When the run was begun: what is done goes on with what that moment dated."""

    @classmethod
    def open(
        cls,
        out: Path,
        inputs: Sequence[InputFile],
        engine: Engine,
        progress: Progress,
        now: datetime,
    ) -> Spool:
        """Open the folder of a run, and empty it if it is another run's. Raises `OperatorError`."""
        folder, mark = out / _NAME, _fingerprint(inputs)
        told = folder / _TOLD
        try:
            begun = _begun(told, mark)
            if begun is None:
                if folder.exists():
                    shutil.rmtree(folder)
                out.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.mkdir(mode=0o700)
                told.write_text(json.dumps({"mark": mark, "now": now.isoformat()}))
        except OSError as error:
            raise OperatorError(f"{out}: cannot be written: {error.strerror or error}") from None
        return cls(folder, engine, progress, begun or now)

    def run(self, stage: str, units: Sequence[Unit], task: Task) -> Iterator[tuple[Unit, pa.Table]]:
        """Carry out a task on units, those that are not done; gives what each gave, in their order."""
        name = hashlib.sha256(json.dumps(asdict(task)).encode()).hexdigest()[:16]
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        left = tuple(u for u in units if not facts_path(folder, u.number).exists())
        whole = sum(unit.weight for unit in units)
        done = whole - sum(unit.weight for unit in left)
        self.progress(stage, done, whole)

        def advance(weight: int) -> None:
            nonlocal done
            done += weight
            self.progress(stage, done, whole)

        if left:
            try:
                self.engine.run(left, task, folder, advance)
            except OSError as error:  # those of the sources are facts
                why = f"{error.strerror}; the same command goes on where it was"
                raise OperatorError(f"{self.folder}: cannot be written: {why}") from None
        return read_facts(folder, units)

    def remove(self) -> None:
        """End the run: nothing of it is needed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _begun(told: Path, mark: str) -> datetime | None:
    """Give when this very run was begun; None if there is none that can go on."""
    try:
        known = json.loads(told.read_text())
        return datetime.fromisoformat(known["now"]) if known["mark"] == mark else None
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return None


def _fingerprint(inputs: Sequence[InputFile]) -> str:
    """Name a run by its inputs: every file's path, size and when it was changed."""
    whole = hashlib.sha256(__version__.encode())
    for one in inputs:
        whole.update(f"\n{one.name}\0{one.kind}\0{one.fault}".encode("utf-8", "surrogateescape"))
        for path in one.members or (one.path,):
            told = f"\n{path}\0{_changed(path)}"
            whole.update(told.encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def _changed(path: Path) -> tuple[int, int]:
    try:
        known = path.stat()
    except OSError:
        return 0, 0
    return known.st_size, known.st_mtime_ns
