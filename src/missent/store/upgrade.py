"""Own bringing a database's schema to the revision this program works with.

A database that is already there costs one look; anything else takes the write lock, so that of
several workers starting at once one upgrades and the others find it done. The whole upgrade is one
transaction. A database of a newer program is refused, never touched.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from missent.errors import OperatorError
from missent.store.database import Database
from missent.store.schema import REVISION

_MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(database: Database) -> None:
    """Create or upgrade the schema; raises `OperatorError` for a revision this program does not know."""
    with database.read() as connection:
        if _revision(connection) == REVISION:
            return
    with database.write() as connection:
        database.lock(connection, "missent schema")
        found = _revision(connection)
        if found != REVISION:
            _run(connection, found)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def _run(connection: sa.Connection, found: str | None) -> None:
    # Imported here: it takes as long as all the rest, and is needed once in a database's life.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise OperatorError(
            f"the database has schema revision {found}, but this program knows revisions up to"
            f" {REVISION}: it was used by a newer Missent. Install that version, or restore a backup"
        )
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)
