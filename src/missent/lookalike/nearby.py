"""Own the index in memory of all known names: which of a million could a written one stand for?

`Nearby` is a frozen base and what was learned since. The rule: it stores names under
`index.keys` and knows nothing of how those are made; a candidate is a known name with a key in
common, judged by nobody here, and a text that met by chance (about one look-up in a hundred finds
one) is left for `compare.explain` to drop, as it drops most.

Theory of operation. The base is one buffer, made once, written to a file and mapped from it by any
number of processes. A key is never stored: of its 48-bit hash (stable from run to run) the first
bits choose a bucket, of 8 to 16 entries, and the next 16 tell the entries of a bucket apart. An
entry is these 16 bits and the name's number in 24, in parallel arrays sorted by both: 5 bytes a
key, and half a byte for the buckets' directory. A name has one more entry, under its own text, by
which it is recognised. A look-up is a bisection in one bucket a key, so it costs the same among ten
thousand names and a million.

Order is standing: a name's number is its place in what `build` was given, so that names given best
known first are found best known first, and no flood of later names hides an early one. Hosts of the
written name's own owner come last: they are never its look-alikes.

What was learned since lies in a dict of the same hashes, about 2 KB a name, until `compact` merges
it. One thread may write (`add`, `compact`) while others read.
"""

from __future__ import annotations

import binascii
import functools
import hashlib
import struct
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from operator import add as plus
from typing import TypeAlias

from missent.errors import OperatorError
from missent.lookalike.index import VERSION, keys
from missent.mail.domain import DomainName

Buffer: TypeAlias = bytes | bytearray | memoryview
"""What a file's content may be given as; ``memoryview(mmap)`` for a mapped one."""

NEAREST = 64
"""Candidates given for one written name: the best known, so that no flood hides the right one."""
MAX_NAMES = 1 << 24
_DEPTH = 512
"""Names looked at under one key, the best known first: what bounds a look-up beside a huge owner."""
_KEPT = 8192  # names whose last look-up is kept, as numbers: 2 MB at most
_TAG = 16  # bits that tell the keys of one bucket apart
_NUMBER = 24  # bits of a name's number
_ROUGH = 8  # first bits of a hash, by which building sorts in portions, and fewest bits of a bucket
_FINE = 24  # most bits of a bucket
_HASH = 48
_CROWDED = 64  # entries a bucket, beyond which `compact` makes more of them

_HEADER = struct.Struct("=8sHI16sBII")  # magic, order, checksum, rules, bits, names, entries
_MAGIC = b"MISSNEAR"
_ORDER = 0x0102  # reads 0x0201 on a machine with the other byte order
_START = 64


# --- keys --------------------------------------------------------------------------------------


def _hash(text: str) -> int:
    """Hash to 48 bits, the same in every process: two checksums by unlike polynomials.

    Several times faster than a cryptographic hash. Whoever makes keys collide on purpose gains a
    candidate that is not near, behind all names known longer, and nothing else.
    """
    octets = text.encode()
    return zlib.crc32(octets) << 16 | binascii.crc_hqx(octets, 0)


@functools.lru_cache(maxsize=_KEPT)
def _hashes(name: DomainName) -> tuple[int, ...]:
    return tuple(map(_hash, keys(name)))


def _own(name: DomainName) -> int:
    return _hash(f"={name.ascii}")


# --- the base ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Base:
    """Views into one buffer."""

    buffer: memoryview
    bits: int
    """How many bits of a hash choose the bucket."""
    directory: memoryview
    """First entry of each bucket, and the number of entries."""
    offsets: memoryview
    """First octet of each name in `texts`, and their length."""
    tags: memoryview
    low: memoryview
    """Lower 16 bits of each entry's name number."""
    high: memoryview
    """Upper 8 bits of it."""
    owners: memoryview
    """Octets of each name's registrable part; 0: it has none."""
    suffixes: memoryview
    """Octets of each name's public suffix."""
    texts: memoryview

    def __len__(self) -> int:
        return len(self.owners)

    def name(self, number: int) -> DomainName:
        """Give a name whole, without reading it again: that would cost as much as the look-up."""
        text = str(self.text(number), "ascii")
        if "xn--" in text:
            return DomainName.parse(text)
        owner = self.owners[number]
        registrable = text[-owner:] if owner else None
        return DomainName(text, text, registrable, text[-self.suffixes[number] :])

    def text(self, number: int) -> memoryview:
        """Give a name as it is stored."""
        return self.texts[self.offsets[number] : self.offsets[number + 1]]

    def owner(self, number: int) -> memoryview:
        """Give a name's registrable part, empty if it has none."""
        end = self.offsets[number + 1]
        return self.texts[end - self.owners[number] : end]

    def numbers(self, hashes: Iterable[int], depth: int) -> tuple[list[int], bool]:
        """Give the numbers of the names under these keys, in order, and whether these are all.

        Under one key at most `depth` are looked at, the best known. Everything is in one loop, since
        most of a decision's time is spent here.
        """
        cut, directory, tags = _HASH - _TAG - self.bits, self.directory, self.tags
        low, high = self.low, self.high
        found: set[int] = set()
        whole = True
        for hashed in hashes:
            place = hashed >> cut
            bucket, tag = place >> _TAG, place & 0xFFFF
            end = directory[bucket + 1]
            at = bisect_left(tags, tag, directory[bucket], end)
            if at == end or tags[at] != tag:
                continue
            found.add(low[at] | high[at] << 16)
            at += 1
            if at < end and tags[at] == tag:
                last = bisect_right(tags, tag, at, min(end, at + depth - 1))
                whole = whole and last - at < depth - 1
                found.update(low[i] | high[i] << 16 for i in range(at, last))
        return sorted(found), whole

    def insertion(self, place: int) -> int:
        """Give where a later name's entry belongs."""
        bucket, tag = place >> _TAG, place & 0xFFFF
        return bisect_right(self.tags, tag, self.directory[bucket], self.directory[bucket + 1])

    def seal(self, stamp: str) -> None:
        """Write the header, when everything else is in place."""
        counts = (self.bits, len(self), len(self.tags))
        checksum = _checksum(self.buffer, *counts)
        _HEADER.pack_into(self.buffer, 0, _MAGIC, _ORDER, checksum, _rules(stamp), *counts)


def _checksum(buffer: memoryview, *counts: int) -> int:
    return zlib.crc32(buffer[_START:], zlib.crc32(repr(counts).encode()))


def _rules(stamp: str) -> bytes:
    return hashlib.blake2b(f"{VERSION} {stamp}".encode(), digest_size=16).digest()


def _lengths(bits: int, names: int, entries: int) -> tuple[int, ...]:
    """Give the octets of each array, widest items first, so that all are aligned; not of texts."""
    words, halves = (4 * ((1 << bits) + 1), 4 * (names + 1)), (2 * entries, 2 * entries)
    return (*words, *halves, entries, names, names)


def _views(buffer: memoryview, bits: int, names: int, entries: int) -> _Base:
    ends = list(accumulate(_lengths(bits, names, entries), initial=_START))
    pieces = [buffer[start:end] for start, end in pairwise(ends)]
    words = [piece.cast("I") for piece in pieces[:2]]
    halves = [piece.cast("H") for piece in pieces[2:4]]
    arrays = (*words, *halves, *pieces[4:], buffer[ends[-1] :])
    return _Base(buffer, bits, *arrays)


def _blank(bits: int, names: int, entries: int, texts: int) -> _Base:
    size = _START + sum(_lengths(bits, names, entries)) + texts
    return _views(memoryview(bytearray(size)), bits, names, entries)


def _open(data: Buffer, stamp: str) -> _Base:
    buffer = memoryview(data).cast("B")
    if len(buffer) < _START or bytes(buffer[:8]) != _MAGIC:
        raise OperatorError("not an index of names")
    _, order, checksum, rules, *counts = _HEADER.unpack_from(buffer)
    if order != _ORDER or rules != _rules(stamp):
        raise OperatorError("the index of names was made by other rules: build it again")
    if _checksum(buffer, *counts) != checksum:
        raise OperatorError("the index of names is damaged: build it again")
    return _views(buffer, *counts)


# --- building ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Texts:
    """The names themselves, as they are being collected."""

    octets: bytearray = field(default_factory=bytearray)
    offsets: array[int] = field(default_factory=lambda: array("I", [0]))
    owners: bytearray = field(default_factory=bytearray)
    suffixes: bytearray = field(default_factory=bytearray)

    def append(self, name: DomainName) -> int:
        """Take the next name; gives its number."""
        if len(self.owners) == MAX_NAMES:
            raise OperatorError(f"an index of names holds at most {MAX_NAMES}")
        self.octets += name.ascii.encode("ascii")
        self.offsets.append(len(self.octets))
        self.owners.append(len(name.registrable or ""))
        self.suffixes.append(len(name.public_suffix))
        return len(self.owners) - 1

    def put(self, base: _Base, number: int) -> None:
        """Write them into a base, where `number` names and their texts stand already."""
        before = base.offsets[number]
        base.offsets[number:] = array("I", [before + offset for offset in self.offsets])
        base.owners[number:] = self.owners
        base.suffixes[number:] = self.suffixes
        base.texts[before:] = self.octets


def _build(names: Iterable[DomainName], stamp: str) -> _Base:
    texts, portions = _Texts(), [array("Q") for _ in range(1 << _ROUGH)]
    seen: set[str] = set()
    for name in names:
        if name.ascii not in seen:
            seen.add(name.ascii)
            number = texts.append(name)
            for hashed in (_own(name), *_hashes(name)):
                rest = hashed & ((1 << _HASH - _ROUGH) - 1)
                portions[hashed >> (_HASH - _ROUGH)].append(rest << _NUMBER | number)
    del seen
    entries = sum(map(len, portions))
    bits = min(_FINE, max(_ROUGH, (entries // 16).bit_length()))
    base = _blank(bits, len(texts.owners), entries, len(texts.octets))
    texts.put(base, 0)
    _sort(base, portions)
    base.seal(stamp)
    return base


def _sort(base: _Base, portions: list[array[int]]) -> None:
    """Write the entries in order, portion by portion, each given back when it is done."""
    cut = _NUMBER + _HASH - _TAG - base.bits
    counts = array("I", bytes(4 * len(base.directory)))
    at, mask = 0, MAX_NAMES - 1
    for rough in range(len(portions)):
        portion, portions[rough] = portions[rough], array("Q")
        first = rough << (base.bits - _ROUGH)
        ordered = sorted(entry >> cut << _NUMBER | entry & mask for entry in portion)
        end = at + len(ordered)
        base.tags[at:end] = array("H", [entry >> _NUMBER & 0xFFFF for entry in ordered])
        base.low[at:end] = array("H", [entry & 0xFFFF for entry in ordered])
        base.high[at:end] = bytes([entry >> 16 & 0xFF for entry in ordered])
        for entry in ordered:
            counts[1 + first + (entry >> _NUMBER + _TAG)] += 1
        at = end
    base.directory[:] = array("I", accumulate(counts))


def _merge(old: _Base, names: Sequence[DomainName], stamp: str) -> _Base:
    """Add names to a base: their entries are sorted in, the old ones are copied in stretches."""
    texts = _Texts()
    found: list[tuple[int, int]] = []
    cut = _HASH - _TAG - old.bits
    for number, name in enumerate(names, start=len(old)):
        texts.append(name)
        found.extend((hashed >> cut, number) for hashed in (_own(name), *_hashes(name)))
    found.sort()
    octets = len(old.texts) + len(texts.octets)
    new = _blank(old.bits, len(old) + len(names), len(old.tags) + len(found), octets)
    new.texts[: len(old.texts)] = old.texts
    new.offsets[: len(old) + 1] = old.offsets
    new.owners[: len(old)] = old.owners
    new.suffixes[: len(old)] = old.suffixes
    texts.put(new, len(old))
    _interleave(old, new, found)
    new.seal(stamp)
    return new


def _interleave(old: _Base, new: _Base, found: Sequence[tuple[int, int]]) -> None:
    counts = array("I", bytes(4 * len(old.directory)))
    columns = ((old.tags, new.tags), (old.low, new.low), (old.high, new.high))
    done = 0
    for more, (place, number) in enumerate(found):
        at = old.insertion(place)
        for source, target in columns:
            target[done + more : at + more] = source[done:at]
        new.tags[at + more], new.low[at + more] = place & 0xFFFF, number & 0xFFFF
        new.high[at + more] = number >> 16
        counts[1 + (place >> _TAG)] += 1
        done = at
    for source, target in columns:
        target[done + len(found) :] = source[done:]
    new.directory[:] = array("I", map(plus, old.directory, accumulate(counts)))


# --- the index ---------------------------------------------------------------------------------


@dataclass(slots=True)
class _Recent:
    """Names learned since the base was made, in order."""

    names: dict[DomainName, None] = field(default_factory=dict)
    listed: list[DomainName] = field(default_factory=list)
    under: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """Hash of a key -> places in `listed`, at most `_DEPTH`."""

    def add(self, name: DomainName) -> None:
        alone = (len(self.listed),)
        self.listed.append(name)
        for hashed in _hashes(name):
            before = self.under.get(hashed, ())
            if len(before) < _DEPTH:
                self.under[hashed] = before + alone
        self.names[name] = None


class Nearby:
    """Known names, found by what could be mistaken for them."""

    __slots__ = ("_parts", "_stamp")

    _parts: tuple[_Base, _Recent, Callable[[DomainName], tuple[array[int], int]]]

    def __init__(self, names: Iterable[DomainName] = (), *, stamp: str = "") -> None:
        """Build the index of these names, the best known first; a name given twice counts once.

        `stamp` says by which public suffix list the names were read: `load` refuses another one.
        Raises `OperatorError` beyond `MAX_NAMES`.
        """
        self._stamp = stamp
        self._begin(_build(names, stamp))

    @classmethod
    def load(cls, data: Buffer, *, stamp: str = "") -> Nearby:
        """Open what `dump` gave; nothing is copied, so `data` must stay as it is.

        Raises `OperatorError` if it is damaged, or was made by other rules than today's.
        """
        made = cls.__new__(cls)
        made._stamp = stamp
        made._begin(_open(data, stamp))
        return made

    def dump(self) -> memoryview:
        """Give the whole index as the octets of a file; compacts first."""
        self.compact()
        return self._parts[0].buffer.toreadonly()

    def __len__(self) -> int:
        base, recent, _ = self._parts
        return len(base) + len(recent.listed)

    def __iter__(self) -> Iterator[DomainName]:
        """Give the names in order of standing."""
        base, recent, _ = self._parts
        return chain(map(base.name, range(len(base))), tuple(recent.listed))

    def __contains__(self, name: DomainName) -> bool:
        """Tell whether exactly this name is known."""
        base, recent, _ = self._parts
        if name in recent.names:
            return True
        text, (numbers, _) = name.ascii.encode("ascii"), base.numbers((_own(name),), _DEPTH)
        return any(base.text(number) == text for number in numbers)

    def add(self, name: DomainName) -> bool:
        """Learn a name, behind all others; tells whether it was unknown."""
        if name in self:
            return False
        self._parts[1].add(name)
        return True

    def near(self, name: DomainName) -> tuple[DomainName, ...]:
        """Give known names that share a key with `name`, at most `NEAREST`, itself left out.

        The best known come first, behind them names of its own owner.
        """
        base, recent, chosen = self._parts
        numbers, strangers = chosen(name)
        names = list(map(base.name, numbers))
        others, kin = names[:strangers], names[strangers:]
        if recent.under:
            places = (recent.under.get(hashed, ()) for hashed in _hashes(name))
            for place in sorted(set(chain.from_iterable(places)))[: 2 * _DEPTH]:
                one = recent.listed[place]
                if one != name:
                    (kin if _one_owner(one, name) else others).append(one)
        return (*others, *kin)[:NEAREST]

    def compact(self) -> None:
        """Merge what was learned into the base: about a second for a million names."""
        base, recent, _ = self._parts
        if not recent.listed:
            return
        crowded = len(base.tags) + len(recent.under) > _CROWDED << base.bits
        if crowded and base.bits < _FINE:
            self._begin(_build(self, self._stamp))
        else:
            self._begin(_merge(base, recent.listed, self._stamp))

    def _begin(self, base: _Base) -> None:
        """Replace all parts at once, for the threads that read."""
        chosen = functools.lru_cache(maxsize=_KEPT)(functools.partial(_choose, base))
        self._parts = (base, _Recent(), chosen)


def _choose(base: _Base, written: DomainName) -> tuple[array[int], int]:
    """Give the names of a base that a look-up needs, and how many are another owner's: these first."""
    text, owner = written.ascii.encode("ascii"), (written.registrable or "").encode("ascii")
    hashes = _hashes(written)
    for depth in (NEAREST + 2, _DEPTH):  # the name itself, and one to see that there are more
        numbers, whole = base.numbers(hashes, depth)
        others, kin = array("I"), array("I")
        for number in numbers:
            if base.owner(number) == owner:
                if base.text(number) != text:
                    (kin if owner else others).append(number)
                continue
            others.append(number)
            if len(others) >= NEAREST:
                return others, len(others)
        if whole:
            break
    return others + kin[:NEAREST], len(others)


def _one_owner(one: DomainName, other: DomainName) -> bool:
    return one.registrable is not None and one.registrable == other.registrable
