"""Own the connections: how transactions begin, how durable they are, and what trouble looks like.

Theory of operation. Reading is one snapshot (SQLite: a deferred transaction in WAL; PostgreSQL:
REPEATABLE READ). Writing is one short transaction that takes its locks first (SQLite: BEGIN IMMEDIATE,
one writer at a time; PostgreSQL: row locks, in the order owner, hold, jobs, audit chain, so that no
two wait for each other). Within a process writers of SQLite queue on a lock, since SQLite's own
waiting is a sleep and unfair; between processes its busy timeout counts.

Durability: WAL with synchronous=FULL loses nothing on a power cut, while WAL with NORMAL and the
older DELETE with FULL do. On PostgreSQL synchronous_commit is asked for in every session.

Every database error leaves here as `StoreUnavailable`, without statement or values (law 8).
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from missent.errors import OperatorError, StoreUnavailable
from missent.service.ports import Clock
from missent.store.seal import sync_folder

WAIT = 4.0
"""Seconds to wait for a lock or a connection: an MTA must have its 451 within 5."""
_CONNECTIONS = 16
_ASK = 5_000  # values in one IN (...): SQLite allows 32,766 parameters
_WIPE_WAIT = 200  # milliseconds
_WRITE = "missent_write"
_POSTGRES_SESSION = (
    "-c synchronous_commit=on -c timezone=UTC -c statement_timeout=30s"
    f" -c lock_timeout={int(WAIT * 1000)} -c idle_in_transaction_session_timeout=60s"
)

Insert = sqlite.Insert | postgresql.Insert
_T = TypeVar("_T")


class SystemClock:
    """The machine's time of day."""

    def now(self) -> datetime:
        """Give the time, aware, in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


class Database:
    """One database, shared by the threads of one process."""

    def __init__(self, engine: sa.Engine, node: str, clock: Clock) -> None:
        self.engine = engine
        self.node = node
        self.clock = clock
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._turn = threading.Lock() if self.is_sqlite else None
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = engine.execution_options(**options)
        self._writing = engine.execution_options(**{_WRITE: True})

    @contextlib.contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Read in one snapshot."""
        with _trouble(), self._reading.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Do one transaction: durable on leaving, or an exception and nothing of it remains."""
        with _trouble(), self._my_turn(), self._writing.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=WAIT):
            raise StoreUnavailable("the store is busy: another thread is writing")
        try:
            yield
        finally:
            self._turn.release()

    def insert(self, table: sa.Table) -> Insert:
        """Begin an INSERT that can say ON CONFLICT."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def replace(
        self, table: sa.Table, keys: Collection[str], *, keeping: Collection[str] = ()
    ) -> Insert:
        """Begin an INSERT that takes the place of a row with the same `keys`, `keeping` some columns."""
        statement = self.insert(table)
        others = (c.name for c in table.c if c.name not in keys and c.name not in keeping)
        return statement.on_conflict_do_update(
            index_elements=[table.c[name] for name in keys],
            set_={name: statement.excluded[name] for name in others},
        )

    def insert_many(
        self, connection: sa.Connection, statement: Insert, rows: Sequence[Mapping[str, object]]
    ) -> None:
        """Insert many rows, all with the same keys, several times faster than `execute` does.

        Values go to the driver as they are: times must be microseconds already.
        """
        if not rows:
            return
        columns = list(rows[0])
        compiled = statement.compile(dialect=self.engine.dialect, column_keys=columns)
        if self.is_sqlite:
            order = compiled.positiontup or []
            values = [tuple(row[name] for name in order) for row in rows]
            connection.exec_driver_sql(str(compiled), values)
        else:
            connection.exec_driver_sql(str(compiled), [dict(row) for row in rows])

    def lock(self, connection: sa.Connection, what: str) -> None:
        """Wait until no other node's transaction holds `what`; it is ours until the end of this one."""
        if not self.is_sqlite:  # there, a writer is alone anyway
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(what))))

    def wipe(self) -> None:
        """Empty the write-ahead log, in which bytes destroyed since the last time may still stand.

        Gives way to readers almost at once; then the next time does it.
        """
        if self.is_sqlite:
            with _trouble(), self._my_turn(), self.engine.connect() as connection:
                driver = connection.connection.dbapi_connection
                assert driver is not None
                driver.execute(f"PRAGMA busy_timeout = {_WIPE_WAIT}")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                driver.execute(f"PRAGMA busy_timeout = {int(WAIT * 1000)}")

    def close(self) -> None:
        """Close the connections not in use."""
        self.engine.dispose()


def portions(values: Collection[_T]) -> Iterator[Sequence[_T]]:
    """Split values into portions that fit into one query."""
    listed = list(values)
    for start in range(0, len(listed), _ASK):
        yield listed[start : start + _ASK]


def inserted(connection: sa.Connection, statement: Insert) -> bool:
    """Insert one row unless it is there already; tell whether it is new."""
    options = {"preserve_rowcount": True}  # else an INSERT's count is not kept on PostgreSQL
    return connection.execute(statement, execution_options=options).rowcount == 1


def connect(url: str, node: str, clock: Clock | None = None) -> Database:
    """Prepare a database for use; its schema is not looked at yet.

    Raises `OperatorError` for a URL of another kind, or a missing driver.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        engine = _open_sqlite(rest)
    elif scheme in {"postgresql", "postgres", "postgresql+psycopg"}:
        engine = _open_postgres(f"postgresql+psycopg://{rest}")
    else:
        raise OperatorError("store.url: must begin with sqlite:/// or postgresql://")
    return Database(engine, node, clock or SystemClock())


# --- SQLite ------------------------------------------------------------------------------------


def _open_sqlite(rest: str) -> sa.Engine:
    name = rest.removeprefix("/")
    if not rest.startswith("/") or not name or name.startswith((":memory:", "file:")):
        raise OperatorError("store.url: SQLite needs a file, as in sqlite:////var/lib/missent.db")
    path = Path(name)
    try:
        _create_private(path)
    except OSError as error:
        raise OperatorError(f"{path}: the database cannot be opened: {error.strerror}") from None
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=_CONNECTIONS,
        max_overflow=0,
        pool_timeout=WAIT,
        connect_args={"timeout": WAIT, "check_same_thread": False},
        hide_parameters=True,
    )
    sa.event.listen(engine, "connect", _set_pragmas)
    _insist_on_file(engine, path)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _insist_on_file(engine: sa.Engine, path: Path) -> None:
    """Refuse to go on in a file that was removed or replaced: what is written there, nobody would find."""
    path = path.absolute()
    first = _identity(path)

    def look(*_: object) -> None:
        if _identity(path) != first:
            raise StoreUnavailable(f"{path}: removed or replaced while in use; start again")

    sa.event.listen(engine, "do_connect", look)  # which would make an empty one
    sa.event.listen(engine, "checkout", look)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _create_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    sync_folder(path.parent)


def _set_pragmas(driver: Any, _record: object) -> None:
    driver.isolation_level = None  # transactions begin where we say, not where the driver guesses
    driver.execute(f"PRAGMA busy_timeout = {int(WAIT * 1000)}")
    _switch_to_wal(driver)
    for pragma in ("synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
        driver.execute(f"PRAGMA {pragma}")


def _switch_to_wal(driver: Any) -> None:
    """Set the journal mode; only the very first time takes a lock, which is not waited for by itself."""
    deadline = time.monotonic() + WAIT
    while True:
        try:
            mode = driver.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        except driver.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            if mode != "wal":
                raise OperatorError("this file system cannot carry SQLite's write-ahead log")
            return


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# --- PostgreSQL --------------------------------------------------------------------------------


def _open_postgres(url: str) -> sa.Engine:
    try:
        return sa.create_engine(
            url,
            pool_size=_CONNECTIONS,
            max_overflow=0,
            pool_timeout=WAIT,
            pool_pre_ping=True,
            connect_args={"connect_timeout": int(WAIT), "options": _POSTGRES_SESSION},
            hide_parameters=True,
        )
    except ModuleNotFoundError:
        raise OperatorError(
            "PostgreSQL needs its driver: pip install 'missent[postgres]'"
        ) from None
    except (SQLAlchemyError, ValueError):
        raise OperatorError("store.url: not a PostgreSQL URL") from None


# --- trouble -----------------------------------------------------------------------------------


@contextlib.contextmanager
def _trouble() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreUnavailable(f"the store failed: {_cause(error)}") from None


def _cause(error: SQLAlchemyError) -> str:
    """Name the trouble by its code alone: a database's own words may quote values."""
    origin = getattr(error, "orig", None)
    code = getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
