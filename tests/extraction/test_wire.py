"""The octets between the processes: what goes in comes out, and nothing forged gets through."""

from __future__ import annotations

import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.extraction import wire
from missent.extraction.reader import Item, Limits
from missent.extraction.wire import (
    DOCUMENT,
    READ,
    Job,
    MalformedReply,
    ReplyReader,
    document_octets,
    frame,
    frames,
    job_from,
    job_octets,
)
from missent.mail.document import Document, Picture, Reason, Table, Text, Where

FULL = Document(
    "2/1",
    "docx",
    "plan.docx",
    (Text("A line.\nAnother.", Where.BODY), Text("", Where.MARGIN), Text("ÄÖ \U0001f600")),
    (Table((("a", "b"), ("", ""), ("c",)), "Sheet 1", Where.HIDDEN), Table(())),
    (("title", "A plan"), ("author", "")),
    Picture(3, 4, -1.5, 179.0, "a camera", "2030-01-01T00:00:00"),
    (Reason.MALFORMED, Reason.ENCRYPTED),
    False,
)


def _read(*octets: bytes, limits: Limits | None = None) -> ReplyReader:
    reader = ReplyReader(["2"], limits or Limits())
    reader.take(b"".join(octets))
    return reader


def _head(**changes: object) -> bytes:
    """Write a document whose head says something else."""
    octets = document_octets(Document("2", "text"))
    (length,) = struct.unpack_from("!I", octets)
    head = json.loads(octets[4 : 4 + length]) | changes
    written = json.dumps(head).encode()
    return frame(DOCUMENT, struct.pack("!I", len(written)) + written + octets[4 + length :])


def test_a_document_comes_back_as_it_was() -> None:
    """Every field survives the way, in text of any script."""
    reader = _read(frame(DOCUMENT, document_octets(FULL)), frame(READ))
    assert reader.read == [[FULL]]
    assert reader.finished == 1


@given(
    st.lists(st.lists(st.text(max_size=9), min_size=1, max_size=4), max_size=4),
    st.text(max_size=30),
)
def test_any_text_comes_back(rows: list[list[str]], text: str) -> None:
    """All that is lost is what nobody can have written: lone surrogates, and two separators in cells."""
    table = Table(tuple(tuple(row) for row in rows))
    octets = document_octets(Document("2", "text", None, (Text(text),), (table,)))
    (document,) = _read(frame(DOCUMENT, octets)).read[0]
    assert document.texts[0].text == text.encode("utf-8", "replace").decode()
    read = document.tables[0].rows
    cleaned = tuple(
        tuple(c.translate(wire._MARKS).encode("utf-8", "replace").decode() for c in row)
        for row in rows
    )
    assert read == cleaned


@given(st.binary(max_size=300))
def test_noise_is_refused(octets: bytes) -> None:
    """Whatever comes, it is read or refused; nothing else is ever raised."""
    reader = ReplyReader(["2"], Limits())
    try:
        reader.take(octets)
        reader.take(frame(DOCUMENT, octets))
    except MalformedReply:
        assert reader.finished == 0


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
def test_an_altered_reply_is_refused_or_read(place: int, noise: bytes) -> None:
    """A reply with a few octets changed never raises anything but the refusal."""
    octets = bytearray(frame(DOCUMENT, document_octets(FULL)) + frame(READ))
    place %= len(octets)
    octets[place : place + len(noise)] = noise
    reader = ReplyReader(["2"], Limits())
    try:
        reader.take(bytes(octets))
    except MalformedReply:
        assert reader.finished == 0


@pytest.mark.parametrize(
    "forged",
    [
        _head(position="3"),
        _head(position="20"),
        _head(position="2/x"),
        _head(position="2" + "/1" * 65),
        _head(position=2),
        _head(kind="Text"),
        _head(kind="x" * 40),
        _head(kind=None),
        _head(name=5),
        _head(attached="yes"),
        _head(problems=["no such reason"]),
        _head(problems="timeout"),
        _head(texts=[["body", 5]]),
        _head(texts=[["body", -1]]),
        _head(texts=[["body", True]]),
        _head(texts=[["nowhere", 0]]),
        _head(texts=[["body"]]),
        _head(texts={"a": 1}),
        _head(texts=[["body", 0]] * 200_001),
        _head(tables=[["a", "body", 0]] * 20_001),
        _head(tables=[[None, "body", 0]]),
        _head(properties="0"),
        _head(picture=[1, 2]),
        _head(picture=[-1, 2, None, None, "", ""]),
        _head(picture=[1 << 40, 2, None, None, "", ""]),
        _head(picture=[1, 2, 91.0, None, "", ""]),
        _head(picture=[1, 2, float("nan"), None, "", ""]),
        _head(picture=[1, 2, True, None, "", ""]),
        _head(picture=[1, 2, None, None, 7, ""]),
        frame(DOCUMENT, b""),
        frame(DOCUMENT, struct.pack("!I", 5) + b"[]"),
        frame(DOCUMENT, struct.pack("!I", 2) + b"[]"),
        frame(DOCUMENT, struct.pack("!I", 100_000) + b"[" * 100_000),
        frame(DOCUMENT, struct.pack("!I", 9_000) + b"1" * 9_000),
        frame(DOCUMENT, document_octets(FULL) + b"more"),
        frame(7),
        frame(READ),
        _head() + frame(READ, b"x"),
        _head() + frame(READ) + frame(READ),
        _head() + frame(READ) + _head(),
        _head() * 10_001,
    ],
)
def test_a_forged_document_is_refused(forged: bytes) -> None:
    """No type, count, size or position is believed."""
    with pytest.raises(MalformedReply) as refusal:
        _read(forged)
    assert len(str(refusal.value)) < 20


def test_cells_are_counted_before_they_are_split() -> None:
    """A table of more cells than any reader may give is refused while it is still octets."""
    table = Table((("",) * 150_000,))
    with pytest.raises(MalformedReply):
        _read(
            frame(DOCUMENT, document_octets(Document("2", "csv", tables=(table,)))),
            limits=Limits(cells=10),
        )


def test_names_are_one_line() -> None:
    """Names from inside archives cannot forge lines of a notice."""
    (document,) = _read(
        frame(DOCUMENT, document_octets(Document("2", "zip", "a\r\nb\u202ec")))
    ).read[0]
    assert document.name == "a bc"


def test_a_frame_cut_short_is_left_out() -> None:
    """What a killed process was writing is no answer, and no forgery either."""
    whole, cut = frame(DOCUMENT, document_octets(FULL)), frame(READ) + frame(DOCUMENT, b"abc")
    for end in range(len(cut)):
        reader = ReplyReader(["2", "3"], Limits())
        reader.take(whole + cut[:end])
        assert reader.read[0] == [FULL]
    assert [kind for kind, _ in frames(whole + cut)] == [DOCUMENT, READ, DOCUMENT]


def test_a_job_comes_back_as_it_was() -> None:
    """Items, limits and settings reach the reading process."""
    items = (
        Item("2", "text/plain", "a\udcff.txt", b"\0\xff"),
        Item("3", "", None, b""),
    )
    job = Job(items, Limits(cells=7), 1 << 29, 11, ocr=True)
    assert job_from(memoryview(b"".join(job_octets(job)))) == job
