"""What a mail edge is told, and what is durable when it is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.service.stage import ANN, JOHN, MARY, TYPED, Stage, build, correspond, envelope, mail

from missent.errors import MalformedMessage, QuotaExceeded
from missent.judge.hold import Known, State
from missent.judge.verdict import Action
from missent.mail.mailbox import Mailbox
from missent.mail.rewrite import apply
from missent.service.ports import JobKind
from missent.service.settings import HoldSettings, Mode

BOTH = "John <john@army.ml>, Mary <mary@army.mil>"
SIGNED = {"DKIM-Signature": "v=1; a=rsa-sha256; d=contractor.example; s=s; h=from; bh=x; b=x"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give an enforcing guard with a little history."""
    stage = build(tmp_path)
    correspond(stage, MARY)
    correspond(stage, JOHN)
    yield stage
    stage.store.close()


def test_the_story(stage: Stage) -> None:
    """John's copy waits, durable and explained; Mary's goes on; nothing waits for the other."""
    decision = stage.guard.decide(envelope(TYPED, MARY), mail(BOTH), edge="milter", prepared=False)
    assert decision.deliver == {MARY}
    assert decision.withheld == {TYPED}
    hold = stage.store.get(decision.hold_id or "")
    assert hold is not None
    assert [(r.mailbox, r.state) for r in hold.recipients] == [(TYPED, State.HELD)]
    assert hold.recipients[0].verdict.suggestion == JOHN
    assert (hold.owner.mailbox, hold.owner.known_by) == (ANN, Known.MAIL_FROM)
    assert stage.store.pending()[JobKind.NOTICE] == 1


def test_no_delivered_copy_spreads_the_mistake(stage: Stage) -> None:
    """The edits take the held address out of what Mary gets, and leave hers."""
    data = mail(BOTH)
    decision = stage.guard.decide(envelope(TYPED, MARY), data, edge="milter", prepared=False)
    copy = apply(data, decision.edits, decision.remove_fields)
    assert b"john@army.ml" not in copy
    assert b"Mary <mary@army.mil>" in copy


def test_good_mail_passes_untouched_and_is_noted(stage: Stage) -> None:
    """Nothing is held or edited, and the sending becomes part of what is known."""
    decision = stage.guard.decide(
        envelope(MARY), mail("mary@army.mil"), edge="milter", prepared=False
    )
    assert decision.deliver == {MARY}
    assert decision.edits == ()
    assert decision.hold_id is None
    assert stage.store.view(ANN, [MARY], stage.clock.now()).mailbox(MARY).sent == 4


def test_a_retry_finds_the_same_hold(stage: Stage) -> None:
    """Same envelope, Message-ID and body: one hold, one notice, however often the client comes."""
    first = stage.guard.decide(envelope(TYPED, MARY), mail(BOTH), edge="milter", prepared=False)
    for _ in range(5):
        again = stage.guard.decide(envelope(TYPED, MARY), mail(BOTH), edge="milter", prepared=False)
        assert again.hold_id == first.hold_id
        assert again.deliver == {MARY}
    assert len(stage.store.holds()) == 1
    assert stage.store.pending()[JobKind.NOTICE] == 1


def test_sending_anew_after_a_cancel_asks_again(stage: Stage) -> None:
    """A cancelled message that is sent once more is not swallowed as a retry."""
    first = stage.guard.decide(envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False)
    stage.answers.cancel(first.hold_id or "", TYPED, "test")
    second = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False
    )
    assert second.hold_id != first.hold_id
    assert second.withheld == {TYPED}


def test_a_prepared_hold_sends_nothing_until_it_is_in_force(stage: Stage) -> None:
    """The next hop's refusal leaves no hold and no notice; its 250 brings both."""
    data, env = mail(BOTH), envelope(TYPED, MARY)
    for _ in range(5):
        refused = stage.guard.decide(env, data, edge="proxy", prepared=True)
        assert stage.outbox.work() == 0
        stage.guard.withdraw(refused)
    assert stage.store.holds() == ()
    accepted = stage.guard.decide(env, data, edge="proxy", prepared=True)
    stage.guard.activate(accepted, env)
    assert len(stage.store.holds()) == 1
    assert stage.outbox.work() == 1
    assert len(stage.relay.to(ANN)) == 1


def test_a_retry_after_the_next_hop_took_the_rest(stage: Stage) -> None:
    """A lost 250 makes the client come again; the next hop is not given the others' copy twice."""
    data, env = mail(BOTH), envelope(TYPED, MARY)
    first = stage.guard.decide(env, data, edge="proxy", prepared=True)
    stage.guard.activate(first, env)
    assert stage.guard.decide(env, data, edge="proxy", prepared=True).already_passed


def test_observe_touches_nothing(tmp_path: Path) -> None:
    """In observe mode the verdict is known and everything is delivered (law 13)."""
    stage = build(tmp_path, mode=Mode.OBSERVE)
    decision = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False
    )
    assert decision.deliver == {TYPED}
    assert decision.edits == ()
    assert stage.guard.judge(envelope(TYPED), None)[0].action is Action.HOLD
    stage.store.close()


def test_warn_waits_out_its_grace_and_then_sends(tmp_path: Path) -> None:
    """In warn mode the sender has five minutes to cancel; then it goes as typed."""
    stage = build(tmp_path, mode=Mode.WARN)
    decision = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False
    )
    assert decision.withheld == {TYPED}
    stage.clock.pass_(minutes=4)
    assert stage.outbox.tick() == 0
    stage.clock.pass_(minutes=2)
    stage.outbox.tick()
    stage.outbox.work()
    assert len(stage.relay.to(TYPED)) == 1
    view = stage.store.view(ANN, [TYPED], stage.clock.now())
    assert view.mailbox(TYPED).validated is None  # silence validates nobody
    stage.store.close()


def test_warn_without_grace_is_only_logged(tmp_path: Path) -> None:
    """With a grace of zero a warning delivers at once."""
    stage = build(tmp_path, mode=Mode.WARN, hold=HoldSettings(grace=timedelta(0)))
    decision = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False
    )
    assert decision.deliver == {TYPED}
    stage.store.close()


def test_a_mode_is_switched_while_running(stage: Stage) -> None:
    """`missent mode observe` takes effect within seconds, without a restart."""
    stage.rulebook.set_mode(Mode.OBSERVE, None, "operator")
    stage.clock.pass_(seconds=3)
    decision = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False
    )
    assert decision.deliver == {TYPED}


def test_a_rule_can_have_its_own_mode(stage: Stage) -> None:
    """One rule observed, the others still enforced."""
    rule = stage.guard.judge(envelope(TYPED), None)[0].rule
    stage.rulebook.set_mode(Mode.OBSERVE, rule, "operator")
    assert stage.guard.consider(envelope(TYPED))[TYPED].action is Action.DELIVER
    assert stage.rulebook.mode() is Mode.ENFORCE


def test_signed_mail_waits_as_a_whole(stage: Stage) -> None:
    """A signature forbids editing the typo out, so Mary waits with John, and is named as innocent."""
    data = mail(BOTH, extra=SIGNED)
    decision = stage.guard.decide(envelope(TYPED, MARY), data, edge="milter", prepared=False)
    assert decision.deliver == frozenset()
    assert decision.edits == ()
    view = stage.answers.view(stage.token(decision.hold_id or ""))
    assert {row.held.mailbox: row.waits_only for row in view.rows} == {TYPED: False, MARY: True}


def test_signed_mail_may_be_let_through(tmp_path: Path) -> None:
    """With `visible_typo = deliver` the others have their copy, unedited."""
    stage = build(tmp_path, hold=HoldSettings(wait_when_signed=False))
    correspond(stage, MARY)
    data = mail(BOTH, extra=SIGNED)
    decision = stage.guard.decide(envelope(TYPED, MARY), data, edge="milter", prepared=False)
    assert decision.deliver == {MARY}
    assert decision.edits == ()
    stage.store.close()


@pytest.mark.parametrize("extra", [{"Auto-Submitted": "auto-replied"}, {}])
def test_automatic_mail_is_never_held(stage: Stage, extra: dict[str, str]) -> None:
    """Bounces and auto-replies go on: asking their sender would ask nobody."""
    sender = None if not extra else ANN
    data = mail("john@army.ml", extra=extra)
    decision = stage.guard.decide(
        envelope(TYPED, sender=sender), data, edge="milter", prepared=False
    )
    assert decision.deliver == {TYPED}
    assert decision.hold_id is None


@pytest.mark.parametrize("bad", [b"A\nB", b"A\rB", b"A\0B", b"A\r\n.\nB"])
def test_ambiguous_bytes_are_refused_before_judging(stage: Stage, bad: bytes) -> None:
    """Bytes that two programs read differently are not judged at all."""
    with pytest.raises(MalformedMessage):
        stage.guard.decide(envelope(MARY), mail("mary@army.mil") + bad, edge="proxy", prepared=True)


def test_refusal_at_rcpt_names_the_right_address(stage: Stage) -> None:
    """A certain slip is answered at once, with the correction; anything else is not."""
    line = stage.guard.refuse_at_rcpt(envelope(TYPED), TYPED)
    assert line is not None
    assert line.startswith("550 5.1.2 ")
    assert "did you mean <john@army.mil>?" in line
    assert stage.guard.refuse_at_rcpt(envelope(MARY), MARY) is None
    assert stage.guard.refuse_at_rcpt(envelope(TYPED, sender=None), TYPED) is None


def test_nobody_is_refused_at_rcpt_in_observe_mode(tmp_path: Path) -> None:
    """Observing touches nothing, not even at RCPT."""
    stage = build(tmp_path, mode=Mode.OBSERVE)
    assert stage.guard.refuse_at_rcpt(envelope(TYPED), TYPED) is None
    stage.store.close()


def test_the_resolved_recipient_is_judged_too(stage: Stage) -> None:
    """An alias the MTA turned into army.ml is held, though the raw address looked fine."""
    from missent.mail.envelope import Recipient

    alias = Recipient(Mailbox.parse("friends@partner.example"), resolved=TYPED)
    decision = stage.guard.decide(
        envelope(alias), mail("friends@partner.example"), edge="milter", prepared=False
    )
    assert decision.withheld == {alias.mailbox}


def test_too_many_holds_are_refused_for_now(tmp_path: Path) -> None:
    """A flood from one sender is told to come back later; nothing is released by it."""
    stage = build(tmp_path, hold=HoldSettings(quota=2))
    for number in range(2):
        data = mail("john@army.ml", message_id=f"<{number}@contractor.example>")
        stage.guard.decide(envelope(TYPED), data, edge="milter", prepared=False)
    data = mail("john@army.ml", message_id="<3@contractor.example>")
    with pytest.raises(QuotaExceeded):
        stage.guard.decide(envelope(TYPED), data, edge="milter", prepared=False)
    assert len(stage.store.holds()) == 2
    stage.store.close()


def test_block_removes_and_reports(tmp_path: Path) -> None:
    """A blocked recipient is taken out, and the sender gets a report; all blocked is a refusal."""
    when = {"recipient_domain": "rival.example"}
    rule: dict[str, object] = {"name": "rivals", "when": when, "action": "block"}
    stage = build(tmp_path, rules=[rule])
    correspond(stage, MARY)
    rival = Mailbox.parse("x@rival.example")
    both = stage.guard.decide(
        envelope(rival, MARY), mail("x@rival.example, mary@army.mil"), edge="m", prepared=False
    )
    assert both.deliver == {MARY}
    assert both.withheld == {rival}
    stage.outbox.work()
    [report] = stage.relay.to(ANN)
    assert b"5.7.1" in report
    assert b"message/delivery-status" in report
    alone = stage.guard.decide(envelope(rival), mail("x@rival.example"), edge="m", prepared=False)
    assert alone.refusal is not None
    assert alone.refusal.startswith("550 5.7.1 ")
    stage.store.close()


def test_sending_again_to_the_right_address_closes_the_hold(stage: Stage) -> None:
    """Who notices the slip and writes again need not answer the notice as well."""
    first = stage.guard.decide(envelope(TYPED), mail("john@army.ml"), edge="milter", prepared=False)
    data = mail("john@army.mil", message_id="<two@contractor.example>")
    stage.guard.decide(envelope(JOHN), data, edge="milter", prepared=False)
    hold = stage.store.get(first.hold_id or "")
    assert hold is not None
    assert hold.recipients[0].state is State.CANCELLED


def test_a_message_without_an_id_is_a_retry_only_while_open(stage: Stage) -> None:
    """A daily report with the same text is a new message once the last one was decided."""
    first = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml", message_id=None), edge="m", prepared=False
    )
    again = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml", message_id=None), edge="m", prepared=False
    )
    assert again.hold_id == first.hold_id
    stage.answers.cancel(first.hold_id or "", TYPED, "test")
    later = stage.guard.decide(
        envelope(TYPED), mail("john@army.ml", message_id=None), edge="m", prepared=False
    )
    assert later.hold_id != first.hold_id


def test_stored_bytes_are_the_bytes_judged(stage: Stage) -> None:
    """What is kept is exactly what came, however many chunks it takes."""
    data = mail("john@army.ml") + b"x" * 70 + b"\r\n" + (b"y" * 76 + b"\r\n") * 12_000
    decision = stage.guard.decide(envelope(TYPED), data, edge="milter", prepared=False)
    hold = stage.store.get(decision.hold_id or "")
    assert hold is not None
    assert len(list(stage.store.chunks(hold.hold_id))) > 1
    from missent.service.custody import Custody

    assert Custody(stage.store, stage.place.sealer).open(hold) == data
