"""Own the figures about mistyped names: how many were caught, at how many interruptions.

Rates are per 1,000 outgoing messages, and beside it per 1,000 with a recipient outside. A *false*
hold is one that had a recipient who was no known mistake: its sender answers "send as typed". Labels
are never complete, so some false holds were right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from missent.judge.verdict import Action
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.labels import Labels
from missent.service.evaluation.replay import Judged

WINDOWS = (0, 50, 500, 5_000)
"""Outgoing messages of history at which a new installation is looked at."""


@dataclass(slots=True)
class Window:
    """What happened while the history had a certain length."""

    since: int
    messages: int = 0
    outside: int = 0
    """Messages with a recipient outside."""
    holds: int = 0
    false_holds: int = 0
    warnings: int = 0
    first_uses: int = 0
    reachable: int = 0
    """First uses whose intended name was known by then."""
    caught: int = 0
    """First uses held or blocked."""
    warned: int = 0
    """First uses that were only warned of."""
    right: int = 0
    """Of the caught, those with the right suggestion."""

    def add(self, other: Window) -> None:
        """Add what happened in another window."""
        for name in self.__slots__:
            if name != "since":
                setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def recall(self) -> float | None:
        """Share of first uses caught; None if there were none."""
        return share(self.caught, self.first_uses)

    @property
    def ceiling(self) -> float | None:
        """Share of first uses that could be caught at all."""
        return share(self.reachable, self.first_uses)

    @property
    def top1(self) -> float | None:
        """Share of the caught whose first suggestion was what was meant."""
        return share(self.right, self.caught)

    def rate(self, count: int) -> float | None:
        """Give a count per 1,000 outgoing messages."""
        return None if not self.messages else 1_000 * count / self.messages

    def outside_rate(self, count: int) -> float | None:
        """Give a count per 1,000 outgoing messages with a recipient outside."""
        return None if not self.outside else 1_000 * count / self.outside


@dataclass(slots=True)
class Typos:
    """Counts a replay as it goes."""

    labels: Labels
    windows: tuple[Window, ...] = field(default_factory=lambda: tuple(map(Window, WINDOWS)))
    rules: Counter[str] = field(default_factory=Counter)
    """Rule -> held messages."""
    _used: set[str] = field(default_factory=set)

    def see(self, judged: Judged) -> None:
        """Count one judged letter."""
        window = max((w for w in self.windows if w.since <= judged.number), key=lambda w: w.since)
        window.messages += 1
        window.outside += judged.outside
        held = [v for v in judged.verdicts if v.action.severity >= Action.HOLD.severity]
        if held:
            window.holds += 1
            window.false_holds += any(self.labels.right(v.recipient) is None for v in held)
            self.rules[held[0].rule] += 1
        elif judged.at_least(Action.WARN):
            window.warnings += 1
        self._first_uses(judged, window)

    def _first_uses(self, judged: Judged, window: Window) -> None:
        for mailbox in _one_a_domain(judged.first_uses, self._used):
            window.first_uses += 1
            window.reachable += mailbox in judged.within_reach
            verdict = next(v for v in judged.verdicts if v.recipient == mailbox)
            if verdict.action.severity >= Action.HOLD.severity:
                window.caught += 1
                window.right += self.labels.agrees(mailbox, verdict.suggestion)
            elif verdict.action is Action.WARN:
                window.warned += 1

    def total(self) -> Window:
        """Give all windows together."""
        whole = Window(0)
        for window in self.windows:
            whole.add(window)
        return whole


def _one_a_domain(first_uses: Iterable[Mailbox], used: set[str]) -> Iterable[Mailbox]:
    for mailbox in first_uses:
        if mailbox.domain.ascii not in used:
            used.add(mailbox.domain.ascii)
            yield mailbox


def share(part: int, whole: int) -> float | None:
    """Give a share, None of nothing."""
    return None if not whole else part / whole
