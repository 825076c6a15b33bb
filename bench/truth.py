"""Own the truth about made mail: what went to which wrong domain, and whether a report says the same.

A generator calls `Tally` for each message to a wrong recipient while it writes; `Truth` is the sum. It is
written as JSON beside the mail. Counts are of messages, as in a report: *reached* is what the next
server took, the rest is counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

REACHED, BOUNCED, PENDING = "reached", "bounced", "pending"


@dataclass(frozen=True, slots=True)
class Wrong:
    """One wrong domain."""

    domain: str
    intended: str
    slip: str
    messages: int
    """That reached it."""
    senders: int
    """Of these."""
    first: datetime
    """Of those that reached it; of all, if none did. UTC."""
    last: datetime
    bounced: int
    pending: int


@dataclass(frozen=True, slots=True)
class Truth:
    """What was written."""

    seed: int
    messages: int
    octets: int
    lines: int
    """Of a log; 0 for archives."""
    ml_lines: int
    """Lines that name a recipient whose domain ends in ``.ml``: what a plain search finds."""
    misdirected: int
    """Messages that reached a wrong domain."""
    destinations: tuple[Wrong, ...]
    """Every wrong domain, the most messages first, those that took nothing included."""
    sensitive: int = 0
    """Of the misdirected, those whose content should not have gone there; 0 for logs, which have none."""

    @property
    def reached(self) -> dict[str, Wrong]:
        """Give the wrong domains that took something."""
        return {wrong.domain: wrong for wrong in self.destinations if wrong.messages}

    def named(self, ending: str) -> list[str]:
        """List the wrong domains that end so."""
        return sorted(wrong.domain for wrong in self.destinations if wrong.domain.endswith(ending))

    def write(self, beside: Path) -> Path:
        """Write it as JSON beside a log or archive; gives the file."""
        path = beside.with_name(beside.name + ".truth.json")
        path.write_text(json.dumps(asdict(self), default=datetime.isoformat, indent=1) + "\n")
        return path

    @classmethod
    def read(cls, path: Path) -> Truth:
        """Read what `write` wrote."""
        known = json.loads(path.read_text())
        wrong = (
            Wrong(**{**one, **{end: datetime.fromisoformat(one[end]) for end in ("first", "last")}})
            for one in known.pop("destinations")
        )
        return cls(**known, destinations=tuple(wrong))


@dataclass(slots=True)
class _Sum:
    intended: str
    slip: str
    outcomes: dict[str, set[str]] = field(default_factory=dict)
    senders: set[str] = field(default_factory=set)
    reached: list[datetime] = field(default_factory=list)
    tried: list[datetime] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """Adds up while mail is written."""

    sums: dict[str, _Sum] = field(default_factory=dict)
    wrong: set[str] = field(default_factory=set)
    """Messages that reached a wrong domain."""

    def add(  # one fact of one line
        self,
        typed: str,
        intended: str,
        slip: str,
        message: str,
        sender: str,
        outcome: str,
        at: datetime,
    ) -> None:
        """Note what became of one message to one wrong domain; the last word counts."""
        one = self.sums.setdefault(typed, _Sum(intended, slip))
        for messages in one.outcomes.values():
            messages.discard(message)
        one.outcomes.setdefault(outcome, set()).add(message)
        one.tried.append(at)
        if outcome == REACHED:
            one.reached.append(at)
            one.senders.add(sender)
            self.wrong.add(message)

    def destinations(self) -> tuple[Wrong, ...]:
        """Give the wrong domains, the most messages first."""
        made = [_wrong(typed, one) for typed, one in self.sums.items()]
        return tuple(sorted(made, key=lambda w: (-w.messages, w.domain)))


def _wrong(typed: str, one: _Sum) -> Wrong:
    times = one.reached or one.tried
    counts = {outcome: len(messages) for outcome, messages in one.outcomes.items()}
    return Wrong(
        domain=typed,
        intended=one.intended,
        slip=one.slip,
        messages=counts.get(REACHED, 0),
        senders=len(one.senders),
        first=min(times),
        last=max(times),
        bounced=counts.get(BOUNCED, 0),
        pending=counts.get(PENDING, 0),
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a report's destinations are the true ones."""

    wanted: int
    found: int
    """Of the wanted."""
    false: int
    """Destinations that are no mistake."""
    false_messages: int
    """That reached them."""
    exact: int
    """Of the found, those with the true name, counts and dates."""
    missing: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Tell whether everything is there and right, and nothing else."""
        return self.wanted == self.found == self.exact and not self.false


def agreement(
    report: Mapping[str, Any], truth: Truth, only: Iterable[str] | None = None
) -> Agreement:
    """Compare a ``report.json`` with the truth, for all wrong domains or for the named ones."""
    wanted = (
        truth.reached if only is None else {d: truth.reached[d] for d in only if d in truth.reached}
    )
    said = {str(one["domain"]): one for one in destinations_of(report)}
    there = [domain for domain in wanted if domain in said]
    differing = [d for d in there if not _same(said[d], wanted[d])]
    false = [domain for domain in said if domain not in truth.reached]
    return Agreement(
        wanted=len(wanted),
        found=len(there),
        false=len(false),
        false_messages=sum(int(said[domain]["messages"]) for domain in false),
        exact=len(there) - len(differing),
        missing=tuple(sorted(wanted.keys() - said.keys())),
        differing=tuple(sorted(differing)),
    )


def destinations_of(report: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Give a report's destinations."""
    found: Sequence[Mapping[str, Any]] = report["destinations"]
    return found


def same_time(said: object, true: datetime) -> bool:
    """Tell whether a report's time (RFC 3339) is the true one, to the second."""
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return False
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.replace(microsecond=0) == true.replace(microsecond=0)


def _same(said: Mapping[str, Any], true: Wrong) -> bool:
    return (
        (said["intended"], said["messages"], said["senders"])
        == (true.intended, true.messages, true.senders)
        and same_time(said["first"], true.first)
        and same_time(said["last"], true.last)
    )
