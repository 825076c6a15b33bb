"""What a stranger sends unasked, or what we sent ourselves, buys no trust in any signal (law 1)."""

from __future__ import annotations

import pytest
from tests.judge.build import OURS, SENDER, days_ago

from missent.judge.case import Case
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.memory import Memory
from missent.service.ports import Sighting, SightingKind

AT = days_ago(0)
SENT, ANSWERED = SightingKind.SENT, SightingKind.ANSWERED
HEARD, WEAKLY = SightingKind.HEARD, SightingKind.HEARD_WEAKLY


def _learn(memory: Memory, kind: SightingKind, text: str, times: int) -> None:
    mailbox = Mailbox.parse(text)
    memory.learn(
        Sighting(kind, mailbox, SENDER, days_ago(90 - n), f"<{kind}.{n}.{text}>")
        for n in range(times)
    )


def _verdict(memory: Memory, text: str) -> Verdict:
    mailbox = Mailbox.parse(text)
    case = Case(
        Envelope("t", SENDER, (Recipient(mailbox),), AT),
        None,
        memory.view(SENDER, [mailbox], AT),
        OURS,
        AT,
    )
    return judge(case, Policy.with_defaults())[0]


@pytest.mark.parametrize("suspect", ["bob@gmial.com", "bob@contracter.example", "bob@army.ml"])
def test_weak_mail_clears_no_suspect_of_a_standing_name(suspect: str) -> None:
    """A shipped name and our own are never heard from, and stand all the same."""
    memory = Memory()
    _learn(memory, SENT, suspect, 10)
    before = _verdict(memory, suspect)
    _learn(memory, WEAKLY, suspect, 40)
    after = _verdict(memory, suspect)
    assert before.misdirection == after.misdirection
    assert before.action is after.action is Action.HOLD


@pytest.mark.parametrize("kind", [HEARD, WEAKLY])
def test_a_stranger_under_the_slip_of_a_suffix_gains_nothing_by_writing(kind: SightingKind) -> None:
    """Only an answer shows that somebody there was meant."""
    memory = Memory()
    _learn(memory, SENT, "bob@depot.mil", 60)
    _learn(memory, ANSWERED, "bob@depot.mil", 10)
    _learn(memory, kind, "evil@somebase.ml", 40)
    assert _verdict(memory, "jo@somebase.ml").action is Action.WARN


def test_a_nearer_name_does_not_hide_a_pinned_slip() -> None:
    """A squatter's other name in use changes neither the rule nor the hold."""
    memory = Memory()
    _learn(memory, SENT, "jo@arny.ml", 60)
    _learn(memory, WEAKLY, "jo@arny.ml", 60)
    verdict = _verdict(memory, "jo@army.ml")
    assert (verdict.action, verdict.rule) == (Action.HOLD, "suffix slip")


@pytest.mark.parametrize("kind", [SENT, HEARD, WEAKLY])
def test_a_taken_mailbox_at_a_provider_gains_nothing(kind: SightingKind) -> None:
    """Anybody can take the slip of a name at a provider; sends and unasked mail clear nobody."""
    memory = Memory()
    _learn(memory, SENT, "jonathan.smith@gmail.com", 20)
    _learn(memory, ANSWERED, "jonathan.smith@gmail.com", 20)
    before = _verdict(memory, "jonathan.smiht@gmail.com")
    _learn(memory, kind, "jonathan.smiht@gmail.com", 5)
    after = _verdict(memory, "jonathan.smiht@gmail.com")
    assert before.action is not Action.DELIVER
    assert after.action is not Action.DELIVER
    assert after.suggestion == Mailbox.parse("jonathan.smith@gmail.com")
