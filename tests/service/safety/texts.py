"""Short ways to write the safety files that tests read."""

from __future__ import annotations

import json
from typing import Any

from missent.mail.domain import DomainName
from missent.service.safety.file import SafetyFile, read


def name(text: str) -> DomainName:
    """Read a domain."""
    return DomainName.parse(text)


def plain(publisher: str = "army.mil", **keys: Any) -> dict[str, Any]:
    """Give a file as plain values: what the publisher of the story would say, with other keys."""
    whole = {
        "version": 0,
        "publisher": publisher,
        "domains": [publisher],
        "not_ours": [{"domain": "army.ml", "why": "one letter dropped"}],
    }
    return whole | keys


def text(publisher: str = "army.mil", **keys: Any) -> bytes:
    """Write such a file."""
    return json.dumps(plain(publisher, **keys)).encode()


def file(publisher: str = "army.mil", *accused: str, domains: tuple[str, ...] = ()) -> SafetyFile:
    """Read a file that accuses these names."""
    entries = [{"domain": one} for one in accused]
    return read(text(publisher, domains=list(domains or (publisher,)), not_ours=entries))
