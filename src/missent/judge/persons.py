"""Own how people are found in a document: rows of tables and lists in which somebody's name stands.

A column is one of names by its header, or by the shape of nearly all its cells together with
something only people have: ranks, birthdays, nationalities, known given names, or a heading that
says who they are. Names come from everywhere, so no dictionary decides. What is found is a `Roll`:
the people of one grid, and which columns stand beside their names.

Names, birthdays and headings never appear in a repr (law 8).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from missent.judge.columns import (
    ALSO_HUMAN,
    HUMAN,
    MOSTLY,
    NAMES,
    Column,
    birth_in,
    column_of,
    is_duty,
    is_people,
    may_head,
    shown,
)
from missent.judge.content import Reading
from missent.judge.fullnames import FullName, is_military, is_rank, read_name
from missent.judge.grids import LIST, Grid, Row, grids_in
from missent.mail.document import Where

FEWEST = 2
"""People that make a roll; the detectors ask for more."""
SAMPLE = 200
"""Rows looked at before a column is believed."""
_HEADER_WITHIN = 12
"""Rows in which the header is looked for: forms have titles above it."""
_MOST_COLUMNS = 64
_FEWEST_UNNAMED = 3
"""People of a table without a header, or of a list."""
_NEARLY_ALL = 0.7
_GLANCE = 12
"""Rows that tell most columns are not of names."""
_SHIFTS = 3
"""Codes of shifts in a row of a duty roster."""
_HEADING = 600
_KNOWN = 0.3
"""Share of a headless column's names that must look like nothing but names."""
_KNOWN_ALONE = 0.5
"""The same where names stand alone."""
_DISTINCT = 0.6
_PLACED = re.compile(
    r"\b(?:crews?|passengers?|pax|attendees?|attending|participants?|guests?|staff|personnel|employees?|members"
    r"|patients?|students?|visitors?|delegates?|roster|manifest|muster|travell?ers|invitees|invited"
    r"|persons|people|nominal|officers|soldiers|troops|squad|platoon|watch|shift|guard|duty|team"
    r"|candidates|applicants|volunteers|victims|witnesses|suspects|detainees|inmates|residents"
    r"|the following (?:have|are|will)|names|equipage|passagers|besatzung|mannschaft|teilnehmer"
    r"|tripulaci[oó]n|tripulantes|pasajeros|equipaggio|za[lł]oga|pasa[zż]erowie|экипаж|пассажиры)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody named in a row."""

    key: str = field(repr=False)
    """The normalised name (`FullName.key`)."""
    name: str = field(repr=False)
    born: str = field(default="", repr=False)
    """The birthday as written; empty if the row has none."""
    where: Where = Where.BODY
    row: int = 0


@dataclass(frozen=True, slots=True)
class Roll:
    """The people of one table or list, and what is said of them."""

    people: tuple[Person, ...] = field(repr=False)
    """Each once."""
    columns: frozenset[Column]
    """What stands beside the names."""
    heading: str = field(default="", repr=False)
    """What stands above: the sheet's name, titles, the header itself."""
    military: bool = False
    """Whether most have a soldier's rank."""
    aboard: bool = False
    """Whether most have a soldier's rank, or a rating of a ship or aircraft."""
    shifts: bool = False
    """Whether what stands beside the names are codes or hours of shifts, day after day."""
    kind: str = "table"


def people_in(reading: Reading) -> tuple[Person, ...]:
    """Give the people listed in a document, each once."""
    return reading.derived("people", _people)


def rolls_in(reading: Reading) -> tuple[Roll, ...]:
    """Give the tables and lists of people in a document; the same people are in one of them only."""
    return reading.derived("rolls", _rolls)


def _people(reading: Reading) -> tuple[Person, ...]:
    found: dict[str, Person] = {}
    for roll in rolls_in(reading):
        for person in roll.people:
            found.setdefault(person.key, person)
    return tuple(found.values())


def _rolls(reading: Reading) -> tuple[Roll, ...]:
    found = [roll for grid in grids_in(reading) if (roll := roll_of(grid))]
    found.sort(key=lambda roll: (-len(roll.columns & HUMAN), -len(roll.people)))
    seen: set[str] = set()
    kept = []
    for roll in found:  # the same lines may make several grids: the telling one goes first
        keys = {person.key for person in roll.people}
        if len(keys - seen) * 2 >= len(keys):
            kept.append(roll)
        seen |= keys
    return tuple(kept)


def roll_of(grid: Grid) -> Roll | None:
    """Give the people of a grid; None if it is no list of people."""
    if grid.kind == LIST:
        return _list(grid)
    at, header = _header(grid.rows)
    return _headed(grid, at, header) if at >= 0 else _headless(grid)


# --- tables with a header -----------------------------------------------------------------------

Read = Callable[[Row], FullName | None]


@dataclass(frozen=True, slots=True)
class _Found:
    """How the people of a grid are to be read."""

    grid: Grid
    reads: tuple[Read, ...]
    """Of each row; a duty roster may have several names in one."""
    columns: frozenset[Column]
    births: tuple[int, ...] = ()
    """The columns with birthdays."""
    first: int = 0
    """The first row after the header."""


def _header(rows: Sequence[Row]) -> tuple[int, tuple[Column | None, ...]]:
    """Give the row that is the header and what it announces; -1 if there is none."""
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        if not may_head(row):
            continue
        kinds = tuple(column_of(cell) for cell in row[:_MOST_COLUMNS])
        known = sum(kind is not None for kind in kinds)
        if known < 2 and _filled(row) > 1:
            continue
        if _filled(row) == 1 and any(_filled(below) > 1 for below in rows[at + 1 : at + 6]):
            continue  # a title
        named = not NAMES.isdisjoint(kinds) or {Column.DUTY, Column.DAY} <= set(kinds)
        if named and 2 * known >= _filled(row) and at + 1 < len(rows):
            return at, kinds
    return -1, ()


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row)


def _headed(grid: Grid, at: int, header: tuple[Column | None, ...]) -> Roll | None:
    sample = grid.rows[at + 1 : at + 1 + SAMPLE]
    header = tuple(
        Column.THING if kind is Column.RANK and _is_numbers(sample, i) else kind
        for i, kind in enumerate(header)
    )
    columns = frozenset(kind for kind in header if kind) - NAMES
    posts = [_single(i, loose=False) for i, kind in enumerate(header) if kind is Column.DUTY]
    reads = _best(sample, tuple(_readers(header)), columns, split=Column.FAMILY in header)
    if not reads and NAMES.isdisjoint(header):
        reads = tuple(post for post in posts if _best(sample, (post,), columns, split=False))
    if not reads:
        return None
    births = tuple(i for i, kind in enumerate(header) if kind is Column.BIRTH)
    return _roll(_Found(grid, reads, columns, births, at + 1))


def _is_numbers(sample: Sequence[Row], at: int) -> bool:
    cells = [row[at] for row in sample if at < len(row) and row[at].strip()]
    return sum(cell.strip()[0] in "0123456789$#" for cell in cells) > len(cells) / 2


def _readers(header: tuple[Column | None, ...]) -> Iterator[Read]:
    family, given = _first(header, Column.FAMILY), _first(header, Column.GIVEN)
    if family is not None:
        yield _joined(family, given) if given is not None else _single(family, loose=True)
    for i, kind in enumerate(header):
        if kind is Column.NAME:  # ``Name | First name``: the former is a surname
            surname = given is not None and family is None
            yield _joined(i, given or 0) if surname else _single(i, loose=True)
    if family is None and given is not None and Column.NAME not in header:
        yield _single(given, loose=True)


def _first(header: tuple[Column | None, ...], kind: Column) -> int | None:
    return next((i for i, found in enumerate(header) if found is kind), None)


def _single(at: int, *, loose: bool) -> Read:
    return lambda row: read_name(row[at], loose=loose) if at < len(row) else None


def _joined(family: int, given: int, *, loose: bool = True) -> Read:
    def read(row: Row) -> FullName | None:
        if max(family, given) >= len(row) or not row[family].strip():
            return None
        return read_name(f"{row[given]} {row[family]}", loose=loose)

    return read


def _best(
    sample: Sequence[Row], readers: tuple[Read, ...], columns: frozenset[Column], *, split: bool
) -> tuple[Read, ...]:
    """Choose the column of names most rows agree with, if any; the less else is personal, the stricter."""
    filled = sum(_filled(row) > 1 for row in sample)
    filled = filled or len(sample)
    best: tuple[float, Read] | None = None
    for read in readers:
        found = [name for row in sample if (name := read(row))]
        if not columns & HUMAN and not split:
            found = [name for name in found if " " in name.key or name.ranked]
        if len(found) < FEWEST or len(found) < (MOSTLY - 0.1) * filled:
            continue
        if not _believed(found, columns, len(found) / filled, split=split):
            continue
        if best is None or len(found) > best[0]:
            best = len(found), read
    return (best[1],) if best else ()


def _believed(
    found: Sequence[FullName], columns: frozenset[Column], share: float, *, split: bool
) -> bool:
    if columns & HUMAN or split or _telling(found):
        return Column.THING not in columns or bool(columns & HUMAN) or _telling(found)
    return bool(columns & ALSO_HUMAN) and Column.THING not in columns and share >= 0.8


def _telling(found: Sequence[FullName], share: float = _KNOWN) -> bool:
    return sum(name.telling for name in found) >= share * len(found)


# --- tables without one -------------------------------------------------------------------------


def _headless(grid: Grid) -> Roll | None:
    sample = grid.rows[:SAMPLE]
    width = min(_MOST_COLUMNS, Counter(map(len, sample)).most_common(1)[0][0])
    cells = [[row[i] for row in sample if i < len(row)] for i in range(width)]
    read = _name_column(sample, width, lambda: _columns(cells), grid.heading)
    if read is None:
        return None
    beside = _columns(cells)
    columns = frozenset[Column]().union(*beside)
    if _mostly(sample, is_military) and any(map(_are_serials, cells)):
        columns |= {Column.SERVICE}
    births = tuple(i for i, kinds in enumerate(beside) if Column.BIRTH in kinds)
    return _roll(_Found(grid, (read,), columns, births))


def _columns(cells: list[list[str]]) -> list[frozenset[Column]]:
    return [
        shown(column) | ({Column.RANK} if _are_ranks(column) else frozenset()) for column in cells
    ]


_SERIAL = re.compile(r" ?[A-Z]{0,3}[-/ ]?\d[\d/-]{3,11}[A-Z]? ?")


def _are_serials(cells: Sequence[str]) -> bool:
    """Tell whether cells are long numbers, no two alike: beside soldiers, their service numbers."""
    serials = {cell for cell in cells if _SERIAL.fullmatch(cell)}
    return len(serials) >= max(FEWEST, MOSTLY * len(cells))


def _are_ranks(cells: Sequence[str]) -> bool:
    return sum(map(is_rank, cells)) >= max(FEWEST, MOSTLY * len(cells))


def _name_column(
    sample: Sequence[Row],
    width: int,
    beside: Callable[[], list[frozenset[Column]]],
    heading: str,
) -> Read | None:
    single = [_single(i, loose=False) for i in range(width)]
    double = [_joined(i, i + 1, loose=False) for i in range(width - 1)]
    for read in (*single, *double):
        if _misses(read, sample[:_GLANCE]) or not all(
            _are_names(_names(read, part), len(part)) for part in (sample[:_GLANCE], sample)
        ):
            continue
        if frozenset[Column]().union(*beside()) & HUMAN:
            return read
        if read in single and (_telling(_names(read, sample)) or _PLACED.search(heading)):
            return read
    return None


def _misses(read: Read, rows: Sequence[Row]) -> bool:
    """Tell that rows have too few names, as soon as it is certain."""
    left = len(rows)
    for row in rows:
        if read(row) is None:
            left -= 1
            if left < _NEARLY_ALL * len(rows) or left < _FEWEST_UNNAMED:
                return True
    return False


def _names(read: Read, sample: Sequence[Row]) -> list[FullName]:
    names = (name for row in sample if (name := read(row)))
    return [name for name in names if name.ranked or " " in name.key]


def _are_names(names: Sequence[FullName], rows: int) -> bool:
    if len(names) < _FEWEST_UNNAMED or len(names) < _NEARLY_ALL * rows:
        return False
    return len({name.key for name in names}) >= _DISTINCT * len(names)


# --- lists --------------------------------------------------------------------------------------

_LEAD = re.compile(
    r"(?P<name>[^\W\d_][^\d:;|\t()@<>/]{2,69}?)(?=\s*(?:$|[;:|\t(@</]|\s[-–—]\s|[-–—]{2}|\s\d| {2}))"
)
_POST = re.compile(r"(?P<post>[^:\t]{2,50}?)\s*(?::|\s[-–—]\s|\t)\s*(?P<name>.{3,70})")
_MOST_WORDS = 9
_CLAUSES = 4
"""Comma-separated pieces in which the name ends: ``Roe, Jane, Master``."""


def _list(grid: Grid) -> Roll | None:
    """Read the lines of a list: a name each, and perhaps more after it, or a post before it."""
    rolls = [roll for read in (_lead, _posted) for roll in _stretches(grid, read)]
    return max(rolls, key=lambda roll: len(roll.people), default=None)


def _stretches(grid: Grid, read: Read) -> Iterator[Roll]:
    """Give the people of lines with names that follow each other, but for one now and then."""
    again = _remembering(read)
    named = [at for at, row in enumerate(grid.rows) if again(row)]
    if len(named) < _FEWEST_UNNAMED:
        return
    start = 0
    for here in range(1, len(named) + 1):
        if here < len(named) and named[here] - named[here - 1] <= FEWEST:
            continue
        if here - start >= _FEWEST_UNNAMED:
            first = named[start]
            above = " ".join(row[0] for row in grid.rows[max(0, first - 3) : first])
            part = replace(
                grid,
                rows=grid.rows[first : named[here - 1] + 1],
                heading=f"{grid.heading} {above}",
                start=grid.start + first,
            )
            if roll := _stretch(part, again, posted=read is _posted):
                yield roll
        start = here


def _remembering(read: Read) -> Read:
    """Read each line once, though its list is gone through three times; nothing is kept beyond it."""
    known: dict[Row, FullName | None] = {}

    def again(row: Row) -> FullName | None:
        if row not in known:
            known[row] = read(row)
        return known[row]

    return again


def _stretch(grid: Grid, read: Read, *, posted: bool) -> Roll | None:
    placed = _PLACED.search(grid.heading) is not None
    sample = grid.rows[:SAMPLE]
    names = [name for row in sample if (name := read(row))]
    if not _are_names(names, len(sample)) or (posted and not _posts(sample)):
        return None
    columns = shown([row[0] for row in sample])
    if columns & {Column.MAIL} and not placed:
        return None  # addresses to write to
    if not (columns & HUMAN or placed or _telling(names, _KNOWN_ALONE)):
        return None
    columns |= {Column.POSITION} if posted else frozenset()
    return _roll(_Found(grid, (read,), columns, (0,) if Column.BIRTH in columns else ()))


def _lead(row: Row) -> FullName | None:
    found = _LEAD.match(row[0])
    if found is None:
        return None
    whole = found["name"]
    words = whole.replace(",", " ").split()
    if 3 < len(words) <= _MOST_WORDS and (name := _before_rank(words)):
        return name
    pieces = whole.split(",", _CLAUSES)
    if len(pieces) > 1 and " " in pieces[0].strip() and (name := read_name(pieces[0])):
        return name  # Jane Roe, Master
    if (name := read_name(whole)) and (" " in name.key or name.ranked):
        return name
    for upto in (2, 1):
        name = read_name(",".join(pieces[:upto]))
        if name and " " in name.key and len(pieces) > upto:
            return name
    return None


def _before_rank(words: list[str]) -> FullName | None:
    """Read ``ROE Jane Chief Officer GBR``: the name ends where a rank or a country begins."""
    end = next((i for i in range(2, len(words)) if is_rank(words[i]) or is_people(words[i])), 0)
    return read_name(" ".join(words[:end])) if end else None


def _posted(row: Row) -> FullName | None:
    found = _POST.fullmatch(row[0]) if ":" in row[0] or "-" in row[0] or "–" in row[0] else None
    name = read_name(found["name"].split(",")[0]) if found else None
    return name if name and (" " in name.key or name.ranked) else None


def _posts(sample: Sequence[Row]) -> bool:
    """Tell whether what stands before the names are posts somebody holds."""
    heads = [found["post"] for row in sample if (found := _POST.fullmatch(row[0]))]
    return sum(_HOLDS.search(head) is not None for head in heads) >= MOSTLY * len(heads)


_HOLDS = re.compile(
    r"\b(?:command\w*|chief|deputy|officer|adjutant|director|manager|head|leader|lead|supervisor"
    r"|sergeant|captain|master|mate|engineer|cook|bosun|steward\w*|driver|guard|sentry|gate|watch"
    r"|shift|medic|doctor|nurse|secretary|assistant|coordinator|president|vice|treasurer|analyst"
    r"|s-?[1-9]|g-?[1-9]|j-?[1-9]|xo|co|nco|ncoic|oic|csm|platoon|squad|company|team|section|duty"
    r"|pilot|copilot|purser|loadmaster|relief|reserve|leiter|chef|jefe)\b",
    re.IGNORECASE,
)


# --- making a roll ------------------------------------------------------------------------------


def _roll(found: _Found) -> Roll | None:
    grid, people = found.grid, dict[str, Person]()
    for at in range(found.first, len(grid.rows)):
        row = grid.rows[at]
        for read in found.reads:
            if (name := read(row)) is None or name.key in people:
                continue
            born = next((birth_in(row[i]) for i in found.births if i < len(row)), "")
            people[name.key] = Person(name.key, name.shown, born, grid.where, grid.start + at)
    if len(people) < FEWEST:
        return None
    sample = grid.rows[found.first : found.first + SAMPLE]
    return Roll(
        tuple(people.values()),
        found.columns,
        _announced(found),
        military=_mostly(sample, is_military),
        aboard=_mostly(sample, is_rank) or _mostly(sample, is_military),
        shifts=_has_shifts(sample),
        kind=grid.kind,
    )


def _announced(found: _Found) -> str:
    rows = found.grid.rows[: found.first]
    return " ".join((found.grid.heading, *(cell for row in rows for cell in row)))[:_HEADING]


def _mostly(sample: Sequence[Row], holds: Callable[[str], bool]) -> bool:
    return sum(any(map(holds, row)) for row in sample) >= max(FEWEST, MOSTLY * len(sample))


def _has_shifts(sample: Sequence[Row]) -> bool:
    cells = [cell for row in sample for cell in row[1:] if cell.strip()]
    duties = sum(map(is_duty, cells))
    return duties >= max(_SHIFTS * len(sample), len(cells) / 2)
