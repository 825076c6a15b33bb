"""Own the databases the store's contract is proved on: SQLite always, PostgreSQL where it is here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.contract.postgres import Cluster, programs
from tests.store.samples import FakeClock

from missent.store.store import SqlStore, open_store


@dataclass(frozen=True, slots=True)
class Place:
    """An empty database, and a store on it."""

    url: str
    store: SqlStore
    clock: FakeClock


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Run a PostgreSQL of our own."""
    found = programs()
    if found is None:
        reason = "not here: PostgreSQL (tests/real/install.sh installs it as root)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    running = Cluster(found)
    yield running
    running.close()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """Make a database with the schema, to be copied."""
    name = cluster.create()
    open_store(cluster.url(name), node="node1").close()
    return name


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.real)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Open a store on an empty database of each kind."""
    clock = FakeClock()
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/missent.db"
        store = open_store(url, node="node1", clock=clock)
        yield Place(url, store, clock)
        store.close()
        return
    server: Cluster = request.getfixturevalue("cluster")
    name = server.create(request.getfixturevalue("template"))
    store = open_store(server.url(name), node="node1", clock=clock)
    yield Place(server.url(name), store, clock)
    store.close()
    server.drop(name)


@pytest.fixture
def store(place: Place) -> SqlStore:
    """Give the store alone."""
    return place.store
