"""Own a milter that is not the guard: it agrees to everything, or answers the end as a script says.

It stands in for the guard where the harness tests itself, and behind the guard as the spam filter
that refuses what the guard already let pass.
"""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path

CONTINUE, TEMPORARY = b"c", b"t"
_END_OF_MESSAGE = b"E"
_WITHOUT_ANSWER = b"DA"  # macros and abort


@contextlib.contextmanager
def other_milter(listen: str) -> Iterator[deque[bytes]]:
    """Serve on ``unix:PATH`` or ``inet:HOST:PORT``; the deque takes answers to the next messages."""
    script: deque[bytes] = deque()

    class Session(_Session):
        ends = script

    server: socketserver.ThreadingTCPServer | socketserver.ThreadingUnixStreamServer
    kind, _, place = listen.partition(":")
    if kind == "unix":
        Path(place).parent.mkdir(exist_ok=True)
        server = socketserver.ThreadingUnixStreamServer(place, Session)
        Path(place).chmod(0o666)
    else:
        host, _, port = place.rpartition(":")
        server = socketserver.ThreadingTCPServer((host, int(port)), Session)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.socket.close()


class _Session(socketserver.StreamRequestHandler):
    ends: deque[bytes]

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            while header := self.rfile.read(5):
                length, command = struct.unpack(">Ic", header)
                self.rfile.read(length - 1)
                if command == b"Q":
                    return
                self._answer(command)

    def _answer(self, command: bytes) -> None:
        if command == b"O":  # version 6, no modifications, every step wanted
            self.wfile.write(struct.pack(">IcIII", 13, b"O", 6, 0, 0))
        elif command == _END_OF_MESSAGE:
            answer = self.ends.popleft() if self.ends else CONTINUE
            self.wfile.write(struct.pack(">Ic", 1, answer))
        elif command not in _WITHOUT_ANSWER:
            self.wfile.write(struct.pack(">Ic", 1, CONTINUE))
