"""Own the ports of safety files: where those that were loaded are kept, and what counts of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from missent.judge.published import NOTHING, Published
from missent.mail.domain import DomainName
from missent.service.ports import NewEvent


@dataclass(frozen=True, slots=True)
class Kept:
    """One loaded file, as it was loaded."""

    publisher: DomainName
    text: str
    imported_at: datetime
    actor: str


class PublishedStore(Protocol):
    """Keeps one file of each publisher."""

    def published_stamps(self) -> Mapping[str, datetime]:
        """Give when the file of each publisher was loaded, by its name: cheap, asked every few seconds."""
        ...

    def published_files(self) -> tuple[Kept, ...]:
        """Give all files, in order of the publishers' names."""
        ...

    def keep_published(self, kept: Kept, event: NewEvent) -> None:
        """Keep a file in place of the publisher's earlier one, audited."""
        ...

    def remove_published(self, publisher: DomainName, event: NewEvent) -> bool:
        """Remove a publisher's file, audited; False, and no event, if there is none."""
        ...


class SafetyFiles(Protocol):
    """Knows what counts of the loaded files."""

    def now(self) -> Published:
        """Give what counts at this moment."""
        ...


class NoFiles:
    """Where none are loaded."""

    def now(self) -> Published:
        """Give nothing."""
        return NOTHING
