"""Own what logs tell of an organisation's mail and of its slips: counts, and what can be said by them.

The rules. An address is typed when somebody first writes to it; later messages take it from the address
book or an answer. A slip is one pair of sender and wrong recipient, however often it comes: one that
comes again and again is an address book's or a forward's, and is counted apart. A near name that
answers, or to which more people are written to than to the name it resembles, is somebody of its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from missent.lookalike.generate import Candidate, candidates
from missent.mail.domain import DomainName
from missent.service.exposure.estimate import Z90, gamma, known
from missent.service.exposure.exposure import Estimate, Source

YEAR = 365.25
HAND_TYPED = Estimate(0.03, 0.1, 0.3, Source.PRIOR)
"""Part of messages whose address is typed, where no log says; a judgement, and a wide one."""
PER_MILLION = known(1_000_000.0, Source.PRIOR)
"""Messages a year to a name of which nothing is known: what is expected reads "of a million messages"."""
_WEIGHT = 20.0
"""Messages that the organisation's own share counts for, beside those to one name."""
_SEASONS = 0.3
"""Log standard deviation of a year against a short stretch of it."""
_CLUMPS = 2.0
"""Typing comes in clumps (one letter to ten new people): variance beside that of free trials."""


_EVERY = 5_000
"""Candidates of one name: all that there are."""


def near_names(name: DomainName) -> tuple[Candidate, ...]:
    """Give every name near one that is meant, closed registries included: shares are of all slips."""
    return candidates(name, limit=_EVERY, closed=True)


@dataclass(frozen=True, slots=True)
class Written:
    """What was written to one name that is meant, and to everything below it."""

    messages: int
    """Once for each recipient."""
    pairs: int
    """Of sender and recipient, each once: the first message of a pair is typed."""
    recipients: int
    """Distinct mailboxes."""


NOTHING = Written(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Hits:
    """What was written to one near name, and to everything below it. Pairs are counted by the best that
    became of any of their messages: taken, then refused, then handed on, then bounced."""

    bounced: int = 0
    """Pairs that bounced because no such domain takes mail."""
    delivered: int = 0
    """Pairs of which the other side took a message."""
    refused: int = 0
    """Pairs that the other side turned down, or whose mail waited until it was returned."""
    handed: int = 0
    """Pairs whose mail went to a host that takes all mail: what became of it does not stand here."""
    recipients: int = 0
    """Distinct mailboxes of which the other side took mail."""
    heard: int = 0
    """Messages that came from it."""
    answers: int = 0
    """Those that answered: from mailboxes to which their recipient had written; 0 for too few, for one
    person alone, or within a few days."""
    messages: int = 0
    """All messages of all pairs, once for each recipient."""

    @property
    def pairs(self) -> int:
        """Count the slips, if these are slips."""
        return self.bounced + self.delivered + self.refused + self.handed


NO_HITS = Hits()


@dataclass(frozen=True, slots=True)
class Persistent:
    """Errors that come again: pairs with three messages or more, and forwards to a near name."""

    pairs: int = 0
    messages: int = 0
    days: float = 0.0
    """From the first message of a pair to its last, all pairs together; a day at least for each."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What logs tell. Plain counts; of very large logs estimated from a sample of pairs and messages."""

    days: float
    """Covered by the logs; stretches without a single message are left out."""
    meant: Mapping[DomainName, Written]
    near: Mapping[DomainName, Hits]
    """Near names that were written to or heard from; all others had nothing."""
    late_share: float = 1.0
    """First messages among all in the later half of the logs, beside that of the whole: below 1, since
    at a log's beginning every pair is new."""
    persistent: Persistent = Persistent()
    messages: int = 0
    """Final words about a message to a recipient, whoever it is."""
    tells: bool = True
    """Whether the logs say what became of mail: not where one host takes all of it, nor in archives."""

    def written(self, name: DomainName) -> Written:
        """Give what was written to a name that is meant."""
        return self.meant.get(name, NOTHING)

    def hits(self, name: DomainName) -> Hits:
        """Give what was written to a near name."""
        return self.near.get(name, NO_HITS)

    def typed(self, name: DomainName) -> float:
        """Estimate the addresses typed in the days covered; see `hand_typed`."""
        return self.written(name).messages * self.hand_typed(name).mid

    def volume(self, name: DomainName) -> Estimate:
        """Give messages a year: a count scaled up, wider the less of a year the logs cover."""
        messages, years = self.written(name).messages, self.days / YEAR
        counted = gamma(messages + 0.5, years, Source.LOG)
        wide = math.exp(Z90 * _SEASONS * math.sqrt(max(0.0, 1 - years)))
        return Estimate(counted.low / wide, counted.mid, counted.high * wide, Source.LOG)

    def hand_typed(self, name: DomainName) -> Estimate:
        """Give the part of messages whose address is typed.

        The first messages among those to this name, drawn to the organisation's share where there are
        few, and corrected for the beginning of the logs, where old acquaintances look new.
        """
        messages = sum(one.messages for one in self.meant.values())
        if not messages:
            return HAND_TYPED
        pairs = sum(one.pairs for one in self.meant.values())
        whole = (pairs + _WEIGHT * HAND_TYPED.mid) / (messages + _WEIGHT)
        own = self.written(name)
        part = (own.pairs + _WEIGHT * whole) / (own.messages + _WEIGHT)
        width = Z90 * math.sqrt(_CLUMPS * (1 - min(part, 0.99)) / (part * (own.messages + _WEIGHT)))
        mid = min(1.0, part * self.late_share)
        return Estimate(mid * math.exp(-width), mid, min(1.0, mid * math.exp(width)), Source.LOG)


def is_correspondent(hits: Hits, most_recipients: int) -> bool:
    """Tell whether a near name is somebody of its own: it answered, or it took mail for more people than
    the name it resembles has been written to (`most_recipients`). That it wrote unasked says nothing.
    """
    return hits.answers > 0 or hits.recipients > most_recipients
