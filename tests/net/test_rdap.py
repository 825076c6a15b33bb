"""What a registry tells, and where a redirect may lead."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.net.look_up_stage import FakeTime
from tests.net.nameserver import NameServer, serving
from tests.net.registry import ARMY, Registry, card, domain, open_registry
from tests.net.smtp_certificates import issue

from missent.errors import ConfigError
from missent.mail.domain import DomainName
from missent.net.rdap import (
    MOST_OCTETS,
    MOST_REDIRECTS,
    UNSAID,
    Rdap,
    Registration,
    base_place,
    is_public,
    rdap,
    registration,
)
from missent.net.resolver import Resolver
from missent.net.standings import DnsLookUps, LookUpSettings
from missent.service.exposure.exposure import Mail
from missent.store.store import open_store
from missent.tables import LookUpTable

HOST = "server.contractor.example"
"""What the test certificate is for."""


@pytest.fixture
def registry() -> Iterator[Registry]:
    """Serve a registry."""
    with open_registry() as registry:
        yield registry


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Note every address that is connected to."""
    noted: list[tuple[str, int]] = []
    connect = socket.create_connection

    def note(address: tuple[str, int], *rest: Any) -> socket.socket:
        noted.append(address)
        return connect(address, *rest)

    monkeypatch.setattr(socket, "create_connection", note)
    return noted


def test_yes_with_the_registrar(registry: Registry) -> None:
    """200 with a domain object is yes; the request is one GET that says nothing of us."""
    registry.says(200, domain("army.ml", card("Somebody", "abuse"), card("Registrar & Sons")))
    assert registry.ask() == Registration(registered=True, registrar="Registrar & Sons")
    assert registry.asked == ["/domain/army.ml"]
    told = {"host", "accept", "accept-encoding", "user-agent", "connection"}
    assert set(registry.headers[0]) == told
    assert registry.headers[0]["user-agent"] == "missent"


def test_no(registry: Registry) -> None:
    """404 is no (RFC 7480 §5.3)."""
    assert registry.ask() == Registration(registered=False)


@pytest.mark.parametrize("code", [204, 400, 403, 500, 501])
def test_anything_else_says_nothing(registry: Registry, code: int) -> None:
    """An error is no answer."""
    registry.says(code)
    assert registry.ask() == UNSAID


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sign in to the hotel's network</html>",
        b"[]",
        b'{"objectClassName": "entity"}',
        domain("navy.ml"),
        b"[" * 100_000,
        b"\xff\xfe",
    ],
)
def test_what_is_no_domain_object_says_nothing(registry: Registry, body: bytes) -> None:
    """A portal that answers everything with 200 registers nothing, nor does another name's object."""
    registry.says(200, body)
    assert registry.ask() == UNSAID


def test_too_long_an_answer_says_nothing(registry: Registry) -> None:
    """An answer is read up to a bound."""
    registry.says(200, domain("army.ml", remarks="x" * MOST_OCTETS))
    assert registry.ask() == UNSAID


def test_an_answer_that_trickles_is_cut(registry: Registry) -> None:
    """The time is for the whole answer: an octet now and then does not win more."""
    registry.trickle = True
    registry.says(200, domain("army.ml"))
    started = time.monotonic()
    assert registry.ask(timeout=0.3) == UNSAID
    assert time.monotonic() - started < 3


def test_nobody_there_says_nothing() -> None:
    """A registry that cannot be reached is no answer."""
    with open_registry() as registry:
        pass
    assert registry.ask() == UNSAID


@pytest.mark.parametrize("code", [429, 503])
def test_a_registry_that_wants_patience_is_left_alone(registry: Registry, code: int) -> None:
    """After that nothing more is asked in this run."""
    registry.says(code)
    client = Rdap(base_place(registry.url), FakeTime().pace())
    assert client.ask(ARMY, 100) == UNSAID
    assert client.ask(DomainName.parse("navy.ml"), 100) == UNSAID
    assert registry.asked == ["/domain/army.ml"]


def test_requests_are_paced_and_end(registry: Registry) -> None:
    """A request a second, redirects too, and none after the end."""
    registry.redirects("/elsewhere")
    passed = FakeTime()
    client = Rdap(base_place(registry.url), passed.pace(1))
    client.ask(ARMY, 100)
    assert (registry.asked, passed()) == (["/domain/army.ml", "/elsewhere"], 1.0)
    assert client.ask(ARMY, 1.5) == UNSAID
    assert len(registry.asked) == 2


def test_follows_a_redirect_on_the_same_host(registry: Registry) -> None:
    """Relative or not; the answer at the end counts."""
    registry.redirects("/v2/domain/army.ml")
    registry.redirects(f"{registry.url}/v3/domain/army.ml", path="/v2/domain/army.ml")
    registry.says(200, domain("army.ml"), path="/v3/domain/army.ml")
    assert registry.ask().registered is True


def test_a_circle_of_redirects_ends(registry: Registry) -> None:
    """Only so many are followed."""
    registry.redirects("/domain/army.ml")
    assert registry.ask() == UNSAID
    assert len(registry.asked) == MOST_REDIRECTS + 1


def test_links_in_an_answer_are_not_followed(registry: Registry) -> None:
    """A registry's answer names the registrar's server; it is not asked."""
    link = {"rel": "related", "href": f"{registry.url}/registrar/domain/army.ml"}
    registry.says(200, domain("army.ml", links=[link]))
    assert registry.ask().registered is True
    assert registry.asked == ["/domain/army.ml"]


def test_loopback_may_send_to_loopback(registry: Registry) -> None:
    """With a base on this machine another port of it may answer."""
    with open_registry() as second:
        second.says(200, domain("army.ml"))
        registry.redirects(f"{second.url}/domain/army.ml")
        assert registry.ask().registered is True


@pytest.mark.parametrize(
    ("to", "address"),
    [
        ("http://127.0.0.1:{port}/x", "127.0.0.1"),
        ("https://127.0.0.1:{port}/x", "127.0.0.1"),
        ("http://registry.example:{port}/x", "127.0.0.1"),
        ("https://registry.example/x", "127.0.0.1"),
        ("https://registry.example/x", "10.0.0.7"),
        ("https://registry.example/x", "169.254.169.254"),
        ("https://registry.example/x", "::ffff:127.0.0.1"),
        ("http://registry.example/x", "198.41.0.4"),
        ("http://registry.example:443/x", "198.41.0.4"),
        ("https://registry.example:8443/x", "198.41.0.4"),
        ("https://somebody@registry.example/x", "198.41.0.4"),
        ("file:///etc/passwd", "198.41.0.4"),
        ("gopher://registry.example/x", "198.41.0.4"),
        ("https://registry.example/x y", "198.41.0.4"),
        ("https://[::1/x", "198.41.0.4"),
    ],
)
def test_a_service_cannot_send_us_inside(
    tmp_path: Path, connected: list[tuple[str, int]], to: str, address: str
) -> None:
    """Nobody connects where a redirect leads, unless it is HTTPS on a public host."""
    made = issue(tmp_path)
    with open_registry(HOST, made.server_context()) as service, open_registry() as inside:
        service.redirects(to.format(port=inside.port))
        client = Rdap(
            base_place(service.url),
            FakeTime().pace(),
            resolve=lambda host, _: ["127.0.0.1"] if host == HOST else [address],
            tls=made.client_context(),
        )
        assert client.ask(ARMY, 100) == UNSAID
        assert service.asked == ["/domain/army.ml"]
        assert connected == [("127.0.0.1", service.port)]
        assert inside.asked == []


def test_asks_over_tls_in_the_name_of_the_host(tmp_path: Path) -> None:
    """The address is one thing, the name that the certificate must have another."""
    made = issue(tmp_path)
    for name, expected in ((HOST, True), ("other.contractor.example", None)):
        with open_registry(name, made.server_context()) as service:
            service.says(200, domain("army.ml"))
            client = Rdap(
                base_place(service.url),
                FakeTime().pace(),
                resolve=lambda *_: ["127.0.0.1"],
                tls=made.client_context(),
            )
            assert client.ask(ARMY, 100).registered is expected
            assert len(service.asked) == (1 if expected else 0)


def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:
    """By default this machine's authorities count, and a stranger's does not."""
    with open_registry("127.0.0.1", issue(tmp_path).server_context()) as service:
        service.says(200, domain("army.ml"))
        assert service.ask() == UNSAID
        assert service.asked == []


def test_a_host_with_one_inner_address_is_not_public(registry: Registry) -> None:
    """All addresses of a host count, so that which one is taken does not matter."""
    addresses = ["198.41.0.4"]
    client = Rdap(
        base_place("https://rdap.example/"), FakeTime().pace(), resolve=lambda *_: addresses
    )
    elsewhere = base_place("https://registry.example/x")
    assert client._connection(elsewhere)._address == "198.41.0.4"
    addresses.append("10.0.0.1")
    with pytest.raises(ValueError, match="not public"):
        client._connection(elsewhere)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("198.41.0.4", True),
        ("2001:503:ba3e::2:30", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.1.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:198.41.0.4", False),
        ("2002:0a00:0001::1", False),
        ("64:ff9b::10.0.0.1", False),
        ("no address", False),
    ],
)
def test_public_addresses(address: str, public: bool) -> None:
    """Only the internet at large, and nothing that hides an IPv4 address."""
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    ["http://rdap.example/", "rdap.example", "ftp://rdap.example/", "https://", "https://a@b/"],
)
def test_a_base_is_https_or_loopback(url: str) -> None:
    """Who is asked about what would be overheard otherwise."""
    with pytest.raises(ConfigError, match=r"look_up\.rdap"):
        rdap(LookUpTable(rdap=url), FakeTime().pace())


def test_without_a_base_no_registry_is_asked() -> None:
    """Registries are opt-in."""
    assert rdap(LookUpTable(), FakeTime().pace()) is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Plain Registrar", "Plain Registrar"),
        ("two\r\nlines", "two lines"),
        ("\u202egnihton\u202c", "gnihton"),
        ("\x1b[31mred", "[31mred"),
        ("x" * 1000, "x" * 100),
        ("", ""),
        (17, ""),
        (["a"], ""),
    ],
)
def test_a_registrar_is_one_clean_line(name: Any, shown: str) -> None:
    """What a registrar calls itself can be shown anywhere on one line."""
    assert registration(domain("army.ml", card(name)), ARMY).registrar == shown


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("registrar"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["roles", "vcardArray", "entities", "x"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)


@given(_json)
def test_any_entities_are_read(entities: Any) -> None:
    """However the rest of a domain object is built, it is a yes with a clean name."""
    body = json.dumps({"objectClassName": "domain", "entities": entities}).encode()
    found = registration(body, ARMY)
    assert found.registered is True
    assert found.registrar.isprintable()
    assert len(found.registrar) <= 100


@given(st.binary(max_size=200))
def test_any_octets_are_read(body: bytes) -> None:
    """Octets that are no domain object say nothing."""
    assert registration(body, ARMY) == UNSAID


def test_look_ups_merge_what_the_registry_says(registry: Registry, tmp_path: Path) -> None:
    """A name that is registered but in no zone is found by the registry alone, and kept."""
    registry.says(200, domain("army.ml", card("Registrar & Sons")))
    passed = FakeTime()
    store = open_store(f"sqlite:///{tmp_path}/m.db", node="n")
    with contextlib.closing(store), serving(NameServer()) as server:
        resolver = Resolver(server.settings, passed.pace())
        settings = LookUpSettings(resolver, Rdap(base_place(registry.url), passed.pace()))
        navy = DomainName.parse("navy.ml")
        for _ in range(2):
            found = DnsLookUps(settings, store, passed).standings([ARMY, navy])
            assert found[ARMY].registered is True
            assert found[ARMY].registrar == "Registrar & Sons"
            assert found[ARMY].mail is Mail.NONE
            assert found[navy].registered is False
    assert sorted(registry.asked) == ["/domain/army.ml", "/domain/navy.ml"]
