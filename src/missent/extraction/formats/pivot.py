"""Own the reading of pivot caches: a copy of the rows a pivot table was made of.

It stays in the workbook after the sheet was deleted, and nothing shows it (ECMA-376-1 §18.10): many a
published table of sums has carried the persons it sums up.
"""

from __future__ import annotations

from collections.abc import Mapping

from missent.extraction.formats import ooxml
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.markup import walk
from missent.extraction.formats.package import Package
from missent.mail.document import Where

_DEFINITION = "xl/pivotcache/pivotcachedefinition"
_VALUES = frozenset({"s", "n", "d", "b", "e", "m"})


def read(draft: Draft, package: Package) -> None:
    """Note the rows of every cache."""
    for part in package.names(_DEFINITION, ".xml"):
        with draft.part():
            fields = _Fields(draft)
            walk(package.part(part), fields)
            for records in ooxml.relations(package, part).values():
                if records in package:
                    _rows(draft, package.part(records), fields)


def _rows(draft: Draft, octets: bytes, fields: _Fields) -> None:
    rows = _Rows(draft, fields)
    try:
        walk(octets, rows)
    finally:
        if rows.rows:
            draft.tabulate([tuple(fields.names), *rows.rows], Where.HIDDEN)


class _Fields:
    """A listener for the definition: the columns, and the values they have in common."""

    def __init__(self, draft: Draft) -> None:
        self.names: list[str] = []
        self.items: list[list[str]] = []
        self._draft = draft
        self._open = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if tag == "cacheField":
            self.names.append(attributes.get("name", ""))
            self.items.append([])
        elif tag == "sharedItems":
            self._open = True
        elif self._open and self.items and tag in _VALUES:
            self._draft.budget.spend(cells=1)
            self.items[-1].append(_value(tag, attributes))

    def end(self, tag: str) -> None:
        """Hear an element end."""
        if tag == "sharedItems":
            self._open = False

    def text(self, data: str) -> None:
        """Nothing is said here."""


class _Rows:
    """A listener for the records: a row each, in the order of the columns."""

    def __init__(self, draft: Draft, fields: _Fields) -> None:
        self.rows: list[tuple[str, ...]] = []
        self._draft = draft
        self._items = fields.items
        self._row: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if tag == "r":
            self._row = []
        elif tag == "x":
            self._share(int(attributes.get("v", "0")))
        elif tag in _VALUES:
            self._add(_value(tag, attributes))

    def end(self, tag: str) -> None:
        """Hear an element end."""
        if tag == "r" and any(self._row):
            self.rows.append(tuple(self._row))

    def text(self, data: str) -> None:
        """Nothing is said here."""

    def _share(self, number: int) -> None:
        at = len(self._row)
        known = self._items[at] if at < len(self._items) else []
        self._add(known[number] if 0 <= number < len(known) else "")

    def _add(self, value: str) -> None:
        self._draft.budget.spend(cells=1, characters=len(value))
        self._row.append(value)


def _value(tag: str, attributes: Mapping[str, str]) -> str:
    value = attributes.get("v", "")
    return value.removesuffix("T00:00:00") if tag == "d" else " ".join(value.split())
