"""Ways out of the sandbox, tried inside it: a program that prints which of them had an effect.

``python -I probes.py locked|free DIRECTORY``. Each probe runs in a process of its own, forked from this one
and locked down (or, as a control, left free), and gives whether it got what it wanted. Unlike in the
product, descriptors stay open, so that the filter alone has to stop writing to them. The outcome is
``"effect"``, ``"refused"``, or ``"killed N"`` where the kernel ended it.
"""

from __future__ import annotations

import _thread
import ctypes
import errno
import fcntl
import json
import mmap
import os
import resource
import signal
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path

from missent.extraction import sandbox

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
LIBC.mmap.restype = ctypes.c_void_p
X32 = 0x40000000
SECRET = b"a word in the parent's memory"
BUFFER = ctypes.create_string_buffer(SECRET)

FOLDER = Path(sys.argv[2])
PARENT = os.getpid()
LISTENER = socket.create_server(("127.0.0.1", 0))
PORT = LISTENER.getsockname()[1]
SPARE = os.open(FOLDER / "spare", os.O_RDWR | os.O_CREAT, 0o600)
os.write(SPARE, b"spare")


def _syscall(number: int, *arguments: object) -> int:
    """Make a raw system call; raises `OSError`."""
    ctypes.set_errno(0)
    result: int = LIBC.syscall(ctypes.c_long(number), *arguments)
    if result == -1:
        raise OSError(ctypes.get_errno(), "syscall")
    return result


def _long(number: int) -> ctypes.c_long:
    return ctypes.c_long(number)


def _machine_code(code: bytes) -> Callable[[], int]:
    """Put instructions into memory while that is still allowed."""
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(code)
    return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))


# mov eax, 20 (getpid of i386); int 0x80; ret
_GETPID_32 = _machine_code(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")
# push rbx; mov eax, 39 (mkdir of i386); mov ebx, 0; int 0x80; pop rbx; ret: EFAULT would be an effect
_MKDIR_32 = _machine_code(
    b"\x53\xb8\x27\x00\x00\x00\xbb\x00\x00\x00\x00\xcd\x80\x5b\xc3",
)


def udp_send() -> bool:
    """Send a datagram."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        return link.sendto(b"x", ("127.0.0.1", 9)) == 1


def raw_connect() -> bool:
    """Connect by raw system calls."""
    link = _syscall(41, 2, 1, 0)
    address = struct.pack("!HH4s8x", 0x0200, PORT, bytes((127, 0, 0, 1)))
    return _syscall(42, link, address, 16) == 0


def open_to_write() -> bool:
    """Make a file."""
    (FOLDER / "written").write_text("x")
    return True


def unlink() -> bool:
    """Remove a file."""
    os.unlink(FOLDER / "victim")
    return True


def make_folder() -> bool:
    """Make a directory."""
    os.mkdir(FOLDER / "folder")
    return True


def make_link() -> bool:
    """Make a symbolic link."""
    os.symlink("/etc/passwd", FOLDER / "link")
    return True


def rename() -> bool:
    """Rename a file."""
    os.rename(FOLDER / "victim2", FOLDER / "renamed")
    return True


def change_rights() -> bool:
    """Change a file's mode."""
    os.chmod(FOLDER / "victim3", 0o777)
    return True


def change_folder() -> bool:
    """Change the working directory."""
    os.chdir("/tmp")
    return True


def execute() -> bool:
    """Run a program that leaves a trace."""
    os.execv("/bin/sh", ["sh", "-c", f"echo x > '{FOLDER}/executed'; exit 0"])


def execute_raw() -> bool:
    """Run one by a raw system call."""
    arguments = (ctypes.c_char_p * 4)(b"sh", b"-c", f"echo x > '{FOLDER}/executed2'".encode(), None)
    return _syscall(59, b"/bin/sh", arguments, None) == 0


def execute_memory() -> bool:
    """Run a program out of memory (`memfd_create`, `fexecve`)."""
    handle = os.memfd_create("x", 0)
    os.write(handle, Path("/bin/true").read_bytes())
    os.execve(handle, ["x"], {})


def _born(pid: int) -> bool:
    if pid == 0:
        (FOLDER / "born").write_text("x")
        os._exit(0)
    os.waitpid(pid, 0)
    return True


def vfork_raw() -> bool:
    """Fork with shared memory."""
    pid = _syscall(58)
    if pid == 0:
        os._exit(0)
    return pid > 0


def thread() -> bool:
    """Start a thread."""
    _thread.start_new_thread(lambda: None, ())
    return True


def kill_parent() -> bool:
    """Send the parent a signal it counts."""
    os.kill(PARENT, signal.SIGUSR1)
    return True


def kill_by_handle() -> bool:
    """Signal the parent through a handle of its process."""
    handle = _syscall(434, PARENT, 0)
    _syscall(424, handle, signal.SIGUSR1, None, 0)
    return True


def read_parent() -> bool:
    """Read the parent's memory."""
    target = ctypes.create_string_buffer(len(SECRET))
    ours = struct.pack("QQ", ctypes.addressof(target), len(SECRET))
    theirs = struct.pack("QQ", ctypes.addressof(BUFFER), len(SECRET))
    args = (PARENT, ours, _long(1), theirs, _long(1), _long(0))
    return _syscall(310, *args) > 0 and target.raw == SECRET


def read_parent_file() -> bool:
    """Read the parent's memory through /proc."""
    with open(f"/proc/{PARENT}/mem", "rb", 0) as memory:
        memory.seek(ctypes.addressof(BUFFER))
        return memory.read(len(SECRET)) == SECRET


def executable_memory() -> bool:
    """Get memory that can be executed."""
    rights = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC
    return mmap.mmap(-1, 4096, prot=rights) is not None


def make_executable() -> bool:
    """Turn memory executable afterwards."""
    page = mmap.mmap(-1, 4096)
    where = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return _syscall(10, ctypes.c_void_p(where), _long(4096), 5) == 0


def make_executable_by_key() -> bool:
    """Turn memory executable by `pkey_mprotect`."""
    page = mmap.mmap(-1, 4096)
    where = ctypes.addressof(ctypes.c_char.from_buffer(page))
    return _syscall(329, ctypes.c_void_p(where), _long(4096), 5, -1) == 0


def another_filter() -> bool:
    """Load a filter of one's own: allow all."""
    program = (ctypes.c_ubyte * 8).from_buffer_copy(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))
    head = struct.pack("HxxxxxxQ", 1, ctypes.addressof(program))
    return _syscall(317, 1, 0, head) == 0


def raise_limits() -> bool:
    """Lift the limit on files."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    return True


def raise_limits_raw() -> bool:
    """Lift the limit on memory by `prlimit64`."""
    unlimited = struct.pack("QQ", 2**64 - 1, 2**64 - 1)
    return _syscall(302, 0, resource.RLIMIT_AS, unlimited, None) == 0


def shared_file() -> bool:
    """Make POSIX shared memory."""
    (Path("/dev/shm") / FOLDER.name).write_text("x")
    return True


def write_elsewhere() -> bool:
    """Write to every other descriptor."""
    wrote = 0
    for number in range(256):
        if number != _answer:
            try:
                wrote += os.write(number, b"leak")
            except OSError:
                continue
    return wrote > 0


def write_vector() -> bool:
    """Write to another descriptor by `writev`, `pwrite64` and `sendfile`."""
    wrote = 0
    acts: tuple[Callable[[], int], ...] = (
        lambda: os.writev(SPARE, [b"leak"]),
        lambda: os.pwrite(SPARE, b"leak", 0),
    )
    for act in acts:
        try:
            wrote += act()
        except OSError:
            continue
    return wrote > 0


def copy_descriptor() -> bool:
    """Put another file under the number that may be written to."""
    os.dup2(SPARE, _answer)
    return True


def change_user() -> bool:
    """Become somebody else."""
    os.setuid(os.getuid())
    return True


_EVENT = struct.pack("IIQ", 1, 112, 0).ljust(112, b"\0")

PROBES: dict[str, Callable[[], bool]] = {
    probe.__name__: probe
    for probe in (
        udp_send,
        raw_connect,
        open_to_write,
        unlink,
        make_folder,
        make_link,
        rename,
        change_rights,
        change_folder,
        execute,
        execute_raw,
        execute_memory,
        vfork_raw,
        thread,
        kill_parent,
        kill_by_handle,
        read_parent,
        read_parent_file,
        executable_memory,
        make_executable,
        make_executable_by_key,
        another_filter,
        raise_limits,
        raise_limits_raw,
        shared_file,
        write_elsewhere,
        write_vector,
        copy_descriptor,
        change_user,
    )
} | {
    "tcp_socket": lambda: socket.socket().fileno() >= 0,
    "unix_socket": lambda: socket.socket(socket.AF_UNIX).fileno() >= 0,
    "socket_pair": lambda: socket.socketpair()[0].fileno() >= 0,
    "netlink_socket": lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).fileno() >= 0,
    "open_to_read": lambda: b"root" in Path("/etc/passwd").read_bytes(),
    "open_raw": lambda: _syscall(2, b"/etc/passwd", 0) >= 0,
    "open_how": lambda: (
        _syscall(437, -100, b"/etc/passwd", struct.pack("QQQ", 0, 0, 0), _long(24)) >= 0
    ),
    "look_at_file": lambda: os.stat("/etc/passwd").st_size > 0,
    "list_folder": lambda: bool(os.listdir("/")),
    "memory_file": lambda: os.memfd_create("x") >= 0,
    "fork": lambda: _born(os.fork()),
    "fork_raw": lambda: _born(_syscall(57)),
    "clone_raw": lambda: _born(_syscall(56, _long(17), None, None, None, None)),
    "clone3_raw": lambda: _born(
        _syscall(435, struct.pack("8Q", 0, 0, 0, 0, 17, 0, 0, 0), _long(64))
    ),
    "stop_parent_thread": lambda: _syscall(234, PARENT, PARENT, signal.SIGUSR1) == 0,
    "trace_me": lambda: _syscall(101, _long(0), 0, None, None) == 0,
    "trace_parent": lambda: _syscall(101, _long(0x4206), PARENT, None, None) == 0,
    "readable_is_executable": lambda: _syscall(135, _long(0x0400000)) >= 0,
    "map_file": lambda: mmap.mmap(SPARE, 1) is not None,
    "io_uring": lambda: _syscall(425, 4, ctypes.create_string_buffer(256)) >= 0,
    "undo_dumpable": lambda: bool(LIBC.prctl(4, 1, 0, 0, 0) == 0),
    "undo_death_signal": lambda: bool(LIBC.prctl(1, 0, 0, 0, 0) == 0),
    "shared_memory": lambda: _syscall(29, _long(0), _long(4096), 0o1600) >= 0,
    "message_queue": lambda: (
        _syscall(240, FOLDER.name.encode(), os.O_CREAT | os.O_RDWR, 0o600, None) >= 0
    ),
    "write_through_high_bits": lambda: _syscall(1, _long(SPARE + (1 << 32)), b"leak", _long(4)) > 0,
    "control_descriptor": lambda: fcntl.fcntl(_answer, fcntl.F_SETFL, os.O_APPEND) == 0,
    "read_descriptor": lambda: os.pread(SPARE, 1, 0) is not None,
    "pass_descriptor": lambda: _syscall(438, _syscall(434, PARENT, 0), 0, 0) >= 0,
    "new_namespace": lambda: _syscall(272, 0x10000000) == 0,
    "mount": lambda: (
        _syscall(165, b"none", os.fsencode(FOLDER), b"tmpfs", _long(1 << 21), None) == 0
    ),
    "load_program": lambda: _syscall(321, 0, ctypes.create_string_buffer(64), 64) >= 0,
    "watch_faults": lambda: _syscall(323, 1) >= 0,
    "use_keys": lambda: _syscall(250, 0, _long(-3 & (2**64 - 1)), 1) > 0,
    "measure": lambda: (
        _syscall(298, struct.pack("IIQ", 1, 112, 0).ljust(112, b"\0"), 0, -1, -1, _long(0)) >= 0
    ),
    "x32_getpid": lambda: _syscall(X32 | 39) > 0,
    "x32_open": lambda: _syscall(X32 | 2, b"/etc/passwd", 0) >= 0,
    "x32_execute": lambda: _syscall(X32 | 520, b"/bin/true", None, None) == 0,
    "i386_getpid": lambda: _GETPID_32() == os.getpid(),
    "i386_mkdir": lambda: _MKDIR_32() == -errno.EFAULT,
}
LASTING = frozenset(
    {"mount", "write_elsewhere", "shared_memory", "shared_file", "message_queue"}
    | {"use_keys", "udp_send"}
)
"""Not tried as a control: what they do would outlast this program."""
_answer = -1
_counted = 0


def _count(number: int, frame: object) -> None:
    global _counted
    _counted += 1


def _try(probe: Callable[[], bool], *, locked: bool) -> str:
    """Run one probe in a process of its own."""
    global _answer
    reading, _answer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _run(probe, locked=locked)
    os.close(_answer)
    with os.fdopen(reading, "rb") as answer:
        told = answer.read(4096)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code < 0:
        return f"killed {-code}"
    if not told:  # an executed program says nothing
        return "effect"
    return told.decode()


def _run(probe: Callable[[], bool], *, locked: bool) -> None:
    """Never returns."""
    try:
        if locked:
            sandbox.die_with(PARENT)
            sandbox.lock_down(_answer, 512 << 20, 5)
        told = b"effect" if probe() else b"refused"
    except BaseException:
        told = b"refused"
    try:
        os.write(_answer, told)
    finally:
        os._exit(0)


def main() -> None:
    """Try all of them."""
    signal.signal(signal.SIGUSR1, _count)
    for name in ("victim", "victim2", "victim3"):
        (FOLDER / name).write_text("x")
    (FOLDER / "victim3").chmod(0o600)
    locked = sys.argv[1] == "locked"
    tried = {name: probe for name, probe in PROBES.items() if locked or name not in LASTING}
    outcomes = {name: _try(probe, locked=locked) for name, probe in tried.items()}
    signalled = _counted
    leaked = os.pread(SPARE, 100, 0)
    told = {"outcomes": outcomes, "signalled": signalled, "leaked": leaked.decode()}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
