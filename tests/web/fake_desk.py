"""A faithful desk in memory: one hold, answers by the real transition table, codes, asking again."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from missent.errors import AlreadyDecided, AnswerRefused, StoreUnavailable, UnknownHold
from missent.judge.finding import Finding
from missent.judge.hold import Choice, Event, HeldRecipient, Hold, Known, Owner, State, step
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.desk import (
    AnsweredView,
    CheckRequest,
    CheckResult,
    HoldView,
    RecipientView,
    RowAnswer,
)

TOKEN = "k3v9q2m7x4b8n1c5z6w0"
CSRF = "csrf-of-this-hold"
CODE = "12345678"
NOW = datetime(2024, 5, 3, 13, 5, tzinfo=UTC)
ANN = Mailbox.parse("ann@contractor.example")
MARY = Mailbox.parse("mary@contractor.example")
_EVENTS = {
    Choice.CONFIRM: Event.CONFIRM,
    Choice.CORRECT: Event.CORRECT,
    Choice.CANCEL: Event.CANCEL,
}


def slip(wrong: str, right: str | None, because: str = "") -> Verdict:
    """Judge one address as a slip of another."""
    recipient = Mailbox.parse(wrong)
    meant = Mailbox.parse(right) if right else None
    because = because or (
        f"you wrote to {meant.domain if meant else 'it'} 214 times and it answered 190; "
        f"{recipient.domain} never answered anyone here"
    )
    findings = (
        Finding("domain_typo", recipient.wire, 5.2, because, meant),
        Finding("crew_list", "message", 0.0, "it seems to contain a list of a ship's crew"),
        Finding("thread", recipient.wire, -0.5, "this speaks for the address"),
    )
    return Verdict(recipient, Action.HOLD, 0.97, 1, "suffix slip", findings, meant)


def clean(address: str) -> Verdict:
    """Judge one address as beyond doubt."""
    return Verdict(Mailbox.parse(address), Action.DELIVER, 0.001, 0, "default")


def held(verdict: Verdict, state: State = State.HELD) -> HeldRecipient:
    """Hold one recipient."""
    return HeldRecipient(verdict.recipient, state, verdict)


ARMY = held(slip("john@army.ml", "john@army.mil"))
NAVY = held(slip("rose@navy.ml", "rose@navy.mil"))


@dataclass
class FakeDesk:
    """One hold behind `TOKEN`; notes every call that could change something."""

    recipients: tuple[HeldRecipient, ...] = (ARMY,)
    subject: str | None = "Crew list"
    passed: tuple[Mailbox, ...] = (MARY,)
    csrf: str = CSRF
    needs_code: frozenset[Choice] = frozenset()
    doubtful: frozenset[Mailbox] = frozenset()
    """Corrections that are asked about once."""
    down: bool = False
    verdicts: tuple[Verdict, ...] | None = None
    writes: list[tuple[str, object]] = field(default_factory=list)
    checks: list[CheckRequest] = field(default_factory=list)
    codes_mailed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hold(self) -> Hold:
        """Give the hold as it is now."""
        mailboxes = (*self.passed, *(r.mailbox for r in self.recipients))
        envelope = Envelope("tx1", ANN, tuple(Recipient(m) for m in mailboxes), NOW)
        expires = NOW + timedelta(hours=72)
        owner = Owner(ANN, Known.LOGIN)
        return Hold(
            "7mz3kq5t2n9xw4rb8c1d", envelope, "0" * 64, self.recipients, NOW, expires, owner, "f", 9
        )

    def view(self, token: str) -> HoldView:
        """Show it."""
        if token != TOKEN:
            raise UnknownHold
        if self.down:
            raise StoreUnavailable
        rows = tuple(
            RecipientView(r, self._link_may(r), r.verdict.action is Action.DELIVER)
            for r in self.recipients
        )
        return HoldView(self.hold(), rows, self.passed, self.subject, self.csrf)

    def _link_may(self, recipient: HeldRecipient) -> frozenset[Choice]:
        return frozenset(Choice) - self.needs_code

    def answer(
        self, token: str, csrf: str, answers: Mapping[Mailbox, RowAnswer], code: str | None
    ) -> AnsweredView:
        """Answer it."""
        with self._lock:
            view = self.view(token)
            self.writes.append(("answer", dict(answers)))
            rows = {row.held.mailbox: row for row in view.rows}
            if csrf != self.csrf or not answers or any(m not in rows for m in answers):
                raise AnswerRefused
            if not all(self._allowed(rows[m], a) for m, a in answers.items()) and code != CODE:
                self.codes_mailed += code is None
                return AnsweredView(view, {}, code_sent=code is None, code_wrong=code is not None)
            again = {m: why for m, a in answers.items() if (why := self._give(m, a))}
            return AnsweredView(self.view(token), again)

    def _allowed(self, row: RecipientView, answer: RowAnswer) -> bool:
        if answer.choice is Choice.CORRECT and answer.corrected_to != row.held.verdict.suggestion:
            return False
        return answer.choice in row.link_may

    def _give(self, mailbox: Mailbox, answer: RowAnswer) -> str:
        if answer.corrected_to in self.doubtful:
            self.doubtful -= {answer.corrected_to}
            return "you never wrote there before"
        try:
            self.move(mailbox, _EVENTS[answer.choice], answer.corrected_to)
        except AlreadyDecided:
            return "somebody, or the deadline, was first; nothing was changed"
        return ""

    def move(self, mailbox: Mailbox, event: Event, to: Mailbox | None = None) -> None:
        """Apply one transition."""
        self.recipients = tuple(
            replace(r, state=step(r.state, event), corrected_to=to or r.corrected_to)
            if r.mailbox == mailbox
            else r
            for r in self.recipients
        )

    def check(self, request: CheckRequest) -> CheckResult:
        """Judge anything at .ml as a slip."""
        if self.down:
            raise StoreUnavailable
        self.checks.append(request)
        verdicts = self.verdicts or tuple(
            slip(m.wire, m.wire[:-2] + "mil") if m.domain.ascii.endswith(".ml") else clean(m.wire)
            for m in request.recipients
        )
        return CheckResult("check-1", verdicts)

    def answer_check(
        self, check_id: str, recipient: Mailbox, choice: Choice, senders: Sequence[str]
    ) -> None:
        """Note the answer."""
        if check_id != "check-1":
            raise UnknownHold
        self.writes.append(("answer_check", (recipient, choice, tuple(senders))))

    def ready(self) -> None:
        """Fail while down."""
        if self.down:
            raise StoreUnavailable

    def gauges(self) -> Mapping[str, float]:
        """Count one hold."""
        self.ready()
        return {"missent_held_messages": 1.0, "missent_outbox_pending": 2.0}

    def now(self) -> datetime:
        """Stand still."""
        return NOW
