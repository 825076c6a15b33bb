"""Own a look at the records of an XLS workbook before calamine reads its values ([MS-XLS] §2.4).

It tells whether the workbook is encrypted, how large its sheets are, what they hide, and gives the
text calamine leaves out: remarks and text boxes, headers and footers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from missent.extraction.formats.cells import AREA, Layout
from missent.extraction.formats.grid import printed
from missent.extraction.reader import Exceeded, Locked
from missent.mail.document import Reason

_BOF, _EOF, _FILEPASS, _BOUNDSHEET = 0x809, 0x0A, 0x2F, 0x85
_ROW, _COLINFO, _HEADER, _FOOTER, _TXO, _CONTINUE = 0x208, 0x7D, 0x14, 0x15, 0x1B6, 0x3C
_CELLS = frozenset({0x06, 0x203, 0x204, 0x205, 0xFD, 0x27E, 0xD6})
_SEVERAL = 0xBD
_WORDY = 32_000
"""Characters of one text box that are read: what fits in Excel's own limit."""


@dataclass(slots=True)
class _Sheet:
    name: str
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    last_row: int = 0
    last_column: int = 0


@dataclass(slots=True)
class Told:
    """What the records tell."""

    layouts: dict[str, Layout] = field(default_factory=dict, repr=False)
    remarks: list[str] = field(default_factory=list, repr=False)
    margins: list[str] = field(default_factory=list, repr=False)


class _Scan:
    """Walks the records of a workbook stream."""

    def __init__(self) -> None:
        self.told = Told()
        self.sheets: dict[int, _Sheet] = {}
        """By the offset of their first record."""
        self._sheet: _Sheet | None = None
        self._depth = 0
        self._awaited = 0
        self._acts: dict[int, Callable[[bytes], None]] = {
            _FILEPASS: self._refuse,
            _BOUNDSHEET: self._announce,
            _ROW: self._row,
            _COLINFO: self._columns,
            _HEADER: self._margin,
            _FOOTER: self._margin,
            _TXO: self._await,
            _CONTINUE: self._remark,
        }

    def take(self, at: int, kind: int, data: bytes) -> None:
        """Take one record."""
        if kind == _BOF:
            self._depth += 1
            if self._depth == 1:
                self._sheet = self.sheets.get(at)
        elif kind == _EOF:
            self._depth -= 1
        elif kind in _CELLS or kind == _SEVERAL:
            self._cell(data[:4] if kind in _CELLS else data[:2] + data[-2:])
        elif kind in self._acts:
            self._acts[kind](data)

    def _refuse(self, _: bytes) -> None:
        raise Locked

    def _announce(self, data: bytes) -> None:
        offset, _, count, wide = struct.unpack_from("<IHBB", data)
        name = _letters(data[8:], count, wide)
        self.sheets.setdefault(offset, _Sheet(name))

    def _cell(self, data: bytes) -> None:
        if self._sheet is not None and self._depth == 1:
            row, column = struct.unpack_from("<HH", data)
            self._sheet.last_row = max(self._sheet.last_row, row)
            self._sheet.last_column = max(self._sheet.last_column, column)

    def _row(self, data: bytes) -> None:
        if self._sheet is not None and struct.unpack_from("<H", data, 12)[0] & 0x20:
            self._sheet.rows.add(struct.unpack_from("<H", data)[0])

    def _columns(self, data: bytes) -> None:
        first, last, _, _, flags = struct.unpack_from("<5H", data)
        if self._sheet is not None and flags & 1:
            self._sheet.columns.update(range(first, min(last, 255) + 1))

    def _margin(self, data: bytes) -> None:
        if len(data) > 3:
            line = printed(_letters(data[3:], struct.unpack_from("<H", data)[0], data[2]))
            self.told.margins.append(line)

    def _await(self, data: bytes) -> None:
        self._awaited = min(struct.unpack_from("<H", data, 10)[0], _WORDY)

    def _remark(self, data: bytes) -> None:
        """Take the text that goes on from the record before; each part says anew how wide it is."""
        if self._awaited and data:
            said = _letters(data[1:], self._awaited, data[0])
            self._awaited -= len(said)
            self.told.remarks.append(said)


def scan(stream: bytes) -> Told:
    """Look through a workbook. Raises `Locked`, or `Exceeded` where a sheet is too large to lay out."""
    walker = _Scan()
    for at, kind, data in _records(stream):
        walker.take(at, kind, data)
    for sheet in walker.sheets.values():
        if (sheet.last_row + 1) * (sheet.last_column + 1) > AREA:
            raise Exceeded(Reason.TOO_BIG)
        layout = Layout(frozenset(sheet.rows), frozenset(sheet.columns))
        walker.told.layouts[sheet.name] = layout
    return walker.told


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    at = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        yield at, kind, stream[at + 4 : at + 4 + size]
        at += 4 + size


def _letters(data: bytes, count: int, wide: int) -> str:
    """Read a string of BIFF8: one or two octets a character ([MS-XLS] §2.5.293)."""
    if wide & 1:
        return data[: 2 * count].decode("utf-16-le", "replace")
    return data[:count].decode("latin-1")
