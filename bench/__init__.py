"""Benchmarks beside peers and beside the bare path; never part of the timed tests.

A case is a function ``measure(quick) -> Iterator[Line]``: one line a round with the raw figures, then
one with ``"met"``, whether the goal was reached. Rounds of what is compared are interleaved, and the
goal is about medians of same-round figures, since the machines these run on are noisy.
"""

from __future__ import annotations

from typing import TypeAlias

Line: TypeAlias = dict[str, object]
