"""A mail provider's mailbox with the name of somebody known elsewhere."""

from __future__ import annotations

import pytest
from tests.judge.build import case
from tests.judge.habits import all_of, box, first, letter, used_to

from missent.judge import score
from missent.judge.case import Case, Record
from missent.judge.signals import personal_mailbox

SENDER = box("jane.roe@contractor.example")


def known_as(address: str, *rivals: str) -> Case:
    """Make a case of one recipient, beside whom the sender writes to under a like name."""
    return used_to(case(address, sender=SENDER), rivals={address: rivals})


@pytest.mark.parametrize(
    ("address", "rivals", "whose"),
    [
        ("jane.roe@gmail.com", (), "sender"),
        ("roe_jane77@gmail.com", (), "sender"),
        ("janeroe@gmail.com", (), "sender"),
        ("bob.jones@gmail.com", ("bob.jones@contractor.example",), "colleague"),
        ("bob.jones@gmail.com", ("bob.jones@partner.example",), "correspondent"),
        ("søren.kjær@gmail.com", ("søren.kjær@partner.example",), "correspondent"),
    ],
)
def test_it_says_whose_it_seems_to_be(address: str, rivals: tuple[str, ...], whose: str) -> None:
    """By the names in the address."""
    [found] = first(personal_mailbox.find, known_as(address, *rivals))
    assert found.facts == {"whose": whose}
    assert found.suggestion == (box(rivals[0]) if rivals else None)
    assert address in found.because


def test_another_recipient_may_be_the_same_person() -> None:
    """Sent to the office and home at once."""
    one = case("bob.jones@gmail.com", "bob.jones@partner.example", sender=SENDER)
    assert [found.facts["whose"] for found in all_of(personal_mailbox.find, one)] == [
        "correspondent"
    ]


def test_it_hardly_weighs_and_a_habit_not_at_all() -> None:
    """It is common; a policy asks for it beside sensitivity."""
    address = "jane.roe@gmail.com"
    [found] = first(personal_mailbox.find, known_as(address))
    assert score.misdirection([found]) < 0.01
    used = case(address, known={address: Record(sent=5, sent_by_sender=5)}, sender=SENDER)
    assert [f.weight for f in first(personal_mailbox.find, used)] == [0.0]


@pytest.mark.parametrize(
    ("address", "rivals"),
    [
        ("info@gmail.com", ("info@partner.example",)),
        ("jroe@gmail.com", ("jroe@partner.example",)),
        ("bob.jones@partner.example", ("bob.jones@contractor.example",)),
        ("bob.jones@gmail.com", ("bob.jones@yahoo.com",)),
        ("bob.jones@gmail.com", ("bob.smith@contractor.example",)),
        ("12345@gmail.com", ("12345@partner.example",)),
    ],
)
def test_it_is_silent(address: str, rivals: tuple[str, ...]) -> None:
    """For roles, initials, organisations' own mailboxes, and other people."""
    assert first(personal_mailbox.find, known_as(address, *rivals)) == []


def test_the_null_sender_and_ten_thousand_recipients_cost_little() -> None:
    """Everything looked at is bounded."""
    one = case(*(f"p{n}.roe@gmail.com" for n in range(10_000)), sender=None, about=letter())
    assert all_of(personal_mailbox.find, one) == []
