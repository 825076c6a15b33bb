"""Own one SMTP connection on the server side: reading, answering, TLS, login; nothing of the mail.

Theory of operation. A session reads a line, parses it (`wire.smtp`), asks the transition table
whether it may come now, lets its `Handler` carry it out, answers, and only then reads on; so
pipelined commands work, offered or not. Where PIPELINING is offered, the replies to a group go out
together (RFC 2920 §3.2); elsewhere nothing is executed before the last command was answered. The
message itself is read here, too: bounded, ended by CRLF "." CRLF alone, and refused whole if other
programs could read it differently. Proxy, collector and the demo's sink are handlers of this session.

Nothing behind a refused DATA is taken for a command: `wire.smtp_groups` says why, and what may come then.

An exception that is not ours becomes ``451 4.3.0``, and only its type is told.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Protocol, TypeVar

from missent.errors import (
    CallerError,
    MalformedCommand,
    MalformedMessage,
    MessageTooBig,
    MissentError,
    OutOfSequence,
    ProtocolError,
    UnknownVerb,
    UpstreamUnavailable,
)
from missent.mail.domain import DomainName
from missent.net.sasl import MECHANISMS, Authenticator, Login
from missent.net.smtp_stream import READ_SIZE, Gone, SmtpStream
from missent.wire.esmtp import Grammar
from missent.wire.smtp import (
    Auth,
    Command,
    Hello,
    Mail,
    Plain,
    Rcpt,
    State,
    Verb,
    XForward,
    follow,
    parse_command,
)
from missent.wire.smtp_bytes import DataReader, Reply, ambiguous
from missent.wire.smtp_groups import Groups

_MAX_MISTAKES = 20  # commands nobody can read, before the connection is closed
_GUESS = 5  # mistakes that one wrong password counts for
_TURN = 20  # commands of one client after which the others have their turn
_TOO_MANY = Reply.of("421 4.7.0 too many errors, closing")
_STOPPING = Reply.of("421 4.3.2 shutting down, try again later")
_OK = Reply.of("250 2.0.0 Ok")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of the other side, replaced whenever more is learned."""

    address: str
    """The peer's IP address."""
    helo: str = ""
    """What it calls itself, as written; never trusted."""
    tls: bool = False
    certificate_subject: str | None = None
    """Of a certificate that TLS verified."""
    login: str | None = None
    tried_login: bool = False
    """Whether it said AUTH where none was offered: it takes us for another server, or guesses."""
    forwarded: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """XFORWARD attributes for the next transaction, as written."""


class Handler(Protocol):
    """What a server does with the commands of one connection. Any may raise `MissentError`."""

    async def hello(self, client: Client) -> tuple[str, ...]:
        """Give the extension lines to offer; an open transaction is forgotten."""
        ...

    async def mail(self, client: Client, command: Mail) -> Reply:
        """Begin a transaction; a reply that is not accepting leaves none open."""
        ...

    async def rcpt(self, command: Rcpt) -> Reply:
        """Add a recipient, or refuse it."""
        ...

    async def data(self, content: bytes) -> Reply:
        """Take the message (CRLF line ends, unstuffed, unambiguous); the transaction ends."""
        ...

    async def reset(self) -> None:
        """Forget the open transaction, if there is one."""
        ...

    async def close(self) -> None:
        """Forget everything: the connection has ended. Must not raise."""
        ...

    def refused(self, reason: str) -> None:
        """Note that the session itself refused something; `reason` is an exception's type name."""
        ...


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """What every connection of one listener shares."""

    hostname: str
    local_domain: DomainName
    max_size: int
    timeout: float = 300.0
    tls: ssl.SSLContext | None = None
    authenticator: Authenticator | None = None
    executor: Executor | None = None
    """Where work on large messages is done; None = the loop's own."""
    max_declared: int | None = None
    """Octets that MAIL may declare by SIZE; None = `max_size`."""
    take_ambiguous: bool = False
    """Take messages with a bare CR, LF or NUL, too: for a handler that passes nothing on."""
    longest: float | None = None
    """Seconds from the greeting on in which commands are read; None = no end."""
    slowest: float | None = None
    """Octets a second that a message must have come with, after its first `timeout`; None = any."""


class SmtpSession:
    """One connection, from greeting to close."""

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        settings: SessionSettings,
        handler: Handler,
    ) -> None:
        self._stream = SmtpStream(*streams, settings.timeout)
        self._settings = settings
        self._handler = handler
        self._client = Client(self._stream.peer)
        self._state = State.CONNECTED
        self._end: float | None = None
        """When the last command may come, on the loop's clock."""
        self._offered: frozenset[str] = frozenset()
        self._smtputf8 = False
        self._mistakes = 0
        self._groups = Groups()
        self.idle = False
        """Whether the session waits for a command outside any transaction."""
        self.stopping = False
        """Set from outside: the session ends before its next transaction."""

    @property
    def peer(self) -> str:
        """Give the client's IP address; empty if it was gone at once."""
        return self._client.address

    async def run(self) -> None:
        """Serve the connection until it ends; never raises but for cancellation."""
        if self._settings.longest is not None:
            self._end = asyncio.get_running_loop().time() + self._settings.longest
        try:
            await self._stream.send(Reply.of(f"220 {self._settings.hostname} ESMTP"))
            for turn in itertools.count(1):
                if not await self._step():
                    break
                if (
                    turn % _TURN == 0
                ):  # a group that was read at once is carried out without a pause
                    await asyncio.sleep(0)
        except Gone as gone:  # nothing was promised that is not kept
            if gone.late:
                self._stream.send_last(Reply.of("421 4.4.2 timeout, closing"))
        except asyncio.CancelledError:
            self._stream.send_last(_STOPPING)
            raise
        finally:
            try:
                await self._handler.close()
            finally:
                await self._stream.close()

    async def _step(self) -> bool:
        """Read, carry out and answer one command; gives whether the connection goes on."""
        if self.stopping and self._between_transactions:
            self._stream.send_last(_STOPPING)
            return False
        try:
            reply = await self._answer(await self._line())
        except Gone:
            raise
        except MissentError as error:
            reply = self._refusal(error)
        except Exception as error:
            self._handler.refused(type(error).__name__)
            reply = Reply.of(MissentError().reply())
        if reply is not None:
            await self._say(reply)
        if (self._groups.wary and await self._stream.more_came()) or (
            reply is not None and reply.code == 521
        ):
            await self._stream.linger()
            return False
        return reply is None or not reply.closing

    async def _say(self, reply: Reply) -> None:
        """Answer, with what follows if the client's next command is here already."""
        more = self._groups.offered and not self._groups.wary and self._stream.has_line
        together = more and not reply.closing
        await (self._stream.hold if together else self._stream.send)(reply)

    @property
    def _between_transactions(self) -> bool:
        return self._state in (State.CONNECTED, State.GREETED)

    def _refusal(self, error: MissentError) -> Reply:
        self._handler.refused(type(error).__name__)
        if isinstance(error, ProtocolError):
            return Reply.of("521 5.5.2 not SMTP: lines end in CRLF, closing")
        reply = Reply.of(error.reply())
        return self._mistake(1, reply) if isinstance(error, MalformedCommand) else reply

    def _mistake(self, weight: int, reply: Reply) -> Reply:
        """Give the reply to a mistake, or the last one to a client that makes too many."""
        self._mistakes += weight
        return _TOO_MANY if self._mistakes > _MAX_MISTAKES else reply

    # --- commands ------------------------------------------------------------------------------

    async def _answer(self, line: bytes) -> Reply | None:
        command, after = self._understood(line)
        reply = await self._carry_out(command)
        if reply is None or reply.accepted:
            self._state = after
        return reply

    def _understood(self, line: bytes) -> tuple[Command, State]:
        """Read a command and look up where it leads; raises what to answer to one that may not come."""
        self._groups.begin(line)
        grammar = Grammar(self._settings.local_domain, self._offered, self._smtputf8)
        try:
            command = parse_command(line, grammar)
            after = follow(self._state, command.verb)
        except CallerError as error:
            raise self._groups.refusal(line, self._state, error) from None
        self._groups.understood()
        return command, after

    async def _carry_out(self, command: Command) -> Reply | None:
        match command:
            case Hello():
                return await self._hello(command)
            case Mail():
                return await self._mail(command)
            case Rcpt():
                return await self._handler.rcpt(command)
            case Auth():
                return await self._auth(command)
            case XForward():
                return self._xforward(command)
            case Plain(verb=verb):
                return await self._plain(verb)

    async def _plain(self, verb: Verb) -> Reply | None:
        match verb:
            case Verb.DATA:
                return await self._data()
            case Verb.RSET:
                await self._end_transaction()
                return _OK
            case Verb.STARTTLS:
                await self._start_tls()
                return None
            case Verb.VRFY:
                return Reply.of("252 2.0.0 send mail, and see")
            case Verb.QUIT:
                return Reply.of(f"221 2.0.0 {self._settings.hostname} closing")
            case _:
                return _OK

    async def _hello(self, command: Hello) -> Reply:
        await self._end_transaction()
        self._client = replace(self._client, helo=command.name)
        try:
            lines = await self._handler.hello(self._client)
        except UpstreamUnavailable as error:  # nothing can be offered: come back later
            self._handler.refused(type(error).__name__)
            return Reply.of(f"421 {error.enhanced} {error.public}")
        self._groups.offered = "PIPELINING" in lines
        if command.verb is Verb.HELO:
            self._offered = frozenset()
            return Reply(250, (self._settings.hostname,))
        lines += self._own_extensions()
        self._offered = frozenset(line.partition(" ")[0].upper() for line in lines)
        return Reply(250, (self._settings.hostname, *lines))

    def _own_extensions(self) -> tuple[str, ...]:
        own: tuple[str, ...] = ()
        if self._settings.tls is not None and not self._client.tls:
            own += ("STARTTLS",)
        if self._settings.authenticator is not None and self._client.tls:
            own += (f"AUTH {' '.join(MECHANISMS)}",)
        return own

    async def _mail(self, command: Mail) -> Reply:
        most = self._settings.max_declared or self._settings.max_size
        if int(command.parameters.get("SIZE", "0")) > most:
            raise MessageTooBig("declared by SIZE")
        reply = await self._handler.mail(self._client, command)
        self._smtputf8 = reply.accepted and "SMTPUTF8" in command.parameters
        return reply

    def _xforward(self, command: XForward) -> Reply:
        if "XFORWARD" not in self._offered:
            raise UnknownVerb("XFORWARD was not offered to this client")
        merged = {**self._client.forwarded, **command.attributes}
        self._client = replace(self._client, forwarded=MappingProxyType(merged))
        return _OK

    async def _data(self) -> Reply:
        await self._stream.send(Reply.of("354 End data with <CR><LF>.<CR><LF>"))
        reader = DataReader(self._settings.max_size)
        chunk = self._stream.take()
        began = asyncio.get_running_loop().time()
        while not reader.feed(chunk):
            chunk = await self._stream.chunk(self._until(began, reader.received))
        self._stream.give_back(reader.leftover)
        self._state = follow(self._state, Verb.DATA)  # whatever is answered, it is over
        try:
            content = await self._offload(reader.received, self._content_of(reader))
            del reader, chunk  # a large message is not kept twice while it is judged
            return await self._handler.data(content)
        finally:
            await self._end_transaction()

    def _until(self, began: float, received: int) -> float | None:
        """Give when the next octets of a message must be here; None: within the usual time."""
        settings = self._settings
        if settings.slowest is None:
            return None
        patience = began + settings.timeout + received / settings.slowest
        return min(asyncio.get_running_loop().time() + settings.timeout, patience)

    def _content_of(self, reader: DataReader) -> Callable[[], bytes]:
        return functools.partial(_content, reader, refuse=not self._settings.take_ambiguous)

    async def _end_transaction(self) -> None:
        """Forget it on both sides; XFORWARD attributes last for one transaction, as in Postfix."""
        self._smtputf8 = False
        self._groups.end()
        self._client = replace(self._client, forwarded=MappingProxyType({}))
        await self._handler.reset()

    # --- TLS and login -------------------------------------------------------------------------

    async def _start_tls(self) -> None:
        """Answer by the handshake itself; afterwards nothing said before it counts."""
        context = self._settings.tls
        if context is None or self._client.tls:
            raise UnknownVerb("STARTTLS is not offered")
        await self._stream.refuse_early_octets()
        await self._stream.send(Reply.of("220 2.0.0 go ahead"))
        try:
            subject = await self._stream.start_tls(context)
        except Gone:
            self._handler.refused("NoTls")
            raise
        await self._end_transaction()
        self._client = Client(self._client.address, tls=True, certificate_subject=subject)
        self._offered = frozenset()

    async def _auth(self, command: Auth) -> Reply:
        authenticator = self._settings.authenticator
        if authenticator is None or "AUTH" not in self._offered:
            self._client = replace(self._client, tried_login=True)
            raise UnknownVerb("AUTH was not offered")
        if self._client.login is not None:
            raise OutOfSequence("already authenticated")
        login = Login.begin(command)
        while not login.complete:
            await self._stream.send(Reply.of(f"334 {login.challenge}"))
            login = login.answer(await self._line())
        verify = functools.partial(authenticator.verify, login.name, login.password)
        if not await self._in_executor(verify):
            self._handler.refused("BadLogin")
            return self._mistake(_GUESS, Reply.of("535 5.7.8 authentication failed"))
        self._client = replace(self._client, login=login.name)
        return Reply.of("235 2.7.0 authenticated")

    # --- waiting -------------------------------------------------------------------------------

    async def _line(self) -> bytes:
        self.idle = self._between_transactions
        try:
            return await self._stream.line(self._end)
        finally:
            self.idle = False

    async def _offload(self, size: int, work: Callable[[], _T]) -> _T:
        return work() if size <= READ_SIZE else await self._in_executor(work)

    async def _in_executor(self, work: Callable[[], _T]) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._settings.executor, work)


def _content(reader: DataReader, *, refuse: bool) -> bytes:
    if reader.too_big:
        raise MessageTooBig("more octets than the limit")
    content = reader.content()
    if refuse and ambiguous(content):
        raise MalformedMessage("a bare CR, a bare LF or a NUL")
    return content
