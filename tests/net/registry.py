"""A registry on loopback for tests: HTTP or HTTPS, answers as told, and remembers every path."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.net.look_up_stage import FakeTime

from missent.mail.domain import DomainName
from missent.net.rdap import Rdap, Registration, base_place

ARMY = DomainName.parse("army.ml")
JSON = {"Content-Type": "application/rdap+json"}


def card(name: Any, role: str = "registrar") -> dict[str, Any]:
    """Write an entity with a jCard (RFC 7095)."""
    fields = [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]
    return {"objectClassName": "entity", "roles": [role], "vcardArray": ["vcard", fields]}


def domain(name: str, *entities: Any, **more: Any) -> bytes:
    """Write a domain object (RFC 9083 §5.3)."""
    found = {"objectClassName": "domain", "ldhName": name, "entities": list(entities), **more}
    return json.dumps(found).encode()


@dataclass
class Registry:
    """An HTTP server on loopback that answers as told, and remembers every path."""

    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    trickle: bool = False
    port: int = 0
    name: str = "127.0.0.1"
    tls: bool = False
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Give its base URL."""
        return f"http{'s' if self.tls else ''}://{self.name}:{self.port}"

    def says(
        self, code: int, body: bytes = b"", path: str = "/domain/army.ml", **headers: str
    ) -> None:
        """Set the answer of a path."""
        self.answers[path] = (code, JSON | headers, body)

    def redirects(self, to: str, path: str = "/domain/army.ml") -> None:
        """Send on from a path."""
        self.says(302, path=path, Location=to)

    def ask(self, name: DomainName = ARMY, timeout: float = 5.0) -> Registration:
        """Ask it once, in a time of its own."""
        return Rdap(base_place(self.url), FakeTime().pace(), timeout).ask(name, 100)


class _Handler(BaseHTTPRequestHandler):
    registry: Registry

    def handle(self) -> None:
        with contextlib.suppress(OSError):  # such as a client that does not trust us
            super().handle()

    def do_GET(self) -> None:
        registry = self.registry
        registry.asked.append(self.path)
        registry.headers.append({name.lower(): value for name, value in self.headers.items()})
        code, headers, body = registry.answers.get(self.path, (404, JSON, b""))
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        while registry.trickle and not registry.over.wait(0.02):
            self.wfile.write(b" ")
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def open_registry(name: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> Iterator[Registry]:
    """Serve on a free port of loopback, as the host of a name."""
    registry = Registry(name=name, tls=tls is not None)
    handler = type("Handler", (_Handler,), {"registry": registry})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        registry.port = server.server_address[1]
        if tls is not None:
            server.socket = tls.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield registry
        finally:
            registry.over.set()
            server.shutdown()
            thread.join()
