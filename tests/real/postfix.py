"""Own a private Postfix: its own configuration, queue and ports in a world-searchable directory.

Rule: whatever was started is stopped, on failure, too. Nothing outside the directory is written and
the system's own Postfix is never touched. Needs root (Postfix does).
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.real.client import eventually

REPOSITORY = Path(__file__).parents[2]
SNIPPETS = REPOSITORY / "deploy" / "postfix"
# Below the kernel's ephemeral range, so that no outgoing connection takes a port between the
# moment it is found free and the moment Postfix binds it.
_PORTS = range(20_000, 32_000)

_SERVICES = """\
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""

_DEFAULTS: Mapping[str, str] = {
    "compatibility_level": "3.6",
    "myhostname": "gateway.example.test",
    "mydestination": "",
    "local_recipient_maps": "",
    "alias_maps": "",
    "alias_database": "",
    "inet_interfaces": "127.0.0.1",
    "inet_protocols": "ipv4",
    "mynetworks": "127.0.0.0/8",
    "smtpd_relay_restrictions": "permit_mynetworks, reject",
    "smtputf8_enable": "yes",
    "smtp_tls_security_level": "none",
    "smtpd_tls_security_level": "none",
    "minimal_backoff_time": "2s",
    "queue_run_delay": "2s",
    "smtpd_client_connection_count_limit": "0",
}


def free_port() -> int:
    """Find a loopback port nobody listens on."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def world_searchable(name: str) -> Path:
    """Make a temporary directory that daemons running as other users can enter."""
    path = Path(tempfile.mkdtemp(prefix=f"missent-{name}-", dir="/tmp"))
    path.chmod(0o755)
    return path


@dataclass(frozen=True, slots=True)
class Snippet:
    """One file of deploy/postfix with its places filled in: what goes into which configuration file."""

    main: str
    master: str


def snippet(name: str, places: Mapping[str, str]) -> Snippet:
    """Read a documentation snippet and put `places` where it says ``@NAME@``."""
    text = (SNIPPETS / f"{name}.cf").read_text()
    for place, value in places.items():
        text = text.replace(f"@{place}@", value)
    left = [line for line in text.splitlines() if re.match(r"[^#]*@[A-Z_]+@", line)]
    assert not left, f"{name}.cf has places nobody filled: {left}"
    main, _, master = text.partition("# ==== master.cf ====")
    assert master, f"{name}.cf lacks its master.cf half"
    return Snippet(main, master)


@dataclass
class PrivatePostfix:
    """A Postfix of one's own; a context manager that starts and stops it."""

    main: Mapping[str, str] = field(default_factory=dict)
    """Settings over the defaults above."""
    master: Sequence[str] = ()
    """Whole master.cf entries; continuation lines start with white space."""
    snippets: Sequence[Snippet] = ()
    wait_for: Sequence[int] = ()
    """Loopback ports that must answer before the test goes on (of this network namespace)."""
    prefix: Sequence[str] = ()
    """Put before every command: ``ip netns exec NAME``."""
    directory: Path = field(default_factory=lambda: world_searchable("postfix"))

    @property
    def etc(self) -> Path:
        """Give the configuration directory."""
        return self.directory / "etc"

    def __enter__(self) -> PrivatePostfix:
        try:
            self._write()
            self._run("postfix", "-c", str(self.etc), "start")
            for port in self.wait_for:
                eventually(partial(answers, port), f"Postfix on port {port}")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop every process and remove the directory; harmless when repeated."""
        master = self._master_pid()
        if self.etc.exists():
            self._run("postfix", "-c", str(self.etc), "stop", check=False)
        if master is not None and _alive(master):
            os.killpg(master, signal.SIGKILL)  # the master leads its children's process group
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        """Give the mail log so far."""
        path = self.directory / "log" / "mail.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_for_log(self, pattern: str, *, timeout: float = 20) -> re.Match[str]:
        """Wait until a line matches; raises `AssertionError` with the log's end at the deadline."""
        deadline = time.monotonic() + timeout
        while not (match := re.search(pattern, self.log(), re.MULTILINE)):
            assert time.monotonic() < deadline, f"no log line {pattern!r}:\n{self.log()[-3000:]}"
            time.sleep(0.05)
        return match

    def queue(self) -> list[dict[str, object]]:
        """List the queue, one entry a message."""
        listing = self._run("postqueue", "-c", str(self.etc), "-j").stdout
        return [json.loads(line) for line in listing.splitlines()]

    def flush(self) -> None:
        """Try the whole queue now."""
        self._run("postqueue", "-c", str(self.etc), "-f")

    def sendmail(self, sender: str, recipients: Sequence[str], data: bytes) -> None:
        """Hand a message in as a local program does, by sendmail(1); it does not pass smtpd."""
        command = [*self.prefix, "sendmail", "-C", str(self.etc), "-i", "-f", sender, "--"]
        subprocess.run(
            [*command, *recipients],
            input=data.replace(b"\r\n", b"\n"),
            check=True,
            timeout=30,
            capture_output=True,
        )

    def _write(self) -> None:
        for name in ("etc", "spool", "data", "log"):
            (self.directory / name).mkdir()
        shutil.chown(self.directory / "data", "postfix")
        own = {
            "queue_directory": self.directory / "spool",
            "data_directory": self.directory / "data",
            "maillog_file": self.directory / "log" / "mail.log",
            "maillog_file_prefixes": self.directory,
        }
        settings = {**_DEFAULTS, **own, **self.main}
        lines = [f"{name} = {value}\n" for name, value in settings.items()]
        main = "".join(lines) + "".join(part.main for part in self.snippets)
        master = "\n".join([_SERVICES, *self.master, *(part.master for part in self.snippets)])
        (self.etc / "main.cf").write_text(main)
        (self.etc / "master.cf").write_text(master + "\n")

    def _run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        # Output goes to a file: a daemon that inherits a pipe would keep its reader waiting.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [*self.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=60,
                check=False,
            )
            output.seek(0)
            text = output.read()
        assert not check or done.returncode == 0, f"{' '.join(command)}:\n{text}\n{self.log()}"
        return subprocess.CompletedProcess(command, done.returncode, text, "")

    def _master_pid(self) -> int | None:
        path = self.directory / "spool" / "pid" / "master.pid"
        return int(path.read_text()) if path.exists() else None


def answers(port: int) -> bool:
    """Tell whether somebody listens on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
