"""The keeping of safety files, on every store."""

from __future__ import annotations

from datetime import timedelta

from tests.store.samples import NOW

from missent.judge.audit import first_break
from missent.mail.domain import DomainName
from missent.service.ports import NewEvent
from missent.service.safety.ports import Kept
from missent.store.store import SqlStore

ARMY = DomainName.parse("army.mil")
EVENT = NewEvent("safety_file.imported", "army.mil", "operator:ann", NOW, {"from": "www.army.mil"})


def _kept(publisher: str, text: str = "{}", later: int = 0) -> Kept:
    name = DomainName.parse(publisher)
    return Kept(name, text, NOW + timedelta(seconds=later), "operator:ann")


def test_one_file_of_each_publisher_is_kept(store: SqlStore) -> None:
    """The last one, whole, in order of names; its time tells that it is another."""
    store.keep_published(_kept("navy.mil"), EVENT)
    store.keep_published(_kept("army.mil", "old"), EVENT)
    store.keep_published(_kept("army.mil", '{"hint": "ü \\u0000 \N{SNOWMAN}"}', later=1), EVENT)
    assert store.published_files() == (
        _kept("army.mil", '{"hint": "ü \\u0000 \N{SNOWMAN}"}', later=1),
        _kept("navy.mil"),
    )
    assert store.published_stamps() == {"army.mil": NOW + timedelta(seconds=1), "navy.mil": NOW}


def test_a_removed_file_is_gone(store: SqlStore) -> None:
    """Removing what is not there is no event."""
    store.keep_published(_kept("army.mil"), EVENT)
    gone = NewEvent("safety_file.removed", "army.mil", "operator:ann", NOW)
    assert store.remove_published(ARMY, gone)
    assert not store.remove_published(ARMY, gone)
    assert store.published_files() == ()
    assert store.published_stamps() == {}


def test_both_are_audited(store: SqlStore) -> None:
    """In the same transaction, in one chain."""
    store.keep_published(_kept("army.mil"), EVENT)
    store.remove_published(ARMY, NewEvent("safety_file.removed", "army.mil", "operator:ann", NOW))
    trail = list(store.trail())
    assert [event.kind for _, event, _ in trail] == ["safety_file.imported", "safety_file.removed"]
    assert trail[0][1].detail == {"from": "www.army.mil"}
    assert first_break((event, digest) for _, event, digest in trail) is None
