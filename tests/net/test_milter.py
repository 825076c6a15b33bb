"""The milter edge, from an MTA's end of the wire: what it is answered, and what is judged."""

from __future__ import annotations

import asyncio
import socket
import stat
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.net.milter_stage import (
    ALL_STEPS,
    CountedIds,
    FixedClock,
    Judge,
    Mta,
    Remembering,
    Stage,
    box,
    stage,
)

from missent.errors import (
    ConfigError,
    MalformedMessage,
    ProtocolError,
    QuotaExceeded,
    StoreUnavailable,
)
from missent.mail.envelope import Envelope
from missent.mail.rewrite import HeaderEdit
from missent.net.milter import bind
from missent.net.milter_duty import Guarding, Surroundings
from missent.net.milter_session import MAX_RECIPIENTS, Session, agree
from missent.service.guard import Decision
from missent.wire import milter as wire
from missent.wire.milter import Steps
from missent.wire.milter_transaction import Transaction
from missent.wire.milter_write import encode

Scene = Callable[[Stage, Mta], Coroutine[Any, Any, None]]
GO_ON = [("c", b"")]
TEMPORARY = [("y", b"451 4.3.0 internal error, try again later\0")]


def _play(listen: str, scene: Scene, judge: Judge | None = None, **options: Any) -> None:
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


@pytest.fixture(params=["unix", "inet"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Run a test over both kinds of socket."""
    return f"unix:{tmp_path}/run/milter.sock" if request.param == "unix" else "inet:127.0.0.1:0"


@pytest.fixture
def unix(tmp_path: Path) -> str:
    """Give a UNIX place."""
    return f"unix:{tmp_path}/milter.sock"


# --- decisions ---------------------------------------------------------------------------------


def test_a_held_recipient_is_deleted_as_it_was_written(place: str) -> None:
    """The others' copy goes on; RCPT's own spelling is what the MTA knows the held one by."""

    async def scene(held: Stage, mta: Mta) -> None:
        replies = await mta.send(b"<John@army.ml>", b"<eve@army.mil>", b"<john@ARMY.ml>")
        assert replies == [("-", b"<John@army.ml>\0"), ("-", b"<john@ARMY.ml>\0"), *GO_ON]
        assert held.log.decisions == [("milter", "4ABC")]
        assert held.log.refusals == []

    _play(place, scene, Judge("john@army.ml"))


def test_a_clean_message_goes_on_unchanged(place: str) -> None:
    """One answer, no edit; what was judged is byte for byte what came."""

    async def scene(held: Stage, mta: Mta) -> None:
        fields = [(b"Subject", b"\tcrew\n  list"), (b"X-Empty", b""), (b"To", b" a")]
        assert await mta.send(fields=fields, body=b"a\r\n" * 50_000) == GO_ON
        expected = b"Subject:\tcrew\r\n  list\r\nX-Empty:\r\nTo: a\r\n\r\n" + b"a\r\n" * 50_000
        assert held.judge.data == expected
        assert held.judge.envelope.client_address == "192.0.2.1"
        assert held.judge.envelope.extra["daemon_name"] == "gateway"
        assert held.judge.envelope.extra["helo"] == "client.example"

    _play(place, scene, max_size=1_000_000)


def test_all_held_is_discarded_with_a_success(place: str) -> None:
    """The client hears 250: the message is ours now."""

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send(b"<john@army.ml>") == [("d", b"")]

    _play(place, scene, Judge("john@army.ml"))


def test_a_refusal_is_passed_on_as_a_reply_line(place: str) -> None:
    """Blocked mail is refused in the guard's own words."""
    judge = Judge()
    everybody = frozenset({box("john@army.ml")})
    judge.script = lambda _: Decision({}, frozenset(), everybody, refusal="550 5.7.1 100% blocked")

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send() == [("y", b"550 5.7.1 100%% blocked\0")]

    _play(place, scene, judge)


def test_fields_are_replaced_and_removed_where_they_stand(place: str) -> None:
    """Edits count from the top; removals from the bottom, so that each MTA finds the right one."""
    judge = Judge()
    judge.script = lambda envelope: Decision(
        {},
        frozenset({box("eve@army.mil")}),
        frozenset({box("john@army.ml")}),
        edits=(HeaderEdit("To", 2, '"john at army.ml":;,\r\n eve@army.mil'),),
        remove_fields=("X-Trace",),
    )

    async def scene(held: Stage, mta: Mta) -> None:
        fields = [(b"To", b" eve@army.mil"), (b"X-Trace", b" 1"), (b"x-trace", b" 2")]
        assert await mta.send(b"<john@army.ml>", b"<eve@army.mil>", fields=fields) == [
            ("m", b'\0\0\0\2To\0 "john at army.ml":;,\n eve@army.mil\0'),
            ("m", b"\0\0\0\2X-Trace\0\0"),
            ("m", b"\0\0\0\1X-Trace\0\0"),
            ("-", b"<john@army.ml>\0"),
            *GO_ON,
        ]

    _play(place, scene, judge)


def test_an_mta_without_leading_space_is_spoken_to_in_its_own_way(unix: str) -> None:
    """Its values come and go without the space after the colon."""
    judge = Judge()
    judge.script = lambda envelope: Decision(
        {}, frozenset(envelope.mailboxes), frozenset(), edits=(HeaderEdit("To", 1, "b"),)
    )

    async def run() -> None:
        async with stage(unix, judge) as held:
            mta = await Mta.to(held.listening, steps=0)
            await mta.connect()
            assert await mta.send(fields=[(b"To", b"a")]) == [("m", b"\0\0\0\1To\0b\0"), *GO_ON]
            assert judge.data.startswith(b"To: a\r\n")
            await mta.close()

    asyncio.run(run())


# --- doubt -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trouble", "reply"),
    [
        (StoreUnavailable(), b"451 4.3.0 temporarily unable to judge this message"),
        (QuotaExceeded(), b"452 4.7.1 too many"),
        (MalformedMessage(), b"550 5.6.0 message contains"),
        (RuntimeError("secret crew list"), b"451 4.3.0 internal error"),
    ],
)
def test_trouble_is_answered_by_whose_fault_it_is(
    unix: str, trouble: Exception, reply: bytes
) -> None:
    """Ours is temporary, the caller's permanent; the log gets the type, never the text."""
    judge = Judge()

    def decide(_: Envelope) -> Decision:
        raise trouble

    judge.script = decide

    async def scene(held: Stage, mta: Mta) -> None:
        ((letter, text),) = await mta.send()
        assert (letter, text[: len(reply)]) == ("y", reply)
        assert held.log.refusals == [("milter", type(trouble).__name__, "4ABC")]
        assert b"secret" not in text

    _play(unix, scene, judge)


def test_no_verdict_in_time_puts_the_message_off(unix: str) -> None:
    """The MTA is told to try again; the session lives on."""
    judge, release = Judge(), threading.Event()

    def decide(envelope: Envelope) -> Decision:
        release.wait(10)
        return Decision({}, frozenset(envelope.mailboxes), frozenset())

    judge.script = decide

    async def scene(held: Stage, mta: Mta) -> None:
        try:
            assert await mta.send() == [("y", b"451 4.3.2 no verdict in time, try again later\0")]
            assert held.log.reasons == ["VerdictTimeout"]
        finally:
            release.set()
        judge.script = None
        assert await mta.send() == GO_ON

    _play(unix, scene, judge, verdict_cap=0.05)


def test_a_recipient_without_a_fate_stops_the_message(unix: str) -> None:
    """Nothing passes that was neither delivered nor withheld by decision."""
    judge = Judge()
    judge.script = lambda _: Decision({}, frozenset({box("eve@army.mil")}), frozenset())

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send(b"<eve@army.mil>", b"<john@army.ml>") == TEMPORARY

    _play(unix, scene, judge)


def test_a_refusal_that_is_no_reply_line_becomes_temporary(unix: str) -> None:
    """Postfix would drop us for a malformed reply."""
    judge = Judge()
    judge.script = lambda e: Decision({}, frozenset(), frozenset(e.mailboxes), refusal="no")

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send() == TEMPORARY
        assert held.log.reasons == ["ValueError"]

    _play(unix, scene, judge)


def test_a_retry_gets_its_copies_even_if_it_seems_to_have_passed(unix: str) -> None:
    """A milter cannot know what the MTA took: two copies rather than none."""
    judge = Judge()
    judge.script = lambda e: Decision({}, frozenset(e.mailboxes), frozenset(), already_passed=True)

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send() == GO_ON

    _play(unix, scene, judge)


def test_too_big_a_message_is_refused_at_its_end(place: str) -> None:
    """It is not kept and not judged; the next one is."""

    async def scene(held: Stage, mta: Mta) -> None:
        ((letter, text),) = await mta.send(body=b"x" * 300_000)
        assert (letter, text[:9]) == ("y", b"552 5.3.4")
        assert held.judge.seen == []
        assert held.log.reasons == ["MessageTooBig"]
        assert await mta.send() == GO_ON

    _play(place, scene)


def test_over_tcp_the_rest_of_too_big_a_body_is_skipped() -> None:
    """It saves sending what will not be read."""

    async def scene(held: Stage, mta: Mta) -> None:
        for command in (wire.MailFrom(b"<>"), wire.RcptTo(b"<a@b.example>"), wire.Data()):
            assert await mta.ask(command) == GO_ON
        await mta.ask(wire.EndOfHeaders())
        assert await mta.ask(wire.Body(b"x" * 50_000)) == GO_ON
        assert await mta.ask(wire.Body(b"x" * 60_000)) == [("s", b"")]

    _play("inet:127.0.0.1:0", scene)


# --- recipients --------------------------------------------------------------------------------


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

    _play(place, scene)


def test_a_sender_outside_our_grammar_gets_no_recipient(place: str) -> None:
    """Where MAIL is not answered, each RCPT is its answer."""

    async def scene(held: Stage, mta: Mta) -> None:
        refusal = [("y", b"553 5.1.7 bad sender address syntax\0")]
        replies = await mta.ask(wire.MailFrom(b"<a%b@contractor.example>"))
        assert replies in ([], refusal)
        assert await mta.ask(wire.RcptTo(b"<eve@army.mil>")) == refusal

    _play(place, scene)


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

    _play(place, scene, judge, refuse_at_rcpt=True)


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

    _play(unix, scene, judge, refuse_at_rcpt=True)


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

    _play(unix, scene)


# --- sessions ----------------------------------------------------------------------------------


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

    _play(place, scene)


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

    _play(place, scene)


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

    _play(unix, scene)


def test_a_message_without_recipients_is_refused(unix: str) -> None:
    """An MTA that goes on after all its recipients were refused is told so."""

    async def scene(held: Stage, mta: Mta) -> None:
        ((letter, text),) = await mta.send(b"<a%b@c.example>")
        assert (letter, text[:9]) == ("y", b"554 5.5.1")
        assert held.judge.seen == []

    _play(unix, scene)


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


def test_closing_lets_a_session_finish(unix: str) -> None:
    """Nobody new is served, and a message under way gets its answer."""

    async def run() -> None:
        async with stage(unix) as held:
            mta = await Mta.to(held.listening)
            await mta.connect()
            closing = asyncio.ensure_future(held.server.close(limit=30))
            await asyncio.sleep(0)
            with pytest.raises(OSError, match="refused"):
                await asyncio.open_unix_connection(unix.removeprefix("unix:"))
            assert await mta.send() == GO_ON
            await mta.close()
            await closing

    asyncio.run(run())


def test_closing_cuts_off_who_does_not_finish(unix: str) -> None:
    """A peer that stays cannot keep the process alive."""

    async def run() -> None:
        async with stage(unix) as held:
            mta = await Mta.to(held.listening)
            await held.server.close(limit=0.01)
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await mta.hear()
            mta.writer.close()

    asyncio.run(run())


# --- the wire ----------------------------------------------------------------------------------


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

    _play("inet:127.0.0.1:0", scene)


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

    _play(unix, scene)


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


# --- learning ----------------------------------------------------------------------------------


def test_the_inbound_feed_learns_and_goes_on(place: str) -> None:
    """Incoming mail is handed on whole, and never touched."""
    fed: list[tuple[Envelope, bytes]] = []

    async def scene(held: Stage, mta: Mta) -> None:
        replies = await mta.send(b"<ann@contractor.example>", sender=b"<john@army.mil>")
        assert replies == GO_ON
        ((envelope, data),) = fed
        assert envelope.sender == box("john@army.mil")
        assert data == b"Subject: crew list\r\n\r\nx\r\n"

    _play(place, scene, on_message=lambda envelope, data: fed.append((envelope, data)))


def test_the_inbound_feed_never_refuses(place: str) -> None:
    """Neither what it cannot read, nor its own trouble, may cost anybody a message."""
    fed: list[Envelope] = []

    def on_message(envelope: Envelope, _: bytes) -> None:
        fed.append(envelope)
        raise RuntimeError("secret crew list")

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send(b"<a%b@contractor.example>") == GO_ON
        assert await mta.send(b"<ann@contractor.example>", sender=b"<a%b@c.example>") == GO_ON
        assert await mta.send(b"<ann@contractor.example>", body=b"x" * 300_000) == GO_ON
        assert fed == []
        assert held.log.refusals == []
        assert await mta.send(b"<a%b@c.example>", b"<ann@contractor.example>") == GO_ON
        assert fed[0].mailboxes == (box("ann@contractor.example"),)
        assert held.log.refusals == [("inbound", "RuntimeError", "4ABC")]

    _play(place, scene, on_message=on_message)


def test_the_inbound_feed_needs_no_rights(unix: str) -> None:
    """It asks the MTA for nothing, and is never waited for before the end."""

    async def run() -> None:
        async with stage(unix, on_message=lambda *_: None) as held:
            mta = await Mta.to(held.listening, actions=0)
            assert mta.choice.actions == 0
            assert Steps.SILENT_RCPT in Steps(mta.choice.steps)
            await mta.close()

    asyncio.run(run())


# --- sockets -----------------------------------------------------------------------------------


def test_a_stale_unix_socket_is_replaced_and_a_live_one_is_not(tmp_path: Path) -> None:
    """A crash leaves its path behind; a running server must not be pushed out."""
    path = tmp_path / "run" / "milter.sock"
    with bind(f"unix:{path}", 0o660):
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(ConfigError, match="another program listens"):
            bind(f"unix:{path}")
    assert path.exists()
    with bind(f"unix:{path}"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o666


def test_a_file_in_the_way_is_not_removed(tmp_path: Path) -> None:
    """A mistaken path must not cost a file."""
    path = tmp_path / "precious"
    path.write_text("x")
    with pytest.raises(ConfigError, match="no socket"):
        bind(f"unix:{path}")
    assert path.read_text() == "x"


@pytest.mark.parametrize(
    "listen",
    ["", "unix:", "inet:", "inet:25", "inet:127.0.0.1:x", "inet:127.0.0.1:70000", "tcp:1:2"],
)
def test_a_place_that_cannot_be_read_is_the_operators_to_mend(listen: str) -> None:
    """The error says what to write."""
    with pytest.raises(ConfigError, match=r"unix:PATH|inet:HOST:PORT"):
        bind(listen)


def test_a_port_in_use_is_named(tmp_path: Path) -> None:
    """The operator sees which place could not be had."""
    with bind("inet:127.0.0.1:0") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=str(port)):
            bind(f"inet:127.0.0.1:{port}")
    with pytest.raises(ConfigError, match="too long"):
        bind(f"unix:{tmp_path}/{'x' * 200}")


def test_a_shared_socket_outlives_one_of_its_servers(tmp_path: Path) -> None:
    """One worker's end must not take the path from the others."""
    path = tmp_path / "milter.sock"

    async def run() -> None:
        async with stage(f"unix:{path}"):
            pass
        assert path.exists()

    asyncio.run(run())
