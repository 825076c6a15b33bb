"""Own made traffic in which a known part of addresses is mistyped: what a fit should find."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

from missent.lookalike.generate import Candidate, candidates
from missent.mail.domain import DomainName
from missent.service.exposure.traffic import Hits, Traffic, Written

DAYS = 365.25


def near(*names: DomainName) -> list[Candidate]:
    """Give all candidates of some names."""
    return [one for name in names for one in candidates(name, limit=5_000, closed=True)]


def typed(
    ways: Sequence[Candidate],
    addresses: int,
    rate: Callable[[Candidate], float],
    live: Callable[[Candidate], bool],
    seed: int = 0,
) -> Traffic:
    """Make the traffic of so many addresses typed to each name: a slip onto a live name is delivered."""
    draw = random.Random(seed)
    hits: dict[DomainName, tuple[int, int]] = {}
    for one in ways:
        count = _poisson(draw, addresses * rate(one))
        bounced, delivered = hits.get(one.domain, (0, 0))
        taken = one.open is not False and live(one)
        hits[one.domain] = bounced + count * (not taken), delivered + count * taken
    return Traffic(
        days=DAYS,
        meant={one.of: Written(addresses * 4, addresses, addresses) for one in ways},
        near=made(hits),
    )


def made(hits: Mapping[DomainName, tuple[int, int]]) -> dict[DomainName, Hits]:
    """Make hits of (bounced, delivered)."""
    return {
        name: Hits(bounced=b, delivered=d, recipients=d, messages=b + d)
        for name, (b, d) in hits.items()
        if b + d
    }


def _poisson(draw: random.Random, mean: float) -> int:
    """Draw a count (Knuth); the means here are small."""
    count, left = 0, draw.expovariate(1)
    while left < mean:
        count, left = count + 1, left + draw.expovariate(1)
    return count
