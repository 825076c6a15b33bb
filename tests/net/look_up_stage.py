"""What tests of look-ups share: a clock that only sleeping moves, and a library that is missing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from missent.net.pacing import Pace

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class FakeTime:
    """Seconds since the start; moved by sleeping only. Also a `Clock`."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move on."""
        with self._lock:
            self.slept.append(seconds)
            self.seconds += seconds

    def now(self) -> datetime:
        """Give the time of day."""
        return START + timedelta(seconds=self.seconds)

    def pace(self, per_second: float = 1000.0) -> Pace:
        """Give a pace that lives in this time."""
        return Pace(per_second, self, self.sleep)


@contextmanager
def without(monkeypatch: pytest.MonkeyPatch, module: str) -> Iterator[None]:
    """Make a module as good as not installed."""
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, module, None)
        yield
