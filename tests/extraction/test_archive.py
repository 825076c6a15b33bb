"""Tests of `missent.extraction.formats.archive`, `compressed` and `sevenzip`."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

import py7zr
import pytest
from tests.extraction.make import documents, zipped

from missent.extraction.reader import Limits
from missent.mail.document import Document, Reason

_PLAIN = b"A line.\n"


def _shape(found: list[Document]) -> list[tuple[str, str, str | None, list[str]]]:
    return [(d.position, d.kind, d.name, [p.value for p in d.problems]) for d in found]


def test_members_are_read_by_their_own_kind() -> None:
    """Each member has its place, the members of an archive in it, too."""
    inner = zipped({"crew.csv": b"Name;Born\nA;1970\n"})
    found = documents(zipped({"folder/": b"", "folder/a.txt": _PLAIN, "inner.zip": inner}), "a.zip")
    assert _shape(found) == [
        ("2", "zip", "a.zip", []),
        ("2/1", "text", "folder/a.txt", []),
        ("2/2", "zip", "inner.zip", []),
        ("2/2/1", "csv", "crew.csv", []),
    ]
    assert found[1].texts[0].text == "A line.\n"
    assert found[3].tables[0].rows == (("Name", "Born"), ("A", "1970"))


def _locked(archive: bytes) -> bytes:
    """Set the flag of encryption on every member."""
    changed = bytearray(archive)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(signature)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(signature, at + 1)
    return bytes(changed)


def test_locked_members_keep_their_names() -> None:
    """With a password on it, only what is called what is known, and that it was not read."""
    assert _shape(documents(_locked(zipped({"a.txt": _PLAIN, "b.pdf": _PLAIN})))) == [
        ("2", "zip", None, []),
        ("2/1", "unknown", "a.txt", ["encrypted"]),
        ("2/2", "unknown", "b.pdf", ["encrypted"]),
    ]


def test_a_broken_member_does_not_hide_the_others() -> None:
    """What can be read is read."""
    archive = zipped({"a.txt": b"first", "b.txt": b"second"}, zipfile.ZIP_STORED)
    found = documents(archive.replace(b"first", b"fIrst"))
    assert _shape(found)[1:] == [
        ("2/1", "unknown", "a.txt", ["malformed"]),
        ("2/2", "text", "b.txt", []),
    ]


def test_an_unknown_method_has_no_reader() -> None:
    """Deflate64 and its like are no fault of the archive."""
    archive = bytearray(zipped({"a.txt": _PLAIN}))
    archive[8] = 9
    archive[archive.find(b"PK\x01\x02") + 10] = 9
    assert _shape(documents(bytes(archive)))[1] == ("2/1", "unknown", "a.txt", ["no_reader"])


def test_a_bomb_is_not_unpacked() -> None:
    """The ratio is looked at before anything is unpacked."""
    found = documents(zipped({"a.txt": bytes(60_000_000), "b.txt": _PLAIN}))
    assert _shape(found) == [("2", "zip", None, []), ("2", "zip", None, ["too_big"])]


def test_all_members_share_one_budget() -> None:
    """Many members may not be more together than one may."""
    archive = zipped({f"{n}.txt": b"A" * 1000 for n in range(10)})
    found = documents(archive, limits=Limits(octets=len(archive) + 3_500))
    assert [d.position for d in found] == ["2", "2/1", "2/2", "2/3", "2"]
    assert found[-1].problems == (Reason.TOO_BIG,)


def test_too_many_members() -> None:
    """Counting comes before reading."""
    archive = zipped({f"{n}.txt": b"" for n in range(50)})
    assert documents(archive, limits=Limits(members=20))[-1].problems == (Reason.TOO_MANY,)
    assert documents(archive, limits=Limits(members=40))[-1].problems == (Reason.TOO_MANY,)


def test_overlapping_members_are_refused() -> None:
    """One stream listed twice is how small bombs are built."""
    archive = bytearray(zipped({"a.txt": b"A" * 99, "b.txt": b"A" * 99}))
    second = archive.rfind(b"PK\x01\x02")
    archive[second + 42 : second + 46] = struct.pack("<I", 0)
    assert _shape(documents(bytes(archive))) == [("2", "zip", None, ["malformed"])]


def test_archives_too_deep() -> None:
    """Nesting ends somewhere, and says so."""
    octets = _PLAIN
    for _ in range(12):
        octets = zipped({"a.zip": octets})
    found = documents(octets)
    assert found[-1].problems == (Reason.TOO_DEEP,)
    assert found[-1].position == "2" + "/1" * 7


def test_a_cut_off_archive_is_malformed() -> None:
    """Half an archive is none."""
    assert _shape(documents(zipped({"a.txt": _PLAIN})[:50])) == [("2", "zip", None, ["malformed"])]


def test_remark_of_an_archive_is_read() -> None:
    """It is text that somebody wrote."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "A")
        archive.comment = b"For the attache only"
    assert documents(target.getvalue())[0].texts[0].text == "For the attache only"


@pytest.mark.parametrize(
    ("pack", "kind"), [(gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")]
)
def test_one_packed_file(pack: object, kind: str) -> None:
    """What is packed alone is read, with its name less the ending."""
    assert callable(pack)
    found = documents(pack(_PLAIN) + pack(b"Another.\n"), f"notes.txt.{kind}")
    assert _shape(found) == [("2", kind, f"notes.txt.{kind}", []), ("2/1", "text", "notes.txt", [])]
    assert found[1].texts[0].text == "A line.\nAnother.\n"
    assert documents(pack(bytes(60_000_000)))[-1].problems == (Reason.TOO_BIG,)
    assert documents(pack(_PLAIN)[:-6])[-1].problems == (Reason.MALFORMED,)


def test_tar_in_gzip() -> None:
    """The usual archive of Unix: folders and links are passed over."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        member = tarfile.TarInfo("../a.txt")
        member.size = len(_PLAIN)
        archive.addfile(member, io.BytesIO(_PLAIN))
    assert _shape(documents(target.getvalue(), "a.tgz")) == [
        ("2", "gz", "a.tgz", []),
        ("2/1", "tar", "a.tar", []),
        ("2/1/1", "text", "../a.txt", []),
    ]


def _seven(password: str | None = None, *, header: bool = False, octets: bytes = _PLAIN) -> bytes:
    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w", password=password, header_encryption=header) as archive:
        archive.writestr(octets, "a.txt")
        archive.writestr(b"a;b;c\n1;2;3\n4;5;6\n", "b")
    return target.getvalue()


def test_seven_zip() -> None:
    """Members of a 7z archive, one after the other out of one stream."""
    found = documents(_seven())
    assert _shape(found) == [
        ("2", "7z", None, []),
        ("2/1", "text", "a.txt", []),
        ("2/2", "csv", "b", []),
    ]
    assert found[1].texts[0].text == "A line.\n"


def test_locked_seven_zip() -> None:
    """Its names are known unless they are encrypted, too."""
    assert _shape(documents(_seven("x")))[1:] == [
        ("2/1", "unknown", "a.txt", ["encrypted"]),
        ("2/2", "unknown", "b", ["encrypted"]),
    ]
    assert _shape(documents(_seven("x", header=True))) == [("2", "7z", None, ["encrypted"])]


def test_seven_zip_bomb() -> None:
    """The sizes it tells are added up first."""
    assert documents(_seven(octets=bytes(40_000_000)))[-1].problems == (Reason.TOO_BIG,)


@pytest.mark.parametrize(
    ("start", "kind"), [(b"Rar!\x1a\x07\x00", "rar"), (b"MSCF\0\0\0\0", "cab")]
)
def test_archives_nothing_reads(start: bytes, kind: str) -> None:
    """They are known, and not read."""
    assert _shape(documents(start + bytes(50))) == [("2", kind, None, ["no_reader"])]
