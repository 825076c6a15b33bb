"""Own a wire tap: a TCP relay on loopback that keeps every octet a client sent, and passes all on."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from contextlib import suppress

_DATA = re.compile(rb"\r\nDATA\r\n", re.IGNORECASE)


class Tap:
    """A context manager; `port` leads to `behind`."""

    def __init__(self, behind: int) -> None:
        self.behind = behind
        self.said: list[bytearray] = []
        """What clients sent, one entry a connection."""
        self._server = _Server(self)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> Tap:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def after_data(self) -> bytes:
        """Give all that any client sent behind a DATA, but for the commands that end a session."""
        rest = b"".join(bytes(part) for said in self.said for part in _DATA.split(bytes(said))[1:])
        return re.sub(rb"(?:RSET|QUIT)\r\n", b"", rest)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False

    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        super().__init__(("127.0.0.1", 0), _Relaying)


class _Relaying(socketserver.BaseRequestHandler):
    server: _Server
    request: socket.socket

    def handle(self) -> None:
        said = bytearray()
        self.server.tap.said.append(said)
        with socket.create_connection(("127.0.0.1", self.server.tap.behind)) as far:
            back = threading.Thread(target=_pass_on, args=(far, self.request, None))
            back.start()
            _pass_on(self.request, far, said)
            back.join()


def _pass_on(source: socket.socket, target: socket.socket, copy: bytearray | None) -> None:
    with suppress(OSError):
        while octets := source.recv(65_536):
            if copy is not None:
                copy += octets
            target.sendall(octets)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
