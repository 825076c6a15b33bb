"""Own what became of a message to a recipient, when many lines of many servers and archives speak of it.

A message is named by its Message-ID, where it has one, so that two hosts, a rotated copy of a log, and an
archive beside the log speak of one message, not of four; without one, by queue id and sender. Programs
that give every message the same Message-ID must not hide any: what speaks of one name is parted into
`lives` (see there). The last final word counts: a server that took a message and could not pass it on is
overruled by the bounce that came later, or in the same second. Deferred counts only where nothing final
is known, and an archive only where no log speaks. The rule: any order of reading gives the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.mailbox import Mailbox
from missent.service.investigation.incident import Outcome

_FINAL = {
    "sent": Outcome.ACCEPTED,
    "bounced": Outcome.BOUNCED,
    "expired": Outcome.BOUNCED,
    "discarded": Outcome.BOUNCED,
}
_PROBES = frozenset({"deliverable", "undeliverable"})
"""Postfix asked whether an address exists: there is no message."""
_REWRITTEN = re.compile(r"(?:srs[01][=+-]|[^=]*\+(?:srs|caf_)=)", re.IGNORECASE)
"""Return paths made by forwarders: SRS, ``user+SRS=`` and ``user+caf_=`` of large providers."""
_LASTS, _PAUSES = timedelta(days=7), timedelta(days=5)
"""How long a log speaks of one message, and how long it may be silent between: queues keep mail for five
days (Postfix and Sendmail), and return it then."""
_COPIES = timedelta(days=1)
"""How far apart the dates of copies of one message may lie, in several archives."""
_LIVES = 50
"""Lives of one name that a word is compared with, the latest first: a name may have a hundred thousand."""
_ARCHIVED, _WAITS, _ENDED = range(3)
"""How much a word counts."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where the content of a message lies."""

    unit: int
    at: int


@dataclass(frozen=True, slots=True, order=True)
class _Word:
    """What one line or archive says; of two, the greater counts."""

    weight: int
    at: float
    """Seconds; less than 0 in archives, where the earliest counts."""
    bounced: bool = False
    relay: str = ""
    queue_id: str = ""
    source: int = 0
    """Less than 0: of equal words that of the first input counts."""
    spelling: str = ""


@dataclass(slots=True)
class Handover:
    """One message to one recipient."""

    identity: str
    recipient: Mailbox
    at: datetime
    sender: Mailbox | None = None
    message_id: str | None = None
    queue_id: str | None = None
    relay: str = ""
    outcome: Outcome = Outcome.PENDING
    forwarded: bool = False
    content: Place | None = field(default=None, repr=False)
    source: int = 0
    """Number of the input."""
    _word: _Word | None = field(default=None, repr=False)
    _told: tuple[bool, datetime, bool, str] | None = field(default=None, repr=False)
    """Who said who sent it: least counts, a log before an archive, the earliest first."""

    def log(self, delivery: Delivery, source: int) -> None:
        """Take in what a server says."""
        self.message_id = delivery.message_id
        self.forwarded = self.forwarded or _forwarded(delivery)
        if delivery.sender is not None or delivery.sender_known:
            self._sent_by(delivery.sender, delivery.at, archived=False)
        outcome = _FINAL.get(delivery.status, Outcome.PENDING)
        word = _Word(
            _WAITS if outcome is Outcome.PENDING else _ENDED,
            delivery.at.timestamp(),
            outcome is Outcome.BOUNCED,
            delivery.relay,
            delivery.queue_id,
            -source,
            delivery.recipient.wire,
        )
        if self._counts(word):
            self.at, self.recipient, self.outcome = delivery.at, delivery.recipient, outcome
            self.queue_id, self.relay, self.source = delivery.queue_id, delivery.relay, source

    def archive(
        self, message: ArchivedMessage, recipient: Mailbox, at: datetime, source: int
    ) -> None:
        """Take in what an archive holds: it does not say what became of the message."""
        self.message_id = message.message_id
        if message.header_from:
            self._sent_by(message.header_from[0], at, archived=True)
        word = _Word(_ARCHIVED, -at.timestamp(), source=-source, spelling=recipient.wire)
        if self._counts(word):
            self.at, self.recipient, self.source = at, recipient, source
            self.outcome = Outcome.ACCEPTED

    def _sent_by(self, sender: Mailbox | None, at: datetime, *, archived: bool) -> None:
        told = archived, at, sender is None, "" if sender is None else sender.wire
        if self._told is None or told < self._told:
            self._told, self.sender = told, sender

    def _counts(self, word: _Word) -> bool:
        if self._word is not None and word <= self._word:
            return False
        self._word = word
        return True


@dataclass(frozen=True, slots=True)
class _Event:
    """What one line, row or archived message says of one name."""

    at: datetime
    source: int
    recipients: tuple[Mailbox, ...]
    """Those that are looked at."""
    delivery: Delivery | None = None
    message: ArchivedMessage | None = None
    place: Place = Place(0, 0)
    kind: str = ""
    """The dialect or trace: queue ids of two kinds say nothing of each other."""

    @property
    def order(self) -> tuple[object, ...]:
        """Give the order in which words are heard, whatever order they were read in: what was taken
        says how many messages there are.
        """
        said = self.delivery
        words = ("", "", "", "") if said is None else _words(said)
        author = "" if self.message is None else _author(self.message)
        wires = tuple(one.wire for one in self.recipients)
        waits = said is not None and said.status != "sent"
        told = (author, wires, self.kind, self.source, self.place)
        return (said is None, waits, self.at, *words, *told)


@dataclass(slots=True)
class _Life:
    """One message: what is said of it."""

    begun: datetime
    last: datetime
    events: list[_Event] = field(default_factory=list)
    queue_ids: set[str] = field(default_factory=set)

    def add(self, event: _Event) -> None:
        self.events.append(event)
        if event.delivery is not None:
            self.last = max(self.last, event.at)
            self.queue_ids.add(event.delivery.queue_id)

    def may_be(self, event: _Event) -> bool:
        """Tell whether this may be said of the same message."""
        if event.delivery is None:  # dated by its author's clock, which may be years off
            return all(one.message is None or _copies(event, one) for one in self.events)
        if abs(event.at - self.begun) > _LASTS or event.at - self.last > _PAUSES:
            return False
        return event.delivery.queue_id in self.queue_ids or not any(
            _another(event, event.delivery, one) for one in self.events
        )


@dataclass(slots=True)
class Handovers:
    """Every message to every recipient that is looked at, each once."""

    _events: defaultdict[str, list[_Event]] = field(default_factory=lambda: defaultdict(list))
    """By name: a Message-ID, the digest of an archived header, or queue id and sender."""

    def log(self, delivery: Delivery, source: int, kind: str = "") -> None:
        """Take in a delivery; `kind` is the dialect or trace that tells of it."""
        if delivery.status not in _PROBES:
            event = _Event(delivery.at, source, (delivery.recipient,), delivery, kind=kind)
            self._events[_key_of(delivery)].append(event)

    def archive(
        self,
        message: ArchivedMessage,
        recipients: Iterable[Mailbox],
        at: datetime,
        place: Place,
        source: int,
    ) -> None:
        """Take in an archived message, for those of its recipients that are looked at; none: it only
        tells where the content lies of a message that logs told of.
        """
        event = _Event(at, source, tuple(recipients), message=message, place=place)
        self._events[message.identity].append(event)

    def without_content(self) -> frozenset[str]:
        """Give the Message-IDs of which only logs told."""
        return frozenset(
            name
            for name, events in self._events.items()
            if name.startswith("<") and all(event.message is None for event in events)
        )

    def all(self) -> list[Handover]:
        """Give all, by time; of equal times by recipient and message."""
        every = [
            one
            for name, events in self._events.items()
            for number, life in enumerate(lives(events))
            for one in _handovers(f"{name} ({number + 1})" if number else name, life)
        ]
        return sorted(every, key=lambda one: (one.at, one.recipient.folded, one.identity))


def name_of(identity: str) -> str:
    """Give the name of a message, which others may share: no Message-ID has a space in it."""
    return identity.partition(" (")[0]


def lives(events: Iterable[_Event]) -> list[_Life]:
    """Part what is said under one name into the messages it is said of, as they were first heard of.

    What a log says belongs to the message of its queue id, else to the latest it may be said of. Another
    message it must be where the same server took both from us under two queue ids, and they went to the
    same recipient, came from two senders, or lie a day apart; and where a name comes again after a week.
    An archived copy belongs to the message nearest in time; another it must be where copies differ in
    author, or in date by more than a day.
    """
    found: list[_Life] = []
    for event in sorted(events, key=lambda one: one.order):
        life = next((one for one in _likely(found, event) if one.may_be(event)), None)
        if life is None:
            life = _Life(event.at, event.at)
            found.append(life)
        life.add(event)
    return found


def _likely(found: list[_Life], event: _Event) -> Iterator[_Life]:
    """Give the messages an event may belong to, the likeliest first; of very many the latest."""
    near = found[-_LIVES:][::-1]
    if event.delivery is None:
        yield from sorted(near, key=lambda life: abs(life.begun - event.at))
        return
    yield from (life for life in near if event.delivery.queue_id in life.queue_ids)
    yield from near


def _handovers(identity: str, life: _Life) -> Iterator[Handover]:
    made: dict[str, Handover] = {}
    places = [event.place for event in life.events if event.message is not None]
    for event in life.events:
        for recipient in event.recipients:
            one = made.get(recipient.folded)
            if one is None:
                one = made[recipient.folded] = Handover(identity, recipient, event.at)
                one.content = min(places, default=None)
            if event.delivery is not None:
                one.log(event.delivery, event.source)
            elif event.message is not None:
                one.archive(event.message, recipient, event.at, event.source)
    return iter(made.values())


def _key_of(delivery: Delivery) -> str:
    if delivery.message_id is not None:
        return delivery.message_id
    sender = "" if delivery.sender is None else delivery.sender.folded
    return f"log:{delivery.queue_id}:{sender}"


def _another(event: _Event, said: Delivery, other: _Event) -> bool:
    """Tell whether two deliveries cannot be of one message: see `lives`."""
    heard = other.delivery
    if heard is None or event.kind != other.kind or heard.queue_id == said.queue_id:
        return False
    if said.relay != heard.relay or said.status != "sent" or heard.status != "sent":
        return False
    far = abs(event.at - other.at) > _COPIES
    return far or said.sender != heard.sender or said.recipient == heard.recipient


def _copies(event: _Event, other: _Event) -> bool:
    if event.message is None or other.message is None:
        return True
    near = abs(event.at - other.at) <= _COPIES
    return near and _author(event.message) == _author(other.message)


def _author(message: ArchivedMessage) -> str:
    return message.header_from[0].folded if message.header_from else ""


def _words(said: Delivery) -> tuple[str, str, str, str]:
    sender = "" if said.sender is None else said.sender.wire
    return said.queue_id, said.relay, said.status, sender


def _forwarded(delivery: Delivery) -> bool:
    """Tell whether a rule sent this on: an alias or .forward, or a return path that a forwarder wrote."""
    if delivery.orig_to is not None and delivery.orig_to != delivery.recipient:
        return True
    return delivery.sender is not None and _REWRITTEN.match(delivery.sender.key) is not None
