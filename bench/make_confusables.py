"""Make ``src/missent/data/confusables.txt`` out of what Unicode publishes; run once a Unicode version.

    python -m bench.make_confusables path/to/confusables.txt > src/missent/data/confusables.txt

``confusables.txt`` is Unicode's own (unicode.org/Public/<version>/security/). The script properties
come from ``fontTools.unicodedata`` (``pip install fonttools``), whose version must be the same one;
both are needed here only, never by Missent. The output keeps what is left of the table after the
folding that `missent.lookalike.confusables` does first: compatibility forms and capitals, which
NFKC and case folding take away, and symbols, which neither a label nor a name holds, are left out.
"""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

LICENCE = """\
# Derived from data files of the Unicode Character Database and of UTS #39.
# Copyright © 1991-2026 Unicode, Inc. Unicode and the Unicode Logo are registered trademarks of
# Unicode, Inc. in the United States and other countries. Used under the Unicode License V3:
# https://www.unicode.org/license.txt. The files were shortened and rearranged."""
FORMAT = """\
# Made by bench/make_confusables.py; do not edit. Code points in hexadecimal, ranges inclusive.
#   alike  TARGET = SOURCES    each source looks like the target (one code point or more, joined by +)
#   script NAME = RANGES       the Script property; what is not listed is Common or Inherited
#   also   NAMES = RANGES      Script_Extensions, which replace the Script property
#   ignorable = RANGES         Default_Ignorable_Code_Point: invisible"""
IGNORABLE = (  # DerivedCoreProperties, Default_Ignorable_Code_Point
    "AD 34F 61C 115F-1160 17B4-17B5 180B-180F 200B-200F 202A-202E 2060-206F 3164 FE00-FE0F FEFF "
    "FFA0 FFF0-FFF8 1BCA0-1BCA3 1D173-1D17A E0000-E0FFF"
)
_ALONE = frozenset({"Zyyy", "Zinh", "Zzzz"})
_WIDTH = 100


def main(arguments: list[str]) -> int:
    """Write the data file to standard output."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    source = Path(arguments[0]).read_bytes()
    published = source.decode("utf-8-sig")
    version = re.search(r"Version: (\S+)", published)
    date = re.search(r"Date: (\S+),", published)
    if version is None or date is None:
        print("not Unicode's confusables.txt", file=sys.stderr)
        return 2
    print(LICENCE)
    print(f"# Unicode {version[1]}, confusables.txt of {date[1]}")
    print(f"# sha256 {hashlib.sha256(source).hexdigest()}")
    print(FORMAT)
    for line in (*_alike(published), *_scripts(version[1])):
        print(line)
    print(f"ignorable = {IGNORABLE}")
    return 0


def _alike(published: str) -> Iterator[str]:
    sources: defaultdict[str, list[str]] = defaultdict(list)
    for line in published.splitlines():
        fields = [field.strip() for field in line.partition("#")[0].split(";")]
        if len(fields) == 3 and _kept(chr(int(fields[0], 16))):
            target = "+".join(f"{int(point, 16):X}" for point in fields[1].split())
            sources[target].append(f"{int(fields[0], 16):X}")
    for target, points in sorted(sources.items(), key=lambda item: (len(item[0]), item[0])):
        yield from _lines(f"alike {target} =", sorted(points, key=lambda point: int(point, 16)))


def _kept(character: str) -> bool:
    """Tell whether a character survives folding and may stand in a name."""
    folded = unicodedata.normalize("NFKC", character).casefold()
    if unicodedata.normalize("NFD", unicodedata.normalize("NFKC", folded)) != character:
        return False
    kind = unicodedata.category(character)
    return kind == "Pd" or kind[0] not in "PSZ"


def _scripts(version: str) -> Iterator[str]:
    scripts, extensions = _properties("Scripts"), _properties("ScriptExtensions")
    if f"Scripts-{version}.txt" not in Path(scripts.__file__).read_text(encoding="utf-8"):
        raise SystemExit(f"fontTools has not the scripts of Unicode {version}")
    spans = list(zip(scripts.RANGES, [*scripts.RANGES[1:], 0x110000], scripts.VALUES, strict=True))
    ranges: defaultdict[str, list[str]] = defaultdict(list)
    for start, end, script in spans:
        if script not in _ALONE:
            ranges[f"script {script} ="].append(_range(start, end - 1))
    spans = list(
        zip(extensions.RANGES, [*extensions.RANGES[1:], 0x110000], extensions.VALUES, strict=True)
    )
    for start, end, several in spans:
        if several:
            ranges[f"also {'+'.join(sorted(several))} ="].append(_range(start, end - 1))
    for head, found in sorted(ranges.items(), key=lambda item: (item[0][0] == "a", item[0])):
        yield from _lines(head, found)


def _properties(name: str) -> Any:
    return importlib.import_module(f"fontTools.unicodedata.{name}")


def _range(first: int, last: int) -> str:
    return f"{first:X}" if first == last else f"{first:X}-{last:X}"


def _lines(head: str, items: Iterable[str]) -> Iterator[str]:
    line = head
    for item in items:
        if len(line) + 1 + len(item) > _WIDTH:
            yield line
            line = head
        line = f"{line} {item}"
    yield line


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
