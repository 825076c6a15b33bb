"""Own the text of Word documents before 2007 ([MS-DOC]): found by the piece table, told apart by place."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from missent.extraction.formats.compound import Compound
from missent.extraction.formats.draft import Draft
from missent.extraction.reader import Locked
from missent.mail.document import Where

_MAGIC = 0xA5EC
_OLDEST = 0xC1
"""nFib of Word 97; what is older keeps its text in one stretch."""
_ENCRYPTED, _OTHER_TABLE = 0x0100, 0x0200
_COUNTS = 0x4C
_PLACES = (
    Where.BODY,
    Where.MARGIN,
    Where.MARGIN,
    Where.BODY,
    Where.COMMENT,
    Where.MARGIN,
    Where.BODY,
    Where.MARGIN,
)
"""Of text, footnotes, headers, macros, remarks, endnotes, text boxes, those in headers (§2.3)."""
_CLX = 0x1A2
_FIELD = re.compile(r"\x13[^\x13-\x15]{0,10000}(?:\x14|(?=\x15))")
"""What a field is told to do, up to what it shows."""
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1d\x1f]")
_BREAKS = str.maketrans({"\r": "\n", "\x0b": "\n", "\x0c": "\n", "\x1e": "-", "\x07": "\t"})


def read(draft: Draft, compound: Compound, prefix: str = "") -> None:
    """Note the text. Raises `Locked` where it is encrypted."""
    stream = compound.stream(f"{prefix}worddocument")
    magic, version = struct.unpack_from("<HH", stream)
    flags = struct.unpack_from("<H", stream, 0x0A)[0]
    if magic not in {_MAGIC, 0xA5DC}:
        raise ValueError("no Word document")
    if flags & _ENCRYPTED:
        raise Locked
    if version < _OLDEST:
        start, end = struct.unpack_from("<II", stream, 0x18)
        draft.say(_clean(stream[start:end].decode("cp1252", "replace")))
        return
    table = compound.stream(f"{prefix}{1 if flags & _OTHER_TABLE else 0}table")
    text = "".join(_pieces(draft, stream, table))
    at = 0
    for count, where in zip(struct.unpack_from("<8I", stream, _COUNTS), _PLACES, strict=True):
        draft.keep(_clean(text[at : at + count]), where)
        at += count


def _pieces(draft: Draft, stream: bytes, table: bytes) -> Iterator[str]:
    """Give the pieces in order: stretches of Windows-1252 or UTF-16 (§2.4.1)."""
    start, size = struct.unpack_from("<II", stream, _CLX)
    places = _plc(table[start : start + size])
    count = (len(places) - 4) // 12
    for index in range(max(count, 0)):
        first, last = struct.unpack_from("<II", places, 4 * index)
        told = struct.unpack_from("<I", places, 4 * (count + 1) + 8 * index + 2)[0]
        letters = max(0, last - first)
        narrow = bool(told & 0x40000000)
        at = (told & 0x3FFFFFFF) // 2 if narrow else told & 0x3FFFFFFF
        raw = stream[at : at + (letters if narrow else 2 * letters)]
        draft.budget.spend(characters=len(raw) // (1 if narrow else 2))
        yield raw.decode("cp1252" if narrow else "utf-16-le", "replace")


def _plc(clx: bytes) -> bytes:
    """Step over formatting to the piece table (§2.9.38)."""
    at = 0
    while at < len(clx) and clx[at] == 1:
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if clx[at : at + 1] != b"\x02":
        raise ValueError("no piece table")
    size = struct.unpack_from("<I", clx, at + 1)[0]
    return clx[at + 5 : at + 5 + size]


def _clean(text: str) -> str:
    """Give what is read: fields as they show, rows of tables a line each."""
    for _ in range(4):  # fields stand in fields, seldom deeper
        text, found = _FIELD.subn("", text)
        if not found:
            break
    text = text.replace("\x07\x07", "\n").translate(_BREAKS)
    return _CONTROLS.sub("", text)
