"""Own the guard's duty: judge a message, hold what must wait, carry out the answers.

Theory of operation. An edge calls `consider` while recipients arrive (nothing is written) and
`decide` once the message is whole. `decide` returns only after whatever must wait is durable; the
edge then lets the rest pass and answers its peer. Where the edge hands the rest to a next hop that
may still refuse (the SMTP proxy), it asks for a *prepared* hold and afterwards calls `activate` or
`withdraw`; a prepared hold sends no notice and is swept if nobody comes back for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from missent.errors import AlreadyDecided, MalformedMessage, MissentError, ServiceError, UnknownHold
from missent.judge.case import Case, Organisation
from missent.judge.content import Detector
from missent.judge.hold import Event, Hold, Known, Owner
from missent.judge.judgement import judge
from missent.judge.sensitivity import DETECTORS
from missent.judge.terms import NO_WORDING
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.mail.message import UNPARSABLE, Message, parse
from missent.mail.rewrite import HeaderEdit, neutralise
from missent.service.contents import NamesOnly, with_content
from missent.service.custody import Custody
from missent.service.exchanges import wording_of
from missent.service.learning import Learning
from missent.service.owner import is_automatic, who_is_asked
from missent.service.placing import Incoming, Sorted, fingerprint, place, same_message, sort
from missent.service.ports import (
    Clock,
    Extractor,
    Ids,
    NewEvent,
    Recorder,
    Sealer,
    Step,
    Store,
    Tallied,
)
from missent.service.rulebook import Rulebook
from missent.service.safety.ports import NoFiles, SafetyFiles
from missent.service.settings import HoldSettings, Mode, PeopleSettings
from missent.service.trace import FIELD as TRACE_FIELD
from missent.service.trace import Passage, Trace
from missent.service.waiting import set_free

BLOCKED_LINE = (
    "550 5.7.1 not sent: your organisation's policy blocks every recipient of this message"
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an edge must do with one message."""

    verdicts: Mapping[Mailbox, Verdict]
    deliver: frozenset[Mailbox]
    """Recipients whose copy goes on now."""
    withheld: frozenset[Mailbox]
    """Recipients to be taken out of the envelope: held, waiting or blocked."""
    hold_id: str | None = None
    """The hold that is now durable; None if nothing is held."""
    edits: tuple[HeaderEdit, ...] = ()
    """Header fields to replace in the copies that go on now."""
    remove_fields: tuple[str, ...] = ()
    """Header fields to take out of the copies that go on now (our own single-use trace field)."""
    refusal: str | None = None
    """The whole message is refused with this reply line (``550 5.7.1 …``): all blocked."""
    already_passed: bool = False
    """A retry of a message whose other copies the next hop is known to have taken already."""
    fresh: bool = False
    """This decision made the hold; only then may it withdraw it."""
    message: Message | None = field(default=None, compare=False, repr=False)
    """The parsed message, so that `activate` need not parse again."""


class Judging(Protocol):
    """What the mail edges need of the guard."""

    def consider(self, envelope: Envelope) -> Mapping[Mailbox, Verdict]:
        """Judge the recipients so far, without a message. Writes nothing."""
        ...

    def refuse_at_rcpt(self, envelope: Envelope, recipient: Mailbox) -> str | None:
        """Give the refusal line for a certain slip (``550 5.1.2 … did you mean …``), or None.

        None in observe and warn mode, and for anything less than a pinned slip with a suggestion.
        """
        ...

    def decide(self, envelope: Envelope, data: bytes, *, edge: str, prepared: bool) -> Decision:
        """Judge the whole message and make durable what must wait.

        `data` has CRLF line ends. With `prepared`, a hold is not in force until `activate`.
        Raises `MalformedMessage` for bare CR, bare LF or NUL; `StoreUnavailable`, `QuotaExceeded`.
        """
        ...

    def activate(self, decision: Decision, envelope: Envelope) -> None:
        """Put a prepared hold in force: the next hop took the rest. Also notes the passing mail."""
        ...

    def withdraw(self, decision: Decision) -> None:
        """Undo a prepared hold: the next hop refused, so nothing was sent and nothing waits."""
        ...


@dataclass(frozen=True, slots=True)
class Place:
    """What the service stands on: the ports, in one value."""

    store: Store
    sealer: Sealer
    clock: Clock
    ids: Ids
    recorder: Recorder
    extractor: Extractor = field(default_factory=NamesOnly)
    safety: SafetyFiles = field(default_factory=NoFiles)


class Guard:
    """The guard's half that meets the mail: implements `Judging` over one `judge()`."""

    def __init__(
        self,
        place: Place,
        rulebook: Rulebook,
        organisation: Organisation,
        people: PeopleSettings,
        hold: HoldSettings,
        detectors: tuple[Detector, ...] = DETECTORS,
    ) -> None:
        self._place = place
        self._detectors = detectors
        self._rulebook = rulebook
        self._organisation = organisation
        self._people = people
        self._settings = hold
        self._custody = Custody(place.store, place.sealer)
        self._trace = Trace(place.store, place.sealer)
        self._learning = Learning(place.store, organisation)

    def read(self, data: bytes, message: Message | None = None) -> Message:
        """Parse a message, if that is not done, and read what is in it. Never raises."""
        return with_content(message or parse(data), data, self._place.extractor)

    def judge(self, envelope: Envelope, message: Message | None) -> tuple[Verdict, ...]:
        """Judge as `enforce` would: the one way to a verdict, for edges, page, API and command line."""
        at = self._place.clock.now()
        asked = [
            box for r in envelope.recipients for box in (r.mailbox, r.resolved) if box is not None
        ]
        wording = NO_WORDING if message is None else wording_of(message)
        view = self._place.store.view(envelope.sender, asked, at, wording)
        published = self._place.safety.now()
        case = Case(envelope, message, view, self._organisation, at, published)
        return judge(case, self._rulebook.policy, detectors=self._detectors)

    def consider(self, envelope: Envelope) -> Mapping[Mailbox, Verdict]:
        """Judge the recipients so far, as their verdicts would be carried out. Writes nothing."""
        return self._carried_out(envelope, None, self.judge(envelope, None))

    def refuse_at_rcpt(self, envelope: Envelope, recipient: Mailbox) -> str | None:
        """Give the refusal line for a certain slip, or None (see `Judging`)."""
        verdict = self.consider(envelope.only({recipient})).get(recipient)
        if verdict is None or verdict.suggestion is None or not recipient.wire.isascii():
            return None
        if verdict.action.severity < Action.HOLD.severity or not self._rulebook.is_pinned(
            verdict.rule
        ):
            return None
        return (
            f"550 5.1.2 <{recipient.wire}>: did you mean <{verdict.suggestion.wire}>? "
            "Correct the address and send again"
        )

    def decide(self, envelope: Envelope, data: bytes, *, edge: str, prepared: bool) -> Decision:
        """Judge the whole message and make durable what must wait (see `Judging`)."""
        if edge != "milter" or self._rulebook.mode() is not Mode.OBSERVE:
            refuse_ambiguous(
                data
            )  # observing a milter's mail touches nothing; a proxy must not smuggle
        message = parse(data)
        at = self._place.clock.now()
        passage = self._trace.accept(envelope, data, at)
        if passage is Passage.FREE:
            return Decision(
                {}, frozenset(envelope.mailboxes), frozenset(), remove_fields=(TRACE_FIELD,)
            )
        message = self.read(data, message)
        judged = {verdict.recipient: verdict for verdict in self.judge(envelope, message)}
        carried_out = self._carried_out(envelope, message, tuple(judged.values()))
        sorted_ = sort(carried_out, message, self._settings)
        name = fingerprint(envelope, message, salt="spent" if passage is Passage.SPENT else "")
        name, earlier = self._earlier(name, envelope, message)
        if earlier is not None:
            return self._decision(
                earlier, False, envelope, data, message, carried_out, prepared=prepared
            )
        self._tally(envelope, message, carried_out, at)
        if not sorted_.held and not sorted_.blocked:
            return self._pass(envelope, message, carried_out, prepared=prepared)
        if not sorted_.held and not sorted_.deliver:
            self._place.store.audit(NewEvent("message.refused", envelope.transaction_id, edge, at))
            return Decision(carried_out, frozenset(), sorted_.blocked, refusal=BLOCKED_LINE)
        hold, fresh = self._hold(
            name, envelope, data, message, sorted_, carried_out, prepared=prepared
        )
        return self._decision(hold, fresh, envelope, data, message, carried_out, prepared=prepared)

    def activate(self, decision: Decision, envelope: Envelope) -> None:
        """Put a prepared hold in force, and note what passed (see `Judging`)."""
        if decision.hold_id is not None:
            try:
                self._place.store.activate(decision.hold_id, self._place.clock.now())
            except UnknownHold:  # withdrawn or swept meanwhile: the client must come again
                raise ServiceError("the hold is gone") from None
        if decision.deliver and decision.message is not None and not decision.already_passed:
            self._note(envelope.only(decision.deliver), decision.message, decision.hold_id)

    def withdraw(self, decision: Decision) -> None:
        """Undo a prepared hold (see `Judging`). One that another try of the message made stays."""
        if decision.hold_id is None or not decision.fresh:
            return
        hold = self._place.store.get(decision.hold_id)
        if hold is not None and hold.prepared:
            event = NewEvent("hold.withdrawn", decision.hold_id, "guard", self._place.clock.now())
            self._place.store.withdraw(decision.hold_id, event)

    def _carried_out(
        self, envelope: Envelope, message: Message | None, verdicts: tuple[Verdict, ...]
    ) -> dict[Mailbox, Verdict]:
        """Apply the mode; automatic mail is never held, whatever is found (DESIGN §6)."""
        carried_out = {v.recipient: self._rulebook.carried_out(v) for v in verdicts}
        if not is_automatic(envelope, message):
            return carried_out
        return {
            box: v
            if v.action is Action.BLOCK and envelope.sender
            else replace(v, action=Action.DELIVER)
            for box, v in carried_out.items()
        }

    def _tally(
        self,
        envelope: Envelope,
        message: Message,
        verdicts: Mapping[Mailbox, Verdict],
        at: datetime,
    ) -> None:
        """Count the message towards the interruption budget (law 9)."""
        if envelope.sender is None or is_automatic(envelope, message):
            return
        actions = {verdict.action for verdict in verdicts.values()}
        self._place.recorder.tally(Tallied.OUTGOING, at)
        if Action.HOLD in actions:
            self._place.recorder.tally(Tallied.HELD, at)
        elif Action.WARN in actions:
            self._place.recorder.tally(Tallied.WARNED, at)

    def _pass(
        self,
        envelope: Envelope,
        message: Message,
        verdicts: Mapping[Mailbox, Verdict],
        *,
        prepared: bool,
    ) -> Decision:
        if not prepared:
            self._note(envelope, message)
        return Decision(verdicts, frozenset(envelope.mailboxes), frozenset(), message=message)

    def _note(self, envelope: Envelope, message: Message, own: str | None = None) -> None:
        """Remember what passed, and close holds whose sender wrote again to the right address.

        `own` is this message's own hold. Nothing here may fail a message that has passed.
        """
        with suppress(MissentError):
            self._remember(envelope, message, own)

    def _remember(self, envelope: Envelope, message: Message, own: str | None) -> None:
        at = self._place.clock.now()
        sender = envelope.sender
        if sender is None or is_automatic(envelope, message):
            return
        seen = self._learning.outgoing(sender, envelope.mailboxes, message.message_id, at)
        letter = self._learning.sent(sender, envelope.mailboxes, message, at)
        self._place.recorder.record(seen, letter)
        for mailbox in envelope.mailboxes:
            mark = resend_mark(self._place.sealer, sender, mailbox, message)
            waiting = self._place.store.recall(mark, at)
            if waiting is not None and waiting != own:
                self._close_resent(waiting, mailbox, at)

    def _close_resent(self, hold_id: str, right: Mailbox, at: datetime) -> None:
        hold = self._place.store.get(hold_id)
        if hold is None or hold.prepared:
            return
        for held in hold.open:
            if held.verdict.suggestion == right:
                subject = f"{hold_id}/{held.mailbox.folded}"
                event = NewEvent("recipient.sent_again", subject, "sender", at)
                with suppress(AlreadyDecided):
                    hold = self._place.store.apply(
                        Step(hold_id, held.mailbox, Event.CANCEL, at, event)
                    )
        set_free(self._place.store, hold, "sender", at)

    def _earlier(self, name: str, envelope: Envelope, message: Message) -> tuple[str, Hold | None]:
        """Find the hold of an earlier try of this message; else a name nobody has yet."""
        while (earlier := self._place.store.by_fingerprint(name)) is not None:
            if same_message(earlier, message):
                return name, earlier
            name = fingerprint(envelope, message, salt=earlier.hold_id)
        return name, None

    def _hold(  # the parts of one message, and its name
        self,
        name: str,
        envelope: Envelope,
        data: bytes,
        message: Message,
        sorted_: Sorted,
        verdicts: Mapping[Mailbox, Verdict],
        *,
        prepared: bool,
    ) -> tuple[Hold, bool]:
        """Place a hold, or find the one another try placed just now; durable when this returns."""
        hold_id = self._place.ids.hold_id()
        owner = who_is_asked(envelope, message, self._organisation, self._people)
        if UNPARSABLE in message.problems:
            owner = Owner(
                None, Known.OPERATOR
            )  # nobody can judge it by looking; the operator decides
        at = self._place.clock.now()
        placing = place(
            Incoming(hold_id, envelope, message, owner, name), sorted_, verdicts, self._settings, at
        )
        wrapped = self._custody.seal(hold_id, data) if sorted_.held else b""
        token_hash = hash_token(self._place.sealer.token(hold_id))
        hold = replace(placing.hold, prepared=prepared and bool(sorted_.deliver))
        placed = self._place.store.place(
            hold, wrapped, token_hash, placing.events, placing.jobs, self._settings.quota
        )
        self._remember_suggestions(placed, message)
        return placed, placed.hold_id == hold_id

    def _remember_suggestions(self, hold: Hold, message: Message) -> None:
        if hold.envelope.sender is None:
            return
        for held in hold.open:
            if held.verdict.suggestion is not None:
                mark = resend_mark(
                    self._place.sealer, hold.envelope.sender, held.verdict.suggestion, message
                )
                self._place.store.remember(mark, hold.hold_id, hold.expires_at)

    def _decision(
        self,
        hold: Hold,
        fresh: bool,
        envelope: Envelope,
        data: bytes,
        message: Message,
        verdicts: Mapping[Mailbox, Verdict],
        *,
        prepared: bool,
    ) -> Decision:
        withheld = frozenset(r.mailbox for r in hold.recipients)
        deliver = frozenset(envelope.mailboxes) - withheld
        doubtful = {r.mailbox for r in hold.recipients if r.verdict.action is not Action.DELIVER}
        edits = () if message.signed else neutralise(data, doubtful)
        if not prepared and deliver:
            self._note(envelope.only(deliver), message, hold.hold_id)
        return Decision(
            verdicts,
            deliver,
            withheld,
            hold_id=hold.hold_id,
            edits=tuple(edits),
            already_passed=prepared and not fresh and not hold.prepared,
            fresh=fresh,
            message=message,
        )


def resend_mark(sealer: Sealer, sender: Mailbox, right: Mailbox, message: Message) -> str:
    """Name "this sender, this right address, this subject and this very body", unreadably."""
    text = "\0".join([sender.folded, right.folded, message.subject, message.body_digest])
    return "resent:" + sealer.sign("resent", text)


def hash_token(token: str) -> str:
    """Hash a link's token as the store keeps it."""
    return hashlib.sha256(token.encode()).hexdigest()


def refuse_ambiguous(data: bytes) -> None:
    """Raise `MalformedMessage` for bytes two programs would read as different lines."""
    if (
        b"\0" in data
        or data.count(b"\r\n") != data.count(b"\n")
        or data.count(b"\r\n") != data.count(b"\r")
    ):
        raise MalformedMessage
