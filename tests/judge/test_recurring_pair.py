"""A look-alike that is written to again and again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.judge.build import NOW, SENDER, case, days_ago, message, record
from tests.judge.habits import all_of, box, first

from missent.judge.case import Case, Record
from missent.judge.signals import recurring_pair
from missent.mail.mailbox import Mailbox

WRONG = "joe.roe@army.ml"
TWICE = Record(sent=2, sent_by_sender=2, first_seen=days_ago(30))


def again(
    own: Record = TWICE,
    sender: Mailbox | None = SENDER,
    to: str = WRONG,
    known: dict[str, Record] | None = None,
) -> Case:
    """Make one more letter to the same mailbox."""
    domain = to.rpartition("@")[2]
    return case(to, known={to: own, domain: Record(sent=own.sent)} | (known or {}), sender=sender)


def test_the_third_letter_says_since_when_and_what_to_mend() -> None:
    """A public name needs no history."""
    [found] = first(recurring_pair.find, again())
    assert found.facts == {"recurring": True, "times": 3, "forwarded": False}
    assert found.suggestion == box("joe.roe@army.mil")
    assert found.because == (
        f"you wrote to {WRONG} 2 times before since 2031-04-20 and nobody there ever answered; "
        "if an address book or a forwarding rule has this address for joe.roe@army.mil, "
        "it needs mending there"
    )
    assert found.weight < 1


def test_a_known_name_that_answers_is_what_was_meant() -> None:
    """Not only public names have look-alikes."""
    known = {"partner.example": record(20, 9)}
    assert first(recurring_pair.find, again(to="joe@parner.example", known=known))
    silent = {"partner.example": record(20)}
    assert not first(recurring_pair.find, again(to="joe@parner.example", known=silent))


@pytest.mark.parametrize(
    "sender",
    ["SRS0=ab1c=XY=other.test=joe@contractor.example", "amy+caf_=joe=x.test@contractor.example"],
)
def test_a_rewritten_return_path_is_a_forwarding_rule(sender: str) -> None:
    """Its sender changes daily, so that all letters from here count."""
    own = replace(TWICE, sent=40, sent_by_sender=0)
    [found] = first(recurring_pair.find, again(own, box(sender)))
    assert found.facts == {"recurring": True, "times": 41, "forwarded": True}
    assert "if a forwarding rule has this address" in found.because


def test_a_resent_message_is_a_forwarding_rule() -> None:
    """Whoever resent it; the null path, too."""
    one = replace(again(sender=None), message=replace(message(), resent=True))
    assert first(recurring_pair.find, one)[0].facts["forwarded"] is True


@pytest.mark.parametrize(
    "own",
    [
        replace(TWICE, sent_by_sender=1),
        replace(TWICE, answered=1),
        replace(TWICE, in_directory=True),
        replace(TWICE, validated=NOW),
    ],
)
def test_it_is_silent_for_whoever_may_be_real(own: Record) -> None:
    """Seldom written to, heard from, listed or validated."""
    assert first(recurring_pair.find, again(own)) == []


@pytest.mark.parametrize(
    "to", ["joe@army.mil", "joe@stranger.example", "joe@contractor.example", "joe@[192.0.2.1]"]
)
def test_it_is_silent_where_nothing_is_alike(to: str) -> None:
    """A friend who never answers is no slip."""
    assert first(recurring_pair.find, again(to=to)) == []


def test_internationalised_names_are_compared_as_they_read() -> None:
    """A slip in one is a slip."""
    known = {"bücherei.example": record(20, 9)}
    assert first(recurring_pair.find, again(to="joe@büchrei.example", known=known))


def test_ten_thousand_recipients_cost_little() -> None:
    """Who was not written to before is not looked at."""
    one = case(*(f"p{n}@army.ml" for n in range(10_000)), known={"army.ml": Record(sent=9)})
    assert all_of(recurring_pair.find, one) == []
