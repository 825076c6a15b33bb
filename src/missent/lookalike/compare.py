"""Own the question whether one name was written where another was meant, and how.

`explain` looks at both names from the right: ``mail.army.ml`` is compared with ``army.mil`` by its
last two labels, and what stands before them is kept in the name that was meant. Names with other
than plain letters are compared as they read in plain ones (`confusables.reading`), so that a slip in
``münchen`` is found as one in ``munchen`` is. What looks or sounds alike without being a slip of the hand
comes last, in `senses`. The rule: two
names of one owner (the same registrable part) are never look-alikes of each other, and nothing here
knows which of two names is the right one; that is a question of evidence, which the judge answers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from missent.lookalike.edits import (
    LOG_RATIOS,
    TWICE,
    TWICE_IN_ONE,
    Kind,
    Slip,
    classify,
    classify_two,
)
from missent.lookalike.index import squash
from missent.lookalike.plain import Plain, meant
from missent.lookalike.senses import Target, Way, sensed
from missent.lookalike.top_level import exists
from missent.mail.domain import DomainName

_GENERIC = frozenset({"com", "net", "org", "edu", "gov", "int", "info", "biz"})
_SEPARATED = frozenset({Kind.MISSING_DOT, Kind.MISSING_HYPHEN, Kind.SEPARATOR})
"""Slips that make one long name of two short ones, so that a short stem says nothing."""
_LONG = 8
"""Letters both stems must have for two slips in one: ``hallibutron``."""
_EATER = 3.0
"""Added where a slip made an ordinary name of a public suffix: no organisation lives there twice."""


@dataclass(frozen=True, slots=True)
class Lookalike:
    """One way in which `written` may stand for `known`."""

    written: DomainName
    known: DomainName
    meant: DomainName
    """The whole name that was meant: `known`, with what `written` has before it."""
    slip: str
    """The kind of slip, as in `edits.Kind`."""
    suffix_slip: bool
    """Whether the slip lies in the public suffix, so that one stranger catches every name in it."""
    log_ratio: float
    """How much likelier this is as a slip than as chance (natural logarithm)."""
    phrase: str
    """What the written name does, for a sentence: ``drops the i of .mil``."""


def explain(written: DomainName, known: DomainName) -> Lookalike | None:
    """Tell how `written` could have come from `known`, by the likeliest way; None if by none."""
    if written.is_literal or known.is_literal or _one_owner(written, known):
        return None
    ways = list(_ways(Plain.of(written), known))
    ways.sort(key=lambda found: -found[1].log_ratio)
    return next(filter(None, (_lookalike(written, target, way) for target, way in ways)), None)


def explain_suffix(written: DomainName, suffix: DomainName) -> Lookalike | None:
    """Tell whether `written` lies under a slip of a protected suffix of two labels or more.

    ``anything.go.uk`` does for ``gov.uk``, whatever stands before it: the slip made an ordinary
    name of the suffix, and its owner receives for every organisation below. A slip that is itself
    a public suffix (``gov.ua`` for ``gov.au``) says nothing without a known name.
    """
    eater = written.registrable
    if "." not in suffix.ascii or eater is None or eater == written.ascii:
        return None
    slip = classify(eater, suffix.ascii)
    if slip is None or not slip.cheap:
        return None
    whole = meant(written, eater, suffix, suffix.ascii)
    if whole is None:
        return None
    phrase = f"{slip.phrase} of .{suffix.ascii}"
    return Lookalike(written, suffix, whole, slip.kind, True, slip.log_ratio + _EATER, phrase)


def _one_owner(one: DomainName, other: DomainName) -> bool:
    if one.ascii == other.ascii:
        return True
    return one.registrable is not None and one.registrable == other.registrable


def _lookalike(written: DomainName, target: Target, way: Way) -> Lookalike | None:
    known = target.known.name
    whole = meant(written, way.tail, known, target.text)
    if whole is None:
        return None
    return Lookalike(written, known, whole, way.kind, way.suffix_slip, way.log_ratio, way.phrase)


def _ways(written: Plain, known: DomainName) -> Iterator[tuple[Target, Way]]:
    for target in _targets(known):
        for source in (_slips, _by_stem, sensed):
            for way in source(written, target):
                yield target, way


@functools.lru_cache(maxsize=16_384)
def _targets(known: DomainName) -> tuple[Target, ...]:
    plain = Plain.of(known)
    texts = dict.fromkeys((plain.text, plain.registrable or plain.text))
    targets = (Target.of(plain, text) for text in texts)
    return tuple(target for target in targets if target.suffix)


def _slips(written: Plain, target: Target) -> Iterator[Way]:
    for tail in _tails(written, target.text):
        distance = OSA.distance(tail, target.text, score_cutoff=2)
        slip = classify(tail, target.text) if distance == 1 else None
        if slip is not None:
            yield from _single(written, tail, target, slip)
        elif distance == 2:
            yield from _double(tail, target)


def _tails(written: Plain, text: str) -> Iterator[str]:
    """Give the last labels of `written`, as many as `text` has or one more or less (a dot slip).

    A tail always contains the registrable part: the public suffix alone is nobody's name. It is
    that part, that with a label more (a slip in the suffix cost it one), or the whole name.
    """
    labels = written.text.split(".")
    wanted = text.count(".") + 1
    least = (written.registrable or written.text).count(".") + 1
    for count in (wanted, wanted - 1, wanted + 1):
        if count in (least, least + 1, len(labels)) and count <= len(labels):
            yield ".".join(labels[-count:])


def _single(written: Plain, tail: str, target: Target, slip: Slip) -> Iterator[Way]:
    if slip.at < len(target.text) - len(target.suffix):
        rarity = target.rarity(tail.removesuffix("." + target.suffix))
        if slip.kind in _SEPARATED:
            rarity = max(rarity, 0.0)
        yield Way(tail, slip.kind, slip.log_ratio + rarity, slip.phrase)
        return
    eater = target.suffix.count(".") > written.suffix.count(".")
    if not (slip.cheap or eater):
        return  # ``.de`` for ``.dk`` is another country's suffix, not a slip: `_by_stem` has it
    ratio = slip.log_ratio + (_EATER if eater else 0.0)
    phrase = f"{slip.phrase} of .{target.suffix}"
    yield Way(tail, slip.kind, ratio, phrase, suffix_slip=True)


def _double(tail: str, target: Target) -> Iterator[Way]:
    labels = tail.split(".")
    cut = len(labels) - (target.suffix.count(".") + 1)
    if cut < 1:
        return
    stem, suffix = ".".join(labels[:cut]), ".".join(labels[cut:])
    if suffix == target.suffix:
        yield from _double_in_stem(tail, stem, target)
        return
    first, second = classify(stem, target.stem), classify(suffix, target.suffix)
    if first is None or second is None or not (first.cheap and second.cheap):
        return
    ratio = first.log_ratio + second.log_ratio + TWICE + min(target.rarity(stem), 0.0)
    phrase = f"{first.phrase} and {second.phrase} of .{target.suffix}"
    yield Way(tail, Kind.TWO_SLIPS, ratio, phrase, suffix_slip=True)


def _double_in_stem(tail: str, stem: str, target: Target) -> Iterator[Way]:
    if min(len(squash(stem)), len(squash(target.stem))) < _LONG:
        return  # two slips make any short name of any other
    both = classify_two(stem, target.stem)
    if both is not None:
        ratio = sum(slip.log_ratio for slip in both) + TWICE + TWICE_IN_ONE + target.rarity(stem)
        yield Way(tail, Kind.TWO_SLIPS, ratio, " and ".join(slip.phrase for slip in both))


def _by_stem(written: Plain, target: Target) -> Iterator[Way]:
    suffix = written.suffix
    stem = written.text.removesuffix("." + suffix)
    if _ends(stem, target.text):
        phrase = f"has .{suffix} after .{target.suffix}"
        tail = f"{target.text}.{suffix}"
        yield Way(tail, Kind.EXTRA_SUFFIX, LOG_RATIOS[Kind.EXTRA_SUFFIX], phrase)
    if stem == written.text or not _ends(stem, target.stem):
        return
    phrase = f"ends in .{suffix} in place of .{target.suffix}"
    tail = f"{target.stem}.{suffix}"
    if exists(target.known.name.ascii) and not exists(written.name.ascii):
        ratio = LOG_RATIOS[Kind.NO_SUCH_SUFFIX]
        yield Way(tail, Kind.NO_SUCH_SUFFIX, ratio, phrase, suffix_slip=True)
        return
    ratio = LOG_RATIOS[Kind.OTHER_SUFFIX] + target.rarity(target.stem)
    if not (suffix in _GENERIC and target.suffix in _GENERIC):
        ratio -= 1.0
    yield Way(tail, Kind.OTHER_SUFFIX, ratio, phrase)


def _ends(stem: str, wanted: str) -> bool:
    return stem == wanted or stem.endswith("." + wanted)
