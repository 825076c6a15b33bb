"""Own the SMTP proxy's settings, and who may relay through it. It is never an open relay.

Two ways to run it. *Beside an MTA*: clients in `trusted_clients` (or logged in) may send, nobody
else. *Hosted*, reachable from anywhere: a client must show a certificate that TLS verified, and
write from one of `sender_domains`; neither can be left out.
"""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass

from missent.errors import ConfigError, RelayDenied
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.net.smtp_session import Client
from missent.net.upstream import NextHop
from missent.wire.smtp_bytes import Reply

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NO_TLS = Reply.of("530 5.7.0 say STARTTLS first, with a client certificate")


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """How the before-queue proxy runs. Raises `ConfigError` if hosted mode is half set up."""

    upstream_host: str
    upstream_port: int
    hostname: str
    """What we call ourselves to both sides."""
    local_domain: DomainName
    """Completes a bare ``<postmaster>``."""
    max_size: int = 50 * 1024 * 1024
    """Octets of one message."""
    trusted_clients: tuple[Network, ...] = ()
    """Networks that may relay, and whose XFORWARD is believed; not used in hosted mode."""
    hosted: bool = False
    sender_domains: tuple[DomainName, ...] = ()
    """Hosted: the only domains (and those below) a sender may write from; the null path may, too."""
    tls: ssl.SSLContext | None = None
    """Server side, for STARTTLS."""
    upstream_tls: ssl.SSLContext | None = None
    """With it, STARTTLS with the next hop is required."""
    refuse_at_rcpt: bool = False
    """Refuse a certain slip at RCPT, where the client shows the reply to its user at once."""
    verdict_cap: float = 10.0
    """Seconds the guard has for a verdict; then 451."""
    timeout: float = 300.0
    """Seconds to wait for a client's command or an upstream reply (RFC 5321 §4.5.3.2)."""
    max_connections: int = 200
    max_recipients: int = 1000
    """Per message; at least 100 (RFC 5321 §4.5.3.1.8)."""

    def __post_init__(self) -> None:
        if not self.hosted:
            return
        if self.tls is None or self.tls.verify_mode is not ssl.CERT_REQUIRED:
            raise ConfigError("hosted mode needs a TLS context that requires a client certificate")
        if not self.sender_domains:
            raise ConfigError("hosted mode needs the list of domains that senders may write from")

    @property
    def next_hop(self) -> NextHop:
        """Give where mail goes on."""
        return NextHop(
            self.upstream_host, self.upstream_port, self.hostname, self.upstream_tls, self.timeout
        )

    def trusts(self, client: Client) -> bool:
        """Tell whether the client's own address is in a trusted network."""
        try:
            address = ipaddress.ip_address(client.address)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return not self.hosted and any((mapped or address) in net for net in self.trusted_clients)

    def admits(self, client: Client) -> bool:
        """Tell whether the client may relay, whoever it writes as."""
        if self.hosted:
            return client.tls and client.certificate_subject is not None
        return self.trusts(client) or client.login is not None

    def refusal(self, client: Client, sender: Mailbox | None) -> Reply | None:
        """Give what a client that may not send this is answered at MAIL, or None if it may."""
        if self.hosted and not client.tls:
            return _NO_TLS
        if not self.admits(client):
            return Reply.of(RelayDenied().reply())
        if self.hosted and sender is not None and not self._is_sender_domain(sender.domain):
            return Reply.of("550 5.7.1 sender domain not accepted here")
        return None

    def _is_sender_domain(self, domain: DomainName) -> bool:
        return any(domain.is_within(ours) for ours in self.sender_domains)
