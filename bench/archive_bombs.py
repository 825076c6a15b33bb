"""Own bombs made of archives: what expands to more than anybody reads, or never ends.

Each function gives octets from a random generator, so that a seed names a bomb; nothing is read here. The
archives are written octet by octet, since libraries refuse to write most of this.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

MEGABYTE = 1 << 20
_WORDS = (
    "meeting",
    "budget",
    "harbour",
    "invoice",
    "station",
    "river",
    "window",
    "paper",
    "garden",
)


@dataclass(frozen=True, slots=True)
class Member:
    """One member of a ZIP archive as it stands in the file, true or not."""

    name: str
    packed: bytes
    size: int
    """As claimed, decompressed."""
    crc: int = 0
    method: int = 8

    def local(self) -> bytes:
        """Write its local header and data."""
        return b"PK\3\4" + self._fields() + struct.pack("<H", 0) + self.name.encode() + self.packed

    def entry(self, offset: int) -> bytes:
        """Write its line of the directory."""
        rest = struct.pack("<HHHHII", 0, 0, 0, 0, 0, offset)
        return b"PK\1\2\x14\0" + self._fields() + rest + self.name.encode()

    def _fields(self) -> bytes:
        sizes = (self.crc, len(self.packed), self.size, len(self.name.encode()))
        return struct.pack("<HHHHHIIIH", 20, 0, self.method, 0, 0x21, *sizes)


def zipped(members: Iterable[Member]) -> bytes:
    """Write an archive of them."""
    body, entries = io.BytesIO(), []
    for member in members:
        entries.append(member.entry(body.tell()))
        body.write(member.local())
    return body.getvalue() + _directory(entries, body.tell())


def _directory(entries: list[bytes], start: int) -> bytes:
    octets = b"".join(entries)
    count = min(len(entries), 0xFFFF)
    return octets + struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(octets), start, 0)


def member(name: str, octets: bytes) -> Member:
    """Give a true member."""
    return Member(name, deflated([octets]), len(octets), zlib.crc32(octets))


def deflated(pieces: Iterable[bytes]) -> bytes:
    """Compress without a header."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(packer.compress(piece) for piece in pieces) + packer.flush()


def again(piece: bytes, times: int) -> bytes:
    """Compress one piece repeated, without a header, at the price of one.

    After a full flush nothing before is referred to, so equal octets compress to equal octets.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return packed * times + b"\x03\x00"


def again_zlib(piece: bytes, times: int) -> bytes:
    """Do the same with zlib's header, for PDF and PNG."""
    check = 1
    for _ in range(times):
        check = zlib.adler32(piece, check)
    return b"\x78\xda" + again(piece, times) + struct.pack(">I", check)


def again_gzip(piece: bytes, times: int) -> bytes:
    """Do the same with GZIP's header."""
    check = _check(piece, times)
    size = len(piece) * times & 0xFFFFFFFF
    head = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
    return head + again(piece, times) + struct.pack("<II", check, size)


def _check(piece: bytes, times: int) -> int:
    check = 0
    for _ in range(times):
        check = zlib.crc32(piece, check)
    return check


def repeated(name: str, piece: bytes, times: int) -> Member:
    """Give a true member that is one piece again and again."""
    return Member(name, again(piece, times), len(piece) * times, _check(piece, times))


def again_between(start: bytes, piece: bytes, times: int, end: bytes) -> Member:
    """Give a true member, without a name, that is a piece repeated between two others."""
    packer, last = (zlib.compressobj(9, zlib.DEFLATED, -15) for _ in range(2))
    packed = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    packed += again(piece, times)[:-2] + last.compress(end) + last.flush()
    check = zlib.crc32(start)
    for _ in range(times):
        check = zlib.crc32(piece, check)
    size = len(start) + len(piece) * times + len(end)
    return Member("", packed, size, zlib.crc32(end, check))


def prose(random: Random, characters: int) -> str:
    """Give ordinary words that do not compress to nothing."""
    words = [random.choice(_WORDS) + str(random.randrange(10_000)) for _ in range(characters // 10)]
    return " ".join(words)[:characters]


def zip_zeros(random: Random) -> bytes:
    """One member of hundreds of megabytes, a thousand to one."""
    return zipped([repeated("a.txt", bytes(MEGABYTE), random.randrange(210, 400))])


def zip_ratio(random: Random) -> bytes:
    """Few megabytes, but far too well compressed."""
    return zipped([repeated("a.txt", bytes(MEGABYTE), random.randrange(12, 60))])


def zip_many(random: Random) -> bytes:
    """Thousands of small members."""
    count = random.randrange(2_100, 60_000)
    return zipped(member(f"{n}.txt", b"x") for n in range(count))


def zip_nested(random: Random) -> bytes:
    """An archive in an archive, deeper than anybody packs."""
    octets = zipped([member("a.txt", b"at last")])
    for _ in range(random.randrange(9, 60)):
        octets = zipped([member("a.zip", octets)])
    return octets


def zip_tree(random: Random) -> bytes:
    """Sixteen archives in each archive, five levels, petabytes at the leaves (42.zip)."""
    octets = zipped([repeated("a.dll", bytes(MEGABYTE), random.randrange(9, 40))])
    for _ in range(5):
        octets = zipped(member(f"lib {n}.zip", octets) for n in range(16))
    return octets


def zip_overlapping(random: Random) -> bytes:
    """Hundreds of entries of the directory that share one member's octets."""
    kernel = repeated("a.txt", bytes(MEGABYTE), 9)
    entry = kernel.entry(0)
    return kernel.local() + _directory([entry] * random.randrange(100, 1900), len(kernel.local()))


def zip_quoted(random: Random) -> bytes:
    """Entries whose octets contain the next local header, so that all overlap (Fifield)."""
    body = repeated("z.txt", bytes(MEGABYTE), 9).local()
    entries = []
    for number in range(random.randrange(300, 900)):
        shell = Member(f"{number:04}.txt", b"", len(body), zlib.crc32(body), method=0)
        claimed = Member(shell.name, body, len(body), shell.crc, 0)
        entries.append(claimed.entry(0))
        if number < 60:
            body = claimed.local()
    return body + _directory(entries, len(body))


def zip_understated(random: Random) -> bytes:
    """A member that claims ten octets, and is hundreds of megabytes."""
    true = repeated("a.txt", bytes(MEGABYTE), random.randrange(210, 300))
    return zipped([Member("a.txt", true.packed, 10, true.crc)])


def zip_overstated(random: Random) -> bytes:
    """A member that claims gigabytes, and is little."""
    true = member("a.txt", prose(random, 500).encode())
    return zipped([Member("a.txt", true.packed, random.randrange(1 << 30, 1 << 32), true.crc)])


def gzip_zeros(random: Random) -> bytes:
    """GZIP of zeros, as one stream."""
    return again_gzip(bytes(MEGABYTE), random.randrange(30, 400))


def gzip_streams(random: Random) -> bytes:
    """Many GZIP streams in a row, which are one file."""
    return gzip.compress(bytes(MEGABYTE), 9, mtime=0) * random.randrange(210, 2_000)


def gzip_nested(random: Random) -> bytes:
    """GZIP in GZIP."""
    octets = b"at last"
    for _ in range(random.randrange(10, 200)):
        octets = gzip.compress(octets, mtime=0)
    return octets


def gzip_twice(random: Random) -> bytes:
    """A GZIP bomb that is packed again, since it compresses well."""
    return gzip.compress(gzip_zeros(random), 9, mtime=0)


def bzip2_zeros(random: Random) -> bytes:
    """BZIP2 of zeros: a hundred thousand to one."""
    return bz2.compress(bytes(10 * MEGABYTE)) * random.randrange(22, 200)


def xz_zeros(random: Random) -> bytes:
    """XZ of zeros."""
    return lzma.compress(bytes(16 * MEGABYTE), preset=1) * random.randrange(14, 60)


def xz_dictionary(random: Random) -> bytes:
    """XZ that asks for a dictionary of more than a gigabyte."""
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 0}]
    octets = bytearray(lzma.compress(prose(random, 5_000).encode(), filters=filters))
    octets[16] = 39  # 3 GB, in the properties of the LZMA2 filter (xz format, 5.3.1)
    octets[20:24] = struct.pack("<I", zlib.crc32(octets[12:20]))
    return bytes(octets)


def seven_zeros(random: Random) -> bytes:
    """7z of zeros."""
    import py7zr

    target = io.BytesIO()
    with py7zr.SevenZipFile(target, "w") as archive:
        archive.writestr(bytes(MEGABYTE * random.randrange(30, 60)), "a.txt")
    return target.getvalue()


def seven_lies(random: Random) -> bytes:
    """7z whose header lies far behind its end, or is noise."""
    header = struct.pack("<QQI", random.randrange(1 << 40), random.randrange(1 << 40), 0)
    head = b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(header)) + header
    return head + random.randbytes(2_000)


def _tar_header(name: str, size: int, kind: bytes = b"0") -> bytes:
    head = bytearray(512)
    head[: len(name)] = name.encode()
    head[100:108] = b"0000644\0"
    head[124:136] = f"{size:011o}\0".encode()
    head[136:148] = b"00000000000\0"
    head[148:156] = b" " * 8
    head[156:157] = kind
    head[257:265] = b"ustar\x0000"
    head[148:156] = f"{sum(head):06o}\0 ".encode()
    return bytes(head)


def tar_many(random: Random) -> bytes:
    """A TAR of thousands of empty members."""
    return _tar_header("a.txt", 0) * random.randrange(2_100, 40_000) + bytes(1024)


def tar_million(random: Random) -> bytes:
    """A million members, packed."""
    return again_gzip(_tar_header("a.txt", 0) * 1_000, random.randrange(350, 1_000))


def tar_overstated(random: Random) -> bytes:
    """A member that claims gigabytes which are not there."""
    return _tar_header("a.txt", random.randrange(1 << 31, 1 << 33)) + b"x" * 10_240


def tar_nested(random: Random) -> bytes:
    """A TAR in a TAR."""
    octets = b"at last"
    for _ in range(random.randrange(10, 60)):
        fill = -len(octets) % 512
        octets = _tar_header("a.tar", len(octets)) + octets + bytes(fill + 1024)
    return octets


def mixed_nested(random: Random) -> bytes:
    """ZIP, GZIP, TAR, BZIP2 and XZ in turn, deep."""
    octets = b"at last"
    for number in range(random.randrange(12, 40)):
        octets = (
            lambda o: zipped([member("a", o)]),
            lambda o: gzip.compress(o, mtime=0),
            lambda o: _tar_header("a", len(o)) + o + bytes(-len(o) % 512 + 1024),
            bz2.compress,
            lzma.compress,
        )[number % 5](octets)
    return octets
