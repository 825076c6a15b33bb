"""Own access to the members of a document that is a zip archive: OOXML and ODF.

Nothing is inflated that was not spent before. A member must be exactly as long as the directory says,
and stand there once: otherwise two programs would read two documents out of one file.
"""

from __future__ import annotations

import codecs
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

from missent.extraction.reader import Budget, Exceeded, Locked
from missent.mail.document import Reason

codecs.lookup("cp437")  # zipfile decodes names by it; there is no loading it in the sandbox

_ENTRY = b"PK\x01\x02"
_LISTED = 10
"""Times the limit of members an office document may list: its own small parts are not all read."""
_SMALL = 10_000_000
"""Octets below which no ratio is asked (`Limits.ratio`)."""


class Package:
    """The members of one zip archive, by lower-case name: part names ignore case (ECMA-376-2 §6.2)."""

    def __init__(self, octets: bytes, budget: Budget) -> None:
        """List the members. Raises `Exceeded` where there are too many of them."""
        self._octets = octets
        self._budget = budget
        most = budget.limits.members * _LISTED
        if octets.count(_ENTRY) > most:
            raise Exceeded(Reason.TOO_MANY)
        self._members: dict[str, zipfile.ZipInfo] = {}
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            for info in archive.infolist():
                self._add(info)

    def _add(self, info: zipfile.ZipInfo) -> None:
        name = info.filename.replace("\\", "/").lstrip("/").lower()
        if name in self._members:
            raise ValueError("a member stands there twice")
        self._members[name] = info

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def names(self, prefix: str = "", suffix: str = "") -> Iterator[str]:
        """Give the names that begin and end so, as the archive lists them; no folders."""
        for name in self._members:
            if name.startswith(prefix) and name.endswith(suffix) and not name.endswith("/"):
                yield name

    def path(self, name: str) -> str:
        """Give a member's name as it is written."""
        return self._members[name.lower()].filename.replace("\\", "/").lstrip("/")

    def part(self, name: str) -> bytes:
        """Inflate a member and spend it. Raises `KeyError` where there is none."""
        info = self._members[name.lower()]
        self._budget.spend(octets=info.file_size)
        return self._inflate(info)

    def member(self, name: str) -> bytes:
        """Inflate a member for `Budget.inside`, which spends it."""
        info = self._members[name.lower()]
        if self._budget.octets + info.file_size > self._budget.limits.octets:
            raise Exceeded(Reason.TOO_BIG)
        return self._inflate(info)

    def _inflate(self, info: zipfile.ZipInfo) -> bytes:
        if info.flag_bits & 0x1:
            raise Locked
        packed = self._packed(info)
        limit = self._budget.limits.ratio
        if info.file_size > _SMALL and info.file_size > limit * len(packed):
            raise Exceeded(Reason.TOO_BIG)
        octets = bytes(packed)
        if info.compress_type == zipfile.ZIP_DEFLATED:
            inflater = zlib.decompressobj(-zlib.MAX_WBITS)
            octets = inflater.decompress(packed, info.file_size + 1)
        elif info.compress_type != zipfile.ZIP_STORED:
            raise ValueError("packed in a way office programs do not write")
        if len(octets) != info.file_size or zlib.crc32(octets) != info.CRC:
            raise ValueError("a member is not what the directory says")
        return octets

    def _packed(self, info: zipfile.ZipInfo) -> memoryview:
        """Give a member's octets as stored (APPNOTE.TXT §4.3.7: 30 octets, name, extra field)."""
        at = info.header_offset
        if self._octets[at : at + 4] != b"PK\x03\x04":
            raise ValueError("no member where the directory says")
        name, extra = struct.unpack_from("<HH", self._octets, at + 26)
        start = at + 30 + name + extra
        packed = memoryview(self._octets)[start : start + info.compress_size]
        if len(packed) != info.compress_size:
            raise ValueError("a member is cut off")
        return packed
