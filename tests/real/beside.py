"""Own where Exim and OpenSMTPD lie: unpacked beside Postfix by install.sh, never installed.

Rule: what is started is stopped, on failure, too, and nothing outside a temporary directory is written.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.real.client import eventually
from tests.real.postfix import answers

BESIDE = Path("/usr/local/lib/missent-neighbours")


def require_beside(program: str, user: str) -> Path:
    """Insist on a program that was unpacked, and on its user; gives where it is."""
    path = BESIDE / "usr" / "sbin" / program
    if path.exists() and _known(user) and os.geteuid() == 0:
        return path
    reason = f"not here: {program}, beside Postfix, or root (tests/real/install.sh unpacks it)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _known(user: str) -> bool:
    with contextlib.suppress(KeyError):
        return bool(pwd.getpwnam(user))
    return False


class Foreground:
    """One daemon that stays in the foreground, with all it starts in one session."""

    def __init__(self, command: Sequence[str], port: int, log: Path) -> None:
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            eventually(lambda: self._ready(port), f"{command[0]} on port {port}")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it and whatever it started; harmless when repeated."""
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _ready(self, port: int) -> bool:
        code = self._process.poll()
        assert code is None, f"ended with {code}:\n{self._log.read_text(errors='replace')}"
        return answers(port)
