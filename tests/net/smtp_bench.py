"""Own what the SMTP tests share: a guard that decides as told, and a proxy between client and sink."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event

from missent.judge.verdict import Action, Verdict
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.mail.rewrite import HeaderEdit
from missent.net.forwarding import ProxyServices
from missent.net.sink import Sink, SinkSettings
from missent.net.smtp import ProxyServer, ProxySettings, bind
from missent.service.guard import Decision

LOCAL = DomainName.parse("contractor.example")
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
_PATIENCE = 20.0  # seconds for one line, or for the other side to read
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class StoppedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        return AT


class CountingIds:
    """Ids one can read in a test."""

    def __init__(self) -> None:
        self._count = 0

    def hold_id(self) -> str:
        return "hold"

    def code(self) -> str:
        return "12345678"

    def transaction_id(self) -> str:
        self._count += 1
        return f"T{self._count}"


@dataclass
class FakeJudging:
    """A guard that holds what it is told to hold, and writes down what it was asked."""

    held: set[Mailbox] = field(default_factory=set)
    held_late: set[Mailbox] = field(default_factory=set)
    """Held only once the message is known."""
    held_early: set[Mailbox] = field(default_factory=set)
    """Held by the envelope, delivered once the message is known."""
    blocked: set[Mailbox] = field(default_factory=set)
    slips: dict[Mailbox, str] = field(default_factory=dict)
    edits: tuple[HeaderEdit, ...] = ()
    remove_fields: tuple[str, ...] = ()
    failures: dict[str, Exception] = field(default_factory=dict)
    """Method -> what it raises."""
    waits_for: Event | None = None
    """`decide` waits for it."""
    calls: list[str] = field(default_factory=list)
    envelopes: list[Envelope] = field(default_factory=list)
    in_force: set[str] = field(default_factory=set)
    """Holds, named by their message's digest."""

    def consider(self, envelope: Envelope) -> Mapping[Mailbox, Verdict]:
        self._fail("consider")
        waits = self.held | self.held_early | self.blocked
        return {box: _verdict(box, box in waits) for box in envelope.mailboxes}

    def refuse_at_rcpt(self, envelope: Envelope, recipient: Mailbox) -> str | None:
        assert recipient in envelope.mailboxes
        return self.slips.get(recipient)

    def decide(self, envelope: Envelope, data: bytes, *, edge: str, prepared: bool) -> Decision:
        assert (edge, prepared) == ("proxy", True)
        if self.waits_for is not None:
            assert self.waits_for.wait(30)
        self.calls.append("decide")
        self.envelopes.append(envelope)
        self._fail("decide")
        everybody = frozenset(envelope.mailboxes)
        if everybody <= self.blocked:
            return Decision({}, frozenset(), everybody, refusal="550 5.7.1 not sent: wrong address")
        withheld = everybody & (self.held | self.held_late | self.blocked)
        name = hashlib.sha256(data).hexdigest()
        known = name in self.in_force
        return Decision(
            {box: _verdict(box, box in withheld) for box in envelope.mailboxes},
            everybody - withheld,
            withheld,
            hold_id=name if withheld else None,
            edits=self.edits,
            remove_fields=self.remove_fields,
            already_passed=known,
        )

    def activate(self, decision: Decision, envelope: Envelope) -> None:
        self.calls.append("activate")
        self._fail("activate")
        if decision.hold_id is not None:
            self.in_force.add(decision.hold_id)

    def withdraw(self, decision: Decision) -> None:
        self.calls.append("withdraw")
        self._fail("withdraw")

    def _fail(self, method: str) -> None:
        if method in self.failures:
            raise self.failures[method]


def _verdict(box: Mailbox, waits: bool) -> Verdict:
    return Verdict(box, Action.HOLD if waits else Action.DELIVER, 0.9 if waits else 0.0, 0, "test")


@dataclass
class FakeLog:
    """Remembers what the edge reported."""

    refusals: list[str] = field(default_factory=list)
    judgements: list[str] = field(default_factory=list)

    def judged(self, edge: str, envelope: Envelope, decision: Decision, seconds: float) -> None:
        assert seconds >= 0
        self.judgements.append(f"{edge} {envelope.transaction_id}")

    def refused(self, edge: str, reason: str, transaction_id: str) -> None:
        assert edge == "proxy"
        assert transaction_id.startswith("T")
        self.refusals.append(reason)


class FakePasswords:
    """One login."""

    def verify(self, login: str, password: str) -> bool:
        return (login, password) == ("ann", "correct horse")


@dataclass
class Bench:
    """A proxy before a sink."""

    judging: FakeJudging
    log: FakeLog
    sink: Sink
    proxy: ProxyServer


@dataclass
class Plan:
    """How a bench is to be set up."""

    judging: FakeJudging = field(default_factory=FakeJudging)
    sink: SinkSettings = field(default_factory=SinkSettings)
    change: Callable[[ProxySettings], ProxySettings] = lambda settings: settings
    authenticator: FakePasswords | None = None
    upstream: tuple[str, int] | None = None
    """Another next hop than the sink."""


@asynccontextmanager
async def bench(plan: Plan | None = None) -> AsyncIterator[Bench]:
    """Run a proxy and its sink on loopback; both are closed, with all sessions over, at the end."""
    plan = plan or Plan()
    sink = Sink(StoppedClock(), plan.sink)
    await sink.start()
    host, port = plan.upstream or sink.address
    settings = ProxySettings(
        host,
        port,
        hostname="proxy.example",
        local_domain=LOCAL,
        trusted_clients=(LOOPBACK,),
        timeout=20.0,
    )
    log = FakeLog()
    services = ProxyServices(plan.judging, CountingIds(), StoppedClock(), log, plan.authenticator)
    proxy = ProxyServer(plan.change(settings), services)
    await proxy.start(bind("127.0.0.1:0"))
    try:
        yield Bench(plan.judging, log, sink, proxy)
    finally:
        await proxy.close(grace=10)
        await sink.close()


class Wire:
    """A client that writes and reads octets."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def to(cls, address: tuple[str, int]) -> Wire:
        return cls(*await asyncio.open_connection(*address))

    async def send(self, octets: bytes) -> None:
        self.writer.write(octets)
        async with asyncio.timeout(_PATIENCE):
            await self.writer.drain()

    async def line(self) -> str:
        """Read one line; "EOF" at the end."""
        async with asyncio.timeout(_PATIENCE):
            line = await self.reader.readline()
        return line.decode().removesuffix("\r\n") if line else "EOF"

    async def reply(self) -> str:
        """Read one reply; gives its last line."""
        while (line := await self.line())[3:4] == "-":
            pass
        return line

    async def ask(self, *lines: str) -> list[str]:
        """Send each line and read its reply."""
        replies = []
        for line in lines:
            await self.send(line.encode() + b"\r\n")
            replies.append(await self.reply())
        return replies

    async def close(self) -> None:
        await _hang_up(self.writer)


async def _hang_up(writer: asyncio.StreamWriter) -> None:
    """Close; a peer that does not read what is still to be sent keeps nobody waiting for ever."""
    writer.close()
    try:
        with suppress(OSError):  # TimeoutError is one
            async with asyncio.timeout(_PATIENCE):
                await writer.wait_closed()
    finally:
        writer.transport.abort()


@asynccontextmanager
async def connected(address: tuple[str, int]) -> AsyncIterator[Wire]:
    """Open a connection whose greeting was read."""
    wire = await Wire.to(address)
    try:
        await wire.reply()
        yield wire
    finally:
        await wire.close()


Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def rude_hop(behave: Behaviour) -> AsyncIterator[tuple[str, int]]:
    """Run a next hop that does exactly what `behave` does on each connection."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await behave(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            await _hang_up(writer)
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        yield host, port
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def answer_lines(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: Mapping[str, bytes]
) -> None:
    """Greet, then answer each command by its verb; ``b""`` hangs up. Data is swallowed."""
    writer.write(answers.get("GREETING", b"220 rude.example\r\n"))
    while line := await reader.readline():
        verb = line[:4].decode().upper()
        answer = answers.get(verb, b"250 Ok\r\n" if verb != "DATA" else b"354 go\r\n")
        if not answer:
            return
        writer.write(answer)
        if answer.startswith(b"354"):
            while await reader.readline() not in (b".\r\n", b""):
                pass
            last = answers.get("END", b"250 Ok\r\n")
            if not last:
                return
            writer.write(last)
