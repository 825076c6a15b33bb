"""Own access to the streams of a compound file ([MS-CFB]), by olefile: what old Office files are."""

from __future__ import annotations

import codecs
import io
import struct
from collections.abc import Iterator

import olefile  # type: ignore[import-untyped]

from missent.extraction.formats.draft import Draft
from missent.extraction.formats.property_set import properties_of
from missent.extraction.reader import Budget, Exceeded
from missent.mail.document import Reason

_LISTED = 10
"""Times the limit of members a compound file may list: a mail has some hundred streams for itself."""
_SECTOR, _LINKS, _PLACES = 4_096, 1_024, 109
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_CHARSETS = {
    **{page: f"cp{page}" for page in (437, 850, 866, 874, 932, 936, 949, 950)},
    **{page: f"cp{page}" for page in range(1250, 1259)},
    **{28590 + part: f"iso8859-{part}" for part in (1, 2, 5, 7, 9, 15)},
    1200: "utf-16-le",
    10000: "mac_roman",
    20127: "ascii",
    20866: "koi8-r",
    50220: "iso2022_jp",
    51932: "euc_jp",
    54936: "gb18030",
    65001: "utf-8",
}
for _charset in _CHARSETS.values():
    codecs.lookup(_charset)  # there is no loading it in the sandbox


def charset(page: int) -> str:
    """Give the name of a Windows code page; Windows-1252 for one that is not known."""
    return _CHARSETS.get(page & 0xFFFF, "cp1252")


class Compound:
    """The streams of one compound file, by path from the root; names ignore case."""

    def __init__(self, octets: bytes, budget: Budget) -> None:
        """List the streams. Raises `Exceeded` where there are too many of them."""
        self._budget = budget
        self._file = olefile.OleFileIO(io.BytesIO(octets))
        paths = self._file.listdir()
        if len(paths) > budget.limits.members * _LISTED:
            raise Exceeded(Reason.TOO_MANY)
        self._paths = {"/".join(path).lower(): path for path in paths}

    def __contains__(self, path: str) -> bool:
        return path.lower() in self._paths

    def paths(self) -> Iterator[str]:
        """Give all paths, in lower case."""
        yield from self._paths

    def storages(self, prefix: str) -> list[str]:
        """Give the storages whose path begins so, in order, each with ``/`` at its end."""
        found = {
            path[: path.find("/", len(prefix)) + 1]
            for path in self._paths
            if path.startswith(prefix) and "/" in path[len(prefix) :]
        }
        return sorted(found)

    def size(self, path: str) -> int:
        """Give the octets of a stream."""
        return int(self._file.get_size(self._paths[path.lower()]))

    def stream(self, path: str, *, spent: bool = True) -> bytes:
        """Read a stream and spend it; or not, for `Budget.inside`. Raises `KeyError` if it is not there."""
        size = self.size(path)
        if spent:
            self._budget.spend(octets=size)
        elif self._budget.octets + size > self._budget.limits.octets:
            raise Exceeded(Reason.TOO_BIG)
        return bytes(self._file.openstream(self._paths[path.lower()]).read(size))


def properties(draft: Draft, compound: Compound) -> None:
    """Note title, author and the like, and those a user or a labelling program has added."""
    for path in ("\x05summaryinformation", "\x05documentsummaryinformation"):
        if path in compound:
            with draft.part():
                for name, value in properties_of(compound.stream(path), charset):
                    draft.tell(name, value)
    if any(path.endswith("/vba/dir") for path in compound.paths()):
        draft.tell("macros", "yes")


def wrapped(stream: bytes) -> bytes:
    """Make a compound file of one workbook stream, for a library that loops on one with a loop in it.

    It has sectors of 4,096 octets (version 4), so that the header lists all of the table. Its root must
    begin somewhere, or calamine takes it for empty.
    """
    stream = stream.ljust(_SECTOR, b"\0")
    length = -(-len(stream) // _SECTOR)
    tables = 1
    while tables * _LINKS < length + tables + 1:
        tables += 1
    first = length + 1
    chain = [*range(1, length), _END, _END, *[_TABLE] * tables]
    chain += [_FREE] * (tables * _LINKS - len(chain))
    head = (
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<5H6x", 0x3E, 4, 0xFFFE, 12, 6)
    )
    head += struct.pack("<9I", 1, tables, length, 0, _SECTOR, _END, 0, _END, 0)
    places = [*range(first, first + tables)][:_PLACES]
    head += struct.pack(f"<{_PLACES}I", *places, *[_FREE] * (_PLACES - len(places)))
    entries = _entry("Root Entry", 5, 1, length, 0) + _entry("Workbook", 2, _FREE, 0, len(stream))
    body = stream.ljust(length * _SECTOR, b"\0") + entries.ljust(_SECTOR, b"\0")
    return head.ljust(_SECTOR, b"\0") + body + struct.pack(f"<{len(chain)}I", *chain)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    links = struct.pack("<HBBIII", len(raw), kind, 1, _FREE, _FREE, child)
    return (raw.ljust(64, b"\0") + links).ljust(116, b"\0") + struct.pack("<IQ", start, size)
