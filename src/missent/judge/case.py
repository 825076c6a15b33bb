"""Own what the judge is given: one envelope, perhaps its message, and what is known of the names.

`Correspondence` is a *view*: a frozen snapshot of the rows that matter for this envelope, taken in
one read by the store, so that judging is pure and a verdict can be repeated later from the same
view. Trust follows DESIGN §3: sends make a target, answers make trust, validation exempts.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar

from missent.judge.circle import EMPTY, Circle
from missent.judge.published import NOTHING, Published
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message

T = TypeVar("T")
VALIDATION_LASTS = timedelta(days=90)
NEIGHBOURS = 64
"""Known names given for one written name, the best known first, so that no flood hides the right one."""
HALF_LIFE = timedelta(days=180)
"""After this long without mail, what was exchanged counts half."""


def fade(count: float, age: timedelta) -> float:
    """Give what `count` messages of that age are worth now."""
    return float(count * 0.5 ** (max(age, timedelta()) / HALF_LIFE))


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
    mailboxes: int = 0
    """Distinct mailboxes there that were written to; only known in hindsight."""
    once: int = 0
    """Of these, those that were written to once."""
    recent: float = 0.0
    """Messages either way, faded with `HALF_LIFE` to `last_seen`."""
    in_directory: bool = False
    """Listed in the operator's directory."""
    shipped: bool = False
    """In the file of public names that comes with Missent; set by the judge, never stored."""
    sent_by_sender: int = 0
    """Of `sent`, those by this case's sender."""
    validated: datetime | None = None
    """Last time *this sender* answered "send as typed" for exactly this mailbox (mailboxes only)."""

    def traffic(self, at: datetime) -> float:
        """Give how much mail there was, either way, as it counts at time `at`."""
        return fade(self.recent, at - self.last_seen) if self.last_seen else self.recent

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
class Namesake:
    """A known mailbox whose local part is near that of a recipient at the same domain."""

    mailbox: Mailbox
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
    namesakes: Mapping[str, tuple[Namesake, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """By ``Mailbox.folded`` of a recipient: known mailboxes that share a key of `local_keys`."""
    messages: int = 0
    """Outgoing messages the organisation has on record: 0 is a cold start."""
    circle: Circle = EMPTY
    """The sender's own correspondence around these recipients; empty where nobody keeps one."""
    hindsight: bool = False
    """Whether the records cover what came after the message, too, as an investigation's do: then it says
    nothing which of two names was known first, since that is where the sources happen to begin."""

    def domain(self, name: DomainName) -> Record:
        """Give the record of a domain, empty if nothing is known."""
        return self.domains.get(name.ascii, UNKNOWN)

    def mailbox(self, mailbox: Mailbox) -> Record:
        """Give the record of a mailbox, empty if nothing is known."""
        return self.mailboxes.get(mailbox.folded, UNKNOWN)

    def near_mailboxes(self, mailbox: Mailbox) -> tuple[Namesake, ...]:
        """Give the known mailboxes of the same domain near `mailbox`, in no particular order."""
        return self.namesakes.get(mailbox.folded, ())

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
        return _owns(self.domains, name)


@functools.lru_cache(maxsize=32_768)
def _owns(domains: tuple[DomainName, ...], name: DomainName) -> bool:
    return any(name.is_within(ours) for ours in domains)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the judge may look at."""

    envelope: Envelope
    message: Message | None
    """None where only an envelope is known: a check before Send, a bare log line, RCPT time."""
    correspondence: Correspondence
    organisation: Organisation
    at: datetime
    published: Published = NOTHING
    """What other organisations say of their names, in the files the operator loaded."""
    _derived: dict[Hashable, Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def derived(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what `make` makes of this case, made once: recipient after recipient asks for it.

        The key names maker and arguments; what is made must not be changed.
        """
        found: T | None = self._derived.get(key)
        if found is None:
            found = self._derived[key] = make()
        return found
