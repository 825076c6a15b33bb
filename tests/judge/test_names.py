"""Names in addresses, and whom a greeting names."""

from __future__ import annotations

import pytest

from missent.judge import names
from missent.judge.names import Likeness
from missent.mail.mailbox import Mailbox


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("john.smith", "john_smith7", Likeness.SAME),
        ("j..smith", "smith", Likeness.SAME),
        ("john.smith", "john.brook", Likeness.NAME),
        ("ann.smith", "john.smith", Likeness.NAME),
        ("jsmith", "john.smith", Likeness.INITIAL),
        ("john.smith", "smithj", Likeness.INITIAL),
        ("joh", "johanna.wood", Likeness.STEM),
        ("john.smith", "mary.wood", Likeness.NONE),
        ("", "", Likeness.NONE),
        ("12345", "12345", Likeness.NONE),
        ("a", "a", Likeness.NONE),
        ("øystein.å", "øystein.berg", Likeness.NAME),
    ],
)
def test_names_are_compared_as_people_mistake_them(
    one: str, other: str, likeness: Likeness
) -> None:
    """Whole names, initials and the first letters typed make two mailboxes alike, in either order."""
    assert names.likeness(one, other) is likeness
    assert names.likeness(other, one) is likeness


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Bob,\nplease", {"bob"}),
        ("Hi Bob and Ann -", {"bob", "ann"}),
        ("\n\n  Dear Dr. Stone:", set()),
        ("Dear Zoë,", {"zoë"}),
        ("Please find the attached plan of the bridge", set()),
        ("", set()),
        (" \n\t\n", set()),
    ],
)
def test_a_greeting_is_in_the_first_line(text: str, words: set[str]) -> None:
    """Only a short first line that ends or pauses greets somebody."""
    assert names.greeted(text) == words


@pytest.mark.parametrize(
    ("key", "word", "called"),
    [
        ("robert.stone", "bob", True),
        ("bob.stone", "robert", True),
        ("jeffrey.lane", "jeff", True),
        ("bob.stone", "stone", True),
        ("bob.stone", "ann", False),
        ("", "bob", False),
    ],
)
def test_short_forms_call_the_same_person(key: str, word: str, called: bool) -> None:
    """Bob is Robert, Jeff is Jeffrey, and nobody answers to another's name."""
    assert names.answers_to(key, [word]) is called


def test_the_likest_comes_first() -> None:
    """A rival of the same name goes before one with the same letters, of equals the latest first."""
    found = [Mailbox.parse(f"{key}@a.example") for key in ("joh", "john.a", "john.b", "mary")]
    assert [m.key for m in names.likest("john.c", found)] == ["john.b", "john.a", "joh", "mary"]
