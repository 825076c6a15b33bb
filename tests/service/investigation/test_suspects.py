"""Which of many names can be mistaken for which: the same as live mail would ask about, one by one."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterable
from string import ascii_lowercase

import pytest
from tests.service.investigation.evidence import BEGIN, OURS, name

from missent.errors import MalformedAddress
from missent.judge.case import NEIGHBOURS
from missent.lookalike.compare import explain
from missent.lookalike.index import keys
from missent.lookalike.shipped import shipped
from missent.lookalike.top_level import exists
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.suspects import pairs
from missent.service.memory import Memory
from missent.service.ports import Sighting, SightingKind

_STEMS = (
    *("partner", "riverbank", "gmail", "hotmail", "army", "navy", "mod", "hmrc", "forces", "acme"),
    *("münchen", "bücher", "paypal", "contractor", "northwind", "blue-sky", "us.army", "cnn"),
)
_SUFFIXES = (
    *("example", "test", "com", "net", "co", "mil", "ml", "gov.uk", "go.uk", "co.uk", "gc.ca"),
    *("g.ca", "ml.nz", "mil.nz", "de", "cm", "mi"),
)
_LETTERS = "abcdefghijklmnopqrstuvwxyzü0-"


def names(seed: int, count: int) -> tuple[DomainName, ...]:
    """Invent names of which many are near each other."""
    lots, made = random.Random(seed), dict[DomainName, None]()
    while len(made) < count:
        text = lots.choice(_STEMS)
        for _ in range(lots.choice((0, 0, 1, 1, 2))):
            at = lots.randrange(len(text))
            text = lots.choice(
                (
                    text[:at] + text[at + 1 :],
                    text[:at] + text[at] + text[at:],
                    text[:at] + lots.choice(_LETTERS) + text[at + 1 :],
                    text[:at] + lots.choice(_LETTERS) + text[at:],
                )
            )
        host = lots.choice(("", "", "", "mail.", "a.b."))
        try:
            made[name(f"{host}{text}.{lots.choice(_SUFFIXES)}")] = None
        except MalformedAddress:
            continue
    return (*made, name("[192.0.2.1]"), name("[IPv6:2001:db8::1]"))


def live(written: DomainName, memory: Memory) -> frozenset[DomainName]:
    """Give what the guard would ask about: neighbours it knows, public names, our own."""
    box = Mailbox("x", written)
    near = memory.view(None, (box,), BEGIN).near(written)
    candidates = (*(one.domain for one in near), *shipped().near(written), OURS)
    return frozenset(known for known in candidates if explain(written, known) is not None)


def learned(known: Iterable[DomainName]) -> Memory:
    """Teach a memory that these names were written to."""
    memory = Memory()
    memory.learn(Sighting(SightingKind.SENT, Mailbox("x", one), None, BEGIN) for one in known)
    return memory


def everyone(one: DomainName) -> bool:
    """Ask about every name but ours."""
    return not one.is_within(OURS)


@pytest.mark.parametrize("seed", range(6))
def test_it_asks_about_what_live_mail_would(seed: int) -> None:
    """Name by name, the targets are those of the guard's own look-up; more only where that is cut off."""
    known = names(seed, 120)
    found, memory = pairs(known, everyone, (OURS,)), learned(known)
    wanted = [one for one in known if not shipped().kind(one)]
    asked = 0
    for one in wanted:
        near = memory.view(None, (Mailbox("x", one),), BEGIN).near(one)
        mine, guards = found.get(one, frozenset()), live(one, memory)
        asked += bool(guards)
        assert guards <= mine, one
        if len(near) < NEIGHBOURS:
            assert mine == guards, one
    assert asked > 30


def test_nobody_is_asked_about_who_was_not_written_to() -> None:
    """Only names that `asked` wants are written names; all may be what was meant."""
    known = tuple(map(name, ("partner.example", "partnr.example", "contractr.example")))
    found = pairs(known, lambda one: one == known[1], (OURS,))
    assert found == {known[1]: frozenset({known[0]})}


def test_public_names_are_no_suspects() -> None:
    """Neither a public name nor its hosts; what is near one is."""
    known = tuple(map(name, ("army.mil", "mail.army.mil", "army.ml", "gmail.com", "gmial.com")))
    found = pairs(known, everyone)
    assert set(found) == {name("army.ml"), name("gmial.com")}
    assert name("army.mil") in found[name("army.ml")]
    assert name("gmail.com") in found[name("gmial.com")]


def test_our_own_names_are_meant_and_need_not_stand_in_the_sources() -> None:
    """What is near an own name is asked about though nobody wrote to us."""
    found = pairs((name("contractr.example"), name("hr.contractor.example")), everyone, (OURS,))
    assert found == {name("contractr.example"): frozenset({OURS, name("hr.contractor.example")})}


def test_two_cheap_slips_from_a_public_name_are_found() -> None:
    """``gamil.co`` shares no key with ``gmail.com``; public names are looked for from their side."""
    one = name("gamil.co")
    assert keys(one).isdisjoint(keys(name("gmail.com")))
    assert name("gmail.com") in pairs((one,), everyone)[one]


def test_names_in_other_letters_are_found() -> None:
    """A Cyrillic letter, or an accent lost, is one slip as any other."""
    plain, strange = name("riverbank.example"), name("rivеrbank.example")
    accent, lost = name("münchen-post.example"), name("munchen-post.example")
    found = pairs((plain, strange, accent, lost), everyone)
    assert found[strange] == {plain}
    assert found[lost] == {accent}


def test_literals_are_nobodys_slip() -> None:
    """An address in brackets is near nothing, and nothing is near it."""
    known = tuple(
        map(name, ("[192.0.2.1]", "[192.0.2.2]", "[IPv6:2001:db8::1]", "192-0-2-1.example"))
    )
    assert pairs(known, everyone) == {}


@pytest.mark.parametrize("text", ["anything.ml", "a.b.anything.ml", "any-office.go.uk", "x.g.ca"])
def test_names_under_a_slip_of_a_closed_suffix_are_asked_about(text: str) -> None:
    """Whatever stands before it, and though no name near it is known."""
    assert name(text) in pairs((name(text),), everyone)


@pytest.mark.parametrize("text", ["ml", "go.uk", "anything.test", "x.gov.uk", "[192.0.2.1]"])
def test_other_names_are_not(text: str) -> None:
    """A suffix alone, its owner, a name in another suffix, a closed one, a literal: no slip by itself."""
    assert not any(not near for near in pairs((name(text),), everyone).values())


def test_a_closed_suffix_may_be_meant_itself() -> None:
    """It has a record of its own, as for live mail: who writes to ``x.gov.uk`` writes to ``gov.uk``."""
    found = pairs(tuple(map(name, ("clerk.gov.uk", "a.b.gob.uk"))), everyone)
    assert name("gov.uk") in found[name("a.b.gob.uk")]


def test_a_crowd_hides_nobody() -> None:
    """Of hundreds of names under one key the least known is still compared with the best known."""
    countries = (a + b for a in ascii_lowercase for b in ascii_lowercase)
    every = [name(f"riverbank.{end}") for end in countries if exists(end)]
    crowd = [one for one in every if one.registrable]
    assert len(crowd) > 200
    found = pairs(crowd, everyone)
    assert set(found) == set(crowd)
    for written in crowd[NEIGHBOURS:]:
        assert found[written] >= set(crowd[:NEIGHBOURS])


_SCRIPT = """
import json
from tests.service.investigation.test_suspects import OURS, everyone, names, pairs
found = pairs(names(3, 150), everyone, (OURS,))
print(json.dumps([[w.ascii, sorted(k.ascii for k in known)] for w, known in found.items()]))
"""


def test_the_same_in_every_process() -> None:
    """No pair, and not even their order, depends on how Python hashes texts."""
    told = [
        subprocess.run(
            [sys.executable, "-c", _SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("0", "1")
    ]
    assert told[0] == told[1]
    assert len(json.loads(told[0])) > 50
