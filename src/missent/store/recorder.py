"""Own how passing mail is noted without making it wait: buffered, written about once a second.

A crash loses at most that second of learning and never a message: what was seen is evidence, not
mail. A store that is down makes the buffer wait, bounded; beyond the bound the oldest are dropped.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Protocol, TypeVar

from missent.errors import StoreUnavailable
from missent.service.ports import BudgetStore, CorrespondenceStore, Exchange, Sighting, Tallied

_T = TypeVar("_T")
_log = logging.getLogger(__name__)

INTERVAL = 0.5
"""Seconds between writes."""
BOUND = 100_000
"""Sightings, and letters, kept while the store is down."""


class Learned(CorrespondenceStore, BudgetStore, Protocol):
    """What is written to."""


class BufferedRecorder:
    """Implements `ports.Recorder` with one background thread."""

    def __init__(self, store: Learned) -> None:
        self._store = store
        self._waiting: deque[Sighting] = deque(maxlen=BOUND)
        self._letters: deque[Exchange] = deque(maxlen=BOUND)
        self._counted: deque[tuple[date, Tallied]] = deque(maxlen=BOUND)
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def record(self, sightings: Sequence[Sighting], exchanges: Sequence[Exchange] = ()) -> None:
        """Remember these soon."""
        self._waiting.extend(sightings)
        self._letters.extend(exchanges)

    def tally(self, what: Tallied, at: datetime) -> None:
        """Count one message towards the interruption budget of its day."""
        self._counted.append((at.astimezone(UTC).date(), what))

    def flush(self) -> None:
        """Write what waits, now; on a store that is down it goes on waiting."""
        with self._writing:
            _hand_over(self._waiting, self._store.learn)
            _hand_over(self._letters, self._store.learn_exchanges)
            _hand_over(self._counted, self._count)

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._stop.set()
        self._thread.join()
        self.flush()

    def _count(self, counted: list[tuple[date, Tallied]]) -> int:
        self._store.add_tallies(Counter(counted))
        return len(counted)

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            try:
                self.flush()
            except Exception as error:  # one bad batch must not end learning
                _log.warning("a batch was not learned: %s", type(error).__name__)


def _hand_over(waiting: deque[_T], learn: Callable[[list[_T]], int]) -> None:
    batch = [waiting.popleft() for _ in range(len(waiting))]
    if not batch:
        return
    try:
        learn(batch)
    except StoreUnavailable:
        waiting.extendleft(reversed(batch))
