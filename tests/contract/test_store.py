"""The contract of `ports.Store`, on every database: holds, outbox, register."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.conftest import Place
from tests.store.samples import (
    ANNA,
    HOUR,
    JOHN,
    MARY,
    NOW,
    QUOTA,
    RIGHT,
    event,
    hold,
    job,
    step,
    warned,
)

from missent.errors import AlreadyDecided, QuotaExceeded, UnknownHold
from missent.judge.audit import first_break
from missent.judge.hold import CLOSED, Event, Hold, Owner, State
from missent.mail.mailbox import Mailbox
from missent.service.ports import Job, JobKind, Store
from missent.store.store import SqlStore, open_store

ROOT = Path(__file__).parents[2]


def put(store: Store, held: Hold, *jobs: Job, quota: int = QUOTA) -> Hold:
    """Write two chunks and the hold."""
    store.put_chunk(held.hold_id, 1, b"second")
    store.put_chunk(held.hold_id, 0, b"first")
    events = [event(subject=held.hold_id)]
    return store.place(held, b"key", f"token-{held.hold_id}", events, jobs, quota)


def kinds(store: Store) -> list[str]:
    """Give the kinds of all audit events, in order."""
    return [found.kind for _, found, _ in store.trail()]


# --- holds -------------------------------------------------------------------------------------


def test_a_placed_hold_reads_back_equal(store: SqlStore) -> None:
    """What is read by id, fingerprint and token is the hold that was placed, to the microsecond."""
    held = hold()
    assert put(store, held) == held
    assert store.get("hold1") == held
    assert store.by_fingerprint("print-hold1") == held
    assert store.by_token("token-hold1") == held
    found = store.get("hold1")
    assert found is not None
    assert found.envelope.extra == {"queue": "4F"}
    assert found.recipients[0].verdict.findings[0].facts == {"suffix_slip": True}
    assert list(store.chunks("hold1")) == [b"first", b"second"]
    assert store.wrapped_key("hold1") == b"key"
    assert kinds(store) == ["hold.placed"]


def test_what_is_not_there_is_none(store: SqlStore) -> None:
    """Unknown ids, prints and tokens find nothing, and no step can be taken on them."""
    assert store.get("x") is store.by_fingerprint("x") is store.by_token("x") is None
    assert store.wrapped_key("x") is None
    assert list(store.chunks("x")) == []
    for call in (
        lambda: store.apply(step(Event.CANCEL, "x")),
        lambda: store.activate("x", NOW),
        lambda: store.set_legal_hold("x", value=True, event=event()),
    ):
        with pytest.raises(UnknownHold):
            call()
    store.withdraw("x", event())
    assert kinds(store) == []


def test_the_same_message_twice_is_one_hold(store: SqlStore) -> None:
    """A retry gets the hold of the first try; nothing is written, its chunks become orphans."""
    first = put(store, hold("first"), job(hold_id="first"))
    again = put(store, replace(hold("again"), fingerprint=first.fingerprint), job(hold_id="again"))
    assert again == first
    assert store.get("again") is None
    assert kinds(store) == ["hold.placed"]
    assert store.pending()[JobKind.NOTICE] == 1
    assert store.sweep(NOW + HOUR) == 1
    assert list(store.chunks("again")) == []
    assert len(list(store.chunks("first"))) == 2


def test_a_quota_counts_undecided_holds_of_one_owner(store: SqlStore) -> None:
    """Beyond the quota nothing is written; deciding makes room; others and the operator are free."""
    put(store, hold("one", JOHN), quota=1)
    with pytest.raises(QuotaExceeded):
        put(store, hold("two", JOHN), quota=1)
    assert store.get("two") is None
    other = Owner(MARY, hold().owner.known_by)
    put(store, replace(hold("three"), owner=other), quota=1)
    for name in ("four", "five"):
        put(store, replace(hold(name), owner=Owner(None, other.known_by)), quota=1)
    store.apply(step(Event.CANCEL, "one"))
    put(store, hold("two", JOHN), quota=1)
    assert kinds(store).count("hold.placed") == 5


def test_holds_are_listed_oldest_first(store: SqlStore) -> None:
    """Open ones by default, one owner's if asked, never a prepared one."""
    put(store, replace(hold("late"), held_at=NOW + HOUR))
    put(store, hold("early", JOHN))
    put(store, replace(hold("prepared"), prepared=True))
    put(store, replace(hold("marys"), owner=Owner(MARY, hold().owner.known_by)))
    assert [h.hold_id for h in store.holds()] == ["early", "marys", "late"]
    assert [h.hold_id for h in store.holds(limit=1)] == ["early"]
    assert [h.hold_id for h in store.holds(owner=ANNA)] == ["early", "late"]
    store.apply(step(Event.CANCEL, "early"))
    assert [h.hold_id for h in store.holds()] == ["marys", "late"]
    assert [h.hold_id for h in store.holds(open_only=False)] == ["early", "marys", "late"]


def test_each_recipient_moves_alone_through_the_table(store: SqlStore) -> None:
    """One recipient is corrected and released while the other waits; each step is audited."""
    put(store, hold())
    moved = store.apply(step(Event.CORRECT, corrected_to=RIGHT))
    assert moved == store.get("hold1")
    held = moved.recipient(JOHN)
    assert held is not None
    assert (held.state, held.goes_to) == (State.CORRECTED, RIGHT)
    assert moved.open == (moved.recipient(MARY),)
    for what, state in (
        (Event.SEND, State.RELEASING),
        (Event.SEND, State.RELEASING),
        (Event.DEFER, State.RELEASING),
        (Event.REFUSED, State.FAILED),
        (Event.RETRY, State.RELEASING),
        (Event.ACCEPTED, State.RELEASED),
    ):
        found = store.apply(step(what)).recipient(JOHN)
        assert found is not None
        assert (found.state, found.corrected_to) == (state, RIGHT)
    assert kinds(store) == [
        "hold.placed",
        "recipient.correct",
        "recipient.send",
        "recipient.send",
        "recipient.defer",
        "recipient.refused",
        "recipient.retry",
        "recipient.accepted",
    ]
    assert store.wrapped_key("hold1") == b"key"


def test_a_step_not_in_the_table_changes_nothing(store: SqlStore) -> None:
    """A pair outside the table raises; state, jobs and audit stay as they were."""
    put(store, hold())
    store.apply(step(Event.CANCEL))
    before = (store.get("hold1"), kinds(store), store.pending())
    with pytest.raises(AlreadyDecided):
        store.apply(step(Event.CONFIRM, jobs=(job(JobKind.RELEASE),)))
    with pytest.raises(UnknownHold):
        store.apply(step(Event.CANCEL, recipient=RIGHT))
    assert (store.get("hold1"), kinds(store), store.pending()) == before


def test_a_prepared_hold_waits_for_activation(store: SqlStore) -> None:
    """Before activation it is not due, takes no step, and its jobs sleep; afterwards all is as usual."""
    reminder = job(JobKind.REMINDER, due=NOW + HOUR)
    put(store, replace(hold(), prepared=True), job(), reminder)
    late = NOW + 100 * HOUR
    assert store.due(late) == ()
    assert store.lease(late, late + HOUR) == ()
    with pytest.raises(UnknownHold):
        store.apply(step(Event.CONFIRM))
    store.activate("hold1", NOW + timedelta(minutes=1))
    store.activate("hold1", NOW + timedelta(minutes=2))
    found = store.get("hold1")
    assert found == hold()
    at = NOW + timedelta(minutes=1)
    assert [j.kind for j in store.lease(at, at + HOUR)] == [JobKind.NOTICE]
    assert [j.due_at for j in store.lease(NOW + HOUR, late)] == [reminder.due_at]


def test_a_withdrawn_hold_has_never_been(store: SqlStore) -> None:
    """Bytes, key, jobs and fingerprint are gone; only the audit event stays. In force, it is refused."""
    put(store, replace(hold(), prepared=True), job())
    store.withdraw("hold1", event("hold.withdrawn"))
    assert store.get("hold1") is None
    assert list(store.chunks("hold1")) == []
    assert sum(store.pending().values()) == 0
    assert kinds(store) == ["hold.placed", "hold.withdrawn"]
    put(store, hold())
    with pytest.raises(AlreadyDecided):
        store.withdraw("hold1", event("hold.withdrawn"))
    assert store.get("hold1") == hold()


def test_the_bytes_go_with_the_last_recipient(store: SqlStore) -> None:
    """Key and chunks stand until every recipient is closed, then both are gone."""
    put(store, hold())
    store.apply(step(Event.CANCEL))
    assert store.wrapped_key("hold1") == b"key"
    moved = store.apply(step(Event.CANCEL, recipient=MARY))
    assert moved.closed
    assert store.wrapped_key("hold1") is None
    assert list(store.chunks("hold1")) == []
    assert store.get("hold1") == moved


def test_a_legal_hold_keeps_the_bytes(store: SqlStore) -> None:
    """Closing under a legal hold destroys nothing; lifting it from a closed hold does."""
    put(store, hold("hold1", JOHN))
    assert store.set_legal_hold("hold1", value=True, event=event("legal.set")).legal_hold
    assert store.apply(step(Event.CANCEL)).closed
    assert store.wrapped_key("hold1") == b"key"
    assert list(store.chunks("hold1")) == [b"first", b"second"]
    assert not store.set_legal_hold("hold1", value=False, event=event("legal.lifted")).legal_hold
    assert store.wrapped_key("hold1") is None
    assert list(store.chunks("hold1")) == []
    assert kinds(store)[-1] == "legal.lifted"


def test_lifting_a_legal_hold_from_an_open_hold_destroys_nothing(store: SqlStore) -> None:
    """The message is still needed."""
    put(store, hold())
    store.set_legal_hold("hold1", value=True, event=event())
    store.set_legal_hold("hold1", value=False, event=event())
    assert store.wrapped_key("hold1") == b"key"


def test_due_lists_ended_graces_and_expired_holds(store: SqlStore) -> None:
    """A warning is due at the end of its grace, a hold at its expiry, neither once decided."""
    put(store, warned("warned", NOW + timedelta(minutes=5)))
    put(store, hold("held"))
    assert store.due(NOW + timedelta(minutes=4)) == ()
    assert [h.hold_id for h in store.due(NOW + timedelta(minutes=5))] == ["warned"]
    assert [h.hold_id for h in store.due(NOW + 72 * HOUR)] == ["warned", "held"]
    assert [h.hold_id for h in store.due(NOW + 72 * HOUR, limit=1)] == ["warned"]
    store.apply(step(Event.CONFIRM, "warned"))
    store.apply(step(Event.CANCEL, "held"))
    assert [h.hold_id for h in store.due(NOW + 72 * HOUR)] == ["held"]
    store.apply(step(Event.EXPIRE, "held", MARY))
    assert store.due(NOW + 72 * HOUR) == ()


def test_chunks_are_overwritten_in_place(store: SqlStore) -> None:
    """A chunk written again replaces the one with its index."""
    store.put_chunk("a", 0, b"old")
    store.put_chunk("a", 0, b"new")
    assert list(store.chunks("a")) == [b"new"]


def test_a_sweep_takes_only_what_is_old_and_nobodys(place: Place) -> None:
    """Old orphans and old prepared holds go; young ones and holds in force stay."""
    store, clock = place.store, place.clock
    store.put_chunk("orphan", 0, b"x")
    put(store, replace(hold("prepared"), prepared=True), job(hold_id="prepared"))
    put(store, hold("held"))
    clock.at = NOW + 2 * HOUR
    store.put_chunk("young", 0, b"x")
    put(store, replace(hold("youngprep"), prepared=True, held_at=clock.at))
    assert store.sweep(NOW) == 0
    assert store.sweep(NOW + HOUR) == 2
    assert store.get("prepared") is None
    assert [len(list(store.chunks(n))) for n in ("orphan", "prepared", "held", "young")] == [
        0,
        0,
        2,
        1,
    ]
    assert store.get("youngprep") is not None
    assert kinds(store)[-1] == "hold.swept"
    assert sum(store.pending().values()) == 0


# --- races -------------------------------------------------------------------------------------


def test_of_eight_racing_threads_one_wins(store: SqlStore) -> None:
    """Confirm and cancel race on the same recipient: one outcome, seven told they were late."""
    for round_ in range(5):
        name = f"race{round_}"
        put(store, hold(name, JOHN))
        start = threading.Barrier(8)

        def race(number: int, name: str = name, start: threading.Barrier = start) -> str:
            what = Event.CONFIRM if number % 2 else Event.CANCEL
            start.wait()
            try:
                return store.apply(step(what, name)).recipients[0].state.value
            except AlreadyDecided:
                return "late"

        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(race, range(8)))
        won = [state for state in told if state != "late"]
        found = store.get(name)
        assert found is not None
        assert won == [found.recipients[0].state.value]
    assert len(kinds(store)) == 10
    assert first_break((e, stored) for _, e, stored in store.trail()) is None


def test_the_last_two_recipients_close_at_once(store: SqlStore) -> None:
    """Whoever closes last destroys the bytes, even if both believe to be first."""
    for round_ in range(5):
        name = f"pair{round_}"
        put(store, hold(name))
        start = threading.Barrier(2)

        def close(mailbox: Mailbox, name: str = name, start: threading.Barrier = start) -> None:
            start.wait()
            store.apply(step(Event.CANCEL, name, mailbox))

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(close, (JOHN, MARY)))
        assert store.wrapped_key(name) is None


def test_the_same_message_placed_by_many_at_once_is_one_hold(store: SqlStore) -> None:
    """Eight retries at the same moment share one hold, even if two people own them."""
    start = threading.Barrier(8)

    def try_it(number: int) -> str:
        owner = Owner((ANNA, MARY)[number % 2], hold().owner.known_by)
        held = replace(hold(f"try{number}"), fingerprint="same", owner=owner)
        start.wait()
        return put(store, held).hold_id

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(try_it, range(8)))) == 1
    assert kinds(store) == ["hold.placed"]


def test_of_two_processes_one_wins_each_hold(place: Place) -> None:
    """Two processes decide the same 30 holds; every hold has exactly one winner."""
    names = [f"hold{number}" for number in range(30)]
    for name in names:
        put(place.store, hold(name, JOHN))
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.contract.racer", place.url, choice, *names],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for choice in ("confirm", "cancel")
    ]
    for racer in racers:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
    outputs = []
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        out, _ = racer.communicate(timeout=60)
        assert racer.returncode == 0
        outputs.append(out.split())
    confirmed, cancelled = map(set, outputs)
    assert not confirmed & cancelled
    assert confirmed | cancelled == set(names)
    for name in names:
        found = place.store.get(name)
        assert found is not None
        expected = State.CONFIRMED if name in confirmed else State.CANCELLED
        assert found.recipients[0].state is expected
        assert (place.store.wrapped_key(name) is None) == (expected in CLOSED)
    assert all(_chain_holds(place.store, node) for node in ("racer-confirm", "racer-cancel"))


def _chain_holds(store: SqlStore, node: str) -> bool:
    return first_break((e, stored) for its, e, stored in store.trail() if its == node) is None


# --- outbox ------------------------------------------------------------------------------------


def test_a_job_is_leased_once_until_its_lease_runs_out(store: SqlStore) -> None:
    """Two workers never have the same job; a dead worker's job comes back."""
    put(store, hold(), job(), job(JobKind.REMINDER, due=NOW + HOUR))
    (mine,) = store.lease(NOW, NOW + timedelta(minutes=5))
    assert (mine.kind, mine.hold_id, mine.recipient) == (JobKind.NOTICE, "hold1", None)
    assert (mine.attempts, mine.detail) == (0, {"rule": "suffix slip"})
    assert store.lease(NOW + timedelta(minutes=4), NOW + HOUR) == ()
    (again,) = store.lease(NOW + timedelta(minutes=5), NOW + HOUR)
    assert again.job_id == mine.job_id
    store.finish(again.job_id)
    assert store.pending()[JobKind.NOTICE] == 0
    assert store.pending()[JobKind.REMINDER] == 1


def test_a_postponed_job_counts_its_attempt(store: SqlStore) -> None:
    """It is due again at the new time, for anybody."""
    put(store, hold(), replace(job(JobKind.RELEASE), recipient=JOHN))
    (mine,) = store.lease(NOW, NOW + HOUR)
    assert mine.recipient == JOHN
    assert mine.recipient is not None
    assert mine.recipient.wire == JOHN.wire
    store.postpone(mine.job_id, NOW + timedelta(minutes=1), "451 from the relay \udcff\0")
    assert store.lease(NOW, NOW + HOUR) == ()
    (again,) = store.lease(NOW + timedelta(minutes=1), NOW + HOUR)
    assert (again.attempts, again.due_at) == (1, NOW + timedelta(minutes=1))


def test_many_workers_share_the_jobs(store: SqlStore) -> None:
    """Forty jobs leased by eight threads, each by exactly one."""
    put(store, hold(), *(replace(job(), serial=number) for number in range(40)))
    start = threading.Barrier(8)

    def work(_: int) -> list[int]:
        start.wait()
        taken: list[int] = []
        while jobs := store.lease(NOW, NOW + HOUR, limit=3):
            taken += [j.job_id for j in jobs]
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = [job_id for found in pool.map(work, range(8)) for job_id in found]
    assert len(taken) == len(set(taken)) == 40


def test_enqueue_twice_is_one_job(store: SqlStore) -> None:
    """The idempotency key makes a repeated request harmless; another serial is another job."""
    for serial in (1, 1, 2):
        store.enqueue(replace(job(JobKind.CODE), serial=serial, due_at=NOW))
    assert store.pending()[JobKind.CODE] == 2


def test_a_step_renews_a_job_whose_worker_is_not_done_yet(store: SqlStore) -> None:
    """A retry decided while the old job is still in hand survives the old job's end."""
    release = replace(job(JobKind.RELEASE), recipient=JOHN)
    put(store, hold())
    store.apply(step(Event.CONFIRM, jobs=(release,)))
    (old,) = store.lease(NOW, NOW + HOUR)
    store.apply(step(Event.SEND))
    store.apply(step(Event.REFUSED))
    store.apply(step(Event.RETRY, jobs=(release,)))
    store.finish(old.job_id)
    (new,) = store.lease(NOW, NOW + HOUR)
    assert new.job_id != old.job_id


# --- register ----------------------------------------------------------------------------------


def test_settings_are_changed_and_audited(store: SqlStore) -> None:
    """The last value counts; every change is in the trail."""
    assert store.setting("mode") is None
    store.set_setting("mode", "warn", event("mode.changed"))
    store.set_setting("mode", "enforce", event("mode.changed"))
    store.set_setting("mode:suffix slip", "observe", event("mode.changed"))
    assert store.setting("mode") == "enforce"
    assert store.settings() == {"mode": "enforce", "mode:suffix slip": "observe"}
    assert kinds(store) == ["mode.changed"] * 3


def test_a_mark_is_spent_once(store: SqlStore) -> None:
    """Of eight threads that spend the same mark, one may."""
    start = threading.Barrier(8)

    def spend(_: int) -> bool:
        start.wait()
        return store.spend("trace:hold1", NOW)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(8))) == 1
    assert not store.spend("trace:hold1", NOW + HOUR)
    assert store.spend("trace:hold2", NOW)


def test_a_kept_value_lasts_until_it_expires(store: SqlStore) -> None:
    """It can be replaced, ends at its time, and is swept afterwards."""
    store.remember("code", "one", NOW + HOUR)
    store.remember("code", "two", NOW + 2 * HOUR)
    assert store.recall("code", NOW + HOUR) == "two"
    assert store.recall("code", NOW + 2 * HOUR) is None
    assert store.recall("other", NOW) is None
    store.sweep(NOW + 3 * HOUR)
    assert store.recall("code", NOW) is None


def test_the_trail_is_one_unbroken_chain_a_node(place: Place) -> None:
    """Two nodes on one database each have their chain, and both verify."""
    for number in range(3):
        place.store.audit(event(subject=f"a{number}"))
    other = open_store(place.url, node="node2")
    other.audit(event(subject="b0"))
    place.store.audit(event(subject="a3"))
    found = list(other.trail())
    other.close()
    assert [(node, e.subject_id) for node, e, _ in found] == [
        ("node1", "a0"),
        ("node1", "a1"),
        ("node1", "a2"),
        ("node1", "a3"),
        ("node2", "b0"),
    ]
    for node in ("node1", "node2"):
        assert first_break((e, stored) for its, e, stored in found if its == node) is None
    assert found[0][1].detail == {"size": 12, "ok": True, "none": None}
    assert place.store.heads() == {"node1": (4, found[3][2]), "node2": (1, found[4][2])}


def test_a_long_trail_is_read_in_pages(store: SqlStore) -> None:
    """More events than a page holds come out whole and in order."""
    events = [event(subject=f"e{number}") for number in range(1203)]
    store.place(hold(), b"key", "token", events, (), QUOTA)
    assert [e.subject_id for _, e, _ in store.trail()] == [e.subject_id for e in events]


def test_ready_proves_a_commit_and_reopening_finds_everything(place: Place) -> None:
    """What was written by one store object is there for the next."""
    place.store.ready()
    place.store.ready()
    put(place.store, hold())
    again = open_store(place.url, node="node1")
    assert again.get("hold1") == hold()
    again.close()
