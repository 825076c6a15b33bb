"""Who may use the proxy, and what TLS and a login change: never an open relay."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.net.smtp_bench import (
    LOCAL,
    LOOPBACK,
    FakePasswords,
    Plan,
    answer_lines,
    bench,
    connected,
    rude_hop,
)
from tests.net.smtp_certificates import Certificates, issue

from missent.errors import ConfigError, MalformedCommand
from missent.mail.domain import DomainName
from missent.net.sasl import Login
from missent.net.smtp import ProxySettings
from missent.net.smtp_session import Client
from missent.wire.smtp import Auth

MESSAGE = b"Subject: plans\r\n\r\nbody\r\n"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """One set for all tests here."""
    return issue(tmp_path_factory.mktemp("certificates"))


def _settings(**changes: object) -> ProxySettings:
    base = ProxySettings("127.0.0.1", 25, "proxy.example", LOCAL, trusted_clients=(LOOPBACK,))
    return replace(base, **changes)  # type: ignore[arg-type]


def _plan(change: Callable[[ProxySettings], ProxySettings]) -> Plan:
    return Plan(change=change, authenticator=FakePasswords())


def _send(
    address: tuple[str, int],
    context: ssl.SSLContext | None,
    *,
    sender: str = "ann@contractor.example",
    login: tuple[str, str] | None = None,
) -> tuple[int, bytes]:
    """Send with the standard library's client; gives the reply to MAIL, or to the data."""
    with smtplib.SMTP(*address, timeout=20) as client:
        if context is not None:
            client.starttls(context=context)
        client.ehlo()
        if login is not None:
            client.login(*login)
        code, text = client.mail(sender)
        if code == 250:
            assert client.rcpt("john@army.mil")[0] == 250
            code, text = client.data(MESSAGE)
        return code, text


def test_half_a_hosted_set_up_is_refused(certificates: Certificates) -> None:
    """Hosted mode needs both the certificate check and the list of sender domains."""
    both = {"tls": certificates.server_context(clients=True), "sender_domains": (LOCAL,)}
    assert _settings(hosted=True, **both).hosted
    for name, value in (
        ("tls", None),
        ("tls", certificates.server_context()),
        ("sender_domains", ()),
    ):
        with pytest.raises(ConfigError):
            _settings(hosted=True, **{**both, name: value})


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::ffff:127.0.0.1", True),
        ("192.0.2.1", False),
        ("::1", False),
        ("", False),
    ],
)
def test_trust_is_by_network(address: str, trusted: bool) -> None:
    """Only a listed network is trusted; an IPv4 client seen over IPv6 is the same client."""
    assert _settings().trusts(Client(address)) is trusted


def test_ipv6_networks() -> None:
    """A network of the other family matches nobody."""
    settings = _settings(trusted_clients=(ipaddress.ip_network("::1/128"),))
    assert settings.trusts(Client("::1"))
    assert not settings.trusts(Client("127.0.0.1"))


def test_hosted_trusts_no_network(certificates: Certificates) -> None:
    """In hosted mode an address alone opens nothing."""
    settings = _settings(
        hosted=True, tls=certificates.server_context(clients=True), sender_domains=(LOCAL,)
    )
    assert not settings.trusts(Client("127.0.0.1"))
    assert not settings.admits(Client("127.0.0.1", login="ann"))
    assert not settings.admits(Client("127.0.0.1", tls=True))


def test_starttls_and_what_was_said_before(certificates: Certificates) -> None:
    """After STARTTLS the client greets again, STARTTLS is no longer offered, and mail passes."""

    async def run() -> None:
        plan = _plan(lambda s: replace(s, tls=certificates.server_context()))
        async with bench(plan) as stage:
            async with connected(stage.proxy.address) as wire:
                await wire.send(b"EHLO client.example\r\n")
                lines = [await wire.line() for _ in range(8)]
                assert lines[-1] == "250 STARTTLS"
                await wire.ask("XFORWARD ADDR=192.0.2.7")
                assert (await wire.ask("STARTTLS"))[0].startswith("220 2.0.0")
                await wire.writer.start_tls(
                    certificates.client_context(), server_hostname="127.0.0.1"
                )
                replies = await wire.ask("MAIL FROM:<a@b.example>", "STARTTLS", "EHLO client")
                assert [reply[:9] for reply in replies[:2]] == ["503 5.5.1", "503 5.5.1"]
                assert replies[2] == "250 AUTH PLAIN LOGIN"
                assert (await wire.ask("STARTTLS"))[0].startswith("500 5.5.2")
                assert (await wire.ask("QUIT"))[0].startswith("221")
            address = stage.proxy.address
            context = certificates.client_context()
            assert (await asyncio.to_thread(_send, address, context))[0] == 250
        assert [message.data for message in stage.sink.messages()] == [MESSAGE]

    asyncio.run(run())


def test_octets_before_tls_are_refused(certificates: Certificates) -> None:
    """A command slipped in behind STARTTLS in plain text is not carried out after it."""

    async def run() -> None:
        plan = _plan(lambda s: replace(s, tls=certificates.server_context()))
        async with bench(plan) as stage, connected(stage.proxy.address) as wire:
            await wire.ask("EHLO client.example")
            await wire.send(b"STARTTLS\r\nMAIL FROM:<eve@army.ml>\r\n")
            assert (await wire.line()).startswith("521 5.5.2")
            assert await wire.line() == "EOF"
            assert stage.sink.heard == ()

    asyncio.run(run())


def test_login_makes_a_stranger_a_client(certificates: Certificates) -> None:
    """AUTH is offered after TLS only; with it a client from anywhere may send, and is named."""

    async def run() -> None:
        plan = _plan(lambda s: replace(s, tls=certificates.server_context(), trusted_clients=()))
        context = certificates.client_context()
        async with bench(plan) as stage:
            address = stage.proxy.address
            denied = await asyncio.to_thread(_send, address, context)
            assert denied == (550, b"5.7.1 relaying denied")
            login = ("ann", "correct horse")
            assert (await asyncio.to_thread(_send, address, context, login=login))[0] == 250
            with pytest.raises(smtplib.SMTPAuthenticationError):
                await asyncio.to_thread(_send, address, context, login=("ann", "wrong"))
        (envelope,) = stage.judging.envelopes
        assert envelope.authenticated_as == "ann"
        assert stage.log.refusals == ["RelayDenied", "BadLogin", "BadLogin"]
        async with bench(plan) as stage, connected(stage.proxy.address) as wire:
            await wire.ask("EHLO client.example", "STARTTLS")
            await wire.writer.start_tls(context, server_hostname="127.0.0.1")
            guess = f"AUTH PLAIN {_b64(chr(0) + 'ann' + chr(0) + 'guess').decode()}"
            replies = await wire.ask("EHLO client.example", *[guess] * 5)
            assert [reply[:3] for reply in replies] == ["250"] + ["535"] * 4 + ["421"]
            assert await wire.line() == "EOF"

    asyncio.run(run())


def test_hosted(certificates: Certificates) -> None:
    """Hosted: a verified certificate and one of our sender domains, or nothing is relayed."""

    async def run() -> None:
        plan = _plan(
            lambda s: replace(
                s,
                hosted=True,
                tls=certificates.server_context(clients=True),
                sender_domains=(LOCAL, DomainName.parse("other.example")),
            )
        )
        ours = certificates.client_context(certificate=True)
        async with bench(plan) as stage:
            address = stage.proxy.address
            assert (await asyncio.to_thread(_send, address, None))[0] == 530
            for sender in ("ann@contractor.example", "x@mail.other.example", ""):
                assert (await asyncio.to_thread(_send, address, ours, sender=sender))[0] == 250
            for sender in ("ann@army.mil", "ann@notcontractor.example"):
                denied = await asyncio.to_thread(_send, address, ours, sender=sender)
                assert denied == (550, b"5.7.1 sender domain not accepted here")
            with pytest.raises((smtplib.SMTPException, OSError)):
                await asyncio.to_thread(_send, address, certificates.client_context())
        subjects = {envelope.certificate_subject for envelope in stage.judging.envelopes}
        assert subjects == {"commonName=client.contractor.example"}
        assert stage.log.refusals == ["RelayDenied"] * 3 + ["NoTls"]

    asyncio.run(run())


def test_tls_with_the_next_hop(certificates: Certificates) -> None:
    """Configured TLS with the next hop is used, greeted again under it, and mail passes."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hop.example\r\n")
        await reader.readline()
        writer.write(b"250-hop.example\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n")
        await writer.start_tls(certificates.server_context())
        await answer_lines(reader, writer, {"GREETING": b""})

    async def run() -> None:
        async with rude_hop(behave) as hop:
            plan = _plan(lambda s: replace(s, upstream_tls=certificates.client_context()))
            plan.upstream = hop
            async with bench(plan) as stage:
                assert (await asyncio.to_thread(_send, stage.proxy.address, None))[0] == 250

    asyncio.run(run())


def test_no_downgrade_with_the_next_hop(certificates: Certificates) -> None:
    """A next hop that should have TLS and does not offer it, or has another's name, gets nothing."""

    async def run() -> None:
        plan = _plan(lambda s: replace(s, upstream_tls=certificates.client_context()))
        async with bench(plan) as stage, connected(stage.proxy.address) as wire:
            assert (await wire.ask("EHLO client.example"))[0].startswith("421 4.4.1")

    asyncio.run(run())


def _b64(text: str) -> bytes:
    return base64.b64encode(text.encode())


def test_login_exchanges() -> None:
    """PLAIN and LOGIN end with the same name and password; the password is in no repr."""
    plain = Login.begin(Auth("PLAIN", _b64("\0ann\0secret").decode()))
    asked = Login.begin(Auth("LOGIN", None))
    assert asked.challenge == _b64("Username:").decode()
    asked = asked.answer(_b64("ann"))
    assert asked.challenge == _b64("Password:").decode()
    assert not asked.complete
    asked = asked.answer(_b64("secret"))
    for login in (plain, asked):
        assert login.complete
        assert (login.name, login.password) == ("ann", "secret")
        assert "secret" not in repr(login)
    assert Login.begin(Auth("PLAIN", None)).challenge == ""


@pytest.mark.parametrize(
    ("mechanism", "line"),
    [
        ("PLAIN", b"*"),
        ("PLAIN", b"not base 64"),
        ("PLAIN", b"/w=="),
        ("PLAIN", _b64("ann\0secret")),
        ("PLAIN", _b64("bob\0ann\0secret")),
        ("PLAIN", _b64("\0\0secret")),
        ("LOGIN", b""),
        ("LOGIN", b"*"),
        ("CRAM-MD5", b""),
    ],
)
def test_logins_that_cannot_be_read(mechanism: str, line: bytes) -> None:
    """What is no answer to the exchange is refused; nobody acts for another login."""
    with pytest.raises(MalformedCommand):
        Login.begin(Auth(mechanism, None)).answer(line)


def test_certificates_are_throw_away(certificates: Certificates, tmp_path: Path) -> None:
    """Each set has its own authority: one set's client is a stranger to another's server."""
    assert issue(tmp_path).authority.read_bytes() != certificates.authority.read_bytes()
