"""Own how distinct things are counted in bounded memory: by keys, of which a sample is kept.

Keys are 64 bits of BLAKE2. Where a sample is full, half of the space of keys is given up, and each key
that is left counts double (distinct sampling; Gibbons, VLDB 2001). So few things are counted exactly,
many to one in some hundreds, and the same things always give the same, in any order. What a key stands
for is never kept.
"""

from __future__ import annotations

import hashlib
from typing import Generic, TypeVar

SAMPLE = 1 << 19
"""Keys that a sample holds, about 100 octets each."""
_BITS = 64

_V = TypeVar("_V")


class Sample(Generic[_V]):
    """Distinct keys, each with a value, in bounded memory."""

    __slots__ = ("_bits", "_limit", "kept")

    def __init__(self, limit: int = SAMPLE) -> None:
        self.kept: dict[int, _V] = {}
        self._bits, self._limit = _BITS, limit

    def takes(self, key: int) -> bool:
        """Tell whether a key lies in the part of the space that is kept."""
        return key >> self._bits == 0

    def put(self, key: int, value: _V) -> None:
        """Keep a key, with its newest value, if the sample takes it."""
        if not self.takes(key):
            return
        self.kept[key] = value
        while len(self.kept) > self._limit:
            self._bits -= 1
            self.kept = {key: value for key, value in self.kept.items() if self.takes(key)}

    @property
    def each(self) -> int:
        """For how many keys each that is kept stands."""
        return 1 << (_BITS - self._bits)


def key_of(*texts: str) -> int:
    """Give the key of what these texts name together."""
    told = "\0".join(texts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big")
