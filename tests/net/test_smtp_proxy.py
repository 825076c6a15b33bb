"""The proxy where a script does not reach: smuggling, large mail, a rude next hop, limits, shutdown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from threading import Event

import pytest
from tests.net.smtp_bench import (
    LOCAL,
    Behaviour,
    Bench,
    FakeJudging,
    Plan,
    Wire,
    answer_lines,
    bench,
    connected,
    rude_hop,
)

from missent.errors import ConfigError
from missent.mail.mailbox import Mailbox
from missent.net.sink import SinkSettings
from missent.net.smtp import bind
from missent.net.smtp_listener import SmtpListener
from missent.net.smtp_session import SessionSettings
from missent.wire.smtp_bytes import Reply

JOHN = Mailbox.parse("john@army.mil")
OPENING = ("EHLO client.example", "MAIL FROM:<ann@contractor.example>", "RCPT TO:<john@army.mil>")

SMUGGLING = [
    b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\r.\r\n", b"\r\n.\r",
    b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n.\r\r\n", b"\r\r\n.\r\r\n",
]  # fmt: skip
SECOND = b"MAIL FROM:<eve@army.ml>\r\nRCPT TO:<eve@army.ml>\r\nDATA\r\nSubject: two\r\n\r\nx"


async def _send(wire: Wire, data: bytes, opening: tuple[str, ...] = OPENING) -> str:
    replies = await wire.ask(*opening, "DATA")
    assert replies[-1].startswith("354"), replies
    await wire.send(data)
    return await wire.reply()


@pytest.mark.parametrize("sequence", SMUGGLING, ids=repr)
def test_nothing_is_smuggled(sequence: bytes) -> None:
    """No non-standard end of data ends a message; it is refused whole and nobody gets anything."""

    async def run() -> None:
        async with bench() as stage, connected(stage.proxy.address) as wire:
            data = b"Subject: one\r\n\r\nbody" + sequence + SECOND + b"\r\n.\r\n"
            assert (await _send(wire, data)).startswith("550 5.6.0")
            assert (await wire.ask("NOOP"))[0].startswith("250")
            assert stage.sink.messages() == ()
            assert stage.sink.heard == (*OPENING[1:], "RSET")
            assert stage.judging.calls == []
            assert stage.log.refusals == ["MalformedMessage"]

    asyncio.run(run())


def test_the_standard_end_ends_a_message() -> None:
    """The control: after CRLF.CRLF the rest is a second transaction, judged like any other."""

    async def run() -> None:
        async with bench() as stage, connected(stage.proxy.address) as wire:
            data = b"Subject: one\r\n\r\nbody\r\n.\r\n" + SECOND + b"\r\n.\r\n"
            assert (await _send(wire, data)).startswith("250")
            assert [(await wire.reply())[:3] for _ in range(4)] == ["250", "250", "354", "250"]
            assert stage.judging.calls == ["decide", "activate"] * 2
            assert len(stage.sink.messages()) == 2

    asyncio.run(run())


def test_a_small_mail_is_not_kept_waiting_by_a_large_one() -> None:
    """While 20 MB come in, and while its verdict is awaited, a small mail goes through."""
    large = b"Subject: maps\r\n\r\n" + (b"." + b"x" * 76 + b"\r\n") * 250_000
    judged = Event()

    async def run() -> None:
        async with bench() as stage:
            async with (
                connected(stage.proxy.address) as wire,
                connected(stage.proxy.address) as two,
            ):
                await wire.ask(*OPENING, "DATA")
                stuffed = large.replace(b"\r\n.", b"\r\n..")
                await wire.send(stuffed[:10_000_000])
                assert (await _send(two, b"Subject: small\r\n.\r\n")).startswith("250")
                stage.judging.waits_for = judged
                await wire.send(stuffed[10_000_000:] + b".\r\n")
                ended = asyncio.create_task(wire.reply())
                replies = await two.ask(*OPENING)
                assert replies[-1].startswith("250")
                assert not ended.done()
                judged.set()
                assert (await ended).startswith("250")
            assert [len(m.data) for m in stage.sink.messages()] == [16, len(large)]
            assert stage.sink.messages()[1].data == large

    asyncio.run(run())


def test_what_the_guard_is_told() -> None:
    """The envelope holds what judging needs: parameters, recipients as written, the real client."""

    async def run() -> None:
        plan = Plan()
        async with bench(plan) as stage, connected(stage.proxy.address) as wire:
            opening = (
                "EHLO client.example",
                "XFORWARD NAME=pc+20one ADDR=IPv6:2001:db8::7",
                "MAIL FROM:<ann@contractor.example> SIZE=100 RET=FULL BODY=8BITMIME",
                "RCPT TO:<John@army.mil> NOTIFY=NEVER",
                "RCPT TO:<john@army.mil>",
            )
            assert (await _send(wire, b".\r\n", opening)).startswith("250")
            assert (await _send(wire, b".\r\n", OPENING[1:])).startswith("250")
        first, second = stage.judging.envelopes
        assert first.sender == Mailbox.parse("ann@contractor.example")
        assert dict(first.parameters) == {"RET": "FULL", "BODY": "8BITMIME"}
        (recipient,) = first.recipients
        assert (recipient.mailbox.local_part, recipient.raw) == ("John", "<John@army.mil>")
        assert dict(recipient.parameters) == {"NOTIFY": "NEVER"}
        assert first.client_address == "2001:db8::7"
        assert first.extra == {"NAME": "pc one", "ADDR": "IPv6:2001:db8::7"}
        assert (first.transaction_id, second.transaction_id) == ("T2", "T3")
        assert (second.client_address, second.extra) == ("127.0.0.1", {})
        assert first.authenticated_as is None
        assert first.certificate_subject is None
        assert stage.log.judgements == ["proxy T2", "proxy T3"]

    asyncio.run(run())


def test_long_xforward_is_split() -> None:
    """Attributes go to the next hop in as few lines as fit into 512 octets each."""
    lines: list[bytes] = []

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 rude.example\r\n")
        while line := await reader.readline():
            lines.append(line)
            writer.write(b"250-rude.example\r\n250 XFORWARD NAME ADDR HELO IDENT\r\n")

    async def run() -> None:
        async with (
            rude_hop(behave) as hop,
            bench(Plan(upstream=hop)) as stage,
            connected(stage.proxy.address) as wire,
        ):
            await wire.ask("EHLO client.example", f"XFORWARD NAME={'n' * 250}")
            await wire.ask(f"XFORWARD HELO={'h' * 250}", "XFORWARD IDENT=1 ADDR=192.0.2.7")
            assert (await wire.ask(OPENING[1]))[0].startswith("250")
        sent = [line for line in lines if line.startswith(b"XFORWARD")]
        assert all(len(line) <= 512 for line in sent)
        assert [line.split()[1][:5] for line in sent] == [b"NAME=", b"HELO="]
        assert sent[1].endswith(b" IDENT=1 ADDR=192.0.2.7\r\n")

    asyncio.run(run())


def test_several_lines_of_the_next_hop_are_passed_on() -> None:
    """The client reads the next hop's own answer, every line of it."""

    async def run() -> None:
        async with bench() as stage, connected(stage.proxy.address) as wire:
            refusal = Reply(550, ("5.7.1 first", "5.7.1 second"))
            stage.sink.answers.recipients[JOHN] = refusal
            await wire.ask(*OPENING[:2])
            await wire.send(b"RCPT TO:<john@army.mil>\r\n")
            assert await wire.line() == "550-5.7.1 first"
            assert await wire.line() == "550 5.7.1 second"

    asyncio.run(run())


def test_mail_refused_by_the_next_hop() -> None:
    """A MAIL the next hop refuses opens no transaction here."""

    async def run() -> None:
        async with bench() as stage, connected(stage.proxy.address) as wire:
            stage.sink.answers.mail = Reply.of("452 4.3.1 full")
            assert await wire.ask(*OPENING[1:], *OPENING) == [
                "503 5.5.1 bad sequence of commands",
                "503 5.5.1 bad sequence of commands",
                "250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE",
                "452 4.3.1 full",
                "503 5.5.1 bad sequence of commands",
            ]

    asyncio.run(run())


async def _with_rude_hop(
    answers: Mapping[str, bytes], data: bytes = b"Subject: x\r\n.\r\n"
) -> tuple[str, Bench]:
    """Send one mail to a next hop that answers so; one recipient is held."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_lines(reader, writer, answers)

    async with rude_hop(behave) as hop:
        judging = FakeJudging(held={Mailbox.parse("john@army.ml")})
        async with bench(Plan(judging=judging, upstream=hop)) as stage:
            async with connected(stage.proxy.address) as wire:
                reply = await _send(wire, data, (*OPENING, "RCPT TO:<john@army.ml>"))
                assert (await wire.ask("NOOP"))[0][:3] == "250"
            return reply, stage


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"END": b""}, "451 4.4.2"),
        ({"END": b"nonsense\r\n"}, "451 4.4.2"),
        ({"END": b"250-never ends\r\n251 x\r\n"}, "451 4.4.2"),
        ({"DATA": b""}, "451 4.4.2"),
        ({"DATA": b"250 what\r\n"}, "451 4.4.2"),
        ({"DATA": b"554 5.5.1 no\r\n"}, "554 5.5.1"),
        ({"END": b"452 4.3.1 full\r\n"}, "452 4.3.1"),
    ],
    ids=repr,
)
def test_a_next_hop_that_fails_at_the_end(answers: dict[str, bytes], expected: str) -> None:
    """Whatever goes wrong after the verdict, the hold is withdrawn and the client tries again."""
    reply, stage = asyncio.run(_with_rude_hop(answers))
    assert reply.startswith(expected)
    assert stage.judging.calls == ["decide", "withdraw"]


def test_an_early_421_at_the_end_closes_both_sides() -> None:
    """A next hop that says 421 is gone, and its client is told the same."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_lines(reader, writer, {"END": b"421 4.3.2 going down\r\n"})

    async def run() -> None:
        async with rude_hop(behave) as hop, bench(Plan(upstream=hop)) as stage:
            async with connected(stage.proxy.address) as wire:
                assert await _send(wire, b".\r\n") == "421 4.3.2 going down"
                assert await wire.line() == "EOF"
            assert stage.judging.calls == ["decide", "withdraw"]

    asyncio.run(run())


@pytest.mark.parametrize("last", [b"", b"421 4.3.2 idle\r\n"])
def test_a_next_hop_that_closes_between_mails(last: bytes) -> None:
    """A connection lost between two mails is opened again at the next MAIL, unnoticed."""
    connections = 0

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        answers = {} if connections > 1 else {"MAIL": b"250 Ok\r\n", "END": b"250 Ok\r\n"}
        writer.write(b"220 rude.example\r\n")
        while line := await reader.readline():
            if connections == 1 and line.startswith(b"MAIL FROM:<second"):
                writer.write(last)
                return
            writer.write(b"354 go\r\n" if line == b"DATA\r\n" else b"250 Ok\r\n")
            if line == b"DATA\r\n":
                await reader.readuntil(b"\r\n.\r\n")
                writer.write(answers.get("END", b"250 Ok\r\n"))

    async def run() -> None:
        async with rude_hop(behave) as hop, bench(Plan(upstream=hop)) as stage:
            async with connected(stage.proxy.address) as wire:
                assert (await _send(wire, b"x\r\n.\r\n")).startswith("250")
                second = ("MAIL FROM:<second@contractor.example>", OPENING[2])
                assert (await _send(wire, b"x\r\n.\r\n", second)).startswith("250")
            assert stage.judging.calls == ["decide", "activate"] * 2
        assert connections == 2

    asyncio.run(run())


def test_a_next_hop_lost_at_rcpt() -> None:
    """A recipient that cannot be passed on is put off; the ones before go out by a new connection."""
    connections = 0

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await answer_lines(reader, writer, {"RCPT": b""} if connections == 1 else {})

    async def run() -> None:
        judging = FakeJudging(held_early={Mailbox.parse("bob@navy.mil")})
        async with (
            rude_hop(behave) as hop,
            bench(Plan(judging=judging, upstream=hop)) as stage,
            connected(stage.proxy.address) as wire,
        ):
            two = ("RCPT TO:<bob@navy.mil>", "RCPT TO:<john@army.mil>")
            replies = await wire.ask(*OPENING[:2], *two, "DATA")
            assert [reply[:9] for reply in replies[2:]] == ["250 2.1.5", "451 4.4.1", "354 End d"]
            await wire.send(b".\r\n")
            assert await wire.reply() == "250 Ok"
        assert connections == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    "answers",
    [
        {"GREETING": b"554 no\r\n"},
        {"GREETING": b"hello\r\n"},
        {"EHLO": b""},
        {"EHLO": b"550 no\r\n", "HELO": b"550 no\r\n"},
    ],
    ids=repr,
)
def test_a_next_hop_that_does_not_greet(answers: dict[str, bytes]) -> None:
    """Without a working next hop the client is put off at EHLO."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_lines(reader, writer, answers)

    assert asyncio.run(_first_reply(behave)).startswith("421 4.4.1")


def test_a_next_hop_without_ehlo() -> None:
    """A next hop that knows HELO alone is used without extensions."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await answer_lines(reader, writer, {"EHLO": b"500 what\r\n"})

    assert asyncio.run(_first_reply(behave)).startswith("250 XFORWARD")


async def _first_reply(behave: Behaviour) -> str:
    async with (
        rude_hop(behave) as hop,
        bench(Plan(upstream=hop)) as stage,
        connected(stage.proxy.address) as wire,
    ):
        return (await wire.ask("EHLO client.example"))[0]


def test_the_smaller_size_limit_is_offered() -> None:
    """SIZE is the smaller of ours and the next hop's."""

    async def run() -> None:
        plan = Plan(sink=SinkSettings(max_size=1000))
        async with bench(plan) as stage, connected(stage.proxy.address) as wire:
            await wire.send(b"EHLO client.example\r\n")
            await wire.line()
            assert await wire.line() == "250-SIZE 1000"

    asyncio.run(run())


def test_no_verdict_in_time() -> None:
    """At the cap the client is told to try again, and nothing is passed on."""
    judged = Event()

    async def run() -> None:
        plan = Plan(change=lambda settings: replace(settings, verdict_cap=0.05))
        plan.judging.waits_for = judged
        try:
            async with bench(plan) as stage, connected(stage.proxy.address) as wire:
                assert (await _send(wire, b"x\r\n.\r\n")).startswith("451 4.3.2")
                assert stage.log.refusals == ["VerdictTimeout"]
                assert stage.sink.messages() == ()
        finally:
            judged.set()

    asyncio.run(run())


def test_too_many_recipients() -> None:
    """Beyond the limit a recipient is put off, and the others are served."""

    async def run() -> None:
        plan = Plan(change=lambda settings: replace(settings, max_recipients=60))
        async with bench(plan) as stage, connected(stage.proxy.address) as wire:
            await wire.ask(*OPENING[:2])
            replies = await wire.ask(*(f"RCPT TO:<p{i}@army.mil>" for i in range(61)))
            assert [reply[:3] for reply in replies] == ["250"] * 60 + ["452"]
            assert (await _send(wire, b".\r\n", ())).startswith("250")
            assert len(stage.sink.messages()) == 60

    asyncio.run(run())


def test_too_many_mistakes() -> None:
    """A client that sends nothing but rubbish is shown the door."""

    async def run() -> None:
        async with bench() as stage, connected(stage.proxy.address) as wire:
            replies = await wire.ask(*["RUBBISH"] * 21)
            assert replies[-1] == "421 4.7.0 too many errors, closing"
            assert await wire.line() == "EOF"
            assert stage.log.refusals == ["UnknownVerb"] * 21

    asyncio.run(run())


def test_a_line_without_end() -> None:
    """A command line that never ends costs a refusal, not memory."""

    async def run() -> None:
        async with bench() as stage, connected(stage.proxy.address) as wire:
            await wire.send(b"NOOP " + b"x" * 300_000 + b"\r\nNOOP\r\n")
            assert (await wire.line()).startswith("501 5.5.4")
            assert (await wire.line()).startswith("250")

    asyncio.run(run())


def test_too_many_connections() -> None:
    """One client more than allowed is told so."""

    async def run() -> None:
        plan = Plan(change=lambda settings: replace(settings, max_connections=1))
        async with bench(plan) as stage, connected(stage.proxy.address):
            second = await Wire.to(stage.proxy.address)
            assert (await second.line()).startswith("421 4.3.2 too many connections")
            await second.close()

    asyncio.run(run())


def test_a_silent_client() -> None:
    """Who says nothing for too long is told and left."""

    async def run() -> None:
        plan = Plan(change=lambda settings: replace(settings, timeout=0.05))
        async with bench(plan) as stage, connected(stage.proxy.address) as wire:
            assert await wire.line() == "421 4.4.2 timeout, closing"
            assert await wire.line() == "EOF"

    asyncio.run(run())


def test_shutdown_lets_a_message_end() -> None:
    """At shutdown an idle client is told to come back; a message being judged is seen through."""
    judged = Event()

    async def run() -> None:
        async with bench() as stage:
            stage.judging.waits_for = judged
            async with (
                connected(stage.proxy.address) as idle,
                connected(stage.proxy.address) as busy,
            ):
                await idle.ask("EHLO client.example")
                await busy.ask(*OPENING, "DATA")
                await busy.send(b"x\r\n.\r\n")
                closing = asyncio.create_task(stage.proxy.close(grace=20))
                assert (await idle.line()).startswith("421 4.3.2")
                judged.set()
                assert (await busy.line()).startswith("250")
                assert (await busy.line()).startswith("421 4.3.2")
                await closing
        assert stage.judging.calls == ["decide", "activate"]
        assert len(stage.sink.messages()) == 1

    asyncio.run(run())


def test_shutdown_does_not_wait_for_ever() -> None:
    """A client in the middle of its message is cut off after the grace time; nothing remains."""

    async def run() -> None:
        async with bench() as stage, connected(stage.proxy.address) as wire:
            await wire.ask(*OPENING, "DATA")
            await stage.proxy.close(grace=0.01)
            assert (await wire.line()).startswith("421 4.3.2")
            assert stage.judging.calls == []

    asyncio.run(run())


def test_bind() -> None:
    """HOST:PORT is bound, IPv6 in brackets, too; anything else is the operator's mistake."""
    with contextlib.closing(bind("127.0.0.1:0")) as listening:
        port = listening.getsockname()[1]
        assert port > 0
        listening.listen()
        with pytest.raises(ConfigError, match="cannot listen"):
            bind(f"127.0.0.1:{port}")
    for listen in ("127.0.0.1", ":25", "127.0.0.1:smtp", "127.0.0.1:70000", ""):
        with pytest.raises(ConfigError, match="HOST:PORT"):
            bind(listen)


def test_a_listener_that_was_not_started() -> None:
    """It has no address, and closing it is harmless."""
    listener = SmtpListener(SessionSettings("x.example", LOCAL, 1), lambda: None, 1)  # type: ignore[arg-type,return-value]
    with pytest.raises(ConfigError):
        _ = listener.address
    asyncio.run(listener.close())
