"""Tests of `missent.extraction.kinds`."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.extraction.make import zipped

from missent.extraction.kinds import disguised, kind_of, promised
from missent.extraction.samples import samples

_HEADER = (
    "From: a@army.mil\nTo: b@army.mil\nSubject: A visit\nMessage-ID: <1@army.mil>\n\nDear all\n"
)
_TYPES = b"<Types/>"

KNOWN = [
    (b"%PDF-1.7\n", "pdf"),
    (b"junk before\n%PDF-1.4\n", "pdf"),
    (rb"{\rtf1 A}", "rtf"),
    (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600), "ole"),
    (bytes.fromhex("789f3e22") + bytes(10), "tnef"),
    (b"Rar!\x1a\x07\x01\x00", "rar"),
    (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00", "heic"),
    (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00", "film"),
    (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "webp"),
    (b"RIFF\x10\x00\x00\x00WAVEfmt ", "sound"),
    (bytes(128) + b"DICM" + bytes(8), "dicom"),
    (b"MZ\x90\x00\x03\x00\x00\x00" + bytes(60), "program"),
    (b"\x7fELF\x02\x01\x01\x00", "program"),
    (b"MZ and other letters begin this text.\n", "text"),
    (b"-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n", "pgp"),
    (b"\x85\x01\x0c\x03" + b"\x11" * 267 + b"\xd2\xc0\x40" + b"\x22" * 40, "pgp"),
    (b"\x8c\x0d\x04\x09\x03\x02" + b"\x11" * 9 + b"\xd2\x40" + b"\x22" * 40, "pgp"),
    (b"age-encryption.org/v1\n-> X25519 abc\n", "age"),
    (bytes.fromhex("3080 0609 2a864886f70d010703 a080"), "smime"),
    (bytes.fromhex("308204d2 020103 30820498") + bytes(40), "pkcs12"),
    (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "ics"),
    (b"BEGIN:VCARD\nFN:A\n", "vcf"),
    (_HEADER.encode(), "eml"),
    (b"From a@army.mil Mon Jan  1 00:00:00 2024\n" + _HEADER.encode(), "mbox"),
    (b"<!DOCTYPE html>\n<html><body>A</body></html>", "html"),
    (b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"/>', "kml"),
    (b'<?xml version="1.0"?>\n<!-- a track -->\n<gpx version="1.1"></gpx>', "gpx"),
    (b'<?xml version="1.0"?><crew><name>A</name></crew>', "xml"),
    (b'{"crew": [1, 2]}', "json"),
    (b"Name;Born;Rank\nA;1970;Mate\nB;1971;Cook\n", "csv"),
    (b"Name\tBorn\nA\t1970\nB\t1971\n", "csv"),
    ("Name;Born;Rank\nA;1970;Mate\nB;1971;Cook\n".encode("utf-16"), "csv"),
    ("A line.\n".encode("utf-16-le"), "text"),
    ("Déjà vu, monsieur.\n".encode("cp1252"), "text"),
    (b"Dear all,\nwe leave at noon, as agreed, and return, I hope, at six.\nYours, A\n", "text"),
    (b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "text"),
    (bytes(range(256)) * 8, "unknown"),
    (b"", "empty"),
    (zipped({"a.txt": b"A"}), "zip"),
    (zipped({"[Content_Types].xml": _TYPES, "word/document.xml": b""}), "docx"),
    (zipped({"[Content_Types].xml": _TYPES, "xl/workbook.xml": b""}), "xlsx"),
    (zipped({"[Content_Types].xml": _TYPES, "xl/workbook.bin": b""}), "xlsb"),
    (zipped({"[Content_Types].xml": _TYPES, "ppt/presentation.xml": b""}), "pptx"),
    (zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}, 0), "odt"),
    (zipped({"mimetype": b"application/epub+zip"}, 0), "epub"),
    (b"MZ" + bytes(90) + zipped({"a.txt": b"A"}), "zip"),
]
_NOT_NAMED = [one for one in KNOWN if one[1] not in {"text", "json"}]


@pytest.mark.parametrize(("octets", "kind"), KNOWN, ids=[kind for _, kind in KNOWN])
def test_content_tells_the_kind_without_a_name(octets: bytes, kind: str) -> None:
    """What a thing is stands in its octets."""
    assert kind_of(octets) == kind


@pytest.mark.parametrize(("octets", "kind"), _NOT_NAMED, ids=[kind for _, kind in _NOT_NAMED])
def test_content_wins_over_the_name(octets: bytes, kind: str) -> None:
    """A name cannot make a PDF of a program."""
    assert kind_of(octets, "report.pdf", "application/pdf") == kind


def test_name_decides_between_kinds_of_text() -> None:
    """One line with commas is a table only if it is called one; a declared type counts as well."""
    assert kind_of(b"a,b\n") == "text"
    assert kind_of(b"a,b\n", "a.csv") == "csv"
    assert kind_of(b"a,b\n", None, "text/csv") == "csv"
    assert kind_of(b"Subject: A\n\nB\n") == "text"
    assert kind_of(b"Subject: A\n\nB\n", "a.eml") == "eml"
    assert kind_of(b"Subject: A\n\nB\n", None, "message/rfc822") == "eml"
    assert kind_of(b"<b>A</b>", "a.html") == "html"


def test_zip_cut_off_is_what_its_name_promises() -> None:
    """A damaged letter is read as a letter, which fails, and not as an archive of anything."""
    letter = zipped({"[Content_Types].xml": _TYPES, "word/document.xml": b"A" * 2000})
    assert kind_of(letter[:60], "letter.docx") == "docx"
    assert kind_of(letter[:60]) == "zip"


def test_names_promise() -> None:
    """Programs and archives that are called documents are told; a document of another kind is not."""
    assert promised("A.Report.PDF") == "pdf"
    assert promised(None) == promised("no extension") == ""
    assert disguised("program", "a.pdf")
    assert disguised("zip", "a.jpg")
    assert not disguised("zip", "a.zip")
    assert not disguised("rtf", "a.doc")
    assert not disguised("program", "a.exe")


@given(st.binary(max_size=300), st.sampled_from([one for _, one in samples()]), st.integers(0, 400))
def test_never_raises(junk: bytes, sample: bytes, at: int) -> None:
    """Any octets have a kind."""
    for octets in (junk, sample[:at] + junk, sample[:at] + junk + sample[at:], junk + sample):
        assert kind_of(octets, "a.eml", "text/html")


@pytest.mark.parametrize(
    "piece",
    [b"<!--", b"<?xml ", b"<a:", b"A:\n ", b"PK\x05\x06", b"From ", b"{[", b"\x00a", b"a,b\n"],
)
def test_hostile_input_is_linear(piece: bytes) -> None:
    """A megabyte of anything takes well below a second."""
    octets = piece * (1_000_000 // len(piece))
    start = time.perf_counter()
    kind_of(octets, "a.html")
    kind_of(b"PK\x03\x04" + octets, "a.html")
    assert time.perf_counter() - start < 1
