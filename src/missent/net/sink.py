"""Own the demo's SMTP sink: keeps the mail it gets in memory, by mailbox, and delivers nothing.

It is the same session and grammar as the proxy's, with another handler. Bounded: the oldest messages
go when there are too many. Its answers can be set, so that it also plays a next hop that refuses.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from missent.mail.domain import DomainName
from missent.mail.envelope import Parameters
from missent.mail.mailbox import Mailbox
from missent.net.smtp_listener import SmtpListener, bind
from missent.net.smtp_session import Client, SessionSettings
from missent.service.ports import Clock
from missent.wire.esmtp import mail_line, rcpt_line
from missent.wire.smtp import Mail, Rcpt
from missent.wire.smtp_bytes import Reply

_OK = Reply.of("250 2.0.0 Ok")


@dataclass(frozen=True, slots=True)
class SunkMessage:
    """One copy of one message."""

    recipient: Mailbox
    sender: Mailbox | None
    data: bytes
    at: datetime
    parameters: Parameters
    """Of MAIL."""
    recipient_parameters: Parameters
    """Of this RCPT."""


@dataclass(frozen=True, slots=True)
class SinkSettings:
    """What the sink offers, and how much it keeps."""

    hostname: str = "sink.example"
    extensions: tuple[str, ...] = ("8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES")
    max_size: int = 64 * 1024 * 1024
    max_messages: int = 5_000
    max_octets: int = 256 * 1024 * 1024
    """Of all kept messages together."""


@dataclass(slots=True)
class SinkAnswers:
    """What the sink answers instead of 250; set at any time."""

    mail: Reply | None = None
    recipients: dict[Mailbox, Reply] = field(default_factory=dict)
    data: Reply | None = None
    """After the message; one that is not 2yz keeps nothing."""


class Sink:
    """An SMTP server on loopback whose mailboxes are in memory. Reading is safe from any thread."""

    def __init__(self, clock: Clock, settings: SinkSettings | None = None) -> None:
        self.settings = settings or SinkSettings()
        self.answers = SinkAnswers()
        self._clock = clock
        self._kept: deque[SunkMessage] = deque()
        self._octets = 0
        self._heard: deque[str] = deque(maxlen=10_000)
        self._lock = threading.Lock()
        session = SessionSettings(
            self.settings.hostname,
            DomainName.parse(self.settings.hostname),
            self.settings.max_size,
        )
        self._listener = SmtpListener(session, lambda: _Sinking(self), max_connections=200)

    async def start(self, listen: str = "127.0.0.1:0") -> None:
        """Begin to accept mail."""
        await self._listener.start(bind(listen))

    async def close(self) -> None:
        """Stop; what was received stays readable."""
        await self._listener.close(grace=0)

    @property
    def address(self) -> tuple[str, int]:
        """Give host and port."""
        return self._listener.address

    def messages(self, where: Mailbox | DomainName | None = None) -> tuple[SunkMessage, ...]:
        """Give what came for a mailbox, for a whole domain, or for anybody; oldest first."""
        with self._lock:
            kept = tuple(self._kept)
        if isinstance(where, Mailbox):
            return tuple(message for message in kept if message.recipient == where)
        if isinstance(where, DomainName):
            return tuple(message for message in kept if message.recipient.domain == where)
        return kept

    @property
    def heard(self) -> tuple[str, ...]:
        """Give every MAIL, RCPT, XFORWARD, DATA and RSET that was carried out or refused here."""
        with self._lock:
            return tuple(self._heard)

    def clear(self) -> None:
        """Forget all messages and all that was heard."""
        with self._lock:
            self._kept.clear()
            self._heard.clear()
            self._octets = 0

    def keep(self, message: SunkMessage) -> None:
        """Put a message into its mailbox, and let the oldest go beyond the bounds."""
        with self._lock:
            self._kept.append(message)
            self._octets += len(message.data)
            while (
                len(self._kept) > self.settings.max_messages
                or self._octets > self.settings.max_octets
            ):
                self._octets -= len(self._kept.popleft().data)

    def hear(self, line: str) -> None:
        """Note a command."""
        with self._lock:
            self._heard.append(line)

    def now(self) -> datetime:
        """Give the time a message came."""
        return self._clock.now()


class _Sinking:
    """One connection's handler."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._mail: Mail | None = None
        self._recipients: dict[Mailbox, Parameters] = {}

    async def hello(self, _client: Client) -> tuple[str, ...]:
        return (f"SIZE {self._sink.settings.max_size}", *self._sink.settings.extensions)

    async def mail(self, client: Client, command: Mail) -> Reply:
        self._hear_forwarded(client.forwarded)
        self._sink.hear(mail_line(command.sender, command.parameters))
        reply = self._sink.answers.mail or _OK
        if reply.completed:
            self._mail = command
        return reply

    async def rcpt(self, command: Rcpt) -> Reply:
        self._sink.hear(rcpt_line(command.mailbox, command.parameters))
        reply = self._sink.answers.recipients.get(command.mailbox, Reply.of("250 2.1.5 Ok"))
        if reply.completed:
            self._recipients[command.mailbox] = command.parameters
        return reply

    async def data(self, content: bytes) -> Reply:
        self._sink.hear("DATA")
        reply = self._sink.answers.data or _OK
        mail, recipients = self._mail, self._recipients
        self._mail, self._recipients = None, {}
        if reply.completed and mail is not None:
            for mailbox, parameters in recipients.items():
                at = self._sink.now()
                self._sink.keep(
                    SunkMessage(mailbox, mail.sender, content, at, mail.parameters, parameters)
                )
        return reply

    async def reset(self) -> None:
        if self._mail is not None:
            self._sink.hear("RSET")
        self._mail, self._recipients = None, {}

    async def close(self) -> None:
        self._mail, self._recipients = None, {}

    def refused(self, reason: str) -> None:
        """The sink keeps no log."""

    def _hear_forwarded(self, forwarded: Mapping[str, str]) -> None:
        if forwarded:
            self._sink.hear("XFORWARD " + " ".join(f"{k}={v}" for k, v in forwarded.items()))
