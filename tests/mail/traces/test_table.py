"""What `mail.traces.table` promises: rows by their columns out of what a spreadsheet or a server wrote."""

import codecs

import pytest

from missent.mail.traces.table import columns_of, decode, header_of, heads_of, rows_of

TEXT = "a,b\nä,€\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
    ],
)
def test_encoding_is_known_by_its_mark_or_its_nuls(data: bytes) -> None:
    """The same text comes in six ways, of which Microsoft uses three."""
    assert decode(data) == TEXT


def test_octets_that_are_no_text_are_replaced() -> None:
    """No octets stop a reading."""
    assert decode(b"a\xff\0") == "a\ufffd\0"
    assert decode(codecs.BOM_UTF16_LE + b"a\0b") == "a\ufffd"
    assert decode(b"\0") == "\0"
    assert decode(b"") == ""


@pytest.mark.parametrize(
    "text",
    [
        "One,Two\n1,2\n",
        "\ufeffOne;Two\r\n1;2\r\n",
        '"One"\t"Two"\n\n1\t2',
        "sep=;\nOne;Two\n1;2\n",
        "#TYPE System.Object\none,two\n1,2\n",
        "#Software: X\n#Version: 1\n#Fields: one,two\n#Date: 2025\n1,2\n",
        "one,two,one\n1,2,3\n",
        "one,two\n1,2\none,two\n",
        "#Fields: two,one,three\n#Fields: one,two\n1,2\n",
    ],
)
def test_every_header_names_its_cells(text: str) -> None:
    """Separators, comments and a header that comes again do not reach the rows; the first name counts."""
    assert list(rows_of(text)) == [{"one": "1", "two": "2"}]


def test_row_of_another_length_is_damaged() -> None:
    """Cells that are too few or too many might each be another column's."""
    assert list(rows_of("one,two\n1\n1,2,3\n1,2,\n1,2\n")) == [
        None,
        None,
        None,
        {"one": "1", "two": "2"},
    ]


def test_quoted_cells_may_hold_anything() -> None:
    """Line ends, separators and quotes of a subject are no structure, nor is a comment in it."""
    (row,) = rows_of('one,two\n"a\n#Fields: x,y\r\n""b"",","c\0d"\n')
    assert row == {"one": 'a\n#Fields: x,y\r\n"b",', "two": "c\0d"}


def test_text_without_a_header_has_no_rows() -> None:
    """Comments alone, or a line that no table has, name nothing."""
    for text in ("", "\n", "#Software: X\n" * 30 + "one,two\n1,2\n", "x" * 20_000):
        assert list(rows_of(text)) == []
        assert list(heads_of(text)) == []
        assert header_of(text) is None


def test_header_of_a_table_ends_its_line() -> None:
    """What is put in front of rows keeps its comments, and is whole even without a row."""
    assert header_of("\ufeffsep=;\r\na;b\r\n1;2\r\n") == "sep=;\r\na;b\r\n"
    assert header_of("a,b") == "a,b\n"


def test_columns_of_records_name_what_is_inside() -> None:
    """A record is told from its like by a short text in it; long ones are content."""
    row = {"id": {"applicationName": "gmail", "time": "x" * 99}, "events": []}
    assert columns_of(row) == {
        "id",
        "events",
        "id.applicationname",
        "id.applicationname=gmail",
        "id.time",
    }
