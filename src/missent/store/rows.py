"""Own how a hold stands in its rows: one of `holds`, one of `held_recipients` for each recipient."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa

from missent.judge.hold import HeldRecipient, Hold, Known, Owner, State
from missent.judge.plain import (
    envelope_from_plain,
    envelope_to_plain,
    mailbox_from_plain,
    verdict_from_plain,
    verdict_to_plain,
)
from missent.store.database import portions
from missent.store.schema import held_recipients, holds

_COLUMNS = [column for column in holds.c if column.name not in {"wrapped_key", "token_hash"}]


def load(connection: sa.Connection, query: sa.Select[tuple[str]]) -> tuple[Hold, ...]:
    """Read the holds whose ids `query` gives, in its order."""
    ids = [str(found) for found in connection.execute(query).scalars()]
    if not ids:
        return ()
    recipients: dict[str, list[sa.Row[tuple[object, ...]]]] = {hold_id: [] for hold_id in ids}
    read: dict[str, Hold] = {}
    for portion in portions(ids):
        mine = sa.select(held_recipients).where(held_recipients.c.hold_id.in_(portion))
        for row in connection.execute(mine.order_by(held_recipients.c.position)):
            recipients[row.hold_id].append(row)
        these = sa.select(*_COLUMNS).where(holds.c.hold_id.in_(portion))
        for row in connection.execute(these):
            read[row.hold_id] = _hold(row, recipients[row.hold_id])
    return tuple(read[hold_id] for hold_id in ids)


def one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Hold | None:
    """Read the one hold for which `condition` is true."""
    found = load(connection, sa.select(holds.c.hold_id).where(condition))
    return found[0] if found else None


def lock(connection: sa.Connection, hold_id: str) -> Hold | None:
    """Read a hold that this transaction will change; others wait."""
    mine = sa.select(holds.c.hold_id).where(holds.c.hold_id == hold_id).with_for_update()
    found = load(connection, mine)
    return found[0] if found else None


def hold_row(hold: Hold, wrapped_key: bytes, token_hash: str) -> dict[str, object]:
    """Write the row of a hold."""
    owner = hold.owner.mailbox
    return {
        "hold_id": hold.hold_id,
        "fingerprint": hold.fingerprint,
        "token_hash": token_hash,
        "envelope": json.dumps(envelope_to_plain(hold.envelope)),
        "message_sha256": hold.message_sha256,
        "size": hold.size,
        "sensitivity": hold.sensitivity,
        "held_at": hold.held_at,
        "expires_at": hold.expires_at,
        "owner": owner.folded if owner else None,
        "owner_wire": owner.wire if owner else None,
        "known_by": hold.owner.known_by.value,
        "legal_hold": hold.legal_hold,
        "prepared": hold.prepared,
        "undecided": bool(hold.open),
        "wrapped_key": wrapped_key or None,
    }


def recipient_rows(hold: Hold) -> list[dict[str, object]]:
    """Write the rows of a hold's recipients."""
    return [
        {
            "hold_id": hold.hold_id,
            "position": position,
            "mailbox": held.mailbox.folded,
            "wire": held.mailbox.wire,
            "state": held.state.value,
            "verdict": json.dumps(verdict_to_plain(held.verdict)),
            "corrected_to": held.corrected_to.wire if held.corrected_to else None,
            "release_at": held.release_at,
            "due_at": min(held.release_at or hold.expires_at, hold.expires_at)
            if held.state is State.HELD
            else None,
        }
        for position, held in enumerate(hold.recipients)
    ]


def _hold(
    row: sa.Row[tuple[object, ...]], recipients: Sequence[sa.Row[tuple[object, ...]]]
) -> Hold:
    owner = mailbox_from_plain(row.owner_wire) if row.owner_wire else None
    return Hold(
        hold_id=row.hold_id,
        envelope=envelope_from_plain(json.loads(row.envelope)),
        message_sha256=row.message_sha256,
        recipients=tuple(_recipient(recipient) for recipient in recipients),
        held_at=row.held_at,
        expires_at=row.expires_at,
        owner=Owner(owner, Known(row.known_by)),
        fingerprint=row.fingerprint,
        size=row.size,
        sensitivity=row.sensitivity,
        legal_hold=row.legal_hold,
        prepared=row.prepared,
    )


def _recipient(row: sa.Row[tuple[object, ...]]) -> HeldRecipient:
    return HeldRecipient(
        mailbox=mailbox_from_plain(row.wire),
        state=State(row.state),
        verdict=verdict_from_plain(json.loads(row.verdict)),
        corrected_to=mailbox_from_plain(row.corrected_to) if row.corrected_to else None,
        release_at=row.release_at,
    )
