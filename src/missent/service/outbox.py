"""Own what leaves Missent by itself: releases, notices, codes, returns; and what the clock does.

Theory of operation. A job is leased, done, and finished; a worker that dies lets the lease run out
and another takes the job. A release enters `releasing` by compare-and-set *before* the relay is
called, and `released` after its 250; dying in between is the one place where a copy can be sent
twice, since SMTP has no way to ask. A job whose reason is gone (a notice for a hold that was decided
meanwhile) is finished without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import format_datetime

from missent.errors import AlreadyDecided
from missent.judge.hold import Event, HeldRecipient, Hold, State
from missent.judge.verdict import Action
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import parse
from missent.mail.rewrite import apply, correct, neutralise
from missent.service.answers import Answers, code_of
from missent.service.custody import Custody
from missent.service.guard import Place
from missent.service.learning import Learning
from missent.service.notice import Notices
from missent.service.ports import Job, JobKind, NewEvent, Relay, RelayAnswer, Step
from missent.service.settings import HoldSettings, PeopleSettings
from missent.service.trace import Trace
from missent.service.waiting import SINCE, only_waits, release_job, set_free

LEASE = timedelta(minutes=5)
"""Longer than any hand-over: SMTP's own limit for the final dot is 10 minutes, ours 2."""
ROUND = 50
"""Jobs done before the clock is looked at again. Each is leased by itself: a worker that dies leaves
one job waiting for its lease to end, not a batch."""
FIRST_RETRY = timedelta(seconds=5)
LAST_RETRY = timedelta(hours=1)
GIVE_UP = timedelta(days=5)
"""RFC 5321 §4.5.4.1: at least 4-5 days."""
SWEEP_AFTER = timedelta(hours=6)
"""Orphans older than this are nobody's: no SMTP transaction lasts so long."""
_SENDABLE = frozenset({State.CONFIRMED, State.CORRECTED, State.RELEASING, State.FAILED})


class Outbox:
    """Does the jobs of the outbox, and what is due by the clock."""

    def __init__(
        self,
        place: Place,
        answers: Answers,
        relay: Relay,
        notices: Notices,
        learning: Learning,
        people: PeopleSettings,
        settings: HoldSettings,
        *,
        hostname: str,
        through_guard: bool = False,
    ) -> None:
        self._place = place
        self._answers = answers
        self._relay = relay
        self._notices = notices
        self._learning = learning
        self._people = people
        self._settings = settings
        self._hostname = hostname
        self._custody = Custody(place.store, place.sealer)
        self._trace = Trace(place.store, place.sealer) if through_guard else None

    # --- the outbox ----------------------------------------------------------------------------

    def work(self) -> int:
        """Do the jobs that are due; gives how many were taken."""
        for done in range(ROUND):
            at = self._place.clock.now()
            jobs = self._place.store.lease(at, at + LEASE, 1)
            if not jobs:
                return done
            try:
                self._do(jobs[0])
            except (
                Exception
            ) as error:  # whatever it was, the job is not lost and the next one comes
                self._later(jobs[0], type(error).__name__)
        return ROUND

    def _do(self, job: Job) -> None:
        if job.kind is JobKind.DIGEST:
            self._tell(job)
            return
        hold = self._place.store.get(job.hold_id)
        if hold is None:
            self._place.store.finish(job.job_id)
        elif job.kind is JobKind.RELEASE:
            self._release(job, hold)
        elif job.kind is JobKind.RETURN:
            self._give_back(job, hold)
        elif (mail := self._mail(job, hold)) is None:
            self._place.store.finish(job.job_id)
        else:
            reader = self._reader(hold)
            answer = self._relay.send(self._to(reader, job), mail)
            if answer.permanent and reader != self._people.operator:
                self._told(job, hold, answer)  # nobody there: the operator has to know
                answer = self._relay.send(self._to(self._people.operator, job), mail)
            if answer.accepted or answer.permanent:
                self._told(job, hold, answer)
                self._place.store.finish(job.job_id)
            else:
                self._later(job, f"{answer.code} from the relay")

    def _tell(self, job: Job) -> None:
        """Mail the operator what is not about one hold; refused for good, the trail still says it."""
        mail = self._notices.digest(
            job.detail["subject"],
            job.detail["text"],
            self._place.clock.now(),
            f"{job.kind.value}.{job.serial}",
        )
        answer = self._relay.send(self._to(self._people.operator, job), mail)
        if answer.accepted or answer.permanent:
            self._place.store.finish(job.job_id)
        else:
            self._later(job, f"{answer.code} from the relay")

    def _told(self, job: Job, hold: Hold, answer: RelayAnswer) -> None:
        kind = f"{job.kind.value}.sent" if answer.accepted else f"{job.kind.value}.refused"
        detail = {"code": answer.code, "serial": job.serial}
        self._place.store.audit(
            NewEvent(kind, hold.hold_id, "outbox", self._place.clock.now(), detail)
        )

    def _later(self, job: Job, error: str) -> None:
        delay = min(FIRST_RETRY * 2 ** min(job.attempts, 12), LAST_RETRY)
        self._place.store.postpone(job.job_id, self._place.clock.now() + delay, error)

    def _reader(self, hold: Hold) -> Mailbox:
        return hold.owner.mailbox or self._people.operator

    def _to(self, reader: Mailbox, job: Job) -> Envelope:
        parameters = {} if reader.wire.isascii() else {"SMTPUTF8": ""}
        at = self._place.clock.now()
        return Envelope(
            f"{job.kind.value}-{job.hold_id}", None, (Recipient(reader),), at, parameters
        )

    def _mail(self, job: Job, hold: Hold) -> bytes | None:
        """Compose what the job is about; None if there is nothing to say any more."""
        at = self._place.clock.now()
        message = self._answers.message(hold)
        view = self._answers.view(self._answers.page_token(hold))
        seed = f"{job.kind.value}.{job.serial}.{hold.hold_id}"
        reader = self._reader(hold)
        if job.kind in {JobKind.NOTICE, JobKind.REMINDER}:
            if not hold.open:
                return None
            compose = (
                self._notices.hold_notice if job.kind is JobKind.NOTICE else self._notices.reminder
            )
            return compose(view, reader, self._answers.page_token(hold), message, at, seed)
        if job.kind is JobKind.CODE:
            return self._notices.code_mail(
                view, reader, code_of(self._place, hold.hold_id, job.serial), at, seed
            )
        held = hold.recipient(job.recipient) if job.recipient else None
        if held is None:
            return None
        if held.verdict.action is Action.BLOCK:
            return self._notices.block_report(view, reader, (held,), message, at, seed)
        return self._notices.failure(
            view, reader, held, job.detail.get("answer", ""), message, at, seed
        )

    # --- release -------------------------------------------------------------------------------

    def _release(self, job: Job, hold: Hold) -> None:
        held = hold.recipient(job.recipient) if job.recipient else None
        if held is None or held.state not in _SENDABLE:
            self._place.store.finish(job.job_id)
            return
        data = self._custody.open(hold)
        if data is None:
            self._place.store.finish(job.job_id)
            return
        event = Event.RETRY if held.state is State.FAILED else Event.SEND
        self._step(hold, held, event, "recipient.releasing", {"attempt": job.attempts})
        answer = self._relay.send(
            self._envelope(hold, held), self._copy(hold, held, data, f"{job.job_id}.{job.attempts}")
        )
        if answer.accepted:
            self._step(hold, held, Event.ACCEPTED, "recipient.released", {"code": answer.code})
            self._learn(hold, held, data)
            self._place.store.finish(job.job_id)
        elif answer.permanent or self._place.clock.now() - _since(job) > GIVE_UP:
            failure = Job(
                JobKind.REPORT,
                hold.hold_id,
                held.mailbox,
                self._place.clock.now(),
                serial=job.attempts + 1,
                detail={"answer": f"{answer.code} {answer.text}"[:500]},
            )
            self._step(
                hold, held, Event.REFUSED, "recipient.failed", {"code": answer.code}, (failure,)
            )
            self._place.store.finish(job.job_id)
        else:
            self._step(hold, held, Event.DEFER, "recipient.deferred", {"code": answer.code})
            self._later(job, f"{answer.code} from the relay")

    def _envelope(self, hold: Hold, held: HeldRecipient) -> Envelope:
        original = next(r for r in hold.envelope.recipients if r.mailbox == held.mailbox)
        return replace(
            hold.envelope,
            recipients=(replace(original, mailbox=held.goes_to, resolved=None, raw=""),),
        )

    def _copy(self, hold: Hold, held: HeldRecipient, data: bytes, serial: str) -> bytes:
        """Give the bytes for one recipient: as they came, the visible typo apart, trace on top."""
        if not parse(data).signed:
            if held.corrected_to is not None:
                data = apply(data, correct(data, held.mailbox, held.corrected_to), ())
            others = {
                r.mailbox
                for r in hold.recipients
                if not only_waits(r) and r.mailbox != held.goes_to
            }
            data = apply(data, neutralise(data, others), ())
        when = format_datetime(self._place.clock.now())
        data = (
            f"Received: by {self._hostname} (Missent) id {hold.hold_id};\r\n\t{when}\r\n".encode()
            + data
        )
        return (
            data
            if self._trace is None
            else self._trace.mark(f"{hold.hold_id}.{serial}", held.goes_to, data)
        )

    def _learn(self, hold: Hold, held: HeldRecipient, data: bytes) -> None:
        if hold.envelope.sender is not None:
            at = self._place.clock.now()
            sender, message, to = hold.envelope.sender, parse(data), (held.goes_to,)
            seen = self._learning.outgoing(sender, to, message.message_id, at)
            self._place.recorder.record(seen, self._learning.sent(sender, to, message, at))

    # --- the clock -----------------------------------------------------------------------------

    def tick(self) -> int:
        """Do what time brings: end grace periods, expire what nobody decided; gives how many holds."""
        at = self._place.clock.now()
        due = self._place.store.due(at)
        for hold in due:
            self._end_grace(hold, at)
            if hold.expires_at <= at:
                self._expire(hold, at)
        return len(due)

    def sweep(self) -> int:
        """Destroy orphaned chunks and prepared holds nobody came back for."""
        return self._place.store.sweep(self._place.clock.now() - SWEEP_AFTER)

    def _end_grace(self, hold: Hold, at: datetime) -> None:
        """Send what was only warned of, unless it would carry a held address that cannot be edited."""
        if self._spreads(hold):
            return
        for held in hold.open:
            if held.release_at is not None and held.release_at <= at:
                jobs = (release_job(hold.hold_id, held.mailbox, at),)
                self._step(hold, held, Event.CONFIRM, "recipient.grace_over", {}, jobs)
        after = self._place.store.get(hold.hold_id)
        if after is not None:
            set_free(self._place.store, after, "clock", at)

    def _spreads(self, hold: Hold) -> bool:
        """Tell whether a copy sent now would name an address somebody still has to decide about."""
        if not self._settings.wait_when_signed or all(
            r.release_at or only_waits(r) for r in hold.open
        ):
            return False
        message = self._answers.message(hold)
        return message is not None and message.signed

    def _expire(self, hold: Hold, at: datetime) -> None:
        hold = self._place.store.get(hold.hold_id) or hold
        back = (
            (Job(JobKind.RETURN, hold.hold_id, None, at),)
            if self._settings.return_on_expiry
            else ()
        )
        for held in hold.open:
            self._step(hold, held, Event.EXPIRE, "recipient.expired", {}, back)
            if not self._settings.return_on_expiry:
                self._step(hold, held, Event.DROP, "recipient.dropped", {})

    def _give_back(self, job: Job, hold: Hold) -> None:
        expired = tuple(r for r in hold.recipients if r.state is State.EXPIRED)
        data = self._custody.open(hold)
        if not expired or data is None:
            self._place.store.finish(job.job_id)
            return
        view = self._answers.view(self._answers.page_token(hold))
        at = self._place.clock.now()
        reader = self._reader(hold)
        mail = self._notices.returned(view, reader, expired, data, at, f"return.{hold.hold_id}")
        answer = self._relay.send(self._to(reader, job), mail)
        if answer.accepted:
            for held in expired:
                self._step(hold, held, Event.GIVE_BACK, "recipient.returned", {"code": answer.code})
            self._place.store.finish(job.job_id)
        else:
            # Never given up: the original is in our hands alone, so the operator sees it wait.
            self._later(job, f"{answer.code} from the relay")

    def _step(
        self,
        hold: Hold,
        held: HeldRecipient,
        event: Event,
        kind: str,
        detail: Mapping[str, str | int | bool | None],
        jobs: tuple[Job, ...] = (),
    ) -> None:
        """Move one recipient; being late is not an error here, the winner did what was needed."""
        at = self._place.clock.now()
        audit = NewEvent(kind, f"{hold.hold_id}/{held.mailbox.folded}", "outbox", at, detail)
        try:
            self._place.store.apply(Step(hold.hold_id, held.mailbox, event, at, audit, None, jobs))
        except AlreadyDecided:
            if event in {Event.SEND, Event.RETRY}:
                raise


def _since(job: Job) -> datetime:
    """Give when a release was first asked for; `due_at` moves with every attempt."""
    since = job.detail.get(SINCE)
    return datetime.fromisoformat(since) if since else job.due_at
