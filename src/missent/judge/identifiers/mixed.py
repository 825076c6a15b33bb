"""Own identifiers of letters and digits: accounts, tax codes, papers.

Tried at the start of a word that holds a digit. Shapes with check digits stand for themselves; the
numbers of passports and licences, which are any few letters and digits, only beside their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from stdnum import bitcoin, iban
from stdnum.cn import ric
from stdnum.es import dni, nie
from stdnum.eu import vat
from stdnum.fi import hetu
from stdnum.ie import pps
from stdnum.in_ import pan
from stdnum.it import codicefiscale
from stdnum.mx import curp

from missent.judge.identifiers.cues import named
from missent.judge.identifiers.kinds import Identifier, Kind, Strength

_IBAN_REGISTRY = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27
DK18 DO28 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28
IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22
MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24
SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
IBAN_LENGTHS = {part[:2]: int(part[2:]) for part in _IBAN_REGISTRY.split()}
"""Characters of an account number by country (the SWIFT IBAN registry)."""
_IBAN = re.compile(r"[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){10,32}")
_SEPARATED = re.compile(r"[ \-]")
_WORD = re.compile(r"[A-Za-z0-9]{1,128}")
_NINO = re.compile(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]"
    r"([ -]?)\d{2}\1\d{2}\1\d{2}(?:[ -]?[A-D])?(?!\w)",
    re.IGNORECASE,
)
_DEA = re.compile(r"[ABCDEFGHJKLMPRSTUX][A-Z9]-?(\d{7})(?!\w)", re.IGNORECASE)
_ETHEREUM = re.compile(r"0x[0-9a-fA-F]{40}(?!\w)")
_UK_LICENCE = re.compile(
    r"[A-Z]{2}[A-Z9]{3} ?\d[0156]\d(?:[0-2]\d|3[01])\d ?[A-Z][A-Z9]\d[A-Z]{2}(?:\d\d)?(?!\w)"
)
_NRIC = re.compile(r"[STFGM]\d{7}[A-Z]")
_PASSPORT = re.compile(r"[A-Z]{1,3} ?\d{5,8}[A-Z]?|\d{2}[A-Z]{2}\d{5}|[A-Z0-9]{8,10}")
_LICENCE = re.compile(r"[A-Z0-9]{1,19}(?:[ -][A-Z0-9]{1,12}){0,4}", re.IGNORECASE)
_SHORT_LICENCE = re.compile(r"[A-Z]\d[A-Z]\d[A-Z]")
_SERVICE = re.compile(r"[A-Z]{0,3}[-/ ]?\d{5,10}[A-Z]?")
_HETU = re.compile(r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Z](?!\w)")
_PPS = re.compile(r"\d{7}[A-W][A-IW]?(?!\w)")
_VAT = re.compile(r"[A-Z]{2} ?[A-Z0-9]{8,12}(?!\w)")
_SWIFT = re.compile(r"(?<![A-Z0-9])[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?(?![A-Za-z0-9])")
_NO_DIGIT = bytes(c for c in range(256) if not 48 <= c < 58)
_PASSPORT_DIGITS = 5
_LICENCE_DIGITS = 3


def classify(text: str, start: int) -> Identifier | None:
    """Give what begins at a word that holds letters and digits."""
    for read in _READERS:
        found = read(text, start)
        if found is not None:
            return found
    return by_name(text, start)


def swift(text: str, begin: int, end: int) -> Iterator[Identifier]:
    """Give the bank codes (ISO 9362) beside their name, between two places."""
    if all(text.find(name, begin, end) < 0 for name in ("SWIFT", "BIC", "Swift")):
        return
    for match in _SWIFT.finditer(text, begin, end):
        names = named(text, match.start(), match.end())
        if names and Kind.SWIFT_CODE in names[0]:
            yield Identifier(Kind.SWIFT_CODE, match.start(), match.end(), Strength.FAIR)


def dea(number: str) -> bool:
    """Check the last digit of a DEA registration: seven digits."""
    digits = [int(c) for c in number]
    total = sum(digits[0:6:2]) + 2 * sum(digits[1:6:2])
    return len(set(digits)) > 1 and total % 10 == digits[6]


# --- with check digits --------------------------------------------------------------------------


def _iban(text: str, start: int) -> Identifier | None:
    length = IBAN_LENGTHS.get(text[start : start + 2].upper())
    if length is None:
        return None
    match = _IBAN.match(text, start)
    if match is None:
        return None
    end, taken = start, 0
    for character in match.group():
        end += 1
        taken += character not in " -"
        if taken == length:
            break
    if taken < length or text[end : end + 1].isalnum():
        return None
    compact = _SEPARATED.sub("", text[start:end]).upper()
    if len(set(compact[4:])) == 1 or not iban.is_valid(compact, check_country=False):
        return None
    return Identifier(Kind.IBAN_CODE, start, end, Strength.STRONG)


def _crypto(text: str, start: int) -> Identifier | None:
    if text[start] == "0" and _ETHEREUM.match(text, start):
        return Identifier(Kind.CRYPTO, start, start + 42, Strength.FAIR)
    if text[start] not in "13bB":
        return None
    word = _WORD.match(text, start)
    if word is None or not 25 < len(word.group()) < 92 or not bitcoin.is_valid(word.group()):
        return None
    return Identifier(Kind.CRYPTO, start, word.end(), Strength.STRONG)


def _insurance(text: str, start: int) -> Identifier | None:
    match = _NINO.match(text, start)
    if match is None or len(set(_figures(match.group()))) == 1:
        return None
    if match.group()[-1].isdigit():
        names = named(text, start, match.end())
        if not names or Kind.UK_NINO not in names[0]:
            return None
    return Identifier(Kind.UK_NINO, start, match.end(), Strength.STRONG)


def _prescriber(text: str, start: int) -> Identifier | None:
    match = _DEA.match(text, start)
    if match is None or not dea(match[1]):
        return None
    names = named(text, start, match.end())
    if names and names[0] and Kind.MEDICAL_LICENSE not in names[0] and not _weak(names[0]):
        return None
    return Identifier(Kind.MEDICAL_LICENSE, start, match.end(), Strength.FAIR)


def _weak(kinds: tuple[Kind, ...]) -> bool:
    return Kind.DATE_TIME in kinds or Kind.PHONE_NUMBER in kinds


def _british_licence(text: str, start: int) -> Identifier | None:
    match = _UK_LICENCE.match(text, start)
    if match is None:
        return None
    return Identifier(Kind.UK_DRIVING_LICENCE, start, match.end(), Strength.STRONG)


def _checked(
    pattern: re.Pattern[str], kind: Kind, valid: Callable[[str], bool], strength: Strength
) -> Callable[[str, int], Identifier | None]:
    def read(text: str, start: int) -> Identifier | None:
        match = pattern.match(text, start)
        if match is None or len(set(_figures(match.group()))) <= 1 or not valid(match.group()):
            return None
        return Identifier(kind, start, match.end(), strength)

    return read


def _nric(number: str) -> bool:
    weights = (2, 7, 6, 5, 4, 3, 2)
    total = sum(int(d) * w for d, w in zip(number[1:8], weights, strict=True))
    first = number[0]
    total += {"S": 0, "F": 0, "T": 4, "G": 4, "M": 3}[first]
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "KLJNPQRTUWX"}
    row = letters.get(first, "XWUTRQPNMLK")
    place = 10 - total % 11 if first == "M" else total % 11
    return row[place] == number[8]


def _word(size: int) -> re.Pattern[str]:
    return re.compile(rf"[A-Za-z0-9]{{{size}}}(?!\w)")


_READERS: tuple[Callable[[str, int], Identifier | None], ...] = (
    _iban,
    _crypto,
    _checked(_word(16), Kind.IT_FISCAL_CODE, codicefiscale.is_valid, Strength.STRONG),
    _checked(_word(18), Kind.MX_CURP, curp.is_valid, Strength.STRONG),
    _checked(_word(18), Kind.CN_ID, ric.is_valid, Strength.STRONG),
    _british_licence,
    _insurance,
    _prescriber,
    _checked(re.compile(_NRIC.pattern + r"(?!\w)"), Kind.SG_NRIC, _nric, Strength.STRONG),
    _checked(_HETU, Kind.FI_HETU, hetu.is_valid, Strength.STRONG),
    _checked(re.compile(r"[XYZ]-?\d{7}-?[A-Z](?!\w)"), Kind.ES_NIE, nie.is_valid, Strength.STRONG),
    _checked(re.compile(r"\d{8}-?[A-Z](?!\w)"), Kind.ES_DNI, dni.is_valid, Strength.FAIR),
    _checked(_PPS, Kind.IE_PPS, pps.is_valid, Strength.FAIR),
    _checked(re.compile(r"[A-Z]{5}\d{4}[A-Z](?!\w)"), Kind.IN_PAN, pan.is_valid, Strength.FAIR),
)


# --- beside their names --------------------------------------------------------------------------


def by_name(text: str, start: int) -> Identifier | None:
    """Give what the words beside it call a passport, a licence, a service or VAT number."""
    word = _LICENCE.match(text, start)
    if word is None or len(word.group()) < 5 or len(_figures(word.group())) < 2:
        return None
    for kinds in named(text, start, word.end()):
        if not kinds:
            return None
        for kind in kinds:
            reader = _NAMED.get(kind)
            found = reader(text, start) if reader else None
            if found is not None:
                return found
    return None


def _passport(text: str, start: int) -> Identifier | None:
    match = _PASSPORT.match(text, start)
    if match is None or text[match.end() : match.end() + 1].isalnum():
        return None
    written = match.group()
    if len(_figures(written)) < _PASSPORT_DIGITS or len(set(_figures(written))) == 1:
        return None
    american = len(written) == 9 and written[0].isalpha() and written[1:].isdigit()
    kind = Kind.US_PASSPORT if american else Kind.PASSPORT
    return Identifier(kind, start, match.end(), Strength.FAIR)


def _licence(text: str, start: int) -> Identifier | None:
    match = _LICENCE.match(text, start)
    if match is None:
        return None
    parts = re.split(r"[ -]", match.group())
    written = parts[0]
    for part in parts[1:]:
        if not any(c.isdigit() for c in part) or part.islower():
            break
        written += " " + part
    figures = _figures(written)
    digits = sum(c.isdigit() for c in written)
    usual = digits >= _LICENCE_DIGITS and 5 <= len(written) <= 22 and len(set(figures)) > 1
    if not usual and not _SHORT_LICENCE.fullmatch(written):
        return None
    if text[start + len(written) : start + len(written) + 1].isalnum():
        return None
    return Identifier(Kind.US_DRIVER_LICENSE, start, start + len(written), Strength.WEAK)


def _service(text: str, start: int) -> Identifier | None:
    match = _SERVICE.match(text, start)
    if match is None or text[match.end() : match.end() + 1].isalnum():
        return None
    if len(set(_figures(match.group()))) == 1:
        return None
    return Identifier(Kind.SERVICE_NUMBER, start, match.end(), Strength.WEAK)


def _vat(text: str, start: int) -> Identifier | None:
    match = _VAT.match(text, start)
    if match is None or len(set(_figures(match.group()))) == 1 or not vat.is_valid(match.group()):
        return None
    return Identifier(Kind.EU_VAT, start, match.end(), Strength.FAIR)


def _figures(written: str) -> str:
    return written.encode("ascii", "replace").translate(None, _NO_DIGIT).decode("ascii")


_NAMED: dict[Kind, Callable[[str, int], Identifier | None]] = {
    Kind.US_PASSPORT: _passport,
    Kind.US_DRIVER_LICENSE: _licence,
    Kind.SERVICE_NUMBER: _service,
    Kind.EU_VAT: _vat,
}
