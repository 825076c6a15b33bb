"""Own the reading of plain text, in whatever charset; what is sealed inside it stays sealed."""

from __future__ import annotations

from collections.abc import Iterator

from missent.extraction.charset import decoded
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document, Reason, Text

_SEALED = ("-----BEGIN PGP MESSAGE-----", "-----BEGIN AGE ENCRYPTED FILE-----")


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a text file."""
    text = decoded(item.octets)
    budget.spend(characters=len(text))
    problems = (Reason.ENCRYPTED,) if any(mark in text for mark in _SEALED) else ()
    yield Document(item.position, "text", item.name, texts=(Text(text),), problems=problems)
