"""Own what one slip of the hand is, and how much each kind speaks for a slip.

Only texts are compared here; what a label or a suffix is, `compare` knows. The rule: a slip's
`log_ratio` says how much likelier exactly this change is as a slip than as the chance that two
real names differ by it (natural logarithm). It is the share of the kind among real slips, divided
by the number of changes of that kind a name of n characters has, times all of its one-edit
changes (about 75 n). Shares are those measured on natural mistyped domains: deletion .28,
insertion .23, substitution .22, wrong suffix .18, transposition .08. A dropped letter has n ways
only, so that it counts far more than a strange letter, which has 30 n.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from enum import StrEnum

LAYOUTS = (
    ("1234567890-", "qwertyuiop", "asdfghjkl", "zxcvbnm"),  # QWERTY
    ("1234567890-", "qwertzuiop", "asdfghjkl", "yxcvbnm"),  # QWERTZ
    ("1234567890-", "azertyuiop", "qsdfghjklm", "wxcvbn"),  # AZERTY
)
SWITCHED = (("y", "z"), ("w", "z"), ("a", "q"))
"""Keys that change places from layout to layout: the finger is right, the setting is not."""


class Kind(StrEnum):
    """What went wrong; the value is what policy rules and reports call it."""

    DROP = "drop"
    DOUBLE = "double"
    SWAP = "swap"
    NEIGHBOUR_KEY = "neighbour_key"
    INSERT = "insert"
    SUBSTITUTE = "substitute"
    MISSING_DOT = "missing_dot"
    EXTRA_DOT = "extra_dot"
    MISSING_HYPHEN = "missing_hyphen"
    EXTRA_HYPHEN = "extra_hyphen"
    SEPARATOR = "separator"
    OTHER_SUFFIX = "other_suffix"
    EXTRA_SUFFIX = "extra_suffix"
    NO_SUCH_SUFFIX = "no_such_suffix"
    TWO_SLIPS = "two_slips"
    LOOK_ALIKE = "look_alike"
    ACCENT = "accent"
    SOUND_ALIKE = "sound_alike"
    GLUED_TEXT = "glued_text"


LOG_RATIOS = {
    Kind.DROP: 2.5,  # .17 of slips, n ways
    Kind.DOUBLE: 2.0,  # .10, n ways
    Kind.SWAP: 1.8,  # .08, n ways
    Kind.NEIGHBOUR_KEY: 0.4,  # .12, about 6 n ways
    Kind.SUBSTITUTE: -1.4,  # .10, 30 n ways
    Kind.INSERT: -1.6,  # .10, 37 n ways, a third of them beside the finger
    Kind.MISSING_DOT: 3.0,  # .04, one or two ways
    Kind.MISSING_HYPHEN: 2.5,  # .02, one way
    Kind.SEPARATOR: 2.0,  # a dot for a hyphen or back: one or two ways
    Kind.EXTRA_DOT: 1.0,  # .02, n ways
    Kind.EXTRA_HYPHEN: 1.0,  # .01, n ways
    Kind.OTHER_SUFFIX: -1.5,  # .18, but many owners do have the name under several suffixes
    Kind.EXTRA_SUFFIX: 2.0,  # army.mil.com: nobody has it by chance
    Kind.NO_SUCH_SUFFIX: 3.0,  # army.mi: nobody has it at all, today
    Kind.LOOK_ALIKE: 0.8,  # rn for m, 0 for o: .005, one letter in six has such a way
    Kind.ACCENT: 2.0,  # one or two ways, but many owners do have both spellings
    Kind.SOUND_ALIKE: 0.7,  # hotmale: .01, about three ways
    Kind.GLUED_TEXT: 1.1,  # wwwarmy.mil: .005, one way
}
STRANGE_LETTER = 6.0
"""Added for a letter of another alphabet that looks like the right one: no real name has it by chance."""
TWICE = -2.0
"""Added for a second slip in one name: about one in seven slips is not alone."""
TWICE_IN_ONE = -3.5
"""Added, too, if both are in one label: real names two slips apart are many more than one apart."""


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip, at `at` in the known text: up to there the two texts are equal."""

    kind: Kind
    at: int
    log_ratio: float
    phrase: str
    """What the written text does, for a sentence: ``drops the i``."""

    @property
    def cheap(self) -> bool:
        """Whether fingers make this slip more often than real names differ by it."""
        return self.log_ratio > 0


def classify(written: str, known: str) -> Slip | None:
    """Give the one slip that turns `known` into `written`; None if there is no single one."""
    if written == known or abs(len(written) - len(known)) > 1:
        return None
    at = _common_prefix(written, known)
    tail = _common_prefix(written[at:][::-1], known[at:][::-1])
    wrote, meant = written[at : len(written) - tail], known[at : len(known) - tail]
    if not wrote:
        return _dropped(meant, at) if len(meant) == 1 else None
    if not meant:
        return _inserted(written, at) if len(wrote) == 1 else None
    if len(wrote) == len(meant) == 1:
        return _substituted(wrote, meant, at)
    if len(wrote) == len(meant) == 2 and wrote == meant[::-1]:
        kind = Kind.SEPARATOR if "." in wrote or "-" in wrote else Kind.SWAP
        text = (
            "moves a dot or hyphen"
            if kind is Kind.SEPARATOR
            else f"swaps {meant[0]} and {meant[1]}"
        )
        return _slip(kind, at, text)
    return None


def classify_two(written: str, known: str) -> tuple[Slip, Slip] | None:
    """Give the likeliest two cheap slips that turn `known` into `written`; None if there are none.

    The slips lie one after the other, so that a letter is never mistaken twice.
    """
    found = []
    for cut in range(1, len(known)):
        for at in range(max(1, cut - 1), min(len(written), cut + 2)):
            first = classify(written[:at], known[:cut])
            second = classify(written[at:], known[cut:]) if first else None
            if first and second and first.cheap and second.cheap:
                found.append((first, second))
    return max(found, key=lambda two: two[0].log_ratio + two[1].log_ratio, default=None)


@functools.cache
def neighbours() -> frozenset[tuple[str, str]]:
    """Give the ordered pairs of keys that are side by side, or in one place, on some layouts.

    Rows are staggered: key j of a row touches keys j and j + 1 of the row above.
    """
    pairs: set[tuple[str, str]] = set(SWITCHED)
    for rows in LAYOUTS:
        for row in rows:
            pairs.update(itertools.pairwise(row))
        for above, row in itertools.pairwise(rows):
            pairs.update(zip(row, above, strict=False))
            pairs.update(zip(row, above[1:], strict=False))
    return frozenset(pairs | {(b, a) for a, b in pairs})


def _dropped(character: str, at: int) -> Slip:
    if character == ".":
        return _slip(Kind.MISSING_DOT, at, "lacks a dot")
    if character == "-":
        return _slip(Kind.MISSING_HYPHEN, at, "lacks a hyphen")
    return _slip(Kind.DROP, at, f"drops the {character}")


def _inserted(written: str, at: int) -> Slip:
    character = written[at]
    if character == ".":
        return _slip(Kind.EXTRA_DOT, at, "has a dot too many")
    if character == "-":
        return _slip(Kind.EXTRA_HYPHEN, at, "has a hyphen too many")
    around = written[max(at - 1, 0) : at] + written[at + 1 : at + 2]
    if character in around:
        return _slip(Kind.DOUBLE, at, f"doubles the {character}")
    beside = any((character, other) in neighbours() for other in around)
    slip = _slip(Kind.INSERT, at, f"adds the {character}")
    return Slip(slip.kind, at, slip.log_ratio + (0.8 if beside else -0.7), slip.phrase)


def _substituted(wrote: str, meant: str, at: int) -> Slip:
    if {wrote, meant} == {".", "-"}:
        return _slip(
            Kind.SEPARATOR,
            at,
            "has a hyphen for a dot" if wrote == "-" else "has a dot for a hyphen",
        )
    kind = Kind.NEIGHBOUR_KEY if (wrote, meant) in neighbours() else Kind.SUBSTITUTE
    if wrote.isdigit() and meant.isdigit():
        kind = Kind.SUBSTITUTE  # names that differ in a digit are made to: 126.com, 163.com
    return _slip(kind, at, f"has {_shown(wrote)} for {_shown(meant)}")


def _shown(character: str) -> str:
    return "a dot" if character == "." else "a hyphen" if character == "-" else character


def _slip(kind: Kind, at: int, phrase: str) -> Slip:
    return Slip(kind, at, LOG_RATIOS[kind], phrase)


def _common_prefix(one: str, other: str) -> int:
    at, most = 0, min(len(one), len(other))
    while at < most and one[at] == other[at]:
        at += 1
    return at
