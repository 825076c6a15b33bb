"""Own the markings of NATO, of the European Union, and of member states in their own languages.

NATO: C-M(2002)49 and its directives; European Union: Council Decision 2013/488/EU, Commission
Decision (EU, Euratom) 2015/444; Germany: VSA, annex III; France: IGI 1300; Netherlands: VIR-BI.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.marks.grammar import Caveats, Mark, caveats

ALLIANCE, UNION, GERMANY, FRANCE, NETHERLANDS = "nato", "eu", "de-vs", "fr", "nl"

_REST = r"(?P<rest>(?:(?: ?[/,-]{1,2} ?| )[A-Z][A-Z0-9 ,/&:-]{0,120})?)"
_ALLIANCE = re.compile(
    r"(?:NATO(?:/[A-Z]{2,10})?|OTAN|ISAF|KFOR|RSM|EAPC|PFP)[ -](?P<level>UNCLASSIFIED"
    r"|RESTRICTED|CONFIDENTIAL|SECRET)"
    rf"{_REST}|(?P<cosmic>COSMIC TOP SECRET|COSMIC TRES SECRET){_REST.replace('rest', 'more')}"
    r"|(?P<french>OTAN SANS CLASSIFICATION|OTAN DIFFUSION RESTREINTE|OTAN CONFIDENTIEL"
    r"|NATO DIFFUSION RESTREINTE)"
    r"|(?P<short>N[URCS]|CTS|NSA?|CTSA)(?P<last>//.{0,60})?"
)
_ALLIANCE_LEVELS = {"UNCLASSIFIED": 1, "RESTRICTED": 2, "CONFIDENTIAL": 3, "SECRET": 4}
_ALLIANCE_SHORT = {"NU": 1, "NR": 2, "NC": 3, "NS": 4, "NSA": 4, "CTS": 4, "CTSA": 4}
_HANDED_ON = re.compile(
    r"(?: ?[/,-]{1,2} ?| )?(?:ATOMAL|BOHEMIA|CRYPTO|RELEASABLE|REL|RELEASE|ONLY|PERSONAL"
    r"|MEDICAL|STAFF|COMMERCIAL"
    r"|MANAGEMENT|ADMINISTRATIVE|EXCLUSIVE|LIMITED|EYES|POLITICAL|CLEARED|FOR|INTEL|MINUTES"
    r"|HANDLE)\b"
)
_UNION = re.compile(
    r"(?P<top>TRES SECRET UE(?: ?/ ?EU TOP SECRET)?|EU TOP SECRET|TS-UE/EU-TS)"
    r"|(?P<secret>SECRET UE(?: ?/ ?EU SECRET)?|EU SECRET|S-UE/EU-S|UE SECRET|EURA TOP SECRET)"
    r"|(?P<mid>CONFIDENTIEL UE(?: ?/ ?EU CONFIDENTIAL)?|EU CONFIDENTIAL|C-UE/EU-C)"
    r"|(?P<low>RESTREINT UE(?: ?/ ?EU RESTRICTED)?|EU RESTRICTED|R-UE/EU-R|EU RESTREINT)"
)
_UNION_FORM = re.compile(rf"(?:{_UNION.pattern}){_REST}")
_LIMITE = re.compile(r"LIMITE(?: [A-Z]{2})?|EU LIMITE")
_COMMISSION = re.compile(
    r"(?:EU SENSITIVE|EU SNC|SENSITIVE NON[- ]CLASSIFIED"
    r"|SENSITIVE: [A-Z]{3,20}(?: [A-Z]{2,20}){0,4})"
)
_GERMANY = re.compile(
    r"(?P<top>(?:VS ?- ?)?(?:STRENG GEHEIM|STR\. ?GEHEIM))|(?P<secret>VS ?- ?GEHEIM|GEHEIM)"
    r"|(?P<mid>VS ?- ?(?:VERTRAULICH|VERTR\.?|VS-V))"
    r"|(?P<low>VS ?- ?(?:NFD|N\.?F\.?D\.?|NUR FUR DEN DIENSTGEBRAUCH|NUR FUER DEN DIENSTGEBRAUCH)"
    r"|(?:VERSCHLUSSSACHE ?- ?)?NUR FUE?R DEN DIENSTGEBRAUCH)"
)
_HELD = re.compile(r"(?: ?[-,(] ?(?:AMTLICH GEHEIM ?GEHALTEN|NUR DEUTSCHE?|[A-Z]{3,20})\)?)?")
_FRANCE = re.compile(
    r"(?P<secret>(?:TRES )?SECRET(?:[ -]DEFENSE)|TRES SECRET)|(?P<mid>CONFIDENTIEL[ -]DEFENSE)"
    r"|(?P<low>DIFFUSION RESTREINTE)|(?P<alone>SPECIAL FRANCE)"
)
_FRANCE_FORM = re.compile(rf"(?:{_FRANCE.pattern})(?P<rest>(?: ?[/,-] ?| )(?:SPECIAL FRANCE))?")
_NETHERLANDS = re.compile(
    r"(?P<secret>STG\.? ?(?:ZEER )?GEHEIM|STAATSGEHEIM (?:ZEER )?GEHEIM)|(?P<mid>(?:STG\.?"
    r"|STAATSGEHEIM) ?CONFIDENTIEEL)"
    r"|(?P<low>DEP(?:ARTEMENTAAL|\.)? ?VERTROUWELIJK|DEP\. ?V\.?)"
)


def read(phrase: str) -> Iterator[Mark]:
    """Read a phrase as a marking of NATO, the European Union or a member state."""
    for reader in (_alliance, _union, _germany, _france, _netherlands):
        mark = reader(phrase.upper() if reader in (_germany, _netherlands) else phrase)
        if mark is not None:
            yield mark
            return


def _alliance(phrase: str) -> Mark | None:
    match = _ALLIANCE.fullmatch(phrase)
    if match is None:
        return None
    if match["cosmic"]:
        return Mark(ALLIANCE, 4, caveats(match["more"] or ""))
    if match["french"]:
        level = 1 if "SANS" in phrase else 3 if "CONF" in phrase else 2
        return Mark(ALLIANCE, level)
    if match["short"]:
        return Mark(ALLIANCE, _ALLIANCE_SHORT[match["short"]], sure=bool(match["last"]))
    rest = match["rest"] or ""
    if not _goes_on(rest):
        return None
    return Mark(ALLIANCE, _ALLIANCE_LEVELS[match["level"]], caveats(rest))


def _goes_on(rest: str) -> bool:
    """Tell whether what follows a level can belong to it: no ``NATO SECRET PARTY``."""
    return not rest or rest.lstrip()[0] in "/-," or _HANDED_ON.match(rest) is not None


def _union(phrase: str) -> Mark | None:
    match = _UNION_FORM.fullmatch(phrase)
    if match and _goes_on(match["rest"]):
        level = 4 if match["top"] or match["secret"] else 3 if match["mid"] else 2
        return Mark(UNION, level, caveats(match["rest"]))
    if _LIMITE.fullmatch(phrase):
        return Mark(UNION, 1, sure=False)
    return Mark(UNION, 2) if _COMMISSION.fullmatch(phrase) else None


def _germany(phrase: str) -> Mark | None:
    match = _GERMANY.match(phrase)
    if match is None or not _HELD.fullmatch(phrase[match.end() :]):
        return None
    if match["low"]:
        return Mark(GERMANY, 2)
    if match["mid"]:
        return Mark(GERMANY, 3)
    return Mark(GERMANY, 4, sure="VS" in match[0] or "AMTLICH" in phrase)


def _france(phrase: str) -> Mark | None:
    match = _FRANCE_FORM.fullmatch(phrase)
    if match is None:
        return None
    only = frozenset(("fr",)) if "SPECIAL FRANCE" in phrase else frozenset()
    level = 4 if match["secret"] else 3 if match["mid"] else 2
    return Mark(FRANCE, level, Caveats(countries=only), sure=phrase != "TRES SECRET")


def _netherlands(phrase: str) -> Mark | None:
    match = _NETHERLANDS.fullmatch(phrase)
    if match is None:
        return None
    return Mark(NETHERLANDS, 4 if match["secret"] else 3 if match["mid"] else 2)
