"""Own which near names answered: mail from a mailbox to which somebody here had written, to that person.

The rule is the guard's for a suspect (`judge.signals.domain_typo`): three answers, to two people, over
fourteen days. What a name sends to others here, or what is sent in its name, makes it no correspondent of
ours: a suspect gains nothing from mail that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

ENOUGH_ANSWERS, ENOUGH_PEOPLE, ENOUGH_DAYS = 3, 2, 14


class Heard(NamedTuple):
    """One message from a near name."""

    place: int
    """Which near name."""
    pair: int
    """Key of the person here and the mailbox that wrote, as of a message the other way."""
    person: int
    """Key of the person here."""
    day: int
    """Its proleptic ordinal."""


def answers(heard: Iterable[Heard], written: Mapping[int, int], each: int) -> int:
    """Count the answers of one near name, if they are enough; else 0.

    `written` gives the day on which each pair was first written to; each message stands for `each`.
    """
    found = [one for one in heard if written.get(one.pair, one.day + 1) <= one.day]
    if len(found) * each < ENOUGH_ANSWERS or len({one.person for one in found}) < ENOUGH_PEOPLE:
        return 0
    days = [one.day for one in found]
    return len(found) * each if max(days) - min(days) >= ENOUGH_DAYS else 0
