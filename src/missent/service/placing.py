"""Own how a judged message becomes a hold: who owns it, when it ends, which jobs go with it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from missent.judge.hold import HeldRecipient, Hold, Owner, State
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message
from missent.service.ports import Job, JobKind, NewEvent
from missent.service.settings import HoldSettings


@dataclass(frozen=True, slots=True)
class Sorted:
    """Where each recipient goes."""

    deliver: frozenset[Mailbox]
    doubtful: frozenset[Mailbox]
    """Held, or waiting out a warning's grace period."""
    waiting: frozenset[Mailbox]
    """Nothing is wrong with them; they wait because signed mail waits as a whole."""
    blocked: frozenset[Mailbox]

    @property
    def held(self) -> frozenset[Mailbox]:
        """Give the recipients whose copy is kept."""
        return self.doubtful | self.waiting


def sort(
    carried_out: Mapping[Mailbox, Verdict], message: Message, settings: HoldSettings
) -> Sorted:
    """Sort recipients by what is carried out; signed mail waits as a whole if one is doubtful."""
    doubtful, blocked, deliver = set(), set(), set()
    for mailbox, verdict in carried_out.items():
        waits = verdict.action is Action.HOLD or (verdict.action is Action.WARN and settings.grace)
        if verdict.action is Action.BLOCK:
            blocked.add(mailbox)
        elif waits:
            doubtful.add(mailbox)
        else:
            deliver.add(mailbox)
    waiting: set[Mailbox] = set()
    if doubtful and message.signed and settings.wait_when_signed:
        deliver, waiting = set(), deliver
    return Sorted(frozenset(deliver), frozenset(doubtful), frozenset(waiting), frozenset(blocked))


def fingerprint(envelope: Envelope, message: Message, salt: str = "") -> str:
    """Name a message so that a client's retry has the same name: envelope, Message-ID, body.

    Without a Message-ID the whole message counts, so that two alerts with one text stay two; `salt`
    tells one that is sent anew from the retry of an old one that is settled.
    """
    sender = envelope.sender.folded if envelope.sender else "<>"
    recipients = sorted({mailbox.folded for mailbox in envelope.mailboxes})
    text = "\0".join(
        [sender, *recipients, message.message_id or message.sha256, message.body_digest, salt]
    )
    return hashlib.sha256(text.encode()).hexdigest()


def same_message(earlier: Hold, message: Message) -> bool:
    """Tell whether an arrival with an earlier hold's fingerprint is a retry, not sent anew.

    After everything was cancelled, returned or dropped, sending again means sending again; without
    a Message-ID, so does any arrival after the earlier one was settled.
    """
    settled = all(
        r.state in {State.CANCELLED, State.RETURNED, State.DROPPED}
        and r.verdict.action is not Action.BLOCK
        for r in earlier.recipients
    )
    if message.message_id is None:
        return not earlier.closed
    return not settled


@dataclass(frozen=True, slots=True)
class Placing:
    """A hold about to be written, with all that goes into its transaction."""

    hold: Hold
    jobs: tuple[Job, ...]
    events: tuple[NewEvent, ...]


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message on its way into custody."""

    hold_id: str
    envelope: Envelope
    message: Message
    owner: Owner
    fingerprint: str


def place(
    incoming: Incoming,
    sorted_: Sorted,
    verdicts: Mapping[Mailbox, Verdict],
    settings: HoldSettings,
    at: datetime,
) -> Placing:
    """Write out the hold, its notice and reminders, and its audit events."""
    recipients = tuple(
        _recipient(mailbox, verdicts[mailbox], sorted_, at + settings.grace)
        for mailbox in incoming.envelope.mailboxes
        if mailbox in sorted_.held or mailbox in sorted_.blocked
    )
    hold = Hold(
        hold_id=incoming.hold_id,
        envelope=incoming.envelope,
        message_sha256=incoming.message.sha256,
        recipients=_once(recipients),
        held_at=at,
        expires_at=at + settings.expire_after,
        owner=incoming.owner,
        fingerprint=incoming.fingerprint,
        size=incoming.message.size,
        sensitivity=max((verdict.sensitivity for verdict in verdicts.values()), default=0),
    )
    return Placing(hold, tuple(_jobs(hold, sorted_, settings, at)), tuple(_events(hold, at)))


def _recipient(
    mailbox: Mailbox, verdict: Verdict, sorted_: Sorted, grace_ends: datetime
) -> HeldRecipient:
    if mailbox in sorted_.blocked:
        return HeldRecipient(mailbox, State.CANCELLED, verdict)
    warned = verdict.action is Action.WARN
    return HeldRecipient(mailbox, State.HELD, verdict, release_at=grace_ends if warned else None)


def _once(recipients: tuple[HeldRecipient, ...]) -> tuple[HeldRecipient, ...]:
    """Drop a recipient that was named twice; one copy is held, as one would be delivered."""
    return tuple({recipient.mailbox: recipient for recipient in recipients}.values())


def _jobs(hold: Hold, sorted_: Sorted, settings: HoldSettings, at: datetime) -> list[Job]:
    jobs = [
        Job(JobKind.REPORT, hold.hold_id, mailbox, at)
        for mailbox in sorted(sorted_.blocked, key=str)
    ]
    if not sorted_.held:
        return jobs
    jobs.append(Job(JobKind.NOTICE, hold.hold_id, None, at))
    reminders: Collection[timedelta] = [
        d for d in settings.remind_after if d < settings.expire_after
    ]
    if all(r.release_at for r in hold.recipients if r.mailbox in sorted_.doubtful):
        reminders = [d for d in reminders if d < settings.grace]
    jobs += [
        Job(JobKind.REMINDER, hold.hold_id, None, at + delay, serial=number)
        for number, delay in enumerate(reminders, 1)
    ]
    return jobs


def _events(hold: Hold, at: datetime) -> list[NewEvent]:
    placed = NewEvent(
        "hold.placed",
        hold.hold_id,
        "guard",
        at,
        {"owner": hold.owner.known_by.value, "recipients": len(hold.recipients), "size": hold.size},
    )
    return [placed] + [
        NewEvent(
            "recipient.blocked" if r.state is State.CANCELLED else "recipient.held",
            f"{hold.hold_id}/{r.mailbox.folded}",
            "guard",
            at,
            {"rule": r.verdict.rule, "misdirection": f"{r.verdict.misdirection:.4f}"},
        )
        for r in hold.recipients
    ]
