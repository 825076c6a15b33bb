"""Own what a milter is told: packets -> commands, and the session's transition table.

Theory of operation. An MTA (Postfix, Sendmail) connects for each SMTP client and sends packets: four
octets of length, one letter, a payload. `Decoder.feed` turns bytes into frozen commands and bounds
what it keeps. `step` moves the session; a pair that is not in `TRANSITIONS` raises. What goes the
other way is `milter_write`'s.

::

    fresh ─negotiate─▶ ready ─connect─▶ idle ─mail─▶ mail ─rcpt─▶ rcpt ─data─▶ data
                                         ▲                                      │ header
                                         │                                      ▼
                                         └──end of message── body ◀─end of headers─ headers
    abort: back to idle from everywhere behind `ready`; macros: anywhere, no move

The format is not in an RFC: it follows Sendmail's libmilter (mfdef.h, protocol version 6) and what
Postfix's milter8.c sends. No I/O; nothing here knows what a message means.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntFlag, StrEnum
from types import MappingProxyType
from typing import TypeAlias

from missent.errors import ProtocolError

VERSION = 6
LEAST_VERSION = 2  # the first with which Postfix and Sendmail 8.12 delete recipients
MAX_PACKET = 2 * 1024 * 1024  # MTAs send body in 64 KB; one header field can be longer
LENGTH = struct.Struct("!L")
NEGOTIATION = struct.Struct("!LLL")


class Actions(IntFlag):
    """What a filter may do to a message (SMFIF_*)."""

    ADD_HEADERS = 0x1
    CHANGE_BODY = 0x2
    ADD_RECIPIENTS = 0x4
    DELETE_RECIPIENTS = 0x8
    CHANGE_HEADERS = 0x10
    QUARANTINE = 0x20
    CHANGE_SENDER = 0x40
    ADD_RECIPIENTS_WITH_PARAMETERS = 0x80
    CHOOSE_MACROS = 0x100


class Steps(IntFlag):
    """What the MTA leaves out, or does not wait for (SMFIP_*)."""

    NO_CONNECT = 0x1
    NO_HELO = 0x2
    NO_MAIL = 0x4
    NO_RCPT = 0x8
    NO_BODY = 0x10
    NO_HEADERS = 0x20
    NO_END_OF_HEADERS = 0x40
    SILENT_HEADER = 0x80
    NO_UNKNOWN = 0x100
    NO_DATA = 0x200
    SKIP = 0x400
    REJECTED_RCPT = 0x800
    SILENT_CONNECT = 0x1000
    SILENT_HELO = 0x2000
    SILENT_MAIL = 0x4000
    SILENT_RCPT = 0x8000
    SILENT_DATA = 0x10000
    SILENT_UNKNOWN = 0x20000
    SILENT_END_OF_HEADERS = 0x40000
    SILENT_BODY = 0x80000
    LEADING_SPACE = 0x100000
    """Header values are exchanged with the white space after the colon."""


class Stage(Enum):
    """Where a filter may choose which macros it is told (SMFIM_*)."""

    CONNECT = 0
    HELO = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    END_OF_MESSAGE = 5
    END_OF_HEADERS = 6


# --- commands ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Negotiate:
    """Offer (from the MTA) or choice (from the filter) of version, actions and steps."""

    version: int
    actions: int
    steps: int
    macros: Mapping[Stage, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names wanted at each stage, separated by spaces; only from the filter."""


@dataclass(frozen=True, slots=True)
class Macros:
    """Facts that go with the command whose letter is `about`; names without their braces."""

    about: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Connect:
    """An SMTP client; `family` is ``4``, ``6``, ``L`` (UNIX) or ``U`` (unknown, no address)."""

    hostname: bytes
    family: str
    port: int = 0
    address: str = ""


@dataclass(frozen=True, slots=True)
class Helo:
    """The client's EHLO or HELO."""

    name: bytes


@dataclass(frozen=True, slots=True)
class MailFrom:
    """MAIL: the path as written, and its ESMTP parameters."""

    path: bytes
    parameters: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class RcptTo:
    """RCPT: the path as written, and its ESMTP parameters."""

    path: bytes
    parameters: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Data:
    """DATA."""


@dataclass(frozen=True, slots=True)
class Header:
    """One header field; lines of a folded value are separated by LF alone."""

    name: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class EndOfHeaders:
    """The empty line."""


@dataclass(frozen=True, slots=True)
class Body:
    """A piece of the body, with CRLF, cut anywhere."""

    chunk: bytes


@dataclass(frozen=True, slots=True)
class EndOfMessage:
    """The end; Postfix puts the body's last piece in here."""

    chunk: bytes = b""


@dataclass(frozen=True, slots=True)
class Abort:
    """This message is over; Postfix sends it between messages, too. Never answered."""


@dataclass(frozen=True, slots=True)
class Quit:
    """The SMTP client is gone. Never answered."""


@dataclass(frozen=True, slots=True)
class QuitNewConnection:
    """The SMTP client is gone, another follows on this connection (Sendmail). Never answered."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An SMTP command the MTA does not know."""

    line: bytes


Command: TypeAlias = (
    Negotiate
    | Macros
    | Connect
    | Helo
    | MailFrom
    | RcptTo
    | Data
    | Header
    | EndOfHeaders
    | Body
    | EndOfMessage
    | Abort
    | Quit
    | QuitNewConnection
    | Unknown
)

SILENT: Mapping[type[Command], Steps] = MappingProxyType(
    {
        Connect: Steps.SILENT_CONNECT,
        Helo: Steps.SILENT_HELO,
        MailFrom: Steps.SILENT_MAIL,
        RcptTo: Steps.SILENT_RCPT,
        Data: Steps.SILENT_DATA,
        Header: Steps.SILENT_HEADER,
        EndOfHeaders: Steps.SILENT_END_OF_HEADERS,
        Body: Steps.SILENT_BODY,
        Unknown: Steps.SILENT_UNKNOWN,
    }
)
"""The flag with which the MTA does not wait for an answer to a command."""


# --- the session's table -----------------------------------------------------------------------


class State(StrEnum):
    """Where a session stands."""

    FRESH = "fresh"
    READY = "ready"
    IDLE = "idle"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    HEADERS = "headers"
    BODY = "body"
    OVER = "over"


def _table() -> Mapping[tuple[State, type[Command]], State]:
    moves: dict[tuple[State, type[Command]], State] = {
        (State.FRESH, Negotiate): State.READY,
        (State.READY, Connect): State.IDLE,
        (State.READY, Abort): State.READY,
        (State.RCPT, RcptTo): State.RCPT,
        (State.MAIL, RcptTo): State.RCPT,
        (State.RCPT, Data): State.DATA,
    }
    for state in (State.IDLE, State.MAIL, State.RCPT):
        moves[state, Helo] = State.IDLE  # EHLO is also a reset (RFC 5321 §4.1.4)
        moves[state, MailFrom] = State.MAIL  # a MAIL refused by the MTA itself is not taken back
        moves[state, Unknown] = state
    # Below version 4 there is no DATA; a message may have no header, or no body.
    for state in (State.RCPT, State.DATA, State.HEADERS):
        moves[state, Header] = State.HEADERS
        moves[state, EndOfHeaders] = State.BODY
        moves[state, EndOfMessage] = State.IDLE
    moves[State.BODY, Body] = State.BODY
    moves[State.BODY, EndOfMessage] = State.IDLE
    for state in set(State) - {State.FRESH, State.READY, State.OVER}:
        moves[state, Abort] = State.IDLE
    for state in set(State) - {State.FRESH, State.OVER}:
        moves[state, Macros] = state
        moves[state, QuitNewConnection] = State.READY
        moves[state, Quit] = State.OVER
    moves[State.FRESH, Quit] = State.OVER
    return MappingProxyType(moves)


TRANSITIONS = _table()


def step(state: State, command: Command) -> State:
    """Give the state after `command`; raises `ProtocolError` for a pair not in the table."""
    try:
        return TRANSITIONS[state, type(command)]
    except KeyError:
        name = type(command).__name__
        raise ProtocolError(f"a milter session in state {state} got {name}") from None


# --- reading -----------------------------------------------------------------------------------


class Decoder:
    """Cut a stream of bytes into commands; keeps at most one unfinished packet."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def feed(self, data: bytes) -> list[Command]:
        """Take bytes as they came; give the commands that are now whole.

        Raises `ProtocolError` for a length out of bounds, an unknown letter or a malformed payload;
        after that the stream has no meaning and the connection is to be closed.
        """
        kept = self._kept
        if kept:
            kept += data
        source = kept or data
        commands: list[Command] = []
        start = 0
        while len(source) - start >= LENGTH.size:
            (length,) = LENGTH.unpack_from(source, start)
            if not 1 <= length <= MAX_PACKET:
                raise ProtocolError("a milter packet's length is out of bounds")
            letter = start + LENGTH.size
            end = letter + length
            if len(source) < end:
                break
            commands.append(decode(source[letter], bytes(source[letter + 1 : end])))
            start = end
        if kept:
            del kept[:start]
        else:
            kept += data[start:]
        return commands


def decode(letter: int, payload: bytes) -> Command:
    """Read one packet's payload as its letter says."""
    reader = _READERS.get(letter)
    if reader is None:
        raise ProtocolError("a milter packet has an unknown letter")
    return reader(payload)


def _strings(payload: bytes) -> list[bytes]:
    if not payload.endswith(b"\0"):
        raise ProtocolError("a string in a milter packet does not end in NUL")
    return payload[:-1].split(b"\0")


def _one_string(payload: bytes) -> bytes:
    strings = _strings(payload)
    if len(strings) != 1:
        raise ProtocolError("a milter packet has more strings than one")
    return strings[0]


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _read_negotiate(payload: bytes) -> Negotiate:
    if len(payload) < NEGOTIATION.size:
        raise ProtocolError("a milter negotiation is too short")
    macros: dict[Stage, str] = {}
    rest = payload[NEGOTIATION.size :]
    while rest:
        names, nul, after = rest[LENGTH.size :].partition(b"\0")
        if len(rest) < LENGTH.size or not nul:
            raise ProtocolError("a milter negotiation's macro list is cut short")
        number = LENGTH.unpack_from(rest)[0]
        if number not in {stage.value for stage in Stage}:
            raise ProtocolError("a milter negotiation names an unknown stage")
        macros[Stage(number)] = _text(names)
        rest = after
    version, actions, steps = NEGOTIATION.unpack_from(payload)
    return Negotiate(version, actions, steps, MappingProxyType(macros))


def _read_macros(payload: bytes) -> Macros:
    about, pairs = payload[:1], payload[1:]
    if not about or about[0] not in _READERS:
        raise ProtocolError("macros for an unknown milter command")
    strings = [_text(s) for s in _strings(pairs)] if pairs else []
    if len(strings) % 2:
        raise ProtocolError("a milter macro has no value")
    names = [_bare(name) for name in strings[::2]]
    return Macros(about.decode("ascii"), dict(zip(names, strings[1::2], strict=True)))


def _bare(name: str) -> str:
    return name[1:-1] if len(name) > 2 and name[0] == "{" and name[-1] == "}" else name


def _read_connect(payload: bytes) -> Connect:
    hostname, nul, rest = payload.partition(b"\0")
    family, port_and_address = rest[:1], rest[1:]
    if not nul or family not in (b"4", b"6", b"L", b"U"):
        raise ProtocolError("a milter connection without host name or known family")
    if family == b"U":  # Sendmail and Postfix end here; other data would be meaningless
        return Connect(hostname, "U")
    if len(port_and_address) < 3:
        raise ProtocolError("a milter connection without port or address")
    address = _text(_one_string(port_and_address[2:]))
    port = int.from_bytes(port_and_address[:2], "big")
    return Connect(hostname, family.decode("ascii"), port, address)


def _read_mail(payload: bytes) -> MailFrom:
    path, *parameters = _strings(payload)
    return MailFrom(path, tuple(parameters))


def _read_rcpt(payload: bytes) -> RcptTo:
    path, *parameters = _strings(payload)
    return RcptTo(path, tuple(parameters))


def _read_header(payload: bytes) -> Header:
    strings = _strings(payload)
    if len(strings) != 2 or not strings[0]:
        raise ProtocolError("a milter header is a name and a value")
    return Header(strings[0], strings[1])


def _empty(make: Callable[[], Command]) -> Callable[[bytes], Command]:
    def read(payload: bytes) -> Command:
        if payload:
            raise ProtocolError("a milter packet has data where none belongs")
        return make()

    return read


_READERS: Mapping[int, Callable[[bytes], Command]] = MappingProxyType(
    {
        ord("O"): _read_negotiate,
        ord("D"): _read_macros,
        ord("C"): _read_connect,
        ord("H"): lambda payload: Helo(_one_string(payload)),
        ord("M"): _read_mail,
        ord("R"): _read_rcpt,
        ord("T"): _empty(Data),
        ord("L"): _read_header,
        ord("N"): _empty(EndOfHeaders),
        ord("B"): Body,
        ord("E"): EndOfMessage,
        ord("A"): _empty(Abort),
        ord("Q"): _empty(Quit),
        ord("K"): _empty(QuitNewConnection),
        ord("U"): lambda payload: Unknown(_one_string(payload)),
    }
)
