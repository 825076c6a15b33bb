"""Own the octets between this process and the one that reads attachments.

The reading process is taken for hostile: it has run parsers over a stranger's octets. So nothing is
pickled, every type, count and size is checked, and what is costly to take apart stays out of JSON: a
document is a small JSON head, then its texts and tables as raw UTF-8, whose cells are counted before they
are split. Whatever is wrong raises `MalformedReply`, without content (law 8).

A job is a JSON head and the octets of its items. A reply is a row of frames: a kind, a length, a payload;
`DOCUMENT` for each document as soon as it is read, `READ` after the last one of each item. A last frame
cut short belongs to a process that was ended, and is left out.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, NoReturn

from missent.extraction.reader import Item, Limits
from missent.mail.document import Document, Picture, Reason, Table, Text, Where
from missent.mail.mime import one_line

REPLY_OCTETS: Final = 64 << 20
"""Of all frames of one job together: 8 million characters are 32 MB at most."""
DOCUMENT: Final = 68  # "D"
READ: Final = 82  # "R"

_HEAD_OCTETS: Final = 4 << 20  # JSON grows 24-fold at most when read: 100 MB, for a moment
_FRAME = struct.Struct("!BI")
_LENGTH = struct.Struct("!I")
_CELL, _ROW = "\x1f", "\x1e"
_MARKS = {ord(_CELL): " ", ord(_ROW): " "}
_MOST_DOCUMENTS: Final = 10_000
_MOST_TEXTS: Final = 200_000
_MOST_TABLES: Final = 20_000
_MOST_PIXELS: Final = 1 << 32
_KIND = re.compile(r"[a-z0-9][a-z0-9._+-]{0,31}")
_INSIDE = re.compile(r"(?:/[0-9]{1,9}){0,64}")


class MalformedReply(Exception):
    """The reading process sent something no honest one sends."""


@dataclass(frozen=True, slots=True)
class Job:
    """All attachments of one message, and how much of them is read."""

    items: tuple[Item, ...]
    limits: Limits
    memory: int
    """Octets the reading process may have resident."""
    seconds: int
    """Of CPU time."""
    ocr: bool = False


def job_octets(job: Job) -> Iterator[bytes]:
    """Give the octets of a job, piece by piece, nothing copied."""
    head = {
        "items": [[i.position, i.content_type, i.name, len(i.octets)] for i in job.items],
        "limits": asdict(job.limits),
        "memory": job.memory,
        "seconds": job.seconds,
        "ocr": job.ocr,
    }
    written = json.dumps(head).encode("ascii")
    yield _LENGTH.pack(len(written)) + written
    for item in job.items:
        yield item.octets


def job_from(octets: memoryview) -> Job:
    """Read a job back; it comes from our own side and is believed."""
    (length,) = _LENGTH.unpack_from(octets)
    head = json.loads(bytes(octets[4 : 4 + length]))
    items, start = [], 4 + length
    for position, content_type, name, size in head["items"]:
        items.append(Item(position, content_type, name, bytes(octets[start : start + size])))
        start += size
    return Job(tuple(items), Limits(**head["limits"]), head["memory"], head["seconds"], head["ocr"])


def frame(kind: int, payload: bytes = b"") -> bytes:
    """Write one frame of a reply."""
    return _FRAME.pack(kind, len(payload)) + payload


def frames(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the whole frames of a reply; one cut short at the end is left out."""
    start = 0
    while start + _FRAME.size <= len(octets):
        kind, length = _FRAME.unpack_from(octets, start)
        start += _FRAME.size
        if start + length > len(octets):
            return
        yield kind, octets[start : start + length]
        start += length


def document_octets(document: Document) -> bytes:
    """Write one document as the payload of its frame."""
    texts = [_encode(text.text) for text in document.texts]
    tables = [_encode_rows(table.rows) for table in document.tables]
    properties = _encode_rows(document.properties)
    head = {
        "position": document.position,
        "kind": document.kind,
        "name": document.name,
        "attached": document.attached,
        "problems": list(document.problems),
        "picture": _plain_picture(document.picture),
        "texts": [[t.where, len(raw)] for t, raw in zip(document.texts, texts, strict=True)],
        "tables": [
            [t.name, t.where, len(raw)] for t, raw in zip(document.tables, tables, strict=True)
        ],
        "properties": len(properties),
    }
    written = json.dumps(head).encode("ascii")
    return b"".join((_LENGTH.pack(len(written)), written, *texts, properties, *tables))


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # a lone surrogate is nothing anybody wrote


def _encode_rows(rows: Sequence[Sequence[str]]) -> bytes:
    return _encode(
        "".join(_CELL.join(cell.translate(_MARKS) for cell in row) + _ROW for row in rows)
    )


def _plain_picture(picture: Picture | None) -> list[object] | None:
    if picture is None:
        return None
    where = [picture.latitude, picture.longitude]
    return [picture.width, picture.height, *where, picture.camera, picture.taken]


class ReplyReader:
    """Read the frames of one reply, item by item, within what its limits allow."""

    def __init__(self, positions: Sequence[str], limits: Limits) -> None:
        self._positions = positions
        self._cells = 2 * limits.cells + 100_000  # header fields and properties are cells, too
        self._documents = _MOST_DOCUMENTS
        self.read: list[list[Document]] = [[] for _ in positions]
        """Documents of each item, as far as they came."""
        self.finished = 0
        """Items read to their end."""

    def take(self, octets: bytes) -> None:
        """Read a reply. Raises `MalformedReply`; what came before stands."""
        for kind, payload in frames(octets):
            if self.finished == len(self._positions):
                _refuse("more items")
            if kind == READ and not payload and self.read[self.finished]:
                self.finished += 1
            elif kind == DOCUMENT:
                self.read[self.finished].append(self._document(payload))
            else:
                _refuse("frame")

    def _document(self, payload: bytes) -> Document:
        self._documents -= 1
        if self._documents < 0:
            _refuse("documents")
        try:
            return self._checked(payload)
        except (ValueError, KeyError, TypeError, RecursionError, struct.error):
            raise MalformedReply("document") from None

    def _checked(self, payload: bytes) -> Document:
        (length,) = _LENGTH.unpack_from(payload)
        if length > _HEAD_OCTETS or 4 + length > len(payload):
            _refuse("head")
        head = _Head(json.loads(payload[4 : 4 + length], parse_constant=_refuse))
        blobs = _Blobs(payload, 4 + length)
        texts = tuple(
            Text(blobs.text(octets), Where(where))
            for where, octets in head.rows("texts", 2, _MOST_TEXTS)
        )
        properties = self._rows(blobs, head.value("properties"), "property")
        tables = tuple(
            Table(self._rows(blobs, octets, "table"), _line(name), Where(where))
            for name, where, octets in head.rows("tables", 3, _MOST_TABLES)
        )
        blobs.end()
        name = head.value("name")
        return Document(
            position=self._position(head.value("position")),
            kind=_kind(head.value("kind")),
            name=None if name is None else _line(name),
            texts=texts,
            tables=tables,
            properties=tuple(_pair(row) for row in properties),
            picture=_picture(head.value("picture")),
            problems=tuple(dict.fromkeys(Reason(text) for text in head.list("problems", 100))),
            attached=_flag(head.value("attached")),
        )

    def _position(self, value: object) -> str:
        """Check that a document belongs to the item that is being read."""
        position = _string(value)
        root = self._positions[self.finished]
        if not position.startswith(root) or not _INSIDE.fullmatch(position[len(root) :]):
            _refuse("position")
        return position

    def _rows(self, blobs: _Blobs, size: object, what: str) -> tuple[tuple[str, ...], ...]:
        text = blobs.text(size)
        self._cells -= text.count(_CELL) + text.count(_ROW)
        if self._cells < 0:
            _refuse(what)
        if not text:
            return ()
        if not text.endswith(_ROW):
            _refuse(what)
        return tuple(tuple(row.split(_CELL)) for row in text[:-1].split(_ROW))


class _Head:
    """The JSON object before a document's texts."""

    def __init__(self, value: object) -> None:
        if not isinstance(value, dict):
            _refuse("head")
        self._value: dict[str, Any] = value

    def value(self, key: str) -> object:
        """Give one value; raises `KeyError`."""
        result: object = self._value[key]
        return result

    def list(self, key: str, most: int) -> Sequence[Any]:
        """Give a list of at most so many."""
        values = self._value[key]
        if not isinstance(values, list) or len(values) > most:
            _refuse(key)
        return values

    def rows(self, key: str, width: int, most: int) -> Iterator[Sequence[Any]]:
        """Give the lists in a list, each of the same length."""
        for row in self.list(key, most):
            if not isinstance(row, list) or len(row) != width:
                _refuse(key)
            yield row


class _Blobs:
    """The raw octets after a head, taken off one by one."""

    def __init__(self, octets: bytes, start: int) -> None:
        self._octets = octets
        self._start = start

    def text(self, size: object) -> str:
        """Take the next `size` octets as text."""
        if type(size) is not int or not 0 <= size <= len(self._octets) - self._start:
            _refuse("size")
        end = self._start + size
        text = self._octets[self._start : end].decode("utf-8")
        self._start = end
        return text

    def end(self) -> None:
        """Check that nothing is left over."""
        if self._start != len(self._octets):
            _refuse("size")


def _refuse(what: str) -> NoReturn:
    raise MalformedReply(what if len(what) < 20 else "constant")


def _string(value: object) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        _refuse("string")
    return value


def _line(value: object) -> str:
    """Take a name as one line of what can be seen."""
    return one_line(_string(value))


def _kind(value: object) -> str:
    kind = _string(value)
    if not _KIND.fullmatch(kind):
        _refuse("kind")
    return kind


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        _refuse("flag")
    return value


def _pair(row: tuple[str, ...]) -> tuple[str, str]:
    if len(row) != 2:
        _refuse("property")
    return row[0], row[1]


def _picture(value: object) -> Picture | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 6:
        _refuse("picture")
    width, height, latitude, longitude, camera, taken = value
    return Picture(
        _pixels(width),
        _pixels(height),
        _degrees(latitude, 90.0),
        _degrees(longitude, 180.0),
        _line(camera),
        _line(taken),
    )


def _pixels(value: object) -> int:
    if type(value) is not int or not 0 <= value <= _MOST_PIXELS:
        _refuse("picture")
    return value


def _degrees(value: object, most: float) -> float | None:
    if value is None:
        return None
    if type(value) not in (int, float) or not -most <= float(str(value)) <= most:
        _refuse("picture")
    return float(str(value))
