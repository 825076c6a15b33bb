"""What sounds alike."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.lookalike.shipped import shipped
from missent.lookalike.sounds import SHORTEST, sound, sounds_alike


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hotmale", "hotmail"),
        ("outluk", "outlook"),
        ("fastmale", "fastmail"),
        ("protonmale", "protonmail"),
        ("googel", "google"),
        ("lokheed", "lockheed"),
        ("hallyburton", "halliburton"),
        ("smythson", "smithson"),
        ("contracter", "contractor"),
        ("jonson-freight", "johnson-freight"),
        ("defense", "defence"),
    ],
)
def test_spellings_of_one_sound_are_alike(one: str, other: str) -> None:
    """Who was told a name and not shown it writes one for the other."""
    assert sounds_alike(one, other)
    assert sounds_alike(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hotmail", "hotmail"),
        ("bank", "banc"),
        ("pattern", "pitman"),
        ("northcom", "southcom"),
        ("claycountymn", "claycountymo"),
        ("burlington-wi", "burlingtonwy"),
        ("gmail2go", "gmail2goe"),
    ],
)
def test_short_names_and_other_sounds_are_not(one: str, other: str) -> None:
    """A vowel counts, a state's two letters count, and a short name sounds like nothing."""
    assert not sounds_alike(one, other)


def test_public_names_do_not_sound_alike() -> None:
    """No two names that come with Missent are taken for each other by ear, but of one stem."""
    stems = {n.ascii.removesuffix("." + n.public_suffix) for n in shipped().kinds}
    alike = {p for p in itertools.combinations(sorted(stems), 2) if sounds_alike(*p)}
    assert alike <= {("defence", "defense")}


@given(st.text(max_size=80))
def test_any_text_has_a_key_or_none(text: str) -> None:
    """Nothing raises; a key is never longer than twice the text, and short texts have none."""
    key = sound(text)
    assert len(key) <= 2 * len(text)
    if len(text) < SHORTEST:
        assert key == ""
