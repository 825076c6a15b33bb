"""Own the fence around every page and call: headers, body limits, foreign forms, rates, faults.

The rule: nothing behind the fence sees a body over the limit, nothing leaves it without the headers
below, and a fault is logged by its type and place only. A path is never logged, because the path of
the sender's page carries the link's token; neither is an exception's text, because it may carry what
a form or a body said (law 8).
"""

from __future__ import annotations

import asyncio
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

API_BODY = 256 * 1024
"""Octets a check may have: some thousand addresses and a subject."""
PAGE_BODY = 512 * 1024
"""Octets a page of answers may have: a hold may have as many rows as SMTP has recipients (1,000)."""
BODY_SECONDS = 20.0
"""How long a body may take to arrive."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}
STATIC_AGE = "public, max-age=86400"
_MANY_NAMES = 4096
_LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")

Refuse = Callable[[Scope, int, str], Response]
"""Gives the response for a refused request: (scope, status, one sentence)."""

_log = structlog.get_logger("missent.web")


class Fence:
    """ASGI middleware: limit the body, set the headers, turn a fault into a quiet 500."""

    def __init__(self, app: ASGIApp, *, refuse: Refuse, https: bool) -> None:
        self._app = app
        self._refuse = refuse
        self._https = https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Carry one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        guarded = self._with_headers(scope, send)
        try:
            body = await _read(scope, receive)
        except _Unreadable as error:
            await self._refuse(scope, error.status, error.public)(scope, receive, guarded)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await guarded(message)

        try:
            await self._app(scope, _replay(body, receive), watched)
        except Exception as error:  # the last wall: whatever it is, its text stays inside
            _log.error("request failed", error=type(error).__name__, at=_place(error))
            if started:
                raise _Torn from None
            text = "Something went wrong here. Nothing was decided; please try again."
            await self._refuse(scope, 500, text)(scope, receive, guarded)

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        static = "/static/" in scope["path"]

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers["Cache-Control"] = STATIC_AGE if static else "no-store"
                if self._https:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        return guarded


class _Torn(RuntimeError):
    """A response broke off half-way; closes the connection without repeating the fault's text."""


class _Unreadable(Exception):
    """A body over the limit, or one that never ended."""

    def __init__(self, status: int, public: str) -> None:
        super().__init__(public)
        self.status = status
        self.public = public


async def _read(scope: Scope, receive: Receive) -> bytes:
    """Read the whole body within size and time; raises `_Unreadable`."""
    if scope["method"] in ("GET", "HEAD", "OPTIONS"):
        return b""
    limit = API_BODY if scope["path"].startswith("/v1/") else PAGE_BODY
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise _too_big(limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _drain(receive, limit)
    except TimeoutError:
        raise _Unreadable(408, "The request took too long to arrive.") from None


async def _drain(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            raise _too_big(limit)
        if not message.get("more_body", False):
            return bytes(body)


def _too_big(limit: int) -> _Unreadable:
    return _Unreadable(413, f"The request is larger than {limit // 1024} KiB.")


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give the body once, then whatever the server has to say (a disconnect)."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


def own_origins(base_url: str) -> frozenset[str]:
    """Give the origins a form may come from: the base URL's, under each name of loopback."""
    parts = urlsplit(base_url)
    names = _LOOPBACK_NAMES if _bracketed(parts.hostname) in _LOOPBACK_NAMES else (parts.hostname,)
    port = f":{parts.port}" if parts.port else ""
    return frozenset(f"{parts.scheme}://{name}{port}".lower() for name in names)


def _bracketed(name: str | None) -> str:
    return f"[{name}]" if name and ":" in name else (name or "")


def foreign(headers: Headers, own: frozenset[str]) -> bool:
    """Tell whether a form was sent from somewhere else than one of our own pages.

    A browser sends ``Origin: null`` from our own pages, since they ask for no referrer (Fetch
    §3.2), so null decides nothing; ``Sec-Fetch-Site`` does, where the browser is new enough, and
    the form's CSRF token in any case.
    """
    origin = headers.get("origin", "null").lower()
    if origin != "null" and origin not in own:
        return True
    return headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")


def loopback(scope: Scope) -> bool:
    """Tell whether a request came straight from this machine: not proxied, not by a rebound name."""
    client = scope.get("client")
    headers = Headers(scope=scope)
    if client is None or not (client[0].startswith("127.") or client[0] == "::1"):
        return False
    if any(name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")):
        return False
    return _bracketed(urlsplit(f"//{headers.get('host', '')}").hostname) in _LOOPBACK_NAMES


class Buckets:
    """Token buckets, one a name, in this process's memory: a full minute's worth may come at once.

    A name untouched for a minute is full again, so it is forgotten; memory stays bounded by one
    minute's names.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str, per_minute: int) -> float:
        """Take one token; give 0.0, or the seconds until there is one."""
        with self._lock:
            now = self._clock()
            if len(self._levels) >= _MANY_NAMES:
                self._forget(now - 60)
            level, since = self._levels.get(name, (float(per_minute), now))
            level = min(float(per_minute), level + (now - since) * per_minute / 60)
            if level >= 1:
                self._levels[name] = (level - 1, now)
                return 0.0
            self._levels[name] = (level, now)
            return (1 - level) * 60 / per_minute

    def _forget(self, before: float) -> None:
        self._levels = {name: at for name, at in self._levels.items() if at[1] > before}
