"""Own the rows of the safety files that were loaded: one of each publisher, as it came."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from missent.mail.domain import DomainName
from missent.service.ports import NewEvent
from missent.service.safety.ports import Kept
from missent.store import trail
from missent.store.database import Database
from missent.store.typo_tables import published


class SqlPublished:
    """Implements `safety.ports.PublishedStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def published_stamps(self) -> Mapping[str, datetime]:
        """Give when the file of each publisher was loaded, by its name."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(published.c.publisher, published.c.imported_at))
            return {row.publisher: row.imported_at for row in rows}

    def published_files(self) -> tuple[Kept, ...]:
        """Give all files, in order of the publishers' names."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(published)).all()
        found = (
            Kept(DomainName.parse(row.publisher), row.text, row.imported_at, row.actor)
            for row in rows
        )
        return tuple(sorted(found, key=lambda kept: kept.publisher))

    def keep_published(self, kept: Kept, event: NewEvent) -> None:
        """Keep a file in place of the publisher's earlier one, audited."""
        row = {
            "publisher": kept.publisher.ascii,
            "text": kept.text,
            "imported_at": kept.imported_at,
            "actor": kept.actor,
        }
        statement = self.database.insert(published)
        new = {name: statement.excluded[name] for name in row if name != "publisher"}
        with self.database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=[published.c.publisher], set_=new),
                [row],
            )
            trail.append(self.database, connection, [event])

    def remove_published(self, publisher: DomainName, event: NewEvent) -> bool:
        """Remove a publisher's file, audited; False, and no event, if there is none."""
        statement = sa.delete(published).where(published.c.publisher == publisher.ascii)
        with self.database.write() as connection:
            if not connection.execute(statement).rowcount:
                return False
            trail.append(self.database, connection, [event])
        return True
