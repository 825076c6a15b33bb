"""Own what is looked up of a client that delivers to a collector: SPF of its sender, its reverse name.

Asked are the sender's records (TXT, and what they refer to: A, AAAA, MX, PTR, TXT of names they choose)
and the client's reverse name with its addresses, all by the operator's resolver: so the sender's and the
client's own name servers can see that mail of theirs came to that resolver's neighbourhood. Never asked
is a name at or below a typo domain. The rules: opt-in, since it tells strangers; bounded in time, in
questions and in what is remembered; a check that could not be made is `UNKNOWN`, never an exception.

Called from the threads that serve clients. Two that want to know the same at once share one look-up.
"""

from __future__ import annotations

import ipaddress
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.net.pacing import Pace
from missent.net.resolver import (
    UNANSWERED,
    Answer,
    Outcome,
    Resolver,
    absolute,
    host,
    require,
    resolver_settings,
)
from missent.service.collection.collection import Check
from missent.tables import LookUpTable

if TYPE_CHECKING:
    import dns.name

MOST_NAMES: Final = 10
"""Reverse names followed (RFC 7208 §4.6.4 has the same bound)."""
MOST_QUESTIONS: Final = 40
"""Questions of one SPF check; records within RFC 7208's ten look-ups stay below."""
_TXT_LENGTH = 4096
"""Octets of a TXT record that are read; an SPF record should have 450 (RFC 7208 §3.4)."""
_QUEUE = 2.0
"""Seconds a question may wait for its turn: with more in the queue, mail comes faster than we may ask."""
_RESULTS = {"pass": Check.PASS, "fail": Check.FAIL, "softfail": Check.FAIL}
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Ask = Callable[["dns.name.Name", str], Answer]
"""Name and type -> answer."""


@dataclass(frozen=True, slots=True)
class CheckBounds:
    """How long a check may take, and what is remembered of it."""

    longest: float = 10.0
    """Seconds for one check, waiting for its turns included."""
    keep: float = 3600.0
    """Seconds an outcome is remembered."""
    keep_unknown: float = 300.0
    """Seconds `UNKNOWN` is: nobody is asked at every message who did not answer the last one."""
    most: int = 10_000
    """Outcomes remembered; the one longest unused goes first."""


def client_checks(table: LookUpTable, typos: Iterable[DomainName]) -> DnsClientChecks:
    """Build checks as ``[look_up]`` says. Raises `OperatorError` or `ConfigError` for a wrong set-up."""
    resolver = Resolver(resolver_settings(table), Pace(table.per_second))
    return DnsClientChecks(resolver, frozenset(typos))


class DnsClientChecks:
    """Implements `collection.ports.ClientChecks`."""

    def __init__(
        self,
        resolver: Resolver,
        typos: frozenset[DomainName],
        bounds: CheckBounds = CheckBounds(),
    ) -> None:
        require()
        self._resolver = resolver
        self._typos = typos
        self._bounds = bounds
        self._memory = _Memory(bounds, lambda: resolver.now)

    def aligned(self, client: str, helo: str, sender: Mailbox) -> Check:
        """Check SPF (RFC 7208): softfail counts as a failure, no or no usable record as unknown.

        Remembered by the client's network (/24, /64) and the sender's domain, as senders use several
        hosts; so records that name single local parts are taken for all.
        """
        address = _address(client)
        if address is None or sender.domain.is_literal:
            return Check.UNKNOWN
        length = 24 if address.version == 4 else 64
        network = ipaddress.ip_network((address, length), strict=False)
        return self._memory.get(
            ("spf", network, sender.domain), lambda: self._spf(address, helo, sender)
        )

    def confirmed(self, client: str) -> Check:
        """Check that one of the client's reverse names, of the first ten, leads back to it."""
        address = _address(client)
        if address is None:
            return Check.UNKNOWN
        return self._memory.get(("name", address), lambda: self._reverse(address))

    def _spf(self, address: Address, helo: str, sender: Mailbox) -> Check:
        import spf

        try:
            called = DomainName.parse(helo).ascii
        except MalformedAddress:
            called = "unknown"
        query = spf.query(i=str(address), s=sender.wire, h=called, receiver="unknown")
        # In place of its own way of asking, which is one for the whole process and of no bounded rate.
        query.dns = _SpfQuestions(spf, query, self._asking())
        try:
            result = query.check()[0]
        except (
            Exception
        ):  # its parser meets what strangers wrote, and has raised all kinds of things
            return Check.UNKNOWN
        return _RESULTS.get(result, Check.UNKNOWN)

    def _reverse(self, address: Address) -> Check:
        import dns.reversename

        ask = self._asking()
        found = ask(dns.reversename.from_address(str(address)), "PTR")
        if found.outcome is Outcome.UNKNOWN:
            return Check.UNKNOWN
        outcome = Check.FAIL
        kind = "A" if address.version == 4 else "AAAA"
        for target in sorted(record.target for record in found.records)[:MOST_NAMES]:
            if (name := host(target)) is None:
                continue
            there = ask(absolute(name.ascii), kind)
            if any(ipaddress.ip_address(one.address) == address for one in there.records):
                return Check.PASS
            if there.outcome is Outcome.UNKNOWN:
                outcome = Check.UNKNOWN
        return outcome

    def _asking(self) -> Ask:
        """Give a way to ask that ends in time and knows no typo domain."""
        until = self._resolver.now + self._bounds.longest
        typos = [absolute(typo.ascii) for typo in self._typos]

        def ask(name: dns.name.Name, kind: str) -> Answer:
            if any(name.is_subdomain(typo) for typo in typos):
                return UNANSWERED
            return self._resolver.ask(name, kind, until, _QUEUE)

        return ask


class _SpfQuestions:
    """Answers `spf.query.dns`: lists of values as pyspf wants them; one object a check."""

    def __init__(self, spf: Any, query: Any, ask: Ask) -> None:
        self._spf = spf
        self._query = query
        self._ask = ask
        self._known: dict[tuple[str, str], list[Any]] = {}

    def __call__(self, name: str, qtype: str, ignore_void: bool = False) -> list[Any]:
        """Give the values of one name. Raises pyspf's errors: nobody answered, too many questions."""
        key = (str(name).lower().removesuffix("."), qtype)
        if key not in self._known:
            if len(self._known) >= MOST_QUESTIONS:
                raise self._spf.TempError("too many questions")
            self._known[key] = self._values(*key)
        values = self._known[key]
        if not values and not ignore_void:
            self._query.void_lookups += 1
            if self._query.void_lookups > self._spf.MAX_VOID_LOOKUPS:
                raise self._spf.PermError("too many empty answers")
        return list(values)

    def _values(self, name: str, qtype: str) -> list[Any]:
        try:
            asked = absolute(name)
        except ValueError:
            return []  # what a macro made is no name
        found = self._ask(asked, qtype)
        if found.outcome is Outcome.UNKNOWN:
            raise self._spf.TempError("no answer")
        return _values(found.records, qtype)


def _values(records: Sequence[Any], qtype: str) -> list[Any]:
    if qtype in {"A", "AAAA"}:
        return [record.address for record in records]
    if qtype == "TXT":
        texts = [tuple(record.strings) for record in records]
        return [text for text in texts if sum(map(len, text)) <= _TXT_LENGTH]
    if qtype == "MX":
        hosts = [(one.preference, host(one.exchange)) for one in records]
        return [(preference, name.ascii) for preference, name in hosts if name is not None]
    if qtype == "PTR":
        names = [host(record.target) for record in records]
        return [name.ascii for name in names if name is not None]
    return []


def _address(client: str) -> Address | None:
    try:
        address = ipaddress.ip_address(client)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


class _Memory:
    """Outcomes that were looked up, and those that are being: bounded in number and time."""

    def __init__(self, bounds: CheckBounds, clock: Callable[[], float]) -> None:
        self._bounds = bounds
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[float, Check]] = OrderedDict()
        self._coming: dict[Hashable, Future[Check]] = {}

    def get(self, key: Hashable, look_up: Callable[[], Check]) -> Check:
        """Give what is remembered, else what somebody is looking up already, else look it up."""
        with self._lock:
            until, check = self._kept.get(key, (0.0, Check.UNKNOWN))
            if self._clock() < until:
                self._kept.move_to_end(key)
                return check
            first = key not in self._coming
            future = self._coming.setdefault(key, Future())
        if not first:
            return future.result()
        check = Check.UNKNOWN
        try:
            check = look_up()
        finally:
            self._keep(key, check)
            future.set_result(check)
        return check

    def _keep(self, key: Hashable, check: Check) -> None:
        seconds = self._bounds.keep_unknown if check is Check.UNKNOWN else self._bounds.keep
        with self._lock:
            self._kept[key] = (self._clock() + seconds, check)
            self._kept.move_to_end(key)
            while len(self._kept) > self._bounds.most:
                self._kept.popitem(last=False)
            del self._coming[key]
