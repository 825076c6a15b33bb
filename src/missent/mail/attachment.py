"""Own the way from a leaf of the MIME tree to the octets that are in it.

Nothing is opened here: what an attachment contains is read in the sandbox (`missent.extraction`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from missent.mail.decoding import transfer_decoded
from missent.mail.mime import Part


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
