"""What the detectors look at."""

from __future__ import annotations

import pytest
from tests.judge.build import content, letter, message

from missent.judge.content import finding, place, read
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text, Where

WORDS = Vocabulary(["crew", "kin", "roster"])
SHEET = Document(
    "2/1",
    "xlsx",
    "crew roster.xlsx",
    texts=(Text("next of  kin", Where.COMMENT),),
    tables=(Table((("Name", "Rank"), ("A. Roe", "Captain")), "Crew"),),
)


def test_subject_and_letter_come_first_and_each_attachment_is_its_own() -> None:
    """A reading is a document; everything in it is in its text, cells separated by tabs."""
    seen = content("the letter", SHEET, subject="Crew", vocabulary=WORDS)
    assert [reading.text for reading in seen.readings] == [
        "Crew\nthe letter",
        "next of  kin\nCrew\nName\tRank\nA. Roe\tCaptain",
    ]
    assert seen.letter.words == {"crew"}
    assert seen.attached[0].words == {"crew", "kin", "roster"}
    assert place(seen.attached[0]) == "part 2/1"


def test_a_phrase_is_words_one_after_the_other() -> None:
    """Line ends and spaces between them do not matter; other words do."""
    reading = content("x", SHEET, vocabulary=WORDS).attached[0]
    assert reading.says("next of kin")
    assert reading.says("crew")
    assert not reading.says("next kin")
    assert not reading.says("of kin a")


def test_a_message_without_text_still_has_a_letter() -> None:
    """A subject alone can carry a marking."""
    seen = read(message("SECRET"), WORDS)
    assert [reading.text for reading in seen.readings] == ["SECRET"]
    assert read(message(), WORDS).letter.text == ""


def test_what_was_read_is_in_no_repr_and_in_no_finding() -> None:
    """Neither a debugger's print nor a finding repeats it (law 8)."""
    seen = content("zebra", SHEET, subject="okapi", vocabulary=WORDS)
    found = finding(
        "x", seen.attached[0], category="people", level=2, count=3, because="3 people are listed"
    )
    assert found.about == "part 2/1"
    for canary in ("zebra", "okapi", "Roe", "Captain", "next of", "roster"):
        assert canary not in repr((seen, found))


@pytest.mark.parametrize("text", ["", "x"])
def test_what_is_derived_is_made_once(text: str) -> None:
    """Two detectors that need the same structure do not make it twice."""
    seen = read(message("s", documents=(letter(text),)), WORDS)
    made: list[str] = []
    for _ in range(2):
        assert seen.letter.derived("key", lambda one: made.append(one.text)) is None
    assert len(made) == 1
