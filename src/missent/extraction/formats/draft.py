"""Own a document while it is read: what was found so far, spent from the budget as it is noted.

What was read before a limit is kept, with the reason: a finding in the first 8 million characters is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from missent.extraction.reader import Budget, Exceeded, Item, Locked
from missent.mail.document import Document, Reason, Table, Text, Where

_PROPERTIES = 500
_VALUE = 4_000
"""Characters of a property's value that are kept."""


class Draft:
    """What is known of one document."""

    def __init__(self, item: Item, kind: str, budget: Budget) -> None:
        self.item = item
        self.kind = kind
        self.budget = budget
        self._texts: list[Text] = []
        self._tables: list[Table] = []
        self._properties: dict[tuple[str, str], None] = {}
        self._problems: dict[Reason, None] = {}

    def say(self, text: str, where: Where = Where.BODY) -> None:
        """Note text that was not spent yet."""
        self.budget.spend(characters=len(text))
        self.keep(text, where)

    def keep(self, text: str, where: Where = Where.BODY) -> None:
        """Note text that was spent already."""
        text = text.strip("\n")
        if text.strip():
            self._texts.append(Text(text, where))

    def tabulate(
        self, rows: list[tuple[str, ...]], where: Where = Where.BODY, name: str = ""
    ) -> None:
        """Note a table whose cells were spent already."""
        if rows:
            self._tables.append(Table(tuple(rows), name, where))

    def tell(self, name: str, value: str | None) -> None:
        """Note a property."""
        if name and value and len(self._properties) < _PROPERTIES:
            self.budget.spend(characters=len(name) + len(value))
            self._properties[name[:_VALUE], value[:_VALUE]] = None

    def fail(self, reason: Reason) -> None:
        """Note what was not read."""
        self._problems[reason] = None

    @contextmanager
    def part(self) -> Iterator[None]:
        """Go on after a part that cannot be read: the others are still worth reading."""
        try:
            yield
        except (Exceeded, Locked, MemoryError):
            raise
        except Exception:
            self.fail(Reason.MALFORMED)

    @contextmanager
    def limited(self) -> Iterator[None]:
        """Stop at a limit, and keep what was read until then."""
        try:
            yield
        except Exceeded as limit:
            self.fail(limit.reason)

    def document(self) -> Document:
        """Give what was read."""
        return Document(
            position=self.item.position,
            kind=self.kind,
            name=self.item.name,
            texts=tuple(self._texts),
            tables=tuple(self._tables),
            properties=tuple(self._properties),
            problems=tuple(self._problems),
        )
