"""Own SMTP's framing: bytes to lines, to message data, to replies; and back.

The rule: only CRLF ends a line and only CRLF "." CRLF ends a message (RFC 5321 §2.3.8, §4.1.1.4).
Whatever another program might take for either is never an end here, and `ambiguous` finds it
afterwards, so that the whole message is refused: the bytes judged are the bytes the next hop reads.
All work on message data is done by whole-buffer `bytes` operations, never by a loop over lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from missent.errors import MalformedCommand, ProtocolError

MAX_LINE = 2048
"""Octets of a command line with CRLF: 512 (RFC 5321 §4.5.3.1.4) and what the extensions add."""
MAX_REPLY_LINE = 2048
MAX_REPLY_LINES = 100
_END = b"\r\n.\r\n"
_CODE = re.compile(r"[2-5][0-9]{2}\Z")
_REPLY_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?\Z", re.DOTALL)
_BREAKS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def ambiguous(data: bytes) -> bool:
    """Tell whether the data has a bare CR, a bare LF or a NUL."""
    pairs = data.count(b"\r\n")
    return data.count(b"\n") != pairs or data.count(b"\r") != pairs or b"\0" in data


def dot_stuff(data: bytes) -> bytes:
    """Make message data fit for the wire, with its end (RFC 5321 §4.5.2).

    `data` must not be `ambiguous`; a missing last CRLF is added, since the end needs one.
    """
    stuffed = data.replace(b"\r\n.", b"\r\n..")
    first = b"." if data.startswith(b".") else b""
    last = b"" if data.endswith(b"\r\n") or not data else b"\r\n"
    return b"".join((first, stuffed, last, b".\r\n"))


class LineBuffer:
    """Cuts a stream of chunks into lines of at most `limit` octets."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._buffer = bytearray()
        self._limit = limit
        self._skipping = False

    def feed(self, chunk: bytes) -> None:
        """Add what arrived."""
        self._buffer += chunk

    def take(self) -> bytes:
        """Give all that was not cut into lines yet, and forget it."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    @property
    def has_line(self) -> bool:
        """Whether the end of a line is there already."""
        return b"\n" in self._buffer

    def line(self) -> bytes | None:
        """Give the next line without its CRLF, or None until more has come.

        Raises `MalformedCommand` once for a line that is too long (it is skipped to its end), and
        `ProtocolError` for a bare LF: some programs end a command there, so nothing after it can
        be read safely.
        """
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > self._limit:
                self._skipping = True
                del self._buffer[:-1]  # the last octet may be the CR of the line's end
            return None
        if self._buffer[end - 1 : end] != b"\r":
            raise ProtocolError("a command ended in a bare LF")
        line = bytes(self._buffer[: end - 1])
        del self._buffer[: end + 1]
        if self._skipping or len(line) + 2 > self._limit:
            self._skipping = False
            raise MalformedCommand("the line is too long")
        return line


class DataReader:
    """Takes a message's bytes until CRLF "." CRLF, wherever the chunks are cut.

    `limit` counts octets without the dots that stuffing added (RFC 1870 §5). Beyond it reading goes
    on, to find the end, but nothing more is kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stored = bytearray()  # no list of chunks: a client may send them octet by octet
        self._tail = b"\r\n"  # the DATA line's own end: a message may be "." CRLF alone
        self._received = 0
        self._dots = 0
        self._length: int | None = None
        self._storing = True
        self.leftover = b""
        """What followed the end: a client's next, pipelined command."""

    @property
    def finished(self) -> bool:
        """Whether the end was seen."""
        return self._length is not None

    @property
    def received(self) -> int:
        """Octets that came, the end and what followed it included."""
        return self._received

    @property
    def too_big(self) -> bool:
        """Whether the message passed the limit; final once it is finished."""
        if self._length is None:
            return not self._storing
        return self._length - self._dots > self._limit

    def feed(self, chunk: bytes) -> bool:
        """Add what arrived; gives whether the message is whole."""
        if self.finished:
            raise ProtocolError("the message has already ended")
        before = len(self._tail)
        window = self._tail + chunk
        end = window.find(_END)
        stop = len(window) if end < 0 else end + 2
        self._dots += window.count(b"\r\n.", before - 2, stop)
        if end >= 0:
            self._length = self._received - before + stop
            self._dots -= stop < before  # the end's own dot came, and was counted, earlier
            self.leftover = window[end + len(_END) :]
        if self._storing:
            self._stored += chunk
        self._received += len(chunk)
        self._tail = window[-4:]
        if self._received - self._dots > self._limit + len(_END) and end < 0:
            self._storing = False
            self._stored.clear()
        return self.finished

    def content(self) -> bytes:
        """Give the message as it was meant, dots unstuffed; b"" if it was too big."""
        if self._length is None:
            raise ProtocolError("the message has not ended")
        if self.too_big:
            return b""
        start = 1 if self._stored.startswith(b".") else 0
        with memoryview(self._stored) as stored:
            return bytes(stored[start : self._length]).replace(b"\r\n.", b"\r\n")


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply: a code and the text of each line, as a peer gave it or as we give it."""

    code: int
    lines: tuple[str, ...]

    @classmethod
    def of(cls, line: str) -> Reply:
        """Make a reply of one line, ``550 5.7.1 text``; control characters become ``?``."""
        code, _, text = line.partition(" ")
        if not _CODE.match(code):
            raise ProtocolError("a reply begins with three digits")
        return cls(int(code), (_BREAKS.sub("?", text),))

    @property
    def accepted(self) -> bool:
        """Whether the command was carried out (2yz) or the data is awaited (354)."""
        return 200 <= self.code < 400

    @property
    def completed(self) -> bool:
        """Whether the peer took responsibility (2yz)."""
        return 200 <= self.code < 300

    @property
    def closing(self) -> bool:
        """Whether the connection ends with this reply (RFC 5321 §3.8; RFC 7504)."""
        return self.code in (221, 421, 521)

    def encode(self) -> bytes:
        """Write the reply for the wire."""
        last = len(self.lines) - 1
        wire = "".join(
            f"{self.code}{' ' if index == last else '-'}{line}\r\n"
            for index, line in enumerate(self.lines)
        )
        return wire.encode("utf-8", "surrogateescape")


class ReplyReader:
    """Puts a peer's reply together, line by line."""

    def __init__(self) -> None:
        self._code = 0
        self._lines: list[str] = []

    def feed(self, line: bytes) -> Reply | None:
        """Take one line without its line end; gives the reply when it is whole.

        Raises `ProtocolError` for what is no reply, or one without end.
        """
        match = _REPLY_LINE.match(line)
        if match is None or (self._lines and int(match[1]) != self._code):
            raise ProtocolError("the peer's reply cannot be read")
        if len(line) > MAX_REPLY_LINE or len(self._lines) >= MAX_REPLY_LINES:
            raise ProtocolError("the peer's reply is too long")
        self._code = int(match[1])
        text = (match[3] or b"").decode("utf-8", "surrogateescape")
        self._lines.append(_BREAKS.sub("?", text))
        if match[2] == b"-":
            return None
        reply, self._lines = Reply(self._code, tuple(self._lines)), []
        return reply
