"""Own what the interruption budget is computed from: daily counts, decided holds, validations.

Counts are added up in the database, so that several workers and nodes may count the same day. A
day's rows stay: four short rows a day are the whole history of how often people were interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from missent.judge.hold import Hold
from missent.judge.plain import mailbox_from_plain
from missent.service.ports import Tallied, Validation
from missent.store import rows
from missent.store.database import Database
from missent.store.schema import daily_tallies, holds, validations


class SqlBudget:
    """Implements `ports.BudgetStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add_tallies(self, counts: Mapping[tuple[date, Tallied], int]) -> None:
        """Add to what was counted on these days."""
        new = [
            {"day": day.toordinal(), "what": what.value, "messages": count}
            for (day, what), count in sorted(counts.items())  # in one order: two nodes never lock
        ]
        statement = self.database.insert(daily_tallies)
        summed = daily_tallies.c.messages + statement.excluded.messages
        added = statement.on_conflict_do_update(
            index_elements=[daily_tallies.c.day, daily_tallies.c.what], set_={"messages": summed}
        )
        with self.database.write() as connection:
            for row in new:
                connection.execute(added, row)

    def tallies(self, since: date, until: date) -> Mapping[date, Mapping[Tallied, int]]:
        """Give what was counted on each day from `since` up to but not including `until`."""
        day = daily_tallies.c.day
        query = sa.select(daily_tallies).where(day >= since.toordinal(), day < until.toordinal())
        found: dict[date, dict[Tallied, int]] = {}
        with self.database.read() as connection:
            for row in connection.execute(query.order_by(day)):
                of_day = found.setdefault(date.fromordinal(row.day), {})
                of_day[Tallied(row.what)] = row.messages
        return found

    def decided(self, before: datetime, limit: int) -> tuple[Hold, ...]:
        """List holds made before a time of which every recipient is decided, the newest first."""
        query = (
            sa.select(holds.c.hold_id)
            .where(
                holds.c.undecided.is_(False), holds.c.prepared.is_(False), holds.c.held_at < before
            )
            .order_by(holds.c.held_at.desc(), holds.c.hold_id)
            .limit(limit)
        )
        with self.database.read() as connection:
            return rows.load(connection, query)

    def validations(self, since: datetime, limit: int) -> tuple[Validation, ...]:
        """List validations given since a time, the newest first."""
        query = (
            sa.select(validations)
            .where(validations.c.at >= since)
            .order_by(validations.c.at.desc(), validations.c.sender, validations.c.mailbox)
            .limit(limit)
        )
        with self.database.read() as connection:
            return tuple(
                Validation(
                    mailbox_from_plain(row.sender),
                    mailbox_from_plain(row.mailbox),
                    row.at,
                    row.actor,
                )
                for row in connection.execute(query)
            )
