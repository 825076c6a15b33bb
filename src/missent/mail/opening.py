"""Own the opening of a message: the first characters of its text, as a person reads them.

Enough for a greeting and the matter, bounded however large the mail is; never stored, logged or shown
(law 8). Nothing here raises: what cannot be decoded is read as far as it can be.
"""

from __future__ import annotations

from missent.mail.decoding import decoded, transfer_decoded
from missent.mail.html import text_of

LENGTH = 4_000
"""Characters given; a greeting is in the first hundred, the matter in the first thousand."""
OCTETS = 16_384
"""Octets looked at."""


def read_opening(raw: bytes, content_type: str, charset: str, encoding: str) -> str:
    """Decode the start of a text part; ``text/html`` is read without its tags."""
    octets, _ = transfer_decoded(raw[:OCTETS], encoding)
    text, _ = decoded(octets, charset, whole=len(raw) <= OCTETS)
    if content_type == "text/html":
        text, _ = text_of(text)
    return text[:LENGTH]
