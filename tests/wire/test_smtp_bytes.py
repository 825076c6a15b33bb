"""SMTP's framing: nothing but CRLF "." CRLF ends a message, wherever the octets are cut."""

from __future__ import annotations

import itertools
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import MalformedCommand, ProtocolError
from missent.wire.smtp_bytes import (
    DataReader,
    LineBuffer,
    Reply,
    ReplyReader,
    ambiguous,
    dot_stuff,
)

SMUGGLING = {
    "LF.LF": b"\n.\n",
    "LF.CRLF": b"\n.\r\n",
    "CRLF.LF": b"\r\n.\n",
    "LF.CR": b"\n.\r",
    "CR.LF": b"\r.\n",
    "CR.CR": b"\r.\r",
    "CR.CRLF": b"\r.\r\n",
    "CRLF.CR": b"\r\n.\r",
    "CRLF NUL . CRLF": b"\r\n\0.\r\n",
    "CRLF . NUL CRLF": b"\r\n.\0\r\n",
    "CRLF . CRCRLF": b"\r\n.\r\r\n",
    "CRCRLF . CRCRLF": b"\r\r\n.\r\r\n",
}
"""The non-standard ends of data that some servers took for the end (CVE-2023-51764 and its kin)."""

_WIRE = st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"a", b"..", b"\0", b"\r\n."]))
_LINES = st.lists(st.binary(max_size=8).map(lambda b: b.replace(b"\r", b"").replace(b"\n", b"")))


def _read(chunks: list[bytes], limit: int = 1000) -> DataReader:
    reader = DataReader(limit)
    for chunk in chunks:
        if reader.finished:
            reader.leftover += chunk
        else:
            reader.feed(chunk)
    return reader


def _cut(octets: bytes, places: list[int]) -> list[bytes]:
    marks = [0, *sorted(place % (len(octets) + 1) for place in places), len(octets)]
    return [octets[a:b] for a, b in itertools.pairwise(marks)]


@pytest.mark.parametrize("sequence", SMUGGLING.values(), ids=SMUGGLING)
@pytest.mark.parametrize("before", [b"Subject: one\r\n\r\nbody", b""])
def test_nothing_else_ends_a_message(sequence: bytes, before: bytes) -> None:
    """Each sequence is read on over, and the message with it in is refused."""
    smuggled = b"MAIL FROM:<eve@army.ml>\r\nDATA\r\nSubject: two\r\n"
    whole = before + sequence + smuggled
    reader = DataReader(1000)
    assert not reader.feed(whole)
    assert reader.feed(b".\r\n")
    assert ambiguous(reader.content())
    assert smuggled in reader.content()
    assert reader.leftover == b""


def test_the_standard_end_is_the_control() -> None:
    """CRLF.CRLF ends a message, and what follows is the next command."""
    reader = _read([b"Subject: one\r\n\r\nbody\r\n.\r\nQUIT\r\n"])
    assert (reader.content(), reader.leftover) == (b"Subject: one\r\n\r\nbody\r\n", b"QUIT\r\n")


@given(_WIRE, st.lists(st.integers(0, 60)))
def test_cuts_change_nothing(pieces: list[bytes], places: list[int]) -> None:
    """However the stream is fragmented, content, leftover and size verdict are the same."""
    octets = b"".join(pieces) + b"\r\n.\r\nNOOP\r\n"
    for limit in (3, 10, 1000):
        whole, cut = _read([octets], limit), _read(_cut(octets, places), limit)
        assert whole.finished
        assert cut.finished
        assert (cut.content(), cut.leftover) == (whole.content(), whole.leftover)
        assert cut.too_big == whole.too_big


@given(_LINES, st.lists(st.integers(0, 60)))
def test_what_is_stuffed_is_read_back(lines: list[bytes], places: list[int]) -> None:
    """Stuffing and reading are inverse for every message whose lines end in CRLF."""
    data = b"".join(line + b"\r\n" for line in lines)
    reader = _read(_cut(dot_stuff(data), places))
    assert reader.finished
    assert reader.content() == data
    assert reader.leftover == b""


@given(_LINES)
def test_the_limit_counts_the_message_not_its_stuffing(lines: list[bytes]) -> None:
    """Exactly `limit` octets are let in, one more is not, however many dots were doubled."""
    data = b"".join(b"." + line + b"\r\n" for line in lines)
    assert not _read([dot_stuff(data)], len(data)).too_big
    over = _read([dot_stuff(b"." + data)], len(data))
    assert over.too_big
    assert over.content() == b""


def test_a_large_message_is_not_kept() -> None:
    """Beyond the limit octets are read on to the end, but not stored."""
    reader = DataReader(100)
    tracemalloc.start()
    for _ in range(1000):
        assert not reader.feed(b"x" * 1000)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 10_000
    assert reader.too_big
    assert reader.feed(b"\r\n.\r\n")
    assert reader.too_big


def test_a_message_in_tiny_pieces_takes_no_more_memory() -> None:
    """A client that sends two octets at a time costs what the message has, not twenty times as much."""
    reader = DataReader(1_000_000)
    tracemalloc.start()
    for number in range(50_000):
        reader.feed(bytes((97 + number % 26, 98 + number % 25)))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 200_000
    assert reader.feed(b"\r\n.\r\n")
    assert len(reader.content()) == 100_002


@pytest.mark.parametrize(
    ("wire", "data"),
    [
        (b".\r\n", b""),
        (b"..\r\n.\r\n", b".\r\n"),
        (b".x\r\n.\r\n", b"x\r\n"),
        (b"a\r\n..\r\n...\r\n.\r\n", b"a\r\n.\r\n..\r\n"),
        (b"\r\n.\r\n", b"\r\n"),
    ],
)
def test_dots(wire: bytes, data: bytes) -> None:
    """The first dot of a line is taken away, whatever follows it (RFC 5321 §4.5.2)."""
    assert _read([wire]).content() == data
    assert _read([wire[i : i + 1] for i in range(len(wire))]).content() == data


def test_a_reader_has_one_message() -> None:
    """Feeding on after the end, or asking before it, is a mistake."""
    reader = DataReader(10)
    with pytest.raises(ProtocolError):
        reader.content()
    reader.feed(b".\r\n")
    with pytest.raises(ProtocolError):
        reader.feed(b"x")


@pytest.mark.parametrize(
    "data", [b"a\rb\r\n", b"a\nb\r\n", b"\r\r\n", b"\n\r\n", b"a\0b\r\n", b"\r"]
)
def test_ambiguous(data: bytes) -> None:
    """A bare CR, a bare LF or a NUL anywhere is found."""
    assert ambiguous(data)


def test_plain_data_is_not_ambiguous() -> None:
    """Eight-bit octets and empty lines are nobody's line end."""
    assert not ambiguous(b"")
    assert not ambiguous(b"\xff\xfe\r\n\r\nno line end")


def test_a_missing_last_line_end_is_added() -> None:
    """The end of data needs a line of its own."""
    assert dot_stuff(b"a") == b"a\r\n.\r\n"
    assert dot_stuff(b"") == b".\r\n"


@given(_LINES, st.lists(st.integers(0, 60)))
def test_lines_do_not_depend_on_cuts(lines: list[bytes], places: list[int]) -> None:
    """A line is what stands before CRLF, wherever the packets end."""
    buffer = LineBuffer()
    found = []
    for chunk in _cut(b"".join(line + b"\r\n" for line in lines), places):
        buffer.feed(chunk)
        while (line := buffer.line()) is not None:
            found.append(line)
    assert found == lines


def test_a_long_line_is_skipped_once() -> None:
    """A line over the limit raises once, whole or in pieces, and the next one is read."""
    for pieces in ([b"x" * 40 + b"\r\nNOOP\r\n"], [b"x" * 30, b"x" * 30 + b"\r", b"\nNOOP\r\n"]):
        buffer = LineBuffer(limit=20)
        results: list[object] = []
        for piece in pieces:
            buffer.feed(piece)
            for _ in range(2):
                try:
                    results.append(buffer.line())
                except MalformedCommand:
                    results.append("too long")
        assert [result for result in results if result is not None] == ["too long", b"NOOP"]


def test_the_longest_line_is_read() -> None:
    """The limit counts the CRLF (RFC 5321 §4.5.3.1.4)."""
    buffer = LineBuffer(limit=10)
    buffer.feed(b"12345678\r\n123456789\r\n")
    assert buffer.line() == b"12345678"
    with pytest.raises(MalformedCommand):
        buffer.line()
    assert buffer.take() == b""


@pytest.mark.parametrize("octets", [b"NOOP\nQUIT\r\n", b"\nQUIT\r\n", b"NOOP\n"])
def test_a_bare_lf_is_the_end_of_reading(octets: bytes) -> None:
    """Where other programs would see two commands, none is carried out."""
    buffer = LineBuffer()
    buffer.feed(octets)
    with pytest.raises(ProtocolError):
        buffer.line()


def test_replies_are_passed_on_as_they_came() -> None:
    """All lines of a reply, octets that are no UTF-8 included, are written as they were read."""
    wire = b"250-one\r\n250-\r\n250 gr\xfc\xdfe \xc3\xbc\r\n"
    reader = ReplyReader()
    replies = [reader.feed(line) for line in wire.split(b"\r\n")[:-1]]
    assert replies[:2] == [None, None]
    reply = replies[2]
    assert reply is not None
    assert reply.encode() == wire
    assert (reply.code, reply.completed, reply.accepted, reply.closing) == (250, True, True, False)


def test_a_reply_may_be_a_bare_code() -> None:
    """Some servers give no text at all."""
    assert ReplyReader().feed(b"250") == Reply(250, ("",))


@pytest.mark.parametrize(
    "lines", [[b"hello"], [b"25"], [b"250_x"], [b"250-a", b"251 b"], [b"999 x"]]
)
def test_what_is_no_reply_is_refused(lines: list[bytes]) -> None:
    """Mixed codes and other texts are a broken protocol."""
    reader = ReplyReader()
    for line in lines[:-1]:
        reader.feed(line)
    with pytest.raises(ProtocolError):
        reader.feed(lines[-1])


def test_an_endless_reply_is_refused() -> None:
    """A peer cannot fill our memory with continuation lines."""
    reader = ReplyReader()
    for _ in range(100):
        reader.feed(b"250-more")
    with pytest.raises(ProtocolError):
        reader.feed(b"250-more")
    with pytest.raises(ProtocolError):
        ReplyReader().feed(b"250 " + b"x" * 5000)


@given(st.text(max_size=50))
def test_our_own_replies_are_one_line(text: str) -> None:
    """No text can put a second line into a reply."""
    wire = Reply.of(f"550 {text}").encode()
    assert wire.count(b"\n") == wire.count(b"\r") == 1
    assert wire.endswith(b"\r\n")


def test_a_reply_needs_a_code() -> None:
    """A line without three digits is our own mistake."""
    with pytest.raises(ProtocolError):
        Reply.of("sorry")
