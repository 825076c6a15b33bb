"""Own the rules of admission: which of a publisher's words count here, and for how long.

A publisher could smear a rival, or claim a stranger's domain to be near to one. So: a claim to a domain
that is not at or below the publisher's own counts only if that domain's own file claims the publisher back;
an entry counts only if its name can be mistaken for a *proven* name of the publisher, and never against a
public suffix, a name of ours, a well-known name, or the publisher's own. What counts may warn (see
`judge.signals.published`). The rule: nothing here asks who is right; only what may be said at all.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from missent.judge.published import NotOurs, Published
from missent.lookalike.compare import explain
from missent.lookalike.edits import classify
from missent.lookalike.index import keys
from missent.lookalike.shipped import shipped
from missent.lookalike.suffixes import closed_suffix
from missent.mail.domain import DomainName
from missent.service.safety.file import SafetyFile

FAR = "it is not near any name that is proven to be the publisher's"


def weave(files: Iterable[SafetyFile], ours: Sequence[DomainName]) -> Published:
    """Put together what counts of several files, each in force and of another publisher."""
    known = {file.publisher: file for file in sorted(files, key=lambda one: one.publisher)}
    entries: defaultdict[str, list[NotOurs]] = defaultdict(list)
    for file in known.values():
        names = proven(file, known)
        for entry in file.not_ours:
            meant = stands_for(entry.domain, names)
            if meant is None or refusal(entry.domain, file, ours) is not None:
                continue
            entries[entry.domain.ascii].append(
                NotOurs(file.publisher, entry.domain, meant, names, entry.why, file.hint)
            )
    allies = {
        file.publisher.ascii: frozenset(ally.ascii for ally in allies_of(file, known))
        for file in known.values()
    }
    return Published(
        MappingProxyType({name: tuple(found) for name, found in entries.items()}),
        MappingProxyType({name: found for name, found in allies.items() if found}),
    )


def allies_of(file: SafetyFile, known: Mapping[DomainName, SafetyFile]) -> tuple[DomainName, ...]:
    """Give the other publishers that a file claims and that claim it back."""
    return tuple(
        name
        for name in file.domains
        if name != file.publisher and name in known and file.publisher in known[name].domains
    )


def proven(file: SafetyFile, known: Mapping[DomainName, SafetyFile]) -> tuple[DomainName, ...]:
    """Give the names that are the publisher's by more than its own word: its own and those claimed back."""
    allies = allies_of(file, known)
    owners = (file.publisher, *allies)
    return tuple(name for name in file.domains if any(map(name.is_within, owners)))


def refusal(accused: DomainName, file: SafetyFile, ours: Sequence[DomainName]) -> str | None:
    """Say why an entry never counts, whoever vouches for the publisher; None if it may."""
    if accused.registrable is None:
        return "it is a public suffix: whole countries are not accused"
    if any(accused.is_within(name) or name.is_within(accused) for name in ours):
        return "it is our own domain"
    if any(accused.is_within(name) or name.is_within(accused) for name in file.domains):
        return "it is a domain of the publisher itself"
    if shipped().kind(accused):
        return "it is a well-known name"
    return FAR if stands_for(accused, file.domains) is None else None


@functools.lru_cache(maxsize=32_768)  # a new file among many is all that costs
def stands_for(accused: DomainName, names: tuple[DomainName, ...]) -> DomainName | None:
    """Give what a name can be mistaken for among `names`; None if it is not near any.

    A name that a slip made of the closed suffix of one of them (``go.uk`` of ``mod.gov.uk``) stands for
    that suffix: it catches what is meant for all names below.
    """
    near = frozenset().union(*(_by_key(names).get(key, frozenset()) for key in keys(accused)))
    ways = [way for way in (explain(accused, name) for name in sorted(near)) if way is not None]
    if ways:
        return max(ways, key=lambda way: (way.log_ratio, way.meant.ascii)).meant
    suffixes = sorted({suffix for suffix in map(closed_suffix, names) if suffix is not None})
    return next((suffix for suffix in suffixes if _eats(accused, suffix)), None)


@functools.lru_cache(maxsize=64)
def _by_key(names: tuple[DomainName, ...]) -> Mapping[str, frozenset[DomainName]]:
    found: defaultdict[str, set[DomainName]] = defaultdict(set)
    for name in names:
        for key in keys(name):
            found[key].add(name)
    return {key: frozenset(meeting) for key, meeting in found.items()}


def _eats(accused: DomainName, suffix: DomainName) -> bool:
    if "." not in suffix.ascii or accused.registrable != accused.ascii:
        return False
    slip = classify(accused.ascii, suffix.ascii)
    return slip is not None and slip.cheap
