"""deliveries.csv: every delivery, RFC 4180, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.investigation.samples import hostile, incident, nothing, single

from missent.mail.mime import spell_out
from missent.service.investigation.deliveries import COLUMNS, deliveries_csv, harmless, plain

FORMULA = re.compile(r"(?:\A|[;\t\r\n])\s*[=+\-@＝＋－＠\t\r]")


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_one_row_for_each_delivery() -> None:
    """Whatever became of it: accepted, bounced, waiting."""
    made = incident()
    rows = _rows(deliveries_csv(made))
    assert len(rows) == len(made.deliveries)
    assert [row["recipient"] for row in rows] == [one.recipient.wire for one in made.deliveries]
    assert {row["outcome"] for row in rows} == {"accepted", "bounced", "pending"}


def test_the_cells_of_one() -> None:
    """Each column has what its name says."""
    text = deliveries_csv(single())
    assert text == (
        ",".join(COLUMNS) + "\r\n"
        "2025-02-03T07:40:00Z,ann@contractor.example,john@army.ml,john@army.mil,army.mil,accepted,"
        "0.9700,drop,0,,0,<0@contractor.example>,4XyZ00000,mx1.army.ml[198.51.100.30],false,sent.mbox\r\n"
    )


def test_what_it_held_worst_first() -> None:
    """Categories with their levels; without content both cells are empty, not 0."""
    one = replace(single().deliveries[0], level=3, categories={"travel": 2, "roster": 3, "a": 2})
    row = _rows(deliveries_csv(replace(single(), deliveries=(one,))))[0]
    assert (row["level"], row["categories"]) == ("3", "roster:3 a:2 travel:2")
    bare = replace(one, level=None, categories={}, sender=None, meant=None)
    row = _rows(deliveries_csv(replace(single(), deliveries=(bare,))))[0]
    assert [row[name] for name in ("level", "categories", "people", "sender", "meant")] == [""] * 5


def test_nothing_found_has_a_header() -> None:
    """An empty table is a table."""
    assert deliveries_csv(nothing()) == ",".join(COLUMNS) + "\r\n"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "  '=1"),
        ("＝1", "'＝1"),
        ("\t=1", "\\u0009=1"),
        ("\r=1", "\\u000d=1"),
        ("x;=1", "x;'=1"),
        ("'=1", "''=1"),
        ("ann@army.ml", "ann@army.ml"),
        ("<a-b=c@x>", "<a-b=c@x>"),
    ],
)
def test_no_cell_begins_like_a_formula(text: str, cell: str) -> None:
    """What a spreadsheet would run gets an apostrophe; the rest is left alone."""
    assert harmless(text) == cell


@given(st.text(max_size=40) | st.text(alphabet="=+-@;' \t\r\na＝", max_size=12))
def test_any_text_is_harmless_and_comes_back(text: str) -> None:
    """No start of a cell, nor of a part after a semicolon, is a formula; nothing is lost."""
    cell = harmless(text)
    assert not FORMULA.search(cell)
    assert len(cell.splitlines()) <= 1
    assert plain(cell) == spell_out(text)


def test_hostile_deliveries() -> None:
    """The whole table: one line a row, no cell that a spreadsheet would run."""
    text = deliveries_csv(hostile())
    assert text.count("\n") == text.count("\r\n") == 3
    cells = [cell for row in _rows(text) for cell in row.values()]
    assert "'=1+1|cmd@army.ml" in cells
    assert "'@SUM(1)" in cells
    assert not any(FORMULA.search(cell) for cell in cells)
