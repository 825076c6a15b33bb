"""Own the deletion indexes: which known names and mailboxes meet a written one under a common key.

Every domain with a record is indexed under `lookalike.index.keys`, every mailbox under
`lookalike.people.local_keys`; a look-up is one indexed read, whatever the number of names. When the
keys' own version changes, an index is rebuilt on opening.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from missent.errors import MalformedAddress
from missent.judge.plain import mailbox_from_plain
from missent.lookalike import people
from missent.lookalike.index import VERSION, keys
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.store import tally
from missent.store.database import Database, portions
from missent.store.keyed import Keyed
from missent.store.schema import domains, local_keys, mailboxes, near_keys

_INDEX = "index version"
_LOCAL_INDEX = "local index version"
_NEAR = Keyed(sa.select(near_keys), near_keys.c.key)
_LOCAL = Keyed(sa.select(local_keys), local_keys.c.key)


def index(connection: sa.Connection, database: Database, names: Iterable[str]) -> None:
    """Index names that were unknown."""
    rows = [{"key": key, "domain": name} for name in names for key in _keys_of(name)]
    database.insert_many(connection, database.insert(near_keys).on_conflict_do_nothing(), rows)


def near(connection: sa.Connection, written: Iterable[DomainName]) -> Mapping[str, frozenset[str]]:
    """Find, for each written name, the known names that share a key with it, itself left out."""
    wanted = {name.ascii: keys(name) for name in written}
    found: dict[str, set[str]] = {}
    for row in _NEAR.rows(connection, frozenset().union(*wanted.values())):
        found.setdefault(row.key, set()).add(row.domain)
    return {
        name: frozenset().union(*(found.get(key, ()) for key in its)) - {name}
        for name, its in wanted.items()
    }


def index_mailboxes(connection: sa.Connection, database: Database, folded: Iterable[str]) -> None:
    """Index mailboxes that were unknown."""
    rows = [
        {"key": key, "mailbox": name}
        for name in folded
        for key in people.local_keys(mailbox_from_plain(name))
    ]
    database.insert_many(connection, database.insert(local_keys).on_conflict_do_nothing(), rows)


def namesakes(
    connection: sa.Connection, written: Iterable[Mailbox]
) -> Mapping[str, frozenset[str]]:
    """Find, for each written mailbox, the known ones that share a key with it, itself left out."""
    wanted = {mailbox.folded: people.local_keys(mailbox) for mailbox in written}
    found: dict[str, set[str]] = {}
    for row in _LOCAL.rows(connection, frozenset().union(*wanted.values())):
        found.setdefault(row.key, set()).add(row.mailbox)
    return {
        name: frozenset().union(*(found.get(key, ()) for key in its)) - {name}
        for name, its in wanted.items()
    }


def refresh(database: Database) -> None:
    """Rebuild an index that was made with other keys."""
    with database.read() as connection:
        stale = _stale(connection)
    if not stale:
        return
    with database.write() as connection:
        database.lock(connection, "correspondence")
        stale = _stale(connection)
        if _INDEX in stale:
            connection.execute(sa.delete(near_keys))
            for portion in portions(connection.execute(sa.select(domains.c.name)).scalars().all()):
                index(connection, database, portion)
            tally.put(connection, database, _INDEX, VERSION)
        if _LOCAL_INDEX in stale:
            connection.execute(sa.delete(local_keys))
            for portion in portions(
                connection.execute(sa.select(mailboxes.c.name)).scalars().all()
            ):
                index_mailboxes(connection, database, portion)
            tally.put(connection, database, _LOCAL_INDEX, people.VERSION)


def _stale(connection: sa.Connection) -> frozenset[str]:
    now = {_INDEX: VERSION, _LOCAL_INDEX: people.VERSION}
    return frozenset(name for name, made in now.items() if tally.get(connection, name) != made)


def _keys_of(name: str) -> frozenset[str]:
    try:
        return keys(DomainName.parse(name))
    except MalformedAddress:  # a registrable part by an older rule
        return frozenset()
