"""Tuning keeps the budget, loosens no pinned rule, and changes nothing without evidence."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.service.letters import letter

from missent.config import Config
from missent.judge import score
from missent.judge.case import Organisation
from missent.judge.finding import Finding
from missent.judge.policy import Facts, Policy
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.evaluation import fragment, tuning
from missent.service.evaluation.doubts import Played, Seen
from missent.service.evaluation.evaluation import Setting
from missent.service.evaluation.labels import read_labels
from missent.service.evaluation.tuning import HOLD, SENSITIVE, WARN, Target
from missent.service.evaluation.typos import Window
from missent.service.letter import Letter

ANN = Mailbox.parse("ann@contractor.example")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
SHIPPED = Policy.with_defaults()
HALF = Target(false_holds=0.0005, warnings=0.005)


def seen(
    number: int,
    probability: float,
    *,
    mistake: bool = False,
    pinned: bool = False,
    level: int = 0,
    recipient: str = "",
) -> Seen:
    """Give one recipient that was given this probability."""
    to = Mailbox.parse(recipient or f"x{number}@partner{number}.example")
    weight = math.log(probability / (1 - probability)) - score.PRIOR
    facts: dict[str, str | bool | int] = {
        "suffix_slip": pinned,
        "suspect": True,
        "slip": "drop",
        "intended": "partner.example",
    }
    findings = [Finding("domain_typo", to.domain.ascii, weight, "", facts=facts)]
    if level:
        findings.append(Finding("marking", "message", 0.0, "", facts={"level": level}))
    at = START + timedelta(minutes=number)
    judged = Facts(to, ANN, True, probability, level, tuple(findings))
    return Seen(number, at, judged, mistake)


def played(*doubts: Seen, messages: int = 10_000) -> Played:
    """Give a replay of so many messages, with these doubts."""
    ordered = tuple(sorted(doubts, key=lambda one: one.letter))
    return Played(Window(0, messages=messages), 0, 0, messages, 0, ordered)


def chosen(*doubts: Seen, messages: int = 10_000, policy: Policy = SHIPPED) -> dict[str, float]:
    """Give the thresholds chosen for these doubts."""
    return tuning.thresholds(tuning.choose(played(*doubts, messages=messages), policy, HALF))


def many(count: int, probability: float, first: int = 0) -> Iterable[Seen]:
    """Give so many false doubts of one probability."""
    return (seen(first + number, probability) for number in range(count))


def test_without_doubts_nothing_changes() -> None:
    """An archive without evidence is no reason to move a threshold."""
    assert chosen() == tuning.thresholds(SHIPPED)


def test_too_many_false_holds_raise_the_threshold_just_enough() -> None:
    """Five are allowed in 10,000; of twelve at 0.6 and four at 0.8 the twelve must go."""
    found = chosen(*many(12, 0.6), *many(4, 0.8, 100))
    assert 0.6 < found[HOLD] <= 0.6002


def test_a_threshold_falls_only_as_far_as_it_catches_more() -> None:
    """A mistake at 0.3 is worth it; nothing below is."""
    found = chosen(seen(1, 0.3, mistake=True), *many(2, 0.22, 100))
    assert 0.2999 <= found[HOLD] <= 0.3


def test_a_threshold_never_falls_below_its_floor() -> None:
    """A hold that is wrong four times in five is none, whatever the budget allows."""
    found = chosen(seen(1, 0.1, mistake=True))
    assert found[HOLD] >= tuning.HOLD_FLOOR


def test_a_small_archive_loosens_nothing() -> None:
    """Where not one false hold is allowed, its absence says nothing."""
    found = chosen(seen(1, 0.3, mistake=True), messages=500)
    assert found[HOLD] == 0.5


def test_a_small_archive_may_tighten() -> None:
    """But a false hold in it is one too many."""
    assert chosen(seen(1, 0.6), messages=500)[HOLD] > 0.6


def test_pinned_rules_hold_whatever_is_chosen() -> None:
    """Ten false suffix slips exceed the budget alone: they stay, and everything else goes."""
    slips = [seen(number, 0.6, pinned=True) for number in range(10)]
    policy = tuning.choose(played(*slips, seen(50, 0.9)), SHIPPED, HALF)
    assert tuning.count(policy, slips).false_holds == 10
    assert [r for r in policy.rules if r.pinned] == [r for r in SHIPPED.rules if r.pinned]
    assert tuning.thresholds(policy)[HOLD] == tuning.HIGHEST


def test_warnings_have_a_budget_of_their_own() -> None:
    """Fifty are allowed; of eighty at 0.15 and ten at 0.3 the eighty must go."""
    found = chosen(*many(80, 0.15), *many(10, 0.3, 100))
    assert 0.15 < found[WARN] <= 0.1502
    assert found[HOLD] == 0.5


def test_sensitive_mail_is_held_between_the_two() -> None:
    """Its threshold keeps the budget, too, and stays between a warning's and a hold's."""
    doubts = [seen(number, 0.21, level=2) for number in range(20)]
    found = chosen(*doubts)
    assert 0.21 <= found[SENSITIVE] <= 0.2102
    assert found[WARN] <= found[SENSITIVE] <= found[HOLD]


def test_a_validated_address_is_not_counted_again() -> None:
    """The same sender and address ten times is one false hold within 90 days."""
    again = [seen(n, 0.8, recipient="joe@partner.example") for n in range(10)]
    assert tuning.count(SHIPPED, again).false_holds == 1
    later = replace(again[1], letter=99, at=START + timedelta(days=91))
    assert tuning.count(SHIPPED, [again[0], later]).false_holds == 2


def test_rules_of_the_operators_own_are_left_alone() -> None:
    """Whatever they ask; and a built-in name that was given another meaning, too."""
    own: list[dict[str, Any]] = [
        {
            "name": "army",
            "when": {"recipient_domain": "army.mil", "min_misdirection": 0.05},
            "action": "hold",
        },
        {"name": HOLD, "when": {"min_misdirection": 0.4}, "action": "hold", "pinned": True},
    ]
    policy = Policy.with_defaults(own)
    after = tuning.choose(played(*many(30, 0.6)), policy, HALF)
    assert after.rules[:2] == policy.rules[:2]


def test_a_floor_of_an_earlier_round_is_kept() -> None:
    """When a replay shows more than was foreseen, the next round may only tighten."""
    least = {HOLD: 0.7}
    policy = tuning.choose(played(seen(1, 0.3, mistake=True)), SHIPPED, HALF, least)
    assert tuning.thresholds(policy)[HOLD] >= 0.5


@pytest.mark.parametrize(
    ("mistakes", "recipients", "odds"),
    [
        (0, 0, 0.001),
        (10, 0, 0.002),
        (0, 90_000, 0.0001),
        (5_000, 10_000, 0.01),
        (7, 10_000, 0.00085),
    ],
)
def test_the_prior_is_shrunk_towards_the_shipped_one(
    mistakes: int, recipients: int, odds: float
) -> None:
    """A small archive hardly moves it, a large one decides, and neither beyond its bounds."""
    assert tuning.fitted_prior(mistakes, recipients) == pytest.approx(odds)


def archive() -> tuple[Letter, ...]:
    """Give 400 letters to a partner, some to a neighbour of its name, some mistyped."""
    letters = [letter("joe@harbourlights.example", day=day / 10) for day in range(400)]
    others = {60: "sue@harborlights.example", 200: "joe@harbourlight.example"}
    for number, to in others.items():
        letters[number] = letter(to, day=number / 10)
    return tuple(letters)


def setting() -> Setting:
    """Give the setting of the small archive."""
    ours = Organisation("Contractor", (DomainName.parse("contractor.example"),))
    labels = read_labels("typed,meant\nharbourlight.example,harbourlights.example\n")
    return Setting(ours, SHIPPED, labels, seeds=(1,), persons=False)


def test_a_tuning_is_checked_by_a_second_replay() -> None:
    """Before and after are replays, not estimates; the fragment is a whole policy that loads."""
    found = tuning.tune(archive(), setting(), Target(0.0025, 0.01))
    assert found.before.window.messages == 400
    assert found.kept
    assert found.prior == pytest.approx(0.0011)
    text = "\n".join(fragment.lines(found))
    config = Config.model_validate(tomllib.loads(text))
    assert config.rules() == found.proposed
    assert "injected slips held, %" in text
    plain = fragment.to_plain(found)
    assert Policy.from_rules(plain["policy"]).rules == found.proposed.rules
    assert set(plain["thresholds"]) == {HOLD, SENSITIVE, WARN}
    assert plain["before"]["first_uses"] == 1


def test_a_budget_of_nothing_is_kept_by_raising_thresholds() -> None:
    """No false hold at all: what was held for nothing before is not after."""
    strict = replace(setting(), policy=tuning.with_thresholds(SHIPPED, {HOLD: 0.2}))
    found = tuning.tune(archive(), strict, Target(0.0, 0.0))
    assert found.after.window.false_holds == 0 or not found.kept
    assert found.small
    before, after = tuning.thresholds(strict.policy), tuning.thresholds(found.proposed)
    assert all(after[name] >= before[name] for name in before)
