"""Own how a path is read message by message: an archive of messages, or what servers logged of them.

A source can be iterated as often as one likes and keeps nothing between; reading is lazy and never
needs more memory than one message or one stretch of lines. What kind it is `kinds` tells by its content;
what fits no kind is an `ArchiveError` that says what would have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from missent.engine import archives
from missent.engine.kinds import ARCHIVES, EML, EMPTY, EXPECTED, MAILDIR, MBOX, PARQUET, kind_of
from missent.engine.packed import UNREADABLE, opened, reason
from missent.engine.stretches import table_stretches
from missent.errors import ArchiveError
from missent.mail import logs, traces
from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import MAX_LINE, read_deliveries
from missent.mail.traces import Trace, read_trace

_BLOCK = 1 << 20
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ArchiveSource:
    """An archive: iterate it for `ArchivedMessage`s, in the order they are stored."""

    path: Path
    kind: str
    """As `kinds` has it."""

    def __iter__(self) -> Iterator[ArchivedMessage]:
        """Read the headers, anew each time."""
        return _guarded(self.path, _HEADERS[self.kind](self.path))

    def raw(self) -> Iterator[bytes]:
        """Give each message's bytes as stored; nothing for Parquet, which has rows (`archives`)."""
        if self.kind == MBOX:
            return _guarded(self.path, archives.mbox_messages(self.path))
        return _guarded(self.path, archives.file_messages(self.files()))

    def files(self) -> Iterator[Path]:
        """List the files it consists of."""
        if self.kind == MAILDIR:
            return archives.maildir_files(self.path)
        return archives.eml_files(self.path) if self.kind == EML else iter([self.path])


@dataclass(frozen=True, slots=True)
class LogSource:
    """An MTA's log or a service's trace: iterate it for `Delivery`s, in its order."""

    path: Path
    kind: str
    """The name of its dialect, or of its trace."""
    now: datetime
    """Dates lines without a year."""
    zone: tzinfo = UTC
    """Of lines without an offset."""

    def __iter__(self) -> Iterator[Delivery]:
        """Read it, anew each time."""
        dialect = logs.BY_NAME.get(self.kind)
        if dialect is None:
            return _guarded(self.path, self._rows(traces.BY_NAME[self.kind]))
        lines = log_lines(self.path)
        return _guarded(self.path, read_deliveries(lines, dialect, self.now, self.zone))

    def _rows(self, trace: Trace) -> Iterator[Delivery]:
        for _, rows in table_stretches(self.path):
            yield from read_trace(rows.decode(), trace, self.now, self.zone).deliveries

    def files(self) -> Iterator[Path]:
        """List the files it consists of."""
        return iter([self.path])


Source = ArchiveSource | LogSource


def open_source(path: Path, *, now: datetime, zone: tzinfo = UTC) -> Source:
    """Find out what `path` holds. Raises `ArchiveError` saying what was expected."""
    try:
        kind = _folder_kind(path) if path.is_dir() else kind_of(path)[0]
    except UNREADABLE as error:
        raise ArchiveError(f"{path}: {reason(error)}; expected {EXPECTED}") from error
    if kind is None:
        inside = "no messages here; name the files of a folder; " if path.is_dir() else ""
        raise ArchiveError(f"{path}: {inside}expected {EXPECTED}")
    archived = kind in ARCHIVES or kind == EMPTY
    return ArchiveSource(path, kind) if archived else LogSource(path, kind, now, zone)


def log_lines(path: Path) -> Iterator[str]:
    """Give a log's lines, with bounded memory: of an endless line the start only."""
    with opened(path) as file:
        rest = b""
        while block := file.read(_BLOCK):
            head, newline, tail = (rest + block).rpartition(b"\n")
            if newline:
                yield from head.decode("utf-8", "replace").split("\n")
            rest = tail[: MAX_LINE + 1]  # one too many, so that it is seen to be too long
        if rest:
            yield rest.decode("utf-8", "replace")


def _folder_kind(folder: Path) -> str | None:
    if archives.is_maildir(folder):
        return MAILDIR
    return EML if next(archives.eml_files(folder), None) else None


def _guarded(path: Path, items: Iterator[_T]) -> Iterator[_T]:
    """Turn trouble with the file while it is read into an `ArchiveError`."""
    try:
        yield from items
    except UNREADABLE as error:
        raise ArchiveError(f"{path}: {reason(error)}") from error


_HEADERS: Mapping[str, Callable[[Path], Iterator[ArchivedMessage]]] = MappingProxyType(
    {
        MBOX: archives.mbox_headers,
        MAILDIR: lambda path: archives.file_headers(archives.maildir_files(path)),
        EML: lambda path: archives.file_headers(archives.eml_files(path)),
        PARQUET: archives.parquet_headers,
        EMPTY: lambda _: iter(()),
    }
)
