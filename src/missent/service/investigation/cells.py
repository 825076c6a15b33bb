"""Own what a table of the report is made of: columns, cells, and hostile text made fit to be shown.

A cell is text only; the template escapes it and lays it out. Addresses and domains are shown in their
screen form with nothing invisible, the parts marked in which the wrong one and the meant one differ. A
table shows its first `SHOWN` rows and says how many more there are, and where.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line, spell_out
from missent.service.differences import Piece, differences

SHOWN = 50
"""Rows a person reads; the annexes have all."""
SENTENCE = 400
"""Characters of a sentence that quotes names of strangers."""


class Form(StrEnum):
    """How a column is set."""

    TEXT = "text"
    ADDRESS = "address"
    NUMBER = "number"
    WHEN = "when"
    HASH = "hash"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell."""

    pieces: tuple[Piece, ...]
    note: str = ""
    """A second, smaller line."""
    share: float | None = None
    """From 0 to 1: drawn as a bar beside the number."""

    @property
    def text(self) -> str:
        """Give the cell's first line."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    title: str
    form: Form = Form.TEXT


@dataclass(frozen=True, slots=True)
class Table:
    """One table; the first column names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0
    """Rows that are not shown."""
    where: str = "report.json"
    """The annex that has them all."""


def table(
    caption: str,
    columns: Iterable[Column],
    rows: Iterable[tuple[Cell, ...]],
    where: str = "report.json",
) -> Table:
    """Make a table of the first `SHOWN` rows."""
    every = tuple(rows)
    return Table(caption, tuple(columns), every[:SHOWN], max(0, len(every) - SHOWN), where)


def text(words: str, note: str = "") -> Cell:
    """Make a cell of words of ours."""
    return Cell((Piece(words),), note)


def stranger(words: str) -> Cell:
    """Make a cell of text that came with the data."""
    return text(one_line(words, SENTENCE))


def number(value: int | None, share: float | None = None) -> Cell:
    """Make a cell of a count; None is not known, which is not 0."""
    return Cell((Piece("not known" if value is None else f"{value:,}"),), "", share)


def probability(value: float) -> Cell:
    """Make a cell of a probability, in per cent; never 100 nor 0, since nothing is that sure."""
    per_cent = min(99.9, max(0.1, 100 * value))
    return text(f"{per_cent:.1f} %")


def octets(size: int) -> Cell:
    """Make a cell of a file's size."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return text(f"{size / unit:.1f} {name}")
    return text(f"{size} B")


def mailbox(one: Mailbox | None) -> Cell:
    """Make a cell of an address."""
    return text(spell_out(one.screen) if one else "not known")


def domain(one: DomainName, note: str = "") -> Cell:
    """Make a cell of a domain."""
    return text(spell_out(one.screen), one_line(note, SENTENCE))


def mailboxes(
    wrong: Mailbox, meant: Mailbox | None, intended: DomainName | None = None
) -> tuple[Cell, Cell]:
    """Make the cells of a wrong address and the one that was meant, their differences marked."""
    if meant is None and intended is None:
        return mailbox(wrong), text("not known")
    other = meant or wrong.at(intended or wrong.domain)
    return _compared(_halves(wrong), _halves(other))


def domains(wrong: DomainName, meant: DomainName, note: str = "") -> tuple[Cell, Cell]:
    """Make the cells of a wrong domain and the one that was meant, their differences marked."""
    one, other = _compared(_halves(wrong), _halves(meant))
    return Cell(one.pieces, one_line(note, SENTENCE)), other


def _halves(one: Mailbox | DomainName) -> tuple[str, str]:
    """Give the readable form, which is compared, and the punycode that stands beside it."""
    name = one.domain if isinstance(one, Mailbox) else one
    beside = "" if name.ascii == name.unicode else f" ({name.ascii})"
    return spell_out(one.screen.removesuffix(beside)), beside


def _compared(wrong: tuple[str, str], meant: tuple[str, str]) -> tuple[Cell, Cell]:
    here, there = differences(wrong[0], meant[0])
    return Cell((*here, *_beside(wrong[1]))), Cell((*there, *_beside(meant[1])))


def _beside(punycode: str) -> tuple[Piece, ...]:
    return (Piece(punycode),) if punycode else ()
