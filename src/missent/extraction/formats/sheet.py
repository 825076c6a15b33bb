"""Own the reading of Excel workbooks in archives (XLSX, XLSM, XLTX, XLSB): sheets, and what they hide.

Every part calamine will inflate is inflated here before, so that its size is known and spent.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping

from missent.extraction.formats import biff12, cells, grid, ooxml, pivot
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.markup import attribute, walk
from missent.extraction.formats.package import Package
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.document import Document, Reason, Where

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FOLDERS = frozenset({"", "worksheets", "macrosheets", "dialogsheets", "chartsheets"})
_EMPTY = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a workbook, then what is embedded in it."""
    package = Package(item.octets, budget)
    main = ooxml.main_part(package) or "xl/workbook.xml"
    draft = Draft(item, "xlsb" if main.endswith(".bin") else "xlsx", budget)
    with draft.limited():
        ooxml.properties(draft, package)
        _Book(draft, package, main).read()
        for part in package.names("xl/", ".xml"):
            if "/comments" in part or "/threadedcomments/" in part:
                ooxml.say(draft, package, part, Where.COMMENT)
        for part in package.names("xl/comments", ".bin"):
            with draft.part():
                draft.say("\n".join(biff12.remarks(package.part(part))), Where.COMMENT)
        ooxml.drawings(draft, package, "xl")
        pivot.read(draft, package)
    yield from ooxml.whole(draft, package)


class _Book:
    """The sheets of one workbook, looked at before they are laid out."""

    def __init__(self, draft: Draft, package: Package, main: str) -> None:
        self._draft = draft
        self._package = package
        self._main = main
        self._anew: dict[str, bytes] = {}
        """Parts written anew, because they were too large to lay out."""
        self._layouts: dict[str, cells.Layout] = {}
        self._margins: dict[str, None] = {}

    def read(self) -> None:
        """Note all sheets."""
        sheets = self._sheets()
        if len(sheets) > self._draft.budget.limits.members:
            raise Exceeded(Reason.TOO_MANY)
        for part in self._package.names():
            if part in sheets or _read(part):
                self._look(part, sheets.get(part))
        for line in self._margins:
            self._draft.say(line, Where.MARGIN)
        with self._draft.part():
            cells.values(self._draft, self._octets(), self._layouts)

    def _sheets(self) -> Mapping[str, str]:
        """Give the names of sheets by their parts."""
        targets = ooxml.relations(self._package, self._main)
        octets = self._package.part(self._main)
        if self._main.endswith(".bin"):
            return {targets.get(id_, ""): name for name, id_ in biff12.sheets(octets)}
        listed: dict[str, str] = {}
        walk(octets, _Sheets(listed))
        return {targets.get(id_, ""): name for id_, name in listed.items()}

    def _look(self, part: str, name: str | None) -> None:
        octets = self._package.part(part)
        if name is None and "sheets/" not in part:
            return
        if octets.count(b"<is>") > octets.count(b"<c"):
            raise ValueError("more inline strings than cells")
        try:
            if part.endswith(".bin"):
                layout, anew = biff12.look(octets), None
            else:
                layout, anew = grid.look(octets)
                for said in grid.offered(octets):
                    self._draft.say(said, Where.HIDDEN)
                self._margins.update(dict.fromkeys(grid.margins(octets).splitlines()))
        except Exceeded:
            self._draft.fail(Reason.TOO_BIG)
            layout, anew = cells.Layout(), b"" if part.endswith(".bin") else _EMPTY
        if anew is not None:
            self._anew[part] = anew
        if name is not None:
            self._layouts[name] = layout

    def _octets(self) -> bytes:
        """Give the workbook as calamine is to read it."""
        if not self._anew:
            return self._draft.item.octets
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w") as archive:
            for part in self._package.names():
                if part in self._anew or _read(part) or part.endswith(".rels"):
                    octets = self._anew.get(part)
                    octets = self._package.part(part) if octets is None else octets
                    info = zipfile.ZipInfo(self._package.path(part), _EPOCH)
                    archive.writestr(info, octets)
        return written.getvalue()


def _read(part: str) -> bool:
    """Tell whether calamine may look at a part."""
    folder = part.removeprefix("xl/").rpartition("/")[0]
    return part.endswith((".xml", ".bin")) and folder in _FOLDERS


class _Sheets:
    """A listener for the list of sheets in workbook.xml."""

    def __init__(self, listed: dict[str, str]) -> None:
        self._listed = listed

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if tag == "sheet":
            self._listed[attribute(attributes, "id") or ""] = attributes.get("name", "")

    def end(self, tag: str) -> None:
        """Nothing ends here that matters."""

    def text(self, data: str) -> None:
        """Nothing is said here."""
