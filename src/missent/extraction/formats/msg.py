"""Own the reading of Outlook mails ([MS-OXMSG]): letter, people, attachments, mails in mails."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from missent.extraction.charset import decoded
from missent.extraction.formats import rtf
from missent.extraction.formats.compound import Compound, charset
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.packed_rtf import unpacked
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.document import Document, Reason, Where
from missent.mail.html import text_of

_STREAM = "__substg1.0_"
_FIXED = "__properties_version1.0"
_ROOT_HEADER, _INNER_HEADER, _ENTRY = 32, 24, 16
_CODE_PAGES = (b"\x03\x00\xfd\x3f", b"\x03\x00\xde\x3f")
"""PidTagMessageCodepage, PidTagInternetCodepage: type and identity of an entry."""
_RECIPIENT_TYPE = b"\x03\x00\x15\x0c"
_TOLD = {
    "0037": "subject",
    "0e04": "to",
    "0e03": "cc",
    "0e02": "bcc",
    "0c1a": "from",
    "0c1f": "from",
    "5d01": "from",
}
_HEADER, _BODY, _HTML, _RTF = "007d", "1000", "1013", "1009"
_FOLD = re.compile(r"\r?\n[ \t]")
_KINDS = {1: "to", 2: "cc", 3: "bcc"}


def is_mail(compound: Compound) -> bool:
    """Tell whether a compound file is a mail."""
    return _FIXED in compound


def read(item: Item, budget: Budget, compound: Compound) -> Iterator[Document]:
    """Read a mail, then its attachments."""
    yield from _Mail(item, budget, compound, "").read()


class _Mail:
    """One mail in a compound file: the whole file, or the storage of an attached mail."""

    def __init__(self, item: Item, budget: Budget, compound: Compound, prefix: str) -> None:
        self._item = item
        self._budget = budget
        self._compound = compound
        self._prefix = prefix
        self._encoding = charset(self._page())

    def read(self) -> Iterator[Document]:
        """Give this mail, then what is attached to it."""
        draft = Draft(self._item, "msg", self._budget)
        with draft.limited():
            self._fill(draft)
        yield draft.document()
        places = self._compound.storages(f"{self._prefix}__attach_version1.0_#")
        for number, place in enumerate(places, 1):
            yield from self._attached(number, place)

    def _fill(self, draft: Draft) -> None:
        subject = self._text(self._prefix, "0037")
        draft.say(subject)
        for tag, name in _TOLD.items():
            draft.tell(name, self._text(self._prefix, tag))
        for line in _FOLD.sub(" ", self._text(self._prefix, _HEADER)).splitlines():
            name, colon, value = line.partition(":")
            if colon and name.lower().strip() not in {"received", "dkim-signature"}:
                draft.tell(name.strip().lower(), value.strip())
        for place in self._compound.storages(f"{self._prefix}__recip_version1.0_#"):
            with draft.part():
                draft.tell(*self._recipient(place))
        self._letter(draft)

    def _letter(self, draft: Draft) -> None:
        """Note the letter once, in the plainest of its forms."""
        body = self._text(self._prefix, _BODY)
        html = self._octets(self._prefix, _HTML) or self._text(self._prefix, _HTML).encode()
        if body.strip():
            draft.say(body.replace("\r\n", "\n"))
        elif html:
            said, unseen = text_of(decoded(html))
            draft.say(said)
            draft.say(unseen, Where.HIDDEN)
        elif packed := self._octets(self._prefix, _RTF):
            with draft.part():
                most = self._budget.limits.characters
                rtf.fill(draft, unpacked(packed, most).decode("cp1252", "replace"))

    def _recipient(self, place: str) -> tuple[str, str]:
        name = self._text(place, "3001")
        address = self._text(place, "39fe") or self._text(place, "3003")
        kind = self._number(place, _RECIPIENT_TYPE, 8) or 1
        shown = f"{name} <{address}>" if name and address and name != address else address or name
        return _KINDS.get(kind & 0xF, "to"), shown

    def _attached(self, number: int, place: str) -> Iterator[Document]:
        inner = f"{place}{_STREAM}3701000d/"
        name = self._text(place, "3707") or self._text(place, "3704") or self._text(place, "3001")
        if f"{inner}{_FIXED}" in self._compound:
            if self._item.level >= self._budget.limits.depth:
                raise Exceeded(Reason.TOO_DEEP)
            self._budget.spend(members=1)
            item = Item(
                f"{self._item.position}/{number}", "", name or None, b"", self._item.level + 1
            )
            yield from _Mail(item, self._budget, self._compound, inner).read()
            return
        path = f"{place}{_STREAM}37010102"
        if path in self._compound:
            octets = self._compound.stream(path, spent=False)
            kind = self._text(place, "370e")
            yield from self._budget.inside(self._item, number, name or None, octets, kind)

    def _text(self, place: str, tag: str) -> str:
        """Give a text: as UTF-16, or in the mail's code page."""
        wide, narrow = f"{place}{_STREAM}{tag}001f", f"{place}{_STREAM}{tag}001e"
        if wide in self._compound:
            return self._compound.stream(wide).decode("utf-16-le", "replace").rstrip("\0")
        if narrow in self._compound:
            return self._compound.stream(narrow).decode(self._encoding, "replace").rstrip("\0")
        return ""

    def _octets(self, place: str, tag: str) -> bytes:
        path = f"{place}{_STREAM}{tag}0102"
        return self._compound.stream(path) if path in self._compound else b""

    def _page(self) -> int:
        header = _INNER_HEADER if self._prefix else _ROOT_HEADER
        pages = (self._number(self._prefix, tag, header) for tag in _CODE_PAGES)
        return next((page for page in pages if page), 1252)

    def _number(self, place: str, tag: bytes, header: int) -> int:
        """Give a number of the fixed properties (§2.4): 16 octets each, after a header."""
        path = f"{place}{_FIXED}"
        octets = self._compound.stream(path) if path in self._compound else b""
        for at in range(header, len(octets) - _ENTRY + 1, _ENTRY):
            if octets[at : at + 4] == tag:
                return int(struct.unpack_from("<I", octets, at + 8)[0])
        return 0
