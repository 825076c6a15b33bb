"""The founding case: mail for .mil that went to .ml, on the first day of an installation."""

from __future__ import annotations

import pytest
from tests.judge.build import NOW, OURS, SENDER

from missent.judge.case import Case
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Action, Verdict
from missent.lookalike.shipped import shipped
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.memory import Memory

MIL = sorted(name.ascii for name in shipped().kinds if name.ascii.endswith(".mil"))


def _verdict(text: str) -> Verdict:
    mailbox = Mailbox.parse(text)
    envelope = Envelope("t", SENDER, (Recipient(mailbox),), NOW)
    view = Memory().view(SENDER, [mailbox], NOW)
    return judge(Case(envelope, None, view, OURS, NOW), Policy.with_defaults())[0]


@pytest.mark.parametrize("name", MIL)
def test_every_shipped_name_is_held_with_the_right_suggestion(name: str) -> None:
    """Empty history, one letter dropped: held, and the sender sees what was meant."""
    verdict = _verdict(f"john@{name.removesuffix('mil')}ml")
    assert verdict.action is Action.HOLD
    assert verdict.suggestion == Mailbox.parse(f"john@{name}")


@pytest.mark.parametrize("host", ["mail", "us", "ahqb.korea"])
def test_hosts_below_are_held_too(host: str) -> None:
    """A name before the known one changes nothing."""
    verdict = _verdict(f"john@{host}.army.ml")
    assert verdict.action is Action.HOLD
    assert verdict.suggestion is not None
    assert verdict.suggestion.domain.ascii.endswith("army.mil")


@pytest.mark.parametrize("text", ["john@аrmy.mil", "john@usarmy.ml", "john@mod.go.uk"])
def test_look_alike_letters_and_cheap_slips_are_held(text: str) -> None:
    """A Cyrillic letter, two slips at once, a slip inside a public suffix."""
    verdict = _verdict(text)
    assert verdict.action is Action.HOLD
    assert verdict.suggestion is not None


@pytest.mark.parametrize("text", ["awa@orange.ml", "jan@army.nl", "kim@münchen.example"])
def test_other_peoples_names_are_left_alone(text: str) -> None:
    """Mali, the Netherlands and umlauts are no mistakes."""
    assert _verdict(text).action is Action.DELIVER
