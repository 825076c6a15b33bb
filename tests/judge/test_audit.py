"""The hash chain shows every edit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.judge.build import NOW

from missent.judge.audit import GENESIS, AuditEvent, first_break

Chain = list[tuple[AuditEvent, str]]


def chain(length: int) -> Chain:
    """Make a sound chain."""
    made: Chain = []
    for number in range(length):
        previous = made[-1][1] if made else GENESIS
        at = NOW + timedelta(seconds=number)
        event = AuditEvent("hold.placed", f"h{number}", "guard", at, {"n": number}, previous)
        made.append((event, event.digest()))
    return made


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_sound_chain_has_no_break(length: int) -> None:
    """As it was written, it verifies; so does an empty one."""
    assert first_break(chain(length)) is None


@pytest.mark.parametrize("at", range(5))
def test_an_edit_is_found_where_it_was_made(at: int) -> None:
    """Whichever event was changed, even with its own hash made to fit."""
    whole = chain(5)
    event = replace(whole[at][0], actor="somebody else")
    whole[at] = (event, whole[at][1])
    assert first_break(whole) == at
    whole[at] = (event, event.digest())
    assert first_break(whole) == (at + 1 if at < 4 else None)


@pytest.mark.parametrize("at", range(4))
def test_a_gap_is_found(at: int) -> None:
    """An event that was taken out breaks the next link; only the end can be cut unseen."""
    whole = chain(5)
    del whole[at]
    assert first_break(whole) == at


def test_two_events_exchanged_are_found() -> None:
    """Order is part of the chain."""
    whole = chain(3)
    whole[1], whole[2] = whole[2], whole[1]
    assert first_break(whole) == 1


def test_the_hash_covers_every_field() -> None:
    """No field can be changed without another hash."""
    event = chain(1)[0][0]
    others = [
        replace(event, kind="x"),
        replace(event, subject_id="x"),
        replace(event, actor="x"),
        replace(event, at=NOW + timedelta(microseconds=1)),
        replace(event, detail={"n": 1}),
        replace(event, previous="1" * 64),
    ]
    assert len({event.digest(), *(other.digest() for other in others)}) == 7
