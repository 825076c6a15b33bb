"""One milter session, from an MTA's end of the wire: recipients, order, and how answers are written."""

from __future__ import annotations

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.net.milter_stage import (
    ALL_STEPS,
    GO_ON,
    CountedIds,
    FixedClock,
    Judge,
    Mta,
    Remembering,
    Stage,
    box,
    play,
    stage,
)

from missent.errors import (
    ProtocolError,
    StoreUnavailable,
)
from missent.mail.envelope import Envelope
from missent.net.milter_duty import Guarding, Surroundings
from missent.net.milter_session import MAX_RECIPIENTS, Session, agree
from missent.service.guard import Decision
from missent.wire import milter as wire
from missent.wire.milter import Steps
from missent.wire.milter_transaction import Transaction
from missent.wire.milter_write import encode


@pytest.mark.parametrize("path", [b"<john%army.ml@army.mil>", b"<@a:b@c.example>", b"<a@>", b"<>"])
def test_a_recipient_outside_our_grammar_is_refused_at_once(place: str, path: bytes) -> None:
    """The MTA may read another mailbox out of it, so it must not pass unjudged."""

    async def scene(held: Stage, mta: Mta) -> None:
        await mta.ask(wire.MailFrom(b"<ann@contractor.example>"))
        assert await mta.ask(wire.RcptTo(path)) == [
            ("y", b"553 5.1.3 bad recipient address syntax\0")
        ]
        await mta.ask(wire.Abort())
        assert await mta.send(b"<eve@army.mil>") == GO_ON
        assert held.judge.envelope.mailboxes == (box("eve@army.mil"),)
        assert held.log.refusals == [("milter", "malformed_recipient", "own-1")]

    play(place, scene)


def test_a_sender_outside_our_grammar_gets_no_recipient(place: str) -> None:
    """Where MAIL is not answered, each RCPT is its answer."""

    async def scene(held: Stage, mta: Mta) -> None:
        refusal = [("y", b"553 5.1.7 bad sender address syntax\0")]
        replies = await mta.ask(wire.MailFrom(b"<a%b@contractor.example>"))
        assert replies in ([], refusal)
        assert await mta.ask(wire.RcptTo(b"<eve@army.mil>")) == refusal

    play(place, scene)


def test_a_certain_slip_is_refused_while_the_client_waits(place: str) -> None:
    """The refused recipient is gone: neither judged later nor deleted, which the MTA would miss."""
    judge = Judge()
    line = "550 5.1.2 <john@army.ml>: did you mean <john@army.mil>?"
    judge.at_rcpt = lambda mailbox: line if mailbox == box("john@army.ml") else None

    async def scene(held: Stage, mta: Mta) -> None:
        await mta.ask(wire.MailFrom(b"<ann@contractor.example>"))
        assert await mta.ask(wire.RcptTo(b"<eve@army.mil>")) == GO_ON
        assert await mta.ask(wire.RcptTo(b"<john@army.ml>")) == [("y", line.encode() + b"\0")]
        await mta.ask(wire.Data())
        await mta.ask(wire.EndOfHeaders())
        assert await mta.ask(wire.EndOfMessage()) == GO_ON
        assert held.judge.envelope.mailboxes == (box("eve@army.mil"),)
        assert held.judge.asked[1] == (
            box("john@army.ml"),
            (box("eve@army.mil"), box("john@army.ml")),
        )
        assert held.log.reasons == ["refused_at_rcpt"]

    play(place, scene, judge, refuse_at_rcpt=True)


def test_trouble_at_rcpt_leaves_it_to_the_end(unix: str) -> None:
    """The refusal at RCPT is a courtesy; the message is judged in any case."""
    judge = Judge()

    def broken(_: object) -> str | None:
        raise StoreUnavailable

    judge.at_rcpt = broken

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send() == GO_ON
        assert held.log.reasons == ["StoreUnavailable"]
        assert held.judge.envelope.mailboxes == (box("john@army.ml"),)

    play(unix, scene, judge, refuse_at_rcpt=True)


def test_mail_from_this_machine_is_not_asked_about_at_rcpt(unix: str) -> None:
    """sendmail(1) has nobody waiting: Postfix would bounce the whole message."""
    judge = Judge()
    judge.at_rcpt = lambda _: "550 5.1.2 no"

    async def run() -> None:
        async with stage(unix, judge, refuse_at_rcpt=True) as held:
            mta = await Mta.to(held.listening)
            await mta.connect("127.0.0.1", 0)
            assert await mta.send() == GO_ON
            assert judge.asked == []
            assert judge.envelope.client_address is None
            await mta.close()

    asyncio.run(run())


def test_recipients_are_bounded(unix: str) -> None:
    """Beyond the bound a client is told to send the rest as another message."""

    async def scene(held: Stage, mta: Mta) -> None:
        await mta.ask(wire.MailFrom(b"<ann@contractor.example>"))
        mta.say(*[wire.RcptTo(b"<a@b.example>")] * MAX_RECIPIENTS)
        for _ in range(MAX_RECIPIENTS):
            assert (await mta.hear())[0] == "c"
        assert (await mta.ask(wire.RcptTo(b"<a@b.example>")))[0][1][:9] == b"452 4.5.3"

    play(unix, scene)


def test_two_messages_on_a_connection_do_not_mix(place: str) -> None:
    """Postfix sends ABORT between them; each has its own envelope, bytes and queue id."""

    async def scene(held: Stage, mta: Mta) -> None:
        await mta.send(b"<eve@army.mil>", body=b"one")
        await mta.ask(wire.Abort())
        await mta.send(b"<john@army.mil>", sender=b"<>", body=b"two")
        first, second = held.judge.seen
        assert first[0].mailboxes == (box("eve@army.mil"),)
        assert second[0].mailboxes == (box("john@army.mil"),)
        assert second[0].sender is None
        assert (first[1][-3:], second[1][-3:]) == (b"one", b"two")

    play(place, scene)


def test_an_aborted_message_leaves_nothing_behind(place: str) -> None:
    """A client that gives up half way does not colour the next message."""

    async def scene(held: Stage, mta: Mta) -> None:
        await mta.ask(wire.MailFrom(b"<bob@contractor.example>"))
        await mta.ask(wire.RcptTo(b"<john@army.ml>"))
        await mta.ask(wire.Data())
        await mta.ask(wire.Header(b"X-Old", b" 1"))
        await mta.ask(wire.Abort())
        assert await mta.send(b"<eve@army.mil>") == GO_ON
        assert held.judge.envelope.mailboxes == (box("eve@army.mil"),)
        assert b"X-Old" not in held.judge.data

    play(place, scene)


def test_a_new_client_on_the_same_connection_is_a_stranger(unix: str) -> None:
    """Sendmail keeps the connection; what was known of the last client must go."""

    async def scene(held: Stage, mta: Mta) -> None:
        await mta.ask(wire.Macros("H", {"cert_subject": "CN=ann"}))
        await mta.send()
        mta.say(wire.QuitNewConnection())
        await mta.connect("192.0.2.2")
        await mta.send()
        clients = [(e.certificate_subject, e.client_address) for e, _ in held.judge.seen]
        assert clients == [("CN=ann", "192.0.2.1"), (None, "192.0.2.2")]

    play(unix, scene)


def test_a_message_without_recipients_is_refused(unix: str) -> None:
    """An MTA that goes on after all its recipients were refused is told so."""

    async def scene(held: Stage, mta: Mta) -> None:
        ((letter, text),) = await mta.send(b"<a%b@c.example>")
        assert (letter, text[:9]) == ("y", b"554 5.5.1")
        assert held.judge.seen == []

    play(unix, scene)


@pytest.mark.parametrize(
    "stream", [b"\xff\xff\xff\xff", encode(wire.EndOfMessage()), b"\0\0\0\3Hab"]
)
def test_a_peer_that_breaks_the_protocol_is_hung_up_on(unix: str, stream: bytes) -> None:
    """The MTA then does as its milter_default_action says: try again later."""

    async def scene(held: Stage, mta: Mta) -> None:
        mta.writer.write(stream)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await mta.hear()
        assert held.log.refusals == [("milter", "ProtocolError", "own-1")]

    async def run() -> None:
        async with stage(unix) as held:
            mta = await Mta.to(held.listening)
            await mta.connect()
            await scene(held, mta)
            mta.writer.close()

    asyncio.run(run())


def test_a_client_that_vanishes_during_the_verdict_does_no_harm(unix: str) -> None:
    """The decision is carried out, the answer has nowhere to go, others are served."""
    judge, entered, release = Judge(), threading.Event(), threading.Event()

    def decide(envelope: Envelope) -> Decision:
        entered.set()
        release.wait(10)
        return Decision({}, frozenset(envelope.mailboxes), frozenset())

    judge.script = decide

    async def run() -> None:
        async with stage(unix, judge) as held:
            mta = await Mta.to(held.listening)
            await mta.connect()
            sending = asyncio.ensure_future(mta.send())
            await asyncio.get_running_loop().run_in_executor(None, entered.wait)
            mta.writer.transport.abort()
            release.set()
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await sending
            judge.script = None
            other = await Mta.to(held.listening)
            await other.connect()
            assert await other.send() == GO_ON
            await other.close()

    asyncio.run(run())


class Wired:
    """A transport that keeps each write apart."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.aborted = False
        self.mine, self.theirs = socket.socketpair()

    def get_extra_info(self, _: str) -> socket.socket:
        return self.mine

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return self.aborted

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.mine.close()
        self.theirs.close()


def _wired(duty: Guarding, around: Surroundings) -> tuple[Session, Wired]:
    session = Session(duty, Transaction(1000, None), around, lambda _: None)
    transport = Wired()
    session.connection_made(cast("asyncio.Transport", transport))
    session.data_received(encode(wire.Negotiate(6, 0x1FF, int(Steps.LEADING_SPACE))))
    return session, transport


def test_all_replies_to_one_command_are_one_write(unix: str) -> None:
    """Two writes would cost 40 ms over TCP (Nagle meets the delayed acknowledgement)."""

    async def run() -> None:
        async with stage(unix, Judge("john@army.ml")) as held:
            duty = Guarding(held.judge, held.around, verdict_cap=5, refuse_at_rcpt=False)
            session, transport = _wired(duty, held.around)
            commands: list[wire.Command] = [
                wire.Connect(b"h", "U"),
                wire.MailFrom(b"<>"),
                wire.RcptTo(b"<john@army.ml>"),
                wire.RcptTo(b"<eve@army.mil>"),
                wire.Data(),
                wire.EndOfHeaders(),
            ]
            for command in commands:
                session.data_received(encode(command))
            assert transport.writes[1:] == [b"\0\0\0\1c"] * len(commands)
            session.data_received(encode(wire.EndOfMessage()))
            assert session._task is not None
            await session._task
            assert transport.writes[-1] == b"\0\0\0\x10-<john@army.ml>\0\0\0\0\1c"
            assert len(transport.writes) == 2 + len(commands)
            transport.close()

    asyncio.run(run())


def test_a_peer_that_does_not_read_its_answers_is_given_up(unix: str) -> None:
    """Answers that nobody takes must not pile up."""

    async def run() -> None:
        async with stage(unix) as held:
            duty = Guarding(held.judge, held.around, verdict_cap=5, refuse_at_rcpt=False)
            session, transport = _wired(duty, held.around)
            session.pause_writing()
            assert transport.aborted
            assert held.log.reasons == ["ProtocolError"]
            transport.close()

    asyncio.run(run())


def test_over_tcp_every_step_is_answered() -> None:
    """Silence over TCP stalls the MTA's next packet; DATA must be among the steps sent."""

    async def scene(held: Stage, mta: Mta) -> None:
        steps = Steps(mta.choice.steps)
        assert steps == Steps.LEADING_SPACE | Steps.NO_UNKNOWN | Steps.SKIP
        await mta.ask(wire.MailFrom(b"<ann@contractor.example>"))
        await mta.ask(wire.RcptTo(b"<eve@army.mil>"))
        assert await mta.ask(wire.Data()) == GO_ON

    play("inet:127.0.0.1:0", scene)


def test_over_tcp_nothing_waits_for_more() -> None:
    """TCP_NODELAY is set on each accepted connection."""

    async def run() -> None:
        async with stage("inet:127.0.0.1:0") as held:
            mta = await Mta.to(held.listening)
            (session,) = held.server._sessions
            peer = session._transport.get_extra_info("socket")
            assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            await mta.close()

    asyncio.run(run())


def test_on_a_unix_socket_only_rcpt_and_the_end_are_answered(unix: str) -> None:
    """The fastest way; RCPT is answered, because an unreadable address must be refused there."""

    async def scene(held: Stage, mta: Mta) -> None:
        steps = Steps(mta.choice.steps)
        for command, flag in wire.SILENT.items():
            expected = command not in (wire.RcptTo, wire.Unknown)
            assert (flag in steps) == expected, command
        assert Steps.LEADING_SPACE in steps

    play(unix, scene)


def test_nothing_is_chosen_that_was_not_offered(unix: str) -> None:
    """An MTA hangs up on a filter that asks for more than it has."""

    async def run() -> None:
        async with stage(unix) as held:
            for steps in (0, 0x7F, 0x3FF, ALL_STEPS & ~Steps.LEADING_SPACE):
                mta = await Mta.to(held.listening, steps=steps, actions=0x18)
                assert mta.choice.steps & ~steps == 0
                assert mta.choice.actions == 0x18
                assert not mta.choice.macros
                await mta.close()
            mta = await Mta.to(held.listening)
            assert "rcpt_addr" in mta.choice.macros[wire.Stage.RCPT]
            await mta.close()

    asyncio.run(run())


@pytest.mark.parametrize("offer", [wire.Negotiate(1, 0x1FF, 0), wire.Negotiate(6, 0x10, 0)])
def test_an_mta_that_cannot_do_what_we_need_is_refused(offer: wire.Negotiate) -> None:
    """Without deleting recipients a guard would only look on."""

    with pytest.raises(ProtocolError):
        agree(
            offer.version,
            (offer.actions, offer.steps),
            Guarding.actions,
            refuses=True,
            over_tcp=False,
        )


POOL: list[wire.Command] = [
    wire.Macros("C", {"daemon_name": "x"}),
    wire.Macros("R", {"i": "4ABC", "rcpt_addr": "a@b.example"}),
    wire.Connect(b"h", "4", 0, "127.0.0.1"),
    wire.Connect(b"h", "6", 1, "IPv6:2001:db8::1"),
    wire.Helo(b"\xff"),
    wire.MailFrom(b"<ann@contractor.example>", (b"SIZE", b"=", b"\xff=\xff")),
    wire.MailFrom(b"\xff"),
    wire.RcptTo(b"<eve@army.mil>", (b"NOTIFY",)),
    wire.RcptTo(b"\xff"),
    wire.Data(),
    wire.Header(b"\xff:", b"\n\r"),
    wire.EndOfHeaders(),
    wire.Body(b"x" * 600),
    wire.EndOfMessage(b"x"),
    wire.Abort(),
    wire.Unknown(b"XYZZY"),
    wire.QuitNewConnection(),
]


@settings(max_examples=150, deadline=None)
@given(walk=st.lists(st.sampled_from(POOL), max_size=40))
def test_any_order_of_commands_is_answered_or_ends_the_session(
    walk: list[wire.Command],
) -> None:
    """No sequence raises anything but `ProtocolError` inside, and each answer is whole packets."""

    async def run() -> None:
        with ThreadPoolExecutor(1) as executor:
            log = Remembering()
            around = Surroundings(executor, FixedClock(), CountedIds(), log)
            duty = Guarding(Judge(), around, verdict_cap=5, refuse_at_rcpt=True)
            session, transport = _wired(duty, around)
            for command in walk:
                session.data_received(encode(command))
                if session._task is not None:
                    await session._task
                if transport.aborted:
                    break
            known = {"malformed_recipient", "malformed_sender", "MessageTooBig", "ProtocolError"}
            assert set(log.reasons) <= known
            transport.close()

    asyncio.run(run())
