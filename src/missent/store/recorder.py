"""Own how passing mail is noted without making it wait: buffered, written about once a second.

A crash loses at most that second of learning and never a message: what was seen is evidence, not
mail. A store that is down makes the buffer wait, bounded; beyond the bound the oldest are dropped.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence

from missent.errors import StoreUnavailable
from missent.service.ports import CorrespondenceStore, Sighting

INTERVAL = 0.5
"""Seconds between writes."""
BOUND = 100_000
"""Sightings kept while the store is down."""


class BufferedRecorder:
    """Implements `ports.Recorder` with one background thread."""

    def __init__(self, store: CorrespondenceStore) -> None:
        self._store = store
        self._waiting: deque[Sighting] = deque(maxlen=BOUND)
        self._stop = threading.Event()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def record(self, sightings: Sequence[Sighting]) -> None:
        """Remember these soon."""
        self._waiting.extend(sightings)

    def flush(self) -> None:
        """Write what waits, now; on a store that is down it goes on waiting."""
        with self._writing:
            batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if not batch:
                return
            try:
                self._store.learn(batch)
            except StoreUnavailable:
                self._waiting.extendleft(reversed(batch))

    def close(self) -> None:
        """Write what waits and end the thread."""
        self._stop.set()
        self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            self.flush()
