"""Everybody a message exposes is counted once, with what is said of them, and nobody is kept."""

from __future__ import annotations

import pytest
from tests.judge.build import content

from missent.judge.content import Content
from missent.judge.exposure import Exposure, exposed
from missent.judge.finding import Finding
from missent.judge.sensitivity import people_list
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text

KEY = b"0123456789abcdef"
NOTHING = Vocabulary(frozenset())
CREW = (
    ("Name", "Passport", "DOB"),
    ("Zebra Canary", "K1", "1980-02-01"),
    ("Jane Roe", "K2", "1981-02-01"),
    ("Ann Minor", "K3", "1982-02-01"),
)


def crew(*rows: tuple[str, ...]) -> Content:
    """Make a message with a crew list."""
    return content(
        "Hello", Document("2", "xlsx", tables=(Table(rows or CREW),)), vocabulary=NOTHING
    )


def test_everybody_is_counted_with_what_stands_in_their_row() -> None:
    """And with what was found in the same document."""
    found = list(people_list.detect(crew()))
    people = exposed(crew(), found, key=KEY)
    assert len(people) == 3
    assert {one.categories for one in people} == {frozenset({"people", "identity", "birth"})}


def test_whom_a_document_is_about_is_exposed_by_what_was_found_in_it() -> None:
    """A report with one patient; nothing is said of who is only in the letter."""
    report = Document("2", "pdf", texts=(Text("X-ray report\nPatient: Jane Roe\n"),))
    whole = content("Dear Mr Doe\n", report, vocabulary=NOTHING)
    health = Finding(
        "medical", "part 2", 0.0, "", facts={"category": "health", "level": 3, "count": 1}
    )
    [one] = exposed(whole, (health,), key=KEY, with_names=True)
    assert one.name == "Jane Roe"
    assert one.categories == {"health"}
    assert exposed(whole, (), key=KEY) == ()


def test_names_are_not_kept_unless_asked_for() -> None:
    """Neither in the hash, nor in a repr even where they are (law 8)."""
    people = exposed(crew(), (), key=KEY)
    assert all(one.name is None for one in people)
    named = exposed(crew(), (), key=KEY, with_names=True)
    assert "Zebra Canary" in {one.name for one in named}
    assert "zebra" not in repr((people, named)).lower()
    assert "1980" not in repr((people, named))


def test_the_same_person_has_the_same_hash_only_with_the_same_key() -> None:
    """However the name and the date are written."""
    other = crew(CREW[0], ("CANARY, Zebra", "K1", "01.02.1980"), *CREW[2:])
    first = {one.person for one in exposed(crew(), (), key=KEY)}
    assert first == {one.person for one in exposed(other, (), key=KEY)}
    assert first.isdisjoint({one.person for one in exposed(crew(), (), key=KEY[::-1])})


@pytest.mark.parametrize("key", [b"", b"short", b"x" * 65])
def test_a_key_that_is_none_is_refused(key: bytes) -> None:
    """A hash without a key could be looked up."""
    with pytest.raises(ValueError, match="octets"):
        exposed(crew(), (), key=key)


def test_many_messages_are_merged() -> None:
    """Each person once, with all categories; in any order and division."""
    pay = crew(("Name", "Salary"), ("Paul Doe", "1"), ("Mary Doe", "2"))
    one, other = Exposure(), Exposure()
    one.add(exposed(crew(), (), key=KEY))
    one.add(exposed(crew(), (), key=KEY))
    other.add(exposed(pay, (), key=KEY))
    one.merge(other)
    assert one.persons == 5
    assert one.by_category == {"birth": 3, "identity": 3, "finance": 2}
    assert one.by_number == {1: 2, 2: 3}
    assert repr(one) == "Exposure(5 people)"
