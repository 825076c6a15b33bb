"""Own what a process that has strangers' mail in its memory gives up: being looked into, and core files.

The rule: `harden` is called once, before the first message comes in, and cannot be undone. After it no
crash writes memory to a disk, by a core file or through a crash reporter, and no other process of the
same user can attach to this one or read its memory (only root still can). Swap is not ours to close:
the machine has none, or an encrypted one.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from typing import Final

from missent.errors import OperatorError

_PR_GET_DUMPABLE: Final = 3
_PR_SET_DUMPABLE: Final = 4


def harden() -> None:
    """Let nothing of this process's memory out (`man 2 prctl`, `man 5 core`).

    A limit of 0 stops core files; not being dumpable stops programs that the kernel pipes cores to,
    which such a limit does not, and hands ``/proc/PID`` to root. Children inherit the limit; a program
    they execute is dumpable again, so the reading processes see to themselves. Raises `OperatorError`
    where this system does not offer it.
    """
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (OSError, ValueError):
        raise OperatorError("core files cannot be switched off for this process") from None
    if sys.platform != "linux":
        raise OperatorError("collecting needs Linux: elsewhere memory cannot be closed to others")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0), 0, 0, 0) != 0 or not hardened():
        raise OperatorError(
            f"this process's memory cannot be closed to others: {os.strerror(ctypes.get_errno())}"
        )


def hardened() -> bool:
    """Tell whether `harden` holds in this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    closed = libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
    return closed and resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
