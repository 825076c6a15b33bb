"""Own the placements of the guard around Postfix, each built from its documentation snippet.

`Places` are the sockets of one test; a `Wiring` says which of them the guard serves and which
snippet of deploy/postfix binds Postfix to them, so that what the how-to shows is what is tested.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.postfix import PrivatePostfix, free_port, snippet, world_searchable
from tests.real.sink import RecordingSink


@dataclass(frozen=True, slots=True)
class Places:
    """The sockets of one set-up, all free when made; a context manager that removes the directory."""

    directory: Path = field(default_factory=lambda: world_searchable("guard"))
    """For the guard's files and its UNIX socket."""
    listen: int = field(default_factory=free_port)
    """Where mail is submitted."""
    relay: int = field(default_factory=free_port)
    """Postfix's listener behind the guard."""
    upstream: int = field(default_factory=free_port)
    milter: int = field(default_factory=free_port)
    proxy: int = field(default_factory=free_port)
    web: int = field(default_factory=free_port)

    def __enter__(self) -> Places:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def socket(self) -> Path:
        """Give the path of the milter's UNIX socket."""
        return self.directory / "run" / "milter.sock"


@dataclass(frozen=True, slots=True)
class Wiring:
    """One placement: the snippet, and the guard's edge it talks to."""

    name: str
    snippet: str
    milter: str = ""
    """``unix`` or ``inet``; empty for the SMTP proxy."""

    def milter_listen(self, places: Places) -> str | None:
        """Give [milter] listen, in the words that Postfix's ``smtpd_milters`` uses, too."""
        if not self.milter:
            return None
        at = {"unix": str(places.socket), "inet": f"127.0.0.1:{places.milter}"}
        return f"{self.milter}:{at[self.milter]}"

    def fill(self, places: Places, after: str = "") -> Mapping[str, str]:
        """Give the snippet's places; `after` is one more milter behind the guard's."""
        return {
            "LISTEN": f"127.0.0.1:{places.listen}",
            "RELAY": f"127.0.0.1:{places.relay}",
            "UPSTREAM": f"127.0.0.1:{places.upstream}",
            "PROXY": f"127.0.0.1:{places.proxy}",
            "PROXY_PORT": str(places.proxy),
            "MILTER": ",".join(filter(None, [self.milter_listen(places), after])),
        }

    def postfix(
        self,
        places: Places,
        sink: RecordingSink,
        main: Mapping[str, str] | None = None,
        after: str = "",
    ) -> PrivatePostfix:
        """Build the gateway's Postfix; all that leaves goes to `sink`. `main` adds settings."""
        ports = [places.relay, *([] if self is SMART_HOST else [places.listen])]
        return PrivatePostfix(
            main={"relayhost": f"[127.0.0.1]:{sink.port}", **(main or {})},
            snippets=[snippet(self.snippet, self.fill(places, after))],
            wait_for=ports,
        )

    def inner(self, places: Places, main: Mapping[str, str] | None = None) -> PrivatePostfix:
        """Build the inner mail server of the smart-host wiring: it knows only the guard's proxy."""
        listener = f"127.0.0.1:{places.listen} inet n - n - - smtpd"
        return PrivatePostfix(
            main={
                "relayhost": f"[127.0.0.1]:{places.proxy}",
                "myhostname": "inner.example.test",
                **(main or {}),
            },
            master=[listener],
            wait_for=[places.listen],
        )


MILTER_UNIX = Wiring("milter-unix", "submission-refuse", milter="unix")
MILTER_INET = Wiring("milter-inet", "last-hop-hold", milter="inet")
PROXY_FILTER = Wiring("proxy-filter", "before-queue-proxy")
CONTENT_FILTER = Wiring("content-filter", "content-filter")
SMART_HOST = Wiring("smart-host", "smart-host")

WIRINGS = (MILTER_UNIX, MILTER_INET, PROXY_FILTER, CONTENT_FILTER, SMART_HOST)
