"""Own the outbox: jobs with leases, so that several workers and nodes share them.

A job has one idempotency key (kind, hold, recipient, serial). `enqueue` leaves an earlier job with
that key alone. A job that comes with a step of a hold replaces it under a new number: the old one
belongs to a state that has passed, and the worker that still has it in hand finishes a number
nobody waits for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from missent.judge.plain import mailbox_from_plain
from missent.service.ports import Job, JobKind
from missent.store.database import Database
from missent.store.schema import Moment, jobs

_ERROR_LENGTH = 500
_KEY = (jobs.c.kind, jobs.c.hold_id, jobs.c.recipient, jobs.c.serial)


class SqlOutbox:
    """Implements `ports.OutboxStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def enqueue(self, job: Job) -> None:
        """Add one job of its own; the same idempotency key twice is one job."""
        statement = self.database.insert(jobs).values(_row(job, waiting=False))
        with self.database.write() as connection:
            connection.execute(statement.on_conflict_do_nothing(index_elements=list(_KEY)))

    def lease(self, at: datetime, until: datetime, limit: int = 20) -> tuple[Job, ...]:
        """Take jobs that are due and not leased; theirs until `until`, then anybody's again."""
        due = (
            sa.select(jobs)
            .where(
                jobs.c.waiting.is_(False),
                jobs.c.due_at <= at,
                sa.or_(jobs.c.leased_until.is_(None), jobs.c.leased_until <= at),
            )
            .order_by(jobs.c.due_at, jobs.c.job_id)
            .limit(limit)
        )
        with self.database.read() as connection:  # an idle worker writes nothing
            if connection.execute(due.limit(1)).first() is None:
                return ()
        with self.database.write() as connection:
            rows = connection.execute(due.with_for_update(skip_locked=True)).all()
            taken = [row.job_id for row in rows]
            mine = sa.update(jobs).where(jobs.c.job_id.in_(taken)).values(leased_until=until)
            connection.execute(mine)
        return tuple(_job(row) for row in rows)

    def finish(self, job_id: int) -> None:
        """Drop a job that was done, or that has become pointless."""
        with self.database.write() as connection:
            connection.execute(sa.delete(jobs).where(jobs.c.job_id == job_id))

    def postpone(self, job_id: int, due_at: datetime, error: str) -> None:
        """Give a job back for later, one attempt counted; `error` is for the operator."""
        said = error.encode("utf-8", "replace").decode().replace("\0", "")[:_ERROR_LENGTH]
        later = sa.update(jobs).values(
            due_at=due_at, leased_until=None, attempts=jobs.c.attempts + 1, last_error=said
        )
        with self.database.write() as connection:
            connection.execute(later.where(jobs.c.job_id == job_id))

    def pending(self) -> Mapping[JobKind, int]:
        """Count the jobs of each kind, for `doctor` and the metrics."""
        query = sa.select(jobs.c.kind, sa.func.count()).group_by(jobs.c.kind)
        with self.database.read() as connection:
            found = {JobKind(kind): int(count) for kind, count in connection.execute(query)}
        return {kind: found.get(kind, 0) for kind in JobKind}


def add(connection: sa.Connection, new: Sequence[Job], *, waiting: bool = False) -> None:
    """Add the jobs that go with a hold or a step, in place of earlier ones with the same key."""
    rows = {_key(row): row for row in (_row(job, waiting=waiting) for job in new)}
    if rows:
        connection.execute(sa.delete(jobs).where(sa.tuple_(*_KEY).in_(list(rows))))
        connection.execute(sa.insert(jobs), list(rows.values()))


def awaken(connection: sa.Connection, hold_id: str, at: datetime) -> None:
    """Let a prepared hold's jobs become due: those meant for at once now, a reminder at its time."""
    due_at = sa.case((jobs.c.due_at < at, sa.literal(at, Moment())), else_=jobs.c.due_at)
    mine = sa.update(jobs).where(jobs.c.hold_id == hold_id)
    connection.execute(mine.values(waiting=False, due_at=due_at))


def drop(connection: sa.Connection, hold_id: str) -> None:
    """Remove all jobs of a hold."""
    connection.execute(sa.delete(jobs).where(jobs.c.hold_id == hold_id))


def _row(job: Job, *, waiting: bool) -> dict[str, object]:
    return {
        "kind": job.kind.value,
        "hold_id": job.hold_id,
        "recipient": job.recipient.folded if job.recipient else "",
        "recipient_wire": job.recipient.wire if job.recipient else None,
        "serial": job.serial,
        "due_at": job.due_at,
        "waiting": waiting,
        "leased_until": None,
        "attempts": job.attempts,
        "detail": json.dumps(dict(job.detail)),
        "last_error": None,
    }


def _key(row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(row[column.name] for column in _KEY)


def _job(row: sa.Row[tuple[object, ...]]) -> Job:
    return Job(
        kind=JobKind(row.kind),
        hold_id=row.hold_id,
        recipient=mailbox_from_plain(row.recipient_wire) if row.recipient_wire else None,
        due_at=row.due_at,
        serial=row.serial,
        job_id=row.job_id,
        attempts=row.attempts,
        detail=json.loads(row.detail),
    )
