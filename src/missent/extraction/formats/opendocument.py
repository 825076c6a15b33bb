"""Own the reading of OpenDocument files (ODT, ODS, ODP and their flat forms)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from missent.extraction.formats import ooxml
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.markup import Leaves, attribute, walk
from missent.extraction.formats.odf_flow import OdfFlow
from missent.extraction.formats.package import Package
from missent.extraction.reader import Budget, Item, Locked
from missent.mail.document import Document

_KINDS = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg"}
_TYPE = b"application/vnd.oasis.opendocument."
_MANIFEST = "meta-inf/manifest.xml"
_TOLD = frozenset({"title", "subject", "description", "keyword", "creator", "initial-creator",
                   "generator", "creation-date", "date"})  # fmt: skip


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read a document, then what is embedded in it. Raises `Locked` where there is a password."""
    if not item.octets.startswith(b"PK"):
        draft = Draft(item, _kind(item.octets[:4096]), budget)
        with draft.limited():
            _flat(draft)
        yield draft.document()
        return
    package = Package(item.octets, budget)
    if _MANIFEST in package and b"encryption-data" in package.part(_MANIFEST):
        raise Locked
    told = package.part("mimetype") if "mimetype" in package else b""
    draft = Draft(item, _kind(told), budget)
    with draft.limited():
        _parts(draft, package)
    yield draft.document()
    files = [name for name in package.names("object ") if "/" not in name]
    pictures = [*package.names("pictures/"), *package.names("media/")]
    yield from ooxml.members(draft, package, files, pictures)


def _kind(told: bytes) -> str:
    at = told.find(_TYPE)
    kind = told[at + len(_TYPE) :] if at >= 0 else b""
    return next((short for long, short in _KINDS.items() if kind.startswith(long.encode())), "odt")


def _flat(draft: Draft) -> None:
    octets = draft.item.octets
    with draft.part():
        walk(octets, _properties(draft))
    flow = OdfFlow(draft)
    with draft.part():
        try:
            walk(octets, flow)
        finally:
            flow.finish()


def _parts(draft: Draft, package: Package) -> None:
    if "meta.xml" in package:
        with draft.part():
            walk(package.part("meta.xml"), _properties(draft))
    if any(name.startswith(("basic/", "scripts/")) for name in package.names()):
        draft.tell("macros", "yes")
    styles = OdfFlow(draft)
    if "styles.xml" in package:
        with draft.part():
            walk(package.part("styles.xml"), styles)
    objects = [name for name in package.names("object ", "/content.xml") if name.count("/") == 1]
    for part in ["content.xml", *objects]:
        flow = OdfFlow(draft)
        flow.unseen |= styles.unseen
        with draft.part():
            try:
                walk(package.part(part), flow)
            finally:
                flow.finish()
    styles.finish()


def _properties(draft: Draft) -> Leaves:
    def note(tag: str, attributes: Mapping[str, str], value: str) -> None:
        if tag == "user-defined":
            draft.tell(attribute(attributes, "name") or "", value)
        elif tag in _TOLD:
            draft.tell(tag, value)

    return Leaves(note)
