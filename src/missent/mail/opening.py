"""Own the opening of a message: the first characters of its text, as a person reads them.

Enough for a greeting and the matter, bounded however large the mail is; never stored, logged or shown
(law 8). Nothing here raises: what cannot be decoded is read as far as it can be.
"""

from __future__ import annotations

import binascii
import quopri
import re
from html.parser import HTMLParser

LENGTH = 4_000
"""Characters given; a greeting is in the first hundred, the matter in the first thousand."""
OCTETS = 16_384
"""Octets looked at."""
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_UNSPOKEN = frozenset({"script", "style", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "blockquote"})


def read_opening(raw: bytes, content_type: str, charset: str, encoding: str) -> str:
    """Decode the start of a text part; ``text/html`` is read without its tags."""
    octets = _transfer_decoded(raw[:OCTETS], encoding)
    try:
        text = octets.decode(charset or "utf-8", "replace")
    except (LookupError, UnicodeError, ValueError):
        text = octets.decode("utf-8", "replace")
    if content_type == "text/html":
        text = _spoken(text)
    return text[:LENGTH]


def _transfer_decoded(raw: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return quopri.decodestring(raw)
    if encoding == "base64":
        letters = _NOT_BASE64.sub(b"", raw)
        try:
            return binascii.a2b_base64(letters[: len(letters) // 4 * 4])
        except binascii.Error:
            return b""
    return raw


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.spoken: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _UNSPOKEN:
            self._silent += 1
        elif tag in _BREAKS:
            self.spoken.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSPOKEN:
            self._silent = max(self._silent - 1, 0)

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.spoken.append(data)


def _spoken(text: str) -> str:
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except (AssertionError, ValueError):  # what the parser gives up on ends there
        pass
    return "".join(reader.spoken)
