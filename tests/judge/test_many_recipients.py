"""Many outsiders who see each other, and replies that have outgrown their conversation."""

from __future__ import annotations

import pytest
from tests.judge.build import case
from tests.judge.habits import all_of, first, letter, talk, tie, used_to

from missent.judge import score
from missent.judge.case import Case
from missent.judge.signals import many_recipients
from missent.mail.message import Message

CROWD = tuple(f"p{n}@firm{n % 6}.example" for n in range(15))
FIRMS = tuple(f"p@firm{n}.example" for n in range(6))
REPLY = "Re: offer"


def test_fifteen_strangers_who_see_each_other_are_found() -> None:
    """Each outside recipient is told, since each copy gives the others away."""
    one = case(*CROWD, "amy@contractor.example", about=letter("", "", *CROWD))
    found = all_of(many_recipients.find, one)
    assert [finding.about for finding in found] == list(CROWD)
    assert found[0].facts == {"outside_domains": 6, "recipients": 15}
    assert found[0].because.startswith("15 people of 6 outside organisations see each other's")


def test_that_many_read_it_makes_nobody_the_wrong_one() -> None:
    """A disclosure is no misdirection: the number stays where the prior has it."""
    one = case(*CROWD, about=letter("", "", *CROWD))
    assert score.misdirection(first(many_recipients.find, one)) == pytest.approx(0.001, rel=0.01)


def test_blind_copies_see_nobody() -> None:
    """The same people in Bcc are no disclosure."""
    about = letter("", "", "amy@contractor.example")
    assert all_of(many_recipients.find, case(*CROWD, about=about)) == []


def test_without_a_message_it_says_what_it_does_not_know() -> None:
    """Before Send, the envelope is all there is."""
    [found] = first(many_recipients.find, case(*CROWD))
    assert "unless all are in Bcc" in found.because


def test_a_reply_that_outgrew_its_conversation_is_found() -> None:
    """Six outside organisations, where there was one."""
    about = letter("", REPLY, *FIRMS)
    one = used_to(case(*FIRMS, about=about), conversation=talk(FIRMS[0], "amy@contractor.example"))
    [found] = first(many_recipients.find, one)
    assert "6 outside organisations, where the conversation so far had 1" in found.because


@pytest.mark.parametrize(
    ("to", "about", "had"),
    [
        (CROWD[:14], letter("", "", *CROWD[:14]), ()),
        (tuple(f"p{n}@firm.example" for n in range(40)), None, ()),
        (tuple(f"p{n}@contractor.example" for n in range(40)), None, ()),
        (FIRMS, letter("", "offer", *FIRMS), FIRMS[:1]),
        (FIRMS, letter("", REPLY, *FIRMS), FIRMS[:4]),
        (FIRMS, letter("", REPLY, *FIRMS), ()),
    ],
    ids=["fourteen", "one_firm", "ours", "no_reply", "same_circle", "new_subject"],
)
def test_it_is_silent(to: tuple[str, ...], about: Message | None, had: tuple[str, ...]) -> None:
    """Few, of one owner, or a conversation as it was."""
    one = used_to(case(*to, about=about), conversation=talk(*had) if had else None)
    assert all_of(many_recipients.find, one) == []


def test_a_circle_written_to_before_is_a_habit() -> None:
    """The sender knows whom they show to whom."""
    one = used_to(case(*CROWD), {name: tie(7) for name in CROWD})
    assert all_of(many_recipients.find, one) == []


def ten_thousand() -> Case:
    """Make the largest letter there is, with internationalised domains."""
    return case(*(f"p{n}@bücher{n % 50}.example" for n in range(10_000)))


def test_ten_thousand_recipients_cost_little() -> None:
    """What is counted of a letter is bounded, and the sentence says so."""
    found = all_of(many_recipients.find, ten_thousand())
    assert len(found) == 10_000
    assert found[-1].facts["recipients"] == many_recipients.READ
    assert "at least 64 people" in found[-1].because
