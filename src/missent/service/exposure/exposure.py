"""Own what an exposure is: names that could receive our mail, each with every factor of its estimate.

The rule: a product is never shown without its factors, and each factor says where it comes from. Nothing
here computes anything; `ranking` makes these values, `controllers` folds them, `plain` writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from missent.mail.domain import DomainName


class Source(StrEnum):
    """Where a figure comes from."""

    LOG = "log"
    """Counted in the organisation's own logs."""
    OPERATOR = "operator"
    """Written down by the operator."""
    LOOK_UP = "look-up"
    """Answered by the name system or a registry."""
    LIST = "list"
    """From the public suffix list and the registries' rules."""
    PRIOR = "prior"
    """From published cases: nothing is known of this organisation."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 90 % interval; all three are equal where it is known."""

    low: float
    mid: float
    high: float
    source: Source


class Mail(StrEnum):
    """What a name does with mail, as far as its records tell; nobody ever connects to find out."""

    UNKNOWN = "unknown"
    NONE = "none"
    """No MX and no address: mail bounces at once."""
    NULL = "null"
    """A null MX (RFC 7505): mail bounces at once."""
    ADDRESS = "address"
    """No MX, but an address (RFC 5321 §5.1): taken if anything listens there, else days of silence."""
    MX = "mx"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one name's registration."""

    registered: bool | None = None
    """None = nobody asked, or nobody answered."""
    mail: Mail = Mail.UNKNOWN
    mx: tuple[str, ...] = ()
    """Hosts that take its mail, as A-labels, in order of name."""
    nameservers: tuple[str, ...] = ()
    """In order of name."""
    registrar: str = ""
    at: datetime | None = None
    """When it was looked up."""


UNASKED = Standing()


@dataclass(frozen=True, slots=True)
class Controller:
    """Who could read what is sent to a name: whoever holds the name that decides."""

    match: str
    """The name, ``go.uk``, or a suffix with its dot, ``.ml``, where the slip lies in the suffix itself."""
    label: str
    """For people: ``Mali, registry of .ml``, ``whoever holds go.uk``."""


@dataclass(frozen=True, slots=True)
class Factors:
    """The five columns that are multiplied to the messages a year that a name is expected to receive."""

    volume: Estimate
    """Messages a year to the domain that is meant."""
    hand_typed: Estimate
    """The part of them whose address is typed, not taken from an answer or an address book."""
    slip: Estimate
    """Of addresses typed, the part that turns into exactly this name."""
    registrable: Estimate
    """Whether a stranger can hold the name: 0 to 1."""
    receiving: Estimate
    """Whether mail to it is taken: 0 to 1."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """One look-alike of one of our names."""

    domain: DomainName
    of: DomainName
    kind: str
    """The slip, as `lookalike.generate.Candidate.kind`."""
    phrase: str
    """What it does: ``drops the i of .mil``."""
    suffix_slip: bool
    open: bool | None
    """Whether an outsider can register it; None = the registry asks for more than money."""
    country: str | None
    """Whose registry gives out names there, in English; None for generic suffixes."""
    factors: Factors
    expected: Estimate
    """Messages a year: the product of the factors."""
    expected_share: float
    """Its part of what all look-alikes of `of` are expected to receive, jurisdiction not counted."""
    controller: Controller
    standing: Standing = UNASKED
    jurisdiction: str = ""
    """The operator's word for its country; empty if there is none."""
    weight: float = 1.0
    """What that word counts in the order of rows; the estimate is not changed by it."""

    @property
    def suffix(self) -> str:
        """Give its public suffix."""
        return self.domain.public_suffix


@dataclass(frozen=True, slots=True)
class Rule:
    """One line that covers many look-alikes: what a guard, a resolver or a registrar is told."""

    match: str
    """As `Controller.match`; or, over several names of ours, ``*.com`` (ours under another suffix, each
    held by a stranger of its own) and ``mil.*`` (our suffix with one more behind it); or
    ``mx:park.example``, for names whose mail goes to exactly the same servers."""
    covers: int
    """Look-alikes of the list that it covers."""
    of: int
    """Our names whose look-alikes these are."""
    share: float
    """Part of all that is expected to go astray."""
    expected: Estimate
    """Messages a year."""
    controller: str
    """For people."""
    examples: tuple[str, ...] = ()
    """At most three, the likeliest first."""


NOTE = 500
"""Characters of a review's note."""


class State(StrEnum):
    """What the operator decided about a name."""

    NEW = "new"
    WATCHED = "watched"
    BLOCKED = "blocked"
    REGISTERED = "registered"
    """By us."""
    ACCEPTED = "accepted"
    """Known, and nothing is done."""
    LEGITIMATE = "legitimate"
    """Somebody's own name, with whom we correspond."""


@dataclass(frozen=True, slots=True)
class Review:
    """The operator's decision about one name; it outlives every run."""

    domain: DomainName
    state: State
    note: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Exposure:
    """All of it: the outcome of one run."""

    at: datetime
    names: tuple[DomainName, ...]
    """Ours, as asked."""
    exposed: tuple[Exposed, ...]
    """The worst first: expected messages, times the weight of the jurisdiction."""
    rules: tuple[Rule, ...]
    total: Estimate
    """Messages a year over all look-alikes."""
    closed: int = 0
    """Look-alikes left out because their registry is closed to strangers: they bounce."""
    calibration: Mapping[str, str | float | int] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """Figures of the fit, for the report: ``bounces``, ``messages``, ``typed``, ``source``."""
    run_id: str = ""
    """Given by the store."""
