"""Findings become a probability and a level."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.judge.finding import Finding
from missent.judge.score import misdirection, sensitivity


def finding(weight: float, signal: str = "s", **facts: str | bool | int) -> Finding:
    """Make a finding with a weight and facts."""
    return Finding(signal, "x@partner.example", weight, "because", facts=facts)


def test_without_findings_the_prior_remains() -> None:
    """One in a thousand."""
    assert misdirection(()) == pytest.approx(1 / 1001)


def test_weights_are_log_odds_and_add_up() -> None:
    """A weight of ln 1000 makes even odds, whether in one piece or in two."""
    assert misdirection([finding(math.log(1000))]) == pytest.approx(0.5)
    assert misdirection([finding(3.0), finding(math.log(1000) - 3.0)]) == pytest.approx(0.5)


def test_a_first_contact_adds_nothing_beside_a_suspect() -> None:
    """A typo is nearly always a first contact: the same evidence is not counted twice."""
    typo = finding(5.0, "domain_typo", suspect=True)
    assert misdirection([typo, finding(0.9, "first_contact")]) == misdirection([typo])
    assert misdirection([finding(5.0), finding(0.9, "first_contact")]) > misdirection(
        [finding(5.0)]
    )


@given(st.lists(st.floats(-1e6, 1e6), max_size=5))
def test_it_is_always_a_probability(weights: list[float]) -> None:
    """However extreme the weights."""
    assert 0.0 <= misdirection([finding(weight) for weight in weights]) <= 1.0


def test_sensitivity_is_the_highest_level_and_four_at_most() -> None:
    """Levels do not add up."""
    assert sensitivity([]) == 0
    assert sensitivity([finding(0), finding(0, level=2), finding(0, level=3)]) == 3
    assert sensitivity([finding(0, level=9)]) == 4
