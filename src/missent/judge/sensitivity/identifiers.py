"""Own what numbers of persons, papers and accounts say of a message, and identity papers by form.

Ways to reach somebody (addresses, telephones) and numbers that firms print on their letters are no
matter here. One number of a person is level 2, several or many are level 3, and so is the
machine-readable zone of a passport, and a paper that reads like one: its printed field names with
dates and a number. A bare account number, as on every invoice, is level 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from missent.judge.content import Content, Detector, Reading, finding, place
from missent.judge.finding import Finding
from missent.judge.identifiers import (
    IDENTITY,
    PAYMENT,
    Identifier,
    Kind,
    Strength,
    find,
    likely,
)

SEVERAL = 3
"""Distinct numbers of papers or cards that make a list of them."""
MANY = 5
"""Distinct numbers of any kind that make a list of persons."""

_GRAVE = frozenset({Kind.PASSPORT, Kind.US_PASSPORT, Kind.US_SSN, Kind.US_ITIN, Kind.UK_NINO})
_FAINT = frozenset({Kind.US_DRIVER_LICENSE, Kind.SERVICE_NUMBER, Kind.NATIONAL_ID, Kind.DOD_ID})
"""Called by a word only; one of them is a weak fact."""
_ACCOUNTS = PAYMENT - {Kind.CREDIT_CARD}
_SECURITY_CODE = re.compile(
    r"\b(?:cvv2?|cvc2?|cid|security code|card verification)\b\W{0,12}(?:\w{2,10}\W{1,3})?\d{3,4}\b",
    re.IGNORECASE,
)

_NAMES = {
    Kind.MRZ: "passport",
    Kind.PASSPORT: "passport",
    Kind.US_PASSPORT: "passport",
    Kind.US_SSN: "social security",
    Kind.US_ITIN: "tax",
    Kind.US_DRIVER_LICENSE: "driving licence",
    Kind.UK_DRIVING_LICENCE: "driving licence",
    Kind.UK_NHS: "health service",
    Kind.UK_NINO: "national insurance",
    Kind.UK_UTR: "tax",
    Kind.DE_TAX_ID: "tax",
    Kind.AU_TFN: "tax",
    Kind.SERVICE_NUMBER: "service",
    Kind.DOD_ID: "service",
}


@dataclass(frozen=True, slots=True)
class _Matter:
    """What one reading holds of one category."""

    category: str
    level: int
    count: int
    because: str
    reading: Reading


def detect(content: Content) -> Iterator[Finding]:
    """Report the worst document for identity, and the worst for payment."""
    worst: dict[str, _Matter] = {}
    for reading in content.readings:
        for matter in _matters(reading):
            known = worst.get(matter.category)
            if known is None or (matter.level, matter.count) > (known.level, known.count):
                worst[matter.category] = matter
    for matter in worst.values():
        yield finding(
            "identifiers",
            matter.reading,
            category=matter.category,
            level=matter.level,
            count=matter.count,
            because=matter.because,
        )


def _matters(reading: Reading) -> Iterator[_Matter]:
    spans = likely(reading.text, reading.plain)
    found = list(find(reading.text, spans)) if spans else []
    identity = _identity(reading, found) if found else None
    paper = _paper(reading)
    if paper and (identity is None or identity.level < paper.level):
        identity = paper
    if identity:
        yield identity
    payment = _payment(reading, found) if found else None
    if payment:
        yield payment


def _where(reading: Reading) -> str:
    return place(reading) if reading.document.attached else "the letter"


def _distinct(reading: Reading, found: list[Identifier], kinds: frozenset[Kind]) -> dict[Kind, int]:
    values: dict[Kind, set[str]] = {}
    for one in found:
        if one.kind in kinds and (one.strength > Strength.WEAK or one.kind in _BY_WORD):
            written = "".join(c for c in reading.text[one.start : one.end] if c.isalnum())
            values.setdefault(one.kind, set()).add(written.upper())
    return {kind: len(written) for kind, written in values.items()}


_BY_WORD = _FAINT | {Kind.US_BANK_NUMBER}
"""Their word is what makes them weak identifiers at all."""


# --- numbers ---------------------------------------------------------------------------------


def _identity(reading: Reading, found: list[Identifier]) -> _Matter | None:
    counts = _distinct(reading, found, IDENTITY)
    if not counts:
        return None
    total = sum(counts.values())
    firm = sum(count for kind, count in counts.items() if kind not in _FAINT)
    grave = sum(count for kind, count in counts.items() if kind in _GRAVE)
    if Kind.MRZ in counts or grave >= SEVERAL or firm >= MANY or (firm and total >= MANY):
        level = 3
    else:
        level = 2 if firm or total >= MANY else 1
    if Kind.MRZ in counts and total > counts[Kind.MRZ]:
        total -= counts[Kind.MRZ]
    names = sorted({_NAMES.get(kind, "national identity") for kind in counts})
    number = "an identifying number" if total == 1 else f"{total} identifying numbers"
    because = f"{_where(reading)} holds {number} of persons ({', '.join(names)})"
    return _Matter("identity", level, total, because, reading)


def _payment(reading: Reading, found: list[Identifier]) -> _Matter | None:
    cards = sum(_distinct(reading, found, frozenset({Kind.CREDIT_CARD})).values())
    if cards:
        listed = cards >= SEVERAL or _SECURITY_CODE.search(reading.text) is not None
        number = "a payment card number" if cards == 1 else f"{cards} payment card numbers"
        because = f"{_where(reading)} holds {number}"
        return _Matter("payment", 3 if listed else 2, cards, because, reading)
    accounts = sum(_distinct(reading, found, _ACCOUNTS).values())
    if not accounts:
        return None
    level = 2 if accounts > 2 * MANY else 1
    number = "a bank account number" if accounts == 1 else f"{accounts} bank account numbers"
    return _Matter("payment", level, accounts, f"{_where(reading)} holds {number}", reading)


# --- identity papers by their form ----------------------------------------------------------------

_FIELDS: tuple[str, ...] = (
    (
        r"surname|family name|last name|nom(?: de famille)?|apellidos?|cognome|nachname|name in full"
        r"|full name|name of holder|(?:licen[cs]e |permit |card )?holder|primary identifier|ln"
    ),
    (
        r"given names?|first names?|forenames?|prenoms?|vornamen?|nombres?|secondary identifier"
        r"|other names|fn"
    ),
    r"nationality|nationalite|nacionalidad|staatsangehorigkeit|citizenship|cittadinanza",
    r"date of birth|birth date|dob|date de naissance|fecha de nacimiento|geburtsdatum|born",
    (
        r"place of birth|birthplace|lieu de naissance|lugar de nacimiento|geburtsort|country of birth"
        r"|place and country of birth"
    ),
    r"sex|gender|sexe|sexo|geschlecht",
    (
        r"date of issue|issue date|issued on|issued|date de delivrance|fecha de expedicion"
        r"|ausstellungsdatum|date issued|valid from|first issued|iss"
    ),
    (
        r"date of expiry|expiry date|expiration date|date of expiration|expires|expires on|valid until"
        r"|valid to|valid till|date d expiration|gultig bis|fecha de caducidad|expiry|exp"
    ),
    (
        r"issuing authority|authority|autorite|issued by|place of issue|issuing (?:country|state)"
        r"|country code|code of issuing state|behorde|issuing office"
    ),
    (
        r"passport (?:no|number|nr)|document (?:no|number)|card (?:no|number)|licen[cs]e (?:no|number)"
        r"|personal (?:no|number)|id (?:no|number)|visa (?:no|number)|passeport no|travel document"
        r"(?: no| number)?|identity (?:no|number|card no|card number)|dl (?:no)?|control number"
        r"|national identity number"
    ),
    (
        r"height|hgt|weight|wgt|eyes|eye colou?r|hair|endorsements|restrictions|class"
        r"|(?:vehicle |licen[cs]e )?(?:categories|classes)|type of permit|permit type"
    ),
    (
        r"purpose of (?:journey|visit|travel|stay)|port of entry|date of arrival|intended date of arrival"
        r"|number of entries|duration of (?:stay|visa)|occupation|current occupation|marital status"
        r"|civil status|type of visa|visa type|member state.{0,30}"
    ),
)
_LABEL = re.compile(
    r"(?:^|[\n\t;|]|\d[.)]? |(?<=/))[ *•\-(]{0,6}(?:\d{1,2}[a-d]?[.)]? ?)?(?:"
    + "|".join(f"({words})" for words in _FIELDS)
    + r")(?: ?\([^()\n]{0,40}\))?[ ]{0,3}(?=[:\t\n/=.|]|$| - |\d|[A-Z]{2})",
    re.IGNORECASE,
)
_PAPER = re.compile(
    rb"\b(passport|passeport|reisepass|pasaporte|passaporto|paspoort|travel document"
    rb"|identity card|identification card|id card|carte nationale d identite|personalausweis"
    rb"|driv(?:er|er s|ers|ing) licen[cs]e|residence permit|visa application|application for (?:an? )?"
    rb"(?:\w{1,12} ){0,2}visa|schengen visa|entry visa|laissez passer|seaman s book|military id"
    rb"|birth certificate|permis de conduire|fuhrerschein)\b"
)
_LIKELY = (
    *(b"birth", b" dob", b"date de naissance", b"fecha de nacimiento", b"geburtsdatum"),
    *(b" born", b"licence", b"license", b"permis de conduire", b"fuhrerschein"),
)
"""One of which stands in every paper that tells when its holder was born, or that is a licence."""
_NUMBERED = re.compile(r"(?<!\S)(1|2|3|4a|4b|5)\.[ \t]+\S")
"""The fields of a European driving licence have numbers for names (Directive 2006/126/EC, Annex I)."""
_NUMBERED_FIELDS = frozenset({"1", "2", "3", "4a", "4b", "5"})
_DATES = 2
_FEW_FIELDS, _MANY_FIELDS = 5, 7
_PAPERS = 100_000
"""Characters in which a paper's fields, dates and number are looked for."""


def _paper(reading: Reading) -> _Matter | None:
    """Recognise an identity paper, or the application for one, that has been filled in."""
    octets = reading.plain
    for word in _LIKELY:
        if word in octets:
            break
    else:
        return None
    if _PAPER.search(octets) is None:
        return None
    text = _unaccented(reading.text[:_PAPERS])
    because = f"{_where(reading)} reads like an identity paper, or an application for one"
    if {match[1] for match in _NUMBERED.finditer(text)} >= _NUMBERED_FIELDS:
        return _Matter("identity", 3, 1, because, reading)
    groups: set[int] = set()
    births = 0
    for match in _LABEL.finditer(text):
        group = match.lastindex or 0
        groups.add(group)
        births += group == _BIRTH
    if len(groups) < _FEW_FIELDS or _BIRTH not in groups:
        return None
    found = list(find(reading.text[:_PAPERS]))
    dates = sum(one.kind is Kind.DATE_TIME for one in found)
    numbers = any(one.kind in IDENTITY for one in found)
    if dates + 2 * numbers < _DATES:
        return None
    level = 3 if len(groups) >= _MANY_FIELDS or numbers else 2
    return _Matter("identity", level, max(1, births), because, reading)


_BIRTH = 4
_ACCENTED = str.maketrans("éèêàáâíîóôúûüñçäö", "eeeaaaiioouuuncao")


def _unaccented(text: str) -> str:
    return text if text.isascii() else text.translate(_ACCENTED)


DETECTOR = Detector("identifiers", frozenset(), detect)
