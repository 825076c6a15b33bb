"""Own how an archive is read for a replay: every message once, in the order of time.

A replay looks at each message's text, too, so the whole archive is read into memory: about 3 KB a
message. What cannot be replayed (no date, no author) is counted by its reason, never passed over in
silence; mail whose recipients are not recorded is mail all the same. Copies of one message in several
folders are one letter.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from missent.engine.archives import parquet_rows, row_message
from missent.engine.kinds import PARQUET
from missent.engine.sources import ArchiveSource
from missent.mail.archived import ArchivedMessage, read_header
from missent.mail.message import parse
from missent.mail.opening import LENGTH
from missent.service.letter import Letter

_COLUMNS = (
    *("message_id", "cc", "bcc", "references", "in_reply_to"),
    *("subject", "body", "mailbox"),
)
_SAME = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Letters:
    """An archive ready to be replayed."""

    letters: tuple[Letter, ...]
    """Oldest first; of equal times in the order stored."""
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Reason -> messages left out."""


def read_letters(sources: Iterable[ArchiveSource], now: datetime) -> Letters:
    """Read archives as one. A date later than `now` is no date. Raises `ArchiveError`."""
    found: dict[bytes, Letter] = {}
    skipped: Counter[str] = Counter()
    for letter in (each for source in sources for each in _read(source, skipped, now)):
        digest = _digest(letter)
        if digest in found:
            skipped["copy of another"] += 1
        else:
            found[digest] = letter
    ordered = sorted(found.values(), key=lambda letter: letter.at)
    return Letters(tuple(ordered), MappingProxyType(dict(skipped)))


def _read(source: ArchiveSource, skipped: Counter[str], now: datetime) -> Iterator[Letter]:
    if source.kind == PARQUET:
        for row in parquet_rows(source.path, _COLUMNS):
            letter = _letter(row_message(row), now, skipped)
            if letter is not None:
                yield _with_row(letter, row)
        return
    for data in source.raw():
        letter = _letter(read_header(data), now, skipped)
        if letter is not None:
            message = parse(data)
            yield Letter(
                letter.at,
                letter.sender,
                letter.recipients,
                letter.header,
                subject=message.subject,
                text=message.text,
                whole=message,
            )


def _letter(header: ArchivedMessage, now: datetime, skipped: Counter[str]) -> Letter | None:
    if header.at is None or header.at > now + _SAME:
        skipped["no date"] += 1
    elif not header.header_from:
        skipped["no readable author"] += 1
    else:
        return Letter(header.at, header.header_from[0], header.recipients, header)
    return None


def _with_row(letter: Letter, row: Mapping[str, Any]) -> Letter:
    subject, body, folder = (
        value if isinstance(value, str) else ""
        for value in (row.get("subject"), row.get("body"), row.get("mailbox"))
    )
    return Letter(
        letter.at,
        letter.sender,
        letter.recipients,
        letter.header,
        subject=subject,
        text=body[:LENGTH],
        folder=folder,
    )


def _digest(letter: Letter) -> bytes:
    """Name what makes two stored messages copies: author, time, subject and text."""
    parts = (letter.sender.folded, letter.at.isoformat(), letter.subject, letter.text)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).digest()[:16]
