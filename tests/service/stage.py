"""A guard on a real store in a temporary directory, with a clock, ids and a relay of the test's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.metrics import Metric
from missent.service.answers import Answers
from missent.service.contents import NamesOnly
from missent.service.guard import Guard, Place
from missent.service.learning import Learning
from missent.service.notice import Notices
from missent.service.outbox import Outbox
from missent.service.ports import Exchange, Extractor, RelayAnswer, Sighting, SightingKind, Tallied
from missent.service.rulebook import Rulebook
from missent.service.settings import HoldSettings, Mode, PeopleSettings
from missent.store.seal import AesSealer
from missent.store.store import SqlStore, open_store

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OURS = DomainName.parse("contractor.example")
ANN = Mailbox.parse("ann@contractor.example")
MARY = Mailbox.parse("mary@army.mil")
JOHN = Mailbox.parse("john@army.mil")
TYPED = Mailbox.parse("john@army.ml")
OPERATOR = Mailbox.parse("postmaster@contractor.example")


class FakeClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> datetime:
        """Give the test's time."""
        return self.time

    def pass_(self, **delta: float) -> None:
        """Let time pass."""
        self.time += timedelta(**delta)


class CountingIds:
    """Ids in order."""

    def __init__(self) -> None:
        self.number = 0

    def hold_id(self) -> str:
        """Give the next hold id."""
        self.number += 1
        return f"hold{self.number:016d}"

    def code(self) -> str:
        """Give a code."""
        return "12345678"

    def transaction_id(self) -> str:
        """Give the next transaction id."""
        self.number += 1
        return f"t{self.number}"


@dataclass
class FakeRelay:
    """Keeps what it is handed; answers what the test says, then 250."""

    answers: list[RelayAnswer] = field(default_factory=list)
    sent: list[tuple[Envelope, bytes]] = field(default_factory=list)

    def send(self, envelope: Envelope, data: bytes) -> RelayAnswer:
        """Take one message, or refuse it."""
        answer = self.answers.pop(0) if self.answers else RelayAnswer(250, "2.0.0 Ok")
        if answer.accepted:
            self.sent.append((envelope, data))
        return answer

    def to(self, mailbox: Mailbox) -> list[bytes]:
        """Give what a mailbox got."""
        return [data for envelope, data in self.sent if mailbox in envelope.mailboxes]


class DirectRecorder:
    """Learns at once."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store

    def record(self, sightings: Sequence[Sighting], exchanges: Sequence[Exchange] = ()) -> None:
        """Remember these now."""
        self._store.learn(sightings)
        self._store.learn_exchanges(exchanges)

    def tally(self, what: Tallied, at: datetime) -> None:
        """Count now."""
        self._store.add_tallies({(at.date(), what): 1})


@dataclass
class Counted:
    """Counts by metric name."""

    counts: dict[str, int] = field(default_factory=dict)

    def count(self, metric: Metric, *labels: str) -> None:
        """Add one."""
        name = ":".join([metric.name, *labels])
        self.counts[name] = self.counts.get(name, 0) + 1


@dataclass
class Stage:
    """Everything a test of the service touches."""

    store: SqlStore
    clock: FakeClock
    relay: FakeRelay
    counters: Counted
    rulebook: Rulebook
    guard: Guard
    answers: Answers
    outbox: Outbox
    place: Place

    def token(self, hold_id: str) -> str:
        """Give a hold's page token."""
        return self.place.sealer.token(hold_id)

    def csrf(self, hold_id: str) -> str:
        """Give a hold's form token."""
        return self.place.sealer.sign("csrf", hold_id)


def build(
    path: Path,
    *,
    mode: Mode = Mode.ENFORCE,
    hold: HoldSettings | None = None,
    rules: Sequence[dict[str, object]] = (),
    through_guard: bool = False,
    extractor: Extractor | None = None,
) -> Stage:
    """Build a stage on a store in `path`; without an extractor attachments are names only."""
    clock, relay, counters = FakeClock(), FakeRelay(), Counted()
    store = open_store(f"sqlite:///{path / 'missent.db'}", node="test", clock=clock)
    place = Place(
        store,
        AesSealer(b"k" * 32),
        clock,
        CountingIds(),
        DirectRecorder(store),
        extractor or NamesOnly(),
    )
    organisation = Organisation("Contractor", (OURS,))
    people = PeopleSettings(OPERATOR, {})
    hold = hold or HoldSettings()
    rulebook = Rulebook(Policy.with_defaults(rules), mode, store, clock)
    guard = Guard(place, rulebook, organisation, people, hold)
    answers = Answers(place, guard, counters)
    notices = Notices(
        organisation_name="Contractor",
        base_url="https://missent.contractor.example",
        timezone="UTC",
        operator=OPERATOR,
    )
    outbox = Outbox(
        place,
        answers,
        relay,
        notices,
        Learning(store, organisation),
        people,
        hold,
        hostname="gw.contractor.example",
        through_guard=through_guard,
    )
    return Stage(store, clock, relay, counters, rulebook, guard, answers, outbox, place)


def mail(
    *to: str,
    subject: str = "Crew for Thursday",
    message_id: str | None = "<one@contractor.example>",
    extra: dict[str, str] | None = None,
) -> bytes:
    """Write a message of Ann's, with CRLF line ends."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "Ann <ann@contractor.example>"
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 09:00:00 +0000"
    if message_id:
        message["Message-ID"] = message_id
    for name, value in (extra or {}).items():
        message[name] = value
    message.set_content("The crew boards at nine.\n")
    return message.as_bytes()


def envelope(*recipients: Mailbox | Recipient, sender: Mailbox | None = ANN) -> Envelope:
    """Make an envelope from Ann."""
    boxes = tuple(r if isinstance(r, Recipient) else Recipient(r) for r in recipients)
    return Envelope("q1", sender, boxes, START, client_address="127.0.0.1")


def correspond(stage: Stage, mailbox: Mailbox, sent: int = 3, answered: int = 2) -> None:
    """Write a little history with a mailbox."""
    at = START - timedelta(days=60)
    sightings = [
        Sighting(
            SightingKind.SENT, mailbox, ANN, at + timedelta(days=n), f"<s{n}.{mailbox.folded}>"
        )
        for n in range(sent)
    ]
    sightings += [
        Sighting(
            SightingKind.ANSWERED, mailbox, ANN, at + timedelta(days=n), f"<a{n}.{mailbox.folded}>"
        )
        for n in range(answered)
    ]
    stage.store.learn(sightings)
