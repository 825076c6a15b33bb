"""The schema: migrations lead to exactly the tables the program uses, and nowhere unknown."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.store.samples import ANNA, NOW

import missent.store
from missent.errors import OperatorError
from missent.lookalike import people
from missent.mail.mailbox import Mailbox
from missent.service.ports import Sighting, SightingKind
from missent.store.schema import REVISION, local_keys, metadata, microseconds, moment
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


def _first_revision(path: Path) -> None:
    """Make a database as the first version left it, with a mailbox, a domain and a validation."""
    config = Config()
    config.set_main_option("script_location", str(Path(missent.store.__path__[0]) / "migrations"))
    config.set_main_option("path_separator", "os")
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for table, name in (("mailboxes", "john.smith@army.mil"), ("domains", "army.mil")):
            connection.execute(
                sa.text(
                    f"INSERT INTO {table} (name, sent, answered, answered_people, heard, "
                    "heard_weakly, first_seen, last_seen, in_directory) "
                    "VALUES (:name, 7, 3, 2, 0, 0, 1, 2, 1)"
                ),
                {"name": name},
            )
        connection.execute(
            sa.text("INSERT INTO validations VALUES (:who, :whom, 5, 'anna')"),
            {"who": ANNA.folded, "whom": "john.smith@army.mil"},
        )
        connection.execute(sa.text("INSERT INTO tallies VALUES ('messages', 7)"))
    engine.dispose()


def test_the_first_versions_data_is_kept_and_found_by_the_new_keys(tmp_path: Path) -> None:
    """Counts and validations stay, namesakes and neighbours are indexed, circles begin empty."""
    path = tmp_path / "m.db"
    _first_revision(path)
    store = open_store(f"sqlite:///{path}", node="n")
    slip, known = Mailbox.parse("jon.smith@army.mil"), Mailbox.parse("john.smith@army.mil")
    typo = Mailbox.parse("john.smith@army.ml")
    view = store.view(ANNA, [slip, known, typo], NOW)
    record = view.mailbox(known)
    assert (record.sent, record.answered, record.answered_people, record.recent) == (7, 3, 2, 0.0)
    assert record.in_directory is True
    assert record.validated == moment(5)
    assert [found.mailbox for found in view.near_mailboxes(slip)] == [known]
    assert [near.domain.ascii for near in view.near(typo.domain)] == ["army.mil"]
    assert (view.messages, view.circle.letters) == (7, 0)
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_mailbox_keys_are_rebuilt_when_their_rule_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database of older keys is indexed anew on opening, once."""
    url = f"sqlite:///{tmp_path}/m.db"
    known, slip = Mailbox.parse("john.smith@army.mil"), Mailbox.parse("jon.smith@army.mil")
    store = open_store(url, node="n")
    store.learn([Sighting(SightingKind.SENT, known, ANNA, NOW)])
    with store.database.write() as connection:
        connection.execute(sa.delete(local_keys))
    store.close()
    monkeypatch.setattr(people, "VERSION", people.VERSION + 1)
    store = open_store(url, node="n")
    assert [m.mailbox for m in store.view(ANNA, [slip], NOW).near_mailboxes(slip)] == [known]
    store.close()


def test_the_second_versions_data_is_kept(tmp_path: Path) -> None:
    """A database of revision 0002 is upgraded in place: what it learned is still there."""
    path = tmp_path / "m.db"
    config = Config()
    config.set_main_option("script_location", str(Path(missent.store.__path__[0]) / "migrations"))
    config.set_main_option("path_separator", "os")
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.execute(sa.text("INSERT INTO settings VALUES ('mode', 'enforce')"))
    engine.dispose()
    store = open_store(f"sqlite:///{path}", node="n")
    assert store.setting("mode") == "enforce"
    assert store.pairs() == ()
    store.close()
