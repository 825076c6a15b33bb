"""Own the operators' pages as the tests serve them: a real store, a real key, made-up names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from tests.service.collection.happenings import BASIS, NOW, count, item, month, seal
from tests.service.exposure.samples import exposed, exposure, held, portfolio
from tests.store.samples import FakeClock
from tests.web.client import SETTINGS
from tests.web.fake_desk import FakeDesk

from missent.service.collection.report import Basis
from missent.service.exposure.exposure import Exposure
from missent.service.ports import NewEvent
from missent.store.seal import open_sealer
from missent.store.store import SqlStore, open_store
from missent.web.app import create_app
from missent.web.keys import KeyRing
from missent.web.operator_pages import add_operator_pages, operator_parts
from missent.web.operators import OperatorParts
from missent.web.settings import WebSettings

HOSTILE = '<b>x</b>"onload="'
"""What a stranger may put into a local part, quoted."""


def open_empty(folder: Path) -> SqlStore:
    """Open an empty store."""
    return open_store(f"sqlite:///{folder}/missent.db", node="n")


def parts_of(
    store: SqlStore, folder: Path, settings: WebSettings = SETTINGS, basis: Basis = BASIS
) -> OperatorParts:
    """Put the pages' parts together."""
    sealer = open_sealer(folder / "missent.key")
    return operator_parts(store, sealer, FakeClock(NOW), settings, basis)


def serve_pages(parts: OperatorParts, settings: WebSettings = SETTINGS) -> FastAPI:
    """Make the application with the pages in it, as `wiring` does."""
    app = create_app(FakeDesk(), settings, KeyRing(), CollectorRegistry())
    add_operator_pages(app, parts)
    return app


def fill(store: SqlStore) -> None:
    """Let a month pass: mail, sealed messages, one run of look-alikes."""
    count(store, month())
    seal(
        store,
        [
            item(1, 3, ("health", 3), ("people", 2), people=40),
            item(2, 2, ("travel", 2)),
            item(3, 0),
        ],
    )
    keep(store, ranked())


def keep(store: SqlStore, made: Exposure) -> None:
    """Keep a run."""
    store.keep_run(made, NewEvent("exposure.ranked", "run", "operator:test", NOW, {}))


def ranked() -> Exposure:
    """Look-alikes of five names, some of them held by somebody, one with a letter that looks alike."""
    rows = portfolio("army.mil", "navy.mil", "af.mil", "mod.gov.uk", "contractor.com").exposed
    held_now = [
        replace(one, standing=held("mx.parking.example"))
        if one.domain.ascii.endswith(".co")
        else one
        for one in rows
    ]
    alike = exposed("xn--rmy-5cd.com", "army.mil", 0.4, phrase="has a letter that looks alike")
    return exposure([*held_now, alike])
