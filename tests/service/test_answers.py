"""What may be decided about a held recipient, by whom, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.service.stage import ANN, JOHN, MARY, TYPED, Stage, build, correspond, envelope, mail

from missent.errors import AlreadyDecided, AnswerRefused, MissentError, StillHeld, UnknownHold
from missent.judge.audit import first_break
from missent.judge.hold import Actor, Answer, Choice, State
from missent.judge.verdict import Action
from missent.mail.mailbox import Mailbox
from missent.service.desk import CheckRequest, RowAnswer

LINK = Actor("ann@contractor.example", "link")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give an enforcing guard with a little history."""
    stage = build(tmp_path)
    correspond(stage, MARY)
    correspond(stage, JOHN)
    yield stage
    stage.store.close()


def _hold(stage: Stage, *others: Mailbox) -> str:
    to = ", ".join(["john@army.ml", *(box.wire for box in others)])
    decision = stage.guard.decide(envelope(TYPED, *others), mail(to), edge="milter", prepared=False)
    assert decision.hold_id is not None
    return decision.hold_id


def _give(stage: Stage, hold_id: str, choice: Choice, new: Mailbox | None = None) -> None:
    stage.answers.give(Answer(hold_id, TYPED, choice, LINK, stage.clock.now(), new))


def _state(stage: Stage, hold_id: str) -> State:
    hold = stage.store.get(hold_id)
    assert hold is not None
    return hold.recipients[0].state


def test_the_offered_correction_goes_to_the_right_mailbox(stage: Stage) -> None:
    """Correct: John gets it with the corrected To; army.ml gets nothing, ever."""
    hold_id = _hold(stage, MARY)
    token, csrf = stage.token(hold_id), stage.csrf(hold_id)
    answered = stage.answers.answer(token, csrf, {TYPED: RowAnswer(Choice.CORRECT, JOHN)}, None)
    assert answered.asked_again == {}
    assert not answered.code_sent
    stage.outbox.work()
    [copy] = stage.relay.to(JOHN)
    assert b"john@army.mil" in copy
    assert b"john@army.ml" not in copy
    assert stage.relay.to(TYPED) == []
    assert _state(stage, hold_id) is State.RELEASED


def test_a_wrong_form_token_decides_nothing(stage: Stage) -> None:
    """A form from elsewhere is refused and nothing moves."""
    hold_id = _hold(stage)
    with pytest.raises(AnswerRefused):
        stage.answers.answer(
            stage.token(hold_id), "0" * 64, {TYPED: RowAnswer(Choice.CANCEL)}, None
        )
    assert _state(stage, hold_id) is State.HELD


def test_a_guessed_link_opens_nothing(stage: Stage) -> None:
    """An unknown token is the same as none."""
    with pytest.raises(UnknownHold):
        stage.answers.view("guess")


def test_send_as_typed_needs_a_mailed_code(stage: Stage) -> None:
    """Against a strong slip the link alone may not confirm: a code goes to Ann's mailbox first."""
    hold_id = _hold(stage)
    token, csrf = stage.token(hold_id), stage.csrf(hold_id)
    answers = {TYPED: RowAnswer(Choice.CONFIRM)}
    assert stage.answers.answer(token, csrf, answers, None).code_sent
    assert _state(stage, hold_id) is State.HELD
    stage.outbox.work()
    code = _mailed_code(stage)
    assert stage.answers.answer(token, csrf, answers, "00000000").code_wrong
    assert _state(stage, hold_id) is State.HELD
    assert stage.answers.answer(token, csrf, answers, code).asked_again == {}
    stage.outbox.work()
    assert len(stage.relay.to(TYPED)) == 1
    assert stage.counters.counts["missent_false_holds"] == 1


def _mailed_code(stage: Stage) -> str:
    for data in reversed(stage.relay.to(ANN)):
        if found := re.search(rb"\b(\d{4} ?\d{4})\b", data.split(b"\r\n\r\n", 1)[1]):
            return found[1].decode().replace(" ", "")
    raise AssertionError("no code was mailed")


def test_a_code_dies_after_five_wrong_tries_and_after_use(stage: Stage) -> None:
    """Guessing is bounded; an old code opens nothing."""
    hold_id = _hold(stage)
    token, csrf = stage.token(hold_id), stage.csrf(hold_id)
    answers = {TYPED: RowAnswer(Choice.CONFIRM)}
    stage.answers.answer(token, csrf, answers, None)
    stage.outbox.work()
    code = _mailed_code(stage)
    for guess in range(5):
        assert stage.answers.answer(token, csrf, answers, f"{guess:08d}").code_wrong
    assert stage.answers.answer(token, csrf, answers, code).code_wrong
    assert _state(stage, hold_id) is State.HELD


def test_a_code_dies_with_time(stage: Stage) -> None:
    """After a quarter of an hour the code is nobody's."""
    hold_id = _hold(stage)
    token, csrf = stage.token(hold_id), stage.csrf(hold_id)
    answers = {TYPED: RowAnswer(Choice.CONFIRM)}
    stage.answers.answer(token, csrf, answers, None)
    stage.outbox.work()
    code = _mailed_code(stage)
    stage.clock.pass_(minutes=16)
    assert stage.answers.answer(token, csrf, answers, code).code_wrong


def test_a_validation_is_for_this_sender_and_this_address(stage: Stage) -> None:
    """Send as typed: Ann is not asked again for 90 days; Bea still is, and Ann is for another name."""
    hold_id = _hold(stage)
    _give(stage, hold_id, Choice.CONFIRM)
    assert stage.guard.judge(envelope(TYPED), None)[0].action is Action.DELIVER
    bea = Mailbox.parse("bea@contractor.example")
    assert stage.guard.judge(envelope(TYPED, sender=bea), None)[0].action is Action.HOLD
    other = Mailbox.parse("jim@army.ml")
    assert stage.guard.judge(envelope(other), None)[0].action is Action.HOLD
    stage.clock.pass_(days=91)
    assert stage.guard.judge(envelope(TYPED), None)[0].action is Action.HOLD


def test_a_correction_is_judged_again(stage: Stage) -> None:
    """Correcting one slip to another asks again, with the reason; insisting is then a decision."""
    hold_id = _hold(stage)
    navy = Mailbox.parse("john@navy.ml")
    with pytest.raises(StillHeld):
        _give(stage, hold_id, Choice.CORRECT, navy)
    assert _state(stage, hold_id) is State.HELD
    _give(stage, hold_id, Choice.CORRECT, navy)
    assert _state(stage, hold_id) is State.CORRECTED


def test_a_correction_to_somebody_served_is_a_cancel(stage: Stage) -> None:
    """Mary has her copy; correcting John to Mary must not send it to her twice."""
    hold_id = _hold(stage, MARY)
    _give(stage, hold_id, Choice.CORRECT, MARY)
    assert _state(stage, hold_id) is State.CANCELLED
    stage.outbox.work()
    assert stage.relay.to(MARY) == []


def test_a_second_answer_changes_nothing(stage: Stage) -> None:
    """The first decision wins."""
    hold_id = _hold(stage)
    _give(stage, hold_id, Choice.CANCEL)
    with pytest.raises(AlreadyDecided):
        _give(stage, hold_id, Choice.CONFIRM)
    stage.outbox.work()
    assert stage.relay.to(TYPED) == []


def test_racing_answers_have_one_outcome(stage: Stage) -> None:
    """Correct and cancel at the same moment from eight threads: exactly one succeeds."""
    for number in range(5):
        data = mail("john@army.ml", message_id=f"<race{number}@contractor.example>")
        decision = stage.guard.decide(envelope(TYPED), data, edge="milter", prepared=False)
        hold_id = decision.hold_id or ""

        def answer(index: int, hold_id: str = hold_id) -> bool:
            choice = Choice.CORRECT if index % 2 else Choice.CANCEL
            try:
                _give(stage, hold_id, choice, JOHN if index % 2 else None)
            except MissentError:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(answer, range(8)))
        assert outcomes.count(True) == 1


def test_who_only_waited_goes_when_the_doubt_is_settled(stage: Stage) -> None:
    """Signed mail waits as a whole; deciding about John lets Mary's copy go, byte for byte."""
    extra = {"DKIM-Signature": "v=1; d=contractor.example; b=x"}
    data = mail("john@army.ml, mary@army.mil", extra=extra)
    decision = stage.guard.decide(envelope(TYPED, MARY), data, edge="milter", prepared=False)
    _give(stage, decision.hold_id or "", Choice.CANCEL)
    stage.outbox.work()
    [copy] = stage.relay.to(MARY)
    assert copy.endswith(data)
    assert copy.startswith(b"Received: by gw.contractor.example (Missent) id ")
    assert stage.relay.to(TYPED) == []


def test_looking_changes_nothing(stage: Stage) -> None:
    """A thousand views leave the hold, the outbox and the audit trail as they were."""
    hold_id = _hold(stage)
    before = (stage.store.get(hold_id), stage.store.pending(), len(list(stage.store.trail())))
    for _ in range(100):
        stage.answers.view(stage.token(hold_id))
    assert (
        stage.store.get(hold_id),
        stage.store.pending(),
        len(list(stage.store.trail())),
    ) == before


def test_a_check_is_answered_for_its_sender_only(stage: Stage) -> None:
    """A client that asked before Send and got "send as typed" is not held afterwards."""
    result = stage.answers.check(CheckRequest(ANN, (TYPED, MARY)))
    assert [verdict.action for verdict in result.verdicts] == [Action.HOLD, Action.DELIVER]
    with pytest.raises(UnknownHold):
        stage.answers.answer_check(
            result.check_id, TYPED, Choice.CONFIRM, ["bea@contractor.example"]
        )
    with pytest.raises(UnknownHold):
        stage.answers.answer_check(result.check_id, JOHN, Choice.CONFIRM, ["*@contractor.example"])
    stage.answers.answer_check(result.check_id, TYPED, Choice.CONFIRM, ["*@contractor.example"])
    assert stage.guard.judge(envelope(TYPED), None)[0].action is Action.DELIVER


def test_a_check_is_forgotten_after_a_day(stage: Stage) -> None:
    """An old check answers nothing."""
    result = stage.answers.check(CheckRequest(ANN, (TYPED,)))
    stage.clock.pass_(hours=25)
    with pytest.raises(UnknownHold):
        stage.answers.answer_check(result.check_id, TYPED, Choice.CONFIRM, ["*@contractor.example"])


def test_everything_is_audited_in_one_whole_chain(stage: Stage) -> None:
    """Each step is in the trail, in order, and the chain verifies."""
    hold_id = _hold(stage)
    _give(stage, hold_id, Choice.CORRECT, JOHN)
    stage.outbox.work()
    trail = list(stage.store.trail())
    kinds = [event.kind for _, event, _ in trail if event.subject_id.startswith(hold_id)]
    assert kinds[:2] == ["hold.placed", "recipient.held"]
    assert [k for k in kinds if k.startswith("recipient.")][1:] == [
        "recipient.corrected",
        "recipient.releasing",
        "recipient.released",
    ]
    assert first_break((event, stored) for _, event, stored in trail) is None


def test_legal_hold_keeps_the_bytes(stage: Stage) -> None:
    """Under legal hold a closed hold can still be opened; without it the key is gone."""
    kept, gone = _hold(stage), ""
    stage.answers.keep(kept, True, Actor("operator", "operator"))
    _give(stage, kept, Choice.CANCEL)
    data = mail("john@army.ml", message_id="<other@contractor.example>")
    gone = stage.guard.decide(envelope(TYPED), data, edge="milter", prepared=False).hold_id or ""
    _give(stage, gone, Choice.CANCEL)
    assert stage.store.wrapped_key(kept)
    assert stage.store.wrapped_key(gone) is None
