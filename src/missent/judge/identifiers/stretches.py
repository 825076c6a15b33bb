"""Own the quick question where in a text an identifier of a person or an account may stand at all.

Ordinary mail is full of numbers that are none, and `find` reads them all. Here a number is first known
by its shape only: how long its groups are, and where it has letters. Few shapes can be an identifier by
their check digits, which are tried; the others count only beside a word that names identifiers. What
is left are the places for `find`. Ways to reach somebody (`CONTACT`, `BUSINESS`) are not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import accumulate

from missent.judge.identifiers import cues, mrz
from missent.judge.identifiers.kinds import BUSINESS, CONTACT, Kind, Strength
from missent.judge.identifiers.mixed import IBAN_LENGTHS
from missent.judge.identifiers.national import NUMBERS, Number
from missent.judge.vocabulary import plain

Span = tuple[int, int]
MOST = 150_000
"""Characters that are read closely at most: beyond, a document is a list of identifiers anyway, or an
attack, and is only counted so far."""

_TRIES = 20_000
"""Numbers that are looked at twice, for the same reason."""
_DIGIT, _LETTER, _JOINER, _OTHER = 48, 97, 45, 32
_SHAPE = bytes(
    _DIGIT
    if 48 <= c < 58
    else _LETTER
    if chr(c).isalpha() and c < 128
    else _JOINER
    if c in b" -./"
    else _OTHER
    for c in range(256)
)
_RUN = re.compile(
    rb"0(?:[0a]{4}|[0a]{0,3}-0|0-a{4}-0)[0a]{0,64}(?:-0[0a]{0,40}){0,12}",
)
"""Groups that begin with a digit, of which there are at least two or five characters."""
_LETTERED = re.compile(rb"(?:0*a+)?0+a")
_TAIL = re.compile(rb"-?a(?![0a])|-a{1,2}0aa(?![0a])")
_FEWEST = 5
"""Digits of the shortest identifier."""
_WORD = 8
"""Characters of the shortest identifier of digits and letters that needs no name."""
_BEFORE, _AFTER, _LINE = 70, 30, 120
_BY_NAME, _BY_FORM, _BY_LETTERS = 1, 2, 4
_FORMED = _BY_FORM | _BY_LETTERS

_Layout = tuple[int, ...]
_Numbers = list[tuple[str, Number]]
_Trial = tuple[int, int, tuple[int, ...], _Numbers]
"""Where groups begin and end in a run, where their separators stand, and the numbers they may be."""
_LAID: dict[_Layout, _Numbers] = {}
_BARE: dict[int, _Numbers] = {}
for _number in NUMBERS:
    for _seps, _lens in _number.layouts:
        _LAID.setdefault(_lens, []).append((_seps, _number))
    for _length in _number.lengths if (_number.bare or Strength.WEAK) > Strength.WEAK else ():
        _BARE.setdefault(_length, []).append(("", _number))
_LARGEST = max(map(len, _LAID))

_VAGUE = frozenset((b"number", b"no", b"nr", b"id", b"of", b"a", b"c", b"my", b"code", b"file"))
_UNNAMED = CONTACT | BUSINESS | {Kind.CREDIT_CARD}
"""Kinds that are not looked for, or whose check digits are enough."""
_TELLING = frozenset(
    max((word for word in phrase.split() if word not in _VAGUE), key=len, default=b"")
    for phrase, kinds in cues.PHRASES.items()
    if not _UNNAMED.issuperset(kinds)
)
"""A word of each phrase that names an identifier."""


def likely(text: str, octets: bytes) -> list[Span]:
    """Give the stretches where `find` may find an identifier of a person, a card or an account.

    `octets` is the text as `vocabulary.plain`. The stretches do not overlap, and are in order.
    """
    spans: list[Span] = []
    length = 0
    places: Iterable[Span] = _places(text, octets)
    zones = [(at, at) for at in mrz.places(text)]
    if zones:
        places = sorted((*zones, *places))
    for begin, end in places:
        start = text.rfind("\n", max(0, begin - _LINE), begin) + 1 or max(0, begin - _LINE)
        stop = min(len(text), end + _LINE)
        if spans and start <= spans[-1][1]:
            start, spans[-1] = spans[-1][1], (spans[-1][0], max(stop, spans[-1][1]))
        else:
            spans.append((start, stop))
        length += max(0, stop - start)
        if length > MOST:
            break
    return spans


def _places(text: str, octets: bytes) -> Iterator[Span]:
    shape = text.encode("ascii", "replace").translate(_SHAPE)
    ascii_only = text.isascii()
    tabbed = "\t" in text
    tries = 0
    first = shape.find(b"0")  # much faster than a pattern, and many texts have no figure
    for run in _RUN.finditer(shape, first) if first >= 0 else ():
        begin, end = run.span()
        promise, telling, faint = _promise(run.group())
        lettered = shape[begin - 1] == _LETTER if begin else False
        if not promise and not telling and not faint and not lettered:
            continue
        tries += 1
        if tries > _TRIES:
            return
        by_name = lettered or promise & _BY_NAME
        if (
            (telling and _checked(text, begin, telling))
            or ((lettered or promise & _FORMED) and _formed(text, shape, run, promise))
            or (
                (by_name or faint)
                and _called(text, octets if ascii_only else None, run, tabbed)
                and (by_name or _checked(text, begin, faint))
            )
        ):
            yield begin, end


@lru_cache(maxsize=4096)
def _promise(shape: bytes) -> tuple[int, tuple[_Trial, ...], tuple[_Trial, ...]]:
    """Tell what a run of this shape may be, and which of its groups have check digits to try.

    Of these first those whose check digits are enough, then those that need a word beside them, too.
    """
    if shape.count(b"0") < _FEWEST:
        return 0, (), ()
    groups = shape.split(b"-")
    ends = list(accumulate(len(group) + 1 for group in groups))
    promise = 0
    trials: list[_Trial] = []
    for place, group in enumerate(groups):
        if len(group) >= _FEWEST:
            promise |= _BY_NAME
        if b"a" in group:
            promise |= _BY_LETTERS if len(group) >= 4 else 0
            continue
        first = ends[place] - len(group) - 1
        if len(group) in _BARE:
            trials.append((first, ends[place] - 1, (), _BARE[len(group)]))
        for count in range(2, min(_LARGEST, len(groups) - place) + 1):
            laid = tuple(map(len, groups[place : place + count]))
            if laid in _LAID and b"a" not in b"".join(groups[place : place + count]):
                seps = tuple(end - 1 - first for end in ends[place : place + count - 1])
                trials.append((first, ends[place + count - 1] - 1, seps, _LAID[laid]))
        if len(group) in (6, 7, 8) or tuple(map(len, groups[place : place + 3])) == (2, 2, 2):
            promise |= _BY_FORM
    return promise, _worth(trials, telling=True), _worth(trials, telling=False)


def _worth(trials: list[_Trial], *, telling: bool) -> tuple[_Trial, ...]:
    """Keep of the trials the numbers whose check digits are enough, or the others."""
    kept = (
        (start, end, seps, [one for one in numbers if _tells_itself(one[1], seps) is telling])
        for start, end, seps, numbers in trials
    )
    return tuple(trial for trial in kept if trial[3])


def _tells_itself(number: Number, seps: tuple[int, ...]) -> bool:
    return ((number.laid if seps else number.bare) or Strength.WEAK) > Strength.WEAK


def _checked(text: str, begin: int, trials: tuple[_Trial, ...]) -> bool:
    """Tell whether one of these groups has the layout and the check digits of its number."""
    for start, end, seps, numbers in trials:
        written = text[begin + start : begin + end]
        between = "".join([written[at] for at in seps])
        for layout, number in numbers:
            if layout == between:
                digits = "".join([c for c in written if c.isdigit()]) if seps else written
                if number.valid(digits):
                    return True
    return False


def _formed(text: str, shape: bytes, run: re.Match[bytes], promise: int) -> bool:
    """Tell whether letters and digits stand as in one of the forms that need no name."""
    begin, end = run.span()
    start = begin
    while start and shape[start - 1] == _LETTER and begin - start < 40:
        start -= 1
    letters = begin - start
    if letters == 2 and shape[begin + 1 : begin + 2] == b"0":
        country = text[start:begin].upper()
        if country in IBAN_LENGTHS and end - begin > _WORD:
            return True
    if promise & _BY_LETTERS or letters:
        first = shape[begin:end].split(b"-")
        for place, group in enumerate(first):
            size = len(group) + (0 if place else letters)
            if size >= _WORD and group.count(b"0") >= 4 and _LETTERED.match(group):
                return True
        if promise & _BY_LETTERS and b"000000-000a" in run.group():
            return True
    if not promise & _BY_FORM:
        return False
    if letters == 2 or shape[start - 3 : start] in (b"-aa", b" aa") or _prefixed(text, begin):
        return True
    return _TAIL.match(shape, end) is not None and text[end : end + 1] != " "


def _prefixed(text: str, begin: int) -> bool:
    """Tell whether two capitals stand apart before it: a number of the British insurance."""
    before = text[max(0, begin - 4) : begin]
    return len(before) >= 3 and before[-1] in " -" and before[-3:-1].isupper()


def _called(text: str, octets: bytes | None, run: re.Match[bytes], tabbed: bool) -> bool:
    """Tell whether a word that names an identifier stands near, or heads the column."""
    begin, end = run.span()
    before, after = max(0, begin - _BEFORE), end + _AFTER
    near = octets[before:after] if octets is not None else plain(text[before:after])
    if _tells(near):
        return True
    if octets is None and any(name in text[before:after] for name in cues.NATIVE):
        return True
    if not tabbed or "\t" not in text[max(0, begin - _LINE) : end + _LINE]:
        return False
    heading = cues.heading(text, begin)
    if not heading:
        return False
    return _tells(plain(heading)) or (
        octets is None and any(name in heading for name in cues.NATIVE)
    )


def _tells(near: bytes) -> bool:
    if not _TELLING.isdisjoint(near.split()):
        return True
    return b"id n" in near or b"my number" in near or b"a c " in near
