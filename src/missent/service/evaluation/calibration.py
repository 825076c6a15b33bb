"""Own the question whether probabilities are honest: of what was given 30 %, were 30 % mistakes?

A forecast is one outside recipient of one outgoing message. The truth is the labels, so mistakes
nobody labelled count against the forecast.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

EDGES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
"""Of the bins of the reliability diagram; narrow where the mail is."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Forecasts of about one height."""

    low: float
    high: float
    forecasts: int
    mean: float
    """Mean probability given."""
    mistakes: int

    @property
    def observed(self) -> float:
        """Share that were mistakes."""
        return self.mistakes / self.forecasts


@dataclass(slots=True)
class Calibration:
    """Counts forecasts as they are made."""

    _forecasts: list[int] = field(default_factory=lambda: [0] * (len(EDGES) - 1))
    _sums: list[float] = field(default_factory=lambda: [0.0] * (len(EDGES) - 1))
    _mistakes: list[int] = field(default_factory=lambda: [0] * (len(EDGES) - 1))
    _squares: float = 0.0

    def see(self, probability: float, *, mistake: bool) -> None:
        """Count one forecast, 0 to 1, and what was true."""
        at = min(max(bisect.bisect_right(EDGES, probability) - 1, 0), len(EDGES) - 2)
        self._forecasts[at] += 1
        self._sums[at] += probability
        self._mistakes[at] += mistake
        self._squares += (probability - mistake) ** 2

    @property
    def forecasts(self) -> int:
        """How many were counted."""
        return sum(self._forecasts)

    @property
    def base_rate(self) -> float | None:
        """Share of mistakes among all forecasts."""
        return sum(self._mistakes) / self.forecasts if self.forecasts else None

    @property
    def brier(self) -> float | None:
        """Mean squared error (Brier 1950); lower is better."""
        return self._squares / self.forecasts if self.forecasts else None

    @property
    def skill(self) -> float | None:
        """Brier skill: 1 is perfect, 0 no better than always giving the base rate."""
        rate, brier = self.base_rate, self.brier
        if rate is None or brier is None or not 0 < rate < 1:
            return None
        return 1 - brier / (rate * (1 - rate))

    def bins(self) -> tuple[Bin, ...]:
        """Give the reliability diagram, empty bins left out."""
        return tuple(
            Bin(EDGES[i], EDGES[i + 1], count, self._sums[i] / count, self._mistakes[i])
            for i, count in enumerate(self._forecasts)
            if count
        )
