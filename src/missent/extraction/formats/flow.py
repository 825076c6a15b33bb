"""Own how running text in OOXML becomes lines: paragraphs, table cells, deletions, hidden runs.

WordprocessingML and DrawingML name the same things alike (`p`, `r`, `t`, `tbl`, `tr`, `tc`), so that
one listener reads the text of letters, slides, drawings, charts and remarks. A table is given as a
table only, its text is not repeated among the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from missent.extraction.formats.draft import Draft
from missent.extraction.formats.markup import attribute, truth
from missent.mail.document import Where

_COLLECTED = frozenset({"t", "delText", "text", "v"})
"""``v``: a value a chart shows; ``text``: of a remark in a sheet or on a slide."""
_PARAGRAPHS = frozenset({"p", "cm", "comment", "threadedComment", "pt"})
_BREAKS = {"tab": "\t", "ptab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_REVISED = frozenset({"del", "moveFrom"})
_SPAN = 63
"""Columns a cell in Word can be wide."""


@dataclass(slots=True)
class _Grid:
    rows: list[tuple[str, ...]] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    cell: list[str] | None = None
    span: int = 1


class Flow:
    """A listener that gathers text; `finish` hands it to the draft."""

    def __init__(
        self, draft: Draft, where: Where = Where.BODY, unseen: frozenset[str] = frozenset()
    ) -> None:
        self.where = where
        self._draft = draft
        self._unseen = unseen
        self._lines: dict[Where, list[str]] = {}
        self._paragraphs: list[dict[Where, list[str]]] = []
        self._runs: list[bool | None] = []
        """For each open paragraph and run whether it is hidden; None: nothing was said of it."""
        self._grids: list[_Grid] = []
        self._alternatives: list[int] = []
        self._said = 0
        self._revised = 0
        self._skipping = 0
        self._open = False
        self._starts: dict[str, Callable[[Mapping[str, str]], None]] = self._openers()
        self._ends: dict[str, Callable[[], None]] = self._closers()

    def _openers(self) -> dict[str, Callable[[Mapping[str, str]], None]]:
        return {
            **dict.fromkeys(_COLLECTED, self._open_text),
            **dict.fromkeys(_PARAGRAPHS, self._open_paragraph),
            **dict.fromkeys(_REVISED, self._open_revised),
            "r": self._open_run,
            "vanish": self._hide,
            "rStyle": self._style,
            "pStyle": self._style,
            "textpath": self._print,
            "tabs": self._skip,
            "tabLst": self._skip,
            "tbl": self._open_table,
            "tc": self._open_cell,
            "gridSpan": self._widen,
            "AlternateContent": self._open_alternative,
            "Fallback": self._fall_back,
        }

    def _closers(self) -> dict[str, Callable[[], None]]:
        return {
            **dict.fromkeys(_COLLECTED, self._close_text),
            **dict.fromkeys(_PARAGRAPHS, self._close_paragraph),
            **dict.fromkeys(_REVISED, self._close_revised),
            "r": self._close_run,
            "tbl": self._close_table,
            "tr": self._close_row,
            "tc": self._close_cell,
            "AlternateContent": self._close_alternative,
        }

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if self._skipping:
            self._skipping += 1
            return
        act = self._starts.get(tag)
        if act is not None:
            act(attributes)
        elif tag in _BREAKS:
            self.add(_BREAKS[tag])

    def end(self, tag: str) -> None:
        """Hear an element end."""
        if self._skipping:
            self._skipping -= 1
            return
        act = self._ends.get(tag)
        if act is not None:
            act()

    def text(self, data: str) -> None:
        """Hear text; only that of runs counts, not of what stands around them."""
        if self._open and not self._skipping:
            self.add(data)

    def add(self, data: str) -> None:
        """Put text where it belongs now."""
        if not self._paragraphs:
            return
        self._said += 1
        self._paragraphs[-1].setdefault(self._now(), []).append(data)

    def _now(self) -> Where:
        if self._revised:
            return Where.REVISION
        if self._runs and self._runs[-1]:
            return Where.HIDDEN
        return self.where

    def finish(self) -> None:
        """Hand over the lines; deleted and hidden text after what is seen."""
        while self._paragraphs:
            self._close_paragraph()
        while self._grids:
            self._close_table()
        for where, lines in self._lines.items():
            self._draft.keep("\n".join(lines), where)
        self._lines.clear()

    def _skip(self, _: Mapping[str, str]) -> None:
        self._skipping = 1

    def _print(self, attributes: Mapping[str, str]) -> None:
        """Add what is printed across a page: a watermark is a drawing with a text."""
        self.add(attribute(attributes, "string") or "")

    def _open_text(self, _: Mapping[str, str]) -> None:
        self._open = True

    def _close_text(self) -> None:
        self._open = False

    def _open_paragraph(self, _: Mapping[str, str]) -> None:
        self._paragraphs.append({})
        self._runs.append(True if self._runs and self._runs[-1] else None)

    def _close_paragraph(self) -> None:
        said = self._paragraphs.pop()
        if self._runs:
            self._runs.pop()
        cell = self._grids[-1].cell if self._grids else None
        for where, pieces in said.items():
            line = "".join(pieces)
            self._draft.budget.spend(characters=len(line) + 1)
            if cell is not None and where is self.where:
                cell.append(" ".join(line.split()))
            else:
                self._lines.setdefault(where, []).append(line)

    def _open_revised(self, _: Mapping[str, str]) -> None:
        self._revised += 1

    def _close_revised(self) -> None:
        self._revised -= 1

    def _open_run(self, _: Mapping[str, str]) -> None:
        self._runs.append(bool(self._runs and self._runs[-1]))

    def _close_run(self) -> None:
        if self._runs:
            self._runs.pop()

    def _hide(self, attributes: Mapping[str, str]) -> None:
        """Hide the run; a paragraph's own mark being hidden hides none of its text."""
        if self._runs and self._runs[-1] is not None:
            self._runs[-1] = truth(attribute(attributes, "val"))

    def _style(self, attributes: Mapping[str, str]) -> None:
        if self._unseen and self._runs and attribute(attributes, "val") in self._unseen:
            self._runs[-1] = True

    def _open_table(self, _: Mapping[str, str]) -> None:
        self._grids.append(_Grid())

    def _close_table(self) -> None:
        grid = self._grids.pop()
        if grid.row:
            grid.rows.append(tuple(grid.row))
        self._draft.tabulate(grid.rows, self.where)

    def _close_row(self) -> None:
        if self._grids:
            grid = self._grids[-1]
            if any(grid.row):
                grid.rows.append(tuple(grid.row))
            grid.row = []

    def _open_cell(self, attributes: Mapping[str, str]) -> None:
        if self._grids:
            self._grids[-1].cell = []
            self._grids[-1].span = 1
            self._widen({"val": attributes.get("gridSpan", "1")})

    def _widen(self, attributes: Mapping[str, str]) -> None:
        span = attribute(attributes, "val") or ""
        if self._grids and span.isdigit() and len(span) < 4:
            self._grids[-1].span = min(max(int(span), 1), _SPAN)

    def _close_cell(self) -> None:
        if not self._grids:
            return
        grid = self._grids[-1]
        self._draft.budget.spend(cells=grid.span)
        grid.row.append(" ".join(line for line in grid.cell or () if line))
        grid.row.extend([""] * (grid.span - 1))
        grid.cell = None

    def _open_alternative(self, _: Mapping[str, str]) -> None:
        self._alternatives.append(self._said)

    def _close_alternative(self) -> None:
        self._alternatives.pop()

    def _fall_back(self, _: Mapping[str, str]) -> None:
        """Skip what older programs would show instead, unless the choice said nothing."""
        if self._alternatives and self._alternatives[-1] != self._said:
            self._skipping = 1
