"""Own what a milter session is for: guarding outgoing mail, or learning from incoming mail.

A duty is asked about single recipients and about the whole message; it calls the synchronous service
in a bounded pool, never longer than the cap, and always gives an answer, whatever is raised.
`Guarding` fails closed: without a decision the MTA is told to try again. `Learning` fails open: it
stands behind the inbound listener and must never cost anybody a message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol, TypeVar

from missent.errors import MessageTooBig, MissentError, ServiceError, VerdictTimeout
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.net.edgelog import EdgeLog
from missent.service.guard import Decision, Judging
from missent.service.ports import Clock, Ids
from missent.wire.milter import Actions
from missent.wire.milter_transaction import Transaction
from missent.wire.milter_write import (
    CONTINUE,
    DISCARD,
    TEMPFAIL,
    change_header,
    delete_recipient,
    reply_line,
)

_R = TypeVar("_R")
NO_RECIPIENTS = "554 5.5.1 no valid recipients"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an edge stands on."""

    executor: Executor
    """A bounded pool for calls of the synchronous service."""
    clock: Clock
    ids: Ids
    log: EdgeLog


class Duty(Protocol):
    """What a milter session needs to be told."""

    edge: str
    """How logs and metrics name it."""
    actions: Actions
    """What it may ask the MTA to do; without these it cannot work."""
    refuses: bool
    """Whether it ever answers anything but *continue*."""
    asks_at_rcpt: bool
    """Whether `refusal` wants to see each recipient that came by SMTP."""

    async def refusal(self, envelope: Envelope, recipient: Mailbox) -> bytes | None:
        """Give the packet that refuses this recipient, or None to go on."""
        ...

    async def conclude(self, transaction: Transaction, envelope: Envelope) -> bytes:
        """Give all packets that answer the end of a message."""
        ...


class Guarding:
    """Judge outgoing mail and carry the decision out."""

    edge = "milter"
    actions = Actions.DELETE_RECIPIENTS | Actions.CHANGE_HEADERS
    refuses = True

    def __init__(
        self, judging: Judging, around: Surroundings, *, verdict_cap: float, refuse_at_rcpt: bool
    ) -> None:
        self._judging = judging
        self._around = around
        self._cap = verdict_cap
        self.asks_at_rcpt = refuse_at_rcpt

    async def refusal(self, envelope: Envelope, recipient: Mailbox) -> bytes | None:
        """Ask whether this is a certain slip. Trouble means no: the end of the message decides."""
        call = self._judging.refuse_at_rcpt
        try:
            line = await _bounded(self._around.executor, self._cap, call, envelope, recipient)
            return None if line is None else reply_line(line)
        except Exception as error:
            self._around.log.refused(self.edge, type(error).__name__, envelope.transaction_id)
            return None

    async def conclude(self, transaction: Transaction, envelope: Envelope) -> bytes:
        """Decide; whatever goes wrong, nothing passes unjudged."""
        try:
            return await self._decided(transaction, envelope)
        except TimeoutError:
            return self._refused(VerdictTimeout(), envelope)
        except MissentError as error:
            return self._refused(error, envelope)
        except Exception as error:  # its text may quote the message (law 8): the type name only
            self._around.log.refused(self.edge, type(error).__name__, envelope.transaction_id)
            return reply_line(ServiceError().reply())

    async def _decided(self, transaction: Transaction, envelope: Envelope) -> bytes:
        if transaction.too_big:
            raise MessageTooBig
        if not envelope.recipients:
            return reply_line(NO_RECIPIENTS)
        started = time.perf_counter()
        data = transaction.data  # this message's, even if the call outlives the transaction

        def decide() -> Decision:
            return self._judging.decide(envelope, bytes(data), edge=self.edge, prepared=False)

        decision = await _bounded(self._around.executor, self._cap, decide)
        seconds = time.perf_counter() - started
        answer = carried_out(decision, envelope, transaction)
        self._around.log.judged(self.edge, envelope, decision, seconds)
        return answer

    def _refused(self, error: MissentError, envelope: Envelope) -> bytes:
        self._around.log.refused(self.edge, type(error).__name__, envelope.transaction_id)
        try:
            return reply_line(error.reply())
        except ValueError:
            return TEMPFAIL


class Learning:
    """Hand incoming mail on, and let it pass."""

    edge = "inbound"
    actions = Actions(0)
    refuses = False
    asks_at_rcpt = False

    def __init__(
        self, on_message: Callable[[Envelope, bytes], None], around: Surroundings, *, cap: float
    ) -> None:
        self._on_message = on_message
        self._around = around
        self._cap = cap

    async def refusal(self, envelope: Envelope, recipient: Mailbox) -> bytes | None:  # noqa: ARG002
        """Refuse nothing."""
        return None

    async def conclude(self, transaction: Transaction, envelope: Envelope) -> bytes:
        """Learn from a message that could be read whole; accept it in any case."""
        if transaction.too_big or transaction.sender_refused or not envelope.recipients:
            return CONTINUE
        data = transaction.data

        def learn() -> None:
            self._on_message(envelope, bytes(data))

        try:
            await _bounded(self._around.executor, self._cap, learn)
        except Exception as error:
            self._around.log.refused(self.edge, type(error).__name__, envelope.transaction_id)
        return CONTINUE


def carried_out(decision: Decision, envelope: Envelope, transaction: Transaction) -> bytes:
    """Turn a decision into the packets that carry it out, the last one final.

    `Decision.already_passed` is not asked: a milter never learns whether the MTA took its answer, and
    a second copy is better than none (law 4). Raises `ServiceError` if a recipient has no fate.
    """
    if decision.refusal is not None:
        return reply_line(decision.refusal)
    if not decision.deliver | decision.withheld >= set(envelope.mailboxes):
        raise ServiceError("a recipient was not decided about")
    if not decision.deliver:
        return DISCARD  # 250 to the client: all of it waits here, durably
    space = " " if transaction.leading_space else ""
    packets = [
        change_header(e.name, e.occurrence, (space + e.value).replace("\r\n", "\n").encode("utf-8"))
        for e in decision.edits
    ]
    for name in decision.remove_fields:
        # From the last: Postfix counts what is left, Sendmail what there was.
        packets += [change_header(name, n, b"") for n in range(transaction.count(name), 0, -1)]
    for recipient in envelope.recipients:
        if recipient.mailbox in decision.withheld:
            packets.append(delete_recipient(recipient.raw or f"<{recipient.mailbox.wire}>"))
    return b"".join([*packets, CONTINUE])


async def _bounded(executor: Executor, cap: float, call: Callable[..., _R], *args: object) -> _R:
    loop = asyncio.get_running_loop()
    return await asyncio.wait_for(loop.run_in_executor(executor, call, *args), cap)
