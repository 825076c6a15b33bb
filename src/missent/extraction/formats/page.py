"""Own how the characters of one PDF page become lines: by where they stand, wide gaps as tabs.

A PDF knows no tables. What stands at the same height belongs to one row, however the file orders it; a gap
wider than any space between words parts two cells. Long lines at the same height are columns of prose,
and stay in the order of the file.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pypdfium2.raw as raw  # type: ignore[import-untyped]

_GAP = 0.7
"""Of the line's height: between cells. Between words it is 0.3, in justified text up to 0.6."""
_MANY = 4
_EVEN = 0.15
"""Share by which so many gaps of one line of justified prose differ at most."""
_PROSE = 45
"""Characters from which on two pieces at one height are lines of two columns, not cells."""
_SAME = 0.4
"""Of the height: how far bases of one row may differ."""
_LINE = re.compile(r"[^\r\n]+")
_SPACES = re.compile(r" +")
_HYPHEN = "\x02"
"""What the library gives for a hyphen at a line's end."""


@dataclass(slots=True)
class _Piece:
    """Characters next to each other on one line."""

    text: str = field(repr=False)
    left: float
    right: float
    bottom: float
    height: float

    def level(self, other: _Piece) -> bool:
        """Tell whether both stand at one height."""
        most = max(self.height, other.height)
        return abs(self.bottom - other.bottom) <= most * _SAME


def text_of_page(page: pdfium.PdfPage) -> str:
    """Give the text of a page, its lines in reading order, cells separated by tabs."""
    textpage = page.get_textpage()
    try:
        pieces = list(_pieces(textpage, _Turn.of(page)))
    finally:
        textpage.close()
    return "\n".join(_row(row) for row in _rows(pieces))


# --- pieces --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Turn:
    """How a page is turned before it is shown: boxes are told as if it were not."""

    rotation: int

    @classmethod
    def of(cls, page: pdfium.PdfPage) -> _Turn:
        """Read it from the page."""
        return cls(page.get_rotation())

    def box(self, rect: raw.FS_RECTF) -> tuple[float, float, float]:
        """Give left, right and bottom as shown, up to a shift."""
        if self.rotation == 90:
            return rect.bottom, rect.top, -rect.right
        if self.rotation == 180:
            return -rect.right, -rect.left, -rect.top
        if self.rotation == 270:
            return -rect.top, -rect.bottom, rect.left
        return rect.left, rect.right, rect.bottom


def _pieces(textpage: pdfium.PdfTextPage, turn: _Turn) -> Iterator[_Piece]:
    """Take the text apart at line ends and at wide gaps."""
    text = _characters(textpage)
    box = _Boxes(textpage, turn)
    for line in _LINE.finditer(text):
        start = line.start()
        for at in (*_wide_gaps(text, start, line.end(), box), line.end()):
            if piece := _piece(text, start, at, box):
                yield piece
            start = at


def _wide_gaps(text: str, start: int, end: int, box: _Boxes) -> list[int]:
    """Give where cells begin on a line; in justified prose all gaps are equally wide, and none counts."""
    gaps: list[tuple[float, int]] = []
    for space in _SPACES.finditer(text, start, end):
        if start < space.start() and space.end() < end:
            left, right = box(space.start() - 1), box(space.end())
            height = min(left[3], right[3]) if left and right else 0
            if left and right and height > 0:
                gaps.append(((right[0] - left[1]) / height, space.end()))
    widths = [width for width, _ in gaps]
    if len(gaps) >= _MANY and max(widths) - min(widths) < _EVEN * max(widths):
        return []
    return [at for width, at in gaps if width > _GAP]


def _characters(textpage: pdfium.PdfTextPage) -> str:
    """Give one character for each index of the library's."""
    count = textpage.count_chars()
    if count <= 0:
        return ""
    text: str = textpage.get_text_range(0, count)
    if len(text) != count:  # some have no text, or two code units
        codes = (raw.FPDFText_GetUnicode(textpage, index) for index in range(count))
        text = "".join(
            chr(code) if 0 < code < 0xD800 or 0xDFFF < code < 0x110000 else " " for code in codes
        )
    return text.replace(_HYPHEN, "-").replace("\xa0", " ").replace("\0", " ").replace("\t", " ")


class _Boxes:
    """Asks the library where characters stand."""

    def __init__(self, textpage: pdfium.PdfTextPage, turn: _Turn) -> None:
        self._page = textpage
        self._turn = turn
        self._rect = raw.FS_RECTF()
        self._known = ctypes.byref(self._rect)
        self._asked: dict[int, tuple[float, float, float, float] | None] = {}

    def __call__(self, index: int) -> tuple[float, float, float, float] | None:
        """Give left, right, bottom and height; None where it stands nowhere."""
        if index not in self._asked:  # ends of words are asked about twice
            self._asked[index] = self._ask(index)
        return self._asked[index]

    def _ask(self, index: int) -> tuple[float, float, float, float] | None:
        if not raw.FPDFText_GetLooseCharBox(self._page, index, self._known):
            return None
        rect = self._rect
        turned = self._turn.rotation in (90, 270)
        height = abs(rect.right - rect.left) if turned else abs(rect.top - rect.bottom)
        return (*self._turn.box(rect), height)


def _piece(text: str, start: int, end: int, box: _Boxes) -> _Piece | None:
    said = text[start:end]
    stripped = said.strip()
    if not stripped:
        return None
    start += len(said) - len(said.lstrip())
    first, last = box(start), box(start + len(stripped) - 1)
    if first is None or last is None:
        return _Piece(stripped, 0, 0, 0, 0)
    return _Piece(stripped, first[0], last[1], first[2], first[3])


# --- rows ----------------------------------------------------------------------------------------


def _rows(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Put pieces of one height into one row, where the row first stands in the file's order."""
    rows: list[list[_Piece]] = []
    levels: dict[int, list[int]] = {}
    for piece in pieces:
        for number in _candidates(levels, piece):
            row = rows[number]
            follows = number == len(rows) - 1 and piece.left >= row[-1].right
            short = len(piece.text) < _PROSE and all(len(one.text) < _PROSE for one in row)
            if piece.level(row[0]) and (follows or short) and _is_beside(piece, row):
                row.append(piece)
                break
        else:
            levels.setdefault(round(piece.bottom / 10), []).append(len(rows))
            rows.append([piece])
    return iter(rows)


def _candidates(levels: dict[int, list[int]], piece: _Piece) -> list[int]:
    """Give the latest rows at about this height."""
    band = round(piece.bottom / 10)
    near = (number for at in (band - 1, band, band + 1) for number in levels.get(at, ())[-8:])
    return sorted(near, reverse=True)


def _is_beside(piece: _Piece, row: list[_Piece]) -> bool:
    return all(piece.left >= one.right - 1 or piece.right <= one.left + 1 for one in row[:200])


def _row(row: list[_Piece]) -> str:
    return "\t".join(piece.text for piece in sorted(row, key=lambda piece: piece.left))
