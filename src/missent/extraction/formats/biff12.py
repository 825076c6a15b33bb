"""Own a look at the records of XLSB sheets before calamine reads their values ([MS-XLSB] §2.1.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from missent.extraction.formats.cells import AREA, COLUMNS, Layout
from missent.extraction.reader import Exceeded
from missent.mail.document import Reason

_ROW, _BLANK, _LAST_CELL, _COLINFO, _SHEET, _COMMENT = 0, 1, 11, 60, 156, 637


def look(octets: bytes) -> Layout:
    """Give what a sheet hides. Raises `Exceeded` where it is too large to lay out."""
    rows: set[int] = set()
    columns: set[int] = set()
    row = last_row = last_column = 0
    for kind, data in _records(octets):
        if kind == _ROW:
            row = struct.unpack_from("<I", data)[0]
            if data[11] & 0x10:
                rows.add(row)
        elif _BLANK < kind <= _LAST_CELL:
            last_row = max(last_row, row)
            last_column = max(last_column, struct.unpack_from("<I", data)[0])
        elif kind == _COLINFO:
            first, last = struct.unpack_from("<II", data)
            if struct.unpack_from("<H", data, 16)[0] & 1:
                columns.update(range(first, min(last, COLUMNS) + 1))
    if (last_row + 1) * (last_column + 1) > AREA:
        raise Exceeded(Reason.TOO_BIG)
    return Layout(frozenset(rows), frozenset(columns))


def sheets(octets: bytes) -> Iterator[tuple[str, str]]:
    """Give name and relation of each sheet of workbook.bin."""
    for kind, data in _records(octets):
        if kind == _SHEET:
            relation, at = _wide(data, 8)
            name, _ = _wide(data, at)
            yield name, relation


def remarks(octets: bytes) -> Iterator[str]:
    """Give the remarks of a comments part."""
    for kind, data in _records(octets):
        if kind == _COMMENT:
            yield _wide(data, 1)[0]


def _wide(data: bytes, at: int) -> tuple[str, int]:
    size = struct.unpack_from("<I", data, at)[0]
    end = at + 4 + 2 * size
    return data[at + 4 : end].decode("utf-16-le", "replace"), end


def _records(octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(octets):
        kind, at = _number(octets, at, 2)
        size, at = _number(octets, at, 4)
        yield kind, octets[at : at + size]
        at += size


def _number(octets: bytes, at: int, most: int) -> tuple[int, int]:
    """Read a number of 7 bits an octet; of a record's kind the eighth bit is a part."""
    value = 0
    for place in range(most):
        octet = octets[at]
        at += 1
        value |= (octet & 0x7F) << (7 * place)
        if not octet & 0x80:
            break
    return value, at
