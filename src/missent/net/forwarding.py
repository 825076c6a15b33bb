"""Own what the proxy does with one connection's mail: ask the guard, then the next hop.

Theory of operation. The next hop hears MAIL and every recipient that nothing speaks against, and
its own answers are the client's; a recipient that will probably wait is answered here and never
named to it. Once the message is whole the guard decides, durably; only then is anything sent on, and
the next hop's transaction is made to hold exactly the recipients that may go now (by RSET and replay
if it was told others). Its 250 puts the hold in force, its refusal withdraws the hold; both before
the client is answered. So a client that hears 250 has every recipient either delivered or held.

What SMTP leaves open stays open: if the next hop's 250 is lost, or the hold cannot be put in force
after it, the client is told 451 and will send again, and the next hop may then have it twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from missent.errors import MissentError, UpstreamUnavailable, VerdictTimeout
from missent.judge.verdict import Action
from missent.mail import rewrite
from missent.mail.envelope import Envelope, Parameters, Recipient
from missent.mail.mailbox import Mailbox
from missent.net.edgelog import EdgeLog
from missent.net.sasl import Authenticator
from missent.net.smtp_session import Client
from missent.net.smtp_settings import ProxySettings
from missent.net.smtp_stream import READ_SIZE
from missent.net.upstream import Upstream
from missent.service.guard import Decision, Judging
from missent.service.ports import Clock, Ids
from missent.wire.esmtp import mail_line, rcpt_line, unxtext
from missent.wire.smtp import Mail, Rcpt
from missent.wire.smtp_bytes import Reply, dot_stuff

EDGE = "proxy"
_PASSED_ON = ("8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "MT-PRIORITY")
"""Extensions offered if, and as, the next hop offers them; never PIPELINING, CHUNKING, BINARYMIME."""
_XFORWARD = ("NAME", "ADDR", "PORT", "PROTO", "HELO", "IDENT", "SOURCE")
_LINE = 509
"""Octets of a command line with its space and CRLF apart (RFC 5321 §4.5.3.1.4)."""
_NOT_JUDGED = frozenset({"SIZE", "AUTH"})  # of this hop alone; not part of the envelope
_HELD = frozenset({Action.HOLD, Action.BLOCK})
_CONSIDERED_TOGETHER = 50
"""Recipients judged together at RCPT: each asks anew, so all together would be quadratic. Beyond
these each is considered alone; `decide` sees all of them."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ProxyServices:
    """What the proxy stands on."""

    judging: Judging
    ids: Ids
    clock: Clock
    log: EdgeLog
    authenticator: Authenticator | None = None
    """With it, AUTH is offered after STARTTLS."""


@dataclass(frozen=True, slots=True)
class _Transaction:
    """One open mail transaction, replaced with every recipient."""

    envelope: Envelope
    mail: str
    """The MAIL command as the next hop was told it."""
    xforward: tuple[str, ...]
    told: frozenset[Mailbox] = frozenset()
    """Recipients the next hop has accepted in the transaction that is open there."""


class Forwarding:
    """One client connection's handler; at most one connection to the next hop."""

    def __init__(
        self, settings: ProxySettings, services: ProxyServices, executor: Executor | None
    ) -> None:
        self._settings = settings
        self._services = services
        self._executor = executor
        self._upstream: Upstream | None = None
        self._transaction: _Transaction | None = None
        self._transaction_id = services.ids.transaction_id()

    # --- the session's commands ----------------------------------------------------------------

    async def hello(self, client: Client) -> tuple[str, ...]:
        """Offer what both we and the next hop can do; a client that may not relay is not let near it."""
        may_log_in = client.tls and self._services.authenticator is not None
        if not (self._settings.admits(client) or may_log_in):
            return (f"SIZE {self._settings.max_size}", "ENHANCEDSTATUSCODES")
        upstream, _ = await self._connected()
        return _extensions(upstream.extensions, self._settings, client)

    async def mail(self, client: Client, command: Mail) -> Reply:
        """Pass MAIL on, unless this client may not send as this sender."""
        self._transaction_id = self._services.ids.transaction_id()
        refusal = self._settings.refusal(client, command.sender)
        if refusal is not None:
            self.refused("RelayDenied")
            return refusal
        transaction = self._begun(client, command)
        reply, _ = await self._open(transaction)
        self._transaction = transaction if reply.completed else None
        return reply

    async def rcpt(self, command: Rcpt) -> Reply:
        """Ask the guard, then, if nothing speaks against the recipient, the next hop."""
        transaction = self._opened()
        if command.mailbox in transaction.envelope.mailboxes:
            return Reply.of("250 2.1.5 Ok")  # named twice: one copy
        if len(transaction.envelope.recipients) >= self._settings.max_recipients:
            return Reply.of("452 4.5.3 too many recipients")
        recipient = Recipient(command.mailbox, command.parameters, raw=command.raw)
        envelope = replace(
            transaction.envelope, recipients=(*transaction.envelope.recipients, recipient)
        )
        if (refusal := await self._slip(envelope, command.mailbox)) is not None:
            return refusal
        told = transaction.told
        reply = Reply.of("250 2.1.5 Ok")
        if not await self._will_wait(envelope, command.mailbox):
            reply = await self._tell(recipient)
            told |= {command.mailbox}
        if reply.completed:
            self._transaction = replace(transaction, envelope=envelope, told=told)
        return reply

    async def data(self, content: bytes) -> Reply:
        """Have the message decided, and carry the decision out."""
        transaction, self._transaction = self._opened(), None
        started = asyncio.get_running_loop().time()
        decide = functools.partial(
            self._services.judging.decide, transaction.envelope, content, edge=EDGE, prepared=True
        )
        decision = await self._ask(decide)
        seconds = asyncio.get_running_loop().time() - started
        self._services.log.judged(EDGE, transaction.envelope, decision, seconds)
        return await self._carry_out(transaction, decision, content)

    async def reset(self) -> None:
        """Forget the transaction, here and at the next hop."""
        self._transaction = None
        if self._upstream is not None:
            await self._upstream.reset()

    async def close(self) -> None:
        """Take leave of the next hop; an open transaction ends there with nothing sent."""
        self._transaction = None
        if self._upstream is not None:
            await self._upstream.quit()
            self._upstream = None

    def refused(self, reason: str) -> None:
        """Note a refusal that is not the guard's."""
        self._services.log.refused(EDGE, reason, self._transaction_id)

    # --- the decision --------------------------------------------------------------------------

    async def _carry_out(
        self, transaction: _Transaction, decision: Decision, content: bytes
    ) -> Reply:
        if decision.refusal is not None:
            return Reply.of(decision.refusal)
        if decision.already_passed:
            return Reply.of("250 2.0.0 Ok: taken already")
        activate = functools.partial(
            self._services.judging.activate, decision, transaction.envelope
        )
        if not decision.deliver:
            await self._finish(activate)
            return Reply.of("250 2.0.0 Ok: held for the sender's decision")
        try:
            reply = await self._pass_on(transaction, decision, content)
        except UpstreamUnavailable:
            reply = Reply.of("451 4.4.2 next hop hung up, try again later")
        except Exception:
            await self._withdraw(decision)
            raise
        if reply.completed:
            await self._finish(activate)
        else:
            self.refused("UpstreamRefused")
            await self._withdraw(decision)
        return reply

    async def _pass_on(
        self, transaction: _Transaction, decision: Decision, content: bytes
    ) -> Reply:
        """Send the message to exactly the recipients that may have it now; gives the last answer."""
        stuffed = await self._offload(len(content), functools.partial(_wire, decision, content))
        upstream = self._upstream
        ready = upstream is not None and upstream.usable and upstream.in_transaction
        if upstream is None or not ready or transaction.told != decision.deliver:
            reply, upstream = await self._replay(transaction, decision.deliver)
            if not reply.completed:
                return reply
        return await upstream.data(stuffed)

    async def _replay(
        self, transaction: _Transaction, deliver: frozenset[Mailbox]
    ) -> tuple[Reply, Upstream]:
        """Open the transaction anew with these recipients only; gives the last, or bad, answer."""
        if self._upstream is not None:
            await self._upstream.reset()
        reply, upstream = await self._open(transaction)
        for recipient in transaction.envelope.only(deliver).recipients:
            if reply.completed:
                line = rcpt_line(recipient.mailbox, recipient.parameters)
                reply = await upstream.command(line)
        return reply, upstream

    async def _withdraw(self, decision: Decision) -> None:
        """Undo the prepared hold; if that fails, it is swept later, having never been in force."""
        try:
            await self._finish(functools.partial(self._services.judging.withdraw, decision))
        except Exception as error:
            self.refused(type(error).__name__)

    # --- the next hop --------------------------------------------------------------------------

    async def _connected(self) -> tuple[Upstream, bool]:
        """Give the connection to the next hop, and whether it is a new one."""
        if self._upstream is not None and self._upstream.usable:
            return self._upstream, False
        if self._upstream is not None:
            self._upstream.abort()
            self._upstream = None
        self._upstream = await Upstream.connect(self._settings.next_hop)
        return self._upstream, True

    async def _open(self, transaction: _Transaction) -> tuple[Reply, Upstream]:
        """Say MAIL; a connection that was closed while idle is opened again, once."""
        upstream, fresh = await self._connected()
        if not fresh:
            with contextlib.suppress(UpstreamUnavailable):
                reply = await _say_mail(upstream, transaction)
                if reply.code != 421:
                    return reply, upstream
            upstream, _ = await self._connected()
        return await _say_mail(upstream, transaction), upstream

    async def _tell(self, recipient: Recipient) -> Reply:
        if self._upstream is None or not self._upstream.in_transaction:
            raise UpstreamUnavailable("the next hop hung up during the transaction")
        return await self._upstream.command(rcpt_line(recipient.mailbox, recipient.parameters))

    # --- the guard -----------------------------------------------------------------------------

    async def _will_wait(self, envelope: Envelope, mailbox: Mailbox) -> bool:
        """Tell whether the guard would hold this recipient, so that the next hop need not hear it."""
        if len(envelope.recipients) > _CONSIDERED_TOGETHER:
            envelope = envelope.only({mailbox})
        verdicts = await self._ask(functools.partial(self._services.judging.consider, envelope))
        verdict = verdicts.get(mailbox)
        return verdict is not None and verdict.action in _HELD

    async def _slip(self, envelope: Envelope, mailbox: Mailbox) -> Reply | None:
        if not self._settings.refuse_at_rcpt:
            return None
        ask = functools.partial(self._services.judging.refuse_at_rcpt, envelope, mailbox)
        line = await self._ask(ask)
        if line is None:
            return None
        self.refused("Slip")
        return Reply.of(line)

    async def _ask(self, work: Callable[[], _T]) -> _T:
        """Call the guard off the loop, within the cap.

        A decision that comes too late is not withdrawn: the client's retry may stand on it already.
        It is a prepared hold without effect, and is swept if nobody does.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._settings.verdict_cap):
                return await loop.run_in_executor(self._executor, work)
        except TimeoutError:
            raise VerdictTimeout("the guard did not answer within the cap") from None

    async def _finish(self, work: Callable[[], None]) -> None:
        """Call the guard off the loop, to the end: the next hop has spoken, this must be noted."""
        loop = asyncio.get_running_loop()
        await asyncio.shield(loop.run_in_executor(self._executor, work))

    async def _offload(self, size: int, work: Callable[[], _T]) -> _T:
        if size <= READ_SIZE:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    # --- values --------------------------------------------------------------------------------

    def _opened(self) -> _Transaction:
        if self._transaction is None:
            raise MissentError("no transaction is open")
        return self._transaction

    def _begun(self, client: Client, command: Mail) -> _Transaction:
        passed = {k: v for k, v in command.parameters.items() if k != "AUTH"}
        judged = {k: v for k, v in command.parameters.items() if k not in _NOT_JUDGED}
        envelope = Envelope(
            transaction_id=self._transaction_id,
            sender=command.sender,
            recipients=(),
            received_at=self._services.clock.now(),
            parameters=MappingProxyType(judged),
            authenticated_as=client.login,
            certificate_subject=client.certificate_subject,
            client_address=_real_address(client),
            extra={name: unxtext(value) for name, value in client.forwarded.items()},
        )
        mail = mail_line(command.sender, MappingProxyType(passed))
        return _Transaction(envelope, mail, _words(client.forwarded))


def _extensions(
    offered: Mapping[str, str], settings: ProxySettings, client: Client
) -> tuple[str, ...]:
    """Give the lines of our EHLO reply: what the next hop offers and we can keep."""
    theirs = offered.get("SIZE", "")
    limit = min(settings.max_size, int(theirs) or settings.max_size) if theirs.isdecimal() else 0
    lines = [f"SIZE {limit or settings.max_size}"]
    lines += [f"{name} {offered[name]}".strip() for name in _PASSED_ON if name in offered]
    if client.tls and "REQUIRETLS" in offered:
        lines.append("REQUIRETLS")  # RFC 8689 §2: only once TLS is active
    if settings.trusts(client):
        lines.append(f"XFORWARD {' '.join(_XFORWARD)}")
    return tuple(lines)


def _words(forwarded: Parameters) -> tuple[str, ...]:
    return tuple(f"{name}={value}" for name, value in forwarded.items() if name in _XFORWARD)


def _real_address(client: Client) -> str:
    """Give the address of our client's client where a trusted one said it, else the peer's."""
    said = unxtext(client.forwarded.get("ADDR", ""))
    try:
        return str(ipaddress.ip_address(said[5:] if said.upper().startswith("IPV6:") else said))
    except ValueError:
        return client.address


async def _say_mail(upstream: Upstream, transaction: _Transaction) -> Reply:
    """Say MAIL, and before it XFORWARD where the next hop wants it (it forgets it after each mail)."""
    understood = upstream.extensions.get("XFORWARD", "").upper().split()
    words = [word for word in transaction.xforward if word.partition("=")[0] in understood]
    while words:
        line = "XFORWARD"
        while words and (line == "XFORWARD" or len(line) + len(words[0]) < _LINE):
            line += f" {words.pop(0)}"
        await upstream.command(line)
    return await upstream.mail(transaction.mail)


def _wire(decision: Decision, content: bytes) -> bytes:
    if decision.edits or decision.remove_fields:
        content = rewrite.apply(content, decision.edits, decision.remove_fields)
    return dot_stuff(content)
