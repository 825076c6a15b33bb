"""Own the ports of exposure: where runs and reviews are kept, and who answers what is registered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from missent.mail.domain import DomainName
from missent.service.exposure.exposure import Exposure, Review, Standing
from missent.service.ports import NewEvent


class LookUps(Protocol):
    """Asks the operator's resolver or a registry; never the host that would take the mail."""

    def standings(self, names: Iterable[DomainName]) -> Mapping[DomainName, Standing]:
        """Give what is known of these registrable names; one that nobody answered for is `UNASKED`."""
        ...


class StandingStore(Protocol):
    """Keeps what was looked up, so that nobody is asked twice in a while."""

    def standings(
        self, names: Iterable[DomainName], since: datetime
    ) -> Mapping[DomainName, Standing]:
        """Give those looked up since a time."""
        ...

    def keep_standings(self, found: Mapping[DomainName, Standing]) -> None:
        """Keep these, in place of older ones; those without a time are left out."""
        ...


class ExposureStore(StandingStore, Protocol):
    """Keeps runs and reviews."""

    def known_standings(self, since: datetime) -> Mapping[DomainName, Standing]:
        """Give all that was looked up since a time."""
        ...

    def keep_run(self, exposure: Exposure, event: NewEvent) -> str:
        """Keep one run, audited; gives its id, which ends with `plain.about` its names. The newest 50 are
        kept."""
        ...

    def runs(self, limit: int = 50) -> tuple[tuple[str, datetime], ...]:
        """List runs as (id, time), the newest first."""
        ...

    def run(self, run_id: str) -> Exposure | None:
        """Read one run whole; None also for one that this version of the program cannot read."""
        ...

    def review(self, review: Review, event: NewEvent) -> None:
        """Keep what was decided about a name, audited."""
        ...

    def reviews(self) -> Mapping[DomainName, Review]:
        """Give the last decision about each name."""
        ...
