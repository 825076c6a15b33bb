"""Own how rows come out of JSON: an array, an envelope around one, or one object a line.

The rule: a damaged row is one None and costs nothing else. In a document, reading goes on at the next
place that looks like a row; what is nested deeper than Python's own limit is damaged.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

MAX_CELL = 131_072  # characters, the limit of csv by default; a longer cell of JSON is empty
MAX_DAMAGED = 100  # times that a document is taken up again: each may read on to its end
MAX_ENVELOPE = 16_384  # characters in front of an envelope's first row
_ENVELOPE = re.compile(r'"(?:value|items|results)"\s*+:\s*+\[')
_START = re.compile(r"\ufeff?\s*+")
_GAP = re.compile(r"[\s,]*+")
_NEXT = re.compile(r"(?:\}\s*+(?:,\s*+)?|\n[ \t]*+)\{")
_SEPARATORS = re.compile(r"[\W_]+")
_DECODER = json.JSONDecoder()


def plain(name: str) -> str:
    """Write a column's name so that ``recipient-address`` and ``RecipientAddress`` are one."""
    return _SEPARATORS.sub("", name.casefold())


def is_json(text: str) -> bool:
    """Tell whether a text starts as JSON does."""
    at = _start(text)
    return text[at : at + 1] in ("{", "[")


def is_lines(text: str) -> bool:
    """Tell JSON with one value a line from a document; of the first lines one may be damaged."""
    lines = islice((line for line in io.StringIO(text) if line.strip()), 3)
    first = next(lines, "").lstrip("\ufeff")
    if _load(first) is not None:
        return True
    if first.lstrip().startswith("[") or _ENVELOPE.search(text, 0, MAX_ENVELOPE):
        return False
    return any(isinstance(_load(line), dict) for line in lines)


def is_cuttable(text: str) -> bool:
    """Tell whether each line is a row of its own, so that any part that starts a line can be read."""
    first = next((line for line in io.StringIO(text) if line.strip()), "").lstrip("\ufeff")
    value = _load(first)
    whole = value is None or (isinstance(value, dict) and _inside(value) is None)
    return whole and is_lines(text)


def records(text: str) -> Iterator[dict[str, Any] | None]:
    """Give the rows, their own names as `plain` writes them; None for a damaged one."""
    if not is_lines(text):
        yield from _document(text)
        return
    for line in io.StringIO(text):
        if line.strip():
            value = _load(line.lstrip("\ufeff"))
            yield from (None,) if value is None else _rows(value)


def _document(text: str) -> Iterator[dict[str, Any] | None]:
    envelope = _ENVELOPE.search(text, 0, MAX_ENVELOPE)
    at = _start(text)
    if text[at : at + 1] == "[":
        at += 1
    elif envelope:
        at = envelope.end()
    for _ in range(MAX_DAMAGED):
        try:
            while True:
                at = _skip(text, at)
                if text[at : at + 1] in ("", "]"):
                    return
                value, at = _DECODER.raw_decode(text, at)
                yield from _rows(value)
        except (ValueError, RecursionError):
            yield None
        following = _NEXT.search(text, at)
        if following is None:
            return
        at = following.end() - 1


def _start(text: str) -> int:
    start = _START.match(text)
    return start.end() if start else 0


def _skip(text: str, at: int) -> int:
    gap = _GAP.match(text, at)
    return gap.end() if gap else at


def _rows(value: object) -> Iterator[dict[str, Any] | None]:
    if isinstance(value, dict):
        inside = _inside(value)
        if inside is None:
            yield _row(value)
            return
        value = inside
    for item in value if isinstance(value, list) else (value,):
        yield _row(item) if isinstance(item, dict) else None


def _inside(value: dict[str, Any]) -> list[Any] | None:
    """Take a list of rows out of its envelope; None if this is none."""
    results = value["d"].get("results") if isinstance(value.get("d"), dict) else value.get("d")
    for found in (value.get("value"), value.get("items"), results):
        if isinstance(found, list):
            return found
    return None


def _row(value: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in value.items():
        row.setdefault(plain(name), cell)
    return row


def _load(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
