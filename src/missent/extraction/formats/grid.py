"""Own a look at a sheet's XML before it is laid out: how large its rectangle is, and what it hides.

A sheet with one cell in A1 and one in XFD1048576 is two cells, but a rectangle of 17 thousand million.
Such a sheet is written anew with its empty rows and columns left out. All patterns are linear.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace

from missent.extraction.formats.cells import AREA, COLUMNS, Layout
from missent.extraction.reader import Exceeded
from missent.mail.document import Reason

_ENDS = (b">", b"/", b"\t", b"\n", b"\r")
_FAR = re.compile(rb'<c r="(?:[A-Za-z]{2}|[A-Za-z]\d{5})')
_LARGE = re.compile(rb'r\s{0,9}=\s{0,9}["\']\s{0,9}(?:[A-Za-z]{2}|[A-Za-z]?\d{5})')
"""Both find nothing in a sheet of at most 26 columns and 9,999 rows, which most are; the first is fast."""
_REFERENCE = re.compile(rb'(\br\s{0,9}=\s{0,9}["\']\s{0,9})([A-Za-z]{0,9})(\d{1,19})')
_ROW = re.compile(rb"<(?:\w{1,20}:)?row\b([^<>]{0,2000})>")
_BEGIN = re.compile(rb"<(?:\w{1,20}:)?row\b")
_COLUMN = re.compile(rb"<(?:\w{1,20}:)?col\b([^<>]{0,2000})>")
_CELL = re.compile(rb"<(?:\w{1,20}:)?c[\s/>]")
_PLACED = re.compile(rb'<(?:\w{1,20}:)?c\s(?:[^<>]{0,500}\s)?r\s{0,9}=\s{0,9}["\']\s{0,9}[A-Za-z]')
_ODD = (*(b"<c" + end for end in _ENDS), *(b":c" + end for end in (b" ", *_ENDS)))
_HIDDEN = re.compile(
    rb'\bhidden\s{0,9}=\s{0,9}["\'](?:1|true)|\b(?:ht|width)\s{0,9}=\s{0,9}["\']0["\']'
)
_SIGNS = (b"hidden", b'ht="0"', b'width="0"', b"ht='0'", b"width='0'")
_NUMBER = {
    name: re.compile(rb"\b" + name + rb'\s{0,9}=\s{0,9}["\'](\d{1,9})["\']')
    for name in (b"r", b"min", b"max")
}
_MARGIN = re.compile(
    rb"<(?:\w{1,20}:)?(?:odd|even|first)(?:Header|Footer)\b[^<>]{0,500}>([^<]{1,4000})<"
)
_OFFERED = re.compile(
    rb"<(?:\w{1,20}:)?formula1>(?:\"|&quot;)([^<]{1,2000})<|\b(?:prompt|error)(?:Title)?=\"([^\"<]{1,2000})\""
)
_ROWS = 1_048_576
_CODE = re.compile(r'&(?:"[^"]{0,200}"|K[0-9A-Fa-f]{6}|\d{1,3}|[A-Za-z])')
"""Codes of headers and footers: fonts, colours, sizes, page numbers (ECMA-376-1 §18.3.1.46)."""


def look(xml: bytes) -> tuple[Layout, bytes | None]:
    """Give what a sheet hides; and its XML anew where its rectangle had to be made smaller.

    Raises `Exceeded` where even that is too large.
    """
    if xml[:2] in {b"\xfe\xff", b"\xff\xfe"}:
        raise ValueError("a sheet that is not in UTF-8")
    layout = _hidden(xml)
    if _area(xml) <= AREA:
        return layout, None
    return _closed_up(xml, layout)


def margins(xml: bytes) -> str:
    """Give the text of headers and footers, a line each."""
    at = xml.find(b"headerFooter")
    if at < 0:
        return ""
    told = (html.unescape(m[1].decode("utf-8", "replace")) for m in _MARGIN.finditer(xml, at))
    return "\n".join(map(printed, told))


def offered(xml: bytes) -> Iterator[str]:
    """Give what cells offer to choose from, and what they say when somebody writes in them."""
    at = xml.find(b"dataValidation")
    if at < 0:
        return
    for match in _OFFERED.finditer(xml, at):
        said = html.unescape((match[1] or match[2]).decode("utf-8", "replace"))
        yield said.replace(",", "\n") if match[1] else said


def printed(codes: str) -> str:
    """Give what is printed of a header or footer."""
    return " ".join(_CODE.sub(" ", codes).replace("&&", "&").split())


def column(letters: str | bytes) -> int:
    """Give the number of a column from 0: ``A`` is 0, ``XFD`` 16383."""
    text = letters if isinstance(letters, str) else letters.decode("ascii")
    value = 0
    for letter in text.upper():
        value = value * 26 + ord(letter) - 64
    return value - 1


def _area(xml: bytes) -> int:
    """Give no less than the area of the rectangle around all cells."""
    usual = xml.count(b"<c ") == xml.count(b'<c r="') and not any(odd in xml for odd in _ODD)
    placed = usual or len(_CELL.findall(xml)) == len(_PLACED.findall(xml))
    if placed and not (_FAR if usual else _LARGE).search(xml):
        return 9_999 * 26
    found = _REFERENCE.findall(xml)
    rows = max((int(row) for _, _, row in found), default=0)
    columns = max((column(name) for name in {name for _, name, _ in found}), default=0) + 1
    if not placed:  # a cell that does not say where it stands follows the one before
        lines = _BEGIN.split(xml)
        rows += len(lines)
        columns += max(len(_CELL.findall(line)) for line in lines)
    return rows * columns


def _hidden(xml: bytes) -> Layout:
    rows: set[int] = set()
    columns: set[int] = set()
    if not any(sign in xml for sign in _SIGNS):
        return Layout()
    last = 0
    for match in _ROW.finditer(xml):
        last = _number(match[1], b"r") or last + 1
        if _HIDDEN.search(match[1]):
            rows.add(last - 1)
    for match in _COLUMN.finditer(xml):
        first, final = _number(match[1], b"min"), _number(match[1], b"max")
        if first and final and _HIDDEN.search(match[1]):
            columns.update(range(first - 1, min(final, COLUMNS)))
    return Layout(frozenset(rows), frozenset(columns))


def _number(attributes: bytes, name: bytes) -> int | None:
    found = _NUMBER[name].search(attributes)
    return int(found[1]) if found else None


def _closed_up(xml: bytes, layout: Layout) -> tuple[Layout, bytes]:
    """Leave out the rows and columns nobody wrote in."""
    xml = re.sub(rb"<c\s[^<>]{0,500}/>", b"", xml)
    found = [(name, int(row)) for _, name, row in _REFERENCE.findall(xml) if name]
    row_at = sorted({row - 1 for _, row in found})
    column_at = sorted({column(name) for name in {name for name, _ in found}})
    if row_at and (row_at[-1] >= _ROWS or column_at[-1] >= COLUMNS):
        raise ValueError("a cell beyond the end of a sheet")
    if len(row_at) * len(column_at) > AREA or not found:
        raise Exceeded(Reason.TOO_BIG)
    rows = {old: new for new, old in enumerate(row_at)}
    columns = {old: new for new, old in enumerate(column_at)}

    def moved(match: re.Match[bytes]) -> bytes:
        row = str(rows.get(int(match[3]) - 1, 0) + 1).encode()
        name = _letters(columns[column(match[2])]) if match[2] else b""
        return match[1] + name + row

    xml = _REFERENCE.sub(moved, xml)
    if _area(xml) > AREA:
        raise Exceeded(Reason.TOO_BIG)
    return replace(layout, row_at=row_at, column_at=column_at), xml


def _letters(number: int) -> bytes:
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters.encode()
