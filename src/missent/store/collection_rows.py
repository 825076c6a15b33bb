"""Own how what came to typo domains stands in rows, and how hits are added to what is known."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import sqlalchemy as sa

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.collection.collection import Check, Hit, Item, Likely, OrganisationRecord, Pair
from missent.store.schema import microseconds


@dataclass(slots=True)
class _Span:
    """The times of some hits."""

    first: datetime
    last: datetime
    days: set[date] = field(default_factory=set)


def _span(hits: Iterable[tuple[Hit, Likely]]) -> _Span:
    times = [hit.at for hit, _ in hits]
    return _Span(min(times), max(times), {day_of(at) for at in times})


def day_of(at: datetime) -> date:
    """Give the day (UTC) of a time."""
    return at.astimezone(UTC).date()


def organisation_of(hit: Hit) -> str:
    """Name the sender's organisation; empty for the null path."""
    found = hit.organisation
    return found.ascii if found is not None else ""


def added(
    known: OrganisationRecord | None, name: str, hits: Sequence[tuple[Hit, Likely]]
) -> OrganisationRecord:
    """Add hits to what is known of an organisation."""
    span = _span(hits)
    base = known or OrganisationRecord(name, span.first, span.last, 0, 0, 0, 0, 0)
    return replace(
        base,
        first=min(base.first, span.first),
        last=max(base.last, span.last),
        hits=base.hits + len(hits),
        real=base.real + sum(likely is Likely.REAL for _, likely in hits),
        aligned=base.aligned + sum(hit.aligned is Check.PASS for hit, _ in hits),
        confirmed=base.confirmed + sum(hit.confirmed is Check.PASS for hit, _ in hits),
        listed=base.listed + sum(hit.listed is True for hit, _ in hits),
    )


def lengthened(known: Pair | None, hits: Sequence[tuple[Hit, Likely]]) -> Pair:
    """Add hits to what is known of a pair; their sender and address are the same."""
    span = _span(hits)
    hit, likely = hits[-1]
    assert hit.sender is not None
    if known is None:
        sender, typed = Mailbox.parse(hit.sender.folded), Mailbox.parse(hit.typed.folded)
        meant = DomainName.parse(hit.meant.owner)
        count = len(span.days)
        return Pair(
            sender,
            typed,
            meant,
            span.first,
            span.last,
            len(hits),
            count,
            likely,
            client=hit.client,
        )
    first, last = day_of(known.first), day_of(known.last)
    fresh = {day for day in span.days if not first <= day <= last}  # in between nobody knows
    return replace(
        known,
        first=min(known.first, span.first),
        last=max(known.last, span.last),
        hits=known.hits + len(hits),
        days=known.days + len(fresh),
        likely=likely,
        client=hit.client,
    )


def organisation_to_row(record: OrganisationRecord) -> dict[str, object]:
    """Write an organisation."""
    return {
        "organisation": record.organisation,
        "first_at": microseconds(record.first),
        "last_at": microseconds(record.last),
        "hits": record.hits,
        "real": record.real,
        "aligned": record.aligned,
        "confirmed": record.confirmed,
        "listed": record.listed,
    }


def organisation_from_row(row: sa.Row[tuple[object, ...]]) -> OrganisationRecord:
    """Read an organisation."""
    return OrganisationRecord(
        row.organisation,
        row.first_at,
        row.last_at,
        row.hits,
        row.real,
        row.aligned,
        row.confirmed,
        row.listed,
    )


def pair_to_row(key: tuple[str, str], pair: Pair) -> dict[str, object]:
    """Write a pair."""
    return {
        "sender": key[0],
        "typed": key[1],
        "meant": pair.meant.ascii,
        "first_at": microseconds(pair.first),
        "last_at": microseconds(pair.last),
        "hits": pair.hits,
        "days": pair.days,
        "likely": pair.likely.value,
        "told_at": None if pair.told is None else microseconds(pair.told),
        "client": pair.client,
    }


def pair_from_row(row: sa.Row[tuple[object, ...]]) -> Pair:
    """Read a pair."""
    return Pair(
        Mailbox.parse(row.sender),
        Mailbox.parse(row.typed),
        DomainName.parse(row.meant),
        row.first_at,
        row.last_at,
        row.hits,
        row.days,
        Likely(row.likely),
        row.told_at,
        row.client,
    )


def item_to_row(item: Item) -> dict[str, object]:
    """Write a sealed message's row."""
    return {
        "item_id": item.item_id,
        "at": item.at,
        "typed": " ".join(name.ascii for name in item.typed),
        "organisation": item.organisation,
        "size": item.size,
        "level": item.level,
        "categories": json.dumps(list(item.categories)),
        "people": item.people,
        "likely": item.likely.value,
        "expires_at": item.expires_at,
        "destroyed_at": item.destroyed_at,
    }


def item_from_row(row: sa.Row[tuple[object, ...]]) -> Item:
    """Read a sealed message's row."""
    return Item(
        item_id=row.item_id,
        at=row.at,
        typed=tuple(map(DomainName.parse, row.typed.split())),
        organisation=row.organisation,
        size=row.size,
        level=row.level,
        categories=tuple((name, level) for name, level in json.loads(row.categories)),
        people=row.people,
        likely=Likely(row.likely),
        expires_at=row.expires_at,
        destroyed_at=row.destroyed_at,
    )


def storable(mailbox: Mailbox) -> bool:
    """Tell whether the folded form is an address, too: case folding may make a text longer."""
    try:
        return Mailbox.parse(mailbox.folded) == mailbox
    except MalformedAddress:
        return False
