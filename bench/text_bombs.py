"""Own bombs made of text and mail: groups, parts, fields, cells and components without end.

Those whose name begins with ``mime`` are messages of their own and go through `mail.message.parse`.
"""

from __future__ import annotations

import base64
import struct
from random import Random

from bench.archive_bombs import member, prose, zipped
from bench.office_bombs import docx, paragraph, xlsx
from bench.page_bombs import one_page

_FIELDS = b"From: a@sender.example\r\nTo: b@receiver.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
_BAITS = ("a", "1 ", "a@", "-", "1.1.", "((", "DE00 ", "\t \n", "confidential ", "A1-", "//", "a.")


def rtf_deep(random: Random) -> bytes:
    """Groups in groups."""
    depth = random.randrange(100_000, 2_000_000)
    return b"{\\rtf1 " + b"{" * depth + b"x" + b"}" * depth + b"}"


def rtf_open(random: Random) -> bytes:
    """Groups that are never closed."""
    return b"{\\rtf1\\ansi " + b"{\\b word " * random.randrange(50_000, 400_000)


def rtf_long(random: Random) -> bytes:
    """More text than is read."""
    text = prose(random, 100_000).encode()
    return b"{\\rtf1\\ansi " + (text + b"\\par ") * random.randrange(90, 150) + b"}"


def rtf_binary(random: Random) -> bytes:
    """Binary data of a claimed length of gigabytes."""
    size = random.randrange(1 << 28, 1 << 31)
    return b"{\\rtf1\\ansi before \\bin%d " % size + random.randbytes(1_000)


def rtf_embedded(random: Random) -> bytes:
    """A document in a document in a document, as OLE packages."""
    octets = b"{\\rtf1\\ansi at last}"
    for _ in range(random.randrange(9, 11)):
        package = struct.pack("<H", 2) + b"a.rtf\0a.rtf\0" + struct.pack("<HHI", 0, 3, 6)
        package += b"a.rtf\0" + struct.pack("<I", len(octets)) + octets
        data = struct.pack("<III", 0x501, 2, 8) + b"Package\0" + bytes(8)
        data += struct.pack("<I", len(package)) + package
        octets = b"{\\rtf1\\ansi x{\\object\\objemb{\\*\\objdata " + data.hex().encode() + b"}}}"
    return octets


def _attribute(level: int, number: int, octets: bytes) -> bytes:
    check = sum(octets) & 0xFFFF
    return struct.pack("<BII", level, number, len(octets)) + octets + struct.pack("<H", check)


def tnef(*attributes: bytes) -> bytes:
    """Write a winmail.dat."""
    version = _attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    return struct.pack("<IH", 0x223E9F78, 1) + version + b"".join(attributes)


def _tnef_file(name: str, octets: bytes) -> bytes:
    start = _attribute(2, 0x00069002, struct.pack("<HIHHII", 1, 0, 0, 0, 0, 0)[:14])
    title = _attribute(2, 0x00018010, name.encode() + b"\0")
    return start + title + _attribute(2, 0x0006800F, octets)


def tnef_nested(random: Random) -> bytes:
    """winmail.dat in winmail.dat."""
    octets = tnef(_tnef_file("a.txt", b"at last"))
    for _ in range(random.randrange(10, 60)):
        octets = tnef(_tnef_file("winmail.dat", octets))
    return octets


def tnef_many(random: Random) -> bytes:
    """Thousands of files in one winmail.dat."""
    return tnef(_tnef_file("a.txt", b"x") * random.randrange(2_100, 20_000))


def tnef_lies(random: Random) -> bytes:
    """An attribute that claims gigabytes."""
    head = struct.pack("<BII", 2, 0x0006800F, random.randrange(1 << 28, 1 << 31))
    return tnef(_tnef_file("a.txt", b"x")) + head + random.randbytes(500)


def eml_nested(random: Random) -> bytes:
    """A mail in a mail, a thousand times."""
    octets = b"From: a@sender.example\r\n\r\nat last\r\n"
    for _ in range(random.randrange(500, 1_500)):
        octets = _FIELDS + b"Content-Type: message/rfc822\r\n\r\n" + octets
    return octets


def eml_packed(random: Random) -> bytes:
    """The same with each mail in base64 with a file name, twelve times."""
    octets = _FIELDS + b"\r\nat last\r\n"
    for _ in range(random.randrange(10, 20)):
        inside = base64.encodebytes(octets).replace(b"\n", b"\r\n")
        octets = (
            _FIELDS + b'Content-Type: application/octet-stream; name="a.eml"\r\n'
            b"Content-Transfer-Encoding: base64\r\n"
            b'Content-Disposition: attachment; filename="a.eml"\r\n\r\n' + inside
        )
    return octets


def eml_parts(random: Random) -> bytes:
    """A mail of tens of thousands of parts."""
    part = b'--b\r\nContent-Type: text/plain; name="a.txt"\r\n\r\nx\r\n'
    head = _FIELDS + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return head + part * random.randrange(2_100, 60_000) + b"--b--\r\n"


def csv_cells(random: Random) -> bytes:
    """Ten million cells."""
    line = ",".join(str(random.randrange(10)) for _ in range(100)) + "\r\n"
    return (line * random.randrange(25_000, 100_000)).encode()


def csv_columns(random: Random) -> bytes:
    """Millions of cells in one row."""
    return b"a;b;c\r\n" + b";" * random.randrange(2_100_000, 9_000_000) + b"\r\n"


def csv_quote(random: Random) -> bytes:
    """A quoted cell that never ends, of more text than is read."""
    return b'a,b,c\r\n1,2,"' + prose(random, 100_000).encode() * random.randrange(90, 140)


def html_comments(random: Random) -> bytes:
    """Comments that are never closed."""
    return b"<html><body><p>x" + b"<!-- a <!-" * random.randrange(850_000, 1_500_000)


def html_deep(random: Random) -> bytes:
    """Elements in elements, more than any browser nests."""
    return b"<html><body>" + b"<div><b>x" * random.randrange(1_000_000, 2_000_000)


def html_brackets(random: Random) -> bytes:
    """Nothing but beginnings of tags."""
    return b"<html><body>" + b"<a <" * random.randrange(2_100_000, 3_000_000)


def html_entities(random: Random) -> bytes:
    """Entities without their end."""
    return b"<html><body><p>" + b"&am&#x&#99999999" * random.randrange(800_000, 1_000_000)


def html_long(random: Random) -> bytes:
    """More text than is read."""
    return b"<html><body>" + prose(random, 100_000).encode() * random.randrange(90, 140)


def ics_deep(random: Random) -> bytes:
    """Components in components."""
    depth = random.randrange(20_000, 200_000)
    return b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * depth + b"END:VEVENT\r\n" * depth


def ics_folded(random: Random) -> bytes:
    """One line, folded without end."""
    head = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:x"
    return head + b"\r\n words" * random.randrange(1_400_000, 2_500_000)


def ics_many(random: Random) -> bytes:
    """Hundreds of thousands of meetings that recur each second for ever."""
    event = (
        b"BEGIN:VEVENT\r\nDTSTART:20300101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:a meeting\r\n"
        b"END:VEVENT\r\n"
    )
    count = random.randrange(100_000, 200_000)
    return b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n" + event * count + b"END:VCALENDAR\r\n"


def bait(random: Random) -> bytes:
    """Text that patterns stumble over, more than is read."""
    pieces = [letters * (5_000 // len(letters)) for letters in _BAITS]
    piece = random.choice(pieces)
    return (piece * (8_200_000 // len(piece) + 1)).encode() + b"!"


def sound_files(random: Random) -> list[tuple[str, bytes]]:
    """Give files with nothing wrong, by name: the measure of what must be read."""
    text = prose(random, 20_000)
    cells = "".join(
        f'<row r="{n}"><c t="inlineStr"><is><t>{text[n * 20 : n * 20 + 20]}</t></is></c></row>'
        for n in range(1, 900)
    )
    mail = (
        _FIELDS + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n\r\n' + text.encode()
    )
    octets = base64.encodebytes(zipped([member("b.txt", text.encode())])).replace(b"\n", b"\r\n")
    mail += (
        b"\r\n--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
        b'Content-Disposition: attachment; filename="b.zip"\r\n\r\n' + octets + b"\r\n--b--\r\n"
    )
    return [
        ("a.docx", docx(paragraph(text))),
        ("a.xlsx", xlsx(cells)),
        ("a.pdf", one_page(text)),
        ("a.zip", zipped(member(f"{n}.txt", text[n:].encode()) for n in range(5))),
        ("winmail.dat", tnef(_tnef_file("a.txt", text.encode()))),
        ("a.eml", mail),
        ("a.rtf", b"{\\rtf1\\ansi " + text.replace(" ", "\\par ").encode() + b"}"),
    ]


def truncated(random: Random) -> tuple[str, bytes]:
    """A sound file, cut off somewhere in its midst."""
    name, octets = random.choice(sound_files(random))
    return name, octets[: random.randrange(len(octets) // 4, len(octets) * 7 // 8)]


def noised(random: Random) -> tuple[str, bytes]:
    """A sound packed file with a stretch of noise in it."""
    name, octets = random.choice(sound_files(random)[:4])
    start = random.randrange(len(octets) // 8, len(octets) // 2)
    noise = random.randbytes(len(octets) // 3)
    return name, octets[:start] + noise + octets[start + len(noise) :]


def mime_parts(random: Random) -> bytes:
    """A message of a hundred thousand parts."""
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    head = _FIELDS + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return head + part * random.randrange(20_000, 100_000) + b"--b--\r\n"


def mime_fields(random: Random) -> bytes:
    """A message of two hundred thousand header fields."""
    return b"X-A: b\r\n" * random.randrange(100_000, 200_000) + _FIELDS + b"\r\nx\r\n"


def mime_nested(random: Random) -> bytes:
    """Messages in messages, a thousand times."""
    return eml_nested(random)


def mime_multiparts(random: Random) -> bytes:
    """Multiparts in multiparts, a thousand times."""
    octets = _FIELDS
    for number in range(random.randrange(500, 2_000)):
        octets += b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (
            number,
            number,
        )
    return octets + b"\r\nx\r\n"


def mime_parameters(random: Random) -> bytes:
    """A Content-Type of tens of thousands of parameters."""
    parameters = b"".join(b'; a*%d="b"' % n for n in range(random.randrange(10_000, 60_000)))
    return _FIELDS + b"Content-Type: text/plain" + parameters + b"\r\n\r\nx\r\n"


def mime_delimiters(random: Random) -> bytes:
    """Hundreds of thousands of lines that begin like a boundary."""
    head = _FIELDS + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    return head + b"--bc\r\n" * random.randrange(200_000, 900_000)


def mime_long_field(random: Random) -> bytes:
    """A header field of megabytes, folded."""
    return _FIELDS + b"X-A: b" + b"\r\n c" * random.randrange(500_000, 900_000) + b"\r\n\r\nx\r\n"
