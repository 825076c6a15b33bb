"""A reply that an organisation joins which had no part in the conversation."""

from __future__ import annotations

import pytest
from tests.judge.build import NOW, case
from tests.judge.habits import all_of, first, letter, talk, tie, used_to

from missent.judge import score
from missent.judge.case import Case, Record
from missent.judge.circle import Talk
from missent.judge.signals import new_organisation

NEW, OLD, OURS = "roe@rival.example", "ann@partner.example", "bob@contractor.example"
REPLY = letter("", "Re: offer")
TALK = talk(OLD, OURS)


def joined(
    new: str = NEW, about: object = REPLY, conversation: Talk = TALK, **ties: object
) -> Case:
    """Make a reply to the old members and a new one."""
    return used_to(case(new, OLD, OURS, about=about), conversation=conversation)  # type: ignore[arg-type]


def test_whoever_joins_reads_what_the_others_wrote() -> None:
    """The sentence names the newcomer and the others; it is no warning by itself."""
    [found] = first(new_organisation.find, joined())
    assert found.because == (
        "rival.example took no part in the conversation this letter continues, "
        f"and you never wrote to {NEW} together with {OLD}"
    )
    assert score.misdirection([found]) < 0.1


def test_references_make_a_reply_too() -> None:
    """Whatever its subject says."""
    assert first(new_organisation.find, joined(about=letter(references=("<1@partner.example>",))))


def test_at_a_mail_provider_everybody_is_alone() -> None:
    """One person of a provider in the conversation does not let all of its people in."""
    conversation = talk(OLD, "cho@gmail.com")
    assert first(new_organisation.find, joined("dan@gmail.com", conversation=conversation))
    assert not first(new_organisation.find, joined("cho@gmail.com", conversation=conversation))


@pytest.mark.parametrize(
    "one",
    [
        joined(about=letter("", "offer")),
        joined(about=None),
        joined(conversation=Talk()),
        joined("eve@sub.partner.example"),
        joined("eve@contractor.example"),
        joined(conversation=talk(OURS)),
        joined(conversation=talk(OLD, NEW)),
        joined(conversation=talk(OLD, *(f"p{n}@partner.example" for n in range(60)))),
        used_to(case(NEW, OURS, about=REPLY), conversation=TALK),
        used_to(case(NEW, OLD, about=REPLY), {NEW: tie(4), OLD: tie(4)}, conversation=TALK),
        used_to(case(NEW, OLD, about=REPLY, known={NEW: Record(validated=NOW)}), conversation=TALK),
    ],
    ids=[
        "no_reply", "no_message", "no_talk", "same_owner", "ours", "only_us", "talks", "too_large",
        "passed_on", "together_before", "validated",
    ],
)  # fmt: skip
def test_it_is_silent(one: Case) -> None:
    """Where nobody joins, or nobody of another organisation is there to be read."""
    assert first(new_organisation.find, one) == []


def test_keys_that_are_no_addresses_are_passed_over() -> None:
    """A conversation may keep one key for several spellings of a mailbox."""
    odd = Talk(letters=2, received={OLD: 1, "nobody": 1, "пользователь@партнёр.example": 1})
    assert first(new_organisation.find, joined(conversation=odd))


def test_ten_thousand_recipients_cost_little() -> None:
    """A mailing ties nobody to anybody."""
    one = used_to(case(*(f"a@d{n}.example" for n in range(10_000)), about=REPLY), conversation=TALK)
    assert all_of(new_organisation.find, one) == []
