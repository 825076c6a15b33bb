"""Own the way to the content of a signed or compressed CMS message (RFC 5652 §5, RFC 3274).

Only as much of BER is read as leads there: definite and indefinite lengths, octet strings in pieces.
Raises `ValueError` where the octets are something else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_SIGNED = bytes.fromhex("2a864886f70d010702")
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_OCTETS, _SEQUENCE = 0x04, 0x30
_PIECES = 0x24
_EXPLICIT = 0xA0
_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Wrapped:
    """What was signed or compressed."""

    octets: bytes = field(repr=False)
    compressed: bool = False


DETACHED = Wrapped(b"")
"""The signature of something that stands elsewhere, or certificates alone."""


@dataclass(frozen=True, slots=True)
class _Element:
    tag: int
    start: int
    end: int
    """Of its content."""
    after: int


def content_of(data: bytes) -> Wrapped | None:
    """Give the content; `DETACHED` if there is none, None if it is encrypted."""
    outer = _element(data, 0, len(data), 0)
    kind, *rest = _children(data, outer)
    name = data[kind.start : kind.end]
    if name not in (_SIGNED, _COMPRESSED) or not rest:
        return None
    (body,) = _children(data, rest[0])
    sequences = [element for element in _children(data, body) if element.tag == _SEQUENCE]
    if not sequences:
        raise ValueError("no content")
    _, *wrapped = _children(data, sequences[-1])  # the first of two names the way of compression
    if not wrapped:
        return DETACHED
    octets = b"".join(_strings(data, wrapped[0], 0))
    return Wrapped(octets, compressed=name == _COMPRESSED)


def _strings(data: bytes, element: _Element, depth: int) -> Iterator[bytes]:
    if depth > _DEPTH:
        raise ValueError("too deep")
    if element.tag == _OCTETS:
        yield data[element.start : element.end]
    elif element.tag in (_PIECES, _EXPLICIT):
        for child in _children(data, element):
            yield from _strings(data, child, depth + 1)
    else:
        raise ValueError("no octets")


def _children(data: bytes, element: _Element) -> Iterator[_Element]:
    at = element.start
    while at < element.end:
        child = _element(data, at, element.end, 0)
        yield child
        at = child.after


def _element(data: bytes, at: int, limit: int, depth: int) -> _Element:
    """Read tag and length; an indefinite length ends behind its last child (X.690 §8.1.3.6)."""
    if at + 2 > limit or depth > _DEPTH:
        raise ValueError("cut off")
    tag, first = data[at], data[at + 1]
    start = at + 2
    if first == 0x80:
        end = start
        while data[end : end + 2] != b"\0\0":
            end = _element(data, end, limit, depth + 1).after
        return _Element(tag, start, end, end + 2)
    length = first
    if first & 0x80:
        width = first & 0x7F
        length = int.from_bytes(data[start : start + width], "big")
        start += width
    if start + length > limit:
        raise ValueError("cut off")
    return _Element(tag, start, start + length, start + length)
