"""Own what a person's whole name looks like in a list: by its shape, since no dictionary has them all.

``Jane Roe``, ``ROE Jane``, ``Roe, Jane A.``, ``SSgt J. Roe``, ``Nguyễn Thị Minh``, ``Aminata ag Sidi``. The
shape alone proves nothing (``Golden Gate`` has it, too): `persons` asks for a whole column of it and
for what stands beside it. Ranks and titles are told apart from names here.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from missent.judge import columns, givennames
from missent.judge.givennames import plain

LONGEST = 70
"""Characters of a cell with a name."""
_CAPITALS = 4
"""Letters of a surname in capitals; fewer may be an abbreviation."""
_MOST = 5
"""Words of a name, particles apart."""
_NAME = re.compile(r"[^\W\d_][^\d_@/\\|:;!?=+*#%&$€£<>\[\]{}\t\n]{1,69}")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|['’`\u0300-\u036f\u0900-\u0dff.-](?=[^\W\d_]))*")
_TICKET = re.compile(r"([A-Z][A-Z' -]{1,30}) ?/ ?([A-Z][A-Z' -]{0,30})")
"""As airlines write names: ``ROE/JANE MRS``."""
_ASIDE = re.compile(r"\([^()]{0,40}\)|\"[^\"]{0,40}\"|“[^”]{0,40}”")


@dataclass(frozen=True, slots=True)
class FullName:
    """One person's name as a list has it."""

    shown: str = field(repr=False)
    """As written, without titles, one line."""
    key: str = field(repr=False)
    """Its words folded, without accents, in order of the alphabet: ``ROE, Jane`` is ``Jane Roe``."""
    titled: bool = False
    """A rank or title stood before it."""
    ranked: bool = False
    """A military or ship's rank did."""
    telling: bool = False
    """Written as only names are (``Roe, Jane``, ``ROE Jane``, ``J. Roe``), or a given name is known."""


def read_name(cell: str, *, loose: bool = False) -> FullName | None:
    """Read a cell as one person's name; None if it does not look like one.

    `loose` is for columns whose header says that names stand there: single words and any case will do.
    """
    text = cell.strip(" \t\r.,\"'*•-–—")
    if "/" in text and (found := _TICKET.fullmatch(text)):
        text = f"{found[1]}, {found[2]}"
    if not 1 < len(text) <= LONGEST or not _NAME.fullmatch(text):
        return None
    return _read(text, loose)


def _read(text: str, loose: bool) -> FullName | None:
    if text.isascii() and text.istitle() and (name := _usual(text)):
        return name
    bare = _ASIDE.sub(" ", text) if "(" in text or '"' in text or "“" in text else text
    if bare.count(",") > 1:
        return None
    words = _WORD.findall(bare)
    words, titled, ranked = _without_titles(words)
    core = [word for word in words if word.casefold() not in _listed("particles")] or words
    if not core or len(core) > _MOST or not _well_formed(core, loose, titled or ranked):
        return None
    folded = [plain(word) for word in words]
    if not _listed("things").isdisjoint(folded):
        return None
    if not loose and _SENTENCE.search(bare):
        return None
    key = " ".join(sorted(folded)) if len(folded) > 1 else folded[0]
    telling = ranked or titled or _telling(bare, words, core)
    return FullName(" ".join(words), key, titled, ranked, telling)


def _usual(text: str) -> FullName | None:
    """Read two or three words that are nothing but names, most of all that are read, quickly."""
    words = text.split()
    if not 1 < len(words) < 4 or not text.replace(" ", "").isalpha() or min(map(len, words)) < 2:
        return None
    folded = text.lower().split()
    if not _unusual().isdisjoint(folded):
        return None
    telling = folded[0] in givennames.shipped().given
    return FullName(" ".join(words), " ".join(sorted(folded)), telling=telling)


@functools.cache
def _unusual() -> frozenset[str]:
    """Give the words that make something else of a name."""
    lists = ("military", "crew", "titles", "after", "particles", "things")
    return frozenset[str]().union(*map(_listed, lists))


def _listed(name: str) -> frozenset[str]:
    return columns.shipped().words[name]


_SENTENCE = re.compile(r"[^\W\d_]{3,}\. |[()]")


def _well_formed(core: list[str], loose: bool, titled: bool) -> bool:
    if len(core) == 1:
        word = core[0]
        caseless = word.lower() == word.upper()
        return len(word) > 1 and (loose or caseless or (titled and word[0].isupper()))
    if not loose and not all(word[0].isupper() or word.lower() == word.upper() for word in core):
        return False
    long = [word for word in core if len(word.replace(".", "")) > 1]
    return bool(long)


def _without_titles(words: list[str]) -> tuple[list[str], bool, bool]:
    titled = ranked = False
    while len(words) > 1:
        word = words[0].casefold().rstrip(".")
        if word in _listed("military") or (word in _listed("crew") and len(words) > 2):
            ranked = True
        elif word in _listed("titles"):
            titled = True
        else:
            break
        words = words[1:]
    while len(words) > 2 and plain(words[-1].rstrip(".")) in _listed("after"):
        words = words[:-1]
    return words, titled, ranked


def _telling(bare: str, words: list[str], core: list[str]) -> bool:
    if len(core) < 2:
        return False
    capitals = [len(word) >= _CAPITALS and word.isupper() for word in core]
    if any(capitals) and not all(word.isupper() for word in core):
        return True  # ROE Jane
    if any(len(word) == 1 for word in core) and len(core) <= 4:
        return True  # J. Roe
    if "," in bare and len(core) <= 3:
        return True  # Roe, Jane
    return plain(words[0]) in givennames.shipped().given


def is_rank(cell: str) -> bool:
    """Tell whether a cell is a soldier's rank or a rating on board."""
    words = cell.casefold().replace(".", " ").split()
    return 0 < len(words) <= 4 and all(
        word in _listed("military") or word in _listed("crew") for word in words
    )


def is_military(cell: str) -> bool:
    """Tell whether a cell is, or begins with, a soldier's rank."""
    words = cell[:60].casefold().replace(".", " ").split()
    return bool(words) and (words[0] in _listed("military") or _GRADE.fullmatch(cell) is not None)


_GRADE = re.compile(r" ?(?:[EOW]-?\d|[EO]-?10|O[RF]-?\d) ?")
"""Pay grades of the services, and NATO's codes."""
