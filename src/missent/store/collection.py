"""Own what came to typo domains, in rows: days, pairs, organisations, sealed messages.

Hits come in batches of a second. A batch is added up here and written with few statements in one
transaction; of several nodes one writes at a time, so that sums and "the third hit" are exact. What
strangers can make endless is bounded: new pairs, organisations and typed names a day, and pairs of spam
have no rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from missent.mail.domain import DomainName
from missent.service.collection.collection import (
    DayCount,
    Hit,
    Item,
    Likely,
    OrganisationRecord,
    Pair,
)
from missent.service.ports import NewEvent
from missent.store import trail
from missent.store.collection_rows import (
    added,
    day_of,
    item_from_row,
    item_to_row,
    lengthened,
    organisation_from_row,
    organisation_of,
    organisation_to_row,
    pair_from_row,
    pair_to_row,
    storable,
)
from missent.store.database import Database, portions
from missent.store.typo_tables import (
    collected_days,
    collected_items,
    collected_organisations,
    collected_pairs,
)

PAIRS_A_DAY = 50_000
"""New pairs that get a row in one day; a flood of invented senders fills no disk."""
ORGANISATIONS_A_DAY = 10_000
SPARED = 5_000
"""Of these, kept for organisations that sent something which is no spam: a flood of it takes the rest."""
ROWS_A_DAY = 50_000
"""Sums of one day. With more of them, only what is probably real is still told by organisation."""
TYPED_A_DAY = 5_000
"""Names that get rows of their own in one day. Where a whole suffix is ours they are a stranger's choice;
those beyond are counted under the suffix."""
_LOCK = "missent collection"


class SqlCollection:
    """Implements `collection.ports.CollectionStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- counting ----------------------------------------------------------------------------------

    def count_hits(self, hits: Sequence[tuple[Hit, Likely]]) -> tuple[Pair, ...]:
        """Add hits; gives the pairs that became persistent by it (see the port)."""
        if not hits:
            return ()
        with self.database.write() as connection:
            self.database.lock(connection, _LOCK)
            admitted = self._count_organisations(connection, hits)
            self._count_days(connection, hits, admitted)
            return self._count_pairs(connection, hits)

    def _count_days(
        self,
        connection: sa.Connection,
        hits: Sequence[tuple[Hit, Likely]],
        admitted: frozenset[str],
    ) -> None:
        named, full = _named_typed(connection, hits), _is_full(connection, hits)

        def by_name(hit: Hit, likely: Likely) -> bool:
            return organisation_of(hit) in admitted and (not full or likely is Likely.REAL)

        sums = Counter(
            (
                day_of(hit.at).toordinal(),
                *_from_to(hit, named),
                organisation_of(hit) if by_name(hit, likely) else "",
                likely.value,
            )
            for hit, likely in hits
        )
        columns = ("day", "typed", "meant", "organisation", "likely")
        rows = [
            dict(zip(columns, key, strict=True)) | {"hits": n} for key, n in sorted(sums.items())
        ]
        statement = self.database.insert(collected_days)
        summed = collected_days.c.hits + statement.excluded.hits
        self.database.insert_many(
            connection,
            statement.on_conflict_do_update(
                index_elements=[collected_days.c[name] for name in columns], set_={"hits": summed}
            ),
            rows,
        )

    def _count_organisations(
        self, connection: sa.Connection, hits: Sequence[tuple[Hit, Likely]]
    ) -> frozenset[str]:
        """Add to each organisation's row; gives those that have one."""
        gathered: dict[str, list[tuple[Hit, Likely]]] = {}
        for hit, likely in hits:
            if name := organisation_of(hit):
                gathered.setdefault(name, []).append((hit, likely))
        table = collected_organisations
        known: dict[str, OrganisationRecord] = {}
        for portion in portions(gathered):
            query = sa.select(table).where(table.c.organisation.in_(portion))
            known |= {
                row.organisation: organisation_from_row(row) for row in connection.execute(query)
            }
        room = ORGANISATIONS_A_DAY - _new_today(connection, table, hits)
        rows = []
        for name, theirs in sorted(gathered.items()):
            if name not in known:
                spam = all(likely is Likely.SPAM for _, likely in theirs)
                if room <= (SPARED if spam else 0):
                    continue
                room -= 1
            record = added(known.get(name), name, theirs)
            known[name] = record
            rows.append(organisation_to_row(record))
        self.database.insert_many(connection, self.database.replace(table, ["organisation"]), rows)
        return frozenset(known)

    def _count_pairs(
        self, connection: sa.Connection, hits: Sequence[tuple[Hit, Likely]]
    ) -> tuple[Pair, ...]:
        gathered: dict[tuple[str, str], list[tuple[Hit, Likely]]] = {}
        for hit, likely in hits:
            if hit.sender is not None and storable(hit.sender) and storable(hit.typed):
                key = (hit.sender.folded, hit.typed.folded)
                gathered.setdefault(key, []).append((hit, likely))
        known = _known_pairs(connection, gathered)
        room = PAIRS_A_DAY - _new_today(connection, collected_pairs, hits)
        rows, persistent = [], []
        for key, theirs in sorted(gathered.items()):
            before = known.get(key)
            if before is None:
                if room <= 0 or all(likely is Likely.SPAM for _, likely in theirs):
                    continue
                room -= 1
            after = lengthened(before, theirs)
            rows.append(pair_to_row(key, after))
            if after.persistent and not (before is not None and before.persistent):
                persistent.append(after)
        self.database.insert_many(
            connection,
            self.database.replace(collected_pairs, ["sender", "typed"], keeping=["told_at"]),
            rows,
        )
        return tuple(persistent)

    # --- reading what was counted ------------------------------------------------------------------

    def days(self, since: date, until: date) -> tuple[DayCount, ...]:
        """Give what was counted from `since` up to but not including `until`, oldest first."""
        table = collected_days
        query = (
            sa.select(table)
            .where(table.c.day >= since.toordinal(), table.c.day < until.toordinal())
            .order_by(*table.primary_key.columns)
        )
        with self.database.read() as connection:
            return tuple(
                DayCount(
                    date.fromordinal(row.day),
                    DomainName.parse(row.typed),
                    DomainName.parse(row.meant),
                    row.organisation,
                    Likely(row.likely),
                    row.hits,
                )
                for row in connection.execute(query)
            )

    def pairs(self, *, min_hits: int = 1, limit: int = 1000) -> tuple[Pair, ...]:
        """List pairs, most hits first."""
        table = collected_pairs
        query = (
            sa.select(table)
            .where(table.c.hits >= min_hits)
            .order_by(table.c.hits.desc(), table.c.sender, table.c.typed)
            .limit(limit)
        )
        with self.database.read() as connection:
            return tuple(map(pair_from_row, connection.execute(query)))

    def organisations(self, limit: int = 1000) -> tuple[OrganisationRecord, ...]:
        """List sending organisations, most real hits first."""
        table = collected_organisations
        order = (table.c.real.desc(), table.c.hits.desc(), table.c.organisation)
        with self.database.read() as connection:
            query = sa.select(table).order_by(*order).limit(limit)
            return tuple(map(organisation_from_row, connection.execute(query)))

    def organisation(self, name: str) -> OrganisationRecord | None:
        """Read one."""
        table = collected_organisations
        with self.database.read() as connection:
            query = sa.select(table).where(table.c.organisation == name)
            row = connection.execute(query).one_or_none()
            return None if row is None else organisation_from_row(row)

    def told(self, pairs: Sequence[Pair], at: datetime, event: NewEvent) -> None:
        """Note that a postmaster was told of these pairs; audited."""
        table = collected_pairs
        with self.database.write() as connection:
            for pair in pairs:
                connection.execute(
                    sa.update(table)
                    .where(table.c.sender == pair.sender.folded, table.c.typed == pair.typed.folded)
                    .values(told_at=at)
                )
            trail.append(self.database, connection, [event])

    def forget_pairs(self, before: datetime) -> int:
        """Drop pairs and organisations without a hit since `before`; gives how many rows."""
        with self.database.write() as connection:
            return sum(
                connection.execute(sa.delete(table).where(table.c.last_at < before)).rowcount
                for table in (collected_pairs, collected_organisations)
            )

    # --- sealed messages ---------------------------------------------------------------------------

    def keep_item(self, item: Item, event: NewEvent) -> None:
        """Make one sealed message real; audited."""
        with self.database.write() as connection:
            connection.execute(sa.insert(collected_items), [item_to_row(item)])
            trail.append(self.database, connection, [event])

    def items(self, since: datetime | None = None, limit: int = 10_000) -> tuple[Item, ...]:
        """List sealed messages, newest first."""
        table = collected_items
        query = sa.select(table).order_by(table.c.at.desc(), table.c.item_id).limit(limit)
        return self._items(query if since is None else query.where(table.c.at >= since))

    def item(self, item_id: str) -> Item | None:
        """Read one."""
        query = sa.select(collected_items).where(collected_items.c.item_id == item_id)
        return next(iter(self._items(query)), None)

    def expired_items(self, at: datetime, limit: int = 1000) -> tuple[Item, ...]:
        """List items not destroyed whose time has passed."""
        table = collected_items
        query = (
            sa.select(table)
            .where(table.c.destroyed_at.is_(None), table.c.expires_at <= at)
            .order_by(table.c.expires_at, table.c.item_id)
            .limit(limit)
        )
        return self._items(query)

    def destroyed(self, item_ids: Sequence[str], at: datetime, event: NewEvent) -> None:
        """Note that the sealed bytes of these are gone; audited."""
        table = collected_items
        with self.database.write() as connection:
            for portion in portions(item_ids):
                gone = sa.update(table).where(
                    table.c.item_id.in_(portion), table.c.destroyed_at.is_(None)
                )
                connection.execute(gone.values(destroyed_at=at))
            trail.append(self.database, connection, [event])

    def _items(self, query: sa.Select[tuple[object, ...]]) -> tuple[Item, ...]:
        with self.database.read() as connection:
            return tuple(map(item_from_row, connection.execute(query)))


def _new_today(
    connection: sa.Connection, table: sa.Table, hits: Sequence[tuple[Hit, Likely]]
) -> int:
    """Count the rows that are new since the last hit's day began."""
    day = day_of(max(hit.at for hit, _ in hits))
    start = datetime.combine(day, time(), UTC)
    query = sa.select(sa.func.count()).select_from(table).where(table.c.first_at >= start)
    return int(connection.execute(query).scalar_one())


def _named_typed(connection: sa.Connection, hits: Sequence[tuple[Hit, Likely]]) -> frozenset[str]:
    """Give the typed names that have rows of their own: known that day, or within its bound."""
    day = day_of(max(hit.at for hit, _ in hits)).toordinal()
    number = Counter(hit.typed.domain.owner for hit, _ in hits)
    table, known = collected_days, set[str]()
    for portion in portions(number):
        query = sa.select(table.c.typed).where(table.c.day == day, table.c.typed.in_(portion))
        known |= set(connection.execute(query.distinct()).scalars())
    new = sorted(number.keys() - known, key=lambda name: (-number[name], name))
    if new:
        count = sa.func.count(sa.distinct(table.c.typed))
        there = connection.execute(sa.select(count).where(table.c.day == day)).scalar_one()
        known |= set(new[: max(0, TYPED_A_DAY - there)])
    return frozenset(known)


def _is_full(connection: sa.Connection, hits: Sequence[tuple[Hit, Likely]]) -> bool:
    """Tell whether the day of these hits has `ROWS_A_DAY` sums already."""
    day = day_of(max(hit.at for hit, _ in hits)).toordinal()
    some = sa.select(collected_days.c.day).where(collected_days.c.day == day).limit(ROWS_A_DAY)
    count = sa.select(sa.func.count()).select_from(some.subquery())
    return int(connection.execute(count).scalar_one()) >= ROWS_A_DAY


def _from_to(hit: Hit, named: Collection[str]) -> tuple[str, str]:
    """Give under which names a hit is counted: what was typed, and what was meant."""
    typed, meant = hit.typed.domain.owner, hit.meant.owner
    return (
        (typed, meant)
        if typed in named
        else (hit.typed.domain.public_suffix, hit.meant.public_suffix)
    )


def _known_pairs(
    connection: sa.Connection, keys: Mapping[tuple[str, str], object]
) -> dict[tuple[str, str], Pair]:
    table, found = collected_pairs, dict[tuple[str, str], Pair]()
    for portion in portions({sender for sender, _ in keys}):
        query = sa.select(table).where(table.c.sender.in_(portion))
        for row in connection.execute(query):
            if (row.sender, row.typed) in keys:
                found[row.sender, row.typed] = pair_from_row(row)
    return found
