"""Own the stage for milter tests: a scripted guard, a log that remembers, an MTA's end of the wire."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from missent.judge.verdict import Verdict
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.net.milter import InboundFeed, MilterServer, MilterSettings, bind
from missent.net.milter_duty import Surroundings
from missent.service.guard import Decision
from missent.wire import milter as wire
from missent.wire.milter_write import encode

AT = datetime(2031, 3, 4, 5, 6, tzinfo=UTC)
OURS = DomainName.parse("contractor.example")
ALL_STEPS = 0x1FFFFF
ALL_ACTIONS = 0x1FF
FINAL = "ctardys"
"""Letters of replies after which an MTA goes on."""


def box(text: str) -> Mailbox:
    """Read a mailbox."""
    return Mailbox.parse(text)


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Give the one time there is."""
        return AT


class CountedIds:
    """Ids that a test can foresee."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def hold_id(self) -> str:
        """Give a hold id; milters never ask for one."""
        raise NotImplementedError

    def code(self) -> str:
        """Give a code; milters never ask for one."""
        raise NotImplementedError

    def transaction_id(self) -> str:
        """Give own-1, own-2, ..."""
        return f"own-{next(self._numbers)}"


class Remembering:
    """An `EdgeLog` that keeps everything."""

    def __init__(self) -> None:
        self.decisions: list[tuple[str, str]] = []
        self.refusals: list[tuple[str, str, str]] = []

    def judged(self, edge: str, envelope: Envelope, decision: Decision, seconds: float) -> None:
        """Keep edge and transaction."""
        assert seconds >= 0
        self.decisions.append((edge, envelope.transaction_id))

    def refused(self, edge: str, reason: str, transaction_id: str) -> None:
        """Keep all of it."""
        self.refusals.append((edge, reason, transaction_id))

    @property
    def reasons(self) -> list[str]:
        """Give the reasons alone."""
        return [reason for _, reason, _ in self.refusals]


class Judge:
    """A guard that withholds a set of mailboxes, or does what `script` says."""

    def __init__(self, *withheld: str) -> None:
        self.restart(*withheld)

    def restart(self, *withheld: str) -> None:
        """Forget everything; withhold these from now on."""
        self.withheld = frozenset(map(box, withheld))
        self.script: Callable[[Envelope], Decision] | None = None
        self.at_rcpt: Callable[[Mailbox], str | None] = lambda _: None
        self.seen: list[tuple[Envelope, bytes]] = []
        self.asked: list[tuple[Mailbox, tuple[Mailbox, ...]]] = []

    def consider(self, envelope: Envelope) -> Mapping[Mailbox, Verdict]:
        """Judge nothing; milters do not ask."""
        raise NotImplementedError

    def refuse_at_rcpt(self, envelope: Envelope, recipient: Mailbox) -> str | None:
        """Answer as `at_rcpt` says."""
        self.asked.append((recipient, envelope.mailboxes))
        return self.at_rcpt(recipient)

    def decide(self, envelope: Envelope, data: bytes, *, edge: str, prepared: bool) -> Decision:
        """Withhold what was to be withheld."""
        assert (edge, prepared) == ("milter", False)
        self.seen.append((envelope, data))
        if self.script is not None:
            return self.script(envelope)
        every = frozenset(envelope.mailboxes)
        return Decision({}, every - self.withheld, every & self.withheld)

    def activate(self, decision: Decision, envelope: Envelope) -> None:
        """Only prepared holds are activated."""
        raise NotImplementedError

    def withdraw(self, decision: Decision) -> None:
        """Only prepared holds are withdrawn."""
        raise NotImplementedError

    @property
    def envelope(self) -> Envelope:
        """Give the last envelope."""
        return self.seen[-1][0]

    @property
    def data(self) -> bytes:
        """Give the last message."""
        return self.seen[-1][1]


class Mta:
    """An MTA's end of a milter connection: says commands, hears replies, waits as Postfix does."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.choice = wire.Negotiate(0, 0, 0)

    @classmethod
    async def to(
        cls, listening: socket.socket, *, steps: int = ALL_STEPS, actions: int = ALL_ACTIONS
    ) -> Mta:
        """Connect and negotiate."""
        where = listening.getsockname()
        if listening.family == socket.AF_UNIX:
            mta = cls(*await asyncio.open_unix_connection(where))
        else:
            mta = cls(*await asyncio.open_connection(*where[:2]))
        mta.say(wire.Negotiate(6, actions, steps))
        letter, payload = await mta.hear()
        assert letter == "O"
        choice = wire.decode(ord(letter), payload)
        assert isinstance(choice, wire.Negotiate)
        mta.choice = choice
        return mta

    def say(self, *commands: wire.Command) -> None:
        """Send commands in one write."""
        self.writer.write(b"".join(map(encode, commands)))

    async def hear(self) -> tuple[str, bytes]:
        """Read one reply: letter and payload."""
        async with asyncio.timeout(30):
            size = int.from_bytes(await self.reader.readexactly(4), "big")
            packet = await self.reader.readexactly(size)
        return chr(packet[0]), packet[1:]

    async def ask(self, command: wire.Command) -> list[tuple[str, bytes]]:
        """Send one command and read its replies, if it has any."""
        self.say(command)
        flag = wire.SILENT.get(type(command))
        if isinstance(command, wire.Macros | wire.Abort | wire.Quit):
            return []
        if flag is not None and self.choice.steps & flag:
            return []
        replies = [await self.hear()]
        while replies[-1][0] not in FINAL:
            replies.append(await self.hear())
        return replies

    async def connect(self, address: str = "192.0.2.1", port: int = 4711) -> None:
        """Introduce an SMTP client."""
        await self.ask(wire.Macros("C", {"daemon_name": "gateway"}))
        await self.ask(wire.Connect(b"client.example", "4", port, address))
        await self.ask(wire.Helo(b"client.example"))

    async def send(
        self,
        *recipients: bytes,
        sender: bytes = b"<ann@contractor.example>",
        fields: Sequence[tuple[bytes, bytes]] = ((b"Subject", b" crew list"),),
        body: bytes = b"x\r\n",
    ) -> list[tuple[str, bytes]]:
        """Send a message as Postfix does; gives the replies to its end."""
        await self.ask(wire.MailFrom(sender))
        for recipient in recipients or (b"<john@army.ml>",):
            await self.ask(wire.RcptTo(recipient))
        await self.ask(wire.Macros("T", {"i": "4ABC"}))
        await self.ask(wire.Data())
        for name, value in fields:
            await self.ask(wire.Header(name, value))
        await self.ask(wire.EndOfHeaders())
        for start in range(0, len(body), 65535):
            if await self.ask(wire.Body(body[start : start + 65535])) == [("s", b"")]:
                break
        return await self.ask(wire.EndOfMessage())

    async def close(self) -> None:
        """Say good-bye and hang up."""
        self.say(wire.Quit())
        self.writer.close()
        async with asyncio.timeout(30):
            await self.writer.wait_closed()


class Stage:
    """What a test has in hand."""

    def __init__(self, listening: socket.socket, judge: Judge) -> None:
        self.listening = listening
        self.judge = judge
        self.log = Remembering()
        self.executor = ThreadPoolExecutor(2)
        self.server: MilterServer | InboundFeed

    @property
    def around(self) -> Surroundings:
        """Give what the edge stands on."""
        return Surroundings(self.executor, FixedClock(), CountedIds(), self.log)


@asynccontextmanager
async def stage(
    listen: str,
    judge: Judge | None = None,
    *,
    on_message: Callable[[Envelope, bytes], None] | None = None,
    refuse_at_rcpt: bool = False,
    max_size: int = 100_000,
    verdict_cap: float = 10.0,
) -> AsyncIterator[Stage]:
    """Serve `judge`, or feed `on_message`, at `listen`; everything is closed at the end."""
    held = Stage(bind(listen), judge or Judge())
    settings = MilterSettings([held.listening], refuse_at_rcpt, max_size, verdict_cap, OURS)
    if on_message is None:
        held.server = MilterServer(held.judge, settings, held.around)
    else:
        held.server = InboundFeed(on_message, settings, held.around)
    await held.server.start()
    try:
        yield held
    finally:
        await held.server.close(limit=1)
        held.executor.shutdown()


Scene = Callable[[Stage, Mta], Coroutine[Any, Any, None]]
GO_ON = [("c", b"")]


def play(listen: str, scene: Scene, judge: Judge | None = None, **options: Any) -> None:
    """Play a scene with one MTA that has introduced its client."""

    async def run() -> None:
        async with stage(listen, judge, **options) as held:
            mta = await Mta.to(held.listening)
            try:
                await mta.connect()
                await scene(held, mta)
            finally:
                await mta.close()

    asyncio.run(run())
