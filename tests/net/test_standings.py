"""What the name system tells of look-alikes, and which questions that takes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.net.look_up_stage import START, FakeTime, without
from tests.net.nameserver import NameServer, serving

from missent.errors import OperatorError
from missent.mail.domain import DomainName
from missent.net.rdap import Registration
from missent.net.resolver import Resolver, ResolverSettings
from missent.net.standings import MOST_HOSTS, DnsLookUps, LookUpSettings, look_ups, merge
from missent.service.exposure.exposure import UNASKED, Mail, Standing
from missent.store.store import SqlStore, open_store
from missent.tables import LookUpTable

ARMY = DomainName.parse("army.ml")
NAVY = DomainName.parse("navy.ml")
NS = ["ns1.stranger.example.", "ns2.stranger.example."]


@dataclass
class Stage:
    """A resolver, a store and a time."""

    server: NameServer
    store: SqlStore
    time: FakeTime
    settings: LookUpSettings

    def ask(self, *names: DomainName) -> dict[DomainName, Standing]:
        """Look names up."""
        return dict(DnsLookUps(self.settings, self.store, self.time).standings(names))

    def one(self, name: DomainName = ARMY) -> Standing:
        """Look one name up."""
        return self.ask(name)[name]

    def registered(self, name: str, **records: list[str]) -> None:
        """Let somebody hold a name."""
        self.server.zone |= {(name, kind): data for kind, data in {"NS": NS, **records}.items()}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Set up, with labels that are known."""
    labels = (f"nobody{number}" for number in itertools.count())
    store = open_store(f"sqlite:///{tmp_path}/m.db", node="n")
    with serving(NameServer()) as server:
        time = FakeTime()
        resolver = Resolver(server.settings, time.pace())
        settings = LookUpSettings(resolver, label=lambda: next(labels))
        yield Stage(server, store, time, settings)
    store.close()


def test_a_name_nobody_holds_takes_one_question(stage: Stage) -> None:
    """NXDOMAIN: not registered, mail bounces; nothing else is asked."""
    assert stage.one() == Standing(registered=False, mail=Mail.NONE, at=START)
    assert stage.server.questions == ["army.ml NS"]


@pytest.mark.parametrize("zone", ["army.ml", ""])
def test_a_holder_cannot_say_that_nobody_holds_the_name(stage: Stage, zone: str) -> None:
    """NXDOMAIN to ``NS`` by the holder's own servers, in their zone's name or in none: mail goes there."""
    stage.registered("army.ml", MX=["10 mx.stranger.example."])
    stage.server.denied["army.ml/NS"] = zone
    found = stage.one()
    assert (found.registered, found.mail) == (True, Mail.MX)
    assert found.mx == ("mx.stranger.example",)


def test_a_policy_of_the_resolver_tells_nothing(stage: Stage) -> None:
    """Once our own response policy zone is installed, its NXDOMAIN is not taken for the registry's."""
    stage.registered("army.ml", MX=["10 mx.stranger.example."])
    stage.server.denied = {"army.ml/NS": "rpz.missent", "army.ml/MX": "rpz.missent"}
    assert stage.one() == UNASKED


def test_a_resolver_that_denies_our_own_names_is_not_believed(stage: Stage) -> None:
    """Of ours at least one is there; a resolver that knows none of them knows nothing."""
    ours = [DomainName.parse(text) for text in ("army.mil", "navy.mil")]
    with pytest.raises(OperatorError, match=r"army\.mil, navy\.mil does not exist"):
        DnsLookUps(stage.settings, stage.store, stage.time).believe(ours)
    stage.registered("navy.mil", MX=["10 mx.navy.mil."])
    DnsLookUps(stage.settings, stage.store, stage.time).believe(ours)


def test_a_resolver_that_names_no_zone_is_asked_once_more(stage: Stage) -> None:
    """Some leave the registry's zone out: then the mail servers are asked for, too."""
    stage.server.denied = {"army.ml/NS": "", "army.ml/MX": ""}
    found = stage.one()
    assert (found.registered, found.mail) == (False, Mail.NONE)
    assert stage.server.questions == ["army.ml NS", "army.ml MX"]


def test_a_name_with_mail(stage: Stage) -> None:
    """Registered: its name servers and exchangers in order of name; no host is asked about."""
    stage.registered("army.ml", MX=["20 mx-a.stranger.example.", "10 MX-B.stranger.example."])
    found = stage.one()
    assert found.registered is True
    assert (found.mail, found.mx) == (
        Mail.MX,
        ("mx-a.stranger.example", "mx-b.stranger.example"),
    )
    assert found.nameservers == ("ns1.stranger.example", "ns2.stranger.example")
    assert stage.server.questions == ["army.ml NS", "nobody0.ml NS", "army.ml MX"]


def test_a_null_exchanger(stage: Stage) -> None:
    """RFC 7505: the holder says that no mail is taken."""
    stage.registered("army.ml", MX=["0 ."])
    assert (stage.one().mail, stage.one().mx) == (Mail.NULL, ())


def test_a_root_beside_others_is_no_null_exchanger(stage: Stage) -> None:
    """Only one alone is (RFC 7505 §3); the other one is where mail goes."""
    stage.registered("army.ml", MX=["0 .", "10 mx.stranger.example."])
    assert (stage.one().mail, stage.one().mx) == (Mail.MX, ("mx.stranger.example",))


@pytest.mark.parametrize(
    ("records", "mail"),
    [
        ({"A": ["192.0.2.1"]}, Mail.ADDRESS),
        ({"AAAA": ["2001:db8::1"]}, Mail.ADDRESS),
        ({}, Mail.NONE),
    ],
)
def test_without_exchangers_an_address_counts(
    stage: Stage, records: dict[str, list[str]], mail: Mail
) -> None:
    """RFC 5321 §5.1: the name itself is tried."""
    stage.registered("army.ml", **records)
    assert (stage.one().registered, stage.one().mail) == (True, mail)


def test_keeps_an_answer(stage: Stage) -> None:
    """Nobody is asked again within seven days, and then once."""
    stage.registered("army.ml", MX=["10 mx.stranger.example."])
    first = stage.ask(ARMY, NAVY)
    asked = len(stage.server.asked)
    stage.time.seconds = timedelta(days=6, hours=23).total_seconds()
    assert stage.ask(ARMY, NAVY) == first
    assert len(stage.server.asked) == asked
    stage.time.seconds = timedelta(days=8).total_seconds()
    assert stage.one().at == stage.time.now()
    assert len(stage.server.asked) > asked


@pytest.mark.parametrize("mark", ["failing", "silent"])
def test_no_answer_is_unknown_and_not_kept(stage: Stage, mark: str) -> None:
    """A name whose servers fail is as if nobody had asked, and is asked about again."""
    getattr(stage.server, mark).add("army.ml")
    assert stage.one() == UNASKED
    getattr(stage.server, mark).clear()
    assert stage.one().registered is False


def test_half_an_answer_is_told_but_not_kept(stage: Stage) -> None:
    """Registered, but where its mail goes nobody said: it is asked about again."""
    stage.registered("army.ml", MX=["10 mx.stranger.example."])
    stage.server.failing.add("army.ml/MX")
    found = stage.one()
    assert (found.registered, found.mail, found.at) == (True, Mail.UNKNOWN, None)
    stage.server.failing.clear()
    assert stage.one().mail is Mail.MX


def test_a_registry_that_answers_everything_registers_nothing(stage: Stage) -> None:
    """What a random label is answered, too, shows no holder; but mail to it does go somewhere."""
    stage.server.wildcards |= {
        ("ml", "A"): ["192.0.2.9"],
        ("ml", "MX"): ["1 catch.registry.example."],
    }
    stage.registered("navy.ml", MX=["10 mx.stranger.example."])
    found = stage.ask(ARMY, NAVY)
    assert (found[ARMY].registered, found[ARMY].mx) == (False, ("catch.registry.example",))
    assert (found[NAVY].registered, found[NAVY].mx) == (True, ("mx.stranger.example",))
    assert [one for one in stage.server.questions if one.startswith("nobody")] == ["nobody0.ml NS"]


def test_a_registry_that_delegates_everything_registers_nothing(stage: Stage) -> None:
    """The same name servers as a random label's show no holder, others do."""
    stage.server.wildcards["ml", "NS"] = ["park.registry.example."]
    stage.registered("navy.ml")
    found = stage.ask(ARMY, NAVY)
    assert (found[ARMY].registered, found[NAVY].registered) == (False, True)


def test_a_wildcard_below_a_longer_suffix_tells_nothing(stage: Stage) -> None:
    """Suffixes of hosting services answer for all their names, taken or not."""
    name = DomainName.parse("army.github.io")
    stage.server.wildcards["github.io", "A"] = ["192.0.2.9"]
    assert (stage.one(name).registered, stage.one(name).mail) == (None, Mail.ADDRESS)


def test_without_the_comparison_nothing_is_said(stage: Stage) -> None:
    """If nobody says what a random label is answered, registration is unknown and not kept."""
    stage.registered("army.ml", MX=["10 mx.stranger.example."])
    stage.server.failing.add("nobody0.ml")
    found = stage.one()
    assert (found.registered, found.mail, found.at) == (None, Mail.MX, None)


def test_a_name_without_delegation_can_be_registered(stage: Stage) -> None:
    """Some registries keep a holder's records themselves: no name servers, but a name."""
    stage.server.zone["army.ml", "MX"] = ["10 mx.stranger.example."]
    assert (stage.one().registered, stage.one().nameservers) == (True, ())


def test_only_registrable_names_are_asked_about(stage: Stage) -> None:
    """Neither hosts, nor suffixes, nor literals; and a name given twice is asked about once."""
    odd = [DomainName.parse(text) for text in ("mail.army.ml", "ml", "co.uk", "[192.0.2.1]")]
    found = stage.ask(*odd, NAVY, NAVY)
    assert [found[one] for one in odd] == [UNASKED] * 4
    assert stage.server.questions == ["navy.ml NS"]


def test_hostile_answers_are_bounded_and_clean(stage: Stage) -> None:
    """Of two thousand exchangers the first twenty are kept, names with odd octets are not."""
    odd = [r"1 \"onload=x\".example.", r"1 a\013\010b.example.", r"1 =cmd\|calc.example."]
    many = [f"{number} mx{number:04}.stranger.example." for number in range(2, 2000)]
    stage.registered("army.ml", MX=[*odd, *many])
    found = stage.one()
    assert len(found.mx) == MOST_HOSTS
    assert found.mx == tuple(sorted(f"mx{number:04}.stranger.example" for number in range(2, 22)))


def test_exchangers_nobody_can_read_still_take_mail(stage: Stage) -> None:
    """A host that is no host name is not shown; that there is one is."""
    stage.registered("army.ml", MX=[r"1 a\013\010b.example."])
    assert (stage.one().mail, stage.one().mx) == (Mail.MX, ())


def test_an_international_host_is_an_a_label(stage: Stage) -> None:
    """Hosts are A-labels."""
    stage.registered("army.ml", MX=["1 mx.xn--bcher-kva.example."])
    assert stage.one().mx == ("mx.xn--bcher-kva.example",)


def test_never_asks_faster_than_told(stage: Stage) -> None:
    """Of forty questions at five a second, no six come within one second of the clock."""
    times: list[float] = []
    stage.server.hook = lambda: times.append(stage.time())
    stage.settings = replace(
        stage.settings, resolver=Resolver(stage.server.settings, stage.time.pace(5))
    )
    stage.ask(*(DomainName.parse(f"army{number}.ml") for number in range(40)))
    assert len(times) == 40
    assert stage.time() >= 39 / 5 - 1e-9


def test_stops_when_time_is_over(stage: Stage) -> None:
    """Names whose turn does not come stay unasked; those that were answered are kept."""
    slow = Resolver(stage.server.settings, stage.time.pace(1))
    stage.settings = replace(stage.settings, resolver=slow, longest=10.0)
    names = [DomainName.parse(f"army{number}.ml") for number in range(100)]
    found = stage.ask(*names)
    answered = [name for name in names if found[name] != UNASKED]
    assert 8 <= len(answered) <= 15
    assert len(stage.server.asked) == len(answered)
    assert set(stage.store.standings(names, START)) == set(answered)


def test_an_interrupt_keeps_what_was_answered(stage: Stage) -> None:
    """Whoever stops a long run does not lose it."""

    def told(done: int, of: int) -> None:
        if done == 60:
            raise KeyboardInterrupt

    stage.settings = replace(stage.settings, told=told)
    names = [DomainName.parse(f"army{number}.ml") for number in range(100)]
    with pytest.raises(KeyboardInterrupt):
        stage.ask(*names)
    assert len(stage.store.standings(names, START)) == 60


def test_tells_how_far_it_is(stage: Stage) -> None:
    """Each name is told once, none that was known."""
    told: list[tuple[int, int]] = []
    stage.one(NAVY)
    stage.settings = replace(stage.settings, told=lambda done, of: told.append((done, of)))
    stage.ask(ARMY, NAVY)
    assert told == [(1, 1)]


def test_a_registry_adds_and_never_takes_away() -> None:
    """Its yes counts for a name that is not in the name system; its no may only mean "ask elsewhere"."""
    bare = Standing(registered=False, mail=Mail.NONE, at=START)
    held = Standing(registered=True, mail=Mail.MX, at=START)
    yes = Registration(registered=True, registrar="Registrar & Sons")
    no = Registration(registered=False)
    assert merge(bare, yes) == replace(bare, registered=True, registrar="Registrar & Sons")
    assert merge(held, no) == held
    assert merge(bare, no) == bare
    assert merge(UNASKED, no) == UNASKED


def test_is_built_from_the_configuration(stage: Stage) -> None:
    """One line makes look-ups of the operator's table, and they ask the resolver it names."""
    table = LookUpTable(resolvers=(f"127.0.0.1:{stage.server.port}",), per_second=1000)
    found = look_ups(table, stage.store, stage.time).standings([ARMY])
    assert found[ARMY].registered is False
    assert stage.server.questions == ["army.ml NS"]


def test_says_what_to_install(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the libraries building look-ups says what to do."""
    with without(monkeypatch, "dns.query"), pytest.raises(OperatorError, match="pip install"):
        look_ups(LookUpTable(), stage.store, stage.time)


def test_two_resolvers_cover_for_each_other(stage: Stage) -> None:
    """If the first resolver is dead, the second one answers, and all is known."""
    dead = ResolverSettings((("127.0.0.1", 9), *stage.server.settings.servers), timeout=1.0)
    stage.settings = replace(stage.settings, resolver=Resolver(dead, stage.time.pace()))
    assert stage.one().registered is False
