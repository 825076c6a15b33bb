"""Own the map of look-alikes: our names by who controls what a slip turns them into.

A shade never says more than the figure in the same field, so that the map is read without colour.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from missent.mail.domain import DomainName
from missent.service.exposure.exposure import Exposure
from missent.service.exposure.telling import figure
from missent.service.investigation.sentences import counted, shown

NAMES: Final = 20
"""Our names that have a row, the most exposed first."""
CONTROLLERS: Final = 7
"""Controllers that have a column of their own; the others share one."""
SHADES: Final = 5
OTHERS: Final = "all others"


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the map."""

    text: str
    """Expected messages; empty for none."""
    shade: int
    """0 (nothing) to `SHADES` (the most of the map)."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The map: our names by who controls their look-alikes."""

    controllers: tuple[tuple[str, str], ...]
    """Match, and who it is where that says more; the last may be all others."""
    rows: tuple[tuple[str, tuple[Cell, ...], str], ...]
    """Our name, its fields, its sum."""
    more: str


def chart(exposure: Exposure) -> Chart:
    """Add expected messages up by our name and by who controls the look-alike."""
    sums: defaultdict[DomainName, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    whole: defaultdict[str, float] = defaultdict(float)
    labels: dict[str, str] = {}
    for one in exposure.exposed:
        match = one.controller.match
        sums[one.of][match] += one.expected.mid
        whole[match] += one.expected.mid
        labels.setdefault(match, one.controller.label)
    order = sorted(whole, key=lambda match: (-whole[match], match))
    named = order if len(order) <= CONTROLLERS + 1 else order[:CONTROLLERS]
    columns = [
        (match, "" if labels[match].endswith(f" {match}") and match[0] != "." else labels[match])
        for match in named
    ]
    if len(named) < len(order):
        columns.append((OTHERS, counted(len(order) - len(named), "more controller")))
    names = sorted(sums, key=lambda name: (-sum(sums[name].values()), name))
    fields = [_fields(sums[name], named, others=len(named) < len(order)) for name in names[:NAMES]]
    most = max((value for row in fields for value in row), default=0.0)
    rows = tuple(
        (shown(name), tuple(_cell(value, most) for value in row), figure(math.fsum(row)))
        for name, row in zip(names, fields, strict=False)
    )
    left = len(names) - NAMES
    return Chart(tuple(columns), rows, f"and {left:,} more of your names" if left > 0 else "")


def _fields(sums: Mapping[str, float], named: Sequence[str], *, others: bool) -> list[float]:
    row = [sums.get(match, 0.0) for match in named]
    if others:
        row.append(math.fsum(sums.values()) - math.fsum(row))
    return [max(value, 0.0) for value in row]


def _cell(value: float, most: float) -> Cell:
    """Shade by powers of three below the most: amounts of mail differ by orders of magnitude."""
    if value <= 0 or most <= 0 or value < 1e-9 * most:
        return Cell("", 0)
    return Cell(figure(value), max(SHADES - int(math.log(most / value, 3)), 1))
