"""Own the reading of Word documents (DOCX, DOCM, DOTX): all the text, and where it stands.

What a reader does not see at once is told apart: deleted and moved text, hidden runs, remarks. What
was inserted with changes tracked stands in the body, as it does on the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from missent.extraction.formats import ooxml
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.markup import attribute, truth, walk
from missent.extraction.formats.package import Package
from missent.extraction.reader import Budget, Item
from missent.mail.document import Document, Where

_BESIDE = (
    ("header", Where.MARGIN),
    ("footer", Where.MARGIN),
    ("footnotes", Where.MARGIN),
    ("endnotes", Where.MARGIN),
    ("comments", Where.COMMENT),
)

_SETTINGS = (
    "styles",
    "settings",
    "fonttable",
    "websettings",
    "numbering",
    "people",
    "theme",
    "vba",
)


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a Word document, then what is embedded in it."""
    draft = Draft(item, "docx", budget)
    package = Package(item.octets, budget)
    main = ooxml.main_part(package) or "word/document.xml"
    with draft.limited():
        ooxml.properties(draft, package)
        unseen = _unseen(draft, package)
        ooxml.say(draft, package, main, Where.BODY, unseen)
        for stem, where in _BESIDE:
            for part in package.names(f"word/{stem}", ".xml"):
                if part.removeprefix(f"word/{stem}")[:-4].strip("0123456789") == "":
                    ooxml.say(draft, package, part, where, unseen)
        for part in _others(package, main):
            ooxml.say(draft, package, part, Where.HIDDEN, unseen)
        ooxml.drawings(draft, package, "word")
        ooxml.bound(draft, package)
    yield from ooxml.whole(draft, package)


def _others(package: Package, main: str) -> list[str]:
    """Give the parts in which text may stand and that go by no usual name: building blocks, margins."""
    return [
        part
        for part in package.names("word/", ".xml")
        if part != main
        and ("glossary/" in part or "/" not in part.removeprefix("word/"))
        and not part.rpartition("/")[2].startswith((*(stem for stem, _ in _BESIDE), *_SETTINGS))
    ]


def _unseen(draft: Draft, package: Package) -> frozenset[str]:
    """Give the styles whose text is hidden."""
    found = _Styles()
    with draft.part():
        octets = package.part("word/styles.xml") if "word/styles.xml" in package else b""
        if b"vanish" in octets:
            walk(octets, found)
    return frozenset(found.unseen)


class _Styles:
    """A listener for styles.xml."""

    def __init__(self) -> None:
        self.unseen: set[str] = set()
        self._style = ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if tag == "style":
            self._style = attribute(attributes, "styleId") or ""
        elif tag == "vanish" and self._style and truth(attribute(attributes, "val")):
            self.unseen.add(self._style)

    def end(self, tag: str) -> None:
        """Hear an element end."""
        if tag == "style":
            self._style = ""

    def text(self, data: str) -> None:
        """Nothing is said in styles."""
