"""Own the reading of XML and JSON: each value on a line with its name, so that fields stay labelled.

Tracks and maps (GPX, KML) keep their coordinates; lists of like records become tables. What does not
parse is read as the text it is; XML is malformed then, since a viewer may show it otherwise, or show what
its entities stand for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from xml.parsers import expat

from missent.extraction.charset import decoded
from missent.extraction.kinds import kind_of
from missent.extraction.reader import Budget, Exceeded, Item
from missent.mail.document import Document, Reason, Table, Text
from missent.mail.html import enclosed, text_of

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|_")
_BRACKET = re.compile(r"[][{}]")
_MOST_COLUMNS = 200
_DEEPEST = 500
"""Elements in elements, lists in lists."""
Row = tuple[str, ...]


def read(item: Item, budget: Budget) -> Iterator[Document]:
    """Read XML or JSON."""
    kind = kind_of(item.octets, item.name, item.content_type)
    text = decoded(item.octets)
    budget.spend(characters=len(text))
    problems: tuple[Reason, ...] = ()
    tables: tuple[Table, ...] = ()
    if kind == "json":
        lines, tables = _json(text, budget)
        problems = (Reason.TOO_DEEP,) if _nested(text) else ()
    else:
        lines, problems = _xml(text)
        problems = (*problems, *enclosed(text))
    texts = (Text("\n".join(lines)),) if lines else ()
    yield Document(item.position, kind, item.name, texts=texts, tables=tables, problems=problems)


def label(name: str) -> str:
    """Write a name made for programs as words: ``lastName`` as ``last Name``."""
    return _HUMP.sub(" ", name.rpartition(":")[2]).strip()


# --- XML -----------------------------------------------------------------------------------------


class _Declared(Exception):
    """An entity is declared: only attacks need that."""


class _Lines:
    """Collects a line for each value while XML is parsed."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._name = ""
        self._said: list[str] = []
        self._depth = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        self._flush()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Exceeded(Reason.TOO_DEEP)
        self._name = label(name)
        for key, value in attributes.items():
            if value.strip() and not key.startswith("xmlns") and "schemaLocation" not in key:
                self.lines.append(f"{label(key)}: {value.strip()}")

    def remarked(self, text: str) -> None:
        """Take a comment."""
        if text.strip():
            self.lines.append(" ".join(text.split()))

    def said(self, text: str) -> None:
        """Take text."""
        self._said.append(text)

    def closed(self, _name: str) -> None:
        """Take the end of an element."""
        self._depth -= 1
        self._flush()

    def _flush(self) -> None:
        text = " ".join("".join(self._said).split())
        if text:
            self.lines.append(f"{self._name}: {text}" if self._name else text)
        self._name = ""
        self._said.clear()

    def declared(self, *_: object) -> None:
        """Refuse an entity."""
        raise _Declared


def _xml(text: str) -> tuple[list[str], tuple[Reason, ...]]:
    collected = _Lines()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = collected.opened
    parser.EndElementHandler = collected.closed
    parser.CharacterDataHandler = collected.said
    parser.CommentHandler = collected.remarked
    parser.EntityDeclHandler = collected.declared
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except Exceeded as limit:
        return collected.lines, (limit.reason,)
    except (expat.ExpatError, _Declared):
        return text_of(text)[0].split("\n"), (Reason.MALFORMED,)
    return collected.lines, ()


# --- JSON ----------------------------------------------------------------------------------------


def _json(text: str, budget: Budget) -> tuple[list[str], tuple[Table, ...]]:
    try:
        value = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        try:
            lines = [line for line in text.split("\n") if line.strip()]
            value = [json.loads(line, parse_int=str, parse_float=str) for line in lines]
        except (ValueError, RecursionError):
            return text.split("\n"), ()
    lines = []
    tables: list[Table] = []
    _spell(value, "", lines, tables, budget)
    return lines, tuple(tables)


def _nested(text: str) -> bool:
    """Tell whether it is nested deeper than the library reads; brackets in strings count, too."""
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += 1 if match[0] in "[{" else -1
        if depth > _DEEPEST:
            return True
    return False


def _spell(
    top: object, top_name: str, lines: list[str], tables: list[Table], budget: Budget
) -> None:
    """Write a value as lines, lists of records as tables; without recursion."""
    waiting = [(top_name, top)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((label(str(key)), inner) for key, inner in reversed(value.items()))
        elif isinstance(value, list):
            if table := _table(value):
                budget.spend(cells=sum(len(row) for row in table))
                tables.append(Table(table, name))
            else:
                waiting.extend((name, inner) for inner in reversed(value))
        elif value is not None and value != "":
            lines.append(f"{name}: {value}" if name else str(value))


def _table(values: list[object]) -> tuple[Row, ...]:
    """Give a list of flat records as rows under their names; nothing if it is something else."""
    records = [value for value in values if isinstance(value, dict)]
    if len(records) < 2 or len(records) != len(values):
        return ()
    names = list(dict.fromkeys(str(key) for record in records for key in record))
    flat = not any(isinstance(v, dict | list) for record in records for v in record.values())
    if not flat or not 0 < len(names) <= _MOST_COLUMNS:
        return ()
    rows = (tuple(_cell(record.get(name)) for name in names) for record in records)
    return (tuple(label(name) for name in names), *rows)


def _cell(value: object) -> str:
    return "" if value is None else str(value)
