"""Own the proof that a compressed file is known by its octets, and that damage costs what follows it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from missent.engine.packed import UNREADABLE, Pieces, mapped, opened, packing_of, reason
from missent.errors import ArchiveError

TEXT = b"".join(b"%d: a line that compresses but not to nothing\n" % n for n in range(40_000))


def _zstd(data: bytes) -> bytes:
    from backports import zstd

    return bytes(zstd.compress(data))


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": _zstd,
}
EVERY = pytest.mark.parametrize("name", PACKERS)


def _read(path: Path, size: int = 1000) -> tuple[bytes, Exception | None]:
    with opened(path) as file:
        pieces = Pieces(file, size)
        whole = b"".join(pieces)
        try:
            pieces.check()
        except UNREADABLE as error:
            return whole, error
    return whole, None


@EVERY
def test_known_by_content(tmp_path: Path, name: str) -> None:
    """Whatever the file is called."""
    path = tmp_path / "mail.log"
    path.write_bytes(PACKERS[name](TEXT))
    assert packing_of(path) == name
    assert _read(path, 77_777) == (TEXT, None)
    with mapped(path) as data:
        assert data[:] == TEXT


def test_plain_is_plain(tmp_path: Path) -> None:
    """Even if its name says otherwise, and if it is shorter than any mark."""
    path = tmp_path / "mail.gz"
    for text in (TEXT, b"B", b""):
        path.write_bytes(text)
        assert packing_of(path) is None
        assert _read(path) == (text, None)


@EVERY
def test_several_streams_are_one_file(tmp_path: Path, name: str) -> None:
    """A log rotated by appending to a compressed file."""
    path = tmp_path / "log"
    path.write_bytes(PACKERS[name](TEXT[:5000]) + PACKERS[name](TEXT[5000:9000]))
    assert _read(path) == (TEXT[:9000], None)


def test_pieces_have_the_size_asked_for(tmp_path: Path) -> None:
    """All but the last."""
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(TEXT[:10_500]))
    with opened(path) as file:
        assert [len(piece) for piece in Pieces(file, 1000)] == [1000] * 10 + [500]


@EVERY
def test_what_stands_before_the_damage_is_given(tmp_path: Path, name: str) -> None:
    """A file that was cut, as a full disk leaves it: most is there, then it says so."""
    path = tmp_path / "log"
    whole = PACKERS[name](TEXT)
    path.write_bytes(whole[: len(whole) * 9 // 10])
    found, error = _read(path, 1 << 20)
    assert error is not None
    assert reason(error) == "damaged compressed data"
    assert TEXT.startswith(found)
    if name == "gzip":  # others pack in blocks that are larger than this file
        assert len(found) > len(TEXT) // 2


def test_a_damaged_middle_is_told(tmp_path: Path) -> None:
    """Flipped octets, as a bad disk leaves them."""
    path = tmp_path / "log"
    whole = bytearray(gzip.compress(TEXT))
    whole[len(whole) // 2 : len(whole) // 2 + 40] = b"\xff" * 40
    path.write_bytes(whole)
    found, error = _read(path)
    assert error is not None
    assert len(found) > 1000
    assert TEXT[:1000] == found[:1000]


def test_a_damaged_mapping(tmp_path: Path) -> None:
    """What was unpacked can be used; that it is not all is raised at the end, unless nobody asks."""
    path = tmp_path / "box"
    whole = gzip.compress(TEXT)
    path.write_bytes(whole[: len(whole) // 2])
    seen = b""
    with pytest.raises(EOFError), mapped(path) as data:
        seen = data[:1000]
    assert seen == TEXT[:1000]
    with mapped(path, strict=False) as data:
        assert data[:1000] == seen


@pytest.mark.parametrize("content", [b"", gzip.compress(b"", mtime=0)])
def test_nothing_cannot_be_mapped(tmp_path: Path, content: bytes) -> None:
    """A mailbox that was emptied while it was looked at."""
    path = tmp_path / "box"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="holds nothing"), mapped(path):
        pass


def test_a_thousandfold_costs_no_memory(tmp_path: Path) -> None:
    """A file that unpacks to a thousand times its size is given a piece at a time."""
    path = tmp_path / "bomb"
    path.write_bytes(gzip.compress(bytes(50 << 20)))
    assert path.stat().st_size < 100_000
    longest, whole = 0, 0
    with opened(path) as file:
        for piece in Pieces(file, 1 << 16):
            longest, whole = max(longest, len(piece)), whole + len(piece)
    assert (longest, whole) == (1 << 16, 50 << 20)


def test_without_the_unpacker_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """zstd is no part of every Python."""
    path = tmp_path / "log"
    path.write_bytes(_zstd(TEXT))
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    monkeypatch.setitem(sys.modules, "compression.zstd", None)
    with pytest.raises(ArchiveError, match=r"zstd needs: pip install"), opened(path):
        pass


def test_a_reason_names_no_path(tmp_path: Path) -> None:
    """Reasons stand in the report; Arrow's own texts quote the whole path."""
    import pyarrow as pa

    with pytest.raises(FileNotFoundError) as caught:
        pa.memory_map(str(tmp_path / "gone"))
    assert reason(caught.value) == "No such file or directory"
