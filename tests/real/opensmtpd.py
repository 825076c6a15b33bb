"""Own a private OpenSMTPD that sends: mail for one domain goes to one port, all other mail to another.

Its paths are compiled in, so it runs in a mount namespace where those are folders of its own.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.beside import Foreground, require_beside
from tests.real.conftest import require
from tests.real.postfix import free_port, world_searchable

_CONF = """\
listen on 127.0.0.1 port {port} hostname gateway.example.test
action "typo" relay host smtp://127.0.0.1:{typo}
action "others" relay host smtp://127.0.0.1:{others}
match from any for domain "{domain}" action "typo"
match from any for any action "others"
"""
_PLACES = {"spool": "/var/spool", "run": "/run", "lib": "/var/lib"}
_START = """\
set -e
cd "$1"
mount --bind spool /var/spool
mount --bind lib /var/lib
mount --bind run /run
exec "$2" -d -f smtpd.conf
"""


@dataclass
class PrivateOpenSmtpd:
    """An OpenSMTPD of one's own; a context manager that starts and stops it."""

    domain: str
    typo: int
    """Loopback port where mail for `domain` goes."""
    others: int
    port: int = field(default_factory=free_port)
    directory: Path = field(default_factory=lambda: world_searchable("opensmtpd"))

    def __enter__(self) -> PrivateOpenSmtpd:
        program = require_beside("smtpd", "opensmtpq")
        require("unshare")
        for name in _PLACES:
            (self.directory / name).mkdir()
        (self.directory / "spool" / "smtpd").mkdir(mode=0o711)
        (self.directory / "lib" / "opensmtpd" / "empty").mkdir(parents=True)
        conf = self.directory / "smtpd.conf"
        conf.write_text(
            _CONF.format(port=self.port, domain=self.domain, typo=self.typo, others=self.others)
        )
        conf.chmod(0o600)
        command = ["unshare", "--mount", "sh", "-c", _START, "sh", str(self.directory)]
        try:
            self._running = Foreground(
                [*command, str(program)], self.port, self.directory / "output"
            )
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        """Give what it has logged."""
        return (self.directory / "output").read_text(errors="replace")
