"""Own the question which closed suffix may have been meant by the suffix of a written name.

``something.ml`` may be a slip of ``something.mil`` for any ``something``: one stranger's registry
catches them all, known names or not. The rule: this says what is possible; whether anybody here
writes to the suffix that may be meant is a question of evidence, which the judge asks.
"""

from __future__ import annotations

import functools

from missent.errors import MalformedAddress
from missent.lookalike.edits import Slip, classify
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName


@functools.lru_cache(maxsize=16_384)
def closed_suffix(name: DomainName) -> DomainName | None:
    """Give the longest closed suffix that `name` lies below; None if below none."""
    closed, rest = _closed(), name.ascii.partition(".")[2]
    while rest:
        if rest in closed:
            return closed[rest]
        rest = rest.partition(".")[2]
    return None


@functools.cache
def _closed() -> dict[str, DomainName]:
    return {suffix.ascii: suffix for suffix in shipped().protected_suffixes}


@functools.lru_cache(maxsize=16_384)
def meant_suffixes(name: DomainName) -> tuple[tuple[DomainName, Slip], ...]:
    """Give the closed suffixes from which one cheap slip leads to this name's own public suffix.

    Nothing for a name below a closed suffix itself, or without anything before its suffix.
    """
    if name.is_literal or name.registrable is None or closed_suffix(name) is not None:
        return ()
    found = ((s, classify(name.public_suffix, s.ascii)) for s in shipped().protected_suffixes)
    return tuple((suffix, slip) for suffix, slip in found if slip is not None and slip.cheap)


def under(name: DomainName, suffix: DomainName) -> DomainName | None:
    """Give `name` with its public suffix replaced; None if that is no name."""
    stem = name.ascii.removesuffix(name.public_suffix)
    try:
        return DomainName.parse(stem + suffix.ascii)
    except MalformedAddress:
        return None
