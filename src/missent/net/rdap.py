"""Own asking a registry who registered a name: RDAP (RFC 7480-7484, 9082, 9083), opt-in by a base URL.

The base is the operator's choice: one registry, or a service that redirects to the right one. A redirect is
somebody else's choice, so it is followed only to HTTPS on port 443 of a host all of whose addresses are
public, at the very address that was looked at; or back to the base's own host. (With a base on loopback, to
loopback, too.) Links inside an answer are never followed: they lead to the registrar, who is told nothing.
The rules: an answer is bounded in size, each question in time from its first octet to its last, and what
cannot be read is "unknown". No proxy is used: it would connect where nobody looked.

`http.client` is asked directly: whodap fetches IANA's list first and follows links to registrars, and no
HTTP library connects to an address that was checked before without reaching into its inside.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from missent.errors import ConfigError
from missent.mail.domain import DomainName
from missent.net.pacing import Pace
from missent.tables import LookUpTable

MOST_OCTETS: Final = 256 * 1024
"""Octets of an answer that are read; a registry's is a few thousand."""
MOST_REDIRECTS: Final = 3
PER_SECOND: Final = 1.0
"""Requests a second at most: registries shut out who asks faster."""
_NAME_LENGTH = 100
_TYPE = "application/rdap+json"
_PORTS = {"https": 443, "http": 80}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})
_EMBEDDED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052)."""
Resolve = Callable[[str, int], Sequence[str]]
"""Host and port -> IP addresses. Raises `OSError`."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What a registry says of a name."""

    registered: bool | None = None
    """None: it did not say."""
    registrar: str = ""
    """As it calls itself; printable, at most 100 characters."""


UNSAID: Final = Registration()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes."""

    scheme: str
    host: str
    """Lower case, without brackets."""
    port: int
    path: str

    @classmethod
    def parse(cls, url: str) -> Place:
        """Read a URL of printable ASCII. Raises `ValueError`."""
        if not url.isascii() or not url.isprintable() or " " in url:
            raise ValueError("not a URL")
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
            raise ValueError("not a URL of a web server")
        path = parts.path or "/"
        path += f"?{parts.query}" if parts.query else ""
        return cls(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme], path)

    def same_host(self, other: Place) -> bool:
        """Whether both are served by the same server."""
        return (self.scheme, self.host, self.port) == (other.scheme, other.host, other.port)


def rdap(table: LookUpTable, shared: Pace) -> Rdap | None:
    """Build it as ``[look_up]`` says; None if no registry is to be asked. Raises `ConfigError`.

    Requests take turns of the shared pace, and are slower than that where they must be.
    """
    if not table.rdap:
        return None
    pace = Pace(PER_SECOND, within=shared)
    return Rdap(base_place(table.rdap), pace, table.timeout.total_seconds())


def base_place(url: str) -> Place:
    """Read a base URL: HTTPS, or HTTP to loopback. Raises `ConfigError`."""
    try:
        place = Place.parse(url)
    except ValueError:
        raise ConfigError("look_up.rdap: expected https://HOST/ of an RDAP service") from None
    if place.scheme != "https" and not _is_loopback(place.host):
        raise ConfigError("look_up.rdap: who asks over http:// is overheard: use https://")
    return place


def _is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"


def is_public(address: str) -> bool:
    """Tell whether an address belongs to the internet at large, not to this or any private network.

    What carries an IPv4 address inside (mapped, 6to4, Teredo, NAT64) is not: it may be a private one's.
    """
    with contextlib.suppress(ValueError):
        ip = ipaddress.ip_address(address)
        if isinstance(ip, ipaddress.IPv6Address) and (
            ip.ipv4_mapped or ip.sixtofour or ip.teredo or ip in _EMBEDDED or ip.is_site_local
        ):
            return False
        return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)
    return False


def system_resolve(host: str, port: int) -> Sequence[str]:
    """Ask this machine for the addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[4][0]) for address in found]


class Rdap:
    """Asks one service, and where it sends us; safe to call from several threads."""

    def __init__(
        self,
        base: Place,
        pace: Pace,
        timeout: float = 5.0,
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._base = base
        self._pace = pace
        self._timeout = timeout
        self._resolve = resolve
        self._tls = tls or ssl.create_default_context()
        self._busy = threading.Event()

    def ask(self, name: DomainName, until: float) -> Registration:
        """Ask about a registrable name (RFC 9082 §3.1.3); `UNSAID` for whatever goes wrong.

        200 is yes, 404 is no, at whatever end of the redirects. After an answer that asks for patience
        (429, 503) nothing more is asked. `until` is by the clock of the pace.
        """
        path = f"{self._base.path.rstrip('/')}/domain/{name.ascii}"
        place = Place(self._base.scheme, self._base.host, self._base.port, path)
        for _ in range(MOST_REDIRECTS + 1):
            if self._busy.is_set() or not self._pace.wait(until - self._pace.clock()):
                return UNSAID
            try:
                code, location, body = self._get(place)
                if code in _REDIRECTS:
                    place = Place.parse(urljoin(_url(place), location))
                    continue
            except (OSError, ValueError, http.client.HTTPException):
                return UNSAID
            if code in _BUSY:
                self._busy.set()
            if code == 404:
                return Registration(registered=False)
            return registration(body, name) if code == 200 else UNSAID
        return UNSAID

    def _get(self, place: Place) -> tuple[int, str, bytes]:
        """Make one request: status, where it sends us, and the body. Raises `OSError` and the like."""
        with _within(self._timeout, self._connection(place)) as connection:
            headers = {"Accept": _TYPE, "User-Agent": "missent", "Connection": "close"}
            connection.request("GET", place.path, headers=headers)
            with connection.getresponse() as response:
                body = response.read(MOST_OCTETS + 1)
                if len(body) > MOST_OCTETS:
                    raise ValueError("too long an answer")
                return response.status, response.getheader("Location", ""), body

    def _connection(self, place: Place) -> _Connection:
        """Choose the address to connect to. Raises `ValueError` for a place that we do not go to."""
        addresses = self._resolve(place.host, place.port)
        if not addresses:
            raise ValueError("a host without an address")
        if not place.same_host(self._base) and not self._may_go(place, addresses):
            raise ValueError("a redirect to a place that is not public")
        return _Connection(place, addresses[0], self._timeout, self._tls)

    def _may_go(self, place: Place, addresses: Sequence[str]) -> bool:
        if _is_loopback(self._base.host) and all(_is_loopback(one) for one in addresses):
            return True
        public = all(is_public(address) for address in addresses)
        return place.scheme == "https" and place.port == _PORTS["https"] and public


def _url(place: Place) -> str:
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"{place.scheme}://{host}:{place.port}{place.path}"


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at, in the name of a host."""

    def __init__(self, place: Place, address: str, timeout: float, tls: ssl.SSLContext) -> None:
        super().__init__(place.host, place.port, timeout=timeout)
        self._address = address
        self._context = tls if place.scheme == "https" else None
        self.default_port = _PORTS[place.scheme]
        self._held: socket.socket | None = None
        self._over = False

    def connect(self) -> None:
        """Connect, and make sure of the host's certificate."""
        self._take(socket.create_connection((self._address, self.port), self.timeout))
        if self._context is not None:
            wrapped = self._context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self._take(wrapped)
            wrapped.do_handshake()

    def cut(self) -> None:
        """End it, whatever it is doing; called from another thread."""
        self._over = True
        if self._held is not None:
            with contextlib.suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)

    def _take(self, sock: socket.socket) -> None:
        self.sock = self._held = sock  # `sock` is let go of once the head of an answer was read
        if self._over:
            raise TimeoutError("cut while it was connecting")


@contextlib.contextmanager
def _within(seconds: float, connection: _Connection) -> Iterator[_Connection]:
    """Close a connection in the end, and cut it when its time is over, however slowly it trickles."""
    watch = threading.Timer(seconds, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        yield connection
    finally:
        watch.cancel()
        connection.close()


def registration(body: bytes, name: DomainName) -> Registration:
    """Read a domain object (RFC 9083 §5.3); what is none, or is another name's, says nothing."""
    try:
        found: Any = json.loads(body)
    except (ValueError, RecursionError):
        return UNSAID
    if not isinstance(found, dict) or found.get("objectClassName") != "domain":
        return UNSAID
    told = found.get("ldhName")
    if isinstance(told, str) and told.lower().removesuffix(".") != name.ascii:
        return UNSAID
    return Registration(registered=True, registrar=_registrar(found.get("entities")))


def _registrar(entities: Any) -> str:
    """Find the registrar's name: the ``fn`` of its jCard (RFC 7095)."""
    for entity in entities if isinstance(entities, list) else ():
        roles = entity.get("roles") if isinstance(entity, dict) else None
        if not isinstance(roles, list) or "registrar" not in roles:
            continue
        card = entity.get("vcardArray")
        fields = card[1] if isinstance(card, list) and len(card) > 1 else ()
        for one in fields if isinstance(fields, list) else ():
            if (
                isinstance(one, list)
                and len(one) > 3
                and one[0] == "fn"
                and isinstance(one[3], str)
            ):
                return _plain(one[3])
    return ""


def _plain(text: str) -> str:
    """Keep what can be shown on one line; no control or direction character, no ends of lines."""
    words = "".join(c if c.isprintable() else " " for c in text[: _NAME_LENGTH * 4]).split()
    return " ".join(words)[:_NAME_LENGTH].rstrip()
