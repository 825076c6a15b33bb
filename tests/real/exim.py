"""Own a private Exim that sends: mail for one domain goes to one port, all other mail to another."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.beside import Foreground, require_beside
from tests.real.postfix import free_port, world_searchable

_CONF = """\
exim_path = {program}
primary_hostname = gateway.example.test
spool_directory = {directory}/spool
log_file_path = {directory}/log/%slog
pid_file_path = {directory}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
tls_advertise_hosts =
keep_environment =
acl_smtp_rcpt = accept
hosts_treat_as_local =
rfc1413_hosts =
deliver_drop_privilege = true
begin routers
typo:
  driver = manualroute
  domains = {domain}
  transport = typo
  route_list = * 127.0.0.1 byname
  self = send
others:
  driver = manualroute
  transport = others
  route_list = * 127.0.0.1 byname
  self = send
begin transports
typo:
  driver = smtp
  port = {typo}
  allow_localhost
  hosts_avoid_tls = *
others:
  driver = smtp
  port = {others}
  allow_localhost
  hosts_avoid_tls = *
begin retry
* * F,1h,1s
"""


@dataclass
class PrivateExim:
    """An Exim of one's own; a context manager that starts and stops it."""

    domain: str
    typo: int
    """Loopback port where mail for `domain` goes."""
    others: int
    port: int = field(default_factory=free_port)
    directory: Path = field(default_factory=lambda: world_searchable("exim"))

    def __enter__(self) -> PrivateExim:
        program = require_beside("exim4", "Debian-exim")
        for name in ("spool", "log"):
            (self.directory / name).mkdir()
            shutil.chown(self.directory / name, "Debian-exim", "Debian-exim")
        conf = self.directory / "exim.conf"
        conf.write_text(
            _CONF.format(
                program=program,
                directory=self.directory,
                port=self.port,
                domain=self.domain,
                typo=self.typo,
                others=self.others,
            )
        )
        command = [str(program), "-C", str(conf), "-bdf", "-q1s"]
        try:
            self._running = Foreground(command, self.port, self.directory / "output")
        except BaseException:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._running.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self) -> str:
        """Give what it has logged, and what it said."""
        parts = [*sorted((self.directory / "log").glob("*log")), self.directory / "output"]
        return "\n".join(path.read_text(errors="replace") for path in parts if path.exists())
