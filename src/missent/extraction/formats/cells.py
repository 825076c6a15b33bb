"""Own how sheets become tables: values as a person reads them, and what is hidden apart from what is seen.

The values come from calamine, which lays a sheet out as a full rectangle: whoever calls must have made
sure that it is a small one (`grid`, `biff`).
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from missent.extraction.formats.draft import Draft
from missent.extraction.formats.rows import Rows, number
from missent.extraction.reader import Locked
from missent.mail.document import Where

AREA = 4_000_000
"""Cells of the rectangle around all values of one sheet: calamine needs some 32 octets for each."""
COLUMNS = 16_384


@dataclass(frozen=True, slots=True)
class Layout:
    """What a sheet hides, and where it was moved to make its rectangle small; counted from 0."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    row_at: Sequence[int] | None = field(default=None, repr=False)
    column_at: Sequence[int] | None = field(default=None, repr=False)

    def hides(self, row: int) -> bool:
        """Tell whether a row of the rectangle is hidden."""
        return (self.row_at[row] if self.row_at else row) in self.rows

    def unseen(self, first: int, width: int) -> frozenset[int]:
        """Give which of a row's cells stand in hidden columns."""
        if not self.columns:
            return frozenset()
        at = self.column_at or range(first + width)
        return frozenset(n for n in range(width) if at[first + n] in self.columns)


def values(draft: Draft, octets: bytes, layouts: Mapping[str, Layout]) -> None:
    """Note every sheet of a workbook. Raises `Locked` where there is a password on it."""
    with _ordinary(), CalamineWorkbook.from_filelike(io.BytesIO(octets)) as book:
        for told in book.sheets_metadata:
            seen = told.visible == SheetVisibleEnum.Visible
            where = Where.BODY if seen else Where.HIDDEN
            with draft.part(), _ordinary():
                sheet = book.get_sheet_by_name(told.name)
                _rows(draft, sheet, layouts.get(told.name, Layout()), where)


@contextmanager
def _ordinary() -> Iterator[None]:
    """Turn a panic of calamine, which is no `Exception`, into one."""
    try:
        yield
    except PasswordError:
        raise Locked from None
    except BaseException as fault:
        if type(fault).__name__ == "PanicException":
            raise ValueError("calamine gave up") from None
        raise


def _rows(draft: Draft, sheet: CalamineSheet, layout: Layout, where: Where) -> None:
    if sheet.start is None:
        return
    first, left = sheet.start
    unseen = layout.unseen(left, sheet.width)
    rows = Rows(draft, sheet.name, where)
    try:
        for number, values in enumerate(sheet.to_python(), first):
            hidden = bool(layout.rows) and layout.hides(number)
            rows.take([_cell(value) for value in values], hidden=hidden, unseen=unseen)
    finally:
        rows.finish()


def _cell(value: object) -> str:
    """Write a value as a person reads it, in one line."""
    if type(value) is str:
        return value if value.isprintable() else " ".join(value.split())
    return _SHOWN.get(type(value), str)(value)


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"


def _moment(value: datetime) -> str:
    """Leave out midnight: sheets know no dates without a time."""
    if value.hour or value.minute or value.second:
        return value.isoformat(timespec="seconds")
    return value.date().isoformat()


def _clock(value: time) -> str:
    return value.isoformat(timespec="seconds")


def _duration(value: timedelta) -> str:
    minutes, seconds = divmod(int(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"


_SHOWN: dict[type, Callable[[Any], str]] = {
    bool: _truth,
    float: number,
    datetime: _moment,
    date: date.isoformat,
    time: _clock,
    timedelta: _duration,
}
