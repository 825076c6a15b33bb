"""Own what kind of source a path is, and how to read it: an archive of messages, or an MTA's log.

A source can be iterated as often as one likes and keeps nothing between; reading is lazy and never
needs more memory than one message or one block of lines. The kind is found by looking at the content,
never by asking the operator; what fits no kind is an `ArchiveError` that says what would have.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import IO, TypeVar, cast

from missent.engine import archives
from missent.errors import ArchiveError
from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import MAX_LINE
from missent.mail.logs.postfix import is_log_line, read_deliveries

EXPECTED = (
    "an mbox, a Maildir (cur, new, tmp), an .eml file or a folder of them, "
    "a Parquet file, or a Postfix log (also .gz)"
)
_LOOK = 65_536  # octets looked at: a log may begin with other programs' lines
_BLOCK = 1 << 20
_T = TypeVar("_T")
_GZIP_START = b"\x1f\x8b"
_FIELDS = (b"received:", b"return-path:", b"from:", b"date:", b"message-id:", b"to:", b"subject:")


class SourceKind(StrEnum):
    """What a path holds."""

    MBOX = "mbox"
    MAILDIR = "maildir"
    EML = "eml"
    PARQUET = "parquet"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """An archive: iterate it for `ArchivedMessage`s, in the order they are stored."""

    path: Path
    kind: SourceKind

    def __iter__(self) -> Iterator[ArchivedMessage]:
        """Read the headers, anew each time."""
        return _guarded(self.path, _HEADERS[self.kind](self.path))

    def raw(self) -> Iterator[bytes]:
        """Give each message's bytes as stored; nothing for Parquet, which has rows (`archives`)."""
        if self.kind is SourceKind.MBOX:
            return _guarded(self.path, archives.mbox_messages(self.path))
        return _guarded(self.path, archives.file_messages(self.files()))

    def files(self) -> Iterator[Path]:
        """List the files it consists of."""
        if self.kind is SourceKind.MAILDIR:
            return archives.maildir_files(self.path)
        return archives.eml_files(self.path) if self.kind is SourceKind.EML else iter([self.path])


@dataclass(frozen=True, slots=True)
class LogSource:
    """An MTA's log: iterate it for `Delivery`s, in the log's order."""

    path: Path
    now: datetime
    """Dates lines without a year."""
    zone: tzinfo = UTC
    """Of lines without an offset."""
    kind: SourceKind = SourceKind.LOG

    def __iter__(self) -> Iterator[Delivery]:
        """Read the log, anew each time."""
        return _guarded(self.path, read_deliveries(log_lines(self.path), self.now, self.zone))

    def files(self) -> Iterator[Path]:
        """List the files it consists of."""
        return iter([self.path])


Source = ArchiveSource | LogSource


def open_source(path: Path, *, now: datetime, zone: tzinfo = UTC) -> Source:
    """Find out what `path` holds. Raises `ArchiveError` saying what was expected."""
    try:
        kind = _folder_kind(path) if path.is_dir() else _file_kind(path)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "damaged gzip data"
        raise ArchiveError(f"{path}: {reason}; expected {EXPECTED}") from error
    if kind is None:
        raise ArchiveError(f"{path}: expected {EXPECTED}")
    return LogSource(path, now, zone) if kind is SourceKind.LOG else ArchiveSource(path, kind)


def log_lines(path: Path) -> Iterator[str]:
    """Give a log's lines, gzip or not, with bounded memory: of an endless line the start only."""
    with _opened(path) as file:
        rest = b""
        while block := file.read(_BLOCK):
            head, newline, tail = (rest + block).rpartition(b"\n")
            if newline:
                yield from head.decode("utf-8", "replace").split("\n")
            rest = tail[: MAX_LINE + 1]  # one too many, so that it is seen to be too long
        if rest:
            yield rest.decode("utf-8", "replace")


def _folder_kind(folder: Path) -> SourceKind | None:
    if archives.is_maildir(folder):
        return SourceKind.MAILDIR
    return SourceKind.EML if next(archives.eml_files(folder), None) else None


def _file_kind(path: Path) -> SourceKind | None:
    with path.open("rb") as file:
        plain = file.read(_LOOK)
    if plain.startswith(archives.PARQUET_START):
        archives.check_parquet(path)
        return SourceKind.PARQUET
    if archives.is_mbox(plain):
        return SourceKind.MBOX
    with _opened(path) as file:
        lines = file.read(_LOOK).decode("utf-8", "replace").splitlines()
    if any(is_log_line(line) for line in lines):
        return SourceKind.LOG
    headed = any(line.startswith(_FIELDS) for line in plain.lower().splitlines()[:50])
    return SourceKind.EML if headed else None


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        zipped = file.read(2) == _GZIP_START
        file.seek(0)
        if zipped:
            with gzip.open(file) as unzipped:
                yield cast("IO[bytes]", unzipped)
        else:
            yield file


def _guarded(path: Path, items: Iterator[_T]) -> Iterator[_T]:
    """Turn trouble with the file while it is read into an `ArchiveError`."""
    try:
        yield from items
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or "damaged gzip data"
        raise ArchiveError(f"{path}: {reason}") from error


_HEADERS: Mapping[SourceKind, Callable[[Path], Iterator[ArchivedMessage]]] = MappingProxyType(
    {
        SourceKind.MBOX: archives.mbox_headers,
        SourceKind.MAILDIR: lambda path: archives.file_headers(archives.maildir_files(path)),
        SourceKind.EML: lambda path: archives.file_headers(archives.eml_files(path)),
        SourceKind.PARQUET: archives.parquet_headers,
    }
)
