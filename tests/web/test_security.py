"""The fence: headers on everything, bounded bodies, quiet faults, fair rates."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.datastructures import Headers
from structlog.testing import capture_logs
from tests.web.client import PAGE, Client, serve
from tests.web.fake_desk import TOKEN, FakeDesk

from missent.service.desk import HoldView
from missent.web.app import serve_config
from missent.web.security import PAGE_BODY, Buckets, foreign, own_origins
from missent.web.settings import WebSettings


@pytest.mark.parametrize(
    "path",
    [PAGE, "/h/none", "/nothing", "/healthz", "/metrics", "/v1/check", "/static/missent.css"],
)
def test_every_answer_has_the_headers(path: str) -> None:
    """No page may be framed, scripted, cached or named to another site."""
    headers = Client(serve(FakeDesk())).get(path).headers
    policy = headers["content-security-policy"]
    for part in (
        "default-src 'none'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert part in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers
    assert headers["cache-control"] == ("public, max-age=86400" if "static" in path else "no-store")
    assert "strict-transport-security" not in headers


def test_https_is_remembered() -> None:
    """An installation reached over TLS tells browsers to stay with it."""
    settings = WebSettings("https://missent.contractor.example", "Contractor")
    headers = Client(serve(FakeDesk(), settings=settings)).get("/healthz").headers
    assert headers["strict-transport-security"].startswith("max-age=")


def test_pages_load_nothing_from_elsewhere() -> None:
    """No script, no inline style, no foreign address in any page."""
    text = Client(serve(FakeDesk())).get(PAGE).text
    assert "<script" not in text
    assert "style=" not in text
    assert "http://" not in text
    assert "https://" not in text


@pytest.mark.parametrize("declared", [True, False])
def test_bodies_are_bounded(declared: bool) -> None:
    """An endless body is cut off at the limit, whether or not it says how long it is."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 4 * PAGE_BODY:
            sent += 65536
            yield b"x" * 65536

    client = Client(serve(FakeDesk()))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    content: object = b"x" * (PAGE_BODY + 1) if declared else endless()
    response = client.request("POST", PAGE, content=content, headers=headers)
    assert response.status_code == 413
    assert sent <= PAGE_BODY + 2 * 65536


def test_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that trickles does not hold a place for ever."""
    monkeypatch.setattr("missent.web.security.BODY_SECONDS", 0.01)
    app = serve(FakeDesk())
    sent: list[dict[str, object]] = []

    async def never() -> dict[str, object]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": PAGE,
        "headers": [],
        "query_string": b"",
        "root_path": "",
        "http_version": "1.1",
        "scheme": "http",
        "client": ("192.0.2.7", 1),
        "server": ("127.0.0.1", 80),
    }
    asyncio.run(app(scope, never, send))
    assert sent[0]["status"] == 408


def test_fault_is_logged_without_its_text_or_the_path() -> None:
    """A bug's message may hold content, and the path holds the token: neither is logged or shown."""

    class Broken(FakeDesk):
        def view(self, token: str) -> HoldView:
            raise KeyError("crew list of the Rosalind")

    with capture_logs() as logs:
        response = Client(serve(Broken())).get(PAGE)
    assert response.status_code == 500
    assert "Rosalind" not in response.text
    assert [entry["error"] for entry in logs] == ["KeyError"]
    assert "Rosalind" not in str(logs)
    assert TOKEN not in str(logs)
    assert response.headers["referrer-policy"] == "no-referrer"


def test_serving_logs_no_paths_and_trusts_no_proxy_headers() -> None:
    """An access log would be a list of working links."""
    config = serve_config(serve(FakeDesk()), "127.0.0.1", 0)
    assert config.access_log is False
    assert config.proxy_headers is False
    assert config.server_header is False


@pytest.mark.parametrize(
    ("base", "origins"),
    [
        ("https://missent.x.example", {"https://missent.x.example"}),
        ("https://Missent.x.example:8443/sub", {"https://missent.x.example:8443"}),
        (
            "http://127.0.0.1:8025",
            {"http://127.0.0.1:8025", "http://localhost:8025", "http://[::1]:8025"},
        ),
        ("http://[::1]:80", {"http://127.0.0.1:80", "http://localhost:80", "http://[::1]:80"}),
    ],
)
def test_own_origins(base: str, origins: set[str]) -> None:
    """One origin, and on loopback its three names."""
    assert own_origins(base) == origins


def test_other_machine_is_foreign_even_if_loopback_is_ours() -> None:
    """A public origin does not become ours by a loopback base URL."""
    own = own_origins("http://127.0.0.1:8025")
    assert foreign(Headers({"Origin": "http://127.0.0.1:8026"}), own)
    assert not foreign(Headers({"Origin": "HTTP://LOCALHOST:8025"}), own)


def test_bucket_refills_steadily() -> None:
    """A minute's worth at once, then one at a time as time passes."""
    now = [100.0]
    buckets = Buckets(lambda: now[0])
    assert [buckets.take("a", 2) for _ in range(3)] == [0.0, 0.0, 30.0]
    assert buckets.take("b", 2) == 0.0
    now[0] += 29.0
    assert buckets.take("a", 2) == pytest.approx(1.0)
    now[0] += 1.01
    assert buckets.take("a", 2) == 0.0
    now[0] += 1e6
    assert [buckets.take("a", 2) for _ in range(3)] == [0.0, 0.0, 30.0]


def test_buckets_forget_names_that_are_full_again() -> None:
    """Memory is bounded by the names of one minute."""
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    for number in range(10_000):
        now[0] += 1
        assert buckets.take(str(number), 1) == 0.0
    assert len(buckets._levels) <= 4096
