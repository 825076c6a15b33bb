"""The rate of questions."""

from __future__ import annotations

import threading

import pytest
from tests.net.look_up_stage import FakeTime

from missent.net.pacing import Pace


def test_spreads_turns_evenly() -> None:
    """Turns are a fifth of a second apart, the first is at once, and idle time saves nothing up."""
    time = FakeTime()
    pace = time.pace(5)
    turns = []
    for _ in range(6):
        assert pace.wait(10)
        turns.append(round(time(), 6))
    assert turns == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    time.seconds = 60
    after = []
    for _ in range(3):
        pace.wait(10)
        after.append(round(time(), 6))
    assert after == [60, 60.2, 60.4]


def test_refuses_at_once_and_takes_no_turn() -> None:
    """A caller that would wait too long neither sleeps nor delays the next one."""
    time = FakeTime()
    pace = time.pace(0.1)
    assert pace.wait(0)
    assert not pace.wait(9.9)
    assert not pace.wait(9.9)
    assert time.slept == []
    assert pace.wait(10)
    assert time.slept == [10]


def test_is_shared_by_threads() -> None:
    """Twenty turns at ten a second take 1.9 seconds, however many threads ask at once."""
    time = FakeTime()
    pace = time.pace(10)
    threads = [threading.Thread(target=pace.wait, args=(1000,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time() >= 1.9 - 1e-9


def test_a_slower_pace_keeps_within_the_rate_of_all() -> None:
    """Its turns count among the others', and one that is not to be had there is refused."""
    time = FakeTime()
    shared = time.pace(2)
    slow = Pace(1, time, time.sleep, within=shared)
    turns = []
    for pace in (shared, slow, shared, slow, shared):
        assert pace.wait(10)
        turns.append(time())
    assert turns == [0, 0.5, 1.0, 1.5, 2.0]
    assert not slow.wait(0.4)


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_is_positive(rate: float) -> None:
    """Nothing a second is a mistake, not a pace."""
    with pytest.raises(ValueError, match="more than nothing"):
        Pace(rate)
