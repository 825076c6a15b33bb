"""Own what rates of slips say of addresses that will be typed: how many bounce, how many stay silent.

By the rates alone, as bounces give them: what logs showed of single names is left out, so that the silent
half can be compared with what was delivered. The intervals hold what chance adds to a count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from missent.lookalike.generate import Candidate
from missent.mail.domain import DomainName
from missent.service.exposure.calibration import Fit
from missent.service.exposure.estimate import spread
from missent.service.exposure.exposure import Estimate
from missent.service.exposure.traffic import Traffic

_COUNTING = 0.08**2
"""Relative variance of the addresses typed, as logs let them be counted: in real mail, of which the first
part was hidden, `Traffic.typed` was off by 1 to 8 %."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What happens with addresses that will be typed: distinct slips, with what chance adds."""

    total: Estimate
    bounced: Estimate
    silent: Estimate


def predict(
    rates: Fit, candidates: Iterable[Candidate], typed: Mapping[DomainName, float]
) -> Prediction:
    """Predict the slips of so many addresses typed to each of our names, bounced and silent.

    By the rates alone, as bounces give them: what names showed of their own is left out, so that it
    can be compared with what is delivered.
    """
    sums = _Sums(rates)
    for one in candidates:
        sums.add(one, typed.get(one.of, 0.0) * one.share)
    return Prediction(
        *(
            spread(mean, variance + mean, rates.source)
            for mean, variance in (sums.of(1.0, 1.0), sums.of(1.0, 0.0), sums.of(0.0, 1.0))
        )
    )


@dataclass(slots=True)
class _Sums:
    """Adds expected slips up, in the two halves, with what makes them uncertain."""

    rates: Fit
    by_kind: dict[str, list[float]] = field(default_factory=dict)
    names: dict[DomainName, list[float]] = field(default_factory=dict)
    """By name: bounced, silent, and the mean if nothing tells which of the two."""

    def add(self, one: Candidate, weight: float) -> None:
        mean = self.rates.kinds.get(one.kind, self.rates.other).mean * weight
        part, known = self.rates.bounces_at(one.domain, one.open)
        kind = self.by_kind.setdefault(one.kind, [0.0, 0.0])
        name = self.names.setdefault(one.domain, [0.0, 0.0, 0.0])
        for at, value in enumerate((mean * part, mean * (1 - part))):
            kind[at] += value
            name[at] += value
        name[2] += 0.0 if known else mean

    def of(self, bounced: float, silent: float) -> tuple[float, float]:
        """Give mean and variance of so much of the one half and of the other."""
        rates, mean, variance, drawn = self.rates, 0.0, 0.0, 0.0
        for kind, (one, other) in self.by_kind.items():
            value, rate = bounced * one + silent * other, rates.kinds.get(kind, rates.other)
            mean += value
            drawn += value * rate.drawn
            variance += value**2 * rate.variance
        variance += drawn**2 * rates.common + mean**2 * _COUNTING
        doubtful, part = 0.0, rates.bouncing
        for one, other, unknown in self.names.values():
            variance += (bounced * one + silent * other) ** 2 / rates.steady
            if bounced != silent and unknown:  # which half it is in
                variance += unknown**2 * part * (1 - part)
                doubtful += unknown
        return mean, variance + doubtful**2 * part * (1 - part) / (rates.names_known + 1)


# -- Told -------------------------------------------------------------------------------------------


def figures_of(
    rates: Fit, traffic: Traffic | None = None, predicted: Prediction | None = None
) -> dict[str, str | float | int]:
    """Give the figures of a fit and of what it predicts, for `Exposure.calibration`."""
    figures: dict[str, str | float | int] = {
        "source": str(rates.source),
        "slip_rate": rates.total.mid,
        "slip_rate_low": rates.total.low,
        "slip_rate_high": rates.total.high,
    }
    if traffic is None or predicted is None:
        return figures
    figures |= {
        "days": round(traffic.days, 1),
        "messages": sum(one.messages for one in traffic.meant.values()),
        "typed": round(rates.typed),
        "bounces": round(rates.bounces),
        "taking": sum(one.delivered > 0 for one in traffic.near.values()),
        "correspondents": sum(one.correspondent for one in rates.own.values()),
    }
    for name in ("total", "bounced", "silent"):
        one: Estimate = getattr(predicted, name)
        figures |= {f"{name}_slips": one.mid, f"{name}_low": one.low, f"{name}_high": one.high}
    return figures | _persistent(traffic, predicted.silent.mid)


def _persistent(traffic: Traffic, silent: float) -> dict[str, float]:
    """Give the part that comes again: how many slips do, how often a day, and for how long."""
    pairs = sum(one.pairs for one in traffic.near.values())
    again = traffic.persistent
    if not pairs or not again.pairs:
        return {}
    part = min(1.0, again.pairs / pairs)
    return {
        "persistent_pairs": again.pairs,
        "persistent_share": part,
        "persistent_per_day": again.messages / again.days,
        "persistent_days": again.days / again.pairs,
        "persistent_messages": silent * part * again.messages / again.pairs,
    }
