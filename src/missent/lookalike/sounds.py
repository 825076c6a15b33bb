"""Own what a name sounds like, so that ``hotmale`` meets ``hotmail``.

Somebody who was told a name and not shown it writes what they heard. A key of English spelling is
small and careful here: vowels keep their sound instead of being dropped, as the phonetic keys made
for surnames do (``pat`` and ``pit`` are two names), and consonants merge only where spelling, not
sound, tells them apart (``c`` and ``k``, ``ph`` and ``f``). The rule: better to miss than to merge; short
names never sound alike, since among them every other one does.
"""

from __future__ import annotations

import functools
import re

SHORTEST = 6
"""Letters a name must have: ``bank`` and ``banc`` are two banks."""

_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        # Silent letters
        (r"^kn", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"mb\b", "m"),
        (r"ight", "Yt"),
        (r"ough", "O"),
        (r"(?<=[aeiou])h(?=[bcdfgjklmnpqrstvwxz])", ""),
        # Ends that are said alike: centre and center, contractor and contracter
        (r"(?<=[^aeiou])(?:re|or)\b", "er"),
        (r"(?<=[bcdfgkptz])le\b", "el"),
        # Consonants: capitals are sounds of two letters, so that no later rule reads them again
        (r"ph", "f"),
        (r"tch", "C"),
        (r"ch", "C"),
        (r"sch|sh", "S"),
        (r"th", "T"),
        (r"wh", "w"),
        (r"dg(?=[eiy])", "j"),
        (r"ck|cq|q(?=u)", "k"),
        (r"x", "ks"),
        (r"sc(?=[eiy])|c(?=[eiy])", "s"),
        (r"c", "k"),
        (r"z", "s"),
        (r"ge(?=o)", "j"),
        # Vowels, the magic e first: it makes the vowel before it long and is silent
        (r"(?<=[a-zCST])a([bdfgkjlmnpstv])e\b", r"A\1"),
        (r"(?<=[a-zCST])[iy]([bdfgkjlmnpstv])e\b", r"Y\1"),
        (r"(?<=[a-zCST])o([bdfgkjlmnpstv])e\b", r"O\1"),
        (r"(?<=[a-zCST])u([bdfgkjlmnpstv])e\b", r"U\1"),
        (r"ai|ay|eigh|ei|ey", "A"),
        (r"ee|ea|ie", "I"),
        (r"oo|ou|ew|ue|u", "U"),
        (r"oa|ow|oe", "O"),
        (r"au|aw", "o"),
        (r"y(?!\b)", "i"),  # at the end it may be a state: ``wi``, ``wy``
        # Doubled letters sound once
        (r"(.)\1+", r"\1"),
    )
)


@functools.lru_cache(maxsize=16_384)
def sound(text: str) -> str:
    """Give the key that all spellings of one sound have in common; empty if there is none.

    There is none for a name of fewer than `SHORTEST` letters, or one that is not all plain letters.
    """
    letters = text.lower().replace("-", "").replace(".", "")
    if len(letters) < SHORTEST or not (letters.isascii() and letters.isalpha()):
        return ""
    for pattern, replacement in _RULES:
        letters = pattern.sub(replacement, letters)
    return letters


def sounds_alike(one: str, other: str) -> bool:
    """Tell whether two names that are written differently are said alike."""
    if one == other:
        return False
    key = sound(one)
    return bool(key) and key == sound(other)
