"""Own the register: run-time settings, single-use marks, small values kept for a while, the trail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import sqlalchemy as sa

from missent.judge.audit import AuditEvent
from missent.service.ports import NewEvent
from missent.store import trail
from missent.store.database import Database, inserted
from missent.store.schema import audit_events, audit_heads, kept, marks, settings

_PAGE = 500  # audit events read at a time


class SqlRegister:
    """Implements `ports.RegisterStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def setting(self, name: str) -> str | None:
        """Read one run-time setting, such as ``mode`` or ``mode:<rule>``."""
        with self.database.read() as connection:
            query = sa.select(settings.c.value).where(settings.c.name == name)
            return connection.execute(query).scalar_one_or_none()

    def settings(self) -> Mapping[str, str]:
        """Read all run-time settings."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(settings.c.name, settings.c.value))
            return {row.name: row.value for row in rows}

    def set_setting(self, name: str, value: str, event: NewEvent) -> None:
        """Change one run-time setting; audited."""
        statement = self.database.insert(settings).values(name=name, value=value)
        with self.database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[settings.c.name], set_={"value": statement.excluded.value}
                )
            )
            trail.append(self.database, connection, [event])

    def spend(self, mark: str, at: datetime) -> bool:
        """Use up a single-use mark; False if it was used before. Marks are kept for ever."""
        statement = self.database.insert(marks).values(mark=mark, at=at).on_conflict_do_nothing()
        with self.database.write() as connection:
            return inserted(connection, statement)

    def remember(self, name: str, value: str, expires_at: datetime) -> None:
        """Keep a small value for a while, in place of an earlier one of that name."""
        statement = self.database.insert(kept).values(name=name, value=value, expires_at=expires_at)
        excluded = statement.excluded
        with self.database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[kept.c.name],
                    set_={"value": excluded.value, "expires_at": excluded.expires_at},
                )
            )

    def recall(self, name: str, at: datetime) -> str | None:
        """Read a kept value; None once expired."""
        query = sa.select(kept.c.value).where(kept.c.name == name, kept.c.expires_at > at)
        with self.database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def audit(self, event: NewEvent) -> None:
        """Chain one event of its own."""
        with self.database.write() as connection:
            trail.append(self.database, connection, [event])

    def trail(self) -> Iterator[tuple[str, AuditEvent, str]]:
        """Give the whole trail as (node, event, stored hash), node by node, oldest first.

        Read a page at a time, so that a long export holds no snapshot.
        """
        after: tuple[str, int] = ("", -1)
        order = sa.tuple_(audit_events.c.node, audit_events.c.number)
        query = sa.select(audit_events).order_by(audit_events.c.node, audit_events.c.number)
        while True:
            with self.database.read() as connection:
                page = connection.execute(query.where(order > after).limit(_PAGE)).all()
            for row in page:
                yield trail.read(row)
            if len(page) < _PAGE:
                return
            after = (page[-1].node, page[-1].number)

    def heads(self) -> Mapping[str, tuple[int, str]]:
        """Give each node's number of events and last hash: a trail cut off at its end shows here."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(audit_heads)).all()
            return {row.node: (row.number, row.digest) for row in rows}
