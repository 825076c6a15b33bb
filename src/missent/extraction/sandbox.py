"""Own what a process that reads a stranger's octets may still do: compute, and write its answer.

`lock_down` cannot be undone. It works by what is allowed, never by what is forbidden: memory that is not
executable, signals, clocks, randomness, and writing to one descriptor. No file can be opened, not even for
reading, so whatever a parser needs is loaded before. The limits of the process bound memory and time.

Theory: seccomp (`man 2 seccomp`) filters system calls by number and argument values, per architecture; a
call by another architecture's table (i386, x32) ends the process. An ordinary refusal is `EPERM`, so that
a library that merely tries (a time zone file, a thread) goes on without; calls that no parser makes end the
process.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

MEMORY_MARGIN: Final = 16 << 20
"""For stacks, page tables' rounding, and what was reserved and not touched when the limit is computed."""

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_PROT_EXEC, _MAP_ANONYMOUS = 4, 0x20
_ACTIONS = Path("/proc/sys/kernel/seccomp/actions_avail")

_ALLOWED: Final = (
    *("brk", "munmap", "mremap", "madvise"),
    *("rt_sigreturn", "rt_sigprocmask", "rt_sigaction", "sigaltstack"),
    *("clock_gettime", "clock_getres", "gettimeofday", "time", "clock_nanosleep", "nanosleep"),
    *("futex", "sched_yield", "restart_syscall", "getrandom", "getpid", "gettid", "close"),
    *("exit", "exit_group"),
)
_DEADLY: Final = (
    *("execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "bpf", "perf_event_open"),
    *("userfaultfd", "memfd_create", "personality", "unshare", "setns", "mount", "pivot_root"),
    *("init_module", "finit_module", "kexec_load", "keyctl", "add_key", "request_key"),
    *("pidfd_getfd", "pidfd_send_signal", "name_to_handle_at", "open_by_handle_at", "chroot"),
)


class NoSandbox(Exception):
    """The sandbox could not be set up, so nothing may be read."""


@cache
def available() -> str | None:
    """Tell why nothing can be read in a sandbox here; None if it can."""
    if sys.platform != "linux":
        return "attachments are read on Linux only: the sandbox needs its seccomp"
    try:
        import pyseccomp  # noqa: F401
    except ImportError:
        return "the Python package pyseccomp is not installed"
    except (RuntimeError, OSError, AttributeError):
        return "the library libseccomp.so.2 is not installed or too old"
    try:
        actions = _ACTIONS.read_text().split()
    except OSError:
        return "this kernel has no seccomp filters (or /proc is hidden)"
    if "kill_process" not in actions or "errno" not in actions:
        return "the seccomp of this kernel is too old"
    return None


def die_with(parent: int) -> None:
    """Make the kernel end this process when `parent` ends. Raises `NoSandbox` if it already has."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        raise NoSandbox("parent")


def lock_down(result: int, memory: int, cpu_seconds: int) -> None:
    """Give up everything but computing and writing to the descriptor `result`. Raises `NoSandbox`.

    `memory` bounds what the process has resident, with all it has now, in octets.
    """
    try:
        program = _filter(result)
        _limit(memory, cpu_seconds)
        _prctl(_PR_SET_DUMPABLE, 0)
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        program.load()
    except (OSError, LookupError, ValueError, RuntimeError, ImportError, AttributeError) as error:
        raise NoSandbox(type(error).__name__) from None


def _limit(memory: int, cpu_seconds: int) -> None:
    """Set the limits; what grows is address space, which is never less than what is resident."""
    mapped, possible = _sizes()
    room = memory - possible - MEMORY_MARGIN
    if room <= 0:
        raise OSError("memory")
    limits = {
        resource.RLIMIT_AS: mapped + room,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    for which, most in limits.items():
        hard = resource.getrlimit(which)[1]
        value = most if hard == resource.RLIM_INFINITY else min(most, hard)
        extra = 1 if which == resource.RLIMIT_CPU else 0  # SIGXCPU first: it tells why
        resource.setrlimit(which, (value, value + extra))


def _sizes() -> tuple[int, int]:
    """Give octets mapped, and octets of them that may be resident (`man 5 proc`).

    A fork has the pages of files (libraries) mapped, but in memory only once it touches them, so these
    count in full; of the others those that are there.
    """
    mapped = files = 0
    for line in Path("/proc/self/maps").read_bytes().splitlines():
        where, rights, _, _, inode, *_ = line.split(None, 5)
        start, end = (int(number, 16) for number in where.split(b"-"))
        mapped += end - start
        files += end - start if inode != b"0" and rights[:3] != b"---" else 0
    status = Path("/proc/self/status").read_text()
    own = status.partition("RssAnon:")[2].split(None, 1)[0]
    return mapped, files + int(own) * 1024


def _filter(result: int) -> Any:
    """Build the filter; it holds once loaded."""
    import pyseccomp as sc

    program = sc.SyscallFilter(sc.ERRNO(1))  # EPERM
    program.set_attr(sc.Attr.ACT_BADARCH, sc.KILL_PROCESS)
    for name in _ALLOWED:
        program.add_rule(sc.ALLOW, name)
    for name in _DEADLY:
        if sc.resolve_syscall(sc.Arch.NATIVE, name) != -1:  # an older library: EPERM
            program.add_rule(sc.KILL_PROCESS, name)
    plain = sc.Arg(2, sc.MASKED_EQ, _PROT_EXEC, 0)
    program.add_rule(sc.ALLOW, "mprotect", plain)
    program.add_rule(
        sc.ALLOW, "mmap", plain, sc.Arg(3, sc.MASKED_EQ, _MAP_ANONYMOUS, _MAP_ANONYMOUS)
    )
    program.add_rule(sc.ALLOW, "write", sc.Arg(0, sc.EQ, result))
    return program


def _prctl(option: int, value: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
