"""Own the web application of a process that has no sender's page: alive, ready, metrics, what is added.

It has the same fence as the guard's pages: no body to speak of, the same headers, and faults told calmly.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.types import Scope

from missent.errors import ServiceError
from missent.web.operations import Watched, operations_router
from missent.web.security import Fence


def create_watched_app(watched: Watched, registry: CollectorRegistry, *, https: bool) -> FastAPI:
    """Make the application; pages are added with `include_router`."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(operations_router(watched, registry))
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(ServiceError, _unavailable)
    app.add_middleware(Fence, refuse=_plainly, https=https)
    return app


def _plainly(_scope: Scope, status: int, text: str) -> Response:
    return PlainTextResponse(f"{text}\n", status)


def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)


def _unavailable(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("not available just now, try again later\n", 503)
