"""What a milter session is for: decisions carried out, doubt put off, incoming mail learned from."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.net.milter_stage import (
    GO_ON,
    Judge,
    Mta,
    Stage,
    box,
    play,
    stage,
)

from missent.errors import (
    MalformedMessage,
    QuotaExceeded,
    StoreUnavailable,
)
from missent.mail.envelope import Envelope
from missent.mail.rewrite import HeaderEdit
from missent.service.guard import Decision
from missent.wire import milter as wire
from missent.wire.milter import Steps

TEMPORARY = [("y", b"451 4.3.0 internal error, try again later\0")]


def test_a_held_recipient_is_deleted_as_it_was_written(place: str) -> None:
    """The others' copy goes on; RCPT's own spelling is what the MTA knows the held one by."""

    async def scene(held: Stage, mta: Mta) -> None:
        replies = await mta.send(b"<John@army.ml>", b"<eve@army.mil>", b"<john@ARMY.ml>")
        assert replies == [("-", b"<John@army.ml>\0"), ("-", b"<john@ARMY.ml>\0"), *GO_ON]
        assert held.log.decisions == [("milter", "4ABC")]
        assert held.log.refusals == []

    play(place, scene, Judge("john@army.ml"))


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

    play(place, scene, max_size=1_000_000)


def test_all_held_is_discarded_with_a_success(place: str) -> None:
    """The client hears 250: the message is ours now."""

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send(b"<john@army.ml>") == [("d", b"")]

    play(place, scene, Judge("john@army.ml"))


def test_a_refusal_is_passed_on_as_a_reply_line(place: str) -> None:
    """Blocked mail is refused in the guard's own words."""
    judge = Judge()
    everybody = frozenset({box("john@army.ml")})
    judge.script = lambda _: Decision({}, frozenset(), everybody, refusal="550 5.7.1 100% blocked")

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send() == [("y", b"550 5.7.1 100%% blocked\0")]

    play(place, scene, judge)


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

    play(place, scene, judge)


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

    play(unix, scene, judge)


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

    play(unix, scene, judge, verdict_cap=0.05)


def test_a_recipient_without_a_fate_stops_the_message(unix: str) -> None:
    """Nothing passes that was neither delivered nor withheld by decision."""
    judge = Judge()
    judge.script = lambda _: Decision({}, frozenset({box("eve@army.mil")}), frozenset())

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send(b"<eve@army.mil>", b"<john@army.ml>") == TEMPORARY

    play(unix, scene, judge)


def test_a_refusal_that_is_no_reply_line_becomes_temporary(unix: str) -> None:
    """Postfix would drop us for a malformed reply."""
    judge = Judge()
    judge.script = lambda e: Decision({}, frozenset(), frozenset(e.mailboxes), refusal="no")

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send() == TEMPORARY
        assert held.log.reasons == ["ValueError"]

    play(unix, scene, judge)


def test_a_retry_gets_its_copies_even_if_it_seems_to_have_passed(unix: str) -> None:
    """A milter cannot know what the MTA took: two copies rather than none."""
    judge = Judge()
    judge.script = lambda e: Decision({}, frozenset(e.mailboxes), frozenset(), already_passed=True)

    async def scene(held: Stage, mta: Mta) -> None:
        assert await mta.send() == GO_ON

    play(unix, scene, judge)


def test_too_big_a_message_is_refused_at_its_end(place: str) -> None:
    """It is not kept and not judged; the next one is."""

    async def scene(held: Stage, mta: Mta) -> None:
        ((letter, text),) = await mta.send(body=b"x" * 300_000)
        assert (letter, text[:9]) == ("y", b"552 5.3.4")
        assert held.judge.seen == []
        assert held.log.reasons == ["MessageTooBig"]
        assert await mta.send() == GO_ON

    play(place, scene)


def test_over_tcp_the_rest_of_too_big_a_body_is_skipped() -> None:
    """It saves sending what will not be read."""

    async def scene(held: Stage, mta: Mta) -> None:
        for command in (wire.MailFrom(b"<>"), wire.RcptTo(b"<a@b.example>"), wire.Data()):
            assert await mta.ask(command) == GO_ON
        await mta.ask(wire.EndOfHeaders())
        assert await mta.ask(wire.Body(b"x" * 50_000)) == GO_ON
        assert await mta.ask(wire.Body(b"x" * 60_000)) == [("s", b"")]

    play("inet:127.0.0.1:0", scene)


def test_the_inbound_feed_learns_and_goes_on(place: str) -> None:
    """Incoming mail is handed on whole, and never touched."""
    fed: list[tuple[Envelope, bytes]] = []

    async def scene(held: Stage, mta: Mta) -> None:
        replies = await mta.send(b"<ann@contractor.example>", sender=b"<john@army.mil>")
        assert replies == GO_ON
        ((envelope, data),) = fed
        assert envelope.sender == box("john@army.mil")
        assert data == b"Subject: crew list\r\n\r\nx\r\n"

    play(place, scene, on_message=lambda envelope, data: fed.append((envelope, data)))


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

    play(place, scene, on_message=on_message)


def test_the_inbound_feed_needs_no_rights(unix: str) -> None:
    """It asks the MTA for nothing, and is never waited for before the end."""

    async def run() -> None:
        async with stage(unix, on_message=lambda *_: None) as held:
            mta = await Mta.to(held.listening, actions=0)
            assert mta.choice.actions == 0
            assert Steps.SILENT_RCPT in Steps(mta.choice.steps)
            await mta.close()

    asyncio.run(run())
