"""The sandbox: nothing that is tried inside it has any effect outside, and its limits hold."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from missent.extraction import sandbox
from missent.extraction.sandbox import NoSandbox

pytestmark = pytest.mark.skipif(
    sandbox.available() is not None, reason=f"no sandbox here: {sandbox.available()}"
)

PROBES = Path(__file__).with_name("probes.py")
LEFT = {"spare", "victim", "victim2", "victim3"}


def _probed(how: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-I", str(PROBES), how, str(folder)],
        capture_output=True,
        check=True,
        timeout=120,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("locked")


@pytest.fixture(scope="module", name="locked")
def _locked(folder: Path) -> dict[str, Any]:
    return _probed("locked", folder)


@pytest.fixture(scope="module", name="free")
def _free(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _probed("free", tmp_path_factory.mktemp("free"))


def test_no_probe_has_an_effect(locked: dict[str, Any]) -> None:
    """Not one of them gets what it wanted."""
    escaped = [name for name, outcome in locked["outcomes"].items() if outcome == "effect"]
    assert escaped == []
    assert len(locked["outcomes"]) >= 60


def test_no_probe_leaves_a_trace(locked: dict[str, Any], folder: Path) -> None:
    """Seen from outside: no file came, went or changed, no signal arrived, nothing was written."""
    assert {path.name for path in folder.iterdir()} == LEFT
    assert (folder / "victim3").stat().st_mode & 0o777 == 0o600
    assert not (Path("/dev/shm") / folder.name).exists()
    assert locked["signalled"] == 0
    assert locked["leaked"] == "spare"


def test_other_tables_of_calls_end_the_process(locked: dict[str, Any]) -> None:
    """Calls by the x32 and i386 tables, which a filter by number would misread, are fatal."""
    if os.uname().machine != "x86_64":
        pytest.skip("tables of x86-64")
    other = {n: o for n, o in locked["outcomes"].items() if n.startswith(("x32", "i386"))}
    assert len(other) == 5
    deaths = (f"killed {signal.SIGSYS:d}", f"killed {signal.SIGSEGV:d}")  # no such table here
    assert all(outcome in deaths for outcome in other.values())


def test_the_worst_end_the_process(locked: dict[str, Any]) -> None:
    """Running a program, tracing and the like are not merely refused."""
    worst = ("execute", "execute_memory", "trace_parent", "read_parent", "io_uring", "mount")
    assert {locked["outcomes"][name] for name in worst} == {f"killed {signal.SIGSYS:d}"}


def test_the_probes_work_where_nothing_stops_them(free: dict[str, Any]) -> None:
    """As a control: outside, nearly all have their effect, so that a refusal means something."""
    outcomes = free["outcomes"]
    effects = {name for name, outcome in outcomes.items() if outcome == "effect"}
    always = {"tcp_socket", "open_to_read", "open_to_write", "unlink", "execute", "execute_raw"}
    always |= {"fork", "fork_raw", "clone_raw", "thread", "kill_parent", "executable_memory"}
    always |= {"write_vector", "write_through_high_bits", "undo_dumpable", "map_file", "rename"}
    assert always <= effects
    assert len(effects) >= 35
    assert free["signalled"] > 0


def _in_child(act: Callable[[int], int]) -> tuple[int, resource.struct_rusage, int]:
    """Run something in a locked process; gives its exit code, what it used, and what it could have.

    The child is a fork of the tests' own process, however much that has by now.
    """
    memory = sandbox._sizes()[1] + sandbox.MEMORY_MARGIN + (256 << 20)
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            sandbox.lock_down(writing, memory, 1)
            code = act(writing)
        except NoSandbox:
            code = 98
        except MemoryError:
            code = 97
        finally:
            os._exit(code)
    os.close(writing)
    os.close(reading)
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), usage, memory


def test_memory_is_bounded() -> None:
    """Taking memory fails before the process has more resident than it may."""

    def take(writing: int) -> int:
        kept = [bytearray(b"x" * (1 << 20))]
        while True:
            kept.append(kept[0].copy())

    code, usage, memory = _in_child(take)
    assert code == 97
    assert 100 << 20 < usage.ru_maxrss * 1024 <= memory


def test_time_is_bounded() -> None:
    """Computing without end is ended by the processor's clock, should nobody else do it."""

    def spin(writing: int) -> int:
        while True:
            pass

    started = time.monotonic()
    code, _, _ = _in_child(spin)
    assert code == -signal.SIGXCPU
    assert time.monotonic() - started < 30


def test_computing_goes_on() -> None:
    """Memory, sorting, compression and randomness work inside."""
    import random
    import zlib

    def compute(writing: int) -> int:
        octets = random.SystemRandom().randbytes(1000) * 1_000
        assert zlib.decompress(zlib.compress(octets)) == octets
        assert sorted(octets[:50_000])[0] == 0
        assert time.time() > 0
        return 0

    assert _in_child(compute)[0] == 0


def test_too_little_memory_is_no_sandbox() -> None:
    """A process that already has more than it may have is not let loose."""
    with pytest.raises(NoSandbox):
        sandbox.lock_down(1, 1 << 20, 1)


def test_an_orphan_does_not_start() -> None:
    """A reader whose zygote is gone already gives up."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            sandbox.die_with(1 << 22)
        except NoSandbox:
            code = 98
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 98
