"""A synchronous HTTP client straight into an ASGI application: no socket, no thread of its own."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from tests.web.fake_desk import TOKEN, FakeDesk

from missent.web.app import create_app
from missent.web.keys import KeyRing
from missent.web.settings import WebSettings

BASE = "http://127.0.0.1:8025"
PAGE = f"/h/{TOKEN}"
SETTINGS = WebSettings(BASE, "Contractor & Sons", timezone="Europe/London")
FROM_HERE = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class Client:
    """Requests to one application; `address` is who seems to ask."""

    def __init__(self, app: FastAPI, address: str = "192.0.2.7", base: str = BASE) -> None:
        self._transport = httpx.ASGITransport(app, client=(address, 40000))
        self._base = base

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Send one request and read the whole response."""

        return self.request_all([(method, path)], **more)[0]

    def request_all(self, what: Sequence[tuple[str, str]], **more: Any) -> list[httpx.Response]:
        """Send requests, given as (method, path), one after the other."""

        async def ask() -> list[httpx.Response]:
            async with httpx.AsyncClient(transport=self._transport, base_url=self._base) as client:
                return [await client.request(method, path, **more) for method, path in what]

        return asyncio.run(ask())

    def get(self, path: str, **more: Any) -> httpx.Response:
        """GET."""
        return self.request("GET", path, **more)

    def submit(
        self, fields: Mapping[str, str], headers: Mapping[str, str] = FROM_HERE, path: str = PAGE
    ) -> httpx.Response:
        """Post a form as a browser does from our own page."""
        return self.request("POST", path, data=dict(fields), headers=dict(headers))

    def ask(self, path: str, body: Any, key: str | None = None) -> httpx.Response:
        """Post JSON, with a bearer key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return self.request("POST", path, json=body, headers=headers)


def serve(
    desk: FakeDesk, *, keys: KeyRing | None = None, settings: WebSettings = SETTINGS
) -> FastAPI:
    """Make the application around a fake desk."""
    return create_app(desk, settings, keys or KeyRing(), CollectorRegistry())


def hidden(page: str, form: int = 0) -> dict[str, str]:
    """Give the hidden fields of the n-th form of a page."""
    inside = page.split("<form")[form + 1].partition("</form>")[0]
    return {name: html.unescape(value) for name, value in _HIDDEN.findall(inside)}
