"""Own runs of digit groups: which numbers a run may be, and which one it is.

A run is read once: its groups and separators are looked up in tables of layouts, longest first, so
that ``4111 1111 1111 1111 12/27`` is a card and something else. What is plain digits is decided by the
words beside it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from missent.judge.identifiers.cues import named
from missent.judge.identifiers.kinds import Identifier, Kind, Strength
from missent.judge.identifiers.national import NUMBERS, Layout, Number, any_digits, issuer

RUN = re.compile(r"[0-9]+(?:[ .\-/][0-9]+){0,6}")
_GROUPS = re.compile(r"[0-9]+|[^0-9]")
SHORTEST = 5
"""Characters of the shortest run worth a look."""
_LONGEST = 24

_AT: defaultdict[Layout, list[Number]] = defaultdict(list)
_BY_LENGTH: defaultdict[int, list[Number]] = defaultdict(list)
for _number in NUMBERS:
    for _layout in _number.layouts:
        _AT[_layout].append(_number)
    for _length in _number.lengths:
        _BY_LENGTH[_length].append(_number)
_SURE = {
    length: [number for number in numbers if number.bare is Strength.STRONG]
    for length, numbers in _BY_LENGTH.items()
}
_COUNTS: dict[tuple[str, int, int], list[int]] = {}
for _seps, _lens in _AT:
    _key = (_seps[0], _lens[0], _lens[1])
    _COUNTS[_key] = sorted({*_COUNTS.get(_key, []), len(_lens)}, reverse=True)

_PLAIN_LENGTHS: dict[Kind, range] = {
    Kind.US_BANK_NUMBER: range(8, 18),
    Kind.US_DRIVER_LICENSE: range(5, 15),
    Kind.US_PASSPORT: range(7, 10),
    Kind.SERVICE_NUMBER: range(6, 13),
    Kind.NATIONAL_ID: range(6, 15),
    Kind.PHONE_NUMBER: range(7, 16),
}
"""How many digits a number has that its name alone makes one."""


def classify(text: str, start: int, run: re.Match[str]) -> Identifier | None:
    """Give what begins at the start of a run of digit groups."""
    parts = _GROUPS.findall(run.group())
    groups, seps = parts[::2], "".join(parts[1::2])
    laid = _laid(text, start, groups, seps)
    if laid is not None:
        return laid
    digits = groups[0]
    if len(groups) > 1 and len(digits) < SHORTEST:
        return None
    if not SHORTEST <= len(digits) <= _LONGEST or not any_digits(digits):
        return None
    return _plain(text, start, digits)


def _laid(text: str, start: int, groups: list[str], seps: str) -> Identifier | None:
    if not seps:
        return None
    for count in _COUNTS.get((seps[0], len(groups[0]), len(groups[1])), ()):
        if count > len(groups):
            continue
        layout = (seps[: count - 1], tuple(map(len, groups[:count])))
        numbers = _AT.get(layout)
        if not numbers:
            continue
        digits = "".join(groups[:count])
        end = start + len(digits) + count - 1
        fits = [n for n in numbers if len(digits) in n.lengths and _valid(n, digits)]
        if fits:
            chosen = _choose(text, start, end, fits, laid=True)
            if chosen is not None:
                return chosen
    return None


def _valid(number: Number, digits: str) -> bool:
    return any_digits(digits) and bool(number.valid(digits))


def _choose(
    text: str, start: int, end: int, fits: list[Number], *, laid: bool
) -> Identifier | None:
    """Choose what the nearest words call it; else what it is worth without."""
    sure = [n for n in fits if (n.laid if laid else n.bare) is Strength.STRONG]
    if sure:
        return Identifier(sure[0].kind, start, end, Strength.STRONG)
    names = named(text, start, end)
    for kinds in names:
        for kind in kinds:
            for number in fits:
                if number.kind is kind:
                    return Identifier(kind, start, end, number.named)
        if not kinds and not laid:
            return None
    if not laid and names:
        return None
    worth = [(n.laid if laid else n.bare, n) for n in fits]
    known = [(value, number) for value, number in worth if value is not None]
    if not known or (names and () in names[:1] and known[0][0] is Strength.WEAK):
        return None
    if names and Kind.PHONE_NUMBER in names[0] and known[0][1].kind is not Kind.US_SSN:
        return None
    value, number = max(known, key=lambda one: one[0])
    return Identifier(number.kind, start, end, value)


def _plain(text: str, start: int, digits: str) -> Identifier | None:
    """Decide what digits without separators are."""
    end = start + len(digits)
    numbers = _BY_LENGTH.get(len(digits), ())
    sure = _sure(text, start, end, digits)
    if sure is not None:
        return sure
    names = named(text, start, end)
    for kinds in names:
        if not kinds:
            return None
        for identifier in _called(kinds, start, end, digits):
            return identifier
        if Kind.PHONE_NUMBER in kinds:
            return None
    if names:
        return None
    bare = [
        (n.bare, n.kind) for n in numbers if n.bare is not None and n.kind is not Kind.CREDIT_CARD
    ]
    for strength, kind in sorted(bare, reverse=True):
        if any(n.kind is kind and n.valid(digits) for n in numbers):
            return Identifier(kind, start, end, strength)
    return None


def _sure(text: str, start: int, end: int, digits: str) -> Identifier | None:
    """Decide by check digits alone; short and rare card numbers need a word."""
    for number in _SURE.get(len(digits), ()):
        if not number.valid(digits):
            continue
        if number.kind is not Kind.CREDIT_CARD:
            return Identifier(number.kind, start, end, Strength.STRONG)
        names = named(text, start, end)
        usual = issuer(digits) not in ("maestro", "other") and len(digits) in (14, 15, 16)
        if any(Kind.CREDIT_CARD in kinds for kinds in names[:2]) or (
            usual and (not names or names[0])
        ):
            return Identifier(number.kind, start, end, Strength.STRONG)
    return None


def _called(kinds: tuple[Kind, ...], start: int, end: int, digits: str) -> Iterator[Identifier]:
    """Give what a name fits: first numbers with checks, then plain ones."""
    numbers = _BY_LENGTH.get(len(digits), ())
    for kind in kinds:
        for number in numbers:
            if number.kind is kind and number.valid(digits):
                yield Identifier(kind, start, end, number.named)
    for kind in kinds:
        if len(digits) in _PLAIN_LENGTHS.get(kind, ()):
            american = kind is not Kind.US_PASSPORT or len(digits) == 9
            strength = Strength.FAIR if kind is Kind.US_PASSPORT else Strength.WEAK
            yield Identifier(kind if american else Kind.PASSPORT, start, end, strength)
