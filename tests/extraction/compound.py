"""Write compound files ([MS-CFB]) for tests: streams by path, nothing else."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_STORAGE, _STREAM, _ROOT = 1, 2, 5


@dataclass(slots=True)
class _Entry:
    name: str
    kind: int
    octets: bytes = b""
    start: int = _END
    size: int = 0
    children: dict[str, _Entry] = field(default_factory=dict)
    left: int = _FREE
    right: int = _FREE
    child: int = _FREE
    number: int = 0


def compound(streams: Mapping[str, bytes]) -> bytes:
    """Give a compound file with these streams; ``/`` separates storages."""
    root = _Entry("Root Entry", _ROOT)
    for path, octets in streams.items():
        *folders, name = path.split("/")
        at = root
        for folder in folders:
            at = at.children.setdefault(folder, _Entry(folder, _STORAGE))
        at.children[name] = _Entry(name, _STREAM, octets)
    entries = _listed(root)
    table: list[int] = []
    body = bytearray()
    small = _place(root, entries, table, body)
    while len(entries) % 4:
        entries.append(_Entry("", 0))
    directory = _add(b"".join(map(_written, entries)), table, body)
    return _header(directory, small, table, body) + bytes(body)


def _listed(root: _Entry) -> list[_Entry]:
    entries = [root]
    for entry in entries:
        children = sorted(entry.children.values(), key=lambda e: (len(e.name), e.name.upper()))
        for child in children:
            child.number = len(entries)
            entries.append(child)
        entry.child = _tree(children)
    return entries


def _tree(children: list[_Entry]) -> int:
    if not children:
        return _FREE
    middle = len(children) // 2
    top = children[middle]
    top.left, top.right = _tree(children[:middle]), _tree(children[middle + 1 :])
    return top.number


def _place(
    root: _Entry, entries: list[_Entry], table: list[int], body: bytearray
) -> tuple[int, int]:
    """Lay out the streams; give where the table of the small ones begins, and its size."""
    small, small_table = bytearray(), list[int]()
    for entry in entries:
        if entry.kind != _STREAM:
            continue
        entry.size = len(entry.octets)
        if entry.size >= _CUTOFF:
            entry.start = _add(entry.octets, table, body)
        elif entry.size:
            entry.start = _chain(small_table, -(-entry.size // _SMALL))
            small += entry.octets.ljust(-(-entry.size // _SMALL) * _SMALL, b"\0")
    if small:
        root.start, root.size = _add(bytes(small), table, body), len(small)
    filled = small_table + [_FREE] * (-len(small_table) % 128)
    packed = struct.pack(f"<{len(filled)}I", *filled)
    return (_add(packed, table, body) if packed else _END), len(packed)


def _add(octets: bytes, table: list[int], body: bytearray) -> int:
    count = max(1, -(-len(octets) // _SECTOR))
    body += octets.ljust(count * _SECTOR, b"\0")
    return _chain(table, count)


def _chain(table: list[int], count: int) -> int:
    first = len(table)
    table += [*range(first + 1, first + count), _END]
    return first


def _written(entry: _Entry) -> bytes:
    name = (entry.name + "\0").encode("utf-16-le") if entry.kind else b""
    links = struct.pack("<III", entry.left, entry.right, entry.child)
    start = entry.start if entry.kind != _STORAGE else 0
    return (
        name.ljust(64, b"\0")
        + struct.pack("<HBB", len(name), entry.kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, entry.size)
    )


def _header(directory: int, small: tuple[int, int], table: list[int], body: bytearray) -> bytes:
    first_small, small_size = small
    count = 1
    while count * 128 < len(table) + count:
        count += 1
    sectors = [*range(len(table), len(table) + count)]
    table += [_FAT] * count
    table += [_FREE] * (count * 128 - len(table))
    body += struct.pack(f"<{len(table)}I", *table)
    difat = [*sectors, *[_FREE] * (109 - count)]
    return (
        bytes.fromhex("d0cf11e0a1b11ae1")
        + bytes(16)
        + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<III", 0, count, directory)
        + struct.pack("<II", 0, _CUTOFF)
        + struct.pack("<II", first_small, -(-small_size // _SECTOR))
        + struct.pack("<II", _END, 0)
        + struct.pack("<109I", *difat)
    )
