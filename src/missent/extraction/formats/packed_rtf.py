"""Own the unpacking of Rich Text as Outlook packs it ([MS-OXRTFCP] §3.1.3): LZ77 over 4,096 octets."""

from __future__ import annotations

import struct

_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4_096
_PACKED, _PLAIN = b"LZFu", b"MELA"


def unpacked(octets: bytes, most: int) -> bytes:
    """Unpack at most `most` octets. Raises `ValueError` where the form is another."""
    if len(octets) < 16:
        raise ValueError("no header")
    _, size, magic, _ = struct.unpack_from("<II4sI", octets)
    if magic == _PLAIN:
        return octets[16 : 16 + size]
    if magic != _PACKED:
        raise ValueError("packed in an unknown way")
    return _lz(octets, min(size, most))


def _lz(octets: bytes, size: int) -> bytes:
    out = bytearray(_DICTIONARY)
    start = len(out)
    at = 16
    while at < len(octets) and len(out) - start < size:
        control = octets[at]
        at += 1
        for bit in range(8):
            if not control >> bit & 1:
                out += octets[at : at + 1]
                at += 1
                continue
            if at + 1 >= len(octets):
                return bytes(out[start : start + size])
            token = octets[at] << 8 | octets[at + 1]
            at += 2
            offset, length = token >> 4, (token & 15) + 2
            if offset == len(out) % _WINDOW:
                return bytes(out[start : start + size])
            _repeat(out, offset, length)
    return bytes(out[start : start + size])


def _repeat(out: bytearray, offset: int, length: int) -> None:
    """Append what stands at `offset` of the window, which may reach into what is being appended."""
    source = len(out) - ((len(out) - offset) % _WINDOW or _WINDOW)
    for index in range(length):
        out.append(out[source + index] if source + index >= 0 else 0x20)
