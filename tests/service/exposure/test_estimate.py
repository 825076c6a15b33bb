"""Estimates: how figures with intervals are multiplied, added, and made from counts."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.service.exposure.estimate import gamma, known, product, scaled, spread, total, weakest
from missent.service.exposure.exposure import Estimate, Source

POSITIVE = st.floats(0.001, 1000)


@st.composite
def estimates(draw: st.DrawFn) -> Estimate:
    """Draw an estimate above nothing."""
    mid, down, up = draw(POSITIVE), draw(st.floats(1, 20)), draw(st.floats(1, 20))
    return Estimate(mid / down, mid, mid * up, draw(st.sampled_from(Source)))


def test_a_known_figure_has_no_width() -> None:
    """What is known is its own interval."""
    assert known(3.0, Source.OPERATOR) == Estimate(3.0, 3.0, 3.0, Source.OPERATOR)


def test_a_product_adds_the_squares_of_log_widths() -> None:
    """Two factors each within a factor of ten give one within ten to the root of two, not a hundred."""
    one = Estimate(0.1, 1.0, 10.0, Source.LOG)
    both = product((one, one))
    assert both.mid == 1.0
    assert both.high == pytest.approx(10 ** math.sqrt(2))
    assert both.low == pytest.approx(10 ** -math.sqrt(2))


def test_nothing_stays_exactly_nothing_and_keeps_its_source() -> None:
    """A closed registry is not made a little open by a wide prior, and it is the list that says so."""
    wide = Estimate(0.1, 1.0, 10.0, Source.PRIOR)
    assert product((wide, known(0.0, Source.LIST), wide)) == Estimate(0, 0, 0, Source.LIST)


def test_a_product_rests_on_its_weakest_source() -> None:
    """A prior among logs makes the whole a prior."""
    assert product((known(2, Source.LOG), known(3, Source.PRIOR))).source is Source.PRIOR
    assert product((known(2, Source.LOG), known(3, Source.LIST))).source is Source.LIST
    assert product(()) == known(1.0, Source.PRIOR)
    assert weakest((Source.LOG, Source.LOOK_UP)) is Source.LOOK_UP


@given(st.lists(estimates(), max_size=6))
def test_a_product_is_ordered_and_its_figure_is_the_plain_product(factors: list[Estimate]) -> None:
    """Low, figure and high stay in order, whatever is multiplied."""
    whole = product(factors)
    assert whole.mid == pytest.approx(math.prod(one.mid for one in factors))
    assert whole.low <= whole.mid * (1 + 1e-12)
    assert whole.mid <= whole.high * (1 + 1e-12)


@given(st.lists(estimates(), min_size=1, max_size=6))
def test_errors_that_are_shared_add_up_and_others_partly_cancel(parts: list[Estimate]) -> None:
    """Rows on one slip rate are wrong together; independent ones are narrower, and of the same sum."""
    together, apart = total(parts), total(parts, shared=False)
    assert together.mid == apart.mid == pytest.approx(sum(one.mid for one in parts))
    assert together.low <= apart.low * (1 + 1e-9) + 1e-9
    assert apart.high <= together.high * (1 + 1e-9)
    assert apart.low >= 0


def test_what_adds_nothing_does_not_weaken_a_total() -> None:
    """A row that is nothing by a prior leaves a total of logs one of logs."""
    assert total((known(2, Source.LOG), known(0, Source.PRIOR))) == known(2, Source.LOG)
    assert total(()) == known(0, Source.PRIOR)


@pytest.mark.parametrize("shape", [0.3, 0.6, 1.0, 2.5, 10.0, 350.0])
def test_gamma_gives_the_points_of_the_distribution(shape: float) -> None:
    """Nine in ten draws of a gamma distribution lie between the points given, one in twenty beyond each."""
    draw = random.Random(7)
    one = gamma(shape, 4.0, Source.LOG)
    draws = [draw.gammavariate(shape, 0.25) for _ in range(20_000)]
    assert one.mid == pytest.approx(shape / 4)
    assert sum(value < one.low for value in draws) / len(draws) == pytest.approx(0.05, abs=0.012)
    assert sum(value > one.high for value in draws) / len(draws) == pytest.approx(0.05, abs=0.02)


@given(st.floats(0.01, 1e6), st.floats(1e-6, 1e6))
def test_gamma_is_ordered_for_any_shape(shape: float, rate: float) -> None:
    """Even where the mean lies above most of a distribution, low, figure and high stay in order."""
    one = gamma(shape, rate, Source.LOG)
    assert 0 <= one.low <= one.mid <= one.high < math.inf


def test_a_spread_is_the_gamma_distribution_of_that_mean_and_variance() -> None:
    """Mean 4 and variance 2 are shape 8 and rate 2; without variance a figure is known."""
    assert spread(4.0, 2.0, Source.LOG) == gamma(8.0, 2.0, Source.LOG)
    assert spread(4.0, 0.0, Source.LOG) == known(4.0, Source.LOG)
    assert spread(0.0, 3.0, Source.LOG) == known(0.0, Source.LOG)


def test_scaling_keeps_the_relative_width() -> None:
    """Half of an estimate is half as wide."""
    assert scaled(Estimate(1, 2, 6, Source.LOG), 0.5) == Estimate(0.5, 1, 3, Source.LOG)
