"""Own the store as the service sees it: all parts over one database (see `ports.Store`)."""

from __future__ import annotations

from missent.service.ports import Clock
from missent.store import nearness, tally
from missent.store.budget import SqlBudget
from missent.store.collection import SqlCollection
from missent.store.correspondence import SqlCorrespondence
from missent.store.database import connect
from missent.store.exposure import SqlExposure
from missent.store.holds import SqlHolds
from missent.store.outbox import SqlOutbox
from missent.store.published import SqlPublished
from missent.store.register import SqlRegister
from missent.store.schema import microseconds
from missent.store.upgrade import upgrade


class SqlStore(
    SqlCorrespondence,
    SqlHolds,
    SqlOutbox,
    SqlRegister,
    SqlBudget,
    SqlCollection,
    SqlExposure,
    SqlPublished,
):
    """One database with one schema. Safe to share between threads; other processes may use it, too."""

    def ready(self) -> None:
        """Prove that the store can commit; raises `StoreUnavailable`."""
        now = microseconds(self.database.clock.now())
        with self.database.write() as connection:
            tally.put(connection, self.database, f"ready {self.database.node}", now)

    def close(self) -> None:
        """Let go of the database."""
        self.database.close()


def open_store(url: str, *, node: str, clock: Clock | None = None) -> SqlStore:
    """Open a database, creating or upgrading its schema.

    `url` is ``sqlite:///`` and a path (resolved by the caller) or ``postgresql://...``; `node` names
    this installation's chain in the audit trail. Raises `OperatorError` for a database that cannot
    be used, `StoreUnavailable` for one that cannot be reached now.
    """
    database = connect(url, node, clock)
    try:
        upgrade(database)
        nearness.refresh(database)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)
