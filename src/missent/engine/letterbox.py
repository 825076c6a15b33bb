"""Own how the content of misdirected messages is read: whole, in the sandbox, and only theirs.

A message is fetched again from where its header was found, parsed, and its attachments are read as the
guard reads them. What is kept of it: a level, categories, and how many people it names (law 8).
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from missent.engine import archives
from missent.engine.kinds import MBOX, PARQUET
from missent.engine.packed import UNREADABLE, mapped, opened
from missent.engine.reading import Unit
from missent.engine.rows import row_bytes
from missent.errors import ArchiveError, MissentError
from missent.judge.content import read
from missent.judge.exposure import Exposure, exposed
from missent.judge.sensitivity import VOCABULARY
from missent.mail.archived import read_header
from missent.mail.message import parse
from missent.service.contents import with_content
from missent.service.investigation.book import Book
from missent.service.investigation.incident import Misdirected, People
from missent.service.investigation.merging import Handover, Place, name_of
from missent.service.ports import Extractor

_ROW_COLUMNS = ("message_id", "cc", "bcc", "references", "in_reply_to", "subject", "body")
_OPAQUE = frozenset({"sealed", "unread"})
"""Categories of what nobody could read, as something encrypted (`judge.sensitivity.opaque`)."""
_KEY = hashlib.sha256(b"missent investigate").digest()
"""Of the hashes by which people are counted. They leave no run, so the key need not be secret."""


@dataclass(slots=True)
class LetterBox:
    """Reads what misdirected messages hold."""

    units: Sequence[Unit]
    book: Book
    extractor: Callable[[], Extractor]
    """Opens what reads attachments; called if there is a message to read."""
    with_names: bool = False
    unread: set[str] = field(default_factory=set)
    """Messages with a part that could not be read."""
    lost: int = 0
    """Messages that were there and could not be fetched again, or on which a reader stumbled."""
    _exposure: Exposure = field(default_factory=Exposure)
    _names: set[str] = field(default_factory=set, repr=False)

    def read(
        self, found: Sequence[Misdirected], handovers: Iterable[Handover]
    ) -> tuple[Misdirected, ...]:
        """Give the same deliveries, with what is known of their content."""
        places = {one.identity: one.content for one in handovers if one.content}
        wanted = {one.identity: one for one in found if one.identity in places}
        order = sorted(
            wanted.values(), key=lambda one: (places[one.identity].unit, places[one.identity].at)
        )
        if not order:
            return tuple(found)
        known: dict[str, Misdirected] = {}
        with ExitStack() as stack:
            fetch, extractor = _Fetch(self.units, stack), self.extractor()
            for one in order:
                data = fetch.message(places[one.identity])
                if data is None or read_header(data).identity != name_of(one.identity):
                    self.lost += 1  # or another message lies there by now
                    continue
                try:
                    known[one.identity] = self._examined(one, data, extractor)
                except MissentError:
                    raise
                except Exception:  # its text may quote the message (law 8)
                    self.lost += 1
        return tuple(self._with(one, known.get(one.identity)) for one in found)

    @property
    def people(self) -> People:
        """Give who is named in what was read."""
        names = tuple(sorted(self._names)) if self.with_names else None
        return People(self._exposure.persons, self._exposure.by_category, names)

    def _examined(self, one: Misdirected, data: bytes, extractor: Extractor) -> Misdirected:
        message = with_content(parse(data), data, extractor)
        verdict = self.book.with_message(one.sender, one.recipient, one.at, message)
        categories: dict[str, int] = {}
        for finding in verdict.findings:
            category, level = finding.facts.get("category"), int(finding.facts.get("level", 0))
            if isinstance(category, str) and level:
                categories[category] = max(level, categories.get(category, 0))
        if categories.keys() & _OPAQUE or any(f.signal == "unreadable" for f in verdict.findings):
            self.unread.add(one.identity)
        people = exposed(
            read(message, VOCABULARY), verdict.findings, key=_KEY, with_names=self.with_names
        )
        self._exposure.add(people)
        self._names.update(person.name for person in people if person.name)
        return replace(
            one,
            level=verdict.sensitivity,
            categories=dict(sorted(categories.items())),
            people=len(people),
        )

    @staticmethod
    def _with(one: Misdirected, examined: Misdirected | None) -> Misdirected:
        if examined is None:
            return one
        return replace(
            one,
            level=examined.level,
            categories=examined.categories,
            people=examined.people,
        )


class _Fetch:
    """Fetches messages by their places, in the order of these; keeps one mapped file open at a time."""

    def __init__(self, units: Sequence[Unit], stack: ExitStack) -> None:
        self._units, self._stack = units, stack
        self._mapped: tuple[str, mmap.mmap] | None = None
        self._table = -1
        self._rows: Iterator[tuple[int, Mapping[str, Any]]] = iter(())

    def message(self, place: Place) -> bytes | None:
        """Give a message with CRLF line ends; None if it cannot be read any more."""
        unit = self._units[place.unit]
        try:
            data = self._fetched(unit, place.at)
        except ArchiveError:
            return None
        except UNREADABLE:
            return None
        return None if data is None else data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    def _fetched(self, unit: Unit, at: int) -> bytes | None:
        if unit.kind == PARQUET:
            return self._from_table(unit, at)
        if unit.kind == MBOX:
            return self._from_mbox(unit, at)
        path = Path(unit.members[at - unit.start]) if unit.members else Path(unit.path)
        with opened(path) as file:
            return file.read(archives.MAX_MESSAGE)

    def _from_table(self, unit: Unit, at: int) -> bytes | None:
        if self._table != unit.number:
            rows = archives.parquet_slice(Path(unit.path), unit.start, unit.end, _ROW_COLUMNS)
            self._table, self._rows = unit.number, enumerate(rows, unit.start)
        row = next((row for number, row in self._rows if number == at), None)
        return None if row is None else row_bytes(row, whole=True)

    def _from_mbox(self, unit: Unit, at: int) -> bytes:
        if self._mapped is None or self._mapped[0] != unit.path:
            self._stack.close()
            self._mapped = None
            data = self._stack.enter_context(mapped(Path(unit.path), strict=False))
            self._mapped = unit.path, data
        return archives.mbox_message(self._mapped[1], at)
