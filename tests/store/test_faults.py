"""What the store promises when things go wrong: durable before acknowledged, whole or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from tests.store.samples import HOUR, JOHN, MARY, NOW, QUOTA, FakeClock, event, hold, job, step
from tests.store.writer import MASTER, body

from missent.errors import OperatorError, ServiceError, StoreUnavailable
from missent.judge.audit import first_break
from missent.judge.hold import Event
from missent.service.ports import JobKind
from missent.store import database
from missent.store.seal import AesSealer
from missent.store.store import SqlStore, open_store

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name a database that is not there yet."""
    return tmp_path / "missent.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    """Open a store on it."""
    opened = open_store(f"sqlite:///{path}", node="node1", clock=FakeClock())
    yield opened
    opened.close()


def place_sealed(store: SqlStore, name: str = "hold1") -> bytes:
    """Seal one message of two chunks into the store; gives its wrapped key."""
    sealer = AesSealer(MASTER)
    key, text = sealer.new_key(name), body(name)
    for index, start in enumerate(range(0, len(text), 4096)):
        store.put_chunk(name, index, sealer.seal(key, name, index, text[start : start + 4096]))
    store.place(hold(name), key, f"t-{name}", [event(subject=name)], [job(hold_id=name)], QUOTA)
    return key


def opened(store: SqlStore, name: str) -> bytes:
    """Open a sealed message."""
    key = store.wrapped_key(name)
    assert key is not None
    sealer = AesSealer(MASTER)
    found = enumerate(store.chunks(name))
    return b"".join(sealer.open(key, name, index, sealed) for index, sealed in found)


def everything_on_disk(path: Path) -> bytes:
    """Read the database, its write-ahead log and all."""
    return b"".join(p.read_bytes() for p in path.parent.iterdir() if p.name.startswith(path.name))


# --- durability --------------------------------------------------------------------------------


def test_the_database_is_durable_and_private(path: Path, store: SqlStore) -> None:
    """WAL with synchronous FULL, secure deletion, foreign keys; mode 0600 for all its files."""
    store.ready()
    with store.database.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }
    for found in path.parent.iterdir():
        assert stat.S_IMODE(found.stat().st_mode) == 0o600


def test_what_was_acknowledged_survives_kill_9(path: Path) -> None:
    """Three writers are killed in mid-work; each hold they acknowledged is there, whole and opens."""
    url = f"sqlite:///{path}"
    acknowledged: list[str] = []
    for round_ in range(3):
        writer = subprocess.Popen(
            [sys.executable, "-m", "tests.store.writer", url, f"r{round_}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        acknowledged += [writer.stdout.readline().strip() for _ in range(5 + 10 * round_)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += writer.stdout.read().split()
        writer.stdout.close()
        assert writer.wait(10) == -signal.SIGKILL
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    raw.close()
    store = open_store(url, node="node1")
    assert len(acknowledged) >= 5 + 15 + 25
    for name in acknowledged:
        found = store.get(name)
        assert found is not None
        assert len(found.recipients) == 2
        assert opened(store, name) == body(name)
    assert store.pending()[JobKind.NOTICE] == len(store.holds(limit=10**6)) >= len(acknowledged)
    assert first_break((e, stored) for _, e, stored in store.trail()) is None
    store.close()


@pytest.mark.real
def test_a_small_message_costs_two_syncs(path: Path) -> None:
    """One chunk and one placing are one sync each: twenty messages take no more than forty-odd."""
    if shutil.which("strace") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("not here: strace (tests/real/install.sh installs it as root)")
        pytest.skip("not here: strace (tests/real/install.sh installs it as root)")
    url = f"sqlite:///{path}"
    open_store(url, node="node1").close()
    counts = [_syncs(url, f"p{count}", count) for count in (0, 20)]
    chunks = -(-len(body("p20-0")) // 4096)
    assert counts[1] - counts[0] <= 20 * (chunks + 1) + 2


def _syncs(url: str, prefix: str, count: int) -> int:
    log = Path(url.removeprefix("sqlite:///")).with_name(f"{prefix}.strace")
    command = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(log)]
    writer = [sys.executable, "-m", "tests.store.writer", url, prefix, str(count)]
    subprocess.run([*command, *writer], cwd=ROOT, check=True, capture_output=True, timeout=120)
    return sum("sync(" in line for line in log.read_text().splitlines())


# --- secrecy -----------------------------------------------------------------------------------


def test_no_word_of_a_message_is_on_disk(path: Path, store: SqlStore) -> None:
    """Neither in the database nor in its write-ahead log, while the hold stands."""
    place_sealed(store)
    assert opened(store, "hold1") == body("hold1")
    found = everything_on_disk(path)
    assert b"hold1" in found
    for word in (b"lorem", b"ipsum"):
        assert word not in found


def test_a_closed_hold_cannot_be_opened_again(path: Path, store: SqlStore) -> None:
    """Its key is gone at once, and after a sweep no byte of key or message is left on disk."""
    key = place_sealed(store)
    sealed = list(store.chunks("hold1"))
    for mailbox in (JOHN, MARY):
        store.apply(step(Event.CANCEL, recipient=mailbox))
    assert store.wrapped_key("hold1") is None
    with pytest.raises(ServiceError):
        AesSealer(MASTER).open(AesSealer(MASTER).new_key("hold1"), "hold1", 0, sealed[0])
    store.sweep(NOW - HOUR)
    found = everything_on_disk(path)
    assert key[:24] not in found
    assert all(chunk[:64] not in found for chunk in sealed)


def test_under_a_legal_hold_it_can(store: SqlStore) -> None:
    """The message opens after everybody decided, until the legal hold is lifted."""
    place_sealed(store)
    store.set_legal_hold("hold1", value=True, event=event("legal.set"))
    for mailbox in (JOHN, MARY):
        store.apply(step(Event.CANCEL, recipient=mailbox))
    store.sweep(NOW + 1000 * HOUR)
    assert opened(store, "hold1") == body("hold1")


# --- the trail ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "change"),
    [
        ("kind", "replace(kind, 'c', 'd')"),
        ("subject_id", "subject_id || 'x'"),
        ("actor", "'somebody'"),
        ("at", "at + 1"),
        ("detail", "replace(detail, '12', '13')"),
        ("previous", "replace(previous, 'a', 'b')"),
        ("digest", "replace(digest, 'a', 'b')"),
    ],
)
def test_one_edited_value_is_found(path: Path, store: SqlStore, column: str, change: str) -> None:
    """Whatever is changed in the middle of the trail, verification names an event there."""
    for number in range(9):
        store.audit(event("recipient.cancelled", subject=f"s{number}"))
    with sqlite3.connect(path) as raw:
        raw.execute(f"UPDATE audit_events SET {column} = {change} WHERE number = 5")
    raw.close()
    assert first_break((e, stored) for _, e, stored in store.trail()) in {4, 5}


def test_a_removed_event_is_found(path: Path, store: SqlStore) -> None:
    """A gap breaks the chain; a cut-off end does not fit the chain's head."""
    for number in range(9):
        store.audit(event(subject=f"s{number}"))
    with sqlite3.connect(path) as raw:
        raw.execute("DELETE FROM audit_events WHERE number = 9")
    assert list(store.trail())[-1][2] != store.heads()["node1"][1]
    with raw:
        raw.execute("DELETE FROM audit_events WHERE number = 5")
    raw.close()
    assert first_break((e, stored) for _, e, stored in store.trail()) == 4


# --- trouble -----------------------------------------------------------------------------------


def _refuses(call: Callable[[], object]) -> str:
    """Insist on `StoreUnavailable` without any content; gives its text."""
    with pytest.raises(StoreUnavailable) as raised:
        call()
    text = f"{raised.value!s} {raised.value!r}"
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    for content in ("army", "INSERT", "anna", "lorem"):
        assert content not in text
    return text


def test_a_full_disk_leaves_nothing_half_written(path: Path, store: SqlStore) -> None:
    """With no page left, chunks and holds are refused whole; with room again everything works."""
    place_sealed(store)
    limits = {"pages": 0}

    def limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {limits['pages'] or 2**30}")

    sa.event.listen(store.database.engine, "begin", limit)
    with store.database.read() as connection:
        limits["pages"] = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    assert "SQLITE_FULL" in _refuses(lambda: store.put_chunk("big", 0, bytes(100_000)))
    wide = hold("wide", JOHN, MARY)
    bulky = replace(wide, envelope=replace(wide.envelope, extra={"x": "y" * 100_000}))
    events, jobs = [event(subject="wide")], [job(hold_id="wide")]
    _refuses(lambda: store.place(bulky, b"key", "t-wide", events, jobs, QUOTA))
    assert store.get("wide") is None
    assert list(store.chunks("big")) == []
    assert [e.subject_id for _, e, _ in store.trail()] == ["hold1"]
    limits["pages"] = 0
    assert store.place(bulky, b"key", "t-wide", events, jobs, QUOTA) == bulky
    assert store.get("wide") == bulky
    assert opened(store, "hold1") == body("hold1")
    with sqlite3.connect(path) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    raw.close()


def test_a_locked_database_is_unavailable_soon(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program that keeps the write lock makes writing fail in time; reading goes on."""
    monkeypatch.setattr(database, "WAIT", 0.05)
    store = open_store(f"sqlite:///{path}", node="node1")
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN IMMEDIATE")
    assert "SQLITE_BUSY" in _refuses(store.ready)
    assert store.get("x") is None
    raw.execute("ROLLBACK")
    raw.close()
    store.ready()
    store.close()


def test_a_thread_that_never_ends_does_not_stop_the_others_for_ever(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writers wait their turn in a process for as long as they would for another process."""
    monkeypatch.setattr(database, "WAIT", 0.05)
    store = open_store(f"sqlite:///{path}", node="node1")
    inside, leave = threading.Event(), threading.Event()

    def linger() -> None:
        with store.database.write():
            inside.set()
            leave.wait(10)

    with ThreadPoolExecutor(1) as pool:
        lingering = pool.submit(linger)
        inside.wait(10)
        assert "busy" in _refuses(store.ready)
        leave.set()
        lingering.result()
    store.ready()
    store.close()


@pytest.mark.parametrize("by", ["nothing", "another"])
def test_a_database_that_was_taken_away_is_unavailable(path: Path, by: str) -> None:
    """Who restores a backup under a running program hears of it; nothing is written where nobody looks."""
    store = open_store(f"sqlite:///{path}", node="n", clock=FakeClock())
    try:
        path.rename(path.with_name("away"))
        if by == "another":
            shutil.copy(path.with_name("away"), path)
        with pytest.raises(StoreUnavailable, match="removed or replaced"):
            store.audit(event("note"))
        with pytest.raises(StoreUnavailable):
            store.ready()
        path.with_name("away").replace(path)
        store.audit(event("note"))
    finally:
        store.close()


def test_a_damaged_database_is_unavailable(path: Path) -> None:
    """A file that is no database is named as trouble, without its content."""
    path.write_bytes(b"lorem ipsum " * 1000)
    _refuses(lambda: open_store(f"sqlite:///{path}", node="node1"))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "mysql://localhost/x",
        "missent.db",
        "postgresql://host:port/x",
    ],
)
def test_a_url_of_another_kind_is_the_operators_mistake(url: str) -> None:
    """The error says what a URL must look like."""
    with pytest.raises(OperatorError, match=r"store\.url"):
        open_store(url, node="node1")


def test_a_path_that_cannot_be_is_the_operators_mistake(tmp_path: Path) -> None:
    """A folder where a file lies is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError, match="cannot be opened"):
        open_store(f"sqlite:///{tmp_path}/file/missent.db", node="node1")


def test_a_server_that_is_down_is_unavailable(tmp_path: Path) -> None:
    """PostgreSQL that does not answer is temporary trouble, not a crash."""
    pytest.importorskip("psycopg")
    _refuses(lambda: open_store(f"postgresql://x@/y?host={tmp_path}", node="node1"))


def test_a_database_in_use_can_be_closed_twice(path: Path) -> None:
    """Closing is harmless to repeat, and leaves no write-ahead log behind."""
    store = open_store(f"sqlite:///{path}", node="node1")
    store.ready()
    store.close()
    store.close()
    assert [p.name for p in path.parent.iterdir()] == [path.name]
