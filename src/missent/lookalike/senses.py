"""Own the ways in which one name is taken for another without a slip of the hand.

The eye takes ``rn`` for ``m`` and a Cyrillic letter for a Latin one, the ear ``hotmale`` for
``hotmail``; a hand that goes on runs the next word into the name. The rule: here a written name is
compared with the owner's name only (its registrable part), under which `index` makes such pairs meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from missent.lookalike.confusables import alphabet, skeleton, spelling
from missent.lookalike.edits import LOG_RATIOS, STRANGE_LETTER, Kind
from missent.lookalike.index import GLUED_BEFORE, squash, unglued
from missent.lookalike.plain import Plain, last_labels
from missent.lookalike.sounds import sounds_alike
from missent.lookalike.top_level import exists

_RARITY = (-5.0, -5.0, -5.0, -3.0, -1.0, 0.0, 0.0, 0.7, 0.7, 0.7, 1.2)
"""By length of the shorter stem, the last for all longer ones: every name of three letters is
somebody's, so that two of them lie side by side by chance; of ten letters almost none does."""
_FEW = 3
"""Letters that a sentence can show side by side."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a written name is compared with: a known name or its registrable part."""

    known: Plain
    text: str
    suffix: str
    """The public suffix, in plain letters."""
    stem: str
    """What stands before it."""

    @classmethod
    def of(cls, known: Plain, text: str) -> Target:
        """Cut the plain form of a known name, or of its registrable part."""
        suffix = known.suffix
        if known.registrable is None:  # a public suffix that has mail itself: ``mil.no``
            suffix = text.partition(".")[2]
        return cls(known, text, suffix, text.removesuffix("." + suffix))

    @property
    def whole(self) -> bool:
        """Whether this is all of the owner's name, without a host before it."""
        return self.text == (self.known.registrable or self.known.text)

    def rarity(self, stem: str) -> float:
        """Weigh how seldom two names of these stems' lengths are near each other by chance."""
        return _rarity(min(len(squash(self.stem)), len(squash(stem))))


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which the last labels of a written name may stand for a target."""

    tail: str
    """Those labels, in plain letters."""
    kind: Kind
    log_ratio: float
    phrase: str
    suffix_slip: bool = False


def sensed(written: Plain, target: Target) -> Iterator[Way]:
    """Give the ways in which `written` looks or sounds like `target`, or runs into a next word."""
    if written.strange or target.known.strange:
        yield from _strange(written, target)
    if target.whole:
        tail = written.registrable or written.text
        if tail != target.text and skeleton(tail) == skeleton(target.text):
            yield _looks(tail, target)
        if written.suffix == target.suffix:
            yield from _sounds(tail, target)
        yield from _glued(written, tail, target)


def _strange(written: Plain, target: Target) -> Iterator[Way]:
    """Compare names that read the same in plain letters, or do when umlauts are spelt out."""
    if (written.registrable or "").count(".") > target.text.count("."):
        return
    tail = last_labels(written.text, target.text)
    one = last_labels(written.name.unicode, target.text)
    other = last_labels(target.known.name.unicode, target.text)
    same = tail == target.text
    if not same and spelling(one) != target.text and tail != spelling(other):
        return
    ends = last_labels(one, target.suffix), last_labels(other, target.suffix)
    in_suffix = one.removesuffix(ends[0]) == other.removesuffix(ends[1])
    rarity = target.rarity(tail.removesuffix("." + target.suffix))
    phrase = _difference(one, other)
    respelt = one.casefold() == other.casefold()  # ``ß``: two letters that look like no other
    if same and not respelt and skeleton(one) == skeleton(other):
        ratio = LOG_RATIOS[Kind.LOOK_ALIKE] + STRANGE_LETTER + min(rarity, 0.0)
        yield Way(tail, Kind.LOOK_ALIKE, ratio, phrase, suffix_slip=in_suffix)
    else:
        yield Way(tail, Kind.ACCENT, LOG_RATIOS[Kind.ACCENT] + rarity, phrase)


def _looks(tail: str, target: Target) -> Way:
    ratio = LOG_RATIOS[Kind.LOOK_ALIKE] + target.rarity(tail.removesuffix("." + target.suffix))
    return Way(tail, Kind.LOOK_ALIKE, ratio, _difference(tail, target.text))


def _sounds(tail: str, target: Target) -> Iterator[Way]:
    stem = tail.removesuffix("." + target.suffix)
    if sounds_alike(stem, target.stem):
        ratio = LOG_RATIOS[Kind.SOUND_ALIKE] + target.rarity(stem)
        yield Way(tail, Kind.SOUND_ALIKE, ratio, f"sounds like {target.stem}")


def _glued(written: Plain, tail: str, target: Target) -> Iterator[Way]:
    """Find text that ran into the name: before it, at its end, or its own dot lost in a longer one."""
    ratio = LOG_RATIOS[Kind.GLUED_TEXT]
    label = tail[: -len(written.suffix) - 1]
    if label.startswith(GLUED_BEFORE) and written.suffix == target.suffix:
        if label.removeprefix(GLUED_BEFORE).lstrip("-") == target.stem:
            yield Way(tail, Kind.GLUED_TEXT, ratio, f"has {GLUED_BEFORE} run into it")
    elif squash(label) == squash(target.text):
        ratio += min(_rarity(len(label)), 0.0)
        phrase = f"runs {target.text} together and has .{written.suffix} after it"
        yield Way(tail, Kind.GLUED_TEXT, ratio, phrase)
    ends = (last_labels(each, target.suffix) for each in (written.name.ascii, written.text))
    if exists(written.name.ascii) or len(set(ends)) > 1:
        return
    for cut in unglued(written.text):
        if cut == target.text or cut.endswith("." + target.text):
            phrase = f"has {written.text.removeprefix(cut)} run into the end of .{target.suffix}"
            ratio = LOG_RATIOS[Kind.GLUED_TEXT] + LOG_RATIOS[Kind.NO_SUCH_SUFFIX]
            yield Way(last_labels(written.text, target.text), Kind.GLUED_TEXT, ratio, phrase, True)


def _rarity(length: int) -> float:
    return _RARITY[min(length, len(_RARITY) - 1)]


def _difference(one: str, other: str) -> str:
    """Say what one text has for what the other has."""
    at = _shared(one, other)
    end = _shared(one[at:][::-1], other[at:][::-1])
    wrote, meant = one[at : len(one) - end], other[at : len(other) - end]
    name = alphabet(wrote)
    if not (wrote and meant) or max(len(wrote), len(meant)) > _FEW:
        return f"has {name} letters" if name not in ("", "Latin") else "only looks or reads alike"
    return f"has {'' if name in ('', 'Latin') else f'the {name} '}{wrote} for {meant}"


def _shared(one: str, other: str) -> int:
    """Count the letters with which both texts begin."""
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))
