"""Tests of OpenDocument: text, sheets, slides; hidden things, repetitions, passwords."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.extraction.office import (
    BOMB,
    SECRET,
    endures,
    mutated,
    packed,
    read,
    refused,
    rows,
    said,
)

from missent.extraction.formats import opendocument
from missent.extraction.reader import Locked
from missent.mail.document import Reason, Where

_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "text", "table", "style", "draw", "presentation", "meta", "dc")
)


def _content(body: str, styles: str = "") -> str:
    return (
        f"<office:document-content {_NAMES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body>{body}</office:body></office:document-content>"
    )


def _made(kind: str, body: str, automatic: str = "", **parts: str) -> bytes:
    named = {f"{name}.xml": xml for name, xml in parts.items()}
    content = _content(f"<office:{kind}>{body}</office:{kind}>", automatic)
    told = f"application/vnd.oasis.opendocument.{kind}"
    return packed({"mimetype": told, "content.xml": content, **named})


def _cell(text: str, more: str = "") -> str:
    return f"<table:table-cell {more}><text:p>{text}</text:p></table:table-cell>"


def _row(*cells: str, more: str = "") -> str:
    return f"<table:table-row {more}>{''.join(cells)}</table:table-row>"


def _table(*lines: str, name: str = "One", more: str = "") -> str:
    return f'<table:table table:name="{name}" {more}>{"".join(lines)}</table:table>'


_LETTER = _made(
    "text",
    "<text:tracked-changes><text:changed-region><text:deletion><office:change-info>"
    "<dc:creator>A</dc:creator></office:change-info><text:p>taken out</text:p></text:deletion>"
    "</text:changed-region></text:tracked-changes>"
    "<text:h>Roster</text:h><text:p>Dear<text:s text:c='2'/>all,<text:line-break/>see<text:tab/>"
    "  below<office:annotation><dc:creator>B</dc:creator><text:p>right?</text:p></office:annotation>"
    "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>foot</text:p>"
    "</text:note-body></text:note> and <text:span text:style-name='T1'>unseen</text:span>on</text:p>"
    + _table(_row(_cell("Name"), _cell(SECRET)))
    + "<text:section text:display='none'><text:p>gone</text:p></text:section>",
    '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/>'
    "</style:style>",
    styles=f"<office:document-styles {_NAMES}><office:master-styles><style:master-page>"
    "<style:header><text:p>OFFICIAL</text:p></style:header></style:master-page>"
    "</office:master-styles></office:document-styles>",
    meta=f"<office:document-meta {_NAMES}><office:meta><dc:title>Crew</dc:title>"
    '<meta:user-defined meta:name="Class">Secret</meta:user-defined></office:meta>'
    "</office:document-meta>",
)


def test_a_letter() -> None:
    """Everything stands where it belongs."""
    (document,) = read(opendocument.read, _LETTER)
    assert document.kind == "odt"
    assert said(document, Where.BODY) == ["Roster\nDear  all,\nsee\t below and on"]
    assert said(document, Where.REVISION) == ["taken out"]
    assert said(document, Where.COMMENT) == ["right?"]
    assert sorted(said(document, Where.MARGIN)) == ["OFFICIAL", "foot"]
    assert said(document, Where.HIDDEN) == ["unseen\ngone"]
    assert rows(document, Where.BODY) == [(("Name", SECRET),)]
    assert document.properties == (("title", "Crew"), ("Class", "Secret"))
    assert document.problems == ()


def test_values_of_sheets() -> None:
    """A value that says more than its text is taken: dates, exact numbers."""
    line = _row(
        _cell("4.1E15", 'office:value-type="float" office:value="4111111111111111"'),
        _cell("3 Feb", 'office:value-type="date" office:date-value="1980-02-03"'),
        _cell("yes", 'office:value-type="boolean" office:boolean-value="true"'),
        _cell("12 %", 'office:value-type="percentage" office:value="0.12"'),
        _cell("text", 'office:value-type="string"'),
    )
    (document,) = read(opendocument.read, _made("spreadsheet", _table(line)))
    assert document.kind == "ods"
    assert document.tables[0].name == "One"
    assert rows(document, Where.BODY) == [
        (("4111111111111111", "1980-02-03", "TRUE", "0.12", "text"),)
    ]


def test_hidden_sheets_rows_and_columns() -> None:
    """Each is hidden by its own means."""
    styles = (
        '<style:style style:name="ta2" style:family="table">'
        '<style:table-properties table:display="false"/></style:style>'
    )
    seen = _table(
        '<table:table-column/><table:table-column table:visibility="collapse"/>',
        _row(_cell("Name"), _cell("Pay")),
        _row(_cell("Ann"), _cell("10")),
        _row(_cell("Bob"), _cell("20"), more='table:visibility="filter"'),
    )
    unseen = _table(_row(_cell("x")), more='table:style-name="ta2"')
    (document,) = read(opendocument.read, _made("spreadsheet", seen + unseen, styles))
    assert rows(document, Where.BODY) == [(("Name",), ("Ann",))]
    assert rows(document, Where.HIDDEN) == [
        (("Pay",), ("10",)),
        (("Name",), ("Bob", "20")),
        (("x",),),
    ]


def test_repetitions_are_written_out_only_as_far_as_they_say_something() -> None:
    """Empty rows and cells to the end of the sheet are nothing; a bomb of them is too big."""
    end = '<table:table-cell table:number-columns-repeated="16380"/>'
    last = _row(end, more='table:number-rows-repeated="1048570"')
    gap = '<table:table-cell table:number-columns-repeated="2"/>'
    twice = _row(_cell("a", 'table:number-columns-repeated="2"'), gap, _cell("b"), end)
    (document,) = read(opendocument.read, _made("spreadsheet", _table(twice, last)))
    assert rows(document, Where.BODY) == [(("a", "a", "", "", "b"),)]
    bomb = _row(
        _cell("x", 'table:number-columns-repeated="16384"'),
        more='table:number-rows-repeated="1048576"',
    )
    started = time.perf_counter()
    (document,) = read(opendocument.read, _made("spreadsheet", _table(bomb * 50)))
    assert document.problems == (Reason.TOO_BIG,)
    assert time.perf_counter() - started < 5


def test_slides() -> None:
    """Notes are remarks, a hidden slide is hidden, an empty place says nothing."""
    styles = (
        '<style:style style:name="dp2" style:family="drawing-page">'
        '<style:drawing-page-properties presentation:visibility="hidden"/></style:style>'
    )
    frame = "<draw:frame{}><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>"
    body = (
        "<presentation:footer-decl>mark</presentation:footer-decl><draw:page>"
        + frame.format("", "First")
        + frame.format(' presentation:placeholder="true"', "click here")
        + f"<presentation:notes>{frame.format('', 'say')}</presentation:notes></draw:page>"
        + f'<draw:page draw:style-name="dp2">{frame.format("", "Second")}</draw:page>'
    )
    (document,) = read(opendocument.read, _made("presentation", body, styles))
    assert document.kind == "odp"
    assert said(document, Where.BODY) == ["First"]
    assert said(document, Where.COMMENT) == ["say"]
    assert said(document, Where.MARGIN) == ["mark"]
    assert said(document, Where.HIDDEN) == ["Second"]


def test_a_flat_document() -> None:
    """All in one XML file reads the same."""
    flat = (
        f'<office:document {_NAMES} office:mimetype="application/vnd.oasis.opendocument.spreadsheet">'
        f"<office:meta><dc:title>T</dc:title></office:meta><office:body>{_table(_row(_cell('x')))}"
        "</office:body></office:document>"
    )
    (document,) = read(opendocument.read, flat.encode())
    assert document.kind == "ods"
    assert rows(document, Where.BODY) == [(("x",),)]
    assert ("title", "T") in document.properties


def test_a_password_locks() -> None:
    """The manifest tells of encryption."""
    manifest = "<m><file-entry><encryption-data/></file-entry></m>"
    with pytest.raises(Locked):
        read(opendocument.read, packed({"content.xml": "?", "META-INF/manifest.xml": manifest}))


def test_objects_pictures_and_macros() -> None:
    """What is embedded is read; a chart's table is a table."""
    octets = packed(
        {
            "content.xml": _content("<office:text/>"),
            "Object 1/content.xml": _content(_table(_row(_cell("chart")))),
            "Object 2": b"\xd0\xcf",
            "Pictures/a.png": b"p",
            "Basic/Standard/script-lb.xml": "<x/>",
        }
    )
    document, first, second = read(opendocument.read, octets)
    assert rows(document, Where.BODY) == [(("chart",),)]
    assert ("macros", "yes") in document.properties
    assert [(one.position, one.name) for one in (first, second)] == [
        ("2/1", "Object 2"),
        ("2/2", "a.png"),
    ]


def test_an_entity_bomb_is_refused() -> None:
    """A document type declaration is not read."""
    bomb = BOMB + _content("<office:text><text:p>&c;</text:p></office:text>")
    documents = read(opendocument.read, packed({"content.xml": bomb}))
    assert refused(documents)
    assert documents[0].texts == ()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_mutations_do_no_harm(seed: int) -> None:
    """Changed octets give ordinary exceptions or documents, soon, and no text in a repr."""
    endures(opendocument.read, mutated(_LETTER, seed))
    content = _content(f"<office:text>{_table(_row(_cell(SECRET)))}</office:text>").encode()
    endures(opendocument.read, mutated(content, seed))


def test_reprs_show_no_text() -> None:
    """Law 8."""
    documents = read(opendocument.read, _LETTER)
    assert SECRET not in repr(documents)
    assert SECRET in str(documents[0].tables[0].rows)
