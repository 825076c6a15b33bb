"""Tests of `missent.extraction.reading`: which reader reads what, and that none of them raises."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.extraction.make import documents, only, zipped

from missent.extraction import reading
from missent.extraction.kinds import kind_of
from missent.extraction.reader import Item, Limits
from missent.extraction.samples import samples
from missent.mail.document import Document, Reason

_SAMPLES = list(samples())
_TOLD = {
    "a.asc": Reason.ENCRYPTED,
    "a.doc": Reason.UNKNOWN_KIND,
    "b.xml": Reason.MALFORMED,
}
"""A compound file with nothing in it is of no kind."""


@pytest.mark.parametrize(("name", "octets"), _SAMPLES, ids=[name for name, _ in _SAMPLES])
def test_samples_are_read(name: str, octets: bytes) -> None:
    """Every sample is read by a reader that is there, without a problem that would hold a mail."""
    found = documents(octets, name)
    problems = {problem for document in found for problem in document.problems}
    assert problems <= {_TOLD.get(name, Reason.PICTURE)}
    assert found[0].position == "2"
    assert found[0].kind == kind_of(octets, name)


def test_every_reader_has_a_sample() -> None:
    """What is read in the sandbox was read once before."""
    assert set(reading._READERS.values()) <= {
        reading._READERS.get(kind_of(octets, name)) for name, octets in _SAMPLES
    }


def test_preload_reads_them() -> None:
    """It may be called more than once."""
    reading.preload()
    reading.preload()


def test_kinds_without_a_reader() -> None:
    """Programs are unknown, a database is known: nothing reads either."""
    assert only(b"MZ\x90\x00" + bytes(200), "setup.exe").problems == (Reason.UNKNOWN_KIND,)
    assert only(b"SQLite format 3\x00" + bytes(200)).problems == (Reason.NO_READER,)
    assert only(b"").problems == ()
    assert only(b"").kind == "empty"


def test_a_reader_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An extra that is missing is told as such, and holds nothing."""
    monkeypatch.setitem(reading._READERS, "pdf", "not_there")
    reading._reader.cache_clear()
    try:
        assert only(b"%PDF-1.7\n").problems == (Reason.NO_READER,)
    finally:
        reading._reader.cache_clear()


def test_what_is_not_what_it_is_called() -> None:
    """A program called a report is told; octets that are no PDF at all are a broken PDF."""
    program = only(b"MZ\x90\x00" + bytes(200), "report.pdf")
    assert program.properties == (("disguised", "yes"),)
    assert program.problems == (Reason.UNKNOWN_KIND,)
    archive = documents(zipped({"a.txt": b"A"}), "photo.jpg")
    assert archive[0].properties == (("disguised", "yes"),)
    assert archive[1].properties == ()
    assert only(bytes(range(256)), "report.pdf").problems == (Reason.MALFORMED,)


def test_each_item_has_its_answer_after_a_limit() -> None:
    """What comes after the limit is not passed over in silence."""
    items = [Item(str(n), "", f"{n}.txt", b"A" * 1000) for n in range(1, 5)]
    found = list(reading.read_all(items, Limits(octets=2_500)))
    assert [(d.position, d.kind, d.problems) for d in found] == [
        ("1", "text", ()),
        ("2", "text", ()),
        ("3", "text", (Reason.TOO_BIG,)),
        ("4", "text", (Reason.TOO_BIG,)),
    ]


def _checked(found: list[Document]) -> None:
    for document in found:
        assert document.position.startswith("2")
        assert all(isinstance(text.text, str) for text in document.texts)
        assert all(isinstance(c, str) for t in document.tables for row in t.rows for c in row)
        assert all(isinstance(said, str) for pair in document.properties for said in pair)


_SMALL = Limits(
    octets=2_000_000, members=50, characters=200_000, cells=20_000, pages=20, pixels=10_000
)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(_SAMPLES),
    st.lists(
        st.tuples(
            st.integers(0, 5_000),
            st.sampled_from(["set", "cut", "double", "insert"]),
            st.binary(max_size=9),
        ),
        min_size=1,
        max_size=6,
    ),
)
def test_mutated_samples_never_raise(
    sample: tuple[str, bytes], changes: list[tuple[int, str, bytes]]
) -> None:
    """Whatever is changed in a file, reading it ends with documents, soon."""
    name, octets = sample
    changed = bytearray(octets)
    for place, how, piece in changes:
        at = place % (len(changed) or 1)
        if how == "set":
            changed[at : at + len(piece)] = piece
        elif how == "cut":
            del changed[at : at + 1 + len(piece)]
        elif how == "double":
            changed[at:at] = changed[at : at + 200]
        else:
            changed[at:at] = piece
    start = time.perf_counter()
    found = documents(bytes(changed), name, limits=_SMALL)
    assert found
    assert time.perf_counter() - start < 10
    _checked(found)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=500), st.sampled_from([name for name, _ in _SAMPLES]))
def test_any_octets_are_read(octets: bytes, name: str) -> None:
    """Octets that are nothing, under any name."""
    _checked(documents(octets, name, limits=_SMALL))
