"""Own the guard as the real process it is: configured by a file, started, killed, asked by commands.

Rule: nothing here reaches into the product; everything goes through ``missent``'s commands and their
exit codes (DESIGN §7). The process leads a session of its own, so that stopping it leaves no child behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.real.client import eventually
from tests.real.running import stop
from tests.real.wirings import Places, Wiring
from typer.testing import CliRunner

from missent.cli import app
from missent.config import load
from missent.service.ports import JobKind
from missent.wiring import install

Plain = dict[str, Any]
_READY = "import sys, urllib.request as u; u.urlopen(sys.argv[1], timeout=2).read()"
_START = 40.0
"""Seconds: two cores may be busy with other tests."""

_CONFIG = """\
mode = "enforce"
[organisation]
name = "Contractor"
domains = ["contractor.example"]
timezone = "Europe/London"
language = "en"
[store]
url = "sqlite:///{directory}/missent.db"
key_file = "{directory}/missent.key"
[relay]
host = "127.0.0.1:{relay}"
[web]
listen = "127.0.0.1:{web}"
base_url = "http://127.0.0.1:{web}"
{edges}
{extra}
"""


@dataclass
class GuardProcess:
    """One ``missent guard``; a context manager that starts and stops it."""

    places: Places
    milter: str | None = None
    """[milter] listen."""
    refuse_at_rcpt: bool = False
    upstream: str | None = None
    """[proxy] upstream; None = no proxy."""
    relay: int | None = None
    """Port of the relay, where it is not Postfix's."""
    extra: str = ""
    """More tables of the configuration."""
    prefix: Sequence[str] = ()
    """``ip netns exec NAME``."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @classmethod
    def behind(cls, wiring: Wiring, places: Places, **more: Any) -> GuardProcess:
        """Build the guard that belongs to a wiring."""
        upstream = None if wiring.milter else f"127.0.0.1:{places.upstream}"
        return cls(places, milter=wiring.milter_listen(places), upstream=upstream, **more)

    @property
    def config(self) -> Path:
        """Give the configuration file."""
        return self.places.directory / "missent.toml"

    @property
    def output(self) -> str:
        """Give what the process has written so far."""
        path = self.places.directory / "guard.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """Give the process id of the running guard."""
        assert self._process is not None, "the guard is not running"
        return self._process.pid

    def family(self) -> set[int]:
        """Give the ids of all living processes of this guard."""
        members = set()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                state, _, _, session = (
                    process.joinpath("stat").read_text().rsplit(")")[-1].split()[:4]
                )
                if int(session) == self.pid and state != "Z":
                    members.add(int(process.name))
        return members

    def __enter__(self) -> GuardProcess:
        self._configure()
        self.start()
        try:
            self.wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @contextlib.contextmanager
    def starting(self) -> Iterator[GuardProcess]:
        """Start it without waiting, so that other things start meanwhile; stops it in the end."""
        self._configure()
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def start(self) -> None:
        """Start it."""
        with (self.places.directory / "guard.log").open("ab") as output:
            self._process = subprocess.Popen(
                [*self.prefix, *_missent("guard", "--config", str(self.config))],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_ready(self) -> None:
        """Wait until it says that it is ready."""
        eventually(self._ready, "readiness", timeout=_START, pause=1 if self.prefix else 0.1)

    def kill(self) -> None:
        """Kill it as a crash would: no warning, nothing finished."""
        process = self._process
        assert process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self._process = None

    def stop(self) -> None:
        """Stop it as an administrator would; whatever remains is killed."""
        process, self._process = self._process, None
        if process is not None:
            stop(process)

    # --- its commands ---

    def command(self, *arguments: str) -> tuple[int, str]:
        """Run one command of missent and give its exit code and output.

        In this process, since starting Python a hundred times would cost minutes; `popen` starts a
        real one.
        """
        result = CliRunner().invoke(app, [*arguments, "--config", str(self.config)])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout + (result.stderr if result.exit_code else "")

    def popen(self, *arguments: str) -> subprocess.Popen[str]:
        """Start one command as a process, to race it against another."""
        return subprocess.Popen(
            [*_missent(*arguments), "--config", str(self.config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )

    def holds(self, *, every: bool = False) -> list[Plain]:
        """List the holds, the decided ones on demand."""
        answer = self._ask("hold", "list", *(["--all"] if every else []), "--json")
        holds: list[Plain] = answer["holds"]
        return holds

    def hold_of(self, recipient: str) -> Plain:
        """Find the one hold, decided or not, in which this recipient waits."""
        found = [h for h in self.holds(every=True) if state_of(h, recipient) is not None]
        assert len(found) == 1, f"{len(found)} holds for {recipient}\n{self.output[-3000:]}"
        return found[0]

    def show(self, hold_id: str) -> Plain:
        """Show one hold with the link to its page."""
        return self._ask("hold", "show", hold_id, "--json")

    def confirm(self, hold_id: str, recipient: str) -> None:
        """Send as typed."""
        self._decide("confirm", hold_id, recipient)

    def correct(self, hold_id: str, recipient: str, new: str) -> None:
        """Send to another address instead."""
        self._decide("correct", hold_id, recipient, new)

    def cancel(self, hold_id: str, recipient: str) -> None:
        """Do not send."""
        self._decide("cancel", hold_id, recipient)

    def pending(self, kind: JobKind) -> int:
        """Count what the outbox still has to hand over; no command tells, so the store is asked."""
        installation = install(load(self.config))
        try:
            return installation.store.pending()[kind]
        finally:
            installation.close()

    def wait_for_state(self, hold_id: str, recipient: str, state: str) -> None:
        """Wait until a held recipient has come to a state."""
        eventually(
            lambda: state_of(self.show(hold_id), recipient) == state,
            f"{state} of a held recipient",
            timeout=30,
        )

    def _decide(self, *arguments: str) -> None:
        code, text = self.command("hold", *arguments)
        assert code == 0, f"hold {arguments}: {text}\n{self.output}"

    def _ask(self, *arguments: str) -> Plain:
        code, text = self.command(*arguments)
        assert code == 0, f"{arguments}: {text}"
        answer: Plain = json.loads(text)
        return answer

    def _configure(self) -> None:
        self.places.socket.parent.mkdir(exist_ok=True)
        edges = []
        if self.milter is not None:
            refuse = str(self.refuse_at_rcpt).lower()
            edges.append(f'[milter]\nlisten = "{self.milter}"\nrefuse_at_rcpt = {refuse}')
        if self.upstream is not None:
            listen = f'listen = "127.0.0.1:{self.places.proxy}"'
            edges.append(f'[proxy]\n{listen}\nupstream = "{self.upstream}"')
        text = _CONFIG.format(
            directory=self.places.directory,
            relay=self.relay or self.places.relay,
            web=self.places.web,
            edges="\n".join(edges),
            extra=self.extra,
        )
        self.config.write_text(text)

    def _ready(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"the guard ended with {code}:\n{self.output}"
        url = f"http://127.0.0.1:{self.places.web}/readyz"
        if self.prefix:
            look = [*self.prefix, sys.executable, "-c", _READY, url]
            return subprocess.run(look, capture_output=True, check=False).returncode == 0
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def state_of(hold: Plain, recipient: str) -> str | None:
    """Give a recipient's state within a hold; None if it is not held there."""
    states = [r["state"] for r in hold["recipients"] if r["mailbox"] == recipient]
    return str(states[0]) if states else None


@contextlib.contextmanager
def restarting(guard: GuardProcess, pauses: Iterator[float]) -> Iterator[list[float]]:
    """Kill and restart the guard after each pause while there are any; gives the kills' times."""
    kills: list[float] = []
    over = threading.Event()

    def torment() -> None:
        for pause in pauses:
            if over.wait(pause):
                return
            guard.kill()
            kills.append(time.monotonic())
            guard.start()
            guard.wait_until_ready()

    thread = threading.Thread(target=torment)
    thread.start()
    try:
        yield kills
    finally:
        over.set()
        thread.join()


def _missent(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "missent.cli", *arguments]
