"""The schema: migrations lead to exactly the tables the program uses, and nowhere unknown."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import missent.store
from missent.errors import OperatorError
from missent.store.schema import REVISION, metadata, microseconds, moment
from missent.store.store import open_store


def test_migrations_and_tables_agree(tmp_path: Path) -> None:
    """A database made by the migrations has the tables, columns and indexes of the metadata."""
    store = open_store(f"sqlite:///{tmp_path}/m.db", node="n")
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_the_revision_is_the_last_migration() -> None:
    """The number in the program is the head of one straight line."""
    folder = Path(missent.store.__path__[0]) / "migrations"
    assert ScriptDirectory(folder).get_heads() == [REVISION]


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    """Both revisions are named and nothing is changed."""
    path = tmp_path / "m.db"
    open_store(f"sqlite:///{path}", node="n").close()
    with sqlite3.connect(path) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(OperatorError, match=f"9999.*{REVISION}"):
        open_store(f"sqlite:///{path}", node="n")


def test_workers_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    """Four threads and two processes open a new database at the same time; all succeed."""
    url = f"sqlite:///{tmp_path}/m.db"
    script = "import sys; from missent.store.store import open_store as o; o(sys.argv[1], node='p').close()"
    others = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        for store in pool.map(lambda n: open_store(url, node=f"n{n}"), range(4)):
            store.ready()
            store.close()
    assert [other.wait(60) for other in others] == [0, 0]


def test_times_are_kept_to_the_microsecond() -> None:
    """Also before 1970 and far ahead; a time without a zone is refused."""
    for at in (
        datetime(1969, 12, 31, 23, 59, 59, 999999, UTC),
        datetime(2038, 1, 19, 3, 14, 8, 1, UTC),
        datetime(9999, 12, 31, tzinfo=UTC),
    ):
        assert moment(microseconds(at)) == at
    with pytest.raises(TypeError):
        microseconds(datetime(2026, 1, 1))  # noqa: DTZ001
