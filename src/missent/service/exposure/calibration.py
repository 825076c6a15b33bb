"""Own how often an address typed turns into which name: a prior, and the fit to one's own bounces.

A slip onto a name that nobody has bounces and is logged; the same slip onto a name that somebody has is
delivered, and nobody notices. So bounces tell the rates, and the rates tell the silent half. The rule:
only bounces make rates, since a delivery may have been meant; what logs show of one name, bounced or
delivered, moves that name alone.

The model. Of T addresses typed to a name, those that become its candidate n of kind k are Poisson with
mean ``T * rate * kind[k] * share(n) * name[n]``: ``rate`` has a gamma prior about `PER_ADDRESS`, ``kind``
and ``name`` have gamma priors about 1 (the generator's shares), and how far these may stray from 1 is
itself found by the likelihood of the counts (empirical Bayes; Gelman et al., Bayesian Data Analysis,
§2.7 and §5). Every mean below is the posterior's; widths add up as squares of relative deviations.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from missent.lookalike.generate import Candidate
from missent.mail.domain import DomainName
from missent.service.exposure.estimate import gamma, scaled, spread
from missent.service.exposure.exposure import UNASKED, Estimate, Mail, Source, Standing
from missent.service.exposure.traffic import Hits, Traffic, is_correspondent

PER_ADDRESS = 0.0047
"""Slips of the domain in an address typed: 50,000 of 10.6 M that supporters typed into a form (Democracy
in Action)."""
_COUNTED = 2.0
"""The prior is worth so many bounces: its 90 % interval is from a sixth to 2.4 times its mean."""
BOUNCES = 0.7
"""Part of open names of which nothing is known that bounce; a judgement."""
_NAMES_KNOWN = 10.0
"""The judgement is worth so many names."""
_STEADY = tuple(2.0**power for power in range(-2, 7))
"""How steady kinds and names may be: the shape of their gamma priors, 1 / relative variance."""
_KINDS, _NAMES = 4.0, 4.0
"""Where the two are expected before anything was counted; each factor of four from there costs half a
nat."""
_SLIGHT = 0.01
"""A name with no hit and less expected than this says nothing of how steady names are."""
_MOVES = 0.05

_PRIOR_TOTAL = gamma(_COUNTED, _COUNTED / PER_ADDRESS, Source.PRIOR)


@dataclass(frozen=True, slots=True)
class Rate:
    """Slips of one kind for each address typed, for a share of 1."""

    mean: float
    variance: float
    """Its own, relative to the square of the mean."""
    drawn: float = 1.0
    """How far it rests on the common rate, and errs with it: 0 to 1."""

    def whole(self, common: float) -> float:
        """Give the relative variance, with that of the common rate."""
        return self.variance + self.drawn**2 * common


@dataclass(frozen=True, slots=True)
class Own:
    """What logs show of one near name."""

    hits: float
    """Pairs, bounced or not."""
    expected: float
    """By the rates alone."""
    bouncing: float | None
    """Part of its slips that bounce; None where nothing tells."""
    correspondent: bool = False
    """Somebody of its own: its mail is no slip."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Rates of slips, and what is known of single names."""

    kinds: Mapping[str, Rate] = field(default_factory=lambda: MappingProxyType({}))
    other: Rate = Rate(PER_ADDRESS, 1 / _KINDS)
    """Of kinds that no candidate had."""
    total: Estimate = _PRIOR_TOTAL
    """All slips for each address typed."""
    common: float = 1 / _COUNTED
    """Relative variance of the common rate."""
    steady: float = _NAMES
    """How far names stray from the shares of the generator: 1 / relative variance."""
    own: Mapping[DomainName, Own] = field(default_factory=lambda: MappingProxyType({}))
    bouncing: float = BOUNCES
    """Part of the names of which nothing is known that bounce."""
    names_known: float = _NAMES_KNOWN
    bounces: float = 0.0
    """Pairs of which the rates are made."""
    typed: float = 0.0
    """Addresses typed in the days of the logs."""
    source: Source = Source.PRIOR
    _usual: dict[str, Estimate] = field(default_factory=dict, repr=False, compare=False)

    def slip(self, candidate: Candidate) -> Estimate:
        """Give the part of addresses typed that become this name; its own hits count."""
        return self.own_slip(candidate) or scaled(self.usual(candidate.kind), candidate.share)

    def own_slip(self, candidate: Candidate) -> Estimate | None:
        """Give the same, if the logs show of this name what moves it by a twentieth; else None."""
        own = self.own.get(candidate.domain) if self.own else None
        if own is None or own.correspondent:
            return None
        if not own.hits and own.expected <= _MOVES * self.steady:
            return None
        rate = self.kinds.get(candidate.kind, self.other)
        shape, worth = self.steady + own.hits, self.steady + own.expected
        free = self.steady / worth  # what the name showed itself no longer rests on the kind's rate
        mean = rate.mean * candidate.share * shape / worth
        variance = rate.whole(self.common) * free**2 + 1 / shape
        return spread(mean, mean * mean * variance, self.source)

    def usual(self, kind: str) -> Estimate:
        """Give the rate of a kind, for a share of 1, for names of which nothing is known."""
        known = self._usual.get(kind)
        if known is None:
            rate = self.kinds.get(kind, self.other)
            variance = rate.mean**2 * (rate.whole(self.common) + 1 / self.steady)
            known = self._usual[kind] = spread(rate.mean, variance, self.source)
        return known

    def bounces_at(self, domain: DomainName, open_: bool | None) -> tuple[float, bool]:
        """Give the part of slips onto a name that bounce, and whether that is known."""
        own = self.own.get(domain)
        if own is not None and own.bouncing is not None:
            return own.bouncing, True
        return (1.0, True) if open_ is False else (self.bouncing, False)


PRIOR = Fit()
"""Nothing but published cases."""


# -- The fit ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Name:
    """One near name, with all that are mistaken for it."""

    open: bool | None
    hits: Hits
    weights: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """By kind: addresses typed, times shares."""
    most: int = 0
    """Recipients at the name it resembles; of several, the most."""


def fit(
    candidates: Iterable[Candidate], traffic: Traffic, standings: Mapping[DomainName, Standing]
) -> Fit:
    """Fit rates to the bounces of the logs.

    `candidates` of all our names, those under closed registries, too: nobody has these, so all of
    them bounce. `standings` by registrable name. Where logs do not tell what became of mail, or nothing
    was typed, the prior is given.
    """
    names = _names(candidates, traffic)
    typed = sum(traffic.typed(one) for one in traffic.meant)
    if not traffic.tells or typed <= 0:
        return PRIOR
    bouncing = {name: _bouncing(name, one, standings) for name, one in names.items()}
    strangers = {name: one for name, one in names.items() if not _is_somebody(one)}
    default, names_known = _live_share(strangers, bouncing)
    counted, exposed = _by_kind(strangers, bouncing, default)
    bounces, exposure = math.fsum(counted.values()), math.fsum(exposed.values())
    mean = (_COUNTED + bounces) / (_COUNTED / PER_ADDRESS + exposure)
    rates, other = _rates(counted, exposed, mean)
    expected = {name: _expected(one, rates) for name, one in names.items()}
    pairs = [(strangers[name].hits.pairs, expected[name]) for name in strangers]
    own = {
        name: Own(one.hits.pairs, expected[name], bouncing[name], _is_somebody(one))
        for name, one in names.items()
    }
    source = Source.LOG if exposure >= _COUNTED / PER_ADDRESS else Source.PRIOR
    return Fit(
        kinds=MappingProxyType(rates),
        other=other,
        total=gamma(_COUNTED + bounces, (_COUNTED + bounces) / mean, source),
        common=1 / (_COUNTED + bounces),
        steady=_steady(lambda shape: _likelihood(pairs, shape), _NAMES),
        own=MappingProxyType(own),
        bouncing=default,
        names_known=names_known,
        bounces=bounces,
        typed=typed,
        source=source,
    )


def _names(candidates: Iterable[Candidate], traffic: Traffic) -> dict[DomainName, _Name]:
    names: dict[DomainName, _Name] = {}
    typed: dict[DomainName, float] = {}
    for one in candidates:
        if one.of not in typed:
            typed[one.of] = traffic.typed(one.of)
        found = names.get(one.domain)
        if found is None:
            found = names[one.domain] = _Name(one.open, traffic.hits(one.domain))
        found.weights[one.kind] += typed[one.of] * one.share
        found.most = max(found.most, traffic.written(one.of).recipients)
    return names


def _is_somebody(name: _Name) -> bool:
    return is_correspondent(name.hits, name.most)


def _bouncing(
    domain: DomainName, name: _Name, standings: Mapping[DomainName, Standing]
) -> float | None:
    """Give the part of slips onto a name that bounce: by what became of mail, else by its standing."""
    hits = name.hits
    taken = hits.delivered + hits.refused
    if hits.bounced or taken:
        return hits.bounced / (hits.bounced + taken)
    if name.open is False:
        return 1.0
    standing = standings.get(domain, UNASKED)
    if standing is UNASKED and domain.registrable is not None and standings:
        standing = standings.get(DomainName.parse(domain.registrable), UNASKED)
    if standing.mail in (Mail.MX, Mail.ADDRESS):
        return 0.0
    gone = standing.mail is not Mail.UNKNOWN or standing.registered is False
    return 1.0 if gone else None


def _live_share(
    names: Mapping[DomainName, _Name], bouncing: Mapping[DomainName, float | None]
) -> tuple[float, float]:
    """Give the part of open names that bounce, from those of which it is known, and their number."""
    open_ = (bouncing[domain] for domain, name in names.items() if name.open is not False)
    told = [part for part in open_ if part is not None]
    worth = _NAMES_KNOWN + len(told)
    return (BOUNCES * _NAMES_KNOWN + math.fsum(told)) / worth, worth


def _by_kind(
    names: Mapping[DomainName, _Name],
    bouncing: Mapping[DomainName, float | None],
    default: float,
) -> tuple[dict[str, float], dict[str, float]]:
    """Give bounces and what could have bounced, by kind; of a name with several kinds, by their parts."""
    counted: defaultdict[str, float] = defaultdict(float)
    exposed: defaultdict[str, float] = defaultdict(float)
    for domain, name in names.items():
        known = bouncing[domain]
        part = default if known is None else known
        whole = math.fsum(name.weights.values())
        for kind, weight in name.weights.items():
            exposed[kind] += part * weight
            if name.hits.bounced and whole > 0:
                counted[kind] += name.hits.bounced * weight / whole
    return {kind: counted[kind] for kind in exposed}, dict(exposed)


def _rates(
    counted: Mapping[str, float], exposed: Mapping[str, float], mean: float
) -> tuple[dict[str, Rate], Rate]:
    """Draw each kind's rate towards the common one, the more the less it was counted."""
    pairs = [(counted[kind], mean * exposed[kind]) for kind in counted]
    shape = _steady(lambda one: _likelihood(pairs, one), _KINDS)
    rates: dict[str, Rate] = {}
    for kind, count in counted.items():
        weight = shape + count
        rate = mean * weight / (shape + mean * exposed[kind])
        rates[kind] = Rate(rate, 1 / weight, shape / weight)
    return rates, Rate(mean, 1 / shape)


def _expected(name: _Name, rates: Mapping[str, Rate]) -> float:
    return math.fsum(
        rates[kind].mean * weight for kind, weight in name.weights.items() if kind in rates
    )


def _steady(likelihood: Callable[[float], float], usual: float) -> float:
    """Give the likeliest shape of a gamma prior about 1, drawn to the usual one."""
    return max(
        _STEADY, key=lambda one: likelihood(one) - 0.5 * (math.log(one / usual) / math.log(4)) ** 2
    )


def _likelihood(pairs: Sequence[tuple[float, float]], shape: float) -> float:
    """Give the log likelihood of (count, expected) under a negative binomial of this shape."""
    whole = 0.0
    for count, expected in pairs:
        if count <= 0:
            if expected > _SLIGHT:
                whole -= shape * math.log1p(expected / shape)
        elif expected > 0:
            whole += math.lgamma(shape + count) - math.lgamma(shape)
            whole += count * math.log(expected / (shape + expected))
            whole -= shape * math.log1p(expected / shape)
    return whole
