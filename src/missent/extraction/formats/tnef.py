"""Own the reading of Outlook's ``winmail.dat`` ([MS-OXTNEF]): the letter in it, and what is attached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tnefparse.tnef import TNEF  # type: ignore[import-untyped]

from missent.extraction.charset import decoded
from missent.extraction.formats import rtf
from missent.extraction.formats.draft import Draft
from missent.extraction.formats.packed_rtf import unpacked
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.document import Document, Reason, Where
from missent.mail.html import text_of

_TOLD = {
    TNEF.ATTSUBJECT: "subject",
    TNEF.ATTMESSAGECLASS: "class",
    TNEF.ATTFROM: "from",
}
_MAPI = {
    0x0037: "subject",
    0x0C1A: "from",
    0x0E04: "to",
    0x0E03: "cc",
    0x0036: "sensitivity",
}
_ATTRIBUTES = 20_000


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read the letter, then the attachments."""
    _count(item.octets)
    tnef = TNEF(item.octets, do_checksum=False)
    draft = Draft(item, "tnef", budget)
    with draft.limited():
        _letter(draft, tnef)
    yield draft.document()
    for number, attachment in enumerate(tnef.attachments, 1):
        name = attachment.long_filename()
        octets = bytes(attachment.data or b"")
        yield from budget.inside(item, number, _text(name).strip("\0") or None, octets)


def _count(octets: bytes) -> None:
    """Refuse more attributes than a mail has: the library's time grows with their square."""
    at = 6
    for _ in range(_ATTRIBUTES):
        if at + 9 > len(octets):
            return
        at += 11 + int.from_bytes(octets[at + 5 : at + 9], "little")
    raise Exceeded(Reason.TOO_MANY)


def _letter(draft: Draft, tnef: Any) -> None:
    for attribute in tnef.msgprops:
        if attribute.name in _TOLD:
            value = attribute.data
            parts = value if isinstance(value, tuple) else (value,)
            draft.tell(_TOLD[attribute.name], " ".join(_text(part) for part in parts))
    for attribute in tnef.mapiprops:
        if attribute.name in _MAPI:
            draft.tell(_MAPI[attribute.name], _text(attribute.data).strip("\0"))
    if tnef.body:
        draft.say(_text(tnef.body).strip("\0").replace("\r\n", "\n"))
    if tnef.htmlbody:
        said, comments = text_of(_text(tnef.htmlbody))
        draft.say(said)
        draft.say(comments, Where.HIDDEN)
    if tnef._rtfbody:  # the public property needs one more package to unpack it
        with draft.part():
            most = draft.budget.limits.characters
            rtf.fill(draft, unpacked(tnef._rtfbody, most).decode("cp1252", "replace"))


def _text(value: object) -> str:
    return decoded(value) if isinstance(value, bytes) else str(value)
