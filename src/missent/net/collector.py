"""Own the collector's side of an SMTP session: the mail exchanger of typo domains.

The rule: every RCPT to a typo domain is answered with the domain that was meant, by 550 and at once,
whoever sends and whatever the store is doing. In refuse mode no recipient is ever accepted, so no
content is ever taken. In collect mode a message is read, handed to `Collecting`, and acknowledged or
refused only after that has sealed it; where it cannot, 451 and nothing is kept. We are no relay, log
nobody in, and never accept what we would have to bounce.

A recipient is a *hit* and goes to `Noting`; in collect mode once what became of the message is known,
so that a message the client tries again is not counted twice.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

from missent.errors import RelayDenied
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.net.smtp_listener import SmtpListener, client_of
from missent.net.smtp_session import Client, SessionSettings
from missent.service.collection.collection import Hit, Item, Likely
from missent.service.collection.hints import (
    Neighbours,
    is_role,
    refusal,
    refusal_of_all,
    role_refusal,
)
from missent.service.collection.ports import Known
from missent.service.ports import Clock, Ids
from missent.wire.smtp import Mail, Rcpt
from missent.wire.smtp_bytes import Reply

EXTENSIONS = ("PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
"""SIZE without a figure: a client that declares 40 MB shall hear the hint, not that it is too much.
No CHUNKING: BDAT brings content before a recipient was answered. No DSN, no AUTH."""
MAX_RECIPIENTS = 100
"""Collecting: recipients of one message that are accepted (RFC 5321 §4.5.3.1.8: at least 100)."""
OPEN_OCTETS = 512 * 1024 * 1024
"""Collecting: of all messages that are read at one time; beyond it, they are refused with the hint."""
SHARE = 4
"""Collecting: one client has at most a quarter of `OPEN_OCTETS`, so that none can stop the collecting."""
LONGEST = 10
"""Times `timeout` in which one connection may say commands; a great server reuses one for minutes."""
SLOWEST = 5_000
"""Octets a second that a message must come with: 25 MB hold their place for 90 minutes at most."""
_ANY_SIZE = 10**20  # SIZE has at most 20 digits

_OK = Reply.of("250 2.1.0 Ok")
_TAKEN = Reply.of("250 2.1.5 Ok")
_ENOUGH = Reply.of("452 4.5.3 too many recipients, send the others separately")
_SEALED = Reply.of("250 2.0.0 Ok")
_LATER = Reply.of("451 4.3.0 cannot take this message now, try again later")


class Noting(Protocol):
    """Where a collector reports. Must not block and must not raise."""

    def hit(self, hit: Hit) -> None:
        """Note one RCPT to a typo domain."""
        ...

    def refused(self, reason: str) -> None:
        """Note something else that was refused; `reason` is one of our own words."""
        ...


class Collecting(Protocol):
    """Who seals what was sent. Called in a thread."""

    def collect(self, envelope: Envelope, data: bytes, hits: Sequence[tuple[Hit, Likely]]) -> Item:
        """Make one message durable, sealed; raises if it could not, and then keeps nothing."""
        ...


@dataclass(frozen=True, slots=True)
class CollectorSettings:
    """How a collector answers."""

    hostname: str
    neighbours: Neighbours
    operator: Mailbox
    """Whoever runs the typo domains, at an address that works."""
    help_url: str = ""
    accept: bool = False
    """Collecting: once a message is sealed, say 250 instead of the hint."""
    max_size: int = 25_000_000
    """Collecting: octets of one message."""
    max_connections: int = 500
    per_client: int | None = None
    """Connections at once of one IP address."""
    timeout: float = 60.0
    """Seconds for one command, and for each chunk of a message."""
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class CollectorServices:
    """What a collector works with."""

    noting: Noting
    clock: Clock
    ids: Ids
    known: Known | None = None
    collecting: Collecting | None = None
    """None: refuse mode."""
    estimate: Callable[[Hit], Likely] = lambda _hit: Likely.UNCLEAR
    """What a collected message probably is; called in a thread."""
    executor: Executor | None = None
    spare: Callable[[], bool] = lambda: True
    """Collecting: whether the disk has room for more; without it the sender hears the hint alone."""


class CollectorServer:
    """The collector on one listening socket."""

    def __init__(self, settings: CollectorSettings, services: CollectorServices) -> None:
        session = SessionSettings(
            hostname=settings.hostname,
            local_domain=DomainName.parse(settings.hostname),
            max_size=settings.max_size,
            timeout=settings.timeout,
            tls=settings.tls,
            executor=services.executor,
            max_declared=_ANY_SIZE,
            take_ambiguous=True,
            longest=LONGEST * settings.timeout,
            slowest=SLOWEST,
        )
        room = _Room(max(1, OPEN_OCTETS // settings.max_size))
        self._listener = SmtpListener(
            session,
            lambda: _Transactions(settings, services, room),
            settings.max_connections,
            per_client=settings.per_client,
        )

    async def start(self, listening: socket.socket) -> None:
        """Begin to accept connections on a bound socket; `close` closes it."""
        await self._listener.start(listening)

    @property
    def address(self) -> tuple[str, int]:
        """Give host and port we listen on."""
        return self._listener.address

    async def close(self, grace: float = 5.0) -> None:
        """Stop accepting, let open transactions end within `grace` seconds, then end the rest."""
        await self._listener.close(grace)


class _Room:
    """How many messages may be read at one time."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._most = max(1, places // SHARE)
        self._taken: Counter[str] = Counter()
        """Places by client."""

    def take(self, client: str) -> bool:
        """Take a place, if there is one for this client."""
        if self._free == 0 or self._taken[client] >= self._most:
            return False
        self._free -= 1
        self._taken[client] += 1
        return True

    def leave(self, client: str) -> None:
        """Give a place back."""
        self._free += 1
        self._taken[client] -= 1
        if not self._taken[client]:
            del self._taken[client]


class _Transactions:
    """One connection's handler."""

    def __init__(
        self, settings: CollectorSettings, services: CollectorServices, room: _Room
    ) -> None:
        self._settings = settings
        self._services = services
        self._room = room
        self._client = Client("")
        self._mail: Mail | None = None
        self._asked = 0
        self._accepted: list[Rcpt] = []
        self._hits: list[Hit] = []
        """Of accepted recipients, until it is known what became of them."""

    async def hello(self, _client: Client) -> tuple[str, ...]:
        return EXTENSIONS

    async def mail(self, client: Client, command: Mail) -> Reply:
        self._client, self._mail, self._asked = client, command, 0
        return _OK

    async def rcpt(self, command: Rcpt) -> Reply:
        self._asked += 1
        typed, settings = command.mailbox, self._settings
        bare = command.raw.lower() == "<postmaster>"
        meant = None if bare else settings.neighbours.meant(typed.domain)
        if bare or (meant is not None and is_role(typed)):
            self.refused("Role")
            return Reply.of(role_refusal(typed, meant, settings.operator))
        if meant is None:
            raise RelayDenied("not one of our typo domains")
        hit = self._hit(typed, meant)
        if self._may_accept():
            if len(self._accepted) >= MAX_RECIPIENTS:
                return _ENOUGH
            self._accepted.append(command)
            self._hits.append(hit)
            return _TAKEN
        self._services.noting.hit(hit)
        return Reply.of(refusal(typed, meant, settings.help_url))

    async def data(self, content: bytes) -> Reply:
        hits, self._hits = self._hits, []
        envelope = self._envelope()
        try:
            await self._seal(envelope, content, hits)
        except Exception as error:  # whatever it is: nothing was kept, and the client still has it
            self.refused(type(error).__name__)
            return _LATER
        for hit in hits:
            self._services.noting.hit(hit)
        if self._settings.accept:
            return _SEALED
        wrong = [(hit.typed, hit.meant) for hit in hits]
        return Reply.of(refusal_of_all(wrong, self._settings.help_url, sealed=True))

    async def reset(self) -> None:
        """Forget the transaction; its recipients were hits, though nothing was sent to them."""
        if self._accepted:
            self._room.leave(client_of(self._client.address))
        hits, self._hits, self._accepted, self._mail = self._hits, [], [], None
        for hit in hits:
            self._services.noting.hit(hit)

    async def close(self) -> None:
        await self.reset()

    def refused(self, reason: str) -> None:
        self._services.noting.refused(reason)

    def _may_accept(self) -> bool:
        """Tell whether this transaction's message will be read. The hint does not wait for a place."""
        if self._services.collecting is None or self._mail is None:
            return False
        if int(self._mail.parameters.get("SIZE", "0")) > self._settings.max_size:
            return False
        if not self._accepted and not self._services.spare():
            return False
        return bool(self._accepted) or self._room.take(client_of(self._client.address))

    async def _seal(self, envelope: Envelope, content: bytes, hits: Sequence[Hit]) -> None:
        work = functools.partial(_collect, self._services, envelope, content, hits)
        await asyncio.get_running_loop().run_in_executor(self._services.executor, work)

    def _envelope(self) -> Envelope:
        assert self._mail is not None, "the session's table lets DATA come after MAIL alone"
        return Envelope(
            transaction_id=self._services.ids.transaction_id(),
            sender=self._mail.sender,
            recipients=tuple(Recipient(r.mailbox, r.parameters, raw=r.raw) for r in self._accepted),
            received_at=self._services.clock.now(),
            parameters=self._mail.parameters,
            client_address=_address(self._client.address),
        )

    def _hit(self, typed: Mailbox, meant: DomainName) -> Hit:
        known = self._services.known
        return Hit(
            at=self._services.clock.now(),
            client=_address(self._client.address),
            helo=self._client.helo,
            tls=self._client.tls,
            sender=self._mail.sender if self._mail is not None else None,
            typed=typed,
            meant=meant,
            rcpts=self._asked,
            listed=known.listed(typed.local_part, meant) if known is not None else None,
            logged_in=self._client.tried_login,
        )


def _collect(
    services: CollectorServices, envelope: Envelope, content: bytes, hits: Sequence[Hit]
) -> None:
    assert services.collecting is not None, "no recipient is accepted without it"
    services.collecting.collect(envelope, content, [(hit, services.estimate(hit)) for hit in hits])


def _address(peer: str) -> str:
    """Write an IPv4 client of a socket for both families as IPv4."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    return str(getattr(address, "ipv4_mapped", None) or address)
