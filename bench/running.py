"""Own how a command is measured: CPU seconds, wall seconds and the peak of its anonymous memory.

``run`` starts a small process for each command, which takes in orphans (Linux' subreaper), so that the CPU
time of every descendant is counted, whoever was its parent at the end. Anonymous memory is the sum of
``Pss_Anon`` over the process tree, looked at every 50 ms: file pages that are only mapped do not count, and
a page that forked processes share counts once.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_INTERVAL = 0.05
_MOST = 100_000  # octets of what it prints
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of <linux/prctl.h>


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command took."""

    code: int
    wall: float
    cpu: float
    """User and system time of it and all its descendants."""
    peak_mb: float
    """MB of anonymous memory."""
    out: str = ""


def run(command: Sequence[str | Path], ok: Sequence[int] = (0,)) -> Ran:
    """Run a command and measure it. Raises `RuntimeError` if it exits otherwise than `ok`."""
    runner = [sys.executable, "-m", "bench.running", *map(str, command)]
    done = subprocess.run(runner, stdout=subprocess.PIPE, text=True, check=True)
    ran = Ran(**json.loads(done.stdout))
    if ran.code not in ok:
        raise RuntimeError(f"{' '.join(map(str, command))}: exit {ran.code}")
    return ran


def _measure(command: Sequence[str]) -> Ran:
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryFile() as out:  # a pipe would be full before the command ends
        started = time.perf_counter()
        child = subprocess.Popen(command, stdout=out)
        peak = 0
        while child.poll() is None:
            peak = max(peak, sum(map(_anonymous, _below(os.getpid()))))
            time.sleep(_INTERVAL)
        wall = time.perf_counter() - started
        out.seek(0)
        text = out.read(_MOST).decode("utf-8", "replace")
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)  # orphans
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Ran(child.returncode, wall, used.ru_utime + used.ru_stime, peak / 1e6, text)


def _below(process: int) -> Iterator[int]:
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, children.read_text().split()):
                yield child
                yield from _below(child)


def _anonymous(process: int) -> int:
    """Give octets of anonymous memory; 0 for a process that is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss_Anon:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    print(json.dumps(asdict(_measure(sys.argv[1:]))))
