"""How sensitive numbers of persons and accounts make a message."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.finding import Finding
from missent.judge.sensitivity.identifiers import DETECTOR, detect
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Text

PASSPORT = """PASSPORT
Type: P
Passport No: L12345678
Surname: SPECIMEN
Given names: ANNA MARIA
Nationality: UTOPIAN
Date of birth: 12 Aug 1974
Place of birth: ZENITH
Date of issue: 16 Apr 2027
Date of expiry: 15 Apr 2037
Authority: PASSPORT OFFICE
"""


ZONE = """P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<
L898902C36UTO7408122F1204159ZE184226B<<<<<10"""


def found(text: str) -> dict[str, Finding]:
    """Give the findings by category."""
    about = content(text, vocabulary=Vocabulary(DETECTOR.words))
    return {str(one.facts["category"]): one for one in detect(about)}


@pytest.mark.parametrize(
    ("text", "category", "level"),
    [
        ("her SSN is 536-90-4399", "identity", 2),
        ("SSN 536-90-4399, 219-09-9998, 536-90-4398", "identity", 3),
        ("my card 4111 1111 1111 1111", "payment", 2),
        ("my card 4111 1111 1111 1111, CVV 123", "payment", 3),
        ("please pay to IBAN DE89 3704 0044 0532 0130 00", "payment", 1),
        ("driver license 12345678", "identity", 1),
        (PASSPORT, "identity", 3),
        (
            ZONE,
            "identity",
            3,
        ),
    ],
)
def test_levels(text: str, category: str, level: int) -> None:
    """One number is confidential, several or a paper are worse, an account on an invoice is little."""
    assert found(text)[category].facts["level"] == level


@pytest.mark.parametrize(
    "text",
    [
        "Call me on (212) 555-0134 or write to ann@army.mil, 7/30/2024.",
        "Your passport renewal form asks for surname, date of birth and nationality.",
        "Order 123456789 shipped, tracking 1234567890123",
        "SSN 000-00-0000",
    ],
)
def test_ordinary_mail_has_none(text: str) -> None:
    """Ways to reach somebody, blank forms and order numbers are nothing."""
    assert not found(text)


def test_what_was_matched_is_not_repeated() -> None:
    """Law 8: the sentence and the repr hold no value."""
    finding = found("her SSN is 536-90-4399, passport L12345678")["identity"]
    assert "536" not in repr(finding)
    assert "L123" not in repr(finding)
    assert finding.facts["count"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "1 " * 500_000,
        "1" * 1_000_000,
        "date of birth: " * 60_000 + "passport",
        "12-12-" * 166_000,
        "123456789 " * 100_000,
        "passport A1234567 " * 55_000,
        "ssn 123-45-6789\n" * 60_000,
        "a\t1234567\n" * 100_000,
        "1234567a " * 110_000,
        "<<" * 500_000,
    ],
)
def test_hostile_text_is_read_in_linear_time(text: str) -> None:
    """A megabyte of almost-identifiers takes seconds at worst, not minutes."""
    started = time.process_time()
    found(text)
    assert time.process_time() - started < 8


EUROPEAN = """DRIVING LICENCE
1. ROWANTREE
2. ELSPETH MARY
3. 14.02.1979 EDINBURGH
4a. 03.06.2019 4b. 02.06.2029 4c. DVLA
5. ROWAN 752149 EM9IJ
8. 14 Larch Way"""
AMERICAN = """DRIVER LICENSE
DL 99887766
EXP 08/31/2028
LN HARROW
FN QUILL
DOB 03/14/1971
CLASS C
ISS 08/31/2023
EYES BRN"""
FORM = """Driving licence of the new driver
Holder: Tam Larkin
Date of birth: 12 May 1990
Valid from: 01/02/2020
Valid until: 31/01/2030
Categories: B, C1
Issuing authority: Roads Department"""


@pytest.mark.parametrize(("text", "level"), [(EUROPEAN, 3), (AMERICAN, 2), (FORM, 2)])
def test_driving_licences_are_identity_papers(text: str, level: int) -> None:
    """European ones number their fields, American ones abbreviate them, forms spell them out."""
    paper = Document("2", "text", texts=(Text(text),))
    found = list(DETECTOR.detect(content("Attached.", paper, vocabulary=Vocabulary(()))))
    assert max(int(one.facts["level"]) for one in found) >= level


@pytest.mark.parametrize(
    "text",
    [
        "You need a valid driving licence. 1. Apply. 2. Pay. 3. Wait. 5. Drive.",
        "Software licence, valid from 1 May 2031, expires 30 April 2032. Holder: the company.",
    ],
)
def test_talk_about_licences_is_no_paper(text: str) -> None:
    """A licence to use, or advice about one, is not somebody's paper."""
    assert not list(DETECTOR.detect(content(text, vocabulary=Vocabulary(()))))
