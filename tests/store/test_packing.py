"""What `store.packing` promises: what was written is read, in order, and holds no text of a letter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from missent.store import packing

_counts = st.integers(0, 2**31 - 1)


@given(st.lists(st.integers(0, 2**31 - 1), unique=True).map(sorted))
def test_numbers(numbers: list[int]) -> None:
    """Ascending numbers, none, one, many."""
    assert packing.read_numbers(packing.pack_numbers(numbers)) == numbers


@given(st.dictionaries(st.integers(0, 2**14 - 1), st.integers(1, 4_000).map(lambda n: n / 4)))
def test_terms(terms: dict[int, float]) -> None:
    """Buckets with halved weights, in their order."""
    read = packing.read_terms(packing.pack_terms(terms))
    assert list(read.items()) == list(terms.items())


@given(st.sets(st.binary(min_size=8, max_size=8)))
def test_marks(marks: set[bytes]) -> None:
    """Digests of one length."""
    assert packing.read_marks(packing.pack_marks(marks), 8) == marks


@given(st.dictionaries(st.text(), st.tuples(_counts, st.text())))
def test_parts(part: dict[str, tuple[int, str]]) -> None:
    """People with counts, in their order, whatever the addresses are made of."""
    assert list(packing.read_part(packing.pack_part(part)).items()) == list(part.items())


@given(st.dictionaries(st.text(), st.text()))
def test_names(names: dict[str, str]) -> None:
    """Mailboxes of a stem, in their order."""
    assert list(packing.read_names(packing.pack_names(names)).items()) == list(names.items())
