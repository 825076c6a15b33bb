"""Own how letters become ties, presences and conversations, whoever keeps the rows.

Theory of operation. A `Ledger` is a set of rows. In memory it holds all of them; a store reads those
that `needs` or `needs_of_view` names into an empty one, notes its letters or takes the circle, and
writes back what changed. So both give the same circle by construction, and the cost of either is that
of the people in the letters at hand. Every row is bounded (see `judge.circle`).

Letters may come in any order: sums fade to the later time, times are the first or last. A letter that
comes again (another archive, or a copy released later) counts for the recipients it had not yet.
People are told apart by `aliases.person_of`.
"""

from __future__ import annotations

import functools
import hashlib
import math
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from missent.judge import names, terms
from missent.judge.circle import (
    EMPTY,
    HALF_LIFE,
    LETTERS_KEPT,
    LIST_SIZE,
    NEVER,
    NO_TALK,
    PERSONAL,
    PRESENCES_KEPT,
    RIVALS_KEPT,
    RIVALS_READ,
    TALK_LASTS,
    TALKERS_KEPT,
    TERMS_KEPT,
    Circle,
    Presence,
    Talk,
    Tie,
)
from missent.judge.plain import mailbox_from_plain
from missent.judge.terms import Wording
from missent.mail.mailbox import Mailbox
from missent.service.aliases import person_of
from missent.service.ports import Exchange

_DAY = 86_400.0
MARK = 8
"""Octets of the digest that tells the recipients of one letter apart."""


@dataclass(slots=True)
class TieRow:
    """One tie as it grows; times are seconds since the epoch, 0 = never."""

    sent: int = 0
    alone: int = 0
    recent: float = 0.0
    first_at: float = 0.0
    sent_at: float = 0.0
    heard: int = 0
    heard_recent: float = 0.0
    heard_at: float = 0.0
    letters: list[int] = field(default_factory=list)
    terms: dict[int, float] = field(default_factory=dict)
    changed: bool = False

    def send(self, number: int, at: float, *, alone: bool) -> None:
        """Add a letter written there."""
        self.changed = True
        self.sent += 1
        self.alone += alone
        self.recent, self.sent_at = _one_more(self.recent, self.sent_at, at)
        self.first_at = min(self.first_at or at, at)
        _keep(self.letters, number, LETTERS_KEPT)

    def hear(self, said: tuple[int, ...], at: float) -> None:
        """Add a letter that came from there."""
        self.changed = True
        self.heard += 1
        self.heard_recent, self.heard_at = _one_more(self.heard_recent, self.heard_at, at)
        self.say(said)

    def say(self, said: tuple[int, ...]) -> None:
        """Add the terms of a letter either way."""
        kept = self.terms
        for term in said:
            kept[term] = kept.get(term, 0.0) + 1.0
        if len(kept) > 2 * TERMS_KEPT:
            heaviest = sorted(kept, key=kept.__getitem__, reverse=True)[:TERMS_KEPT]
            self.terms = {term: kept[term] / 2 for term in heaviest}

    def view(self, at: float) -> Tie:
        """Give the tie as of a time."""
        return Tie(
            sent=self.sent,
            alone=self.alone,
            recent=_fade(self.recent, self.sent_at, at),
            last_sent=_age(self.sent_at, at),
            first_sent=_age(self.first_at, at),
            heard=self.heard,
            heard_recent=_fade(self.heard_recent, self.heard_at, at),
            last_heard=_age(self.heard_at, at),
            letters=tuple(self.letters[-LETTERS_KEPT:]),
            terms=dict(self.terms),
        )


@dataclass(slots=True)
class PresenceRow:
    """One presence as it grows."""

    received: int = 0
    senders: int = 0
    wrote: int = 0
    seen_at: float = 0.0
    letters: list[int] = field(default_factory=list)
    changed: bool = False

    def seen(self, number: int, at: float) -> None:
        """Add a letter it took part in."""
        self.changed = True
        self.seen_at = max(self.seen_at, at)
        _keep(self.letters, number, PRESENCES_KEPT)

    def view(self, at: float) -> Presence:
        """Give the presence as of a time."""
        kept = tuple(self.letters[-PRESENCES_KEPT:])
        return Presence(self.received, self.senders, self.wrote, _age(self.seen_at, at), kept)


@dataclass(slots=True)
class TalkRow:
    """One conversation as it grows; the dictionaries' order is that of the latest part."""

    letters: int = 0
    last_at: float = 0.0
    received: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Person -> letters, and the address last used, folded."""
    wrote: dict[str, tuple[int, str]] = field(default_factory=dict)
    changed: bool = False

    def receive(self, person: str, folded: str) -> None:
        """Add a recipient of a letter."""
        _take_part(self.received, person, folded)

    def view(self, at: float, asked: Iterable[Mailbox]) -> Talk:
        """Give the conversation as of a time, under the addresses that are asked for."""
        received, wrote = _by_address(self.received), _by_address(self.wrote)
        for mailbox in asked:
            person = person_of(mailbox)
            for given, kept in ((received, self.received), (wrote, self.wrote)):
                if person in kept:
                    given[mailbox.folded] = kept[person][0]
        return Talk(self.letters, _age(self.last_at, at), received, wrote)


@dataclass(slots=True)
class LetterRow:
    """One letter that names itself: its numbers, its conversation, and who was counted."""

    talk: int
    number: int
    """In its sender's count."""
    serial: int
    """In the organisation's count."""
    counted: set[bytes] = field(default_factory=set)
    changed: bool = True


@dataclass(slots=True)
class Needs:
    """The keys of the rows that a piece of work touches."""

    ties: set[tuple[str, str]] = field(default_factory=set)
    presences: set[str] = field(default_factory=set)
    names: set[tuple[str, str]] = field(default_factory=set)
    letters: set[bytes] = field(default_factory=set)
    subjects: set[bytes] = field(default_factory=set)
    people: set[str] = field(default_factory=set)
    terms: set[int] = field(default_factory=set)

    def words(self, wording: Wording) -> None:
        """Add what a letter's wording leads to."""
        self.letters.update(wording.reference_keys)
        self.subjects.update(filter(None, (wording.subject_key,)))
        self.terms.update(wording.terms)


def needs(exchanges: Iterable[Exchange]) -> Needs:
    """Name all rows that noting these letters reads or writes."""
    found = Needs()
    for exchange in exchanges:
        _need(found, exchange)
    return found


def needs_of_view(
    sender: Mailbox, recipients: Sequence[Mailbox], wording: Wording
) -> tuple[Needs, tuple[Mailbox, ...]]:
    """Name the rows of a circle, without its rivals' ties, and the recipients each once."""
    found, person = Needs(), person_of(sender)
    found.people.add(person)
    written = tuple(dict.fromkeys(recipients))
    if len(written) > LIST_SIZE:
        return found, ()
    found.words(wording)
    found.presences.update(map(person_of, (sender, *written)))
    for mailbox in written:
        found.ties.add((person, person_of(mailbox)))
        found.names.update((person, stem) for stem in names.stems(mailbox.key))
    return found, written


@dataclass(slots=True)
class Ledger:
    """Rows by their keys: all of them, or those that a piece of work needs."""

    ties: dict[tuple[str, str], TieRow] = field(default_factory=dict)
    presences: dict[str, PresenceRow] = field(default_factory=dict)
    names: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """(Person, stem) -> person -> address, folded; the latest written to last."""
    letters: dict[bytes, LetterRow] = field(default_factory=dict)
    subjects: dict[bytes, int] = field(default_factory=dict)
    talks: dict[int, TalkRow] = field(default_factory=dict)
    people: dict[str, int] = field(default_factory=dict)
    terms: dict[int, int] = field(default_factory=dict)
    count: int = 0
    """Letters noted, over all people."""

    # --- noting --------------------------------------------------------------------------------

    def note(self, exchange: Exchange) -> bool:
        """Add one letter; tells whether anything of it was new."""
        key = letter_key(exchange.message_id)
        known = self.letters.get(key) if key is not None else None
        if known is not None:
            return self._note_again(exchange, known)
        self.count += 1
        sender = person_of(exchange.sender)
        number = self.people[sender] = self.people.get(sender, 0) + 1
        if exchange.company > LIST_SIZE:
            if key is not None:
                self.letters[key] = LetterRow(0, number, self.count)
            return True
        at = exchange.at.timestamp()
        for term in exchange.wording.terms:
            self.terms[term] = self.terms.get(term, 0) + 1
        author = self._presence(sender)
        author.wrote += 1
        author.seen(self.count, at)
        talk = self._note_talk(exchange, sender, at) if exchange.talk else 0
        letter = LetterRow(talk, number, self.count)
        self._deliver(exchange, exchange.recipients, letter)
        if key is not None:
            letter.counted.update(map(mark, exchange.recipients))
            self.letters[key] = letter
        return True

    def _note_again(self, exchange: Exchange, letter: LetterRow) -> bool:
        if not letter.counted or exchange.company > LIST_SIZE:
            return False
        fresh = tuple(m for m in exchange.recipients if mark(m) not in letter.counted)
        if not fresh or len(letter.counted) + len(fresh) > LIST_SIZE:
            return False
        letter.counted.update(map(mark, fresh))
        letter.changed = True
        self._deliver(exchange, fresh, letter)
        return True

    def _deliver(
        self, exchange: Exchange, recipients: Sequence[Mailbox], letter: LetterRow
    ) -> None:
        """Count a letter for recipients it was not counted for."""
        at, sender = exchange.at.timestamp(), person_of(exchange.sender)
        said = exchange.wording.terms if exchange.company <= PERSONAL else ()
        talk = self.talks.get(letter.talk)
        own, alone = exchange.sender in exchange.ours, exchange.company == 1
        for mailbox in recipients:
            person = person_of(mailbox)
            if person != sender:
                place = self._presence(person)
                place.received += 1
                place.seen(letter.serial, at)
            if talk is not None:
                talk.receive(person, mailbox.folded)
            if own:
                row = self._tie(sender, person)
                if not row.sent:
                    self._presence(person).senders += 1
                row.send(letter.number, at, alone=alone)
                row.say(said)
                self._note_name(sender, person, mailbox)
            if person != sender and mailbox in exchange.ours:
                self._tie(person, sender).hear(said, at)

    def _tie(self, person: str, other: str) -> TieRow:
        row = self.ties.get((person, other))
        if row is None:
            row = self.ties[person, other] = TieRow()
        return row

    def _presence(self, person: str) -> PresenceRow:
        row = self.presences.get(person)
        if row is None:
            row = self.presences[person] = PresenceRow()
        return row

    def _note_name(self, sender: str, person: str, mailbox: Mailbox) -> None:
        for stem in names.stems(mailbox.key):
            kept = self.names.setdefault((sender, stem), {})
            kept.pop(person, None)
            kept[person] = mailbox.folded
            if len(kept) > RIVALS_KEPT:
                del kept[next(iter(kept))]

    def _note_talk(self, exchange: Exchange, sender: str, at: float) -> int:
        """Take up or begin the letter's conversation; gives its number."""
        wording = exchange.wording
        found = self._find_talk(wording, at)
        if found is None:
            found = self.count  # no other conversation began with this letter
            self.talks[found] = TalkRow()
            if wording.subject_key is not None:
                self.subjects[wording.subject_key] = found
        talk = self.talks[found]
        talk.changed = True
        talk.letters += 1
        talk.last_at = max(talk.last_at, at)
        _take_part(talk.wrote, sender, exchange.sender.folded)
        return found

    # --- reading -------------------------------------------------------------------------------

    def circle(
        self, sender: Mailbox | None, recipients: Sequence[Mailbox], wording: Wording, at: datetime
    ) -> Circle:
        """Give the sender's circle around these recipients."""
        if sender is None:
            return EMPTY
        person, now = person_of(sender), at.timestamp()
        written = tuple(dict.fromkeys(recipients))
        count = self.people.get(person, 0)
        if len(written) > LIST_SIZE or not count:
            return Circle(letters=count)
        rivals = {mailbox.folded: self.rivals(sender, mailbox) for mailbox in written}
        around = dict.fromkeys(written)
        for found in rivals.values():
            around.update(dict.fromkeys(found))
        rows = ((m.folded, self.ties.get((person, person_of(m)))) for m in around)
        places = ((m.folded, self.presences.get(person_of(m))) for m in (sender, *written))
        return Circle(
            letters=count,
            ties={name: row.view(now) for name, row in rows if row is not None},
            presences={name: place.view(now) for name, place in places if place is not None},
            rivals={name: found for name, found in rivals.items() if found},
            talk=self._talk(wording, now, (sender, *around)),
            terms=self._rarity(wording.terms),
        )

    def rivals(self, sender: Mailbox, mailbox: Mailbox) -> tuple[Mailbox, ...]:
        """Give whom of a name like this one's the sender wrote to, the likest first."""
        person = person_of(sender)
        found: dict[str, str] = {}
        for stem in names.stems(mailbox.key):
            found.update(self.names.get((person, stem), {}))
        found.pop(person_of(mailbox), None)
        latest = map(_mailbox, reversed(found.values()))
        alike = sorted(latest, key=lambda m: names.likeness(mailbox.key, m.key), reverse=True)
        return tuple(alike[:RIVALS_READ])

    def _find_talk(self, wording: Wording, at: float) -> int | None:
        for number in self.talks_named(wording):
            talk = self.talks.get(number)
            if talk is not None and at - talk.last_at <= TALK_LASTS * _DAY:
                return number
        return None

    def talks_named(self, wording: Wording) -> Iterator[int]:
        """Give the conversations a letter may continue, the likeliest first."""
        for key in wording.reference_keys:
            letter = self.letters.get(key)
            if letter is not None:
                yield letter.talk
        if wording.subject_key is not None and wording.subject_key in self.subjects:
            yield self.subjects[wording.subject_key]

    def _talk(self, wording: Wording, at: float, asked: Iterable[Mailbox]) -> Talk:
        number = self._find_talk(wording, at)
        return NO_TALK if number is None else self.talks[number].view(at, asked)

    def _rarity(self, found: tuple[int, ...]) -> dict[int, float]:
        total = math.log(self.count + 1.0)
        return {term: total - math.log(self.terms.get(term, 0) + 1.0) for term in found}


@functools.lru_cache(maxsize=65_536)
def _mailbox(folded: str) -> Mailbox:
    return mailbox_from_plain(folded)


@functools.lru_cache(maxsize=8_192)
def letter_key(message_id: str | None) -> bytes | None:
    """Give the key of a letter, as others refer to it; None if it has no name."""
    return terms.reference_keys((message_id,))[0] if message_id else None


def mark(mailbox: Mailbox) -> bytes:
    """Name a recipient within one letter."""
    return hashlib.sha256(person_of(mailbox).encode("utf-8", "replace")).digest()[:MARK]


def _need(found: Needs, exchange: Exchange) -> None:
    sender = person_of(exchange.sender)
    found.people.add(sender)
    key = letter_key(exchange.message_id)
    if key is not None:
        found.letters.add(key)
    if exchange.company > LIST_SIZE:
        return
    found.words(exchange.wording)
    found.presences.add(sender)
    own = exchange.sender in exchange.ours
    for mailbox in exchange.recipients:
        person = person_of(mailbox)
        found.presences.add(person)
        if own:
            found.ties.add((sender, person))
            found.names.update((sender, stem) for stem in names.stems(mailbox.key))
        if mailbox in exchange.ours:
            found.ties.add((person, sender))


def _one_more(value: float, since: float, at: float) -> tuple[float, float]:
    """Add one at a time to a sum faded to another; gives both as of the later."""
    if at >= since:
        return _fade(value, since, at) + 1.0, at
    return value + _fade(1.0, at, since), since


def _fade(value: float, since: float, at: float) -> float:
    return float(value * 0.5 ** (max(0.0, at - since) / (HALF_LIFE * _DAY))) if value else 0.0


def _age(since: float, at: float) -> float:
    return max(0.0, (at - since) / _DAY) if since else NEVER


def _keep(numbers: list[int], number: int, most: int) -> None:
    """Add to an ascending list of numbers; cut only now and then, since cutting copies."""
    if not numbers or number > numbers[-1]:
        numbers.append(number)
    elif numbers[bisect_left(numbers, number)] != number:
        insort(numbers, number)
    if len(numbers) >= 2 * most:
        del numbers[:-most]


def _take_part(part: dict[str, tuple[int, str]], person: str, folded: str) -> None:
    part[person] = part.pop(person, (0, ""))[0] + 1, folded
    if len(part) > TALKERS_KEPT:
        del part[next(iter(part))]


def _by_address(part: dict[str, tuple[int, str]]) -> dict[str, int]:
    return {folded: count for count, folded in part.values()}
