"""Own the peers that benchmarks compare with: what a mail form on the web does about a mistyped domain.

mailcheck itself stands in `missent.service.evaluation.mailcheck`, since `missent evaluate` replays it, too.
`DeletionDict` is the textbook index: names and their one-character deletions as keys of a dict, and
the distance of what is found. `nearest` is the plain way: measure every name. None of them knows
evidence: each says which known name is nearest, which is the question only until one asks who
answers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA


class DeletionDict:
    """Names by their one-character deletions, in a dict of lists: quick, and 1.5 KB a name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._index: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            for key in _deletions(name):
                self._index[key].append(name)

    def near(self, written: str) -> set[str]:
        """Give the names within OSA distance 1."""
        found = {name for key in _deletions(written) for name in self._index.get(key, ())}
        return {name for name in found if OSA.distance(written, name, score_cutoff=1) <= 1}


def _deletions(text: str) -> set[str]:
    return {text} | {text[:at] + text[at + 1 :] for at in range(len(text))}


def nearest(written: str, names: Sequence[str]) -> str | None:
    """Give the nearest name within OSA distance 1, by measuring all of them."""
    found = process.extractOne(written, names, scorer=OSA.distance, score_cutoff=1)
    return None if found is None else str(found[0])
