"""What comes out of a real ranking: rules, plan, plain form and exports, for the published cases."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.service.exposure.samples import AT, FREE, MIL, held, name

from missent.config import load
from missent.service.exposure.comparison import compare
from missent.service.exposure.exports import policy_fragment, postfix_map, rpz, table
from missent.service.exposure.exposure import Exposure
from missent.service.exposure.plain import from_plain, to_plain
from missent.service.exposure.plan import Do, plan
from missent.service.exposure.ranking import Wish, rank


def _ranked(*names: str) -> Exposure:
    return rank(Wish(tuple(map(name, names))), AT)


@pytest.fixture(scope="module")
def mil() -> Exposure:
    """All published names of .mil at once."""
    return _ranked(*MIL)


def test_mil_is_five_rules(mil: Exposure) -> None:
    """At most five lines cover 95 % of what .mil loses, and Mali's registry is the first."""
    assert len(mil.rules) <= 5
    assert mil.rules[0].match == ".ml"
    assert mil.rules[0].of == len(MIL)
    assert sum(rule.share for rule in mil.rules) >= 0.95


def test_the_eaters_of_gov_uk_are_seen() -> None:
    """The strangers who catch every ministry are named one by one, with all look-alikes below."""
    rules = {rule.match: rule for rule in _ranked("mod.gov.uk", "hmrc.gov.uk").rules}
    for eater in ("ov.uk", "gv.uk", "go.uk", "gvo.uk", "goov.uk", "govv.uk"):
        assert rules[eater].of == 2
        assert rules[eater].controller == f"whoever holds {eater}"


@pytest.mark.parametrize("names", [("army.mil",), ("mod.gov.uk", "mod.uk"), ("gmail.com",)])
def test_everything_comes_out(names: tuple[str, ...], tmp_path: Path) -> None:
    """Kept and read back it is the same, the policy loads, and every row is in the table."""
    whole = _ranked(*names)
    back = from_plain(json.loads(json.dumps(to_plain(whole), allow_nan=False)))
    assert back == whole
    assert not compare(whole, back)
    path = tmp_path / "missent.toml"
    path.write_text(policy_fragment(whole), "utf-8")
    rules = load(path).rules().rules
    assert sum(rule.name.startswith("look-alike: ") for rule in rules) > 10
    assert table(whole).count("\r\n") == 1 + len(whole.exposed)
    assert postfix_map(whole).isascii()
    assert rpz(whole, serial=1).isascii()


def test_our_own_other_name_is_left_alone() -> None:
    """mod.uk beside mod.gov.uk is the same ministry: neither bought, nor blocked, nor refused."""
    whole = _ranked("mod.gov.uk", "mod.uk")
    made = plan(whole, {}, 5)
    fates = {step.action for step in made.steps if step.match == "mod.uk"}
    assert fates <= {Do.NOTHING}
    assert "\nmod.uk\t" not in postfix_map(whole)


def test_looked_up_names_change_the_plan() -> None:
    """What is taken is blocked and not bought; what is free counts with what a buyer would receive."""
    standings = {name("army.com"): held("mx.army.com"), name("army.ml"): FREE}
    made = plan(rank(Wish((name("army.mil"),), standings=standings), AT), {}, 1)
    fates = {step.match: step.action for step in made.steps}
    assert fates["army.ml"] is Do.REGISTER
    assert fates["army.com"] is Do.BLOCK
    assert made.steps[0].expected.mid > 0
