"""The detectors of matters that are told by the form of their papers: one table of papers for each."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType

import pytest
from tests.judge.build import content
from tests.judge.sensitivity import (
    papers_diplomatic,
    papers_discipline,
    papers_inspection,
    papers_research,
)

from missent.judge.content import Detector
from missent.judge.finding import Finding
from missent.judge.sensitivity import diplomatic, discipline, inspection, research
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text

CANARY = "Zanzibarquokka"
"""Stands at the end of every line of a paper, and must stand in no finding."""


@dataclass(frozen=True)
class Matter:
    """One detector and its papers."""

    detector: Detector
    category: str
    papers: ModuleType

    def found(self, text: str, *attached: Document, subject: str = "") -> list[Finding]:
        """Give what the detector finds in a letter."""
        vocabulary = Vocabulary(self.detector.words)
        seen = content(text, *attached, subject=subject, vocabulary=vocabulary)
        return list(self.detector.detect(seen))


MATTERS = (
    Matter(diplomatic.DETECTOR, "diplomatic", papers_diplomatic),
    Matter(discipline.DETECTOR, "personnel", papers_discipline),
    Matter(inspection.DETECTOR, "inspection", papers_inspection),
    Matter(research.DETECTOR, "research", papers_research),
)
EACH = pytest.mark.parametrize("matter", MATTERS, ids=lambda matter: matter.detector.name)


def _rows(name: str) -> Iterator[object]:
    for matter in MATTERS:
        for number, row in enumerate(getattr(matter.papers, name)):
            yield pytest.param(matter, *row, id=f"{matter.detector.name}-{number}")


@pytest.mark.parametrize(("matter", "subject", "text", "level"), [*_rows("PAPERS")])
def test_papers_are_known_by_their_form(
    matter: Matter, subject: str, text: str, level: int
) -> None:
    """A letter, a form, a table and broken lines are all read."""
    [finding] = matter.found(text, subject=subject)
    assert finding.facts["level"] == level
    assert finding.facts["category"] == matter.category
    assert finding.about == "message"


@pytest.mark.parametrize(("matter", "subject", "text"), [*_rows("OTHERS")])
def test_talk_and_news_are_not_papers(matter: Matter, subject: str, text: str) -> None:
    """The same words without the form, or a title without the rest, prove nothing."""
    assert matter.found(text, subject=subject) == []


@EACH
def test_an_attached_paper_is_named_by_its_position(matter: Matter) -> None:
    """The sentence says which part it is, and what was found is not repeated (law 8)."""
    subject, text, level = matter.papers.PAPERS[0]
    told = text.replace("\n", f" {CANARY}\n")
    paper = Document("2", "docx", name=f"{subject} {CANARY}.docx", texts=(Text(told),))
    [finding] = matter.found("Please see attached.", paper)
    assert finding.facts["level"] == level
    assert finding.about == "part 2"
    assert finding.because.startswith("part 2 looks like ")
    assert CANARY not in repr((finding, paper))


@EACH
def test_cells_of_a_table_are_labels(matter: Matter) -> None:
    """A form read from a spreadsheet counts as one written in lines."""
    _, text, _ = matter.papers.PAPERS[0]
    rows = tuple(tuple(line.split(":", 1)) for line in text.split("\n"))
    assert matter.found("For your eyes.", Document("2", "xlsx", tables=(Table(rows),)))


@EACH
def test_several_papers_are_counted(matter: Matter) -> None:
    """Two attached papers are one finding that counts both."""
    _, text, _ = matter.papers.PAPERS[0]
    papers = [Document(str(n), "pdf", texts=(Text(text),)) for n in (2, 3)]
    [finding] = matter.found("Both attached.", *papers)
    assert finding.facts["count"] == 2


@EACH
@pytest.mark.parametrize("unit", ["a:\n", ": \t| ", "({[ ", "report title 1.\t", "x1-", "A B\n"])
def test_hostile_text_is_read_in_linear_time(matter: Matter, unit: str) -> None:
    """A megabyte of separators does not stall it."""
    subject, text, _ = matter.papers.PAPERS[0]
    hostile = f"{subject}\n{text}\n" + unit * (1_000_000 // len(unit))
    started = time.process_time()
    matter.found(hostile)
    assert time.process_time() - started < 8
