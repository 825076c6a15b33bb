"""Own the question whether one name was written where another was meant, and how.

`explain` looks at both names from the right: ``mail.army.ml`` is compared with ``army.mil`` by its
last two labels, and what stands before them is kept in the name that was meant. The rule: two
names of one owner (the same registrable part) are never look-alikes of each other, and nothing here
knows which of two names is the right one; that is a question of evidence, which the judge answers.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from publicsuffixlist import PublicSuffixList
from rapidfuzz.distance import OSA

from missent.errors import MalformedAddress
from missent.lookalike.edits import LOG_RATIOS, TWICE, Kind, Slip, classify
from missent.lookalike.index import squash
from missent.mail.domain import DomainName

_GENERIC = frozenset({"com", "net", "org", "edu", "gov", "int", "info", "biz"})
_RARITY = ((2, -5.0), (3, -3.0), (4, -1.0), (6, 0.0), (9, 0.7), (253, 1.2))
"""By length of the shorter stem: every name of three letters is somebody's, so that two of them
lie side by side by chance; of ten letters almost none does."""
_SEPARATED = frozenset({Kind.MISSING_DOT, Kind.MISSING_HYPHEN, Kind.SEPARATOR})
"""Slips that make one long name of two short ones, so that a short stem says nothing."""
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
    return max(_ways(written, known), key=lambda way: way.log_ratio, default=None)


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
    meant = _name(written.ascii.removesuffix(eater) + suffix.ascii)
    if meant is None:
        return None
    phrase = f"{slip.phrase} of .{suffix.ascii}"
    return Lookalike(written, suffix, meant, slip.kind, True, slip.log_ratio + _EATER, phrase)


def _one_owner(one: DomainName, other: DomainName) -> bool:
    if one.ascii == other.ascii:
        return True
    return one.registrable is not None and one.registrable == other.registrable


@dataclass(frozen=True, slots=True)
class _Target:
    """What a written name is compared with: a known name or its registrable part."""

    known: DomainName
    text: str

    @property
    def suffix(self) -> str:
        if self.known.registrable is None:  # a public suffix that has mail itself: ``mil.no``
            return self.text.partition(".")[2]
        return self.known.public_suffix

    @property
    def stem(self) -> str:
        return self.text.removesuffix("." + self.suffix)

    def rarity(self, stem: str) -> float:
        length = min(len(squash(self.stem)), len(squash(stem)))
        return next(value for limit, value in _RARITY if length <= limit)


def _ways(written: DomainName, known: DomainName) -> Iterator[Lookalike]:
    for text in dict.fromkeys((known.ascii, known.registrable or known.ascii)):
        target = _Target(known, text)
        if not target.suffix:
            return
        for tail in _tails(written, text):
            distance = OSA.distance(tail, text, score_cutoff=2)
            slip = classify(tail, text) if distance == 1 else None
            if slip is not None:
                yield from _single(written, tail, target, slip)
            elif distance == 2:
                yield from _double(written, tail, target)
        yield from _by_stem(written, target)


def _tails(written: DomainName, text: str) -> Iterator[str]:
    """Give the last labels of `written`, as many as `text` has or one more or less (a dot slip).

    A tail always contains the registrable part: the public suffix alone is nobody's name.
    """
    labels = written.ascii.split(".")
    wanted = text.count(".") + 1
    least = len((written.registrable or written.ascii).split("."))
    for count in (wanted, wanted - 1, wanted + 1):
        if least <= count <= len(labels):
            yield ".".join(labels[-count:])


def _single(written: DomainName, tail: str, target: _Target, slip: Slip) -> Iterator[Lookalike]:
    in_suffix = slip.at >= len(target.text) - len(target.suffix)
    if not in_suffix:
        rarity = target.rarity(tail.removesuffix("." + target.suffix))
        if slip.kind in _SEPARATED:
            rarity = max(rarity, 0.0)
        found = (slip.kind, slip.log_ratio + rarity, slip.phrase)
        yield from _found(written, tail, target, found)
        return
    eater = target.suffix.count(".") > written.public_suffix.count(".")
    if not (slip.cheap or eater):
        return  # ``.de`` for ``.dk`` is another country's suffix, not a slip: `_by_stem` has it
    ratio = slip.log_ratio + (_EATER if eater else 0.0)
    phrase = f"{slip.phrase} of .{target.suffix}"
    yield from _found(written, tail, target, (slip.kind, ratio, phrase), suffix_slip=True)


def _double(written: DomainName, tail: str, target: _Target) -> Iterator[Lookalike]:
    labels = tail.split(".")
    cut = len(labels) - (target.suffix.count(".") + 1)
    if cut < 1:
        return
    stem = ".".join(labels[:cut])
    first = classify(stem, target.stem)
    second = classify(".".join(labels[cut:]), target.suffix)
    if first is None or second is None or not (first.cheap and second.cheap):
        return
    ratio = first.log_ratio + second.log_ratio + TWICE + min(target.rarity(stem), 0.0)
    phrase = f"{first.phrase} and {second.phrase} of .{target.suffix}"
    yield from _found(written, tail, target, (Kind.TWO_SLIPS, ratio, phrase), suffix_slip=True)


def _by_stem(written: DomainName, target: _Target) -> Iterator[Lookalike]:
    suffix = written.public_suffix
    stem = written.ascii.removesuffix("." + suffix)
    if _ends(stem, target.stem) and _exists(target.suffix) and not _exists(suffix):
        phrase = f"ends in .{suffix} in place of .{target.suffix}"
        found = (Kind.NO_SUCH_SUFFIX, LOG_RATIOS[Kind.NO_SUCH_SUFFIX], phrase)
        yield from _found(written, f"{target.stem}.{suffix}", target, found, suffix_slip=True)
    elif _ends(stem, target.stem):
        generic = suffix in _GENERIC and target.suffix in _GENERIC
        ratio = (
            LOG_RATIOS[Kind.OTHER_SUFFIX] + target.rarity(target.stem) - (0.0 if generic else 1.0)
        )
        phrase = f"ends in .{suffix} in place of .{target.suffix}"
        tail = f"{target.stem}.{suffix}"
        yield from _found(written, tail, target, (Kind.OTHER_SUFFIX, ratio, phrase))
    if _ends(stem, target.text):
        phrase = f"has .{suffix} after .{target.suffix}"
        tail = f"{target.text}.{suffix}"
        yield from _found(
            written, tail, target, (Kind.EXTRA_SUFFIX, LOG_RATIOS[Kind.EXTRA_SUFFIX], phrase)
        )


@functools.cache
def _registry() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


@functools.lru_cache(maxsize=1024)
def _exists(suffix: str) -> bool:
    top_level = suffix.rpartition(".")[2]
    return _registry().publicsuffix(f"name.{top_level}") is not None


def _ends(stem: str, wanted: str) -> bool:
    return stem == wanted or stem.endswith("." + wanted)


def _found(
    written: DomainName,
    tail: str,
    target: _Target,
    slip: tuple[Kind, float, str],
    *,
    suffix_slip: bool = False,
) -> Iterator[Lookalike]:
    meant = _name(written.ascii.removesuffix(tail) + target.text)
    if meant is not None:
        kind, ratio, phrase = slip
        yield Lookalike(written, target.known, meant, kind, suffix_slip, ratio, phrase)


def _name(text: str) -> DomainName | None:
    try:
        return DomainName.parse(text)
    except MalformedAddress:  # a slip may have made room for a name that is too long
        return None
