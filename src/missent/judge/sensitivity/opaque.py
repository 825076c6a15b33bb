"""Own what nobody here can read: what is encrypted, what has no reader, what a picture shows.

That is ordinary, so it holds nothing by itself. What somebody took the trouble to encrypt is taken for
confidential, and so judged by its recipient and its marking; it is never decrypted, never altered.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.content import Content, Detector
from missent.judge.finding import Finding
from missent.mail.document import Document, Reason

_LEVELS = {
    Reason.ENCRYPTED: 2,
    Reason.NO_READER: 1,
    Reason.UNKNOWN_KIND: 1,
    Reason.PICTURE: 0,
}
_BECAUSE = {
    Reason.ENCRYPTED: "encrypted, so what it says is not known",
    Reason.NO_READER: "not read, since the reader for it is not installed",
    Reason.UNKNOWN_KIND: "of a kind that nothing here reads",
    Reason.PICTURE: "a picture, and what it shows was not looked at",
}
_NAMED = 5
"""Positions named in one sentence."""


def detect(content: Content) -> Iterator[Finding]:
    """Report, for each reason, which parts were not read."""
    documents = content.message.documents
    for reason, level in _LEVELS.items():
        parts = [document for document in documents if reason in document.problems]
        if not parts:
            continue
        facts: dict[str, str | bool | int] = {
            "category": "sealed" if reason is Reason.ENCRYPTED else "unread",
            "level": level,
            "count": len(parts),
            "problem": reason.value,
        }
        because = f"{_named(parts)} {_BECAUSE[reason]}"
        yield Finding("opaque", "message", 0.0, because, facts=facts)


def _named(parts: list[Document]) -> str:
    names = ", ".join(f"{document.position} ({document.kind})" for document in parts[:_NAMED])
    if len(parts) == 1:
        return f"part {names} is"
    more = f" and {len(parts) - _NAMED} more" if len(parts) > _NAMED else ""
    return f"parts {names}{more} are each"


DETECTOR = Detector("opaque", frozenset(), detect)
