"""Own one tiny sample of each kind, read once before the sandbox closes.

Libraries import and open things when they first meet a format; what they need must be there by then.
A sample whose library is not installed is left out, as its reader is.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

_MAIL = (
    b"From: a@a.example\r\nSubject: =?utf-8?q?A?=\r\nMessage-ID: <a@a.example>\r\n\r\nA line.\r\n"
)
_TEXTS = {
    "a.txt": b"A line.\n",
    "b.txt": "A line.\n".encode("utf-16"),
    "c.txt": b"\xc4 line.\n",
    "a.csv": b"a;b\n1;2\n",
    "a.html": b"<html><body><p>A &amp; B</p></body></html>",
    "a.xml": b'<?xml version="1.0"?><a><b>c</b></a>',
    "b.xml": b'<?xml version="1.0"?><a>',
    "a.json": b'{"a": [{"b": 1}, {"b": 2.5}]}',
    "b.json": b'{"a"}',
    "a.eml": _MAIL,
    "a.mbox": b"From a@a.example Mon Jan  1 00:00:00 2024\n" + _MAIL,
    "a.ics": b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;TZID=Europe/Paris:20240102T030405\n"
    b"ATTENDEE;CN=A:mailto:a@a.example\nEND:VEVENT\nEND:VCALENDAR\n",
    "a.vcf": b"BEGIN:VCARD\nFN:A\nEND:VCARD\n",
    "a.rtf": rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 A;}}{\info{\title A}}A\'e4\u8364 ?\par}",
    "a.asc": b"-----BEGIN PGP MESSAGE-----\n\nA\n-----END PGP MESSAGE-----\n",
}
_OFFICE = {
    "a.docx": ("word/document.xml", "wordprocessingml", "document"),
    "a.pptx": ("ppt/presentation.xml", "presentationml", "presentation"),
}
_OPEN = {"a.odt": "text", "a.ods": "spreadsheet", "a.odp": "presentation"}
_OOXML = "http://schemas.openxmlformats.org"


def samples() -> Iterator[tuple[str, bytes]]:
    """Give names and octets of the samples."""
    yield from _TEXTS.items()
    yield from _packed()
    for name, (part, family, root) in _OFFICE.items():
        yield name, _office(part, family, root)
    yield "a.xlsx", _workbook()
    for name, kind in _OPEN.items():
        yield name, _open_document(kind)
    yield "a.pdf", _pdf()
    yield "a.doc", _compound()
    yield "winmail.dat", _tnef()
    yield (
        "a.p7m",
        bytes.fromhex(
            "3020 0609 2a864886f70d010702 a013 3011 020101 3100 300a 0608 2a864886f70d0107"
        ),
    )
    for made in (_pictures, _medical, _seven):
        with suppress(ImportError):
            yield from made()


def _packed() -> Iterator[tuple[str, bytes]]:
    plain = _TEXTS["a.txt"]
    yield "a.zip", _zipped({"a.txt": plain, "ä.txt": plain})
    yield "a.txt.gz", gzip.compress(plain)
    yield "a.txt.bz2", bz2.compress(plain)
    yield "a.txt.xz", lzma.compress(plain)
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("ä.txt")
        member.size = len(plain)
        archive.addfile(member, io.BytesIO(plain))
    yield "a.tar", target.getvalue()


def _zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, octets in members.items():
            archive.writestr(name, octets)
    return target.getvalue()


def _office(part: str, family: str, root: str) -> bytes:
    return _zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": _relation("officeDocument", part),
            part: f'<{root} xmlns="{_OOXML}/{family}/2006/main"/>'.encode(),
        }
    )


def _workbook() -> bytes:
    main = f'xmlns="{_OOXML}/spreadsheetml/2006/main"'
    link = f'xmlns:r="{_OOXML}/officeDocument/2006/relationships"'
    book = f'<workbook {main} {link}><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
    cell = '<c r="A1" t="inlineStr"><is><t>A</t></is></c><c r="B1"><v>1.5</v></c>'
    sheet = f'<worksheet {main}><sheetData><row r="1">{cell}</row></sheetData></worksheet>'
    return _zipped(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": _relation("officeDocument", "xl/workbook.xml"),
            "xl/_rels/workbook.xml.rels": _relation("worksheet", "worksheets/sheet1.xml"),
            "xl/workbook.xml": book.encode(),
            "xl/worksheets/sheet1.xml": sheet.encode(),
        }
    )


def _relation(kind: str, target: str) -> bytes:
    return (
        f'<Relationships xmlns="{_OOXML}/package/2006/relationships"><Relationship Id="r1" '
        f'Type="{_OOXML}/officeDocument/2006/relationships/{kind}" Target="{target}"/>'
        "</Relationships>"
    ).encode()


def _open_document(kind: str) -> bytes:
    media_type = f"application/vnd.oasis.opendocument.{kind}"
    urn = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    content = (
        f'<o:document-content xmlns:o="{urn}"><o:body><o:{kind}/></o:body></o:document-content>'
    )
    members = {"mimetype": media_type.encode(), "content.xml": content.encode()}
    return _zipped(members, zipfile.ZIP_STORED)


def _pdf() -> bytes:
    stream = b"BT /F1 12 Tf 72 700 Td (A line.) Tj ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    octets = bytearray(b"%PDF-1.4\n")
    places = []
    for number, one in enumerate(objects, 1):
        places.append(len(octets))
        octets += b"%d 0 obj%s endobj\n" % (number, one)
    start = len(octets)
    octets += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(
        b"%010d 00000 n \n" % at for at in places
    )
    octets += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(octets)


def _compound() -> bytes:
    """Make an empty compound file ([MS-CFB] §2): header, one sector of its table, one of its directory."""
    signature, end, free = bytes.fromhex("d0cf11e0a1b11ae1"), 0xFFFFFFFE, 0xFFFFFFFF
    header = signature + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header += struct.pack("<109I", 0, *[free] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, end, *[free] * 126)
    name = "Root Entry\0".encode("utf-16-le")
    root = name.ljust(64, b"\0") + struct.pack("<HBBIII", len(name), 5, 1, free, free, free)
    root = root.ljust(116, b"\0") + struct.pack("<IQ", end, 0)
    return header + table + root.ljust(512, b"\0")


def _tnef() -> bytes:
    def attribute(level: int, name: int, kind: int, value: bytes) -> bytes:
        head = struct.pack("<BHHI", level, name, kind, len(value))
        return head + value + struct.pack("<H", sum(value) & 0xFFFF)

    return (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(1, 0x9006, 8, struct.pack("<I", 0x10000))
        + attribute(1, 0x9007, 6, struct.pack("<II", 1252, 0))
        + attribute(1, 0x8004, 1, b"A\0")
        + attribute(2, 0x9002, 6, bytes(14))
        + attribute(2, 0x8010, 1, b"a.txt\0")
        + attribute(2, 0x800F, 6, b"A line.\n")
    )


def _pictures() -> Iterator[tuple[str, bytes]]:
    pillow: Any = importlib.import_module("PIL.Image")
    image = pillow.new("RGB", (32, 32))
    exif = image.getexif()
    exif[271] = "A"
    exif.get_ifd(0x8825).update({1: "N", 2: (1.0, 2.0, 3.0)})
    for form in ("JPEG", "PNG", "GIF", "TIFF", "BMP", "WEBP"):
        target = io.BytesIO()
        image.save(target, form, **({"exif": exif} if form in ("JPEG", "WEBP") else {}))
        yield f"a.{form.lower()}", target.getvalue()


def _medical() -> Iterator[tuple[str, bytes]]:
    uid = b"1.2.840.10008.1.2.1\0"
    meta = struct.pack("<HH2sHI", 2, 0, b"UL", 4, 8 + len(uid))
    meta += struct.pack("<HH2sH", 2, 0x10, b"UI", len(uid)) + uid
    name = struct.pack("<HH2sH", 0x10, 0x10, b"PN", 4) + b"A^B "
    importlib.import_module("pydicom")
    yield "a.dcm", bytes(128) + b"DICM" + meta + name


def _seven() -> Iterator[tuple[str, bytes]]:
    library: Any = importlib.import_module("py7zr")
    for filters in (None, [{"id": library.FILTER_DEFLATE}], [{"id": library.FILTER_BZIP2}]):
        target = io.BytesIO()
        with library.SevenZipFile(target, "w", filters=filters) as archive:
            archive.writestr(_TEXTS["a.txt"], "a.txt")
        yield "a.7z", target.getvalue()
