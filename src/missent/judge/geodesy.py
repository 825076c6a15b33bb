"""Own the ways a point on earth is written: decimal degrees, minutes and seconds, MGRS, UTM, mark-up.

Only what can be a point is given: degrees within their ranges, MGRS zones 1-60 with a band C-X and
square letters without I and O, an even number of digits. All-zero digits are nobody's position.
A point is told from another by its rounded value; the value goes nowhere else (law 8).
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
_FRACTION = re.compile(r"\.\d{4}")
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


def looks_precise(text: str) -> bool:
    """Tell in a few microseconds whether degrees may stand in a text."""
    return "\u00b0" in text or "\u00ba" in text or _FRACTION.search(text) is not None


def degrees_in(text: str) -> set[str]:
    """Give the points written in degrees that need no word beside them to be one."""
    found: set[str] = set()
    text = text[:READ]
    if "\u00b0" in text or "\u00ba" in text:
        found.update(_signed(text))
    if _FRACTION.search(text):
        found.update(_pairs(text))
        found.update(_valid(m["a"], m["b"]) for m in _few(_LABELLED, text))
    found.discard("")
    return found


def grids_in(text: str) -> set[str]:
    """Give the points of text that speaks of positions: MGRS, UTM, map squares, lettered degrees."""
    text = text[:READ]
    found = {"".join(m.group().split()) for m in _few(_MGRS, text) if _is_grid(m)}
    found |= {m["d"] for m in _few(_SQUARE, text) if _even(m["d"])}
    found |= {m["e"] + m["n"] for m in _few(_UTM, text) if 0 < int(m["z"]) <= 60 and int(m["n"])}
    found |= {m.group() for m in _few(_LETTERED, text) if _valid(m["a"], m["b"])}
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


def _pairs(text: str) -> Iterator[str]:
    for match in _few(_PAIR, text):
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
