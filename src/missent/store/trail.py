"""Own the writing of the audit chain: always the last thing in a transaction.

The chain's head is a row of its own; whoever appends locks it, so that two transactions of one node
cannot both follow the same event. Times are kept in UTC, since the digest covers their text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC

import sqlalchemy as sa

from missent.judge.audit import GENESIS, AuditEvent
from missent.service.ports import NewEvent
from missent.store.database import Database
from missent.store.schema import audit_events, audit_heads


def append(database: Database, connection: sa.Connection, events: Sequence[NewEvent]) -> None:
    """Chain events to this node's trail, in order."""
    if not events:
        return
    number, previous = _head(database, connection)
    rows = []
    for event in events:
        number += 1
        chained = _chained(event, previous)
        rows.append({"node": database.node, "number": number, **_row(chained)})
        previous = chained.digest()
    connection.execute(sa.insert(audit_events), rows)
    connection.execute(
        sa.update(audit_heads)
        .where(audit_heads.c.node == database.node)
        .values(number=number, digest=previous)
    )


def _head(database: Database, connection: sa.Connection) -> tuple[int, str]:
    mine = (
        sa.select(audit_heads.c.number, audit_heads.c.digest)
        .where(audit_heads.c.node == database.node)
        .with_for_update()
    )
    found = connection.execute(mine).one_or_none()
    if found is None:
        first = {"node": database.node, "number": 0, "digest": GENESIS}
        statement = database.insert(audit_heads).values(first)
        connection.execute(statement.on_conflict_do_nothing())
        found = connection.execute(mine).one()
    return found.number, found.digest


def _chained(event: NewEvent, previous: str) -> AuditEvent:
    at = event.at.astimezone(UTC)
    return AuditEvent(event.kind, event.subject_id, event.actor, at, event.detail, previous)


def _row(event: AuditEvent) -> dict[str, object]:
    return {
        "kind": event.kind,
        "subject_id": event.subject_id,
        "actor": event.actor,
        "at": event.at,
        "detail": json.dumps(dict(event.detail), sort_keys=True),
        "previous": event.previous,
        "digest": event.digest(),
    }


def read(row: sa.Row[tuple[object, ...]]) -> tuple[str, AuditEvent, str]:
    """Read a row of `audit_events` as (node, event, stored hash)."""
    event = AuditEvent(
        row.kind, row.subject_id, row.actor, row.at, json.loads(row.detail), row.previous
    )
    return row.node, event, row.digest
