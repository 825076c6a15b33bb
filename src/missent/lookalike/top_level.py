"""Own the question whether a top-level domain exists, by the Public Suffix List that we ship.

The rule: only the official part of the list counts, and nothing is looked up anywhere (law 11).
"""

from __future__ import annotations

import functools

from publicsuffixlist import PublicSuffixList


@functools.cache
def _registry() -> PublicSuffixList:
    return PublicSuffixList(accept_unknown=False, only_icann=True)


@functools.lru_cache(maxsize=1024)
def _known(label: str) -> bool:
    return _registry().publicsuffix(f"name.{label}") is not None


def exists(name: str) -> bool:
    """Tell whether the last label of a name or suffix, an A-label, is a top-level domain."""
    return _known(name.rpartition(".")[2])
