"""Own the milter listener: the guard behind Postfix or Sendmail, and the feed of incoming mail.

`bind` makes a socket that several processes may share; `MilterServer` and `InboundFeed` serve such
sockets on the running loop. What is said on a connection is `milter_session`'s, what it is for
`milter_duty`'s.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from missent.errors import ConfigError
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.net.milter_duty import Duty, Guarding, Learning, Surroundings
from missent.net.milter_session import Session
from missent.service.guard import Judging
from missent.wire.milter_transaction import Transaction

BACKLOG = 256  # Postfix opens one connection for each SMTP client
MAX_SIZE = 50_000_000
VERDICT_CAP = 10.0


@dataclass(frozen=True, slots=True)
class MilterSettings:
    """How a listener behaves."""

    sockets: Sequence[socket.socket]
    """Bound and listening; several processes may share them."""
    refuse_at_rcpt: bool = False
    """Refuse a certain slip while the client waits, with the right address in the reply."""
    max_size: int = MAX_SIZE
    """Octets of a message; more is refused (guard) or not learned from (inbound)."""
    verdict_cap: float = VERDICT_CAP
    """Seconds until a message without a verdict is put off."""
    local_domain: DomainName | None = None
    """Completes a bare ``<postmaster>``; None refuses addresses without a domain."""


class _Listener:
    def __init__(self, duty: Duty, settings: MilterSettings, around: Surroundings) -> None:
        self._duty = duty
        self._settings = settings
        self._around = around
        self._servers: list[asyncio.Server] = []
        self._sessions: set[Session] = set()

    async def start(self) -> None:
        """Accept connections from now on."""
        loop = asyncio.get_running_loop()
        for listening in self._settings.sockets:
            # create_server takes a UNIX socket, too, and unlike create_unix_server never removes
            # its path, which other processes may still be serving.
            server = await loop.create_server(self._session, sock=listening, backlog=BACKLOG)
            self._servers.append(server)

    async def close(self, limit: float = 10.0) -> None:
        """Accept nothing more, let open sessions finish for `limit` seconds, then cut them off."""
        for server in self._servers:
            server.close()
        await self._wait(limit)
        for session in self._sessions:
            session.cut_off()
        await self._wait(None)

    def _session(self) -> Session:
        transaction = Transaction(self._settings.max_size, self._settings.local_domain)
        return Session(self._duty, transaction, self._around, self._opened)

    def _opened(self, session: Session) -> None:
        self._sessions.add(session)
        session.lost.add_done_callback(lambda _: self._sessions.discard(session))

    async def _wait(self, limit: float | None) -> None:
        if self._sessions:
            await asyncio.wait({session.lost for session in self._sessions}, timeout=limit)


class MilterServer(_Listener):
    """The guard as a milter: `start`, and `close` at the end, both on the running loop."""

    def __init__(self, judging: Judging, settings: MilterSettings, around: Surroundings) -> None:
        duty = Guarding(
            judging,
            around,
            verdict_cap=settings.verdict_cap,
            refuse_at_rcpt=settings.refuse_at_rcpt,
        )
        super().__init__(duty, settings, around)


class InboundFeed(_Listener):
    """Learn from incoming mail as a milter that only ever says *continue*."""

    def __init__(
        self,
        on_message: Callable[[Envelope, bytes], None],
        settings: MilterSettings,
        around: Surroundings,
    ) -> None:
        super().__init__(Learning(on_message, around, cap=settings.verdict_cap), settings, around)


# --- sockets -----------------------------------------------------------------------------------


def bind(listen: str, mode: int = 0o666) -> socket.socket:
    """Bind and listen on ``unix:PATH`` or ``inet:HOST:PORT``.

    A UNIX socket gets `mode` (the MTA runs as another user; its directory is the protection), and
    replaces a path on which nobody listens. Raises `ConfigError`.
    """
    kind, _, place = listen.partition(":")
    try:
        if kind == "unix" and place:
            return _bind_unix(Path(place), mode)
        if kind == "inet":
            return _bind_inet(*_host_and_port(place))
    except OSError as error:
        why = error.strerror or str(error)
        raise ConfigError(f"cannot listen on {listen}: {why}") from error
    raise ConfigError(f"cannot listen on {listen}: write unix:PATH or inet:HOST:PORT")


def _host_and_port(place: str) -> tuple[str, int]:
    host, colon, port = place.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"cannot listen on inet:{place}: write inet:HOST:PORT")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _bind_inet(host: str, port: int) -> socket.socket:
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, proto)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _bind_unix(path: Path, mode: int) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_stale(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(path))
        path.chmod(mode)
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def _remove_stale(path: Path) -> None:
    if not path.exists():
        return
    if not stat.S_ISSOCK(path.stat().st_mode):
        raise FileExistsError(errno.EEXIST, "there is a file of that name that is no socket")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
    raise OSError(errno.EADDRINUSE, "another program listens there")
