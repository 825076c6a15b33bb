"""Beliefs about what is marked where two addresses differ."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.service.differences import differences


@pytest.mark.parametrize(
    ("one", "other", "marked"),
    [
        ("john@army.ml", "john@army.mil", (["ml"], ["mil"])),
        ("John@ARMY.mil", "john@army.mil", ([], [])),
        ("army.mil", "mail.army.mil", ([], ["mail."])),
        ("", "army.mil", ([], ["army.mil"])),
    ],
)
def test_the_labels_that_differ_are_marked(
    one: str, other: str, marked: tuple[list[str], list[str]]
) -> None:
    """Whole labels, and case is no difference."""
    found = differences(one, other)
    assert tuple([piece.text for piece in side if piece.marked] for side in found) == marked


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_character_is_added_or_lost(one: str, other: str) -> None:
    """Whatever stands in an address, and no piece is empty."""
    for text, pieces in zip((one, other), differences(one, other), strict=True):
        assert "".join(piece.text for piece in pieces) == text
        assert all(piece.text for piece in pieces)
