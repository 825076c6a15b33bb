"""The names that a slip of one name could turn into."""

from __future__ import annotations

import csv
import hashlib
import os
import string
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.lookalike.compare import explain
from missent.lookalike.edits import Kind
from missent.lookalike.generate import LIMIT, Candidate, candidates
from missent.lookalike.registries import is_open, name_of
from missent.mail.domain import DomainName

WILD = Path(__file__).with_name("wild_typos.csv")
EXPLAINED = (
    Kind.DROP,
    Kind.DOUBLE,
    Kind.SWAP,
    Kind.NEIGHBOUR_KEY,
    Kind.INSERT,
    Kind.SUBSTITUTE,
    Kind.MISSING_DOT,
    Kind.MISSING_HYPHEN,
    Kind.SEPARATOR,
    Kind.EXTRA_DOT,
    Kind.EXTRA_HYPHEN,
)
"""Kinds that the judge knows every case of. Of the others it knows most: not two slips in one short
label, a suffix appended that makes a suffix itself (``uk.com``), a made-up one (``com.uk``), or a word."""

name = DomainName.parse
labels = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
suffixes = st.sampled_from(
    ["com", "net", "mil", "de", "co.uk", "gov.uk", "mil.nz", "no", "fr", "com.br", "kawasaki.jp"]
)
domains = st.builds(
    lambda parts, end: ".".join([*parts, end]), st.lists(labels, max_size=2), suffixes
)


def test_mali_is_first_for_the_army() -> None:
    """The slip that this software is named for is the likeliest of all."""
    first = candidates(name("army.mil"))[0]
    assert (first.domain.ascii, first.kind, first.suffix_slip) == ("army.ml", Kind.DROP, True)
    assert first.open is True
    assert first.phrase == "drops the i of .mil"


@pytest.mark.parametrize(
    ("domain", "typed", "within"),
    [
        ("navy.mil", "navy.ml", 1),
        ("us.army.mil", "us.army.ml", 1),
        ("us.army.mil", "usarmy.ml", 30),
        ("us.army.mil", "usarmymil.com", 10),
        ("army.mil", "armymil.com", 10),
        ("army.mil", "army.mil.com", 10),
        ("mod.gov.uk", "mod.go.uk", 10),
        ("mod.gov.uk", "mod.gv.uk", 10),
        ("mod.gov.uk", "mod.ov.uk", 20),
        ("mod.gov.uk", "modgov.uk", 10),
        ("nzdf.mil.nz", "nzdf.ml.nz", 10),
        ("forces.gc.ca", "forces.g.ca", 10),
        ("nato.int", "nato.in", 5),
        ("gmail.com", "gamil.com", 30),
        ("gmail.com", "gamil.co", LIMIT),
        ("gmail.com", "gmail.co.uk", 60),
        ("hotmail.com", "hotmale.com", LIMIT),
        ("outlook.com", "outluk.com", LIMIT),
        ("yahoo.com", "yahoomail.com", LIMIT),
        ("web.de", "web.de.de", 60),
        ("icloud.com", "iclaud.com", LIMIT),
        ("bigpond.net.au", "bigpond.net.su", LIMIT),
        ("gibbs-bruns.com", "gibbsbruns.com", 20),
        ("scotia-mcleod.com", "scotia.mcleod.com", 50),
        ("army.nl", "army.ml", 20),
        ("seznam.cz", "seynam.cz", 60),
    ],
)
def test_published_slips_are_near_the_front(domain: str, typed: str, within: int) -> None:
    """Cases of the public record, by their place."""
    found = [one.domain.ascii for one in candidates(name(domain))]
    assert typed in found[:within]


def recall(held_out: bool, places: int) -> float:
    """Give the part of the wild pairs of one half that is among the first places."""
    wild: defaultdict[str, list[str]] = defaultdict(list)
    with WILD.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if hashlib.sha256(row["meant"].encode()).digest()[0] % 2 == held_out:
                wild[row["meant"]].append(row["typed"])
    hits = [
        typed in {one.domain.ascii for one in candidates(name(meant))[:places]}
        for meant, all_typed in wild.items()
        for typed in all_typed
    ]
    return sum(hits) / len(hits)


def test_wild_slips_of_the_held_out_half_are_made() -> None:
    """What the habits were not fitted to is found as well; the bench prints the exact figures."""
    assert recall(True, LIMIT) >= 0.95
    assert recall(True, 50) >= 0.78


def test_the_wild_list_is_sound() -> None:
    """At least 300 pairs, each once, each of a name that can be had and its meant one."""
    with WILD.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    pairs = {(row["typed"], row["meant"]) for row in rows}
    assert len(rows) == len(pairs) >= 300
    assert all(row["source"] for row in rows)
    assert all(name(typed).registrable != name(meant).registrable for typed, meant in pairs)


@pytest.mark.parametrize(
    "text", ["[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost", "mil", "com", "xn--p1ai"]
)
def test_what_has_no_lookalikes_has_none(text: str) -> None:
    """A literal, a single label and a top-level domain are nobody's name."""
    assert candidates(name(text)) == ()


@pytest.mark.parametrize("text", ["mil.no", "gov.uk", "co.uk", "kobe.jp"])
def test_a_public_suffix_may_have_mail_itself(text: str) -> None:
    """Norway's forces are at a public suffix; its slips are ordinary names."""
    found = candidates(name(text))
    assert found
    assert all(one.domain.registrable is not None for one in found)


def test_hostile_names_are_survived() -> None:
    """The longest labels and names, and names of dots and hyphens, make no unreadable candidate."""
    longest = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 57, "com"])
    for text in (
        "a" * 63 + ".com",
        longest,
        "a-b--c.d-e.co.uk",
        "_x.y.org",
        "1.2.3.net",
        "xn-a.com",
    ):
        for one in candidates(name(text)):
            assert name(one.domain.ascii) == one.domain


def test_an_internationalised_name_is_mistyped_as_people_read_it() -> None:
    """Its letters go wrong, not its punycode; most keyboards lack the marks."""
    ranked = [one.domain.ascii for one in candidates(name("bücher.de"))]
    assert {"bucher.de", "buecher.de"} <= set(ranked[:30])
    assert name("büher.de").ascii in ranked


def test_closed_registries_are_left_out_unless_asked_for() -> None:
    """Nobody else can have a name under .mil, but another of its own may be hit."""
    open_ones = candidates(name("army.mil"))
    assert not [one for one in open_ones if one.domain.public_suffix in ("mil", "il", "gov")]
    every = candidates(name("army.mil"), closed=True)
    inside = [one for one in every if one.domain.public_suffix == "mil"]
    assert "amy.mil" in [one.domain.ascii for one in inside]
    assert all(one.open is False for one in inside)


def _one_edit_away(text: str) -> set[str]:
    """Give every text that one character dropped, added, changed or moved makes."""
    found = {text[:at] + text[at + 1 :] for at in range(len(text))}
    found |= {text[:at] + text[at : at + 2][::-1] + text[at + 2 :] for at in range(len(text))}
    for wrote in string.ascii_lowercase + string.digits + "-.":
        found |= {text[:at] + wrote + text[at:] for at in range(len(text) + 1)}
        found |= {text[:at] + wrote + text[at + 1 :] for at in range(len(text))}
    return found - {text}


@pytest.mark.parametrize(
    ("host", "suffix", "first"),
    [
        ("mod", "gov.uk", ("go.uk", "gv.uk", "ov.uk", "gvo.uk", "goov.uk", "govv.uk")),
        ("defence", "gov.au", ("go.au", "gv.au", "ov.au", "gvo.au", "goov.au", "govv.au")),
        ("nzdf", "mil.nz", ("ml.nz", "mi.nz", "il.nz", "mli.nz", "miil.nz", "mill.nz")),
        ("forces", "gc.ca", ("g.ca", "c.ca", "gcc.ca", "gv.ca", "gx.ca")),
    ],
)
def test_every_suffix_eater_is_made(host: str, suffix: str, first: tuple[str, ...]) -> None:
    """One stranger's name catches all below a protected suffix: not one such name may be missing."""
    made = [one.domain.ascii for one in candidates(name(f"{host}.{suffix}"))]
    texts = (f"{host}.{eater}" for eater in _one_edit_away(suffix))
    names = [found for found in map(name_of, texts) if found is not None]
    assert len(names) > 200
    missing = {found.ascii for found in names if is_open(found.public_suffix) is not False}
    assert missing - set(made) == set()
    assert {f"{host}.{eater}" for eater in first} <= set(made[:25])


def test_the_order_is_the_same_in_every_run() -> None:
    """Neither the hash seed nor what was asked before changes a place or a share."""
    code = (
        "from missent.lookalike.generate import candidates\n"
        "from missent.mail.domain import DomainName\n"
        "for text in ('us.army.mil', 'mod.gov.uk', 'gmail.com', 'bücher.de'):\n"
        "    for one in candidates(DomainName.parse(text)):\n"
        "        print(one.domain.ascii, one.kind, one.share.hex())\n"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert runs.pop().count("\n") > 500


def test_the_limit_is_kept_and_the_best_are_kept() -> None:
    """A shorter list is the front of a longer one."""
    short, long = candidates(name("outlook.com"), limit=20), candidates(name("outlook.com"))
    assert [one.domain for one in short] == [one.domain for one in long[:20]]
    assert len(long) <= LIMIT
    assert candidates(name("outlook.com"), limit=0) == ()


def _check(one: Candidate, domain: DomainName) -> None:
    assert name(one.domain.ascii) == one.domain
    again = name(one.domain.ascii)
    assert (again.registrable, again.public_suffix) == (
        one.domain.registrable,
        one.domain.public_suffix,
    )
    assert one.domain != domain
    assert one.domain.registrable not in (None, domain.registrable)
    assert one.open is not False
    assert one.phrase


@settings(max_examples=15, deadline=None)
@given(domains)
def test_every_candidate_is_a_strangers_name(text: str) -> None:
    """Each parses to what was made of it, shares are of one whole, the order falls and is stable."""
    try:
        domain = name(text)
    except MalformedAddress:
        return
    found = candidates(domain)
    for one in found:
        _check(one, domain)
    assert len({one.domain for one in found}) == len(found) <= LIMIT
    assert not found or sum(one.share for one in found) == pytest.approx(1.0)
    assert [one.share for one in found] == sorted((one.share for one in found), reverse=True)
    assert found == candidates(domain)


@settings(max_examples=12, deadline=None)
@given(domains)
def test_the_judge_explains_single_slips(text: str) -> None:
    """Generator and judge agree: whatever one slip made, the judge finds."""
    try:
        domain = name(text)
    except MalformedAddress:
        return
    for one in candidates(domain)[::5]:
        if one.kind in EXPLAINED:
            assert explain(one.domain, domain) is not None, (one.domain.ascii, domain.ascii)


@pytest.mark.parametrize("text", ["army.mil", "mod.gov.uk", "nzdf.mil.nz", "gmail.com", "web.de"])
def test_the_judge_says_the_same_of_a_slip_in_a_suffix(text: str) -> None:
    """Where kind and place agree, so does the sentence."""
    found = [one for one in candidates(name(text)) if one.suffix_slip and one.kind in EXPLAINED]
    assert found
    for one in found:
        way = explain(one.domain, one.of)
        assert way is not None
        assert (way.suffix_slip, way.slip, way.phrase) == (True, one.kind, one.phrase)
