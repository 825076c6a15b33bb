"""What a budget of registrations buys, and what becomes of the other names."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.service.exposure.samples import (
    FREE,
    MIL,
    army,
    exposed,
    exposure,
    held,
    portfolio,
    reviewed,
)

from missent.service.exposure.choosing import NO_REVIEWS
from missent.service.exposure.exposure import State
from missent.service.exposure.plan import Do, Plan, Step, plan, text, to_plain
from missent.service.exposure.receiving import SEEN_HELD


def _step(made: Plan, match: str) -> Step:
    return next(step for step in made.steps if step.match == match)


def test_each_name_has_its_fate() -> None:
    """The best free names are bought; strangers' are blocked; closed and demanding ones are watched."""
    made = plan(army(), NO_REVIEWS, 2)
    assert [(step.action, step.match) for step in made.steps] == [
        (Do.REGISTER, "army.ml"),
        (Do.REGISTER, "armymil.com"),
        (Do.BLOCK, "army.com"),
        (Do.WATCH, "mil.com"),
        (Do.WATCH, "army.eu"),
        (Do.WATCH, "army.il"),
    ]
    assert made.bought == pytest.approx(65 / 98)  # what reaches army.il is nothing: it is closed
    assert [step.cumulative_share for step in made.steps][-1] == pytest.approx(1.0)


def test_a_free_name_counts_with_what_it_would_receive() -> None:
    """Mail to a name that nobody holds bounces today; buying it is about tomorrow's holder."""
    step = _step(plan(army(), NO_REVIEWS, 5), "armymil.com")
    assert army().exposed[-1].expected.mid == 0  # expected today
    assert step.expected.mid == pytest.approx(15.0)


def test_nobody_is_told_to_buy_what_took_their_mail() -> None:
    """Logs that show a name, or one below it, taking mail say that a stranger has it, looked up or not."""
    took = exposed("army.mil.com", "army.mil", 10.0)
    took = replace(took, factors=replace(took.factors, registrable=SEEN_HELD, receiving=SEEN_HELD))
    rows = [took, exposed("navy.mil.com", "navy.mil", 5.0), exposed("army.cm", "army.mil", 2.0)]
    made = plan(exposure(rows), NO_REVIEWS, 10)
    assert [(step.action, step.match) for step in made.steps] == [
        (Do.REGISTER, "army.cm"),
        (Do.BLOCK, "mil.com"),
    ]
    assert "your logs say" in _step(made, "mil.com").because


def test_without_a_budget_the_suffix_is_blocked_whole() -> None:
    """There is no buying out a registry: what is left of its suffix is one line for the guard."""
    made = plan(army(), NO_REVIEWS, 0)
    step = _step(made, ".ml")
    assert step.action is Do.BLOCK
    assert (
        step.because
        == "Mali, registry of .ml, gives out every name there: army.ml drops the i of .mil"
    )
    assert made.bought == 0
    assert all(step.action is not Do.REGISTER for step in made.steps)


def test_each_registration_buys_less_than_the_one_before() -> None:
    """The first names hold the most mail, and a larger budget never buys less."""
    whole = portfolio(*MIL)
    shares = [plan(whole, NO_REVIEWS, budget).bought for budget in (1, 5, 20, 100)]
    assert shares == sorted(shares)
    steps = [step for step in plan(whole, NO_REVIEWS, 20).steps if step.action is Do.REGISTER]
    assert len(steps) == 20
    assert [step.share for step in steps] == sorted((s.share for s in steps), reverse=True)


def test_one_registration_catches_the_whole_portfolio() -> None:
    """Who holds mil.com has every name of ours below it, so it is bought before any single army.com."""
    made = plan(portfolio(*MIL), NO_REVIEWS, 1)
    step = made.steps[0]
    assert step.match == "mil.com"
    assert step.covers >= len(MIL)
    assert step.because.startswith(f"catches slips of {len(MIL)} names of ours, as ")


def test_steps_lose_nothing() -> None:
    """Every look-alike is in exactly one step, whatever the budget."""
    whole = portfolio("army.mil", "mod.gov.uk")
    for budget in (0, 3, 1000):
        made = plan(whole, NO_REVIEWS, budget)
        assert sum(step.covers for step in made.steps) == len(whole.exposed)
        assert sum(step.share for step in made.steps) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (State.LEGITIMATE, Do.NOTHING),
        (State.ACCEPTED, Do.NOTHING),
        (State.REGISTERED, Do.NOTHING),
        (State.BLOCKED, Do.BLOCK),
        (State.WATCHED, Do.WATCH),
        (State.NEW, Do.REGISTER),
    ],
)
def test_what_was_decided_is_kept(state: State, action: Do) -> None:
    """A decision stands in every later plan, also where the suffix is blocked."""
    step = _step(plan(army(), reviewed("army.ml", state), 9), "army.ml")
    assert step.action is action


def test_a_decision_counts_for_all_below() -> None:
    """Who calls mil.com legitimate means army.mil.com, too."""
    step = _step(plan(army(), reviewed("mil.com", State.LEGITIMATE), 9), "mil.com")
    assert step.action is Do.NOTHING
    assert "legitimate" in step.because


def test_our_own_and_known_names_are_left_alone() -> None:
    """A look-alike that is ours, or a provider of its own, is neither bought nor blocked."""
    rows = [
        exposed("mail.com", "gmail.com", 50.0, standing=held("mx.mail.com")),
        exposed("gmal.com", "gmail.com", 40.0),
        exposed("mod.uk", "mod.gov.uk", 10.0),
    ]
    made = plan(exposure(rows, ("gmail.com", "mod.gov.uk", "gmal.com")), NO_REVIEWS, 9)
    assert {step.match: step.action for step in made.steps} == dict.fromkeys(
        ("mail.com", "gmal.com", "mod.uk"), Do.NOTHING
    )


def test_the_text_says_what_is_bought() -> None:
    """People read figures with their interval, the reason, and what the budget buys."""
    told = text(plan(army(), NO_REVIEWS, 2))
    lines = told.splitlines()
    assert lines[0] == "Plan for 1 name: army.mil"
    assert "2 registrations take 66.3% of it out of strangers' reach" in lines[1]
    line = next(line for line in lines if line.startswith("  armymil.com"))
    assert "15 (3.2 to 71) a year: drops a letter; nobody holds it yet." in line
    assert "  army.com" in told
    assert "a stranger holds it" in told


def test_the_text_is_short() -> None:
    """A plan of a thousand names is read by people: the first of each kind, then their number."""
    told = text(plan(portfolio(*MIL), NO_REVIEWS, 50))
    assert len(told.splitlines()) < 60
    assert "and 30 more names with " in told


def test_nothing_to_plan() -> None:
    """Without look-alikes there is an empty plan, and it can be told."""
    made = plan(exposure((), ("a.example",)), NO_REVIEWS, 3)
    assert made.steps == ()
    assert text(made).startswith("Plan for 1 name: a.example\n")


def test_plain_plan_is_json() -> None:
    """The plain form is JSON and tells the same."""
    rows = [exposed("army.com", "army.mil", 3.0, standing=FREE, kind="other_suffix")]
    plain = json.loads(json.dumps(to_plain(plan(exposure(rows), NO_REVIEWS, 1)), allow_nan=False))
    assert plain["budget"] == 1
    assert plain["steps"][0]["action"] == "register"
    assert plain["bought"] == pytest.approx(1.0)
    assert plain["steps"][0]["expected"]["mid"] == pytest.approx(3.0)
