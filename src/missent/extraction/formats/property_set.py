"""Own the property sets of compound files ([MS-OLEPS] §2): title, author, and named ones."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

Charset = Callable[[int], str]
"""Names the charset of a code page."""

_SUMMARY = bytes.fromhex("e0859ff2f94f6810ab9108002b27b3d9")
_DOCUMENT = bytes.fromhex("02d5cdd59c2e1b10939708002b2cf9ae")
_NAMES = {
    _SUMMARY: {
        2: "title",
        3: "subject",
        4: "creator",
        5: "keywords",
        6: "description",
        7: "Template",
        8: "lastModifiedBy",
        12: "created",
        13: "modified",
        18: "Application",
    },
    _DOCUMENT: {
        2: "category",
        14: "Manager",
        15: "Company",
        26: "contentType",
        27: "contentStatus",
    },
}
_DICTIONARY, _CODE_PAGE = 0, 1
_MANY = 1_000
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def properties_of(octets: bytes, charset: Charset) -> Iterator[tuple[str, str]]:
    """Give names and values of all sets in one stream. Raises what `struct` does where it breaks off."""
    count = min(struct.unpack_from("<I", octets, 24)[0], 2)
    for index in range(count):
        kind, offset = struct.unpack_from("<16sI", octets, 28 + 20 * index)
        yield from _section(octets[offset:], _NAMES.get(kind, {}), charset)


def _section(octets: bytes, names: dict[int, str], charset: Charset) -> Iterator[tuple[str, str]]:
    count = min(struct.unpack_from("<I", octets, 4)[0], _MANY)
    places: dict[int, int] = {}
    for index in range(count):
        identity, offset = struct.unpack_from("<II", octets, 8 + 8 * index)
        places.setdefault(identity, offset)
    page = 1252
    if _CODE_PAGE in places:
        page = struct.unpack_from("<H", octets, places[_CODE_PAGE] + 4)[0]
    known = dict(names)
    if _DICTIONARY in places:
        known |= _dictionary(octets, places[_DICTIONARY], page, charset)
    for identity, offset in places.items():
        if identity in known:
            value = _value(octets, offset, charset(page))
            if value:
                yield known[identity], value


def _dictionary(octets: bytes, at: int, page: int, charset: Charset) -> dict[int, str]:
    names: dict[int, str] = {}
    count = min(struct.unpack_from("<I", octets, at)[0], _MANY)
    at += 4
    for _ in range(count):
        identity, length = struct.unpack_from("<II", octets, at)
        size = 2 * length if page == 1200 else length
        raw = octets[at + 8 : at + 8 + size]
        names[identity] = raw.decode(charset(page), "replace").rstrip("\0")
        at += 8 + size
        if page == 1200:
            at += -size % 4
    return names


def _value(octets: bytes, at: int, encoding: str) -> str:
    kind = struct.unpack_from("<H", octets, at)[0]
    at += 4
    if kind in {30, 31}:
        length = struct.unpack_from("<I", octets, at)[0]
        wide = kind == 31
        raw = octets[at + 4 : at + 4 + (2 * length if wide else length)]
        return raw.decode("utf-16-le" if wide else encoding, "replace").rstrip("\0").strip()
    if kind in {2, 3}:
        return str(struct.unpack_from("<h" if kind == 2 else "<i", octets, at)[0])
    if kind == 11:
        return "true" if struct.unpack_from("<H", octets, at)[0] else "false"
    if kind == 64:
        ticks = struct.unpack_from("<Q", octets, at)[0]
        return _moment(ticks)
    return ""


def _moment(ticks: int) -> str:
    try:
        moment = _EPOCH + timedelta(microseconds=ticks // 10)
    except OverflowError:
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if ticks else ""
