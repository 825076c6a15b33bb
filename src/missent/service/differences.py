"""Own where two addresses differ, so that a person sees it: label by label, whatever their case.

The page that asks a sender and the report of an investigation mark the same. Text only, hostile or not:
no character is added or lost, and whoever shows it escapes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"[^.@]+|[.@]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of an address; `marked` where it differs from the other address."""

    text: str
    marked: bool = False


def differences(one: str, other: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Give both in pieces, those marked in which they differ."""
    tokens = _TOKEN.findall(one), _TOKEN.findall(other)
    folded = [[token.casefold() for token in side] for side in tokens]
    here: list[Piece] = []
    there: list[Piece] = []
    matcher = SequenceMatcher(None, folded[0], folded[1], autojunk=False)
    for change, i, j, k, m in matcher.get_opcodes():
        for pieces, stretch in ((here, tokens[0][i:j]), (there, tokens[1][k:m])):
            if stretch:
                pieces.append(Piece("".join(stretch), change != "equal"))
    return tuple(here), tuple(there)
