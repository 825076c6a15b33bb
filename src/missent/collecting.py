"""Own the collector as a running process: its socket, its counting, its rounds, its end.

Theory of operation. One process answers on one socket. A hit waits in memory until the next flush, twice
a second, so that no reply waits for the store; SIGTERM and SIGINT let open transactions end and write
what waits, and a kill -9 loses what came since the last flush: counts, never mail, for none is accepted
before it is sealed. Look-ups about clients, where they are wanted, happen behind the reply.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from missent import __version__
from missent.collection import Collection, Duty, Noted, opened, table_of
from missent.config import Config
from missent.errors import ConfigError, MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.net.collector import CollectorServer, CollectorServices, CollectorSettings
from missent.net.resolver import resolver_settings
from missent.net.smtp import bind
from missent.operating import add_operator_pages
from missent.process import FINISH, QuietServer, naming, repeat, stop_signal, tls_context, usable
from missent.service.collection.digest import Digests
from missent.service.collection.hints import Neighbours
from missent.service.collection.rounds import DigestRound
from missent.store.preconditions import examine_collect
from missent.store.seal import open_sealer
from missent.system import RandomIds
from missent.tables import AfterSealing, CollectTable
from missent.web.app import serve_config
from missent.web.watched import create_watched_app
from missent.wiring import (
    host_port,
    open_relay,
    own_name,
)

POST = 600.0
"""Seconds between two looks whether the digest is due."""
PER_CLIENT = 50
"""Connections of one address: a great mail server needs a few, and nobody may take all of them."""
SHORTEST = timedelta(seconds=1)
THREADS = 8
"""Messages that are sealed at once, in collect mode."""


def examine(config: Config, source: Path | None = None) -> CollectorSettings:
    """Check what can be checked without starting, and give how the collector answers.

    `source` is the configuration's file. Raises `ConfigError` naming the key.
    """
    table = table_of(config)
    if not table.domains:
        raise ConfigError(
            "collect.domains is empty: name the typo domains this is the exchanger of"
        )
    neighbours = Neighbours.read(table.domains)
    _examine_names(config, table, neighbours)
    _examine_times(table)
    hostname = table.hostname or own_name()
    try:
        DomainName.parse(hostname)
    except MalformedAddress as error:
        raise ConfigError(f"collect.hostname: {hostname!r}: {error}") from None
    examine_collect(config, source)
    if table.look_ups:
        resolver_settings(config.look_up)
    return CollectorSettings(
        hostname=hostname,
        neighbours=neighbours,
        operator=_operator(config, neighbours),
        help_url=table.help_url,
        accept=table.answer is AfterSealing.ACCEPT,
        max_size=table.max_size,
        max_connections=table.max_connections,
        per_client=min(PER_CLIENT, table.max_connections),
        timeout=table.timeout.total_seconds(),
        tls=_tls(table),
    )


def run(config: Config, source: Path | None = None) -> None:
    """Run the collector until it is told to stop. Raises `ConfigError`, `OperatorError`."""
    settings = examine(config, source)
    with contextlib.ExitStack() as sockets:
        with naming("collect.listen"):
            mail = sockets.enter_context(bind(table_of(config).listen))
        pages = None
        if "web" in config.model_fields_set:
            with naming("web.listen"):
                pages = sockets.enter_context(bind(config.web.listen))
        with opened(config, settings) as collection:
            asyncio.run(_serve(collection, mail, pages))


async def _serve(collection: Collection, mail: socket.socket, pages: socket.socket | None) -> None:
    stop = stop_signal()
    sealer = open_sealer(collection.config.store.key_file)

    def extend(app: FastAPI) -> None:
        add_operator_pages(app, collection.config, collection.store, sealer, collection.clock)

    digest = _digest(collection)
    duties = () if digest is None else ((digest, POST),)
    async with running(collection, mail, pages, extend=extend, more=duties):
        mode = table_of(collection.config).mode.value
        collection.journal.note("ready", mode=mode, version=__version__)
        await stop.wait()


@contextlib.asynccontextmanager
async def running(
    collection: Collection,
    mail: socket.socket,
    pages: socket.socket | None = None,
    *,
    extend: Callable[[FastAPI], None] | None = None,
    more: Sequence[Duty] = (),
) -> AsyncIterator[CollectorServer]:
    """Answer mail, and on `pages` the operator's machines, for as long as the context is open."""
    sealing_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="seal")
    duties = (*collection.duties(), *more)
    hands = ThreadPoolExecutor(len(duties), thread_name_prefix="office")  # none waits for another
    noting = Noted(collection)
    custody = collection.custody
    services = CollectorServices(
        noting,
        collection.clock,
        RandomIds(),
        collection.known,
        custody.collecting if custody is not None else None,
        executor=sealing_pool,
        estimate=collection.counter.estimate,
        spare=custody.spare if custody is not None else lambda: True,
    )
    server = CollectorServer(collection.settings, services)
    await server.start(mail)
    tasks = [
        asyncio.create_task(repeat(collection.journal, hands, duty, seconds))
        for duty, seconds in duties
    ]
    web = _pages(collection, extend) if pages is not None else None
    serving = asyncio.create_task(web.serve(sockets=[pages])) if web and pages else None
    try:
        yield server
    finally:
        await server.close(FINISH)
        # Whoever stops us may not wait for a slow relay: what came is counted before that is.
        for close in (sealing_pool.shutdown, noting.close, collection.counted):
            await asyncio.to_thread(close)
        if web is not None and serving is not None:
            web.should_exit = True
            await asyncio.wait({serving}, timeout=FINISH)
            tasks.append(serving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(hands.shutdown)


def _pages(collection: Collection, extend: Callable[[FastAPI], None] | None) -> uvicorn.Server:
    web = collection.config.web
    https = web.base_url.startswith("https://")
    app = create_watched_app(collection, collection.registry, https=https)
    if extend is not None:
        extend(app)
    return QuietServer(serve_config(app, *host_port(web.listen)))


def _digest(collection: Collection) -> Callable[[], object] | None:
    """Give the duty that mails the digest, where a relay is configured."""
    config = collection.config
    if "relay" not in config.model_fields_set:
        return None
    head = config.letterhead()
    rounds = DigestRound(
        collection.store,
        open_relay(config),
        Digests(head),
        config.basis(),
        head.contact,
        table_of(config).report_every,
    )

    def digest() -> None:
        answer = rounds.tick(collection.clock.now())
        if answer is not None and not answer.accepted:
            collection.journal.trouble("digest.refused", code=answer.code)

    return digest


def _examine_names(config: Config, table: CollectTable, neighbours: Neighbours) -> None:
    """Refuse pairs the wrong way round, and a reader of the digest who would never get it."""
    domains = config.organisation.domains
    for own in domains:
        meant = neighbours.meant(own)
        if meant is not None and not any(meant.is_within(one) for one in domains):
            raise ConfigError(
                f"collect.domains: {own} is your own (organisation.domains), {meant} is not; the wrong "
                'way round? Each entry is "typo" = "meant"'
            )
    reader = table.report_to
    if reader is not None and neighbours.covers(reader.domain):
        raise ConfigError("collect.report_to: an address at a typo domain, which receives nothing")


def _examine_times(table: CollectTable) -> None:
    if table.timeout < SHORTEST:
        raise ConfigError("collect.timeout: at least 1s; else no client could say a word")
    for key in ("retention", "pairs_kept"):
        if not getattr(table, key):
            raise ConfigError(f"collect.{key}: must be more than 0")


def _operator(config: Config, neighbours: Neighbours) -> Mailbox:
    operator = config.people().operator
    if neighbours.covers(operator.domain):
        raise ConfigError(
            "organisation.operator: an address at a typo domain, which receives nothing; name another"
        )
    return operator


def _tls(table: CollectTable) -> ssl.SSLContext | None:
    if table.tls_certificate is None:
        if table.tls_key is not None:
            raise ConfigError("collect.tls_key: without tls_certificate no TLS would be offered")
        return None
    with usable("collect.tls_certificate or tls_key"):
        return tls_context(table.tls_certificate, table.tls_key)
