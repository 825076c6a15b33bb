"""How titles, labels and rows are told in texts of any layout."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.content import Reading
from missent.judge.form import Cues, Gate, form, people, rows
from missent.judge.vocabulary import Vocabulary

CUES = Cues(
    titles={3.0: "pay slip"},
    labels={2.0: "net pay; pay; tax code", 0.5: "name"},
    phrases={1.0: "for your records"},
)
NAMES = frozenset({"name"})
HEADS = NAMES | {"rank", "unit", "base"}


def _reading(text: str) -> Reading:
    return content(text, vocabulary=Vocabulary(CUES.words)).letter


@pytest.mark.parametrize(
    "text",
    [
        "Net pay: 2,400.00",
        "Net\npay\n2,400.00",
        "Net pay\t2,400.00",
        "Net pay      2,400.00",
        "12 Net pay 2,400.00",
        "12b NET PAY 2,400.00",
        "Gross \u00a33,100.00 Net pay \u00a32,400.00 Tax 700.00",
        "| Net pay | 2,400.00 |",
    ],
)
def test_a_label_is_found_in_any_layout(text: str) -> None:
    """Colon, cell, columns, box numbers and amounts all make a label; broken lines only wording."""
    assert form(_reading(text)).labels(b"net pay") is ("\npay" not in text)
    assert form(_reading(text)).says(b"net pay")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("PAY SLIP\nMay", True),
        ("Alder Group - Pay slip - May", True),
        ("Pay slip for the month of May 2031", True),
        ("Your pay slip:\n", True),
        ("I never saw my pay slip although I asked Ann and Ben and Carl for it every day", False),
        ("Pay\nslip", False),
    ],
)
def test_a_title_is_a_short_line(text: str, title: bool) -> None:
    """The same words within a sentence entitle nothing."""
    assert form(_reading(text)).entitles(b"pay slip") is title


def test_a_cue_that_ends_another_does_not_count_beside_it() -> None:
    """``pay`` in ``net pay`` is no second evidence."""
    evidence = CUES.evidence(_reading("Pay slip\nNet pay: 10\nKeep this for your records"))
    assert dict(evidence.labels) == {"net pay": 2.0}
    assert (evidence.title, evidence.label, evidence.phrase) == (3.0, 2.0, 1.0)
    assert evidence.weight == 6.0
    assert evidence.count(("net pay", "pay slip", "tax code")) == 2


def test_rows_below_a_head_are_counted() -> None:
    """Only a head of three known cells, one of them a name, begins a table."""
    table = "Name\tRank\tUnit\tBase\nA B\tSGT\t1\tX\nC D\tCPL\t2\tY\n\nRegards"
    assert rows(_reading(table), HEADS, NAMES) == 2
    assert rows(_reading(table.replace("Name", "Item")), HEADS, NAMES) == 0


def test_people_are_counted_by_family_name() -> None:
    """A person named twice is one person."""
    assert people(_reading("Mr Bo Lind, Ms. Eve Lark and Col Grant Moss met Mr. Lind")) == 3


def test_distinct_values_of_a_label_are_counted() -> None:
    """The same value again is no further record."""
    assert len(form(_reading("Name: A\nName: B\nName: A")).values(b"name")) == 2


RARE = Cues(titles={}, labels={}, phrases={1.0: "zither; yurt; xebec; the meeting"})
GATE = Gate(RARE, least=2.0, crowd=3.0)


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("A zither in a yurt.", True),
        ("A zither, the meeting.", False),
        ("Zither, yurt and xebec. " + "Thanks. " * 2_000, False),
        ("Zither. " + "Thanks. " * 1_000 + "Yurt. " + "Thanks. " * 1_000 + "Xebec.", False),
    ],
)
def test_a_gate_opens_for_enough_rare_words(text: str, opens: bool) -> None:
    """Words of which all mail is full say nothing; of a long text more is asked."""
    assert GATE.opens(content(text, vocabulary=Vocabulary(RARE.words)).letter) is opens


def test_rare_words_of_a_long_text_weigh_where_they_stand_together() -> None:
    """A few words of every matter, far apart, are in any long text."""
    apart = " Zither. " + "Thanks. " * 1_000 + "Yurt. " + "Thanks. " * 1_000 + "Xebec. "
    together = " Zither, yurt and xebec. " + "Thanks. " * 2_000
    vocabulary = Vocabulary(RARE.words)
    assert GATE.weight(content(apart, vocabulary=vocabulary).letter) == 1.0
    assert GATE.weight(content(together, vocabulary=vocabulary).letter) == 3.0


def test_a_gate_reads_a_megabyte_in_time() -> None:
    """What is hostile costs no more than looking for each word once."""
    reading = content("zither yurt " * 90_000 + "xebec", vocabulary=Vocabulary(RARE.words)).letter
    before = time.process_time()
    GATE.opens(reading)
    assert time.process_time() - before < 1.0


def test_nothing_of_the_text_is_in_a_repr() -> None:
    """What is in the mail is never shown (law 8)."""
    assert "zebra" not in repr(form(_reading("zebra")))
