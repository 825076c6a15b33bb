"""Given names and whom the first line of a letter speaks to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.judge.givennames import addressed, is_given, may_be_called, shipped


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("Dear Anna,", ("anna",)),
        ("Bob and Ann -", ("bob", "ann")),
        ("Dear Mr. Smith:", ("smith",)),
        ("Guten Morgen Jürgen!", ("jurgen",)),
        ("Bob", ("bob",)),
        ("Hi all,", ()),
        ("Report,", ()),
        ("Bob is away", ()),
        ("> Dear Anna,", ()),
    ],
)
def test_the_first_line_speaks_to_somebody(text: str, called: tuple[str, ...]) -> None:
    """Without a salutation only known given names count."""
    assert addressed(text) == called


@pytest.mark.parametrize(
    ("key", "word", "may"),
    [
        ("robert.jones", "Bob", True),
        ("bob.jones", "Robert", True),
        ("rob.jones", "bob", True),
        ("jsmith", "John", False),
        ("j.smith", "John", True),
        ("steven.roe", "Stephen", True),
        ("juergen.roe", "Jürgen", True),
        ("johnsmith", "Smith", True),
        ("bob.jones", "Anna", False),
    ],
)
def test_doubt_counts_for_yes(key: str, word: str, may: bool) -> None:
    """Short forms both ways, initials before a dot, and other spellings."""
    assert may_be_called(key, word) is may


def test_the_lists_are_folded_and_salutations_are_one_or_two_words() -> None:
    """As they are looked up."""
    lists = shipped()
    assert all(len(phrase) <= 2 for phrase in lists.salutations)
    words = {word for phrase in lists.salutations for word in phrase} | lists.titles | lists.generic
    assert all(word == word.casefold() for word in words)
    assert is_given("Françoise") == is_given("francoise")
    assert not lists.generic & lists.given


@given(st.text(max_size=200))
def test_no_text_makes_it_raise(text: str) -> None:
    """Whatever a letter begins with."""
    assert isinstance(addressed(text), tuple)
