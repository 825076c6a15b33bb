"""Tests of presentations: slides in order, notes, what is hidden, what masters print."""

from __future__ import annotations

import io

import pptx
from hypothesis import given, settings
from hypothesis import strategies as st
from pptx.util import Inches
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

from missent.extraction.formats import slides
from missent.mail.document import Where

_A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
_P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'


def _made() -> bytes:
    """Let python-pptx make three slides: one with a table, one with notes, one that is hidden."""
    made = pptx.Presentation()
    made.core_properties.title = "Briefing"
    layout = made.slide_layouts[1]
    first = made.slides.add_slide(layout)
    first.shapes.title.text = "First"
    first.placeholders[1].text = "a point\nanother"
    grid = first.shapes.add_table(2, 2, Inches(1), Inches(1), Inches(3), Inches(1)).table
    for index, text in enumerate(("Name", "Pay", SECRET, "10")):
        grid.cell(index // 2, index % 2).text = text
    second = made.slides.add_slide(layout)
    second.shapes.title.text = "Second"
    second.notes_slide.notes_text_frame.text = "say this"
    third = made.slides.add_slide(layout)
    third.shapes.title.text = "Third"
    third.notes_slide.notes_text_frame.text = "never say this"
    third._element.set("show", "0")
    target = io.BytesIO()
    made.save(target)
    return target.getvalue()


def _shape(text: str, place: str = "") -> str:
    return (
        f"<p:sp><p:nvSpPr><p:nvPr>{place}</p:nvPr></p:nvSpPr>"
        f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def test_slides_in_order_with_tables_and_notes() -> None:
    """Each slide is a text; its notes are remarks; a hidden slide is hidden with its notes."""
    document, *pictures = read(slides.read, _made())
    assert (document.kind, pictures) == ("pptx", [])
    assert said(document, Where.BODY) == ["First\na point\nanother", "Second"]
    assert rows(document, Where.BODY) == [(("Name", "Pay"), (SECRET, "10"))]
    assert said(document, Where.COMMENT) == ["say this"]
    assert said(document, Where.HIDDEN) == ["Third", "never say this"]
    assert ("title", "Briefing") in document.properties
    assert document.problems == ()


def test_the_order_is_that_of_the_presentation() -> None:
    """Not that of the names; a slide nobody lists is left behind, and hidden."""
    octets = _made()
    listing = part(octets, "ppt/presentation.xml")
    ids = sorted(line.split("/>")[0] for line in listing.split("<p:sldId ")[1:])
    turned = listing
    first, second, third = (f"<p:sldId {one}/>" for one in ids)
    turned = turned.replace(first + second + third, second + first)
    assert turned != listing
    document = read(slides.read, with_parts(octets, {"ppt/presentation.xml": turned}))[0]
    assert said(document, Where.BODY) == ["Second", "First\na point\nanother"]
    assert said(document, Where.HIDDEN) == ["Third"]


def test_footers_and_masters_are_margin() -> None:
    """Marks on a master are printed on every slide; prompts and numbers are not."""
    footer = _shape("OFFICIAL", '<p:ph type="ftr"/>')
    master = (
        _shape("Click to edit", '<p:ph type="title"/>')
        + _shape("7", '<p:ph type="sldNum"/>')
        + _shape("RESTRICTED")
        + footer
    )
    slide = _shape("body") + footer + _shape("more")
    octets = with_parts(
        _made(),
        {
            "ppt/slides/slide1.xml": f"<p:sld {_P} {_A}>{slide}</p:sld>",
            "ppt/slideMasters/slideMaster1.xml": f"<p:sldMaster {_P} {_A}>{master}</p:sldMaster>",
        },
    )
    document = read(slides.read, octets)[0]
    assert said(document, Where.BODY)[0] == "body\nmore"
    assert said(document, Where.MARGIN)[:2] == ["OFFICIAL", "RESTRICTED\nOFFICIAL"]


def test_remarks_on_slides() -> None:
    """Both kinds of comments are read: text of its own, and paragraphs."""
    relations = part(_made(), "ppt/slides/_rels/slide1.xml.rels").replace(
        "</Relationships>",
        '<Relationship Id="c1" Type="comments" Target="../comments/comment1.xml"/></Relationships>',
    )
    comments = (
        f"<p:cmLst {_P} {_A}><p:cm><p:text>too long</p:text></p:cm>"
        "<p:cm><p:txBody><a:p><a:r><a:t>agreed</a:t></a:r></a:p></p:txBody></p:cm></p:cmLst>"
    )
    octets = with_parts(
        _made(),
        {"ppt/slides/_rels/slide1.xml.rels": relations, "ppt/comments/comment1.xml": comments},
    )
    document = read(slides.read, octets)[0]
    assert said(document, Where.COMMENT)[0] == "too long\nagreed"


def test_an_entity_bomb_is_refused() -> None:
    """The slide is malformed, the others are read."""
    bomb = f"{BOMB}<p:sld {_P} {_A}>{_shape('&c;')}</p:sld>"
    documents = read(slides.read, with_parts(_made(), {"ppt/slides/slide1.xml": bomb}))
    assert refused(documents)
    assert said(documents[0], Where.BODY) == ["Second"]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_mutations_do_no_harm(seed: int) -> None:
    """Changed octets give ordinary exceptions or documents, soon, and no text in a repr."""
    endures(slides.read, mutated(_SMALL, seed))
    xml = part(_SMALL, "ppt/slides/slide1.xml").encode()
    endures(slides.read, with_parts(_SMALL, {"ppt/slides/slide1.xml": mutated(xml, seed)}))


_SMALL = _made()


def test_reprs_show_no_text() -> None:
    """Law 8."""
    documents = read(slides.read, _SMALL)
    assert SECRET not in repr(documents)
    assert SECRET in str(documents[0].tables[0].rows)
