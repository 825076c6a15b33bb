"""Own the names that a slip of one name could turn into, the likeliest first.

`compare` judges a pair; here the written half is made. The rule: only names that could receive mail
are made (a real suffix, an outsider's label below it), none is looked up anywhere, and two names of
one owner are never each other's candidates.

Theory of operation. `edits.LOG_RATIOS` are odds of a slip against chance, and the chance that a real
name differs by exactly this change is the same for all one-edit changes of one name. So the
likelihood of a single slip is exp(log ratio), up to a factor that all candidates of a name share;
`habits` adds what the judge of a pair need not know: which letter, which key. What `edits` has no kind
for is put on the same scale: its share of all slips, times the `_CHANGES` that each character has.
All ways to one text are added up, since a hand may take any of them, and the likeliest gives the kind.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from missent.lookalike import habits
from missent.lookalike.edits import Kind, classify
from missent.lookalike.registries import is_closed, is_open, name_of, rivals, suffix_of
from missent.mail.domain import DomainName

LIMIT = 600
"""Candidates of one name: recall grows by less than one in a hundred beyond."""
_CHANGES = 75
_DROPPED = {".": Kind.MISSING_DOT, "-": Kind.MISSING_HYPHEN}
_GENERIC = (("com", 0.7), ("org", 0.15), ("net", 0.15))

# Shares of all slips (the measured mix: wrong suffix .18, of which letters lost in it are a part).
# Those below one in a hundred are too rare to be measured: they are fitted, as `habits` are.
_OTHER_SHARE = 0.065
_KNOWN_CLOSED = 0.25
"""Who writes to .mil knows that it is no firm's suffix."""
_EXTRA_SHARE = 0.003
"""Rarer than `edits` has it for a judge: nobody has such a name by chance, but few hands type it."""
_GLUED_SHARE = 0.007
_NOT_TELLING = 0.15
"""People glue on what tells them whose name it is (``armymil.com``), not a mere ``.net``."""
_LOST_SHARE = 0.005
_JUMP_SHARE = 0.01
_SOUND_SHARE = 0.007
_MARK_SHARE = 0.15  # of a name with diacritics: most keyboards lack them
_WORD_SHARE = 0.003
_LONG = 24
"""Letters of a stem in which pairs of slips are looked for: they grow with the square."""
_TOGETHER = 3.0
_FEW = 15
_PAIR = 0.6
"""What is left of the chance of both: who slips twice sees one of them oftener, and mends both."""


ADDED_WORD = "added_word"
"""The one kind that `edits.Kind` has not: ``yahoomail.com``."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One name that a slip of `of` could have turned into."""

    domain: DomainName
    of: DomainName
    kind: str
    """As in `edits.Kind`, or `ADDED_WORD`."""
    share: float
    """Its part of all that the candidates of this name receive; these sum to 1."""
    suffix_slip: bool
    """Whether the slip lies in the public suffix, so that one stranger catches every name in it."""
    open: bool | None
    """Whether an outsider can hold the name; None where the registry asks for more than money."""

    @property
    def phrase(self) -> str:
        """Say what it does, as `compare.explain` would: ``drops the i of .mil``."""
        known = self.of.unicode
        if self.kind == Kind.OTHER_SUFFIX:
            wrote = self.domain.unicode.removeprefix(known.removesuffix(_suffix_below(self.of)))
            return f"ends in .{wrote} in place of .{_suffix_below(self.of)}"
        if self.kind == Kind.EXTRA_SUFFIX:
            extra = self.domain.unicode.removeprefix(known + ".")
            return f"has .{extra} after .{_suffix_below(self.of)}"
        if self.kind in _PHRASES:
            return _PHRASES[self.kind]
        slip = classify(self.domain.unicode, known)
        if slip is None or slip.kind != self.kind:
            return _PHRASES[Kind.TWO_SLIPS]
        return f"{slip.phrase} of .{_suffix_below(self.of)}" if self.suffix_slip else slip.phrase


_PHRASES: dict[str, str] = {
    Kind.SOUND_ALIKE: "sounds alike",
    Kind.ACCENT: "lacks the accents",
    ADDED_WORD: "adds the word mail",
    Kind.GLUED_TEXT: "lacks its dots and ends in another suffix",
    Kind.TWO_SLIPS: "is two slips away",
}


def candidates(
    domain: DomainName, *, limit: int = LIMIT, closed: bool = False
) -> tuple[Candidate, ...]:
    """Give the names that a slip of `domain` could turn into, the likeliest first.

    None for an address literal, a single label, and a top-level domain. With `closed`, names under a
    closed registry are given, too (`open` is False): no stranger is there, but perhaps a twin. The
    order is the same in every run.
    """
    name = _Name.of(domain, closed)
    if name is None or limit < 1:
        return ()
    pool = _Pool(name)
    for propose in _PROPOSERS:
        propose(pool)
    ranked = sorted((-way.weight, text) for text, way in pool.found.items())
    kept = list(itertools.islice(_outsiders(pool, ranked), limit))
    total = sum(way.weight for _, way, _ in kept)
    return tuple(_candidate(name, found, way, can, total) for found, way, can in kept)


# -- The name, and what its slips are gathered in --------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Name:
    """The name as people type it, cut where the public suffix begins."""

    domain: DomainName
    text: str
    stem: str
    suffix: str
    cut: int
    keyboard: int
    closed: bool
    """Whether names under a closed registry are wanted."""
    shut: bool
    """Whether no slip of the stem alone gives a name that is wanted."""

    @classmethod
    def of(cls, domain: DomainName, closed: bool) -> _Name | None:
        if domain.is_literal or "." not in domain.ascii:
            return None
        known = _suffix_below(domain)
        suffix = DomainName.parse(known).unicode
        text, cut = domain.unicode, len(domain.unicode) - len(suffix)
        shut = is_closed(known) and not closed
        keyboard = habits.layout(known)
        return cls(domain, text, text[: cut - 1], suffix, cut, keyboard, closed, shut)

    @property
    def positions(self) -> range:
        """Where a single slip may give a name that is wanted: if shut, from the last dot on."""
        return range(self.cut - 1 if self.shut else 0, len(self.text))

    def weight(self, share: float) -> float:
        """Put a share of all slips on the scale of exp(log ratio)."""
        return share * _CHANGES * len(self.text)


@dataclass(slots=True)
class _Way:
    weight: float
    best: float
    kind: str
    in_suffix: bool


@dataclass(slots=True)
class _Pool:
    """What was proposed, by text."""

    name: _Name
    found: dict[str, _Way] = field(default_factory=dict)

    def add(self, text: str, kind: str, weight: float, at: int = -1) -> None:
        """Take a text in; `at` is where the slip is, if it is a single one."""
        way = self.found.get(text)
        if way is None:
            if text != self.name.text:
                self.found[text] = _Way(weight, weight, kind, at >= self.name.cut)
            return
        way.weight += weight
        if weight > way.best:
            way.best, way.kind, way.in_suffix = weight, kind, at >= self.name.cut


def _outsiders(
    pool: _Pool, ranked: list[tuple[float, str]]
) -> Iterator[tuple[DomainName, _Way, bool | None]]:
    """Keep the names that can receive mail and are not of the same owner."""
    name = pool.name
    owner = name.domain.registrable or name.domain.ascii
    for _, text in ranked:
        found = name_of(text)
        if found is None or found.registrable == owner:
            continue
        can = is_open(found.public_suffix)
        if name.closed or can is not False:
            yield found, pool.found[text], can


def _candidate(
    name: _Name, found: DomainName, way: _Way, can: bool | None, total: float
) -> Candidate:
    kind, in_suffix = way.kind, way.in_suffix
    if in_suffix and kind in (Kind.SUBSTITUTE, Kind.INSERT):
        eaten = found.public_suffix.count(".") < name.suffix.count(".")
        if not eaten:  # one real suffix for another is no slip of the hand: as `compare` says
            kind, in_suffix = Kind.OTHER_SUFFIX, False
    return Candidate(found, name.domain, kind, way.weight / total, in_suffix, can)


def _suffix_below(domain: DomainName) -> str:
    """Give the suffix that a slip may hit; a public suffix that has mail itself hangs below one."""
    return domain.public_suffix if domain.registrable else domain.ascii.partition(".")[2]


# -- Single slips of the hand ----------------------------------------------------------------------


def _drops(pool: _Pool) -> None:
    name = pool.name
    for at in name.positions:
        kind = _DROPPED.get(name.text[at], Kind.DROP)
        habit = habits.lost(name.text, at, name.cut) if kind is Kind.DROP else 0.0
        text = name.text[:at] + name.text[at + 1 :]
        pool.add(text, kind, habits.weight(kind, habit), at)


def _doubles(pool: _Pool) -> None:
    name = pool.name
    for at in name.positions:
        if (letter := name.text[at]) not in ".-":
            habit = habits.doubled(name.text, at, name.cut)
            text = name.text[:at] + letter + name.text[at:]
            pool.add(text, Kind.DOUBLE, habits.weight(Kind.DOUBLE, habit), at)


def _swaps(pool: _Pool) -> None:
    name = pool.name
    for at in name.positions[:-1]:
        one, two = name.text[at], name.text[at + 1]
        if one in ".-" or two in ".-":
            kind, habit = Kind.SEPARATOR, habits.MOVED_DOT
        else:
            kind, habit = Kind.SWAP, habits.swapped(name.text, at)
        text = name.text[:at] + two + one + name.text[at + 2 :]
        pool.add(text, kind, habits.weight(kind, habit), at)


def _substitutions(pool: _Pool) -> None:
    name = pool.name
    for at in name.positions:
        meant, head, tail = name.text[at], name.text[:at], name.text[at + 1 :]
        if meant in ".-":
            text = head + ("-" if meant == "." else ".") + tail
            pool.add(text, Kind.SEPARATOR, habits.weight(Kind.SEPARATOR, habits.WRONG_MARK), at)
            continue
        first = habits.starts_label(name.text, at)
        for wrote, kind, weight in habits.replacements(meant, name.keyboard, first, name.shut):
            pool.add(head + wrote + tail, kind, weight, at)
        for mark in ".-" if name.shut else "":  # so that no name in a protected suffix is left out
            pool.add(
                head + mark + tail,
                Kind.SUBSTITUTE,
                habits.weight(Kind.SUBSTITUTE, habits.STRAY),
                at,
            )
        for wrote in sorted({head[-1:], tail[:1]} - {meant, ".", "-", ""}):
            kind = habits.replacement_kind(wrote, meant)
            echo = habits.weight(Kind.SUBSTITUTE, habits.ECHO_WRONG)
            pool.add(head + wrote + tail, kind, echo, at)


def _insertions(pool: _Pool) -> None:
    name, text = pool.name, pool.name.text
    echo = habits.weight(Kind.INSERT, habits.ECHO_ADDED)
    for at in range(name.positions.start, len(text) + 1):
        before, after = text[at - 1 : at] if at else "", text[at : at + 1]
        head, tail = text[:at], text[at:]
        for wrote, weight in habits.additions(before, after, name.keyboard, name.shut):
            pool.add(head + wrote + tail, Kind.INSERT, weight, at)
        for wrote in sorted({*head[-3:-1], *tail[1:3]} - {before, after, ".", "-"}):
            pool.add(head + wrote + tail, Kind.INSERT, echo, at)
        if before.isalnum() and after.isalnum():
            for mark, kind in ((".", Kind.EXTRA_DOT), ("-", Kind.EXTRA_HYPHEN)):
                pool.add(head + mark + tail, kind, habits.weight(kind, habits.STRAY), at)


# -- Slips of whole parts --------------------------------------------------------------------------


def _other_suffixes(pool: _Pool) -> None:
    name = pool.name
    total = _OTHER_SHARE * (_KNOWN_CLOSED if is_closed(_suffix_below(name.domain)) else 1.0)
    for suffix, share in rivals(name.suffix):
        pool.add(f"{name.stem}.{suffix}", Kind.OTHER_SUFFIX, name.weight(total * share))


def _extra_suffixes(pool: _Pool) -> None:
    name = pool.name
    last = name.suffix.rpartition(".")[2]
    for suffix, share in (("com", 0.5), (last, 0.5), ("uk", 0.1), ("org", 0.05), ("net", 0.05)):
        weight = name.weight(_EXTRA_SHARE * share)
        pool.add(f"{name.text}.{suffix}", Kind.EXTRA_SUFFIX, weight)
    glued = name.text.replace(".", "")
    telling = "." in name.stem + name.suffix or is_closed(_suffix_below(name.domain))
    total = _GLUED_SHARE * (1.0 if telling else _NOT_TELLING)
    for suffix, share in _GENERIC if name.suffix != "com" or telling else ():
        pool.add(f"{glued}.{suffix}", Kind.GLUED_TEXT, name.weight(total * share))


def _two_slips(pool: _Pool) -> None:
    """Propose a cheap slip of the stem together with one of the suffix."""
    name = pool.name
    single = _Pool(replace(name, shut=False))
    for propose in (_drops, _doubles, _swaps):
        propose(single)
    head, tail = name.text[: name.cut], "." + name.suffix
    suffixes = [
        (text[name.cut :], way.weight)
        for text, way in single.found.items()
        if way.in_suffix and text.startswith(head) and suffix_of(text) is not None
    ]
    scale = _PAIR / (_CHANGES * len(name.text))
    for text, way in single.found.items():
        if not way.in_suffix and text.endswith(tail):
            for suffix, weight in suffixes:
                pair = text[: -len(name.suffix)] + suffix
                pool.add(pair, Kind.TWO_SLIPS, scale * way.weight * weight, name.cut)


def _pairs_in_stem(pool: _Pool) -> None:
    """Propose two letters lost, and one that jumps over its neighbour."""
    name = pool.name
    if name.shut:
        return
    stem, rest = name.stem[:_LONG], name.text[min(len(name.stem), _LONG) :]
    pairs = list(itertools.combinations(range(len(stem)), 2))
    for one, two in pairs:
        near = _TOGETHER if two == one + 1 else 1.0
        text = stem[:one] + stem[one + 1 : two] + stem[two + 1 :]
        weight = name.weight(_LOST_SHARE) * near / max(len(pairs), _FEW)
        pool.add(text + rest, Kind.TWO_SLIPS, weight)
    for at in range(len(stem) - 2):
        a, b, c = stem[at], stem[at + 1], stem[at + 2]
        for turned in (b + c + a, c + a + b, c + b + a):
            text = stem[:at] + turned + stem[at + 3 :]
            pool.add(text + rest, Kind.TWO_SLIPS, name.weight(_JUMP_SHARE) / (3 * len(stem)))


# -- Slips of the head -----------------------------------------------------------------------------


def _sounds(pool: _Pool) -> None:
    name = pool.name
    if name.shut:
        return
    rest = "." + name.suffix
    weight = name.weight(_SOUND_SHARE)
    for meant, heard in habits.SOUNDS:
        at = name.stem.find(meant)
        while at >= 0:
            text = name.stem[:at] + heard + name.stem[at + len(meant) :]
            slip = classify(text, name.stem)
            pool.add(text + rest, slip.kind if slip else Kind.SOUND_ALIKE, weight)
            at = name.stem.find(meant, at + 1)
    if not name.stem.isascii():
        for text in habits.without_marks(name.stem):
            pool.add(text + rest, Kind.ACCENT, name.weight(_MARK_SHARE))


def _words(pool: _Pool) -> None:
    name = pool.name
    if not name.shut and not name.stem.endswith("mail"):
        text = f"{name.stem}mail.{name.suffix}"
        pool.add(text, ADDED_WORD, name.weight(_WORD_SHARE))


_PROPOSERS = (
    _drops,
    _doubles,
    _swaps,
    _substitutions,
    _insertions,
    _other_suffixes,
    _extra_suffixes,
    _two_slips,
    _pairs_in_stem,
    _sounds,
    _words,
)
