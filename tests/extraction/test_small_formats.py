"""Tests of the readers of text, tables, pages, Rich Text, contacts, calendars, XML and JSON."""

from __future__ import annotations

import time

import pytest
from tests.extraction.make import documents, only

from missent.extraction.formats.packed_rtf import unpacked
from missent.mail.document import Reason, Table, Text, Where


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "utf-32"]
)
def test_text_in_any_charset(charset: str) -> None:
    """Nobody declares how a file is written; what Western PCs write is read right."""
    octets = "Résumé of Zoë\r\nsecond line\n".encode(charset)
    assert only(octets, "a.txt").texts == (Text("Résumé of Zoë\nsecond line\n"),)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_tables_as_text(mark: str) -> None:
    """Each mark that programs write between cells, quotes and line ends kept apart."""
    lines = ['Name#Born#"Place, country"', '"Test, ""Ann"""#1970#Bamako', "", "Bob#1971#Paris"]
    octets = "\r\n".join(line.replace("#", mark) for line in lines).encode()
    assert only(octets, "crew.csv").tables == (
        Table((
            ("Name", "Born", "Place, country"),
            ('Test, "Ann"', "1970", "Bamako"),
            ("Bob", "1971", "Paris"),
        )),
    )  # fmt: skip


def test_excels_own_line() -> None:
    """`sep=` is an instruction and no row."""
    assert only(b'"sep=;"\r\na,b;c\r\n', "a.csv").tables[0].rows == (("a,b", "c"),)
    assert only(b"sep=,\na,b;c\n", "a.csv").tables[0].rows == (("a", "b;c"),)


def test_a_page() -> None:
    """Cells stay apart, comments are apart, title and description are properties."""
    document = only(
        b"<html><head><title>Crew &amp; more</title><meta name='author' content='Ann'></head><body>"
        b"<table><tr><th>Name</th><th>Born</th></tr><tr><td>A</td><td>1970</td></tr></table>"
        b"<!-- to be removed --></body></html>"
    )
    assert document.texts == (Text("Name\tBorn\nA\t1970"), Text(" to be removed ", Where.COMMENT))
    assert document.properties == (("title", "Crew & more"), ("author", "Ann"))


def test_a_page_in_its_declared_charset() -> None:
    """What is no UTF-8 is read as the page says."""
    page = '<html><meta charset="windows-1251"><body>Привет</body></html>'.encode("cp1251")
    assert only(page).texts == (Text("Привет"),)


_RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Duty roster}{\author Ann}}"
    rb"{\*\userprops {\propname MSIP_Label_1_Name}\proptype30{\staticval Secret}}"
    rb"{\header\pard OFFICIAL-SENSITIVE\par}{\footerr\pard page 1\par}"
    rb"Dear \b all\b0 ,\par caf\'e9 \u8364?5\par"
    rb"{\trowd\cellx1000\cellx2000 Name\cell Born\cell\row A\cell 1970\cell\row}"
    rb"{\*\annotation{\*\atndate 1}Ask first}}"
)


def test_rich_text() -> None:
    """Running text with cells apart, margins, remarks, properties."""
    document = only(_RTF, "roster.doc")
    assert document.kind == "rtf"
    assert document.texts[0].text.rstrip() == "Dear all,\ncafé €5\nName\tBorn\nA\t1970"
    assert document.texts[1:] == (
        Text("OFFICIAL-SENSITIVE\npage 1", Where.MARGIN),
        Text("Ask first", Where.COMMENT),
    )
    assert document.properties == (
        ("title", "Duty roster"),
        ("author", "Ann"),
        ("MSIP_Label_1_Name", "Secret"),
    )


def test_objects_in_rich_text() -> None:
    """A file dropped into a letter is read by its own kind."""
    octets = b"Name;Born;Rank\nA;1970;Mate\nB;1971;Cook\n"
    page = rb"{\rtf1 A{\object\objemb{\*\objdata " + octets.hex().encode() + rb"}}}"
    found = documents(page)
    assert [(d.position, d.kind) for d in found] == [("2", "rtf"), ("2/1", "csv")]


def test_packed_rich_text() -> None:
    """The example of [MS-OXRTFCP] §4.1.1 and §4.2.1: plain and repeating."""
    simple = (
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0"
    )
    assert (
        unpacked(bytes.fromhex(simple), 1000)
        == rb"{\rtf1\ansi\ansicpg1252\pard hello world}" + b"\r\n"
    )
    crossing = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"
    assert unpacked(bytes.fromhex(crossing), 1000) == rb"{\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    with pytest.raises(ValueError, match="header"):
        unpacked(b"A", 10)


def test_a_calendar() -> None:
    """What a person sees of an entry; time zones' own rules are none of it."""
    document = only(
        b"BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nCOMMENT:zone\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
        b"SUMMARY:Visit of the\r\n  general\r\nDTSTART;TZID=Europe/Paris:20240506T101112\r\n"
        b"DTEND;VALUE=DATE:20240507\r\nLOCATION:Room 12\\, Example Hotel\r\n"
        b"ORGANIZER;CN=Ann Test:mailto:ann@army.mil\r\nATTENDEE:MAILTO:bob@army.mil\r\n"
        b"DESCRIPTION:First\\nsecond\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    assert document.texts == (
        Text(
            "Summary: Visit of the general\nStart: 2024-05-06T10:11:12\nEnd: 2024-05-07\n"
            "Location: Room 12, Example Hotel\nOrganizer: Ann Test <ann@army.mil>\n"
            "Attendee: bob@army.mil\nDescription: First\nsecond"
        ),
    )


def test_a_file_in_a_calendar() -> None:
    """Attached to an entry, in the entry."""
    found = documents(
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nATTACH;ENCODING=BASE64;VALUE=BINARY;FILENAME=a.txt:QSBs\n"
        b" aW5l\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    assert [(d.position, d.name, d.texts) for d in found[1:]] == [
        ("2/1", "a.txt", (Text("A line"),))
    ]


def test_contacts_become_a_table() -> None:
    """Many cards in one file are a list of people."""
    document = only(
        b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Test\r\nTEL;TYPE=CELL:+223 1\r\nTEL:+223 2\r\n"
        b"ADR:;;1 Road;Town;;1234;Mali\r\nEND:VCARD\r\n"
        b"BEGIN:VCARD\r\nFN:Bob Test\r\nitem1.EMAIL:bob@army.mil\r\nEND:VCARD\r\n"
    )
    assert document.tables == (
        Table((
            ("Name", "E-mail", "Phone", "Address"),
            ("Ann Test", "", "+223 1; +223 2", "1 Road, Town, 1234, Mali"),
            ("Bob Test", "bob@army.mil", "", ""),
        )),
    )  # fmt: skip


def test_xml_keeps_its_labels() -> None:
    """Names made for programs are written as words, coordinates are kept."""
    octets = (
        b'<?xml version="1.0"?><crew><lastName>Testman</lastName><wpt lat="12.5" lon="-8.1">'
        b"<name>Gate</name></wpt></crew>"
    )
    assert only(octets).texts == (Text("last Name: Testman\nlat: 12.5\nlon: -8.1\nname: Gate"),)


def test_entities_are_not_expanded() -> None:
    """A document that declares some is read as the text it is."""
    octets = (
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "boom"><!ENTITY c "&b;&b;&b;">'
        b'<!ENTITY d SYSTEM "file:///etc/passwd">]><a>&c;&d; kept</a>'
    )
    (text,) = only(octets).texts
    assert "kept" in text.text
    assert "boomboom" not in text.text
    assert "root:" not in text.text


def test_json() -> None:
    """Values keep their labels, lists of records become tables, numbers stay as written."""
    document = only(
        b'{"shipName": "Star", "crew": [{"name": "A", "age": 1.50}, {"name": "B"}], "x": null}'
    )
    assert document.texts == (Text("ship Name: Star"),)
    assert document.tables == (Table((("name", "age"), ("A", "1.50"), ("B", "")), "crew"),)


def test_json_that_is_none() -> None:
    """Lines of records are a table, too; anything else is text."""
    assert only(b'{"a": 1}\n{"a": 2}\n', "a.json").tables == (Table((("a",), ("1",), ("2",))),)
    assert only(b'{"a": oops}', "a.json").texts == (Text('{"a": oops}'),)
    assert only(b"[" * 100_000, "a.json").problems == (Reason.TOO_DEEP,)


@pytest.mark.parametrize(
    ("start", "piece", "name"),
    [
        (b"{\\rtf1 ", b"{", "a.rtf"),
        (b"{\\rtf1 ", b"{\\header ", "a.rtf"),
        (b"{\\rtf1 ", b"{\\field{\\*\\fldinst{", "a.rtf"),
        (b"{\\rtf1 ", b"{\\info{\\title", "a.rtf"),
        (b"BEGIN:VCARD\n", b"A;", "a.vcf"),
        (b"BEGIN:VCARD\n", b"FN:\\;", "a.vcf"),
        (b"BEGIN:VCALENDAR\n", b'A;B="', "a.ics"),
        (b"a,b\n", b'"', "a.csv"),
        (b"a,b\n", b",", "a.csv"),
        (b"<?xml ", b"<a>", "a.xml"),
        (b"<?xml version='1.0'?>", b"<a b='", "a.xml"),
        (b"", b'{"a":', "a.json"),
        (b"<html>", b"<title ", "a.html"),
        (b"<html>", b"<meta name='a' ", "a.html"),
    ],
)
def test_hostile_input_takes_bounded_time(start: bytes, piece: bytes, name: str) -> None:
    """300 kB of it take a few seconds at most, and never raise."""
    begun = time.perf_counter()
    assert documents(start + piece * (300_000 // len(piece)), name)
    assert time.perf_counter() - begun < 5


def test_too_many_cells() -> None:
    """A table beyond the limits says so."""
    assert only(b"a,b\n" + b"," * 2_100_000, "a.csv").problems == (Reason.TOO_BIG,)


def test_nothing_shows_in_a_repr() -> None:
    """Neither text, nor cells, nor properties (law 8)."""
    for octets in (_RTF, b"Testman;Roster;A\nRoster;B;C\nAnn;D;E\n", b'{"Roster": "Ann"}'):
        shown = repr(documents(octets, "roster"))
        assert not any(word in shown.lower() for word in ("roster", "ann,", "testman", "secret"))
