"""Own which reader reads what, and what becomes of a reader that fails: a problem, never an exception.

A reader that has yielded documents keeps them; a document of the same position with the problem follows.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from missent.extraction import recognition
from missent.extraction.kinds import EMPTY, UNKNOWN, disguised, kind_of, promised
from missent.extraction.reader import Budget, Exceeded, Item, Limits, Locked, Reader
from missent.mail.document import Document, Reason

_FORMATS = "missent.extraction.formats"
_READERS: dict[str, str] = {
    "pdf": "pdf",
    "docx": "word",
    **dict.fromkeys(("xlsx", "xlsb"), "sheet"),
    "pptx": "slides",
    **dict.fromkeys(("odt", "ods", "odp", "odg"), "opendocument"),
    "ole": "ole",
    "rtf": "rtf",
    "tnef": "tnef",
    **dict.fromkeys(("eml", "mbox"), "eml"),
    **dict.fromkeys(("ics", "vcf"), "contacts"),
    "csv": "delimited",
    "html": "web",
    **dict.fromkeys(("xml", "svg", "kml", "gpx", "json"), "structured"),
    "text": "plain",
    **dict.fromkeys(("zip", "epub", "tar"), "archive"),
    "7z": "sevenzip",
    **dict.fromkeys(("gz", "bz2", "xz"), "compressed"),
    **dict.fromkeys(
        ("jpeg", "png", "gif", "tiff", "bmp", "webp", "psd", "jp2", "heic", "avif", "wmf", "emf"),
        "image",
    ),
    "dicom": "dicom",
    **dict.fromkeys(("pgp", "smime", "pkcs12", "age", "sealed"), "sealed"),
}
"""Module in `missent.extraction.formats` that reads a kind."""
_UNREAD = frozenset({"rar", "cab", "iso", "zstd", "pst", "postscript", "parquet", "sqlite"})
"""Kinds that hold text for which there is no reader yet."""
_OPEN_ENDED = frozenset({"pdf", "image"})
"""Readers of what may have anything behind it."""
_ARCHIVE, _ARCHIVE_END, _TAIL = b"PK\x03\x04", b"PK\x05\x06", 65_557
_BEHIND = 9_999
"""Number of what stands behind, after all members."""
_PLAIN = frozenset({EMPTY, "certificate"})
"""Nothing in it that a person wrote."""


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read one thing and what is inside it, by what it is. Never raises what a reader raises."""
    kind = kind_of(item.octets, item.name, item.content_type)
    own = Document(item.position, kind, item.name)
    reader = _reader(kind)
    if reader is None:
        yield replace(own, problems=_unread(kind, item.name), properties=_properties(kind, item))
        return
    try:
        first = True
        for document in reader(item, budget):
            yield _labelled(document, kind, item) if first else document
            first = False
        yield from _behind(item, kind, budget)
    except Exception as error:
        yield replace(own, problems=(_reason(error),), properties=_properties(kind, item))


def _behind(item: Item, kind: str, budget: Budget) -> Iterator[Document]:
    """Read the archive that stands behind a document or a picture: both are one file, each whole."""
    if _READERS[kind] not in _OPEN_ENDED or _ARCHIVE_END not in item.octets[-_TAIL:]:
        return
    start = item.octets.find(_ARCHIVE)
    if start > 0:
        yield from budget.inside(item, _BEHIND, None, item.octets[start:])


def read_all(items: Iterable[Item], limits: Limits, *, ocr: bool = False) -> Iterator[Document]:
    """Read the attachments of one message, within limits for all of them together."""
    budget = Budget(limits, read, ocr=ocr)
    for item in items:
        try:
            budget.spend(octets=len(item.octets), members=1)
        except Exceeded as limit:
            kind = kind_of(item.octets[:65_536], item.name, item.content_type)
            yield Document(item.position, kind, item.name, problems=(limit.reason,))
            continue
        yield from read(item, budget)


def _reason(error: Exception) -> Reason:
    if isinstance(error, Exceeded):
        return error.reason
    if isinstance(error, Locked):
        return Reason.ENCRYPTED
    return Reason.MEMORY if isinstance(error, MemoryError) else Reason.MALFORMED


def _unread(kind: str, name: str | None) -> tuple[Reason, ...]:
    """Say why nothing reads it; octets that are not what their name promises are malformed."""
    if kind in _PLAIN:
        return ()
    if kind in _READERS or kind in _UNREAD:
        return (Reason.NO_READER,)
    return (Reason.MALFORMED if kind == UNKNOWN and promised(name) else Reason.UNKNOWN_KIND,)


def _properties(kind: str, item: Item) -> tuple[tuple[str, str], ...]:
    return (("disguised", "yes"),) if disguised(kind, item.name) else ()


def _labelled(document: Document, kind: str, item: Item) -> Document:
    if document.position != item.position or not disguised(kind, item.name):
        return document
    return replace(document, properties=(*document.properties, *_properties(kind, item)))


@cache
def _reader(kind: str) -> Reader | None:
    """Give the reader of a kind; none where its library is not installed."""
    module = _READERS.get(kind)
    if module is None:
        return None
    try:
        read_format: Reader = importlib.import_module(f"{_FORMATS}.{module}").read
    except ImportError:
        return None
    return read_format


def missing() -> tuple[str, ...]:
    """Give the kinds whose reader is not installed."""
    return tuple(kind for kind in _READERS if _reader(kind) is None)


def preload(*, ocr: bool = False) -> None:
    """Import every reader there is and let each read a sample, so that later nothing is opened."""
    from missent.extraction.samples import (
        samples,
    )  # only needed here, and imports what it writes with

    if ocr:
        recognition.start()
    for kind in _READERS:
        _reader(kind)
    items = [Item(str(n), "", name, octets) for n, (name, octets) in enumerate(samples(), 1)]
    for _ in read_all(items, Limits(), ocr=ocr):
        pass
