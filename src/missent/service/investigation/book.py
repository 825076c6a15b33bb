"""Own the judgement in hindsight: the same `judge()` as the guard, shown what the whole of the sources
knows.

A case here is one sender, one recipient, the records of the names that matter, and, where a source
holds it, the message. Whether a recipient was meant is decided by the names alone, whatever the message
says; what it holds says how grave it is. `MISDIRECTED` is where the guard's own default holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from missent.judge.case import Case, Correspondence, Neighbour, Organisation, Record
from missent.judge.finding import Finding
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.published import NOTHING, Published
from missent.judge.signals import Signal, domain_typo, mixed_scripts, suffix_habit
from missent.judge.verdict import Verdict
from missent.lookalike.suffixes import closed_suffix
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message
from missent.service.counting import names_of, names_to_read
from missent.service.investigation.census import Census

MISDIRECTED = 0.5
"""Probability from which a delivery counts as misdirected."""
DOUBTFUL = 0.1
"""From here a person should look at it; it is not counted."""
LOOK: tuple[Signal, ...] = (domain_typo.find, suffix_habit.find, mixed_scripts.find)
"""The signals that doubt a domain."""
NAMES = frozenset(signal.__module__.rpartition(".")[2] for signal in LOOK)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Book:
    """What is known in hindsight, as the judge takes it."""

    census: Census
    organisation: Organisation
    policy: Policy
    pairs: Mapping[DomainName, frozenset[DomainName]]
    listed: frozenset[Mailbox] = frozenset()
    """The operator's directory: whom it names was meant, and so was everything at their domains."""
    published: Published = NOTHING
    """What partners said of their names, as the guard has it."""
    _listed_names: frozenset[str] = field(init=False)
    _records: dict[str, Record] = field(default_factory=dict)
    _around: dict[DomainName, Correspondence] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._listed_names = frozenset(
            name for mailbox in self.listed for name in _names_above(mailbox.domain)
        )

    def look(self, recipient: Mailbox) -> Verdict:
        """Judge one recipient by its domain alone: a first look, before anything is joined."""
        return judge(self._case(None, recipient, None, None), self.policy, LOOK)[0]

    def verdict(self, sender: Mailbox | None, recipient: Mailbox) -> Verdict:
        """Judge one recipient by the names alone."""
        return judge(self._case(sender, recipient, None, None), self.policy)[0]

    def with_message(
        self,
        sender: Mailbox | None,
        recipient: Mailbox,
        at: datetime | None,
        message: Message | None,
    ) -> Verdict:
        """Judge one recipient, and what the message holds."""
        return judge(self._case(sender, recipient, at, message), self.policy)[0]

    def _case(
        self,
        sender: Mailbox | None,
        recipient: Mailbox,
        at: datetime | None,
        message: Message | None,
    ) -> Case:
        at = at or self.census.until or _EPOCH
        envelope = Envelope("investigation", sender, (Recipient(recipient),), at)
        view = self._view(recipient)
        return Case(envelope, message, view, self.organisation, at, self.published)

    def _view(self, recipient: Mailbox) -> Correspondence:
        written = recipient.domain
        around = self._around.get(written)
        if around is None:
            around = self._around[written] = self._looked_around(written)
        near = around.neighbours[written.ascii]
        mailboxes = (recipient, *(recipient.at(one.domain) for one in near))
        boxes = ((box.folded, self._box(box)) for box in mailboxes)
        known = MappingProxyType({name: box for name, box in boxes if box is not None})
        return replace(around, mailboxes=known)

    def _looked_around(self, written: DomainName) -> Correspondence:
        """Give the view of a domain, without any mailbox."""
        near = sorted(self.pairs.get(written, ()))
        names = {*names_to_read(written), *(name.ascii for name in near)}
        neighbours = tuple(Neighbour(name, self._record(name.ascii)) for name in near)
        return Correspondence(
            domains=MappingProxyType({name: self._record(name) for name in names}),
            neighbours=MappingProxyType({written.ascii: neighbours}),
            messages=max(self.census.messages, 1),
            hindsight=True,
        )

    def _record(self, text: str) -> Record:
        record = self._records.get(text)
        if record is None:
            known, listed = self.census.record(text), text in self._listed_names
            record = self._records[text] = replace(known, in_directory=listed)
        return record

    def _box(self, mailbox: Mailbox) -> Record | None:
        traffic, listed = self.census.mailbox(mailbox), mailbox in self.listed
        if traffic is None:
            return Record(in_directory=True) if listed else None
        return replace(traffic.record(), in_directory=listed)


def _names_above(domain: DomainName) -> Iterator[str]:
    """Give the names that a listed mailbox is listed for, as `counting` does."""
    yield from names_of(domain)
    if (suffix := closed_suffix(domain)) is not None:
        yield suffix.ascii


def named(verdict: Verdict) -> Finding | None:
    """Give the finding that doubts the domain, the strongest; None if none does."""
    found: Iterable[Finding] = (f for f in verdict.findings if f.signal in NAMES)
    return max(found, key=lambda finding: finding.weight, default=None)
