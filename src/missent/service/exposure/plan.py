"""Own the plan: what a budget of registrations buys, and what becomes of the other look-alikes.

The rules. A registration buys one registrable name and with it all mail to names below. Only names that
an outsider could have and that nobody is known to have are bought, the most expected mail first; a name
that nobody holds yet is counted with what it would receive once somebody does. Where a suffix catches
everything there is no buying out: what is left of it is blocked as one. Names in strangers' hands are
blocked; names beyond the budget, under a closed registry or one that asks for more than money are
watched. What the operator decided is kept.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from missent.mail.domain import DomainName
from missent.service.exposure.choosing import Ours, left_alone, review_of
from missent.service.exposure.estimate import total
from missent.service.exposure.exposure import Estimate, Exposed, Exposure, Review, State
from missent.service.exposure.plain import estimate
from missent.service.exposure.receiving import is_free, is_seen_held, potential
from missent.service.exposure.telling import spread, unit
from missent.service.investigation.sentences import counted

SHOWN = 20
"""Steps of one kind that the text lists."""


class Do(StrEnum):
    """What to do about a name."""

    REGISTER = "register"
    BLOCK = "block"
    WATCH = "watch"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    action: Do
    match: str
    """A registrable name, or a suffix with its dot."""
    expected: Estimate
    """Messages that it is about; for a name that nobody holds, once somebody does."""
    share: float
    """Its part of all that is expected."""
    cumulative_share: float
    """Its part and that of all steps before it."""
    covers: int
    """Look-alikes."""
    because: str
    """One sentence, without its full stop."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, the registrations first."""

    names: tuple[DomainName, ...]
    budget: int
    steps: tuple[Step, ...]
    total: Estimate
    """Messages over all steps."""
    unit: str
    """What a figure counts: messages ``a year``, or ``a million sent`` where no volume is known."""

    def part(self, action: Do) -> float:
        """Give the share of the expected mail that the steps of one kind are about."""
        return math.fsum(step.share for step in self.steps if step.action is action)

    @property
    def bought(self) -> float:
        """The share of the expected mail that the registrations take out of strangers' reach."""
        return self.part(Do.REGISTER)


def plan(exposure: Exposure, reviews: Mapping[DomainName, Review], budget: int) -> Plan:
    """Plan `budget` registrations (0 = none) and say what becomes of the rest."""
    lots = [*_lots(exposure, reviews)]
    free = sorted((lot for lot in lots if lot.action is Do.REGISTER), key=_order)
    bought = {lot.match for lot in free[: max(budget, 0)]}
    rest = _gathered(_beyond(lot, bought) for lot in lots)
    sums = {lot: lot.value for lot in rest}
    whole = math.fsum(sums.values())
    order = list(Do)
    steps: list[Step] = []
    so_far = 0.0
    for lot in sorted(rest, key=lambda lot: (order.index(lot.action), *_order(lot))):
        share = sums[lot] / whole if whole else 0.0
        so_far += share
        expected = total(map(_mail, lot.members))
        covers = len({one.domain for one in lot.members})
        steps.append(
            Step(lot.action, lot.match, expected, share, min(so_far, 1.0), covers, _because(lot))
        )
    everything = total(_mail(one) for lot in rest for one in lot.members)
    return Plan(exposure.names, max(budget, 0), tuple(steps), everything, unit(exposure))


# -- Lots: what is decided together ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Lot:
    """Look-alikes about which one decision is taken."""

    action: Do
    match: str
    why: str
    members: Sequence[Exposed]

    @property
    def value(self) -> float:
        return math.fsum(_mail(one).mid for one in self.members)

    @property
    def suffix(self) -> str | None:
        """The suffix whose registry catches them, if all are there by a slip in it."""
        matches = {one.controller.match for one in self.members}
        return matches.pop() if len(matches) == 1 and min(matches).startswith(".") else None


def _order(lot: _Lot) -> tuple[float, str]:
    return -lot.value, lot.match


def _mail(one: Exposed) -> Estimate:
    """Give what a name receives; what it would, if nobody holds it yet and anybody could."""
    return potential(one) if is_free(one) else one.expected


def _lots(exposure: Exposure, reviews: Mapping[DomainName, Review]) -> Iterator[_Lot]:
    """Put together what is decided together: by registrable name, action and reason."""
    found: defaultdict[tuple[Do, str, str], list[Exposed]] = defaultdict(list)
    ours = Ours.of(exposure.names)
    seen_held = {one.domain.registrable for one in exposure.exposed if is_seen_held(one)}
    for one in exposure.exposed:
        action, why = _decide(one, ours, reviews)
        if action is Do.REGISTER and one.domain.registrable in seen_held:
            action, why = Do.BLOCK, "a stranger holds it: your logs say that it answered your mail"
        found[action, one.domain.owner, why].append(one)
    for (action, match, why), members in found.items():
        yield _Lot(action, match, why, members)


def _decide(one: Exposed, ours: Ours, reviews: Mapping[DomainName, Review]) -> tuple[Do, str]:
    reason = left_alone(one, ours, reviews)
    if reason is not None:
        return Do.NOTHING, reason
    review = review_of(one.domain, reviews)
    if review is not None and review.state in _REVIEWED:
        return _REVIEWED[review.state]
    if one.open is False:
        return Do.WATCH, "its registry is closed to strangers: mail bounces, or reaches a real twin"
    if one.standing.registered:
        return Do.BLOCK, "a stranger holds it"
    if one.open is None:
        return Do.WATCH, "its registry asks for more than money"
    if one.standing.registered is False:
        return Do.REGISTER, "nobody holds it yet"
    return Do.REGISTER, "nobody was asked whether it is free"


_REVIEWED = {
    State.BLOCKED: (Do.BLOCK, "you decided to block it"),
    State.WATCHED: (Do.WATCH, "you decided to watch it"),
}


def _beyond(lot: _Lot, bought: set[str]) -> _Lot:
    """Give what becomes of a name that is not bought."""
    if lot.action is not Do.REGISTER or lot.match in bought:
        return lot
    return _Lot(Do.WATCH, lot.match, f"{lot.why}; beyond the budget", lot.members)


def _gathered(lots: Iterable[_Lot]) -> list[_Lot]:
    """Put what is left of a suffix into one lot, but for what the operator decided."""
    kept: list[_Lot] = []
    suffixes: defaultdict[str, list[Exposed]] = defaultdict(list)
    decided = {why for _, why in _REVIEWED.values()}
    for lot in lots:
        suffix = lot.suffix if lot.action in (Do.BLOCK, Do.WATCH) else None
        is_open = all(one.open is not False for one in lot.members)
        if suffix is not None and is_open and lot.why not in decided:
            suffixes[suffix].extend(lot.members)
        else:
            kept.append(lot)
    for suffix, members in suffixes.items():
        kept.append(_Lot(Do.BLOCK, suffix, "", members))
    return kept


def _because(lot: _Lot) -> str:
    likeliest = max(lot.members, key=lambda one: (_mail(one).mid, one.domain))
    names = len({one.of for one in lot.members})
    if lot.match.startswith("."):
        who = likeliest.controller.label
        return f"{who}, gives out every name there: {likeliest.domain.ascii} {likeliest.phrase}"
    what = likeliest.phrase
    if names > 1:
        what = f"catches slips of {counted(names, 'name')} of ours, as {likeliest.domain.ascii}"
    elif likeliest.domain.ascii != lot.match:
        what = f"catches {likeliest.domain.ascii}, which {what}"
    return f"{what}; {lot.why}"


# -- For people and for programs -------------------------------------------------------------------


def text(plan: Plan) -> str:
    """Write the plan for people, one step a line, the first `SHOWN` of each kind."""
    return "\n".join(_lines(plan)) + "\n"


def _lines(plan: Plan) -> Iterator[str]:
    made = sum(step.action is Do.REGISTER for step in plan.steps)
    yield f"Plan for {counted(len(plan.names), 'name')}: {', '.join(map(str, plan.names[:5]))}" + (
        ", ..." if len(plan.names) > 5 else ""
    )
    yield (
        f"Expected astray: {spread(plan.total)} messages {plan.unit}, free names counted as if held. "
        f"{counted(made, 'registration')} {'takes' if made == 1 else 'take'} {plan.bought:.1%} of it "
        f"out of strangers' reach, {plan.part(Do.BLOCK):.1%} is to be blocked, "
        f"{plan.part(Do.WATCH):.1%} watched."
    )
    for action, group in groupby(plan.steps, key=lambda step: step.action):
        steps = list(group)
        yield ""
        yield f"{_HEADS[action]} ({len(steps):,})"
        width = max(len(step.match) for step in steps[:SHOWN])
        for step in steps[:SHOWN]:
            figures = f"{step.share:>6.1%}  sum {step.cumulative_share:>6.1%}"
            sentence = f"{spread(step.expected)} {plan.unit}: {step.because}."
            yield f"  {step.match:<{width}}  {figures}  {sentence}"
        if len(steps) > SHOWN:
            left = steps[SHOWN:]
            share = math.fsum(step.share for step in left)
            yield f"  and {counted(len(left), 'more name')} with {share:.1%} together."


_HEADS = {
    Do.REGISTER: "Register, the most mail first",
    Do.BLOCK: "Block: policy.toml for the guard, the maps for other servers",
    Do.WATCH: "Watch: policy.toml and the maps stop the open ones, too; look up again and compare",
    Do.NOTHING: "Nothing to do",
}


def to_plain(plan: Plan) -> dict[str, Any]:
    """Give the plan as plain values."""
    return {
        "names": [name.ascii for name in plan.names],
        "budget": plan.budget,
        "bought": plan.bought,
        "unit": plan.unit,
        "total": estimate(plan.total),
        "steps": [
            {
                "action": step.action.value,
                "match": step.match,
                "expected": estimate(step.expected),
                "share": step.share,
                "cumulative_share": step.cumulative_share,
                "covers": step.covers,
                "because": step.because,
            }
            for step in plan.steps
        ],
    }
