"""The categories of what leaks, on generated papers as plain text; `bench.categories` has all formats."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bench.categories import SETS, categories
from bench.papers import Template, desk
from bench.papers.rendering import as_text
from tests.judge.build import letter, message

from missent.mail.document import Document, Text

SEEDS = range(3)
LEAST = {"first": 0.90, "second": 0.75}
"""Share of papers told for what they are; the second set is by a writer the detectors do not know, and
nothing is ever tuned on it, so its floor is low. Falls below it are regressions."""
MOST = 0.08
"""Share of ordinary papers taken for something."""


def _found(template: Template, seed: int) -> tuple[str, set[str]]:
    paper = template(desk(seed))
    attached = Document("2", "text", "document.txt", texts=(Text(as_text(paper).decode()),))
    about = message("Document", documents=(letter("Please find it attached."), attached))
    return paper.category, set(categories(replace(about, parts=())))


@pytest.mark.parametrize("name", sorted(SETS))
def test_papers_that_leak_are_told_by_what_they_are(name: str) -> None:
    """Most papers of every kind are found as that kind."""
    leaking, _ = SETS[name]
    told = [_found(template, seed) for template in leaking for seed in SEEDS]
    right = sum(category in found for category, found in told)
    assert right / len(told) >= LEAST[name]


@pytest.mark.parametrize("name", sorted(SETS))
def test_ordinary_papers_are_left_alone(name: str) -> None:
    """Minutes, prices and newsletters are what most mail carries."""
    _, harmless = SETS[name]
    told = [_found(template, seed)[1] for template in harmless for seed in SEEDS]
    assert sum(bool(found) for found in told) / len(told) <= MOST
