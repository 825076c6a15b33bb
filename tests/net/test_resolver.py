"""How a question reaches the name system."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta

import dns.message
import dns.name
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.net.look_up_stage import FakeTime, without
from tests.net.nameserver import NameServer, serving

from missent.errors import ConfigError, OperatorError
from missent.mail.domain import DomainName
from missent.net.resolver import (
    UNANSWERED,
    Answer,
    Outcome,
    Resolver,
    ResolverSettings,
    absolute,
    host,
    resolver_settings,
)
from missent.tables import LookUpTable

NAME = "army.example"


@pytest.fixture
def server() -> Iterator[NameServer]:
    """Serve one name with an address."""
    with serving(NameServer(zone={(NAME, "A"): ["192.0.2.1"]})) as server:
        yield server


def ask(server: NameServer, name: str = NAME, kind: str = "A", until: float = 30) -> Answer:
    """Ask once, in a time of its own."""
    return Resolver(server.settings, FakeTime().pace()).ask(absolute(name), kind, until)


def test_tells_records_from_none_from_no_name(server: NameServer) -> None:
    """The three answers there are, each by one question over UDP that hides our network."""
    assert [one.address for one in ask(server).records] == ["192.0.2.1"]
    assert ask(server, kind="MX").outcome is Outcome.EMPTY
    assert ask(server, "navy.example").outcome is Outcome.NO_NAME
    assert server.questions == ["army.example A", "army.example MX", "navy.example A"]
    assert all(one.transport == "udp" and one.hides_us for one in server.asked)


def test_takes_what_does_not_fit_by_tcp(server: NameServer) -> None:
    """A long answer is cut by UDP, and asked for again by TCP."""
    server.zone[NAME, "MX"] = [f"10 mx{number}.stranger.example." for number in range(1000)]
    assert len(ask(server, kind="MX").records) == 1000
    assert [one.transport for one in server.asked] == ["udp", "tcp"]


def test_a_failure_is_unknown_and_asked_once_of_each_resolver(server: NameServer) -> None:
    """SERVFAIL is nobody's answer; the same resolver is not asked again, the next one is."""
    server.failing.add(NAME)
    assert ask(server) is UNANSWERED
    assert len(server.asked) == 1
    with serving(NameServer(zone={(NAME, "A"): ["192.0.2.2"]})) as second:
        both = ResolverSettings((*server.settings.servers, *second.settings.servers), 1.0)
        found = Resolver(both, FakeTime().pace()).ask(absolute(NAME), "A", 30)
    assert [one.address for one in found.records] == ["192.0.2.2"]


def test_silence_is_unknown_after_two_tries(server: NameServer) -> None:
    """A lost datagram is sent again once, and one question takes no longer than its time."""
    server.silent.add(NAME)
    settings = ResolverSettings(server.settings.servers, timeout=0.2)
    assert Resolver(settings, FakeTime().pace()).ask(absolute(NAME), "A", 30) is UNANSWERED
    assert len(server.asked) == 2


def test_nothing_is_asked_when_time_is_over(server: NameServer) -> None:
    """Neither after the end, nor if the turn would come after it."""
    assert ask(server, until=0) is UNANSWERED
    time = FakeTime()
    resolver = Resolver(server.settings, time.pace(0.01))
    assert resolver.ask(absolute(NAME), "A", 50).outcome is Outcome.RECORDS
    assert resolver.ask(absolute(NAME), "A", 50) is UNANSWERED
    assert resolver.ask(absolute(NAME), "A", 5000, queue=2) is UNANSWERED
    assert len(server.asked) == 1


def test_a_server_that_only_refers_is_no_resolver(server: NameServer) -> None:
    """An answer without records of one that does not look things up is not "there is none"."""
    server.recursive = False
    assert ask(server, kind="MX") is UNANSWERED


def test_follows_an_alias(server: NameServer) -> None:
    """Records at the end of an alias are told apart; an alias that leads nowhere is a name."""
    server.zone[("www.example", "CNAME")] = [f"{NAME}."]
    server.zone[("dead.example", "CNAME")] = ["nowhere.test."]
    found = ask(server, "www.example")
    assert (found.outcome, found.own) == (Outcome.RECORDS, False)
    assert ask(server, "dead.example").outcome is Outcome.EMPTY


def test_an_alias_in_a_circle_is_unknown(server: NameServer) -> None:
    """Nobody follows a circle for ever."""
    server.zone[("a.example", "CNAME")] = ["b.example."]
    server.zone[("b.example", "CNAME")] = ["a.example."]
    assert ask(server, "a.example") is UNANSWERED


def test_a_name_that_points_at_itself_is_unknown(server: NameServer) -> None:
    """A compression pointer that leads back to itself ends the reading, not the program."""

    def loop(wire: bytes) -> bytes:
        query = dns.message.from_wire(wire)
        head = dns.message.make_response(query).to_wire()[:12]
        answers = head[:2] + b"\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
        question = wire[12 : 12 + len(query.question[0].name.to_wire() or b"") + 4]
        at = 12 + len(question)
        return (
            answers + question + bytes([0xC0, at]) + b"\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04abcd"
        )

    server.forged[NAME] = loop
    settings = ResolverSettings(server.settings.servers, timeout=0.2)
    assert Resolver(settings, FakeTime().pace()).ask(absolute(NAME), "A", 30) is UNANSWERED
    assert len(server.asked) == 2


@pytest.mark.parametrize("seed", range(30))
def test_damaged_answers_never_raise(server: NameServer, seed: int) -> None:
    """Whatever octets are turned over in an answer, asking gives an answer or none."""
    dice = random.Random(seed)
    whole = NameServer(zone={(NAME, "MX"): ["10 mx.example.", "20 mx2.example."]})

    def damaged(wire: bytes) -> bytes:
        octets = bytearray(whole.answer(wire, "udp") or b"")
        for _ in range(dice.randint(1, 6)):
            octets[dice.randrange(2, len(octets))] = dice.randrange(256)
        return bytes(octets)

    server.forged[NAME] = damaged
    settings = ResolverSettings(server.settings.servers, timeout=0.05)
    found = Resolver(settings, FakeTime().pace()).ask(absolute(NAME), "MX", 30)
    assert found.outcome in Outcome


@given(st.lists(st.binary(min_size=1, max_size=63), min_size=1, max_size=3))
def test_a_host_is_a_clean_name_or_nothing(labels: list[bytes]) -> None:
    """A name out of an answer is read as a domain name or dropped; no octet slips through."""
    found = host(dns.name.Name((*labels, b"")))
    if found is not None:
        assert found == DomainName.parse(found.ascii)
        assert found.ascii.isascii()
        assert not set(found.ascii) & set(" \\\"'=<>@;\r\n\t\0")


def test_an_address_in_brackets_is_no_host() -> None:
    """A label may hold any octets: one that reads as an address literal is no mail server's name."""
    assert host(dns.name.Name((b"[IPv6:::1]", b""))) is None


@pytest.mark.parametrize("text", ["a..b", "ä.example", "x" * 64 + ".example", "a\\300.example"])
def test_what_no_server_could_have_is_no_name(text: str) -> None:
    """Text that a macro made is refused before it becomes a question."""
    with pytest.raises(ValueError, match="could have"):
        absolute(text)


def test_reads_resolvers() -> None:
    """An address has port 53 unless it says otherwise; without any, this machine's are asked."""
    table = LookUpTable(
        resolvers=("192.0.2.53", "192.0.2.54:5353", "2001:db8::53", "[2001:db8::54]:5353"),
        timeout=timedelta(seconds=3),
    )
    assert resolver_settings(table) == ResolverSettings(
        (
            ("192.0.2.53", 53),
            ("192.0.2.54", 5353),
            ("2001:db8::53", 53),
            ("2001:db8::54", 5353),
        ),
        3.0,
    )
    assert all(port == 53 for _, port in resolver_settings(LookUpTable()).servers)


@pytest.mark.parametrize("text", ["dns.example", "192.0.2.1:0", "192.0.2.1:99999", "[::1", ""])
def test_names_a_bad_resolver(text: str) -> None:
    """A resolver by name would need a resolver."""
    with pytest.raises(ConfigError, match=r"look_up\.resolvers"):
        resolver_settings(LookUpTable(resolvers=(text,)))


@pytest.mark.parametrize("module", ["dns.message", "spf"])
def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Without the libraries nothing fails until it is used, and then it says what to do."""
    with without(monkeypatch, module), pytest.raises(OperatorError, match=r"missent\[look-up\]"):
        resolver_settings(LookUpTable())


def test_is_imported_without_the_libraries() -> None:
    """The modules are there for everybody; only who looks up needs the extra."""
    names = "standings, rdap, clients, resolver, pacing"
    hidden = "import sys; sys.modules.update(dict.fromkeys(['dns', 'spf', 'whodap']))"
    code = f"{hidden}; from missent.net import {names}"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
