"""The recorder: what passes is learned soon, and one bad batch does not end it."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import date
from typing import cast

import pytest
from tests.store.samples import ANNA, NOW, RIGHT

from missent.service.ports import Exchange, Sighting, SightingKind, Tallied
from missent.store.recorder import BufferedRecorder, Learned


class _Stubborn:
    """A store that chokes on its first batch."""

    def __init__(self) -> None:
        self.calls = 0
        self.choked, self.learned = threading.Event(), threading.Event()

    def learn(self, sightings: Iterable[Sighting]) -> int:
        """Fail once, in a way that nobody foresaw."""
        self.calls += 1
        if self.calls == 1:
            self.choked.set()
            raise ValueError("john@army.mil")
        self.learned.set()
        return len(list(sightings))

    def learn_exchanges(self, exchanges: Iterable[Exchange]) -> int:
        """Take letters; none come here."""
        return len(list(exchanges))

    def add_tallies(self, tallies: Mapping[tuple[date, Tallied], int]) -> None:
        """Take counts; none come here."""


def test_learning_goes_on_after_a_batch_that_cannot_be_learned(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The next sighting reaches the store, and the log names the kind of fault, no address (law 8)."""
    store = _Stubborn()
    recorder = BufferedRecorder(cast("Learned", store))
    try:
        sighting = Sighting(SightingKind.SENT, RIGHT, ANNA, NOW)
        recorder.record([sighting])
        assert store.choked.wait(10)
        recorder.record([sighting])
        assert store.learned.wait(10)
    finally:
        recorder.close()
    assert "ValueError" in caplog.text
    assert "army" not in caplog.text
