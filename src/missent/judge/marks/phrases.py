"""Own where in a subject or a line a marking can stand, and cut it out.

A subject is marked at its beginning, before a separator, or in brackets. In a text a marking is a
line or cell of its own, stands before a separator at the beginning of a line, or in brackets before
a paragraph. `alone` says how little else stands there, which lets a phrase that is not sure count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from missent.judge.marks.grammar import LONGEST, Place, normal


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of text that may be a marking."""

    text: str = field(repr=False)
    """In `normal` form."""
    place: Place
    alone: bool = False
    """It is all there is, or what people put a marking into: words that are not sure count here."""
    labelled: bool = False
    """It follows ``Classification:`` or the like."""


_REPLY = re.compile(
    r"(?:(?:re|fwd?|aw|wg|sv|vs|tr|antw|rv|ynt|odp)(?:\[\d{1,3}\])? ?: ?){1,20}(?=\S)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"(?:Subject|Betreff|Objet|Asunto|Onderwerp|Oggetto|Emne) ?: ", re.IGNORECASE)
_BRACKETS = re.compile(
    r"\[([^\[\]]{2,240})\]|\(([^()]{2,160})\)|\{([^{}]{2,160})\}|<([^<>]{2,160})>"
)
_OPENS = re.compile(rf"(?:{_BRACKETS.pattern})")
_SEPARATOR = re.compile(r" ?: | - | \| |; |\. |: ?$| ?\|\| | -- ")
_SLASHED = re.compile(r"(?://)?[A-Z][A-Z ]{0,20}//[A-Z0-9 ,/&:.-]{1,160}(?= |$)")
_DECORATION = " \t>*=_#~|•·.,:;-\u200b"
_LABEL = re.compile(
    r"(?:(?:overall|security|document|protective|highest|information|data|email|e-mail|message"
    r"|handling|government"
    r"|national|page|this (?:document|e-?mail|message|page|report) is|banner)[ -]{1,2}){0,3}"
    r"(?:(?:classification|classified|marking|sensitivity|caveat|einstufung"
    r"|verschlusssachengrad|dissemination|sharing)"
    r"(?: level| label| marking| is|)? ?[:=-] ?|classified (?:as )?)",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"(?:(?:security|overall|document|protective|information|data)[ -])?"
    r"(?:classification|marking|sensitivity(?: label)?|einstufung|tlp|caveat)(?: level)? ?:?",
    re.IGNORECASE,
)
"""The cell beside which a marking stands."""
_IS = re.compile(
    r"(?:this (?:document|e-?mail|message|report) is (?:classified |marked )?(?:as )?)",
    re.IGNORECASE,
)
_PAGE = re.compile(
    r" ?(?:[-|] ?)?\(?(?:page|p\.|seite|pagina)? ?\d{1,4}(?: ?(?:of|/|von|de"
    r"|van) ?\d{1,4})?\)? ?$",
    re.IGNORECASE,
)
_PAGE_FIRST = re.compile(
    r"(?:(?:page|seite|pagina) )?\d{1,4}(?: ?(?:of|/|von|de|van) ?\d{1,4})?(?: ?[|-] ?"
    r"| {1,2})(?=[A-Z])",
    re.IGNORECASE,
)
_TAG = re.compile(r"\[(SEC ?= ?[^\[\]]{2,220})\]", re.IGNORECASE)
_COLUMNS = re.compile(r"\t| {3,}| ?\| ?")
_PREFIXED = 200
"""Characters of a line that begins with a marking and goes on."""


def of_subject(subject: str) -> Iterator[Phrase]:
    """Cut a subject; of two phrases that begin alike the longer comes first."""
    text = normal(subject[:LONGEST])
    text = text[match.end() :] if (match := _REPLY.match(text)) else text
    if not text:
        return
    yield Phrase(text, Place.SUBJECT, alone=True)
    for match in _BRACKETS.finditer(text):
        edge = not text[: match.start()].strip(" -:|") or not text[match.end() :].strip(" -:|.!")
        yield Phrase(_inner(match), Place.SUBJECT, alone=edge)
    rest = text
    while (match := _OPENS.match(rest)) is not None:  # ``[EXTERNAL] SECRET - plan``
        rest = rest[match.end() :].lstrip(" -:|")
    yield from _beginnings(rest, Place.SUBJECT, alone=True)
    for separator in (" - ", " | ", ": "):
        _, found, last = text.rpartition(separator)
        if found:
            yield Phrase(last.strip(), Place.SUBJECT)
    closing = re.search(
        r" ((?:OFFICIAL-SENSITIVE|TLP: ?[A-Z]{3,5}(?:\+STRICT)?|VS-NfD|VS-NFD))$", text
    )
    if closing:
        yield Phrase(closing[1], Place.SUBJECT)
    for match in re.finditer(r"\bTLP: ?[A-Z]{3,5}(?:\+STRICT)?\b|\bOFFICIAL-SENSITIVE\b", text):
        yield Phrase(match[0], Place.SUBJECT)


def of_line(line: str, *, margin: bool) -> Iterator[Phrase]:
    """Cut a line of a text."""
    if _QUOTED.match(bare := line.lstrip(" \t>*|")):
        for phrase in of_subject(_QUOTED.sub("", bare, count=1)):
            yield Phrase(phrase.text, Place.SUBJECT, alone=phrase.alone)
        return
    place = Place.MARGIN if margin else Place.BANNER
    for match in _TAG.finditer(line):
        yield Phrase(normal(match[1]), place)
    if len(line) > LONGEST:
        yield from _openings(line[:LONGEST], place)
        return
    cells = _COLUMNS.split(line)
    for title, said in pairwise(cells):
        if _TITLE.fullmatch(title.strip()):
            yield Phrase(_unwrapped(normal(said)), place, alone=True, labelled=True)
    for cell in dict.fromkeys((*cells, line)) if len(cells) > 1 else cells:
        yield from _cell(cell, place)
    if margin:
        for cell in re.split(r" - | {2,}", line):
            yield Phrase(_unpaged(normal(cell)), place, alone=True)


def _cell(cell: str, place: Place) -> Iterator[Phrase]:
    text = normal(cell)
    bare = text.strip(_DECORATION)
    if not bare:
        return
    label = _LABEL.match(bare) or _IS.match(bare)
    if label:
        said = _unwrapped(bare[label.end() :].strip(_DECORATION))
        yield Phrase(said, place, alone=True, labelled=True)
        yield from _beginnings(said, place, alone=False)
        return
    yield Phrase(_unwrapped(bare), place, alone=True)
    yield Phrase(_unwrapped(_unpaged(bare)), place, alone=True)
    if text.startswith("//"):
        yield Phrase(text, place, alone=True)
    yield from _openings(bare, place)


def _openings(text: str, place: Place) -> Iterator[Phrase]:
    """Give what a line begins with: a portion mark, or a marking before a separator."""
    bare = text.lstrip(" \t>*#•-")
    numbered = re.match(r"(?:\d{1,2}(?:\.\d{1,2}){0,3}\.?|[a-z]\.|[A-Z]\.) {1,3}", bare)
    bare = normal(bare[numbered.end() :] if numbered else bare)
    match = _OPENS.match(bare)
    if match:
        yield Phrase(_inner(match), Place.PORTION)
    elif len(bare) <= _PREFIXED or bare[:12].upper() == "DISTRIBUTION":
        yield from _beginnings(bare, place, alone=False)


def _beginnings(text: str, place: Place, *, alone: bool) -> Iterator[Phrase]:
    slashed = _SLASHED.match(text)
    if slashed:
        yield Phrase(slashed[0].rstrip(" -,:"), place, alone=alone)
    ends = [match.start() for match in _SEPARATOR.finditer(text)][:8]
    for end in reversed(ends):
        yield Phrase(text[:end].strip(), place, alone=alone)


def _unpaged(text: str) -> str:
    return _PAGE_FIRST.sub("", _PAGE.sub("", text), count=1).strip(_DECORATION)


def _unwrapped(text: str) -> str:
    match = _BRACKETS.fullmatch(text)
    return _inner(match) if match else text.strip("\"' ")


def _inner(match: re.Match[str]) -> str:
    return next(group for group in match.groups() if group is not None).strip()
