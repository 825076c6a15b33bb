"""Own how a source becomes batches of work: in pieces of bounded size, cut where lines or messages end.

A unit is a piece of one input that can be read by itself, so that pieces can be read side by side and a
run that was stopped goes on where it was. The rule: of what cannot be read any further, what was read
counts, and the reason is told (`Stopped`).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO

import pyarrow as pa

from missent.engine import archives
from missent.engine.facts import WORK, Task
from missent.engine.inputs import InputFile
from missent.engine.kinds import EML, EMPTY, LOGS, MAILDIR, MBOX, PARQUET
from missent.engine.packed import UNREADABLE, Pieces, mapped, opened, reason
from missent.engine.rows import row_bytes
from missent.engine.stretches import Stretch, line_stretches, table_stretches
from missent.errors import ArchiveError
from missent.mail.archived import MAX_HEADER

UNIT = 64 << 20
"""Octets of one unit of a file that can be cut."""
STRETCH = 8 << 20
"""Octets of log in one row of work, where they lie in a mapped file."""
_ENDLESS = 8 << 20
"""Octets of one line that are given as if they were one."""
_HEADER = 16_384
"""Octets in which nearly every message's header ends."""
_LETTERS = 4 << 20
"""Octets of headers in one batch."""
_MEMBERS = 2_000
"""Message files in one unit."""
_ROWS = 20_000
"""Rows of a table in one unit."""
_CUT_SHORT: tuple[type[Exception], ...] = (*UNREADABLE, ArchiveError)


@dataclass(frozen=True, slots=True)
class Unit:
    """A piece of one input."""

    number: int
    source: int
    """Number of the input."""
    kind: str
    path: str
    packed: bool
    start: int
    """First octet, member or row."""
    end: int
    """One after the last."""
    weight: int
    """Octets, for the progress bar."""
    members: tuple[str, ...] = ()


class Stopped(Exception):
    """A unit could not be read to its end; the text says why."""


def plan(inputs: Iterable[InputFile]) -> tuple[Unit, ...]:
    """Cut every readable input into units."""
    units: list[Unit] = []
    for source, one in enumerate(inputs):
        if one.fault or one.kind == EMPTY:
            continue
        for start, end, weight in _pieces(one):
            members = tuple(map(str, one.members[start:end]))
            units.append(
                Unit(
                    len(units),
                    source,
                    one.kind,
                    str(one.path),
                    one.packed,
                    start,
                    end,
                    weight,
                    members,
                )
            )
    return tuple(units)


def _pieces(one: InputFile) -> Iterator[tuple[int, int, int]]:
    if one.members:
        length, size = len(one.members), _MEMBERS
    elif one.kind == PARQUET:
        length, size = archives.parquet_length(one.path), _ROWS
    elif one.packed or one.kind not in {*LOGS, MBOX}:
        yield 0, max(one.size, 1), one.size
        return
    else:
        length, size = one.size, UNIT
    pieces = max(1, -(-length // size))
    for at in range(0, length, size):
        yield at, min(at + size, length), max(1, one.size // pieces)


def batches(unit: Unit, task: Task) -> Iterator[pa.RecordBatch]:
    """Read a unit as batches of `facts.WORK`. Raises `Stopped` where it cannot be read any further."""
    schema = task.onto(WORK)
    try:
        if unit.kind in LOGS and not unit.packed:
            yield from _mapped_stretches(unit, schema)
            return
        for part, rows in enumerate(_rows(unit)):
            places, data = zip(*rows, strict=True)
            yield _batch(unit, part, list(places), pa.array(data, pa.large_binary()), schema)
    except UNREADABLE as error:
        raise Stopped(reason(error)) from error
    except ArchiveError as error:
        raise Stopped(str(error).rpartition(": ")[2]) from error


def _batch(
    unit: Unit, part: int, places: list[int], data: pa.Array, schema: pa.Schema
) -> pa.RecordBatch:
    length = len(places)
    columns = [
        pa.array([unit.number] * length, pa.int32()),
        pa.array([part] * length, pa.int32()),
        pa.array(places, pa.int64()),
        pa.array([unit.kind] * length, pa.string()),
        data,
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _rows(unit: Unit) -> Iterator[list[Stretch]]:
    if unit.kind in {MAILDIR, EML}:
        return _grouped(_member_headers(unit))
    if unit.kind == PARQUET:
        rows = archives.parquet_slice(Path(unit.path), unit.start, unit.end)
        return _grouped((unit.start + at, row_bytes(row)) for at, row in enumerate(rows))
    if unit.kind == MBOX:
        return _grouped(_mbox_headers(unit))
    if unit.kind in LOGS:
        return ([row] for row in line_stretches(Path(unit.path)))
    return ([row] for row in table_stretches(Path(unit.path)))


def _grouped(rows: Iterable[Stretch]) -> Iterator[list[Stretch]]:
    group: list[Stretch] = []
    size = 0
    fault: Exception | None = None
    try:
        for row in rows:
            group.append(row)
            size += len(row[1])
            if size >= _LETTERS:
                yield group
                group, size = [], 0
    except _CUT_SHORT as error:
        fault = error
    if group:
        yield group
    if fault is not None:
        raise fault


# --- lines ---------------------------------------------------------------------------------------


def _mapped_stretches(unit: Unit, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Give stretches of the lines that begin within the unit, without copying them."""
    with pa.memory_map(os.fsencode(unit.path)) as data, Path(unit.path).open("rb") as lines:
        whole = data.size()
        place = _line_end(lines, unit.start - 1, whole) if unit.start else 0
        for part in count():
            if place >= min(unit.end, whole):
                break
            end = _line_end(lines, min(place + STRETCH, unit.end) - 1, whole)
            data.seek(place)
            yield _batch(unit, part, [place], _unpacked(data.read_buffer(end - place)), schema)
            place = end


def _unpacked(octets: pa.Buffer) -> pa.Array:
    """Give one value that lies where these octets lie."""
    offsets = pa.py_buffer(struct.pack("<qq", 0, octets.size))
    return pa.Array.from_buffers(pa.large_binary(), 1, [None, offsets, octets])


def _line_end(lines: IO[bytes], at: int, whole: int) -> int:
    """Give where the line ends in which this octet stands; of an endless line, a stretch of it."""
    lines.seek(at)
    lines.readline(_ENDLESS)
    return min(lines.tell(), whole)


# --- messages ------------------------------------------------------------------------------------


def _member_headers(unit: Unit) -> Iterator[Stretch]:
    if unit.kind == EML and not unit.members:
        yield unit.start, _header(Path(unit.path))
    for number, name in enumerate(unit.members, start=unit.start):
        try:
            yield number, _header(Path(name))
        except FileNotFoundError:
            continue  # it was moved while we read, not lost
        except UNREADABLE:
            yield number, b""  # counts as a message that cannot be read, and stops no other


def _header(path: Path) -> bytes:
    with opened(path) as file:
        pieces = Pieces(file, _HEADER)
        block = pieces.read()
        while (end := archives.BLANK.search(block)) is None and len(block) < MAX_HEADER:
            if not (more := pieces.read()):
                break
            block += more
    if not block:
        pieces.check()
    return block[: end.end() if end else MAX_HEADER]


def _mbox_headers(unit: Unit) -> Iterator[Stretch]:
    with mapped(Path(unit.path)) as data:
        end = len(data) if unit.packed else unit.end
        for start, stop in archives.mbox_spans(data, unit.start, end):
            blank = archives.BLANK.search(data, start - 1, min(stop, start + MAX_HEADER))
            yield start, data[start : blank.end() if blank else min(stop, start + MAX_HEADER)]
