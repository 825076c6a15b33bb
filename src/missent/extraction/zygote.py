"""Own the process that every reading process is forked from: all libraries loaded, no message ever seen.

Run as ``python -I -m missent.extraction.zygote``; its standard input is a socket. It loads the readers,
proves once that the sandbox holds, and says so. Then it waits for jobs: each is two descriptors and a time
limit, for both of which it only forks: what is in the job, it never reads, so nothing of one message can
reach another. It ends the reading process when its time is over, and tells how it ended.

It has one thread, and keeps to that: a fork copies only the thread that forks.
"""

from __future__ import annotations

import encodings
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Final, NoReturn

from missent.extraction import child, sandbox
from missent.extraction.child import End, Readers

MESSAGE_OCTETS: Final = 4096
_PROOF_MEMORY: Final = 4 << 30
_HOW: Final[dict[int, str]] = {End.DONE: "done", End.MEMORY: "memory", End.NO_SANDBOX: "no_sandbox"}


@dataclass(frozen=True, slots=True)
class Ended:
    """How a reading process ended."""

    how: str
    """``done``, ``timeout``, ``memory``, ``no_sandbox`` or ``died``."""
    signal: int = 0
    """That ended it, or 0."""
    resident: int = 0
    """Most octets it had in memory at once."""
    seconds: float = 0.0


def main(readers: Readers, *, ocr: bool = False) -> None:
    """Serve the socket that is standard input until its other end is closed."""
    with socket.socket(fileno=0) as control:
        try:
            _load(readers, ocr=ocr)
            why_not = _unproven()
        except Exception as error:
            why_not = f"the readers could not be loaded: {type(error).__name__}"
        control.send(json.dumps({"why_not": why_not}).encode("ascii"))
        gc.collect()
        gc.freeze()  # what is shared with every child is better not touched by its collector
        while _serve(readers, control):
            pass


def _load(readers: Readers, *, ocr: bool) -> None:
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in ("mbcs", "oem", "cp65001"):  # Windows' own
            importlib.import_module(f"encodings.{module.name}")
    readers.preload(ocr=ocr)


def _unproven() -> str | None:
    """Tell why the sandbox does not hold, tried out: a locked process must fail to open a file."""
    reason = sandbox.available()
    if reason is not None:
        return reason
    pid = os.fork()
    if pid == 0:
        _leave(_try_to_open)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code == End.NO_SANDBOX:
        return "this system does not let a process lock itself down"
    return None if code == End.DONE else "a locked process was not stopped from opening a file"


def _try_to_open() -> End:
    try:
        sandbox.lock_down(1, _PROOF_MEMORY, 10)
    except sandbox.NoSandbox:
        return End.NO_SANDBOX
    try:
        os.open("/", os.O_RDONLY)
    except PermissionError:
        return End.DONE
    return End.BROKEN


def _serve(readers: Readers, control: socket.socket) -> bool:
    """Do one job; gives whether to go on."""
    message, descriptors, _, _ = socket.recv_fds(control, MESSAGE_OCTETS, 2)
    if len(descriptors) != 2:
        return False
    limit = float(json.loads(message)["seconds"])
    job, answer = descriptors
    parent, started = os.getpid(), time.monotonic()
    pid = os.fork()
    if pid == 0:
        _leave(lambda: child.run(readers, job, answer, parent))
    os.close(job)
    os.close(answer)
    ended = _watch(pid, control, started + limit)
    if ended is None:
        return False
    control.send(json.dumps(asdict(ended)).encode("ascii"))
    return True


def _leave(act: Callable[[], End]) -> NoReturn:
    """Run something in a forked process, and end the process whatever happens."""
    code = End.BROKEN
    try:
        code = act()
    except MemoryError:
        code = End.MEMORY
    finally:
        os._exit(code)


def _watch(pid: int, control: socket.socket, deadline: float) -> Ended | None:
    """Wait for a reading process to end, and end it at its deadline; None if nobody asks any more."""
    handle = os.pidfd_open(pid)
    started = time.monotonic()
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(control, select.POLLIN)
        ready = dict(poll.poll(max(0.0, deadline - started) * 1000))
        over = handle not in ready
        if over:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    finally:
        os.close(handle)
    _, status, usage = os.wait4(pid, 0)
    if over and ready:
        return None
    how, number = _how(os.waitstatus_to_exitcode(status), over=over)
    return Ended(how, number, usage.ru_maxrss * 1024, time.monotonic() - started)


def _how(code: int, *, over: bool) -> tuple[str, int]:
    if over or code == -signal.SIGXCPU:
        return "timeout", max(0, -code)
    return _HOW.get(code, "died"), max(0, -code)


if __name__ == "__main__":
    from missent.extraction import reading

    main(reading, ocr="--ocr" in sys.argv[1:])
