"""Own a collector on loopback for its tests: what it is told, what it noted, what it sealed."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from tests.net.smtp_bench import AT, CountingIds, StoppedClock, Wire

from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.net.collector import CollectorServer, CollectorServices, CollectorSettings
from missent.net.smtp import bind
from missent.service.collection.collection import Hit, Item, Likely
from missent.service.collection.hints import Neighbours

EHLO = "EHLO mail.contractor.example"
MAIL = "MAIL FROM:<ann@contractor.example>"
JOHN = "RCPT TO:<john@army.ml>"
HINT = "550 5.1.2 <john@army.ml>: did you mean army.mil? army.ml is another domain; nothing was delivered."
SETTINGS = CollectorSettings(
    hostname="mx.army.ml",
    neighbours=Neighbours.read({"army.ml": "army.mil", "navy.ml": "navy.mil"}),
    operator=Mailbox.parse("ops@owner.example"),
    timeout=20.0,
)


@dataclass
class Heard:
    """Remembers what was noted."""

    hits: list[Hit] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    def hit(self, hit: Hit) -> None:
        """Remember a hit."""
        self.hits.append(hit)

    def refused(self, reason: str) -> None:
        """Remember a refusal."""
        self.refusals.append(reason)

    @property
    def typed(self) -> list[str]:
        """Give the addresses that were typed."""
        return [hit.typed.wire for hit in self.hits]


@dataclass
class Sealing:
    """A custodian that keeps what it is given, or fails."""

    taken: list[tuple[Envelope, bytes, list[tuple[Hit, Likely]]]] = field(default_factory=list)
    failure: Exception | None = None
    waits_for: threading.Event | None = None

    def collect(self, envelope: Envelope, data: bytes, hits: Sequence[tuple[Hit, Likely]]) -> Item:
        """Take a message."""
        if self.waits_for is not None:
            assert self.waits_for.wait(20)
        if self.failure is not None:
            raise self.failure
        self.taken.append((envelope, data, list(hits)))
        typed = tuple(hit.typed.domain for hit, _ in hits)
        organisation = "contractor.example"
        return Item(
            "i", AT, typed, organisation, len(data), 0, (), 0, Likely.REAL, AT + timedelta(days=1)
        )


class Listed:
    """A directory with one mailbox."""

    def listed(self, local_part: str, meant: DomainName) -> bool | None:
        """Know John alone."""
        return local_part == "john" if meant.ascii == "army.mil" else None


@dataclass
class Stage:
    """A running collector and what it noted."""

    server: CollectorServer
    heard: Heard
    sealing: Sealing | None


@asynccontextmanager
async def stage(
    settings: CollectorSettings = SETTINGS,
    sealing: Sealing | None = None,
    spare: Callable[[], bool] = lambda: True,
) -> AsyncIterator[Stage]:
    """Run a collector on loopback."""
    heard = Heard()
    services = CollectorServices(
        heard,
        StoppedClock(),
        CountingIds(),
        Listed(),
        sealing,
        estimate=lambda hit: Likely.REAL if hit.listed else Likely.UNCLEAR,
        spare=spare,
    )
    server = CollectorServer(settings, services)
    await server.start(bind("127.0.0.1:0"))
    try:
        yield Stage(server, heard, sealing)
    finally:
        await server.close(grace=10)


async def rest(wire: Wire) -> list[str]:
    """Read all lines until the other side ends."""
    lines = []
    while (line := await wire.line()) != "EOF":
        lines.append(line)
    return lines


async def send(wire: Wire, body: bytes, *rcpts: str) -> list[str]:
    """Send one message; gives the replies to RCPT and to its end."""
    replies = await wire.ask(MAIL, *rcpts)
    (go,) = await wire.ask("DATA")
    assert go.startswith("354")
    await wire.send(body + b"\r\n.\r\n")
    return [*replies[1:], await wire.reply()]
