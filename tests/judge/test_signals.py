"""The smaller signals."""

from __future__ import annotations

import pytest
from tests.judge.build import case, message, record

from missent.judge.case import Record
from missent.judge.signals import first_contact, unreadable
from missent.judge.signals.first_contact import NEW_DOMAIN, NEW_MAILBOX, ONLY_WEAKLY_HEARD

KNOWN = {"partner.example": record(9, 9)}


@pytest.mark.parametrize(
    ("to", "extra", "weight"),
    [
        ("new@stranger.example", {}, NEW_DOMAIN),
        ("new@partner.example", {}, NEW_MAILBOX),
        (
            "w@partner.example",
            {"w@partner.example": Record(heard_weakly=3)},
            ONLY_WEAKLY_HEARD,
        ),
        ("w@partner.example", {"w@partner.example": Record(sent=1)}, None),
        ("w@partner.example", {"w@partner.example": Record(heard=1)}, None),
        ("w@partner.example", {"w@partner.example": Record(in_directory=True)}, None),
        ("new@contractor.example", {}, None),
    ],
)
def test_a_first_contact_weighs_little(
    to: str, extra: dict[str, Record], weight: float | None
) -> None:
    """The less is known of a mailbox, the more it weighs, and never much."""
    one = case(to, known=KNOWN | extra)
    found = list(first_contact.find(one, one.envelope.recipients[0]))
    assert [f.weight for f in found] == ([weight] if weight else [])
    assert all(to in f.because for f in found)


def test_before_anything_is_learned_nothing_is_new() -> None:
    """On the first day the signal is silent."""
    one = case("new@stranger.example")
    assert list(first_contact.find(one, one.envelope.recipients[0])) == []


def test_each_problem_of_a_message_is_a_finding() -> None:
    """By its short name."""
    one = case("x@partner.example", about=message(problems=("too_many_parts", "bad_base64")))
    found = list(unreadable.find(one, one.envelope.recipients[0]))
    assert [f.facts["problem"] for f in found] == ["too_many_parts", "bad_base64"]
    assert list(unreadable.find(case("x@partner.example"), one.envelope.recipients[0])) == []
