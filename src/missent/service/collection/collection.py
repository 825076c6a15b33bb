"""Own what a collector knows of the mail that strangers offer it: hits, pairs, organisations, items.

The rule: no content, no subject, no Message-ID stands in any of these. An address does, as in a mail log,
and only as long as it is needed to tell its sender.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

PERSISTENT = 3
"""Hits of one sender on one address from which on it is no slip of the hand any more but stored
somewhere: an address book, a list, a forwarding rule."""


class Likely(StrEnum):
    """What a hit probably was, by its envelope alone."""

    REAL = "real"
    """Somebody's mail, misdirected."""
    UNCLEAR = "unclear"
    SPAM = "spam"


class Check(StrEnum):
    """The outcome of a look-up about a client."""

    UNKNOWN = "unknown"
    """Nobody asked, or nobody answered."""
    PASS = "pass"  # noqa: S105 - the word of RFC 7208
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Hit:
    """One RCPT to a typo domain."""

    at: datetime
    client: str
    """IP address."""
    helo: str
    tls: bool
    sender: Mailbox | None
    """None = the null path: a bounce or a report."""
    typed: Mailbox
    meant: DomainName
    rcpts: int
    """Recipients asked for in the same transaction so far, this one included."""
    listed: bool | None = None
    """Whether the owner has a mailbox of that name at the domain that was meant; None = no directory."""
    aligned: Check = Check.UNKNOWN
    """SPF of the sender's domain (RFC 7208)."""
    confirmed: Check = Check.UNKNOWN
    """Forward-confirmed reverse name of the client."""
    logged_in: bool = False
    """Whether the client tried to log in, which is never offered."""

    @property
    def organisation(self) -> DomainName | None:
        """Give the sender's registrable domain; None for the null path and address literals."""
        if self.sender is None or self.sender.domain.is_literal:
            return None
        registrable = self.sender.domain.registrable
        return DomainName.parse(registrable) if registrable else self.sender.domain


@dataclass(frozen=True, slots=True)
class DayCount:
    """How often one organisation wrote to one typo domain on one day (UTC)."""

    day: date
    typed: DomainName
    meant: DomainName
    organisation: str
    """A-labels; empty for the null path and for all beyond the bound of one day."""
    likely: Likely
    hits: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One sender and one wrong address."""

    sender: Mailbox
    typed: Mailbox
    meant: DomainName
    first: datetime
    last: datetime
    hits: int
    days: int
    """Distinct days (UTC) with a hit."""
    likely: Likely
    told: datetime | None = None
    """When the sender's postmaster was last told of this pair."""
    client: str = ""
    """IP address that last sent it; empty where it is not kept."""

    @property
    def persistent(self) -> bool:
        """Whether it came often enough to be stored somewhere."""
        return self.hits >= PERSISTENT


@dataclass(frozen=True, slots=True)
class OrganisationRecord:
    """What is known of one sending organisation."""

    organisation: str
    first: datetime
    last: datetime
    hits: int
    real: int
    """Hits that were `Likely.REAL`."""
    aligned: int
    """Hits with SPF pass."""
    confirmed: int
    """Hits with a forward-confirmed client."""
    listed: int
    """Hits whose local part the owner's directory has."""


@dataclass(frozen=True, slots=True)
class Item:
    """One message that was sealed: what is known of it without the key."""

    item_id: str
    at: datetime
    typed: tuple[DomainName, ...]
    """Typo domains it was addressed to."""
    organisation: str
    size: int
    """Octets before sealing."""
    level: int
    """How sensitive, 0 to 4."""
    categories: tuple[tuple[str, int], ...]
    """Category and level, by name; never what was matched."""
    people: int
    """People whose data it holds, as far as lists were found."""
    likely: Likely
    expires_at: datetime
    destroyed_at: datetime | None = None
