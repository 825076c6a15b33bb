"""Own what a protective marking is: its scheme, its level, and to whom its caveats limit it.

A grammar reads a whole phrase, capitals as the standards print them (`normal`). Words that people
also use for other things (a bare ``SECRET``) are not `sure`: where they stand has to speak for them.
Nothing of the text is kept (law 8): a `Mark` holds closed facts only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from missent.judge.marks.countries import limits

LONGEST = 240
"""Characters of a phrase that can be a marking; the longest published example has 160."""
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_SPACES = re.compile(r"\s+")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")


class Place(StrEnum):
    """Where a marking stands, as far as its meaning goes."""

    HEADER = "header"
    PROPERTY = "property"
    SUBJECT = "subject"
    MARGIN = "margin"
    BANNER = "banner"
    """A line of its own."""
    PORTION = "portion"
    """In brackets before a paragraph."""


@dataclass(frozen=True, slots=True)
class Caveats:
    """To whom a marking limits what it stands on; all closed facts."""

    countries: frozenset[str] = frozenset()
    """Two-letter codes of the only countries; empty: not limited so."""
    government: bool = False
    """Only to government: FED ONLY, HMG USE ONLY."""
    own: bool = False
    """Only to the author's organisation: TLP:AMBER+STRICT."""
    named: bool = False
    """Only to those named: TLP:RED, RECIPIENTS ONLY."""


NONE = Caveats()


@dataclass(frozen=True, slots=True)
class Mark:
    """One marking."""

    scheme: str
    level: int
    """0 to 4; 0 says that it may go anywhere."""
    caveats: Caveats = NONE
    sure: bool = True
    """Nobody writes this for anything else."""
    place: Place = Place.BANNER


Grammar = Callable[[str], Iterator[Mark]]
"""Gives the marking that a whole phrase, made `normal`, is; mostly none, at most one a scheme."""

_GOVERNMENT = re.compile(r"\b(?:FED ONLY|FEDCON|NOCON|HMG USE ONLY|LAW ENFORCEMENT SENSITIVE)\b")
_NAMED = re.compile(
    r"\b(?:RECIPIENTS? ONLY|DL ONLY|EXCLUSIVE[- ]FOR|NODIS|EXDIS|ADDRESSEES? ONLY"
    r"|NAMED RECIPIENTS)\b"
)


def caveats(text: str) -> Caveats:
    """Read the caveats and handling instructions of a marking, in capitals."""
    return Caveats(
        countries=limits(text),
        government=_GOVERNMENT.search(text) is not None,
        named=_NAMED.search(text) is not None,
    )


def normal(text: str) -> str:
    """Write a phrase as the grammars expect it: no accents, one kind of dash, single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_DASHES))
        text = _ACCENTS.sub("", text).replace("\u2044", "/")
    return _SPACES.sub(" ", text).strip()
