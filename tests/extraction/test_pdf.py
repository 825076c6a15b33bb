"""Tests of `missent.extraction.formats.pdf` and `page`."""

from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest
from PIL import Image
from reportlab.lib.colors import black
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table
from tests.extraction.make import documents, only

from missent.extraction.reader import Limits
from missent.mail.document import Reason, Text, Where

_CREW = [
    ["No", "Family name", "Given names", "Rank", "Date of birth", "Passport No"],
    ["1", "Testman", "Adam", "Master", "1970-01-02", "X1234567"],
    ["2", "Sampleton", "Bertha Carla", "Chief Officer", "1981-12-31", "Y7654321"],
]


def _drawn(draw: Callable[[Canvas], None], **options: object) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, **options)
    draw(canvas)
    canvas.save()
    return target.getvalue()


def _lines(octets: bytes) -> list[str]:
    return [line for text in only(octets).texts for line in text.text.split("\n")]


def _table(size: int = 10, **options: object) -> bytes:
    target = io.BytesIO()
    table = Table(_CREW, style=[("FONTSIZE", (0, 0), (-1, -1), size)], **options)
    heading = Paragraph("CREW LIST (IMO FAL Form 5)", getSampleStyleSheet()["Heading1"])
    SimpleDocTemplate(target).build([heading, table])
    return target.getvalue()


@pytest.mark.parametrize("size", [7, 9, 10, 12])
def test_a_list_of_people_keeps_its_columns(size: int) -> None:
    """Rows stay rows, cells are parted by tabs, in any size."""
    assert _lines(_table(size)) == [
        "CREW LIST (IMO FAL Form 5)",
        *("\t".join(row) for row in _CREW),
    ]


def test_a_table_written_column_by_column() -> None:
    """The order of the file does not matter for what stands at one height."""

    def draw(canvas: Canvas) -> None:
        for column, x in enumerate((50, 150, 300)):
            for row in range(3):
                canvas.drawString(x, 700 - 14 * row, _CREW[row][column + 1])

    assert _lines(_drawn(draw)) == ["\t".join(row[1:4]) for row in _CREW]


def test_a_turned_page() -> None:
    """A wide table on a page that is shown turned."""

    def draw(canvas: Canvas) -> None:
        canvas.setPageSize(landscape(A4))
        for row in range(3):
            for column, x in enumerate((50, 150, 300)):
                canvas.drawString(x, 400 - 14 * row, _CREW[row][column + 1])

    document = pdfium.PdfDocument(_drawn(draw))
    for degrees in (90, 180, 270):
        # what is upright unturned lies on its side when turned; pages scanned so carry both turns
        document[0].set_rotation(degrees)
        target = io.BytesIO()
        document.save(target)
        assert "Family name" in "\n".join(_lines(target.getvalue()))
    document.close()


def test_columns_of_prose_stay_apart() -> None:
    """A newsletter's left column is read to its end before the right one."""
    left = [f"Line {n} of the left column, which is rather long text" for n in range(5)]
    right = [f"Line {n} of the right column, which is no table row" for n in range(5)]

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        for x, lines in ((40, left), (310, right)):
            for number, line in enumerate(lines):
                canvas.drawString(x, 700 - 12 * number, line)

    assert _lines(_drawn(draw)) == left + right


def test_justified_prose_has_no_tabs() -> None:
    """Spaces between words may be wide without being columns."""
    style = getSampleStyleSheet()["Normal"].clone("justified", alignment=4)
    target = io.BytesIO()
    text = (
        "The undersigned parties agree notwithstanding anything hereinbefore that representation "
        * 8
    )
    SimpleDocTemplate(target).build([Paragraph(text, style)])
    lines = _lines(target.getvalue())
    assert len(lines) > 5
    assert not any("\t" in line for line in lines)
    assert " ".join(lines) == text.strip()


def test_label_and_value() -> None:
    """A form's labels and values stand in two cells of one line."""

    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "Surname:")
        canvas.drawString(200, 700, "Testman")
        canvas.drawString(50, 680, "Diagnosis:")
        canvas.drawString(200, 681, "none")

    assert _lines(_drawn(draw)) == ["Surname:\tTestman", "Diagnosis:\tnone"]


def test_properties_and_labels() -> None:
    """Title and author; and labels, whose names nobody tells the library."""

    def draw(canvas: Canvas) -> None:
        canvas.setTitle("Inspection")
        canvas.setAuthor("A. Writer")
        canvas.drawString(50, 700, "A line of this report.")

    plain = _drawn(draw)
    label = b"/MSIP_Label_11111111-2222-3333-4444-555555555555_Name (Confidential)"
    properties = dict(only(plain.replace(b"/Trapped /False", label)).properties)
    assert properties["Title"] == "Inspection"
    assert properties["Author"] == "A. Writer"
    assert properties["MSIP_Label_11111111-2222-3333-4444-555555555555_Name"] == "Confidential"


def test_remarks_and_form_fields() -> None:
    """A note on the page is a comment, a field that is filled in is text."""

    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "A form to be filled in")
        canvas.textAnnotation("Ask the attache first", Rect=[50, 600, 100, 650])
        canvas.acroForm.textfield(name="passport", value="X1234567", x=50, y=500, borderColor=black)

    assert only(_drawn(draw)).texts == (
        Text("A form to be filled in"),
        Text("Ask the attache first", Where.COMMENT),
        Text("passport: X1234567"),
    )


def test_files_in_it_are_read() -> None:
    """A PDF may carry others: each by its own kind."""
    document = pdfium.PdfDocument(
        _drawn(lambda c: c.drawString(50, 700, "Please see the attached list."))
    )
    document.new_attachment("crew.csv").set_data(b"Name;Born\nA;1970\n")
    target = io.BytesIO()
    document.save(target)
    document.close()
    found = documents(target.getvalue(), "a.pdf")
    assert [(d.position, d.kind, d.name) for d in found] == [
        ("2", "pdf", "a.pdf"),
        ("2/1", "csv", "crew.csv"),
    ]
    assert found[1].tables[0].rows == (("Name", "Born"), ("A", "1970"))


def test_locked() -> None:
    """With a password nobody gave."""
    octets = _drawn(lambda c: c.drawString(50, 700, "A line"), encrypt="password")
    assert only(octets).problems == (Reason.ENCRYPTED,)


def _scan() -> bytes:
    target = io.BytesIO()
    Image.new("L", (200, 100), 255).save(target, "PNG")
    target.seek(0)
    return _drawn(lambda c: c.drawImage(ImageReader(target), 50, 500, 400, 200))


def test_a_scan_is_a_picture() -> None:
    """Nobody has read what a page shows that has no text; a logo beside text does not matter."""
    document = only(_scan())
    assert document.problems == (Reason.PICTURE,)
    assert document.texts == ()

    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "A letter with a logo at its top.")
        canvas.drawInlineImage(Image.new("L", (20, 20)), 50, 750)

    assert only(_drawn(draw)).problems == ()


def test_more_pages_than_are_read() -> None:
    """What was read before the limit is kept."""

    def draw(canvas: Canvas) -> None:
        for number in range(5):
            canvas.drawString(50, 700, f"This is page {number}.")
            canvas.showPage()

    (document,) = documents(_drawn(draw), limits=Limits(pages=2))
    assert [text.text for text in document.texts] == ["This is page 0.", "This is page 1."]
    assert document.problems == (Reason.TOO_BIG,)
    (document,) = documents(_drawn(draw), limits=Limits(characters=140))
    assert document.problems == (Reason.TOO_BIG,)


def test_a_count_that_lies() -> None:
    """Pages that are not there are no pages."""
    octets = _drawn(lambda c: c.drawString(50, 700, "A line of this report."))
    document = only(octets.replace(b"/Count 1", b"/Count 9"))
    assert document.texts[0].text == "A line of this report."
    assert document.problems in ((Reason.MALFORMED,), ())


def test_broken() -> None:
    """It begins as a PDF, and that is all."""
    assert only(b"%PDF-1.7\n" + b"A" * 500).problems == (Reason.MALFORMED,)
    assert "Testman" not in repr(documents(_table()))
