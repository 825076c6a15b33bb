"""What leaves Missent by itself, and what time brings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.service.stage import (
    ANN,
    JOHN,
    MARY,
    OPERATOR,
    TYPED,
    Stage,
    build,
    correspond,
    envelope,
    mail,
)

from missent.errors import AlreadyDecided
from missent.judge.hold import Actor, Answer, Choice, State
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.ports import RelayAnswer
from missent.service.settings import HoldSettings

LINK = Actor("ann@contractor.example", "link")
BUSY = RelayAnswer(451, "4.3.0 busy")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give an enforcing guard with a little history."""
    stage = build(tmp_path)
    correspond(stage, MARY)
    correspond(stage, JOHN)
    yield stage
    stage.store.close()


def _hold(stage: Stage, data: bytes | None = None, *recipients: Recipient) -> str:
    env = envelope(*(recipients or (Recipient(TYPED),)))
    decision = stage.guard.decide(env, data or mail("john@army.ml"), edge="milter", prepared=False)
    assert decision.hold_id is not None
    return decision.hold_id


def _confirm(stage: Stage, hold_id: str) -> None:
    stage.answers.give(Answer(hold_id, TYPED, Choice.CONFIRM, LINK, stage.clock.now()))


def _state(stage: Stage, hold_id: str) -> State:
    hold = stage.store.get(hold_id)
    assert hold is not None
    return hold.recipients[0].state


def test_the_notice_says_why_and_what_to_do(stage: Stage) -> None:
    """One notice to Ann, from nobody, with the reason, the fix and the link."""
    hold_id = _hold(stage)
    stage.outbox.work()
    stage.outbox.work()
    [(env, data)] = stage.relay.sent
    assert env.sender is None
    assert env.mailboxes == (ANN,)
    assert b"Auto-Submitted: auto-generated" in data
    assert b"In-Reply-To: <one@contractor.example>" in data
    assert stage.token(hold_id).encode() in data.replace(b"=\r\n", b"")
    assert b"john@army.mil" in data
    assert b"The crew boards" not in data


def test_a_notice_that_cannot_be_sent_is_tried_again(stage: Stage) -> None:
    """A relay that is down delays the notice, and loses nothing."""
    _hold(stage)
    stage.relay.answers = [BUSY, RelayAnswer(0, "not reached")]
    stage.outbox.work()
    assert stage.relay.sent == []
    stage.clock.pass_(seconds=6)
    stage.outbox.work()
    assert stage.relay.sent == []
    stage.clock.pass_(seconds=15)
    stage.outbox.work()
    assert len(stage.relay.sent) == 1


def test_a_decided_hold_sends_no_late_notice(stage: Stage) -> None:
    """Who decided already is not told to decide."""
    hold_id = _hold(stage)
    stage.answers.cancel(hold_id, TYPED, "test")
    stage.outbox.work()
    assert stage.relay.sent == []


def test_reminders_come_after_an_hour_and_a_day(stage: Stage) -> None:
    """Two reminders while nobody decides; each once."""
    _hold(stage)
    stage.outbox.work()
    for hours, expected in ((0.9, 1), (0.2, 2), (22, 2), (1, 3), (24, 3)):
        stage.clock.pass_(hours=hours)
        stage.outbox.work()
        stage.outbox.work()
        assert len(stage.relay.sent) == expected


def test_what_is_released_is_what_came(stage: Stage) -> None:
    """Confirmed: the same bytes with one trace field on top, and the envelope's own parameters."""
    data = mail("john@army.ml")
    recipient = Recipient(TYPED, {"NOTIFY": "SUCCESS,FAILURE", "ORCPT": "rfc822;john@army.ml"})
    hold_id = _hold(stage, data, recipient)
    _confirm(stage, hold_id)
    stage.outbox.work()
    [(env, copy)] = [sent for sent in stage.relay.sent if TYPED in sent[0].mailboxes]
    assert copy.endswith(data)
    assert copy[: -len(data)].count(b"\r\n") == 2
    assert env.sender == ANN
    assert dict(env.recipients[0].parameters) == dict(recipient.parameters)


def test_a_release_is_retried_and_then_done_once(stage: Stage) -> None:
    """Deferred, deferred, accepted: one copy."""
    hold_id = _hold(stage)
    stage.outbox.work()
    stage.relay.sent.clear()
    _confirm(stage, hold_id)
    stage.relay.answers = [BUSY, BUSY]
    for _ in range(10):
        stage.outbox.work()
        stage.clock.pass_(minutes=1)
    assert len(stage.relay.to(TYPED)) == 1
    assert _state(stage, hold_id) is State.RELEASED


def test_a_worker_that_dies_while_sending_is_replaced(stage: Stage) -> None:
    """A release interrupted after `releasing` is taken up again when the lease runs out."""
    hold_id = _hold(stage)
    stage.outbox.work()
    _confirm(stage, hold_id)

    class Died(BaseException):
        """The process is gone."""

    def die(envelope: Envelope, data: bytes) -> RelayAnswer:
        raise Died

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.relay, "send", die)
        with pytest.raises(Died):
            stage.outbox.work()
    assert _state(stage, hold_id) is State.RELEASING
    stage.outbox.work()
    assert stage.relay.to(TYPED) == []
    stage.clock.pass_(minutes=6)
    stage.outbox.work()
    assert len(stage.relay.to(TYPED)) == 1
    assert _state(stage, hold_id) is State.RELEASED


def test_a_refused_release_is_reported_to_the_sender(stage: Stage) -> None:
    """The next hop says no for good: failed, and Ann hears the next hop's own words."""
    hold_id = _hold(stage)
    stage.outbox.work()
    _confirm(stage, hold_id)
    stage.relay.answers = [RelayAnswer(550, "5.1.1 no such user here")]
    stage.outbox.work()
    assert _state(stage, hold_id) is State.FAILED
    stage.outbox.work()
    assert any(b"no such user here" in data for data in stage.relay.to(ANN))
    assert stage.store.wrapped_key(hold_id)  # the bytes are still there to be tried again


def test_a_release_is_not_tried_for_ever(stage: Stage) -> None:
    """After five days of a next hop that only defers, the release has failed and Ann is told."""
    hold_id = _hold(stage)
    stage.outbox.work()
    _confirm(stage, hold_id)
    for _ in range(6 * 24):
        stage.relay.answers = [BUSY]
        stage.outbox.work()
        stage.clock.pass_(hours=1)
    assert _state(stage, hold_id) is State.FAILED
    stage.relay.answers = []
    stage.outbox.work()
    assert any(b"4.3.0 busy" in data for data in stage.relay.to(ANN))


def test_an_operator_tries_a_failed_release_again(stage: Stage) -> None:
    """What the next hop refused is kept; a retry after the cause is gone delivers it once."""
    hold_id = _hold(stage)
    stage.outbox.work()
    _confirm(stage, hold_id)
    stage.relay.answers = [RelayAnswer(550, "5.1.1 no such user here")]
    stage.outbox.work()
    stage.answers.retry(hold_id, TYPED, Actor("operator", "operator"))
    stage.outbox.work()
    assert _state(stage, hold_id) is State.RELEASED
    assert len(stage.relay.to(TYPED)) == 1
    with pytest.raises(AlreadyDecided):
        stage.answers.retry(hold_id, TYPED, Actor("operator", "operator"))


def test_silence_returns_the_message(stage: Stage) -> None:
    """After 72 hours Ann has her message back, whole, and our copy can no longer be opened."""
    data = mail("john@army.ml")
    hold_id = _hold(stage, data)
    stage.outbox.work()
    stage.clock.pass_(hours=73)
    stage.outbox.tick()
    stage.outbox.work()
    assert _state(stage, hold_id) is State.RETURNED
    returned = stage.relay.to(ANN)[-1]
    assert data.split(b"\r\n\r\n", 1)[1].strip() in returned
    assert b"multipart/report" in returned
    assert stage.store.wrapped_key(hold_id) is None
    assert stage.relay.to(TYPED) == []


def test_silence_may_drop_where_the_operator_chose_so(tmp_path: Path) -> None:
    """With `on_expiry = drop` nothing is sent and the bytes are destroyed."""
    stage = build(tmp_path, hold=HoldSettings(return_on_expiry=False))
    hold_id = _hold(stage)
    stage.clock.pass_(hours=73)
    stage.outbox.tick()
    assert _state(stage, hold_id) is State.DROPPED
    assert stage.store.wrapped_key(hold_id) is None
    stage.store.close()


def test_a_clock_two_days_off_loses_nothing(stage: Stage) -> None:
    """A clock that jumps back and forth by 48 hours neither expires nor forgets a hold."""
    hold_id = _hold(stage)
    for hours in (-48, 96, -48):
        stage.clock.pass_(hours=hours)
        stage.outbox.tick()
        stage.outbox.work()
    assert _state(stage, hold_id) is State.HELD
    _confirm(stage, hold_id)
    stage.outbox.work()
    stage.clock.pass_(minutes=10)
    stage.outbox.work()
    assert len(stage.relay.to(TYPED)) == 1


def test_an_unknown_sender_is_the_operators_business(stage: Stage) -> None:
    """Nobody who may be forged is written to: the operator is asked instead."""
    stranger = Mailbox.parse("x@elsewhere.example")
    env = envelope(TYPED, sender=stranger)
    data = mail("john@army.ml").replace(
        b"From: Ann <ann@contractor.example>", b"From: x@elsewhere.example"
    )
    stage.guard.decide(env, data, edge="milter", prepared=False)
    stage.outbox.work()
    assert [sent[0].mailboxes for sent in stage.relay.sent] == [(OPERATOR,)]


def test_a_released_copy_passes_the_guard_once(tmp_path: Path) -> None:
    """Where the relay leads through the guard, the mark lets exactly that copy by, once."""
    stage = build(tmp_path, through_guard=True)
    hold_id = _hold(stage)
    _confirm(stage, hold_id)
    stage.outbox.work()
    [copy] = stage.relay.to(TYPED)
    stage.clock.pass_(days=100)  # the validation is over: only the mark can let it by
    arrived = b"Received: from gw by mx; Mon, 02 Mar 2026 09:00:00 +0000\r\n" + copy
    first = stage.guard.decide(envelope(TYPED), arrived, edge="milter", prepared=False)
    assert first.deliver == {TYPED}
    assert first.remove_fields == ("X-Missent-Release",)
    assert stage.guard.decide(envelope(TYPED), arrived, edge="milter", prepared=False).withheld == {
        TYPED
    }
    other = Mailbox.parse("jim@army.ml")
    assert stage.guard.decide(envelope(other), arrived, edge="milter", prepared=False).withheld == {
        other
    }
    stage.store.close()


def test_orphans_are_swept(stage: Stage) -> None:
    """Bytes of a hold that never came to be are destroyed after some hours."""
    stage.store.put_chunk("orphan00000000000000", 0, b"sealed")
    assert stage.outbox.sweep() == 0
    stage.clock.pass_(hours=7)
    assert stage.outbox.sweep() == 1
    assert list(stage.store.chunks("orphan00000000000000")) == []
