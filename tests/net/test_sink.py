"""The demo's sink: keeps mail by mailbox, within bounds, and answers as it is told."""

from __future__ import annotations

import asyncio
import smtplib

from tests.net.smtp_bench import AT, StoppedClock, connected

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.net.sink import Sink, SinkSettings
from missent.wire.smtp_bytes import Reply

ANN = Mailbox.parse("ann@contractor.example")
JOHN = Mailbox.parse("john@army.mil")
JOHN_ML = Mailbox.parse("john@army.ml")
OPENING = ("EHLO client.example", "MAIL FROM:<ann@contractor.example>")


def _deliver(address: tuple[str, int], recipients: list[str], data: bytes) -> object:
    with smtplib.SMTP(*address, timeout=20) as client:
        return client.sendmail(
            ANN.wire,
            recipients,
            data,
            mail_options=["BODY=8BITMIME"],
            rcpt_options=["NOTIFY=NEVER"],
        )


def test_mail_is_kept_by_mailbox() -> None:
    """Each recipient has a copy, found by mailbox and by domain, octets as they were sent."""

    async def run() -> None:
        sink = Sink(StoppedClock())
        await sink.start()
        data = b"Subject: crew\r\n\r\n.dot \xff\r\n"
        await asyncio.to_thread(_deliver, sink.address, [JOHN.wire, JOHN_ML.wire], data)
        await sink.close()
        assert [message.recipient for message in sink.messages()] == [JOHN, JOHN_ML]
        (message,) = sink.messages(Mailbox.parse("JOHN@army.ml"))
        assert (message.sender, message.data, message.at) == (ANN, data, AT)
        assert dict(message.parameters) == {"BODY": "8BITMIME", "SIZE": str(len(data))}
        assert dict(message.recipient_parameters) == {"NOTIFY": "NEVER"}
        assert sink.messages(DomainName.parse("army.mil")) == sink.messages(JOHN)
        assert sink.messages(DomainName.parse("navy.mil")) == ()
        assert sink.heard[-1] == "DATA"
        sink.clear()
        assert (sink.messages(), sink.heard) == ((), ())

    asyncio.run(run())


def test_answers_can_be_set() -> None:
    """The sink refuses at each step where it is told to, and keeps nothing it refused."""

    async def run() -> None:
        sink = Sink(StoppedClock())
        await sink.start()
        sink.answers.recipients[JOHN] = Reply.of("550 5.1.1 no such user")
        async with connected(sink.address) as wire:
            replies = await wire.ask(*OPENING, f"RCPT TO:<{JOHN}>", f"RCPT TO:<{JOHN_ML}>", "DATA")
            assert replies[2:4] == ["550 5.1.1 no such user", "250 2.1.5 Ok"]
            sink.answers.data = Reply.of("452 4.3.1 full")
            await wire.send(b"x\r\n.\r\n")
            assert await wire.line() == "452 4.3.1 full"
            sink.answers.mail = Reply.of("451 4.7.1 later")
            assert await wire.ask(OPENING[1]) == ["451 4.7.1 later"]
        await sink.close()
        assert sink.messages() == ()

    asyncio.run(run())


def test_the_oldest_mail_goes_first() -> None:
    """Neither the number of messages nor their octets grow beyond the bounds."""

    async def run() -> None:
        sink = Sink(StoppedClock(), SinkSettings(max_messages=3, max_octets=20))
        await sink.start()
        async with connected(sink.address) as wire:
            await wire.ask(OPENING[0])
            for body in ("1", "2", "3", "4", "x" * 14):
                await wire.ask(OPENING[1], f"RCPT TO:<{JOHN}>", "DATA")
                await wire.send(body.encode() + b"\r\n.\r\n")
                assert (await wire.line()).startswith("250")
        await sink.close()
        assert [message.data for message in sink.messages()] == [b"4\r\n", b"x" * 14 + b"\r\n"]

    asyncio.run(run())


def test_a_new_greeting_forgets_the_transaction() -> None:
    """EHLO is a reset; nothing of the transaction before it is delivered."""

    async def run() -> None:
        sink = Sink(StoppedClock())
        await sink.start()
        async with connected(sink.address) as wire:
            await wire.ask(*OPENING, f"RCPT TO:<{JOHN}>", *OPENING, f"RCPT TO:<{JOHN_ML}>", "DATA")
            await wire.send(b".\r\n")
            assert (await wire.line()).startswith("250")
        await sink.close()
        assert [message.recipient for message in sink.messages()] == [JOHN_ML]
        assert sink.heard.count("RSET") == 1

    asyncio.run(run())
