"""Tests of compound files: old documents, workbooks, presentations, Outlook mails, passwords."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.extraction.compound import compound
from tests.extraction.office import SECRET, endures, mutated, read, rows, said

from missent.extraction.formats import ole
from missent.extraction.reader import Locked
from missent.mail.document import Reason, Where


def _word(parts: tuple[str, ...], flags: int = 0, *, wide: bool = True) -> dict[str, bytes]:
    """Make the streams of a Word document: text, footnotes, headers, macros, remarks and so on."""
    text = "".join(parts)
    body = text.encode("utf-16-le" if wide else "cp1252")
    fib = bytearray(0x400)
    struct.pack_into("<HH", fib, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", fib, 0x0A, flags)
    struct.pack_into("<8I", fib, 0x4C, *[len(p) for p in parts], *[0] * (8 - len(parts)))
    fc = 0x400 if wide else 0x800 | 0x40000000
    places = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, fc, 0)
    clx = b"\x01\x02\x00ab" + b"\x02" + struct.pack("<I", len(places)) + places
    struct.pack_into("<II", fib, 0x1A2, 10, len(clx))
    table = "1Table" if flags & 0x200 else "0Table"
    return {"WordDocument": bytes(fib) + body, table: bytes(10) + clx}


def _record(kind: int, data: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _workbook(*sheets: tuple[str, int, bytes], before: bytes = b"") -> bytes:
    """Make a workbook stream from names, how they are hidden, and records of cells."""

    def begin(kind: int) -> bytes:
        return _record(0x809, struct.pack("<HHHHII", 0x600, kind, 0, 0, 0, 6))

    def front(places: list[int]) -> bytes:
        listed = (
            _record(0x85, struct.pack("<IBBBB", at, hidden, 0, len(name), 0) + name.encode())
            for (name, hidden, _), at in zip(sheets, places, strict=True)
        )
        return begin(5) + before + b"".join(listed) + _record(0x0A)

    bodies = [begin(0x10) + cells + _record(0x0A) for _, _, cells in sheets]
    at = len(front([0] * len(sheets)))
    places = [at + sum(map(len, bodies[:n])) for n in range(len(bodies))]
    return front(places) + b"".join(bodies)


def _label(row: int, column: int, text: str) -> bytes:
    return _record(0x204, struct.pack("<HHHHB", row, column, 0, len(text), 0) + text.encode())


def _number(row: int, column: int, value: float) -> bytes:
    return _record(0x203, struct.pack("<HHHd", row, column, 0, value))


def _atom(kind: int, data: bytes, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4, kind, len(data)) + data


def _box(kind: int, *inside: bytes, instance: int = 0) -> bytes:
    data = b"".join(inside)
    return struct.pack("<HHI", instance << 4 | 0xF, kind, len(data)) + data


def _chars(text: str, kind: int = 0x0FA0) -> bytes:
    return _atom(kind, text.encode("utf-16-le"))


def _mail(prefix: str = "", **texts: str) -> dict[str, bytes]:
    """Make the streams of a mail from its properties, ``p0037`` and so on."""
    header = bytes(24 if prefix else 32)
    streams = {f"{prefix}__properties_version1.0": header}
    for tag, text in texts.items():
        streams[f"{prefix}__substg1.0_{tag[1:].upper()}001F"] = text.encode("utf-16-le")
    return streams


def _summary() -> bytes:
    """Make a property set with a title, and one with a property of its own."""
    title = struct.pack("<HHI", 30, 0, 5) + b"Crew\0"
    page = struct.pack("<HHHH", 2, 0, 1252, 0)
    first = struct.pack("<II4I", 0, 2, 1, 24, 2, 32) + page + title
    names = struct.pack("<I", 1) + struct.pack("<II", 2, 8) + b"MSIP_La\0"
    second = struct.pack("<II6I", 0, 3, 0, 32, 1, 52, 2, 60) + names + page
    second += struct.pack("<HHI", 31, 0, 3) + "UK\0".encode("utf-16-le")
    own = bytes.fromhex("05d5cdd59c2e1b10939708002b2cf9ae")
    summary = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
    start = struct.pack("<HHI16sI", 0xFFFE, 0, 0, b"", 2)
    at = len(start) + 40
    index = struct.pack("<16sI16sI", summary, at, own, at + len(first))
    return start + index + first + second


def test_an_old_document() -> None:
    """The text is found by its pieces; notes, headers and remarks are told apart."""
    parts = (
        "Dear all\r\x13 PAGE \x147\x15 of \x13 DATE \x15us\rName\x07Pay\x07\x07",
        "foot\r",
        "OFFICIAL\r",
        "",
        "right?\r",
    )
    for wide, flags in ((True, 0), (False, 0x200)):
        streams = _word(parts, flags, wide=wide) | {"\x05SummaryInformation": _summary()}
        (document,) = read(ole.read, compound(streams | {"Macros/VBA/dir": b"x"}))
        assert document.kind == "doc"
        assert said(document, Where.BODY) == ["Dear all\n7 of us\nName\tPay"]
        assert said(document, Where.MARGIN) == ["foot", "OFFICIAL"]
        assert said(document, Where.COMMENT) == ["right?"]
        assert document.properties == (("title", "Crew"), ("MSIP_La", "UK"), ("macros", "yes"))
        assert document.problems == ()


def test_an_old_workbook() -> None:
    """Values by calamine; hidden sheets, rows, columns, remarks and margins by the records."""
    hidden_row = _record(0x208, struct.pack("<HHHHHHHH", 1, 0, 0, 0, 0, 0, 0x20, 0))
    hidden_column = _record(0x7D, struct.pack("<6H", 1, 1, 0, 0, 1, 0))
    remark = _record(0x1B6, struct.pack("<HH6xHH4x", 0, 0, 4, 16)) + _record(0x3C, b"\0why?")
    header = _record(0x14, struct.pack("<HB", 10, 0) + b"&COFFICIAL")
    cells = _label(0, 0, SECRET) + _label(0, 1, "Pay") + _number(1, 0, 7.0) + _number(2, 0, 1.5)
    one = ("One", 0, header + hidden_column + hidden_row + cells + remark)
    two = ("Two", 1, _label(0, 0, "unseen"))
    (document,) = read(ole.read, compound({"Workbook": _workbook(one, two)}))
    assert document.kind == "xls"
    assert [table.name for table in document.tables] == ["One", "One", "One", "Two"]
    assert rows(document, Where.BODY) == [((SECRET,), ("1.5",))]
    assert rows(document, Where.HIDDEN) == [(("Pay",),), ((SECRET,), ("7",)), (("unseen",),)]
    assert said(document, Where.COMMENT) == ["why?"]
    assert said(document, Where.MARGIN) == ["OFFICIAL"]


def test_an_old_workbook_too_large_to_lay_out() -> None:
    """Two cells in opposite corners are not laid out."""
    far = ("One", 0, _label(0, 0, "a") + _label(65_535, 255, "b"))
    (document,) = read(ole.read, compound({"Workbook": _workbook(far)}))
    assert document.problems == (Reason.TOO_BIG,)


def test_an_old_presentation() -> None:
    """Slides, notes, masters, remarks and what is hidden, by container."""
    hides = _atom(0x03F9, struct.pack("<iIBBH", 0, 0, 0, 0, 4) + bytes(4))
    stream = _box(
        0x03E8,
        _box(0x0FF0, _chars("Title\rpoint"), instance=0),
        _box(0x0FF0, _chars("say"), instance=2),
        _box(0x0FD9, _chars("OFFICIAL", 0x0FBA)),
    )
    stream += _box(0x03EE, _atom(0x0FA8, SECRET.encode()), _box(0x2EE0, _chars("why?", 0x0FBA)))
    stream += _box(0x03EE, hides, _box(0x040C, _chars("unseen")))
    (document,) = read(ole.read, compound({"PowerPoint Document": stream}))
    assert document.kind == "ppt"
    assert said(document, Where.BODY) == [f"Title\npoint\n{SECRET}"]
    assert said(document, Where.COMMENT) == ["say\nwhy?"]
    assert said(document, Where.MARGIN) == ["OFFICIAL"]
    assert said(document, Where.HIDDEN) == ["unseen"]


def test_an_outlook_mail() -> None:
    """Subject, letter, people, attachments, and a mail within with its own."""
    attached = "__attach_version1.0_#00000000/"
    within = "__attach_version1.0_#00000001/"
    streams = _mail(p0037="Roster", p1000="Dear all", p0c1f="amy@contractor.example")
    streams |= _mail(p007d="Received: x\r\nmsip_labels: a=b;\r\n c=d\r\n")
    who = "__recip_version1.0_#00000000/"
    kind = b"\x03\x00\x15\x0c" + bytes(4) + struct.pack("<II", 2, 0)
    streams[f"{who}__properties_version1.0"] = bytes(8) + kind
    streams[f"{who}__substg1.0_3001001F"] = "Bo".encode("utf-16-le")
    streams[f"{who}__substg1.0_39FE001F"] = "bo@navy.mil".encode("utf-16-le")
    streams[f"{attached}__substg1.0_37010102"] = b"octets"
    streams[f"{attached}__substg1.0_3707001F"] = "list.csv".encode("utf-16-le")
    streams |= _mail(f"{within}__substg1.0_3701000D/", p0037="Within", p1000="inner letter")
    first, second, third = read(ole.read, compound(streams))
    assert first.kind == "msg"
    assert [text.text for text in first.texts] == ["Roster", "Dear all"]
    assert ("from", "amy@contractor.example") in first.properties
    assert ("cc", "Bo <bo@navy.mil>") in first.properties
    assert ("msip_labels", "a=b; c=d") in first.properties
    assert (second.position, second.kind, second.name) == ("2/1", "inner", "list.csv")
    assert (third.position, third.kind) == ("2/2", "msg")
    assert [text.text for text in third.texts] == ["Within", "inner letter"]


def test_the_letter_of_a_mail_without_plain_text() -> None:
    """HTML is read where there is no plain text; narrow text in the mail's code page."""
    page = b"\x03\x00\xfd\x3f" + bytes(4) + struct.pack("<II", 1251, 0)
    streams = {
        "__properties_version1.0": bytes(32) + page,
        "__substg1.0_0037001E": "Привет".encode("cp1251"),
        "__substg1.0_10130102": b"<p>Dear <b>all</b></p>",
    }
    (document,) = read(ole.read, compound(streams))
    assert [text.text.strip() for text in document.texts] == ["Привет", "Dear all"]


@pytest.mark.parametrize(
    "streams",
    [
        {"EncryptionInfo": b"x", "EncryptedPackage": b"y" * 5_000},
        {"\tDRMContent": b"x"},
        {"Workbook": _workbook(("One", 0, b""), before=_record(0x2F, bytes(6)))},
        {"PowerPoint Document": b"", "Current User": bytes(12) + struct.pack("<I", 0xF3D1C4DF)},
        {"PowerPoint Document": _box(0x03E8, _box(0x2F14))},
        _word(("x",), 0x0100),
    ],
)
def test_passwords_lock(streams: dict[str, bytes]) -> None:
    """Each form says in its own way that it is encrypted."""
    with pytest.raises(Locked):
        read(ole.read, compound(streams))


def test_what_is_embedded() -> None:
    """A file that was dragged in has its name; a package is a file as it is."""
    inside = b"the file"
    told = b"\x02\x00list.csv\0C:\\list.csv\0\x00\x00\x03\x00" + struct.pack("<I", 4) + b"C:\\\0"
    told += struct.pack("<I", len(inside)) + inside
    native = struct.pack("<I", len(told)) + told
    streams = _word(("x",)) | {
        "ObjectPool/_1/\x01Ole10Native": native,
        "ObjectPool/_2/Package": b"PK",
    }
    document, first, second = read(ole.read, compound(streams))
    assert said(document, Where.BODY) == ["x"]
    assert {(first.name, first.position), (second.name, second.position)} == {
        ("list.csv", "2/1"),
        (None, "2/2"),
    }


def test_a_compound_file_of_no_known_kind() -> None:
    """It says so."""
    (document,) = read(ole.read, compound({"Anything": b"x"}))
    assert document.problems == (Reason.UNKNOWN_KIND,)


def test_a_broken_document_is_malformed() -> None:
    """No text is made up, and the properties stay."""
    streams = {
        "WordDocument": b"\xec\xa5\xc1\x00" + bytes(50),
        "\x05SummaryInformation": _summary(),
    }
    (document,) = read(ole.read, compound(streams))
    assert document.problems == (Reason.MALFORMED,)
    assert ("title", "Crew") in document.properties


_SAMPLES = (
    compound(_word((SECRET, "foot")) | {"\x05SummaryInformation": _summary()}),
    compound({"Workbook": _workbook(("One", 0, _label(0, 0, SECRET) + _number(1, 1, 2.0)))}),
    compound({"PowerPoint Document": _box(0x03EE, _chars(SECRET))}),
    compound(_mail(p0037=SECRET, p1000="Dear all")),
)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_mutations_do_no_harm(seed: int) -> None:
    """Changed octets give ordinary exceptions or documents, soon, and no text in a repr."""
    for sample in _SAMPLES:
        endures(ole.read, mutated(sample, seed))


def test_reprs_show_no_text() -> None:
    """Law 8."""
    for sample in _SAMPLES:
        documents = read(ole.read, sample)
        assert SECRET not in repr(documents)
        assert documents[0].texts or documents[0].tables
