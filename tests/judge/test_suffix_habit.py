"""A suffix this organisation writes to, and one letter from it."""

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

BOB = Mailbox.parse("bob@depot.mil")
AT = days_ago(0)


def _memory(*kinds: SightingKind, mailbox: Mailbox = BOB, times: int = 1) -> Memory:
    memory = Memory()
    memory.learn(
        Sighting(kind, mailbox, SENDER, days_ago(30), f"<{kind}.{n}@x.example>")
        for kind in kinds
        for n in range(times)
    )
    return memory


def _verdict(memory: Memory, text: str) -> Verdict:
    mailbox = Mailbox.parse(text)
    envelope = Envelope("t", SENDER, (Recipient(mailbox),), AT)
    case = Case(envelope, None, memory.view(SENDER, [mailbox], AT), OURS, AT)
    return judge(case, Policy.with_defaults())[0]


SENT, ANSWERED, HEARD = SightingKind.SENT, SightingKind.ANSWERED, SightingKind.HEARD


def test_any_name_under_the_slip_is_asked_about() -> None:
    """With one answered correspondent in .mil, no base needs to be known by name."""
    verdict = _verdict(_memory(SENT, ANSWERED), "jo@some-unknown-base.ml")
    assert verdict.action is Action.WARN
    assert verdict.suggestion == Mailbox.parse("jo@some-unknown-base.mil")
    assert ".mil" in verdict.because


@pytest.mark.parametrize(
    "memory", [Memory(), _memory(SENT, times=500)], ids=["nobody", "only sent"]
)
def test_without_an_answer_from_there_mali_is_mali(memory: Memory) -> None:
    """Sends make no habit, and who has nothing to do with .mil is never asked."""
    assert _verdict(memory, "awa@telecom-bamako.ml").action is Action.DELIVER


def test_a_name_that_answers_is_left_alone_and_one_that_is_only_sent_to_is_not() -> None:
    """A real correspondent in Mali is asked about once; a thousand sends are no answer (law 1)."""
    memory = _memory(SENT, ANSWERED)
    awa = Mailbox.parse("awa@telecom-bamako.ml")
    memory.learn(Sighting(SENT, awa, SENDER, days_ago(9), f"<{n}@y.example>") for n in range(1000))
    assert _verdict(memory, awa.wire).action is Action.WARN
    memory.learn([Sighting(ANSWERED, awa, SENDER, days_ago(8), "<a@y.example>")])
    assert _verdict(memory, awa.wire).action is Action.DELIVER


def test_the_pinned_names_are_still_held() -> None:
    """The weaker signal takes nothing from the stronger one."""
    assert _verdict(_memory(SENT, ANSWERED), "john@army.ml").action is Action.HOLD


def test_the_record_of_a_suffix_counts_a_message_once() -> None:
    """Learning the same mail again does not make a habit stronger."""
    memory = _memory(SENT, ANSWERED)
    memory.learn([Sighting(SENT, BOB, SENDER, days_ago(30), "<sent.0@x.example>")])
    from missent.mail.domain import DomainName

    assert memory.domain(DomainName.parse("mil")).sent == 1
