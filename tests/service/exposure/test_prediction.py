"""Prediction: the silent half follows from the bounces, with an interval that holds it."""

from __future__ import annotations

import pytest
from tests.service.exposure.samples import name
from tests.service.exposure.slipping import near, typed

from missent.lookalike.generate import Candidate
from missent.service.exposure.calibration import BOUNCES, PER_ADDRESS, PRIOR, fit
from missent.service.exposure.exposure import Source
from missent.service.exposure.prediction import figures_of, predict
from missent.service.exposure.traffic import Hits, Persistent, Traffic, Written

NAMES = tuple(map(name, ("riverbank.com", "northfield.org", "harbourlegal.co.uk")))
WAYS = near(*NAMES)


def third(one: Candidate) -> bool:
    """Have a third of the names."""
    return sum(map(ord, one.domain.ascii)) % 3 == 0


def test_the_silent_half_is_predicted_from_bounces_alone() -> None:
    """Four hundred bounces foretell what another stretch bounces and what it delivers, within a quarter."""
    first = typed(WAYS, 10_000, lambda one: 0.02 * one.share, third, seed=1)
    then = typed(WAYS, 15_000, lambda one: 0.02 * one.share, third, seed=2)
    found = predict(fit(WAYS, first, {}), WAYS, dict.fromkeys(NAMES, 15_000.0))
    bounced = sum(one.bounced for one in then.near.values())
    silent = sum(one.delivered for one in then.near.values())
    assert found.bounced.mid == pytest.approx(bounced, rel=0.25)
    assert found.silent.mid == pytest.approx(silent, rel=0.25)
    assert found.total.low < bounced + silent < found.total.high
    assert found.total.mid == pytest.approx(found.bounced.mid + found.silent.mid)


def test_without_logs_the_prior_predicts_widely() -> None:
    """A million addresses of which nothing is known: 4,700 slips, give or take a factor."""
    found = predict(PRIOR, WAYS, {NAMES[0]: 1e6})
    assert found.total.mid == pytest.approx(PER_ADDRESS * 1e6)
    assert found.total.source is Source.PRIOR
    assert found.total.low < 1_200
    assert found.total.high > 9_000
    assert found.silent.mid / found.total.mid == pytest.approx(1 - BOUNCES, abs=0.02)


def test_nothing_typed_is_nothing_predicted() -> None:
    """Names without mail get no slips."""
    assert predict(PRIOR, WAYS, {}).total.high == 0


def test_figures_carry_the_persistent_part_apart() -> None:
    """How many slips come again, how often a day and how long stands beside the rates, not in them."""
    near_ = {WAYS[0].domain: Hits(delivered=10, recipients=10, messages=190)}
    seen = Traffic(
        days=100,
        meant={NAMES[0]: Written(4_000, 1_000, 900)},
        near=near_,
        persistent=Persistent(pairs=2, messages=182, days=120.0),
    )
    rates = fit(WAYS, seen, {})
    figures = figures_of(rates, seen, predict(rates, WAYS, {NAMES[0]: 5_000.0}))
    assert figures["persistent_share"] == 0.2
    assert figures["persistent_days"] == 60
    assert figures["persistent_per_day"] == pytest.approx(182 / 120)
    silent = figures["silent_slips"]
    assert isinstance(silent, float)
    assert figures["persistent_messages"] == pytest.approx(silent * 0.2 * 91)


def test_figures_without_logs_are_those_of_the_prior() -> None:
    """Nothing is claimed to be counted where nothing was."""
    figures = figures_of(PRIOR)
    assert figures["source"] == "prior"
    assert figures["slip_rate"] == pytest.approx(PER_ADDRESS)
    assert "bounces" not in figures
