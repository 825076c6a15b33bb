"""The collector's SMTP side in collect mode: nothing lost, nothing acknowledged before it is sealed."""

from __future__ import annotations

import asyncio
import socket
import threading
from dataclasses import replace

import pytest
from tests.net.collector_stage import (
    EHLO,
    HINT,
    JOHN,
    MAIL,
    SETTINGS,
    Sealing,
    rest,
    send,
    stage,
)
from tests.net.smtp_bench import Wire, connected

from missent.errors import StoreUnavailable
from missent.net import collector as module
from missent.service.collection.collection import Likely


def test_a_sealed_message_is_refused_with_the_hint() -> None:
    """The sender learns the right domain, and that a copy was kept; nothing is promised."""

    async def run() -> None:
        sealing = Sealing()
        async with stage(sealing=sealing) as on, connected(on.server.address) as wire:
            await wire.ask(EHLO)
            replies = await send(wire, b"Subject: crew\r\n\r\n..x", JOHN, "RCPT TO:<m@navy.ml>")
            assert replies[:2] == ["250 2.1.5 Ok"] * 2
            assert replies[2].startswith("550 5.1.2 army.ml: did you mean army.mil? navy.ml: did")
            assert "sealed copy was kept" in replies[2]
        ((envelope, data, hits),) = sealing.taken
        assert data == b"Subject: crew\r\n\r\n.x\r\n"
        assert [box.wire for box in envelope.mailboxes] == ["john@army.ml", "m@navy.ml"]
        assert (envelope.client_address, envelope.transaction_id) == ("127.0.0.1", "T1")
        assert [likely for _, likely in hits] == [Likely.REAL, Likely.UNCLEAR]
        assert on.heard.hits == [hit for hit, _ in hits]

    asyncio.run(run())


def test_acceptance_is_by_configuration() -> None:
    """With `accept` the sender's server hears 250, after the message was sealed."""

    async def run() -> None:
        sealing = Sealing(waits_for=threading.Event())
        assert sealing.waits_for is not None
        settings = replace(SETTINGS, accept=True)
        async with stage(settings, sealing) as on, connected(on.server.address) as wire:
            await wire.ask(EHLO)
            sending = asyncio.create_task(send(wire, b"x", JOHN))
            done, _ = await asyncio.wait({sending}, timeout=0.2)
            assert not done
            sealing.waits_for.set()
            assert await sending == ["250 2.1.5 Ok", "250 2.0.0 Ok"]
        assert len(sealing.taken) == 1

    asyncio.run(run())


@pytest.mark.parametrize("failure", [StoreUnavailable("disk"), ValueError("secret text")])
def test_what_cannot_be_sealed_is_not_acknowledged(failure: Exception) -> None:
    """451, the same for every fault, and no hit: the client tries again, and is counted then."""

    async def run() -> None:
        sealing = Sealing(failure=failure)
        async with stage(sealing=sealing) as on, connected(on.server.address) as wire:
            await wire.ask(EHLO)
            replies = await send(wire, b"x", JOHN)
            assert replies[1] == "451 4.3.0 cannot take this message now, try again later"
            assert on.heard.hits == []
            assert on.heard.refusals == [type(failure).__name__]
            sealing.failure = None
            assert (await send(wire, b"x", JOHN))[1].startswith("550 5.1.2 ")
        assert on.heard.typed == ["john@army.ml"]

    asyncio.run(run())


@pytest.mark.parametrize("end", ["RSET", "QUIT", "EHLO again.example", None])
def test_a_recipient_without_a_message_is_a_hit(end: str | None) -> None:
    """A probe, or a client that vanishes, is counted though nothing was sent."""

    async def run() -> None:
        sealing = Sealing()
        async with stage(sealing=sealing) as on:
            async with connected(on.server.address) as wire:
                await wire.ask(EHLO, MAIL, JOHN, *([end] if end else []))
            await on.server.close(grace=10)
        assert on.heard.typed == ["john@army.ml"]
        assert sealing.taken == []

    asyncio.run(run())


def test_odd_line_ends_are_sealed_as_they_came() -> None:
    """Nothing is passed on to a program that could read them differently, so the hint is worth more."""

    async def run() -> None:
        sealing = Sealing()
        async with stage(sealing=sealing) as on, connected(on.server.address) as wire:
            await wire.ask(EHLO)
            assert (await send(wire, b"a\nb\rc\0d", JOHN))[1].startswith("550 5.1.2 ")
        assert sealing.taken[0][1] == b"a\nb\rc\0d\r\n"

    asyncio.run(run())


def test_a_message_over_the_limit_is_not_kept() -> None:
    """Undeclared and too big: 552, the recipient is a hit, and nothing of it is sealed."""

    async def run() -> None:
        sealing = Sealing()
        async with (
            stage(replace(SETTINGS, max_size=1_000), sealing) as on,
            connected(on.server.address) as wire,
        ):
            await wire.ask(EHLO)
            assert (await send(wire, b"x" * 1_001, JOHN))[1].startswith("552 5.3.4 ")
        assert sealing.taken == []
        assert on.heard.typed == ["john@army.ml"]

    asyncio.run(run())


def test_recipients_of_one_message_are_bounded() -> None:
    """Those beyond are put off, as RFC 5321 §4.5.3.1.10 says, and are not counted yet."""

    async def run() -> None:
        sealing = Sealing()
        many = [f"RCPT TO:<p{number}@army.ml>" for number in range(102)]
        async with stage(sealing=sealing) as on, connected(on.server.address) as wire:
            await wire.ask(EHLO)
            replies = await send(wire, b"x", *many)
            assert [reply[:9] for reply in replies] == (
                ["250 2.1.5"] * 100 + ["452 4.5.3"] * 2 + ["550 5.1.2"]
            )
        assert len(on.heard.hits) == 100

    asyncio.run(run())


def test_memory_for_messages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many open at once the next hears the hint, at once, and is not collected."""
    monkeypatch.setattr(module, "OPEN_OCTETS", 2_000)
    monkeypatch.setattr(module, "SHARE", 1)

    async def run() -> None:
        sealing = Sealing()
        async with (
            stage(replace(SETTINGS, max_size=1_000), sealing) as on,
            connected(on.server.address) as first,
            connected(on.server.address) as second,
            connected(on.server.address) as third,
        ):
            for wire in (first, second):
                assert (await wire.ask(EHLO, MAIL, JOHN))[2] == "250 2.1.5 Ok"
            assert (await third.ask(EHLO, MAIL, JOHN))[2] == HINT
            await first.ask("RSET")
            assert (await third.ask(JOHN))[0] == "250 2.1.5 Ok"

    asyncio.run(run())


def test_a_full_disk_leaves_the_hint() -> None:
    """A sender who fills the vault up does not turn everybody's hint into a 451."""

    async def run() -> None:
        room = [True, False, True]
        async with (
            stage(sealing=Sealing(), spare=lambda: room.pop(0)) as on,
            connected(on.server.address) as wire,
        ):
            replies = await wire.ask(EHLO, MAIL, JOHN, "RSET", MAIL, JOHN, JOHN)
        assert [replies[2], *replies[5:]] == ["250 2.1.5 Ok", HINT, "250 2.1.5 Ok"]

    asyncio.run(run())


def test_one_client_cannot_take_all_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds messages open stops their own collecting, and nobody else's."""
    monkeypatch.setattr(module, "OPEN_OCTETS", 8_000)

    async def run() -> None:
        async with (
            stage(replace(SETTINGS, max_size=1_000), Sealing()) as on,
            connected(on.server.address) as first,
            connected(on.server.address) as second,
            connected(on.server.address) as third,
        ):
            for wire in (first, second):
                assert (await wire.ask(EHLO, MAIL, JOHN))[2] == "250 2.1.5 Ok"
            assert (await third.ask(EHLO, MAIL, JOHN))[2] == HINT
            host, port = on.server.address
            reader, writer = await asyncio.open_connection(
                host, port, local_addr=("127.0.0.9", 0), family=socket.AF_INET
            )
            other = Wire(reader, writer)
            await other.line()
            assert (await other.ask(EHLO, MAIL, JOHN))[2] == "250 2.1.5 Ok"
            await other.close()

    asyncio.run(run())


def test_a_message_that_only_drips_is_cut_off() -> None:
    """An octet now and then does not hold a place: the message as a whole must come with some pace."""

    async def run() -> None:
        sealing = Sealing()
        async with stage(replace(SETTINGS, timeout=0.5), sealing) as on:
            wire = await Wire.to(on.server.address)
            await wire.line()
            await wire.ask(EHLO, MAIL, JOHN, "DATA")
            reading = asyncio.create_task(rest(wire))
            while not reading.done():
                await wire.send(b"x")
                await asyncio.wait({reading}, timeout=0.1)
            assert reading.result() == ["421 4.4.2 timeout, closing"]
            await wire.close()
        assert sealing.taken == []
        assert on.heard.typed == ["john@army.ml"]

    asyncio.run(run())
