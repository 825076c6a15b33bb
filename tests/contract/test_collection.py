"""The contract of `collection.ports.CollectionStore`, on every database."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.store.samples import NOW, event

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.collection.collection import Check, Hit, Item, Likely
from missent.store import collection
from missent.store.store import SqlStore

DAY = timedelta(days=1)
MEANT = DomainName.parse("army.mil")
ANN = Mailbox.parse("Ann@contractor.example")
HIT = Hit(
    at=NOW,
    client="192.0.2.1",
    helo="mx.contractor.example",
    tls=True,
    sender=ANN,
    typed=Mailbox.parse("john@army.ml"),
    meant=MEANT,
    rcpts=1,
)
ITEM = Item(
    item_id="item1",
    at=NOW,
    typed=(DomainName.parse("army.ml"), DomainName.parse("navy.ml")),
    organisation="contractor.example",
    size=13_000,
    level=3,
    categories=(("people", 3), ("travel", 2)),
    people=4,
    likely=Likely.REAL,
    expires_at=NOW + 30 * DAY,
)


def real(*hits: Hit) -> list[tuple[Hit, Likely]]:
    """Take hits for real ones."""
    return [(hit, Likely.REAL) for hit in hits]


def sums(store: SqlStore) -> dict[tuple[str, str, str], int]:
    """Give hits by typed domain, organisation and likelihood, over all days."""
    found: dict[tuple[str, str, str], int] = {}
    for day in store.days((NOW - 400 * DAY).date(), (NOW + 400 * DAY).date()):
        key = (day.typed.ascii, day.organisation, day.likely.value)
        found[key] = found.get(key, 0) + day.hits
    return found


def test_hits_are_added_up_by_day_and_organisation(store: SqlStore) -> None:
    """What stands before a registrable name is a stranger's choice, and makes no row of its own."""
    below = replace(HIT, typed=Mailbox.parse("john@x9.army.ml"))
    bounce = replace(HIT, sender=None)
    store.count_hits(real(HIT, below, HIT))
    store.count_hits([(bounce, Likely.UNCLEAR), (replace(HIT, at=NOW + DAY), Likely.REAL)])
    assert sums(store) == {
        ("army.ml", "contractor.example", "real"): 4,
        ("army.ml", "", "unclear"): 1,
    }
    assert [day.hits for day in store.days(NOW.date(), (NOW + DAY).date())] == [1, 3]


def test_a_pair_is_persistent_at_the_third_hit_and_told_once(store: SqlStore) -> None:
    """The third hit gives the pair, also within one batch; the fourth does not give it again."""
    assert store.count_hits(real(HIT, HIT)) == ()
    shouted = replace(
        HIT, sender=Mailbox.parse("ANN@contractor.example"), at=NOW + DAY, client="192.0.2.9"
    )
    (pair,) = store.count_hits(real(shouted))
    assert (pair.sender, pair.typed, pair.meant) == (ANN, HIT.typed, MEANT)
    assert (pair.hits, pair.days, pair.first, pair.last) == (3, 2, NOW, NOW + DAY)
    assert pair.client == "192.0.2.9"
    assert store.count_hits(real(HIT)) == ()
    assert store.pairs(min_hits=3)[0].hits == 4
    other = replace(HIT, typed=Mailbox.parse("mary@army.ml"))
    assert len(store.count_hits(real(other, other, other))) == 1


def test_days_count_in_whatever_order_hits_come(store: SqlStore) -> None:
    """What a second collector writes later may be older; a day within is counted once at most."""
    for days in (0, -2, 1, 0, -2):
        store.count_hits(real(replace(HIT, at=NOW + days * DAY)))
    (pair,) = store.pairs()
    assert (pair.days, pair.first, pair.last) == (3, NOW - 2 * DAY, NOW + DAY)


def test_who_was_told_stays_told(store: SqlStore) -> None:
    """A later hit changes counts and keeps the time of the letter; the letter is audited."""
    store.count_hits(real(HIT, HIT, HIT))
    store.told(store.pairs(), NOW, event())
    store.count_hits(real(replace(HIT, at=NOW + DAY)))
    (pair,) = store.pairs()
    assert (pair.told, pair.hits) == (NOW, 4)
    assert len(list(store.trail())) == 1


def test_an_organisation_is_known_by_its_evidence(store: SqlStore) -> None:
    """Aligned, confirmed and listed hits are counted; a mailbox's subdomain belongs to its owner."""
    good = replace(HIT, aligned=Check.PASS, confirmed=Check.PASS, listed=True)
    below = replace(good, sender=Mailbox.parse("bob@mail.contractor.example"), listed=False)
    store.count_hits([(good, Likely.REAL), (below, Likely.SPAM)])
    record = store.organisation("contractor.example")
    assert record is not None
    assert (record.hits, record.real, record.aligned) == (2, 1, 2)
    assert (record.confirmed, record.listed) == (2, 1)
    assert store.organisations() == (record,)
    assert store.organisation("other.example") is None


def test_a_flood_of_new_names_makes_few_rows_and_loses_no_count(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the bound of a day newcomers count together; those known count as before."""
    monkeypatch.setattr(collection, "ORGANISATIONS_A_DAY", 3)
    monkeypatch.setattr(collection, "PAIRS_A_DAY", 2)
    flood = [replace(HIT, sender=Mailbox.parse(f"a@firm{n}.example")) for n in range(10)]
    store.count_hits(real(*flood))
    store.count_hits(real(*flood))
    assert len(store.organisations()) == 3
    assert len(store.pairs()) == 2
    assert sum(sums(store).values()) == 20
    assert sums(store)["army.ml", "", "real"] == 14


def test_a_flood_of_spam_leaves_room_for_organisations(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who invents senders by the thousand takes part of the day's bound, not all of it."""
    monkeypatch.setattr(collection, "ORGANISATIONS_A_DAY", 4)
    monkeypatch.setattr(collection, "SPARED", 2)
    flood = [replace(HIT, sender=Mailbox.parse(f"a@firm{n}.example")) for n in range(10)]
    store.count_hits([(hit, Likely.SPAM) for hit in flood])
    assert len(store.organisations()) == 2
    store.count_hits(real(HIT))
    assert store.organisation("contractor.example") is not None


def test_invented_names_below_a_suffix_of_ours_are_bounded(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ``".ml" = ".mil"`` a stranger makes up what was typed; every hit counts, rows stay few."""
    monkeypatch.setattr(collection, "TYPED_A_DAY", 3)
    store.count_hits(real(HIT))
    names = [
        replace(
            HIT,
            typed=Mailbox.parse(f"x@n{n}.ml"),
            meant=DomainName.parse(f"n{n}.mil"),
        )
        for n in range(10)
    ]
    store.count_hits(real(*names))
    store.count_hits(real(HIT, *names))
    assert sum(sums(store).values()) == 22
    by_name = Counter[str]()
    for (typed, _, _), number in sums(store).items():
        by_name[typed] += number
    assert by_name == {"army.ml": 2, "n0.ml": 2, "n1.ml": 2, "ml": 16}


def test_the_sums_of_a_day_are_bounded(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many names times many senders fill no disk; what is probably real is told by name all the same."""
    monkeypatch.setattr(collection, "ROWS_A_DAY", 4)
    flood = [replace(HIT, sender=Mailbox.parse(f"a@firm{n}.example")) for n in range(4)]
    store.count_hits([(hit, Likely.UNCLEAR) for hit in flood])
    more = [replace(HIT, sender=Mailbox.parse(f"a@more{n}.example")) for n in range(9)]
    store.count_hits([*((hit, Likely.UNCLEAR) for hit in more), *real(HIT)])
    assert sums(store)["army.ml", "", "unclear"] == 9
    assert sums(store)["army.ml", "contractor.example", "real"] == 1
    assert len(sums(store)) == 6


def test_spam_has_no_pairs(store: SqlStore) -> None:
    """Invented senders fill no table; a pair that was real before goes on."""
    store.count_hits([(HIT, Likely.SPAM)] * 5)
    assert store.pairs() == ()
    store.count_hits(real(HIT))
    store.count_hits([(HIT, Likely.SPAM)])
    assert store.pairs()[0].hits == 2


def test_what_cannot_be_written_as_an_address_is_counted_all_the_same(store: SqlStore) -> None:
    """A local part that grows when its case is folded has no pair, and stops nothing."""
    long = replace(HIT, sender=Mailbox.parse("ΐ" * 32 + "@contractor.example"))
    store.count_hits(real(long, HIT))
    assert [pair.sender for pair in store.pairs()] == [ANN]
    assert sum(sums(store).values()) == 2


def test_no_hit_is_lost_between_threads(store: SqlStore) -> None:
    """Four threads count at once: sums are exact, and one of them alone gives the persistent pair."""
    given: list[int] = []

    def work() -> None:
        given.extend(len(store.count_hits(real(HIT))) for _ in range(5))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.pairs()[0].hits == 20
    assert sum(sums(store).values()) == 20
    assert sum(given) == 1


def test_old_pairs_are_forgotten_and_days_stay(store: SqlStore) -> None:
    """Addresses go once nobody can be told any more; the counts without addresses stay."""
    store.count_hits(real(HIT, replace(HIT, sender=Mailbox.parse("b@x.example"), at=NOW + DAY)))
    assert store.forget_pairs(NOW + timedelta(hours=1)) == 2
    assert [pair.sender.wire for pair in store.pairs()] == ["b@x.example"]
    assert sum(sums(store).values()) == 2


def test_items_are_kept_listed_and_destroyed(store: SqlStore) -> None:
    """An item reads back equal; once expired it is listed, once destroyed no more."""
    store.keep_item(ITEM, event())
    later = replace(ITEM, item_id="item2", at=NOW + DAY, expires_at=NOW + 31 * DAY)
    store.keep_item(later, event())
    assert store.items() == (later, ITEM)
    assert store.items(since=NOW + DAY) == (later,)
    assert store.item("item1") == ITEM
    assert store.item("x") is None
    assert store.expired_items(NOW + 30 * DAY) == (ITEM,)
    store.destroyed(["item1"], NOW + 30 * DAY, event())
    assert store.expired_items(NOW + 30 * DAY) == ()
    assert store.item("item1") == replace(ITEM, destroyed_at=NOW + 30 * DAY)
    assert len(list(store.trail())) == 3
