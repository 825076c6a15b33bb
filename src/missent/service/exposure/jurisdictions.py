"""Own the operator's judgement of countries: a word for each, and what the word counts.

Which registry gives out a name is a fact; whether that country is a friend is not, so nothing is shipped.
A word never changes an estimate, only the order of rows. What holds for a suffix goes before what holds
for its country, and of two suffixes the longer.

A file is TOML or CSV::

    [weights]                     place,word
    restricted = 5                Mali,restricted
    ally = 0.5                    .gov.au,ally
    [countries]                   weight:restricted,5
    Mali = "restricted"           weight:ally,0.5
    GB = "ally"
    [suffixes]
    ".gov.au" = "ally"
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from missent.errors import ConfigError, MalformedAddress
from missent.lookalike.registries import countries
from missent.mail.domain import DomainName

_MOST = 1_000.0
"""The greatest weight."""
_SHOWN = 60
"""Characters of a file that a fault repeats."""
_LONGEST = 1_000
"""Characters of a line: a place and a word."""
_WEIGHT = "weight:"
_TABLES = ("weights", "countries", "suffixes")
_HEADINGS = frozenset({"place", "country", "suffix"})


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """One word of the operator's."""

    word: str
    weight: float = 1.0


NONE = Jurisdiction("")


@dataclass(frozen=True, slots=True)
class _Line:
    """One fact of a file, whatever its form."""

    number: int
    place: str
    value: object
    is_weight: bool


def jurisdiction_of(
    jurisdictions: Mapping[str, Jurisdiction], domain: DomainName, country: str | None
) -> Jurisdiction:
    """Find the word for a name; without one, an empty word that counts 1."""
    if not jurisdictions:
        return NONE
    rest = domain.public_suffix
    while rest:
        found = jurisdictions.get("." + rest)
        if found is not None:
            return found
        rest = rest.partition(".")[2]
    return NONE if country is None else jurisdictions.get(country, NONE)


def read_jurisdictions(text: str, place: str) -> Mapping[str, Jurisdiction]:
    """Read a file; `place` is its name for faults, and TOML if it ends so.

    Gives words by country (in English, as `registries.country_of` has it) and by suffix (A-labels with a
    dot in front). A word without a weight counts 1. Raises `ConfigError` with a line for each fault.
    """
    text = text.removeprefix("\ufeff")
    lines = _toml(text, place) if place.casefold().endswith(".toml") else _csv(text)
    words: dict[str, tuple[int, str]] = {}
    weights: dict[str, float] = {}
    faults: list[str] = []
    for line in lines:
        try:
            if line.is_weight:
                _once(weights, _word(line.place), _weight(line.value))
            else:
                key, word = _key(line.place), _word(line.value)
                if words.get(key, (0, word))[1] != word:
                    raise ValueError(f"{key} has another word already")
                words[key] = line.number, word
        except ValueError as error:
            faults.append(f"{place}:{line.number}: {error}")
    used = {word for _, word in words.values()}
    faults += [f"{place}: the weight of {w!r} is for no place" for w in weights if w not in used]
    if faults:
        raise ConfigError("\n".join(faults[:20]))
    found = {key: Jurisdiction(word, weights.get(word, 1.0)) for key, (_, word) in words.items()}
    return MappingProxyType(found)


def _csv(text: str) -> Iterator[_Line]:
    first = True
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.split("#", 1)[0].strip()
        if not line:
            continue
        short = len(line) <= _LONGEST
        row = [cell.strip() for cell in next(csv.reader([line]))] if short else [line[:_SHOWN]]
        heading, first = first and row[0].casefold() in _HEADINGS, False
        if heading:
            continue
        value = row[1] if len(row) == 2 else None
        is_weight = row[0].casefold().startswith(_WEIGHT)
        yield _Line(number, row[0][len(_WEIGHT) :] if is_weight else row[0], value, is_weight)


def _toml(text: str, place: str) -> Iterator[_Line]:
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{place}: not TOML: {error}") from None
    except (ValueError, RecursionError):
        raise ConfigError(f"{place}: not TOML: too long a number, or tables too deep") from None
    for table, values in tables.items():
        if table not in _TABLES or not isinstance(values, dict):
            expected = ", ".join(f"[{name}]" for name in _TABLES)
            raise ConfigError(
                f"{place}:{_line_of(text, '', table)}: {_quoted(table)}: expected {expected}"
            )
        for key, value in values.items():
            at = _line_of(text, table, key)
            named = key if table != "suffixes" else "." + key.removeprefix(".")
            yield _Line(at, named, value, table == "weights")


def _line_of(text: str, table: str, key: str) -> int:
    """Find the line in which a key of a table stands; 1 if it is written in a way not foreseen."""
    here = ""
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole.strip()
        if line.startswith("["):
            here = line.strip("[] \"'")
            if not table and here == key:
                return number
        elif here == table and line.split("=", 1)[0].strip().strip("\"'") == key:
            return number
    return 1


def _key(text: str) -> str:
    """Give the country's name, or the suffix."""
    if text.startswith("."):
        try:
            return "." + DomainName.parse(text[1:]).ascii
        except MalformedAddress as error:
            raise ValueError(f"not a suffix: {error}") from None
    by_name = {name.casefold(): name for name in countries().values()}
    code = "GB" if text.upper() == "UK" else text.upper()
    found = countries().get(code) or by_name.get(text.casefold())
    if found is None:
        raise ValueError(
            f"no country {_quoted(text)}; expected its English name or two-letter code, or a suffix as .ml"
        )
    return found


def _quoted(text: str) -> str:
    """Quote what a file says for the operator's eyes: in ASCII, no control characters, cut off."""
    return ascii(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")


def _word(value: object) -> str:
    if not isinstance(value, str) or not value.isascii() or not value.replace("-", "").isalnum():
        raise ValueError("expected a place and one word for it, such as Mali and restricted")
    return value.casefold()


def _weight(value: object) -> float:
    try:
        weight = float(value) if isinstance(value, str | int | float) else -1.0
    except (ValueError, OverflowError):
        weight = -1.0
    if not 0 < weight <= _MOST or isinstance(value, bool):
        raise ValueError(f"a weight is a number above 0, at most {_MOST:g}")
    return weight


def _once(weights: dict[str, float], word: str, weight: float) -> None:
    if weights.setdefault(word, weight) != weight:
        raise ValueError(f"{word} has another weight already")
