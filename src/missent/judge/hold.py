"""Own the life of a held recipient.

Theory of operation. A hold is one message with the recipients that did not leave. Each recipient
moves alone through the table below; there is no state of the whole but "some recipient is open".
Any pair that is not in the table raises, whoever asks: page, API, command line or clock. The
store applies a step by compare-and-set on (recipient, state), so of two racing answers one wins and
the other gets `AlreadyDecided`. `releasing` is entered, and committed, before the relay is called.

::

    held ──confirm──▶ confirmed ─┐
      │ ──correct──▶ corrected ──┴─send─▶ releasing ──accepted──▶ released
      │                              ▲        │ ──refused──▶ failed ──retry──▶ releasing
      │ ──cancel──▶ cancelled        └─defer──┘                └──cancel──▶ cancelled
      └──expire──▶ expired ──give_back──▶ returned
                       └────drop────────▶ dropped
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from missent.errors import AlreadyDecided
from missent.judge.verdict import Verdict
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox


class State(StrEnum):
    """Where one held recipient stands."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    RELEASING = "releasing"
    RELEASED = "released"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    RETURNED = "returned"
    DROPPED = "dropped"


class Event(StrEnum):
    """What may happen to one held recipient."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SEND = "send"
    ACCEPTED = "accepted"
    DEFER = "defer"
    REFUSED = "refused"
    RETRY = "retry"
    GIVE_BACK = "give_back"
    DROP = "drop"


TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.HELD, Event.CONFIRM): State.CONFIRMED,
        (State.HELD, Event.CORRECT): State.CORRECTED,
        (State.HELD, Event.CANCEL): State.CANCELLED,
        (State.HELD, Event.EXPIRE): State.EXPIRED,
        (State.CONFIRMED, Event.SEND): State.RELEASING,
        (State.CORRECTED, Event.SEND): State.RELEASING,
        (State.RELEASING, Event.SEND): State.RELEASING,  # a lease ran out: the worker died mid-way
        (State.RELEASING, Event.ACCEPTED): State.RELEASED,
        (State.RELEASING, Event.DEFER): State.RELEASING,
        (State.RELEASING, Event.REFUSED): State.FAILED,
        (State.FAILED, Event.RETRY): State.RELEASING,
        (State.FAILED, Event.CANCEL): State.CANCELLED,
        (State.EXPIRED, Event.GIVE_BACK): State.RETURNED,
        (State.EXPIRED, Event.DROP): State.DROPPED,
    }
)

CLOSED = frozenset({State.RELEASED, State.CANCELLED, State.RETURNED, State.DROPPED})
"""States in which a recipient needs the message's bytes no more."""


def step(state: State, event: Event) -> State:
    """Give the state after `event`; raises `AlreadyDecided` for a pair not in the table."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise AlreadyDecided(f"a recipient that is {state} cannot {event}") from None


class Known(StrEnum):
    """How we know who owns a message, strongest first (DESIGN §6, "Who is asked")."""

    LOGIN = "login"
    CERTIFICATE = "certificate"
    SUBMITTER = "submitter"
    MAIL_FROM = "mail_from"
    FROM = "from"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who decides about a hold; `mailbox` None means the operator alone."""

    mailbox: Mailbox | None
    known_by: Known


@dataclass(frozen=True, slots=True)
class HeldRecipient:
    """One recipient that did not leave."""

    mailbox: Mailbox
    state: State
    verdict: Verdict
    corrected_to: Mailbox | None = None
    release_at: datetime | None = None
    """End of the grace period of a *warn*; None = waits for the sender."""

    @property
    def goes_to(self) -> Mailbox:
        """Give the address a release is sent to."""
        return self.corrected_to or self.mailbox


@dataclass(frozen=True, slots=True)
class Hold:
    """One message of which at least one recipient was held."""

    hold_id: str
    envelope: Envelope
    """The whole transaction as it came, the recipients that left included."""
    message_sha256: str
    recipients: tuple[HeldRecipient, ...]
    held_at: datetime
    expires_at: datetime
    owner: Owner
    fingerprint: str
    """Of envelope, Message-ID and body: a client's retry finds the same hold."""
    size: int
    """Octets of the message."""
    sensitivity: int = 0
    """0-4, the highest among the verdicts; from 2 on the subject is not shown."""
    legal_hold: bool = False
    """Nothing of this hold is destroyed while set."""
    prepared: bool = False
    """Written but not yet in force: the next hop has not accepted the others' copy."""

    @property
    def open(self) -> tuple[HeldRecipient, ...]:
        """Give the recipients still waiting for a decision."""
        return tuple(r for r in self.recipients if r.state is State.HELD)

    @property
    def closed(self) -> bool:
        """Tell whether nobody needs the bytes any more."""
        return all(r.state in CLOSED for r in self.recipients)

    def recipient(self, mailbox: Mailbox) -> HeldRecipient | None:
        """Find one held recipient."""
        return next((r for r in self.recipients if r.mailbox == mailbox), None)


class Choice(StrEnum):
    """What may be decided about one held recipient."""

    CONFIRM = "confirm"
    CORRECT = "correct"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who decided, and how they were known: ``link``, ``code``, ``operator``, ``clock``, ``api``."""

    name: str
    known_by: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A decision about one held recipient."""

    hold_id: str
    recipient: Mailbox
    choice: Choice
    actor: Actor
    at: datetime
    corrected_to: Mailbox | None = None
