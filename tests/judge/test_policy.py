"""The rule table: first match wins, and a bad rule is never silent."""

from __future__ import annotations

from typing import Any

import pytest

from missent.errors import ConfigError
from missent.judge.finding import Finding
from missent.judge.policy import DEFAULT_RULES, Facts, Policy
from missent.judge.verdict import Action
from missent.mail.mailbox import Mailbox

TYPO = Finding(
    "domain_typo", "j@army.ml", 9.0, "because", facts={"suffix_slip": True, "slip": "drop"}
)
PEOPLE = Finding("people_list", "message", 0.0, "because", facts={"level": 2, "category": "people"})


def facts(
    *findings: Finding, misdirection: float = 0.3, sensitivity: int = 2, outside: bool = True
) -> Facts:
    """Make what a rule may look at."""
    return Facts(
        Mailbox.parse("j@mail.army.ml"),
        Mailbox.parse("scanner@contractor.example"),
        outside,
        misdirection,
        sensitivity,
        findings,
    )


def one(when: dict[str, Any], action: str = "block") -> Policy:
    """Make a policy of one rule."""
    return Policy.from_rules([{"name": "rule", "when": when, "action": action}])


@pytest.mark.parametrize(
    ("when", "matches"),
    [
        ({}, True),
        ({"signal": "domain_typo"}, True),
        ({"signal": "first_contact"}, False),
        ({"signal": "domain_typo", "suffix_slip": True}, True),
        ({"signal": "domain_typo", "suffix_slip": False}, False),
        ({"signal": "domain_typo", "slip": "drop"}, True),
        ({"signal": "domain_typo", "slip": "swap"}, False),
        ({"min_misdirection": 0.3}, True),
        ({"min_misdirection": 0.31}, False),
        ({"max_misdirection": 0.3}, True),
        ({"max_misdirection": 0}, False),
        ({"min_sensitivity": 2}, True),
        ({"min_sensitivity": 3}, False),
        ({"max_sensitivity": 1}, False),
        ({"outside": True}, True),
        ({"outside": False}, False),
        ({"recipient_domain": "army.ml"}, True),
        ({"recipient_domain": "ml"}, True),
        ({"recipient_domain": "rmy.ml"}, False),
        ({"sender": "Scanner@contractor.example"}, True),
        ({"sender": "contractor.example"}, True),
        ({"sender": "amy@contractor.example"}, False),
        ({"category": "people"}, True),
        ({"category": "marking"}, False),
        ({"signal": "domain_typo", "min_sensitivity": 2, "outside": True}, True),
        ({"signal": "domain_typo", "min_sensitivity": 3, "outside": True}, False),
    ],
)
def test_each_word_of_the_vocabulary(when: dict[str, Any], matches: bool) -> None:
    """All conditions of a rule must hold at once."""
    ruling = one(when).decide(facts(TYPO, PEOPLE))
    assert (ruling.rule == "rule") is matches
    assert ruling.action is (Action.BLOCK if matches else Action.DELIVER)


def test_the_first_rule_that_matches_decides() -> None:
    """Its name is recorded; without any the default delivers."""
    policy = Policy.from_rules(
        [
            {"name": "no", "when": {"min_misdirection": 0.9}, "action": "block"},
            {"name": "first", "when": {"outside": True}, "action": "warn"},
            {"name": "second", "when": {"outside": True}, "action": "hold"},
        ]
    )
    assert (policy.decide(facts()).action, policy.decide(facts()).rule) == (Action.WARN, "first")
    assert policy.decide(facts(outside=False)).rule == "default"


def test_a_fact_that_is_missing_holds_under_the_rule_that_asked() -> None:
    """Undefined means a broken rule, never "no match"."""
    policy = one({"signal": "people_list", "suffix_slip": True}, action="warn")
    assert policy.decide(facts(PEOPLE)).action is Action.HOLD
    assert policy.decide(facts(PEOPLE)).rule == "rule"
    assert policy.decide(facts(TYPO)).rule == "default"
    assert (
        one({"signal": "people_list", "slip": "drop"}).decide(facts(PEOPLE)).action is Action.BLOCK
    )


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"when": {}, "action": "hold"}, "rule 1: key 'name'"),
        ({"name": "r", "action": "freeze"}, "'r': key 'action'"),
        ({"name": "r"}, "'r': key 'action'"),
        ({"name": "r", "action": "hold", "than": 1}, "'r': unknown key 'than'"),
        ({"name": "r", "action": "hold", "pinned": "yes"}, "'r': key 'pinned'"),
        ({"name": "r", "action": "hold", "when": "outside"}, "'r': key 'when'"),
        ({"name": "r", "action": "hold", "when": {"colour": 1}}, "'r': key 'colour'"),
        ({"name": "r", "action": "hold", "when": {"suffix_slip": True}}, "'suffix_slip' needs"),
        ({"name": "r", "action": "hold", "when": {"outside": "yes"}}, "'outside' must be a bool"),
        ({"name": "r", "action": "hold", "when": {"min_sensitivity": True}}, "'min_sensitivity'"),
        ({"name": "r", "action": "hold", "when": {"min_sensitivity": 5}}, "from 0 to 4"),
        ({"name": "r", "action": "hold", "when": {"min_misdirection": 50}}, "from 0 to 1"),
        ({"name": "r", "action": "hold", "when": {"recipient_domain": "a b"}}, "recipient_domain"),
        ({"name": "r", "action": "hold", "when": {"sender": "a@@b"}}, "'sender'"),
        ({"name": "default", "action": "hold"}, "already taken"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named(row: dict[str, Any], says: str) -> None:
    """The operator reads which rule and which key, before any mail is judged."""
    with pytest.raises(ConfigError, match=says):
        Policy.from_rules([row])


def test_all_faults_are_told_at_once() -> None:
    """One line a fault."""
    with pytest.raises(ConfigError) as told:
        Policy.from_rules([{"name": "a"}, {"name": "b", "action": "hold", "when": {"x": 1}}])
    assert len(str(told.value).splitlines()) == 2


def test_own_rules_come_first_and_replace_defaults_by_name() -> None:
    """The defaults stay behind, so that a short policy file does not switch the guard off."""
    policy = Policy.with_defaults(
        [{"name": "doubtful", "when": {"outside": True}, "action": "deliver"}]
    )
    assert [rule.name for rule in policy.rules].count("doubtful") == 1
    assert policy.rules[0].action is Action.DELIVER
    assert len(policy.rules) == len(DEFAULT_RULES)


def test_what_law_nine_pins_is_pinned() -> None:
    """Slips in a suffix, markings and what cannot be read are not loosened by tuning."""
    pinned = {rule.name for rule in Policy.with_defaults().rules if rule.pinned}
    assert pinned == {"suffix slip", "unreadable", "secret marking", "marking and destination"}
