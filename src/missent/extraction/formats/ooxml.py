"""Own what Word, Excel and PowerPoint files have in common (ECMA-376): which is which, relations,
properties and sensitivity labels, drawings, embedded files and pictures.

`word`, `sheet` and `slides` read each; `office` decides which.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from missent.extraction.formats.draft import Draft
from missent.extraction.formats.flow import Flow
from missent.extraction.formats.markup import Leaves, walk
from missent.extraction.formats.package import Package
from missent.extraction.reader import Item
from missent.mail.document import Document, Where

PICTURES = 48
"""Pictures of one document that are looked at: what EXIF gives away stands in the first ones, too."""
_EMBEDDED = ("/embeddings/", "/afchunk", "/media/")
_OWN = frozenset(
    {
        *("xml", "rels", "bin", "vml", "odttf", "fntdata", "ttf", "psmdcp", "sigs", "thmx"),
    }
)
"""Endings of parts that make up a document; what has another is a file somebody put there."""
_SHOWN = frozenset({"emf", "wmf", "wdp", "emz", "wmz", "rels"})
"""Drawings of formulas and previews of embedded objects: the object itself is read."""


def relations(package: Package, part: str) -> Mapping[str, str]:
    """Give the parts that a part refers to, by id (ECMA-376-2 §6.5): lower-case full names."""
    folder, _, name = part.lower().rpartition("/")
    found: dict[str, str] = {}
    file = f"{folder}/_rels/{name}.rels".lstrip("/")
    if file not in package:
        return found

    def note(tag: str, attributes: Mapping[str, str], _: str) -> None:
        target = attributes.get("Target", "")
        if tag == "Relationship" and attributes.get("TargetMode", "").lower() != "external":
            base = "" if target.startswith("/") else folder
            full = posixpath.normpath(posixpath.join(base, target.lstrip("/")))
            found[attributes.get("Id", "")] = full.lower()

    walk(package.part(file), Leaves(note))
    return found


def main_part(package: Package) -> str:
    """Give the name of the main part (`officeDocument` relation); ``""`` if none is told."""
    found: list[str] = []

    def note(tag: str, attributes: Mapping[str, str], _: str) -> None:
        kind = attributes.get("Type", "")
        if tag == "Relationship" and kind.rpartition("/")[2] == "officeDocument":
            found.append(attributes.get("Target", "").lstrip("/").lower())

    if "_rels/.rels" in package:
        walk(package.part("_rels/.rels"), Leaves(note))
    return found[0] if found else ""


def properties(draft: Draft, package: Package) -> None:
    """Note title, author and the like, labels, and whether there are macros."""
    for part in ("docprops/core.xml", "docprops/app.xml"):
        if part in package:
            with draft.part():
                walk(package.part(part), Leaves(lambda tag, _, value: draft.tell(tag, value)))
    for part in package.names("docprops/custom", ".xml"):
        with draft.part():
            walk(package.part(part), _Custom(draft))
    for part in package.names("docmetadata/", "labelinfo.xml"):
        with draft.part():
            walk(package.part(part), Leaves(lambda tag, values, _: _label(draft, tag, values)))
    if any(
        name.endswith(("vbaproject.bin", "/macrosheets/sheet1.xml")) for name in package.names()
    ):
        draft.tell("macros", "yes")


class _Custom:
    """A listener for custom.xml: `<property name="..."><vt:lpwstr>value</vt:lpwstr></property>`."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._name = ""
        self._pieces: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Hear an element begin."""
        if tag == "property":
            self._name = attributes.get("name", "")
            self._pieces = []

    def end(self, tag: str) -> None:
        """Hear an element end."""
        if tag == "property":
            self._draft.tell(self._name, "".join(self._pieces).strip())

    def text(self, data: str) -> None:
        """Gather the value."""
        self._pieces.append(data)


def _label(draft: Draft, tag: str, values: Mapping[str, str]) -> None:
    """Write a label of LabelInfo.xml ([MS-OFFCRYPTO] §2.6.4) with the names custom.xml has for it."""
    if tag != "label":
        return
    stem = "MSIP_Label_" + values.get("id", "").strip("{}").lower()
    for key, value in values.items():
        if key != "id":
            on = value in {"1", "true"}
            shown = str(on).lower() if key in {"enabled", "removed"} else value.strip("{}")
            draft.tell(f"{stem}_{key[:1].upper()}{key[1:]}", shown)


def drawings(draft: Draft, package: Package, folder: str) -> None:
    """Note the text in charts, diagrams and drawings of sheets."""
    for kind, name in (("charts/", "chart"), ("diagrams/", "data"), ("drawings/", "drawing")):
        for part in package.names(f"{folder}/{kind}{name}", ".xml"):
            say(draft, package, part, Where.BODY)


def say(
    draft: Draft, package: Package, part: str, where: Where, unseen: frozenset[str] = frozenset()
) -> None:
    """Note all the text of one part."""
    flow = Flow(draft, where, unseen)
    with draft.part():
        try:
            walk(package.part(part), flow)
        finally:
            flow.finish()


def _embedded(draft: Draft, package: Package) -> Iterator[Document]:
    names = [name for name in package.names() if _is_inside(name)]
    files = [name for name in names if "/media/" not in name]
    yield from members(draft, package, files, [name for name in names if "/media/" in name])


def _is_inside(name: str) -> bool:
    """Tell whether a member is a file of its own, wherever it stands."""
    if any(at in f"/{name}" for at in _EMBEDDED):
        return True
    return not name.startswith("docprops/") and name.rpartition(".")[2] not in _OWN


def bound(draft: Draft, package: Package) -> None:
    """Note the data that fields of the document are bound to (`customXml`)."""
    for part in package.names("customxml/item", ".xml"):
        if part.removeprefix("customxml/item")[:-4].isdigit():
            with draft.part():
                walk(
                    package.part(part), Leaves(lambda _, __, value: draft.say(value, Where.HIDDEN))
                )


def members(
    draft: Draft, package: Package, files: list[str], pictures: list[str]
) -> Iterator[Document]:
    """Read the files inside, then the first of the pictures."""
    wanted = [name for name in files if name.rpartition(".")[2] not in _SHOWN]
    looked = [name for name in pictures if name.rpartition(".")[2] not in _SHOWN]
    for number, name in enumerate(wanted + looked[:PICTURES], 1):
        yield from _inside(draft, package, number, name)


def _inside(draft: Draft, package: Package, number: int, name: str) -> Iterator[Document]:
    """Read a member; one that cannot be inflated says so itself."""
    item, budget = draft.item, draft.budget
    title = package.path(name).rpartition("/")[2]
    inner = Draft(Item(f"{item.position}/{number}", "", title, b""), "unknown", budget)
    octets: list[bytes] = []
    with inner.limited(), inner.part():
        octets.append(package.member(name))
    if not octets:
        yield inner.document()
    for one in octets:
        yield from budget.inside(item, number, title, one)


def whole(draft: Draft, package: Package) -> Iterator[Document]:
    """Give the finished document, then what is inside it."""
    yield draft.document()
    yield from _embedded(draft, package)
