"""Own what is packed in running text: files written as uuencode or as bare base64.

Older programs send files so, and a mail returned as text has its attachments so. Who receives it unpacks
it with one command, and many programs do it unasked. What is found is read like an attachment.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from missent.mail.attachment import Attachment
from missent.mail.document import Document
from missent.mail.mime import one_line

_MOST = 200
"""Files in one text."""
_BEGIN = re.compile(r"\nbegin(-base64)? [0-7]{3,4} ([^\n]{1,200})\n")
_WALL = re.compile(r"\n(?:[A-Za-z0-9+/]{60,76}\n){8,}+[A-Za-z0-9+/]{0,76}={0,2}")
"""Fewer lines are keys and signatures; an armoured one says what it is in the line before."""
_LINES = re.compile(r"(?:[A-Za-z0-9+/]{1,76}={0,2}\n)*+")
_ARMOUR = "-----\n"


def packed(letter: Iterable[Document]) -> Iterator[Attachment]:
    """Give the files that are written into a letter's text; positions are inside that of the text."""
    for document in letter:
        files = (one for text in document.texts for one in _files(text.text))
        found = list(islice(files, _MOST + 1))
        for number, (name, octets, damaged) in enumerate(found[:_MOST], 1):
            position = f"{document.position.partition('/')[0]}/packed{number}"
            yield Attachment(position, "", name, octets, damaged or len(found) > _MOST)


def _files(text: str) -> Iterator[tuple[str | None, bytes, bool]]:
    text = "\n" + text  # a literal to begin with makes the search fast
    if "\nbegin" in text:
        for match in _BEGIN.finditer(text):
            read = _base64 if match[1] else _uuencoded
            octets, damaged = read(text, match.end())
            if octets:
                yield one_line(match[2]) or None, octets, damaged
    if len(text) > 480:
        for wall in _WALL.finditer(text):
            before = text[max(wall.start() - 400, 0) : wall.start() + 1]
            if (
                not before.endswith(_ARMOUR)
                and "-----BEGIN" not in before
                and "begin-" not in before
            ):
                yield None, *_decoded(wall[0])


def _uuencoded(text: str, at: int) -> tuple[bytes, bool]:
    """Read lines until ``end`` (POSIX `uuencode`); whatever is no such line ends it, too."""
    pieces: list[bytes] = []
    while at < len(text):
        stop = text.find("\n", at)
        line = text[at : stop if stop >= 0 else len(text)]
        at = stop + 1 if stop >= 0 else len(text)
        if line in ("end", "", "`", " "):
            return b"".join(pieces), False
        try:
            pieces.append(binascii.a2b_uu(line))
        except (binascii.Error, ValueError):
            return b"".join(pieces), bool(pieces)
    return b"".join(pieces), True


def _base64(text: str, at: int) -> tuple[bytes, bool]:
    lines = _LINES.match(text, at)
    return _decoded(lines[0]) if lines else (b"", False)


def _decoded(lines: str) -> tuple[bytes, bool]:
    letters = re.sub(r"[^A-Za-z0-9+/]", "", lines)
    short = -len(letters) % 4
    if short == 3:
        return binascii.a2b_base64(letters[:-1]), True
    return binascii.a2b_base64(letters + "=" * short), False
