"""Hits wait in memory and are written in batches: nothing is lost, nothing grows without bound."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from missent.errors import StoreUnavailable
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.collection import counting
from missent.service.collection.collection import Hit, Likely, OrganisationRecord, Pair
from missent.service.collection.counting import HitCounter
from missent.store.store import SqlStore, open_store

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HIT = Hit(
    at=AT,
    client="192.0.2.7",
    helo="mail.contractor.example",
    tls=True,
    sender=Mailbox.parse("ann@contractor.example"),
    typed=Mailbox.parse("john@army.ml"),
    meant=DomainName.parse("army.mil"),
    rcpts=1,
)


@dataclass
class Heard:
    """Remembers what was told."""

    hits: Counter[Likely] = field(default_factory=Counter)
    pairs: list[Pair] = field(default_factory=list)
    lost: int = 0

    def counted(self, hits: Mapping[Likely, int]) -> None:
        self.hits.update(hits)

    def persistent(self, pair: Pair) -> None:
        self.pairs.append(pair)

    def dropped(self, hits: int) -> None:
        self.lost += hits


class FlakyStore(SqlStore):
    """The real store, which can be down, or choke on one batch."""

    down = False
    chokes_on: Hit | None = None
    asked = 0

    def count_hits(self, hits: Sequence[tuple[Hit, Likely]]) -> tuple[Pair, ...]:
        if self.down:
            raise StoreUnavailable("down")
        if any(hit is self.chokes_on for hit, _ in hits):
            raise ValueError("text of the hit")
        return super().count_hits(hits)

    def organisation(self, name: str) -> OrganisationRecord | None:
        self.asked += 1
        return super().organisation(name)


@pytest.fixture
def store(tmp_path: Path) -> FlakyStore:
    """Open a store that can fail."""
    opened = open_store(f"sqlite:///{tmp_path}/m.db", node="n")
    return FlakyStore(opened.database)


def counter(store: FlakyStore, heard: Heard, **more: int) -> HitCounter:
    """Make a counter whose estimate is: real from the second hit of an organisation on."""

    def estimate(_hit: Hit, record: OrganisationRecord | None) -> Likely:
        return Likely.UNCLEAR if record is None else Likely.REAL

    return HitCounter(store, threading.Lock(), heard, estimate, **more)


def stored(store: FlakyStore) -> int:
    """Count what the store has."""
    return sum(day.hits for day in store.days(AT.date(), AT.date().replace(year=2027)))


def test_every_hit_is_counted_once(store: FlakyStore) -> None:
    """Added by many threads while another flushes, all hits arrive and are told."""
    heard = Heard()
    counting_ = counter(store, heard)

    def adding() -> None:
        for _ in range(500):
            counting_.add(HIT, Likely.REAL)

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(adding) for _ in range(8)]
        while not all(future.done() for future in futures):
            counting_.flush()
    counting_.close()
    assert stored(store) == 4_000
    assert heard.hits == {Likely.REAL: 4_000}
    assert heard.lost == 0
    assert counting_.waiting == 0


def test_nothing_is_in_the_store_before_the_flush(store: FlakyStore) -> None:
    """A reply does not wait for the store."""
    counting_ = counter(store, Heard())
    counting_.add(HIT)
    assert (stored(store), counting_.waiting) == (0, 1)
    assert counting_.flush() == 1
    assert (stored(store), counting_.waiting) == (1, 0)
    assert counting_.flush() == 0


def test_a_store_that_is_down_makes_hits_wait(store: FlakyStore) -> None:
    """They are counted once it is back, in the order they came."""
    heard = Heard()
    counting_ = counter(store, heard)
    store.down = True
    for second in range(3):
        counting_.add(replace(HIT, at=AT.replace(second=second)))
        with pytest.raises(StoreUnavailable):
            counting_.flush()
    assert counting_.waiting == 3
    store.down = False
    assert counting_.flush() == 3
    assert stored(store) == 3
    assert heard.lost == 0
    (pair,) = heard.pairs
    assert (pair.first, pair.hits) == (AT, 3)


def test_memory_is_bounded_and_what_is_dropped_is_told(store: FlakyStore) -> None:
    """While the store is down the oldest stay, the newest go, and their number is told."""
    heard = Heard()
    counting_ = counter(store, heard, bound=10)
    store.down = True
    for _ in range(14):
        counting_.add(HIT)
    with pytest.raises(StoreUnavailable):
        counting_.flush()
    assert (counting_.waiting, heard.lost) == (10, 4)
    counting_.close()
    assert (counting_.waiting, heard.lost) == (0, 14)


def test_a_batch_that_cannot_be_written_keeps_no_other_from_it(
    store: FlakyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is dropped, told and raised; the others are counted by the next flush."""
    monkeypatch.setattr(counting, "BATCH", 2)
    heard = Heard()
    counting_ = counter(store, heard)
    bad = replace(HIT, client="192.0.2.8")
    store.chokes_on = bad
    for hit in (HIT, HIT, HIT, bad, HIT):
        counting_.add(hit)
    with pytest.raises(ValueError, match="text of the hit"):
        counting_.flush()
    assert (stored(store), heard.lost, counting_.waiting) == (2, 2, 1)
    assert counting_.flush() == 1


def test_a_hit_is_estimated_by_what_was_known_before(store: FlakyStore) -> None:
    """The organisation's record is read for the estimate, and remembered for a while."""
    heard = Heard()
    counting_ = counter(store, heard)
    counting_.add(HIT)
    counting_.flush()
    assert heard.hits == {Likely.UNCLEAR: 1}
    assert store.asked == 1
    for _ in range(3):
        counting_.add(HIT)
        counting_.flush()
    assert store.asked == 1
    fresh = counter(store, heard)
    assert fresh.estimate(HIT) is Likely.REAL


def test_a_flood_of_new_names_reads_a_bounded_number(
    store: FlakyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invented senders cannot make each hit a question to the store, or fill the memory."""
    monkeypatch.setattr(counting, "_REMEMBERED", 100)
    counting_ = counter(store, Heard())
    for number in range(1_000):
        counting_.add(replace(HIT, sender=Mailbox.parse(f"a@x{number}.example")))
    counting_.flush()
    assert store.asked == counting._ASKED
    assert len(counting_._records) == 100
    assert stored(store) == 1_000


def test_a_null_path_asks_nobody(store: FlakyStore) -> None:
    """A bounce has no organisation, and counts."""
    counting_ = counter(store, Heard())
    counting_.add(replace(HIT, sender=None))
    assert counting_.flush() == 1
    assert store.asked == 0


def test_the_third_hit_is_told_once(store: FlakyStore) -> None:
    """Persistence is told when it begins, not at each further hit."""
    heard = Heard()
    counting_ = counter(store, heard)
    for _ in range(5):
        counting_.add(HIT)
        counting_.flush()
    (pair,) = heard.pairs
    assert (pair.hits, pair.typed) == (3, HIT.typed)
