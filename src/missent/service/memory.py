"""Own correspondence kept in memory: what a replay or a scan knows while it runs.

Implements what `ports.CorrespondenceStore` does for learning and judging, with the same counting
(`counting`), so that a verdict is the same whichever of them gave the view; the same contract tests
run on all. Nothing is written anywhere, and nothing is forgotten until the run ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType

from missent.judge.case import (
    NEIGHBOURS,
    UNKNOWN,
    Correspondence,
    Namesake,
    Neighbour,
    Record,
)
from missent.judge.terms import NO_WORDING, Wording
from missent.lookalike.index import keys
from missent.lookalike.people import local_keys
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.aliases import one_each
from missent.service.counting import (
    Change,
    Counted,
    Pair,
    add_up,
    message_key,
    names_of,
    names_to_read,
)
from missent.service.ledger import Ledger
from missent.service.ports import Exchange, Sighting, SightingKind


@dataclass(slots=True)
class _Kept:
    """One name's record, and who of ours had to do with it."""

    counts: Change = field(default_factory=Change)
    people: dict[str, int] = field(default_factory=dict)
    """Our person, folded -> messages sent."""
    answered: set[str] = field(default_factory=set)
    record: Record | None = None
    """As last given, for any sender; None once the counts changed."""

    def add(self, change: Change) -> None:
        self.counts = change.onto(self.counts)
        self.record = None

    def unlist(self) -> None:
        """Forget that the name was in the directory."""
        self.counts.in_directory = False
        self.record = None

    def pair(self, person: str, pair: Pair) -> None:
        self.people[person] = self.people.get(person, 0) + pair.sent
        if pair.answered:
            self.answered.add(person)
        self.record = None

    def given(self, person: str, validated: datetime | None = None) -> Record:
        if self.record is None:
            counts = {name: getattr(self.counts, name) for name in _FIELDS}
            self.record = Record(answered_people=len(self.answered), **counts)
        by_sender = self.people.get(person, 0)
        if not by_sender and validated is None:
            return self.record
        known = {name: getattr(self.record, name) for name in (*_FIELDS, "answered_people")}
        return Record(**known, sent_by_sender=by_sender, validated=validated)


_FIELDS = tuple(f.name for f in fields(Change))


class Memory:
    """Correspondence in memory: `learn`, `view`, `sent_to`, `validate`."""

    def __init__(self) -> None:
        self._domains: dict[str, _Kept] = {}
        self._mailboxes: dict[str, _Kept] = {}
        self._boxes: dict[str, Mailbox] = {}
        self._near: defaultdict[str, list[str]] = defaultdict(list)
        self._local: defaultdict[str, list[str]] = defaultdict(list)
        self._counted = Counted()
        self._sources: defaultdict[bytes, dict[tuple[str, str], None]] = defaultdict(dict)
        self._validations: dict[tuple[str, str], datetime] = {}
        self._ledger = Ledger()
        self._messages = 0
        self._last_inbound: datetime | None = None

    # --- learning ------------------------------------------------------------------------------

    def learn(self, sightings: Iterable[Sighting]) -> int:
        """Add observations; gives how many were new."""
        told = tuple(sightings)
        batch = add_up(told, self._counted)
        for name, change in batch.domains.items():
            self._kept_domain(name).add(change)
        for (name, person), pair in batch.domain_people.items():
            self._kept_domain(name).pair(person, pair)
        boxes = {sighting.mailbox.folded: sighting.mailbox for sighting in told}
        for folded, change in batch.mailboxes.items():
            self._kept_mailbox(boxes[folded]).add(change)
        for (folded, person), pair in batch.mailbox_people.items():
            self._kept_mailbox(boxes[folded]).pair(person, pair)
        self._note_sources(told)
        self._messages += batch.messages
        if batch.last_inbound is not None:
            self._last_inbound = max(self._last_inbound or batch.last_inbound, batch.last_inbound)
        return batch.counted

    def learn_exchanges(self, exchanges: Iterable[Exchange]) -> int:
        """Add letters to the circles of our people; gives how many had anything new."""
        return sum(map(self._ledger.note, exchanges))

    def list_directory(self, people: Iterable[Mailbox], at: datetime) -> int:
        """Take this as the whole directory: others are no longer listed; gives how many are."""
        for kept in (*self._domains.values(), *self._mailboxes.values()):
            kept.unlist()
        listed = tuple(dict.fromkeys(people))
        self.learn(Sighting(SightingKind.DIRECTORY, mailbox, None, at) for mailbox in listed)
        return len(listed)

    def validate(self, sender: Mailbox, recipient: Mailbox, at: datetime, actor: str) -> None:  # noqa: ARG002
        """Record "send as typed" by this sender for exactly this mailbox."""
        self._validations[sender.folded, recipient.folded] = at

    def _note_sources(self, told: Iterable[Sighting]) -> None:
        for sighting in told:
            if sighting.kind is SightingKind.SENT and sighting.message_id and sighting.person:
                names = names_of(sighting.mailbox.domain)
                known = self._sources[message_key(sighting.message_id)]
                known[names[0], sighting.person.folded] = None

    def _kept_domain(self, name: str) -> _Kept:
        kept = self._domains.get(name)
        if kept is None:
            kept = self._domains[name] = _Kept()
            for key in keys(DomainName.parse(name)):
                self._near[key].append(name)
        return kept

    def _kept_mailbox(self, mailbox: Mailbox) -> _Kept:
        kept = self._mailboxes.get(mailbox.folded)
        if kept is None:
            kept = self._mailboxes[mailbox.folded] = _Kept()
            self._boxes[mailbox.folded] = mailbox
            for key in local_keys(mailbox):
                self._local[key].append(mailbox.folded)
        return kept

    # --- reading -------------------------------------------------------------------------------

    def view(
        self,
        sender: Mailbox | None,
        recipients: Sequence[Mailbox],
        at: datetime,
        wording: Wording = NO_WORDING,
    ) -> Correspondence:
        """Give all the judge needs for these recipients (see `Correspondence`)."""
        person = sender.folded if sender else ""
        written = {mailbox.domain for mailbox in recipients}
        neighbours = {name.ascii: self._neighbours(name, person) for name in written}
        names = {name for domain in written for name in names_to_read(domain)}
        wanted = {m.folded: m for m in recipients}
        for mailbox in recipients:
            for near in neighbours[mailbox.domain.ascii]:
                other = mailbox.at(near.domain)
                wanted[other.folded] = other
        asked = {mailbox.folded for mailbox in recipients}
        boxes = {}
        for folded in wanted:
            validated = self._validated(person, folded, at) if folded in asked else None
            if (kept := self._mailboxes.get(folded)) is not None:
                boxes[folded] = kept.given(person, validated)
            elif validated is not None:
                boxes[folded] = Record(validated=validated)
        known = {n: self._domains[n].given(person) for n in names if n in self._domains}
        return Correspondence(
            domains=MappingProxyType(known),
            mailboxes=MappingProxyType(boxes),
            neighbours=MappingProxyType(neighbours),
            namesakes=MappingProxyType({m.folded: self._namesakes(m, person) for m in recipients}),
            messages=self._messages,
            circle=self._ledger.circle(sender, recipients, wording, at),
        )

    def sent_to(self, message_ids: Sequence[str], domain: DomainName) -> frozenset[Mailbox]:
        """Give our people who sent one of these Message-IDs to a mailbox of `domain`."""
        return frozenset(
            Mailbox.parse(person)
            for message_id in message_ids
            for name, person in self._sources.get(message_key(message_id), ())
            if name == domain.ascii
        )

    def domain(self, name: DomainName) -> Record:
        """Give the record of one domain, for any sender."""
        kept = self._domains.get(name.ascii)
        return UNKNOWN if kept is None else kept.given("")

    def knows(self, name: DomainName) -> bool:
        """Tell whether a name was ever written to, heard from or listed."""
        return name.ascii in self._domains

    def last_inbound(self) -> datetime | None:
        """Give when inbound mail was last noted; None = never."""
        return self._last_inbound

    def _validated(self, person: str, folded: str, at: datetime) -> datetime | None:
        when = self._validations.get((person, folded))
        return when if when is not None and when <= at else None

    def _neighbours(self, name: DomainName, person: str) -> tuple[Neighbour, ...]:
        found = {near for key in keys(name) for near in self._near.get(key, ())}
        found.discard(name.ascii)
        ranked = sorted(found, key=lambda near: (_standing(self._domains[near]), near))
        chosen = reversed(ranked[-NEIGHBOURS:])
        return tuple(Neighbour(DomainName.parse(n), self._domains[n].given(person)) for n in chosen)

    def _namesakes(self, mailbox: Mailbox, person: str) -> tuple[Namesake, ...]:
        found = {near for key in local_keys(mailbox) for near in self._local.get(key, ())}
        found.discard(mailbox.folded)
        ranked = sorted(found, key=lambda near: (_standing(self._mailboxes[near]), near))
        people = one_each(self._boxes[name] for name in reversed(ranked))[:NEIGHBOURS]
        return tuple(Namesake(m, self._mailboxes[m.folded].given(person)) for m in people)


def _standing(kept: _Kept) -> tuple[bool, int, int, int]:
    counts = kept.counts
    heard = counts.heard + counts.heard_weakly
    return counts.in_directory, counts.answered, counts.sent, heard
