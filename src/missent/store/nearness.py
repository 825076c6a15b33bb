"""Own the deletion index: which known names meet a written one under a common key.

Every name with a record is indexed under `lookalike.index.keys`; a look-up is one indexed read,
whatever the number of names. When the keys' own version changes, the index is rebuilt on opening.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from missent.errors import MalformedAddress
from missent.lookalike.index import VERSION, keys
from missent.mail.domain import DomainName
from missent.store import tally
from missent.store.database import Database, portions
from missent.store.schema import domains, near_keys

_INDEX = "index version"
_NEAR = sa.select(near_keys.c.key, near_keys.c.domain).where(
    near_keys.c.key.in_(sa.bindparam("keys", expanding=True))
)


def index(connection: sa.Connection, database: Database, names: Iterable[str]) -> None:
    """Index names that were unknown."""
    rows = [{"key": key, "domain": name} for name in names for key in _keys_of(name)]
    database.insert_many(connection, database.insert(near_keys).on_conflict_do_nothing(), rows)


def near(connection: sa.Connection, written: Iterable[DomainName]) -> Mapping[str, frozenset[str]]:
    """Find, for each written name, the known names that share a key with it, itself left out."""
    wanted = {name.ascii: keys(name) for name in written}
    found: dict[str, set[str]] = {}
    for portion in portions(frozenset().union(*wanted.values())):
        for key, domain in connection.execute(_NEAR, {"keys": portion}):
            found.setdefault(key, set()).add(domain)
    return {
        name: frozenset().union(*(found.get(key, ()) for key in its)) - {name}
        for name, its in wanted.items()
    }


def refresh(database: Database) -> None:
    """Rebuild the index if it was made with other keys."""
    with database.read() as connection:
        if tally.get(connection, _INDEX) == VERSION:
            return
    with database.write() as connection:
        database.lock(connection, "correspondence")
        connection.execute(sa.delete(near_keys))
        names = connection.execute(sa.select(domains.c.name)).scalars().all()
        for portion in portions(names):
            index(connection, database, portion)
        tally.put(connection, database, _INDEX, VERSION)


def _keys_of(name: str) -> frozenset[str]:
    try:
        return keys(DomainName.parse(name))
    except MalformedAddress:  # a registrable part by an older rule
        return frozenset()
