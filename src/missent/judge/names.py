"""Own what a mailbox's local part says of a person's name, and whom a greeting names.

Names are read from addresses, since that is what everybody has: ``john.smith``, ``j..smith``,
``smithj``, ``john_smith7``. A name here is a hint that two mailboxes could be taken for each other, or
that a text speaks to somebody else; it never identifies anybody.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Iterable
from enum import IntEnum

from missent.mail.mailbox import Mailbox

_LETTERS = re.compile(r"[^\W\d_]+")
_SALUTATION = frozenset(
    (
        *("hi", "hello", "dear", "hey", "good", "morning", "afternoon", "evening", "to", "all"),
        *("and", "everyone", "folks", "guys", "team", "gentlemen", "ladies", "mr", "mrs", "ms"),
        *("dr", "sir", "madam", "thanks", "thank", "you", "per", "fyi", "please", "re", "fw", "ok"),
        *("okay", "yes", "no", "sorry", "attached", "here", "see", "note", "great", "the", "a"),
        *("congratulations", "happy", "an", "i", "it", "this", "we", "as", "for", "in", "on", "if"),
    )
)
_GREETING_LETTERS = 60
_GREETING_WORDS = 5
_TEXT_READ = 2_000
_TOKENS = 4
STEM = 3
"""Letters typed before a mail client offers names to complete."""

_SHORT_FORMS = {
    short: long
    for long, shorts in {
        "robert": "bob rob bobby robbie",
        "william": "bill billy will liam",
        "richard": "dick rick rich ricky",
        "james": "jim jimmy jamie",
        "john": "jack johnny jon",
        "michael": "mike mick mickey",
        "elizabeth": "liz beth betty lisa betsy",
        "margaret": "peggy meg maggie",
        "edward": "ed ted eddie ned",
        "anthony": "tony",
        "charles": "chuck charlie",
        "katherine": "kate kathy cathy katie kay",
        "catherine": "cathy kate",
        "thomas": "tom tommy",
        "joseph": "joe joey",
        "stephen": "steve",
        "steven": "steve",
        "david": "dave",
        "daniel": "dan danny",
        "kenneth": "ken kenny",
        "susan": "sue susie",
        "patricia": "pat patti trish",
        "patrick": "pat paddy",
        "deborah": "deb debbie",
        "barbara": "barb babs",
        "andrew": "andy drew",
        "alexander": "alex sandy",
        "alexandra": "alex sandra",
        "lawrence": "larry",
        "gerald": "jerry gerry",
        "jerome": "jerry",
        "gregory": "greg",
        "henry": "hank harry",
        "francis": "frank",
        "peter": "pete",
        "christina": "tina chris",
        "christopher": "chris kit",
        "cynthia": "cindy",
        "jennifer": "jen jenny",
        "judith": "judy",
        "victoria": "vicki vicky",
        "rebecca": "becky",
        "theresa": "terry tess",
        "terrence": "terry",
        "samuel": "sam",
        "timothy": "tim",
        "benjamin": "ben",
    }.items()
    for short in shorts.split()
}


class Likeness(IntEnum):
    """How easily one mailbox is taken for another by name, from not at all to the very same."""

    NONE = 0
    STEM = 1
    """The first letters of a name are the same, as typed into a completing address field."""
    INITIAL = 2
    """``jsmith`` beside ``john.smith``."""
    NAME = 3
    """A whole name is the same."""
    SAME = 4
    """All names are the same: two accounts of one person, or two people of one name."""


@functools.lru_cache(maxsize=65_536)
def tokens(key: str) -> tuple[str, ...]:
    """Split a folded local part into the names in it, initials included, at most four."""
    return tuple(_LETTERS.findall(key)[:_TOKENS])


@functools.lru_cache(maxsize=65_536)
def stems(key: str) -> tuple[str, ...]:
    """Give the first letters of each name of a folded local part, each once."""
    return tuple(dict.fromkeys(name[:STEM] for name in tokens(key) if len(name) >= STEM))


@functools.lru_cache(maxsize=131_072)
def likeness(one: str, other: str) -> Likeness:
    """Compare two folded local parts."""
    mine, theirs = _long(one), _long(other)
    if mine == theirs and mine:
        return Likeness.SAME
    if mine & theirs:
        return Likeness.NAME
    if _initialled(one, theirs) or _initialled(other, mine):
        return Likeness.INITIAL
    return Likeness.STEM if set(stems(one)) & set(stems(other)) else Likeness.NONE


def likest(key: str, found: Collection[Mailbox]) -> tuple[Mailbox, ...]:
    """Put mailboxes in the order of likeness to a folded local part, of equals the last one first."""
    latest = reversed(tuple(found))
    return tuple(sorted(latest, key=lambda other: likeness(key, other.key), reverse=True))


def greeted(text: str) -> frozenset[str]:
    """Give the words a text addresses somebody by, folded: ``Bob and Ann,`` gives two.

    Only the first line counts, and only if it ends, or has a comma, colon or dash, within five words.
    """
    line = next((line for line in text[:_TEXT_READ].splitlines() if line.strip()), "")
    head = re.split(r"[,:;!\-\u2013\u2014.]", line.strip()[:_GREETING_LETTERS], maxsplit=1)[0]
    words = _LETTERS.findall(head)
    if len(words) > _GREETING_WORDS:
        return frozenset()
    named = (word.casefold() for word in words if word[:1].isupper())
    return frozenset(word for word in named if len(word) > 1 and word not in _SALUTATION)


def mentioned(text: str) -> frozenset[str]:
    """Give the capitalised words of a text, folded: those that could be somebody's name."""
    words = _LETTERS.findall(text[:_TEXT_READ])
    return frozenset(word.casefold() for word in words if len(word) >= STEM and word[0].isupper())


def answers_to(key: str, words: Iterable[str]) -> bool:
    """Tell whether the person behind a folded local part could be called by one of these words."""
    return any(_called(name, word) for word in words for name in tokens(key) if len(name) >= STEM)


@functools.lru_cache(maxsize=65_536)
def _called(name: str, word: str) -> bool:
    if name == word:
        return True
    if len(word) >= STEM and name.startswith(word):
        return len(name) - len(word) <= 8
    return _SHORT_FORMS.get(word) == name or _SHORT_FORMS.get(name) == word


@functools.lru_cache(maxsize=65_536)
def _long(key: str) -> frozenset[str]:
    return frozenset(name for name in tokens(key) if len(name) >= STEM)


def _initialled(key: str, names: frozenset[str]) -> bool:
    """Tell whether a one-word local part is an initial and a surname of `names`, either way round."""
    own = [name for name in tokens(key) if len(name) > 1]
    if len(own) != 1 or len(names) < 2:
        return False
    word = own[0]
    return any(
        word in (first[0] + last, last + first[0])
        for first in names
        for last in names
        if first != last
    )
