"""Own what the page of look-alikes lists: the rules, the plan, each name with its factors.

Templates only lay out what is here; a name keeps its punycode beside it. Nothing here is HTML.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from missent.mail.domain import DomainName
from missent.service.exposure.choosing import review_of
from missent.service.exposure.exposure import (
    Estimate,
    Exposed,
    Exposure,
    Mail,
    Review,
    Source,
    Standing,
    State,
)
from missent.service.exposure.plan import Do, Plan
from missent.service.exposure.receiving import is_seen_held
from missent.service.exposure.telling import spread
from missent.service.investigation.sentences import counted, listed, on, shown

RULES: Final = 20
STEPS: Final = 12
"""Steps of the plan that are shown of each kind."""

_STATES: Final = {
    State.NEW: "Not decided",
    State.WATCHED: "Watch it",
    State.BLOCKED: "Block it",
    State.REGISTERED: "Registered by us",
    State.ACCEPTED: "Accept it: nothing is done",
    State.LEGITIMATE: "Legitimate: somebody's own name",
}
_DOES: Final = {
    Do.REGISTER: "Register",
    Do.BLOCK: "Block",
    Do.WATCH: "Watch",
    Do.NOTHING: "Nothing to do",
}
_SOURCES: Final = {
    Source.LOG: "counted in your logs",
    Source.OPERATOR: "your own figure",
    Source.LOOK_UP: "looked up",
    Source.LIST: "from the suffix list and the registries' rules",
    Source.PRIOR: "from published cases",
}
_MAIL: Final = {
    Mail.NONE: "no mail server: mail bounces",
    Mail.NULL: "says that it takes no mail",
    Mail.ADDRESS: "no mail server named, but an address that may take mail",
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule."""

    match: str
    controller: str
    covers: str
    share: str
    expected: str
    examples: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of the plan."""

    match: str
    expected: str
    share: str
    sum: str
    because: str


@dataclass(frozen=True, slots=True)
class PlanRows:
    """The plan, by what is to be done."""

    summary: str
    groups: tuple[tuple[str, tuple[StepRow, ...], str], ...]
    """What to do, its steps, how many more."""


@dataclass(frozen=True, slots=True)
class NameRow:
    """One look-alike."""

    rank: int
    key: str
    """A-labels: what the form says it is about."""
    domain: str
    of: str
    phrase: str
    expected: str
    share: str
    controller: str
    standing: str
    factors: tuple[tuple[str, str, str], ...]
    """Factor, figure with its interval, where it comes from."""
    state: str
    """As `State`'s value, for the form."""
    decided: str
    note: str


def states() -> tuple[tuple[str, str], ...]:
    """Give the choices of the form."""
    return tuple((state.value, text) for state, text in _STATES.items())


# --- lists ---------------------------------------------------------------------------------------


def rule_rows(exposure: Exposure) -> tuple[RuleRow, ...]:
    """Show the rules, the most share first."""
    return tuple(
        RuleRow(
            rule.match,
            rule.controller,
            f"{counted(rule.covers, 'look-alike')} of {counted(rule.of, 'name')}",
            f"{rule.share:.1%}",
            spread(rule.expected),
            listed(rule.examples),
        )
        for rule in exposure.rules[:RULES]
    )


def plan_rows(plan: Plan) -> PlanRows:
    """Show the plan, the registrations first."""
    groups = []
    for action, text in _DOES.items():
        steps = [step for step in plan.steps if step.action is action]
        rows = tuple(
            StepRow(
                step.match,
                spread(step.expected),
                f"{step.share:.1%}",
                f"{step.cumulative_share:.1%}",
                f"{step.because}.",
            )
            for step in steps[:STEPS]
        )
        left = len(steps) - STEPS
        more = f"and {left:,} more" if left > 0 else ""
        if rows:
            groups.append((f"{text} ({len(steps):,})", rows, more))
    made = sum(step.action is Do.REGISTER for step in plan.steps)
    summary = (
        f"{counted(made, 'registration')} {'takes' if made == 1 else 'take'} {plan.bought:.1%} of the "
        f"expected mail out of strangers' reach, {plan.part(Do.BLOCK):.1%} is to be blocked, "
        f"{plan.part(Do.WATCH):.1%} watched."
    )
    return PlanRows(summary, tuple(groups))


def name_rows(
    rows: Sequence[Exposed], reviews: Mapping[DomainName, Review], first: int
) -> tuple[NameRow, ...]:
    """Show look-alikes, the worst first; `first` is how many stand before them."""
    return tuple(_name(one, reviews, first + number) for number, one in enumerate(rows, 1))


def _name(one: Exposed, reviews: Mapping[DomainName, Review], rank: int) -> NameRow:
    own = reviews.get(one.domain)
    near = own or review_of(one.domain, reviews)
    state = own.state if own is not None else State.NEW
    weight = f"; counts {one.weight:g} times in this order ({one.jurisdiction})"
    return NameRow(
        rank=rank,
        key=one.domain.ascii,
        domain=shown(one.domain),
        of=shown(one.of),
        phrase=one.phrase + (weight if one.jurisdiction and one.weight != 1 else ""),
        expected=spread(one.expected),
        share=f"{one.expected_share:.1%}",
        controller=one.controller.label,
        standing=_seen(one) or _standing(one.standing, one.open),
        factors=_factors(one),
        state=state.value,
        decided=_decided(near, one.domain),
        note=own.note if own is not None else "",
    )


def _factors(one: Exposed) -> tuple[tuple[str, str, str], ...]:
    factors = one.factors
    named: tuple[tuple[str, Estimate, bool], ...] = (
        (f"Messages a year to {shown(one.of)}", factors.volume, False),
        ("Part with a typed address", factors.hand_typed, True),
        ("Of those, turned into this name", factors.slip, False),
        ("A stranger can hold it", factors.registrable, True),
        ("Mail to it is taken", factors.receiving, True),
    )
    return tuple(
        (text, _part(value) if part else spread(value), _SOURCES[value.source])
        for text, value, part in named
    )


def _part(value: Estimate) -> str:
    if value.low == value.high:
        return f"{value.mid:.0%}"
    return f"{value.mid:.0%} ({value.low:.0%} to {value.high:.0%})"


def _seen(one: Exposed) -> str:
    """Say what logs show of who holds a name, where no look-up says more."""
    if not is_seen_held(one):
        return ""
    took = one.factors.receiving.mid == 1
    return f"Somebody holds it: it {'took' if took else 'answered'} mail of yours, by your logs."


def _standing(standing: Standing, is_open: bool | None) -> str:
    if standing.registered is None:
        who = {
            True: "anybody can register it, and nobody asked whether somebody did",
            False: "its registry is closed to strangers",
            None: "its registry asks for more than money",
        }[is_open]
        return f"{who[:1].upper()}{who[1:]}."
    if not standing.registered:
        return "Nobody holds it yet."
    parts = ["somebody holds it"]
    if standing.mx:
        more = f" and {len(standing.mx) - 2} more" if len(standing.mx) > 2 else ""
        parts.append(f"mail is taken by {', '.join(standing.mx[:2])}{more}")
    elif standing.mail in _MAIL:
        parts.append(_MAIL[standing.mail])
    if standing.registrar:
        parts.append(f"registrar: {standing.registrar}")
    text = "; ".join(parts)
    when = f" (looked up {on(standing.at.date())})" if standing.at else ""
    return f"{text[:1].upper()}{text[1:]}{when}."


def _decided(review: Review | None, domain: DomainName) -> str:
    if review is None or review.state is State.NEW:
        return ""
    by = "" if review.domain == domain else f" for {shown(review.domain)}"
    return f"{_STATES[review.state].partition(':')[0]}{by}, {on(review.at.date())}"
