"""Own the conversation with the next hop: one connection, its extensions, its exact replies.

Every trouble of the connection is `UpstreamUnavailable`, after which it is closed and of no more
use: a reply that came too late must never be taken for the answer to the next command. A reply is
handed on as it came, all lines of it, whatever its code. What is sent was parsed by our own grammar.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from missent.errors import ProtocolError, UpstreamUnavailable
from missent.wire.smtp_bytes import Reply, ReplyReader

_SLICE = 256 * 1024  # handed to the socket at a time, so that a slow hop slows us, not our memory
_QUIT_SECONDS = 5.0
_CONNECT_SECONDS = 30.0  # Postfix's own default for a next hop
_FINAL_SECONDS = 600.0  # RFC 5321 §4.5.3.2.6: the end of data may take ten minutes
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class NextHop:
    """Where mail goes on."""

    host: str
    port: int
    hostname: str
    """What we call ourselves."""
    tls: ssl.SSLContext | None = None
    """With it, STARTTLS is required: a next hop that offers none is unavailable (no downgrade)."""
    timeout: float = 300.0
    """Seconds for one reply (RFC 5321 §4.5.3.2)."""


class Upstream:
    """One connection to the next hop. Made by `connect`."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hop: NextHop
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._hop = hop
        self.extensions: Mapping[str, str] = MappingProxyType({})
        """EHLO keyword in upper case -> the rest of its line."""
        self.in_transaction = False
        """Whether a MAIL was accepted here and has not ended."""

    @classmethod
    async def connect(cls, hop: NextHop) -> Upstream:
        """Connect, wait for the greeting, say EHLO and, where configured, STARTTLS."""
        try:
            async with asyncio.timeout(min(hop.timeout, _CONNECT_SECONDS)):
                reader, writer = await asyncio.open_connection(hop.host, hop.port, limit=_SLICE)
        except (OSError, TimeoutError):
            raise UpstreamUnavailable("the next hop cannot be reached") from None
        upstream = cls(reader, writer, hop)
        try:
            await upstream._introduce()
        except BaseException:
            upstream.abort()
            raise
        return upstream

    @property
    def usable(self) -> bool:
        """Whether the connection still stands, as far as can be known without asking."""
        return not self._writer.is_closing() and not self._reader.at_eof()

    async def command(self, line: str) -> Reply:
        """Send one command and give its reply, whatever it says."""
        if _CONTROL.search(line):
            raise ProtocolError("a command has no control characters")
        return await self._exchange(line.encode("utf-8", "surrogateescape") + b"\r\n")

    async def mail(self, line: str) -> Reply:
        """Send MAIL; an accepted one opens a transaction."""
        reply = await self.command(line)
        self.in_transaction = reply.completed
        return reply

    async def data(self, stuffed: bytes) -> Reply:
        """Send DATA and, once it is asked for, the message; gives the last reply.

        `stuffed` is as `dot_stuff` made it. A reply other than 354 to DATA is given as the last one.
        """
        reply = await self.command("DATA")
        if reply.code != 354:
            if reply.accepted:
                self.abort()
                raise UpstreamUnavailable("the next hop accepted a message it was not sent")
            return reply
        view = memoryview(stuffed)
        for start in range(0, len(view), _SLICE):
            await self._send(view[start : start + _SLICE])
        reply = await self._reply(max(self._hop.timeout, _FINAL_SECONDS))
        self.in_transaction = False
        return reply

    async def reset(self) -> None:
        """End an open transaction; a connection that cannot is closed."""
        if not self.in_transaction:
            return
        self.in_transaction = False
        with contextlib.suppress(UpstreamUnavailable):
            reply = await self.command("RSET")
            if not reply.completed:
                self.abort()

    async def quit(self) -> None:
        """Take leave, briefly; never raises."""
        try:
            with contextlib.suppress(UpstreamUnavailable, OSError):
                async with asyncio.timeout(_QUIT_SECONDS):
                    if self.usable:
                        await self.command("QUIT")
                    self._writer.close()
                    await self._writer.wait_closed()
        finally:
            self.abort()

    def abort(self) -> None:
        """Close at once; whatever was open there is forgotten by the next hop."""
        self.in_transaction = False
        self._writer.transport.abort()

    async def _introduce(self) -> None:
        greeting = await self._reply(self._hop.timeout)
        if greeting.code != 220:
            raise UpstreamUnavailable("the next hop does not greet")
        await self._hello()
        if self._hop.tls is not None:
            await self._start_tls(self._hop.tls)

    async def _hello(self) -> None:
        reply = await self.command(f"EHLO {self._hop.hostname}")
        if not reply.completed:
            reply = await self.command(f"HELO {self._hop.hostname}")
            if not reply.completed:
                raise UpstreamUnavailable("the next hop does not answer our greeting")
            return
        words = (line.partition(" ") for line in reply.lines[1:])
        self.extensions = MappingProxyType({word.upper(): rest for word, _, rest in words})

    async def _start_tls(self, context: ssl.SSLContext) -> None:
        if "STARTTLS" not in self.extensions:
            raise UpstreamUnavailable("the next hop offers no STARTTLS, which is required")
        if (await self.command("STARTTLS")).code != 220:
            raise UpstreamUnavailable("the next hop refused STARTTLS")
        try:
            await self._writer.start_tls(context, server_hostname=self._hop.host)
        except (OSError, TimeoutError):
            raise UpstreamUnavailable("TLS with the next hop failed") from None
        await self._hello()

    async def _exchange(self, octets: bytes) -> Reply:
        await self._send(octets)
        return await self._reply(self._hop.timeout)

    async def _send(self, octets: bytes | memoryview) -> None:
        try:
            async with asyncio.timeout(self._hop.timeout):
                self._writer.write(octets)
                await self._writer.drain()
        except (OSError, TimeoutError):
            self.abort()
            raise UpstreamUnavailable("the next hop hung up or does not read") from None

    async def _reply(self, seconds: float) -> Reply:
        lines = ReplyReader()
        try:
            async with asyncio.timeout(seconds):
                while (reply := lines.feed(await self._line())) is None:
                    pass
        except (OSError, TimeoutError, EOFError, ValueError, ProtocolError):
            self.abort()
            raise UpstreamUnavailable("the next hop hung up or does not answer") from None
        except asyncio.CancelledError:
            self.abort()  # its answer may still come, and must not be taken for another's
            raise
        if reply.code == 421:
            self.abort()
        return reply

    async def _line(self) -> bytes:
        line = await self._reader.readline()  # ValueError beyond the reader's limit
        if not line.endswith(b"\n"):
            raise EOFError
        return line.removesuffix(b"\n").removesuffix(b"\r")
