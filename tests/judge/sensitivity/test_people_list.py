"""Lists of people, by what was read of them, or by the names of what was not."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content, message

from missent.judge.content import read
from missent.judge.finding import Finding
from missent.judge.sensitivity.people_list import DETECTOR
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Reason, Table, Text

WORDS = Vocabulary(DETECTOR.words)
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def sheet(*rows: tuple[str, ...], name: str | None = None) -> Document:
    """Make an attached spreadsheet."""
    return Document("2", "xlsx", name, tables=(Table(rows),))


def staff(count: int, *more: str) -> tuple[tuple[str, ...], ...]:
    """Make rows with so many people."""
    return tuple((f"Jane Roe{LETTERS[i // 26]}{LETTERS[i % 26]}", *more) for i in range(count))


def detect(text: str, *attached: Document, subject: str = "") -> list[Finding]:
    """Look at a message."""
    return list(DETECTOR.detect(content(text, *attached, subject=subject, vocabulary=WORDS)))


def _level(found: list[Finding]) -> int:
    return max((int(finding.facts["level"]) for finding in found), default=0)


@pytest.mark.parametrize(
    ("subject", "files", "level"),
    [
        ("", ("crew_list.xlsx",), 2),
        ("", ("Passenger Manifest 12 May.pdf",), 2),
        ("", ("list-of-all-employees.csv",), 2),
        ("Staff roster", ("may.xlsx",), 2),
        ("Crew list and passport numbers", ("crew.xlsx",), 3),
        ("", ("patient records.csv",), 3),
        ("Crew list", (), 0),
        ("Crew list", ("photo.jpg",), 0),
        ("", ("price list.xlsx",), 0),
        ("", ("packing list.pdf", "staff-party.pdf"), 0),
        ("", ("staffordshire-listings.pdf",), 0),
    ],
)
def test_a_list_of_people_is_told_by_name(subject: str, files: tuple[str, ...], level: int) -> None:
    """It takes a document, and people, and a list."""
    found = list(DETECTOR.detect(read(message(subject, files), WORDS)))
    assert _level(found) == level


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ((("Name", "Department"), *staff(2, "Ops")), 0),
        ((("Name", "Department"), *staff(3, "Ops")), 1),
        ((("Name", "Phone"), *staff(9, "+1 202 555 0100")), 1),
        ((("Name", "Department"), *staff(10, "Ops")), 2),
        ((("Name", "Department"), *staff(100, "Ops")), 3),
        ((("Name", "Date of birth"), *staff(3, "1980-01-02")), 3),
        ((("Name", "Passport no."), *staff(3, "K1")), 3),
        ((("Name", "Nationality"), *staff(3, "MLI")), 3),
        ((("Name", "Home address"), *staff(3, "1 High St")), 3),
        ((("Employee", "Salary"), *staff(3, "1")), 3),
        ((("Patient", "Diagnosis"), *staff(3, "flu")), 3),
        ((("Name", "Company", "Address"), *staff(3, "Acme", "1 High St")), 1),
        ((("Name", "Date of birth"), *staff(2, "1980-01-02")), 0),
        (
            (
                ("Employee ID", "Name", "Department"),
                *((f"E{i}", *staff(3, "Ops")[i]) for i in range(3)),
            ),
            2,
        ),
        ((("Name", "Department", "Position", "Extension"), *staff(5, "Ops", "Clerk", "12")), 2),
        ((("Name", "Position", "Home phone"), *staff(3, "Clerk", "1")), 3),
        ((("Product", "Price"), ("Roe", "1"), ("Doe", "2"), ("Poe", "3")), 0),
    ],
)
def test_the_level_comes_from_how_many_and_what(
    rows: tuple[tuple[str, ...], ...], level: int
) -> None:
    """Numbers, and columns that are nobody else's business."""
    assert _level(detect("", sheet(*rows))) == level


def test_the_count_is_of_distinct_people() -> None:
    """And the sentence says where they are, and what of."""
    rows = (("Name", "DOB"), *staff(5, "1980-01-02"), *staff(5, "1980-01-02"))
    [found] = detect("", sheet(*rows))
    assert found.facts == {"category": "people", "level": 3, "count": 5, "personal": True}
    assert found.because == "part 2 lists 5 people, with their birth dates"


def test_structure_decides_where_a_document_was_read() -> None:
    """A file name does not make a price list one of people, nor one of people worse."""
    text = Document("2", "pdf", "crew list.pdf", texts=(Text("Nothing here.\n"),))
    assert detect("", text) == []
    assert (
        _level(detect("", sheet(("Name", "Rank"), *staff(3, "Mate"), name="crew list.xlsx"))) == 1
    )


def test_a_document_that_could_not_be_read_is_told_by_name() -> None:
    """For example one with a password."""
    locked = Document("2", "xlsx", "crew list.xlsx", problems=(Reason.ENCRYPTED,))
    assert _level(detect("", locked)) == 2


def test_bare_names_in_a_letter_are_who_comes_to_a_meeting() -> None:
    """Ten in an attachment are level 2, in the letter level 1."""
    text = "Attendees:\n" + "\n".join(name for (name,) in staff(12))
    assert _level(detect(text)) == 1
    assert _level(detect("", Document("2", "text", texts=(Text(text),)))) == 2


def test_a_few_names_in_a_letter_are_nothing() -> None:
    """Who was in a meeting; in an attachment three are level 1."""
    text = "Attendees:\n" + "\n".join(name for (name,) in staff(4))
    assert detect(text) == []
    assert _level(detect("", Document("2", "text", texts=(Text(text),)))) == 1


@pytest.mark.parametrize("piece", ["Jane Roe\n", "Name\tBorn\n", "a, b, ", "A  B\n", "Name: Jo\n"])
def test_hostile_text_takes_no_longer(piece: str) -> None:
    """A megabyte of anything is judged in time."""
    whole = content(piece * (1_000_000 // len(piece)), vocabulary=WORDS)
    start = time.process_time()
    list(DETECTOR.detect(whole))
    assert time.process_time() - start < 8.0


def test_what_was_found_is_never_repeated() -> None:
    """Neither names nor numbers nor file names (law 8)."""
    rows = (("Name", "Passport"), ("Zebra Canary", "K7654321"), *staff(4, "K1"))
    shown = repr(detect("", sheet(*rows, name="zebra.xlsx"), subject="zebra")).lower()
    assert "zebra" not in shown
    assert "7654321" not in shown
