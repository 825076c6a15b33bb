"""Own the octets of one client connection: lines and chunks in, replies out, TLS, the end.

Whatever goes wrong with the connection is `Gone`, and nothing else is: an `OSError` out of anything
else is never mistaken for a client that hung up.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Mapping

from missent.errors import ProtocolError
from missent.wire.smtp_bytes import LineBuffer, Reply

READ_SIZE = 256 * 1024
"""Octets read at a time."""
_HOLD_OCTETS = 16 * 1024
_CLOSE_SECONDS = 5.0
_LINGER_SECONDS = 2.0
_LINGER_OCTETS = 4 * 1024 * 1024
_HANDSHAKE_SECONDS = 30.0


class Gone(Exception):
    """The client hung up, or said nothing for too long (`late`)."""

    def __init__(self, *, late: bool = False) -> None:
        super().__init__()
        self.late = late


class SmtpStream:
    """One connection; `timeout` is in seconds, for a line, a chunk or a reply."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, timeout: float
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._timeout = timeout
        self._lines = LineBuffer()
        self._held = b""
        """Replies that go out with the next."""

    @property
    def peer(self) -> str:
        """Give the client's IP address; empty if it is gone already."""
        name = self._writer.get_extra_info("peername")
        return str(name[0]) if isinstance(name, tuple) else ""

    async def line(self, end: float | None = None) -> bytes:
        """Read one command line; raises as `LineBuffer.line` does.

        The whole line has `timeout` seconds: a client that drips octets holds no connection for ever.
        With `end`, a time on the loop's clock, no line is given after it.
        """
        now = asyncio.get_running_loop().time()
        deadline = now + self._timeout if end is None else min(now + self._timeout, end)
        if end is not None and now > end:
            raise Gone(late=True)
        line = self._lines.line()
        while line is None:
            self._lines.feed(await self.chunk(deadline))
            line = self._lines.line()
        return line

    def take(self) -> bytes:
        """Give what was read and is not a line yet."""
        return self._lines.take()

    def give_back(self, octets: bytes) -> None:
        """Put octets behind the end of a message back, as the next commands."""
        self._lines.feed(octets)

    @property
    def has_line(self) -> bool:
        """Whether the next command was read already."""
        return self._lines.has_line

    async def chunk(self, deadline: float | None = None) -> bytes:
        """Read whatever comes next, at least one octet, until `deadline` on the loop's clock."""
        if self._held:
            await self._flush(b"")
        until = deadline or asyncio.get_running_loop().time() + self._timeout
        try:
            async with asyncio.timeout_at(until):
                chunk = await self._reader.read(READ_SIZE)
        except OSError as error:  # TimeoutError is one
            raise Gone(late=isinstance(error, TimeoutError)) from None
        if not chunk:
            raise Gone
        return chunk

    async def send(self, reply: Reply) -> None:
        """Answer."""
        await self._flush(reply.encode())

    async def hold(self, reply: Reply) -> None:
        """Answer together with the next reply, or before the next octet is read (RFC 2920 §3.2)."""
        self._held += reply.encode()
        if len(self._held) > _HOLD_OCTETS:
            await self._flush(b"")

    async def _flush(self, octets: bytes) -> None:
        held, self._held = self._held, b""
        try:
            async with asyncio.timeout(self._timeout):
                self._writer.write(held + octets)
                await self._writer.drain()
        except OSError:
            raise Gone from None

    def send_last(self, reply: Reply) -> None:
        """Answer without waiting: the connection is closed next."""
        held, self._held = self._held, b""
        with contextlib.suppress(OSError):
            self._writer.write(held + reply.encode())

    async def refuse_early_octets(self) -> None:
        """Refuse plain text sent before TLS, which would be carried out after it (CVE-2011-0411).

        Reading stops here until the handshake: what comes later can only be part of that.
        """
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]
        if await self.more_came():
            raise ProtocolError("octets came before TLS began")

    async def more_came(self) -> bool:
        """Tell whether octets came behind the last line; if so, they are gone, and no line may be read."""
        more = self._lines.take()
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(0):
                more += await self._reader.read(1)
        return bool(more)

    async def linger(self) -> None:
        """Say that nothing more will come, and throw away what the client is still sending.

        Closing with unread octets resets the connection, which can take the last replies with it.
        """
        left = _LINGER_OCTETS
        with contextlib.suppress(OSError):
            async with asyncio.timeout(_LINGER_SECONDS):
                if self._writer.can_write_eof():
                    self._writer.write_eof()
                while left > 0 and (chunk := await self._reader.read(READ_SIZE)):
                    left -= len(chunk)

    async def start_tls(self, context: ssl.SSLContext) -> str | None:
        """Shake hands as the server; gives the subject of a verified client certificate."""
        try:
            await self._writer.start_tls(context, ssl_handshake_timeout=_HANDSHAKE_SECONDS)
        except OSError:  # ssl.SSLError is one: no or a bad certificate, no common cipher
            raise Gone from None
        tls = self._writer.get_extra_info("ssl_object")
        return _subject(tls.getpeercert() if isinstance(tls, ssl.SSLObject) else None)

    async def close(self) -> None:
        """Close, politely if the client lets us."""
        try:
            self._writer.close()
            with contextlib.suppress(OSError):
                async with asyncio.timeout(_CLOSE_SECONDS):
                    await self._writer.wait_closed()
        finally:
            self._writer.transport.abort()


def _subject(certificate: Mapping[str, object] | None) -> str | None:
    """Write a verified certificate's subject, ``commonName=…,organizationName=…``; None without one."""
    names = certificate.get("subject") if certificate else None
    if not isinstance(names, tuple):
        return None
    return ",".join(f"{key}={value}" for rdn in names for key, value in rdn) or None
