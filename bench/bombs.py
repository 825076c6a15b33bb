"""Throw 300 bombs at the extractor: each must end in time, in memory, and with a failing reason.

``python -m bench.bombs [--seed 3] [--only NAME] [--every N]``. Bombs are octets made from a seed; those of
mail itself go through `mail.message.parse`, all others through the sandbox. What passes as cleanly read
would be a way to send something past the judge, so one that does fails the run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import get_annotations
from random import Random

from bench import Line, archive_bombs, office_bombs, page_bombs, text_bombs
from missent.extraction.pool import ExtractionSettings, SandboxedExtractor
from missent.mail.attachment import Attachment
from missent.mail.message import parse

SECONDS = 10.0
MEMORY = 512 << 20
COUNT = 300
SEED = 3

_NAMES = {
    "7z": "seven",
    "bz2": "bzip2",
    "gz": "gzip tar_million",
    "zip": "zip",
    "xz": "xz",
    "tar": "tar",
    "docx": "docx",
    "xlsx": "xlsx",
    "pptx": "pptx",
    "ods": "ods",
    "odt": "odt",
    "xml": "xml",
    "json": "json",
    "svg": "svg",
    "doc": "ole",
    "pdf": "pdf",
    "png": "png",
    "jpg": "jpeg",
    "tif": "tiff",
    "gif": "gif",
    "bmp": "bmp",
    "webp": "webp",
    "psd": "psd",
    "rtf": "rtf",
    "dat": "tnef",
    "eml": "eml",
    "csv": "csv",
    "html": "html",
    "ics": "ics",
    "txt": "bait",
    "bin": "mixed",
}


@dataclass(frozen=True, slots=True)
class Bomb:
    """One of them, not made yet."""

    name: str
    number: int
    seed: int
    make: Callable[[Random], bytes | tuple[str, bytes]]

    @property
    def mail(self) -> bool:
        """Whether it is a message, not an attachment."""
        return self.name.startswith("mime")

    def octets(self) -> tuple[str, bytes]:
        """Make it: a file name and octets."""
        made = self.make(Random(f"{self.seed} {self.name} {self.number}"))
        return made if isinstance(made, tuple) else (f"a.{_extension(self.name)}", made)


@dataclass(frozen=True, slots=True)
class Result:
    """How one of them was read."""

    bomb: Bomb
    size: int
    seconds: float
    resident: int
    how: str
    reasons: tuple[str, ...]
    """Failing ones."""

    @property
    def met(self) -> bool:
        """Whether it was stopped, in time and in memory."""
        return bool(self.reasons) and self.seconds <= SECONDS and self.resident <= MEMORY

    def line(self) -> str:
        """Write it as a line of the table."""
        mark = "ok  " if self.met else "MISS"
        figures = f"{self.size:>10,} {self.seconds:6.2f} s {self.resident >> 20:4} MB {self.how:8}"
        return f"{mark} {self.bomb.name:20} {self.bomb.number:2} {figures} {','.join(self.reasons)}"


def _extension(name: str) -> str:
    for extension, beginnings in _NAMES.items():
        if any(name.startswith(beginning) for beginning in reversed(beginnings.split())):
            return extension
    return "bin"


def families() -> dict[str, Callable[[Random], bytes | tuple[str, bytes]]]:
    """Give every kind of bomb by its name."""
    found: dict[str, Callable[[Random], bytes | tuple[str, bytes]]] = {}
    for module in (archive_bombs, office_bombs, page_bombs, text_bombs):
        for name, value in vars(module).items():
            own = getattr(value, "__module__", "") == module.__name__
            if own and name[0] != "_" and list(get_annotations(value)) == ["random", "return"]:
                found[name] = value
    return found


def bombs(seed: int = SEED, count: int = COUNT) -> Iterator[Bomb]:
    """Give so many, of each family in turn."""
    kinds = list(families().items())
    for number in range(count):
        name, make = kinds[number % len(kinds)]
        yield Bomb(name, number // len(kinds), seed, make)


def throw(bomb: Bomb, extractor: SandboxedExtractor) -> Result:
    """Read one, and measure."""
    name, octets = bomb.octets()
    started = time.monotonic()
    if bomb.mail:
        problems = parse(octets).problems
        return Result(bomb, len(octets), time.monotonic() - started, 0, "parsed", problems)
    documents, outcome = extractor.extract_measured([Attachment("2", "", name, octets)])
    seconds = time.monotonic() - started
    reasons = dict.fromkeys(r for d in documents for r in d.problems if r.failed)
    resident, how = (outcome.resident, outcome.how) if outcome else (0, "none")
    return Result(bomb, len(octets), seconds, resident, how, tuple(reasons))


def measure(quick: bool) -> Iterator[Line]:
    """Give a line each, then the verdict."""
    results = []
    extractor = SandboxedExtractor(ExtractionSettings(workers=1, memory=MEMORY))
    try:
        extractor.warm()
        for bomb in list(bombs())[:: 5 if quick else 1]:
            result = throw(bomb, extractor)
            results.append(result)
            yield {
                "bomb": f"{bomb.name} {bomb.number}",
                "seconds": result.seconds,
                "met": result.met,
            }
    finally:
        extractor.close()
    missed = sum(not result.met for result in results)
    yield {"bombs": len(results), "missed": missed, "met": missed == 0}


def main() -> int:
    """Throw them and print a table; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    extractor = SandboxedExtractor(ExtractionSettings(workers=1, memory=MEMORY))
    missed = thrown = 0
    try:
        extractor.warm()
        for bomb in list(bombs(chosen.seed, chosen.count))[:: chosen.every]:
            if bomb.name.startswith(chosen.only):
                result = throw(bomb, extractor)
                thrown, missed = thrown + 1, missed + (not result.met)
                print(result.line(), flush=True)
    finally:
        extractor.close()
    print(f"{thrown} bombs, {missed} missed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
