"""Own which letter goes wrong, and into which: the habits of fingers and of ears.

`edits` says how likely a kind of slip is; this says which of its many ways is taken. The rule: a
habit is a natural logarithm that is added to the kind's own log ratio, and an unknown letter has
none. The figures were fitted to one half of the published mistyped mail domains in
tests/lookalike/wild_typos.csv; bench/generate.py reports on the other half.
"""

from __future__ import annotations

import functools
import math
import unicodedata

from missent.lookalike.edits import LAYOUTS, LOG_RATIOS, Kind, neighbours

FIRST = {
    Kind.DROP: -0.25,
    Kind.SWAP: -1.5,
    Kind.DOUBLE: -0.7,
    Kind.NEIGHBOUR_KEY: -0.5,
    Kind.SUBSTITUTE: -0.4,
    Kind.INSERT: -1.2,
}
"""At the start of a label, where the eye is."""
_INNER_SWAP = 0.65
_TWO_HANDS = 0.45
"""Letters change places oftener if the hands take turns: the second one comes too soon."""
_LAST_TWICE = 0.4
"""At the end of the name, where the finger waits for the dot: ``outlookk``."""
_THRICE = 0.6
"""Who knows that a letter comes twice loses count: ``outloook``."""
_LOST_WEAK = 0.6
"""A vowel, or a consonant behind another: they are heard less than those that begin a syllable."""
_LOST_IN_SUFFIX = (-0.5, 0.5, 1.0)
"""The first, an inner and the last letter of a label: ``.co`` is commoner than ``.cm``, ``.om`` is rare."""
MOVED_DOT = -1.0
"""A dot that changes places with a letter is rarer than one typed for a hyphen."""
WRONG_MARK = 0.7
"""A dot for a hyphen or back: names have one or two places for it."""
STRAY = -2.0
"""A dot or hyphen somewhere inside a word."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_LEFT_HAND = frozenset("qwertasdfgzxcvb12345")
"""Of ten-finger typing on QWERTY; on the other `LAYOUTS` only y and z change hands."""
_VOWELS = frozenset("aeiou")
_SPOKEN = frozenset("aeiouy")
_WRONG_KEY = {3: 1.8, 2: -0.5, 1: -1.9}
"""By `nearness`: side by side, above each other, on another layout."""
_ADDED_KEY = {3: 1.1, 2: -1.3, 1: -1.2, 0: -0.6}
_STRANGE = -1.8
_DIGIT = -0.8
"""For a letter: another row, and seen at once."""
_BREATH = 2.2
"""A vowel between two consonants, as the name is said: ``gimail``."""
_ENDING = 2.6
"""A mute e or a plural s: ``gmaile``, ``bigponds``."""
ECHO_ADDED = 1.25
"""A letter that is two places away comes once more, or too early: ``iclould``, ``comacast``."""
ECHO_WRONG = 0.8
"""A letter is typed as the one beside it: ``gogglemail``, ``outllok``."""
_BY_SOUND = "ieaou"
_VOWEL_FOR_VOWEL = {1: 1.5, 2: 0.7, 3: 0.7, 4: 0.7}
"""By steps apart in `_BY_SOUND`, the order in which the mouth forms them: an unstressed vowel is heard
as the one beside it, ``iclaud``. A weight that is added, as in `_ALIKE`."""
_ALIKE = {
    frozenset(pair): weight
    for pairs, weight in (
        ("il l1 i1 o0 nm uv vw", 1.2),
        ("ck sz iy bp dt bd gj fv gq ks cs hn rn mw tl", 0.6),
    )
    for pair in pairs.split()
}
"""Letters that look or sound alike, and the weight (no logarithm) that this adds."""

_SWAPPED_WITH_US: tuple[frozenset[frozenset[str]], ...] = (
    frozenset(),
    frozenset({frozenset("yz")}),
    frozenset({frozenset("wz"), frozenset("aq")}),
)
"""By place in `LAYOUTS`: the finger is right, the setting is not. `edits.SWITCHED` has them all."""
_QWERTZ = frozenset("de at ch li lu cz sk hu si hr rs ba".split())  # noqa: SIM905
"""Not ``me``: few of its names are Montenegro's."""
_AZERTY = frozenset(("fr", "be", "dz", "ma", "tn"))
"""France, Belgium and the Maghreb; the other French-speaking countries are mixed."""

SOUNDS: tuple[tuple[str, str], ...] = tuple(
    (meant, heard)
    for line in (
        "mail:male mail:mel mail:mal mail:meil ai:ei ai:ay ei:ie ie:ei oo:u oo:ou ou:oo u:oo ou:u",
        "ou:ow ow:ou ph:f f:ph ck:k k:ck ok:ock c:k k:c x:ks ks:x ee:ea ea:ee qu:kw qu:k",
        "th:t sh:sch sch:sh ch:sh ch:tch v:w w:v y:i i:y z:s s:z zz:ts er:re re:er le:el el:le",
        "al:le or:er er:or ce:se dge:ge gh:g rh:r wh:w kn:n tion:sion",
    )
    for meant, _, heard in (pair.partition(":") for pair in line.split())
)
"""How one spelling of a sound is written for another."""
_SPELT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe"}
)


def weight(kind: Kind, habit: float = 0.0) -> float:
    """Give the likelihood of one slip, up to a factor that all slips of one name share."""
    return math.exp(LOG_RATIOS[kind] + habit)


def lost(text: str, at: int, cut: int) -> float:
    """Give the habit of dropping the letter at `at`, in a name whose public suffix begins at `cut`."""
    first = starts_label(text, at)
    if at >= cut:
        last = at + 1 == len(text) or text[at + 1] == "."
        return _LOST_IN_SUFFIX[0 if first else 2 if last else 1]
    if first:
        return FIRST[Kind.DROP]
    return _LOST_WEAK if text[at] in _SPOKEN or _is_consonant(text[at - 1]) else 0.0


def doubled(text: str, at: int, cut: int) -> float:
    """Give the habit of typing the letter at `at` twice, in a name whose suffix begins at `cut`."""
    habit = FIRST[Kind.DOUBLE] if starts_label(text, at) else _LAST_TWICE if at == cut - 2 else 0.0
    return habit + (_THRICE if at and text[at] == text[at - 1] else 0.0)


def swapped(text: str, at: int) -> float:
    """Give the habit of typing the letter after `at` first."""
    habit = FIRST[Kind.SWAP] if starts_label(text, at) else _INNER_SWAP
    two_hands = (text[at] in _LEFT_HAND) != (text[at + 1] in _LEFT_HAND)
    return habit + (_TWO_HANDS if two_hands else 0.0)


def starts_label(text: str, at: int) -> bool:
    """Tell whether a label begins at `at`."""
    return at == 0 or text[at - 1] == "."


def layout(suffix: str) -> int:
    """Give the place in `LAYOUTS` of the keyboard that is common where a suffix belongs."""
    top = suffix.rpartition(".")[2]
    return 1 if top in _QWERTZ else 2 if top in _AZERTY else 0


def replacement_kind(wrote: str, meant: str) -> Kind:
    """Tell a wrong key from a wrong letter, as `edits.classify` does."""
    beside = (wrote, meant) in neighbours() and not (wrote.isdigit() and meant.isdigit())
    return Kind.NEIGHBOUR_KEY if beside else Kind.SUBSTITUTE


@functools.lru_cache(maxsize=256)
def replacements(
    meant: str, keyboard: int, first: bool, every: bool
) -> tuple[tuple[str, Kind, float], ...]:
    """Give what is typed for one letter, its kind and its weight.

    `first` if it begins a label. Nobody types a digit by chance: those that are no neighbours are given
    only if `every` one is wanted.
    """
    found = []
    for wrote in _LETTERS + _DIGITS:
        if wrote == meant:
            continue
        kind = replacement_kind(wrote, meant)
        near = kind is Kind.NEIGHBOUR_KEY
        if wrote in _DIGITS and not (near or every or _alike(wrote, meant)):
            continue
        habit = _WRONG_KEY[nearness(wrote, meant, keyboard)] if near else _STRANGE
        habit += _DIGIT if wrote in _DIGITS else 0.0
        place = math.exp(FIRST[kind]) if first else 1.0
        found.append((wrote, kind, place * (weight(kind, habit) + _alike(wrote, meant))))
    return tuple(found)


@functools.lru_cache(maxsize=8192)
def additions(before: str, after: str, keyboard: int, every: bool) -> tuple[tuple[str, float], ...]:
    """Give what is typed between two characters, with its weight; doubling one is another slip.

    Digits are given only if `every` one is wanted.
    """
    found = []
    for wrote in _LETTERS + (_DIGITS if every else ""):
        if wrote in (before, after):
            continue
        near = max(nearness(wrote, other, keyboard) for other in (before, after))
        habit = _ADDED_KEY[near] + (_DIGIT if wrote in _DIGITS else 0.0)
        if not before:
            habit += FIRST[Kind.INSERT]
        if wrote in _VOWELS and _is_consonant(before) and _is_consonant(after):
            habit += _BREATH
        if after == "." and wrote in "es":
            habit += _ENDING
        found.append((wrote, weight(Kind.INSERT, habit)))
    return tuple(found)


@functools.cache
def nearness(one: str, other: str, keyboard: int) -> int:
    """Grade two keys of a keyboard: 3 side by side, 2 above each other, 1 on another, 0 apart."""
    if not one or not other or (one, other) not in neighbours():
        return 0
    layouts = (0,) if keyboard == 0 else (keyboard, 0)
    if any(_side_by_side(one, other, at) for at in layouts):
        return 3
    if frozenset((one, other)) in _SWAPPED_WITH_US[keyboard]:
        return 3
    return 2 if any(_above(one, other, at) for at in layouts) else 1


def without_marks(stem: str) -> tuple[str, str]:
    """Write a name without its diacritics: as bare letters, and as German and Danish do."""
    return _bare(stem), _bare(stem.translate(_SPELT))


def _bare(text: str) -> str:
    split = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in split if not unicodedata.combining(letter))


def _is_consonant(letter: str) -> bool:
    return letter.isalpha() and letter not in _SPOKEN


def _alike(wrote: str, meant: str) -> float:
    if wrote in _VOWELS and meant in _VOWELS:
        return _VOWEL_FOR_VOWEL[abs(_BY_SOUND.index(wrote) - _BY_SOUND.index(meant))]
    return _ALIKE.get(frozenset((wrote, meant)), 0.0)


def _side_by_side(one: str, other: str, at: int) -> bool:
    return any(one + other in row or other + one in row for row in LAYOUTS[at])


def _above(one: str, other: str, at: int) -> bool:
    """Rows are staggered: a key touches the one above and the next, as in `edits.neighbours`."""
    places = {letter: (y, x) for y, row in enumerate(LAYOUTS[at]) for x, letter in enumerate(row)}
    if one not in places or other not in places:
        return False
    (low, left), (high, right) = sorted((places[one], places[other]), reverse=True)
    return low - high == 1 and right - left in (0, 1)
