"""Who could read what a slip sends away, and how many names fold into one line."""

from __future__ import annotations

import pytest
from tests.service.exposure.samples import (
    FREE,
    MIL,
    exposed,
    exposure,
    held,
    name,
    of_candidate,
    portfolio,
)

from missent.lookalike.generate import candidates
from missent.service.exposure.controllers import controller, fold
from missent.service.exposure.exposure import UNASKED, Controller, Exposed, Standing


@pytest.mark.parametrize(
    ("written", "meant", "match", "label"),
    [
        ("army.ml", "army.mil", ".ml", "Mali, registry of .ml"),
        ("amy.ml", "army.mil", ".ml", "Mali, registry of .ml"),
        ("mod.go.uk", "mod.gov.uk", "go.uk", "whoever holds go.uk"),
        ("modg.ov.uk", "mod.gov.uk", "ov.uk", "whoever holds ov.uk"),
        ("army.com", "army.mil", "army.com", "whoever holds army.com"),
        ("armymil.com", "army.mil", "armymil.com", "whoever holds armymil.com"),
        ("army.mil.com", "army.mil", "mil.com", "whoever holds mil.com"),
        ("mod.uk", "mod.gov.uk", "mod.uk", "whoever holds mod.uk"),
        ("gmail.cm", "gmail.com", ".cm", "Cameroon, registry of .cm"),
        ("gamil.com", "gmail.com", "gamil.com", "whoever holds gamil.com"),
    ],
)
def test_controller_of_generated_names(written: str, meant: str, match: str, label: str) -> None:
    """A registry, the holder of an eaten suffix, or one stranger: whoever holds the name that decides."""
    found = next(one for one in candidates(name(meant)) if one.domain.ascii == written)
    assert controller(
        found.domain, found.of, suffix_slip=found.suffix_slip, kind=found.kind, standing=UNASKED
    ) == Controller(match, label)


def test_controller_of_a_free_name() -> None:
    """Of a name that nobody holds it is said that nobody does."""
    found = _controller("armymil.com", FREE)
    assert found == Controller("armymil.com", "nobody yet: armymil.com is not registered")


def test_registry_without_a_country() -> None:
    """A generic suffix has a registry and no country."""
    found = controller(
        name("shop.cam"), name("shop.com"), suffix_slip=True, kind="swap", standing=UNASKED
    )
    assert found == Controller(".cam", "the registry of .cam")


def test_mil_folds_into_five_rules() -> None:
    """The whole of .mil is a handful of lines, and the first is Mali's registry."""
    whole = portfolio(*MIL)
    rules = whole.rules
    assert len(rules) <= 5
    assert rules[0].match == ".ml"
    assert rules[0].controller == "Mali, registry of .ml"
    assert rules[0].of == len(MIL)
    assert sum(rule.share for rule in rules) >= 0.95
    assert {rule.match for rule in rules} <= {".ml", "*.com", "mil.*", "*.org", "*.net", "*.uk"}
    assert sum(rule.covers for rule in rules) < len(whole.exposed)


def test_every_look_alike_counts_once() -> None:
    """Rules never overlap: what they cover adds up to what there is."""
    rows = [
        exposed("army.ml", "army.mil", 60.0, suffix_slip=True),
        exposed("army.com", "army.mil", 20.0, kind="other_suffix"),
        exposed("navy.com", "navy.mil", 10.0, kind="other_suffix"),
        exposed("nvy.mil.com", "navy.mil", 10.0, kind="extra_suffix"),
    ]
    rules = fold(rows)
    assert [(rule.match, rule.covers) for rule in rules] == [
        (".ml", 1),
        ("*.com", 2),
        ("mil.com", 1),
    ]
    assert sum(rule.share for rule in rules) == pytest.approx(1.0)
    assert rules[1].controller == "holders of 2 names with ours under .com: army.com, navy.com"
    assert rules[1].examples == ("army.com", "navy.com")
    assert rules[1].expected.mid == pytest.approx(30.0)


def test_one_name_has_its_strangers_one_by_one() -> None:
    """Where one name is asked about, a pattern would hide who could be talked to."""
    matches = [rule.match for rule in portfolio("army.mil").rules]
    assert matches[:2] == [".ml", "army.com"]
    assert {"armymil.com", "mil.com"} <= set(matches)
    assert not any("*" in match for match in matches)


def test_eaten_suffixes_stay_visible() -> None:
    """Each name that eats gov.uk has its own line, with every look-alike below it."""
    rules = {rule.match: rule for rule in portfolio("mod.gov.uk").rules}
    eaters = {"go.uk", "gv.uk", "gvo.uk", "ov.uk", "goov.uk", "govv.uk"}
    assert eaters <= rules.keys()
    assert {"mod.ov.uk", "modg.ov.uk"} <= set(rules["ov.uk"].examples)


def test_eaten_suffixes_cover_all_of_ours() -> None:
    """The same stranger catches every name under the suffix, so one line covers them."""
    rules = {rule.match: rule for rule in portfolio("mod.gov.uk", "hmrc.gov.uk").rules}
    assert rules["go.uk"].of == 2
    assert {"mod.go.uk", "hmrc.go.uk"} <= set(rules["go.uk"].examples)


def _typos(standing: Standing, count: int = 3) -> list[Exposed]:
    rows = [exposed(f"arm{n}y.com", "army.com", 10.0, standing=standing) for n in range(count)]
    return [*rows, exposed("armee.com", "army.com", 5.0, standing=held("mx.armee.com"))]


def test_shared_mail_servers_are_one_line() -> None:
    """Three holders with exactly the same servers are said to share them, and not to be one person."""
    rules = fold(_typos(held("mx1.mx-park.example", "mx2.mx-park.example")))
    assert rules[0].match == "mx:mx-park.example"
    assert rules[0].controller.startswith(
        "same mail servers (mx-park.example) for 3 names: arm0y.com"
    )
    assert rules[0].covers == 3


def test_two_names_share_nothing_worth_saying() -> None:
    """Two names on one server are a coincidence."""
    assert all(":" not in rule.match for rule in fold(_typos(held("mx.mx-park.example"), count=2)))


@pytest.mark.parametrize("host", ["aspmx.l.google.com", "route1.mx.cloudflare.net", "bad host\n"])
def test_rented_servers_are_nobodys(host: str) -> None:
    """Servers that anybody can rent, and records that are no names, put nobody together."""
    assert all(":" not in rule.match for rule in fold(_typos(held(host))))


def test_servers_do_not_hide_a_registry() -> None:
    """Whoever serves army.ml, the registry of .ml decides who holds it."""
    park = held("mx.mx-park.example")
    rows = [
        exposed(f"{one}.ml", f"{one}.mil", 10.0, suffix_slip=True, standing=park)
        for one in ("army", "navy", "af")
    ]
    assert [rule.match for rule in fold(rows)] == [".ml"]


def test_without_mail_the_shares_count() -> None:
    """Where no mail is expected at all, the likelihood of the slips orders the rules."""
    found = candidates(name("army.mil"))
    rules = fold([of_candidate(one, 0.0) for one in found])
    assert rules[0].match == ".ml"
    assert rules[0].share == pytest.approx(
        sum(one.share for one in found if one.domain.ascii.endswith(".ml"))
    )


def test_the_order_of_rows_changes_nothing() -> None:
    """The same look-alikes give the same rules in any order, and none gives none."""
    rows = list(portfolio("army.mil", "navy.mil").exposed)
    assert fold(rows[::-1]) == fold(rows)
    assert fold(()) == ()
    assert exposure(()).rules == ()


def _controller(domain: str, standing: Standing) -> Controller:
    return controller(
        name(domain), name("army.mil"), suffix_slip=False, kind="glued_text", standing=standing
    )


def test_a_free_name_counts_in_its_registrys_rule() -> None:
    """Army.ml was nobody's when its mail was heard: that it bounces today takes nothing off `.ml`."""
    asked = [
        exposed("army.ml", "army.mil", 2.0, standing=FREE, suffix_slip=True),
        exposed("navy.ml", "navy.mil", 2.0, standing=FREE, suffix_slip=True),
        exposed("army.com", "army.mil", 0.3),
    ]
    (first, *_) = fold(asked)
    assert (first.match, first.covers) == (".ml", 2)
    assert first.expected.mid == 0.0
    assert first.share == pytest.approx(0.8)
