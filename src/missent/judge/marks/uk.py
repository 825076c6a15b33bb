"""Own the markings of the United Kingdom: Government Security Classifications and what was before.

Government Security Classifications policy of August 2024 (``OFFICIAL-SENSITIVE - HMG USE ONLY -
PERSONAL DATA``), its form of 2014 (``OFFICIAL-SENSITIVE COMMERCIAL``), and the older protective
marking system of HMG Security Policy Framework (``RESTRICTED - COMMERCIAL``, ``PROTECT``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.marks.grammar import Mark, caveats

CURRENT, OF_2014, OLDER = "uk", "uk-2014", "uk-older"

_HANDLING = (
    r"RECIPIENTS? ONLY|FOR PUBLIC RELEASE|[A-Z][A-Z&]{1,20}(?: [A-Z&]{2,20}){0,2} USE ONLY"
    r"|EMBARGOED(?: UNTIL .{3,40})?"
    r"|PERSONAL DATA|PERSONAL|LEGAL PROFESSIONAL PRIVILEGE|LEGAL|LPP|MARKET SENSITIVE"
    r"|COMMERCIAL|HR/MANAGEMENT"
    r"|HR|MANAGEMENT|LOCSEN|ORGANISATION USE ONLY|(?:UK|GB|[A-Z]{2,5}(?:/[A-Z]{2,5}){1,4}|FIVE"
    r"|FIVE EYES) EYES ONLY"
    r"|FIVE EYES ONLY|FIVE|FVEY|FOR (?:UK|US|AUS|CAN|NZ)(?:/[A-Z]{2,3}){0,4} EYES ONLY"
    r"|STRAP ?[1-3]|ATOMIC"
)
_PART = rf" ?[-:,/|] ?(?:{_HANDLING})"
_CODEWORD = r"(?: - [A-Z]{3,20}(?: [A-Z]{3,20})?)?"
_PARTS = rf"(?P<parts>(?:{_PART}| STRAP ?[1-3])(?:{_PART}){{0,5}}{_CODEWORD})"
_CURRENT = re.compile(
    rf"(?P<uk>UK )?(?P<level>OFFICIAL[- ]SENSITIVE|OFFICIAL|TOP SECRET|SECRET)(?:{_PARTS}"
    rf"|(?P<word> - [A-Z]{{4,20}}))?"
)
_OF_2014 = re.compile(
    r"(?:UK )?OFFICIAL[- ]?[-:]? ?SENSITIVE ?(?:[-:(\[] ?)?(?:COMMERCIAL|PERSONAL|LOCSEN"
    r"|LOCAL SENSITIVE)[)\]]?"
    r"(?: ?[-:,] ?[A-Z][A-Z /]{2,40})?"
)
_DESCRIPTOR = (
    r"COMMERCIAL|PERSONAL|STAFF|MANAGEMENT|POLICY|MEDICAL|INVESTIGATIONS?|CONTRACTS?"
    r"|APPOINTMENTS|HONOURS|BUDGET"
    r"|LOCSEN|VISITS|INTEL|PRIVATE|DEPARTMENTAL|REGULATORY|EXAMINATION|CRIME|OPERATIONS"
)
_OLDER = re.compile(
    rf"(?P<uk>UK )?(?P<level>RESTRICTED|PROTECT"
    rf"|CONFIDENTIAL)(?P<parts> ?[-:(] ?(?:{_DESCRIPTOR})\)?"
    rf"|(?: -)? (?:UK|[A-Z]{{2,3}}(?:/[A-Z]{{2,3}}){{1,4}}) EYES ONLY)?"
)
_OPEN = re.compile(r"NOT PROTECTIVELY MARKED|UK UNCLASSIFIED|OFFICIAL ?- ?FOR PUBLIC RELEASE")


def read(phrase: str) -> Iterator[Mark]:
    """Read a phrase as a marking of the United Kingdom."""
    if _OPEN.fullmatch(phrase):
        yield Mark(CURRENT, 0)
        return
    current = _CURRENT.fullmatch(phrase)
    if current:
        yield from _current(current)
    elif _OF_2014.fullmatch(phrase):
        yield Mark(OF_2014, 2, caveats(phrase))
    older = _OLDER.fullmatch(phrase)
    if older:
        yield from _older(older)


def _current(match: re.Match[str]) -> Iterator[Mark]:
    level, parts = match["level"], match["parts"] or ""
    marked = bool(match["uk"] or parts)
    if level.startswith("OFFICIAL") and "SENSITIVE" in level:
        scheme = (
            OF_2014 if re.fullmatch(r" ?[:/] ?(?:COMMERCIAL|PERSONAL|LOCSEN)", parts) else CURRENT
        )
        yield Mark(scheme, 2, caveats(parts))
    elif level == "OFFICIAL":
        if not match["word"]:
            yield Mark(CURRENT, 1, caveats(parts), sure=marked)
    elif marked:
        yield Mark(CURRENT, 4, caveats(parts))


def _older(match: re.Match[str]) -> Iterator[Mark]:
    level, parts = match["level"], match["parts"] or ""
    if level == "CONFIDENTIAL" and not (match["uk"] or "EYES" in parts):
        if parts:
            yield Mark(OLDER, 2, sure=False)
        return
    sure = bool(match["uk"] or parts)
    yield Mark(OLDER, 3 if level == "CONFIDENTIAL" else 2, caveats(parts), sure=sure)
