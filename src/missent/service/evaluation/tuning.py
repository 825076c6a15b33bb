"""Own the tuning: which thresholds keep an interruption budget on an operator's own mail.

Theory of operation. One replay with the policy in force gives the figures *before*, and keeps what was
found of every recipient with any doubt: real ones, known mistakes among them, and injected slips. On
these, any other threshold can be counted without judging anew. The lowest hold threshold within the
budget is taken; lowered only as far as it catches something more, so that an archive without evidence
changes nothing. Then the threshold for warnings in the same way, then that of sensitive mail.
But thresholds change what senders validate and what is learned, so a second replay with the proposed
policy gives the figures *after*; where it does not keep the budget, the search goes on from what it saw.

Pinned rules stay, and an operator's own rules, too: only the three built-in rules by probability move.
With labels the prior is fitted, too: the base rate of misdirection is a Beta distribution's mean, with
the shipped one in a thousand worth `STRENGTH` recipients. Labels are a lower bound, hence that weight.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from types import MappingProxyType

from missent.judge import score
from missent.judge.policy import Policy, Rule
from missent.judge.verdict import Action
from missent.service.evaluation.doubts import Played, Seen, play
from missent.service.evaluation.evaluation import Progress, Setting
from missent.service.letter import Letter

HOLD, SENSITIVE, WARN = "probable slip", "doubtful and sensitive", "doubtful"
"""The rules whose ``min_misdirection`` is tuned."""
FALSE_HOLDS = 0.0005
"""Of outgoing messages: law 9."""
WARNINGS = 0.005
HOLD_FLOOR = 0.2
"""No hold below this: it would be wrong four times in five, and half of the holds should be right."""
WARN_FLOOR = 0.02
HIGHEST = 0.9999
STRENGTH = 10_000.0
"""Outside recipients that the shipped prior is worth."""
SHIPPED_ODDS = math.exp(score.PRIOR)
LEAST_ODDS, MOST_ODDS = 0.0001, 0.01
ROUNDS = 3
"""Replays with a proposed policy at most."""
VALID = timedelta(days=90)
_STEP = 0.0001


@dataclass(frozen=True, slots=True)
class Target:
    """What may be spent, as shares of outgoing messages."""

    false_holds: float = FALSE_HOLDS
    warnings: float = WARNINGS


@dataclass(frozen=True, slots=True)
class Count:
    """What a policy would have done with what was seen."""

    false_holds: int = 0
    warnings: int = 0
    held: int = 0
    """Mistakes held."""
    noticed: int = 0
    """Mistakes held or warned of."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """What is proposed, and what it is worth."""

    target: Target
    current: Policy
    proposed: Policy
    prior: float | None
    """Fitted prior odds; None without labels."""
    before: Played
    after: Played
    pinned: int
    """False holds by rules that are not tuned: no threshold can spare them."""
    small: bool
    """The archive is too small to allow a single false hold: nothing was loosened."""

    @property
    def kept(self) -> bool:
        """Whether the second replay kept the budget for false holds."""
        return self.after.window.false_holds <= _allowed(self.before, self.target.false_holds)


def tune(
    letters: Sequence[Letter],
    setting: Setting,
    target: Target,
    history: Sequence[Letter] = (),
    progress: Progress = lambda _stage, _done, _all: None,
) -> Tuning:
    """Find thresholds for a budget on an archive in the order of time."""
    before = play(letters, setting, history, progress)
    prior = fitted_prior(before.mistakes, before.recipients) if setting.labels.meant else None
    start = setting.policy.with_prior(prior) if prior else setting.policy
    proposed, after = setting.policy, before
    least: Mapping[str, float] = {}
    for number in range(1, ROUNDS + 1):
        chosen = choose(before if number == 1 else after, start, target, least)
        if chosen == proposed:
            break
        proposed, least = chosen, thresholds(chosen)
        stage = _named(progress, f"check {number}")
        after = play(letters, replace(setting, policy=proposed), history, stage)
        if after.window.false_holds <= _allowed(after, target.false_holds):
            break
    unbound = with_thresholds(start, dict.fromkeys(thresholds(start), 1.0))
    return Tuning(
        target,
        setting.policy,
        proposed,
        prior,
        before,
        after,
        pinned=count(unbound, before.seen).false_holds,
        small=_allowed(before, target.false_holds) < 1,
    )


def fitted_prior(mistakes: int, recipients: int) -> float:
    """Give the prior odds for so many known mistakes, shrunk towards the shipped ones."""
    odds = (STRENGTH * SHIPPED_ODDS + mistakes) / (STRENGTH + recipients)
    return float(f"{min(MOST_ODDS, max(LEAST_ODDS, odds)):.2g}")


# --- counting what another policy would have done ------------------------------------------------


def count(policy: Policy, seen: Iterable[Seen]) -> Count:
    """Count, answering as the replay does: a false hold is validated for its sender, and not repeated."""
    validated: dict[tuple[str, str], datetime] = {}
    false = warnings = held = noticed = 0
    for _, group in groupby(seen, key=lambda one: one.letter):
        wrong = right = warned = False
        for one in group:
            action = _ruling(policy, one, validated)
            stops = action.severity >= Action.HOLD.severity
            if one.mistake:
                held += stops
                noticed += action is not Action.DELIVER
            wrong |= stops and not one.mistake
            right |= stops and one.mistake and not one.injected
            warned |= action is Action.WARN and not one.injected
        false += wrong
        warnings += warned and not wrong and not right
    return Count(false, warnings, held, noticed)


def _ruling(policy: Policy, one: Seen, validated: dict[tuple[str, str], datetime]) -> Action:
    facts = one.facts
    if policy.prior != score.PRIOR or facts.findings:
        facts = replace(facts, misdirection=score.misdirection(facts.findings, policy.prior))
    action = policy.decide(facts).action
    if one.mistake or action.severity < Action.HOLD.severity or facts.sender is None:
        return action
    pair = (facts.sender.folded, facts.recipient.folded)
    since = validated.get(pair)
    if since is not None and one.at - since <= VALID:
        return Action.DELIVER
    validated[pair] = one.at
    return action


# --- choosing ------------------------------------------------------------------------------------


def thresholds(policy: Policy) -> dict[str, float]:
    """Give the thresholds that may be tuned; a rule that is pinned or asks otherwise is left alone."""
    return {
        rule.name: float(rule.when["min_misdirection"])
        for rule in policy.rules
        if rule.name in {HOLD, SENSITIVE, WARN}
        and not rule.pinned
        and "min_misdirection" in rule.when
    }


def with_thresholds(policy: Policy, changed: Mapping[str, float]) -> Policy:
    """Give a policy with other thresholds; everything else, and the order, as it is."""

    def moved(rule: Rule) -> Rule:
        if rule.name not in changed or rule.pinned:
            return rule
        when = {**rule.when, "min_misdirection": changed[rule.name]}
        return replace(rule, when=MappingProxyType(when))

    return replace(policy, rules=tuple(map(moved, policy.rules)))


def choose(
    played: Played, policy: Policy, target: Target, least: Mapping[str, float] | None = None
) -> Policy:
    """Choose thresholds within the target; `least` are floors from an earlier round that was not enough."""
    return _Choice(played, policy, target, least or {}).choose()


class _Choice:
    """One search. Every count falls as its threshold rises, so each is found by halving."""

    def __init__(
        self, played: Played, policy: Policy, target: Target, least: Mapping[str, float]
    ) -> None:
        self._seen = played.seen
        self._now = thresholds(policy)
        self._policy = policy
        self._least = least
        self._false = _allowed(played, target.false_holds)
        self._warnings = _allowed(played, target.warnings)

    def choose(self) -> Policy:
        found = dict(self._now)
        if HOLD in found:
            both = (HOLD, SENSITIVE)
            found[HOLD] = self._search(
                HOLD,
                lambda at: {**found, **{name: at for name in both if name in found}},
                lambda counted: counted.false_holds <= self._false,
                lambda counted: counted.held,
                (HOLD_FLOOR, HIGHEST),
            )
        top = found.get(HOLD, HIGHEST)
        if SENSITIVE in found:
            found[SENSITIVE] = top
        if WARN in found:
            found[WARN] = self._search(
                WARN,
                lambda at: {**found, WARN: at},
                lambda counted: counted.warnings <= self._warnings,
                lambda counted: counted.noticed,
                (WARN_FLOOR, top),
            )
        if SENSITIVE in found:
            found[SENSITIVE] = self._search(
                SENSITIVE,
                lambda at: {**found, SENSITIVE: at},
                lambda counted: counted.false_holds <= self._false,
                lambda counted: counted.held,
                (min(found.get(WARN, top), top), top),
            )
        return with_thresholds(self._policy, found)

    def _search(
        self,
        name: str,
        changed: Callable[[float], Mapping[str, float]],
        fits: Callable[[Count], bool],
        worth: Callable[[Count], int],
        bounds: tuple[float, float],
    ) -> float:
        def counted(at: float) -> Count:
            return count(with_thresholds(self._policy, changed(at)), self._seen)

        now = self._now[name]
        floor = max(bounds[0], self._least.get(name, 0.0), now if self._false < 1 else 0.0)
        steps = self._steps(min(floor, bounds[1]), bounds[1])
        limit = steps[_first(steps, lambda at: fits(counted(at)))]
        if limit >= now:
            return limit
        gained = worth(counted(limit))
        if worth(counted(now)) == gained:
            return min(now, bounds[1])  # lower would catch nothing more
        within = [at for at in steps if limit <= at <= now]
        return within[_first(within, lambda at: worth(counted(at)) < gained) - 1]

    def _steps(self, low: float, high: float) -> Sequence[float]:
        """Give the thresholds at which something changes, the lowest first."""
        prior = self._policy.prior
        heights = {
            int(score.misdirection(o.facts.findings, prior) / _STEP + 1e-6) for o in self._seen
        }
        steps = {round(n * _STEP, 4) for height in heights for n in (height, height + 1)}
        return sorted({low, high} | {at for at in steps if low < at < high})


def _first(steps: Sequence[float], holds: Callable[[float], bool]) -> int:
    """Find the first step from which on something is true; the last one if it never is."""
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if holds(steps[middle]):
            high = middle
        else:
            low = middle + 1
    return low


def _allowed(played: Played, rate: float) -> int:
    return int(played.window.messages * rate + 1e-9)


def _named(progress: Progress, name: str) -> Progress:
    return lambda stage, done, whole: progress(f"{name}, {stage}", done, whole)


def changes(tuning: Tuning) -> Iterator[tuple[str, float, float]]:
    """Give each tuned rule with its threshold before and after."""
    after = thresholds(tuning.proposed)
    for name, value in thresholds(tuning.current).items():
        yield name, value, after[name]
