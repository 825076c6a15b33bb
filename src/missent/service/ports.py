"""Own the ports: every way in which the service touches the world, as Protocols.

Implementations live in the edges (`store`, `net`, `web`) and meet in `wiring`. All calls are
synchronous and may block; edges call the service from a bounded thread pool. Every implementation of
a port passes the same contract tests (tests/contract/).

A method that writes is one transaction: it is durable when it returns, or it raises
`StoreUnavailable` and nothing of it remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from missent.judge.audit import AuditEvent
from missent.judge.case import Correspondence
from missent.judge.hold import Event, Hold
from missent.judge.terms import NO_WORDING, Wording
from missent.mail.attachment import Attachment
from missent.mail.document import Document
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.metrics import Metric

# --- small ports -------------------------------------------------------------------------------


class Clock(Protocol):
    """The time of day; tests own theirs."""

    def now(self) -> datetime:
        """Give the time, aware, in UTC."""
        ...


class Ids(Protocol):
    """Unguessable names."""

    def hold_id(self) -> str:
        """Give a new hold id: 20 characters of lower-case base 32, at least 96 random bits."""
        ...

    def code(self) -> str:
        """Give a fresh mailed code: 8 decimal digits."""
        ...

    def transaction_id(self) -> str:
        """Give a name for one SMTP transaction, for logs."""
        ...


class Sealer(Protocol):
    """Encryption at rest: one key a message, wrapped by a master key outside the database."""

    def new_key(self, hold_id: str) -> bytes:
        """Make a message key and give it wrapped, bound to `hold_id`."""
        ...

    def seal(self, wrapped: bytes, hold_id: str, index: int, chunk: bytes) -> bytes:
        """Encrypt chunk number `index`; bound to hold and position."""
        ...

    def open(self, wrapped: bytes, hold_id: str, index: int, sealed: bytes) -> bytes:
        """Decrypt one chunk. Raises `ServiceError` if it was altered, moved or the key is another's."""
        ...

    def token(self, hold_id: str) -> str:
        """Derive the page's link token: 256 bits, URL-safe; the store keeps only its hash."""
        ...

    def sign(self, purpose: str, text: str) -> str:
        """Sign `text` (HMAC-SHA-256, hex) for one purpose: CSRF, trace fields, mailed codes."""
        ...


@dataclass(frozen=True, slots=True)
class RelayAnswer:
    """What the next hop said to one hand-over. `code` 0 = it could not be reached."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """Whether the next hop took responsibility (2yz)."""
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        """Whether trying again is pointless (5yz)."""
        return self.code >= 500


class Relay(Protocol):
    """The listener behind the guard that takes released mail and notices."""

    def send(self, envelope: Envelope, data: bytes) -> RelayAnswer:
        """Hand one message over, with all its ESMTP and DSN parameters; never raises for SMTP trouble.

        `data` has CRLF line ends and is sent byte for byte (dot-stuffed on the wire).
        The envelope has one recipient, so one answer is the whole outcome.
        """
        ...


class Extractor(Protocol):
    """Reads attachments, where nothing in them can do harm."""

    def extract(self, attachments: Sequence[Attachment]) -> tuple[Document, ...]:
        """Give at least one document for each attachment, in order.

        Never raises: what could not be read is a document with a problem.
        """
        ...


class Recorder(Protocol):
    """Takes note of passing mail without making it wait; lossy by at most a second on a crash."""

    def record(self, sightings: Sequence[Sighting], exchanges: Sequence[Exchange] = ()) -> None:
        """Remember these soon."""
        ...

    def tally(self, what: Tallied, at: datetime) -> None:
        """Count one message towards the interruption budget of its day."""
        ...


class Counters(Protocol):
    """Where things are counted."""

    def count(self, metric: Metric, *labels: str) -> None:
        """Add one."""
        ...


# --- correspondence ----------------------------------------------------------------------------


class SightingKind(StrEnum):
    """What was seen between us and one outside mailbox."""

    SENT = "sent"
    ANSWERED = "answered"
    HEARD = "heard"
    HEARD_WEAKLY = "heard_weakly"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation about an outside mailbox; the only way anything is learned."""

    kind: SightingKind
    mailbox: Mailbox
    """Theirs."""
    person: Mailbox | None
    """Ours: who sent it or got it."""
    at: datetime
    message_id: str | None = None
    """Of a message we sent (`SENT`), so that an answer can be recognised."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One letter, as far as ties between people are learned from it; not a word of it (law 8)."""

    at: datetime
    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    """Those it went to now, inside and outside, each once; more of the same letter may follow."""
    ours: frozenset[Mailbox]
    """Which of them all are people of ours: only they keep ties."""
    message_id: str | None = None
    """Names the letter, so that it is counted once a recipient."""
    wording: Wording = NO_WORDING
    size: int = 0
    """Recipients the letter had altogether; 0 = `recipients` are all."""
    talk: bool = True
    """Whether it is part of a conversation; a log knows of none."""

    @property
    def company(self) -> int:
        """Give how many recipients the letter has, as far as known."""
        return max(self.size, len(self.recipients))


class CorrespondenceStore(Protocol):
    """What is known of names."""

    def view(
        self,
        sender: Mailbox | None,
        recipients: Sequence[Mailbox],
        at: datetime,
        wording: Wording = NO_WORDING,
    ) -> Correspondence:
        """Read, in one snapshot, all the judge needs for these recipients (see `Correspondence`).

        `wording` is that of the message to be judged: by it the conversation is found.

        Neighbours of a domain are found by a deletion index in constant time, over the whole name
        and over its registrable part, and by equal stem (the name without its public suffix).
        """
        ...

    def learn(self, sightings: Iterable[Sighting]) -> int:
        """Add observations; gives how many. A `SENT` with a message id is counted once a mailbox."""
        ...

    def learn_exchanges(self, exchanges: Iterable[Exchange]) -> int:
        """Add letters to the circles of our people; gives how many had anything new.

        A letter that names itself counts once a recipient within a year. They may come in any order;
        sums and times come out the same, of the last letters those learned last are kept.
        """
        ...

    def list_directory(self, people: Iterable[Mailbox], at: datetime) -> int:
        """Take this as the whole directory: others are no longer listed; gives how many are."""
        ...

    def sent_to(self, message_ids: Sequence[str], domain: DomainName) -> frozenset[Mailbox]:
        """Give our people who sent one of these Message-IDs to a mailbox of `domain`."""
        ...

    def validate(self, sender: Mailbox, recipient: Mailbox, at: datetime, actor: str) -> None:
        """Record "send as typed" by this sender for exactly this mailbox; audited."""
        ...

    def last_inbound(self) -> datetime | None:
        """Give when inbound mail was last noted; None = never. `doctor` asks."""
        ...


# --- holds -------------------------------------------------------------------------------------


class JobKind(StrEnum):
    """What the outbox can be asked to do."""

    NOTICE = "notice"
    """Tell the owner that a message waits."""
    REMINDER = "reminder"
    RELEASE = "release"
    """Send to one recipient."""
    RETURN = "return"
    """Give the original back to its sender after expiry."""
    REPORT = "report"
    """Tell the sender that a recipient was blocked, or that a release failed (RFC 3464)."""
    CODE = "code"
    """Mail a fresh code to the owner."""
    DIGEST = "digest"
    """Tell the operator how the guard is doing; of no hold, subject and text are the job's detail."""


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to be handed to the relay. (kind, hold_id, recipient, serial) is its idempotency key."""

    kind: JobKind
    hold_id: str
    recipient: Mailbox | None
    due_at: datetime
    serial: int = 0
    """Tells repeated jobs apart: the first and second reminder, a second correction."""
    job_id: int = 0
    """Given by the store."""
    attempts: int = 0
    detail: Mapping[str, str] = field(default_factory=dict)
    """Small facts the job needs, such as a blocked recipient's rule; never content."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An audit event before the store has chained it."""

    kind: str
    subject_id: str
    actor: str
    at: datetime
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One move of one held recipient, with what goes with it in the same transaction."""

    hold_id: str
    recipient: Mailbox
    event: Event
    at: datetime
    audit: NewEvent
    corrected_to: Mailbox | None = None
    jobs: tuple[Job, ...] = ()


class HoldStore(Protocol):
    """Held messages, their sealed bytes and their recipients' states."""

    def put_chunk(self, hold_id: str, index: int, sealed: bytes) -> None:
        """Write one sealed chunk, durable, before the hold exists; overwrites the same index."""
        ...

    def place(
        self,
        hold: Hold,
        wrapped_key: bytes,
        token_hash: str,
        events: Sequence[NewEvent],
        jobs: Sequence[Job],
        quota: int,
    ) -> Hold:
        """Make hold, recipients, notice and audit real in one transaction.

        If a hold with the same fingerprint exists, gives that one and writes nothing (the chunks
        just written become orphans). Raises `QuotaExceeded` if the owner already has `quota`
        undecided holds. A `prepared` hold gets its jobs stored but not due until `activate`.
        """
        ...

    def by_fingerprint(self, fingerprint: str) -> Hold | None:
        """Find the hold of an earlier try of the same message."""
        ...

    def activate(self, hold_id: str, at: datetime) -> None:
        """Put a prepared hold in force: its jobs become due now. Idempotent."""
        ...

    def withdraw(self, hold_id: str, event: NewEvent) -> None:
        """Remove a *prepared* hold, its bytes, jobs and key, as if it had never been; audited."""
        ...

    def get(self, hold_id: str) -> Hold | None:
        """Read one hold."""
        ...

    def by_token(self, token_hash: str) -> Hold | None:
        """Find the hold a link's token (SHA-256, hex) belongs to."""
        ...

    def holds(
        self, *, open_only: bool = True, owner: Mailbox | None = None, limit: int = 1000
    ) -> tuple[Hold, ...]:
        """List holds in force, oldest first."""
        ...

    def wrapped_key(self, hold_id: str) -> bytes | None:
        """Give the wrapped key; None once destroyed."""
        ...

    def chunks(self, hold_id: str) -> Iterator[bytes]:
        """Give the sealed chunks in order."""
        ...

    def apply(self, step: Step) -> Hold:
        """Move one recipient by compare-and-set, with audit and jobs, in one transaction.

        Raises `UnknownHold`, or `AlreadyDecided` for a pair not in `hold.TRANSITIONS`.
        When the last recipient closes, key and chunks are destroyed in the same transaction,
        unless `legal_hold`.
        """
        ...

    def due(self, at: datetime, limit: int = 100) -> tuple[Hold, ...]:
        """List holds in force with a recipient still `held` whose expiry or grace has passed at `at`."""
        ...

    def set_legal_hold(self, hold_id: str, value: bool, event: NewEvent) -> Hold:
        """Stop or allow destruction of one hold's bytes."""
        ...

    def sweep(self, before: datetime) -> int:
        """Destroy orphaned chunks and prepared holds older than `before`; gives how many holds."""
        ...


class OutboxStore(Protocol):
    """Work for the relay, leased so that several nodes share it."""

    def enqueue(self, job: Job) -> None:
        """Add one job of its own; the same idempotency key twice is one job."""
        ...

    def lease(self, at: datetime, until: datetime, limit: int = 20) -> tuple[Job, ...]:
        """Take jobs that are due and not leased; theirs until `until`, then anybody's again."""
        ...

    def finish(self, job_id: int) -> None:
        """Drop a job that was done, or that has become pointless."""
        ...

    def postpone(self, job_id: int, due_at: datetime, error: str) -> None:
        """Give a job back for later, one attempt counted; `error` is for the operator."""
        ...

    def pending(self) -> Mapping[JobKind, int]:
        """Count the jobs of each kind, for `doctor` and the metrics."""
        ...


class RegisterStore(Protocol):
    """Settings that are changed at run time, one-time marks and the audit trail."""

    def setting(self, name: str) -> str | None:
        """Read one run-time setting, such as ``mode`` or ``mode:<rule>``."""
        ...

    def settings(self) -> Mapping[str, str]:
        """Read all run-time settings."""
        ...

    def set_setting(self, name: str, value: str, event: NewEvent) -> None:
        """Change one run-time setting; audited."""
        ...

    def spend(self, mark: str, at: datetime) -> bool:
        """Use up a single-use mark (trace field, mailed code); False if it was used before."""
        ...

    def remember(self, name: str, value: str, expires_at: datetime) -> None:
        """Keep a small value for a while: a mailed code's hash, a check awaiting its answer."""
        ...

    def recall(self, name: str, at: datetime) -> str | None:
        """Read a kept value; None once expired."""
        ...

    def audit(self, event: NewEvent) -> None:
        """Chain one event of its own."""
        ...

    def trail(self) -> Iterator[tuple[str, AuditEvent, str]]:
        """Give the whole trail as (node, event, stored hash), node by node, oldest first."""
        ...


# --- the interruption budget -------------------------------------------------------------------


class Tallied(StrEnum):
    """What is counted of outgoing messages, each message once in its day (law 9)."""

    OUTGOING = "outgoing"
    """Judged, and not automatic."""
    HELD = "held"
    """With a recipient held."""
    FALSE = "false"
    """Of the held, those whose sender answered *send as typed*; counted on the day of the answer."""
    WARNED = "warned"
    """With a recipient warned of, and none held."""


@dataclass(frozen=True, slots=True)
class Validation:
    """One sender's "send as typed", last given at a time."""

    sender: Mailbox
    recipient: Mailbox
    at: datetime
    actor: str


class BudgetStore(Protocol):
    """What the interruption budget is computed from; days are days in UTC."""

    def add_tallies(self, counts: Mapping[tuple[date, Tallied], int]) -> None:
        """Add to what was counted on these days."""
        ...

    def tallies(self, since: date, until: date) -> Mapping[date, Mapping[Tallied, int]]:
        """Give what was counted on each day from `since` up to but not including `until`."""
        ...

    def decided(self, before: datetime, limit: int) -> tuple[Hold, ...]:
        """List holds made before a time of which every recipient is decided, the newest first."""
        ...

    def validations(self, since: datetime, limit: int) -> tuple[Validation, ...]:
        """List validations given since a time, the newest first."""
        ...


class Store(CorrespondenceStore, HoldStore, OutboxStore, RegisterStore, BudgetStore, Protocol):
    """All of it: one database, one schema."""

    def ready(self) -> None:
        """Prove that the store can commit; raises `StoreUnavailable`."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...
