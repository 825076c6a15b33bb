"""Tests of Word documents: what stands where, and what hostile ones do."""

from __future__ import annotations

import io
import time
import zipfile

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.extraction.office import (
    BOMB,
    SECRET,
    endures,
    mutated,
    packed,
    part,
    read,
    refused,
    rows,
    said,
    with_parts,
)

from missent.extraction.formats import word
from missent.mail.document import Reason, Where

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def _document(body: str, **parts: str) -> bytes:
    """Make a document from the XML of its body, and further parts by their stem."""
    return packed(
        {
            "word/document.xml": f"<w:document {_W} {_MC}><w:body>{body}</w:body></w:document>",
            **{f"word/{stem}.xml": f"<w:x {_W}>{xml}</w:x>" for stem, xml in parts.items()},
        }
    )


def _p(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def _r(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


def _made() -> bytes:
    """Let python-docx write a document with a bit of everything it knows."""
    made = docx.Document()
    made.core_properties.title = "Crew list"
    made.add_heading("Roster", 1)
    paragraph = made.add_paragraph("Dear")
    paragraph.add_run(" all,").bold = True
    paragraph.add_run().add_break()
    paragraph.add_run("see\tbelow")
    table = made.add_table(2, 2)
    for cell, text in zip(table._cells, ("Name", "Grade", SECRET, "B 2"), strict=True):
        cell.text = text
    made.sections[0].header.paragraphs[0].text = "OFFICIAL"
    made.sections[0].footer.paragraphs[0].text = "page one"
    made.add_comment(paragraph.runs, text="is this right?", author="A", initials="A")
    hidden = made.add_paragraph("end ").add_run("unseen")
    hidden.font.hidden = True
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def test_a_document_of_every_day() -> None:
    """Text, tables, margins, remarks and hidden runs each stand where they belong."""
    (document,) = read(word.read, _made())
    assert document.kind == "docx"
    assert said(document, Where.BODY) == ["Roster\nDear all,\nsee\tbelow\nend "]
    assert rows(document, Where.BODY) == [(("Name", "Grade"), (SECRET, "B 2"))]
    assert sorted(said(document, Where.MARGIN)) == ["OFFICIAL", "page one"]
    assert said(document, Where.COMMENT) == ["is this right?"]
    assert said(document, Where.HIDDEN) == ["unseen"]
    assert ("title", "Crew list") in document.properties
    assert document.problems == ()


def test_tracked_changes_are_told_apart() -> None:
    """Deleted and moved text is revision; what was inserted is body, as on the screen."""
    body = _p(
        _r("We pay "),
        "<w:del><w:r><w:delText>nine</w:delText></w:r></w:del>",
        f"<w:ins>{_r('ten')}</w:ins>",
        f"<w:moveFrom>{_r(' moved away')}</w:moveFrom>",
    ) + _p(f"<w:moveTo>{_r('moved here')}</w:moveTo>")
    (document,) = read(word.read, _document(body))
    assert said(document, Where.BODY) == ["We pay ten\nmoved here"]
    assert said(document, Where.REVISION) == ["nine moved away"]


def test_hidden_by_run_style_and_paragraph_style() -> None:
    """A style hides as a run does; a hidden paragraph mark hides nothing; a switch can be off."""
    styles = (
        '<w:style w:styleId="Secret"><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="Open"><w:rPr><w:vanish w:val="0"/></w:rPr></w:style>'
    )
    body = (
        _p(_r("a"), _r("b", "<w:vanish/>"), _r("c", '<w:vanish w:val="false"/>'))
        + _p(_r("d", '<w:rStyle w:val="Secret"/>'), _r("e", '<w:rStyle w:val="Open"/>'))
        + _p('<w:pPr><w:pStyle w:val="Secret"/></w:pPr>', _r("f"))
        + _p("<w:pPr><w:rPr><w:vanish/></w:rPr></w:pPr>", _r("g"))
    )
    (document,) = read(word.read, _document(body, styles=styles))
    assert said(document, Where.BODY) == ["ac\ne\ng"]
    assert said(document, Where.HIDDEN) == ["b\nd\nf"]


def test_fields_and_tabs() -> None:
    """A field's result is read, its instruction is not; a tab stop is no tab."""
    body = _p(
        '<w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr>',
        "<w:r><w:instrText>PAGE</w:instrText></w:r>",
        _r("7"),
        "<w:r><w:tab/><w:noBreakHyphen/><w:br/></w:r>",
        f"<w:hyperlink>{_r('link')}</w:hyperlink>",
    )
    (document,) = read(word.read, _document(body))
    assert said(document, Where.BODY) == ["7\t-\nlink"]


def test_alternate_content_is_read_once() -> None:
    """A text box stands twice in a file, for new and old programs; the other is read if one is empty."""
    box = f"<w:pict><w:txbxContent>{_p(_r('boxed'))}</w:txbxContent></w:pict>"
    twice = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    only = f"<mc:Choice/><mc:Fallback>{box}</mc:Fallback>"
    for inside in (twice, only):
        body = _p(f"<w:r><mc:AlternateContent>{inside}</mc:AlternateContent></w:r>", _r("after"))
        (document,) = read(word.read, _document(body))
        assert said(document, Where.BODY) == ["boxed\nafter"]


def test_merged_and_nested_tables() -> None:
    """A wide cell keeps the columns in line; a table in a cell is a table of its own."""

    def cell(inside: str, span: int = 1) -> str:
        return f'<w:tc><w:tcPr><w:gridSpan w:val="{span}"/></w:tcPr>{inside}</w:tc>'

    nested = f"<w:tbl><w:tr>{cell(_p(_r('in')))}</w:tr></w:tbl>"
    body = (
        f"<w:tbl><w:tr>{cell(_p(_r('wide')), 2)}{cell(_p(_r('x')))}</w:tr>"
        f"<w:tr>{cell(_p(_r('a')) + _p(_r('b')))}{cell(nested + _p())}{cell(_p(_r('c')))}</w:tr></w:tbl>"
    )
    (document,) = read(word.read, _document(body))
    assert rows(document, Where.BODY) == [(("in",),), (("wide", "", "x"), ("a b", "", "c"))]
    assert document.texts == ()


def test_footnotes_endnotes_and_boxes_beside() -> None:
    """Notes are margin; a part with a like name is not taken for one."""
    notes = {"footnotes": _p(_r("foot")), "endnotes": _p(_r("end")), "header2": _p(_r("head"))}
    (document,) = read(word.read, _document(_p(_r("x")), commentsIds=_p(_r("no")), **notes))
    assert sorted(said(document, Where.MARGIN)) == ["end", "foot", "head"]
    assert said(document, Where.COMMENT) == []


def test_labels_and_macros_become_properties() -> None:
    """Custom properties and LabelInfo.xml tell the same label by the same names."""
    custom = (
        '<Properties xmlns:vt="v"><property name="MSIP_Label_0a_Name"><vt:lpwstr>Secret</vt:lpwstr>'
        '</property><property name="bjDocumentSecurityLabel"><vt:lpwstr>UK</vt:lpwstr></property>'
        "</Properties>"
    )
    info = (
        '<clbl:labelList xmlns:clbl="c"><clbl:label id="{0B}" enabled="1" method="Privileged" '
        'siteId="{0C}" contentBits="2" removed="0"/></clbl:labelList>'
    )
    octets = with_parts(
        _document(_p(_r("x"))),
        {
            "docProps/custom.xml": custom,
            "docMetadata/LabelInfo.xml": info,
            "word/vbaProject.bin": b"",
        },
    )
    (document,) = read(word.read, octets)
    assert document.properties == (
        ("MSIP_Label_0a_Name", "Secret"),
        ("bjDocumentSecurityLabel", "UK"),
        ("MSIP_Label_0b_Enabled", "true"),
        ("MSIP_Label_0b_Method", "Privileged"),
        ("MSIP_Label_0b_SiteId", "0C"),
        ("MSIP_Label_0b_ContentBits", "2"),
        ("MSIP_Label_0b_Removed", "false"),
        ("macros", "yes"),
    )


def test_embedded_files_come_before_pictures_and_pictures_are_few() -> None:
    """What is embedded is read by its own kind; of many pictures only the first, of previews none."""
    pictures = {f"word/media/image{n}.png": b"p" for n in range(60)}
    octets = with_parts(
        _document(_p(_r("x"))),
        {**pictures, "word/media/a.emf": b"e", "word/embeddings/Sheet1.xlsx": b"PK"},
    )
    _, first, *others = read(word.read, octets)
    assert (first.position, first.name) == ("2/1", "Sheet1.xlsx")
    assert len(others) == 48
    assert {document.kind for document in others} == {"inner"}


def test_charts_and_diagrams_are_text() -> None:
    """A chart's title and values, and a diagram's words, are read."""
    a = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    octets = with_parts(
        _document(""),
        {
            "word/charts/chart1.xml": f"<c:c xmlns:c='c' {a}><a:p><a:r><a:t>Pay</a:t></a:r></a:p>"
            "<c:pt idx='0'><c:v>48000</c:v></c:pt></c:c>",
            "word/diagrams/data1.xml": f"<d {a}><a:p><a:r><a:t>Chief</a:t></a:r></a:p></d>",
        },
    )
    (document,) = read(word.read, octets)
    assert said(document, Where.BODY) == ["Pay\n48000", "Chief"]


def test_an_entity_bomb_is_refused() -> None:
    """A document type declaration is not read, in whichever part; the other parts still are."""
    octets = with_parts(
        _document(_p(_r("kept"))), {"word/comments.xml": BOMB + f"<w:x {_W}>{_p(_r('&c;'))}</w:x>"}
    )
    (document,) = read(word.read, octets)
    assert refused([document])
    assert said(document, Where.BODY) == ["kept"]
    assert said(document, Where.COMMENT) == []


def test_a_limit_keeps_what_was_read() -> None:
    """Too many characters are a problem of the document, which keeps the first of them."""
    body = "".join(_p(_r(f"line {n}")) for n in range(1000))
    (document,) = read(word.read, _document(body), characters=200)
    assert document.problems == (Reason.TOO_BIG,)
    assert said(document, Where.BODY)[0].startswith("line 0\nline 1\n")


def test_a_part_that_expands_too_far_is_not_inflated() -> None:
    """Neither the ratio nor the octets of the limits are passed."""
    body = _p(_r("a" * 12_000_000))
    (document,) = read(word.read, _document(body))
    assert document.problems == (Reason.TOO_BIG,)
    (document,) = read(word.read, _made(), octets=2_000)
    assert document.problems == (Reason.TOO_BIG,)


def test_deep_nesting_is_told() -> None:
    """A hundred thousand open elements cost neither the stack nor much time, and are too deep."""
    deep = "<w:p>" * 100_000 + _r("deep") + "</w:p>" * 100_000
    started = time.perf_counter()
    (document,) = read(word.read, _document(deep))
    assert document.problems == (Reason.TOO_DEEP,)
    assert time.perf_counter() - started < 2


def test_a_member_that_stands_twice_is_malformed() -> None:
    """Two programs could read two documents: neither is read."""
    target = io.BytesIO(_document(_p(_r("one"))))
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("WORD/document.xml", "<x/>")
    with pytest.raises(ValueError, match="twice"):
        read(word.read, target.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_mutations_do_no_harm(seed: int) -> None:
    """Changed octets give ordinary exceptions or documents, soon, and no text in a repr."""
    endures(word.read, mutated(_SMALL, seed))
    xml = part(_STORED, "word/document.xml").encode()
    endures(word.read, with_parts(_STORED, {"word/document.xml": mutated(xml, seed)}))


_SMALL = _made()
_STORED = _document(_p(_r(SECRET), _r("b", "<w:vanish/>")) + "<w:tbl><w:tr><w:tc/></w:tr></w:tbl>")


def test_reprs_show_no_text() -> None:
    """Law 8."""
    documents = read(word.read, _made())
    assert SECRET not in repr(documents)
    assert SECRET in str(documents[0].tables[0].rows)
