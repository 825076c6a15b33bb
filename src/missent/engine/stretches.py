"""Own how a file that is read from its start to its end is cut into stretches: whole lines of a log, whole
rows of a table.

The rule: memory is bounded, whatever a file holds. Of a line or a row that is longer than a stretch, a
piece is given as if it were one.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from missent.engine.packed import Pieces, opened
from missent.mail.traces import encoding_of, header_of

STRETCH = 8 << 20
"""Octets, or characters of a table."""
_ROWS = 1_000_000
"""Rows that a stretch of a table cannot have: each stretch counts its rows from a place of its own."""
Stretch = tuple[int, bytes]
"""Its place in the file, and what stands in it."""


def line_stretches(path: Path) -> Iterator[Stretch]:
    """Give the lines of a log; the place is that of the first octet."""
    with opened(path) as file:
        pieces, place, rest = Pieces(file, STRETCH), 0, b""
        for block in pieces:
            data = rest + block
            cut = data.rfind(b"\n") + 1
            if cut == 0 and len(data) > STRETCH:  # one endless line: nothing in it can be told
                cut = len(data)
            if cut:
                yield place, data[:cut]
            rest, place = data[cut:], place + cut
        if rest:
            yield place, rest
        pieces.check()


def table_stretches(path: Path) -> Iterator[Stretch]:
    """Give the rows of a trace as UTF-8, each stretch with the head that names the columns.

    What has no such head (one JSON document) is given whole.
    """
    with opened(path) as file:
        pieces = Pieces(file, STRETCH)
        start = pieces.read()
        decoder = codecs.getincrementaldecoder(encoding_of(start))("replace")
        text = decoder.decode(start)
        head = header_of(text)
        if head is None or len(start) < STRETCH:
            yield 0, (text + decoder.decode(b"".join(pieces), final=True)).encode()
        else:
            yield from _rows(pieces, decoder, text, head)
        pieces.check()


def _rows(
    pieces: Pieces, decoder: codecs.IncrementalDecoder, text: str, head: str
) -> Iterator[Stretch]:
    place, first = 0, True
    while text:
        block = pieces.read()
        more = decoder.decode(block, final=not block)
        cut = _row_end(text) if block else len(text)
        yield place, (text[:cut] if first else head + text[:cut]).encode()
        place, first = place + _ROWS, False
        text = text[cut:] + more


def _row_end(text: str) -> int:
    """Give where the last whole row ends: at a line end outside of quotes.

    A quote that is never closed must not hold up what follows, so that a line end does where there is no
    better place.
    """
    last = text.rfind("\n") + 1
    end, odd = last, text.count('"', 0, last) % 2
    while end and odd:
        line = text.rfind("\n", 0, end - 1) + 1
        odd = (odd + text.count('"', line, end)) % 2
        end = line
    return end or last or len(text)
