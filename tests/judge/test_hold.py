"""The life of a held recipient: the table, all of it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.judge.build import NOW, case

from missent.errors import AlreadyDecided
from missent.judge import hold
from missent.judge.hold import (
    CLOSED,
    TRANSITIONS,
    Event,
    HeldRecipient,
    Hold,
    Known,
    Owner,
    State,
    step,
)
from missent.judge.verdict import Action, Verdict
from missent.mail.mailbox import Mailbox

ADDRESS = Mailbox.parse("john@army.ml")


@pytest.mark.parametrize(("state", "event"), list(itertools.product(State, Event)))
def test_every_pair_is_in_the_table_or_raises(state: State, event: Event) -> None:
    """Nothing happens to a held recipient that the table does not say."""
    if (state, event) in TRANSITIONS:
        assert step(state, event) is TRANSITIONS[state, event]
    else:
        with pytest.raises(AlreadyDecided, match=state):
            step(state, event)


def test_the_decided_stay_decided() -> None:
    """A closed state has no way out, and every other has one."""
    leaving = {state for state, _ in TRANSITIONS}
    assert leaving == set(State) - CLOSED


def test_every_state_can_be_reached_from_held() -> None:
    """The table has no islands."""
    reached, frontier = {State.HELD}, {State.HELD}
    while frontier:
        frontier = {
            after for (before, _), after in TRANSITIONS.items() if before in frontier
        } - reached
        reached |= frontier
    assert reached == set(State)


def test_nothing_is_sent_without_a_decision() -> None:
    """Only a confirmation or a correction leads to releasing (law 4)."""
    before = {state for (state, _), after in TRANSITIONS.items() if after is State.RELEASING}
    assert before - {State.RELEASING, State.FAILED} == {State.CONFIRMED, State.CORRECTED}
    assert {s for (s, _), after in TRANSITIONS.items() if after is State.RELEASED} == {
        State.RELEASING
    }


def test_the_diagram_names_every_state_and_event() -> None:
    """The module's drawing is the table's."""
    drawing = hold.__doc__ or ""
    assert all(state in drawing for state in State)
    assert all(event in drawing for event in Event)


def _hold(*states: State) -> Hold:
    verdict = Verdict(ADDRESS, Action.HOLD, 0.9, 0, "suffix slip")
    recipients = tuple(
        HeldRecipient(Mailbox.parse(f"r{n}@army.ml"), state, verdict)
        for n, state in enumerate(states)
    )
    return Hold(
        hold_id="h1",
        envelope=case("r0@army.ml").envelope,
        message_sha256="0" * 64,
        recipients=recipients,
        held_at=NOW,
        expires_at=NOW + timedelta(hours=72),
        owner=Owner(None, Known.OPERATOR),
        fingerprint="f",
        size=1,
    )


def test_a_hold_is_closed_when_nobody_needs_the_bytes() -> None:
    """Failed and expired recipients still do."""
    assert _hold(State.RELEASED, State.CANCELLED, State.RETURNED, State.DROPPED).closed
    assert not _hold(State.RELEASED, State.FAILED).closed
    assert not _hold(State.EXPIRED).closed


def test_a_hold_knows_who_still_waits() -> None:
    """Open means: no decision yet."""
    one = _hold(State.HELD, State.RELEASED)
    assert [r.mailbox.wire for r in one.open] == ["r0@army.ml"]
    assert one.recipient(Mailbox.parse("R1@army.ml")) is one.recipients[1]
    assert one.recipient(ADDRESS) is None


def test_a_release_goes_to_the_corrected_address() -> None:
    """Or, without a correction, to the address as written."""
    held = _hold(State.HELD).recipients[0]
    right = Mailbox.parse("r0@army.mil")
    assert held.goes_to == held.mailbox
    assert replace(held, corrected_to=right).goes_to == right
