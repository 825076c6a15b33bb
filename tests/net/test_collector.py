"""The collector's SMTP side in refuse mode: every answer, and nothing of a message taken."""

from __future__ import annotations

import asyncio
import re

import pytest
from tests.net.collector_stage import (
    EHLO,
    HINT,
    JOHN,
    MAIL,
    Sealing,
    rest,
    stage,
)
from tests.net.smtp_bench import AT, Wire, connected

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.net import collector as module
from missent.service.collection.collection import Hit

# --- refuse mode ---------------------------------------------------------------------------------


def test_every_recipient_is_answered_with_the_domain_that_was_meant() -> None:
    """550 5.1.2 at RCPT, whoever sends, and a hit with all that the envelope says."""

    async def run() -> None:
        async with stage() as on, connected(on.server.address) as wire:
            replies = await wire.ask(EHLO, MAIL, JOHN, "RCPT TO:<mary@hq.navy.ml>", "RSET")
            assert replies[2] == HINT
            assert replies[3].startswith("550 5.1.2 <mary@hq.navy.ml>: did you mean hq.navy.mil?")
            await wire.ask("MAIL FROM:<>", JOHN, "QUIT")
        john, mary, bounce = on.heard.hits
        assert john == Hit(
            at=AT,
            client="127.0.0.1",
            helo="mail.contractor.example",
            tls=False,
            sender=Mailbox.parse("ann@contractor.example"),
            typed=Mailbox.parse("john@army.ml"),
            meant=DomainName.parse("army.mil"),
            rcpts=1,
            listed=True,
        )
        assert (mary.rcpts, mary.meant.ascii, mary.listed) == (2, "hq.navy.mil", None)
        assert (bounce.sender, bounce.rcpts) == (None, 1)

    asyncio.run(run())


def test_what_is_offered() -> None:
    """No AUTH, no CHUNKING, no DSN, STARTTLS only with a certificate; SIZE names no figure."""

    async def run() -> None:
        async with stage() as on:
            wire = await Wire.to(on.server.address)
            assert await wire.line() == "220 mx.army.ml ESMTP"
            await wire.send(f"{EHLO}\r\nQUIT\r\n".encode())
            offered = {line[4:] for line in (await rest(wire))[1:-1]}
            await wire.close()
        assert offered == {"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"}

    asyncio.run(run())


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        ("VRFY john", "252 2.0.0 *"),
        ("VRFY nobody", "252 2.0.0 *"),
        ("EXPN staff", "500 5.5.2 *"),
        ("AUTH PLAIN AGFubgBzZWNyZXQ=", "500 5.5.2 *"),
        ("STARTTLS", "500 5.5.2 *"),
        ("XFORWARD ADDR=192.0.2.1", "500 5.5.2 *"),
        ("HELP", "500 5.5.2 *"),
    ],
)
def test_nothing_else_is_to_be_had(command: str, reply: str) -> None:
    """Nobody is logged in, no mailbox is confirmed, no address of another client is believed."""

    async def run() -> None:
        async with stage() as on, connected(on.server.address) as wire:
            (answer,) = (await wire.ask(EHLO, command))[1:]
            assert answer.startswith(reply.rstrip("*"))
        assert on.heard.hits == []

    asyncio.run(run())


def test_a_login_that_was_tried_is_seen_in_the_hit() -> None:
    """Honest mail servers do not log in to a stranger, so it is evidence; the password is not kept."""

    async def run() -> None:
        async with stage() as on, connected(on.server.address) as wire:
            await wire.ask(EHLO, MAIL, JOHN, "RSET", "AUTH PLAIN AGFubgBzZWNyZXQ=", MAIL, JOHN)
        assert [hit.logged_in for hit in on.heard.hits] == [False, True]

    asyncio.run(run())


def test_we_are_no_relay() -> None:
    """A recipient elsewhere is refused as relaying, and is no hit."""

    async def run() -> None:
        elsewhere = ["RCPT TO:<john@army.mil>", "RCPT TO:<x@[192.0.2.1]>", "RCPT TO:<x@ml>"]
        async with stage() as on, connected(on.server.address) as wire:
            replies = await wire.ask(EHLO, MAIL, *elsewhere)
            assert replies[2:] == ["550 5.7.1 relaying denied"] * 3
        assert on.heard.hits == []
        assert on.heard.refusals == ["RelayDenied"] * 3

    asyncio.run(run())


def test_roles_are_told_where_the_operator_is() -> None:
    """Mail for whoever runs the typed domain is no misdirected mail: it gets an address that works."""

    async def run() -> None:
        roles = ["RCPT TO:<postmaster>", "RCPT TO:<Postmaster@army.ml>", "RCPT TO:<abuse@navy.ml>"]
        for sealing in (None, Sealing()):
            async with stage(sealing=sealing) as on, connected(on.server.address) as wire:
                for reply in (await wire.ask(EHLO, MAIL, *roles))[2:]:
                    assert reply.startswith("550 5.1.2 ")
                    assert "write to ops@owner.example" in reply
                (elsewhere,) = await wire.ask("RCPT TO:<postmaster@army.mil>")
                assert elsewhere == "550 5.7.1 relaying denied"
            assert on.heard.hits == []
            assert on.heard.refusals == ["Role"] * 3 + ["RelayDenied"]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("peer", "client"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("2001:db8::7", "2001:db8::7"), ("", "")],
)
def test_an_ipv4_client_of_an_ipv6_socket_is_one(peer: str, client: str) -> None:
    """One address has one spelling, whichever socket it came to."""
    assert module._address(peer) == client


def test_a_size_beyond_all_measure_still_hears_the_hint() -> None:
    """What would be too big to take is refused for its address, which its sender can mend."""

    async def run() -> None:
        for sealing in (None, Sealing()):
            async with stage(sealing=sealing) as on, connected(on.server.address) as wire:
                replies = await wire.ask(EHLO, f"{MAIL} SIZE=99999999999999999999", JOHN)
                assert replies[2] == HINT
            assert on.heard.typed == ["john@army.ml"]

    asyncio.run(run())


def test_an_internationalised_sender_and_recipient_are_answered_in_ascii() -> None:
    """SMTPUTF8 is offered so that such mail hears the hint instead of a fault."""

    async def run() -> None:
        async with stage() as on, connected(on.server.address) as wire:
            replies = await wire.ask(
                EHLO, "MAIL FROM:<jörg@contractor.example> SMTPUTF8", "RCPT TO:<jürgen@army.ml>"
            )
            assert replies[2].isascii()
            assert "did you mean army.mil?" in replies[2]

    asyncio.run(run())


# --- nothing behind a refused DATA is a command --------------------------------------------------

MESSAGE = "From: ann@contractor.example\r\n\r\nRCPT TO:<forged@army.ml>\r\nMAIL FROM:<e@x.example>\r\n.\r\n"
GROUP = f"{MAIL}\r\n{JOHN}\r\nDATA\r\n"
FORGED = [
    MESSAGE,
    "RCPT TO:<forged@army.ml>\r\n.\r\n",
    f"{MAIL}\r\nRCPT TO:<forged@army.ml>\r\n.\r\nQUIT\r\n",
    "\r\nRCPT TO:<forged@army.ml>\r\n.\r\n",
    "x" * 5_000 + "\r\nRCPT TO:<forged@army.ml>\r\n.\r\n",
    "QUIT\r\n",
]


@pytest.mark.parametrize("behind", FORGED)
def test_a_message_in_the_same_packet_is_no_command(behind: str) -> None:
    """The replies arrive, the connection ends, and no line of the message is counted."""

    async def run() -> None:
        async with stage() as on:
            wire = await Wire.to(on.server.address)
            await wire.send(f"{EHLO}\r\n{GROUP}{behind}".encode())
            lines = await rest(wire)
            await wire.close()
        assert [line[:9] for line in lines[-3:]] == ["250 2.1.0", "550 5.1.2", "554 5.5.1"]
        assert on.heard.typed == ["john@army.ml"]

    asyncio.run(run())


@pytest.mark.parametrize("behind", [MESSAGE, *FORGED[1:2], *FORGED[3:5], "DATA\r\n"])
@pytest.mark.parametrize("hello", ["EHLO", "HELO"])
def test_a_message_that_comes_later_is_no_command_either(behind: str, hello: str) -> None:
    """A client that did not wait for 354 is cut off at the first line that is not its to say."""

    async def run() -> None:
        async with stage() as on, connected(on.server.address) as wire:
            await wire.ask(f"{hello} c.example", MAIL, JOHN)
            assert await wire.ask("DATA") == ["554 5.5.1 no valid recipients"]
            await wire.send(behind.encode())
            lines = await rest(wire)
        assert {line[:3] for line in lines} <= {"501", "521"}
        assert on.heard.typed == ["john@army.ml"]

    asyncio.run(run())


@pytest.mark.parametrize(
    "after", ["RSET", "QUIT", "NOOP", "EHLO c.example", "MAIL FROM:<b@x.example>"]
)
def test_a_client_that_understood_goes_on(after: str) -> None:
    """Servers that hear 554 to DATA reset, quit, or send the next message; none is a mistake."""

    async def run() -> None:
        async with stage() as on, connected(on.server.address) as wire:
            await wire.ask(EHLO)
            for _ in range(3 if after.startswith("MAIL") else 30):
                replies = await wire.ask(MAIL, JOHN, "DATA")
                assert [reply[:3] for reply in replies] == ["250", "550", "554"]
                (reply,) = await wire.ask(after)
                assert reply[:3] in ("250", "221", "503")
                if after == "QUIT":
                    break
                await wire.ask("RSET")

    asyncio.run(run())


def test_a_long_message_behind_data_does_not_cost_the_replies() -> None:
    """Closing on unread octets would reset the connection and take the hint with it."""

    async def run() -> None:
        async with stage() as on:
            wire = await Wire.to(on.server.address)
            body = ("x" * 998 + "\r\n") * 1_500
            sending = asyncio.create_task(
                wire.send(f"{EHLO}\r\n{GROUP}Subject: crew\r\n\r\n{body}.\r\n".encode())
            )
            lines = await rest(wire)
            await sending
            await wire.close()
        assert HINT in lines
        assert lines[-1] == "554 5.5.1 no valid recipients"

    asyncio.run(run())


def test_groups_of_commands_are_carried_out_in_order() -> None:
    """PIPELINING is offered, so a group of any length has its replies, each in its place."""

    async def run() -> None:
        async with stage() as on:
            wire = await Wire.to(on.server.address)
            people = [f"RCPT TO:<p{number}@army.ml>\r\n" for number in range(300)]
            last = f"RSET\r\n{MAIL}\r\nRCPT TO:<last@army.ml>\r\nQUIT\r\n"
            group = f"{EHLO}\r\n{MAIL}\r\n{''.join(people)}{last}"
            await wire.send(group.encode())
            lines = await rest(wire)
            await wire.close()
        hints = [match[1] for line in lines if (match := re.match(r"550 5\.1\.2 <(\w+)@", line))]
        assert hints == [*(f"p{number}" for number in range(300)), "last"]
        assert lines[-1].startswith("221")
        assert [hit.rcpts for hit in on.heard.hits] == [*range(1, 301), 1]

    asyncio.run(run())


@pytest.mark.parametrize("sealing", [None, Sealing()])
def test_bdat_ends_the_connection(sealing: Sealing | None) -> None:
    """CHUNKING is not offered; a chunk is never read as commands, and nothing of it is kept."""

    async def run() -> None:
        async with stage(sealing=sealing) as on, connected(on.server.address) as wire:
            await wire.ask(EHLO, MAIL, JOHN)
            await wire.send(b"BDAT 26 LAST\r\nRCPT TO:<forged@army.ml>\r\n")
            assert [line[:3] for line in await rest(wire)] == ["521"]
        assert on.heard.typed == ["john@army.ml"]
        assert sealing is None or sealing.taken == []

    asyncio.run(run())
