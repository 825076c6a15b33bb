"""Own which words a publisher may put before our people's eyes: short, printable and never a link.

A programme that shows mail makes links of whatever looks like one, so nothing may look like one: no slash,
no at sign, no colon, no dot inside a word, unless it is a suffix and nobody's name (``.gov.uk``). Nor may
the words end the quotation marks or brackets they are shown in.
"""

from __future__ import annotations

import re
import unicodedata

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName

WHY_LENGTH = 120
HINT_LENGTH = 240
"""Characters."""
_MARKS = frozenset(" ,.'!?%&+-\u2013\u2019")
_DOTTED = re.compile(r"\w\.\w")
_MOST_ACCENTS = 2
"""Combining marks in a row: more of them climb over other lines."""


def fault_in(text: str) -> str:
    """Say what is wrong with a publisher's words; nothing if they may be shown."""
    if not all(map(_allowed, text)):
        return "only letters, digits, spaces and , . ' - ! ? % & + are allowed"
    if text != text.strip() or "  " in text:
        return "no space at either end, and no two together"
    if any(map(_like_a_link, text.split(" "))):
        return "a dot inside a word makes a link"
    return "too many accents on one letter" if _climbs(text) else ""


def worded(text: str, longest: int) -> str:
    """Make of any text words that may be shown, what may not be left out; it may leave nothing."""
    kept = "".join(letter if _allowed(letter) else " " for letter in text)
    words = (word for word in kept.split(" ") if word and not _like_a_link(word))
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if len(longer) > longest or fault_in(longer):
            break
        line = longer
    return line


def _allowed(letter: str) -> bool:
    return letter in _MARKS or unicodedata.category(letter)[0] in "LMN"


def _like_a_link(word: str) -> bool:
    if not _DOTTED.search(word):
        return False
    suffix = word.rstrip(",.!?").removeprefix(".")
    if not word.startswith(".") or not suffix.isascii():
        return True
    try:
        return DomainName.parse(suffix).registrable is not None
    except MalformedAddress:
        return True


def _climbs(text: str) -> bool:
    row = 0
    for letter in text:
        row = row + 1 if unicodedata.combining(letter) else 0
        if row > _MOST_ACCENTS:
            return True
    return False
