"""Own a made world in which people mistype domains, and the Postfix logs it leaves; its truth is known.

How much mail goes to which name, and how much of it to somebody new, is taken from real mail (`shape_of`:
counts only) or from Zipf's law. Somebody's first message to an address is typed and may slip; later ones
come from the address book. A slip onto a name that nobody has bounces, and is sent again rightly. Three in
ten of the neighbours are somebody's: there it is taken, nobody notices, and one in ten such addresses
stays in the address book. Some neighbours are correspondents of ours. One message in twenty is deferred
and retried.

What the fit does not know: how often each kind of slip happens, here drawn about the shares of the
generator. In a *strange* world kinds stray further, the names within a kind do not follow the generator's
shares either, and one slip in twenty goes to a name that it does not make.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from missent.engine.archives import parquet_headers
from missent.lookalike.generate import Candidate
from missent.mail.domain import DomainName
from missent.service.exposure.traffic import near_names

START = datetime(2024, 1, 8, tzinfo=UTC)
DAYS = 180
OURS = "contractor.example"
NAMES, SENDERS = 40, 400
LIVE, STAYS, DEFERRED = 0.3, 0.1, 0.05
CORRESPONDENTS = 3
_RECENT, _MEMORY = 0.92, 100
"""So much of the mail to acquaintances goes to those of the last so many messages to their name, the rest
to any. So of the pairs that are new to the second half's log one in three to six is an old acquaintance;
in the real mail at hand it was one in eight."""
_UNLISTED = 0.05
_KIND_SPREAD = {False: 0.5, True: 1.0}
_NAME_SPREAD = {False: 0.0, True: 1.0}
"""Log standard deviations, in a usual and in a strange world."""
_WORDS = (
    *(
        "river",
        "north",
        "stone",
        "field",
        "clear",
        "harbour",
        "summit",
        "bridge",
        "meadow",
        "falcon",
    ),
    *(
        "cedar",
        "anchor",
        "beacon",
        "granite",
        "willow",
        "orchard",
        "prairie",
        "lantern",
        "copper",
        "delta",
    ),
)
_TRADES = (
    "energy",
    "travel",
    "legal",
    "health",
    "systems",
    "group",
    "bank",
    "freight",
    "media",
    "works",
)
_SUFFIXES = ("com",) * 6 + ("org", "net", "co.uk", "de", "gov", "mil")


@dataclass(frozen=True, slots=True)
class Shape:
    """How mail spreads: for each name its part of all messages, and the part of these that are typed."""

    names: Mapping[DomainName, tuple[float, float]]
    source: str


@dataclass(slots=True)
class Truth:
    """What really happened in one half: distinct slips."""

    bounced: int = 0
    silent: int = 0
    unlisted: int = 0
    typed: int = 0
    by_name: Counter[DomainName] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Count all, those onto names that are not generated included."""
        return self.bounced + self.silent + self.unlisted


def shape_of(path: Path) -> Shape:
    """Take the shape of real mail: of what the commonest sender's domain writes to others."""
    sent: Counter[DomainName] = Counter()
    pairs: dict[DomainName, set[tuple[str, str]]] = defaultdict(set)
    mail = list(parquet_headers(path))
    owners = Counter(one.header_from[0].domain.registrable for one in mail if one.header_from)
    ours = owners.most_common(1)[0][0]
    for one in mail:
        if one.header_from and one.header_from[0].domain.registrable == ours:
            for to in one.recipients:
                if to.domain.registrable not in (None, ours):
                    sent[to.domain] += 1
                    pairs[to.domain].add((one.header_from[0].folded, to.folded))
    common = sent.most_common(NAMES)
    whole = sum(count for _, count in common)
    return Shape({n: (c / whole, len(pairs[n]) / c) for n, c in common}, "mail")


def zipf_shape(seed: int) -> Shape:
    """Make a shape up."""
    draw = random.Random(seed)
    names: dict[DomainName, float] = {}
    while len(names) < NAMES:
        text = f"{draw.choice(_WORDS)}{draw.choice(_TRADES)}.{draw.choice(_SUFFIXES)}"
        names.setdefault(DomainName.parse(text), 1 / (len(names) + 1))
    whole = sum(names.values())
    return Shape({n: (w / whole, draw.uniform(0.1, 0.5)) for n, w in names.items()}, "zipf")


class World:
    """One world, and its logs."""

    def __init__(self, shape: Shape, seed: int, *, strange: bool) -> None:
        self._draw = random.Random(seed)
        self._shape, self._strange = shape, strange
        self._names = tuple(shape.names)
        self._parts = list(itertools.accumulate(part for part, _ in shape.names.values()))
        self.near = {name: near_names(name) for name in shape.names}
        kinds = sorted({str(one.kind) for near in self.near.values() for one in near})
        spread = _KIND_SPREAD[strange]
        odds = {kind: self._draw.lognormvariate(-(spread**2) / 2, spread) for kind in kinds}
        stray = _NAME_SPREAD[strange]
        self._weights = {
            name: [
                one.share * odds[one.kind] * self._draw.lognormvariate(-(stray**2) / 2, stray)
                for one in near
            ]
            for name, near in self.near.items()
        }
        owners = sorted(
            {
                one.domain.registrable or ""
                for near in self.near.values()
                for one in near
                if one.open is not False
            }
        )
        self._live = {owner for owner in owners if self._draw.random() < LIVE}
        self._live -= {name.registrable for name in self.near}
        live = sorted(
            {one.domain for near in self.near.values() for one in near[:40] if self.is_live(one)}
        )
        self.correspondents = self._draw.sample(live, min(CORRESPONDENTS, len(live)))
        self._books: dict[DomainName, list[tuple[str, str]]] = {}
        self._recent: dict[DomainName, deque[tuple[str, str]]] = {}
        self._number = 0

    def is_live(self, one: Candidate) -> bool:
        """Tell whether somebody takes mail there."""
        return one.open is not False and one.domain.registrable in self._live

    def write(self, folder: Path, messages: int, bounces: int) -> tuple[list[Path], list[Truth]]:
        """Write the logs of two halves, so that about so many slips bounce in the first."""
        rate = bounces / (messages / 2 * self._bouncing())
        for name, (part, typed) in self._shape.names.items():
            self._recent[name] = deque(maxlen=_MEMORY)
            self._books[name] = [
                self._new(name) for _ in range(int(part * typed * messages / 2) + 1)
            ]
        paths, truths = [], []
        for half in range(2):
            path, truth = folder / f"half{half + 1}.log", Truth()
            with path.open("w", encoding="ascii") as file:
                begin = START + timedelta(days=DAYS / 2 * half)
                step = timedelta(days=DAYS / 2) / (messages // 2)
                for number in range(messages // 2):
                    at = begin + step * number
                    file.writelines(self._message(at.isoformat(timespec="seconds"), rate, truth))
            paths.append(path)
            truths.append(truth)
        return paths, truths

    def _bouncing(self) -> float:
        """Give the bounces that a message stands for at a rate of 1."""
        whole = 0.0
        for name, (part, typed) in self._shape.names.items():
            pairs = zip(self.near[name], self._weights[name], strict=True)
            whole += part * typed * sum(weight for one, weight in pairs if not self.is_live(one))
        return whole

    def _message(self, at: str, rate: float, truth: Truth) -> Iterator[str]:
        draw = self._draw
        if draw.random() < 0.01:
            yield from self._with_correspondent(at)
        name = draw.choices(self._names, cum_weights=self._parts)[0]
        if draw.random() >= self._shape.names[name][1]:
            recent = self._recent[name]
            known = recent if recent and draw.random() < _RECENT else self._books[name]
            sender, recipient = draw.choice(known)
            recent.append((sender, recipient))
            yield from self._lines(at, sender, recipient, dead=False)  # a bounce enters no book
            return
        pair = self._new(name)
        truth.typed += 1
        if draw.random() < rate * sum(self._weights[name]):
            yield from self._slip(at, name, pair, truth)
        else:
            self._enter(name, pair)
            yield from self._lines(at, *pair, dead=False)

    def _enter(self, name: DomainName, pair: tuple[str, str]) -> None:
        self._books[name].append(pair)
        self._recent[name].append(pair)

    def _slip(
        self, at: str, name: DomainName, pair: tuple[str, str], truth: Truth
    ) -> Iterator[str]:
        draw, (sender, right) = self._draw, pair
        local = right.partition("@")[0]
        if self._strange and draw.random() < _UNLISTED:
            truth.unlisted += 1
            yield from self._lines(at, sender, f"{local}@zz{name.ascii}", dead=True)
            return
        one = draw.choices(self.near[name], weights=self._weights[name])[0]
        wrong = f"{local}@{one.domain.ascii}"
        truth.by_name[one.domain] += 1
        yield from self._lines(at, sender, wrong, dead=not self.is_live(one))
        if not self.is_live(one):
            truth.bounced += 1
            self._enter(name, pair)
            yield from self._lines(at, *pair, dead=False)
        else:
            truth.silent += 1
            if draw.random() < STAYS:
                self._enter(name, (sender, wrong))

    def _with_correspondent(self, at: str) -> Iterator[str]:
        if not self.correspondents:
            return
        name = self._draw.choice(self.correspondents).ascii
        ours, theirs = self._sender(), f"desk{self._draw.randrange(12)}@{name}"
        yield from self._lines(at, ours, theirs, dead=False)
        if self._draw.random() < 0.5:
            yield from self._lines(at, theirs, ours, dead=False)

    # -- Names

    def _sender(self) -> str:
        return f"user{int(SENDERS * self._draw.random() ** 2)}@{OURS}"

    def _new(self, name: DomainName) -> tuple[str, str]:
        self._number += 1
        return self._sender(), f"p{self._number}@{name.ascii}"

    # -- Lines

    def _lines(self, at: str, sender: str, recipient: str, dead: bool) -> Iterator[str]:
        self._number += 1
        key = f"4{self._number:09X}"
        host = recipient.partition("@")[2]
        yield f"{at} mx1 postfix/cleanup[22]: {key}: message-id=<{self._number}.made@{OURS}>\n"
        yield f"{at} mx1 postfix/qmgr[23]: {key}: from=<{sender}>, size=2100, nrcpt=1 (queue active)\n"
        head = f"{at} mx1 postfix/smtp[24]: {key}: to=<{recipient}>,"
        if dead:
            yield (
                f"{head} relay=none, delay=0.1, delays=0.1/0/0/0, dsn=5.4.4, status=bounced (Host or"
                f" domain name not found. Name service error for name={host} type=AAAA: Host not found)\n"
            )
        else:
            taken = f"{head} relay=mx.{host}[203.0.113.7]:25, delay=0.4, delays=0.1/0/0.1/0.2"
            if self._draw.random() < DEFERRED:
                yield f"{taken}, dsn=4.7.1, status=deferred (host mx.{host} said: 451 4.7.1 try later)\n"
            yield f"{taken}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F2)\n"
        yield f"{at} mx1 postfix/qmgr[23]: {key}: removed\n"
