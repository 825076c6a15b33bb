"""Own the guard as running processes: sockets, workers, signals, and the clock's rounds.

Theory of operation. With one worker, one process does everything. With several, a supervisor binds
every socket and starts the workers, which inherit them; the kernel gives each connection to one of
them. The first worker alone serves the page and works the outbox; one that dies is replaced. Workers
watch a pipe whose other end only the supervisor holds: when it dies, however hard, they stop.
SIGTERM and SIGINT finish what is in flight; whatever is cut off was not acknowledged, so the client
still has it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import uvicorn
from fastapi import FastAPI

from missent import __version__
from missent.config import Config
from missent.errors import ConfigError, MissentError
from missent.mail.envelope import Envelope
from missent.net.milter import InboundFeed, MilterServer, MilterSettings, bind
from missent.net.milter_duty import Surroundings
from missent.net.smtp import ProxyServer, ProxyServices, ProxySettings
from missent.net.smtp import bind as bind_smtp
from missent.operating import add_operator_pages, web_settings
from missent.process import FINISH, QuietServer, naming, repeat, stop_signal, tls_context, usable
from missent.service.learning import InboundFacts
from missent.tables import ProxyTable
from missent.web.app import create_app, serve_config
from missent.web.keys import KeyRing
from missent.web.settings import WebSettings
from missent.wiring import (
    Installation,
    examine_directory,
    host_port,
    install,
    learn_directory,
    local_domain,
    own_name,
)

ROUND = 0.3
"""Seconds between two looks into the outbox: a notice leaves well within its 10 s."""
HANDS = 4
"""Hand-overs to the relay at once: one slow peer must not make every notice wait."""
TICK = 5.0
"""Seconds between two looks at the clock: grace periods and expiry."""
SWEEP = 3600.0
WATCH = 600.0
"""Seconds between two looks at the interruption budget; it is computed once a day."""
RESTART = 1.0
"""Seconds before a process that died is replaced."""


@dataclass(slots=True)
class Sockets:
    """Every listening socket, bound before anything else starts."""

    milter: list[socket.socket] = field(default_factory=list)
    inbound: list[socket.socket] = field(default_factory=list)
    proxy: list[socket.socket] = field(default_factory=list)
    web: list[socket.socket] = field(default_factory=list)

    def close(self) -> None:
        """Close this process's copies."""
        for each in (*self.milter, *self.inbound, *self.proxy, *self.web):
            each.close()


def bind_all(config: Config) -> Sockets:
    """Bind what the configuration names. Raises `ConfigError` naming the key of a taken address."""
    examine(config)
    sockets = Sockets()
    with naming("milter.listen"):
        if config.milter is not None:
            sockets.milter.append(bind(config.milter.listen, int(config.milter.socket_mode, 8)))
    with naming("inbound.listen"):
        if config.inbound is not None:
            sockets.inbound.append(bind(config.inbound.listen, 0o666))
    with naming("proxy.listen"):
        if config.proxy is not None:
            sockets.proxy.append(bind_smtp(config.proxy.listen))
    with naming("web.listen"):
        sockets.web.append(bind_smtp(config.web.listen))
    return sockets


def examine(config: Config) -> None:
    """Check what can be checked without starting: rules, people, TLS files, API keys.

    Raises `ConfigError`.
    """
    config.people()
    local_domain(config)
    _keys(config)
    examine_directory(config)
    if config.milter is None and config.proxy is None:
        raise ConfigError("neither [milter] nor [proxy] is configured: the guard would see no mail")
    if config.proxy is not None:
        _proxy_settings(config, config.proxy, 10.0)


@dataclass(frozen=True, slots=True)
class _Edge:
    """One mail server, whatever its protocol."""

    start: Callable[[], Awaitable[None]]
    close: Callable[[float], Awaitable[None]]


def run(config: Config) -> None:
    """Run the guard until it is told to stop."""
    sockets = bind_all(config)
    try:
        if config.guard.workers == 1:
            _work(config, sockets, office=True, watch=None)
        else:
            _Supervisor(config, sockets).run()
    finally:
        sockets.close()


def _work(config: Config, sockets: Sockets, *, office: bool, watch: int | None) -> None:
    """Be one process of the guard, until stopped."""
    installation = install(config)
    try:
        if office:
            learn_directory(installation)
        asyncio.run(_serve(installation, sockets, office=office, watch=watch))
    finally:
        installation.close()


class _Supervisor:
    """Starts the processes and replaces one that dies. It has no thread and no loop, so it may fork."""

    def __init__(self, config: Config, sockets: Sockets) -> None:
        self._config = config
        self._sockets = sockets
        self._pipe = os.pipe()
        self._children: dict[int, bool] = {}
        """Process id -> whether it is the one with the office."""
        self._stopping = False

    def run(self) -> None:
        """Start everything; return when all have stopped."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        for index in range(self._config.guard.workers):
            self._start(office=index == 0)
        while self._children:
            child, status = os.wait()
            office = self._children.pop(child, False)
            if not self._stopping:
                sys.stderr.write(f"missent: process {child} ended ({status}); starting another\n")
                time.sleep(RESTART)
                self._start(office=office)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True
        for child in self._children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)

    def _start(self, *, office: bool) -> None:
        if self._stopping:
            return
        child = os.fork()
        if child:
            self._children[child] = office
            return
        code = 1
        try:
            os.close(self._pipe[1])
            _work(self._config, self._sockets, office=office, watch=self._pipe[0])
            code = 0
        except MissentError as error:
            sys.stderr.write(f"missent: {error}\n")
        finally:
            sys.stderr.flush()
            os._exit(code)


async def _serve(
    installation: Installation, sockets: Sockets, *, office: bool, watch: int | None
) -> None:
    stop = stop_signal()
    if watch is not None:
        asyncio.get_running_loop().add_reader(watch, stop.set)
    async with running(installation, sockets, office=office):
        if office:
            installation.journal.note(
                "ready", mode=installation.rulebook.mode().value, version=__version__
            )
        await stop.wait()


@contextlib.asynccontextmanager
async def running(
    installation: Installation,
    sockets: Sockets,
    *,
    office: bool,
    extend: Callable[[FastAPI], None] | None = None,
    web: WebSettings | None = None,
) -> AsyncIterator[None]:
    """Serve mail, and with `office` the page and the outbox, for as long as the context is open."""
    config = installation.config
    pool = ThreadPoolExecutor(config.guard.threads, thread_name_prefix="judge")
    hands = ThreadPoolExecutor(
        HANDS + 2, thread_name_prefix="office"
    )  # a slow relay delays no verdict
    servers = _mail_servers(installation, sockets, pool)
    for server in servers:
        await server.start()
    tasks: list[asyncio.Task[None]] = []
    pages: uvicorn.Server | None = None
    if office:
        settings = web or web_settings(config)
        app = create_app(installation.answers, settings, _keys(config), installation.registry)
        place = installation.place
        add_operator_pages(app, config, installation.store, place.sealer, place.clock)
        if extend is not None:
            extend(app)
        pages = QuietServer(serve_config(app, *host_port(config.web.listen)))
        tasks = [
            asyncio.create_task(pages.serve(sockets=sockets.web)),
            *(asyncio.create_task(duty) for duty in _duties(installation, hands)),
        ]
    try:
        yield
    finally:
        for server in servers:
            await server.close(FINISH)
        if pages is not None:
            pages.should_exit = True
            await asyncio.wait({tasks[0]}, timeout=FINISH)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for each in (pool, hands):
            await asyncio.to_thread(each.shutdown, wait=True, cancel_futures=True)


def _keys(config: Config) -> KeyRing:
    return KeyRing.load(config.api.keys_file) if config.api.keys_file else KeyRing(())


def _mail_servers(
    installation: Installation, sockets: Sockets, pool: ThreadPoolExecutor
) -> list[_Edge]:
    """Make the edges the configuration names, each with how it is started."""
    config, place = installation.config, installation.place
    around = Surroundings(pool, place.clock, place.ids, installation.journal)
    services = ProxyServices(installation.guard, place.ids, place.clock, installation.journal)
    cap = config.guard.verdict_cap.total_seconds()
    edges: list[_Edge] = []
    if config.milter is not None:
        settings = MilterSettings(
            sockets.milter,
            config.milter.refuse_at_rcpt,
            config.milter.max_size,
            cap,
            local_domain(config),
        )
        milter = MilterServer(installation.guard, settings, around)
        edges.append(_Edge(milter.start, milter.close))
    if config.inbound is not None:
        settings = MilterSettings(
            sockets.inbound, verdict_cap=cap, local_domain=local_domain(config)
        )
        feed = InboundFeed(_inbound(installation), settings, around)
        edges.append(_Edge(feed.start, feed.close))
    if config.proxy is not None:
        proxy = ProxyServer(_proxy_settings(config, config.proxy, cap), services, pool)
        edges += [
            _Edge(partial(proxy.start, listening), proxy.close) for listening in sockets.proxy
        ]
    return edges


def _inbound(installation: Installation) -> Callable[[Envelope, bytes], None]:
    def hear(envelope: Envelope, data: bytes) -> None:
        facts = InboundFacts.from_message(envelope, data)
        learning = installation.learning
        installation.recorder.record(learning.inbound(facts), learning.heard(facts))

    return hear


def _proxy_settings(config: Config, table: ProxyTable, cap: float) -> ProxySettings:
    host, port = host_port(table.upstream)
    if table.hosted and not (table.tls_certificate and table.client_ca and table.sender_domains):
        raise ConfigError(
            "proxy.hosted: set tls_certificate, tls_key, client_ca and sender_domains, too; "
            "without them this would relay for anybody"
        )
    return ProxySettings(
        upstream_host=host,
        upstream_port=port,
        max_size=table.max_size,
        trusted_clients=table.trusted_clients,
        hosted=table.hosted,
        sender_domains=table.sender_domains,
        tls=server_tls(table),
        upstream_tls=ssl.create_default_context() if table.upstream_tls else None,
        refuse_at_rcpt=table.refuse_at_rcpt,
        verdict_cap=cap,
        hostname=own_name(),
        local_domain=local_domain(config),
    )


def server_tls(table: ProxyTable) -> ssl.SSLContext | None:
    """Make the proxy's TLS context; with `client_ca`, a client certificate is asked for.

    Raises `ConfigError` for files that cannot be used.
    """
    if table.tls_certificate is None:
        return None
    with usable("proxy.tls_certificate, tls_key or client_ca"):
        context = tls_context(table.tls_certificate, table.tls_key)
        if table.client_ca is not None:
            context.load_verify_locations(table.client_ca)
            context.verify_mode = ssl.CERT_REQUIRED if table.hosted else ssl.CERT_OPTIONAL
    return context


def _duties(
    installation: Installation, pool: ThreadPoolExecutor
) -> list[Coroutine[None, None, None]]:
    """Give what goes on beside the mail: the outbox, the clock, the sweep; each in its own rhythm."""
    outbox = installation.outbox
    journal = installation.journal
    several = [repeat(journal, pool, outbox.work, ROUND) for _ in range(HANDS)]
    return [
        *several,
        repeat(journal, pool, outbox.tick, TICK),
        repeat(journal, pool, outbox.sweep, SWEEP),
        repeat(journal, pool, installation.budget.watch, WATCH),
    ]
