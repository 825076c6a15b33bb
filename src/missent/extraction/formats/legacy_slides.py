"""Own the text of presentations before 2007 ([MS-PPT]): text atoms, by the container they stand in."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from missent.extraction.formats.compound import Compound
from missent.extraction.formats.draft import Draft
from missent.extraction.reader import Locked
from missent.mail.document import Where

_STREAM = "powerpoint document"
_ENCRYPTED = 0xF3D1C4DF
_CHARS, _BYTES, _STRING = 0x0FA0, 0x0FA8, 0x0FBA
_SLIDE, _NOTES, _MASTER, _REMARK = 0x03EE, 0x03F0, 0x03F8, 0x2EE0
_FOOTERS, _LIST, _SHOW, _SESSION = 0x0FD9, 0x0FF0, 0x03F9, 0x2F14
_PLACES = {_NOTES: Where.COMMENT, _MASTER: Where.MARGIN, _REMARK: Where.COMMENT}
_LISTS = (Where.BODY, Where.MARGIN, Where.COMMENT)
"""Of slides, masters, notes: by the instance of the list (§2.4.14)."""
_WORDY = frozenset({_FOOTERS, _REMARK})
_HIDES = 0x04
_DEEP = 64


def read(draft: Draft, compound: Compound) -> None:
    """Note the text. Raises `Locked` where it is encrypted."""
    if "current user" in compound:
        told = compound.stream("current user")
        if len(told) >= 16 and struct.unpack_from("<I", told, 12)[0] == _ENCRYPTED:
            raise Locked
    lines: dict[Where, list[str]] = {}
    try:
        for where, text in _texts(memoryview(compound.stream(_STREAM))):
            draft.budget.spend(characters=len(text) + 1)
            lines.setdefault(where, []).append(text)
    finally:
        for where, said in lines.items():
            draft.keep("\n".join(said), where)


def _texts(stream: memoryview) -> Iterator[tuple[Where, str]]:
    """Walk the records; a container is entered, so that its end is remembered with its place."""
    open_: list[tuple[int, Where, bool]] = []
    at = 0
    where, wordy = Where.BODY, False
    while at + 8 <= len(stream):
        while open_ and at >= open_[-1][0]:
            _, where, wordy = open_.pop()
        told, kind, size = struct.unpack_from("<HHI", stream, at)
        at += 8
        if told & 0xF == 0xF and len(open_) < _DEEP:
            open_.append((at + size, where, wordy))
            where, wordy = _place(where, kind, told >> 4, stream[at : at + size]), kind in _WORDY
            continue
        if kind in {_CHARS, _BYTES} or (kind == _STRING and wordy):
            margin = wordy and where is not Where.COMMENT
            yield Where.MARGIN if margin else where, _text(kind, stream[at : at + size])
        at += size


def _place(now: Where, kind: int, instance: int, octets: memoryview) -> Where:
    if kind == _SESSION:
        raise Locked
    if kind == _LIST:
        return _LISTS[min(instance, 2)]
    if kind == _SLIDE and _is_hidden(octets):
        return Where.HIDDEN
    return _PLACES.get(kind, now)


def _is_hidden(slide: memoryview) -> bool:
    """Look for the slide's own atom of how it is shown, which stands in its first level (§2.4.2)."""
    at = 0
    while at + 8 <= len(slide):
        _, kind, size = struct.unpack_from("<HHI", slide, at)
        if kind == _SHOW and size >= 12:
            return bool(struct.unpack_from("<H", slide, at + 18)[0] & _HIDES)
        at += 8 + size
    return False


def _text(kind: int, raw: memoryview) -> str:
    text = str(raw, "latin-1" if kind == _BYTES else "utf-16-le", "replace")
    return "".join(c for c in text.translate(_BREAKS) if c >= " " or c in "\n\t")


_BREAKS = str.maketrans({"\r": "\n", "\x0b": "\n"})
