"""Own held messages: sealed chunks, holds, their recipients' states, and their destruction.

Theory of operation. Chunks come first, each durable and yet nothing but an orphan; `place` makes
hold, recipients, jobs and audit real in one transaction (law 4). Every later move is `apply`: it
locks the hold, looks the pair up in `judge.hold.TRANSITIONS`, and changes the recipient only if it is
still in the state that was read. With the last recipient closed the wrapped key and the chunks are
deleted in the same transaction; what SQLite's write-ahead log still holds of them goes with the next
`sweep`, and is unreadable without the master key until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from missent.errors import AlreadyDecided, QuotaExceeded, StoreUnavailable, UnknownHold
from missent.judge.hold import Event, HeldRecipient, Hold, State, step
from missent.mail.mailbox import Mailbox
from missent.service.ports import Job, NewEvent, Step
from missent.store import circle, outbox, rows, trail
from missent.store.database import Database, inserted
from missent.store.schema import chunks, held_recipients, holds, kept, sources

SOURCES_LAST = timedelta(days=366)
"""How long it is remembered that a message was counted."""


class SqlHolds:
    """Implements `ports.HoldStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- coming in -----------------------------------------------------------------------------

    def put_chunk(self, hold_id: str, index: int, sealed: bytes) -> None:
        """Write one sealed chunk, durable, before the hold exists; overwrites the same index."""
        row = {"sealed": sealed, "written_at": self.database.clock.now()}
        statement = self.database.insert(chunks).values(hold_id=hold_id, position=index, **row)
        with self.database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[chunks.c.hold_id, chunks.c.position], set_=row
                )
            )

    def place(
        self,
        hold: Hold,
        wrapped_key: bytes,
        token_hash: str,
        events: Sequence[NewEvent],
        jobs: Sequence[Job],
        quota: int,
    ) -> Hold:
        """Make hold, recipients, jobs and audit real in one transaction (see `ports.HoldStore`)."""
        owner = hold.owner.mailbox
        with self.database.write() as connection:
            self.database.lock(connection, f"owner {owner.folded if owner else ''}")
            earlier = rows.one(connection, holds.c.fingerprint == hold.fingerprint)
            if earlier is not None:
                return earlier
            if hold.open and owner is not None:
                _check_quota(connection, owner, quota)
            statement = self.database.insert(holds).values(
                rows.hold_row(hold, wrapped_key, token_hash)
            )
            fresh = statement.on_conflict_do_nothing(index_elements=[holds.c.fingerprint])
            if not inserted(connection, fresh):  # another node, in this very moment
                earlier = rows.one(connection, holds.c.fingerprint == hold.fingerprint)
                if earlier is None:
                    raise StoreUnavailable("the same message is being placed and withdrawn")
                return earlier
            connection.execute(sa.insert(held_recipients), rows.recipient_rows(hold))
            outbox.add(connection, jobs, waiting=hold.prepared)
            trail.append(self.database, connection, events)
        return hold

    def activate(self, hold_id: str, at: datetime) -> None:
        """Put a prepared hold in force: its jobs become due now. Idempotent."""
        with self.database.write() as connection:
            hold = _known(rows.lock(connection, hold_id))
            if hold.prepared:
                connection.execute(_this(hold_id).values(prepared=False))
                outbox.awaken(connection, hold_id, at)

    def withdraw(self, hold_id: str, event: NewEvent) -> None:
        """Remove a *prepared* hold, its bytes, jobs and key, as if it had never been; audited.

        One that is gone already is fine; `AlreadyDecided` for one in force.
        """
        with self.database.write() as connection:
            hold = rows.lock(connection, hold_id)
            if hold is None:
                return
            if not hold.prepared:
                raise AlreadyDecided("this hold is in force")
            _remove(connection, hold_id)
            trail.append(self.database, connection, [event])

    # --- looking -------------------------------------------------------------------------------

    def by_fingerprint(self, fingerprint: str) -> Hold | None:
        """Find the hold of an earlier try of the same message."""
        with self.database.read() as connection:
            return rows.one(connection, holds.c.fingerprint == fingerprint)

    def get(self, hold_id: str) -> Hold | None:
        """Read one hold."""
        with self.database.read() as connection:
            return rows.one(connection, holds.c.hold_id == hold_id)

    def by_token(self, token_hash: str) -> Hold | None:
        """Find the hold a link's token (SHA-256, hex) belongs to."""
        with self.database.read() as connection:
            return rows.one(connection, holds.c.token_hash == token_hash)

    def holds(
        self, *, open_only: bool = True, owner: Mailbox | None = None, limit: int = 1000
    ) -> tuple[Hold, ...]:
        """List holds in force, oldest first; `open_only` = some recipient awaits its decision."""
        query = sa.select(holds.c.hold_id).where(holds.c.prepared.is_(False))
        if open_only:
            query = query.where(holds.c.undecided.is_(True))
        if owner is not None:
            query = query.where(holds.c.owner == owner.folded)
        with self.database.read() as connection:
            ordered = query.order_by(holds.c.held_at, holds.c.hold_id)
            return rows.load(connection, ordered.limit(limit))

    def due(self, at: datetime, limit: int = 100) -> tuple[Hold, ...]:
        """List holds in force with a recipient still `held` whose expiry or grace has passed at `at`."""
        first = sa.func.min(held_recipients.c.due_at)
        query = (
            sa.select(holds.c.hold_id)
            .join(held_recipients)
            .where(held_recipients.c.due_at <= at, holds.c.prepared.is_(False))
            .group_by(holds.c.hold_id)
            .order_by(first, holds.c.hold_id)
        )
        with self.database.read() as connection:
            return rows.load(connection, query.limit(limit))

    def wrapped_key(self, hold_id: str) -> bytes | None:
        """Give the wrapped key; None once destroyed."""
        query = sa.select(holds.c.wrapped_key).where(holds.c.hold_id == hold_id)
        with self.database.read() as connection:
            key = connection.execute(query).scalar_one_or_none()
        return None if key is None else bytes(key)

    def chunks(self, hold_id: str) -> Iterator[bytes]:
        """Give the sealed chunks in order, each read for itself: memory holds one at a time.

        Raises `StoreUnavailable` if they are destroyed half-way.
        """
        mine = chunks.c.hold_id == hold_id
        query = sa.select(chunks.c.position).where(mine).order_by(chunks.c.position)
        with self.database.read() as connection:
            positions = connection.execute(query).scalars().all()
        for position in positions:
            single = sa.select(chunks.c.sealed).where(mine, chunks.c.position == position)
            with self.database.read() as connection:
                sealed = connection.execute(single).scalar_one_or_none()
            if sealed is None:
                raise StoreUnavailable(f"hold {hold_id}: the message was just destroyed")
            yield bytes(sealed)

    # --- moving --------------------------------------------------------------------------------

    def apply(self, step: Step) -> Hold:
        """Move one recipient by compare-and-set, with audit and jobs, in one transaction.

        Raises `UnknownHold` (also for one not in force yet), or `AlreadyDecided`.
        """
        with self.database.write() as connection:
            hold = _known(rows.lock(connection, step.hold_id))
            held = hold.recipient(step.recipient)
            if held is None or hold.prepared:
                raise UnknownHold
            _move(connection, held, step)
            outbox.add(connection, step.jobs)
            moved = _known(rows.one(connection, holds.c.hold_id == step.hold_id))
            connection.execute(_this(step.hold_id).values(undecided=bool(moved.open)))
            if moved.closed and not moved.legal_hold:
                _destroy(connection, step.hold_id)
            trail.append(self.database, connection, [step.audit])
        return moved

    def set_legal_hold(self, hold_id: str, value: bool, event: NewEvent) -> Hold:
        """Stop or allow destruction of one hold's bytes; lifting it from a closed hold destroys."""
        with self.database.write() as connection:
            hold = _known(rows.lock(connection, hold_id))
            connection.execute(_this(hold_id).values(legal_hold=value))
            if hold.closed and not value:
                _destroy(connection, hold_id)
            trail.append(self.database, connection, [event])
            return _known(rows.one(connection, holds.c.hold_id == hold_id))

    # --- ending --------------------------------------------------------------------------------

    def sweep(self, before: datetime) -> int:
        """Destroy orphaned chunks and prepared holds older than `before`; gives how many messages.

        Also forgets kept values that ran out and message names older than a year, and empties
        the write-ahead log of what was destroyed since the last time.
        """
        with self.database.write() as connection:
            swept = self._sweep_prepared(connection, before)
            orphans = _orphans(connection, before)
            connection.execute(sa.delete(chunks).where(chunks.c.hold_id.in_(orphans)))
            connection.execute(sa.delete(kept).where(kept.c.expires_at <= before))
            forgotten = sources.c.noted_at < before - SOURCES_LAST
            connection.execute(sa.delete(sources).where(forgotten))
            circle.forget(connection, before - SOURCES_LAST)
            trail.append(self.database, connection, swept)
        self.database.wipe()
        return len(swept) + len(orphans)

    def _sweep_prepared(self, connection: sa.Connection, before: datetime) -> list[NewEvent]:
        query = sa.select(holds.c.hold_id).where(
            holds.c.prepared.is_(True), holds.c.held_at < before
        )
        at = self.database.clock.now()
        ids = connection.execute(query.with_for_update(skip_locked=True)).scalars().all()
        for hold_id in ids:
            _remove(connection, hold_id)
        return [NewEvent("hold.swept", hold_id, "clock", at) for hold_id in ids]


def _known(hold: Hold | None) -> Hold:
    if hold is None:
        raise UnknownHold
    return hold


def _this(hold_id: str) -> sa.Update:
    return sa.update(holds).where(holds.c.hold_id == hold_id)


def _check_quota(connection: sa.Connection, owner: Mailbox, quota: int) -> None:
    undecided = sa.select(sa.func.count()).where(
        holds.c.owner == owner.folded, holds.c.undecided.is_(True)
    )
    if connection.execute(undecided).scalar_one() >= quota:
        raise QuotaExceeded


def _move(connection: sa.Connection, held: HeldRecipient, move: Step) -> None:
    state = step(held.state, move.event)
    values: dict[str, object] = {"state": state.value}
    if move.corrected_to is not None and move.event in {Event.CORRECT, Event.RETRY}:
        values["corrected_to"] = move.corrected_to.wire
    if state is not State.HELD:
        values["due_at"] = None
    mine = sa.update(held_recipients).where(
        held_recipients.c.hold_id == move.hold_id,
        held_recipients.c.mailbox == move.recipient.folded,
        held_recipients.c.state == held.state.value,
    )
    if connection.execute(mine.values(values)).rowcount != 1:
        raise AlreadyDecided(f"a recipient that was {held.state} has moved on")


def _destroy(connection: sa.Connection, hold_id: str) -> None:
    """Destroy what can be read of a message: its key and its bytes."""
    connection.execute(_this(hold_id).values(wrapped_key=None))
    connection.execute(sa.delete(chunks).where(chunks.c.hold_id == hold_id))


def _remove(connection: sa.Connection, hold_id: str) -> None:
    """Remove a hold as if it had never been; its recipients go with it."""
    connection.execute(sa.delete(chunks).where(chunks.c.hold_id == hold_id))
    outbox.drop(connection, hold_id)
    connection.execute(sa.delete(holds).where(holds.c.hold_id == hold_id))


def _orphans(connection: sa.Connection, before: datetime) -> Sequence[str]:
    """Name the messages that have chunks but no hold, all of them old."""
    query = (
        sa.select(chunks.c.hold_id)
        .outerjoin(holds, holds.c.hold_id == chunks.c.hold_id)
        .where(holds.c.hold_id.is_(None))
        .group_by(chunks.c.hold_id)
        .having(sa.func.max(chunks.c.written_at) < before)
    )
    return connection.execute(query).scalars().all()
