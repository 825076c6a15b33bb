"""Own what the columns of a table of people say: by their header, or by the shape of their cells.

The lists are ``data/people.toml``, read once. Headers are folded (`givennames.plain`) and compared as
whole words, in the languages crew lists, manifests and personnel tables are written in. A column of
things (prices, sizes, companies) is `Column.THING`: it speaks against a list of people.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from missent.judge.givennames import plain


class Column(StrEnum):
    """What the cells of a column are."""

    NAME = "name"
    FAMILY = "family"
    GIVEN = "given"
    RANK = "rank"
    POSITION = "position"
    UNIT = "unit"
    SERVICE = "service number"
    BIRTH = "birth"
    NATIONALITY = "nationality"
    PAPERS = "papers"
    """Passport, identity card, seaman's book, social security."""
    ADDRESS = "address"
    PRIVATE_PHONE = "private phone"
    PHONE = "phone"
    MAIL = "mail"
    PAY = "pay"
    HEALTH = "health"
    KIN = "kin"
    """Next of kin, emergency contacts."""
    PLACE = "place"
    """Cabin, seat, room."""
    TICKET = "ticket"
    DUTY = "duty"
    """Shift, watch, gate, post."""
    DAY = "day"
    SEX = "sex"
    COMPANY = "company"
    """Whom they work for: these are business contacts."""
    NUMBER = "number"
    THING = "thing"
    OTHER = "other"


_TELLING_FIRST = (Column.KIN, Column.BIRTH, Column.PAPERS, Column.HEALTH, Column.PAY)
"""What decides of several columns in one header: ``name and date of birth of next of kin``."""
NAMES = frozenset({Column.NAME, Column.FAMILY, Column.GIVEN})
PERSONAL = frozenset(
    {
        *(Column.BIRTH, Column.NATIONALITY, Column.PAPERS, Column.ADDRESS),
        *(Column.PRIVATE_PHONE, Column.PAY, Column.HEALTH, Column.KIN),
    }
)
"""What makes a list of people a list of personal data."""
HUMAN = (PERSONAL - {Column.ADDRESS}) | {Column.RANK, Column.SERVICE, Column.SEX}
"""What only people have."""
ALSO_HUMAN = frozenset(
    {
        *(Column.POSITION, Column.UNIT, Column.PHONE, Column.MAIL, Column.ADDRESS, Column.COMPANY),
        *(Column.PLACE, Column.TICKET, Column.DUTY),
    }
)
"""What people have, and other things sometimes."""


@dataclass(frozen=True, slots=True)
class Words:
    """The lists, as they are asked."""

    headers: Mapping[str, Column]
    """Phrase of plain words -> column."""
    heading: frozenset[str]
    """The words of the headers of names and duties."""
    things: frozenset[str]
    days: frozenset[str]
    nationalities: frozenset[str]
    words: Mapping[str, frozenset[str]]
    """Every list of single words by its name, for those who read names."""


@functools.cache
def shipped() -> Words:
    """Give the lists that come with this version."""
    text = resources.files("missent.data").joinpath("people.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    headers: dict[str, Column] = {}
    for column, phrases in table["headers"].items():
        for phrase in phrases:
            headers.setdefault(plain(phrase), Column(column))
    words = {name: frozenset(listed) for name, listed in table["words"].items()}
    nationalities = words["countries"] | words["peoples"]  # the former in capitals
    opening = (phrase for phrase, kind in headers.items() if kind in NAMES or kind is Column.DUTY)
    heading = frozenset(word for phrase in opening for word in phrase.split())
    return Words(headers, heading, words["things_named"], words["days"], nationalities, words)


_WORDS = re.compile(r"[^\W_]+|#")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Where words are joined, in the header of an export: ``EmployeeName``."""
_LONGEST = 60
_MOST_WORDS = 8
_ROW = 400
"""Characters of a row that are looked at first."""
_SHORTEST = 4
_AT_ONCE = 5
"""Words of the longest phrase."""


def column_of(header: str) -> Column | None:
    """Give what a header cell announces; None if it is no header known here."""
    if not header or len(header) > _LONGEST:
        return None
    return _column_of(header)


def _column_of(header: str) -> Column | None:
    words = _WORDS.findall(plain(_CAMEL.sub(" ", header)))
    if not words or len(words) > _MOST_WORDS:
        return None
    headers = shipped().headers
    if found := headers.get(" ".join(words)):
        return found
    kinds = {kind for run in _runs(words) if (kind := headers.get(run))}
    if not kinds:
        return _day_of(words)
    if kinds & NAMES and not shipped().things.isdisjoint(words):
        return Column.THING
    order = (*_TELLING_FIRST, *Column)
    return min(kinds, key=order.index)


def is_name_header(text: str) -> bool:
    """Tell, quickly, whether a text is exactly a header of names."""
    return shipped().headers.get(plain(text.strip(" .:*\t"))) in NAMES


def may_head(row: Sequence[str]) -> bool:
    """Tell, quickly, whether names or duties could be announced in a row."""
    words = _WORDS.findall(plain(_CAMEL.sub(" ", " ".join(row)[:_ROW])))
    return not shipped().heading.isdisjoint(words)


def _runs(words: Sequence[str]) -> Iterable[str]:
    """Give the phrases in a header that are long enough to mean the same inside a longer one."""
    for length in range(min(_AT_ONCE, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            run = " ".join(words[start : start + length])
            if len(run) >= _SHORTEST:
                yield run


def _day_of(words: Sequence[str]) -> Column | None:
    return Column.DAY if len(words) <= 4 and not shipped().days.isdisjoint(words) else None


# --- what cells look like ---------------------------------------------------------------------

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = re.compile(
    r"(?<!\d)(?:(?P<iso>(?:19|20)\d\d)[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|\d{1,2}[-/. ](?:\d{1,2}|" + _MONTH + r")[-/. ,]{1,2}(?P<end>(?:19|20)\d\d))(?!\d)",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+|\b0|\()[\d][\d ()./-]{6,18}\d\b|\b\d{3}[-. /]\d{3}[-. ]\d{4}\b")
_PAPER = re.compile(r"\b(?:[A-Z]{1,3} ?\d{6,9}|\d{3}-\d{2}-\d{4})\b")
_MAIL = re.compile(r"[^\s@<>]@[\w-]{1,63}\.\w")
_DUTY = re.compile(
    r"(?:off|day|night|late|early|leave|a/?l|sick|rest|duty|on|d|n|e|l|m|x|am|pm|s/?b|stby|standby"
    r"|r/?d|do|al|\d{4} ?[-–/] ?\d{4}|\d{1,2}[:.]\d\d ?[-–] ?\d{1,2}[:.]\d\d|\d\d[-–]\d\d)",
    re.IGNORECASE,
)
BIRTHS = range(1920, 2016)
_SPREAD = 4
"""Years between the oldest and the youngest: dates of invoices lie closer together."""
MOSTLY = 0.6


def birth_in(text: str) -> str:
    """Give the first date in a text that could be somebody's birthday, as written; empty if none."""
    found = _DATE.search(text)
    return found.group() if found and _year(found) in BIRTHS else ""


def _year(found: re.Match[str]) -> int:
    return int(found.group("iso") or found.group("end"))


def shown(cells: Sequence[str]) -> frozenset[Column]:
    """Give what cells of different people in one column (or whole lines) have in them.

    Without a header only what cannot well be anything else is said.
    """
    filled = [cell for cell in cells if cell.strip()]
    if not filled:
        return frozenset()
    least = max(2.0, MOSTLY * len(filled))
    found = {
        column
        for column, sees in _SHAPES.items()
        if sum(1 for cell in filled if sees(cell)) >= least
    }
    years = [_year(date) for cell in filled if (date := _DATE.search(cell))]
    born = [year for year in years if year in BIRTHS]
    if len(born) >= least and max(born) - min(born) >= _SPREAD:
        found.add(Column.BIRTH)
    if Column.PAPERS in found and not found & {Column.BIRTH, Column.NATIONALITY}:
        found.discard(Column.PAPERS)
    return frozenset(found)


def is_people(text: str) -> bool:
    """Tell whether a nationality stands in a text."""
    words = _WORDS.findall(text[:200])
    known = shipped().nationalities
    return any(word[:1].isupper() and (word in known or word.lower() in known) for word in words)


def is_duty(text: str) -> bool:
    """Tell whether a cell is a shift's code or hours."""
    return _DUTY.fullmatch(text.strip()) is not None


_SHAPES = {
    Column.PHONE: lambda cell: _PHONE.search(cell[:200]) is not None,
    Column.PAPERS: lambda cell: _PAPER.search(cell[:200]) is not None,
    Column.MAIL: lambda cell: _MAIL.search(cell[:200]) is not None,
    Column.NATIONALITY: is_people,
}
