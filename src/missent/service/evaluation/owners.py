"""Own the question whose own mail an archive has: those with a folder that bears their name.

Of everybody else it has only what their correspondents kept. Where an archive names no folders, or
none that fits anybody, everybody counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from missent.judge import names
from missent.mail.mailbox import Mailbox
from missent.service.letter import Letter


def owners(letters: Iterable[Letter], is_ours: Callable[[Mailbox], bool]) -> frozenset[str]:
    """Give, folded, who of ours owns a folder: of those of its name, who wrote most of what is in it."""
    written: defaultdict[str, Counter[str]] = defaultdict(Counter)
    keys: dict[str, str] = {}
    for letter in letters:
        if is_ours(letter.sender):
            folded = letter.sender.folded
            keys[folded] = letter.sender.key
            written[letter.folder][folded] += 1
    found = (_owner(folder, counts, keys) for folder, counts in written.items())
    return frozenset(owner for owner in found if owner) or frozenset(keys)


def _owner(folder: str, counts: Counter[str], keys: dict[str, str]) -> str | None:
    named = frozenset(name for name in names.tokens(folder.casefold()) if len(name) >= names.STEM)
    fitting = (folded for folded in counts if named.intersection(names.tokens(keys[folded])))
    return max(fitting, key=lambda folded: (counts[folded], folded), default=None)
