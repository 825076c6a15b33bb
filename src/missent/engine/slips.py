"""Own how messages add up to an organisation's traffic: mail to its names, and to names near them.

A message counts once for each recipient: it and the recipient are one key, so a retry, a second host and a
rotated copy add nothing. Pairs of sender and recipient, and mailboxes, are keys, too (`sampling`), so
memory grows with the names and not with the logs, and no address is kept.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from missent.engine.answers import Heard, answers
from missent.engine.sampling import SAMPLE, Sample, key_of
from missent.mail.domain import DomainName
from missent.service.exposure.traffic import Hits, Persistent, Traffic, Written

AGAIN = 3
"""Messages from which a pair is an error that comes again."""
_GAP = 7
"""Days without any message that logs may have in them; a longer stretch is not covered."""
_HOSTS = 10_000
_ONE_HOST, _SEEN, _NAMES = 0.95, 50, 10
"""A host that takes so much of at least so many messages to so many names takes all mail."""
_OUTSIDE = 0.02
"""Part of all messages that must be seen to leave, or the logs do not tell what becomes of mail."""
_MESSAGES_OF_PAIR = 1_000
_CARRIES = 3
"""A host that took mail for so many owners of other names hands mail on: its word that nobody has a name
counts. Any other host that says so is the name's own, and a squatter's may say what it likes."""
_REPLIES = 8


class Fate(IntEnum):
    """What became of a message; of a message the least that any word says, of a pair the greatest."""

    BOUNCED = 0
    """No such domain, or none that takes mail."""
    HANDED = 1
    """It left; no more is known."""
    REFUSED = 2
    """The other side turned it down, or it waited until it was returned."""
    DELIVERED = 3
    INSIDE = 4
    """It did not leave."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One message to one recipient, as far as it matters here."""

    identity: str
    sender: str
    recipient: str
    domain: DomainName
    at: datetime
    fate: Fate
    relay: str
    """The host of others that answered; empty for one of ours, and for none."""
    forwarded: bool


@dataclass(slots=True)
class _Pair:
    """One sender and one wrong recipient."""

    near: int
    mailbox: int
    first: datetime
    last: datetime
    forwarded: bool
    fates: dict[int, Fate] = field(default_factory=dict)
    """By message; of a message that bounced after it was handed over, the bounce."""
    more: int = 0
    said_nobody: set[str] = field(default_factory=set)
    """Hosts of others that said of the name that nobody has it."""


class Counts:
    """Adds messages up."""

    def __init__(self, names: Iterable[DomainName], near: Iterable[str]) -> None:
        """Start. `names` are meant, `near` are their candidates, as A-labels."""
        self.tells = True
        """To be set to False where something was read that does not say what became of mail."""
        self._names = tuple(dict.fromkeys(names))
        self._near: list[str] = []
        self._places = {name.ascii: at for at, name in enumerate(self._names)}
        """Meant names from 0 up; near names from -1 down."""
        for text in near:
            if text not in self._places:
                self._near.append(text)
                self._places[text] = -len(self._near)
        self._messages: Sample[tuple[int, int]] = Sample()
        self._pairs: Sample[tuple[int, int]] = Sample()
        self._mailboxes: Sample[int] = Sample()
        self._hits: Sample[_Pair] = Sample(SAMPLE // 8)
        self._heard: Sample[Heard] = Sample(SAMPLE // 8)
        self._days: Counter[int] = Counter()
        self._hosts: Counter[str] = Counter()
        self._reached: set[int] = set()
        self._carried: dict[str, set[int]] = {}
        """By host: owners of other names than near ones that it took mail for, `_CARRIES` at most."""
        self._span: tuple[datetime, datetime] | None = None
        self._whole = 0

    def take_all(self, seen: Iterable[Seen]) -> None:
        """Take messages in."""
        for one in seen:
            self._note(one)
            sender = self._place(one.sender.rpartition("@")[2])
            if sender is not None and sender < 0 and one.fate is not Fate.BOUNCED:
                pair, person = key_of(one.recipient, one.sender), key_of(one.recipient)
                self._heard.put(
                    key_of(one.identity), Heard(sender, pair, person, one.at.toordinal())
                )
            place = self._place(one.domain.ascii)
            if place is None:
                continue
            if place >= 0:
                self._meant(one, place)
            elif sender is None or sender >= 0:  # what a near name writes to itself is its own
                self._hit(one, place)

    def _note(self, one: Seen) -> None:
        self._whole += 1
        self._days[one.at.toordinal()] += 1
        if self._span is None:
            self._span = one.at, one.at
        else:
            self._span = min(self._span[0], one.at), max(self._span[1], one.at)
        if one.fate is Fate.DELIVERED:
            host = one.relay.partition("[")[0]
            if host in self._hosts or len(self._hosts) < _HOSTS:
                self._hosts[host] += 1
            if len(self._reached) < _NAMES:
                self._reached.add(key_of(one.domain.owner))
            self._carry(_server(one.relay), one.domain)

    def _carry(self, host: str, domain: DomainName) -> None:
        place = self._place(domain.ascii)
        if place is not None and place < 0:
            return
        if host in self._carried or len(self._carried) < _HOSTS:
            owners = self._carried.setdefault(host, set())
            if len(owners) < _CARRIES:
                owners.add(key_of(domain.owner))

    def _place(self, domain: str) -> int | None:
        """Find the name that a domain is, or lies below: of several the longest."""
        while domain:
            place = self._places.get(domain)
            if place is not None:
                return place
            domain = domain.partition(".")[2]
        return None

    def _meant(self, one: Seen, place: int) -> None:
        day = one.at.toordinal()
        self._mailboxes.put(key_of(one.recipient), place)
        for sample, key in (
            (self._messages, key_of(one.identity, one.recipient)),
            (self._pairs, key_of(one.sender, one.recipient)),
        ):
            known = sample.kept.get(key)
            if known is None or day < known[1]:
                sample.put(key, (place, day))

    def _hit(self, one: Seen, place: int) -> None:
        key = key_of(one.sender, one.recipient)
        if one.fate is Fate.INSIDE or not self._hits.takes(key):
            return
        pair = self._hits.kept.get(key)
        if pair is None:
            pair = _Pair(place, key_of(one.recipient), one.at, one.at, one.forwarded)
            self._hits.put(key, pair)
        pair.first, pair.last = min(pair.first, one.at), max(pair.last, one.at)
        pair.forwarded = pair.forwarded and one.forwarded
        if one.fate is Fate.BOUNCED and one.relay and len(pair.said_nobody) < _REPLIES:
            pair.said_nobody.add(_server(one.relay))
        message = key_of(one.identity)
        if message in pair.fates or len(pair.fates) < _MESSAGES_OF_PAIR:
            pair.fates[message] = min(one.fate, pair.fates.get(message, one.fate))
        else:
            pair.more += 1

    def traffic(self) -> Traffic:
        """Give what all of it says."""
        return Traffic(
            days=self._covered(),
            meant=self._written(),
            near=self._near_hits(),
            late_share=self._late_share(),
            persistent=self._persistent(),
            messages=self._whole,
            tells=self.tells and self._tells(),
        )

    def _covered(self) -> float:
        days = sorted(self._days)
        if self._span is None:
            return 0.0
        gaps = sum(after - day - 1 for day, after in itertools.pairwise(days) if after - day > _GAP)
        span = (self._span[1] - self._span[0]).total_seconds() / 86_400
        return max(span - gaps, 1.0)

    def _written(self) -> dict[DomainName, Written]:
        messages = Counter(place for place, _ in self._messages.kept.values())
        pairs = Counter(place for place, _ in self._pairs.kept.values())
        mailboxes = Counter(self._mailboxes.kept.values())
        return {
            self._names[place]: Written(
                messages[place] * self._messages.each,
                pairs[place] * self._pairs.each,
                mailboxes[place] * self._mailboxes.each,
            )
            for place in sorted(messages)
        }

    def _late_share(self) -> float:
        """Compare the later half of the messages with the whole."""
        messages = sorted(day for _, day in self._messages.kept.values())
        pairs = [day for _, day in self._pairs.kept.values()]
        if not messages:
            return 1.0
        middle = messages[len(messages) // 2]
        late = sum(day > middle for day in messages)
        if not late:
            return 1.0
        new = sum(day > middle for day in pairs)
        return min(1.0, (new / len(pairs)) / (late / len(messages)))

    def _near_hits(self) -> dict[DomainName, Hits]:
        found: defaultdict[int, list[_Pair]] = defaultdict(list)
        for pair in self._hits.kept.values():
            found[pair.near].append(pair)
        heard: defaultdict[int, list[Heard]] = defaultdict(list)
        for one in self._heard.kept.values():
            heard[one.place].append(one)
        return {
            DomainName.parse(self._near[-place - 1]): self._hits_of(found[place], heard[place])
            for place in sorted({*found, *heard}, reverse=True)
        }

    def _hits_of(self, pairs: Sequence[_Pair], heard: Sequence[Heard]) -> Hits:
        each, of_heard = self._hits.each, self._heard.each
        written = {
            one.pair: self._hits.kept[one.pair].first.toordinal()
            for one in heard
            if one.pair in self._hits.kept
        }
        typed = [one for one in pairs if not one.forwarded]
        taken = {one.mailbox for one in typed if Fate.DELIVERED in one.fates.values()}
        counted = Counter(map(self._fate, typed))
        return Hits(
            bounced=counted[Fate.BOUNCED] * each,
            delivered=counted[Fate.DELIVERED] * each,
            refused=counted[Fate.REFUSED] * each,
            handed=counted[Fate.HANDED] * each,
            recipients=len(taken) * each,
            heard=len(heard) * of_heard,
            answers=answers(heard, written, of_heard),
            messages=sum(map(_length, pairs)) * each,
        )

    def _fate(self, pair: _Pair) -> Fate:
        """Give the best that became of a pair; said by its own host, "nobody has it" is a refusal."""
        best = max(pair.fates.values())
        own = (len(self._carried.get(host, ())) < _CARRIES for host in pair.said_nobody)
        return Fate.REFUSED if best is Fate.BOUNCED and any(own) else best

    def _persistent(self) -> Persistent:
        again = [one for one in self._hits.kept.values() if one.forwarded or _length(one) >= AGAIN]
        days = sum(max((one.last - one.first).total_seconds() / 86_400, 1.0) for one in again)
        each = self._hits.each
        return Persistent(len(again) * each, sum(map(_length, again)) * each, days * each)

    def _tells(self) -> bool:
        """Tell whether it stands here what became of mail: it leaves, and not all by one host."""
        left, most = sum(self._hosts.values()), max(self._hosts.values(), default=0)
        one = left >= _SEEN and len(self._reached) >= _NAMES and most >= _ONE_HOST * left
        return not one and left > 0 and left >= _OUTSIDE * self._whole


def _server(relay: str) -> str:
    """Give a host with its address: its name alone may be what a stranger's address is said to have."""
    return relay.partition("]")[0]


def _length(pair: _Pair) -> int:
    return len(pair.fates) + pair.more
