"""Tests of workbooks: values as people read them, what is hidden, and sheets made to explode."""

from __future__ import annotations

import datetime
import io
import struct
import time

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet
from tests.extraction.office import (
    BOMB,
    SECRET,
    endures,
    mutated,
    part,
    read,
    refused,
    rows,
    said,
    with_parts,
)

from missent.extraction.formats import biff12, grid, sheet
from missent.extraction.reader import Exceeded
from missent.mail.document import Reason, Where

_MOMENT = datetime.datetime(2031, 1, 2, 3, 4, 5)  # noqa: DTZ001 - sheets know no zones
_SHEET = "xl/worksheets/sheet1.xml"


def _book() -> tuple[openpyxl.Workbook, Worksheet]:
    book = openpyxl.Workbook()
    first = book.active
    assert isinstance(first, Worksheet)
    return book, first


def _saved(book: openpyxl.Workbook) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _with_rows(*lines: tuple[object, ...]) -> openpyxl.Workbook:
    book, first = _book()
    for line in lines:
        first.append(line)
    return book


def test_values_as_a_person_reads_them() -> None:
    """Dates are ISO 8601, numbers have no ``.0`` or exponent, a cell is one line."""
    book = _with_rows(
        (SECRET, 7, 1.5, True, datetime.date(1980, 2, 3)),
        (4111111111111111, 0.1 + 0.2, "two\nlines", _MOMENT),
        (datetime.time(9, 30), -2.0, None, "last"),
    )
    (document,) = read(sheet.read, _saved(book))
    assert document.kind == "xlsx"
    assert document.tables[0].name == "Sheet"
    assert rows(document, Where.BODY) == [
        (
            (SECRET, "7", "1.5", "TRUE", "1980-02-03"),
            ("4111111111111111", "0.3", "two lines", "2031-01-02T03:04:05"),
            ("09:30:00", "-2", "", "last"),
        )
    ]


def test_hidden_sheets() -> None:
    """Hidden and very hidden sheets are read as hidden."""
    book = _with_rows(("seen",))
    for state in ("hidden", "veryHidden"):
        other = book.create_sheet(state)
        other["A1"] = f"a {state} cell"
        other.sheet_state = state
    (document,) = read(sheet.read, _saved(book))
    assert rows(document, Where.BODY) == [(("seen",),)]
    assert rows(document, Where.HIDDEN) == [(("a hidden cell",),), (("a veryHidden cell",),)]


def test_hidden_rows_and_columns_stand_apart() -> None:
    """Hidden rows repeat the first row, so that it is known what their cells are."""
    book = _with_rows(("Name", "Pay", "Town"), ("Ann", 10, "Ely"), ("Bob", 20, "Ayr"))
    first = book.worksheets[0]
    first.row_dimensions[3].hidden = True
    first.column_dimensions["B"].hidden = True
    (document,) = read(sheet.read, _saved(book))
    assert rows(document, Where.BODY) == [(("Name", "Town"), ("Ann", "Ely"))]
    assert rows(document, Where.HIDDEN) == [
        (("Pay",), ("10",)),
        (("Name", "Town"), ("Bob", "20", "Ayr")),
    ]


def test_remarks_headers_and_footers() -> None:
    """Cell comments are remarks; codes are taken out of headers."""
    book = _with_rows(("x",))
    first = book.worksheets[0]
    first["A1"].comment = Comment("ask Ann", "A")
    first.oddHeader.center.text = "OFFICIAL && more"
    first.oddFooter.left.text = "Page &P"
    (document,) = read(sheet.read, _saved(book))
    assert said(document, Where.COMMENT) == ["ask Ann"]
    assert said(document, Where.MARGIN) == ["OFFICIAL & more", "Page"]


def test_threaded_remarks_and_drawings() -> None:
    """Threaded comments are remarks, too; text boxes are body."""
    octets = with_parts(
        _saved(_with_rows(("x",))),
        {
            "xl/threadedComments/threadedComment1.xml": "<ThreadedComments><threadedComment ref='A1'>"
            "<text>why so much?</text></threadedComment></ThreadedComments>",
            "xl/drawings/drawing1.xml": "<d xmlns:a='a'><a:p><a:r><a:t>boxed</a:t></a:r></a:p></d>",
        },
    )
    (document,) = read(sheet.read, octets)
    assert said(document, Where.COMMENT) == ["why so much?"]
    assert said(document, Where.BODY) == ["boxed"]


def test_a_pivot_cache_is_hidden_rows() -> None:
    """The rows a pivot table sums up are in the file though no sheet shows them."""
    relation = (
        "<Relationships><Relationship Id='r1' Type='pivotCacheRecords' Target='records1.xml'/>"
        "</Relationships>"
    )
    octets = with_parts(
        _saved(_with_rows(("Sum", 30))),
        {
            "xl/pivotCache/pivotCacheDefinition1.xml": "<d><cacheField name='Name'><sharedItems>"
            "<s v='Ann'/><s v='Bob'/></sharedItems></cacheField><cacheField name='Pay'>"
            "<sharedItems/></cacheField></d>",
            "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": relation,
            "xl/pivotCache/records1.xml": "<p><r><x v='1'/><n v='20'/></r><r><x v='9'/><n v='1'/></r></p>",
        },
    )
    (document,) = read(sheet.read, octets)
    assert rows(document, Where.HIDDEN) == [(("Name", "Pay"), ("Bob", "20"), ("", "1"))]


def test_a_huge_used_range_with_few_cells() -> None:
    """Two cells are two cells, however far apart; what is hidden stays so."""
    book, first = _book()
    first["B2"], first["XFC1048576"], first["XFD1048576"] = "first", 4, "last"
    first.row_dimensions[2].hidden = True
    started = time.perf_counter()
    (document,) = read(sheet.read, _saved(book))
    assert time.perf_counter() - started < 2
    assert document.problems == ()
    assert rows(document, Where.BODY) == [(("", "4", "last"),)]
    assert rows(document, Where.HIDDEN) == [(("first",),)]


def test_many_cells_far_apart_are_too_big() -> None:
    """A diagonal cannot be made small; the other sheets are still read."""
    book = _with_rows(("kept",))
    diagonal = book.create_sheet("diagonal")
    for n in range(1, 2_100):
        diagonal.cell(n, n, 1)
    (document,) = read(sheet.read, _saved(book))
    assert document.problems == (Reason.TOO_BIG,)
    assert rows(document, Where.BODY) == [(("kept",),)]


@pytest.mark.parametrize(
    "cells",
    [
        '<row><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>2</v></c></row>',
        "<row r='1'><c t='n' r='A1'><v>1</v></c></row><row><c r = 'XFD1048576'><v>2</v></c></row>",
        '<x:row xmlns:x="x"><x:c r="A1"/><x:c\nr="XFD1048576"/></x:row>',
    ],
)
def test_a_rectangle_is_measured_however_it_is_written(cells: str) -> None:
    """Quotes, blanks, prefixes and the order of attributes do not hide how large a sheet is."""
    layout, anew = grid.look(f"<worksheet><sheetData>{cells}</sheetData></worksheet>".encode())
    assert anew is not None
    assert list(layout.row_at or ()) == [0, 1_048_575]
    assert list(layout.column_at or ()) == [0, 16_383]


def test_cells_that_do_not_say_where_they_stand_are_counted() -> None:
    """One wide row and many short ones make a large rectangle."""
    wide = b"<row>" + b"<c><v>1</v></c>" * 5_000 + b"</row>"
    with pytest.raises(Exceeded):
        grid.look(b"<sheetData>" + wide + b"<row><c><v>1</v></c></row>" * 5_000 + b"</sheetData>")
    assert grid.look(b"<sheetData>" + wide + b"</sheetData>")[1] is None


def test_cells_are_limited() -> None:
    """Too many cells are a problem; the first rows are kept."""
    book = _with_rows(*((n, n) for n in range(500)))
    (document,) = read(sheet.read, _saved(book), cells=100)
    assert document.problems == (Reason.TOO_BIG,)
    assert rows(document, Where.BODY)[0][:2] == (("0", "0"), ("1", "1"))


def test_an_entity_bomb_is_refused() -> None:
    """In a part that is read here, and in one that calamine reads."""
    octets = _saved(_with_rows(("kept",)))
    (document,) = read(sheet.read, with_parts(octets, {"xl/comments1.xml": f"{BOMB}<x>&c;</x>"}))
    assert refused([document])
    assert rows(document, Where.BODY) == [(("kept",),)]
    bombed = BOMB + part(octets, _SHEET).replace("<v>0</v>", "<v>&c;</v>")
    (document,) = read(sheet.read, with_parts(octets, {_SHEET: bombed}))
    assert "aaaaaaaaaa" not in str([table.rows for table in document.tables])


def test_a_shared_string_bomb_is_measured_before_calamine() -> None:
    """Every part calamine inflates is spent first."""
    strings = "<sst><si><t>" + "a" * 12_000_000 + "</t></si></sst>"
    octets = with_parts(_saved(_with_rows((SECRET,))), {"xl/sharedStrings.xml": strings})
    (document,) = read(sheet.read, octets)
    assert document.problems == (Reason.TOO_BIG,)


def _record(kind: int, data: bytes) -> bytes:
    """Write a record of XLSB with a kind below 128 and fewer than 128 octets."""
    return bytes((kind, len(data))) + data


def test_binary_sheets_tell_what_they_hide_and_how_large_they_are() -> None:
    """Of XLSB the records are looked through."""
    hidden_row = _record(0, struct.pack("<IIHBBB", 4, 0, 0, 0, 0x10, 0))
    cell = _record(5, struct.pack("<IId", 2, 0, 1.0))
    columns = _record(60, struct.pack("<IIIIH", 1, 2, 0, 0, 1))
    layout = biff12.look(columns + hidden_row + cell)
    assert (set(layout.rows), set(layout.columns)) == ({4}, {1, 2})
    far = _record(0, struct.pack("<IIHBBB", 1_048_575, 0, 0, 0, 0, 0))
    with pytest.raises(Exceeded):
        biff12.look(far + _record(5, struct.pack("<IId", 16_383, 0, 1.0)))


def test_three_thousand_rows_are_read_at_once() -> None:
    """A generous limit: the figures are measured elsewhere."""
    octets = _saved(_with_rows(*((n, f"name {n}", 1.25 * n, "a@b.example") for n in range(3_000))))
    started = time.perf_counter()
    (document,) = read(sheet.read, octets)
    assert time.perf_counter() - started < 2
    assert len(document.tables[0].rows) == 3_000


def test_looking_is_linear() -> None:
    """Openings that never close cost no more than those that do."""
    for piece in (b"<row ", b"<c ", b'r="A', b"<col hidden", b"<oddHeader ", b"=   r ", b":c "):
        started = time.perf_counter()
        xml = b'<c r="AA1"/>headerFooter hidden' + piece * (250_000 // len(piece))
        grid.look(xml)
        grid.margins(xml)
        assert time.perf_counter() - started < 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_mutations_do_no_harm(seed: int) -> None:
    """Changed octets give ordinary exceptions or documents, soon, and no text in a repr."""
    endures(sheet.read, mutated(_SMALL, seed))
    endures(sheet.read, with_parts(_SMALL, {_SHEET: mutated(_XML, seed)}))


_SMALL = _saved(_with_rows((SECRET, 1), ("b", datetime.date(2031, 1, 1))))
_XML = part(_SMALL, _SHEET).encode()


def test_reprs_show_no_text() -> None:
    """Law 8."""
    documents = read(sheet.read, _SMALL)
    assert SECRET not in repr(documents)
    assert SECRET in str(documents[0].tables[0].rows)
