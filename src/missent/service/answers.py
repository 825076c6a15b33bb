"""Own the carrying out of answers: what the page, the API and the command line ask of a hold.

Theory of operation. An answer is one step in `hold.TRANSITIONS`, applied by compare-and-set together
with its audit event and its release job; whoever comes second gets `AlreadyDecided`. A correction is
judged like new mail first (law 6). What the link alone may not do needs a code that was mailed to
the owner; the code is derived, never stored, and dies after five wrong tries or a quarter of an hour.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from mimetypes import guess_type

from missent.errors import AlreadyDecided, AnswerRefused, StillHeld, UnknownHold
from missent.judge.hold import Actor, Answer, Choice, Event, HeldRecipient, Hold, State
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message, parse
from missent.mail.mime import Part
from missent.metrics import ANSWERS, FALSE_HOLDS, HELD_MESSAGES, OLDEST_HELD_SECONDS, OUTBOX_PENDING
from missent.service.budget import gauges, sent_as_typed
from missent.service.custody import Custody
from missent.service.desk import (
    AnsweredView,
    CheckRequest,
    CheckResult,
    HoldView,
    RecipientView,
    RowAnswer,
)
from missent.service.guard import Guard, Place, hash_token
from missent.service.notice import CODE_LASTS
from missent.service.ports import Counters, Job, JobKind, NewEvent, Step, Tallied
from missent.service.waiting import doubtful_open, only_waits, release_job, set_free

CODE_TRIES = 5
CODES_AN_HOUR = 5
"""Mailed for one hold; whoever has only the link can neither flood the owner nor go on guessing."""
CHECK_LASTS = timedelta(days=1)
SENSITIVE = 2
"""From this level on the subject is not shown and *send as typed* needs proof."""
STRONG_SLIP = 0.5
"""From this probability on *send as typed* needs proof."""
_EVENTS = {
    Choice.CONFIRM: Event.CONFIRM,
    Choice.CORRECT: Event.CORRECT,
    Choice.CANCEL: Event.CANCEL,
}


class Answers:
    """The desk: implements `desk.Desk`, and `give` for the operator's command line."""

    def __init__(self, place: Place, guard: Guard, counters: Counters) -> None:
        self._place = place
        self._guard = guard
        self._counters = counters
        self._custody = Custody(place.store, place.sealer)

    # --- the sender's page ---------------------------------------------------------------------

    def view(self, token: str) -> HoldView:
        """Show a hold. Never changes anything."""
        return self._view(self._by_token(token))

    def answer(
        self, token: str, csrf: str, answers: Mapping[Mailbox, RowAnswer], code: str | None
    ) -> AnsweredView:
        """Carry out one page of answers, or mail a code first where the link may not."""
        hold = self._by_token(token)
        if not hmac.compare_digest(csrf, self._csrf(hold)):
            raise AnswerRefused("the form is not from this page")
        rows = {row.held.mailbox: row for row in self._view(hold).rows}
        if not answers or any(mailbox not in rows for mailbox in answers):
            raise AnswerRefused("the form names a row that is not there")
        known_by = "link"
        if not all(_link_may(rows[mailbox], answer) for mailbox, answer in answers.items()):
            if code is None:
                self._mail_code(hold)
                return AnsweredView(self._view(hold), {}, code_sent=True)
            if not self._code_fits(hold, code):
                return AnsweredView(self._view(hold), {}, code_wrong=True)
            known_by = "code"
        actor = Actor(hold.owner.mailbox.folded if hold.owner.mailbox else "operator", known_by)
        asked_again = self._give_all(hold, answers, actor)
        return AnsweredView(self._view(self._by_token(token)), asked_again)

    def _give_all(
        self, hold: Hold, answers: Mapping[Mailbox, RowAnswer], actor: Actor
    ) -> dict[Mailbox, str]:
        asked_again: dict[Mailbox, str] = {}
        at = self._place.clock.now()
        for mailbox, row in sorted(answers.items(), key=lambda item: _turn(hold, *item)):
            try:
                self.give(Answer(hold.hold_id, mailbox, row.choice, actor, at, row.corrected_to))
            except StillHeld as refused:
                asked_again[mailbox] = refused.because
            except AlreadyDecided:
                if (
                    _turn(hold, mailbox, row) != _LAST
                ):  # else it was set free a moment ago, as asked
                    asked_again[mailbox] = (
                        "somebody, or the deadline, was first; nothing was changed"
                    )
        return asked_again

    # --- one answer ----------------------------------------------------------------------------

    def give(self, answer: Answer) -> Hold:
        """Carry out one answer. Raises `UnknownHold`, `AlreadyDecided`, `StillHeld`."""
        hold = self._place.store.get(answer.hold_id)
        held = hold.recipient(answer.recipient) if hold and not hold.prepared else None
        if hold is None or held is None:
            raise UnknownHold
        answer = self._plain(hold, answer)
        if answer.choice is Choice.CONFIRM and only_waits(held) and doubtful_open(hold):
            raise StillHeld(
                "it waits with the others: decide about the doubtful address first", None
            )
        if answer.choice is Choice.CORRECT:
            self._judge_correction(hold, held, answer)
        after = self._place.store.apply(self._step(answer))
        self._counters.count(ANSWERS, answer.choice.value)
        if answer.choice is Choice.CONFIRM:
            self._validate(hold, held, answer)
        return set_free(self._place.store, after, answer.actor.name, answer.at)

    def _plain(self, hold: Hold, answer: Answer) -> Answer:
        """Turn a correction to somebody who is served into a cancel; refuse one to the typo itself."""
        if answer.choice is not Choice.CORRECT:
            return replace(answer, corrected_to=None)
        if answer.corrected_to is None:
            raise AnswerRefused("a correction needs an address")
        if answer.corrected_to == answer.recipient:
            raise StillHeld(
                "that is the address as typed; to send it there, choose to send as typed", None
            )
        others = [r for r in hold.recipients if r.mailbox != answer.recipient]
        held = {r.mailbox for r in hold.recipients}
        served = {m for m in hold.envelope.mailboxes if m not in held}
        served |= {
            r.goes_to for r in others if r.state in _LEAVING or (only_waits(r) and r in hold.open)
        }
        if answer.corrected_to in served:
            return replace(answer, choice=Choice.CANCEL, corrected_to=None)
        return answer

    def _judge_correction(self, hold: Hold, held: HeldRecipient, answer: Answer) -> None:
        """Judge the corrected address like new mail; a doubtful one is asked about once (law 6)."""
        right = answer.corrected_to
        if right is None:
            return
        data = self._custody.open(hold)
        message = self._guard.read(data) if data is not None else None
        envelope = replace(hold.envelope, recipients=(Recipient(right),))
        verdict = self._guard.judge(envelope, message)[0]
        if verdict.action.severity < Action.HOLD.severity:
            return
        if verdict.action is Action.BLOCK:
            raise StillHeld(
                f"your organisation's policy blocks this address (rule {verdict.rule})", None
            )
        asked = f"asked:{hold.hold_id}:{held.mailbox.folded}:{right.folded}"
        if self._place.store.recall(asked, answer.at) is None:
            self._place.store.remember(asked, answer.actor.known_by, hold.expires_at)
            suggestion = verdict.suggestion.wire if verdict.suggestion else None
            raise StillHeld(verdict.because, suggestion)

    def _step(self, answer: Answer) -> Step:
        subject = f"{answer.hold_id}/{answer.recipient.folded}"
        detail: dict[str, str | int | bool | None] = {"known_by": answer.actor.known_by}
        if answer.corrected_to is not None:
            detail["corrected_to"] = answer.corrected_to.folded
        kinds = {
            Choice.CONFIRM: "confirmed",
            Choice.CORRECT: "corrected",
            Choice.CANCEL: "cancelled",
        }
        event = NewEvent(
            f"recipient.{kinds[answer.choice]}", subject, answer.actor.name, answer.at, detail
        )
        jobs: tuple[Job, ...] = ()
        if answer.choice is not Choice.CANCEL:
            jobs = (release_job(answer.hold_id, answer.recipient, answer.at),)
        return Step(
            answer.hold_id,
            answer.recipient,
            _EVENTS[answer.choice],
            answer.at,
            event,
            answer.corrected_to,
            jobs,
        )

    def _validate(self, hold: Hold, held: HeldRecipient, answer: Answer) -> None:
        """Remember "send as typed" for this sender, whoever answered for them; silence validates nobody."""
        if held.verdict.action is Action.DELIVER:
            return
        if held.verdict.action.severity >= Action.HOLD.severity:
            self._counters.count(FALSE_HOLDS)
            if not any(sent_as_typed(other) for other in hold.recipients):  # once a message
                self._place.recorder.tally(Tallied.FALSE, answer.at)
        sender = hold.envelope.sender
        if sender is not None and answer.actor.known_by != "clock":
            self._place.store.validate(sender, held.mailbox, answer.at, answer.actor.name)

    def retry(self, hold_id: str, recipient: Mailbox, actor: Actor) -> Hold:
        """Try a refused release once more. Raises `AlreadyDecided` unless it has failed."""
        hold = self._place.store.get(hold_id)
        held = hold.recipient(recipient) if hold else None
        if hold is None or held is None:
            raise UnknownHold
        at = self._place.clock.now()
        subject = f"{hold_id}/{recipient.folded}"
        event = NewEvent("recipient.retried", subject, actor.name, at)
        jobs = (release_job(hold_id, recipient, at),)
        return self._place.store.apply(Step(hold_id, recipient, Event.RETRY, at, event, None, jobs))

    def cancel(self, hold_id: str, recipient: Mailbox, actor: str) -> Hold:
        """Cancel one recipient on somebody's behalf."""
        at = self._place.clock.now()
        return self.give(Answer(hold_id, recipient, Choice.CANCEL, Actor(actor, "operator"), at))

    def keep(self, hold_id: str, value: bool, actor: Actor) -> Hold:
        """Put a hold under legal hold, or take it off; audited."""
        event = NewEvent(
            "hold.kept" if value else "hold.unkept", hold_id, actor.name, self._place.clock.now()
        )
        return self._place.store.set_legal_hold(hold_id, value, event)

    # --- views and codes -----------------------------------------------------------------------

    def _by_token(self, token: str) -> Hold:
        hold = self._place.store.by_token(hash_token(token))
        if hold is None or hold.prepared:
            raise UnknownHold
        return hold

    def _view(self, hold: Hold) -> HoldView:
        held = {r.mailbox for r in hold.recipients}
        rows = tuple(
            RecipientView(r, _link_choices(hold, r), waits_only=r.verdict.action is Action.DELIVER)
            for r in hold.recipients
        )
        passed = tuple(m for m in dict.fromkeys(hold.envelope.mailboxes) if m not in held)
        return HoldView(hold, rows, passed, self._subject(hold), self._csrf(hold))

    def _subject(self, hold: Hold) -> str | None:
        message = self.message(hold) if hold.sensitivity < SENSITIVE else None
        return message.subject if message is not None else None

    def message(self, hold: Hold) -> Message | None:
        """Open and parse a held message; None once its bytes are destroyed."""
        data = self._custody.open(hold)
        return parse(data) if data is not None else None

    def page_token(self, hold: Hold) -> str:
        """Give the link's token, for notices and the operator."""
        return self._place.sealer.token(hold.hold_id)

    def _csrf(self, hold: Hold) -> str:
        return self._place.sealer.sign("csrf", hold.hold_id)

    def _mail_code(self, hold: Hold) -> None:
        at = self._place.clock.now()
        hour = f"{at:%Y%m%d%H}"
        mails = (f"code-mail:{hold.hold_id}:{hour}:{number}" for number in range(CODES_AN_HOUR))
        if not any(self._place.store.spend(mark, at) for mark in mails):
            return  # the last code still counts, while it lives
        serial = int(self._place.store.recall(f"code-last:{hold.hold_id}", at) or "0") + 1
        self._place.store.remember(f"code-last:{hold.hold_id}", str(serial), hold.expires_at)
        self._place.store.remember(f"code:{hold.hold_id}", str(serial), at + CODE_LASTS)
        self._place.store.enqueue(Job(JobKind.CODE, hold.hold_id, None, at, serial=serial))

    def _code_fits(self, hold: Hold, code: str) -> bool:
        at = self._place.clock.now()
        serial = self._place.store.recall(f"code:{hold.hold_id}", at)
        if serial is None:
            return False
        expected = code_of(self._place, hold.hold_id, int(serial))
        fits = hmac.compare_digest(code.strip().encode(), expected.encode())
        tries = [f"code:{hold.hold_id}:{serial}:{number}" for number in range(CODE_TRIES)]
        if not any(self._place.store.spend(mark, at) for mark in tries):
            return False
        if fits:
            return self._place.store.spend(f"code:{hold.hold_id}:{serial}", at)
        return False

    # --- check before Send ---------------------------------------------------------------------

    def check(self, request: CheckRequest) -> CheckResult:
        """Judge before Send; keeps the question for a day so that it can be answered."""
        at = self._place.clock.now()
        check_id = self._place.ids.hold_id()
        verdicts = self._guard.judge(*_as_case(request, check_id, at))
        kept = json.dumps([request.sender.folded, *(r.folded for r in request.recipients)])
        self._place.store.remember(f"check:{check_id}", kept, at + CHECK_LASTS)
        return CheckResult(check_id, tuple(verdicts))

    def answer_check(
        self, check_id: str, recipient: Mailbox, choice: Choice, senders: Sequence[str]
    ) -> None:
        """Validate for the check's sender ("send as typed"); other choices are only counted."""
        at = self._place.clock.now()
        kept = self._place.store.recall(f"check:{check_id}", at)
        if kept is None:
            raise UnknownHold
        sender, *recipients = json.loads(kept)
        allowed = any(_fits(sender, pattern) for pattern in senders)
        if not allowed or recipient.folded not in recipients:
            raise UnknownHold
        if choice is Choice.CONFIRM:
            self._place.store.validate(Mailbox.parse(sender), recipient, at, "api")
        self._counters.count(ANSWERS, choice.value)

    # --- operations ----------------------------------------------------------------------------

    def ready(self) -> None:
        """Raise `StoreUnavailable` if nothing could be committed now."""
        self._place.store.ready()

    def gauges(self) -> Mapping[str, float]:
        """Give what the metrics page shows of the store."""
        holds = self._place.store.holds(open_only=True, limit=10_000)
        now = self._place.clock.now()
        oldest = max(((now - hold.held_at).total_seconds() for hold in holds), default=0.0)
        pending = self._place.store.pending()
        return {
            HELD_MESSAGES.name: float(len(holds)),
            OLDEST_HELD_SECONDS.name: oldest,
            **{f"{OUTBOX_PENDING.name}{{{kind}}}": float(count) for kind, count in pending.items()},
            **gauges(self._place.store, now),
        }

    def now(self) -> datetime:
        """Give the service's time."""
        return self._place.clock.now()


_LEAVING = frozenset({State.CONFIRMED, State.CORRECTED, State.RELEASING, State.RELEASED})


_FIRST, _SECOND, _LAST = range(3)


def _turn(hold: Hold, mailbox: Mailbox, row: RowAnswer) -> int:
    """Order one form's rows: who only waits is stopped first, and confirmed last, if it still waits."""
    held = hold.recipient(mailbox)
    if held is None or not only_waits(held):
        return _SECOND
    return _LAST if row.choice is Choice.CONFIRM else _FIRST


def _fits(sender: str, pattern: str) -> bool:
    """Match ``*@x.example``: the star is the only wildcard."""
    literal = pattern.casefold().replace("[", "[[]").replace("?", "[?]")
    return fnmatchcase(sender, literal)


def code_of(place: Place, hold_id: str, serial: int) -> str:
    """Derive the mailed code: 8 decimal digits, never stored."""
    return f"{int(place.sealer.sign('code', f'{hold_id}:{serial}')[:15], 16) % 10**8:08d}"


def _link_choices(hold: Hold, held: HeldRecipient) -> frozenset[Choice]:
    choices = {Choice.CANCEL}
    if held.verdict.suggestion is not None:
        choices.add(Choice.CORRECT)
    strong = _strong(held.verdict) or hold.sensitivity >= SENSITIVE
    if not strong or held.verdict.action is Action.DELIVER:
        choices.add(Choice.CONFIRM)
    return frozenset(choices)


def _strong(verdict: Verdict) -> bool:
    return verdict.action.severity >= Action.HOLD.severity or verdict.misdirection >= STRONG_SLIP


def _link_may(row: RecipientView, answer: RowAnswer) -> bool:
    if answer.choice is Choice.CORRECT and answer.corrected_to != row.held.verdict.suggestion:
        return False
    return answer.choice in row.link_may


def _as_case(request: CheckRequest, check_id: str, at: datetime) -> tuple[Envelope, Message]:
    envelope = Envelope(
        check_id, request.sender, tuple(Recipient(r) for r in request.recipients), at
    )
    return envelope, _described(request)


def _described(request: CheckRequest) -> Message:
    """Make of a question what is known of the message it describes."""
    types = (
        (name, guess_type(name)[0] or "application/octet-stream", size)
        for name, size in request.attachments
    )
    return Message(
        message_id=None,
        header_from=(request.sender,),
        addressees=request.recipients,
        subject=request.subject,
        parts=tuple(Part(kind, name, size) for name, kind, size in types),
        references=(),
        size=sum(size for _, size in request.attachments),
        sha256="",
        body_digest="",
        signed=False,
        automatic=False,
        resent=False,
        hops=0,
        problems=(),
    )
