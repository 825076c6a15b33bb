"""Own the reading of Rich Text: the body, margins where markings stand, remarks, properties, objects.

The library reads running text only, so groups it would skip are handed to it one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from striprtf import striprtf

from missent.extraction.formats.draft import Draft
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.document import Document, Reason, Where

_APART = (
    (re.compile(r"\{\\(?:header|footer)[lrf]?\b"), Where.MARGIN),
    (re.compile(r"\{\\footnote\b"), Where.MARGIN),
    (re.compile(r"\{\\shptxt\b"), Where.BODY),
    (re.compile(r"\{\\\*\\annotation\b"), Where.COMMENT),
)
_INFO = re.compile(
    r"\{(?:\\\*)?\\(title|subject|author|manager|company|operator|category|keywords|doccomm)\b"
)
_USER = re.compile(r"\{\\\*\\userprops\b")
_NAMED = re.compile(r"\{\\propname ?([^{}\\]{1,300})\}[^{}]{0,100}\{\\staticval ?([^{}]{0,4000})\}")
_OBJECT = re.compile(r"\{\\\*\\objdata\b")
_PICTURE = re.compile(r"\\(?:png|jpeg)blip\b")
_CELL = re.compile(r"\\(?:nest)?cell(?![a-z0-9]) ?")
_FIELD = re.compile(r"\{\\field\b")
_WORD = re.compile(r"\\[*a-z]{1,32}-?\d{0,10} ?")
_PIECE = re.compile(r"[{}]|\\[{}\\]")
_NOT_HEX = re.compile(r"[^0-9A-Fa-f]")
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_PACKAGE = re.compile(
    rb".{8}\x08\0\0\0Package\0.{12}\x02\0([^\0]{0,500})\0[^\0]{0,500}\0.{4}"
    rb"(?:.{4})[^\0]{0,500}\0(.{4})",
    re.DOTALL,
)
_BINARY = re.compile(r"(?<!\\)\\bin(\d{1,10})")
_GROUPS = 2_000
_DEEPEST = 1_000
"""Groups in groups: word processors write tens."""


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read Rich Text, then the objects in it."""
    draft = Draft(item, "rtf", budget)
    page = item.octets.decode("cp1252", "replace")
    with draft.limited():
        _check(draft, page)
        fill(draft, page)
    yield draft.document()
    for number, one in enumerate(groups(page, _OBJECT), 1):
        digits = _NOT_HEX.sub("", _WORD.sub("", one))
        octets = bytes.fromhex(digits[: len(digits) // 2 * 2])
        name, inner = _packaged(octets)
        yield from budget.inside(item, number, name, inner)


def _check(draft: Draft, page: str) -> None:
    """Refuse what programs read differently: groups that do not close, or are nested without end."""
    depth = deepest = 0
    for match in _PIECE.finditer(page):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise Exceeded(Reason.TOO_DEEP)
    binary = [int(one[1]) > len(page) - one.end() for one in _BINARY.finditer(page)]
    if any(binary) or (depth > 0 and not binary):  # braces in binary data are no groups
        draft.fail(Reason.MALFORMED)


def _packaged(octets: bytes) -> tuple[str | None, bytes]:
    """Give what an embedded object is: a compound file, or a file in a package ([MS-OLEDS] §2.2.5)."""
    start = octets.find(_OLE)
    match = None if start >= 0 else _PACKAGE.match(octets)
    if match is None:
        return None, octets[max(start, 0) :]
    size = int.from_bytes(match[2], "little")
    name = match[1].decode("cp1252", "replace")
    return name, octets[match.end() : match.end() + size]


def fill(draft: Draft, page: str) -> None:
    """Note what stands in Rich Text."""
    draft.say(text_of(page))
    if _PICTURE.search(page):
        draft.fail(Reason.PICTURE)
    for opening, where in _APART:
        said = (
            text_of("{\\rtf1 " + opening.sub("", one, count=1)) for one in groups(page, opening)
        )
        draft.say("\n".join(text for one in said if (text := one.strip())), where)
    for one in groups(page, _INFO):
        match = _INFO.match(one)
        if match:
            draft.tell(match[1], text_of("{\\rtf1 " + one[match.end() :]).strip())
    for one in groups(page, _USER):
        for named in _NAMED.finditer(one):
            draft.tell(named[1].strip(), text_of("{\\rtf1 " + named[2] + "}").strip())


def text_of(page: str) -> str:
    """Give the running text, cells separated by tabs."""
    page = _FIELD.sub(
        "\n{\\\\field", _CELL.sub(r"\\tab ", page)
    )  # a line end bounds the library's search
    convert: Any = striprtf.rtf_to_text
    text: str = convert(page, errors="replace")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    return "\n".join(line.rstrip() for line in text.split("\n"))


def groups(page: str, opening: re.Pattern[str]) -> Iterator[str]:
    """Give the groups that begin so, braces included; those inside another of them are passed over."""
    at = 0
    for _ in range(_GROUPS):
        match = opening.search(page, at)
        if match is None:
            return
        at = _end(page, match.start())
        yield page[match.start() : at]


def _end(page: str, start: int) -> int:
    depth = 0
    for match in _PIECE.finditer(page, start):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 0:
                return match.end()
    return len(page)
