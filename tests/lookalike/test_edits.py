"""One slip of the hand, and its kind."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from missent.lookalike.edits import LOG_RATIOS, Kind, classify, classify_two, neighbours

NAMES = st.text("abcm1.-", min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("written", "known", "kind", "phrase"),
    [
        ("army.ml", "army.mil", Kind.DROP, "drops the i"),
        ("hotmai", "hotmail", Kind.DROP, "drops the l"),
        ("arrmy", "army", Kind.DOUBLE, "doubles the r"),
        ("gmial", "gmail", Kind.SWAP, "swaps a and i"),
        ("hotnail", "hotmail", Kind.NEIGHBOUR_KEY, "has n for m"),
        ("arzt", "aryt", Kind.NEIGHBOUR_KEY, "has z for y"),
        ("qrmy", "army", Kind.NEIGHBOUR_KEY, "has q for a"),
        ("armx", "arml", Kind.SUBSTITUTE, "has x for l"),
        ("162", "163", Kind.SUBSTITUTE, "has 2 for 3"),
        ("armyx", "army", Kind.INSERT, "adds the x"),
        ("usarmy", "us.army", Kind.MISSING_DOT, "lacks a dot"),
        ("us.army", "usarmy", Kind.EXTRA_DOT, "has a dot too many"),
        ("gibbsbruns", "gibbs-bruns", Kind.MISSING_HYPHEN, "lacks a hyphen"),
        ("gibbs-bruns", "gibbsbruns", Kind.EXTRA_HYPHEN, "has a hyphen too many"),
        ("gt-pge", "gt.pge", Kind.SEPARATOR, "has a hyphen for a dot"),
        ("gt.pge", "gt-pge", Kind.SEPARATOR, "has a dot for a hyphen"),
        ("u.sarmy", "us.army", Kind.SEPARATOR, "moves a dot or hyphen"),
    ],
)
def test_each_kind_of_slip_is_named(written: str, known: str, kind: Kind, phrase: str) -> None:
    """A slip is one of our kinds, and its phrase says what the written text does."""
    slip = classify(written, known)
    assert slip is not None
    assert (slip.kind, slip.phrase) == (kind, phrase)


@pytest.mark.parametrize(("one", "other"), [("army", "army"), ("army", "navy"), ("a", "abc")])
def test_no_slip_or_more_than_one_is_none(one: str, other: str) -> None:
    """Only a single slip is classified here."""
    assert classify(one, other) is None


@given(NAMES, NAMES)
def test_one_slip_is_exactly_osa_distance_one(one: str, other: str) -> None:
    """Our trimming and the library's distance agree on what a single slip is."""
    assert (classify(one, other) is not None) == (OSA.distance(one, other) == 1)


@pytest.mark.parametrize(
    ("written", "known", "kinds"),
    [
        ("halibutron", "halliburton", {Kind.DROP, Kind.SWAP}),
        ("contraxxor", "contractor", None),
        ("army", "navy", None),
        ("cntrator", "contractor", {Kind.DROP}),
    ],
)
def test_two_cheap_slips_in_one_text_are_told_apart(
    written: str, known: str, kinds: set[Kind] | None
) -> None:
    """Both must be slips that fingers make; of two changes that only happen to fit there is none."""
    both = classify_two(written, known)
    assert ({slip.kind for slip in both} if both else None) == kinds


def test_fingers_drop_letters_more_often_than_they_add_strange_ones() -> None:
    """The model is heavy on deletions: mistyped domains are not uniform noise."""
    assert LOG_RATIOS[Kind.DROP] > LOG_RATIOS[Kind.SWAP] > LOG_RATIOS[Kind.NEIGHBOUR_KEY]
    assert LOG_RATIOS[Kind.NEIGHBOUR_KEY] > LOG_RATIOS[Kind.SUBSTITUTE]
    beside, strange = classify("armty", "army"), classify("arm1y", "army")
    assert beside is not None
    assert strange is not None
    assert beside.log_ratio > strange.log_ratio


def test_keys_are_neighbours_both_ways_and_never_of_themselves() -> None:
    """The key map is symmetric and knows n beside m, but not l beside i."""
    pairs = neighbours()
    assert all((b, a) in pairs and a != b for a, b in pairs)
    assert ("n", "m") in pairs
    assert ("l", "i") not in pairs
