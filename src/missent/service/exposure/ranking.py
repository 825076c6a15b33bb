"""Own the ranking: every look-alike of a portfolio with its five factors, the worst first.

The rules. A row's estimate is the product of its factors and of nothing else; the operator's weight of a
country changes the order only. Rows that expect nothing today, since nobody takes mail there, follow the
others, ordered by what they would receive if somebody did (`potential`): an open name that is still free
does not vanish. Ties go by name, so that the order is the same in every run.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from missent.lookalike.generate import LIMIT, Candidate
from missent.lookalike.registries import country_of
from missent.mail.domain import DomainName
from missent.service.exposure.calibration import PRIOR, Fit, fit
from missent.service.exposure.controllers import controller, fold
from missent.service.exposure.estimate import known, product, scaled, total
from missent.service.exposure.exposure import (
    UNASKED,
    Estimate,
    Exposed,
    Exposure,
    Factors,
    Source,
    Standing,
)
from missent.service.exposure.jurisdictions import Jurisdiction, jurisdiction_of
from missent.service.exposure.prediction import figures_of, predict
from missent.service.exposure.receiving import OURS, potential, receiving, registrable, unasked
from missent.service.exposure.traffic import HAND_TYPED, NO_HITS, PER_MILLION, Traffic, near_names


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked."""

    names: tuple[DomainName, ...]
    """Ours, or those of partners whose mail we care for."""
    ours: tuple[DomainName, ...] = ()
    """Ours, whether looked at or not: a partner's look-alike may be one of them."""
    volumes: Mapping[DomainName, float] = field(default_factory=lambda: MappingProxyType({}))
    """Messages a year, as the operator says; counts before logs, which see one organisation's part."""
    traffic: Traffic | None = None
    standings: Mapping[DomainName, Standing] = field(default_factory=lambda: MappingProxyType({}))
    """By registrable name."""
    jurisdictions: Mapping[str, Jurisdiction] = field(default_factory=lambda: MappingProxyType({}))
    limit: int = LIMIT
    """Look-alikes of one name, the likeliest first."""
    closed: bool = False
    """Whether names under closed registries are listed, too; nobody is there."""


def rank(wish: Wish, at: datetime) -> Exposure:
    """Estimate every look-alike of these names, and order them."""
    ranking = _Ranking(wish)
    ranked = ranking.rows()
    return Exposure(
        at=at,
        names=wish.names,
        exposed=ranked,
        rules=fold(ranked),
        total=total(row.expected for row in ranked),
        closed=ranking.left_out,
        calibration=MappingProxyType(ranking.figures()),
    )


def to_look_up(wish: Wish, most: int) -> tuple[DomainName, ...]:
    """Give the registrable names that are worth asking about, those that could receive most first.

    Ours, names under closed registries, and names whose standing is there already are not among them.
    """
    worth: defaultdict[str, float] = defaultdict(float)
    for row in _Ranking(wish).rows():
        name = row.domain.registrable
        if name is not None and row.standing == UNASKED:
            worth[name] += potential(row).mid * row.weight
    ordered = sorted((-value, name) for name, value in worth.items() if value > 0)
    return tuple(DomainName.parse(name) for _, name in ordered[: max(most, 0)])


# -- Rows ------------------------------------------------------------------------------------------


class _Row(NamedTuple):
    """A look-alike before it is known what part of all it receives."""

    candidate: Candidate
    factors: Factors
    expected: Estimate
    standing: Standing


class _Ranking:
    """Makes the rows of one wish."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._names = tuple(dict.fromkeys(wish.names))
        self._ours = {one.owner for one in (*self._names, *wish.ours)}
        self._fit: Fit = PRIOR
        if wish.traffic is not None:
            self._fit = fit(self._all(), wish.traffic, wish.standings)
        self._unasked = unasked(self._fit)
        self.left_out = 0

    def _all(self) -> Iterator[Candidate]:
        """Make all candidates, anew each time: kept, they would cost more than they do made again."""
        for name in self._names:
            yield from (one for one in near_names(name) if not self._is_ours(one.domain))

    def _is_ours(self, domain: DomainName) -> bool:
        return domain.owner in self._ours

    def rows(self) -> tuple[Exposed, ...]:
        """Give all rows, ordered."""
        made = [row for name in self._names for row in self._rows_of(name)]
        return tuple(sorted(made, key=_order))

    def _rows_of(self, name: DomainName) -> Iterator[Exposed]:
        volume, hand_typed = self._volume(name), self._hand_typed(name)
        both = product((volume, hand_typed))
        alike: dict[tuple[str, int, int], tuple[Estimate, Estimate]] = {}
        """Of names of one kind, of which the same is known, for a share of 1: slip and expected."""
        rows: list[_Row] = []
        for one in self._chosen(near_names(name)):
            standing = self._standing(one.domain.registrable)
            holds, takes = self._columns(one, standing)
            own = self._fit.own_slip(one)
            if own is None:
                key = one.kind, id(holds), id(takes)
                units = alike.get(key)
                if units is None:
                    usual = self._fit.usual(one.kind)
                    units = alike[key] = usual, product((both, usual, holds, takes))
                slip, expected = scaled(units[0], one.share), scaled(units[1], one.share)
            else:
                slip, expected = own, product((both, own, holds, takes))
            factors = Factors(volume, hand_typed, slip, holds, takes)
            rows.append(_Row(one, factors, expected, standing))
        shares = _shares(rows)
        return map(self._exposed, rows, shares)

    def _chosen(self, near: Sequence[Candidate]) -> Sequence[Candidate]:
        chosen = [one for one in near if self._wish.closed or one.open is not False]
        if not self._wish.closed:
            self.left_out += len(near) - len(chosen)
        return chosen[: self._wish.limit]

    def _exposed(self, row: _Row, share: float) -> Exposed:
        one = row.candidate
        country = country_of(one.domain.public_suffix)
        place = jurisdiction_of(self._wish.jurisdictions, one.domain, country)
        return Exposed(
            domain=one.domain,
            of=one.of,
            kind=str(one.kind),
            phrase=one.phrase,
            suffix_slip=one.suffix_slip,
            open=one.open,
            country=country,
            factors=row.factors,
            expected=row.expected,
            expected_share=share,
            controller=controller(
                one.domain,
                one.of,
                suffix_slip=one.suffix_slip,
                kind=one.kind,
                standing=row.standing,
            ),
            standing=row.standing,
            jurisdiction=place.word,
            weight=place.weight,
        )

    def figures(self) -> dict[str, str | float | int]:
        """Give what the report says of the fit."""
        if self._wish.traffic is None:
            return figures_of(self._fit)
        typed = {
            name: product((self._volume(name), self._hand_typed(name))).mid for name in self._names
        }
        return figures_of(self._fit, self._wish.traffic, predict(self._fit, self._all(), typed))

    # -- Columns

    def _columns(self, one: Candidate, standing: Standing) -> tuple[Estimate, Estimate]:
        """Give whether a stranger can hold a name, and whether mail to it is taken."""
        traffic = self._wish.traffic
        hits = NO_HITS if traffic is None else traffic.hits(one.domain)
        takes = receiving(standing, hits, self._unasked)
        return OURS if self._is_ours(one.domain) else registrable(one.open, standing, hits), takes

    def _volume(self, name: DomainName) -> Estimate:
        given = self._wish.volumes.get(name)
        if given is not None:
            return known(given, Source.OPERATOR)
        traffic = self._wish.traffic
        return PER_MILLION if traffic is None or traffic.days <= 0 else traffic.volume(name)

    def _hand_typed(self, name: DomainName) -> Estimate:
        return HAND_TYPED if self._wish.traffic is None else self._wish.traffic.hand_typed(name)

    def _standing(self, name: str | None) -> Standing:
        if name is None or not self._wish.standings:
            return UNASKED
        return self._wish.standings.get(DomainName.parse(name), UNASKED)


def _shares(rows: Sequence[_Row]) -> list[float]:
    """Give each row's part of what the name's look-alikes receive; of slips, if they receive nothing."""
    values = [row.expected.mid for row in rows]
    if math.fsum(values) <= 0:
        values = [row.candidate.share for row in rows]
    whole = math.fsum(values)
    return [value / whole for value in values]


def _order(row: Exposed) -> tuple[float, float, str, str]:
    expected = row.expected.mid * row.weight
    free = 0.0 if expected > 0 else potential(row).mid * row.weight
    return -expected, -free, row.domain.ascii, row.of.ascii
