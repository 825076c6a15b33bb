"""Own the words in which a report names what the judge found: categories, levels, slips, outcomes.

The rule: a word that is not in a table here is shown as it is, so that a new detector needs no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from missent.lookalike.edits import Kind

CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "address": "private addresses",
        "birth": "dates of birth",
        "contact": "private contact details",
        "credentials": "passwords and keys",
        "diplomatic": "diplomatic papers",
        "family": "family and next of kin",
        "finance": "bank, tax and pay records",
        "health": "health",
        "identity": "identity papers and numbers",
        "inspection": "inspection reports",
        "legal": "legal papers and complaints",
        "marking": "classification marks",
        "movements": "movements and whereabouts",
        "nationality": "nationality",
        "payment": "payment cards and accounts",
        "people": "lists of names",
        "personnel": "personnel and disciplinary matters",
        "places": "maps, plans and pictures of sites",
        "release": "marked not to be released to the recipient",
        "research": "unpublished research",
        "roster": "rosters and crew lists",
        "sealed": "encrypted parts, not read",
        "service": "rank, unit and post",
        "travel": "itineraries and travel",
        "unread": "parts that could not be read",
    }
)
LEVELS: Mapping[int, str] = MappingProxyType(
    {
        0: "nothing found",
        1: "internal",
        2: "confidential, or personal data",
        3: "harmful in the hands of strangers",
        4: "secret",
    }
)
SLIPS: Mapping[str, str] = MappingProxyType(
    {
        Kind.DROP: "a letter dropped",
        Kind.DOUBLE: "a letter doubled",
        Kind.SWAP: "two letters swapped",
        Kind.NEIGHBOUR_KEY: "the key beside it",
        Kind.INSERT: "a letter too many",
        Kind.SUBSTITUTE: "a wrong letter",
        Kind.MISSING_DOT: "a dot left out",
        Kind.EXTRA_DOT: "a dot too many",
        Kind.MISSING_HYPHEN: "a hyphen left out",
        Kind.EXTRA_HYPHEN: "a hyphen too many",
        Kind.SEPARATOR: "dot and hyphen confused",
        Kind.OTHER_SUFFIX: "another ending",
        Kind.EXTRA_SUFFIX: "an ending too many",
        Kind.NO_SUCH_SUFFIX: "an ending that does not exist",
        Kind.TWO_SLIPS: "two slips",
        Kind.LOOK_ALIKE: "letters that look alike",
        Kind.ACCENT: "an accent",
        Kind.SOUND_ALIKE: "sounds alike",
        Kind.GLUED_TEXT: "text stuck to the name",
    }
)


def category(name: str) -> str:
    """Name a category of content or of what is said of a person."""
    return CATEGORIES.get(name, name)


def level(number: int) -> str:
    """Name a level of sensitivity with its number: ``3, harmful in the hands of strangers``."""
    name = LEVELS.get(number)
    return f"{number}, {name}" if name else str(number)


def slip(kind: str) -> str:
    """Name a kind of slip."""
    return SLIPS.get(kind, kind.replace("_", " "))
