"""Own the rate of questions: at most so many a second, whoever asks, spread evenly.

One `Pace` is shared by all that ask on the operator's behalf. A place in the queue is promised under a
lock and waited for outside of it, so a caller that would have to wait too long is told at once and takes
no place. The rule: no clock of its own; time and sleep are arguments.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Pace:
    """Lets questions through one by one, `1 / per_second` seconds apart; safe to share between threads."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        within: Pace | None = None,
    ) -> None:
        if not per_second > 0:
            raise ValueError("a rate is more than nothing a second")
        self.clock = clock
        """Seconds, of a clock that never goes back."""
        self._apart = 1.0 / per_second
        self._sleep = sleep
        self._within = within
        """A pace whose turns are needed, too: a slower one inside the rate of all."""
        self._lock = threading.Lock()
        self._next = clock()

    def wait(self, at_most: float) -> bool:
        """Wait for a turn; False, at once and without a turn, if it is more than `at_most` seconds away."""
        with self._lock:
            now = self.clock()
            turn = max(now, self._next)
            if turn - now > at_most:
                return False
            self._next = turn + self._apart
        while (left := turn - self.clock()) > 0:
            self._sleep(left)
        return self._within is None or self._within.wait(now + at_most - self.clock())
