"""Own what people are called: given names, their short forms, and who a letter's first words speak
to.

The lists are ``data/greetings.toml``, read once. Words are folded, and compared without accents
where a local part is concerned, since addresses seldom have them. Names taken from a letter are
only ever compared: nothing here lets one into a sentence (law 8).
"""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources

from rapidfuzz.distance import OSA

from missent.judge import names

SHORTEST = 3
"""Letters of a name in a local part; fewer are initials."""
_READ = 400
"""Characters of the text in which its first line is looked for."""
_LINE = 60
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SURNAMES = 2
"""Words that may follow the one somebody is called by: ``Dear Anna Maria Smith,``."""
_GREETING = re.compile(r"\s*([^,:;!?()<>@/\"\d]{2,50}?)\s*(?:[,:;!\u2013\u2014]|\s-|--|\.?\s*$)")
"""Some words that end in a comma or the like, or with the line; a full stop ends a sentence, too.
"""


@dataclass(frozen=True, slots=True)
class Words:
    """The lists, as they are asked."""

    salutations: frozenset[tuple[str, ...]]
    titles: frozenset[str]
    generic: frozenset[str]
    given: frozenset[str]
    """Every given name and short form, without accents."""
    kin: Mapping[str, frozenset[str]]
    """A name or short form -> all that its bearer may be called, itself among them."""


@functools.cache
def shipped() -> Words:
    """Give the lists that come with this version."""
    text = resources.files("missent.data").joinpath("greetings.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    kin: dict[str, set[str]] = {}
    for name, shorts in table["nicknames"].items():
        whole = plain(name)
        for short in map(plain, shorts):
            kin.setdefault(short, {short}).add(whole)
            kin.setdefault(whole, {whole}).add(short)
    return Words(
        frozenset(tuple(phrase.casefold().split()) for phrase in table["salutations"]),
        frozenset(map(str.casefold, table["titles"])),
        frozenset(map(str.casefold, table["generic"])),
        frozenset((*kin, *map(plain, table["given"]["names"]))),
        {name: frozenset(others) for name, others in kin.items()},
    )


@functools.lru_cache(maxsize=16_384)
def plain(word: str) -> str:
    """Fold a word and take its accents off: ``Müller`` and ``muller`` are one."""
    folded = unicodedata.normalize("NFKD", word.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))


def is_given(word: str) -> bool:
    """Tell whether a word is a given name or a short form of one."""
    return plain(word) in shipped().given


def own_names(key: str) -> tuple[str, ...]:
    """Give the words of a folded local part that are long enough to be names."""
    return tuple(plain(name) for name in names.tokens(key) if len(name) >= SHORTEST)


def may_be_called(key: str, word: str) -> bool:
    """Tell whether whoever has this folded local part could be called `word`.

    Doubt counts for yes: an initial, a part of a longer name, and a short form of one will do.
    """
    word = plain(word)
    parts = tuple(plain(name) for name in names.tokens(key))
    return names.answers_to(key, (word,)) or any(_fits(part, word) for part in parts)


def _fits(part: str, word: str) -> bool:
    if word.startswith(part) or part.startswith(word):
        return True  # an initial, too
    if len(word) >= SHORTEST and len(part) > len(word) + 2 and word in part:
        return True  # ``johnsmith``
    if min(len(part), len(word)) > SHORTEST and OSA.distance(part, word, score_cutoff=1) <= 1:
        return True  # another spelling: the lists do not have them all
    kin = shipped().kin
    mine, theirs = kin.get(part, frozenset((part,))), kin.get(word, frozenset((word,)))
    return bool(mine & theirs) or any(part.startswith(name) for name in theirs)


def addressed(text: str) -> tuple[str, ...]:
    """Give the names a text's first line speaks to, folded; none if it greets nobody by name.

    ``Dear Anna,`` and ``Bob and Ann -`` do. Without a salutation, every word must be a given name.
    """
    line = next((line for line in text[:_READ].splitlines() if line.strip()), "")[:_LINE]
    match = _GREETING.match(line)
    if match is None:
        return ()
    words = _WORD.findall(match.group(1))
    called = _after_salutation(words)
    if called is None:
        ended = line.rstrip()[-1:] != "." and len(words) <= _SURNAMES + 1
        called = words if ended and all(is_given(w) for w in _names_of(words)) else []
    return _called(called)


def _after_salutation(words: list[str]) -> list[str] | None:
    folded = [word.casefold() for word in words]
    for length in (2, 1):
        if tuple(folded[:length]) in shipped().salutations:
            return words[length:]
    return None


_AND = frozenset(["and", "und", "et", "y", "e", "en", "i", "og", "och", "и", "та"])


def _names_of(words: Iterable[str]) -> list[str]:
    return [word for word in words if word.casefold() not in _AND]


def _called(words: list[str]) -> tuple[str, ...]:
    lists = shipped()
    found = _names_of(words)
    if not found or len(found) > _SURNAMES + 1 or not all(word[:1].isupper() for word in found):
        return ()
    folded = [word.casefold() for word in found]
    if any(word in lists.generic for word in folded):
        return ()
    return tuple(plain(word) for word in folded if word not in lists.titles)
