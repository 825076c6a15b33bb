"""Own how sightings add up: what one batch changes in the records of names.

A message counts once for each mailbox, once for each domain, and once for the organisation, however
often its log or archive is read: every sighting names the message it comes from, and `Counted` says
what that message has been counted for already.

A sighting counts for the mailbox, for its domain, and for the registrable part of that domain, whose
record so covers everything at or below it: who answers from ``us.army.mil`` speaks for ``army.mil``.
The same for a closed suffix (``mil``), of which one may be in the habit of writing to.

Counts are kept for ever, for sentences and for trust; `recent` is the same mail counted with a
half-life, so that what was written to long ago weighs less than what is written to now.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from missent.judge.case import fade
from missent.lookalike.suffixes import closed_suffix, meant_suffixes
from missent.mail.domain import DomainName
from missent.service.ports import Sighting, SightingKind

_INBOUND = frozenset({SightingKind.ANSWERED, SightingKind.HEARD, SightingKind.HEARD_WEAKLY})


def message_key(message_id: str) -> bytes:
    """Name a message without telling its Message-ID: 128 bits of SHA-256."""
    return hashlib.sha256(message_id.strip(" \t\r\n<>").encode("utf-8", "replace")).digest()[:16]


def names_to_read(domain: DomainName) -> tuple[str, ...]:
    """Give the names whose records say something of `domain`: its own, and suffixes it may stand for."""
    return (*names_of(domain), *(suffix.ascii for suffix, _ in meant_suffixes(domain)))


def names_of(domain: DomainName) -> tuple[str, ...]:
    """Give the names whose records a sighting at `domain` counts for."""
    if domain.registrable in {None, domain.ascii}:
        return (domain.ascii,)
    return (domain.ascii, str(domain.registrable))


@dataclass(slots=True)
class Change:
    """What is added to the record of one name."""

    sent: int = 0
    answered: int = 0
    heard: int = 0
    heard_weakly: int = 0
    first_answer: datetime | None = None
    last_answer: datetime | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    in_directory: bool = False
    recent: float = 0.0
    """Messages either way, faded to `last_seen`."""

    def see(self, kind: SightingKind, at: datetime, count: int) -> None:
        """Add one sighting; `count` 0 = its message was counted for this name before."""
        if kind is SightingKind.DIRECTORY:  # being listed is no mail
            self.in_directory = True
            return
        setattr(self, kind.value, getattr(self, kind.value) + count)
        self.first_seen = _earlier(self.first_seen, at)
        self.recent, self.last_seen = add_faded(self.recent, self.last_seen, count, at)
        if kind is SightingKind.ANSWERED:
            self.first_answer = _earlier(self.first_answer, at)
            self.last_answer = _later(self.last_answer, at)

    def onto(self, old: Counts) -> Change:
        """Give a record with this change; `old` is what was kept before."""
        recent, last_seen = add_faded(old.recent, old.last_seen, self.recent, self.last_seen)
        return Change(
            sent=old.sent + self.sent,
            answered=old.answered + self.answered,
            heard=old.heard + self.heard,
            heard_weakly=old.heard_weakly + self.heard_weakly,
            first_answer=_earlier(old.first_answer, self.first_answer),
            last_answer=_later(old.last_answer, self.last_answer),
            first_seen=_earlier(old.first_seen, self.first_seen),
            last_seen=last_seen,
            in_directory=old.in_directory or self.in_directory,
            recent=recent,
        )


class Counts(Protocol):
    """What a record keeps, whoever keeps it."""

    @property
    def sent(self) -> int: ...  # noqa: D102
    @property
    def answered(self) -> int: ...  # noqa: D102
    @property
    def heard(self) -> int: ...  # noqa: D102
    @property
    def heard_weakly(self) -> int: ...  # noqa: D102
    @property
    def first_answer(self) -> datetime | None: ...  # noqa: D102
    @property
    def last_answer(self) -> datetime | None: ...  # noqa: D102
    @property
    def first_seen(self) -> datetime | None: ...  # noqa: D102
    @property
    def last_seen(self) -> datetime | None: ...  # noqa: D102
    @property
    def in_directory(self) -> bool: ...  # noqa: D102
    @property
    def recent(self) -> float: ...  # noqa: D102


NOTHING: Counts = Change()


def add_faded(
    one: float, at_one: datetime | None, other: float, at_other: datetime | None
) -> tuple[float, datetime | None]:
    """Add two faded counts, each as of its own time, as of the later time."""
    if at_one is None or at_other is None:
        return one + other, at_one or at_other
    last = max(at_one, at_other)
    return fade(one, last - at_one) + fade(other, last - at_other), last


@dataclass(slots=True)
class Pair:
    """What is added between one name and one of our people."""

    sent: int = 0
    answered: bool = False


@dataclass(slots=True)
class Counted:
    """What messages have been counted for: (message, kind, mailbox or domain name or empty)."""

    marks: set[tuple[bytes, str, str]] = field(default_factory=set)

    def add(self, message: bytes, kind: str, *names: str) -> None:
        """Note that a message was counted for these names, and so for the organisation."""
        self.marks.add((message, kind, ""))
        self.marks.update((message, kind, name) for name in names)

    def fresh(self, message: bytes | None, kind: str, name: str) -> bool:
        """Tell whether a message still counts for a name; one without an id always does."""
        return message is None or (message, kind, name) not in self.marks


@dataclass(slots=True)
class Batch:
    """What a batch of sightings adds up to."""

    domains: defaultdict[str, Change] = field(default_factory=lambda: defaultdict(Change))
    mailboxes: defaultdict[str, Change] = field(default_factory=lambda: defaultdict(Change))
    domain_people: defaultdict[tuple[str, str], Pair] = field(
        default_factory=lambda: defaultdict(Pair)
    )
    mailbox_people: defaultdict[tuple[str, str], Pair] = field(
        default_factory=lambda: defaultdict(Pair)
    )
    sources: list[dict[str, object]] = field(default_factory=list)
    messages: int = 0
    """Outgoing messages not counted before."""
    counted: int = 0
    """Sightings not counted before."""
    last_inbound: datetime | None = None


def add_up(sightings: Iterable[Sighting], counted: Counted) -> Batch:
    """Add sightings up, leaving out what was counted; marks them in `counted` on the way."""
    batch = Batch()
    for sighting in sightings:
        _add(batch, sighting, counted)
    return batch


def _add(batch: Batch, sighting: Sighting, counted: Counted) -> None:
    kind, mailbox = sighting.kind.value, sighting.mailbox.folded
    message = message_key(sighting.message_id) if sighting.message_id else None
    person = sighting.person.folded if sighting.person else None
    fresh = counted.fresh(message, kind, mailbox)
    names = names_of(sighting.mailbox.domain)
    batch.counted += fresh
    if sighting.kind is SightingKind.SENT:
        batch.messages += counted.fresh(message, kind, "")
    elif sighting.kind in _INBOUND:
        batch.last_inbound = _later(batch.last_inbound, sighting.at)
    suffix = closed_suffix(sighting.mailbox.domain)
    for name in (*names, *(() if suffix is None else (suffix.ascii,))):
        asked = names[-1] if name not in names else name  # a suffix counts with what is below it
        count = int(counted.fresh(message, kind, asked))
        batch.domains[name].see(sighting.kind, sighting.at, count)
        _pair(batch.domain_people, name, person, sighting.kind, count)
    batch.mailboxes[mailbox].see(sighting.kind, sighting.at, int(fresh))
    _pair(batch.mailbox_people, mailbox, person, sighting.kind, int(fresh))
    if message is not None and fresh:
        batch.sources.append(
            {
                "message": message,
                "kind": kind,
                "mailbox": mailbox,
                "domain": names[0],
                "registrable": names[-1],
                "person": person,
            }
        )
        counted.add(message, kind, mailbox, *names)


def _pair(
    pairs: defaultdict[tuple[str, str], Pair],
    name: str,
    person: str | None,
    kind: SightingKind,
    count: int,
) -> None:
    if person is None:
        return
    if kind is SightingKind.SENT and count:
        pairs[name, person].sent += count
    elif kind is SightingKind.ANSWERED:
        pairs[name, person].answered = True


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
