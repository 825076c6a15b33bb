"""Own bombs made of pages and pictures: PDF, PNG, JPEG, TIFF, GIF, BMP, WebP, PSD."""

from __future__ import annotations

import struct
import zlib
from random import Random

from bench.archive_bombs import MEGABYTE, again_zlib, prose


def pdf(objects: dict[int, bytes], trailer: str = "/Root 1 0 R") -> bytes:
    """Write a PDF of these objects with a true cross-reference table."""
    out, places = bytearray(b"%PDF-1.7\n"), {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n" % size
    for number in range(size):
        free = b"0000000000 65535 f \n"
        out += b"%010d 00000 n \n" % places[number] if number in places else free
    return bytes(out) + f"trailer\n<</Size {size} {trailer}>>\nstartxref\n{start}\n%%EOF".encode()


def stream(octets: bytes, more: str = "") -> bytes:
    """Give a stream object, compressed."""
    return _stream(zlib.compress(octets, 9), f"/Filter /FlateDecode {more}")


def _stream(octets: bytes, entries: str) -> bytes:
    return f"<<{entries} /Length {len(octets)}>>\nstream\n".encode() + octets + b"\nendstream"


def _page(contents: str = "5 0 R", more: str = "") -> bytes:
    fonts = "/Resources <</Font <</F 4 0 R>>>>"
    box = "/MediaBox [0 0 600 800]"
    return f"<</Type /Page /Parent 2 0 R {box} {fonts} /Contents {contents} {more}>>".encode()


def _objects(content: bytes, page: bytes = b"") -> dict[int, bytes]:
    return {
        1: b"<</Type /Catalog /Pages 2 0 R>>",
        2: b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        3: page or _page(),
        4: b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>",
        5: content,
    }


def one_page(text: str) -> bytes:
    """Give a page with a text on it, as it should be."""
    lines = [f"({text[at : at + 80]}) Tj 0 -12 Td" for at in range(0, len(text), 80)]
    return pdf(_objects(stream(f"BT /F 10 Tf 20 780 Td {' '.join(lines)} ET".encode())))


def pdf_flate(random: Random) -> bytes:
    """A content stream of hundreds of megabytes of blanks."""
    octets = again_zlib(b" " * MEGABYTE, random.randrange(210, 500))
    return pdf(_objects(_stream(octets, "/Filter /FlateDecode")))


def pdf_flate_twice(random: Random) -> bytes:
    """The same, packed twice: a million to one."""
    octets = zlib.compress(again_zlib(b" " * MEGABYTE, random.randrange(300, 900)), 9)
    return pdf(_objects(_stream(octets, "/Filter [/FlateDecode /FlateDecode]")))


def pdf_text(random: Random) -> bytes:
    """More text than is read, on one page."""
    line = f"({prose(random, 1_000)}) Tj 0 -1 Td\n".encode()
    content = b"BT /F 1 Tf 0 800 Td " + line * random.randrange(9_000, 15_000) + b"ET"
    return pdf(_objects(stream(content)))


def pdf_pages(random: Random) -> bytes:
    """More pages than are read, all the same one."""
    count = random.randrange(3_100, 20_000)
    objects = _objects(stream(b"BT /F 10 Tf (x) Tj ET"))
    objects[2] = f"<</Type /Pages /Kids [{'3 0 R ' * count}] /Count {count}>>".encode()
    return pdf(objects)


def pdf_many_pages(random: Random) -> bytes:
    """More pages than are read, each its own."""
    count = random.randrange(3_100, 9_000)
    objects = _objects(stream(b"BT /F 10 Tf 20 780 Td (x) Tj ET"))
    kids = "".join(f"{n} 0 R " for n in range(10, 10 + count))
    objects[2] = f"<</Type /Pages /Kids [{kids}] /Count {count}>>".encode()
    objects |= dict.fromkeys(range(10, 10 + count), _page())
    return pdf(objects)


def pdf_forms(random: Random) -> bytes:
    """Forms that each draw the next ten times: ten to the ninth."""
    objects, levels = _objects(stream(b"/X0 Do")), random.randrange(8, 14)
    for level in range(levels):
        text = b"BT /F 1 Tf (x) Tj ET" if level == levels - 1 else b"/X%d Do " % (level + 1) * 10
        names = f"/X{level + 1} {11 + level} 0 R"
        objects[10 + level] = stream(
            text,
            "/Type /XObject /Subtype /Form /BBox [0 0 9 9] "
            f"/Resources <</XObject <<{names}>> /Font <</F 4 0 R>>>>",
        )
    objects[3] = _page(more="").replace(b"/Font", b"/XObject <</X0 10 0 R>> /Font")
    objects[10 + levels] = b"null"
    return pdf(objects)


def pdf_deep_tree(random: Random) -> bytes:
    """A page tree tens of thousands of levels deep."""
    depth, objects = random.randrange(5_000, 40_000), _objects(stream(b"BT /F 9 Tf (x) Tj ET"))
    objects[2] = b"<</Type /Pages /Kids [10 0 R] /Count 1>>"
    for number in range(10, 10 + depth):
        objects[number] = b"<</Type /Pages /Kids [%d 0 R] /Count 1 /Parent %d 0 R>>" % (
            number + 1,
            number - 1,
        )
    objects[10 + depth] = _page()
    return pdf(objects)


def pdf_loop_tree(random: Random) -> bytes:
    """A page tree whose branches lead back to its root."""
    count = random.randrange(10, 100_000)
    objects = _objects(stream(b"x"))
    objects[2] = f"<</Type /Pages /Kids [10 0 R 2 0 R] /Count {count}>>".encode()
    objects[10] = f"<</Type /Pages /Kids [2 0 R 10 0 R] /Count {count} /Parent 2 0 R>>".encode()
    return pdf(objects)


def pdf_deep_array(random: Random) -> bytes:
    """Arrays in arrays, where the catalogue should be."""
    depth = random.randrange(10_000, 500_000)
    objects = _objects(stream(b"x"))
    objects[1] = b"[" * depth + b"]" * depth
    return pdf(objects)


def pdf_table_loop(random: Random) -> bytes:
    """Cross-reference tables that name each other, and no objects."""
    filler = b"%" + random.randbytes(20).hex().encode() + b"\n"
    start = 9 + len(filler)
    text = f"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 9 /Root 1 0 R /Prev {start}>>\n"
    return b"%PDF-1.7\n" + filler + text.encode() + f"startxref\n{start}\n%%EOF".encode()


def pdf_huge_table(random: Random) -> bytes:
    """A cross-reference table that claims billions of objects."""
    size = random.randrange(1 << 28, 1 << 31)
    head = b"%PDF-1.7\n"
    text = f"xref\n0 {size}\n0000000000 65535 f \ntrailer\n<</Size {size} /Root 1 0 R>>\n"
    return head + text.encode() + f"startxref\n{len(head)}\n%%EOF".encode()


def pdf_object_streams(random: Random) -> bytes:
    """Object streams that are inside each other, and hold the catalogue."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, other in ((10, 11), (11, 10)):
        places[number] = len(out)
        body = stream(b"1 0 " + b"<</Type /Catalog /Pages 2 0 R>>", "/Type /ObjStm /N 1 /First 4")
        body = body.replace(b"/Type /ObjStm", b"/Extends %d 0 R /Type /ObjStm" % other)
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    rows = b""
    for number in range(13):
        inside = 11 if number == 10 else 10
        rows += struct.pack(">BIH", 2, inside, random.randrange(3))
    body = stream(rows, "/Type /XRef /Size 13 /W [1 4 2] /Root 1 0 R")
    out += b"12 0 obj\n" + body + b"\nendobj\n"
    return bytes(out) + f"startxref\n{start}\n%%EOF".encode()


def pdf_attached(random: Random) -> bytes:
    """A PDF in a PDF in a PDF, as embedded files."""
    octets = one_page("at last")
    for _ in range(random.randrange(10, 25)):
        objects = _objects(stream(b"BT /F 9 Tf (x) Tj ET"))
        objects[1] = (
            b"<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles <</Names [(a.pdf) 6 0 R]>>>>>>"
        )
        objects[6] = b"<</Type /Filespec /F (a.pdf) /UF (a.pdf) /EF <</F 7 0 R>>>>"
        objects[7] = stream(octets, "/Type /EmbeddedFile")
        octets = pdf(objects)
    return octets


def pdf_noise(random: Random) -> bytes:
    """A PDF of noise."""
    return b"%PDF-1.7\n" + random.randbytes(random.randrange(1_000, 100_000))


def _chunk(kind: bytes, octets: bytes) -> bytes:
    crc = zlib.crc32(kind + octets)
    return struct.pack(">I", len(octets)) + kind + octets + struct.pack(">I", crc)


def png(width: int, height: int, *chunks: bytes) -> bytes:
    """Write a picture that claims this size."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = _chunk(b"IDAT", zlib.compress(bytes(4_000)))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + data + _chunk(b"IEND", b"")


def png_giant(random: Random) -> bytes:
    """A picture of billions of pixels in a few octets."""
    return png(random.randrange(20_000, 1 << 31), random.randrange(20_000, 1 << 31))


def png_text(random: Random) -> bytes:
    """A small picture with a text chunk of hundreds of megabytes."""
    text = b"Comment\0\0" + again_zlib(b"a" * MEGABYTE, random.randrange(70, 300))
    return png(10, 10, _chunk(b"zTXt", text))


def png_profile(random: Random) -> bytes:
    """A small picture with a colour profile of hundreds of megabytes."""
    profile = again_zlib(bytes(MEGABYTE), random.randrange(70, 300))
    return png(10, 10, _chunk(b"iCCP", b"a\0\0" + profile))


def jpeg_giant(random: Random) -> bytes:
    """A photograph of four thousand million pixels."""
    width, height = random.randrange(30_000, 65_500), random.randrange(30_000, 65_500)
    frame = struct.pack(">BHHB", 8, height, width, 3) + bytes((1, 17, 0, 2, 17, 1, 3, 17, 1))
    head = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    scan = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" + random.randbytes(200)
    return head + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + scan + b"\xff\xd9"


def _tiff(entries: list[tuple[int, int, int, int]], following: int, rest: bytes = b"") -> bytes:
    lines = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    count = struct.pack("<H", len(entries))
    return b"II*\0\x08\0\0\0" + count + lines + struct.pack("<I", following) + rest


def tiff_giant(random: Random) -> bytes:
    """A scan of billions of pixels."""
    width, height = random.randrange(1 << 16, 1 << 31), random.randrange(1 << 16, 1 << 31)
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1)]
    entries += [(262, 3, 1, 1), (273, 4, 1, 8), (277, 3, 1, 1), (278, 4, 1, height)]
    return _tiff([*entries, (279, 4, 1, 100)], 0, bytes(100))


def tiff_loop(random: Random) -> bytes:
    """Directories that name each other, of giant pages, without end."""
    entries = [(256, 4, 1, 50_000), (257, 4, 1, random.randrange(50_000, 90_000))]
    return _tiff(entries, 8)


def gif_giant(random: Random) -> bytes:
    """An animation of the largest size there is."""
    width, height = random.randrange(20_000, 65_535), random.randrange(20_000, 65_535)
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return b"GIF89a" + screen + frame * random.randrange(1, 20_000) + b";"


def bmp_giant(random: Random) -> bytes:
    """A bitmap of billions of pixels."""
    width, height = random.randrange(30_000, 1 << 30), random.randrange(30_000, 1 << 30)
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + head


def webp_giant(random: Random) -> bytes:
    """A canvas of billions of pixels."""
    size = (random.randrange(30_000, 1 << 24) - 1).to_bytes(3, "little")
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + size * 2
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def psd_giant(random: Random) -> bytes:
    """A layered picture of the largest size there is."""
    side = random.randrange(20_000, 300_000)
    return b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, side, side, 8, 3) + bytes(14)
