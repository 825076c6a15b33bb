"""The collector as a process: what it counts survives its end, and nothing it does delays a reply."""

from __future__ import annotations

import asyncio
import logging
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pytest
import structlog
from tests.net.smtp_bench import AT, StoppedClock, connected
from tests.net.smtp_certificates import issue
from tests.real.client import eventually
from tests.real.collector_process import CollectorProcess
from tests.real.postfix import free_port
from tests.service.collection.custody import LETTER, again, envelope, hits
from typer.testing import CliRunner

from missent import collecting
from missent.cli import app
from missent.collection import EXPIRE, Collection, Disk, opened
from missent.config import Config, load
from missent.errors import ConfigError, StoreUnavailable
from missent.journal import set_up_logging
from missent.mail.mailbox import Mailbox
from missent.net.smtp import bind
from missent.service.collection.collection import Check, DayCount
from missent.store.agekey import make_identity
from missent.store.store import open_store
from missent.store.vault import FileVault

CONFIG = """
[organisation]
domains = ["army.mil"]
directory = "people.csv"
[store]
url = "sqlite:///m.db"
[collect]
hostname = "mx.army.ml"
domains = { "army.ml" = "army.mil" }
"""
ASK = (
    "EHLO mail.contractor.example",
    "MAIL FROM:<ann@contractor.example>",
    "RCPT TO:<john@army.ml>",
    "RSET",
)


def configured(tmp_path: Path, more: str = "") -> Config:
    """Write a configuration and read it."""
    (tmp_path / "people.csv").write_text("john@army.mil\n")
    path = tmp_path / "missent.toml"
    path.write_text(CONFIG + more)
    return load(path)


@contextmanager
def collection_of(config: Config) -> Iterator[Collection]:
    """Open what a collector stands on."""
    with opened(config, collecting.examine(config), StoppedClock()) as collection:
        yield collection


@asynccontextmanager
async def served(collection: Collection) -> AsyncIterator[tuple[str, int]]:
    """Serve it on loopback."""
    async with collecting.running(collection, bind("127.0.0.1:0")) as server:
        yield server.address


def days(path: Path) -> tuple[DayCount, ...]:
    """Read what the store has counted."""
    store = open_store(f"sqlite:///{path}/m.db", node="test")
    try:
        return store.days(date(2020, 1, 1), date(2100, 1, 1))
    finally:
        store.close()


def _counted(path: Path) -> bool:
    return bool(days(path))


def test_a_hit_is_counted_with_what_the_owner_knows(tmp_path: Path) -> None:
    """Within a second it is in the store: from whom, to which domain, and that john exists."""
    with collection_of(configured(tmp_path)) as collection:

        async def run() -> None:
            async with served(collection) as address, connected(address) as wire:
                assert (await wire.ask(*ASK))[2].startswith("550 5.1.2 <john@army.ml>: did you")
                counted = partial(_counted, tmp_path)
                await asyncio.to_thread(eventually, counted, "a count", timeout=10)

        asyncio.run(run())
    (day,) = days(tmp_path)
    assert (day.organisation, day.typed.ascii, day.hits) == ("contractor.example", "army.ml", 1)
    with collection_of(configured(tmp_path)) as collection:
        assert collection.known is not None
        meant = Mailbox.parse("x@army.mil").domain
        assert collection.known.listed("JOHN", meant) is True
        assert collection.known.listed("nobody", meant) is False
        assert collection.known.listed("john", Mailbox.parse("x@navy.mil").domain) is None
        record = collection.store.organisation("contractor.example")
        assert record is not None
        assert record.listed == 1


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    """However short before its end a hit came, an orderly stop counts it."""
    with collection_of(configured(tmp_path)) as collection:

        async def run() -> None:
            async with served(collection) as address, connected(address) as wire:
                for _ in range(50):
                    await wire.ask(*ASK)

        asyncio.run(run())
    assert sum(day.hits for day in days(tmp_path)) == 50


def test_a_store_that_is_down_delays_no_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hint goes out all the same; the hits are counted once the store is back."""
    down = threading.Event()
    down.set()
    with collection_of(configured(tmp_path)) as collection:
        whole = collection.store.count_hits

        def count(hits: object) -> object:
            if down.is_set():
                raise StoreUnavailable("down")
            return whole(hits)  # type: ignore[arg-type]

        monkeypatch.setattr(collection.store, "count_hits", count)

        async def run() -> None:
            async with served(collection) as address, connected(address) as wire:
                for _ in range(20):
                    assert (await wire.ask(*ASK))[2].startswith("550 5.1.2 ")
                with pytest.raises(StoreUnavailable):
                    await asyncio.to_thread(collection.counter.flush)
                assert collection.counter.waiting == 20
                down.clear()

        asyncio.run(run())
    assert sum(day.hits for day in days(tmp_path)) == 20


class Asking:
    """Look-ups that take until they are let go."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.go = threading.Event()
        self.failure = failure

    def aligned(self, client: str, helo: str, sender: Mailbox) -> Check:
        assert (helo, sender.wire) == ("mail.contractor.example", "ann@contractor.example")
        return Check.PASS

    def confirmed(self, client: str) -> Check:
        assert self.go.wait(20)
        if self.failure is not None:
            raise self.failure
        return Check.FAIL


@pytest.mark.parametrize("failure", [None, ValueError("text")])
def test_look_ups_are_behind_the_reply(tmp_path: Path, failure: Exception | None) -> None:
    """The sender hears at once; the hit is counted with what was found, or without if it failed."""
    checks = Asking(failure)
    with collection_of(configured(tmp_path)) as collection:
        asking = replace(collection, checks=checks)

        async def run() -> None:
            async with served(asking) as address, connected(address) as wire:
                assert (await wire.ask(*ASK))[2].startswith("550 5.1.2 ")
                assert collection.counter.waiting == 0
                checks.go.set()

                def counted() -> bool:
                    record = collection.store.organisation("contractor.example")
                    return record is not None and record.aligned == (1 if failure is None else 0)

                await asyncio.to_thread(eventually, counted, "a count", timeout=10)

        asyncio.run(run())


def test_hits_that_wait_for_a_look_up_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the queue full a hit is counted unchecked; at the stop all are counted, looked up or not."""
    monkeypatch.setattr("missent.collection.QUEUE", 5)
    checks = Asking()
    with collection_of(configured(tmp_path)) as collection:
        asking = replace(collection, checks=checks)

        async def run() -> None:
            async with served(asking) as address, connected(address) as wire:
                for _ in range(12):
                    await wire.ask(*ASK)
                await asyncio.to_thread(collection.counter.flush)
                assert sum(day.hits for day in days(tmp_path)) == 12 - 5
                checks.go.set()

        asyncio.run(run())
    assert sum(day.hits for day in days(tmp_path)) == 12


def test_a_persistent_pair_is_logged_once_and_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the third hit one line names both domains and the organisation, and no whole address."""
    structlog.reset_defaults()
    set_up_logging(level=logging.WARNING)
    try:
        with collection_of(configured(tmp_path)) as collection:

            async def run() -> None:
                async with served(collection) as address, connected(address) as wire:
                    for _ in range(5):
                        await wire.ask(*ASK)
                        await asyncio.to_thread(collection.counter.flush)

            asyncio.run(run())
    finally:
        structlog.reset_defaults()
    lines = [
        line for line in capsys.readouterr().err.splitlines() if "collected.persistent" in line
    ]
    assert len(lines) == 1
    assert "typed=j***n@army.ml meant=army.mil organisation=contractor.example hits=3" in lines[0]
    assert "john@" not in lines[0]
    assert "ann@" not in lines[0]


def test_a_duty_that_hangs_delays_neither_counting_nor_the_last_count(tmp_path: Path) -> None:
    """A relay that does not answer keeps no count back: not while mail comes, and not at the end."""
    freed = threading.Event()
    seen: list[int] = []

    def hang() -> None:
        assert freed.wait(30)

    async def run(collection: Collection) -> None:
        slow = [(hang, 60.0)] * 5
        async with (
            collecting.running(collection, bind("127.0.0.1:0"), more=slow) as server,
            connected(server.address) as wire,
        ):
            await wire.ask(*ASK)
            await asyncio.to_thread(eventually, partial(_counted, tmp_path), "the first count")
            await wire.ask(*ASK[1:])
            waiting = asyncio.create_task(
                asyncio.to_thread(_free_once_counted, tmp_path, freed, seen)
            )
        await waiting

    with collection_of(configured(tmp_path)) as collection:
        asyncio.run(run(collection))
    assert seen == [2]


def _free_once_counted(path: Path, freed: threading.Event, seen: list[int]) -> None:
    """Let the slow ones go on only after both hits are in the store."""
    try:
        eventually(lambda: sum(day.hits for day in days(path)) == 2, "the last count")
        seen.append(2)
    finally:
        freed.set()


def test_a_log_that_cannot_be_written_costs_no_count(tmp_path: Path) -> None:
    """A full disk under the log, or a pipe that closed, stops neither answers nor counting."""
    script = (
        "from missent.journal import Journal, set_up_logging;"
        "from prometheus_client import CollectorRegistry; set_up_logging();"
        "Journal(CollectorRegistry()).trouble('duty', error='E'); print('goes on')"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=full, check=False
        )
    assert done.stdout == b"goes on\n"


def test_a_disk_that_fills_up_is_told_once(tmp_path: Path) -> None:
    """And forgotten when there is room again."""
    vault = FileVault(tmp_path / "vault")
    disk = Disk(vault, 0)
    assert (disk.look(), disk.spare) == (False, True)
    disk = Disk(vault, vault.free() * 2)
    assert (disk.look(), disk.spare) == (True, False)
    assert (disk.look(), disk.spare) == (False, False)


def test_what_was_sealed_is_destroyed_though_the_mode_is_refuse_again(tmp_path: Path) -> None:
    """Who stops collecting keeps the promise of retention; without anything kept there is no vault."""
    config = configured(tmp_path)
    with collection_of(config) as collection:
        assert collection.custody is None
    custody = again(tmp_path, make_identity(tmp_path / "k.txt", AT), tmp_path / "k.txt")
    item = custody.collecting().collect(envelope(), LETTER, hits())
    custody.store.close()
    assert config.collect is not None
    moved = {"url": f"sqlite:///{tmp_path}/missent.db"}
    config = config.model_copy(
        update={
            "store": config.store.model_copy(update=moved),
            "collect": config.collect.model_copy(update={"vault": tmp_path / "vault"}),
        }
    )
    custody.clock.pass_(days=31)
    assert custody.clock.now() > item.expires_at
    with opened(config, collecting.examine(config), custody.clock) as collection:
        assert collection.custody is not None
        assert collection.custody.collecting is None
        assert (collection.expire, EXPIRE) in collection.duties()
        assert collection.expire() == 1
    assert custody.vault.ids() == []


def test_what_is_long_ago_is_forgotten(tmp_path: Path) -> None:
    """Who wrote to which wrong address is kept for `pairs_kept`, and no longer."""
    config = configured(tmp_path, 'pairs_kept = "10d"\n')
    with collection_of(config) as collection:

        async def run() -> None:
            async with served(collection) as address, connected(address) as wire:
                await wire.ask(*ASK)

        asyncio.run(run())
        collection.counter.flush()
        assert len(collection.store.pairs()) == 1
        assert collection.forget() == 0
        later = StoppedClock().now() + timedelta(days=11)
        collection.store.forget_pairs(later - timedelta(days=10))
        assert collection.store.pairs() == ()


@pytest.mark.parametrize(
    ("more", "key"),
    [
        ("[collect]\ndomains = {}", "collect.domains"),
        ('[collect]\ndomains = { "army.ml" = ".mil" }', 'collect.domains."army.ml"'),
        (
            '[collect]\nhostname = "not a name"\ndomains = { "army.ml" = "army.mil" }',
            "collect.hostname",
        ),
        (
            '[collect]\ndomains = { "army.ml" = "army.mil" }\ntls_certificate = "x"',
            "collect.tls_cert",
        ),
        ("", "[collect]"),
        (
            'operator = "me@army.ml"\n[collect]\ndomains = { "army.ml" = "army.mil" }',
            "organisation.operator",
        ),
        (
            '[collect]\nmode = "collect"\ndomains = { "army.ml" = "army.mil" }',
            "collect.legal_basis",
        ),
        (
            'operator = "me@else.example"\n[collect]\ndomains = { "army.mil" = "army.ml" }',
            "collect.domains: army.mil is your own",
        ),
        (
            '[collect]\ndomains = { "army.ml" = "army.mil" }\nreport_to = "me@x.army.ml"',
            "collect.report_to",
        ),
        ('[collect]\ndomains = { "army.ml" = "army.mil" }\ntimeout = "0s"', "collect.timeout"),
        ('[collect]\ndomains = { "army.ml" = "army.mil" }\nretention = "0s"', "collect.retention"),
        (
            '[collect]\ndomains = { "army.ml" = "army.mil" }\npairs_kept = "0s"',
            "collect.pairs_kept",
        ),
        ('[collect]\ndomains = { "army.ml" = "army.mil" }\ntls_key = "x"', "collect.tls_key"),
    ],
)
def test_a_wrong_set_up_is_named(tmp_path: Path, more: str, key: str) -> None:
    """What cannot work is said before anything listens, and by `config check`, too."""
    path = tmp_path / "missent.toml"
    path.write_text(f'[organisation]\ndomains = ["army.mil"]\n{more}\n')
    with pytest.raises(ConfigError, match=re.escape(key)):
        collecting.run(load(path), path)
    if more:
        result = CliRunner().invoke(app, ["config", "check", "--config", str(path)])
        assert isinstance(result.exception, ConfigError)


def test_a_collector_alone_is_a_fine_configuration(tmp_path: Path) -> None:
    """It needs neither milter nor proxy."""
    configured(tmp_path)
    result = CliRunner().invoke(
        app, ["config", "check", "--config", str(tmp_path / "missent.toml")]
    )
    assert result.exit_code == 0, result.output


def test_a_certificate_offers_tls(tmp_path: Path) -> None:
    """With the two keys STARTTLS is offered."""
    issue(tmp_path)
    config = configured(tmp_path, 'tls_certificate = "server.pem"\ntls_key = "server.pem"\n')
    assert collecting.examine(config).tls is not None
    assert collecting.examine(configured(tmp_path)).tls is None


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """An operator learns which key to change."""
    with bind("127.0.0.1:0") as taken:
        port = taken.getsockname()[1]
        taken.listen()
        config = configured(tmp_path, f'listen = "127.0.0.1:{port}"\n')
        with pytest.raises(ConfigError, match=r"collect\.listen"):
            collecting.run(config)


def test_the_process_counts_up_to_its_last_second_and_says_how_it_is(tmp_path: Path) -> None:
    """SIGTERM at once after a reply loses nothing; metrics and readiness are served while it lives."""
    web = free_port()
    collector = CollectorProcess(tmp_path, f"127.0.0.1:{free_port()}", web=web)
    host, _, port = collector.listen.rpartition(":")

    async def ask() -> None:
        async with connected((host, int(port))) as wire:
            await wire.ask(*ASK)

    with collector:
        asyncio.run(ask())
        eventually(lambda: 'collected_hits_total{likely="' in page(web, "metrics"), "the metric")
        assert "ready" in page(web, "readyz")
        assert page(web, "nothing") == "404"
        asyncio.run(ask())
    assert collector.output.count("event=ready") == 1
    store = open_store(f"sqlite:///{tmp_path}/missent.db", node="test")
    try:
        assert sum(day.hits for day in store.days(date(2020, 1, 1), date(2100, 1, 1))) == 2
    finally:
        store.close()


def page(port: int, name: str) -> str:
    """Read one of its pages; gives the status of one that is refused."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{name}", timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return str(error.code)
