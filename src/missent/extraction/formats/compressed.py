"""Own the reading of one packed file: gzip, bzip2, xz. Never more is unpacked than may be read."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from missent.extraction.formats.archive import checked
from missent.extraction.kinds import kind_of
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document

_MEMORY = 268_435_456
"""Octets xz may use; its own highest preset takes 65 MiB to unpack."""
_STREAMS = 1_000
_SUFFIXES = {"tgz": "tar", "tbz2": "tar", "tbz": "tar", "txz": "tar"}


_UNPACKERS: dict[str, Callable[[], Any]] = {
    "gz": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "bz2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(memlimit=_MEMORY),
}


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read what is packed, by its own kind."""
    kind = kind_of(item.octets, item.name, item.content_type)
    yield Document(item.position, kind, item.name)
    octets = _unpacked(item.octets, _UNPACKERS[kind], budget)
    yield from budget.inside(item, 1, _inner_name(item.name), octets)


def _unpacked(data: bytes, make: Callable[[], Any], budget: Budget) -> bytes:
    """Unpack one stream after the other; zeros may follow the last."""
    left = budget.limits.octets - budget.octets
    pieces: list[bytes] = []
    packed, size = len(data), 0
    for _ in range(_STREAMS):
        unpacker = make()
        pieces.append(unpacker.decompress(data, left - size + 1))
        size += len(pieces[-1])
        checked(budget, size, packed)
        if not unpacker.eof:
            raise EOFError("cut off")
        data = unpacker.unused_data
        if not data.strip(b"\0"):
            return b"".join(pieces)
    raise ValueError("too many streams")


def _inner_name(name: str | None) -> str | None:
    if not name or "." not in name:
        return name
    stem, _, suffix = name.rpartition(".")
    ending = _SUFFIXES.get(suffix.lower())
    return f"{stem}.{ending}" if ending else stem
