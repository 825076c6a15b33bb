"""Own the end of a real process: asked to stop as an administrator would, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

PATIENCE = 15.0
"""Seconds that a process gets to finish."""


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a process that leads a session of its own; whatever of it remains is killed."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(PATIENCE)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
