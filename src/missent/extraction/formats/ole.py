"""Own the reading of compound files ([MS-CFB]): which old Office form it is, and whether it is locked.

Old documents, workbooks, presentations and Outlook mails are all compound files; so are new ones that
have a password, and the wrappings of what is embedded in others.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from missent.extraction.formats import biff, cells, legacy_slides, legacy_word, msg
from missent.extraction.formats.compound import Compound, properties, wrapped
from missent.extraction.formats.draft import Draft
from missent.extraction.reader import Budget, Item, Locked
from missent.mail.document import Document, Reason, Where

_LOCKS = ("encryptedpackage", "\tdrmcontent", "encryptedsummary")
_WORKBOOKS = ("workbook", "book")
_NATIVE = "\x01ole10native"
_WHOLE = frozenset({"package", "contents"})
"""Streams that hold a file as it is."""


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read what it is, then what is embedded. Raises `Locked` where there is a password on it."""
    compound = Compound(item.octets, budget)
    if any(lock in compound for lock in _LOCKS):
        raise Locked
    if msg.is_mail(compound):
        yield from msg.read(item, budget, compound)
        return
    kind = _kind(compound)
    draft = Draft(item, kind, budget)
    with draft.limited():
        properties(draft, compound)
        with draft.part():
            _fill(draft, compound, kind)
    paths = [path for path in compound.paths() if _is_file(path)]
    if kind == "ole" and not paths:
        draft.fail(Reason.UNKNOWN_KIND)
    yield draft.document()
    for number, path in enumerate(paths, 1):
        yield from _embedded(draft, compound, number, path)


def _kind(compound: Compound) -> str:
    if "worddocument" in compound:
        return "doc"
    if any(name in compound for name in _WORKBOOKS):
        return "xls"
    return "ppt" if "powerpoint document" in compound else "ole"


def _fill(draft: Draft, compound: Compound, kind: str) -> None:
    if kind == "doc":
        legacy_word.read(draft, compound)
    elif kind == "xls":
        _workbook(draft, compound)
    elif kind == "ppt":
        legacy_slides.read(draft, compound)
    for path in compound.paths():
        prefix, _, name = path.rpartition("/")
        if prefix and name == "worddocument":
            legacy_word.read(draft, compound, f"{prefix}/")


def _workbook(draft: Draft, compound: Compound) -> None:
    name = next(name for name in _WORKBOOKS if name in compound)
    stream = compound.stream(name)
    told = biff.scan(stream)
    draft.say("\n".join(dict.fromkeys(told.margins)), Where.MARGIN)
    draft.say("\n".join(told.remarks), Where.COMMENT)
    cells.values(draft, wrapped(stream), told.layouts)


def _is_file(path: str) -> bool:
    storage, _, name = path.rpartition("/")
    return name == _NATIVE or (name in _WHOLE and not storage.endswith("vba"))


def _embedded(draft: Draft, compound: Compound, number: int, path: str) -> Iterator[Document]:
    octets = compound.stream(path, spent=False)
    name = None
    if path.rpartition("/")[2] == _NATIVE:
        name, octets = _native(octets)
    yield from draft.budget.inside(draft.item, number, name, octets)


def _native(octets: bytes) -> tuple[str | None, bytes]:
    """Unpack a file that was dragged into a document: label, paths, size, and the file itself."""
    if octets[4:6] != b"\x02\x00":
        return None, octets[4:]
    label_end = octets.index(b"\0", 6)
    path_end = octets.index(b"\0", label_end + 1)
    at = path_end + 5
    at += 4 + struct.unpack_from("<I", octets, at)[0]
    size = struct.unpack_from("<I", octets, at)[0]
    name = octets[6:label_end].decode("cp1252", "replace")
    return name, octets[at + 4 : at + 4 + size]
