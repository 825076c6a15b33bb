"""Own the single numbers: messages on record, when inbound mail was last noted, versions."""

from __future__ import annotations

import sqlalchemy as sa

from missent.store.database import Database
from missent.store.schema import tallies

_ONE = sa.select(tallies.c.value).where(tallies.c.name == sa.bindparam("tally"))


def get(connection: sa.Connection, name: str) -> int | None:
    """Read one number."""
    return connection.execute(_ONE, {"tally": name}).scalar_one_or_none()


def put(connection: sa.Connection, database: Database, name: str, value: int) -> None:
    """Set one number."""
    statement = database.insert(tallies).values(name=name, value=value)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[tallies.c.name], set_={"value": statement.excluded.value}
        )
    )
