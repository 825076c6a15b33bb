"""Loading: whose file it must be, how long it counts, and that the guard heeds it within seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.service.safety.texts import name, text
from tests.service.stage import ANN, Stage, build, correspond, envelope

from missent.errors import ArchiveError
from missent.judge.published import NOTHING
from missent.judge.verdict import Action, Verdict
from missent.mail.mailbox import Mailbox
from missent.service.guard import Guard
from missent.service.ports import NewEvent
from missent.service.safety.ports import Kept
from missent.service.safety.shelf import MOST_FILES, Shelf
from missent.service.settings import HoldSettings, PeopleSettings

OURS = (name("contractor.example"),)
HARBOUR = text(
    "harbour.example", not_ours=[{"domain": "harbur.example", "why": "one letter dropped"}]
)
JOE = Mailbox.parse("joe@harbur.example")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give an enforcing guard that heeds loaded files."""
    stage = build(tmp_path)
    place = replace(stage.place, safety=Shelf(stage.store, OURS, stage.clock))
    people = PeopleSettings(Mailbox.parse("postmaster@contractor.example"))
    guard = Guard(place, stage.rulebook, stage.guard._organisation, people, HoldSettings())
    yield replace(stage, guard=guard)
    stage.store.close()


@pytest.fixture
def shelf(stage: Stage) -> Shelf:
    """Give another process's view of the same store."""
    return Shelf(stage.store, OURS, stage.clock)


def _verdict(stage: Stage, mailbox: Mailbox = JOE) -> Verdict:
    [verdict] = stage.guard.judge(envelope(mailbox), None)
    return verdict


def _take(shelf: Shelf, data: bytes, host: str) -> None:
    shelf.take(data, name(host), "operator:ann")


def test_the_guard_heeds_a_new_file_within_seconds(stage: Stage, shelf: Shelf) -> None:
    """Another process loads it and removes it; this one is not restarted."""
    assert _verdict(stage).action is Action.DELIVER
    _take(shelf, HARBOUR, "www.harbour.example")
    stage.clock.pass_(seconds=3)
    warned = _verdict(stage)
    assert warned.action is Action.WARN
    assert warned.rule == "published neighbour"
    assert warned.suggestion == Mailbox.parse("joe@harbour.example")
    assert warned.because == (
        "harbour.example, whose file you loaded, says harbur.example is not theirs (one letter dropped)"
    )
    assert shelf.remove(name("harbour.example"), "operator:ann")
    stage.clock.pass_(seconds=3)
    assert _verdict(stage).action is Action.DELIVER


def test_an_issue_of_the_future_is_refused(stage: Stage, shelf: Shelf) -> None:
    """Else no right file could ever take its place; a clock a little ahead of ours is no fault."""
    _take(shelf, text(issued=(stage.clock.now() + timedelta(hours=20)).isoformat()), "army.mil")
    with pytest.raises(ArchiveError, match="in the future"):
        _take(shelf, text(issued="9999-12-31T23:59:59Z"), "army.mil")


def test_a_smear_changes_nothing(stage: Stage, shelf: Shelf) -> None:
    """The verdict on the accused is the same to the last bit."""
    rival = Mailbox.parse("joe@rival.example")
    before = _verdict(stage, rival)
    _take(shelf, text("shop.example", not_ours=[{"domain": "rival.example"}]), "shop.example")
    stage.clock.pass_(seconds=3)
    assert _verdict(stage, rival) == before


def test_no_probability_is_moved(stage: Stage, shelf: Shelf) -> None:
    """Beside a finding of its own the guard is as sure as it was."""
    mailbox = Mailbox.parse("john@army.ml")
    before = _verdict(stage, mailbox)
    _take(shelf, text(), "army.mil")
    stage.clock.pass_(seconds=3)
    after = _verdict(stage, mailbox)
    assert (after.action, after.rule, after.misdirection, after.suggestion) == (
        before.action,
        before.rule,
        before.misdirection,
        before.suggestion,
    )
    assert after.because.endswith("says army.ml is not theirs (one letter dropped)")


@pytest.mark.parametrize("known", ["answered", "validated", "listed"])
def test_our_own_knowledge_overrides_it(stage: Stage, shelf: Shelf, known: str) -> None:
    """An answered history, this sender's validation, or the directory: then nothing is said."""
    _take(shelf, HARBOUR, "harbour.example")
    stage.clock.pass_(seconds=3)
    assert _verdict(stage).action is Action.WARN
    if known == "answered":
        correspond(stage, JOE, sent=1, answered=1)
    elif known == "validated":
        stage.store.validate(ANN, JOE, stage.clock.now(), "ann")
    else:
        stage.store.list_directory([JOE], stage.clock.now())
    assert _verdict(stage).action is Action.DELIVER
    assert all(finding.signal != "published" for finding in _verdict(stage).findings)


def test_mutual_claims_end_false_alarms(stage: Stage, shelf: Shelf) -> None:
    """depot.test is warned of beside a busy depot.example, until the files of both claim each other."""
    for person in ("john", "mary", "sue"):
        correspond(stage, Mailbox.parse(f"{person}@depot.example"), sent=60, answered=50)
    john = Mailbox.parse("john@depot.test")
    assert _verdict(stage, john).action.severity >= Action.WARN.severity
    both = {"domains": ["depot.example", "depot.test"], "not_ours": []}
    _take(shelf, text("depot.example", **both), "depot.example")
    stage.clock.pass_(seconds=3)
    assert _verdict(stage, john).action.severity >= Action.WARN.severity
    _take(shelf, text("depot.test", **both), "www.depot.test")
    stage.clock.pass_(seconds=3)
    assert _verdict(stage, john).action is Action.DELIVER
    assert all(finding.signal != "domain_typo" for finding in _verdict(stage, john).findings)


def test_an_expired_file_counts_no_more(stage: Stage, shelf: Shelf) -> None:
    """It stays on the shelf, says so, and counts again once it is loaded anew."""
    brief = text("harbour.example", not_ours=[{"domain": "harbur.example"}], max_age=3600)
    _take(shelf, brief, "harbour.example")
    stage.clock.pass_(seconds=3590)
    assert _verdict(stage).action is Action.WARN
    stage.clock.pass_(seconds=10)
    assert _verdict(stage).action is Action.DELIVER
    [listed] = shelf.listed()
    assert (listed.expired, listed.counting) == (True, 0)
    _take(shelf, brief, "harbour.example")
    stage.clock.pass_(seconds=3)
    assert _verdict(stage).action is Action.WARN


def test_an_expired_claim_ends_the_alliance(stage: Stage, shelf: Shelf) -> None:
    """Both claims must be in force."""
    mod = {"domains": ["mod.gov.uk", "mod.uk"], "not_ours": []}
    _take(shelf, text("mod.gov.uk", **mod), "mod.gov.uk")
    _take(shelf, text("mod.uk", max_age=60, **mod), "mod.uk")
    assert shelf.now().allied(name("mod.uk"), name("mod.gov.uk"))
    stage.clock.pass_(seconds=61)
    assert shelf.now() == NOTHING


@pytest.mark.parametrize(
    ("data", "host", "fault"),
    [
        (text(), "army.ml", "anybody may have written it"),
        (text(), "army.harbur.example", "anybody may have written it"),
        (text("us.army.mil"), "army.mil", "anybody may have written it"),
        (text("contractor.example"), "contractor.example", "our own"),
        (text("mail.contractor.example"), "mail.contractor.example", "our own"),
        (b"{}", "army.mil", "version"),
    ],
)
def test_only_the_publishers_own_host_gives_its_file(
    stage: Stage, shelf: Shelf, data: bytes, host: str, fault: str
) -> None:
    """Nothing is kept of a file that another may have written, nor is anything audited."""
    with pytest.raises(ArchiveError, match=fault):
        _take(shelf, data, host)
    assert shelf.listed() == ()
    assert list(stage.store.trail()) == []


def test_loading_and_removing_are_audited(stage: Stage, shelf: Shelf) -> None:
    """Who did it, and from which host it came; removing nothing is nothing."""
    _take(shelf, text(id="one"), "www.army.mil")
    _take(shelf, text(id="two"), "army.mil")
    assert shelf.remove(name("army.mil"), "operator:ann")
    assert not shelf.remove(name("army.mil"), "operator:ann")
    events = [event for _, event, _ in stage.store.trail()]
    assert [(one.kind, one.subject_id, one.actor) for one in events] == [
        ("safety_file.imported", "army.mil", "operator:ann"),
        ("safety_file.imported", "army.mil", "operator:ann"),
        ("safety_file.removed", "army.mil", "operator:ann"),
    ]
    assert events[0].detail["from"] == "www.army.mil"
    assert [one.detail.get("id") for one in events] == ["one", "two", None]
    assert [one.detail.get("replaced") for one in events] == [False, True, None]


def test_an_older_issue_does_not_replace_a_newer_one(shelf: Shelf) -> None:
    """A copy kept by somebody must not bring back what the publisher took out."""
    _take(shelf, text(issued="2026-03-02T00:00:00Z"), "army.mil")
    with pytest.raises(ArchiveError, match="older"):
        _take(shelf, text(issued="2026-03-01T00:00:00Z"), "army.mil")
    _take(shelf, text(issued="2026-03-02T00:00:00Z", hint="new"), "army.mil")


def test_the_shelf_is_bounded(stage: Stage, shelf: Shelf) -> None:
    """So many files and no more; a new issue of one of them is no new file."""
    now = stage.clock.now()
    for n in range(MOST_FILES):
        publisher = name(f"army{n}.mil")
        kept = Kept(publisher, text(publisher.ascii, not_ours=[]).decode(), now, "x")
        stage.store.keep_published(kept, NewEvent("safety_file.imported", "x", "x", now))
    with pytest.raises(ArchiveError, match="remove one first"):
        _take(shelf, text(), "army.mil")
    _take(shelf, text("army7.mil"), "army7.mil")


def test_what_does_not_count_is_listed_with_its_reason(stage: Stage, shelf: Shelf) -> None:
    """An operator sees why."""
    entries = ["army.ml", "contractor.example", "rival.example", "arny.example"]
    whole = text(
        domains=["army.mil", "army.example"], not_ours=[{"domain": one} for one in entries]
    )
    listed = shelf.take(whole, name("army.mil"), "operator:ann")
    reasons = {one.entry.domain.ascii: one.refused or "" for one in listed.entries}
    assert reasons["army.ml"] == ""
    assert "our own" in reasons["contractor.example"]
    assert "not near" in reasons["rival.example"]
    assert "army.example alone" in reasons["arny.example"]
    assert listed.counting == 1


def test_a_kept_file_that_cannot_be_read_fails_no_judgement(stage: Stage, shelf: Shelf) -> None:
    """Another version wrote it, or somebody did by hand: it is passed over, and listed as unreadable."""
    now = stage.clock.now()
    event = NewEvent("safety_file.imported", "army.mil", "x", now)
    stage.store.keep_published(Kept(name("army.mil"), "{", now, "x"), event)
    assert shelf.now() == NOTHING
    [listed] = shelf.listed()
    assert listed.file is None


def test_a_clock_that_goes_back_is_noticed(stage: Stage, shelf: Shelf) -> None:
    """What had expired by a wrong clock counts again once it is set right."""
    _take(shelf, text(max_age=60), "army.mil")
    stage.clock.pass_(hours=1)
    assert shelf.now() == NOTHING
    stage.clock.pass_(hours=-1)
    assert shelf.now() != NOTHING
