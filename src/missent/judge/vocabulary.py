"""Own the quick look at a text: which of the detectors' words stand in it.

A word is a run of ASCII letters and digits, in lower case; accents are taken off, every other
character separates. A detector whose words are all absent does not run, and most mail has hardly any.
Two ways find the same words: Python's own, and Hyperscan's where it is installed (extra ``fast``),
about seven times as fast; a test holds them equal on every kind of text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from importlib.util import find_spec

Find = Callable[[bytes], frozenset[str]]
"""Gives the words of the vocabulary among the plain words of a text."""

_PLAIN = bytes(c if chr(c).isalnum() and c < 128 else 32 for c in range(256))
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_WORD = re.compile(r"[a-z0-9]+")
LONGEST = 64
"""Letters of a word of the vocabulary."""


def plain(text: str) -> bytes:
    """Give a text as plain words: lower case, accents taken off, all else a space each."""
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return text.lower().encode("ascii", "replace").translate(_PLAIN)


class Vocabulary:
    """The words worth looking for. Raises `ValueError` for what is not one plain word."""

    def __init__(self, words: Iterable[str], *, fast: bool | None = None) -> None:
        """Take the words; `fast` chooses Hyperscan or not, by default where it is installed."""
        self.words = frozenset(words)
        for word in self.words:
            if not _WORD.fullmatch(word) or len(word) > LONGEST:
                raise ValueError(f"{word!r} is not a plain word")
        use = find_spec("hyperscan") is not None if fast is None else fast
        self._find = _scanner(self.words) if use and self.words else _splitter(self.words)

    def among(self, octets: bytes) -> frozenset[str]:
        """Give which words stand in a text made `plain`."""
        return self._find(octets)


def _splitter(words: frozenset[str]) -> Find:
    known = {word.encode(): word for word in words}

    def find(octets: bytes) -> frozenset[str]:
        return frozenset(known[word] for word in known.keys() & set(octets.split()))

    return find


def _scanner(words: frozenset[str]) -> Find:
    import hyperscan

    listed = sorted(words)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[b" " + word.encode() + b" " for word in listed],  # literals: no anchors, no \b
        ids=list(range(len(listed))),
        flags=[hyperscan.HS_FLAG_SINGLEMATCH] * len(listed),
    )

    spare = [
        hyperscan.Scratch(database)
    ]  # room to work in: each thread takes one, and puts it back

    def find(octets: bytes) -> frozenset[str]:
        try:
            room = spare.pop()
        except IndexError:
            room = hyperscan.Scratch(database)
        seen: list[int] = []
        database.scan(b" " + octets + b" ", lambda number, *_: seen.append(number), scratch=room)
        spare.append(room)
        return frozenset(listed[number] for number in seen)

    return find
