"""Own the parent's side of one zygote: start it, hand it jobs, take its answers, end it.

Used by one thread at a time. It is not believed: it has until a deadline, and may send so much. Whatever
goes wrong raises `ProcessFailed`, after which it is only good for `stop`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from missent.extraction.wire import REPLY_OCTETS

COMMAND: Final = (sys.executable, "-I", "-m", "missent.extraction.zygote")
GRACE: Final = 5.0
"""Seconds that a zygote has beyond the time limit of a job, to end the child and say so."""
START: Final = 60.0
"""Seconds to load all readers; ordinarily one."""

_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""One thread only: a fork copies no other."""
_PIECE: Final = 1 << 16
_MESSAGE: Final = 4096
_STOP: Final = 2.0


class ProcessFailed(Exception):
    """The zygote died, hangs or talks nonsense; `late` if its time ran out."""

    def __init__(self, *, late: bool = False) -> None:
        super().__init__("late" if late else "died")
        self.late = late


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended."""

    how: str
    """``done``, ``timeout``, ``memory``, ``no_sandbox`` or ``died``."""
    signal: int
    resident: int
    """Most octets the reading process had in memory."""
    seconds: float


class Zygote:
    """One zygote, seen from outside."""

    def __init__(self, command: Sequence[str] = COMMAND, *, errors: BinaryIO | None = None) -> None:
        """Start it; `errors` takes its standard error, else nobody does. Raises `ProcessFailed`."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self._process = subprocess.Popen(  # noqa: S603  our own program
                    command,
                    stdin=theirs.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL if errors is None else errors,
                    env=_ENVIRONMENT,
                    cwd="/",
                    start_new_session=True,
                )
            except OSError:
                ours.close()
                raise ProcessFailed from None
        self._control = ours
        self.why_not: str | None = None
        """Why it can read nothing; known after `wait`."""

    @property
    def pid(self) -> int:
        """Give its process number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def wait(self) -> None:
        """Wait until it has loaded everything. Raises `ProcessFailed`."""
        told = self._message(time.monotonic() + START)["why_not"]
        self.why_not = None if told is None else str(told)[:200]

    def run(self, job: Iterable[bytes], seconds: float, answer: bytearray) -> Outcome:
        """Have one job done; `answer` gets what is sent, also where it fails. Raises `ProcessFailed`."""
        deadline = time.monotonic() + seconds + GRACE
        with contextlib.ExitStack() as stack:
            reading, writing = os.pipe()
            stack.callback(os.close, reading)
            try:
                self._send(job, writing, seconds)
            finally:
                os.close(writing)
            self._gather(reading, answer, deadline)
        return _outcome(self._message(deadline))

    def stop(self) -> None:
        """End it, and reap it."""
        self._control.close()
        try:
            self._process.wait(_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once; its children end with it."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    def _send(self, job: Iterable[bytes], writing: int, seconds: float) -> None:
        message = json.dumps({"seconds": seconds}).encode("ascii")
        memory = -1
        try:
            memory = os.memfd_create("missent")
            for piece in job:
                view = memoryview(piece)
                while view:
                    view = view[os.write(memory, view) :]
            socket.send_fds(self._control, [message], [memory, writing])
        except OSError:
            raise ProcessFailed from None
        finally:
            if memory >= 0:
                os.close(memory)

    def _gather(self, reading: int, answer: bytearray, deadline: float) -> None:
        """Take what the reading process sends, until it has closed its end."""
        poll = select.poll()
        poll.register(reading, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise ProcessFailed(late=True)
            piece = os.read(reading, _PIECE)
            if not piece:
                return
            answer += piece
            if len(answer) > REPLY_OCTETS + _PIECE:
                raise ProcessFailed

    def _message(self, deadline: float) -> dict[str, Any]:
        try:
            self._control.settimeout(max(0.01, deadline - time.monotonic()))
            message = json.loads(self._control.recv(_MESSAGE))
            self._control.settimeout(None)
        except TimeoutError:
            raise ProcessFailed(late=True) from None
        except (OSError, ValueError):
            raise ProcessFailed from None
        if not isinstance(message, dict):
            raise ProcessFailed
        return message


def _outcome(message: dict[str, Any]) -> Outcome:
    try:
        return Outcome(
            str(message["how"]),
            int(message["signal"]),
            int(message["resident"]),
            float(message["seconds"]),
        )
    except (KeyError, TypeError, ValueError):
        raise ProcessFailed from None
