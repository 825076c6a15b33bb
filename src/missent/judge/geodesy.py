"""Own the ways a point on earth is written: decimal degrees, minutes and seconds, MGRS, UTM, mark-up.

Only what can be a point is given: degrees within their ranges, MGRS zones 1-60 with a band C-X and
square letters without I and O, an even number of digits. All-zero digits are nobody's position.
A point is told from another by its rounded value; the value goes nowhere else (law 8).
Patterns cost much more than a look at the shape of a text, its digits all alike: they are matched only
where the shape is that of a point.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

MOST = 5_000
"""Points of one text that are counted."""
READ = 200_000
"""Characters looked at: a text that is about positions has given some by then."""

_NUMBER = r"[-+\u2212]?\d{1,3}\.\d{4,12}"
_DIGITS = bytes(range(48, 58))
_CAPITALS = bytes(range(65, 91))
_SHAPE = bytes.maketrans(_DIGITS + b"SWD\xba", b"0" * 10 + b"NEd\xb0")
"""Digits alike; letters of the compass for latitude ``N``, for longitude ``E``."""
_BRIEF = bytes.maketrans(
    _DIGITS + _CAPITALS + b"\xba",
    b"0" * 10 + bytes({78: 78, 83: 78, 69: 69, 87: 69}.get(c, 65) for c in _CAPITALS) + b"\xb0",
)
_UNTOLD = bytes(c for c in range(256) if c not in _DIGITS + _CAPITALS + b".\n\xb0\xba")
_BRIEFLY = re.compile(rb"N0[0.]{1,14}E")
"""Latitude and longitude with letters, and nothing but digits between."""
_CASED = bytes.maketrans(_DIGITS + _CAPITALS + _CAPITALS.lower(), b"0" * 10 + b"A" * 26 + b"a" * 26)
_LETTERS = (b"0N", b"0 N", b"N0", b"N 0", b"0d", b"0 d")
_AROUND = 48
"""Characters on either side of a letter of the compass in which the other stands."""
_PARTING = re.compile(rb"[,;/]")
_BESIDE = 40
"""Characters from one fraction to the next, if both are of one point."""
_PAIR = re.compile(
    rf"(?<![\w.$-])(?P<a>{_NUMBER})[ ]?\u00b0?[ \t]{{0,2}}[,;/][ \t]{{0,2}}(?P<b>{_NUMBER})(?![\w%])"
)
"""Two numbers of four decimals, side by side; a longer row of such numbers is no point."""
_ROW_BEFORE = re.compile(r"\.\d{3,12}[ \t]{0,2}[,;][ \t]{0,2}$")
_ROW_AFTER = re.compile(r"[ \t]{0,2}[,;][ \t]{0,2}[-+]?\d{1,9}\.\d{3}")
_LABELLED = re.compile(
    r"\blat(?:itude)?[\"'\s:=.()\u00b0NSdeg]{1,12}(?P<a>[-+\u2212]?\d{1,2}\.\d{2,12})"
    r"[^\n\d]{0,12}\n?[^\n\d]{0,24}"
    r"\blon(?:g(?:itude)?)?[\"'\s:=.()\u00b0EWdeg]{1,12}(?P<b>[-+\u2212]?\d{1,3}\.\d{2,12})",
    re.IGNORECASE,
)
_DEGREES = r"(?P<{0}>\d{{1,{1}}}+(?:\.\d{{1,12}})?+)[ ]?+[\u00b0\u00ba][ ]?"
_MINUTES = (
    r"(?>(?P<{0}m>\d{{1,2}}(?:\.\d{{1,6}})?)[ ]?"
    r"(?:['\u2019\u2032\u00b4`][ ]?|(?=[NSEWnsew])|(?=[ ]?\d{{1,2}}[ ]?[NSEW\"])))?"
)
_SECONDS = (
    r"(?>\d{1,2}(?:\.\d{1,5})?[ ]?(?:[\"\u201d\u2033]|['\u2019\u2032\u00b4]{1,2}|(?=[NSEW]))[ ]?)?"
)
_SIGNED = re.compile(
    r"(?<![\w.])"
    + _DEGREES.format("a", 2)
    + _MINUTES.format("a")
    + _SECONDS
    + r"(?>[NSns]\b|[Nn]orth|[Ss]outh)?[ \t,;/]{0,4}+\n?+"
    + r"(?>(?:[EW]|[Ee]ast|[Ww]est|[Ll]ong?(?:itude)?:?)[ ]?)?[ ]?+"
    + _DEGREES.format("b", 3)
    + _MINUTES.format("b")
    + _SECONDS
    + r"(?:[EWewOo]\b|[Ee]ast|[Ww]est)?"
)
"""With the degree sign."""
_LETTERED = re.compile(
    r"(?<![\w.])(?P<n>[NS] ?)?(?P<a>\d{1,2})"
    r"(?P<af>\.\d{2,12}|[ :-]\d{1,2}(?:\.\d{1,5}|[ :-]\d{1,2}(?:\.\d{1,4})?)?'?\"?"
    r"|\d{2}(?:\d{2})?(?:\.\d{1,3})?) ?(?(n)|[NS])[ ,;/\t]{0,4}"
    r"(?P<e>[EW] ?)?(?P<b>\d{1,3})"
    r"(?P<bf>\.\d{2,12}|[ :-]\d{1,2}(?:\.\d{1,5}|[ :-]\d{1,2}(?:\.\d{1,4})?)?'?\"?"
    r"|\d{2}(?:\d{2})?(?:\.\d{1,3})?) ?(?(e)|[EW])(?!\w)"
)
"""Without it, but with the letters of both: ``3647N 07617W``, ``N 36.79 W 76.30``."""
_PART = r"(?:\.\d{3,12}|[ :-]\d{1,2}(?:\.\d{1,5}|[ :-]\d{1,2}(?:\.\d{1,4})?)[\"'sm]{0,2})"
_SPELLED = (
    r" ?[dD](?:eg)?\.? ?\d{1,2}(?:\.\d{1,5})? ?[m'](?:in)?\.? ?"
    r"(?:\d{1,2}(?:\.\d{1,3})? ?(?:s(?:ec)?\.?|\")?)?"
)
_BOTH = rf"(?:{_PART}|{_SPELLED})"
_EXACT = re.compile(
    rf"(?<![\w.])(?:\d{{1,2}}{_BOTH} ?[NS][ ,;/|\t]{{1,4}}\d{{1,3}}{_BOTH} ?[EW]"
    r"|\d{4}(?:\d\d)?(?:\.\d{1,3})? ?[NS][ ,;/\t]{0,4}\d{5}(?:\d\d)?(?:\.\d{1,3})? ?[EW]"
    rf"|[NS] ?\d{{1,2}}{_BOTH}[ ,;/|\t]{{1,4}}[EW] ?\d{{1,3}}{_BOTH})(?!\w)"
)
"""With the letters of both and so exact that no address of a street is: needs no word beside it."""
_LISTED = re.compile(
    r"(?<![\w.$-])(?P<a>[-+\u2212]?\d{1,2}\.\d{3,12})\u00b0?[ ]?[NS]?[\s,;|/]{1,6}"
    r"(?P<b>[-+\u2212]?\d{1,3}\.\d{3,12})(?![\w%]|[\s,;|/]{1,3}\d{1,6}\.\d{3})"
)
"""One below or beside the other, in a text that names latitudes."""
_MGRS = re.compile(
    r"\b(?P<z>\d{1,2}) ?[C-HJ-NP-X] ?[A-HJ-NP-Z][A-HJ-NP-V] ?(?P<d>\d{2,5} \d{2,5}|\d{4,10})\b"
)
_SQUARE = re.compile(
    r"\b(?i:grid|gr|mgr|mgrs|loc|vic|vicinity|at|location|square)(?i: ref(?:erence)?)?[ \t:.]{1,3}"
    r"[A-HJ-NP-Z]{2} ?(?P<d>\d{3,5} \d{3,5}|\d{6}|\d{8}|\d{10})\b"
)
"""A reference within a map sheet: only after a word that says so."""
_UTM = re.compile(
    r"\b(?P<z>\d{1,2}) ?[C-HJ-NP-X][ \t,]{1,3}(?:E:? ?)?(?P<e>\d{6})(?:\.\d{1,4})?(?: ?m)?(?: ?E)?"
    r"[ \t,]{1,3}"
    r"(?:N:? ?)?(?P<n>\d{6,7})(?:\.\d{1,4})?\b"
)
_URL = re.compile(r"https?://[^\s<>\"]{1,300}$")


def degrees_in(text: str, named: bool = False) -> set[str]:
    """Give the points written in degrees that need no word beside them to be one.

    Where the text is `named`, it speaks of latitudes, and less exact ways to write them are read.
    """
    text = text[:READ]
    octets = text.encode("latin-1", "replace")
    brief = octets.translate(_BRIEF, _UNTOLD)
    found: set[str] = set()
    if b"\xb0" in brief:
        found.update(_signed(text))
    if b"0.0000" in brief:
        for start, end in _fractions(octets.translate(_SHAPE)):
            found.update(_pairs(text, start, end))
    if _looks_lettered(brief):
        for start, end in _lettered(octets.translate(_SHAPE)):
            found.update(_points(islice(_EXACT.finditer(text, start, end), MOST)))
    if named and b".00" in brief:
        found.update(_valid(m["a"], m["b"]) for m in _few(_LABELLED, text))
        found.update(_valid(m["a"], m["b"]) for m in _few(_LISTED, text))
    found.discard("")
    return found


def _looks_lettered(brief: bytes) -> bool:
    return _BRIEFLY.search(brief) is not None


def _fractions(shape: bytes) -> Iterator[tuple[int, int]]:
    """Give the stretches in which one exact fraction follows another."""
    start = last = shape.find(b".0000")
    while last >= 0:
        at = shape.find(b".0000", last + 1)
        if at < 0 or at - last > _BESIDE or _PARTING.search(shape, last, at) is None:
            if last > start:
                yield max(0, start - 5), last + 16
            start = at
        last = at


def _lettered(shape: bytes) -> Iterator[tuple[int, int]]:
    """Give the stretches where letters of both directions stand by digits."""
    near: set[int] = set()
    for letter in _LETTERS:
        at = shape.find(letter)
        while at >= 0:
            near.add(at)
            at = shape.find(letter, at + 1)
    start = end = -1
    for at in sorted(near):
        if at - _AROUND > end:
            if b"E" in shape[max(0, start) : max(0, end)]:
                yield start, end
            start = max(0, at - _AROUND)
        end = at + _AROUND
    if b"E" in shape[max(0, start) : max(0, end)]:
        yield start, end


def _points(matches: Iterator[re.Match[str]]) -> Iterator[str]:
    for match in matches:
        degrees = re.search(r"\d{1,2}", match.group())
        if degrees and int(degrees.group()) <= 90 and set(match.group()) & set("123456789"):
            yield match.group()


def grids_in(text: str, squared: bool = True) -> set[str]:
    """Give the points of text that speaks of positions: MGRS, UTM, map squares, lettered degrees.

    Where no word of it is `squared`, it names no squares of a map sheet.
    """
    text = text[:READ]
    octets = text.encode("latin-1", "replace")
    shape = octets.translate(_CASED, b" \t,:")
    found: set[str] = set()
    if b"0AAA0000" in shape:
        found.update("".join(m.group().split()) for m in _few(_MGRS, text) if _is_grid(m))
    if squared and b"AA000000" in shape:
        found.update(m["d"] for m in _few(_SQUARE, text) if _even(m["d"]))
    if b"0A000000" in shape:
        utm = (m for m in _few(_UTM, text) if 0 < int(m["z"]) <= 60 and int(m["n"]))
        found.update(m["e"] + m["n"] for m in utm)
    if b"0A" in shape and _looks_lettered(octets.translate(_BRIEF, _UNTOLD)):
        for start, end in _lettered(octets.translate(_SHAPE)):
            near = islice(_LETTERED.finditer(text, start, end), MOST)
            found.update(m.group() for m in near if _valid(m["a"], m["b"]))
    found.discard("")
    return found


def columns_in(rows: Iterator[tuple[str, ...]] | tuple[tuple[str, ...], ...]) -> set[str]:
    """Give the points of rows below a heading with a latitude and a longitude."""
    found: set[str] = set()
    at: tuple[int, int] | None = None
    for row in rows:
        names = [cell.strip().lower() for cell in row]
        north = next((i for i, name in enumerate(names) if _LATITUDE.match(name)), None)
        east = next((i for i, name in enumerate(names) if _LONGITUDE.match(name)), None)
        if north is not None and east is not None:
            at = (north, east)
        elif at and max(at) < len(row) and len(found) < MOST:
            found.add(_valid(names[at[0]], names[at[1]]))
    found.discard("")
    return found


_LATITUDE = re.compile(r"(?:gps[ _]?)?lat(?:itude)?\b|^northing|breite")
_LONGITUDE = re.compile(r"(?:gps[ _]?)?lon(?:g|gitude)?\b|lng\b|^easting|l\u00e4nge")


def is_linked(text: str, point: re.Match[str]) -> bool:
    """Tell whether a match stands in the address of a web page."""
    return _URL.search(text, max(0, point.start() - 300), point.start()) is not None


def _few(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    return islice(pattern.finditer(text), MOST)


def _pairs(text: str, start: int, end: int) -> Iterator[str]:
    for match in islice(_PAIR.finditer(text, start, end), MOST):
        before = text[max(0, match.start() - 18) : match.start()]
        row = _ROW_BEFORE.search(before) or _ROW_AFTER.match(text, match.end())
        if not row and not is_linked(text, match) and _far(match["a"], match["b"]):
            yield _valid(match["a"], match["b"]) or _valid(match["b"], match["a"])


def _far(a: str, b: str) -> bool:
    """Tell rates of exchange from places: they have one digit before the point."""
    return max(abs(_float(a)), abs(_float(b))) >= 10


def _signed(text: str) -> Iterator[str]:
    for match in _few(_SIGNED, text):
        minutes = [minute for minute in (match["am"], match["bm"]) if minute]
        exact = len(minutes) == 2 or "." in match["a"]
        whole = any(_float(part) for part in (match["a"], match["b"], *minutes))
        small = all(_float(minute) < 60 for minute in minutes)
        if exact and whole and small and _float(match["a"]) <= 90 and _float(match["b"]) <= 180:
            yield match.group()


def _valid(latitude: str, longitude: str) -> str:
    north, east = _float(latitude), _float(longitude)
    if not (abs(north) <= 90 and abs(east) <= 180) or not (north or east):
        return ""
    return f"{north:.4f} {east:.4f}"


def _float(written: str) -> float:
    found = re.match(
        r"[-+]?\d{1,9}(?:\.\d{1,12})?", written.replace("\u2212", "-").replace(",", ".")
    )
    return float(found.group()) if found else 999.0


def _is_grid(match: re.Match[str]) -> bool:
    return 1 <= int(match["z"]) <= 60 and _even(match["d"])


def _even(digits: str) -> bool:
    east, _, north = digits.partition(" ")
    same = len(east) == len(north) if north else len(east) % 2 == 0
    return same and set(digits) - {"0", " "} != set()
