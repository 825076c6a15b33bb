"""Own the way from octets to text where nobody says in which charset they are written.

Never raises: what is not UTF-8 or UTF-16 is read as Windows-1252, in which every octet means something.
"""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\v\x1b\x08\x1a")) + b"\x7f"
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^<>]{0,200}?(?:charset|encoding)\s{0,9}=\s{0,9}["']?([A-Za-z0-9_-]{2,30})""",
    re.IGNORECASE,
)
_TRUSTED = re.compile(
    r"(?:utf-?8|us-ascii|iso-8859-\d+|windows-125\d|koi8-[ru]|gb2312|gbk|gb18030|big5"
    r"|euc-(?:jp|kr)|shift_jis|iso-2022-(?:jp|kr))\Z",
    re.IGNORECASE,
)
_SAMPLE = 65_536
_STRAY = 0.002
"""Share of control characters that text may have: form feeds aside, next to none."""


def decoded(octets: bytes) -> str:
    """Give octets as text, by their byte order mark, their own word, or their look. Never raises."""
    for mark, charset in _MARKS:
        if octets.startswith(mark):
            return _lines(octets[len(mark) :].decode(charset, "replace"))
    try:
        if wide := _wide(octets):
            return _lines(octets.decode(wide, "replace"))
        return _lines(octets.decode("utf-8"))
    except UnicodeDecodeError:
        return _lines(octets.decode(_declared(octets) or "cp1252", "replace"))


def is_text(octets: bytes) -> bool:
    """Tell whether a person could read it: hardly any control characters."""
    if octets.startswith(tuple(mark for mark, _ in _MARKS)) or _wide(octets):
        sample = decoded(octets[: _SAMPLE - 2])
        strange = sum(1 for c in sample if (c < " " and c not in "\t\n\r\f") or c == "\ufffd")
        return strange <= len(sample) * 0.02
    return all(
        len(part) - len(part.translate(None, _CONTROLS)) <= len(part) * _STRAY
        for part in (octets[:_SAMPLE], octets[-_SAMPLE:], octets)
    )


def _wide(octets: bytes) -> str:
    """Name the UTF-16 that has no mark: every other octet of western text is zero."""
    sample = octets[:1024]
    if len(sample) < 4 or 0 not in sample or len(octets) % 2:
        return ""
    half = len(sample) // 2
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.7 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.05:
        return "utf-16-be"
    return ""


def _declared(octets: bytes) -> str:
    """Give the charset that HTML or XML declares, if it is one that mail uses."""
    match = _DECLARED.search(octets[:4096])
    name = match[1].decode("ascii") if match else ""
    return name if _TRUSTED.match(name) else ""


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
