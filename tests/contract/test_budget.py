"""The budget's part of the store, on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.contract.conftest import Place

from missent.mail.mailbox import Mailbox
from missent.service.ports import Tallied
from missent.store.recorder import BufferedRecorder
from missent.store.store import open_store

ANN = Mailbox.parse("ann@contractor.example")
BOB = Mailbox.parse("bob@contractor.example")
JOHN = Mailbox.parse("john@army.ml")


def test_counts_of_a_day_add_up(place: Place) -> None:
    """Also from another node; other days and kinds are their own."""
    today = place.clock.now().date()
    tomorrow = today + timedelta(days=1)
    other = open_store(place.url, node="node2", clock=place.clock)
    place.store.add_tallies({(today, Tallied.OUTGOING): 3, (today, Tallied.HELD): 1})
    other.add_tallies({(tomorrow, Tallied.OUTGOING): 5, (today, Tallied.OUTGOING): 4})
    other.close()
    assert place.store.tallies(today, tomorrow) == {
        today: {Tallied.OUTGOING: 7, Tallied.HELD: 1},
    }
    assert place.store.tallies(tomorrow, tomorrow + timedelta(days=1)) == {
        tomorrow: {Tallied.OUTGOING: 5},
    }
    place.store.add_tallies({})


def test_the_recorder_counts_without_making_mail_wait(place: Place) -> None:
    """A day is a day in UTC, whatever zone a time is given in."""
    recorder = BufferedRecorder(place.store)
    late = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
    for at in (late, late + timedelta(minutes=2)):
        recorder.tally(Tallied.OUTGOING, at)
    recorder.close()
    days = place.store.tallies(late.date(), late.date() + timedelta(days=2))
    assert [dict(counts) for counts in days.values()] == [{Tallied.OUTGOING: 1}] * 2


def test_validations_are_listed_newest_first(place: Place) -> None:
    """With who gave them, and only since the time asked for."""
    at = place.clock.now()
    place.store.validate(ANN, JOHN, at - timedelta(days=8), "ann")
    place.store.validate(BOB, JOHN, at - timedelta(days=2), "bob")
    place.store.validate(ANN, BOB, at, "operator:root")
    found = place.store.validations(at - timedelta(days=7), 10)
    assert [(one.sender, one.recipient, one.actor) for one in found] == [
        (ANN, BOB, "operator:root"),
        (BOB, JOHN, "bob"),
    ]
    assert found[1].at == at - timedelta(days=2)
    assert len(place.store.validations(at - timedelta(days=30), 1)) == 1
