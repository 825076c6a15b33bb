"""Own the default engine: processes of this machine, each doing one unit after the other.

A small job runs in this process: starting others would take longer. The others are forked before this
process has any thread, so that they need not be started anew; where that is not so, they are. An
interrupt stops them all and leaves what is done; none outlives this process.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from missent.engine.facts import Task
from missent.engine.reading import Unit
from missent.engine.working import Progress, gave, write_facts
from missent.errors import OperatorError

_SMALL = 48 << 20
"""Octets up to which this process does it alone."""
_WATCH = 0.5
"""Seconds between looks at whether the parent is there."""
_DIED = (
    "a process that scanned has died, most likely for want of memory: try --processes 1; the same command "
    "goes on where it was"
)
_AHEAD = 2
"""Units handed to each process at a time, so that none waits and an interrupt loses little."""


@dataclass(slots=True)
class LocalEngine:
    """Runs units in `processes` processes."""

    processes: int
    _pool: ProcessPoolExecutor | None = None

    def open(self, units: Sequence[Unit]) -> None:
        """Start the processes, if the job is worth it."""
        if self.processes > 1 and len(units) > 1 and sum(u.weight for u in units) > _SMALL:
            context = multiprocessing.get_context(_method())
            pa.array([""])  # what Arrow loads on first use is then there once, not in every process
            gc.collect()
            gc.freeze()  # a collector that visits what is here already would copy it in every process
            self._pool = ProcessPoolExecutor(
                self.processes, mp_context=context, initializer=_begin, initargs=(os.getpid(),)
            )
            self._pool.submit(_nothing)  # starts them all where they are forked

    def close(self) -> None:
        """End the processes; what they are at is finished first."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def run(self, units: Sequence[Unit], task: Task, folder: Path, progress: Progress) -> None:
        """Carry out units, in their order. Raises `OperatorError` if a process dies."""
        if self._pool is None:
            for unit in units:
                write_facts(folder, unit.number, gave(unit, task))
                progress(unit.weight)
            return
        try:
            self._run(self._pool, units, task, folder, progress)
        except BrokenProcessPool:
            raise OperatorError(_DIED) from None

    def _run(
        self,
        pool: ProcessPoolExecutor,
        units: Sequence[Unit],
        task: Task,
        folder: Path,
        progress: Progress,
    ) -> None:
        left = iter(units)
        running: dict[Future[int], Unit] = {}
        for unit in islice(left, _AHEAD * self.processes):
            running[pool.submit(_work, unit, task, str(folder))] = unit
        while running:
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
                progress(running.pop(future).weight)
                for unit in islice(left, 1):
                    running[pool.submit(_work, unit, task, str(folder))] = unit


def _method() -> str:
    """Say how processes are started: forked where that is safe, which costs nothing."""
    safe = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if safe else "spawn"


def processors() -> int:
    """Count the processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _begin(parent: int) -> None:
    """Leave interrupts to the parent, which lets running units end and starts no other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, however it went: nobody would give it work."""
    while os.getppid() == parent:
        time.sleep(_WATCH)
    os._exit(1)


def _nothing() -> None:
    """Be there."""


def _work(unit: Unit, task: Task, folder: str) -> int:
    write_facts(Path(folder), unit.number, gave(unit, task))
    return unit.number
