"""Own what kind of thing some octets are: told by what they are, not by what they are called.

The name and the declared type decide only where the content leaves a choice, between kinds of text.
Kinds are the short names of `Document.kind`; ``unknown`` is what nothing here recognises.
"""

from __future__ import annotations

import re

from missent.extraction.charset import decoded, is_text

UNKNOWN = "unknown"
EMPTY = "empty"

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "pdf"),
    (0, b"{\\rtf", "rtf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"\x78\x9f\x3e\x22", "tnef"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"),
    (0, b"\x1f\x8b\x08", "gz"),
    (0, b"BZh", "bz2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"Rar!\x1a\x07", "rar"),
    (0, b"MSCF\x00\x00\x00\x00", "cab"),
    (0, b"!<arch>\n", "program"),
    (257, b"ustar", "tar"),
    (0x8001, b"CD001", "iso"),
    (0, b"\xff\xd8\xff", "jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "png"),
    (0, b"GIF87a", "gif"),
    (0, b"GIF89a", "gif"),
    (0, b"II*\x00", "tiff"),
    (0, b"MM\x00*", "tiff"),
    (0, b"8BPS\x00\x01", "psd"),
    (0, b"\x00\x00\x00\x0cjP  \r\n\x87\n", "jp2"),
    (0, b"\xd7\xcd\xc6\x9a\x00\x00", "wmf"),
    (40, b" EMF\x00\x00\x01\x00", "emf"),
    (128, b"DICM", "dicom"),
    (0, b"MZ", "program"),
    (0, b"\x7fELF", "program"),
    (0, b"\xca\xfe\xba\xbe", "program"),
    (0, b"\xcf\xfa\xed\xfe", "program"),
    (0, b"\x4c\x00\x00\x00\x01\x14\x02\x00", "shortcut"),
    (0, b"!BDN", "pst"),
    (0, b"SQLite format 3\x00", "sqlite"),
    (0, b"PAR1", "parquet"),
    (0, b"AC10", "dwg"),
    (0, b"\x00\x00\x27\x0a\x00\x00", "shapefile"),
    (0, b"wOF", "font"),
    (0, b"ID3", "sound"),
    (0, b"OggS\x00", "sound"),
    (0, b"fLaC", "sound"),
    (0, b"#!AMR", "sound"),
    (0, b"\x1aE\xdf\xa3", "film"),
    (0, b"FLV\x01", "film"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "film"),
    (0, b"age-encryption.org/v1", "age"),
    (0, b"Salted__", "sealed"),
)
_BOXES = {
    **dict.fromkeys((b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc"), "heic"),
    **dict.fromkeys((b"avif", b"avis"), "avif"),
}
_FORMS = {b"WEBP": "webp", b"WAVE": "sound", b"AVI ": "film"}
_ZIPPED = (
    (b"word/document.xml", "docx"),
    (b"xl/workbook.bin", "xlsb"),
    (b"xl/workbook.xml", "xlsx"),
    (b"ppt/presentation.xml", "pptx"),
)
_OPEN = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
    b"application/vnd.oasis.opendocument.presentation": "odp",
    b"application/vnd.oasis.opendocument.graphics": "odg",
    b"application/epub+zip": "epub",
}
_DIRECTORY = 2_000_000
"""Octets of a ZIP's directory looked into: some 20,000 members."""
_OPENING = 8_192
"""Octets looked at to tell kinds of text apart."""
_CMS = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
_CMS_NEWER = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01"
_ARMOUR = (
    ("-----BEGIN PGP MESSAGE", "pgp"),
    ("-----BEGIN AGE ENCRYPTED FILE", "age"),
    ("-----BEGIN PKCS7", "smime"),
    ("-----BEGIN CMS", "smime"),
    ("BEGIN:VCALENDAR", "ics"),
    ("BEGIN:VCARD", "vcf"),
    ("%!PS", "postscript"),
)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,60}):[ \t\n]")
_MAIL_FIELDS = frozenset(
    {
        *("received", "return-path", "delivered-to", "from", "to", "cc", "bcc", "subject", "date"),
        *("message-id", "mime-version", "content-type", "reply-to", "sender", "dkim-signature"),
        *("x-mailer", "in-reply-to", "references", "importance", "x-priority", "msip_labels"),
    }
)
_SURE_FIELDS = frozenset(
    {"received", "return-path", "message-id", "mime-version", "content-type", "delivered-to"}
)
_PAGE = re.compile(r"<(?:!doctype\s+html|html|head|body|table|div|p|br|span)\b", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[A-Za-z][\w.-]{0,40}:)?([A-Za-z][\w.-]{0,60})")
_BEFORE_ROOT = re.compile(r"<[?!][^<>]{0,2000}>|<!--.{0,2000}?-->", re.DOTALL)
_NAMED = {
    **dict.fromkeys(("csv", "tsv", "tab", "psv"), "csv"),
    **dict.fromkeys(("htm", "html", "xhtml"), "html"),
    **dict.fromkeys(("json", "geojson", "jsonl", "ndjson"), "json"),
    **dict.fromkeys(("eml", "mht", "mhtml"), "eml"),
    "mbox": "mbox",
}
_DECLARED = {
    "text/csv": "csv",
    "text/tab-separated-values": "csv",
    "text/html": "html",
    "application/json": "json",
    "application/geo+json": "json",
    "message/rfc822": "eml",
    "message/global": "eml",
}
_PROMISES = {
    **{kind: kind for kind in ("pdf", "rtf", "docx", "xlsx", "xlsb", "pptx", "odt", "ods", "odp")},
    **dict.fromkeys(("docm", "dotx", "dotm"), "docx"),
    **dict.fromkeys(("xlsm", "xltx", "xltm"), "xlsx"),
    **dict.fromkeys(("pptm", "ppsx", "ppsm", "potx"), "pptx"),
    **dict.fromkeys(("doc", "xls", "ppt", "msg", "dot", "pps"), "ole"),
    **dict.fromkeys(("jpg", "jpeg", "jpe"), "jpeg"),
    **dict.fromkeys(("tif", "tiff"), "tiff"),
    **{kind: kind for kind in ("png", "gif", "bmp", "webp", "heic", "zip", "7z", "gz", "tar")},
    **dict.fromkeys(("txt", "text", "log", "md"), "text"),
    **dict.fromkeys(("ics", "vcf", "xml", "kml", "gpx"), "text"),
    **dict.fromkeys(_NAMED, "text"),
    **dict.fromkeys(("dcm", "dicom"), "dicom"),
}
_NO_DOCUMENT = frozenset(
    {"program", "shortcut", "sound", "film", "zip", "7z", "rar", "cab", "iso", "tar"}
)
_PACKED = frozenset({"zip", "7z", "gz", "tar"})


def kind_of(octets: bytes, name: str | None = None, content_type: str = "") -> str:
    """Tell what kind of thing these octets are. Linear; never raises."""
    if not octets:
        return EMPTY
    return (
        _signed(octets, name)
        or _sealed(octets, name, content_type)
        or _text(octets, name, content_type)
    )


def promised(name: str | None) -> str:
    """Tell what kind a file's name promises, or ``""``: names are for people."""
    return _PROMISES.get(_extension(name), "")


def disguised(kind: str, name: str | None) -> bool:
    """Tell whether a thing is called a document or a picture, and is a program or an archive."""
    claim = promised(name)
    return bool(claim) and claim not in _PACKED and kind in _NO_DOCUMENT


def _extension(name: str | None) -> str:
    return name.rpartition(".")[2].strip().lower() if name and "." in name else ""


def _signed(octets: bytes, name: str | None) -> str:
    """Tell the kinds that begin with a signature of their own."""
    if octets.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK00PK\x03\x04")):
        return _zipped(octets, name)
    for offset, signature, kind in _SIGNATURES:
        if octets.startswith(signature, offset):
            if signature == b"MZ":
                return _program(octets)
            return kind
    if octets[4:8] == b"ftyp":
        return _BOXES.get(octets[8:12], "film")
    if octets.startswith(b"RIFF"):
        return _FORMS.get(octets[8:12], UNKNOWN)
    if octets.startswith(b"BM") and octets[6:10] == bytes(4) and len(octets) > 26:
        return "bmp"
    if (
        octets[0] == 0xFF
        and len(octets) > 2
        and octets[1] & 0xE6 in (0xE2, 0xE0)
        and octets[1] > 0xF0
    ):
        return "sound" if not is_text(octets) else ""
    return "pdf" if b"%PDF-" in octets[:1024] else ""


def _program(octets: bytes) -> str:
    """Tell a program from one that unpacks the archive behind it, and from text that begins ``MZ``."""
    if b"PK\x05\x06" in octets[-65_557:]:
        return "zip"
    return "" if is_text(octets) else "program"


def _zipped(octets: bytes, name: str | None) -> str:
    """Tell what a ZIP archive is, by the names in its directory."""
    if octets[30:38] == b"mimetype":
        declared = octets[38:150]
        for media_type, kind in _OPEN.items():
            if declared.startswith(media_type):
                return kind
    end = octets.rfind(b"PK\x05\x06", -65_557 if len(octets) > 65_557 else 0)
    if end < 0:  # cut off: its own reader says so
        claim = promised(name)
        return claim if claim.startswith(("doc", "xls", "ppt", "od")) else "zip"
    size = int.from_bytes(octets[end + 12 : end + 16], "little")
    start = max(end - min(size, _DIRECTORY) - 76, 0)  # 76: a ZIP64's records before the end
    directory = octets[start:end]
    if b"[Content_Types].xml" in directory:
        for member, kind in _ZIPPED:
            if member in directory:
                return kind
    return "zip"


def _sealed(octets: bytes, name: str | None, content_type: str) -> str:
    """Tell what is encrypted or signed, in binary."""
    if octets[0] == 0x30:
        opening = octets[:64]
        if _CMS in opening or _CMS_NEWER in opening:
            return "smime"
        if octets[4:8] == b"\x02\x01\x03\x30" or _extension(name) in ("p12", "pfx"):
            return "pkcs12"
        whole = int.from_bytes(octets[2:4], "big") + 4 == len(octets)  # nothing stands behind it
        is_one = whole and octets[1:2] == b"\x82" and octets[4:5] == b"\x30"
        return "certificate" if is_one else ""
    if _is_pgp(octets):
        return "pgp"
    claims_pgp = _extension(name) in ("pgp", "gpg") or content_type == "application/pgp-encrypted"
    return "pgp" if claims_pgp and not is_text(octets) else ""


def _is_pgp(octets: bytes) -> bool:
    """Tell whether it begins as RFC 9580 §10.3.2.1 says an encrypted message does."""
    versions = {1: (3, 6), 3: (4, 5, 6)}
    found = _packet(octets, 0)
    if found is None or found[0] not in versions or found[1] >= len(octets):
        return False
    tag, body, length = found
    following = _packet(octets, body + length)
    return (
        octets[body] in versions[tag]
        and length < 5_000
        and following is not None
        and following[0] in (1, 3, 9, 18, 20)
    )


def _packet(octets: bytes, at: int) -> tuple[int, int, int] | None:
    """Read a packet's header (RFC 9580 §4.2): its tag, where its body is, the body's length."""
    head = octets[at : at + 6]
    if len(head) < 6 or not head[0] & 0x80:
        return None
    if head[0] & 0x40:
        tag, first = head[0] & 0x3F, head[1]
        if first < 192:
            return tag, at + 2, first
        if first < 224:
            return tag, at + 3, ((first - 192) << 8) + head[2] + 192
        return tag, at + 6, int.from_bytes(head[2:6], "big") if first == 255 else 0
    tag, width = (head[0] & 0x3C) >> 2, (1, 2, 4, 0)[head[0] & 3]
    return tag, at + 1 + width, int.from_bytes(head[1 : 1 + width], "big")


# --- text ----------------------------------------------------------------------------------------


def _text(octets: bytes, name: str | None, content_type: str) -> str:
    """Tell kinds of text apart; ``unknown`` where it is none."""
    opening = decoded(octets[:_OPENING]).lstrip("\ufeff \t\n")
    named = _NAMED.get(_extension(name)) or _DECLARED.get(content_type, "")
    if mail := _mail(opening, named):
        return mail
    if not is_text(octets):
        return UNKNOWN
    for start, kind in _ARMOUR:
        if opening[: len(start)].upper() == start.upper():
            return kind
    if opening.startswith("<") and (kind := _marked_up(opening, named)):
        return kind
    if named == "html" and _PAGE.search(opening):
        return "html"
    if opening.startswith(("{", "[")) and (
        named == "json" or re.match(r'[{\[]\s*["{\[\]}]', opening)
    ):
        return "json"
    return "csv" if named == "csv" or (not named and _is_table(opening)) else "text"


def _mail(opening: str, named: str) -> str:
    """Tell a mail, or a box of mails, by its header."""
    if opening.startswith("From ") and _fields(opening.partition("\n")[2]) & _MAIL_FIELDS:
        return "mbox"
    found = _fields(opening)
    if named in ("eml", "mbox"):
        return "eml" if found else ""
    known = found & _MAIL_FIELDS
    return "eml" if len(known) >= 3 and known & _SURE_FIELDS else ""


def _fields(opening: str) -> set[str]:
    """Give the names of the header fields it begins with, lower case."""
    names: set[str] = set()
    for line in opening.partition("\n\n")[0].split("\n"):
        if line[:1] in (" ", "\t"):
            continue
        match = _FIELD.match(line + " ")
        if not match:
            return set() if len(names) < 3 else names
        names.add(match[1].lower())
    return names


def _marked_up(opening: str, named: str) -> str:
    page = _PAGE.search(opening)
    root = _ROOT.match(_BEFORE_ROOT.sub("", opening).lstrip())
    tag = root[1].lower() if root else ""
    if tag in ("kml", "gpx", "svg"):
        return tag
    if named == "html" or tag in ("html", "head", "body", "table"):
        return "html"
    if page and "<?xml" not in opening:
        return "html"
    return "xml" if opening.startswith("<?xml") or (root and "</" in opening) else ""


def _is_table(opening: str) -> bool:
    """Tell whether lines fall into the same number of cells, as prose never does."""
    lines = ["".join(line.split('"')[::2]) for line in opening.split("\n")[:21] if line.strip()]
    lines = lines[:-1] if len(lines) > 20 or len(opening) >= _OPENING - 8 else lines
    if len(lines) < 3:
        return False
    return any(
        (least := lines[0].count(mark)) >= most and all(line.count(mark) == least for line in lines)
        for mark, most in (("\t", 1), (";", 2), ("|", 2), (",", 2))
    )
