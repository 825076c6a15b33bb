"""Own how the operators' pages get into an application: one call, whichever process serves them."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from missent.service.collection.report import Basis
from missent.service.ports import Clock, Sealer
from missent.web.collection import collection_router
from missent.web.lookalikes import lookalikes_router
from missent.web.operators import OperatorParts, OperatorStore
from missent.web.screens import STATIC, Screens
from missent.web.security import Buckets, own_origins
from missent.web.settings import WebSettings


def add_operator_pages(app: FastAPI, parts: OperatorParts) -> None:
    """Add both pages, and the style they need where the application has none yet."""
    app.include_router(collection_router(parts))
    app.include_router(lookalikes_router(parts))
    if not any(isinstance(route, Mount) and route.path == "/static" for route in app.routes):
        app.mount("/static", StaticFiles(directory=STATIC))


def operator_parts(
    store: OperatorStore, sealer: Sealer, clock: Clock, settings: WebSettings, basis: Basis
) -> OperatorParts:
    """Put together what the pages are made of."""
    return OperatorParts(
        store,
        sealer,
        clock,
        Screens(settings),
        own_origins(settings.base_url),
        settings.base_path,
        basis,
        Buckets(),
    )
