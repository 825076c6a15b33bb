"""Own the names of countries and their groups as caveats write them: ``REL TO USA, FVEY``.

What a caveat says is kept as closed facts: ISO 3166 codes of two letters, lower case. Nothing of
the text itself is. Sources: ISO 3166-1; the tetragraphs of the US registry (GENC, CAPCO manual) for
the groups; nato.int and europa.eu for the members.
"""

from __future__ import annotations

import re

FVEY = frozenset(("au", "ca", "gb", "nz", "us"))
EU = frozenset(
    (
        *("at", "be", "bg", "cy", "cz", "de", "dk", "ee", "es", "fi", "fr", "gr", "hr", "hu"),
        *("ie", "it", "lt", "lu", "lv", "mt", "nl", "pl", "pt", "ro", "se", "si", "sk"),
    )
)
NATO = frozenset(
    (
        *("al", "be", "bg", "ca", "cz", "de", "dk", "ee", "es", "fi", "fr", "gb", "gr", "hr", "hu"),
        *("is", "it", "lt", "lu", "lv", "me", "mk", "nl", "no", "pl", "pt", "ro", "se", "si", "sk"),
        *("tr", "us"),
    )
)
GROUPS = {
    "FVEY": FVEY,
    "FIVE EYES": FVEY,
    "FIVE": FVEY,
    "AUSCANNZUKUS": FVEY,
    "ACGU": frozenset(("au", "ca", "gb", "us")),
    "TEYE": frozenset(("au", "gb", "us")),
    "AUKUS": frozenset(("au", "gb", "us")),
    "NATO": NATO,
    "EU": EU,
}
_TRIGRAPHS = (  # noqa: SIM905 - a table
    "ALB al ARG ar AUS au AUT at BEL be BGR bg BRA br CAN ca CHE ch CHL cl COL co CYP cy CZE cz "
    "DEU de DNK dk EGY eg ESP es EST ee FIN fi FRA fr GBR gb GRC gr HRV hr HUN hu IND in IRL ie "
    "IRQ iq ISL is ISR il ITA it JOR jo JPN jp KOR kr KWT kw LTU lt LUX lu LVA lv MEX mx MKD mk "
    "MLT mt MNE me NLD nl NOR no NZL nz PAK pk PHL ph POL pl PRT pt QAT qa ROU ro SAU sa SGP sg "
    "SVK sk SVN si SWE se THA th TUN tn TUR tr TWN tw UKR ua USA us ZAF za "
    "UK gb US us NZ nz AU au CA ca CANADA ca AUSTRALIA au SWEDEN se FINLAND fi SWITZERLAND ch "
    "AUSTRIA at UKRAINE ua JAPAN jp"
).split()
CODES = dict(zip(_TRIGRAPHS[::2], _TRIGRAPHS[1::2], strict=True))
_NAME = re.compile(r"FIVE EYES|[A-Z]{2,12}")
_ALONE: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"\bNOFORN\b|\bNF\b"), frozenset(("us",))),
    (re.compile(r"\bAUSTEO\b|\bAGAO\b"), frozenset(("au",))),
    (re.compile(r"\bSPECIAL FRANCE\b"), frozenset(("fr",))),
    (re.compile(r"\bNZEO\b"), frozenset(("nz",))),
)
_RELEASE = re.compile(
    r"\b(?:REL(?:EASABLE)?(?: TO)?|DISPLAY ONLY(?: TO)?)[ :]{1,2}([A-Z][A-Z ,/]{1,120})"
)
_EYES = re.compile(r"([A-Z][A-Z /&,]{1,60}) EYES ONLY\b|\b(FIVE EYES) ONLY\b")


def limits(caveats: str) -> frozenset[str]:
    """Give the countries to whose people alone a marking's caveats limit it; empty: to none.

    Of several limits the narrower counts: ``NOFORN`` beats any list.
    """
    for form, countries in _ALONE:
        if form.search(caveats):
            return countries
    found: frozenset[str] = frozenset()
    for form in (_RELEASE, _EYES):
        for match in form.finditer(caveats):
            listed = _countries(match[1] or match[2])
            found = found & listed or listed if found else listed
    return found


def _countries(text: str) -> frozenset[str]:
    found: set[str] = set()
    for name in _NAME.findall(text):
        found |= GROUPS.get(name, frozenset())
        if name in CODES:
            found.add(CODES[name])
    return frozenset(found)
