"""Own how stored mail is walked: mbox, Maildir, EML and Parquet, lazily, header by header.

Bodies are skipped, not read: an mbox is mapped and only its header blocks are copied out, of a
message file only the first blocks are read. Any of them may be compressed. No lock is taken, so a live
Maildir can be read; a file that vanishes while it is walked was moved, not lost.
"""

from __future__ import annotations

import importlib
import mmap
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from missent.engine.packed import mapped, opened
from missent.engine.rows import date_of
from missent.errors import ArchiveError
from missent.mail.archived import (
    MAX_ADDRESSES,
    MAX_HEADER,
    ArchivedMessage,
    read_header,
    read_mailbox,
)
from missent.mail.mailbox import Mailbox
from missent.mail.messageid import find_ids, read_id
from missent.mail.mime import one_line

MAX_MESSAGE = 64 * 1024 * 1024  # octets of one message given whole; the rest is cut
_FIRST_READ = 16_384  # nearly every header block ends before
_BATCH_ROWS = 8_192
_SEPARATOR = re.compile(rb"From [^\r\n]{0,400}?\d\d:\d\d[^\r\n]{0,100}\r?\n")  # RFC 4155
_EMPTY_LINE = re.compile(rb"\n\r?\n\Z")
BLANK = re.compile(rb"\n\r?\n")
_NEEDED = ("date", "sender", "to")
_OPTIONAL = ("message_id", "cc", "bcc", "references", "in_reply_to", "subject")

PARQUET_START = b"PAR1"


# --- mbox ----------------------------------------------------------------------------------------


def is_mbox(start: bytes) -> bool:
    """Tell whether a file that starts like this is an mbox."""
    return _SEPARATOR.match(start) is not None


def mbox_spans(
    data: mmap.mmap, first: int = 0, end: int | None = None
) -> Iterator[tuple[int, int]]:
    """Give where each message begins, after its separator, and ends: those whose separator is within."""
    line = _SEPARATOR.match(data) if first == 0 else _next_separator(data, first)
    while line is not None and (end is None or line.start() < end):
        start = line.end()
        line = _next_separator(data, start)
        yield start, line.start() if line is not None else len(data)


def mbox_message(data: mmap.mmap, start: int) -> bytes:
    """Give the message that begins at `start`, whole."""
    line = _next_separator(data, start)
    end = line.start() if line is not None else len(data)
    return data[start : min(end, start + MAX_MESSAGE)]


def mbox_messages(path: Path) -> Iterator[bytes]:
    """Give each message of an mbox, whole; ``>From`` stays quoted."""
    return _mapped(path, whole=True)


def mbox_headers(path: Path) -> Iterator[ArchivedMessage]:
    """Give each message of an mbox, header only."""
    return map(read_header, _mapped(path, whole=False))


def _mapped(path: Path, *, whole: bool) -> Iterator[bytes]:
    with mapped(path) as data:
        yield from _split(data, whole=whole)


def _split(data: mmap.mmap, *, whole: bool) -> Iterator[bytes]:
    """Cut at ``From `` lines that look like separators and follow an empty line, or the start."""
    limit = MAX_MESSAGE if whole else MAX_HEADER
    for start, end in mbox_spans(data):
        if not whole:
            blank = BLANK.search(data, start - 1, min(end, start + limit))
            yield data[start : min(blank.end() if blank else end, start + limit)]
        else:
            yield data[start : min(end, start + limit)]


def _next_separator(data: mmap.mmap, start: int) -> re.Match[bytes] | None:
    at = data.find(b"\nFrom ", start - 1)
    while at >= 0:
        line = _SEPARATOR.match(data, at + 1)
        if line is not None and _EMPTY_LINE.search(data[max(at - 2, 0) : at + 1]):
            return line
        at = data.find(b"\nFrom ", at + 1)
    return None


# --- one file a message --------------------------------------------------------------------------


def is_maildir(folder: Path) -> bool:
    """Tell whether this folder, or one below it, is a Maildir."""
    return next(_maildirs(folder), None) is not None


def maildir_files(folder: Path) -> Iterator[Path]:
    """List the message files of a Maildir and all Maildirs below it (Maildir++ and plain)."""
    for maildir in _maildirs(folder):
        yield from one_maildir(maildir)


def one_maildir(folder: Path) -> Iterator[Path]:
    """List the message files of a Maildir, and of none below it."""
    for part in ("cur", "new"):  # what is in tmp was not delivered
        with os.scandir(folder / part) as entries:
            names = sorted(entry.name for entry in entries if entry.is_file())
        yield from (folder / part / name for name in names)


def eml_files(path: Path) -> Iterator[Path]:
    """List an EML file, or those in a folder and below it."""
    if path.is_file():
        yield path
    else:
        yield from sorted(f for f in path.rglob("*") if f.suffix.lower() == ".eml" and f.is_file())


def file_headers(files: Iterable[Path]) -> Iterator[ArchivedMessage]:
    """Give each message, header only; a file that is gone is passed over."""
    for path in files:
        try:
            with opened(path) as file:
                block = file.read(_FIRST_READ)
                if len(block) == _FIRST_READ and not BLANK.search(block):
                    block += file.read(MAX_HEADER - _FIRST_READ)
        except FileNotFoundError:
            continue
        yield read_header(block)


def file_messages(files: Iterable[Path]) -> Iterator[bytes]:
    """Give each message, whole; a file that is gone is passed over."""
    for path in files:
        try:
            with opened(path) as file:
                yield file.read(MAX_MESSAGE)
        except FileNotFoundError:
            continue


def _maildirs(folder: Path) -> Iterator[Path]:
    for root, inside, _ in os.walk(folder):
        if "cur" in inside and "new" in inside:
            yield Path(root)
        inside[:] = sorted(name for name in inside if name not in ("cur", "new", "tmp"))


# --- Parquet -------------------------------------------------------------------------------------


def parquet_rows(path: Path, columns: Iterable[str] = ()) -> Iterator[Mapping[str, Any]]:
    """Give a mail table's rows: ``date`` (epoch seconds), ``sender``, ``to`` and what else it has.

    Of `columns`, those that exist are read, else the ones that matter for correspondence.
    Raises `ArchiveError` if pyarrow is not installed, or a needed column is missing.
    """
    wanted = (*_NEEDED, *(tuple(columns) or _OPTIONAL))
    with _parquet(path) as (table, there):
        chosen = [name for name in dict.fromkeys(wanted) if name in there]
        for batch in table.iter_batches(batch_size=_BATCH_ROWS, columns=chosen):
            yield from batch.to_pylist()


def parquet_length(path: Path) -> int:
    """Count a table's rows. Raises `ArchiveError`."""
    with _parquet(path) as (table, _):
        return int(table.metadata.num_rows)


def parquet_slice(
    path: Path, start: int, end: int, columns: Iterable[str] = ()
) -> Iterator[Mapping[str, Any]]:
    """Give rows from `start` up to `end`, as `parquet_rows` does; row groups before are not read."""
    wanted = (*_NEEDED, *(tuple(columns) or _OPTIONAL))
    with _parquet(path) as (table, there):
        chosen = [name for name in dict.fromkeys(wanted) if name in there]
        first = 0
        for group in range(table.metadata.num_row_groups):
            length = table.metadata.row_group(group).num_rows
            if first < end and first + length > start:
                rows = table.iter_batches(_BATCH_ROWS, row_groups=[group], columns=chosen)
                yield from _sliced(rows, first, start, end)
            first += length


def _sliced(
    batches: Iterable[Any], first: int, start: int, end: int
) -> Iterator[Mapping[str, Any]]:
    for batch in batches:
        low, high = max(start - first, 0), min(end - first, batch.num_rows)
        if low < high:
            yield from batch.slice(low, high - low).to_pylist()
        first += batch.num_rows


def check_parquet(path: Path) -> None:
    """Raise `ArchiveError` if this file cannot be read as a table of mail."""
    with _parquet(path):
        pass


@contextmanager
def _parquet(path: Path) -> Iterator[tuple[Any, frozenset[str]]]:
    """Open a table, with its column names."""
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ArchiveError(f"{path}: Parquet needs: pip install 'missent[scan]'") from error
    try:
        with parquet.ParquetFile(path) as table:
            there = frozenset(table.schema_arrow.names)
            missing = ", ".join(name for name in _NEEDED if name not in there)
            if missing:
                raise ArchiveError(f"{path}: expected the columns date, sender, to; no {missing}")
            yield table, there
    except (OSError, ValueError) as error:  # pyarrow's own errors are subclasses of these
        raise ArchiveError(f"{path}: expected a Parquet file that pyarrow can read") from error


def parquet_headers(path: Path) -> Iterator[ArchivedMessage]:
    """Give each row as a message."""
    return map(row_message, parquet_rows(path))


def row_message(row: Mapping[str, Any]) -> ArchivedMessage:
    """Read one row; what cannot be read is left out, as in a header."""
    addressed = (text for name in ("to", "cc", "bcc") for text in _texts(row.get(name)))
    references = (*_texts(row.get("references")), *_texts(row.get("in_reply_to")))
    return ArchivedMessage(
        header_from=_mailboxes(_texts(row["sender"])),
        recipients=_mailboxes(addressed),
        message_id=next((read_id(text) for text in _texts(row.get("message_id"))), None),
        references=find_ids(*references),
        at=date_of(row["date"]),
        subject=one_line(next(iter(_texts(row.get("subject"))), "")),
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()


def _mailboxes(texts: Iterable[str]) -> tuple[Mailbox, ...]:
    found = (read_mailbox(text.strip()) for text in texts)
    return tuple(dict.fromkeys(m for m in found if m is not None))[:MAX_ADDRESSES]
