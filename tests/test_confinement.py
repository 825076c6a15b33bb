"""A hardened process: its memory gets into no file and before no other process of the same user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

NOBODY = 65534
_HARD = "from missent import confinement as c; c.harden(); assert c.hardened()"
_LIVES = """
import ctypes, os, sys
from missent import confinement
os.setuid(int(sys.argv[1]))
ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as any program is; changing the user alone closes it
if sys.argv[2] == "hard":
    confinement.harden()
print("up", flush=True)
sys.stdin.read()
"""
_LOOKS = """
import os, sys
os.setuid(int(sys.argv[1]))
try:
    with open(f"/proc/{sys.argv[2]}/environ", "rb") as file:
        print("read" if file.read() else "empty")
except PermissionError:
    print("refused")
"""
_DIES = """
import resource, os, sys
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
"""
_DUMPS = "os.kill(os.getpid(), 11)"


def _user() -> int:
    """Give who both processes are: root may look into everything, so nobody where we are root."""
    return NOBODY if os.geteuid() == 0 else os.geteuid()


def _looked_into(how: str) -> str:
    """Let one process of a user look into another of the same user's."""
    user = str(_user())
    started = [sys.executable, "-c", _LIVES, user, how]
    with subprocess.Popen(
        started, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as watched:
        assert watched.stdout is not None
        assert watched.stdin is not None
        assert watched.stdout.readline() == "up\n"
        ran = subprocess.run(
            [sys.executable, "-c", _LOOKS, user, str(watched.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        watched.stdin.close()
    return ran.stdout.strip()


def test_nobody_of_the_same_user_looks_in() -> None:
    """Without it a process of the same user reads the other's memory, with it not."""
    assert _looked_into("soft") == "read"
    assert _looked_into("hard") == "refused"


@pytest.mark.parametrize(("code", "may_dump"), [("", True), (_HARD, False)])
def test_a_crash_leaves_no_core(tmp_path: Path, code: str, may_dump: bool) -> None:
    """The kernel itself says whether it dumped a core; no file is left either."""
    pid = os.fork()
    if pid == 0:
        os.chdir(tmp_path)
        os.execv(sys.executable, [sys.executable, "-c", f"{_DIES}\n{code}\n{_DUMPS}"])
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGSEGV
    if not may_dump:
        assert not os.WCOREDUMP(status)
        assert list(tmp_path.iterdir()) == []
    elif Path("/proc/sys/kernel/core_pattern").read_text().strip() == "core":
        assert os.WCOREDUMP(status), "else this shows nothing"


def test_a_hardened_process_still_reads_attachments() -> None:
    """The sandbox's processes are started by it, and lock themselves down."""
    code = (
        f"{_HARD}\nfrom missent.extraction.pool import SandboxedExtractor\n"
        "from missent.mail.attachment import Attachment\n"
        "pool = SandboxedExtractor()\n"
        "(read,) = pool.extract([Attachment('2', 'text/csv', 'a.csv', b'Name,Rank\\nx,y\\n')])\n"
        "pool.close()\nprint(read.kind, read.problems)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert (ran.stdout.strip(), ran.stderr) == ("csv ()", "")
