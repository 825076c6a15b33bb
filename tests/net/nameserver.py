"""A resolver on loopback for tests: UDP and TCP, answers out of a dict, and remembers every question."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from missent.net.resolver import ResolverSettings

Zone = dict[tuple[str, str], list[str]]
"""Name without its last dot and type -> data, as in a zone file."""


@dataclass(frozen=True, slots=True)
class Question:
    """What reached the server."""

    name: str
    kind: str
    transport: str
    hides_us: bool
    """Whether the resolver is asked to keep our network to itself (RFC 7871)."""


@dataclass
class NameServer:
    """Answers as told. `asked` is in order of arrival."""

    zone: Zone = field(default_factory=dict)
    wildcards: Zone = field(default_factory=dict)
    """Suffix and type -> data of every name below the suffix that is not in the zone."""
    failing: set[str] = field(default_factory=set)
    """Names, or pairs of name and type as ``name/TYPE``, that get SERVFAIL."""
    silent: set[str] = field(default_factory=set)
    """As `failing`, but nothing comes."""
    forged: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    """Name -> makes the octets of the answer out of the question's."""
    denied: dict[str, str] = field(default_factory=dict)
    """Name and type as ``name/TYPE`` that do not exist -> zone that says so; without one, none is named."""
    recursive: bool = True
    asked: list[Question] = field(default_factory=list)
    hook: Callable[[], None] = lambda: None
    """Called at each question."""
    port: int = 0

    @property
    def settings(self) -> ResolverSettings:
        """Give settings that ask this server, and wait a second for it."""
        return ResolverSettings((("127.0.0.1", self.port),), timeout=1.0)

    @property
    def questions(self) -> list[str]:
        """List what was asked as ``name TYPE``."""
        return [f"{one.name} {one.kind}" for one in self.asked]

    def names(self) -> set[str]:
        """Give all names asked about."""
        return {one.name for one in self.asked}

    def answer(self, wire: bytes, transport: str) -> bytes | None:
        """Answer one message."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append(Question(name, kind, transport, _hides(query)))
        self.hook()
        marks = {name, f"{name}/{kind}"}
        if name in self.forged:
            return self.forged[name](wire)
        if marks & self.silent:
            return None
        reply = dns.message.make_response(query, recursion_available=self.recursive)
        if marks & self.failing:
            reply.set_rcode(dns.rcode.SERVFAIL)
            return reply.to_wire()
        if f"{name}/{kind}" in self.denied:
            _deny(reply, self.denied[f"{name}/{kind}"])
        else:
            self._fill(reply, name, kind)
        return _fit(reply, query, transport)

    def _fill(self, reply: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(8):
            if alias := self._data(name, "CNAME"):
                _add(reply, name, "CNAME", alias)
                name = alias[0].removesuffix(".")
                continue
            if data := self._data(name, kind):
                _add(reply, name, kind, data)
            break
        if not self._is_there(name):
            _deny(reply, name.partition(".")[2])

    def _data(self, name: str, kind: str) -> list[str]:
        if (name, kind) in self.zone:
            return self.zone[name, kind]
        if any(there == name for there, _ in self.zone):
            return []
        return next(
            (
                data
                for (suffix, of), data in self.wildcards.items()
                if of == kind and _in(name, suffix)
            ),
            [],
        )

    def _is_there(self, name: str) -> bool:
        return any(_in(there, name) for there, _ in self.zone) or any(
            _in(name, suffix) for suffix, _ in self.wildcards
        )


def _in(name: str, ancestor: str) -> bool:
    return name == ancestor or name.endswith(f".{ancestor}")


def _hides(query: dns.message.Message) -> bool:
    return any(isinstance(one, dns.edns.ECSOption) and one.srclen == 0 for one in query.options)


def _add(reply: dns.message.Message, name: str, kind: str, data: list[str]) -> None:
    reply.answer.append(dns.rrset.from_text_list(f"{name}.", 60, "IN", kind, data))


def _deny(reply: dns.message.Message, zone: str) -> None:
    """Say that there is no such name, as the servers of a zone do (RFC 2308)."""
    reply.set_rcode(dns.rcode.NXDOMAIN)
    if zone:
        data = [f"ns.{zone}. who.{zone}. 1 60 60 60 60"]
        reply.authority.append(dns.rrset.from_text_list(f"{zone}.", 60, "IN", "SOA", data))


def _fit(reply: dns.message.Message, query: dns.message.Message, transport: str) -> bytes:
    wire = reply.to_wire(max_size=65_535)
    if transport == "tcp" or len(wire) <= query.payload:
        return wire
    cut = dns.message.make_response(query, recursion_available=True)
    cut.flags |= dns.flags.TC
    return cut.to_wire()


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    serve: NameServer


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    serve: NameServer


class _UdpAnswer(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        wire, sock = self.request
        if (answer := self.server.serve.answer(wire, "udp")) is not None:
            sock.sendto(answer, self.client_address)


class _TcpAnswer(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        head = self.rfile.read(2)
        if len(head) == 2:
            wire = self.rfile.read(struct.unpack("!H", head)[0])
            if (answer := self.server.serve.answer(wire, "tcp")) is not None:
                self.wfile.write(struct.pack("!H", len(answer)) + answer)


@contextlib.contextmanager
def serving(server: NameServer) -> Iterator[NameServer]:
    """Serve on a free port of loopback, the same for UDP and TCP."""
    tcp, udp = _listen()
    tcp.serve = udp.serve = server
    server.port = tcp.server_address[1]
    threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in (tcp, udp)]
    for thread in threads:
        thread.start()
    try:
        yield server
    finally:
        for one in (tcp, udp):
            one.shutdown()
            one.server_close()
        for thread in threads:
            thread.join()


def _listen() -> tuple[_Tcp, _Udp]:
    while True:
        tcp = _Tcp(("127.0.0.1", 0), _TcpAnswer)
        try:
            return tcp, _Udp(("127.0.0.1", tcp.server_address[1]), _UdpAnswer)
        except OSError:  # somebody has the other one
            tcp.server_close()
