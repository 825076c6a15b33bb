"""Own the interruption budget (law 9): how often people were stopped, and how often for nothing.

Theory of operation. Guard and answers count messages by day. Once a day the office looks at the last
seven full days and at the last 200 decided holds. The budget is exceeded *for a week* if more than
0.5 in 1,000 outgoing messages of those days were held and then sent as typed (and more than one
message: in little mail a single one says nothing), or if fewer than half of the last 200 holds were
right, both now and a week ago. Then the operator is told once: a metric, an audit event, a line in
the log, one mail with proposed thresholds; again only after four weeks, or once it was kept in
between. Nothing here changes a threshold, a rule or a mode.

With the first look of each calendar week goes a list of what people validated in the week before,
since a validated suspect is a way out that somebody else should have seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from missent.judge.hold import HeldRecipient, Hold, State
from missent.judge.verdict import Action
from missent.metrics import BUDGET_ALARMS, OVER_BUDGET, WEEK_MESSAGES
from missent.service import wording
from missent.service.guard import Place
from missent.service.ports import (
    BudgetStore,
    Counters,
    Job,
    JobKind,
    NewEvent,
    Store,
    Tallied,
    Validation,
)
from missent.service.rulebook import Rulebook

FALSE_HOLDS = 0.0005
"""Of outgoing messages: more are over budget."""
FEW = 1
"""False holds in a week that never exceed the budget by themselves."""
RIGHT = 0.5
"""Of the last holds: fewer are over budget."""
LAST_HOLDS = 200
ENOUGH_HOLDS = 20
"""Decided holds before their share says anything."""
WEEK = timedelta(days=7)
AGAIN = timedelta(days=28)
SHOWN = 50
"""Validations in one letter."""
_ALARMED = "budget:alarmed"
_LISTED = "budget:listed"
_LOOKED_BACK = 4 * LAST_HOLDS  # holds read: warnings are among them
_SENT = frozenset({State.CONFIRMED, State.RELEASING, State.RELEASED, State.FAILED})
_STOPPED = frozenset({State.CORRECTED, State.CANCELLED})
_STEP = 0.0001  # thresholds are proposed with four digits


class Bell(Counters, Protocol):
    """Where alarms are counted and logged."""

    def alarm(self, event: str, **facts: str | int | float | bool | None) -> None:
        """Log something the operator should act on."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One decided held recipient."""

    misdirection: float
    rule: str
    right: bool
    """Corrected or cancelled; else sent as typed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the budget stands."""

    week: Mapping[Tallied, int]
    """Counted in the last seven full days."""
    whole: bool
    """Whether there was anything to count a week ago."""
    right: int
    decided: int
    """Of the last 200 decided holds."""
    wrong_for_a_week: bool
    """Whether fewer than half of the last holds were right, now and a week ago."""
    outcomes: tuple[Outcome, ...] = ()
    """The recipients of those holds."""

    @property
    def rate(self) -> float | None:
        """False holds as a share of outgoing messages; None without any."""
        outgoing = self.week.get(Tallied.OUTGOING, 0)
        return self.week.get(Tallied.FALSE, 0) / outgoing if outgoing else None

    @property
    def too_many(self) -> bool:
        """Whether there were too many false holds for a week."""
        false = self.week.get(Tallied.FALSE, 0)
        return self.whole and false > FEW and (self.rate is None or self.rate > FALSE_HOLDS)

    @property
    def exceeded(self) -> bool:
        """Whether the budget has been exceeded for a week."""
        return self.too_many or self.wrong_for_a_week


@dataclass(frozen=True, slots=True)
class Proposal:
    """Thresholds that would have kept the budget, on the holds that were decided."""

    threshold: float
    """Of every hold by probability: ``min_misdirection``."""
    rules: tuple[str, ...]
    spared: int
    """False holds there would not have been."""
    missed: int
    """Right holds there would not have been."""


def sent_as_typed(held: HeldRecipient) -> bool:
    """Tell whether a held recipient was answered "send as typed"."""
    return _was_held(held) and held.state in _SENT and held.corrected_to is None


def standing(store: BudgetStore, now: datetime) -> Standing:
    """Compute how the budget stands."""
    today = now.astimezone(UTC).date()
    days = store.tallies(date.min, today)
    week = _week({day: counts for day, counts in days.items() if day >= today - WEEK})
    holds = _last(store, now)
    right = sum(map(_was_right, holds))
    earlier = _last(store, now - WEEK)
    return Standing(
        week=dict(week),
        whole=any(day <= today - WEEK for day in days),
        right=right,
        decided=len(holds),
        wrong_for_a_week=_mostly_wrong(holds) and _mostly_wrong(earlier),
        outcomes=tuple(_outcomes(holds)),
    )


def gauges(store: Store, now: datetime) -> Mapping[str, float]:
    """Give what the metrics page shows of the budget; asked often, so nothing is computed anew."""
    week = _week(store.tallies(now.astimezone(UTC).date() - WEEK, now.astimezone(UTC).date()))
    counts = {f"{WEEK_MESSAGES.name}{{{what}}}": float(week[what]) for what in Tallied}
    return {**counts, OVER_BUDGET.name: float(store.recall(_ALARMED, now) is not None)}


def propose(found: Standing, pinned: Iterable[str]) -> Proposal | None:
    """Find the lowest threshold that would have kept the budget; None if no threshold would help.

    Pinned rules hold whatever the probability, so their holds stay in either count.
    """
    fixed = frozenset(pinned)
    free = [outcome for outcome in found.outcomes if outcome.rule not in fixed]
    false = [outcome for outcome in found.outcomes if not outcome.right]
    if not any(not outcome.right for outcome in free):
        return None
    allowed = len(false)
    if found.too_many and found.rate:
        allowed = int(len(false) * FALSE_HOLDS / found.rate)
    for threshold in _candidates(free):
        kept = [o for o in found.outcomes if o.rule in fixed or o.misdirection >= threshold]
        wrong = sum(not outcome.right for outcome in kept)
        if wrong <= allowed and (not found.wrong_for_a_week or wrong <= len(kept) * RIGHT):
            gone = [o for o in free if o.misdirection < threshold]
            missed = sum(outcome.right for outcome in gone)
            rules = tuple(sorted({outcome.rule for outcome in gone}))
            return Proposal(threshold, rules, len(gone) - missed, missed) if gone else None
    return None


class Budget:
    """Watches the budget, and tells the operator."""

    def __init__(self, place: Place, rulebook: Rulebook, bell: Bell, timezone: str) -> None:
        self._place = place
        self._rulebook = rulebook
        self._bell = bell
        self._zone = ZoneInfo(timezone)

    def standing(self) -> Standing:
        """Compute how the budget stands now."""
        return standing(self._place.store, self._place.clock.now())

    def proposal(self, found: Standing) -> Proposal | None:
        """Propose thresholds; changes nothing."""
        return propose(found, (r.name for r in self._rulebook.policy.rules if r.pinned))

    def watch(self) -> int:
        """Look once a day, whichever node is first; gives how many letters the operator gets."""
        store, now = self._place.store, self._place.clock.now()
        today = now.astimezone(UTC).date()
        if not store.spend(f"budget:looked:{today}", now):
            return 0
        parts = [*self._alarm(now), *self._validated(now, today)]
        if not parts:
            return 0
        subject = parts[0][0] if len(parts) == 1 else "Over the interruption budget, and your week"
        text = "\n\n".join(text for _, text in parts)
        detail = {"subject": subject, "text": text}
        store.enqueue(
            Job(JobKind.DIGEST, "budget", None, now, serial=today.toordinal(), detail=detail)
        )
        return 1

    def _alarm(self, now: datetime) -> list[tuple[str, str]]:
        store, found = self._place.store, self.standing()
        alarmed = store.recall(_ALARMED, now) is not None
        if not found.exceeded:
            if alarmed:
                store.remember(_ALARMED, "", now)  # ends at once
                store.audit(NewEvent("budget.kept", "budget", "clock", now, _facts(found)))
            return []
        if alarmed:
            return []
        store.remember(_ALARMED, f"{now:%Y-%m-%d}", now + AGAIN)
        store.audit(NewEvent("budget.exceeded", "budget", "clock", now, _facts(found)))
        self._bell.count(BUDGET_ALARMS)
        self._bell.alarm("over budget", **_facts(found))
        return [("Over the interruption budget", _letter(found, self.proposal(found)))]

    def _validated(self, now: datetime, today: date) -> list[tuple[str, str]]:
        """List last week's validations, with the first look of a calendar week."""
        store = self._place.store
        year, week, _ = today.isocalendar()
        if not store.spend(f"budget:week:{year}-{week}", now):
            return []
        listed = store.recall(_LISTED, now)
        since = datetime.fromisoformat(listed) if listed else now - WEEK
        store.remember(_LISTED, now.isoformat(), now + AGAIN)
        given = store.validations(since, SHOWN + 1)
        if not given:
            return []
        rows = [self._row(one) for one in given[:SHOWN]]
        if len(given) > SHOWN:
            rows.append("  and more; `missent audit export` has them all")
        opening = (
            'Since the last such list these doubtful addresses were answered "send as typed". Each '
            "counts for its sender alone, and for 90 days. If one is wrong, tell its sender."
        )
        return [("Validated last week", "\n\n".join([opening, "\n".join(rows)]))]

    def _row(self, one: Validation) -> str:
        when = wording.moment(one.at, self._zone)
        return f"  {wording.screen(one.sender)} to {wording.screen(one.recipient)}, {when}"


# --- counting ------------------------------------------------------------------------------------


def _week(days: Mapping[date, Mapping[Tallied, int]]) -> Counter[Tallied]:
    """Add days up."""
    week: Counter[Tallied] = Counter()
    for counts in days.values():
        week.update(counts)
    return week


def _was_held(held: HeldRecipient) -> bool:
    return held.verdict.action is Action.HOLD


def _last(store: BudgetStore, before: datetime) -> Sequence[Hold]:
    """Give the last decided holds: those somebody answered. Silence is no answer."""
    found = (h for h in store.decided(before, _LOOKED_BACK) if any(_outcomes([h])))
    return [hold for hold, _ in zip(found, range(LAST_HOLDS), strict=False)]


def _was_right(hold: Hold) -> bool:
    """Tell whether a hold stopped anything."""
    return any(outcome.right for outcome in _outcomes([hold]))


def _mostly_wrong(holds: Sequence[Hold]) -> bool:
    return len(holds) >= ENOUGH_HOLDS and sum(map(_was_right, holds)) < RIGHT * len(holds)


def _outcomes(holds: Iterable[Hold]) -> Iterable[Outcome]:
    for hold in holds:
        for held in hold.recipients:
            corrected = held.corrected_to is not None or held.state in _STOPPED
            if _was_held(held) and (corrected or sent_as_typed(held)):
                verdict = held.verdict
                yield Outcome(verdict.misdirection, verdict.rule, corrected)


def _candidates(outcomes: Iterable[Outcome]) -> Iterable[float]:
    """Give the thresholds at which something changes, lowest first."""
    steps = {int(outcome.misdirection / _STEP + 1e-6) for outcome in outcomes}
    highest = int(1 / _STEP) - 1
    return [n * _STEP for n in sorted({min(n + more, highest) for n in steps for more in (0, 1)})]


# --- telling -------------------------------------------------------------------------------------


def _facts(found: Standing) -> dict[str, str | int | bool | None]:
    counts = {what.value: found.week.get(what, 0) for what in Tallied}
    return {**counts, "last_holds": found.decided, "right": found.right}


def _letter(found: Standing, proposal: Proposal | None) -> str:
    counts = Counter(found.week)
    week = (
        f"In the last seven days {counts[Tallied.HELD]} of {counts[Tallied.OUTGOING]} outgoing messages "
        f"were held, and {counts[Tallied.FALSE]} were then sent as typed: held for nothing. "
        f"{counts[Tallied.WARNED]} were only warned of. The budget is one message in 2,000."
    )
    last = (
        f"Of the last {found.decided} holds that were answered, {found.right} were right. At least half "
        "should be; people stop reading what is usually wrong."
    )
    closing = (
        "Nothing was changed. `missent doctor` shows how it stands, `missent tune` finds thresholds "
        "from your own archive."
    )
    return "\n\n".join([week, last, _advice(proposal), closing])


def _advice(proposal: Proposal | None) -> str:
    if proposal is None:
        return (
            "No higher threshold would have kept the budget: the false holds came from pinned rules, "
            "or were as probable as the right ones."
        )
    rules = ", ".join(f'"{name}"' for name in proposal.rules)
    return (
        f"Of the holds that were answered, min_misdirection = {proposal.threshold:.4f} in the rules "
        f"{rules} would have spared {proposal.spared} false ones, and missed {proposal.missed} right "
        "ones. It is yours to decide."
    )
