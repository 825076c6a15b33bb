"""Own how a question reaches the name system: through the operator's resolver, paced, bounded in time.

A question goes to a resolver only, never to a name server that a stranger's records name, by UDP and, if
the answer does not fit, by TCP (RFC 7766). It asks the resolver to keep our network to itself (RFC 7871
§7.1.2: a prefix of no length), since that would reach whoever holds the name. The rules: what went wrong is
`UNKNOWN`, never an exception and never "there is none"; an answer is hostile, so names in it are only
had through `host`, and how many records are looked at is the caller's bound.

`dns.resolver` would do the asking, too; but it asks again on its own, which no rate could bound.
"""

from __future__ import annotations

import contextlib
import importlib
import ipaddress
import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from missent.errors import ConfigError, MalformedAddress, OperatorError
from missent.mail.domain import DomainName
from missent.net.pacing import Pace
from missent.tables import LookUpTable

if TYPE_CHECKING:
    import dns.message
    import dns.name

Server = tuple[str, int]
"""IP address and port of a resolver."""
PAYLOAD: Final = 1232
"""Octets taken by UDP: more would be cut into fragments, which can be forged."""
_MODULES = ("dns.edns", "dns.message", "dns.query", "dns.resolver", "dns.reversename", "spf")
_PORT = 53
_BRACKETED = re.compile(r"\[(.+)\](?::([0-9]+))?")
_TRIES = 3
"""Times one question is sent at most, over all resolvers, answers that did not fit not counted."""


def require() -> None:
    """Import the libraries. Raises `OperatorError` if one is not installed."""
    try:
        with warnings.catch_warnings():
            # pyspf has backslashes that newer Pythons frown on, and has had no release since.
            warnings.simplefilter("ignore")
            for module in _MODULES:
                importlib.import_module(module)
    except ImportError:
        raise OperatorError("look-ups need: pip install 'missent[look-up]'") from None


@dataclass(frozen=True, slots=True)
class ResolverSettings:
    """Whom to ask, and how patiently."""

    servers: tuple[Server, ...]
    timeout: float = 5.0
    """Seconds for one question, all its tries together."""


def resolver_settings(table: LookUpTable) -> ResolverSettings:
    """Read ``[look_up]``; without `resolvers`, this machine's are taken.

    Each is ``IP``, ``IP:PORT`` or ``[IPv6]:PORT``. Raises `ConfigError` that names a bad one,
    `OperatorError` if the libraries are not installed or this machine has no resolver.
    """
    require()
    servers = tuple(_server(text) for text in table.resolvers) or _system()
    return ResolverSettings(servers, table.timeout.total_seconds())


def _server(text: str) -> Server:
    address, _, port = text.partition(":") if text.count(":") == 1 else (text, "", "")
    if bracketed := _BRACKETED.fullmatch(text):
        address, port = bracketed.groups()
    try:
        ipaddress.ip_address(address)
        number = int(port or _PORT)
    except ValueError:
        number = 0
    if not 0 < number < 65_536:
        raise ConfigError(f"look_up.resolvers: {text!r}: expected an IP address, or IP:PORT")
    return address, number


def _system() -> tuple[Server, ...]:
    import dns.resolver

    try:
        found = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration:
        raise OperatorError("this machine has no resolver: set look_up.resolvers") from None
    return tuple((str(server), found.port) for server in found.nameservers)


class Outcome(Enum):
    """What came of a question."""

    RECORDS = "records"
    EMPTY = "empty"
    """The name is there, but no record of that type."""
    NO_NAME = "no name"
    """There is no such name (NXDOMAIN)."""
    UNKNOWN = "unknown"
    """Nobody answered, or badly; asking again may help."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, as far as it matters."""

    outcome: Outcome
    records: Sequence[Any] = ()
    """Data of the type asked for (`dns.rdata.Rdata`), in no order."""
    own: bool = True
    """Whether they stand at the very name, not at one that it is an alias of."""
    by_zone_above: bool = True
    """Of `NO_NAME`: whether a zone above the name is named as the one that says so."""


UNANSWERED: Final = Answer(Outcome.UNKNOWN)


class Resolver:
    """Asks questions, each in the calling thread; safe to use from several."""

    def __init__(self, settings: ResolverSettings, pace: Pace) -> None:
        require()
        self._settings = settings
        self._pace = pace

    @property
    def now(self) -> float:
        """Give the time of the pace's clock, by which `until` is meant."""
        return self._pace.clock()

    def ask(self, name: dns.name.Name, kind: str, until: float, queue: float = math.inf) -> Answer:
        """Ask for the records of one type; given up at `until`, or if no turn comes within `queue` seconds.

        Never raises for what an answer holds.
        """
        import dns.exception

        query = _query(name, kind)
        servers = self._settings.servers
        tries = (servers * 2)[: min(max(2, len(servers)), _TRIES)]
        refused: set[Server] = set()
        for server in tries:
            seconds = min(self._settings.timeout / len(tries), until - self.now)
            if server in refused or seconds <= 0:
                continue
            with contextlib.suppress(dns.exception.DNSException, OSError, ValueError, EOFError):
                found = self._try(query, server, seconds, min(until - self.now, queue))
                if found is None:
                    return UNANSWERED
                if (answer := _read(found)) is not UNANSWERED:
                    return answer
                refused.add(server)
        return UNANSWERED

    def _try(
        self, query: dns.message.Message, server: Server, seconds: float, queue: float
    ) -> dns.message.Message | None:
        """Send a question once; None if there is no turn for it in time."""
        import dns.message
        import dns.query

        address, port = server
        if not self._pace.wait(queue):
            return None
        try:
            return dns.query.udp(
                query,
                address,
                timeout=seconds,
                port=port,
                ignore_unexpected=True,
                ignore_errors=True,  # what somebody else throws in is not the answer
                raise_on_truncation=True,
            )
        except dns.message.Truncated:
            if not self._pace.wait(queue):
                return None
            return dns.query.tcp(query, address, timeout=seconds, port=port)


def absolute(text: str) -> dns.name.Name:
    """Read an ASCII name in the form of a zone file, with or without its last dot. Raises `ValueError`."""
    import dns.exception
    import dns.name

    try:
        return dns.name.from_text(text.encode("ascii"))
    except (dns.exception.DNSException, UnicodeError):
        raise ValueError("not a name that a server could have") from None


def _query(name: dns.name.Name, kind: str) -> dns.message.Message:
    import dns.edns
    import dns.message

    hidden = dns.edns.ECSOption("0.0.0.0", 0, 0)  # noqa: S104 - no address, of no length
    return dns.message.make_query(name, kind, use_edns=0, payload=PAYLOAD, options=[hidden])


def _read(message: dns.message.Message) -> Answer:
    """Tell an answer from a failure. Raises `dns.exception.DNSException` for what makes no sense."""
    import dns.flags
    import dns.message
    import dns.rcode

    code = message.rcode()
    if code not in {dns.rcode.NOERROR, dns.rcode.NXDOMAIN}:
        return UNANSWERED
    if not isinstance(message, dns.message.QueryMessage):
        return UNANSWERED
    if not message.flags & (dns.flags.RA | dns.flags.AA):
        return UNANSWERED  # a referral: whoever this is, it does not look things up for us
    chain = message.resolve_chaining()
    own = chain.canonical_name == message.question[0].name
    if chain.answer is not None:
        return Answer(Outcome.RECORDS, tuple(chain.answer), own)
    if code == dns.rcode.NXDOMAIN and own:
        return _denied(message)
    return Answer(Outcome.EMPTY, (), own)  # an alias that leads nowhere is a name, too


def _denied(message: dns.message.Message) -> Answer:
    """Tell a name that is not there from one whose own servers say so: the SOA names them (RFC 2308 §2).

    The SOA of a zone that is neither is that of a policy: what the operator's resolver is told to say of
    a look-alike tells nothing of it.
    """
    import dns.rdatatype

    name = message.question[0].name
    zones = [one.name for one in message.authority if one.rdtype == dns.rdatatype.SOA]
    if any(zone.is_subdomain(name) for zone in zones):
        return Answer(Outcome.EMPTY)
    if zones and not any(name.is_subdomain(zone) for zone in zones):
        return UNANSWERED
    return Answer(Outcome.NO_NAME, by_zone_above=bool(zones))


def host(name: dns.name.Name) -> DomainName | None:
    """Read a name out of an answer; None for what is no host name (the root, odd octets)."""
    try:
        found = DomainName.parse(name.to_text(omit_final_dot=True))
    except MalformedAddress:
        return None
    return None if found.is_literal else found
