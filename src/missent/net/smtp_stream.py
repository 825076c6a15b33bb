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
_CLOSE_SECONDS = 5.0
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

    @property
    def peer(self) -> str:
        """Give the client's IP address; empty if it is gone already."""
        name = self._writer.get_extra_info("peername")
        return str(name[0]) if isinstance(name, tuple) else ""

    async def line(self) -> bytes:
        """Read one command line; raises as `LineBuffer.line` does."""
        while (line := self._lines.line()) is None:
            self._lines.feed(await self.chunk())
        return line

    def take(self) -> bytes:
        """Give what was read and is not a line yet."""
        return self._lines.take()

    def give_back(self, octets: bytes) -> None:
        """Put octets behind the end of a message back, as the next commands."""
        self._lines.feed(octets)

    async def chunk(self) -> bytes:
        """Read whatever comes next, at least one octet."""
        try:
            async with asyncio.timeout(self._timeout):
                chunk = await self._reader.read(READ_SIZE)
        except OSError as error:  # TimeoutError is one
            raise Gone(late=isinstance(error, TimeoutError)) from None
        if not chunk:
            raise Gone
        return chunk

    async def send(self, reply: Reply) -> None:
        """Answer."""
        try:
            async with asyncio.timeout(self._timeout):
                self._writer.write(reply.encode())
                await self._writer.drain()
        except OSError:
            raise Gone from None

    def send_last(self, reply: Reply) -> None:
        """Answer without waiting: the connection is closed next."""
        with contextlib.suppress(OSError):
            self._writer.write(reply.encode())

    async def refuse_early_octets(self) -> None:
        """Refuse plain text sent before TLS, which would be carried out after it (CVE-2011-0411).

        Reading stops here until the handshake: what comes later can only be part of that.
        """
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]
        early = self._lines.take()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0):
                early += await self._reader.read(1)
        if early:
            raise ProtocolError("octets came before TLS began")

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
