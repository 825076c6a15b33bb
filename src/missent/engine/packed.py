"""Own how a file is opened that may be compressed: by its first octets, never by its name.

The rule: reading is lazy and in bounded memory, so a file that unpacks to a thousand times its size
costs time, and room on the disk where it must be mapped, and no more.
"""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import mmap
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any, cast

from missent.errors import ArchiveError

_LONGEST_MAGIC = 6
_BLOCK = 1 << 20


def _zstd_errors() -> Iterator[type[Exception]]:
    for module in _ZSTD:
        try:
            yield importlib.import_module(module).ZstdError
        except ImportError:
            continue


_ZSTD = ("compression.zstd", "backports.zstd")
UNREADABLE: tuple[type[Exception], ...] = (
    *(OSError, EOFError, zlib.error, lzma.LZMAError),
    *_zstd_errors(),
)
"""What is raised for a file that cannot be read, or whose compressed data are damaged."""


def packing_of(path: Path) -> str | None:
    """Name a file's compression; None if it has none."""
    with path.open("rb") as file:
        return _packing(file.read(_LONGEST_MAGIC))


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, unpacked. Raises `ArchiveError` if the unpacker is not installed."""
    with path.open("rb") as file:
        name = _packing(file.read(_LONGEST_MAGIC))
        file.seek(0)
        if name is None:
            yield file
        else:
            with _OPENERS[name](file) as unpacked:
                yield cast("IO[bytes]", unpacked)


class Pieces:
    """The octets of a file, a piece at a time, up to its end or to where its data are damaged."""

    __slots__ = ("_fault", "_file", "_size")

    def __init__(self, file: IO[bytes], size: int) -> None:
        """Take a file that was `opened`; each piece but the last has `size` octets."""
        self._file: Any = file
        self._size = size
        self._fault: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        """Give what is left."""
        while piece := self.read():
            yield piece

    def read(self) -> bytes:
        """Give one piece; nothing at the end."""
        piece = bytearray()
        while self._fault is None and (left := self._size - len(piece)):
            try:  # `read` would lose what stands before the damage
                more = self._file.read1(min(left, _BLOCK))
            except UNREADABLE as error:
                self._fault = error
                break
            if not more:
                break
            piece += more
        return bytes(piece)

    def check(self) -> None:
        """Raise what ended the reading too early, one of `UNREADABLE`."""
        if self._fault is not None:
            raise self._fault


@contextmanager
def mapped(path: Path, *, strict: bool = True) -> Iterator[mmap.mmap]:
    """Map a file that is not empty, unpacked into a temporary one if it is compressed.

    Of damaged data what stands before the damage is given; it is raised at the end, if `strict`.
    """
    with ExitStack() as stack:
        pieces: Pieces | None = None
        if packing_of(path) is None:
            file: IO[bytes] = stack.enter_context(path.open("rb"))
        else:
            file = stack.enter_context(tempfile.TemporaryFile())
            with opened(path) as packed:
                pieces = Pieces(packed, _BLOCK)
                file.writelines(pieces)
            file.flush()
        if os.fstat(file.fileno()).st_size == 0:  # cannot be mapped
            raise ArchiveError(f"{path}: holds nothing that can be read")
        yield stack.enter_context(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        if pieces is not None and strict:
            pieces.check()


def reason(error: Exception) -> str:
    """Say in a few words why a file could not be read to its end; no path stands in them."""
    number = getattr(error, "errno", None)
    return os.strerror(number) if isinstance(number, int) else "damaged compressed data"


def _packing(start: bytes) -> str | None:
    return next((name for magic, name in _MAGIC.items() if start.startswith(magic)), None)


def _zstd(file: IO[bytes]) -> Any:
    for module in _ZSTD:
        try:
            return importlib.import_module(module).ZstdFile(file)
        except ImportError:
            continue
    raise ArchiveError("a file compressed with zstd needs: pip install 'missent[scan]'")


_MAGIC: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x1f\x8b": "gzip",
        b"BZh": "bzip2",
        b"\xfd7zXZ\x00": "xz",
        b"\x28\xb5\x2f\xfd": "zstd",
    }
)
_OPENERS: Mapping[str, Callable[[IO[bytes]], Any]] = MappingProxyType(
    {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open, "zstd": _zstd}
)
