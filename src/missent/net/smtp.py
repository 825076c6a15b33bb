"""Own the before-queue SMTP proxy: the portable edge, for any MTA that can relay to a port.

It stands between a client, or an MTA (Postfix: ``smtpd_proxy_filter``), and the next hop, which
keeps the queue: nothing is stored here but what the guard holds, and a message is acknowledged only
when the next hop or the hold has it. `smtp_settings` says who may use it, `smtp_session` speaks to
the client, `forwarding` to the guard and the next hop.
"""

from __future__ import annotations

import socket
from concurrent.futures import Executor

from missent.net.forwarding import Forwarding, ProxyServices
from missent.net.sasl import Authenticator
from missent.net.smtp_listener import SmtpListener, bind
from missent.net.smtp_session import SessionSettings
from missent.net.smtp_settings import ProxySettings

__all__ = ["Authenticator", "ProxyServer", "ProxyServices", "ProxySettings", "bind"]


class ProxyServer:
    """The proxy on one listening socket."""

    def __init__(
        self, settings: ProxySettings, services: ProxyServices, executor: Executor | None = None
    ) -> None:
        """Prepare to serve; guard and large messages are worked on in `executor`."""
        session = SessionSettings(
            hostname=settings.hostname,
            local_domain=settings.local_domain,
            max_size=settings.max_size,
            timeout=settings.timeout,
            tls=settings.tls,
            authenticator=services.authenticator,
            executor=executor,
        )
        self._listener = SmtpListener(
            session, lambda: Forwarding(settings, services, executor), settings.max_connections
        )

    async def start(self, listening: socket.socket) -> None:
        """Begin to accept connections on a bound socket (see `bind`); `close` closes it."""
        await self._listener.start(listening)

    @property
    def address(self) -> tuple[str, int]:
        """Give host and port we listen on."""
        return self._listener.address

    async def close(self, grace: float = 15.0) -> None:
        """Stop accepting, let open transactions end within `grace` seconds, then end the rest."""
        await self._listener.close(grace)
