"""A local part one slip from a known mailbox of the same domain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.judge.build import NOW, case, record
from tests.judge.habits import all_of, beside_known, box, first

from missent.judge import score
from missent.judge.case import Case, Record
from missent.judge.signals import local_typo

WARN, HOLD = 4.71, 6.9


def written(address: str, known: str, of: Record, own: Record | None = None) -> Case:
    """Make a case of one recipient beside one known mailbox."""
    one = case(address, known={address: own or Record(), "partner.example": record(9, 9)})
    return beside_known(one, {known: of})


OFTEN = replace(record(20, 9), sent_by_sender=12)


def test_a_dropped_letter_of_a_long_name_is_a_slip() -> None:
    """The sender often writes to the right one: strong enough to be held."""
    [found] = first(
        local_typo.find,
        written("jon.smithers@partner.example", "john.smithers@partner.example", OFTEN),
    )
    assert found.suggestion == box("john.smithers@partner.example")
    assert found.facts == {"suspect": True, "slip": "drop"}
    assert found.weight > WARN
    assert "john.smithers@partner.example but drops the h" in found.because
    assert "you wrote to that one 12 times" in found.because


def test_the_strongest_slips_alone_are_held() -> None:
    """Long, dropped, often written to, and no given name made of another."""
    [found] = first(
        local_typo.find,
        written("quentin.abernaty@partner.example", "quentin.abernathy@partner.example", OFTEN),
    )
    assert score.misdirection([found]) >= 0.5
    [fewer] = first(
        local_typo.find,
        written(
            "quentin.abernaty@partner.example", "quentin.abernathy@partner.example", record(2, 2)
        ),
    )
    assert 0.1 <= score.misdirection([fewer]) < 0.5


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("rsmith@partner.example", "jsmith@partner.example"),
        ("john1@partner.example", "john2@partner.example"),
        ("jsmith7@partner.example", "jsmith@partner.example"),
        ("ana@partner.example", "anna@partner.example"),
        ("maria@partner.example", "mario@partner.example"),
        ("anna.smith@partner.example", "anna.jones@partner.example"),
    ],
)
def test_real_neighbours_are_left_in_peace(address: str, known: str) -> None:
    """Initials, numbers, short names and other given names are people, not slips."""
    found = first(local_typo.find, written(address, known, record(5, 3)))
    assert score.misdirection(found) < 0.1


@pytest.mark.parametrize(
    "own",
    [
        Record(heard=1),
        Record(heard_weakly=1),
        Record(answered=1),
        Record(in_directory=True),
        Record(validated=NOW),
        Record(sent=30, recent=30.0, last_seen=NOW),
    ],
)
def test_whoever_is_known_is_no_slip(own: Record) -> None:
    """Heard from, answered, listed, validated, or written to as often as the other."""
    one = written(
        "jon.smithers@partner.example", "john.smithers@partner.example", record(20, 9), own
    )
    assert first(local_typo.find, one) == []


@pytest.mark.parametrize(
    "address", ["j.o.e.roebuck@partner.example", "joeroebuck+x@partner.example"]
)
def test_spellings_of_one_person_are_no_slips(address: str) -> None:
    """Dots and tags make no stranger."""
    assert first(local_typo.find, written(address, "joe.roebuck@partner.example", OFTEN)) == []


def test_each_letter_sent_there_makes_a_slip_less_likely() -> None:
    """It would have bounced."""
    known = "john.smithers@partner.example"
    weights = [
        first(
            local_typo.find, written("jonh.smithers@partner.example", known, OFTEN, Record(sent=n))
        )[0].weight
        for n in (0, 1, 3)
    ]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] - weights[1] == pytest.approx(-local_typo.WRITTEN_BEFORE)


def test_a_slip_at_a_mail_provider_is_somebody_and_one_at_home_bounces() -> None:
    """What bounces hurts nobody."""
    weights = [
        first(local_typo.find, written(f"jonh.smithers@{at}", f"john.smithers@{at}", OFTEN))[
            0
        ].weight
        for at in ("gmail.com", "partner.example", "contractor.example")
    ]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == 3


def test_letters_of_other_alphabets_are_compared_like_any() -> None:
    """Nothing raises, and a dropped one is a drop."""
    [found] = first(
        local_typo.find,
        written("jürgen.mülle@partner.example", "jürgen.müller@partner.example", OFTEN),
    )
    assert found.facts["slip"] == "drop"


def test_ten_thousand_recipients_cost_little() -> None:
    """Each is asked for its own neighbours only."""
    one = case(*(f"person{n}@partner.example" for n in range(10_000)))
    assert all_of(local_typo.find, one) == []
