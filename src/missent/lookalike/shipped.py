"""Own the public names that come with Missent, read from ``data/names.toml``.

They make a new installation useful before it has learned anything: ``army.mil`` may be meant by
``army.ml`` on the first day. The rule: a shipped name may be what was meant and is never a suspect,
so that nothing may be listed whose only mail is mistyped mail. Read once, on first use.
"""

from __future__ import annotations

import functools
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType

from rapidfuzz import process
from rapidfuzz.distance import OSA

from missent.lookalike.index import keys, squash
from missent.mail.domain import DomainName

_FAR = 2
"""How far a squashed name may be from a shipped one: two cheap slips (``gamil.co``)."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """The public names, with the index to find the one that was meant."""

    kinds: Mapping[DomainName, str]
    """Name -> ``defence``, ``government`` or ``mail_provider``."""
    protected_suffixes: tuple[DomainName, ...]
    """Public suffixes of closed registries: no outsider has a name below one."""
    _index: Mapping[str, frozenset[DomainName]] = field(repr=False)
    _squashed: Mapping[DomainName, str] = field(repr=False)

    def kind(self, name: DomainName) -> str | None:
        """Give the kind of the shipped name that `name` is, or is a host of; None if of none."""
        labels = [] if name.is_literal else name.ascii.split(".")
        for at in range(len(labels) - 1):
            found = self.kinds.get(DomainName.parse(".".join(labels[at:])))
            if found is not None:
                return found
        return None

    def protects(self, name: DomainName) -> bool:
        """Tell whether `name` lies under a closed registry."""
        return _protected(self.protected_suffixes, name)

    def near(self, name: DomainName) -> tuple[DomainName, ...]:
        """Give the shipped names that `name` might have been meant for, in order of name."""
        found: set[DomainName] = set()
        for key in keys(name):
            found |= self._index.get(key, frozenset())
        for text in {name.ascii, name.registrable or name.ascii}:
            close = process.extract(
                squash(text), self._squashed, scorer=OSA.distance, score_cutoff=_FAR, limit=None
            )
            found.update(key for _, _, key in close)
        return tuple(sorted(found - {name}))


@functools.lru_cache(maxsize=32_768)
def _protected(suffixes: tuple[DomainName, ...], name: DomainName) -> bool:
    return any(name.is_within(suffix) for suffix in suffixes)


@functools.cache
def shipped() -> Shipped:
    """Give the names that come with this version."""
    text = resources.files("missent.data").joinpath("names.toml").read_text(encoding="utf-8")
    return _build(tomllib.loads(text))


def _build(table: Mapping[str, Mapping[str, list[str]]]) -> Shipped:
    kinds: dict[DomainName, str] = {}
    for group, names in table["names"].items():
        kind = "defence" if group.startswith("defence") else group
        kinds.update({DomainName.parse(name): kind for name in names})
    for stem, suffixes in table["families"].items():
        kinds.update({DomainName.parse(f"{stem}.{s}"): "mail_provider" for s in suffixes})
    index: defaultdict[str, set[DomainName]] = defaultdict(set)
    for name in kinds:
        for key in keys(name):
            index[key].add(name)
    return Shipped(
        MappingProxyType(kinds),
        tuple(DomainName.parse(suffix) for suffix in table["suffixes"]["protected"]),
        {key: frozenset(names) for key, names in index.items()},
        {name: squash(name.ascii) for name in kinds},
    )
