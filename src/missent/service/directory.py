"""Own the operator's directory: CSV text, ``address[,name]`` a line, people known to be right.

Being listed is strong (a listed name is never a suspect), so a line that cannot be read is a fault
the operator is told about, with its number and the reason, and never a guess.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from missent.errors import MalformedAddress
from missent.mail.mailbox import Mailbox
from missent.service.ports import Sighting, SightingKind

_HEADINGS = frozenset({"address", "email", "e-mail", "mail", "mailbox"})
_SOURCE = "directory"  # the message id of these sightings: read again, they are the same


@dataclass(frozen=True, slots=True)
class Entry:
    """One person or role."""

    mailbox: Mailbox
    name: str = ""


@dataclass(frozen=True, slots=True)
class Directory:
    """All that could be read, each mailbox once, and what could not."""

    entries: tuple[Entry, ...]
    faults: tuple[str, ...] = ()
    """``line 3: ...`` for each line that was left out; never repeats the line."""

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """Give the mailboxes in the file's order."""
        return tuple(entry.mailbox for entry in self.entries)

    def sightings(self, at: datetime) -> tuple[Sighting, ...]:
        """Give what the store learns from it."""
        return tuple(
            Sighting(SightingKind.DIRECTORY, entry.mailbox, None, at, _SOURCE)
            for entry in self.entries
        )


def read_directory(text: str) -> Directory:
    """Read CSV text. Empty lines, ``#`` comments and a heading line are passed over.

    Columns after the second are ignored; a semicolon separates, too, where the file has no comma
    (spreadsheets write that where the comma is the decimal sign). Of a mailbox listed twice the
    first line counts.
    """
    found: dict[Mailbox, Entry] = {}
    faults: list[str] = []
    for number, row in _rows(text.removeprefix("\ufeff")):
        try:
            mailbox = Mailbox.parse(row[0].strip())
        except MalformedAddress as error:
            faults.append(f"line {number}: {error}")
            continue
        name = row[1].strip() if len(row) > 1 else ""
        found.setdefault(mailbox, Entry(mailbox, name))
    return Directory(tuple(found.values()), tuple(faults))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Give each meaningful line with its number; a line is a row, so no fault swallows the next."""
    separator = "," if "," in text or ";" not in text else ";"
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            row = next(csv.reader([line], delimiter=separator))
        except (csv.Error, StopIteration):
            row = [line]
        if number == 1 and row[0].strip().lower() in _HEADINGS:
            continue
        yield number, row
