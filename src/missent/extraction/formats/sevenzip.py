"""Own the reading of 7z archives, in this thread and in memory.

The library's own extraction makes paths of the names and asks the system for its directory and memory,
which the sandbox refuses; so its worker is given the members directly.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import py7zr.py7zr as library
from py7zr import SevenZipFile
from py7zr.exceptions import PasswordRequired
from py7zr.io import MemIO, Py7zIO, WriterFactory

from missent.extraction.formats.archive import checked, opaque
from missent.extraction.reader import Budget, Exceeded, Item, Locked
from missent.mail.document import Document, Reason
from missent.mail.mime import one_line

vars(library)["get_memory_limit"] = lambda: 16_777_216  # octets at a time; it would look into /proc


class _Member(Py7zIO):
    """Takes what is unpacked of one member, no more than was checked before."""

    def __init__(self, most: int) -> None:
        self._octets = bytearray()
        self._most = most

    def write(self, s: bytes | bytearray) -> int:
        """Take octets."""
        if len(self._octets) + len(s) > self._most:
            raise Exceeded(Reason.TOO_BIG)
        self._octets += s
        return len(s)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002
        """Give all octets."""
        return bytes(self._octets)

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002
        """Stay."""
        return 0

    def flush(self) -> None:
        """Do nothing."""

    def size(self) -> int:
        """Tell how many octets there are."""
        return len(self._octets)


class _Only(WriterFactory):
    def __init__(self, member: _Member) -> None:
        self._member = member

    def create(self, filename: str) -> Py7zIO:  # noqa: ARG002
        """Give the one member this was made for."""
        return self._member


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read an archive; where only its members are encrypted, their names are given."""
    try:
        archive = SevenZipFile(io.BytesIO(item.octets), "r")
    except PasswordRequired as error:
        raise Locked from error
    with archive:
        files = [file for file in archive.files if not file.is_directory]
        if len(files) > budget.limits.members:
            raise Exceeded(Reason.TOO_MANY)
        yield Document(item.position, "7z", item.name)
        if archive.password_protected:
            for number, file in enumerate(files, 1):
                budget.spend(members=1)
                yield opaque(item, number, one_line(file.filename), Reason.ENCRYPTED)
            return
        checked(budget, sum(int(file.uncompressed or 0) for file in files), len(item.octets))
        members: list[tuple[str, _Member]] = []
        for file in files:
            member = _Member(int(file.uncompressed or 0))
            members.append((one_line(file.filename), member))
            archive.worker.register_filelike(file.id, MemIO(str(file.id), _Only(member)))
        archive.worker.extract(archive.fp, None, parallel=False)
    for number, (name, member) in enumerate(members, 1):
        yield from budget.inside(item, number, name, member.read())
