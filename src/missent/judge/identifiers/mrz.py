"""Own the machine-readable zone of passports, identity cards and visas (ICAO Doc 9303).

Two lines of 44 (passports, visas A) or 36 characters, or three of 30, letters, digits and ``<``, with
check digits of weights 7, 3, 1. One right line of figures between lines of its form is enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.identifiers.kinds import Identifier, Kind, Strength

_LINE = re.compile(r"[A-Z0-9<][A-Z0-9< ]{28,60}")
_LONGEST = 64
_WIDTHS = frozenset({30, 36, 44})
_NAMES = re.compile(r"(?:[PVIAC][A-Z0-9<])(?:[A-Z<]{3})[A-Z<]{25,39}")
_FIGURES = re.compile(
    r"(?P<number>[A-Z0-9<]{9})(?P<check>[0-9<])[A-Z<]{3}"
    r"(?P<born>[0-9<]{6})(?P<second>[0-9])[MFX<](?P<until>[0-9]{6})(?P<third>[0-9])"
)
_CARD_NUMBER = re.compile(r"[IAC][A-Z0-9<][A-Z<]{3}(?P<number>[A-Z0-9<]{9})(?P<check>[0-9<])")
_CARD_DATES = re.compile(
    r"(?P<born>[0-9<]{6})(?P<second>[0-9])[MFX<](?P<until>[0-9]{6})(?P<third>[0-9])[A-Z<]{3}"
)
_VALUES = {str(d): d for d in range(10)} | {chr(65 + i): 10 + i for i in range(26)} | {"<": 0}
_GAP = 4
"""Characters between two lines of one zone: line ends."""


def places(text: str) -> Iterator[int]:
    """Give where lines begin that may be of a zone; most text has no ``<`` at all."""
    at = text.find("<<") if "<" in text else -1
    while at >= 0:
        begin = text.rfind("\n", max(0, at - _LONGEST), at) + 1 or max(0, at - _LONGEST)
        end = text.find("\n", at, at + _LONGEST)
        end = end if end >= 0 else at + _LONGEST
        if _LINE.search(text, begin, end):
            yield begin
        at = text.find("<<", end)


def find(text: str, begin: int, end: int) -> Iterator[Identifier]:
    """Give the machine-readable zones between two places, one span each."""
    if text.find("<<", begin, end) < 0:
        return
    yield from _zones(_LINE.finditer(text, begin, end))


def _zones(lines: Iterator[re.Match[str]]) -> Iterator[Identifier]:
    begin, last, right = -1, -1, False
    for match in lines:
        line = match.group().replace(" ", "")
        if "<" not in line or len(line) not in _WIDTHS:
            continue
        if begin < 0 or match.start() - last > _GAP:
            if begin >= 0 and right:
                yield Identifier(Kind.MRZ, begin, last, Strength.STRONG)
            begin, right = match.start(), False
        last = match.end()
        right = right or _checked(line)
    if begin >= 0 and right:
        yield Identifier(Kind.MRZ, begin, last, Strength.STRONG)


def _checked(line: str) -> bool:
    if len(line) == 30:
        number = _CARD_NUMBER.match(line)
        if number and any(c.isdigit() for c in number["number"]):
            return _right(number["number"], number["check"])
        dates = _CARD_DATES.match(line)
        return bool(dates) and all(
            _right(dates[name], dates[check])  # type: ignore[index]
            for name, check in (("born", "second"), ("until", "third"))
        )
    figures = _FIGURES.match(line)
    if figures is None:
        return False
    fields = (("number", "check"), ("born", "second"), ("until", "third"))
    real = any(c in "123456789" for c in figures["number"])
    return real and all(_right(figures[name], figures[check]) for name, check in fields)


def _right(field: str, check: str) -> bool:
    total = sum(_VALUES[c] * (7, 3, 1)[i % 3] for i, c in enumerate(field))
    return total % 10 == _VALUES[check]
