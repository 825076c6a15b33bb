"""Own how rows come out of an exported text, CSV with its header or JSON.

CSV is separated by commas, semicolons or tabs, as its header is; Exchange writes its header as a comment,
``#Fields: a,b``. The rule: a row with too few cells, too many, or one that is too long is damaged,
given as None and passed over; a column named twice is its first.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from missent.mail.traces.records import MAX_CELL, is_cuttable, is_json, plain, records

MAX_HEAD = 20  # lines in front of the first row
MAX_HEADER = 16_384  # characters of the header's line
MAX_TAG = 32  # characters of a nested value that may name what a record is
_COMMENT = re.compile(r"#(?:Software|Version|Log-type|Date|Fields): |#TYPE |sep=.?\s*\Z", re.ASCII)
_FIELDS = "#Fields: "
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class _Header:
    columns: tuple[str, ...]
    """As `plain` writes them."""
    delimiter: str
    end: int
    """Where the rows begin."""


def decode(data: bytes) -> str:
    """Decode an export."""
    return data.decode(encoding_of(data), "replace")


def encoding_of(start: bytes) -> str:
    """Name the encoding of an export, whose mark it takes away: UTF-8, or UTF-16 by its mark or, as
    Microsoft leaves it out, by its NULs.
    """
    marked = next((name for mark, name in _BOMS if start.startswith(mark)), None)
    if marked is not None:
        return marked
    wide = start[:4].translate(None, b"\0") if len(start) >= 4 else b""
    if len(wide) == 2 and start[1] == start[3] == 0:
        return "utf-16-le"
    if len(wide) == 2 and start[0] == start[2] == 0:
        return "utf-16-be"
    return "utf-8"


def rows_of(text: str) -> Iterator[dict[str, Any] | None]:
    """Give the rows by the plain names of their columns; None for a damaged one."""
    if is_json(text):
        yield from records(text)
        return
    header = _header(text)
    if header is None:
        return
    columns = header.columns
    for cells in _cells(text[header.end :], header.delimiter):
        if cells is None:
            yield None
        elif _COMMENT.match(cells[0]):  # logs that were put one behind the other
            columns = _columns(cells) if cells[0].startswith(_FIELDS) else columns
        elif len(cells) != len(columns):
            yield None
        elif not _is_header(cells, columns):
            yield dict(zip(reversed(columns), reversed(cells), strict=True))


def columns_of(row: dict[str, Any]) -> frozenset[str]:
    """Name what a row has: ``id``, inside it ``id.time``, and ``id.kind=mail`` for its short texts."""
    names = set(row)
    for outer, cell in row.items():
        for inner, value in cell.items() if isinstance(cell, dict) else ():
            name = f"{outer}.{plain(inner)}"
            names.add(name)
            if isinstance(value, str) and len(value) <= MAX_TAG:
                names.add(f"{name}={value}")
    return frozenset(names)


def heads_of(start: str) -> Iterator[frozenset[str]]:
    """Give the columns of a text's first rows, of which CSV has one set."""
    if not is_json(start):
        header = _header(start)
        if header:
            yield frozenset(header.columns)
        return
    for count, row in enumerate(records(start)):
        if count >= MAX_HEAD:
            return
        if row is not None:
            yield columns_of(row)


def header_of(text: str) -> str | None:
    """Give what a later part of this text, cut at a row, needs in front to be read.

    The header's lines of CSV; nothing for one JSON object a line; None for what cannot be cut.
    """
    if is_json(text):
        return "" if is_cuttable(text) else None
    header = _header(text)
    if header is None:
        return None
    head = text[: header.end].lstrip("\ufeff")
    return head if head.endswith("\n") else head + "\n"


def _header(text: str) -> _Header | None:
    start = 1 if text.startswith("\ufeff") else 0
    for _ in range(MAX_HEAD):
        found = text.find("\n", start, start + MAX_HEADER)
        end = len(text) if found < 0 else found + 1
        if start >= end or end - start > MAX_HEADER:
            return None
        line, start = text[start:end].strip("\r\n"), end
        if line.startswith(_FIELDS):
            return _Header(_columns(line.split(",")), ",", end)
        if line.strip() and not _COMMENT.match(line):
            delimiter = max(",;\t", key=line.count)
            cells = next(_cells(line, delimiter), None)
            return _Header(tuple(map(plain, cells)), delimiter, end) if cells else None
    return None


def _is_header(cells: list[str], columns: tuple[str, ...]) -> bool:
    """Tell a header that comes again, where files were put one behind the other."""
    return plain(cells[0]) == columns[0] and tuple(map(plain, cells)) == columns


def _columns(cells: list[str]) -> tuple[str, ...]:
    return (plain(cells[0].removeprefix(_FIELDS)), *map(plain, cells[1:]))


def _cells(text: str, delimiter: str) -> Iterator[list[str] | None]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    while True:
        before = csv.field_size_limit(
            MAX_CELL
        )  # one for the whole process, which others may have set
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a field longer than the limit; what follows is read as new rows
            cells = None
        finally:
            csv.field_size_limit(before)
        if cells is None or cells:
            yield cells
