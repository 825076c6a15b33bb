"""Own how hits wait until they are counted: in memory for about a second, then in one transaction.

The rule: a reply never waits for the store. What a kill -9 can cost is what came since the last
`flush`; a store that is down costs nothing until `BOUND` hits wait, and what must be dropped then is
itself counted and told.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from missent.errors import StoreUnavailable
from missent.service.collection.collection import Hit, Likely, OrganisationRecord, Pair
from missent.service.collection.ports import CollectionStore

BOUND = 50_000
"""Hits kept while the store is down, or slower than the mail: about 50 MB."""
BATCH = 5_000
"""Hits in one transaction."""
_ASKED = 200
"""Organisations read from the store for one batch; the rest of a flood are newcomers to the estimate."""
_REMEMBERED = 4_096
"""Organisations whose record is remembered, for `_FRESH` batches."""
_FRESH = 60

Estimate = Callable[[Hit, OrganisationRecord | None], Likely]


class Telling(Protocol):
    """Who is told what was counted. Must not block and must not raise."""

    def counted(self, hits: Mapping[Likely, int]) -> None:
        """Note hits that are in the store now."""
        ...

    def persistent(self, pair: Pair) -> None:
        """Note a pair that has just come for the third time; told once."""
        ...

    def dropped(self, hits: int) -> None:
        """Note hits that were refused to their senders but will never be counted."""
        ...


@dataclass(frozen=True, slots=True)
class _Remembered:
    record: OrganisationRecord | None
    batch: int


class HitCounter:
    """Gathers hits from any thread; `flush` writes them and is called about every second."""

    def __init__(
        self,
        store: CollectionStore,
        lock: AbstractContextManager[object],
        telling: Telling,
        estimate: Estimate,
        *,
        bound: int = BOUND,
    ) -> None:
        """Count into `store`; `lock` is held for the moment a list changes hands, never for I/O."""
        self._store = store
        self._lock = lock
        self._telling = telling
        self._estimate = estimate
        self._bound = bound
        self._waiting: list[tuple[Hit, Likely | None]] = []
        self._dropped = 0
        self._batches = 0
        self._records: OrderedDict[str, _Remembered] = OrderedDict()

    @property
    def waiting(self) -> int:
        """Give how many hits are not in the store yet."""
        return len(self._waiting)

    def estimate(self, hit: Hit) -> Likely:
        """Say what a hit probably was; may read the store, and raise `StoreUnavailable`."""
        return self._estimated([(hit, None)])[0][1]

    def add(self, hit: Hit, likely: Likely | None = None) -> None:
        """Count one hit soon; without `likely` it is estimated when it is written."""
        with self._lock:
            if len(self._waiting) < self._bound:
                self._waiting.append((hit, likely))
            else:
                self._dropped += 1

    def flush(self) -> int:
        """Write what waits; gives how many hits are in the store by it. One thread at a time.

        Raises `StoreUnavailable` with all of them waiting again. Any other fault is raised, too, but
        drops the batch that met it: one that cannot be written must not keep all others from it.
        """
        with self._lock:
            hits, self._waiting = self._waiting, []
        written = 0
        try:
            while written < len(hits):
                written += self._write(hits[written : written + BATCH])
        except StoreUnavailable:
            self._put_back(hits[written:])
            raise
        except BaseException:
            self._drop(len(hits[written : written + BATCH]))
            self._put_back(hits[written + BATCH :])
            raise
        finally:
            self._tell_dropped()
        return written

    def close(self) -> None:
        """Write what waits for the last time; what cannot be written is told as dropped."""
        try:
            self.flush()
        except StoreUnavailable:
            pass
        finally:
            with self._lock:
                self._dropped += len(self._waiting)
                self._waiting = []
            self._tell_dropped()

    def _write(self, batch: Sequence[tuple[Hit, Likely | None]]) -> int:
        self._batches += 1
        estimated = self._estimated(batch)
        pairs = self._store.count_hits(estimated)
        self._telling.counted(Counter(likely for _, likely in estimated))
        for pair in pairs:
            self._telling.persistent(pair)
        return len(batch)

    def _estimated(self, batch: Sequence[tuple[Hit, Likely | None]]) -> list[tuple[Hit, Likely]]:
        names = (h.organisation.ascii for h, likely in batch if likely is None and h.organisation)
        records = self._records_of(dict.fromkeys(names))
        return [
            (hit, likely or self._estimate(hit, records.get(str(hit.organisation))))
            for hit, likely in batch
        ]

    def _records_of(self, names: Iterable[str]) -> Mapping[str, OrganisationRecord | None]:
        """Give what is known of organisations: remembered, or read, within the bound of one batch."""
        records: dict[str, OrganisationRecord | None] = {}
        room = _ASKED
        for name in names:
            with self._lock:
                known = self._records.get(name)
            if known is not None and self._batches - known.batch < _FRESH:
                records[name] = known.record
            elif room > 0:
                room -= 1
                records[name] = self._remember(name, self._store.organisation(name))
        return records

    def _remember(self, name: str, record: OrganisationRecord | None) -> OrganisationRecord | None:
        with self._lock:
            self._records[name] = _Remembered(record, self._batches)
            self._records.move_to_end(name)
            if len(self._records) > _REMEMBERED:
                self._records.popitem(last=False)
        return record

    def _put_back(self, hits: list[tuple[Hit, Likely | None]]) -> None:
        """Let hits wait again, before those that came meanwhile; the newest go where room lacks."""
        with self._lock:
            waiting = hits + self._waiting
            self._waiting = waiting[: self._bound]
            self._dropped += len(waiting) - len(self._waiting)

    def _drop(self, hits: int) -> None:
        with self._lock:
            self._dropped += hits

    def _tell_dropped(self) -> None:
        with self._lock:
            dropped, self._dropped = self._dropped, 0
        if dropped:
            self._telling.dropped(dropped)
