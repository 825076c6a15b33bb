"""A greeting that fits nobody the letter goes to."""

from __future__ import annotations

import pytest
from tests.judge.build import NOW, SENDER, case, message
from tests.judge.habits import all_of, box, first, letter, tie, used_to

from missent.judge import score
from missent.judge.case import Case, Record
from missent.judge.signals import greeting

BOB = "bob.jones@partner.example"


def greets(text: str, *to: str, subject: str = "") -> Case:
    """Make a letter that begins so."""
    recipients = to or (BOB,)
    return case(*recipients, about=letter(text, subject, *recipients))


@pytest.mark.parametrize(
    "text",
    [
        "Dear Anna,\n\nplease find",
        "Hi Anna -\n",
        "Anna,\nsee below",
        "\n\n  Hello Anna!\n",
        "Good morning Anna\n",
        "Liebe Anna,\n",
        "Sehr geehrte Frau Anna Müller,\n",
        "Bonjour Françoise Anna,\n",
        "Estimada Anna:\n",
        "Привет, Анна!\n".replace(", ", " "),
        "Anna and Hugo,\n",
        "ANNA,\n",
    ],
)
def test_somebody_else_is_greeted(text: str) -> None:
    """In several languages; the sentence never says who (law 8)."""
    [found] = first(greeting.find, greets(text))
    assert found.because == f"the greeting of this message does not fit {BOB}"
    assert "anna" not in repr(found).lower()


@pytest.mark.parametrize(
    "text",
    [
        "Dear Bob,\n",
        "Robert,\n",
        "Rob -\n",
        "Dear Mr. Jones,\n",
        "Hi Bobby,\n",
        "Hi all,\n",
        "Dear Sir or Madam,\n",
        "Team,\n",
        "Hey guys,\n",
        "Liebe Kollegen,\n",
        "Thanks, Anna",
        "Please ask Anna, she knows.",
        "Anna will call you.",
        "Anna is away, so",
        "Will you come, then?",
        "Amy,\nwrote the original",
        "Dear Xyzzy,\n",
        "Anna and Bob,\n",
        "",
        "\u202e\x00\ufffd,\n",
        "Dear " + "a" * 100_000,
        "," * 100_000,
        "a " * 100_000,
    ],
)
def test_a_greeting_that_fits_or_names_nobody_says_nothing(text: str) -> None:
    """Short forms, surnames, generic words, sentences, and the sender's own name in a quoted letter."""
    assert first(greeting.find, greets(text[:4000])) == []


@pytest.mark.parametrize(
    "to",
    [
        ("info@partner.example",),
        ("bj@partner.example",),
        ("bjones@partner.example",),
        (BOB, "info@partner.example"),
        (BOB, "anna.roe@partner.example"),
        tuple(f"{name}.roe@partner.example" for name in ("bob", "carl", "dora", "emil")),
    ],
)
def test_recipients_without_a_name_or_too_many_say_nothing(to: tuple[str, ...]) -> None:
    """Nobody knows what info@ is called."""
    assert all_of(greeting.find, greets("Dear Anna,\n", *to)) == []


def test_whoever_is_visible_counts_as_greeted() -> None:
    """The envelope may be one of several."""
    one = case(BOB, about=letter("Dear Anna,\n", "", BOB, "anna.roe@contractor.example"))
    assert first(greeting.find, one) == []


def test_letters_passed_on_and_validated_recipients_say_nothing() -> None:
    """The first line is somebody else's, or the sender said so before."""
    assert first(greeting.find, greets("Dear Anna,\n", subject="FW: offer")) == []
    known = {BOB: Record(validated=NOW)}
    assert first(greeting.find, case(BOB, about=letter("Dear Anna,\n", "", BOB), known=known)) == []
    assert first(greeting.find, case(BOB)) == []
    assert first(greeting.find, case(BOB, about=message())) == []


def test_who_the_greeting_names_is_suggested() -> None:
    """Two Joneses: alone worth a warning, and never a hold."""
    other = "anna.jones@partner.example"
    one = used_to(
        greets("Anna,\n"), {other: tie(1, 2)}, {BOB: (other, "carl.jones@partner.example")}
    )
    [found] = first(greeting.find, one)
    assert found.suggestion == box(other)
    assert 0.1 <= score.misdirection([found]) < 0.5


def test_what_friends_call_each_other_weighs_less() -> None:
    """Who is often written to may have a name no list has."""
    [found] = first(greeting.find, used_to(greets("Anna,\n"), {BOB: tie(*range(9))}))
    assert found.weight == greeting.WEIGHT + greeting.USED_TO


def test_both_of_two_recipients_are_told() -> None:
    """Either may be the wrong one."""
    found = all_of(greeting.find, greets("Dear Anna,\n", BOB, "carl.roe@partner.example"))
    assert len(found) == 2
    assert "nor any other recipient" in found[0].because


def test_ten_thousand_recipients_cost_nothing() -> None:
    """A mailing greets nobody in particular."""
    one = case(*(f"bob.p{n}@partner.example" for n in range(10_000)), about=letter("Dear Anna,\n"))
    assert all_of(greeting.find, one) == []
    assert SENDER.key == "amy"
