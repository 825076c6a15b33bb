"""The judge in hindsight: it sees what the live store would show it, and says what the guard would say."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.judge.build import message
from tests.service.investigation.evidence import ANN, BEGIN, ORGANISATION, OURS, book, name

from missent.judge.case import Record
from missent.judge.finding import Finding
from missent.judge.policy import Policy
from missent.judge.verdict import Verdict
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.counting import names_to_read
from missent.service.investigation.book import DOUBTFUL, MISDIRECTED, Book, named
from missent.service.investigation.census import Census
from missent.service.memory import Memory
from missent.service.ports import Sighting, SightingKind

SENDER = Mailbox.parse(ANN)
TRAFFIC = {
    "ann@partner.example": (30, 20),
    "kim@partner.example": (9, 4),
    "ann@partnr.example": (6, 0),
    "john@army.ml": (2_000, 0),
    "john@army.mil": (2, 0),
    "orders@mali-mines.ml": (40, 12),
    "bob@contractr.example": (3, 0),
}


def test_the_judge_sees_what_the_live_store_would_show() -> None:
    """Of the same traffic the records of a name, its owner and its suffix agree in what both know."""
    census, memory, lots = Census(), Memory(), random.Random(5)
    names = [
        *("partner.example", "mail.partner.example", "a.b.partner.example", "partnr.example"),
        *("base.mil", "x.port.mil", "army.ml", "clerk.gov.uk", "any.go.uk", "[192.0.2.1]"),
        *("bücher.example", "gov.uk", "mil"),
    ]
    for number in range(600):
        mailbox = Mailbox.parse(f"{lots.choice('abc')}@{lots.choice(names)}")
        at, wrote = BEGIN + timedelta(hours=lots.randrange(9_000)), lots.random() < 0.3
        kind = SightingKind.HEARD_WEAKLY if wrote else SightingKind.SENT
        memory.learn([Sighting(kind, mailbox, SENDER, at, f"<{number}@x.example>")])
        census.count(mailbox.domain.ascii, int(not wrote), int(wrote), at, at)
    census.close()
    made = Book(census, ORGANISATION, Policy.with_defaults(), {})
    for written in map(name, names):
        box = Mailbox("zoe", written)
        mine, live = made._view(box), memory.view(SENDER, (box,), BEGIN)
        assert set(mine.domains) == set(names_to_read(written))
        for text in names_to_read(written):
            known = name(text)
            assert _both(mine.domain(known)) == _both(live.domain(known)), (written, text)


def _both(record: Record) -> tuple[object, ...]:
    heard = record.heard_weakly + record.answered
    return record.sent, heard, record.first_seen, record.last_seen


def test_neighbours_come_with_the_records_of_their_owners() -> None:
    """A name that may be meant is known by all that went to or below it."""
    traffic = {
        "a@partner.example": (1, 0),
        "b@mail.partner.example": (5, 2),
        "c@partnr.example": (1, 0),
    }
    view = book(traffic)._view(Mailbox.parse("c@partnr.example"))
    near = {one.domain.ascii: one.record for one in view.near(name("partnr.example"))}
    assert near["partner.example"].sent == 6
    assert near["partner.example"].answered == 2
    assert near["mail.partner.example"].sent == 5
    assert view.hindsight


def test_the_same_person_elsewhere_is_shown() -> None:
    """The recipient, and whoever has the same local part where it may have been meant for."""
    view = book(TRAFFIC, listed=["kim@partner.example"])._view(Mailbox.parse("KIM@partnr.example"))
    kim = view.mailbox(Mailbox.parse("kim@partner.example"))
    assert (kim.sent, kim.answered, kim.in_directory) == (9, 4, True)
    assert view.mailbox(Mailbox.parse("kim@partnr.example")) == Record()
    assert view.mailbox(Mailbox.parse("ann@partner.example")) == Record()


def test_a_listed_mailbox_is_shown_though_nothing_went_there() -> None:
    """The directory needs no traffic; whom it lists was meant, and so was everybody at that name."""
    made = book(TRAFFIC, listed=["mia@army.ml"])
    for text in ("mia@army.ml", "john@army.ml"):
        assert made.verdict(SENDER, Mailbox.parse(text)).suggestion is None
    view = made._view(Mailbox.parse("mia@army.ml"))
    assert view.mailbox(Mailbox.parse("mia@army.ml")) == Record(in_directory=True)


def test_a_directory_lists_the_same_names_as_in_the_live_store() -> None:
    """A mailbox, its domain, whoever owns it, and a closed suffix."""
    listed = ("ann@mail.partner.example", "bo@x.port.mil", "root@[192.0.2.1]")
    memory, made = Memory(), book({}, listed=listed)
    memory.list_directory(map(Mailbox.parse, listed), BEGIN)
    names = ("mail.partner.example", "partner.example", "x.port.mil", "port.mil", "mil")
    for text in (*names, "[192.0.2.1]", "other.mil", "other.example"):
        assert made._record(text).in_directory == memory.domain(name(text)).in_directory, text


@pytest.mark.parametrize(
    ("to", "meant"),
    [
        ("john@army.ml", "john@army.mil"),
        ("ann@partnr.example", "ann@partner.example"),
        ("bob@contractr.example", "bob@contractor.example"),
        ("john@army.mil", None),
        ("ann@partner.example", None),
        ("orders@mali-mines.ml", None),
        ("bob@contractor.example", None),
    ],
)
def test_mistakes_of_years_are_found_and_nobody_else(to: str, meant: str | None) -> None:
    """However often it was made: sends make a target and never trust."""
    verdict = book(TRAFFIC).verdict(SENDER, Mailbox.parse(to))
    assert (verdict.misdirection >= MISDIRECTED) is (meant is not None)
    assert verdict.suggestion == (None if meant is None else Mailbox.parse(meant))


def test_a_first_look_asks_only_whether_the_domain_is_meant() -> None:
    """It needs no sender, and finds what the whole judgement finds of the domain."""
    made = book(TRAFFIC)
    for text in TRAFFIC:
        mailbox = Mailbox.parse(text)
        first, whole = made.look(mailbox), made.verdict(SENDER, mailbox)
        assert named(first) == named(whole)
        assert all(finding is named(first) for finding in first.findings)
        assert named(first) is None or first.misdirection >= DOUBTFUL


def test_what_a_message_holds_does_not_change_who_was_meant() -> None:
    """Content says how grave it is; the names alone say whether it was misdirected."""
    made, john = book(TRAFFIC), Mailbox.parse("john@army.ml")
    marked = replace(message("TOP SECRET//NOFORN"), fields=(("Subject", "TOP SECRET//NOFORN"),))
    bare, held = made.verdict(SENDER, john), made.with_message(SENDER, john, BEGIN, marked)
    assert named(held) == named(bare)
    assert held.sensitivity > bare.sensitivity == 0
    assert made.with_message(SENDER, john, None, None) == bare


def test_nothing_counted_is_no_error() -> None:
    """Where a wrong name was told by the operator, no name was looked at; public ones are known."""
    made = Book(Census(), ORGANISATION, Policy.with_defaults(), {})
    assert made.verdict(None, Mailbox.parse("john@army.ml")).misdirection >= MISDIRECTED
    assert made.verdict(None, Mailbox.parse("john@partnr.example")).suggestion is None


def test_of_the_findings_the_strongest_about_the_domain_counts() -> None:
    """Other signals may speak; what is said of the name is what the name's own signals say."""
    weak = Finding("suffix_habit", "x@army.ml", 5.0, "")
    strong, other = (
        replace(weak, signal="domain_typo", weight=8.0),
        replace(weak, signal="greeting"),
    )
    made = book({}).verdict(None, Mailbox("x", DomainName.parse("nobody.example")))
    assert named(made) is None
    assert named(_with(made, replace(other, weight=9.0), weak, strong)) is strong
    assert named(_with(made, other)) is None
    assert OURS in ORGANISATION.domains


def _with(verdict: Verdict, *findings: Finding) -> Verdict:
    return replace(verdict, findings=findings)
