"""Own how the lists and maps of a circle's row become octets or JSON, and back.

Numbers are little-endian whatever the machine, so that a database can be moved. Terms are numbers of
hashed words, people are addresses; nothing else of a letter gets here (law 8).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence

_TERM = struct.Struct("<Hf")  # a bucket, and a weight that is a multiple of a small power of two


def pack_numbers(numbers: Sequence[int]) -> bytes:
    """Write numbers of letters, 32 bits each: an organisation of 10,000 writes so many in a century."""
    return struct.pack(f"<{len(numbers)}I", *numbers)


def read_numbers(packed: bytes) -> list[int]:
    """Read what `pack_numbers` wrote."""
    return list(struct.unpack(f"<{len(packed) // 4}I", packed))


def pack_terms(terms: Mapping[int, float]) -> bytes:
    """Write hashed terms with their weights."""
    flat = [value for item in terms.items() for value in item]
    return struct.pack("<" + "Hf" * len(terms), *flat)


def read_terms(packed: bytes) -> dict[int, float]:
    """Read what `pack_terms` wrote, in the same order."""
    return dict(_TERM.iter_unpack(packed))


def pack_marks(marks: Iterable[bytes]) -> bytes:
    """Write digests of one length."""
    return b"".join(sorted(marks))


def read_marks(packed: bytes, size: int) -> set[bytes]:
    """Read what `pack_marks` wrote."""
    return {packed[at : at + size] for at in range(0, len(packed), size)}


def pack_part(part: Mapping[str, tuple[int, str]]) -> str:
    """Write who took part in a conversation, the order kept."""
    return json.dumps([[person, *seen] for person, seen in part.items()], separators=(",", ":"))


def read_part(packed: str) -> dict[str, tuple[int, str]]:
    """Read what `pack_part` wrote."""
    return {person: (count, folded) for person, count, folded in json.loads(packed)}


def pack_names(names: Mapping[str, str]) -> str:
    """Write the mailboxes of one stem, folded, the order kept."""
    return json.dumps(names, separators=(",", ":"))


def read_names(packed: str) -> dict[str, str]:
    """Read what `pack_names` wrote."""
    return dict(json.loads(packed))
