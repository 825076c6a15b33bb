"""One verdict a recipient; whatever breaks, holds."""

from __future__ import annotations

import timeit
from collections.abc import Iterable
from dataclasses import replace

import pytest
from tests.judge.build import case, letter, message, record

from missent.judge.case import Case
from missent.judge.content import Content, Detector
from missent.judge.finding import Finding
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Action
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

POLICY = Policy.with_defaults()


def test_every_recipient_has_its_own_verdict_in_order() -> None:
    """A good co-recipient does not wait for a bad one (law 2)."""
    verdicts = judge(case("a@army.mil", "b@army.ml", "c@navy.mil"), POLICY)
    assert [v.recipient.wire for v in verdicts] == ["a@army.mil", "b@army.ml", "c@navy.mil"]
    assert [v.action for v in verdicts] == [Action.DELIVER, Action.HOLD, Action.DELIVER]


def test_no_recipients_no_verdicts() -> None:
    """An envelope without recipients is judged to nothing."""
    assert judge(case(), POLICY) == ()


def test_a_bare_envelope_without_message_or_sender_is_judged() -> None:
    """Log lines and bounces have no message, or no sender (law 3)."""
    assert judge(case("b@army.ml", sender=None), POLICY)[0].action is Action.HOLD


@pytest.mark.parametrize(
    ("raw", "resolved"), [("b@army.ml", "b@army.mil"), ("b@army.mil", "b@army.ml")]
)
def test_the_worse_of_written_and_resolved_counts(raw: str, resolved: str) -> None:
    """A rewriting MTA hides no slip and makes none; the verdict names what was written."""
    both = Recipient(Mailbox.parse(raw), resolved=Mailbox.parse(resolved))
    found = judge(case(both), POLICY)[0]
    assert found.action is Action.HOLD
    assert found.recipient == Mailbox.parse(raw)
    assert found.suggestion == Mailbox.parse("b@army.mil")


def test_what_the_parser_could_not_read_holds_mail_to_the_outside() -> None:
    """Doubt is a finding, never a pass (law 5)."""
    doubtful = message(problems=("header_disagreement",))
    outside, inside = judge(
        case("x@partner.example", "y@contractor.example", about=doubtful), POLICY
    )
    assert (outside.action, outside.rule) == (Action.HOLD, "unreadable")
    assert "header_disagreement" in outside.because
    assert inside.action is Action.DELIVER


def _raises(_case: Case, _recipient: Recipient) -> Iterable[Finding]:
    raise RuntimeError("secret text")


def _detector_raises(_content: Content) -> list[Finding]:
    raise RuntimeError("secret text")


def test_a_check_that_raises_holds_and_repeats_nothing() -> None:
    """A broken signal or detector is doubt; its error text does not leak (laws 5 and 8)."""
    signal = judge(case("x@partner.example"), POLICY, signals=(_raises,))[0]
    detector = judge(
        case("x@partner.example", about=message()),
        POLICY,
        detectors=(Detector("broken", frozenset(), _detector_raises),),
    )[0]
    for found in (signal, detector):
        assert (found.action, found.rule) == (Action.HOLD, "unreadable")
        assert "secret" not in repr(found)


def test_sensitivity_raises_a_doubt_to_a_hold() -> None:
    """A doubtful recipient waits when the content is sensitive, and is only warned about else."""
    known = {"acmecorp.com": record(90, 60)}
    plain = judge(case("z@acmecorp.de", known=known, about=message("lunch")), POLICY)[0]
    crew = message("crew list", ("crew list.xlsx",))
    grave = judge(case("z@acmecorp.de", known=known, about=crew), POLICY)[0]
    assert (plain.action, plain.sensitivity) == (Action.WARN, 0)
    assert (grave.action, grave.sensitivity, grave.rule) == (
        Action.HOLD,
        2,
        "doubtful and sensitive",
    )


def test_novelty_alone_never_holds() -> None:
    """A first contact is explained and delivered (law 9), sensitive content or not."""
    known = {"partner.example": record(9, 9)}
    crew = message("crew list", ("crew list.xlsx",))
    found = judge(case("new@stranger.example", known=known, about=crew), POLICY)[0]
    assert found.action is Action.DELIVER
    assert [f.signal for f in found.findings] == ["first_contact", "people_list"]


def test_a_corrected_address_is_a_case_like_any_other() -> None:
    """A correction is judged again (law 6): the suggestion itself is delivered."""
    first = judge(case("b@army.ml"), POLICY)[0]
    assert first.suggestion is not None
    assert judge(case(first.suggestion.wire), POLICY)[0].action is Action.DELIVER


def test_the_same_case_gives_the_same_verdict() -> None:
    """Judging is pure."""
    one = case("b@army.ml", known={"army.mil": record(9, 9)})
    assert judge(one, POLICY) == judge(replace(one), POLICY)


def test_judging_is_quick() -> None:
    """A recipient with a handful of neighbours takes well under a millisecond (20 allowed here)."""
    names = ("partner", "partners", "prtner", "patner", "parter", "partne")
    one = case("b@partnr.example", known={f"{name}.example": record(9, 9) for name in names})
    judge(one, POLICY)
    assert min(timeit.repeat(lambda: judge(one, POLICY), number=10, repeat=3)) < 0.2


def test_content_that_cannot_be_taken_apart_holds() -> None:
    """Whatever raises on the way to the detectors is doubt, too (law 5)."""
    broken = message(documents=(letter("x"), None))  # type: ignore[arg-type]
    (verdict,) = judge(case("x@partner.example", about=broken), POLICY)
    assert (verdict.action, verdict.rule) == (Action.HOLD, "unreadable")
