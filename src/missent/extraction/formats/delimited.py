"""Own the reading of tables written as text: cells between commas, semicolons, tabs or bars."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator

from missent.extraction.charset import decoded
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document, Table

_MARKS = ",;\t|"
_SAMPLE = 50
_LONGEST = 1_000_000
csv.field_size_limit(_LONGEST)  # of one cell; the standard library's default is 131,072


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a table; a line ``sep=;`` at its top is an instruction to Excel, no row."""
    text = decoded(item.octets).replace("\0", "")
    budget.spend(characters=len(text))
    lines = text.split("\n")
    mark = _mark(lines)
    if lines[0].strip('"').startswith("sep=") and len(lines[0].strip('"')) == 5:
        mark = lines.pop(0).strip('"')[4]
    rows: list[tuple[str, ...]] = []
    for row in csv.reader((f"{line}\n" for line in lines), delimiter=mark):
        cells = tuple(cell.strip() for cell in row)
        budget.spend(cells=len(cells))
        if any(cells):
            rows.append(cells)
    yield Document(item.position, "csv", item.name, tables=(Table(tuple(rows)),))


def _mark(lines: list[str]) -> str:
    """Tell which mark parts the cells: the one that parts most lines into equally many."""
    sample = [line[:4_096] for line in lines[:_SAMPLE] if line.strip()]

    def agreement(mark: str) -> tuple[int, int]:
        counts = Counter(_outside_quotes(line).count(mark) for line in sample)
        counts.pop(0, None)
        most = counts.most_common(1)
        return (most[0][1], most[0][0]) if most else (0, 0)

    return max(_MARKS, key=agreement)


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])
