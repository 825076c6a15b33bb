"""Own the reading of ZIP and tar archives: every member by its own kind, within the limits of all.

Nothing is written, so names may say what they like; a member that cannot be read is a document that says
so, and the others are read. Members that overlap, as in bombs, make the whole archive malformed.
"""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise

from missent.extraction.charset import decoded
from missent.extraction.kinds import kind_of
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.document import Document, Reason, Text, Where
from missent.mail.mime import one_line

_ENTRY = b"PK\x01\x02"
_LOCAL = 30
"""Octets of a member's own header without its name (APPNOTE.TXT §4.3.7)."""
_ENCRYPTED = 0x1 | 0x40 | 0x2000
"""Flags: encrypted, strongly encrypted, its name masked (§4.4.4)."""
_SMALL = 10_000_000
"""Octets below which no ratio is asked (`Limits.ratio`)."""


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read an archive."""
    kind = kind_of(item.octets, item.name, item.content_type)
    if kind == "tar":
        yield from _tar(item, budget)
    else:
        yield from _zip(item, budget, kind)


def checked(budget: Budget, size: int, packed: int) -> None:
    """Refuse to unpack `size` octets out of `packed` where that is beyond the limits."""
    beyond = size > _SMALL and size > budget.limits.ratio * packed
    if beyond or budget.octets + size > budget.limits.octets:
        raise Exceeded(Reason.TOO_BIG)


def opaque(item: Item, number: int, name: str | None, reason: Reason) -> Document:
    """Give the document of a member that was not read."""
    return Document(f"{item.position}/{number}", "unknown", name, problems=(reason,))


# --- ZIP -----------------------------------------------------------------------------------------


def _zip(item: Item, budget: Budget, kind: str) -> Iterator[Document]:
    if item.octets.count(_ENTRY) > budget.limits.members * 2:  # before each is made an object
        raise Exceeded(Reason.TOO_MANY)
    with zipfile.ZipFile(io.BytesIO(item.octets)) as archive:
        infos = [info for info in archive.infolist() if info.file_size or not info.is_dir()]
        _no_overlap(archive.infolist())
        remarks = (archive.comment, *dict.fromkeys(info.comment for info in infos))
        said = (said for remark in remarks if (said := decoded(remark).strip()))
        texts = tuple(Text(one, Where.COMMENT) for one in said)
        budget.spend(characters=sum(len(text.text) for text in texts))
        yield Document(item.position, kind, item.name, texts=texts)
        for number, info in enumerate(infos, 1):
            yield from _member(item, budget, archive, number, info)


def _no_overlap(infos: list[zipfile.ZipInfo]) -> None:
    at = sorted((info.header_offset, info.compress_size) for info in infos)
    for (start, size), (following, _) in pairwise(at):
        if start + _LOCAL + size > following:
            raise zipfile.BadZipFile("members overlap")


def _member(
    item: Item, budget: Budget, archive: zipfile.ZipFile, number: int, info: zipfile.ZipInfo
) -> Iterator[Document]:
    name = one_line(info.filename)
    if info.flag_bits & _ENCRYPTED:
        budget.spend(members=1)
        yield opaque(item, number, name, Reason.ENCRYPTED)
        return
    checked(budget, info.file_size, info.compress_size)
    try:
        octets = _unzipped(archive, info)
    except NotImplementedError:  # a method of packing that the standard library does not know
        budget.spend(members=1)
        yield opaque(item, number, name, Reason.NO_READER)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
        budget.spend(members=1)
        yield opaque(item, number, name, Reason.MALFORMED)
    else:
        yield from budget.inside(item, number, name, octets)


def _unzipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Unpack a member; never more than its directory says, which is checked before."""
    with archive.open(info) as member:
        octets = member.read()
    if len(octets) != info.file_size:
        raise zipfile.BadZipFile("shorter than it says")
    return octets


# --- tar -----------------------------------------------------------------------------------------


def _tar(item: Item, budget: Budget) -> Iterator[Document]:
    yield Document(item.position, "tar", item.name)
    with tarfile.open(fileobj=io.BytesIO(item.octets), mode="r:", errors="replace") as archive:
        number = last = 0
        for member in archive:
            if member.offset < last:  # a size below zero leads back: it would never end
                raise tarfile.ReadError("runs backwards")
            last = member.offset
            if not (member.isreg() or member.size > 0):
                budget.spend(members=1)
                continue
            number += 1
            checked(budget, member.size, len(item.octets))
            octets = item.octets[member.offset_data : member.offset_data + member.size]
            if member.issparse() or len(octets) != member.size:
                file = archive.extractfile(member)
                octets = file.read() if file else b""
            yield from budget.inside(item, number, one_line(member.name), octets)
