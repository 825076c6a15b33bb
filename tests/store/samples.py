"""Own the small holds, jobs and events that tests of the store write."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from missent.judge.finding import Finding
from missent.judge.hold import Event, HeldRecipient, Hold, Known, Owner, State
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.ports import Job, JobKind, NewEvent, Step

NOW = datetime(2026, 3, 2, 9, 30, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANNA = Mailbox.parse("anna.lee@contractor.example")
JOHN = Mailbox.parse("John.Doe@army.ml")
RIGHT = Mailbox.parse("John.Doe@army.mil")
MARY = Mailbox.parse("mary@navy.ml")
QUOTA = 1000


class FakeClock:
    """A clock that stands still until it is set."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        """Give the time."""
        return self.at


def verdict(mailbox: Mailbox = JOHN, action: Action = Action.HOLD) -> Verdict:
    """Make a verdict with evidence."""
    finding = Finding(
        "domain_typo", mailbox.wire, 6.5, "army.ml never answered", RIGHT, {"suffix_slip": True}
    )
    return Verdict(mailbox, action, 0.97, 2, "suffix slip", (finding,), RIGHT)


def hold(hold_id: str = "hold1", *mailboxes: Mailbox) -> Hold:
    """Make a hold of these recipients."""
    held = mailboxes or (JOHN, MARY)
    envelope = Envelope(
        f"tx-{hold_id}",
        ANNA,
        tuple(Recipient(m, {"NOTIFY": "NEVER"}, raw=f"<{m.wire}>") for m in (*held, RIGHT)),
        NOW,
        {"SMTPUTF8": "", "ENVID": "e+20\N{SNOWMAN}"},
        authenticated_as="anna",
        client_address="192.0.2.7",
        extra={"queue": "4F"},
    )
    return Hold(
        hold_id=hold_id,
        envelope=envelope,
        message_sha256="ab" * 32,
        recipients=tuple(HeldRecipient(m, State.HELD, verdict(m)) for m in held),
        held_at=NOW,
        expires_at=NOW + 72 * HOUR,
        owner=Owner(ANNA, Known.LOGIN),
        fingerprint=f"print-{hold_id}",
        size=1234,
        sensitivity=2,
    )


def warned(hold_id: str, ends: datetime) -> Hold:
    """Make a hold whose one recipient waits out a grace period."""
    made = hold(hold_id, JOHN)
    recipient = replace(made.recipients[0], release_at=ends)
    return replace(made, recipients=(recipient,))


def event(kind: str = "hold.placed", subject: str = "hold1", at: datetime = NOW) -> NewEvent:
    """Make an audit event."""
    return NewEvent(kind, subject, "guard", at, {"size": 12, "ok": True, "none": None})


def job(kind: JobKind = JobKind.NOTICE, hold_id: str = "hold1", due: datetime = NOW) -> Job:
    """Make a job."""
    return Job(kind, hold_id, None, due, detail={"rule": "suffix slip"})


def step(
    what: Event,
    hold_id: str = "hold1",
    recipient: Mailbox = JOHN,
    *,
    corrected_to: Mailbox | None = None,
    jobs: tuple[Job, ...] = (),
) -> Step:
    """Make one move of a recipient."""
    audit = event(f"recipient.{what}", f"{hold_id}/{recipient.folded}")
    return Step(hold_id, recipient, what, NOW, audit, corrected_to, jobs)
