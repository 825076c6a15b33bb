"""Ways in which a held message was once lost, doubled or let slip: each stays closed."""

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

from missent.errors import ServiceError, StillHeld
from missent.judge.hold import Actor, Answer, Choice, State
from missent.mail.mailbox import Mailbox
from missent.service.desk import RowAnswer
from missent.service.ports import RelayAnswer

LINK = Actor("ann@contractor.example", "link")
SIGNED = {"DKIM-Signature": "v=1; d=contractor.example; b=x"}
DOUBT: dict[str, object] = {
    "name": "partners",
    "when": {"recipient_domain": "partner.example"},
    "action": "warn",
}
PARTNER = Mailbox.parse("a@partner.example")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give an enforcing guard with a little history, where partners are warned of."""
    stage = build(tmp_path, rules=[DOUBT])
    correspond(stage, MARY)
    correspond(stage, JOHN)
    yield stage
    stage.store.close()


def _hold(stage: Stage, data: bytes, *boxes: Mailbox) -> str:
    decision = stage.guard.decide(envelope(*boxes), data, edge="milter", prepared=False)
    assert decision.hold_id is not None
    return decision.hold_id


def _states(stage: Stage, hold_id: str) -> dict[Mailbox, State]:
    hold = stage.store.get(hold_id)
    assert hold is not None
    return {r.mailbox: r.state for r in hold.recipients}


def _give(
    stage: Stage, hold_id: str, box: Mailbox, choice: Choice, new: Mailbox | None = None
) -> None:
    stage.answers.give(Answer(hold_id, box, choice, LINK, stage.clock.now(), new))


def test_right_and_wrong_address_in_one_message(stage: Stage) -> None:
    """The right address beside the wrong one is no "sent again": the wrong one is asked about."""
    hold_id = _hold(stage, mail("john@army.mil, john@army.ml"), JOHN, TYPED)
    assert _states(stage, hold_id) == {TYPED: State.HELD}
    stage.outbox.work()
    assert len(stage.relay.to(ANN)) == 1


def test_another_letter_of_the_same_subject_closes_nothing(stage: Stage) -> None:
    """Only the very same text to the right address counts as sent again."""
    hold_id = _hold(stage, mail("john@army.ml"), TYPED)
    other = mail("john@army.mil", message_id="<two@contractor.example>").replace(
        b"boards", b"lands"
    )
    stage.guard.decide(envelope(JOHN), other, edge="milter", prepared=False)
    assert _states(stage, hold_id) == {TYPED: State.HELD}


def test_two_alerts_without_an_id_stay_two(stage: Stage) -> None:
    """Same text, another subject, no Message-ID: two messages, two holds."""
    first = _hold(stage, mail("john@army.ml", message_id=None, subject="Alert one"), TYPED)
    second = _hold(stage, mail("john@army.ml", message_id=None, subject="Alert two"), TYPED)
    assert first != second


def test_a_prepared_hold_fails_no_other_mail(stage: Stage) -> None:
    """While one session hangs, the sender's letter to the right address passes."""
    data = mail("john@army.ml, mary@army.mil")
    stage.guard.decide(envelope(TYPED, MARY), data, edge="proxy", prepared=True)
    right = data.replace(b"army.ml", b"army.mil").replace(b"<one@", b"<two@")
    decision = stage.guard.decide(envelope(JOHN), right, edge="proxy", prepared=True)
    stage.guard.activate(decision, envelope(JOHN))
    assert decision.deliver == {JOHN}


def test_only_who_made_a_hold_withdraws_it(stage: Stage) -> None:
    """Two sessions with one message: the refusal of one does not take the other's hold away."""
    data, env = mail("john@army.ml, mary@army.mil"), envelope(TYPED, MARY)
    mine = stage.guard.decide(env, data, edge="proxy", prepared=True)
    other = stage.guard.decide(env, data, edge="proxy", prepared=True)
    stage.guard.withdraw(other)
    stage.guard.activate(mine, env)
    assert len(stage.store.holds()) == 1


def test_a_hold_that_is_gone_is_a_temporary_refusal(stage: Stage) -> None:
    """The maker withdrew while another session was sending: that client comes again."""
    data, env = mail("john@army.ml, mary@army.mil"), envelope(TYPED, MARY)
    mine = stage.guard.decide(env, data, edge="proxy", prepared=True)
    other = stage.guard.decide(env, data, edge="proxy", prepared=True)
    stage.guard.withdraw(mine)
    with pytest.raises(ServiceError) as gone:
        stage.guard.activate(other, env)
    assert not gone.value.permanent


def test_a_retry_after_the_release_sends_nothing_twice(stage: Stage) -> None:
    """Confirmed, released, and the client that never heard our 250 comes again."""
    data = mail("john@army.ml, mary@army.mil")
    hold_id = _hold(stage, data, TYPED, MARY)
    _give(stage, hold_id, TYPED, Choice.CONFIRM)
    stage.outbox.work()
    again = stage.guard.decide(envelope(TYPED, MARY), data, edge="milter", prepared=False)
    assert again.withheld == {TYPED}


def test_a_correction_to_who_waits_is_one_copy(stage: Stage) -> None:
    """Signed mail to the right and the wrong address: John gets it once."""
    hold_id = _hold(stage, mail("john@army.mil, john@army.ml", extra=SIGNED), JOHN, TYPED)
    _give(stage, hold_id, TYPED, Choice.CORRECT, JOHN)
    stage.outbox.work()
    assert len(stage.relay.to(JOHN)) == 1


def test_no_signed_copy_leaves_while_a_typo_is_undecided(stage: Stage) -> None:
    """Neither the end of a grace period nor a click sends a copy that names the held address."""
    data = mail("john@army.ml, mary@army.mil, a@partner.example", extra=SIGNED)
    hold_id = _hold(stage, data, TYPED, MARY, PARTNER)
    stage.clock.pass_(minutes=10)
    stage.outbox.tick()
    with pytest.raises(StillHeld):
        _give(stage, hold_id, MARY, Choice.CONFIRM)
    stage.outbox.work()
    assert stage.relay.to(PARTNER) == stage.relay.to(MARY) == []
    _give(stage, hold_id, TYPED, Choice.CANCEL)
    stage.outbox.tick()
    stage.outbox.work()
    assert len(stage.relay.to(PARTNER)) == len(stage.relay.to(MARY)) == 1


def test_a_whole_form_is_carried_out_in_the_right_order(stage: Stage) -> None:
    """Stop Mary, correct John, in one form: Mary's copy must not leave with John's."""
    data = mail("john@army.ml, mary@army.mil", extra=SIGNED)
    hold_id = _hold(stage, data, TYPED, MARY)
    rows = {TYPED: RowAnswer(Choice.CORRECT, JOHN), MARY: RowAnswer(Choice.CANCEL)}
    answered = stage.answers.answer(stage.token(hold_id), stage.csrf(hold_id), rows, None)
    assert answered.asked_again == {}
    stage.outbox.work()
    assert stage.relay.to(MARY) == []
    assert len(stage.relay.to(JOHN)) == 1


def test_sent_again_frees_who_only_waited(stage: Stage) -> None:
    """Ann writes again to the right address: Mary, who waited with the typo, has her copy."""
    data = mail("john@army.ml, mary@army.mil", extra=SIGNED)
    hold_id = _hold(stage, data, TYPED, MARY)
    right = data.replace(b"<one@", b"<two@")
    stage.guard.decide(envelope(JOHN), right, edge="milter", prepared=False)
    stage.outbox.work()
    assert _states(stage, hold_id) == {TYPED: State.CANCELLED, MARY: State.RELEASED}


def test_a_blocked_address_is_not_reached_by_correcting_twice(tmp_path: Path) -> None:
    """Insisting helps against doubt, never against a block."""
    rule: dict[str, object] = {
        "name": "rivals",
        "when": {"recipient_domain": "rival.example"},
        "action": "block",
    }
    stage = build(tmp_path, rules=[rule])
    hold_id = _hold(stage, mail("john@army.ml"), TYPED)
    for _ in range(3):
        with pytest.raises(StillHeld):
            _give(stage, hold_id, TYPED, Choice.CORRECT, Mailbox.parse("x@rival.example"))
    assert _states(stage, hold_id) == {TYPED: State.HELD}
    stage.store.close()


def test_a_correction_to_the_typo_itself_sends_nothing(stage: Stage) -> None:
    """Correcting an address to itself is refused, not taken for "send as typed"."""
    hold_id = _hold(stage, mail("john@army.ml"), TYPED)
    with pytest.raises(StillHeld):
        _give(stage, hold_id, TYPED, Choice.CORRECT, TYPED)
    assert _states(stage, hold_id) == {TYPED: State.HELD}


def test_a_spent_mark_is_no_retry(tmp_path: Path) -> None:
    """A released copy that comes a second time is held anew and told, never swallowed."""
    stage = build(tmp_path, through_guard=True)
    hold_id = _hold(stage, mail("john@army.ml"), TYPED)
    _give(stage, hold_id, TYPED, Choice.CONFIRM)
    stage.outbox.work()
    stage.clock.pass_(days=100)
    [copy] = stage.relay.to(TYPED)
    assert stage.guard.decide(envelope(TYPED), copy, edge="m", prepared=False).deliver == {TYPED}
    again = stage.guard.decide(envelope(TYPED), copy, edge="m", prepared=False)
    assert again.withheld == {TYPED}
    assert again.hold_id != hold_id
    stage.store.close()


def test_a_notice_nobody_takes_goes_to_the_operator(stage: Stage) -> None:
    """Ann's mailbox is gone: the operator hears of the message instead."""
    _hold(stage, mail("john@army.ml"), TYPED)
    stage.relay.answers = [RelayAnswer(550, "5.1.1 no such user")]
    stage.outbox.work()
    assert [sent[0].mailboxes for sent in stage.relay.sent] == [(OPERATOR,)]


def test_codes_do_not_flood_the_owner(stage: Stage) -> None:
    """Thirty requests for a code are at most five mails an hour."""
    hold_id = _hold(stage, mail("john@army.ml"), TYPED)
    stage.outbox.work()
    before = len(stage.relay.to(ANN))
    rows = {TYPED: RowAnswer(Choice.CONFIRM)}
    for _ in range(30):
        assert stage.answers.answer(stage.token(hold_id), stage.csrf(hold_id), rows, None).code_sent
        stage.outbox.work()
    assert len(stage.relay.to(ANN)) - before == 5


def test_a_poisonous_job_does_not_stop_the_others(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that raises waits its turn again; the next one is done in the same round."""
    _hold(stage, mail("john@army.ml"), TYPED)
    second = mail("jim@army.ml", message_id="<two@contractor.example>")
    _hold(stage, second, Mailbox.parse("jim@army.ml"))
    send, calls = stage.relay.send, iter([OSError("boom")])

    def once_broken(envelope_: object, data: bytes) -> RelayAnswer:
        for error in calls:
            raise error
        return send(envelope_, data)  # type: ignore[arg-type]

    monkeypatch.setattr(stage.relay, "send", once_broken)
    assert stage.outbox.work() == 2
    assert len(stage.relay.to(ANN)) == 1
    stage.clock.pass_(seconds=10)
    stage.outbox.work()
    assert len(stage.relay.to(ANN)) == 2
