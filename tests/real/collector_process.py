"""Own the collector as the real process it is: configured by a file, started, stopped, asked by commands.

Rule: nothing here reaches into the product; everything goes through ``missent``'s commands and what the
store holds afterwards. The process leads a session of its own, so that stopping it leaves no child.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.real.client import eventually
from tests.real.running import stop

_READY = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).recv(3)"
_CONFIG = """\
[organisation]
name = "Army"
domains = ["army.mil"]
[store]
url = "sqlite:///{directory}/missent.db"
key_file = "{directory}/missent.key"
[web]
listen = "127.0.0.1:{web}"
base_url = "http://127.0.0.1:{web}"
[collect]
listen = "{listen}"
hostname = "mx.army.ml"
domains = {{ "army.ml" = "army.mil" }}
{extra}
"""


@dataclass
class CollectorProcess:
    """One ``missent collect``; a context manager that starts and stops it."""

    directory: Path
    listen: str
    web: int = 0
    extra: str = ""
    """More keys of [collect]."""
    prefix: Sequence[str] = ()
    """``ip netns exec NAME``."""
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def config(self) -> Path:
        """Give the configuration file."""
        return self.directory / "collector.toml"

    @property
    def output(self) -> str:
        """Give what the process has written so far."""
        path = self.directory / "collector.log"
        return path.read_text(errors="replace") if path.exists() else ""

    @property
    def pid(self) -> int:
        """Give the process id."""
        assert self._process is not None, "the collector is not running"
        return self._process.pid

    def __enter__(self) -> CollectorProcess:
        self.config.write_text(
            _CONFIG.format(
                directory=self.directory, web=self.web, listen=self.listen, extra=self.extra
            )
        )
        self.start()
        try:
            eventually(self._ready, "the collector's greeting", timeout=40, pause=0.5)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it."""
        with (self.directory / "collector.log").open("ab") as output:
            self._process = subprocess.Popen(
                [*self.prefix, *_missent("collect", "--config", str(self.config))],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Stop it as an administrator would; whatever remains is killed."""
        process, self._process = self._process, None
        if process is not None:
            stop(process)

    def ask(self, *arguments: str) -> dict[str, Any]:
        """Run one command of missent with ``--json`` and give its answer."""
        command = [*_missent(*arguments), "--config", str(self.config), "--json"]
        done = subprocess.run(
            [*self.prefix, *command], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert done.returncode in (0, 1), f"{arguments}: {done.stderr.decode()}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def _ready(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        assert code is None, f"the collector ended with {code}:\n{self.output}"
        host, _, port = self.listen.rpartition(":")
        look = [*self.prefix, sys.executable, "-c", _READY, host, port]
        return subprocess.run(look, capture_output=True, check=False).returncode == 0


def _missent(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "missent.cli", *arguments]
