"""Own the properties in an XMP packet (ISO 16684-1): what a camera or an editor wrote into the file.

The packet is found and read without a parser: it stands in pictures and PDFs as plain XML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice

_BEGIN, _END = b"<x:xmpmeta", b"</x:xmpmeta>"
_TAG = re.compile(r"<([^<>]+)>([^<>]*)")
_ATTRIBUTE = re.compile(r"(?<!\S)([^\s=\"']+)=(?:\"([^\"]*)\"|'([^']*)')")
_LONGEST = 4_000
"""Characters of a value that are kept; XMP of editors holds whole histories."""
_LISTS = frozenset({"Alt", "Seq", "Bag", "li"})
_MOST = 1_000_000
_PACKETS = 4
_MANY = 1_000
"""Properties of one packet that are given."""
_SILENT = frozenset({"about", "xmptk", "parseType", "lang", "instanceID", "documentID", "format"})


def properties(octets: bytes) -> Iterator[tuple[str, str]]:
    """Give names, without prefix, and values, of the first packets that stand in the octets."""
    at = 0
    for _ in range(_PACKETS):
        start = octets.find(_BEGIN, at)
        at = octets.find(_END, start)
        if start < 0 or at < 0:
            return
        packet = octets[start : min(at, start + _MOST)].decode("utf-8", "replace")
        yield from islice(_of(packet), _MANY)


def _of(packet: str) -> Iterator[tuple[str, str]]:
    named = ""
    for match in _TAG.finditer(packet):
        tag, value = match[1], match[2].strip()
        if tag.startswith(("/", "?", "!")):
            continue
        name = _local(tag.split(None, 1)[0].rstrip("/"))
        if name not in _LISTS:
            named = name
        if value and named not in _SILENT:
            yield named, html.unescape(value[:_LONGEST])
        if "=" in tag[:_LONGEST]:
            yield from _attributes(tag[:_LONGEST])


def _attributes(tag: str) -> Iterator[tuple[str, str]]:
    for match in _ATTRIBUTE.finditer(tag):
        name, value = _local(match[1]), (match[2] or match[3] or "").strip()
        if value and name not in _SILENT and not match[1].startswith(("xmlns", "xml:")):
            yield name, html.unescape(value)


def _local(name: str) -> str:
    return name.rpartition(":")[2][:200]
