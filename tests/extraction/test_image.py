"""Tests of `missent.extraction.formats.image`, `dicom`, and of `missent.extraction.xmp`."""

from __future__ import annotations

import io
import os
import struct
import time
import zlib
from collections.abc import Iterator

import pytest
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian
from tests.extraction.make import documents, only

from missent.extraction import recognition, xmp
from missent.extraction.reader import Item, Limits
from missent.extraction.reading import read_all
from missent.mail.document import Document, Picture, Reason, Text, Where

_PACKET = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description rdf:about=""
 photoshop:City="Bamako" xmlns:dc="x"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">
 The &amp; gate</rdf:li></rdf:Alt></dc:title>
<pdfx:MSIP_Label_1_Name>Secret</pdfx:MSIP_Label_1_Name></rdf:Description></rdf:RDF>
</x:xmpmeta>"""


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = "North gate"
    exif[0x010F], exif[0x0110] = "Nikkon", "D1"
    exif.get_ifd(0x8769)[0x9003] = "2024:05:06 07:08:09"
    exif.get_ifd(0x8825).update({1: "N", 2: (12.0, 38.0, 21.0), 3: "W", 4: (8.0, 0.0, 10.8)})
    return exif


def _picture(form: str, **options: object) -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (64, 48), "white").save(target, form, **options)
    return target.getvalue()


_TOLD = Picture(64, 48, 12.639167, -8.003, "Nikkon D1", "2024-05-06T07:08:09")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_what_a_camera_writes(form: str) -> None:
    """Place, time and camera, whatever the format."""
    document = only(_picture(form, exif=_exif()), "gate.jpg")
    assert document.kind == form.lower()
    assert document.picture == _TOLD
    assert ("description", "North gate") in document.properties
    assert document.problems == (Reason.PICTURE,)
    assert "12.6" not in repr(document)


def test_heic_without_a_decoder() -> None:
    """Telephones write HEIC: its size and EXIF are found without decoding it."""
    octets = (
        b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1"
         b"\x00\x00\x00\x14ispe\x00\x00\x00\x00" + struct.pack(">II", 64, 48)
        + b"\x00\x00\x00\x06" + _exif().tobytes()
    )  # fmt: skip
    document = only(octets, "IMG_1.HEIC")
    assert document.picture == _TOLD
    assert document.problems == (Reason.PICTURE,)


def test_captions() -> None:
    """Text chunks of PNG, comments of JPEG, XMP."""
    chunks = PngImagePlugin.PngInfo()
    chunks.add_text("Description", "Site plan")
    assert ("Description", "Site plan") in only(_picture("PNG", pnginfo=chunks)).properties
    assert ("comment", "Site plan") in only(_picture("JPEG", comment=b"Site plan")).properties
    assert ("City", "Bamako") in only(_picture("JPEG", xmp=_PACKET)).properties


def test_xmp() -> None:
    """Elements, lists and attributes of a packet."""
    assert list(xmp.properties(b"before" + _PACKET + b"behind")) == [
        ("City", "Bamako"),
        ("title", "The & gate"),
        ("MSIP_Label_1_Name", "Secret"),
    ]


@pytest.mark.parametrize(
    "piece", [b"<x:xmpmeta", b"<a:b c ", b"<a>a", b' a:a="', b"<a:b> <rdf:Alt"]
)
def test_hostile_xmp_is_linear(piece: bytes) -> None:
    """A megabyte of it takes below a second."""
    start = time.perf_counter()
    list(xmp.properties(b"<x:xmpmeta" + piece * (1_000_000 // len(piece)) + b"</x:xmpmeta>"))
    assert time.perf_counter() - start < 1


def test_a_picture_too_big() -> None:
    """Its header says so; it is never decoded."""
    octets = bytearray(_picture("PNG"))
    octets[16:24] = struct.pack(">II", 50_000, 50_000)
    octets[29:33] = struct.pack(">I", zlib.crc32(octets[12:29]))
    assert Reason.TOO_BIG in only(bytes(octets)).problems


def test_odd_places_are_none() -> None:
    """Zero denominators and degrees that do not exist."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (212.0, 0.0, 0.0), 3: "E"})
    assert only(_picture("JPEG", exif=exif)).picture == Picture(64, 48)


def test_cut_off() -> None:
    """Half a picture still says what its beginning says, or is malformed."""
    octets = _picture("PNG")
    assert only(octets[:20]).problems == (Reason.MALFORMED,)


# --- read off pictures ---------------------------------------------------------------------------


@pytest.fixture
def engine() -> Iterator[None]:
    """Tesseract, where it is installed with its data."""
    if not recognition.start():
        reason = "not here: Tesseract or its data"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    yield
    recognition.stop()


def _read_off(octets: bytes) -> Document:
    (document,) = read_all([Item("2", "", None, octets)], Limits(), ocr=True)
    return document


@pytest.mark.usefixtures("engine")
def test_text_is_read_off_a_picture() -> None:
    """Then nothing is left unread."""
    image = Image.new("L", (900, 200), 255)
    ImageDraw.Draw(image).text((20, 60), "CREW LIST of Example Star", 0, ImageFont.load_default(48))
    target = io.BytesIO()
    image.save(target, "PNG")
    document = _read_off(target.getvalue())
    assert document.texts == (Text("CREW LIST of Example Star", Where.RECOGNISED),)
    assert document.problems == ()


def test_without_an_engine_it_stays_a_picture() -> None:
    """Being asked for it is not enough."""
    assert _read_off(_picture("PNG")).problems == (Reason.PICTURE,)


# --- DICOM ---------------------------------------------------------------------------------------


def _examination(**attributes: object) -> bytes:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = UID("1.2.3")
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, "1.2.3"
    for name, value in attributes.items():
        setattr(dataset, name, value)
    target = io.BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


def test_an_examination() -> None:
    """Who, when, of what; never the pixels."""
    sequence = Dataset()
    sequence.CodeMeaning = "Thorax"
    octets = _examination(
        PatientName="Testman^Adam",
        PatientID="4711",
        PatientBirthDate="19700102",
        Modality="CT",
        StudyDescription="CT of the chest",
        InstitutionName="Example Hospital",
        AnatomicRegionSequence=[sequence],
        Rows=512,
        Columns=256,
    )
    document = only(octets, "IM0001")
    assert document.kind == "dicom"
    assert dict(document.properties) == {
        "PatientName": "Testman^Adam",
        "PatientID": "4711",
        "PatientBirthDate": "19700102",
        "Modality": "CT",
        "StudyDescription": "CT of the chest",
        "InstitutionName": "Example Hospital",
        "CodeMeaning": "Thorax",
    }
    assert document.picture == Picture(256, 512)
    assert document.problems == (Reason.PICTURE,)


def test_a_document_in_dicom() -> None:
    """Reports travel so: read by their own kind."""
    found = documents(_examination(EncapsulatedDocument=b"Findings: none.\n"))
    assert [(d.position, d.kind) for d in found] == [("2", "dicom"), ("2/1", "text")]
    assert found[1].texts == (Text("Findings: none.\n"),)
