"""Own what a text looks like: Unicode skeletons, plain readings, scripts and invisible characters.

Two texts with one `skeleton` look alike to an eye. It is the skeleton of UTS 39 §4 with three
departures, each because names are compared without case and in small letters: the text is folded
first (NFKC and case, as UTS 46 does), the result is folded too (a zero becomes ``o``, not ``O``),
and pairs that Unicode leaves out are added: ``vv`` for ``w``, ``cl`` for ``d``. A `reading` is milder: it
is what somebody types who knows only plain letters (``münchen`` -> ``munchen``, a Cyrillic ``а`` -> ``a``),
and leaves plain text as it is. The rule: neither is ever shown or sent anywhere.

The tables are Unicode's own, dated in the header of ``data/confusables.txt``. Read once, on first use.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

ALPHABETS = {
    "Arab": "Arabic",
    "Armn": "Armenian",
    "Cyrl": "Cyrillic",
    "Geor": "Georgian",
    "Grek": "Greek",
    "Hang": "Korean",
    "Hani": "Chinese",
    "Hebr": "Hebrew",
    "Hira": "Japanese",
    "Kana": "Japanese",
    "Latn": "Latin",
    "Thai": "Thai",
}
"""Scripts as people call them; any other is shown by its four letters."""

_OURS = {"w": "vv", "d": "cl"}
"""Look-alikes in small sans-serif letters, from one letter to two: a text never changes twice."""
_ASCII = {"0": "o", "1": "l", "m": "rn", **_OURS}
"""Unicode's table as far as it is about plain small letters and digits, and ours."""
_SPELT = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
"""What people write where the letter is not on the keyboard."""
_ANY = frozenset({"*"})
"""The scripts of a character that goes with every script (Common, Inherited)."""
_AUGMENTED = {  # UTS 39 §5.1: scripts that are written together count as one system
    "Hani": {"Hanb", "Jpan", "Kore"},
    "Hira": {"Jpan"},
    "Kana": {"Jpan"},
    "Hang": {"Kore"},
    "Bopo": {"Hanb"},
}
_WITH_LATIN = frozenset({"Jpan", "Hanb", "Kore"})
_JOINERS = frozenset("\u200c\u200d")
_STABLE = 4
"""Rounds after which a skeleton has long stopped changing."""


@functools.lru_cache(maxsize=16_384)
def skeleton(text: str) -> str:
    """Give the text that all texts which look like `text` have in common. Idempotent."""
    if text.isascii():
        text = text.lower()
        for letter, like in _ASCII.items():  # far quicker than a table, and the table is not needed
            text = text.replace(letter, like)
        return text
    for _ in range(_STABLE):
        before, text = text, _skeleton(text)
        if text == before:
            break
    return text


@functools.lru_cache(maxsize=16_384)
def reading(text: str) -> str:
    """Write a text with plain letters wherever its own look like them, accents left out.

    Letters that look like no plain one stay. So do dots, and no letter that a label may hold becomes
    one.
    """
    if text.isascii():
        return text.lower()
    tables = _tables()
    folded = unicodedata.normalize("NFD", _fold(text)).translate(tables.invisible)
    plain = unicodedata.normalize("NFD", folded.translate(tables.reading))
    return "".join(c for c in plain if not "\u0300" <= c <= "\u036f")


def spelling(text: str) -> str:
    """Give the `reading` of a text whose umlauts are spelt out: ``ü`` -> ``ue``."""
    folded = unicodedata.normalize("NFC", _fold(text))
    return reading("".join(_SPELT.get(character, character) for character in folded))


def scripts(text: str) -> frozenset[str]:
    """Give the scripts in a text, as ISO 15924 codes; those it could do without are left out."""
    tables = _tables()
    found = (tables.scripts(character) for character in text)
    return frozenset().union(*(one for one in found if one is not _ANY and len(one) == 1))


def highly_restrictive(text: str) -> bool:
    """Tell whether a text keeps UTS 39 §5.2's highly restrictive level as to its scripts.

    It does with one script, or with Latin beside Chinese, Japanese or Korean.
    """
    if text.isascii():
        return True
    tables = _tables()
    found = [each for each in map(tables.scripts, text) if each is not _ANY]
    if not found or _resolved(found):
        return True
    return bool(_resolved([each for each in found if "Latn" not in each]) & _WITH_LATIN)


def invisible(text: str) -> bool:
    """Tell whether a text has a character nobody sees; joiners in scripts that need them are none."""
    if text.isascii():
        return False
    unseen = {character for character in text if ord(character) in _tables().invisible}
    if unseen <= _JOINERS and not any(
        character.isascii() for character in text if character.isalpha()
    ):
        return False
    return bool(unseen)


def odd_letters(text: str) -> str:
    """Give the characters of a text that are not plain but are read as if they were, in order."""
    table = _tables().reading
    odd = (c for c in unicodedata.normalize("NFC", text.casefold()) if ord(c) in table)
    return "".join(dict.fromkeys(odd))


def alphabet(text: str) -> str:
    """Name the alphabet of a text for a sentence; empty if it has none or several."""
    found = scripts(text)
    script = next(iter(found)) if len(found) == 1 else ""
    return ALPHABETS.get(script, script)


@dataclass(frozen=True, slots=True)
class _Tables:
    """Unicode's tables, as `str.translate` and bisection want them."""

    alike: Mapping[int, str]
    """Any folded character -> skeleton."""
    reading: Mapping[int, str]
    """Any folded character but ASCII -> plain letters, digits and hyphens."""
    invisible: Mapping[int, None]
    starts: tuple[int, ...]
    spans: tuple[tuple[int, frozenset[str]], ...]
    """Beside each start: the last code point, and the scripts."""

    def scripts(self, character: str) -> frozenset[str]:
        """Give the Script_Extensions of a character; `_ANY` if it goes with all."""
        point = ord(character)
        at = bisect_right(self.starts, point) - 1
        if at < 0 or self.spans[at][0] < point:
            return _ANY
        return self.spans[at][1]


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFKC", folded.casefold())


def _skeleton(text: str) -> str:
    tables = _tables()
    folded = unicodedata.normalize("NFD", _fold(text)).translate(tables.invisible)
    return unicodedata.normalize("NFD", folded.translate(tables.alike))


def _resolved(found: list[frozenset[str]]) -> frozenset[str]:
    """Give the writing systems that hold every character: UTS 39's resolved script set."""
    systems = [each.union(*(_AUGMENTED.get(script, ()) for script in each)) for each in found]
    return frozenset.intersection(*systems) if systems else frozenset()


@functools.cache
def _tables() -> _Tables:
    text = resources.files("missent.data").joinpath("confusables.txt").read_text(encoding="utf-8")
    sections: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            head, _, body = line.partition(" = ")
            kind, _, name = head.partition(" ")
            sections[kind].append((name, body))
    targets = _targets(sections["alike"])
    alike = {ord(source): _closed(target, targets) for source, target in targets.items()}
    alike |= {ord(source): target for source, target in _ASCII.items()}
    return _Tables(
        alike,
        _readings(targets),
        {point: None for _, body in sections["ignorable"] for point in _points(body)},
        *_spans(sections),
    )


def _targets(lines: list[tuple[str, str]]) -> dict[str, str]:
    """Read look-alike characters, each with the folded text that it looks like."""
    targets = {}
    for name, body in lines:
        target = "".join(chr(int(point, 16)) for point in name.split("+"))
        for point in body.split():
            targets[chr(int(point, 16))] = unicodedata.normalize("NFD", _fold(target))
    return targets


def _closed(target: str, targets: Mapping[str, str]) -> str:
    """Follow a target to its end, so that mapping twice changes nothing."""
    for _ in range(_STABLE):
        further = "".join(_OURS.get(c, targets.get(c, c)) for c in target)
        if further == target:
            break
        target = further
    return target


def _readings(targets: Mapping[str, str]) -> dict[int, str]:
    readings = {}
    for source, target in targets.items():
        bare = "".join(c for c in target if not unicodedata.combining(c))
        plain = "m" if bare == "rn" else bare
        if not source.isascii() and plain.isascii() and plain.replace("-", "a").isalnum():
            readings[ord(source)] = plain
    return readings


def _spans(
    sections: Mapping[str, list[tuple[str, str]]],
) -> tuple[tuple[int, ...], tuple[tuple[int, frozenset[str]], ...]]:
    """Cut the ranges of both script properties into spans that do not overlap."""
    extended = {
        point: frozenset(names.split("+"))
        for names, body in sections["also"]
        for point in _points(body)
    }
    points = sorted(extended)
    spans = [(point, point, extended[point]) for point in points]
    for name, body in sections["script"]:
        found = frozenset({name})
        for first, last in _ranges(body):
            inside = points[bisect_left(points, first) : bisect_right(points, last)]
            cuts = itertools.pairwise((first - 1, *inside, last + 1))
            spans += [(a + 1, b - 1, found) for a, b in cuts if a + 1 < b]
    spans.sort(key=lambda span: span[0])
    return tuple(span[0] for span in spans), tuple(span[1:] for span in spans)


def _points(body: str) -> Iterator[int]:
    for first, last in _ranges(body):
        yield from range(first, last + 1)


def _ranges(body: str) -> Iterator[tuple[int, int]]:
    for item in body.split():
        first, _, last = item.partition("-")
        yield int(first, 16), int(last or first, 16)
