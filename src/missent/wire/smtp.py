"""Own the SMTP commands a client may send, and in which order.

Theory of operation. A session asks three things of this module, and all three are pure:
`parse_command` turns one line into a frozen command or raises what to answer; `follow` looks up
whether that command may come now; and once the command was *carried out*, the state `follow` gave
becomes the session's. A refused command therefore never moves the state. How bytes become lines,
message data and replies is next door (`smtp_bytes`); what stands between the angle brackets and
after them is `esmtp`.

::

    connected ──EHLO/HELO──▶ greeted ──MAIL──▶ mail ──RCPT──▶ rcpt ──DATA──▶ greeted
        ▲                      │ ▲              │              │ └─RCPT─▶ rcpt
        └──────STARTTLS────────┘ └──RSET, EHLO──┴──────────────┘

Stricter than most MTAs on purpose: where two programs would read one command differently, it is
refused (measured between Postfix and others), because the guard must judge the mailbox that the
next hop will deliver to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from missent.errors import MalformedCommand, OutOfSequence, ProtocolError, UnknownVerb
from missent.mail.envelope import Parameters
from missent.mail.mailbox import Mailbox
from missent.wire.esmtp import Grammar, read_mail, read_rcpt

# --- commands ----------------------------------------------------------------------------------


class Verb(StrEnum):
    """Every command we know."""

    EHLO = "EHLO"
    HELO = "HELO"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    RSET = "RSET"
    NOOP = "NOOP"
    QUIT = "QUIT"
    VRFY = "VRFY"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    XFORWARD = "XFORWARD"


@dataclass(frozen=True, slots=True)
class Hello:
    """``EHLO`` or ``HELO``; `name` is what the client calls itself, never trusted."""

    verb: Verb
    name: str


@dataclass(frozen=True, slots=True)
class Mail:
    """``MAIL FROM``; `sender` None is the null path."""

    sender: Mailbox | None
    parameters: Parameters
    raw: str
    """The path as written, with its angle brackets."""

    @property
    def verb(self) -> Verb:
        """Name the command."""
        return Verb.MAIL


@dataclass(frozen=True, slots=True)
class Rcpt:
    """``RCPT TO``."""

    mailbox: Mailbox
    parameters: Parameters
    raw: str

    @property
    def verb(self) -> Verb:
        """Name the command."""
        return Verb.RCPT


@dataclass(frozen=True, slots=True)
class Auth:
    """``AUTH`` (RFC 4954): mechanism in upper case, and the initial response, undecoded."""

    mechanism: str
    initial: str | None

    @property
    def verb(self) -> Verb:
        """Name the command."""
        return Verb.AUTH


@dataclass(frozen=True, slots=True)
class XForward:
    """Postfix's ``XFORWARD``: who the client of our client is."""

    attributes: Mapping[str, str]
    """Name in upper case -> value as written (xtext), fit for passing on."""

    @property
    def verb(self) -> Verb:
        """Name the command."""
        return Verb.XFORWARD


@dataclass(frozen=True, slots=True)
class Plain:
    """``DATA``, ``RSET``, ``NOOP``, ``QUIT``, ``VRFY`` and ``STARTTLS``: nothing to know but the verb."""

    verb: Verb


Command = Hello | Mail | Rcpt | Auth | XForward | Plain

# --- the session's transition table ------------------------------------------------------------


class State(StrEnum):
    """Where a session stands."""

    CONNECTED = "connected"
    GREETED = "greeted"
    MAIL = "mail"
    RCPT = "rcpt"


def _table() -> Mapping[tuple[State, Verb], State]:
    table = {(state, verb): state for state in State for verb in (Verb.NOOP, Verb.QUIT, Verb.VRFY)}
    for state in State:
        table[state, Verb.EHLO] = table[state, Verb.HELO] = State.GREETED
        table[state, Verb.RSET] = State.GREETED
    table[State.CONNECTED, Verb.RSET] = State.CONNECTED
    table[State.GREETED, Verb.MAIL] = State.MAIL
    table[State.MAIL, Verb.RCPT] = State.RCPT
    table[State.RCPT, Verb.RCPT] = State.RCPT
    table[State.RCPT, Verb.DATA] = State.GREETED
    table[State.GREETED, Verb.STARTTLS] = State.CONNECTED  # RFC 3207 §4.2: all is forgotten
    table[State.GREETED, Verb.AUTH] = State.GREETED  # RFC 4954 §4: not within a transaction
    table[State.GREETED, Verb.XFORWARD] = State.GREETED
    return MappingProxyType(table)


TRANSITIONS = _table()


def follow(state: State, verb: Verb) -> State:
    """Give the state after a command was carried out; raises `OutOfSequence` if it may not come."""
    try:
        return TRANSITIONS[state, verb]
    except KeyError:
        raise OutOfSequence(f"{verb} cannot come in state {state}") from None


# --- reading a line ----------------------------------------------------------------------------

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NAME = re.compile(r"[!-~\u0080-\U0010FFFF]+\Z")
_MECHANISM = re.compile(r"[A-Z0-9_-]{1,20}\Z")  # RFC 4422 §3.1
_ATTRIBUTE = re.compile(r"([A-Za-z]{1,20})=([!-~]{0,255})\Z")
_STRANGERS = frozenset(["BDAT", "GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "SSH-2.0"])
"""Verbs after which the bytes that follow are not SMTP commands, whoever sent them."""


def parse_command(line: bytes, grammar: Grammar) -> Command:
    """Read one command line, without its CRLF.

    Raises `MalformedCommand` or `MalformedAddress` with the reply to give, `UnknownVerb`, and
    `ProtocolError` where the rest of the stream cannot be commands (BDAT, another protocol): the
    connection must then be closed, since reading on would carry out somebody's data.
    """
    text = _decode(line)
    word, _, rest = text.partition(" ")
    if word.upper() in _STRANGERS:
        raise ProtocolError("not SMTP, or a chunk of data where a command belongs")
    try:
        verb = Verb(word.upper())
    except ValueError:
        raise UnknownVerb("not one of our commands") from None
    reader = _READERS.get(verb)
    if reader is not None:
        return reader(rest, grammar)
    if rest.strip() and verb not in (Verb.NOOP, Verb.VRFY):
        raise MalformedCommand(f"{verb} has no argument")
    return Plain(verb)


def _decode(line: bytes) -> str:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedCommand("a command line is ASCII or UTF-8") from None
    if _CONTROL.search(text):
        raise MalformedCommand("a command line has no control characters")
    return text


def _hello(verb: Verb) -> Callable[[str, Grammar], Command]:
    def read(rest: str, _grammar: Grammar) -> Command:
        name = rest.strip(" ")
        if not _NAME.match(name) or len(name) > 255:
            raise MalformedCommand(f"{verb} names the client")
        return Hello(verb, name)

    return read


def _mail(rest: str, grammar: Grammar) -> Command:
    return Mail(*read_mail(_after(rest, "FROM:"), grammar))


def _rcpt(rest: str, grammar: Grammar) -> Command:
    return Rcpt(*read_rcpt(_after(rest, "TO:"), grammar))


def _after(rest: str, keyword: str) -> str:
    """Cut ``FROM:`` or ``TO:`` off; spaces after the colon are common and tell nobody a lie."""
    if rest[: len(keyword)].upper() != keyword:
        raise MalformedCommand(f"{keyword} expected")
    return rest[len(keyword) :].lstrip(" ")


def _auth(rest: str, _grammar: Grammar) -> Command:
    mechanism, *initial = rest.split(" ")
    if not _MECHANISM.match(mechanism.upper()) or len(initial) > 1:
        raise MalformedCommand("AUTH mechanism [initial-response]")
    return Auth(mechanism.upper(), initial[0] if initial else None)


def _xforward(rest: str, _grammar: Grammar) -> Command:
    attributes: dict[str, str] = {}
    for word in rest.split(" "):
        match = _ATTRIBUTE.match(word)
        if match is None:
            raise MalformedCommand("XFORWARD attribute=value")
        attributes[match[1].upper()] = match[2]
    return XForward(MappingProxyType(attributes))


_READERS: Mapping[Verb, Callable[[str, Grammar], Command]] = MappingProxyType(
    {
        Verb.EHLO: _hello(Verb.EHLO),
        Verb.HELO: _hello(Verb.HELO),
        Verb.MAIL: _mail,
        Verb.RCPT: _rcpt,
        Verb.AUTH: _auth,
        Verb.XFORWARD: _xforward,
    }
)
