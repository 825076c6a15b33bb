"""Own the owner's report: what came to typo domains in some days, from whom, and who keeps writing.

The rules: counted is every recipient asked for, and nothing is called real that the envelope does not
bear out. Everything here is a value; the pages, the digest and the JSON show the same one. Organisations
and local parts are strangers' texts: whoever shows them makes them harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

from missent.mail.domain import DomainName
from missent.service.collection.collection import (
    PERSISTENT,
    DayCount,
    Item,
    Likely,
    OrganisationRecord,
    Pair,
)
from missent.service.collection.ports import CollectionStore

PAIRS: Final = 10_000
"""Pairs that are read: nobody tells more senders, and a flood is cut off here."""
ORGANISATIONS: Final = 10_000

_EVER: Final = datetime(9999, 1, 1, tzinfo=UTC)

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Split:
    """Hits by what they probably were."""

    real: int = 0
    unclear: int = 0
    spam: int = 0

    @property
    def hits(self) -> int:
        """Give all of them."""
        return self.real + self.unclear + self.spam


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC)."""

    day: date
    split: Split


@dataclass(frozen=True, slots=True)
class TypoDomain:
    """One typo domain and the domain that was meant."""

    typed: DomainName
    meant: DomainName
    split: Split
    organisations: int
    """Those with a hit that is no spam."""


@dataclass(frozen=True, slots=True)
class Sending:
    """One organisation that wrote to typo domains, as far as it is worth telling."""

    name: str
    """A-labels."""
    split: Split
    """Within the days of the report."""
    typed: tuple[DomainName, ...]
    """Where it wrote to, the most hits first."""
    persistent: int
    """Pairs of its senders that came often enough to be stored somewhere."""
    aligned: float | None
    """Part of all its hits that passed SPF; None where nothing is on record."""
    first: datetime | None
    """When it first wrote, ever; None where that is forgotten."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is known of the messages that were sealed, without the key."""

    messages: int
    destroyed: int
    """Of them: retention has ended."""
    octets: int
    levels: tuple[int, int, int, int, int]
    """Messages by level of sensitivity, 0 to 4."""
    categories: tuple[tuple[str, int, int], ...]
    """Category, messages with it, highest level; the gravest and most frequent first."""
    people: int
    """People whose data they hold; one who stands in two messages counts twice."""


@dataclass(frozen=True, slots=True)
class Basis:
    """What the report rests on, by the configuration."""

    collects: bool
    """Whether messages are sealed and kept, or all refused."""
    legal_basis: str = ""
    """The operator's words: the law or mandate it rests on."""
    directory: bool = False
    """Whether the owner's mailboxes are known."""
    look_ups: bool = False
    """Whether clients are checked by SPF and reverse name."""
    domains: tuple[tuple[str, str], ...] = ()
    """Typo domains or suffixes, each with what is meant, as configured."""


@dataclass(frozen=True, slots=True)
class CollectionReport:
    """The whole of it."""

    made_at: datetime
    since: date
    until: date
    """Not included."""
    split: Split
    by_day: tuple[Day, ...]
    """Every day, also those without a hit."""
    domains: tuple[TypoDomain, ...]
    """Most hits first."""
    organisations: tuple[Sending, ...]
    """Most real hits first; those with nothing but spam are left out."""
    unnamed: int
    """Hits without an organisation: bounces, address literals, and what went beyond the day's bound."""
    pairs: tuple[Pair, ...]
    """Persistent, with a hit in these days, no spam; most hits first."""
    sealed: Sealed
    basis: Basis
    kept: bool = False
    """Whether a sealed message of any time is still kept."""

    @property
    def days(self) -> int:
        """Give how many days it covers."""
        return (self.until - self.since).days

    @property
    def real_organisations(self) -> int:
        """Count the organisations with a hit that was probably real."""
        return sum(one.split.real > 0 for one in self.organisations)

    @property
    def senders(self) -> int:
        """Count the senders that keep writing."""
        return len({pair.sender for pair in self.pairs})


@dataclass(frozen=True, slots=True)
class Found:
    """What a store holds of some days."""

    days: tuple[DayCount, ...]
    pairs: tuple[Pair, ...]
    organisations: tuple[OrganisationRecord, ...]
    items: tuple[Item, ...]
    kept: bool = False
    """Whether any sealed message is not destroyed yet, of these days or not."""


def read(store: CollectionStore, basis: Basis, now: datetime, days: int) -> CollectionReport:
    """Make the report of the last `days` days, today included. Raises `StoreUnavailable`."""
    until = now.astimezone(UTC).date() + timedelta(days=1)
    since = until - timedelta(days=days)
    found = Found(
        store.days(since, until),
        store.pairs(min_hits=PERSISTENT, limit=PAIRS),
        store.organisations(ORGANISATIONS),
        store.items(datetime(since.year, since.month, since.day, tzinfo=UTC)),
        kept=bool(store.expired_items(_EVER, 1)),
    )
    return report(found, basis, since, until, now)


def report(
    found: Found, basis: Basis, since: date, until: date, made_at: datetime
) -> CollectionReport:
    """Put what was found into a report."""
    kept = tuple(
        pair
        for pair in found.pairs
        if pair.persistent
        and pair.likely is not Likely.SPAM
        and since <= pair.last.astimezone(UTC).date() < until
    )
    return CollectionReport(
        made_at=made_at,
        since=since,
        until=until,
        split=_split(found.days),
        by_day=_by_day(found.days, since, until),
        domains=_domains(found.days),
        organisations=_organisations(found.days, kept, found.organisations),
        unnamed=sum(count.hits for count in found.days if not count.organisation),
        pairs=kept,
        sealed=_sealed(found.items),
        basis=basis,
        kept=found.kept,
    )


# --- counting ------------------------------------------------------------------------------------


def _split(counts: Iterable[DayCount]) -> Split:
    sums: Counter[Likely] = Counter()
    for count in counts:
        sums[count.likely] += count.hits
    return Split(sums[Likely.REAL], sums[Likely.UNCLEAR], sums[Likely.SPAM])


def _grouped(counts: Iterable[DayCount], keys: Iterable[Key]) -> dict[Key, list[DayCount]]:
    groups: dict[Key, list[DayCount]] = {}
    for key, count in zip(keys, counts, strict=True):
        groups.setdefault(key, []).append(count)
    return groups


def _by_day(counts: Sequence[DayCount], since: date, until: date) -> tuple[Day, ...]:
    groups = _grouped(counts, (count.day for count in counts))
    days = (since + timedelta(days=n) for n in range((until - since).days))
    return tuple(Day(day, _split(groups.get(day, ()))) for day in days)


def _domains(counts: Sequence[DayCount]) -> tuple[TypoDomain, ...]:
    groups = _grouped(counts, ((count.typed, count.meant) for count in counts))
    rows = [
        TypoDomain(
            typed,
            meant,
            _split(group),
            len({c.organisation for c in group if c.organisation and c.likely is not Likely.SPAM}),
        )
        for (typed, meant), group in groups.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.split.hits, row.typed, row.meant)))


def _organisations(
    counts: Sequence[DayCount], pairs: Sequence[Pair], records: Sequence[OrganisationRecord]
) -> tuple[Sending, ...]:
    groups = _grouped(counts, (count.organisation for count in counts))
    known = {record.organisation: record for record in records}
    persistent = Counter(organisation_of(pair) for pair in pairs)
    rows = []
    for name, group in groups.items():
        split = _split(group)
        if not name or split.hits == split.spam:
            continue
        record = known.get(name)
        where = Counter[DomainName]()
        for count in group:
            where[count.typed] += count.hits
        rows.append(
            Sending(
                name,
                split,
                tuple(sorted(where, key=lambda one: (-where[one], one))),
                persistent[name],
                record.aligned / record.hits if record and record.hits else None,
                record.first if record else None,
            )
        )
    rows.sort(key=lambda row: (-row.split.real, -row.persistent, -row.split.unclear, row.name))
    return tuple(rows)


def organisation_of(pair: Pair) -> str:
    """Name a pair's organisation as hits do: the registrable part of the sender's domain."""
    domain = pair.sender.domain
    return "" if domain.is_literal else domain.owner


def _sealed(items: Sequence[Item]) -> Sealed:
    levels = [0, 0, 0, 0, 0]
    found: dict[str, list[int]] = {}
    for item in items:
        levels[min(max(item.level, 0), 4)] += 1
        for name, level in item.categories:
            found.setdefault(name, []).append(level)
    categories = [(name, len(seen), max(seen)) for name, seen in found.items()]
    categories.sort(key=lambda row: (-row[2], -row[1], row[0]))
    return Sealed(
        messages=len(items),
        destroyed=sum(item.destroyed_at is not None for item in items),
        octets=sum(item.size for item in items),
        levels=(levels[0], levels[1], levels[2], levels[3], levels[4]),
        categories=tuple(categories),
        people=sum(item.people for item in items),
    )
