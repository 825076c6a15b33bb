"""Own how the XML of OpenDocument becomes lines and tables (OASIS ODF 1.3 part 3).

Each open element knows where its text belongs and which paragraph it is in; its children inherit both.
Repeated cells and rows are written out only as far as they say something, and are spent before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from missent.extraction.formats.draft import Draft
from missent.extraction.formats.markup import attribute
from missent.extraction.formats.rows import Rows, number
from missent.mail.document import Where

COLUMNS = 16_384
_REPEATED = 1_000
"""Times one row is written out: who repeats it more often says nothing new."""
_BLANK = re.compile(r"[ \t\r\n]+")
_PARAGRAPHS = frozenset({"p", "h", "header-decl", "footer-decl", "hidden-text", "hidden-paragraph"})
_APART = frozenset({"annotation", "frame", "note", "note-citation", "tracked-changes", "table"})
"""Their text is not that of the paragraph they stand in."""
_PLACES = {
    "annotation": Where.COMMENT,
    "notes": Where.COMMENT,
    "tracked-changes": Where.REVISION,
    "note": Where.MARGIN,
    "header-decl": Where.MARGIN,
    "footer-decl": Where.MARGIN,
    "master-styles": Where.MARGIN,
    "hidden-text": Where.HIDDEN,
    "hidden-paragraph": Where.HIDDEN,
}
_FAMILIES = {
    "p": "paragraph",
    "h": "paragraph",
    "span": "text",
    "table": "table",
    "page": "drawing-page",
}
_STRONG = frozenset({Where.HIDDEN, Where.REVISION})
_UNSEEN = {("display", "none"), ("display", "false"), ("visibility", "hidden")}
_CELLS = frozenset({"table-cell", "covered-table-cell"})

_Said = dict[Where, list[str]]


@dataclass(slots=True)
class _Grid:
    rows: Rows
    where: Where
    unseen: set[int] = field(default_factory=set)
    columns: int = 0
    """Told of so far."""
    width: int = 1
    """Of the cell, in columns."""
    row: list[str] = field(default_factory=list)
    cell: list[str] | None = None
    empty: int = 0
    """Empty cells since the last that said something."""
    repeated: int = 1
    hidden: bool = False


class OdfFlow:
    """A listener for content.xml, styles.xml or a flat document; `finish` hands over the lines."""

    def __init__(self, draft: Draft) -> None:
        self.unseen: set[tuple[str, str]] = set()
        """Family and name of the styles that hide what has them."""
        self._draft = draft
        self._places: list[Where | None] = [Where.BODY]
        """One for each open element; None: not to be read."""
        self._paragraphs: list[_Said | None] = [None]
        self._lines: dict[Where, list[str]] = {}
        self._grids: list[_Grid] = []
        self._style = ("", "")
        self._values: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        place = self._place(tag, attributes)
        self._places.append(place)
        if tag in _PARAGRAPHS:
            self._paragraphs.append({})
        else:
            self._paragraphs.append(None if tag in _APART else self._paragraphs[-1])
        if tag.endswith("-properties"):
            self._learn(attributes)
        elif tag in _CELLS or tag.startswith("table"):
            self._open_table(tag, attributes, place)
        elif tag == "s":
            spaces = attribute(attributes, "c") or "1"
            count = int(spaces) if spaces.isdecimal() else 1
            self._draft.budget.spend(characters=count)
            self._say(" " * min(count, 100))
        elif tag in {"tab", "line-break"}:
            self._say("\t" if tag == "tab" else "\n")
        elif tag == "style":
            family, name = attribute(attributes, "family"), attribute(attributes, "name")
            self._style = (family or "", name or "")
        if tag in {"hidden-text", "hidden-paragraph"}:
            self._say(attribute(attributes, "string-value") or "")

    def end(self, tag: str) -> None:
        """Hear an element end."""
        said = self._paragraphs.pop()
        if tag in _PARAGRAPHS and said:
            self._close_paragraph(said)
        if tag in _CELLS:
            self._close_cell()
        elif tag == "table-row":
            self._close_row()
        elif tag == "table":
            self._close_table()
        self._places.pop()

    def text(self, data: str) -> None:
        """Hear text; white space counts as one space (§6.1.2)."""
        if self._paragraphs[-1] is not None:
            self._say(_BLANK.sub(" ", data))

    def finish(self) -> None:
        """Hand over what was said, also of a document that breaks off."""
        while self._grids:
            self._close_table()
        for where, lines in self._lines.items():
            self._draft.keep("\n".join(lines), where)
        self._lines.clear()

    def _place(self, tag: str, attributes: Mapping[str, str]) -> Where | None:
        now = self._places[-1]
        if now is None or (tag == "frame" and attribute(attributes, "placeholder") == "true"):
            return None
        if tag == "notes" and now is Where.MARGIN:
            return None
        if self._is_hidden(tag, attributes):
            return Where.HIDDEN
        return now if now in _STRONG else _PLACES.get(tag, now)

    def _is_hidden(self, tag: str, attributes: Mapping[str, str]) -> bool:
        if tag == "section":
            return attribute(attributes, "display") == "none"
        family = _FAMILIES.get(tag)
        if family is None or not self.unseen:
            return False
        return (family, attribute(attributes, "style-name") or "") in self.unseen

    def _learn(self, attributes: Mapping[str, str]) -> None:
        for key, value in attributes.items():
            if (key.rpartition(":")[2], value) in _UNSEEN:
                self.unseen.add(self._style)

    def _say(self, data: str) -> None:
        said, place = self._paragraphs[-1], self._places[-1]
        if said is not None and place is not None:
            said.setdefault(place, []).append(data)

    def _close_paragraph(self, said: _Said) -> None:
        grid = self._grids[-1] if self._grids else None
        for where, pieces in said.items():
            line = "".join(pieces).strip(" ")
            self._draft.budget.spend(characters=len(line) + 1)
            if grid is not None and grid.cell is not None and where is grid.where:
                grid.cell.append(" ".join(line.split()))
            else:
                self._lines.setdefault(where, []).append(line)

    def _open_table(self, tag: str, attributes: Mapping[str, str], place: Where | None) -> None:
        if tag == "table":
            where = place or Where.HIDDEN
            name = attribute(attributes, "name") or ""
            self._grids.append(_Grid(Rows(self._draft, name, where), where))
        elif not self._grids:
            return
        elif tag == "table-column":
            self._open_column(self._grids[-1], attributes)
        elif tag == "table-row":
            grid = self._grids[-1]
            grid.row, grid.empty = [], 0
            grid.repeated = _count(attributes, "number-rows-repeated")
            grid.hidden = attribute(attributes, "visibility") in {"collapse", "filter"}
        elif tag in _CELLS:
            self._grids[-1].cell = []
            self._grids[-1].width = _count(attributes, "number-columns-repeated")
            self._values.append(_value(attributes))

    def _open_column(self, grid: _Grid, attributes: Mapping[str, str]) -> None:
        count = min(_count(attributes, "number-columns-repeated"), COLUMNS - grid.columns)
        if attribute(attributes, "visibility") in {"collapse", "filter"}:
            grid.unseen.update(range(grid.columns, grid.columns + count))
        grid.columns += count

    def _close_cell(self) -> None:
        if not self._grids or not self._values:
            return
        grid = self._grids[-1]
        shown = " ".join(line for line in grid.cell or () if line)
        value = self._values.pop() or shown
        grid.cell = None
        if not value:
            grid.empty += grid.width
            return
        cells = max(0, min(grid.empty + grid.width, COLUMNS - len(grid.row)))
        self._draft.budget.spend(cells=cells)
        grid.row.extend([""] * min(grid.empty, cells))
        grid.row.extend([value] * max(0, cells - grid.empty))
        grid.empty = 0

    def _close_row(self) -> None:
        if not self._grids:
            return
        grid = self._grids[-1]
        row, grid.row = grid.row, []
        unseen = frozenset(grid.unseen) if grid.unseen else frozenset[int]()
        if grid.repeated > _REPEATED:
            self._draft.budget.spend(cells=(grid.repeated - _REPEATED) * len(row))
        for _ in range(min(grid.repeated, _REPEATED) if row else 0):
            grid.rows.take(list(row), hidden=grid.hidden, unseen=unseen)

    def _close_table(self) -> None:
        if self._grids:
            self._close_row()
            self._grids.pop().rows.finish()


def _count(attributes: Mapping[str, str], name: str) -> int:
    told = attribute(attributes, name) or "1"
    return min(int(told), 2**20) if told.isdecimal() and len(told) < 10 else 1


def _value(attributes: Mapping[str, str]) -> str:
    """Give the value of a cell where it says more exactly than its text (§19.385)."""
    kind = attribute(attributes, "value-type")
    if kind in {"float", "percentage", "currency"}:
        told = attribute(attributes, "value") or ""
        return number(float(told)) if told else ""
    if kind == "date":
        return (attribute(attributes, "date-value") or "").removesuffix("T00:00:00")
    if kind == "boolean":
        return (attribute(attributes, "boolean-value") or "").upper()
    return ""
