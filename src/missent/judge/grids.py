"""Own how rows of cells are found in a document: its tables, and tables written as lines of text.

Lines that follow each other with the same separator (tab, bar, semicolon, comma, wide gaps) make a
grid; a blank line between two of them does not end it. So do the lines of a list, one thing each;
records of ``Label: value`` lines, one after the other; and the cells of a table that came out of a
page one to a line. Address fields of mails that are quoted are left out, and so is what a prose
line looks like. Everything is one pass, linear in the text.

Most text holds no table and no list, and a letter's lines are many: so a text is split into lines
only where three that begin with two capitalised words stand close together (`_glimpsed`), or where
separators or labels are dense; of the former only those lines are looked at, and only if something
in them may be told from headings and addresses (`_worth`). Of a text with very many lines only the
first are read as a list (`_MOST_LINES`).
"""

from __future__ import annotations

import csv
import functools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from missent.judge.columns import NAMES, Column, column_of, is_name_header, shipped
from missent.judge.content import Reading
from missent.judge.givennames import shipped as greetings
from missent.mail.document import Where

Row = tuple[str, ...]
LIST = "list"
"""The kind of a grid whose rows are the lines of a list, a cell each."""
RECORDS = "records"
"""The kind of a grid made of records of labelled values: its first row has the labels."""
FEWEST = 3
"""Rows of a table, lines of a list: fewer are told from nothing."""
_SHORT = 80
"""Characters of a line of a list."""
_LONGEST_LINE = 2_000
"""Characters of a line that may be a row."""
_HEADING = 160
_FIELD = re.compile(
    r"[ \t]*(?:to|cc|bcc|from|sent|subject|date|reply-to|an|von|betreff|de|para|kopie|gesendet|à|objet"
    r"|sent by)[ \t]*:",
    re.IGNORECASE,
)
_GAP = re.compile(r" {2,}|\t+")
_BULLET = re.compile(r"[ \t]*(?:[-*•·o▪–—>]+[ \t]+|\(?\d{1,3}[.):][ \t]*|[a-zA-Z][.)][ \t]+)")
_NUMBERED = re.compile(r"\d{1,4} +(?=[^\W\d_])")
_ITEM = re.compile(
    r"\W{0,6}(?:[\da-zA-Z]{1,4}[.):]? +)?[^\W_a-z]\S{0,40}[ /]{1,3}(?:\S{1,4} )?[^\W_a-z]"
)
"""A line that may begin with a name: two words that are not written small."""
_MARKS = ("\t", "|", ";", ",", "  ")
_STEMS = (
    *(b"name", b"nom ", b"noms ", b"nome", b"nombre", b"apellido", b"nazwisk", b"naam", b"navn"),
    *(
        b"passenger",
        b"crew",
        b"guest",
        b"employee",
        b"patient",
        b"passag",
        b"pasaj",
        b" cn ",
        b" fn ",
    ),
)
"""What stands in most headers of names, as plain words."""
_GLANCE = 10
_CAPITALS = 4
"""Characters of a line that tell prose from a name: it goes on small."""
_APART = 2
_FIELDS = 12
_FIELD_WITHIN = 16
"""Characters in which the colon of an address field stands."""
_LABEL_WITHIN = 40
_CELL = 40
_TRIES = 3
"""Headers of names that are tried: each try reads the rest of the text."""
_MOST_BEFORE = 4
"""Columns before that of the names."""
_SENTENCE_END = (".", "!", "?")


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows that belong together."""

    rows: Sequence[Row] = field(repr=False)
    heading: str = field(default="", repr=False)
    """What stands before it: the sheet's name, or the last lines of text."""
    where: Where = Where.BODY
    kind: str = "table"
    start: int = 0
    """Number of its first row in the text it stands in."""


def grids_in(reading: Reading) -> tuple[Grid, ...]:
    """Give the grids of a document, its own tables first."""
    return reading.derived("grids", lambda one: tuple(_grids(one)))


def _grids(reading: Reading) -> Iterator[Grid]:
    for table in reading.tables:
        if len(table.rows) > 1:
            yield Grid(table.rows, table.name, table.where)
    for one in reading.document.texts:
        text = one.text
        count = text.count("\n")
        if count < FEWEST - 1:
            continue
        if _is_dense(text, count):
            named = any(stem in reading.plain for stem in _STEMS) or not text.isascii()
            yield from _written(text, one.where, named=named)
        else:
            yield from _glimpsed(text, one.where, attached=reading.document.attached)


# --- which lines are looked at ------------------------------------------------------------------

_DENSE = (("\t", 2), ("|", 1), (";", 2), (",", 1), (":", 3))
"""Lines to each separator, at most, in a text that is mostly a table."""
_SHORT_LINES = 16
"""Characters of a line, on average, in a text of cells, or of a list."""
_GLIMPSE = 1_000
"""Characters at the beginning, middle and end of a text, in one of which aligned columns show."""
_DROPPED = r"[^A-ZÀ-ÖØ-Þ?Ā-\U0010ffff\n\t|;,:"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ?Ā-\U0010ffff]"
_OPENING = re.compile(
    rf"\n(?![a-zß-öø-ÿ\n]){_DROPPED}]*+{_CAPITAL}[^ /\n]*+[ /]{_DROPPED} /]*+{_CAPITAL}"
)
"""The break before a line that may begin with a name: ``- Jane Roe``, ``1. Roe, Jane``, ``JANE M. ROE``."""
_ASCII_OPENING = re.compile(
    r"\n(?:[^A-Za-z?\n\t|;,:][^A-Z?\n\t|;,:]*+)?+[A-Z?][^ /\n]*+[ /][^A-Z?\n\t|;,: /]*+[A-Z?]"
)
_FIRST = re.compile(r"\n[^a-z\n][^ ]*+ [^a-z]")
"""Where the first of them may be at the earliest, found in a third of the time; ``ROE/JANE`` apart."""
_HEADED = re.compile(r"\n(?:[A-Za-z]{1,12} ){0,2}[A-Za-z]{0,6}[Nn]ame\n")
_LABELLED = re.compile(r"\n[ \t]{0,8}(?:[A-Za-z]{1,12} ){0,2}[A-Za-z]{0,6}[Nn]ame:")


def _is_dense(text: str, count: int) -> bool:
    """Tell whether a text is to be read as a table from end to end."""
    if count * _SHORT_LINES > len(text):
        return True
    if not text.isascii() and len(text.encode("latin-1", "ignore")) < 0.9 * len(text):
        return True  # scripts without capitals
    for mark, each in _DENSE:
        if mark in text:  # `in` is far faster than `count`, and most marks are absent
            most = max(FEWEST, -(-count // each))
            if len(text.split(mark, most)) > most:
                return True
    if _is_aligned(text, count) or ("ame\n" in text and _HEADED.search(text)):
        return True
    return ":" in text and text.count("ame:") >= FEWEST and len(_LABELLED.findall(text)) >= FEWEST


def _is_aligned(text: str, count: int) -> bool:
    """Tell whether there are more wide gaps than lines."""
    middle = len(text) // 2
    glimpses = text[:_GLIMPSE], text[middle : middle + _GLIMPSE], text[-_GLIMPSE:]
    return any("   " in one for one in glimpses) and text.count("   ") > count


def _glimpsed(text: str, where: Where, *, attached: bool) -> Iterator[Grid]:
    """Look only at lines with two capitalised words, where three of them are close together."""
    runs = list(_near(_paired(text)))
    if not runs:
        return
    lines = _unquoted(text)
    done = 0
    for run in runs:
        if _in_fields(lines, run[0]) or not _worth(lines, run, attached=attached):
            continue
        first, last = max(done, run[0] - _ABOVE), run[-1] + _APART
        done = last
        for grid in _grids_of(lines[first:last], where):
            yield replace(grid, start=grid.start + first)


def _paired(text: str) -> list[int]:
    """Give the numbers of the lines that may begin with two capitalised words."""
    opening, begin = _ASCII_OPENING if text.isascii() else _OPENING, 0
    if opening is _ASCII_OPENING and "/" not in text:
        begin = early.start() if (early := _FIRST.search(text)) else len(text)
    starts = [found.start() for found in opening.finditer(text, begin)]
    lines, before = [0] if opening.match("\n" + text[: _SHORT + 1]) else [], 0
    if len(starts) + len(lines) < FEWEST:
        return []
    at = 0
    for start in starts:
        at += text.count("\n", before, start) + 1
        before = start + 1
        lines.append(at)
    return lines


def _worth(lines: list[str], run: list[int], *, attached: bool) -> bool:
    """Tell, quickly, whether lines may name people: by a name known, or by how names are written.

    A few in a letter are the address below a signature unless something says who they are.
    """
    if _announces(lines, run[0]):
        return True
    looked = [lines[at][:_SHORT] for at in run[:_LOOKED]]
    if not attached and len(run) < _FEW:
        return _any_told(looked) and sum(map(_is_told, looked)) >= 2
    return sum(map(_may_name, looked)) >= max(2, len(looked) / _WORTH)


_FEW = 6
_YEAR = re.compile(r"(?:19|20)\d\d|[A-Z]{1,3} ?\d{6,9}|\d{3}-\d\d-\d{4}")
_DIGITS = re.compile(r"\d\d")


def _any_told(looked: list[str]) -> bool:
    whole = "\n".join(looked)
    if _DIGITS.search(whole):
        return True
    return not _ranks().isdisjoint(whole.lower().replace(".", " ").split())


def _is_told(line: str) -> bool:
    """Tell whether a rank, a year or the number of a paper stands in a line."""
    words = line.lower().replace(".", " ").split()[:4]
    return not _ranks().isdisjoint(words) or _YEAR.search(line) is not None


@functools.cache
def _ranks() -> frozenset[str]:
    words = shipped().words
    return words["military"] | (words["crew"] - {"director", "manager", "agent"})


def _may_name(line: str) -> bool:
    words = item_of(line).split(None, 3)
    if len(words) < 2:
        return False
    first = words[0]
    if first[-1] == "," or len(first) < 3 or first.lower() in _known() or words[1] in _known():
        return True
    return any(map(str.isupper, words[1:])) or (first.isupper() and not words[1].isupper())


def _announces(lines: list[str], first: int) -> bool:
    above = " ".join(lines[max(0, first - _ABOVE) : first + 1])[-_HEADING:].lower()
    return not _ANNOUNCING.isdisjoint(above.replace(":", " ").replace(",", " ").split())


_ABOVE = 4
_ANNOUNCING = frozenset({
    "crew", "crews", "passengers", "pax", "attendees", "attending", "participants", "guests",
    "guest", "staff", "personnel", "employees", "members", "patients", "students", "visitors",
    "delegates", "roster", "manifest", "muster", "travellers", "travelers", "invitees",
    "invited", "persons", "people", "nominal", "officers", "soldiers", "troops", "squad",
    "platoon", "watch", "shift", "guard", "duty", "team", "candidates", "applicants",
    "volunteers", "victims", "witnesses", "suspects", "detainees", "inmates", "residents",
    "following", "names", "name", "surname", "dob", "born", "birth", "passport", "nationality",
    "equipage", "passagers", "besatzung", "mannschaft", "teilnehmer", "tripulantes",
    "pasajeros", "equipaggio",
})  # fmt: skip
"""Words above a list, one of which says that people follow."""
_LOOKED = 40
"""Lines of a list that tell whether it is worth reading."""
_WORTH = 3
"""One line in so many must look like more than two capitalised words."""


@functools.cache
def _known() -> frozenset[str]:
    """Give the words people's names begin with: given names, ranks, titles."""
    words = shipped().words
    return greetings().given | words["military"] | words["crew"] | words["titles"]


def _unquoted(text: str) -> list[str]:
    lines = text.split("\n")
    if "\n>" in text:
        return [line.lstrip("> ") if line[:1] == ">" else line for line in lines]
    return lines


_MOST_LINES = 20_000
"""Lines of one text that are read as lists, wide gaps or records; other tables are read to the end."""


def _written(text: str, where: Where, *, named: bool) -> Iterator[Grid]:
    lines = _unquoted(text)
    yield from _grids_of(lines, where, cased=text.isascii())
    if named:
        lines = lines[:_MOST_LINES]
        if text.count(":") > FEWEST or text.count("\t") > FEWEST:
            yield from _records(lines, where)
        yield from _one_a_line(lines, where)


def _grids_of(lines: list[str], where: Where, *, cased: bool = True) -> Iterator[Grid]:
    whole = "\n".join(lines)
    for mark in _MARKS:
        if whole.count(mark) >= FEWEST:
            yield from _separated(lines if mark != "  " else lines[:_MOST_LINES], mark, where)
    yield from _listed(lines[:_MOST_LINES], where, cased=cased)


# --- lines with separators ----------------------------------------------------------------------


def _separated(lines: list[str], mark: str, where: Where) -> Iterator[Grid]:
    if mark == ",":
        found = [at for at, line in enumerate(lines) if line.count(",") > 1]
    else:
        found = [at for at, line in enumerate(lines) if mark in line]
    if len(found) < FEWEST:
        return
    for run in _runs(lines, found):
        rows = [
            at for at in run if len(lines[at]) <= _LONGEST_LINE and not _is_prose(lines[at], mark)
        ]
        for part in _runs(lines, rows):
            yield from _grid(lines, part, mark, where)


def _runs(lines: list[str], found: list[int]) -> Iterator[list[int]]:
    """Give those of these lines that follow each other with blank lines between at most."""
    start = 0
    for here in range(1, len(found) + 1):
        if here < len(found) and (
            found[here] - found[here - 1] == 1
            or not any(map(str.strip, lines[found[here - 1] + 1 : found[here]]))
        ):
            continue
        if here - start >= FEWEST:
            yield found[start:here]
        start = here


def _is_prose(line: str, mark: str) -> bool:
    if mark in "\t|":
        return False
    if mark in ",;" and ("@" in line[:60] and "<" in line):
        return True
    if mark == "  ":
        return not _GAP.search(line.strip())
    return line.rstrip()[-1:] in _SENTENCE_END and ", " in line and len(line) > 40


def _grid(lines: list[str], run: list[int], mark: str, where: Where) -> Iterator[Grid]:
    if _in_fields(lines, run[0]):
        return
    rows = _cells([lines[at] for at in run], mark)
    if len(rows) < FEWEST:
        return  # rules of a table without rows: ``|---|---|``
    widths = Counter(map(len, rows))
    usual, times = widths.most_common(1)[0]
    steady = 0.7 if mark in ",;" else 0.5
    if mark == "," and (usual < 3 or not _compact(rows)):
        return
    if usual > 1 and times >= max(FEWEST, steady * len(rows)):
        yield Grid(rows, _heading(lines, run[0]), where, mark, run[0])


def _compact(rows: list[Row]) -> bool:
    """Tell cells from clauses: those of prose between commas are longer."""
    sample = [cell for row in rows[:50] for cell in row]
    return sum(len(cell) > 45 for cell in sample) <= 0.1 * len(sample)


def _cells(lines: list[str], mark: str) -> list[Row]:
    if mark == "  ":
        return [tuple(_GAP.split(line.strip())) for line in lines]
    if mark in ",;\t" and any('"' in line for line in lines):
        try:
            return [
                tuple(cell.strip() for cell in row)
                for row in csv.reader(lines, delimiter=mark, skipinitialspace=True)
                if row
            ]
        except csv.Error:
            pass  # not such a file: its quotation marks are only that
    if mark == "|":
        lines = [line.strip().strip("|") for line in lines if line.strip(" |-+:=\t")]
    return [tuple(cell.strip() for cell in line.split(mark)) for line in lines]


def _heading(lines: list[str], first: int) -> str:
    before = [line.strip() for line in lines[max(0, first - 4) : first] if line.strip()]
    return " ".join(line[:_HEADING] for line in before[-2:])


# --- lists --------------------------------------------------------------------------------------


def _listed(lines: list[str], where: Where, *, cased: bool) -> Iterator[Grid]:
    found = [
        at
        for at, line in enumerate(lines)
        if line[:_GLANCE].istitle() or line[:_CAPITALS].isupper()
    ]
    if not cased:  # scripts without capitals
        found = [at for at, line in enumerate(lines) if line.strip()[:1] and not line[:1].islower()]
    for run in _near(found):
        rows = [at for at in run if _may_list(lines[at].strip())]
        for part in _near(rows):
            if not _in_fields(lines, part[0]):
                yield from _list(lines, part, where)


def _near(found: list[int]) -> Iterator[list[int]]:
    """Give those of these lines that follow each other with one other line between at most."""
    start = 0
    for here in range(1, len(found) + 1):
        if here < len(found) and found[here] - found[here - 1] <= _APART:
            continue
        if here - start >= FEWEST:
            yield found[start:here]
        start = here


def _may_list(bare: str) -> bool:
    return (len(bare) <= _SHORT or not bare[:1].isalpha()) and _ITEM.match(bare) is not None


def _in_fields(lines: list[str], at: int) -> bool:
    """Tell whether a line is one of the address fields of a mail that is quoted."""
    for line in reversed(lines[max(0, at - _FIELDS) : at + 1]):
        if not line.strip():
            return False
        if ":" in line[:_FIELD_WITHIN] and _FIELD.match(line):
            return True
    return False


def _list(lines: list[str], run: list[int], where: Where) -> Iterator[Grid]:
    rows = [(item_of(lines[at]),) for at in run]
    yield Grid(rows, _heading(lines, run[0]), where, LIST, run[0])


def item_of(line: str) -> str:
    """Give a line of a list without its bullet or number."""
    if found := _BULLET.match(line) or _NUMBERED.match(line):
        line = line[found.end() :]
    return line.strip()


# --- records, and cells one to a line -----------------------------------------------------------


def _records(lines: list[str], where: Where) -> Iterator[Grid]:
    """Give records of labelled values: as many as the label of a name comes back."""
    found = [at for at, line in enumerate(lines) if ":" in line[:_LABEL_WITHIN] or "\t" in line]
    times = Counter(_label(lines[at]) for at in found)
    kinds = {
        label: kind
        for label, count in times.items()
        if count >= FEWEST and label and (kind := column_of(label))
    }
    opening = next((kind for kind in kinds.values() if kind in NAMES), None)
    if opening is None:
        return
    records: list[dict[Column, str]] = []
    start = 0
    for at in found:
        label = _label(lines[at])
        kind = kinds.get(label)
        if kind is opening:
            records.append({})
            start = at if len(records) == 1 else start
        if records and kind is not None:
            records[-1].setdefault(kind, lines[at].strip()[len(label) + 1 :].strip())
    columns = list(dict.fromkeys(kind for record in records for kind in record))
    rows = [tuple(str(kind) for kind in columns)]
    rows += [tuple(record.get(kind, "") for kind in columns) for record in records]
    yield Grid(rows, _heading(lines, start), where, RECORDS, start)


def _label(line: str) -> str:
    head = line[:_LABEL_WITHIN]
    return head.partition(":" if ":" in head else "\t")[0].strip()


def _one_a_line(lines: list[str], where: Where) -> Iterator[Grid]:
    """Give a table whose header and cells came out of a page one to a line, row after row."""
    tried = 0
    for at, line in enumerate(lines):
        if tried == _TRIES:
            return
        if not 1 < len(line) <= _CELL or not is_name_header(line):
            continue
        tried += 1
        cells = [one for one in map(str.strip, lines[at:]) if one]
        before = [one.strip() for one in lines[max(0, at - _MOST_BEFORE) : at]]
        while before and column_of(before[0]) is None:
            before = before[1:]
        cells = before + cells
        width = next((i for i, one in enumerate(cells) if column_of(one) is None), 0)
        rows = [tuple(cells[i : i + width]) for i in range(0, len(cells), width or len(cells))]
        if width > 2 and len(rows) > FEWEST:
            yield Grid(rows[:-1] if len(rows[-1]) < width else rows, _heading(lines, at), where)
            return
