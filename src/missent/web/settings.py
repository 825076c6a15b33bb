"""Own the web edge's settings as a value; `wiring` makes it from the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the pages present themselves."""

    base_url: str
    """The address people reach the pages by, without a slash at the end."""
    organisation_name: str
    language: str = "en"
    timezone: str = "UTC"
    """IANA name; times on the pages are shown in it."""
    open_loopback_api: bool = False
    """The check API needs no key from this machine: only in the demo."""
    home: str | None = None
    """Where a link "Back to the inboxes" leads: only in the demo."""

    @property
    def base_path(self) -> str:
        """Give the part of every link before ours: empty, unless a proxy serves us under a path."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def https(self) -> bool:
        """Whether people reach the pages over TLS."""
        return self.base_url.startswith("https://")
