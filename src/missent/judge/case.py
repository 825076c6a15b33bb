"""Own what the judge is given: one envelope, perhaps its message, and what is known of the names.

`Correspondence` is a *view*: a frozen snapshot of the rows that matter for this envelope, taken in
one read by the store, so that judging is pure and a verdict can be repeated later from the same
view. Trust follows DESIGN §3: sends make a target, answers make trust, validation exempts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message

VALIDATION_LASTS = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one name (a domain or one mailbox), over the whole organisation."""

    sent: int = 0
    """Messages we sent there. Makes it a possible target, never trusted (law 1)."""
    answered: int = 0
    """Answers as DESIGN §3 defines them: not automatic, to a Message-ID of ours, DMARC-aligned."""
    answered_people: int = 0
    """Distinct people here who got such an answer."""
    first_answer: datetime | None = None
    last_answer: datetime | None = None
    heard: int = 0
    """Authenticated inbound mail that answers nothing (unsolicited)."""
    heard_weakly: int = 0
    """Inbound mail whose authentication or automatic nature is unknown (archives, bare logs)."""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    in_directory: bool = False
    """Listed in the operator's directory."""
    shipped: bool = False
    """In the file of public names that comes with Missent; set by the judge, never stored."""
    sent_by_sender: int = 0
    """Of `sent`, those by this case's sender."""
    validated: datetime | None = None
    """Last time *this sender* answered "send as typed" for exactly this mailbox (mailboxes only)."""

    def validated_at(self, at: datetime) -> bool:
        """Tell whether this sender's validation still counts at time `at`."""
        return self.validated is not None and at - self.validated <= VALIDATION_LASTS


UNKNOWN = Record()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A known name near a written one, with its record: a candidate for what was meant."""

    domain: DomainName
    record: Record


@dataclass(frozen=True, slots=True)
class Correspondence:
    """A snapshot of every record the judge may need for one envelope."""

    domains: Mapping[str, Record] = field(default_factory=lambda: MappingProxyType({}))
    """Records by ``DomainName.ascii``: of each recipient's domain and of its registrable part."""
    mailboxes: Mapping[str, Record] = field(default_factory=lambda: MappingProxyType({}))
    """Records by ``Mailbox.folded``: of each recipient, and of the same local part at neighbours."""
    neighbours: Mapping[str, tuple[Neighbour, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By ``DomainName.ascii`` of a recipient's domain: known names that could have been meant."""
    messages: int = 0
    """Outgoing messages the organisation has on record: 0 is a cold start."""

    def domain(self, name: DomainName) -> Record:
        """Give the record of a domain, empty if nothing is known."""
        return self.domains.get(name.ascii, UNKNOWN)

    def mailbox(self, mailbox: Mailbox) -> Record:
        """Give the record of a mailbox, empty if nothing is known."""
        return self.mailboxes.get(mailbox.folded, UNKNOWN)

    def near(self, name: DomainName) -> tuple[Neighbour, ...]:
        """Give the known names near `name`, in no particular order."""
        return self.neighbours.get(name.ascii, ())


@dataclass(frozen=True, slots=True)
class Organisation:
    """Whose mail this is: the domains that are inside; everything else is outside."""

    name: str
    domains: tuple[DomainName, ...]

    def owns(self, name: DomainName) -> bool:
        """Tell whether a domain is one of ours or below one of ours."""
        return any(name.is_within(ours) for ours in self.domains)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the judge may look at."""

    envelope: Envelope
    message: Message | None
    """None where only an envelope is known: a check before Send, a bare log line, RCPT time."""
    correspondence: Correspondence
    organisation: Organisation
    at: datetime
