"""Own the service's settings as values; `config` reads them from TOML, tests make them by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from missent.mail.mailbox import Mailbox


class Mode(StrEnum):
    """How far a verdict is carried out (law 13)."""

    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True)
class HoldSettings:
    """How long things wait, and what silence means."""

    expire_after: timedelta = timedelta(hours=72)
    return_on_expiry: bool = True
    remind_after: tuple[timedelta, ...] = (timedelta(hours=1), timedelta(hours=24))
    grace: timedelta = timedelta(minutes=5)
    """A *warn* is delivered after this, unless the sender cancels; zero = only logged."""
    wait_when_signed: bool = True
    """On DKIM-signed mail the typo cannot be edited out: all recipients wait (`visible_typo`)."""
    quota: int = 2000
    """Undecided holds one owner may have; beyond it, 452."""


@dataclass(frozen=True, slots=True)
class PeopleSettings:
    """Who is asked."""

    operator: Mailbox
    owners: Mapping[Mailbox, Mailbox] = field(default_factory=dict)
    """Shared and role mailboxes, services -> the person who decides."""
