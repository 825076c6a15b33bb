"""Own what an investigation says: one frozen value, from which every file of the report is made.

The rules: a count here is a count of messages unless its name says otherwise; a message to two wrong
recipients is one message. *Reached* means that the next server took it; what bounced or is still
queued is counted apart and never added in. Nothing found in a message stands here but categories,
levels and numbers (law 8); names of exposed people only where the operator asked for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

FORWARDING: Final = "forwarding rule"
ADDRESS_BOOK: Final = "address book"
"""Why a pair comes again (`Pair.habit`)."""


class Outcome(StrEnum):
    """What became of one message to one recipient, by the last word of the last server that logged it."""

    ACCEPTED = "accepted"
    """The next server took it; or it lies in an archive, which does not say more."""
    BOUNCED = "bounced"
    """Refused, given up after days, or thrown away by a server of ours."""
    PENDING = "pending"
    """Deferred, and nothing later in these sources."""


@dataclass(frozen=True, slots=True)
class Misdirected:
    """One message to one recipient who was not meant."""

    at: datetime
    """UTC: when it was handed over (logs), or its date (archives)."""
    sender: Mailbox | None
    """None: the null path, or not in these sources."""
    recipient: Mailbox
    meant: Mailbox | None
    """Who was meant; None if only the domain is doubted."""
    intended: DomainName
    """The domain that was meant."""
    outcome: Outcome
    misdirection: float
    """Probability, as the judge gave it."""
    rule: str
    """The policy rule that decided."""
    slip: str
    """Kind of slip, as in `lookalike.edits.Kind`."""
    suffix_slip: bool
    because: str = field(repr=False)
    """The judge's sentence about this recipient."""
    identity: str = ""
    """Names the message: Message-ID with angle brackets, else what the source has instead."""
    message_id: str | None = None
    queue_id: str | None = None
    relay: str = ""
    """The server it was handed to, as logged; empty for archives."""
    forwarded: bool = False
    """Resent, or with a rewritten return path: a rule sent it, not a person."""
    level: int | None = None
    """Sensitivity, 0 to 4; None where no source holds the content."""
    categories: Mapping[str, int] = field(default_factory=dict)
    """Category -> level, of what the content holds."""
    people: int = 0
    """People named in it; 0 where no source holds the content."""
    source: str = ""
    """Name of the input that says so."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One wrong domain, and what was sent there that it took."""

    domain: DomainName
    intended: DomainName
    slip: str
    suffix_slip: bool
    because: str
    messages: int
    """That reached it."""
    bounced: int
    pending: int
    senders: int
    recipients: int
    first: datetime
    last: datetime
    """Of those that reached it; of all, if none did."""
    misdirection: float
    """The highest probability given for a recipient there."""
    sensitive: int | None
    """Messages of level 2 or more; None where no content was seen."""
    country: str | None
    """Country whose registry gives the name out, English; None for generic suffixes."""
    registry: str
    """The public suffix."""
    open: bool | None
    """Whether an outsider can register there; None = not known."""
    servers: tuple[str, ...]
    """Mail servers that took it, as logged, the most used first; at most five."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One sender who wrote to one wrong mailbox."""

    sender: Mailbox | None
    recipient: Mailbox
    meant: Mailbox | None
    messages: int
    first: datetime
    last: datetime
    days: int
    """Different days on which it happened."""
    forwarded: int
    """Of the messages, those sent on by a rule."""
    habit: str
    """Why it comes again: `FORWARDING`, `ADDRESS_BOOK`, or empty for a slip of the hand."""


@dataclass(frozen=True, slots=True)
class Sender:
    """One sender to warn."""

    sender: Mailbox
    messages: int
    recipients: tuple[Mailbox, ...]
    """Wrong mailboxes, the most used first."""
    sensitive: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """One day (UTC) of the incident."""

    day: date
    messages: int
    sensitive: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """A destination the judge doubts, but not enough: for a person to look at. Not counted anywhere."""

    domain: DomainName
    intended: DomainName
    messages: int
    misdirection: float
    because: str


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What the misdirected messages held, where a source holds their content."""

    examined: int = 0
    """Messages that reached a wrong destination and whose content was read."""
    unread: int = 0
    """Of them, those with a part that could not be read."""
    unseen: int = 0
    """Messages that reached one, and of which no source holds the content."""
    sensitive: int = 0
    """Of the examined, those of level 2 or more."""
    by_level: Mapping[int, int] = field(default_factory=dict)
    by_category: Mapping[str, int] = field(default_factory=dict)
    """Category -> messages, the most first."""


@dataclass(frozen=True, slots=True)
class People:
    """Who is named in the misdirected messages that were read."""

    people: int = 0
    by_category: Mapping[str, int] = field(default_factory=dict)
    """Category -> people of whom such a thing is said, the most first."""
    names: tuple[str, ...] | None = field(default=None, repr=False)
    """Only with ``--with-names``; sorted."""


@dataclass(frozen=True, slots=True)
class Input:
    """One file that was read, or could not be."""

    name: str
    """As given, relative to the source named on the command line: no path of this machine."""
    kind: str
    """``postfix``, ``mbox``, ..."""
    sha256: str
    size: int
    """Octets, as stored."""
    read: int = 0
    """Messages of a log or an archive, rows of a trace."""
    unreadable: int = 0
    """Of them, those that could not be read; messages of an archive that have no date or author."""
    fault: str = ""
    """Why the file, or the rest of it, was skipped; empty if it was not."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Everything an investigation says."""

    ours: tuple[DomainName, ...]
    messages: int
    """Messages in the sources, each once as far as they tell."""
    since: datetime | None
    """The sources' first and last time stamp, UTC; None if they have none."""
    until: datetime | None
    misdirected: int
    """Messages that reached a wrong destination."""
    first: datetime | None
    last: datetime | None
    """Of these."""
    senders: int
    bounced: int
    """Messages to a wrong destination of which nothing reached it."""
    pending: int
    deliveries: tuple[Misdirected, ...]
    """Every one, whatever its outcome, by time."""
    destinations: tuple[Destination, ...]
    """Those that took something, the most messages first."""
    refused: tuple[Destination, ...]
    """Wrong domains that took nothing."""
    pairs: tuple[Pair, ...]
    """Every sender and wrong mailbox, the most messages first."""
    by_day: tuple[Day, ...]
    """Days on which anything reached a wrong destination."""
    sensitivity: Sensitivity
    people: People
    to_warn: tuple[Sender, ...]
    """The most messages first."""
    doubtful: tuple[Doubt, ...]
    """The most likely first."""
    limits: tuple[str, ...]
    """What the data cannot tell, one plain sentence each."""
    method: tuple[str, ...]
    """How it was found, one plain sentence each."""
    inputs: tuple[Input, ...]
    version: str

    @property
    def wrong(self) -> tuple[Destination, ...]:
        """Give every wrong domain once, whether or not it took anything, the most messages first."""
        every = {one.domain: one for one in (*self.refused, *self.destinations)}
        return tuple(sorted(every.values(), key=lambda one: (-one.messages, one.domain)))

    @property
    def persistent(self) -> tuple[Pair, ...]:
        """Give the pairs that came again for a reason, the most messages first."""
        return tuple(pair for pair in self.pairs if pair.habit)

    def senders_of(self, share: float = 0.8) -> int:
        """Count the fewest senders who account for this share of what reached a wrong destination."""
        wanted, found = share * sum(s.messages for s in self.to_warn), 0
        for count, sender in enumerate(self.to_warn, start=1):
            found += sender.messages
            if found >= wanted:
                return count
        return len(self.to_warn)
