"""Own the reading of presentations (PPTX, PPTM, PPSX): slides in their order, notes, masters.

A hidden slide is hidden all the same with its notes. Of masters and layouts only what is printed on
slides counts: footers and marks, not the prompts of empty places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from missent.extraction.formats import ooxml
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.flow import Flow
from missent.extraction.formats.markup import attribute, truth, walk
from missent.extraction.formats.package import Package
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.document import Document, Reason, Where

_MARGIN = frozenset({"ftr", "hdr"})
_NUMBERS = frozenset({"sldNum", "dt"})
_SHAPES = frozenset({"sp", "graphicFrame", "pic"})


class _Slide(Flow):
    """A listener for one slide, notes page, layout or master."""

    def __init__(self, draft: Draft, where: Where, *, master: bool = False) -> None:
        super().__init__(draft, where)
        self._usual = where
        self._master = master
        self._muted = False

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if tag == "sld" and attribute(attributes, "show") is not None:
            if not truth(attribute(attributes, "show")):
                self._usual = self.where = Where.HIDDEN
        elif tag == "ph":
            self._place(attribute(attributes, "type") or "")
        super().start(tag, attributes)

    def end(self, tag: str) -> None:
        """Hear an element end; what is said of one shape ends with it."""
        super().end(tag)
        if tag in _SHAPES:
            self.where = self._usual
            self._muted = False

    def _place(self, kind: str) -> None:
        self._muted = kind in _NUMBERS or (self._master and kind not in _MARGIN)
        if kind in _MARGIN and self._usual is Where.BODY:
            self.where = Where.MARGIN

    def add(self, data: str) -> None:
        """Put text where it belongs now."""
        if not self._muted:
            super().add(data)

    @property
    def hidden(self) -> bool:
        """Whether the slide is left out when it is shown."""
        return self._usual is Where.HIDDEN


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a presentation, then what is embedded in it."""
    draft = Draft(item, "pptx", budget)
    package = Package(item.octets, budget)
    with draft.limited():
        ooxml.properties(draft, package)
        shown = _shown(draft, package)
        for slide in shown:
            hidden = _say(draft, package, slide, Where.BODY)
            _beside(draft, package, slide, hidden)
        for slide in package.names("ppt/slides/", ".xml"):
            if slide not in shown:
                _say(draft, package, slide, Where.HIDDEN)
        for folder in ("ppt/slidemasters/", "ppt/slidelayouts/"):
            for part in package.names(folder, ".xml"):
                if "/_rels/" not in part:
                    _say(draft, package, part, Where.MARGIN, master=True)
        ooxml.drawings(draft, package, "ppt")
    yield from ooxml.whole(draft, package)


def _say(draft: Draft, package: Package, part: str, where: Where, *, master: bool = False) -> bool:
    """Note a slide's text; tell whether it is hidden."""
    flow = _Slide(draft, where, master=master)
    with draft.part():
        try:
            walk(package.part(part), flow)
        finally:
            flow.finish()
    return flow.hidden


def _beside(draft: Draft, package: Package, slide: str, hidden: bool) -> None:
    """Note what belongs to a slide: notes, remarks."""
    where = Where.HIDDEN if hidden else Where.COMMENT
    with draft.part():
        for part in sorted(ooxml.relations(package, slide).values()):
            if "/notesslides/" in part or "/comments/" in part:
                _say(draft, package, part, where)


def _shown(draft: Draft, package: Package) -> list[str]:
    """Give the slides the presentation lists, in its order; a file may hold others, left behind."""
    main = ooxml.main_part(package) or "ppt/presentation.xml"
    ids: list[str] = []
    shown: dict[str, None] = {}
    with draft.part():
        walk(package.part(main), _Listed(ids))
        if len(ids) > draft.budget.limits.pages:
            raise Exceeded(Reason.TOO_MANY)
        targets = ooxml.relations(package, main)
        shown.update((targets[one], None) for one in ids if targets.get(one, "") in package)
    return list(shown)


class _Listed:
    """A listener for the list of slides in presentation.xml."""

    def __init__(self, ids: list[str]) -> None:
        self._ids = ids

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if tag == "sldId":
            self._ids.append(next((v for k, v in attributes.items() if k.endswith(":id")), ""))

    def end(self, tag: str) -> None:
        """Nothing ends here that matters."""

    def text(self, data: str) -> None:
        """Nothing is said here."""
