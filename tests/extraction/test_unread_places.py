"""Places in files where something is said and a reader may not look."""

from __future__ import annotations

import base64
import io
import zipfile

import docx
import pytest
import xlsxwriter  # type: ignore[import-untyped]
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas
from tests.extraction.make import documents, zipped
from tests.extraction.office import part, with_parts

from missent.mail.document import Document, Reason

SAID = "quetzal roster passport"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def _says(found: list[Document]) -> bool:
    texts = [text.text for one in found for text in one.texts]
    cells = [cell for one in found for table in one.tables for row in table.rows for cell in row]
    return any(SAID in " ".join(text.split()) for text in (*texts, *cells))


def _word(parts: dict[str, str | bytes]) -> bytes:
    target = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("hello")
    document.save(target)
    return with_parts(target.getvalue(), parts)


def _watermark() -> bytes:
    body = part(_word({}), "word/document.xml")
    mark = f'<w:r><w:pict><v:textpath xmlns:v="urn:v" string="{SAID}"/></w:pict></w:r>'
    return _word({"word/document.xml": body.replace("</w:r></w:p>", f"</w:r>{mark}</w:p>", 1)})


def _remarked() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("a.txt")
        info.comment = SAID.encode()
        archive.writestr(info, b"hello")
    return target.getvalue()


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (32, 32)).save(target, "PNG")
    return target.getvalue()


_RUN = f"<w:p><w:r><w:t>{SAID}</w:t></w:r></w:p>"
_CARD = "BEGIN:VCARD\r\nVERSION:2.1\r\n{}\r\nEND:VCARD\r\n"
_EVENT = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n{}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
_QUOTED = "".join(f"={c:02X}" for c in SAID.encode())
PLACES: dict[str, tuple[bytes, str]] = {
    "a watermark": (_watermark(), "a.docx"),
    "building blocks": (_word({"word/glossary/document.xml": f"<w:d {_W}>{_RUN}</w:d>"}), "a.docx"),
    "a header of another name": (_word({"word/top.xml": f"<w:hdr {_W}>{_RUN}</w:hdr>"}), "a.docx"),
    "bound data": (_word({"customXml/item1.xml": f"<a><b>{SAID}</b></a>"}), "a.docx"),
    "a page put in": (_word({"word/chunk.htm": f"<p>{SAID}</p>"}), "a.docx"),
    "a file nobody refers to": (_word({"notes.txt": SAID}), "a.docx"),
    "a member's remark": (_remarked(), "a.zip"),
    "a folder with content": (zipped({"a/": SAID.encode()}), "a.zip"),
    "an archive behind a picture": (_picture() + zipped({"a.txt": SAID.encode()}), "a.png"),
    "a text box": (b"{\\rtf1 hi{\\shp{\\*\\shpinst{\\shptxt " + SAID.encode() + b"}}}}", "a.rtf"),
    "a quoted note": (_CARD.format(f"NOTE;ENCODING=QUOTED-PRINTABLE:{_QUOTED}").encode(), "a.vcf"),
    "a folded quoted note": (
        _CARD.format(f"NOTE;QUOTED-PRINTABLE:{_QUOTED[:9]}=\r\n{_QUOTED[9:]}").encode(),
        "a.vcf",
    ),
    "a nickname": (_CARD.format(f"NICKNAME:{SAID}").encode(), "a.vcf"),
    "a name of the older form": (_CARD.format(f"N:{SAID}").encode(), "a.vcf"),
    "behind the cards": ((_CARD.format("FN:A") + SAID).encode(), "a.vcf"),
    "another description": (
        _EVENT.format(f"X-ALT-DESC;FMTTYPE=text/html:<p>{SAID}</p>").encode(),
        "a.ics",
    ),
    "an attached text, to its end": (
        _EVENT.format(
            "ATTACH;ENCODING=BASE64;VALUE=BINARY:" + base64.b64encode(SAID.encode()).decode()
        ).encode(),
        "a.ics",
    ),
    "a comment": (f"<?xml version='1.0'?><a><!-- {SAID} --><b>x</b></a>".encode(), "a.xml"),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_stands_in_an_unusual_place_is_read(place: str) -> None:
    """Whoever receives the file has it, so the detectors have it."""
    octets, name = PLACES[place]
    found = documents(octets, name)
    assert _says(found)
    assert not [reason for one in found for reason in one.problems if reason.failed]


@pytest.mark.parametrize(
    ("octets", "name", "reason"),
    [
        (b"\x30\x82\x00\x10\x30" + SAID.encode(), "a.bin", Reason.UNKNOWN_KIND),
        (b"{\\rtf1 hi{\\pict\\pngblip 89504e47}}", "a.rtf", Reason.PICTURE),
        (
            _EVENT.format("ATTACH:data:text/plain;base64,AAAA").encode(),
            "a.ics",
            Reason.UNKNOWN_KIND,
        ),
        (b"<html><img src='data:image/png;base64,AAAA'></html>", "a.html", Reason.PICTURE),
        (
            b"<svg xmlns='x'><image href='data:image/png;base64,AAAA'/></svg>",
            "a.svg",
            Reason.PICTURE,
        ),
    ],
)
def test_what_is_not_read_there_is_told(octets: bytes, name: str, reason: Reason) -> None:
    """Law 5: what nobody read is never taken for nothing."""
    assert reason in documents(octets, name)[0].problems


def test_a_picture_of_a_card_is_a_picture() -> None:
    """A card may carry one, and what it shows is not known."""
    photo = base64.b64encode(_picture()).decode()
    found = documents(_CARD.format(f"FN:A\r\nPHOTO;ENCODING=b;TYPE=PNG:{photo}").encode(), "a.vcf")
    assert [one.kind for one in found] == ["vcf", "png"]


def _pdf(side: int) -> bytes:
    target = io.BytesIO()
    page = canvas.Canvas(target, pagesize=(600, 800))
    page.drawString(72, 700, "Scanned with a program of some name")
    page.drawImage(ImageReader(io.BytesIO(_picture())), 20, 20, side, side)
    page.bookmarkPage("here")
    page.addOutlineEntry(SAID, "here")
    page.save()
    return target.getvalue()


def test_a_scan_with_a_stamp_is_a_picture() -> None:
    """A line of text above it does not make a scan readable; a small logo makes no letter a scan."""
    assert documents(_pdf(500), "a.pdf")[0].problems == (Reason.PICTURE,)
    assert documents(_pdf(60), "a.pdf")[0].problems == ()


def test_bookmarks_are_read() -> None:
    """They are shown beside the pages."""
    assert _says(documents(_pdf(60), "a.pdf"))


def test_what_cells_offer_is_read() -> None:
    """A list to choose a name from is a list of names."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "hello")
        sheet.data_validation("B1", {"validate": "list", "source": ["A. Roe", SAID]})
    assert _says(documents(target.getvalue(), "a.xlsx"))
