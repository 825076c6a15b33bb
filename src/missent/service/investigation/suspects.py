"""Own which of many names can be mistaken for which: every pair at once, before anything is judged.

Live mail asks for the neighbours of one written name; here all names are asked at once, so their keys
are made once, sorted, and names that share one are compared. Public names that two slips turn into a
name are found the other way round, from the few public names to the many. The rules: nothing is decided
here but what `explain` decides, and the same names give the same pairs in every process.
"""

from __future__ import annotations

import functools
import zlib
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from missent.judge.case import NEIGHBOURS
from missent.lookalike.compare import explain, explain_suffix
from missent.lookalike.index import keys_anew, squash
from missent.lookalike.shipped import shipped
from missent.lookalike.suffixes import closed_suffix, meant_suffixes
from missent.mail.domain import DomainName

_PARTS = 16
"""Portions in which keys are sorted, so that a million names need little memory at a time."""
_NUMBER = 20
"""Bits of a name's number: a million names."""
_CROWD = 200
"""Names under one key beyond which it says little (a sound, a stem everybody has): then each is compared
with the best known of them only, as many as live mail looks at.
"""
_MOST = 512
"""Better known names that one is compared with: a thousand near copies of one name must not cost a day."""
_FAR = 2
"""How far a squashed name may be from a public one: two cheap slips (``gamil.co``)."""


def pairs(
    names: Sequence[DomainName],
    asked: Callable[[DomainName], bool],
    ours: Iterable[DomainName] = (),
) -> Mapping[DomainName, frozenset[DomainName]]:
    """Give, for every name that `asked` wants to know of, the names it could have been written for.

    `names` are all that stand in the sources, the best known first; beyond a million the rest is left out.
    """
    public = (*ours, *shipped().kinds)
    listed = list(dict.fromkeys((*public, *_with_those_above(names))))[: 1 << _NUMBER]
    wanted = [name for name in names if asked(name) and not shipped().kind(name)]
    found: defaultdict[DomainName, set[DomainName]] = defaultdict(set)
    suspects = frozenset(wanted)
    for one, other in _near(listed):
        for written, known in ((one, other), (other, one)):
            if written in suspects and explain(written, known) is not None:
                found[written].add(known)
    for written, known in _public(wanted):
        if explain(written, known) is not None:
            found[written].add(known)
    for written in wanted:
        if _under_a_slip(written):
            found[written].update(())  # asked about, whatever else is known
    return {written: frozenset(found[written]) for written in sorted(found)}


def _with_those_above(names: Sequence[DomainName]) -> Iterator[DomainName]:
    """Give names, their registrable parts and closed suffixes, which are names of their own in the
    records.
    """
    for name in names:
        if name.is_literal:
            continue
        yield name
        if name.registrable not in {None, name.ascii}:
            yield DomainName.parse(str(name.registrable))
        if (suffix := closed_suffix(name)) is not None:
            yield suffix


def _near(names: Sequence[DomainName]) -> Iterator[tuple[DomainName, DomainName]]:
    """Give every two names of different owners that share a key."""
    portions = [array("Q") for _ in range(_PARTS)]
    for number, name in enumerate(names):
        for hashed in map(_hash, keys_anew(name)):
            portions[hashed % _PARTS].append(hashed << _NUMBER | number)
    given: set[int] = set()
    compared = array("H", bytes(2 * len(names)))
    while portions:
        for group in _groups(sorted(portions.pop())):
            best = group if len(group) <= _CROWD else group[:NEIGHBOURS]
            for at, one in enumerate(best):
                for other in group[at + 1 :]:
                    both = one << _NUMBER | other
                    if compared[other] >= _MOST or both in given:
                        continue
                    given.add(both)
                    compared[other] += 1
                    if names[one].registrable != names[other].registrable:
                        yield names[one], names[other]


def _hash(key: str) -> int:
    """Hash a key, the same in every process; two keys of one hash cost a comparison, no more."""
    return zlib.crc32(key.encode())


def _groups(entries: Sequence[int]) -> Iterator[list[int]]:
    """Give the numbers, ascending, that stand under one hash: where there are two or more."""
    mask = (1 << _NUMBER) - 1
    group: list[int] = []
    for entry, following in pairwise((*entries, -1)):
        group.append(entry & mask)
        if entry >> _NUMBER != following >> _NUMBER:
            if len(group) > 1:
                yield group
            group = []


def _public(names: Sequence[DomainName]) -> Iterator[tuple[DomainName, DomainName]]:
    """Give the public names that two slips turn into a name."""
    texts: defaultdict[str, set[DomainName]] = defaultdict(set)
    for name in names:
        if not name.is_literal:
            texts[squash(name.ascii)].add(name)
            texts[squash(name.owner)].add(name)
    lengths: defaultdict[int, list[str]] = defaultdict(list)
    for text in texts:
        lengths[len(text)].append(text)
    for known in shipped().kinds:
        text = squash(known.ascii)
        for length in range(len(text) - _FAR, len(text) + _FAR + 1):
            close = process.extract(
                text, lengths[length], scorer=OSA.distance, score_cutoff=_FAR, limit=None
            )
            for found, _, _ in close:
                yield from ((written, known) for written in texts[found] if written != known)


def _under_a_slip(name: DomainName) -> bool:
    """Tell whether a name lies under a slip of a closed suffix, as ``anything.ml`` does for ``.mil``."""
    if name.is_literal or name.registrable is None:
        return False
    if _slipped_suffix(name.public_suffix):
        return True
    return name.registrable != name.ascii and any(
        abs(len(suffix.ascii) - len(name.registrable)) <= 1
        and explain_suffix(name, suffix) is not None
        for suffix in shipped().protected_suffixes
    )


@functools.lru_cache(maxsize=4096)
def _slipped_suffix(suffix: str) -> bool:
    """Tell whether one cheap slip leads from a closed suffix to this one."""
    return bool(meant_suffixes(DomainName.parse(f"x.{suffix}")))
