"""Own the way from the octets of a part to its text: transfer encodings and character sets.

Nothing here raises; what was wrong is told beside the result, since programs differ about it.
"""

from __future__ import annotations

import binascii
import codecs
import quopri
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
"""Text encodings of Python that no mail is written in; two of them are slow on hostile input."""
_USUAL = re.compile(r"utf-?8|(?:us-)?ascii|iso-8859-|windows-125|iso-2022-|utf-?7", re.IGNORECASE)
"""Charsets in which ASCII is ASCII, or that switch away from it and back."""
_LETTERS = b"AZaz09"
_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})


def decoded(octets: bytes, charset: str, *, whole: bool = True) -> tuple[str, bool]:
    """Decode text as declared, else as UTF-8; also tell whether anything could not be decoded.

    Text that is not `whole` may end inside a character, which is left out.
    """
    for name in dict.fromkeys((_marked(octets) or charset or "utf-8", "utf-8")):
        try:
            text = _decoder(name).decode(octets, final=whole)
        except (LookupError, UnicodeError, ValueError):
            continue
        return _doubted(text, octets, name)
    # most mail that declares nothing, or ASCII, and is not UTF-8 was written on a Western PC
    known = charset.lower() in ("", "us-ascii", "ascii", "utf-8", "iso-8859-1", "latin-1")
    return octets.decode("cp1252" if known else "utf-8", "replace"), not known


def _marked(octets: bytes) -> str:
    """Name the UTF-16 that a byte order mark tells, whatever is declared."""
    return "utf-16" if octets.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else ""


def _doubted(text: str, octets: bytes, name: str) -> tuple[str, bool]:
    """Tell text that some programs show otherwise, and give every reading of it.

    That is UTF-16 declared as something else, and plain ASCII declared as a charset without it, such as
    EBCDIC: who does not know the charset shows it as it stands.
    """
    if "\0" in text:
        return text.replace("\0", ""), True
    if _USUAL.match(name) or not octets.isascii() or 0 in octets or not octets.strip():
        return text, False
    if _decoder(name).decode(_LETTERS) == _LETTERS.decode():
        return text, False
    return f"{octets.decode('ascii')}\n{text}", True


def _decoder(name: str) -> codecs.IncrementalDecoder:
    """Find a character set. Raises `LookupError` for what is none, such as Python's ``zlib``."""
    info = codecs.lookup(name)
    decoder = info.incrementaldecoder
    if info.name in _NO_CHARSETS or not info._is_text_encoding or decoder is None:
        raise LookupError(name)
    return decoder()


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
