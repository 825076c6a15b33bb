"""Own the way from a leaf of the MIME tree to the octets that are in it.

Nothing is opened here: what an attachment contains is read in the sandbox (`missent.extraction`).
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from missent.mail.mime import Part

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """One leaf, its transfer encoding undone."""

    position: str
    """As `Document.position`."""
    content_type: str
    """As declared: lower case, without parameters. Not to be believed."""
    name: str | None = field(repr=False)
    octets: bytes = field(repr=False)
    damaged: bool = False
    """Its transfer encoding is unknown or broken: programs differ about what is in it."""


def attachments(data: bytes, parts: tuple[Part, ...]) -> Iterator[Attachment]:
    """Give the leaves that are no part of the letter itself, in order."""
    for part in parts:
        if not part.spoken:
            raw = data[part.start : part.start + part.size]
            octets, damaged = transfer_decoded(raw, part.encoding)
            yield Attachment(part.position, part.content_type, part.filename, octets, damaged)


def transfer_decoded(raw: bytes, encoding: str) -> tuple[bytes, bool]:
    """Undo a Content-Transfer-Encoding (RFC 2045 §6); also tell whether anything was wrong with it."""
    if encoding == "quoted-printable":
        return quopri.decodestring(raw), False
    if encoding == "base64":
        return _base64(raw)
    return raw, encoding not in _IDENTITY


def _base64(raw: bytes) -> tuple[bytes, bool]:
    """Decode what is base64 in it, whatever else stands there."""
    body = raw.replace(b"\r", b"").replace(b"\n", b"").strip()
    try:
        return binascii.a2b_base64(body, strict_mode=True), False
    except binascii.Error:
        letters = _NOT_BASE64.sub(b"", body)
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4]), True
