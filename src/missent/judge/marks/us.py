"""Own the markings of the United States: classified, controlled (CUI), and the legacy ones.

Classified: EO 13526 §1.6, 32 CFR 2001.20-26, DoDM 5200.01 vol. 2; controlled: 32 CFR 2002.20, the
CUI Registry's marking handbook, DoDI 5200.48; distribution statements: DoDI 5230.24. Banner and
portion forms are read alike: ``SECRET//NOFORN`` and ``(S//NF)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.marks.grammar import Caveats, Mark, caveats

CLASSIFIED, CONTROLLED, LEGACY = "us-classified", "us-cui", "us-legacy"

_SEGMENTS = r"(?: ?/{1,2} ?[A-Z][A-Z0-9 ,:&.+/-]{0,160})?"
_CLASSIFIED = re.compile(
    r"(?://)?(?:(?P<origin>JOINT|(?!TOP)[A-Z]{3}) )?"
    r"(?:(?P<top>TOP SECRET|TS)|(?P<secret>SECRET|S)|(?P<confidential>CONFIDENTIAL|C)"
    rf"|(?P<open>UNCLASSIFIED|U))(?P<rest>{_SEGMENTS})"
)
_LOOSE = re.compile(
    r"(?P<level>TOP SECRET|SECRET|CONFIDENTIAL) ?[-,/ ] ?"
    r"(?P<rest>(?:NOFORN|ORCON|SCI|REL TO [A-Z, /]{2,80}|REL [A-Z, /]{2,80}|SPECAT|NODIS|EXDIS)"
    r"(?:[ ,/-]{1,3}[A-Z][A-Z ,/]{0,80})?)"
)
_JOINT_END = re.compile(
    r"(?P<joint>//JOINT (?:TOP SECRET|SECRET|CONFIDENTIAL) [A-Z ,]{3,80}(?://[A-Z ,/]{2,80})?)"
)
_CODES = re.compile(
    r"\b(?:NOFORN|NF|ORCON|OC|REL|SCI|SI|TK|HCS|COMINT|G|IMCON|PROPIN|PR|RELIDO|FISA|RSEN|RD"
    r"|FRD|CNWDI"
    r"|RESTRICTED DATA|FORMERLY RESTRICTED DATA|SAP|SAR|SPECIAL ACCESS REQUIRED|FGI|NODIS|EXDIS"
    r"|LIMDIS|DS"
    r"|DISPLAY ONLY|EYES ONLY|FVEY|FOUO|LES|SBU|SSI|X[1-8]|MR|BALK|TALENT KEYHOLE|KLONDIKE"
    r"|SIGMA|WAIVED|ATOMAL)\b"
)
_OTHERS = re.compile(r"\b(?:AUSTEO|AGAO|CABINET|CEO|CANADIAN EYES|UK EYES|UE|REL AUS/)\b")
"""Caveats of other nations, whose own grammars read them."""
_CUI = re.compile(
    r"(?:CONTAINS |INCLUDES |THIS (?:E-?MAIL|MESSAGE|DOCUMENT) CONTAINS |UNCLASSIFIED ?// ?|U//)?"
    r"(?:CUI|CONTROLLED UNCLASSIFIED INFORMATION(?: \(CUI\))?)"
    r"(?P<rest>(?: ?// ?[A-Z][A-Z0-9 ,:&./-]{0,160})?)"
)
_SPELLED = re.compile(r"CONTROLLED(?P<rest>(?: ?// ?[A-Z][A-Z0-9 ,:&./-]{1,160})?)")
_BLOCK = re.compile(
    r"(?:CUI CATEGOR(?:Y|IES)(?:\([A-Z]+\))?"
    r"|LIMITED DISSEMINATION CONTROLS?(?:/DISTRIBUTION STATEMENT)?"
    r"|CUI DESIGNATION INDICATOR) ?:(?P<rest>.{0,160})"
)
_OFFICIAL_USE = (
    r"F\.?O\.?U\.?O\.?|FOR OFFICIAL USE ONLY(?: \(FOUO\))?|OUO|OFFICIAL USE ONLY|SBU(?:-NF)?"
    r"|LES|UCNI"
    r"|(?:LAW ENFORCEMENT SENSITIVE|SENSITIVE BUT UNCLASSIFIED|SENSITIVE SECURITY INFORMATION"
    r"|UNCLASSIFIED CONTROLLED NUCLEAR INFORMATION"
    r"|CONTROLLED NUCLEAR INFORMATION)(?: \([A-Z]{3,4}\))?|LIMDIS"
    r"|LIMITED OFFICIAL USE"
)
_LEGACY = re.compile(
    rf"(?:(?:UNCLASSIFIED"
    rf"|U) ?[/-]{{1,2}} ?)?(?:{_OFFICIAL_USE})(?P<rest>(?: ?[/-]{{1,2}} ?[A-Z][A-Z ,/-]{{0,120}})?)"
)
_SHORT = frozenset(
    ("LES", "SBU", "OUO", "UCNI", "LIMDIS", "OFFICIAL USE ONLY", "FOR OFFICIAL USE ONLY")
)
"""What others write, too: French articles, other abbreviations, the heading of a box on a form."""
_DISTRIBUTION = re.compile(
    r"(?:\(U\) ?)?DISTRIBUTION (?:STATEMENT )?(?P<letter>[A-F])(?:(?P<stop>[.:;]| -|,).{0,200})?",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"distribution (?:is )?authorized to|approved for public release|further dissemination"
)
_OWN_AGENCIES = frozenset("BEF")
"""Statements that leave contractors out."""
DISTRIBUTION_LEVELS = {"A": 0, "B": 2, "C": 2, "D": 2, "E": 2, "F": 3}


def read(phrase: str) -> Iterator[Mark]:
    """Read a phrase as a marking of the United States."""
    for reader in (_classified, _controlled, _legacy, _distribution):
        mark = reader(phrase)
        if mark is not None:
            yield mark
            return


def _classified(phrase: str) -> Mark | None:
    match = _JOINT_END.fullmatch(phrase)
    if match:
        return Mark(CLASSIFIED, 4, caveats(phrase))
    loose = _LOOSE.fullmatch(phrase)
    if loose:
        return Mark(
            CLASSIFIED, 3 if loose["level"] == "CONFIDENTIAL" else 4, caveats(loose["rest"])
        )
    match = _CLASSIFIED.fullmatch(phrase)
    if match is None:
        return None
    rest = match["rest"]
    coded = _CODES.search(rest) is not None
    if match["open"]:
        return _unclassified(match, rest)
    short = bool({match["top"], match["secret"], match["confidential"]} & {"TS", "S", "C"})
    if (short and not rest.startswith("/")) or (match["origin"] and not phrase.startswith("//")):
        return None
    if _OTHERS.search(rest) or (rest and not coded and not rest.startswith("//")):
        return None
    level = 3 if match["confidential"] else 4
    if match["confidential"] and not rest:
        return Mark("house", 2, sure=False)
    return Mark(CLASSIFIED, level, caveats(rest), sure=bool(rest))


def _unclassified(match: re.Match[str], rest: str) -> Mark | None:
    if match["open"] == "U" or re.search(
        r"FOUO|CUI|LES|SBU|SSI|OFFICIAL USE|SENSITIVE|LIMDIS|UCNI|OUO", rest
    ):
        return None
    return Mark(CLASSIFIED, 0, caveats(rest), sure=bool(rest))


def _controlled(phrase: str) -> Mark | None:
    match = _CUI.fullmatch(phrase)
    if match:
        sure = bool(match["rest"]) or phrase != "CUI"
        return Mark(CONTROLLED, 2, caveats(match["rest"]), sure=sure)
    match = _SPELLED.fullmatch(phrase)
    if match:
        return Mark(CONTROLLED, 2, caveats(match["rest"]), sure=bool(match["rest"]))
    match = _BLOCK.fullmatch(phrase.upper())
    return Mark(CONTROLLED, 2, caveats(match["rest"])) if match else None


def _legacy(phrase: str) -> Mark | None:
    match = _LEGACY.fullmatch(phrase)
    if match is None:
        return None
    short = phrase.removesuffix(match["rest"]) in _SHORT
    if short and match["rest"] and not _CODES.search(match["rest"]):
        return None
    return Mark(LEGACY, 2, caveats(match["rest"]), sure=bool(match["rest"]) or not short)


def _distribution(phrase: str) -> Mark | None:
    match = _DISTRIBUTION.fullmatch(phrase)
    if match is None:
        return None
    worded = "STATEMENT" in phrase.upper() or _STATED.search(phrase.lower()) is not None
    letter = match["letter"].upper()
    if not worded:
        return None
    return Mark(LEGACY, DISTRIBUTION_LEVELS[letter], Caveats(government=letter in _OWN_AGENCIES))
