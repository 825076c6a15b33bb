"""What is looked up of a client of the collector, and what never is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import spf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.net.look_up_stage import FakeTime, without
from tests.net.nameserver import NameServer, serving

from missent.errors import OperatorError
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.net.clients import (
    MOST_NAMES,
    MOST_QUESTIONS,
    CheckBounds,
    DnsClientChecks,
    client_checks,
)
from missent.net.resolver import Resolver, ResolverSettings
from missent.service.collection.collection import Check
from missent.tables import LookUpTable

TYPO = DomainName.parse("army.ml")
SENDER = Mailbox.parse("jo@contractor.example")
CLIENT = "192.0.2.25"
HELO = "mx.contractor.example"
REVERSE = "25.2.0.192.in-addr.arpa"


@dataclass
class Stage:
    """A resolver, a time, and checks."""

    server: NameServer
    time: FakeTime
    checks: DnsClientChecks

    def publishes(self, record: str, name: str = "contractor.example") -> None:
        """Publish an SPF record."""
        self.server.zone[name, "TXT"] = [f'"{record}"']

    def aligned(self, client: str = CLIENT, sender: Mailbox = SENDER) -> Check:
        """Check SPF."""
        return self.checks.aligned(client, HELO, sender)


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Serve an empty zone."""
    with serving(NameServer()) as server:
        yield set_up(server)


def set_up(server: NameServer, bounds: CheckBounds | None = None, per_second: float = 1e6) -> Stage:
    """Make checks that ask a server."""
    time = FakeTime()
    resolver = Resolver(server.settings, time.pace(per_second))
    checks = DnsClientChecks(resolver, frozenset({TYPO}), bounds or CheckBounds())
    return Stage(server, time, checks)


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", Check.PASS),
        ("v=spf1 ip4:198.51.100.0/24 -all", Check.FAIL),
        ("v=spf1 ip4:198.51.100.0/24 ~all", Check.FAIL),
        ("v=spf1 ?all", Check.UNKNOWN),
        ("v=spf1", Check.UNKNOWN),
        ("v=spf1 ip4:192.0.2.0/99 -all", Check.UNKNOWN),
        ("v=spf1 include:nowhere.example -all", Check.UNKNOWN),
        ("v=spf1 a:n1.example a:n2.example ip4:192.0.2.25 -all", Check.PASS),
        ("v=spf1 a:n1.example a:n2.example a:n3.example ip4:192.0.2.25 -all", Check.UNKNOWN),
        ("google-site-verification=x", Check.UNKNOWN),
    ],
)
def test_spf_becomes_a_check(stage: Stage, record: str, outcome: Check) -> None:
    """Pass is a pass, fail and softfail are failures, everything else says nothing."""
    stage.publishes(record)
    assert stage.aligned() is outcome


def test_spf_follows_a_record_through_all_its_mechanisms(stage: Stage) -> None:
    """Include, redirect, a, mx, ptr and exists are looked up by our way of asking."""
    zone = stage.server.zone
    stage.publishes(
        "v=spf1 a mx:hosts.example include:_spf.contractor.example redirect=last.example"
    )
    zone["contractor.example", "A"] = ["198.51.100.1"]
    zone["hosts.example", "MX"] = ["10 mx.hosts.example."]
    zone["mx.hosts.example", "A"] = ["198.51.100.2"]
    stage.publishes("v=spf1 ptr:no.example -all", "_spf.contractor.example")
    zone[REVERSE, "PTR"] = ["mail.contractor.example."]
    zone["mail.contractor.example", "A"] = [CLIENT]
    stage.publishes("v=spf1 exists:%{l}.%{ir}.%{d2}.list.example -all", "last.example")
    zone["jo.25.2.0.192.last.example.list.example", "A"] = ["127.0.0.2"]
    assert stage.aligned() is Check.PASS
    assert "jo.25.2.0.192.last.example.list.example A" in stage.server.questions


def test_spf_over_ipv6(stage: Stage) -> None:
    """An IPv6 client is compared with AAAA records; a mapped IPv4 address is an IPv4 client."""
    stage.publishes("v=spf1 a -all")
    stage.server.zone["contractor.example", "AAAA"] = ["2001:db8::25"]
    stage.server.zone["contractor.example", "A"] = [CLIENT]
    assert stage.aligned("2001:db8::25") is Check.PASS
    assert stage.aligned("2001:db8:1::25") is Check.FAIL
    assert stage.aligned(f"::ffff:{CLIENT}") is Check.PASS


@pytest.mark.parametrize("mark", ["failing", "silent"])
def test_no_answer_is_unknown(stage: Stage, mark: str) -> None:
    """A sender whose servers fail is neither right nor wrong."""
    getattr(stage.server, mark).add("contractor.example")
    assert stage.aligned() is Check.UNKNOWN


def test_is_remembered_by_network_and_domain(stage: Stage) -> None:
    """The sender's other host and other mailbox take no question; another network or domain does."""
    stage.publishes("v=spf1 ip4:192.0.2.0/24 -all")
    assert stage.aligned() is Check.PASS
    assert stage.aligned("192.0.2.77", Mailbox.parse("kim@contractor.example")) is Check.PASS
    assert stage.server.questions == ["contractor.example TXT"]
    assert stage.aligned("198.51.100.25") is Check.FAIL
    assert stage.aligned(sender=Mailbox.parse("jo@other.example")) is Check.UNKNOWN
    assert stage.server.questions[1:] == ["contractor.example TXT", "other.example TXT"]


def test_memory_ends(stage: Stage) -> None:
    """What was answered is asked again after an hour, what was not after five minutes."""
    stage.publishes("v=spf1 ip4:192.0.2.0/24 -all")
    silent = Mailbox.parse("jo@failing.example")
    stage.server.failing.add("failing.example")
    for seconds, asked in ((0, 2), (299, 2), (301, 3), (3599, 4), (3601, 5)):
        stage.time.seconds = seconds
        assert stage.aligned() is Check.PASS
        assert stage.aligned(sender=silent) is Check.UNKNOWN
        assert len(stage.server.asked) == asked


def test_memory_is_bounded() -> None:
    """Only so many outcomes are kept; the one longest unused is forgotten."""
    with serving(NameServer()) as server:
        stage = set_up(server, CheckBounds(most=2))
        first, second, third = (Mailbox.parse(f"jo@d{number}.example") for number in range(3))
        for sender in (first, second, first, third, first):
            stage.aligned(sender=sender)
        assert len(server.asked) == 3
        stage.aligned(sender=second)
        assert len(server.asked) == 4


def test_threads_share_one_look_up(stage: Stage) -> None:
    """A burst of connections of one sender asks once, and all are told."""
    threads_in = threading.Barrier(8)
    stage.publishes("v=spf1 ip4:192.0.2.0/24 -all")
    outcomes: list[Check] = []

    def check() -> None:
        threads_in.wait()
        outcomes.append(stage.aligned())

    threads = [threading.Thread(target=check) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [Check.PASS] * 8
    assert len(stage.server.asked) == 1


@pytest.mark.parametrize("name", ["army.ml", "mail.army.ml", "[192.0.2.1]"])
def test_a_typo_domain_is_not_asked_about(stage: Stage, name: str) -> None:
    """Neither as the sender's domain, nor below; a literal has no record."""
    assert stage.aligned(sender=Mailbox.parse(f"jo@{name}")) is Check.UNKNOWN
    assert stage.server.asked == []


@pytest.mark.parametrize(
    "mechanism",
    ["include:army.ml", "redirect=_spf.army.ml", "exists:%{l}.army.ml", "mx:ARMY.ML", "a:army.ml."],
)
def test_a_record_cannot_make_us_ask_about_a_typo_domain(stage: Stage, mechanism: str) -> None:
    """Whatever a sender's record names, no question about a typo domain leaves."""
    stage.publishes(f"v=spf1 {mechanism}")
    assert stage.aligned() is Check.UNKNOWN
    assert stage.server.names() == {"contractor.example"}


def test_neither_an_exchanger_nor_a_greeting_leads_to_a_typo_domain(stage: Stage) -> None:
    """A host in the sender's MX, and the name the client calls itself, are not asked about either."""
    stage.server.zone["contractor.example", "MX"] = ["10 mx.army.ml."]
    for record in ("v=spf1 mx -all", "v=spf1 exists:%{h} -all"):
        stage.publishes(record)
        stage.time.seconds += 10_000
        assert stage.checks.aligned(CLIENT, "mail.army.ml", SENDER) is Check.UNKNOWN
    assert stage.server.names() == {"contractor.example"}


def test_questions_of_one_check_are_bounded(stage: Stage) -> None:
    """A record of ten MX mechanisms with ten hosts each is given up, not followed."""
    stage.publishes("v=spf1 " + " ".join(f"mx:m{one}.example" for one in range(10)) + " -all")
    for one in range(10):
        hosts = [f"h{two}.m{one}.example" for two in range(10)]
        stage.server.zone[f"m{one}.example", "MX"] = [f"10 {host}." for host in hosts]
        stage.server.zone |= {(host, "A"): ["198.51.100.9"] for host in hosts}
    assert stage.aligned() is Check.UNKNOWN
    assert len(stage.server.asked) == MOST_QUESTIONS


def test_a_check_does_not_stand_in_a_long_queue() -> None:
    """With more mail than questions a second, what comes too soon is unknown at once."""
    with serving(NameServer()) as server:
        stage = set_up(server, per_second=0.1)
        stage.publishes("v=spf1 ip4:192.0.2.0/24 -all")
        assert stage.aligned() is Check.PASS
        assert stage.checks.confirmed(CLIENT) is Check.UNKNOWN
        assert stage.time.slept == []
        assert server.questions == ["contractor.example TXT"]


def test_a_check_ends_in_time() -> None:
    """A long record is not followed beyond the time of a check."""
    with serving(NameServer()) as server:
        stage = set_up(server, CheckBounds(longest=3.5), per_second=1)
        names = [f"a{one}.example" for one in range(8)]
        stage.publishes("v=spf1 " + " ".join(f"a:{name}" for name in names) + " -all")
        server.zone |= {(name, "A"): ["198.51.100.9"] for name in names}
        assert stage.aligned() is Check.UNKNOWN
        assert len(server.asked) == 4
        assert stage.time() <= 3.5


def test_the_library_is_left_as_it_is(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Its way of asking for the whole process is neither used nor changed, and it prints nothing."""
    before = spf.DNSLookup
    stage.publishes("v=spf1 a mx ptr include:nowhere.example -all")
    stage.aligned()
    assert spf.DNSLookup is before
    assert spf.query.dns.__name__ == "dns"
    assert capsys.readouterr() == ("", "")


_terms = st.sampled_from(
    [
        *(
            "v=spf1 ",
            "a",
            "mx",
            "ptr",
            "ip4:192.0.2.0/24",
            "ip6:::/0",
            "exists:",
            "include:",
            "-all",
        ),
        *(
            "%{",
            "l",
            "r-",
            "}",
            "%",
            "redirect=",
            "exp=",
            "/",
            "//",
            "99",
            ":",
            "=",
            ".",
            " ",
            "x",
            "é",
        ),
        *("contractor.example", "%{d2}", "%{p}", "%{h}", "%{c}", "\\", "''", "~", "?"),
    ]
)


@settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(_terms, max_size=20))
def test_any_record_gives_a_check(stage: Stage, terms: list[str]) -> None:
    """Whatever a stranger writes into a record, nothing is raised."""
    record = "".join(f"\\{octet:03}" for octet in ("v=spf1 " + "".join(terms)).encode()[:250])
    stage.publishes(record)
    stage.server.zone["contractor.example", "A"] = ["198.51.100.1"]
    stage.time.seconds += 10_000
    assert stage.aligned() in Check


def test_a_reverse_name_that_leads_back(stage: Stage) -> None:
    """One of the names is enough; asked once, then remembered for this very client."""
    stage.server.zone[REVERSE, "PTR"] = ["a.archive.example.", "mx.contractor.example."]
    stage.server.zone["mx.contractor.example", "A"] = ["198.51.100.1", CLIENT]
    for _ in range(2):
        assert stage.checks.confirmed(CLIENT) is Check.PASS
        assert stage.checks.confirmed(f"::ffff:{CLIENT}") is Check.PASS
    assert stage.server.questions == [
        f"{REVERSE} PTR",
        "a.archive.example A",
        "mx.contractor.example A",
    ]
    stage.checks.confirmed("192.0.2.26")
    assert stage.server.questions[3:] == ["26.2.0.192.in-addr.arpa PTR"]


def test_a_reverse_name_over_ipv6(stage: Stage) -> None:
    """Addresses are compared, not their spelling."""
    reverse = "5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"
    stage.server.zone[reverse, "PTR"] = ["mx.contractor.example."]
    stage.server.zone["mx.contractor.example", "AAAA"] = ["2001:db8:0:0::25"]
    assert stage.checks.confirmed("2001:0DB8::0025") is Check.PASS


def test_a_reverse_name_that_leads_elsewhere_or_none(stage: Stage) -> None:
    """A client without a name, or with somebody else's, fails."""
    stage.server.zone[REVERSE, "PTR"] = ["mx.contractor.example."]
    stage.server.zone["mx.contractor.example", "A"] = ["198.51.100.1"]
    assert stage.checks.confirmed(CLIENT) is Check.FAIL
    assert stage.checks.confirmed("192.0.2.99") is Check.FAIL


def test_a_reverse_name_nobody_answers_for_is_unknown(stage: Stage) -> None:
    """Neither the reverse zone's silence nor the name's proves anything."""
    stage.server.failing |= {"26.2.0.192.in-addr.arpa", "mx.contractor.example"}
    stage.server.zone[REVERSE, "PTR"] = ["mx.contractor.example."]
    assert stage.checks.confirmed("192.0.2.26") is Check.UNKNOWN
    assert stage.checks.confirmed(CLIENT) is Check.UNKNOWN


def test_reverse_names_are_bounded_and_clean(stage: Stage) -> None:
    """Of a hundred names ten are followed; none that is no host name, none at a typo domain."""
    names = [f"n{number:02}.other.example." for number in range(100)]
    odd = [r"a\013\010b.other.example.", "mx.army.ml."]
    stage.server.zone[REVERSE, "PTR"] = [*names, *odd]
    assert stage.checks.confirmed(CLIENT) is Check.FAIL
    assert len(stage.server.asked) <= 1 + MOST_NAMES
    assert not any("army.ml" in name or "\\" in name for name in stage.server.names())


@pytest.mark.parametrize("client", ["", "unknown", "192.0.2.256", "192.0.2.0/24", "mx.example"])
def test_what_is_no_address_is_unknown(stage: Stage, client: str) -> None:
    """A socket without an address, such as a UNIX one, is not asked about."""
    assert stage.aligned(client) is Check.UNKNOWN
    assert stage.checks.confirmed(client) is Check.UNKNOWN
    assert stage.server.asked == []


def test_is_built_from_the_configuration(stage: Stage) -> None:
    """One line makes checks of the operator's table."""
    table = LookUpTable(resolvers=(f"127.0.0.1:{stage.server.port}",), per_second=1000)
    stage.publishes("v=spf1 ip4:192.0.2.0/24 -all")
    assert client_checks(table, [TYPO]).aligned(CLIENT, HELO, SENDER) is Check.PASS


@pytest.mark.parametrize("module", ["spf", "dns.reversename"])
def test_says_what_to_install(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """Without the libraries building checks says what to do."""
    resolver = Resolver(ResolverSettings(()), FakeTime().pace())
    with without(monkeypatch, module), pytest.raises(OperatorError, match="pip install"):
        DnsClientChecks(resolver, frozenset())
