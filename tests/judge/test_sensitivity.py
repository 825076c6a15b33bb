"""The detectors that need no more than names and the subject."""

from __future__ import annotations

import pytest
from tests.judge.build import message

from missent.judge.content import read
from missent.judge.finding import Finding
from missent.judge.sensitivity import DETECTORS, VOCABULARY, marking


@pytest.mark.parametrize(
    ("subject", "level"),
    [
        ("TOP SECRET//SI//NOFORN: convoy", 4),
        ("SECRET//NOFORN", 4),
        ("(TS//SI//REL TO USA, FVEY) update", 4),
        ("UK SECRET - UK EYES ONLY", 4),
        ("RE: [SECRET] route", 4),
        ("NATO SECRET: plan", 4),
        ("Minutes [SEC=PROTECTED, CAVEAT=SH:CABINET]", 3),
        ("TLP:RED incident", 3),
        ("Minutes [SEC=OFFICIAL:Sensitive]", 2),
        ("Minutes [SEC=OFFICIAL: Sensitive]", 2),
        ("[OFFICIAL-SENSITIVE - HMG USE ONLY - PERSONAL DATA] pay", 2),
        ("OFFICIAL-SENSITIVE COMMERCIAL - bid", 2),
        ("CUI//SP-PRVCY//NOFORN", 2),
        ("Roster [Contains CUI]", 2),
        ("U//FOUO - roster", 2),
        ("NATO RESTRICTED: menu", 2),
        ("RESTREINT UE/EU RESTRICTED - note", 2),
        ("TLP:AMBER+STRICT indicators", 2),
        ("[SEC=OFFICIAL] lunch", 1),
        ("OFFICIAL: lunch", 1),
        ("Secret santa on Friday", 0),
        ("Top secret recipe", 0),
        ("The secret of success", 0),
        ("Our official opening", 0),
        ("Official: we won", 0),
        ("SECRET SANTA LIST", 0),
        ("Victoria's Secret order", 0),
        ("confidential", 0),
        ("", 0),
    ],
)
def test_a_marking_is_read_in_its_written_forms_only(subject: str, level: int) -> None:
    """Published forms are found at their level; the same words in a sentence are not."""
    found = list(marking.detect(read(message(subject), VOCABULARY)))
    assert _level(found) == level


def test_what_was_found_is_never_repeated() -> None:
    """No part of subject or file name enters a finding (law 8)."""
    secret = message("SECRET//NOFORN zebra", ("zebra crew list passport.xlsx",))
    found = [f for d in DETECTORS for f in d.detect(read(secret, VOCABULARY))]
    assert len(found) == 2
    assert "zebra" not in repr(found).lower()
    assert "noforn" not in repr(found).lower()


def _level(found: list[Finding]) -> int:
    return max((int(finding.facts["level"]) for finding in found), default=0)
