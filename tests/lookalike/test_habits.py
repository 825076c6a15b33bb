"""Which letter goes wrong, and into which."""

from __future__ import annotations

import pytest

from missent.lookalike import habits
from missent.lookalike.edits import Kind

QWERTY, QWERTZ, AZERTY = range(3)


@pytest.mark.parametrize(
    ("suffix", "keyboard"),
    [
        ("com", QWERTY),
        ("co.uk", QWERTY),
        ("me", QWERTY),
        ("de", QWERTZ),
        ("co.at", QWERTZ),
        ("ch", QWERTZ),
        ("cz", QWERTZ),
        ("fr", AZERTY),
        ("gouv.fr", AZERTY),
        ("be", AZERTY),
    ],
)
def test_a_country_has_its_keyboard(suffix: str, keyboard: int) -> None:
    """The top-level domain tells what most hands there type on."""
    assert habits.layout(suffix) == keyboard


@pytest.mark.parametrize(
    ("one", "other", "keyboard", "grade"),
    [
        ("a", "s", QWERTY, 3),
        ("a", "q", QWERTY, 2),
        ("a", "q", AZERTY, 3),
        ("y", "z", QWERTZ, 3),
        ("y", "z", QWERTY, 1),
        ("w", "z", QWERTZ, 1),
        ("w", "z", AZERTY, 3),
        ("m", "l", AZERTY, 3),
        ("m", "l", QWERTY, 1),
        ("a", "p", QWERTY, 0),
        ("", "p", QWERTY, 0),
    ],
)
def test_keys_are_near_on_the_keyboard_in_use(
    one: str, other: str, keyboard: int, grade: int
) -> None:
    """A key of another country's layout counts little, and its swapped keys count there alone."""
    assert habits.nearness(one, other, keyboard) == grade
    assert habits.nearness(other, one, keyboard) == grade


def test_the_last_letter_of_a_suffix_is_lost_first() -> None:
    """``.co`` before ``.cm`` before ``.om``; in a suffix of two labels each has its own end."""
    com = [habits.lost("army.com", at, 5) for at in (5, 6, 7)]
    assert com == sorted(com)
    assert habits.lost("mod.gov.uk", 6, 4) == com[2]


def test_unheard_letters_are_lost_more_often() -> None:
    """A vowel and the second of two consonants, before one that begins a syllable or the name."""
    text = "centrum.cz"
    first, vowel, onset, second = (habits.lost(text, at, 8) for at in (0, 1, 2, 3))
    assert vowel == second > onset > first


def test_letters_are_doubled_at_the_end_and_where_they_are_double() -> None:
    """The finger waits for the dot; who knows of two may type three."""
    text = "outlook.com"
    start, inner, double, end = (habits.doubled(text, at, 8) for at in (0, 2, 5, 6))
    assert start < inner < end < double


def test_hands_that_take_turns_swap_letters() -> None:
    """Two fingers of one hand keep their order better; the first letter is seen."""
    assert habits.swapped("gmail.com", 2) > habits.swapped("great.com", 2)
    assert habits.swapped("gmail.com", 0) < habits.swapped("gmail.com", 1)


def test_the_first_letter_is_seldom_wrong() -> None:
    """That is where the eye is."""
    inner = {wrote: weight for wrote, _, weight in habits.replacements("g", QWERTY, False, False)}
    first = {wrote: weight for wrote, _, weight in habits.replacements("g", QWERTY, True, False)}
    assert inner.keys() == first.keys()
    assert all(first[wrote] < inner[wrote] for wrote in inner)


def test_a_vowel_is_heard_as_its_neighbour() -> None:
    """Unstressed, an o becomes an a or a u before it becomes an e."""
    weights = {wrote: weight for wrote, _, weight in habits.replacements("o", QWERTY, False, False)}
    assert min(weights["a"], weights["u"]) > weights["e"] > weights["f"]


def test_digits_are_typed_by_neighbours_only_unless_every_one_is_wanted() -> None:
    """For a protected suffix each name counts, however strange."""
    some = {wrote for wrote, _, _ in habits.replacements("o", QWERTY, False, False)}
    every = {wrote: kind for wrote, kind, _ in habits.replacements("o", QWERTY, False, True)}
    assert {"0", "9"} <= some
    assert "5" not in some
    assert every["5"] is Kind.SUBSTITUTE
    assert len(every) == 35
    assert not [wrote for wrote, _ in habits.additions("a", "b", QWERTY, False) if wrote.isdigit()]
    assert len(habits.additions("a", "b", QWERTY, True)) == 34
