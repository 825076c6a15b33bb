"""Own the web application: where the page, the API and the operators' routes meet, and how it fails.

A fault under ``/v1`` is told as a problem (RFC 9457), anywhere else as a calm page; neither says more
than the caller already knows. There are no cookies, no scripts and no documentation page that would
load any.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import CollectorRegistry
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from missent.errors import MissentError, ServiceError, UnknownHold
from missent.service.desk import Desk
from missent.web.api import ApiParts, api_router
from missent.web.keys import KeyRing
from missent.web.operations import operations_router
from missent.web.page import NOT_HERE, PageParts, page_router
from missent.web.problems import FieldFault, Problem, Refusal, problem
from missent.web.screens import STATIC, Screens
from missent.web.security import Buckets, Fence, own_origins
from missent.web.settings import WebSettings

RETRY_SECONDS = "5"
_API = "/v1/"


def create_app(
    desk: Desk, settings: WebSettings, keys: KeyRing, registry: CollectorRegistry
) -> FastAPI:
    """Make the application; the demo adds its own page with `include_router`."""
    screens = Screens(settings)
    app = _App(
        title="Missent",
        version=version("missent"),
        summary="Ask before Send whether the recipients are the ones meant.",
        docs_url=None,
        redoc_url=None,
        # spans would carry the path, and with it the token of the sender's page
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    origins = own_origins(settings.base_url)
    page = PageParts(desk, screens, origins, settings.base_path, Buckets())
    app.include_router(page_router(page))
    app.include_router(api_router(ApiParts(desk, keys, Buckets(), settings.open_loopback_api)))
    app.include_router(operations_router(desk, registry))
    app.mount("/static", StaticFiles(directory=STATIC))
    refuse = _Refusing(screens)
    app.add_exception_handler(HTTPException, refuse.http)
    app.add_exception_handler(RequestValidationError, refuse.invalid)
    app.add_exception_handler(MissentError, refuse.ours)
    app.add_middleware(Fence, refuse=refuse.plainly, https=settings.https)
    return app


def serve_config(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """Give the one right way to serve it: no access log, since paths carry tokens; no proxy headers."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        log_level="warning",
        lifespan="off",
        timeout_keep_alive=5,
        limit_concurrency=512,
    )


class _App(FastAPI):
    """FastAPI whose schema knows our problems, which no response model declares."""

    def openapi(self) -> dict[str, Any]:
        if not self.openapi_schema:
            schema = super().openapi()
            parts = schema.setdefault("components", {}).setdefault("schemas", {})
            fault = FieldFault.model_json_schema()
            whole = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            whole.pop("$defs", None)
            parts.update(Problem=whole, FieldFault=fault)
            self.openapi_schema = schema
        return self.openapi_schema


class _Refusing:
    """Say no in the caller's own language: a problem to programs, a page to people."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def plainly(self, scope: Scope, status: int, text: str) -> Response:
        """Refuse with one sentence."""
        if scope["path"].startswith(_API):
            return problem(status, text)
        return self._screens.trouble(status, text)

    def http(self, request: Request, error: Exception) -> Response:
        """Refuse what a route or the router refused."""
        assert isinstance(error, HTTPException)
        status, text, headers = error.status_code, error.detail, error.headers
        if request.url.path.startswith(_API):
            if status == 400:  # bytes that are no JSON at all
                return problem(422, "The body is not JSON.", [_NO_JSON])
            faults = error.errors if isinstance(error, Refusal) else ()
            return problem(status, text, faults, headers)
        response = self._screens.trouble(status, NOT_HERE if status == 404 else text)
        response.headers.update(headers or {})
        return response

    def invalid(self, request: Request, error: Exception) -> Response:
        """Name the fields that cannot be used, and never what stood in them (law 8)."""
        assert isinstance(error, RequestValidationError)
        faults = [_fault(entry["loc"], entry["type"], entry["msg"]) for entry in error.errors()]
        if request.url.path.startswith(_API):
            return problem(422, "A field is missing or cannot be used.", faults)
        return self._screens.trouble(422, "This page takes its own form only.")

    def ours(self, request: Request, error: Exception) -> Response:
        """Answer for our own errors: temporary ones say when to come back."""
        if isinstance(error, UnknownHold):
            return self.plainly(request.scope, 404, NOT_HERE)
        if not isinstance(error, ServiceError):
            raise error
        text = (
            "We cannot answer just now. Nothing was decided and nothing is lost; please try again."
        )
        response = self.plainly(request.scope, 503, text)
        response.headers["Retry-After"] = RETRY_SECONDS
        return response


_NO_JSON = FieldFault(field="body", because="not JSON")


def _fault(where: tuple[int | str, ...], kind: str, text: str) -> FieldFault:
    if kind == "json_invalid":
        return _NO_JSON
    field = ""
    for step in where[1:] if where and where[0] == "body" else where:
        field += f"[{step}]" if isinstance(step, int) else f"{'.' if field else ''}{step}"
    if kind == "extra_forbidden":  # the name is the caller's own text
        field = field.rpartition(".")[0] or "body"
    return FieldFault(field=field or "body", because=text)
