"""Own the rows of one sheet or table while they are read, sorted by what is seen of them."""

from __future__ import annotations

from missent.extraction.formats.draft import Draft
from missent.mail.document import Where

_EXACT = 10.0**21
_NONE: frozenset[int] = frozenset()


class Rows:
    """Takes rows, makes tables of them: what is seen, and apart from it what is hidden."""

    def __init__(self, draft: Draft, name: str, where: Where) -> None:
        self._draft = draft
        self._name = name
        self._where = where
        self._shown: list[tuple[str, ...]] = []
        self._rows: list[tuple[str, ...]] = []
        """Hidden rows, all their cells; before them the first row seen, which tells what they are."""
        self._columns: list[tuple[str, ...]] = []
        """Cells of rows that are seen, in columns that are not."""

    def take(
        self, cells: list[str], *, hidden: bool = False, unseen: frozenset[int] = _NONE
    ) -> None:
        """Take a row, of which some cells stand in hidden columns; an empty one is left out."""
        said = sum(map(bool, cells))
        if not said:
            return
        self._draft.budget.spend(cells=said, characters=sum(map(len, cells)))
        if hidden:
            if not self._rows and self._shown:
                self._rows.append(self._shown[0])
            self._rows.append(_trimmed(cells))
            return
        if unseen:
            apart = _trimmed([cell for n, cell in enumerate(cells) if n in unseen])
            if apart:
                self._columns.append(apart)
            cells = [cell for n, cell in enumerate(cells) if n not in unseen]
        shown = _trimmed(cells)
        if shown:
            self._shown.append(shown)

    def finish(self) -> None:
        """Hand over the tables."""
        self._draft.tabulate(self._shown, self._where, self._name)
        self._draft.tabulate(self._columns, Where.HIDDEN, self._name)
        self._draft.tabulate(self._rows, Where.HIDDEN, self._name)


def _trimmed(cells: list[str]) -> tuple[str, ...]:
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells)


def number(value: float) -> str:
    """Write a number without ``.0`` or an exponent, as exact as sheets are (15 digits)."""
    if abs(value) < _EXACT and value.is_integer():
        return str(int(value))
    return format(value, ".15g")
