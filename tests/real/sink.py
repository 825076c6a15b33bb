"""Own the recording SMTP server at the far end: it keeps parameters and bytes exactly as they came.

Rule: what a test asserts about delivered mail it reads here, never from a log. One thread a
connection; every wait is on a condition, with a deadline.
"""

from __future__ import annotations

import contextlib
import re
import socket
import socketserver
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

_PATH = re.compile(r'\w+ (?:FROM|TO):\s*<((?:"(?:[^"\\]|\\.)*"|[^>])*)>(.*)\Z', re.IGNORECASE)
_EXTENSIONS = ("PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "DSN")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One accepted transaction."""

    sender: str
    """The argument of MAIL FROM without brackets; empty for the null path."""
    parameters: dict[str, str]
    """Of MAIL FROM, keywords in upper case; a keyword without value has ""."""
    recipients: tuple[tuple[str, dict[str, str]], ...]
    data: bytes
    """The message, dot-unstuffed and otherwise untouched."""
    at: float
    """`time.monotonic` of the final reply."""

    @property
    def to(self) -> tuple[str, ...]:
        """Give the recipients' addresses."""
        return tuple(address for address, _ in self.recipients)

    @property
    def message(self) -> EmailMessage:
        """Parse the message for reading; the bytes stay the truth."""
        return message_from_bytes(self.data, policy=policy.default)


class RecordingSink:
    """A server that accepts everything, or answers the end of data as a script says."""

    def __init__(self, port: int = 0) -> None:
        self.end_of_data: deque[str] = deque()
        """Replies for the next ends of data, used up one by one; a 2yz one records the message."""
        self.attempts = 0
        """Ends of data seen, refused ones included."""
        self._deliveries: list[Delivery] = []
        self._changed = threading.Condition()
        self._server = _Server(self, port)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> RecordingSink:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.close_all()

    @property
    def place(self) -> str:
        """Give ``127.0.0.1:port``."""
        return f"127.0.0.1:{self.port}"

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """Give everything accepted so far, in order."""
        with self._changed:
            return tuple(self._deliveries)

    def to(self, address: str) -> list[Delivery]:
        """Give the deliveries that had this recipient."""
        return [d for d in self.deliveries if address in d.to]

    def wait_for(self, address: str, *, count: int = 1, timeout: float = 20) -> list[Delivery]:
        """Wait until `address` has had `count` deliveries; raises `AssertionError` at the deadline."""
        self.wait_until(lambda: len(self.to(address)) >= count, f"mail for {address}", timeout)
        return self.to(address)

    def wait_until(self, holds: Callable[[], bool], what: str, timeout: float = 20) -> None:
        """Wait for a condition over what was delivered."""
        deadline = time.monotonic() + timeout
        with self._changed:
            if not self._changed.wait_for(holds, deadline - time.monotonic()):
                seen = [d.to for d in self._deliveries[-10:]]
                raise AssertionError(f"{what} did not come within {timeout} s; last seen: {seen}")

    def finish(self, sender: _Path, recipients: Iterable[_Path], data: bytes) -> str:
        """Take one message at its end of data and give the reply."""
        with self._changed:
            self.attempts += 1
            reply = self.end_of_data.popleft() if self.end_of_data else "250 2.0.0 recorded"
            if reply.startswith("2"):
                delivery = Delivery(*sender, tuple(recipients), data, time.monotonic())
                self._deliveries.append(delivery)
            self._changed.notify_all()
            return reply


_Path = tuple[str, dict[str, str]]


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False  # joined on close, so that no socket outlives its test
    request_queue_size = 128

    def __init__(self, sink: RecordingSink, port: int) -> None:
        self.sink = sink
        self.connections: set[socket.socket] = set()
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Session)

    def process_request(self, request: Any, client_address: Any) -> None:
        # Known before its thread runs: one that `close_all` missed would be waited for without end.
        with self.lock:
            self.connections.add(request)
        super().process_request(request, client_address)

    def close_all(self) -> None:
        with self.lock:
            for connection in self.connections:
                with contextlib.suppress(OSError):  # the peer was faster
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Leave a peer that was killed in mid-sentence unmentioned."""


class _Session(socketserver.StreamRequestHandler):
    server: _Server
    request: socket.socket
    timeout = 120.0  # seconds without an octet

    def finish(self) -> None:
        with self.server.lock:
            self.server.connections.discard(self.request)
        super().finish()

    def handle(self) -> None:
        self.sender: _Path | None = None
        self.recipients: list[_Path] = []
        self._say("220 sink.example.test ESMTP")
        while line := self.rfile.readline():
            command = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if command.upper() == "QUIT":
                self._say("221 2.0.0 bye")
                return
            self._answer(command)

    def _answer(self, command: str) -> None:
        verb = command.upper()
        if verb.startswith("EHLO"):
            self._say(*_reply_lines("250", ("sink.example.test", *_EXTENSIONS)))
        elif verb.startswith("MAIL FROM:"):
            self.sender, self.recipients = _path(command), []
            self._say("250 2.1.0 ok")
        elif verb.startswith("RCPT TO:"):
            self.recipients.append(_path(command))
            self._say("250 2.1.5 ok")
        elif verb == "DATA" and self.sender and self.recipients:
            self._data(self.sender)
        elif verb.startswith(("HELO", "RSET", "NOOP")):
            self.sender, self.recipients = None, []
            self._say("250 2.0.0 ok")
        else:
            self._say("503 5.5.1 bad sequence or unknown command")

    def _data(self, sender: _Path) -> None:
        self._say("354 go ahead")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return  # hung up before the end of data: not a message
            lines.append(line[1:] if line.startswith(b".") else line)
        self._say(self.server.sink.finish(sender, self.recipients, b"".join(lines)))
        self.sender, self.recipients = None, []

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


def _reply_lines(code: str, texts: tuple[str, ...]) -> list[str]:
    return [f"{code}-{text}" for text in texts[:-1]] + [f"{code} {texts[-1]}"]


def _path(command: str) -> _Path:
    match = _PATH.match(command)
    if match is None:
        return command, {}
    pairs = (word.partition("=") for word in match[2].split())
    return match[1], {keyword.upper(): value for keyword, _, value in pairs}
