"""Generated documents of the kinds that leaked, and of ordinary business, each labelled.

Independent of the detectors: nothing here imports or repeats them. A `Paper` is what an office would
write; `rendering` makes of it a letter, a web page, a PDF, a Word or an Excel file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from faker import Faker

Cells: TypeAlias = list[str]


@dataclass(frozen=True, slots=True)
class Rows:
    """A table: its header, perhaps empty, and its rows."""

    header: Cells
    rows: list[Cells]


@dataclass(frozen=True, slots=True)
class Fields:
    """A form: labels and values."""

    pairs: list[tuple[str, str]]


Block: TypeAlias = str | Rows | Fields


@dataclass(frozen=True, slots=True)
class Paper:
    """One document."""

    category: str
    """What it is; empty for ordinary business."""
    title: str
    blocks: list[Block]
    also: frozenset[str] = field(default_factory=frozenset)
    """Categories it rightly belongs to beside."""


@dataclass(slots=True)
class Desk:
    """Whoever writes: the dice and the invented people."""

    dice: Random
    fake: Faker

    def pick(self, *choices: str) -> str:
        """Choose one."""
        return self.dice.choice(choices)

    def some(self, least: int, most: int, *choices: str) -> list[str]:
        """Choose several, in any order."""
        return self.dice.sample(choices, k=min(len(choices), self.dice.randint(least, most)))

    def digits(self, count: int) -> str:
        """Give that many digits, the first of them not zero."""
        return str(self.dice.randint(10 ** (count - 1), 10**count - 1))

    def letters(self, count: int) -> str:
        """Give that many capitals."""
        return "".join(self.dice.choices("ABCDEFGHJKLMNPQRSTUVWXYZ", k=count))

    def day(self) -> str:
        """Give a date in one of the ways people write them."""
        date = self.fake.date_between("-2y", "+1y")
        form = self.pick("%d %B %Y", "%Y-%m-%d", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y")
        return date.strftime(form)

    def birth(self) -> str:
        """Give a date of birth."""
        form = self.pick("%d/%m/%Y", "%Y-%m-%d", "%d %b %Y")
        return self.fake.date_of_birth(minimum_age=19, maximum_age=64).strftime(form)

    def secret(self) -> str:
        """Give a password."""
        return str(self.fake.password(length=self.dice.randint(8, 14)))

    def clock(self) -> str:
        """Give a time of day."""
        hours, minutes = self.dice.randint(0, 23), self.dice.choice((0, 5, 15, 30, 40, 45))
        return self.pick(f"{hours:02d}:{minutes:02d}", f"{hours:02d}{minutes:02d}")


Template: TypeAlias = Callable[[Desk], Paper]
LOCALES = ("en_US", "en_GB", "fr_FR", "de_DE", "pl_PL", "es_ES", "en_IN", "it_IT", "nl_NL")


def desk(seed: int) -> Desk:
    """Give a writer, the same for the same seed."""
    dice = Random(seed)
    fake = Faker(dice.choice(LOCALES))
    fake.seed_instance(seed)
    return Desk(dice, fake)
