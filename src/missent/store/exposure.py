"""Own the runs of `missent expose`, what was looked up for them, and what was decided about names.

A run is kept whole, as it is published, so that a later program can compare it, but packed: it has a row
for each look-alike, a kilobyte each. Of many runs the newest fifty. A decision outlives every run. What was
looked up is kept until it is asked for again.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.service.exposure.exposure import Exposure, Mail, Review, Standing, State
from missent.service.exposure.plain import about, from_plain, to_plain
from missent.service.ports import NewEvent
from missent.store import trail
from missent.store.database import Database, portions
from missent.store.typo_tables import exposure_reviews, exposure_runs, standings

RUNS = 50
"""Runs that are kept."""


class SqlExposure:
    """Implements `exposure.ports.ExposureStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def keep_run(self, exposure: Exposure, event: NewEvent) -> str:
        """Keep one run, audited; gives its id. Only the newest 50 are kept."""
        table = exposure_runs
        run_id = f"{exposure.at:%Y%m%d-%H%M%S-%f}-{about(exposure.names)}"
        outcome = _packed(to_plain(replace(exposure, run_id=run_id)))
        with self.database.write() as connection:
            row = {"run_id": run_id, "at": exposure.at, "outcome": outcome}
            connection.execute(self.database.insert(table).on_conflict_do_nothing(), [row])
            newest = sa.select(table.c.run_id).order_by(table.c.at.desc(), table.c.run_id.desc())
            kept = connection.execute(newest.limit(RUNS)).scalars().all()
            connection.execute(sa.delete(table).where(table.c.run_id.not_in(kept)))
            trail.append(self.database, connection, [replace(event, subject_id=run_id)])
        return run_id

    def runs(self, limit: int = RUNS) -> tuple[tuple[str, datetime], ...]:
        """List runs as (id, time), the newest first."""
        table = exposure_runs
        query = sa.select(table.c.run_id, table.c.at).order_by(table.c.at.desc())
        with self.database.read() as connection:
            return tuple((row.run_id, row.at) for row in connection.execute(query.limit(limit)))

    def run(self, run_id: str) -> Exposure | None:
        """Read one run whole; None also for one that this version of the program cannot read."""
        query = sa.select(exposure_runs.c.outcome).where(exposure_runs.c.run_id == run_id)
        with self.database.read() as connection:
            found = connection.execute(query).scalar_one_or_none()
        try:
            return None if found is None else from_plain(_unpacked(found))
        except (KeyError, TypeError, ValueError, zlib.error, MalformedAddress):
            return None

    def review(self, review: Review, event: NewEvent) -> None:
        """Keep what was decided about a name, audited."""
        row = {
            "domain": review.domain.ascii,
            "state": review.state.value,
            "note": review.note,
            "actor": review.actor,
            "at": review.at,
        }
        with self.database.write() as connection:
            connection.execute(self.database.replace(exposure_reviews, ["domain"]), [row])
            trail.append(self.database, connection, [event])

    def reviews(self) -> Mapping[DomainName, Review]:
        """Give the last decision about each name."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(exposure_reviews)).all()
        found = (
            Review(DomainName.parse(row.domain), State(row.state), row.note, row.actor, row.at)
            for row in rows
        )
        return {review.domain: review for review in found}

    def standings(
        self, names: Iterable[DomainName], since: datetime
    ) -> Mapping[DomainName, Standing]:
        """Give those looked up since a time."""
        wanted, found = {name.ascii: name for name in names}, dict[DomainName, Standing]()
        with self.database.read() as connection:
            for portion in portions(wanted):
                query = sa.select(standings).where(
                    standings.c.domain.in_(portion), standings.c.at >= since
                )
                for row in connection.execute(query):
                    found[wanted[row.domain]] = _standing(row)
        return found

    def known_standings(self, since: datetime) -> Mapping[DomainName, Standing]:
        """Give all that was looked up since a time."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(standings).where(standings.c.at >= since)).all()
        return {DomainName.parse(row.domain): _standing(row) for row in rows}

    def keep_standings(self, found: Mapping[DomainName, Standing]) -> None:
        """Keep these, in place of older ones; those without a time are left out."""
        rows = [
            {
                "domain": name.ascii,
                "at": standing.at,
                "registered": standing.registered,
                "mail": standing.mail.value,
                "mx": " ".join(standing.mx),
                "nameservers": " ".join(standing.nameservers),
                "registrar": standing.registrar,
            }
            for name, standing in sorted(found.items(), key=lambda pair: pair[0].ascii)
            if standing.at is not None
        ]
        if rows:
            with self.database.write() as connection:
                connection.execute(self.database.replace(standings, ["domain"]), rows)


def _standing(row: sa.Row[tuple[object, ...]]) -> Standing:
    return Standing(
        row.registered,
        Mail(row.mail),
        tuple(row.mx.split()),
        tuple(row.nameservers.split()),
        row.registrar,
        row.at,
    )


def _packed(plain: Mapping[str, Any]) -> str:
    text = json.dumps(plain, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), level=1)).decode("ascii")


def _unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))
