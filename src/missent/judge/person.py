"""Own what speaks for or against one recipient by the sender's own habits, as named numbers.

`Company` reads what all recipients of a letter have in common once; `features` then gives the numbers of
one of them, in the order of `FEATURES`. Every number can be had from a `Circle` and the letter alone, and
none depends on the order in which the recipients are written. -1 stands for what cannot be said.

The numbers are the model's only input (`forest`), so that training and judging cannot differ.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from missent.judge import names
from missent.judge.circle import LIST_SIZE, Circle, Presence, Tie
from missent.judge.names import Likeness
from missent.judge.terms import is_reply
from missent.mail.mailbox import Mailbox

UNSAID = -1.0
_LONG_AGO = 1500.0
"""Days; what is older, or never was, counts as this old."""

FEATURES = (
    *("recipients", "sent", "recent", "sent_share", "last_sent", "first_sent", "alone"),
    *("heard", "heard_recent", "last_heard"),
    *("sent_beside_best", "recent_beside_best", "last_sent_beside_best", "heard_beside_best"),
    *(
        "with_share",
        "with_people",
        "with_people_beside",
        "with_most",
        "with_beside",
        "whole_without",
    ),
    *(
        "near_share",
        "near_people",
        "near_people_beside",
        "near_most",
        "near_beside",
        "near_without",
    ),
    *("near_sender", "received", "senders", "wrote", "last_seen", "received_beside_best"),
    *("talk", "talk_received", "talk_wrote", "talk_others", "talk_sender", "talk_beside", "reply"),
    *("same_domain", "domain_share"),
    *("greeted", "greeted_other", "mentioned", "mentioned_other"),
    *("twin_here", "twin_here_beside"),
    *("rival_likeness", "rival_recent", "rival_with", "rival_talk", "rival_terms", "rival_greeted"),
    *("terms", "terms_beside_best", "terms_known"),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """One letter before it leaves: who wrote what to whom."""

    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    subject: str = ""
    text: str = ""

    def __repr__(self) -> str:
        """Show neither subject nor text (law 8)."""
        return f"Draft({len(self.recipients)} recipients)"


class Meetings:
    """How often rows of letter numbers meet: those of all recipients, seen from each.

    For each letter one number, a bit for every row that has it.
    """

    __slots__ = ("_groups", "_masks", "_mean", "_people", "_rows")

    def __init__(self, rows: Sequence[tuple[int, ...]]) -> None:
        masks: dict[int, int] = {}
        for at, row in enumerate(rows):
            bit = 1 << at
            for number in row:
                masks[number] = masks.get(number, 0) | bit
        self._rows = rows
        self._masks = masks
        self._groups = Counter(mask for mask in masks.values() if mask & (mask - 1))
        self._people = [self._met(at) for at in range(len(rows))]
        self._mean = sum(self._people) / len(rows) if rows else 0.0

    def _met(self, at: int) -> float:
        met = 0
        for number in self._rows[at]:
            met |= self._masks[number]
        return max(0, met.bit_count() - 1) / max(1, len(self._rows) - 1)

    def seen_from(self, at: int) -> tuple[float, float, float, float, float, float]:
        """Give the numbers of one row beside the others.

        The share of its letters that any other row has; the share of the other rows it ever met, and that
        beside their mean; the largest share of the others in one letter with it, and that beside the
        largest in one without it; and how many letters have all others without it.
        """
        bit, row, others = 1 << at, self._rows[at], len(self._rows) - 1
        most = without = whole = shared = 0
        for mask, times in self._groups.items():
            size = mask.bit_count()
            if mask & bit:
                shared += times
                if size > most:
                    most = size
            else:
                if size > without:
                    without = size
                if size == others:
                    whole += times
        people = self._people[at]
        mean = (self._mean * len(self._rows) - people) / others
        share = shared / len(row) if row else 0.0
        most = max(0, most - 1)
        return share, people, people - mean, most / others, (most - without) / others, _log(whole)

    def of(self, row: tuple[int, ...], at: int) -> float:
        """Give the share of another row's letters that any row but one has."""
        rest = ~(1 << at)
        met = [number for number in row if self._masks.get(number, 0) & rest]
        return len(met) / len(row) if row else 0.0

    def share(self, at: int) -> float:
        """Give the share of one row's letters that any other row has."""
        return self.of(self._rows[at], at)


@dataclass(frozen=True, slots=True)
class _Best:
    """The two best values of all recipients, so that each can be set beside the best of the others."""

    first: float
    second: float

    @classmethod
    def of(cls, values: Iterable[float]) -> _Best:
        ordered = sorted(values, reverse=True)
        return cls(ordered[0], ordered[1]) if len(ordered) > 1 else cls(math.nan, math.nan)

    def beside(self, value: float) -> float:
        """Give how far a value is from the best of the others; 0 where there are none."""
        if math.isnan(self.first):
            return 0.0
        return value - (self.second if value >= self.first else self.first)


class Company:
    """The recipients of one letter, read together."""

    def __init__(self, draft: Draft, circle: Circle) -> None:
        """Read what they have in common; recipients beyond `LIST_SIZE` are left out."""
        self.draft = draft
        self.circle = circle
        self.people = draft.recipients[:LIST_SIZE]
        self.index = {mailbox.folded: at for at, mailbox in enumerate(self.people)}
        self.ties: list[Tie] = [circle.ties.get(folded, _NO_TIE) for folded in self.index]
        self.presences: list[Presence] = [
            circle.presences.get(folded, _NO_PRESENCE) for folded in self.index
        ]
        sender = draft.sender.folded
        self.by_sender = Meetings([tie.letters for tie in self.ties])
        own = circle.presences.get(sender, _NO_PRESENCE).letters
        self.by_all = Meetings([*(place.letters for place in self.presences), own])
        self.own_letters = frozenset(own)
        self.domains = Counter(mailbox.domain for mailbox in self.people)
        self.reply = float(is_reply(draft.subject))
        self._read_text()
        self._read_talk(sender)
        self.sent = _Best.of(_log(tie.sent) for tie in self.ties)
        self.recent = _Best.of(_log(tie.recent) for tie in self.ties)
        self.last_sent = _Best.of(-_age(tie.last_sent) for tie in self.ties)
        self.heard = _Best.of(_log(tie.heard) for tie in self.ties)
        self.received = _Best.of(_log(place.received) for place in self.presences)

    def _read_text(self) -> None:
        greeted, mentioned = names.greeted(self.draft.text), names.mentioned(self.draft.text)
        self.greeting = greeted
        self.greeted = [names.answers_to(m.key, greeted) for m in self.people] if greeted else []
        self.mentioned = [
            any(name in mentioned for name in names.tokens(m.key)) for m in self.people
        ]
        rarity = self.circle.terms
        self.length = math.hypot(*rarity.values())
        self.closeness = [self.close(tie) for tie in self.ties]
        self.best_terms = _Best.of(self.closeness)

    def _read_talk(self, sender: str) -> None:
        talk = self.circle.talk
        self.talk_sender = float(sender in talk.received or sender in talk.wrote)
        self.in_talk = [name in talk.received or name in talk.wrote for name in self.index]
        self.talkers = sum(self.in_talk)

    def close(self, tie: Tie) -> float:
        """Give the cosine between this letter's terms and those of a tie, rare terms counting more."""
        rarity = self.circle.terms
        if not rarity or not tie.terms:
            return 0.0
        known = tie.terms
        common = sum([v * v * math.log1p(known[t]) for t, v in rarity.items() if t in known])
        size = math.hypot(*map(math.log1p, known.values()))
        return common / (self.length * size * _TYPICAL_RARITY) if size and self.length else 0.0


_NO_TIE = Tie()
_NO_PRESENCE = Presence()
_TYPICAL_RARITY = 5.0


def features(company: Company, mailbox: Mailbox) -> tuple[float, ...]:
    """Give the numbers of one recipient, in the order of `FEATURES`."""
    at = company.index[mailbox.folded]
    return (
        _log(len(company.people)),
        *_of_tie(company, at),
        *(company.by_sender.seen_from(at) if len(company.people) > 1 else _NOBODY),
        *_of_presence(company, at),
        *_of_talk(company, at),
        *_of_domain(company, at),
        *_of_names(company, at),
        *_of_rivals(company, at),
        *_of_terms(company, at),
    )


def _of_tie(company: Company, at: int) -> tuple[float, ...]:
    tie = company.ties[at]
    sent, recent, heard = _log(tie.sent), _log(tie.recent), _log(tie.heard)
    last = _age(tie.last_sent)
    return (
        sent,
        recent,
        math.log((tie.sent + 0.5) / (company.circle.letters + 1.0)),
        last,
        _age(tie.first_sent),
        tie.alone / tie.sent if tie.sent else UNSAID,
        heard,
        _log(tie.heard_recent),
        _age(tie.last_heard),
        company.sent.beside(sent),
        company.recent.beside(recent),
        company.last_sent.beside(-last),
        company.heard.beside(heard),
    )


_NOBODY = (UNSAID, UNSAID, 0.0, UNSAID, 0.0, 0.0)
"""What the meetings of a single recipient say."""


def _of_presence(company: Company, at: int) -> tuple[float, ...]:
    place = company.presences[at]
    beside = len(company.own_letters.intersection(place.letters))
    received = _log(place.received)
    return (
        *company.by_all.seen_from(at),
        beside / len(place.letters) if place.letters else 0.0,
        received,
        _log(place.senders),
        _log(place.wrote),
        _age(place.last_seen),
        company.received.beside(received),
    )


def _of_talk(company: Company, at: int) -> tuple[float, ...]:
    talk, folded = company.circle.talk, company.people[at].folded
    if not talk.letters:
        return 0.0, UNSAID, UNSAID, UNSAID, UNSAID, 0.0, company.reply
    others = len(company.people) - 1
    part = float(company.in_talk[at])
    their_part = (company.talkers - part) / others if others else UNSAID
    return (
        _log(talk.letters),
        talk.received.get(folded, 0) / talk.letters,
        talk.wrote.get(folded, 0) / talk.letters,
        their_part,
        company.talk_sender,
        part - (their_part if others else company.talk_sender),
        company.reply,
    )


def _of_domain(company: Company, at: int) -> tuple[float, ...]:
    domain = company.people[at].domain
    others = len(company.people) - 1
    same = (company.domains[domain] - 1) / others if others else UNSAID
    return float(domain == company.draft.sender.domain), same


def _of_names(company: Company, at: int) -> tuple[float, ...]:
    greeted, key = company.greeted, company.people[at].key
    me = bool(greeted) and greeted[at]
    mentioned = company.mentioned[at]
    likest, beside = Likeness.NONE, 0.0
    if len(company.people) <= _NAMES_READ:
        for index, other in enumerate(company.people):
            alike = Likeness.NONE if index == at else names.likeness(key, other.key)
            if alike > likest:
                likest = alike
                beside = _log(company.ties[at].recent) - _log(company.ties[index].recent)
    return (
        float(me) if company.greeting else UNSAID,
        float(not me and any(greeted)),
        float(mentioned),
        float(not mentioned and any(company.mentioned)),
        float(likest),
        beside,
    )


_NAMES_READ = 24
"""Recipients compared by name, each with each."""


def _of_rivals(company: Company, at: int) -> tuple[float, ...]:
    found = company.circle.rivals_of(company.people[at])
    absent = [rival for rival in found if rival.folded not in company.index]
    if not absent:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    key, own = company.people[at].key, company.ties[at]
    ties = [company.circle.tie(rival) for rival in absent]
    talk = company.circle.talk
    others = len(company.people) > 1
    mine = company.by_sender.share(at) if others else 0.0
    theirs = (company.by_sender.of(tie.letters, at) for tie in ties) if others else (0.0,)
    in_talk = any(talk.took_part(rival) for rival in absent)
    called = bool(company.greeting) and not company.greeted[at]
    return (
        float(max(names.likeness(key, rival.key) for rival in absent)),
        max(_log(tie.recent) for tie in ties) - _log(own.recent),
        max(theirs) - mine,
        float(in_talk) - float(company.in_talk[at]),
        max(company.close(tie) for tie in ties) - company.closeness[at],
        float(called and any(names.answers_to(rival.key, company.greeting) for rival in absent)),
    )


def _of_terms(company: Company, at: int) -> tuple[float, ...]:
    own = company.closeness[at]
    known = math.log1p(len(company.ties[at].terms))
    return own, company.best_terms.beside(own), known


def _log(value: float) -> float:
    return math.log1p(value)


def _age(days: float) -> float:
    return math.log1p(min(days, _LONG_AGO))
