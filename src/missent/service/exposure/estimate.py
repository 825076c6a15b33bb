"""Own how estimates are multiplied and added, and what interval a count gives.

An `Estimate` is a mean with the 5 % and 95 % points of what it may be. The rules: what is exactly nothing
stays exactly nothing, whatever it is multiplied by; and the source of an outcome is its weakest, so that
nothing rests on a guess without saying so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from missent.service.exposure.exposure import Estimate, Source

Z90 = 1.6448536269514722
"""The normal distribution has 90 % within so many standard deviations."""
_WEAKEST_FIRST = (Source.PRIOR, Source.OPERATOR, Source.LIST, Source.LOOK_UP, Source.LOG)
_RANK = {source: rank for rank, source in enumerate(_WEAKEST_FIRST)}
_FEW = 1.0
"""Shape below which the cube-root approximation is poor, and the power series' first term is good."""


def known(value: float, source: Source) -> Estimate:
    """Give a figure that is known."""
    return Estimate(value, value, value, source)


def product(factors: Iterable[Estimate]) -> Estimate:
    """Multiply estimates that err independently.

    The figures multiply; the widths are those of log-normal distributions, so the squares of the log
    widths add up, upwards and downwards apart. A factor that is known to be nothing gives nothing, and
    the source is that factor's. Of no factors: exactly one.
    """
    given = tuple(factors)
    nothing = [one.source for one in given if one.high <= 0]
    if nothing:
        return Estimate(0.0, 0.0, 0.0, weakest(nothing))
    mid, up, down, high, low = 1.0, 0.0, 0.0, 1.0, 1.0
    for one in given:
        mid *= one.mid
        high *= one.high
        low *= one.low
        if one.low < one.high and one.mid > 0:  # what is known has no width: skip two logarithms
            up += math.log(one.high / one.mid) ** 2
            down += math.log(one.mid / one.low) ** 2 if one.low > 0 else math.inf
    source = weakest(one.source for one in given)
    if mid <= 0:
        return Estimate(0.0, 0.0, high, source)
    low = mid * math.exp(-math.sqrt(down)) if low > 0 else 0.0
    return Estimate(low, mid, mid * math.exp(math.sqrt(up)), source)


def scaled(one: Estimate, by: float) -> Estimate:
    """Give so many times an estimate; the source is kept."""
    return Estimate(one.low * by, one.mid * by, one.high * by, one.source)


def total(parts: Iterable[Estimate], *, shared: bool = True) -> Estimate:
    """Add estimates up.

    With `shared`, all err together, as rows do that rest on the same volume and the same slip rate: low is
    the sum of all lows. Else each errs by itself, and the squares of the widths add up. The source is the
    weakest of those that add anything; of nothing at all, the weakest there is.
    """
    given = [one for one in parts if one.high > 0]
    mid = math.fsum(one.mid for one in given)
    if shared:
        low, high = math.fsum(one.low for one in given), math.fsum(one.high for one in given)
    else:
        low = max(0.0, mid - math.sqrt(math.fsum((one.mid - one.low) ** 2 for one in given)))
        high = mid + math.sqrt(math.fsum((one.high - one.mid) ** 2 for one in given))
    return Estimate(low, mid, high, weakest(one.source for one in given))


def gamma(shape: float, rate: float, source: Source) -> Estimate:
    """Give mean, 5 % and 95 % point of a gamma distribution, as a count over an exposure gives one.

    By Wilson and Hilferty (1931): the cube root is nearly normal; off by less than 1 % of the mean from
    shape 1. Below, the low point is that of the series' first term, ``(p Gamma(a + 1)) ** (1 / a)``; the
    high one is off by at most a tenth of the mean. The mean may lie above the high point of a very small
    shape; it is then that point.
    """
    mean = shape / rate
    step, root = 1 / (9 * shape), Z90 / (3 * math.sqrt(shape))
    high = max(mean, mean * (1 - step + root) ** 3)
    if shape < _FEW:
        low = math.exp((math.log(0.05) + math.lgamma(shape + 1)) / shape) / rate
    else:
        low = mean * max(0.0, 1 - step - root) ** 3
    return Estimate(min(low, mean), mean, high, source)


def spread(mean: float, variance: float, source: Source) -> Estimate:
    """Give the gamma distribution of this mean and variance; a mean of nothing is nothing."""
    if mean <= 0:
        return known(0.0, source)
    if variance <= 0:
        return known(mean, source)
    return gamma(mean * mean / variance, mean / variance, source)


def weakest(sources: Iterable[Source]) -> Source:
    """Give the source that says least: a prior before an operator's word, a log last of all."""
    return min(sources, key=_RANK.__getitem__, default=Source.PRIOR)
