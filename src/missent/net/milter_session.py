"""Own one milter session: which command gets which answer, one at a time.

Theory of operation. `wire.milter` cuts bytes into commands and says which may come now; `Transaction`
gathers what they tell; a `Duty` answers for recipients and at the end of the message. While a duty is
thinking, the connection is not read, so a peer cannot pile up work, and a session keeps at most one
message. All answers that are ready go out in one write.

Two ways to talk. On a UNIX socket the MTA is asked not to wait for answers we never give, which is
the fastest. Over TCP that would cost 40 ms a message (Nagle's algorithm on the MTA's side meets our
delayed acknowledgement), so every step is answered there, DATA above all, and TCP_NODELAY is set.
RCPT is answered on both, since an address outside our grammar must not pass unjudged.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, cast

from missent.errors import MalformedAddress, ProtocolError
from missent.mail.envelope import Envelope, Recipient
from missent.net.milter_duty import Duty, Surroundings
from missent.wire import milter as wire
from missent.wire.milter import Actions, Command, Stage, State, Steps
from missent.wire.milter_transaction import Client, Transaction
from missent.wire.milter_write import CONTINUE, SKIP, negotiated, reply_line

MAX_RECIPIENTS = 10_000  # Postfix stops at 1,000; RFC 5321 §4.5.3.1.8 asks for at least 100
BAD_RECIPIENT = "553 5.1.3 bad recipient address syntax"
BAD_SENDER = "553 5.1.7 bad sender address syntax"
TOO_MANY_RECIPIENTS = "452 4.5.3 too many recipients"

_ALWAYS = Steps.LEADING_SPACE | Steps.NO_UNKNOWN
_SILENT = (
    Steps.SILENT_CONNECT
    | Steps.SILENT_HELO
    | Steps.SILENT_MAIL
    | Steps.SILENT_DATA
    | Steps.SILENT_HEADER
    | Steps.SILENT_END_OF_HEADERS
    | Steps.SILENT_BODY
)
_MACROS = {
    Stage.CONNECT: "j {daemon_name} {client_addr}",
    Stage.HELO: "{cert_subject} {verify}",
    Stage.MAIL: "i {auth_type} {auth_authen} {mail_addr}",
    Stage.RCPT: "i {rcpt_addr} {rcpt_mailer}",
    Stage.DATA: "i",
    Stage.END_OF_HEADERS: "i",
    Stage.END_OF_MESSAGE: "i",
}
"""What we read, asked for by name: an operator may have trimmed the MTA's own lists."""


class Session(asyncio.Protocol):
    """One connection; calls `opened` once it stands, and `lost` is done when it is gone."""

    def __init__(
        self,
        duty: Duty,
        transaction: Transaction,
        around: Surroundings,
        opened: Callable[[Session], None],
    ) -> None:
        self._duty = duty
        self._transaction = transaction
        self._around = around
        self._opened = opened
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._decoder = wire.Decoder()
        self._state = State.FRESH
        self._silent: frozenset[type[Command]] = frozenset()
        self._may_skip = False
        self._over_tcp = False
        self._own_id = ""
        self._waiting: deque[Command] = deque()
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("socket")
        self._over_tcp = peer.family != socket.AF_UNIX
        if self._over_tcp:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # an MTA's host may vanish
        self._opened(self)

    def pause_writing(self) -> None:
        """Give up on a peer that asks on without reading: an MTA waits for each answer."""
        self._give_up(ProtocolError())

    def data_received(self, data: bytes) -> None:
        """Answer what came, as far as it is whole."""
        try:
            self._waiting.extend(self._decoder.feed(data))
            self._work()
        except Exception as error:
            self._give_up(error)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget what was not answered; a duty at work finishes."""
        self._waiting.clear()
        self.lost.set_result(None)

    def cut_off(self) -> None:
        """End the connection now."""
        if self._task is not None:
            self._task.cancel()
        self._transport.abort()

    def _work(self) -> None:
        answers: list[bytes] = []
        while self._waiting and self._task is None:
            command = self._waiting.popleft()
            self._state = wire.step(self._state, command)
            answer = _ANSWERS[type(command)](self, command)
            if isinstance(answer, bytes):
                answers.append(answer)
            else:
                self._transport.pause_reading()
                self._task = asyncio.get_running_loop().create_task(self._later(answer))
        self._write(b"".join(answers))

    async def _later(self, answer: Coroutine[Any, Any, bytes]) -> None:
        try:
            packets = await answer
            self._task = None
            self._write(packets)
            self._transport.resume_reading()
            self._work()
        except Exception as error:
            self._task = None
            self._give_up(error)

    def _write(self, packets: bytes) -> None:
        if packets and not self._transport.is_closing():
            self._transport.write(packets)

    def _give_up(self, error: Exception) -> None:
        self._note(type(error).__name__)
        self._transport.abort()  # the MTA then does as its milter_default_action says

    def _negotiate(self, offer: wire.Negotiate) -> bytes:
        agreed = agree(
            offer.version,
            (offer.actions, offer.steps),
            self._duty.actions,
            refuses=self._duty.refuses,
            over_tcp=self._over_tcp,
        )
        self._silent, self._may_skip = agreed.silent, agreed.may_skip
        self._transaction.leading_space = agreed.leading_space
        return agreed.packet

    def _macros(self, macros: wire.Macros) -> bytes:
        self._transaction.macros(macros)
        return b""

    def _connect(self, connect: wire.Connect) -> bytes:
        self._transaction.client.connected(connect)
        return self._continue(connect)

    def _helo(self, helo: wire.Helo) -> bytes:
        self._transaction.client.helo = helo.name.decode("utf-8", "replace")
        return self._continue(helo)

    def _mail(self, mail: wire.MailFrom) -> bytes:
        self._own_id = ""
        self._transaction.mail(mail, self._around.clock.now())
        if self._transaction.sender_refused:
            return self._refuse(mail, BAD_SENDER, "malformed_sender")
        return self._continue(mail)

    def _rcpt(self, rcpt: wire.RcptTo) -> bytes | Coroutine[Any, Any, bytes]:
        kept = self._transaction.recipients
        if self._transaction.sender_refused:  # where MAIL is silent, this is its answer
            return self._refuse(rcpt, BAD_SENDER, "malformed_sender")
        if len(kept) >= MAX_RECIPIENTS:
            return self._refuse(rcpt, TOO_MANY_RECIPIENTS, "too_many_recipients")
        try:
            recipient = self._transaction.recipient(rcpt)
        except MalformedAddress:
            return self._refuse(rcpt, BAD_RECIPIENT, "malformed_recipient")
        if self._duty.asks_at_rcpt and self._transaction.client.address is not None:
            return self._ask(recipient)
        kept.append(recipient)
        return self._continue(rcpt)

    async def _ask(self, recipient: Recipient) -> bytes:
        kept = self._transaction.recipients
        kept.append(recipient)
        refusal = await self._duty.refusal(self._envelope(), recipient.mailbox)
        if refusal is None:
            return CONTINUE
        kept.pop()  # the MTA drops it, too, and never mentions it again
        self._note("refused_at_rcpt")
        return refusal

    def _header(self, header: wire.Header) -> bytes:
        self._transaction.header(header)
        return self._continue(header)

    def _end_of_headers(self, end: wire.EndOfHeaders) -> bytes:
        self._transaction.end_of_headers()
        return self._continue(end)

    def _body(self, body: wire.Body) -> bytes:
        self._transaction.body(body.chunk)
        if self._transaction.too_big and self._may_skip:
            return SKIP
        return self._continue(body)

    async def _end_of_message(self, end: wire.EndOfMessage) -> bytes:
        self._transaction.body(end.chunk)
        try:
            return await self._duty.conclude(self._transaction, self._envelope())
        finally:
            self._transaction.restart()

    def _abort(self, _abort: wire.Abort) -> bytes:
        self._transaction.restart()
        return b""

    def _quit(self, _quit: wire.Quit) -> bytes:
        self._transport.close()
        return b""

    def _quit_new_connection(self, _quit: wire.QuitNewConnection) -> bytes:
        self._transaction.restart()
        self._transaction.client = Client()
        return b""

    def _continue(self, command: Command) -> bytes:
        return b"" if type(command) in self._silent else CONTINUE

    def _refuse(self, command: Command, line: str, reason: str) -> bytes:
        if not self._duty.refuses or type(command) in self._silent:
            return self._continue(command)
        self._note(reason)
        return reply_line(line)

    def _envelope(self) -> Envelope:
        return self._transaction.envelope(self._name())

    def _name(self) -> str:
        if queue_id := self._transaction.queue_id:
            return queue_id
        self._own_id = self._own_id or self._around.ids.transaction_id()
        return self._own_id

    def _note(self, reason: str) -> None:
        self._around.log.refused(self._duty.edge, reason, self._name())


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was negotiated: the answer to the offer, and what follows from it."""

    packet: bytes
    silent: frozenset[type[Command]]
    """Commands that are not answered."""
    may_skip: bool
    leading_space: bool


@lru_cache(maxsize=64)  # MTAs always offer the same
def agree(
    version: int, offered: tuple[int, int], needs: Actions, *, refuses: bool, over_tcp: bool
) -> Agreement:
    """Choose among the (actions, steps) an MTA offers.

    Raises `ProtocolError` if a duty that needs these actions cannot be done with them.
    """
    actions, steps = offered
    if version < wire.LEAST_VERSION:
        raise ProtocolError("the MTA speaks a milter protocol older than version 2")
    if needs & ~actions:
        raise ProtocolError("the MTA does not let a filter delete recipients or change headers")
    wanted = _ALWAYS | (Steps.SKIP if over_tcp else _SILENT)
    if not over_tcp and not refuses:
        wanted |= Steps.SILENT_RCPT
    chosen = Steps(wanted & steps)
    listing = Actions.CHOOSE_MACROS & actions
    macros = _MACROS if listing else {}
    choice = wire.Negotiate(min(version, wire.VERSION), needs | listing, chosen, macros)
    return Agreement(
        packet=negotiated(choice),
        silent=frozenset(kind for kind, flag in wire.SILENT.items() if flag in chosen),
        may_skip=Steps.SKIP in chosen,
        leading_space=Steps.LEADING_SPACE in chosen,
    )


_ANSWERS: Mapping[type[Command], Callable[..., bytes | Coroutine[Any, Any, bytes]]] = (
    MappingProxyType(
        {
            wire.Negotiate: Session._negotiate,
            wire.Macros: Session._macros,
            wire.Connect: Session._connect,
            wire.Helo: Session._helo,
            wire.MailFrom: Session._mail,
            wire.RcptTo: Session._rcpt,
            wire.Data: Session._continue,
            wire.Unknown: Session._continue,
            wire.Header: Session._header,
            wire.EndOfHeaders: Session._end_of_headers,
            wire.Body: Session._body,
            wire.EndOfMessage: Session._end_of_message,
            wire.Abort: Session._abort,
            wire.Quit: Session._quit,
            wire.QuitNewConnection: Session._quit_new_connection,
        }
    )
)
