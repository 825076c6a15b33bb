"""Own which look-alikes are left alone, by plan and exports alike, and why.

The rule: a name that somebody is right to write to is never refused. That are ours, those that the
operator called legitimate, accepted or registered, and the public names that come with Missent:
``mail.com`` is one letter from ``gmail.com`` and a provider of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.service.exposure.exposure import Exposed, Exposure, Review, State
from missent.service.exposure.receiving import OURS

NO_REVIEWS: Mapping[DomainName, Review] = MappingProxyType({})

_SETTLED = {
    State.REGISTERED: "registered by us",
    State.ACCEPTED: "accepted",
    State.LEGITIMATE: "legitimate: somebody's own name",
}


@dataclass(frozen=True, slots=True)
class Ours:
    """Our own names, so that many look-alikes are compared with many of them."""

    owners: frozenset[str]
    """Our registrable names, and names of ours that have none."""
    above: frozenset[str]
    """Our names and all above them."""

    @classmethod
    def of(cls, names: Iterable[DomainName]) -> Ours:
        """Take the names."""
        given = list(names)
        owners = frozenset(name.owner for name in given)
        return cls(owners, frozenset(label for name in given for label in _chain(name)))

    def holds(self, domain: DomainName) -> bool:
        """Tell whether a name is ours."""
        return domain.registrable in self.owners or not self.owners.isdisjoint(_chain(domain))


def review_of(domain: DomainName, reviews: Mapping[DomainName, Review]) -> Review | None:
    """Give what was decided about a name, or about the nearest name above it that has an owner."""
    if not reviews:
        return None
    names = _chain(domain)
    for name in names[: len(names) - domain.public_suffix.count(".") - 1]:
        found = reviews.get(DomainName.parse(name))
        if found is not None:
            return found
    return None


def left_alone(one: Exposed, ours: Ours, reviews: Mapping[DomainName, Review]) -> str | None:
    """Say why nothing is to be done about a look-alike; None if something is."""
    if ours.holds(one.domain) or one.factors.registrable == OURS:
        return "one of our own names"
    review = review_of(one.domain, reviews)
    if review is not None and review.state in _SETTLED:
        return _SETTLED[review.state]
    if review is not None and review.state is not State.NEW:
        return None
    if shipped().kind(one.domain) is not None:
        return "a well-known name that people rightly write to"
    return None


def to_stop(
    exposure: Exposure, reviews: Mapping[DomainName, Review] = NO_REVIEWS
) -> Iterator[Exposed]:
    """Give the look-alikes to which mail may be stopped, each name once, in the exposure's order.

    Not those under a closed registry, where mail bounces or reaches a real twin, and none that is above
    a name of ours, since all below it would be stopped, too.
    """
    ours, seen = Ours.of(exposure.names), set[DomainName]()
    for one in exposure.exposed:
        if one.domain in seen:
            continue
        seen.add(one.domain)
        stoppable = one.open is not False and one.domain.registrable is not None
        if stoppable and one.domain.ascii not in ours.above and not left_alone(one, ours, reviews):
            yield one


def _chain(domain: DomainName) -> list[str]:
    """Give a name and all names above it, the longest first."""
    labels = domain.ascii.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]
