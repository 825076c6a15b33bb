"""Own the operator's portfolio: the names to look at, and how much mail each gets a year.

A line is ``domain`` or ``domain,messages a year``. Empty lines, comments (``#``) and a heading are
passed over. ``1.200`` and, in a line without quotes, ``1,200`` may be a thousand times what they say.
The rule: a line that cannot be read is told with its file and number, and never guessed at.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from missent.errors import ConfigError, MalformedAddress
from missent.mail.domain import DomainName

MOST = 5_000
"""Names that a portfolio may have."""
_TOLD = 20
"""Faults that are told."""
_MOST_MESSAGES = 1e15
_HEADINGS = frozenset({"domain", "domains", "domain name", "name", "host"})
_THOUSAND = re.compile(r"\d{1,3}\.\d{3}")
_REST = re.compile(r"\d{3}(?:\.\d+)?")
_GROUPS = re.compile(r"(?<=\d)[ _'\u00a0\u202f](?=\d{3}(?:\D|\Z))")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Names, each once, in the file's order."""

    names: tuple[DomainName, ...]
    volumes: Mapping[DomainName, float]
    """Messages a year; not all names have one."""


def read_portfolio(text: str, place: str) -> Portfolio:
    """Read a portfolio; `place` is the file's name for faults.

    A semicolon or a tab separates, too. Columns after the second are ignored. A name may be there twice
    if the figures agree. Raises `ConfigError` with a line for each fault.
    """
    volumes: dict[DomainName, float | None] = {}
    faults: list[str] = []
    for number, row in _rows(text.removeprefix("\ufeff")):
        try:
            name, volume = our_name(row[0]), _volume(*row[1:3])
            _add(volumes, name, volume)
        except (ValueError, MalformedAddress) as error:
            faults.append(f"{place}:{number}: {error}")
    if not volumes and not faults:
        faults.append(f"{place}:1: no domain here; expected lines like example.com,120000")
    if len(volumes) > MOST:
        faults.append(
            f"{place}:1: {len(volumes):,} names; at most {MOST:,} can be looked at together"
        )
    if faults:
        more = len(faults) - _TOLD
        raise ConfigError("\n".join([*faults[:_TOLD], *([f"and {more} more"] if more > 0 else [])]))
    known = {name: volume for name, volume in volumes.items() if volume is not None}
    return Portfolio(tuple(volumes), MappingProxyType(known))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = True
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.split("#", 1)[0].strip()
        if not line:
            continue
        separator = next((mark for mark in ";\t" if mark in line and "," not in line), ",")
        try:
            row = [cell.strip() for cell in next(csv.reader([line], delimiter=separator))]
        except (csv.Error, StopIteration):
            row = [line]
        if not (first and row[0].casefold() in _HEADINGS):
            yield number, row
        first = False


def our_name(cell: str) -> DomainName:
    """Read one name, with or without its last dot. Raises `ValueError` or `MalformedAddress`."""
    name = DomainName.parse(cell.removesuffix("."))
    if name.is_literal:
        raise ValueError("an address literal has no look-alikes; a domain name was expected")
    if "." not in name.ascii:
        raise ValueError("a top-level domain; a name below one was expected, such as army.mil")
    if name.ascii.rpartition(".")[2].isdigit():
        raise ValueError("an address has no look-alikes; a domain name was expected")
    return name


def _volume(cell: str = "", behind: str = "") -> float | None:
    if not cell:
        return None
    if _THOUSAND.fullmatch(cell) or (cell.isdigit() and len(cell) < 4 and _REST.fullmatch(behind)):
        raise ValueError("messages a year: thousands, or parts of one? expected 120000")
    try:
        volume = float(_GROUPS.sub("", cell).replace(",", ""))
    except ValueError:
        volume = math.nan
    if not 0 <= volume <= _MOST_MESSAGES:
        raise ValueError("messages a year: a number was expected, such as 120000")
    return volume


def _add(volumes: dict[DomainName, float | None], name: DomainName, volume: float | None) -> None:
    known = volumes.get(name)
    if known is not None and volume is not None and known != volume:
        raise ValueError(f"{name.ascii} is there already, with {known:.15g} messages a year")
    volumes[name] = known if volume is None else volume
