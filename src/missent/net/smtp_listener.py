"""Own a listening socket's connections: how many, and how they end.

A listener is given a socket that is already bound, so that several worker processes can share one.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections import Counter
from collections.abc import Callable

from missent.errors import ConfigError
from missent.net.smtp_session import Handler, SessionSettings, SmtpSession
from missent.net.smtp_stream import READ_SIZE

_BACKLOG = 128
_GOODBYE = 5.0  # seconds for the last words to a client that is not admitted


def bind(listen: str) -> socket.socket:
    """Bind a TCP socket to ``HOST:PORT`` (an IPv6 host in brackets); port 0 = any free one.

    Raises `ConfigError` for what is no address or cannot be bound.
    """
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise ConfigError(f"{listen!r}: HOST:PORT expected, for example 127.0.0.1:10025")
    host = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.setblocking(False)
        listening.bind((host, int(port)))
    except OSError as error:
        listening.close()
        raise ConfigError(f"cannot listen on {listen}: {error.strerror or error}") from None
    return listening


class SmtpListener:
    """Serves one socket; each connection has its own `Handler`."""

    def __init__(
        self,
        settings: SessionSettings,
        make_handler: Callable[[], Handler],
        max_connections: int,
        *,
        per_client: int | None = None,
    ) -> None:
        """Serve at most `max_connections` at once, and of one client (`client_of`) at most `per_client`."""
        self._settings = settings
        self._make_handler = make_handler
        self._max_connections = max_connections
        self._per_client = per_client
        self._clients: Counter[str] = Counter()
        self._server: asyncio.Server | None = None
        self._sessions: dict[asyncio.Task[None] | None, SmtpSession] = {}

    async def start(self, listening: socket.socket) -> None:
        """Begin to accept connections; the socket is closed by `close`."""
        self._server = await asyncio.start_server(
            self._serve, sock=listening, limit=READ_SIZE, backlog=_BACKLOG
        )

    @property
    def address(self) -> tuple[str, int]:
        """Give host and port of the socket."""
        if self._server is None:
            raise ConfigError("not listening")
        host, port = self._server.sockets[0].getsockname()[:2]
        return str(host), int(port)

    async def close(self, grace: float = 15.0) -> None:
        """Stop accepting, let open transactions end within `grace` seconds, then end the rest."""
        if self._server is None:
            return
        self._server.close()
        tasks = [task for task in self._sessions if task is not None]
        for task in tasks:
            session = self._sessions[task]
            session.stopping = True
            if session.idle:
                task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=grace)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = SmtpSession((reader, writer), self._settings, self._make_handler())
        if not self._admits(session.peer):
            writer.write(b"421 4.3.2 too many connections, try again later\r\n")
            writer.close()
            with contextlib.suppress(OSError):
                async with asyncio.timeout(_GOODBYE):
                    await writer.wait_closed()
            return
        task = asyncio.current_task()
        self._sessions[task] = session
        client = client_of(session.peer)
        self._clients[client] += 1
        try:
            await session.run()
        except asyncio.CancelledError:
            pass  # by `close`, which waits for this task
        finally:
            del self._sessions[task]
            self._clients[client] -= 1
            if not self._clients[client]:
                del self._clients[client]

    def _admits(self, peer: str) -> bool:
        if len(self._sessions) >= self._max_connections:
            return False
        return self._per_client is None or self._clients[client_of(peer)] < self._per_client


def client_of(peer: str) -> str:
    """Name who is counted as one client: an IPv4 address, or the /64 of IPv6, whose owner has all of it."""
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))
