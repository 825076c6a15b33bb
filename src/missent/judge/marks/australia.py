"""Own the markings of Australia, and of New Zealand and Canada that go by the same habits.

Australia: Protective Security Policy Framework, policy 8 with Annex F (the e-mail marking standard
2018.4: header field and ``[SEC=...]`` in the subject), and its older form 2012.3 with ``DLM=``.
New Zealand: PSR classification system. Canada: Directive on Security Management, appendix J.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.marks.grammar import Caveats, Mark, caveats

AUSTRALIA, NEW_ZEALAND, CANADA = "au", "nz", "ca"

LEVELS = {
    "UNOFFICIAL": 0,
    "UNCLASSIFIED": 0,
    "OFFICIAL": 1,
    "OFFICIAL:SENSITIVE": 2,
    "RESTRICTED": 2,
    "IN-CONFIDENCE": 2,
    "PROTECTED": 3,
    "CONFIDENTIAL": 3,
    "HIGHLY-PROTECTED": 4,
    "SECRET": 4,
    "TOP-SECRET": 4,
}
_FIELD = re.compile(r"\b(SEC|DLM) ?= ?([A-Za-z][A-Za-z:\- ]{1,60})", re.IGNORECASE)
_CAVEAT = re.compile(r"\bCAVEAT ?= ?[A-Z]{1,2} ?: ?([^,\]]{1,128})", re.IGNORECASE)
_TAG = re.compile(
    r"(?:VER ?= ?[^,]{1,20}, ?)?(?:NS ?= ?[^,]{1,40}, ?)?SEC ?= ?.{2,220}", re.IGNORECASE
)
_SENSITIVE = re.compile(r"OFFICIAL ?: ?(?i:SENSITIVE)(?P<rest>(?: ?/{1,2} ?| - |, ?| )?.{0,120})")
_MORE = (
    r"(?:NATIONAL CABINET|NATIONAL-CABINET|CABINET|AUSTEO|AGAO|REL AUS[A-Z, /]{0,60}"
    r"|DELICATE SOURCE|ORCON"
    r"|ACCOUNTABLE[- ]MATERIAL|EXCLUSIVE[- ]FOR [A-Z ]{2,60}|PERSONAL[- ]PRIVACY"
    r"|LEGAL[- ]PRIVILEGE"
    r"|LEGISLATIVE[- ]SECRECY|RELEASABLE TO AUS[A-Z, /]{0,60})"
)
_BANNER = re.compile(
    rf"(?P<level>TOP SECRET|SECRET|PROTECTED|OFFICIAL)(?: ?//? ?| - |, ?"
    rf"| ){_MORE}(?:[/, -]{{1,3}}{_MORE}){{0,4}}",
    re.IGNORECASE,
)
_ALONE = re.compile(r"PROTECTED|HIGHLY PROTECTED")
_CONFIDENCE = re.compile(
    r"(?:AUSTRALIAN GOVERNMENT )?(?:CABINET|COMMERCIAL|STAFF|SECURITY|MEDICAL|AUDIT|LEGAL"
    r"|EXECUTIVE|POLICY|PERSONNEL)"
    r"[- ]IN[- ]CONFIDENCE"
)
_ZEALAND = re.compile(
    r"(?:NZ |NEW ZEALAND (?:GOVERNMENT )?)(?:(?P<top>TOP SECRET|SECRET)|(?P<mid>CONFIDENTIAL)"
    r"|(?P<low>RESTRICTED|SENSITIVE|IN[- ]CONFIDENCE))(?P<rest>.{0,60})"
    r"|(?P<alone>IN[- ]CONFIDENCE|SENSITIVE)(?:[ -]{1,3}(?:NZEO|[A-Z]{3,20}(?: [A-Z]{3,20})?))?"
)
_CANADA = re.compile(
    r"(?:CANADA )?(?:PROTECTED|PROTEGE)(?: ?[-/] ?(?:PROTECTED"
    r"|PROTEGE))? ?[-\"'(]? ?(?P<letter>[ABC])[)\"']?"
    r"(?: ?[-/,] ?[A-Z][A-Z ]{2,60})?|(?P<eyes>(?:SECRET|TOP SECRET"
    r"|CONFIDENTIAL)[ /-]{1,3}(?:CEO|CANADIAN EYES ONLY))"
)


def read(phrase: str) -> Iterator[Mark]:
    """Read a phrase as a marking of Australia, New Zealand or Canada."""
    mark = _australia(phrase)
    if mark is not None:
        yield mark
        return
    canada = _CANADA.fullmatch(phrase)
    if canada:
        level = 4 if canada["eyes"] else {"A": 2, "B": 3, "C": 4}[canada["letter"]]
        only = frozenset(("ca",)) if canada["eyes"] else frozenset()
        yield Mark(CANADA, level, Caveats(countries=only))
        return
    zealand = _ZEALAND.fullmatch(phrase)
    if zealand:
        level = 4 if zealand["top"] else 3 if zealand["mid"] else 2
        yield Mark(NEW_ZEALAND, level, caveats(phrase), sure=not zealand["alone"])


def tag(text: str) -> Mark | None:
    """Read ``SEC=..., CAVEAT=...`` of the header field or of the subject; None if it says no level."""
    said = {name.upper(): value.strip().upper() for name, value in _FIELD.findall(text)}
    if "SEC" not in said:
        return None
    level = _level(said["SEC"])
    if "DLM" in said and said["DLM"] not in ("NONE", "UNOFFICIAL"):
        level = max(level, 2)
    if level < 0:
        return None
    return Mark(AUSTRALIA, level, caveats(" ".join(_CAVEAT.findall(text)).upper()))


def _australia(phrase: str) -> Mark | None:
    if _TAG.fullmatch(phrase):
        return tag(phrase)
    sensitive = _SENSITIVE.fullmatch(phrase)
    if sensitive and _closes(sensitive["rest"]):
        return Mark(AUSTRALIA, 2, caveats(sensitive["rest"].upper()))
    banner = _BANNER.fullmatch(phrase)
    if banner and (banner["level"].isupper()):
        return Mark(AUSTRALIA, _level(banner["level"].upper()), caveats(phrase.upper()))
    if _ALONE.fullmatch(phrase):
        return Mark(AUSTRALIA, 3 if phrase == "PROTECTED" else 4, sure=phrase != "PROTECTED")
    if _CONFIDENCE.fullmatch(phrase):
        return Mark(AUSTRALIA, 3 if "CABINET" in phrase else 2)
    return None


def _closes(rest: str) -> bool:
    return (
        not rest
        or re.fullmatch(rf"(?: ?/{{1,2}} ?| - |, ?| ){_MORE}.{{0,60}}", rest, re.IGNORECASE)
        is not None
    )


def _level(text: str) -> int:
    compact = re.sub(r" ?: ?", ":", text.strip(" -")).replace(" ", "-")
    while compact:
        if compact in LEVELS:
            return LEVELS[compact]
        compact = compact.rpartition("-")[0]  # ``TOP-SECRET-AUSTEO`` of hand-written tags
    return -1
