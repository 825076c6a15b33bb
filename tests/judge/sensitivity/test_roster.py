"""Rosters: crews, passengers, duties, units, staff."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.demo import CREW
from missent.judge.finding import Finding
from missent.judge.sensitivity.roster import DETECTOR
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text

WORDS = Vocabulary(DETECTOR.words)


def of(text: str, name: str | None = None, subject: str = "") -> list[Finding]:
    """Look at an attached text."""
    document = Document("2", "text", name, texts=(Text(text),))
    return list(DETECTOR.detect(content("Hello", document, subject=subject, vocabulary=WORDS)))


def of_table(*rows: tuple[str, ...], subject: str = "") -> list[Finding]:
    """Look at an attached table."""
    sheet = Document("2", "xlsx", tables=(Table(rows),))
    return list(DETECTOR.detect(content("Hello", sheet, subject=subject, vocabulary=WORDS)))


def test_the_crew_list_of_the_demo_is_one() -> None:
    """As text and as a table; the table's own file has no name."""
    rows = tuple(tuple(row.split(",")) for row in CREW.splitlines())
    for [found] in (of(CREW, "crew-list.csv"), of_table(*rows, subject="Crew for Thursday")):
        assert found.facts == {"kind": "crew", "category": "roster", "level": 3, "count": 4}


@pytest.mark.parametrize(
    ("text", "kind", "level"),
    [
        (
            (
                "IMO CREW LIST\n(IMO FAL Form 5)\n\nNo. Family name, given names Rank Nationality\n"
                "1 TRAORE Aminata Master MLI 12.05.1970 Bamako K1234567\n"
                "2 KOWALSKI Piotr Chief Officer POL 03.11.1981 Gdynia EA7654321\n"
                "3 NGUYEN Van Minh AB VNM 01.01.1990 Hue B7654321\n"
            ),
            "crew",
            3,
        ),
        (
            (
                "PASSENGER MANIFEST\n\nSeat  Name                 Passport\n1A    ROE/JANE MRS         K1\n"
                "1B    KOWALSKI/PIOTR MR    L1\n2A    TRAORE/AMINATA MS    A1\n"
            ),
            "passengers",
            3,
        ),
        (
            (
                "Duty roster week 21\n\nGate 1\t0600-1400\tSgt Jane Roe\n"
                "Gate 1\t1400-2200\tCpl Piotr Kowalski\nGate 2\t0600-1400\tCpl John Doe\n"
            ),
            "duty",
            3,
        ),
        (
            (
                "1st Battalion chain of command\nCommander: LTC Jane Roe\nXO: MAJ Piotr Kowalski\n"
                "CSM: CSM John Doe\nS-1: CPT Mary Major\nS-2: CPT Ann Minor\n"
            ),
            "unit",
            3,
        ),
        (
            (
                "Staff list\nName,Position,Phone\nJane Roe,Clerk,1\nPiotr Kowalski,Cook,2\n"
                "Aminata Traore,Driver,3\nMary Major,Nurse,4\nJohn Doe,Clerk,5\n"
            ),
            "staff",
            2,
        ),
    ],
)
def test_each_kind_is_found(text: str, kind: str, level: int) -> None:
    """By title, columns, ranks and shifts together."""
    [found] = of(text)
    assert (found.facts["kind"], found.facts["level"]) == (kind, level)


def test_names_beside_shifts_day_after_day_are_a_duty_roster() -> None:
    """Without any title."""
    [found] = of_table(
        ("Name", "Mon", "Tue", "Wed", "Thu"),
        ("Jane Roe", "D", "N", "OFF", "D"),
        ("Piotr Kowalski", "N", "OFF", "D", "D"),
        ("Aminata Traore", "OFF", "D", "N", "N"),
    )
    assert found.facts["kind"] == "duty"


def test_a_day_a_row_with_its_names_is_a_duty_roster() -> None:
    """Several names in a row, no column of names."""
    [found] = of_table(
        ("Date", "Day watch", "Night watch"),
        ("2031-05-01", "SGT Roe", "CPL Doe"),
        ("2031-05-02", "CPL Major", "SGT Minor"),
        ("2031-05-03", "CPL Doe", "SGT Roe"),
    )
    assert (found.facts["kind"], found.facts["count"]) == ("duty", 4)


def test_soldiers_with_unit_and_number_are_a_unit() -> None:
    """Ranks and what stands beside them suffice."""
    [found] = of_table(
        ("Rank", "Name", "Service number", "Unit"),
        ("SGT", "Roe", "1", "A Coy"),
        ("CPL", "Kowalski", "2", "A Coy"),
        ("PFC", "Traore", "3", "B Coy"),
    )
    assert found.facts["kind"] == "unit"
    assert found.facts["count"] == 3


@pytest.mark.parametrize(
    "rows",
    [
        (
            *(("EDIPI", "LAST", "FIRST", "GRADE"), ("1", "ROE", "JANE", "E-5")),
            *(("2", "DOE", "JOHN", "O-3"), ("3", "MAJOR", "MARY", "W-2")),
        ),
        (("24561789", "SGT Roe", "1 Pl"), ("24562789", "CPL Doe", "1 Pl"), ("24563789", "PFC Poe", "")),
        (
            *(("24561789", "SGT", "Roe", "Jane"), ("24562789", "CPL", "Doe", "John")),
            ("24563789", "PFC", "Minor", "Ann"),
        ),
        (
            *(("Army No", "Rank", "Name"), ("J-1", "Maj", "Jane Roe")),
            *(("J-2", "Capt", "John Doe"), ("J-3", "Lt", "Ann Minor")),
        ),
    ],
)  # fmt: skip
def test_a_column_of_service_numbers_makes_a_unit(rows: tuple[tuple[str, ...], ...]) -> None:
    """With or without a header, ranks as words or as pay grades."""
    [found] = of_table(*rows)
    assert (found.facts["kind"], found.facts["level"], found.facts["count"]) == ("unit", 3, 3)


@pytest.mark.parametrize("piece", ["SGT Jane Roe\n", "crew, ", "Duty\tSgt Roe\n", "Rank: Sgt\n"])
def test_hostile_text_takes_no_longer(piece: str) -> None:
    """A megabyte of anything is judged in time."""
    whole = content(piece * (1_000_000 // len(piece)), vocabulary=WORDS)
    start = time.process_time()
    list(DETECTOR.detect(whole))
    assert time.process_time() - start < 8.0


@pytest.mark.parametrize(
    "text",
    [
        "The crew list will follow.\n",
        "Duty roster\n\nGate,Price,Qty\nNorth,1,2\nSouth,2,3\nEast,3,4\n",
        "Attendees:\n- Jane Roe\n- Piotr Kowalski\n- Aminata Traore\n",
        "Name,Jan,Feb,Mar\nJane Roe,100,200,300\nJohn Doe,100,200,300\nAnn Minor,100,200,300\n",
        "Name,Company,Phone\nJane Roe,Acme,1\nJohn Doe,Acme,2\nAnn Minor,Zeta,3\n",
        "",
    ],
)
def test_other_lists_are_no_rosters(text: str) -> None:
    """A title without names, names without a roster, sales by month."""
    assert of(text) == []


def test_what_was_found_is_never_repeated() -> None:
    """Neither names nor file names (law 8)."""
    text = "Name,Rank,Passport\nZebra Canary,Master,K7654321\nJane Roe,Mate,K1\nJohn Doe,Cook,K2\n"
    found = of(text, "zebra crew list.csv", subject="zebra")
    assert len(found) == 1
    assert "zebra" not in repr(found).lower()
    assert "7654321" not in repr(found)
