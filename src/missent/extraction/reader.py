"""Own what a reader of one format is given, and what it must keep to.

A reader is a pure function `read(item, budget)` in `missent.extraction.formats`, one file a format or
family. It yields documents: its own first, then those inside it, which it makes by `Budget.inside`. It
may raise whatever its library raises: `reading` turns that into `Reason.MALFORMED`; only a limit is told
by `Exceeded`, and a lock by `Locked`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from missent.mail.document import Document, Reason


class Exceeded(Exception):
    """A limit was hit; carries the reason, never content."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Locked(Exception):
    """What is inside is encrypted."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read of all attachments of one message together."""

    octets: int = 200_000_000
    """Decompressed or decoded, over all levels."""
    ratio: int = 200
    """Decompressed octets for each compressed one, of one member above 10 MB."""
    members: int = 2_000
    depth: int = 8
    characters: int = 8_000_000
    cells: int = 2_000_000
    pages: int = 3_000
    pixels: int = 100_000_000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to read."""

    position: str
    content_type: str
    """As declared; ``""`` if nobody declared one."""
    name: str | None = field(repr=False)
    octets: bytes = field(repr=False)
    level: int = 1
    """1 for an attachment, 2 for what is inside it."""


@dataclass(slots=True)
class Budget:
    """What may still be read of this message; a reader spends before it reads."""

    limits: Limits
    read: Callable[[Item, Budget], Iterator[Document]]
    """Reads what is inside something, by its own kind: `missent.extraction.reading.read`."""
    octets: int = 0
    members: int = 0
    characters: int = 0
    cells: int = 0
    ocr: bool = False
    """Whether pictures are read, too."""

    def spend(
        self, *, octets: int = 0, members: int = 0, characters: int = 0, cells: int = 0
    ) -> None:
        """Note what was read. Raises `Exceeded` where it is more than the limits."""
        self.octets += octets
        self.members += members
        self.characters += characters
        self.cells += cells
        if self.members > self.limits.members:
            raise Exceeded(Reason.TOO_MANY)
        most = self.limits
        if (
            self.octets > most.octets
            or self.characters > most.characters
            or self.cells > most.cells
        ):
            raise Exceeded(Reason.TOO_BIG)

    def inside(
        self, parent: Item, number: int, name: str | None, octets: bytes, kind: str = ""
    ) -> Iterator[Document]:
        """Read member `number` (from 1) of `parent`. Raises `Exceeded` where it is too deep."""
        if parent.level >= self.limits.depth:
            raise Exceeded(Reason.TOO_DEEP)
        self.spend(octets=len(octets), members=1)
        item = Item(f"{parent.position}/{number}", kind, name, octets, parent.level + 1)
        yield from self.read(item, self)


Reader = Callable[[Item, Budget], Iterator[Document]]
