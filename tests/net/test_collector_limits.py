"""The collector under pressure: TLS, limits, its end, and that nobody keeps the others out."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.net.collector_stage import (
    EHLO,
    HINT,
    JOHN,
    MAIL,
    SETTINGS,
    rest,
    stage,
)
from tests.net.smtp_bench import Wire, connected
from tests.net.smtp_certificates import Certificates, issue

from missent.net import collector as module
from missent.net.smtp_listener import client_of


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One set for all tests here."""
    return issue(tmp_path_factory.mktemp("certificates"))


# --- TLS, limits, the end ------------------------------------------------------------------------


def test_tls_is_seen_in_the_hit(certificates: Certificates) -> None:
    """STARTTLS is offered with a certificate; the name said before it does not count."""

    async def run() -> None:
        settings = replace(SETTINGS, tls=certificates.server_context())
        async with stage(settings) as on, connected(on.server.address) as wire:
            await wire.ask("EHLO before.example", "STARTTLS")
            context = certificates.client_context()
            await wire.writer.start_tls(context, server_hostname="server.contractor.example")
            assert (await wire.ask("EHLO after.example", MAIL, JOHN))[2] == HINT
        (hit,) = on.heard.hits
        assert (hit.tls, hit.helo) == (True, "after.example")

    asyncio.run(run())


def test_too_many_connections_are_told_to_come_later() -> None:
    """421 and never 521, which makes a sender's server queue in silence; others are still served."""

    async def run() -> None:
        settings = replace(SETTINGS, max_connections=3, per_client=2)
        async with (
            stage(settings) as on,
            connected(on.server.address) as first,
            connected(on.server.address) as second,
        ):
            third = await Wire.to(on.server.address)
            assert (await rest(third))[0].startswith("421 4.3.2 ")
            await third.close()
            await first.ask("QUIT")
            assert await first.line() == "EOF"
            assert (await second.ask(EHLO, MAIL, JOHN))[2] == HINT
            async with connected(on.server.address) as fourth:
                assert (await fourth.ask(EHLO, MAIL, JOHN))[2] == HINT

    asyncio.run(run())


def test_a_client_that_drips_octets_is_cut_off() -> None:
    """A line has one time limit as a whole: no connection is held for ever by an octet now and then."""

    async def run() -> None:
        async with stage(replace(SETTINGS, timeout=0.5)) as on:
            wire = await Wire.to(on.server.address)
            await wire.line()
            reading = asyncio.create_task(rest(wire))
            while not reading.done():
                await wire.send(b"x")
                await asyncio.wait({reading}, timeout=0.1)
            assert reading.result() == ["421 4.4.2 timeout, closing"]
            await wire.close()

    asyncio.run(run())


def test_stopping_says_421() -> None:
    """A client that waits at the end hears 421 and comes back to another day's collector."""

    async def run() -> None:
        async with stage() as on, connected(on.server.address) as wire:
            await wire.ask(EHLO)
            closing = asyncio.create_task(on.server.close(grace=10))
            assert await rest(wire) == ["421 4.3.2 shutting down, try again later"]
            await closing

    asyncio.run(run())


# --- nobody keeps the others out -----------------------------------------------------------------


def test_a_client_that_says_nothing_but_noop_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is for a while: who only keeps it open is not kept."""
    monkeypatch.setattr(module, "LONGEST", 1)

    async def run() -> None:
        async with stage(replace(SETTINGS, timeout=0.5)) as on:
            wire = await Wire.to(on.server.address)
            await wire.line()
            reading = asyncio.create_task(rest(wire))
            while not reading.done():
                await wire.send(b"NOOP\r\n")
                await asyncio.wait({reading}, timeout=0.1)
            assert reading.result()[-1] == "421 4.4.2 timeout, closing"
            await wire.close()

    asyncio.run(run())


def test_long_groups_of_some_do_not_delay_the_others() -> None:
    """Ten clients, each with thousands of recipients in one group, have turns with whoever comes then."""

    async def run() -> None:
        group = f"{EHLO}\r\n{MAIL}\r\n".encode() + b"RCPT TO:<john@army.ml>\r\n" * 4_000
        async with stage() as on:
            rude = [await Wire.to(on.server.address) for _ in range(10)]
            for wire in rude:
                await wire.send(group)
            async with connected(on.server.address) as wire:
                assert (await wire.ask(EHLO, MAIL, JOHN))[2] == HINT
            assert len(on.heard.hits) < 20_000
            for wire in rude:
                await wire.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("peer", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_client_is_whoever_has_the_address(peer: str, client: str) -> None:
    """A /64 of IPv6 is one holder's: two to the 64 addresses are not as many clients."""
    assert client_of(peer) == client
