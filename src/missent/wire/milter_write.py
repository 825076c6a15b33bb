"""Own what a milter says: replies and edits as packets; and an MTA's commands, for probes and tests.

All replies to one command belong into one write: an MTA with Nagle's algorithm waits 40 ms for the
second (measured between Postfix and libmilter over TCP; rspamd/rspamd issue 1790).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from missent.errors import ProtocolError
from missent.wire.milter import (
    LENGTH,
    NEGOTIATION,
    Abort,
    Body,
    Command,
    Connect,
    Data,
    EndOfHeaders,
    EndOfMessage,
    Header,
    Helo,
    Macros,
    MailFrom,
    Negotiate,
    Quit,
    QuitNewConnection,
    RcptTo,
    Unknown,
)

MAX_REPLY = 510  # RFC 5321 §4.5.3.1.5, without CRLF
_REPLY = re.compile(r"([45])[0-9][0-9] \1\.[0-9]{1,3}\.[0-9]{1,3} [\x20-\x7e]+\Z")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]")


def _packet(letter: bytes, payload: bytes = b"") -> bytes:
    return LENGTH.pack(1 + len(payload)) + letter + payload


CONTINUE = _packet(b"c")
ACCEPT = _packet(b"a")
REJECT = _packet(b"r")
TEMPFAIL = _packet(b"t")
DISCARD = _packet(b"d")
SKIP = _packet(b"s")
"""The rest of this body is not wanted; only in answer to `Body`, and only if negotiated."""


def _zero_ended(*strings: bytes) -> bytes:
    if any(b"\0" in string for string in strings):
        raise ProtocolError("a NUL cannot be said in a milter string")
    return b"".join(string + b"\0" for string in strings)


def negotiated(choice: Negotiate) -> bytes:
    """Answer a negotiation."""
    payload = NEGOTIATION.pack(choice.version, choice.actions, choice.steps)
    for stage, names in sorted(choice.macros.items(), key=lambda item: item[0].value):
        payload += LENGTH.pack(stage.value) + _zero_ended(names.encode("utf-8"))
    return _packet(b"O", payload)


def reply_line(line: str) -> bytes:
    """Refuse with one SMTP reply line such as ``550 5.1.2 …``.

    What is not printable ASCII becomes ``?``, and the line is cut to RFC 5321's length. ``%`` is
    doubled: Sendmail uses the text as a format, and Postfix undoes the doubling. Raises `ValueError`
    unless code and enhanced code are there and agree (Postfix drops the connection otherwise).
    """
    clean = _UNPRINTABLE.sub("?", line)[:MAX_REPLY]
    if not _REPLY.match(clean):
        raise ValueError("not an SMTP refusal with an enhanced status code")
    return _packet(b"y", _zero_ended(clean.replace("%", "%%").encode("ascii")))


def change_header(name: str, occurrence: int, value: bytes) -> bytes:
    """Replace the field of this name that is number `occurrence` (from 1); an empty value removes it.

    Lines of `value` are separated by LF; it starts with white space if `LEADING_SPACE` was agreed.
    """
    return _packet(b"m", LENGTH.pack(occurrence) + _zero_ended(name.encode("utf-8"), value))


def insert_header(name: str, position: int, value: bytes) -> bytes:
    """Insert a field at `position` (0 = on top)."""
    return _packet(b"i", LENGTH.pack(position) + _zero_ended(name.encode("utf-8"), value))


def add_header(name: str, value: bytes) -> bytes:
    """Add a field at the bottom."""
    return _packet(b"h", _zero_ended(name.encode("utf-8"), value))


def delete_recipient(path: str) -> bytes:
    """Take out a recipient, named exactly as RCPT named it."""
    return _packet(b"-", _zero_ended(path.encode("utf-8")))


def add_recipient(path: str) -> bytes:
    """Add a recipient."""
    return _packet(b"+", _zero_ended(path.encode("utf-8")))


def encode(command: Command) -> bytes:
    """Write a command as an MTA does: for probing a filter, and for tests."""
    if isinstance(command, Negotiate):
        return negotiated(command)
    letter, payload = _WRITERS[type(command)]
    return _packet(letter, payload(command))


def _connection(command: Connect) -> bytes:
    if command.family == "U":
        return _zero_ended(command.hostname) + b"U"
    where = command.port.to_bytes(2, "big") + _zero_ended(command.address.encode())
    return _zero_ended(command.hostname) + command.family.encode() + where


def _macros(command: Macros) -> bytes:
    pairs = [(_braced(name).encode(), value.encode()) for name, value in command.values.items()]
    return command.about.encode() + _zero_ended(*(part for pair in pairs for part in pair))


def _braced(name: str) -> str:
    return name if len(name) == 1 else "{" + name + "}"


def _nothing(_command: Command) -> bytes:
    return b""


_WRITERS: Mapping[type[Command], tuple[bytes, Callable[[Any], bytes]]] = MappingProxyType(
    {
        Macros: (b"D", _macros),
        Connect: (b"C", _connection),
        Helo: (b"H", lambda helo: _zero_ended(helo.name)),
        MailFrom: (b"M", lambda mail: _zero_ended(mail.path, *mail.parameters)),
        RcptTo: (b"R", lambda rcpt: _zero_ended(rcpt.path, *rcpt.parameters)),
        Data: (b"T", _nothing),
        Header: (b"L", lambda header: _zero_ended(header.name, header.value)),
        EndOfHeaders: (b"N", _nothing),
        Body: (b"B", lambda body: body.chunk),
        EndOfMessage: (b"E", lambda end: end.chunk),
        Abort: (b"A", _nothing),
        Quit: (b"Q", _nothing),
        QuitNewConnection: (b"K", _nothing),
        Unknown: (b"U", lambda unknown: _zero_ended(unknown.line)),
    }
)
