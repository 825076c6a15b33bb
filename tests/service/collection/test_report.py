"""Beliefs about the owner's report: right sums, right words, bounded lists, harmless names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.service.collection.happenings import (
    BASIS,
    NOW,
    TODAY,
    bot,
    count,
    hit,
    item,
    month,
    name,
    reported,
    seal,
)

from missent.service.collection.plain import to_plain
from missent.service.collection.telling import sentence, told
from missent.service.ports import NewEvent
from missent.store.store import SqlStore, open_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Open an empty store."""
    store = open_store(f"sqlite:///{tmp_path}/m.db", node="n")
    yield store
    store.close()


def test_the_sentence_says_how_many_for_whom_from_whom_and_who_keeps_writing(
    store: SqlStore,
) -> None:
    """One sentence has the whole story."""
    count(store, month())
    report = reported(store)
    assert sentence(report) == (
        "In 30 days 47 messages for army.mil came to army.ml; 26 were probably real, from 2 "
        "organisations; 2 senders keep writing."
    )
    assert told(report, 10).asides[0] == "The rest: 1 unclear and 20 probably spam."


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        ([], "In 30 days no message came to army.ml."),
        (
            [hit("ann@contractor.example", "john@army.ml")],
            "In 30 days 1 message for army.mil came to army.ml; it was probably real, from 1 organisation.",
        ),
        (
            [bot("info@army.ml")],
            "In 30 days 1 message for army.mil came to army.ml; it was probably spam.",
        ),
        (
            [hit(None, "john@army.ml"), hit(None, "rose@army.ml")],
            "In 30 days 2 messages for army.mil came to army.ml; whether they were real is unclear.",
        ),
        (
            [hit(None, "john@army.ml"), bot("info@army.ml"), bot("sales@army.ml")],
            "In 30 days 3 messages for army.mil came to army.ml; 1 is unclear, 2 were probably spam.",
        ),
    ],
)
def test_none_one_and_unclear_read_right(
    store: SqlStore, hits: list[object], expected: str
) -> None:
    """No plural is wrong and nothing unclear is called real."""
    count(store, hits)  # type: ignore[arg-type]
    assert sentence(reported(store)) == expected


def test_several_typo_domains_are_counted_and_the_first_is_named(store: SqlStore) -> None:
    """The sentence stays short however many domains there are."""
    navy = replace(hit("ann@contractor.example", "x@navy.ml"), meant=name("navy.mil"))
    count(store, [hit("ann@contractor.example", "john@army.ml", n) for n in range(2)])
    count(store, [navy])
    said = sentence(reported(store))
    assert "3 messages came to 2 typo domains (army.ml, meant for army.mil, most often: 2)" in said


def test_days_are_those_asked_for_and_none_is_left_out(store: SqlStore) -> None:
    """Each day has a row, today included; what is older is not counted."""
    count(store, [hit("ann@contractor.example", "john@army.ml", ago) for ago in (0, 6, 7)])
    report = reported(store, days=7)
    assert [day.day for day in report.by_day] == [
        TODAY - timedelta(days=n) for n in range(6, -1, -1)
    ]
    assert report.split.hits == 2
    assert report.by_day[0].split.real == report.by_day[-1].split.real == 1


def test_organisations_with_nothing_but_spam_are_not_to_be_warned(store: SqlStore) -> None:
    """Spammers are counted, not listed; the most real mail comes first."""
    count(store, month())
    report = reported(store)
    assert [one.name for one in report.organisations] == ["contractor.example", "shipping.example"]
    first = report.organisations[0]
    assert (first.split.real, first.persistent, first.aligned) == (21, 1, 1.0)
    assert report.unnamed == 1


def test_only_pairs_of_these_days_that_are_no_spam_are_persistent(store: SqlStore) -> None:
    """A pair that fell silent before these days is left out."""
    count(store, [hit("old@contractor.example", "john@army.ml", 60 + n) for n in range(4)])
    count(store, [hit("ann@contractor.example", "john@army.ml", n) for n in range(4)])
    count(store, [hit("two@contractor.example", "john@army.ml", n) for n in range(2)])
    assert [pair.sender.wire for pair in reported(store).pairs] == ["ann@contractor.example"]


def test_sealed_messages_are_summed_by_level_category_and_people(store: SqlStore) -> None:
    """What is known without the key: levels, categories, people; never what was matched."""
    seal(store, [item(1, 3, ("health", 3), people=40), item(2, 2, ("health", 2), ("people", 2))])
    basis = replace(BASIS, collects=True, legal_basis="Act 7")
    words = told(reported(store, basis), 10)
    assert words.sealed == "2 messages were sealed; 2 of level 2 or more; data of up to 40 people."
    assert [(row.name, row.real, row.text) for row in words.categories] == [
        ("health", 2, "up to level 3"),
        ("lists of names", 1, "up to level 2"),
    ]
    assert words.basis[0] == "Legal basis: Act 7"


def test_what_was_sealed_before_is_not_said_to_be_nothing(store: SqlStore) -> None:
    """Who refuses again still keeps what was sealed, also where the days of the report have none of it."""
    seal(store, [replace(item(1, 3), at=NOW - timedelta(days=40))])
    assert "kept until its time ends" in told(reported(store), 10).sealed
    store.destroyed([item(1, 3).item_id], NOW, NewEvent("item.expired", "i", "t", NOW, {}))
    assert told(reported(store), 10).sealed.startswith("Nothing is kept")


def test_lists_are_bounded_and_say_what_is_left_out(store: SqlStore) -> None:
    """Ten rows, and 14 more."""
    count(store, [hit(f"a@org{n}.example", "john@army.ml", d) for n in range(24) for d in range(3)])
    words = told(reported(store), 10)
    assert (len(words.organisations), words.more_organisations) == (10, "and 14 more")
    assert (len(words.pairs), words.more_pairs) == (10, "and 14 more")


def test_without_a_directory_the_report_says_why_so_much_is_unclear(store: SqlStore) -> None:
    """The reader learns what is missing and where to name it."""
    count(store, [hit("ann@contractor.example", "john@army.ml", n, listed=None) for n in range(3)])
    asides = told(reported(store, replace(BASIS, directory=False)), 10).asides
    assert any("organisation.directory" in aside for aside in asides)


def test_the_plain_form_has_every_figure(store: SqlStore) -> None:
    """JSON says the same as the page, whole, and can be written."""
    count(store, month())
    plain = json.loads(json.dumps(to_plain(reported(store))))
    assert plain["messages"] == {"all": 47, "real": 26, "unclear": 1, "spam": 20}
    assert sum(day["all"] for day in plain["by_day"]) == 47
    assert plain["domains"][0] == {
        "domain": "army.ml",
        "intended": "army.mil",
        "all": 47,
        "real": 26,
        "unclear": 1,
        "spam": 20,
        "organisations": 2,
    }
    assert plain["persistent"][0]["sender"] == "ann@contractor.example"
    assert plain["persistent"][0]["messages"] == 12
    assert plain["basis"]["mode"] == "refuse"
    assert plain["made_at"] == NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
