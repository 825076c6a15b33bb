"""Own the two SASL exchanges we offer, PLAIN and LOGIN (RFC 4616, RFC 4954), as values.

They are offered after TLS only. A password is in no repr, and is compared by the `Authenticator`
alone, which may block: the session calls it off the loop.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field, replace
from typing import Protocol

from missent.errors import MalformedCommand
from missent.wire.smtp import Auth

MECHANISMS = ("PLAIN", "LOGIN")


class Authenticator(Protocol):
    """Who may log in."""

    def verify(self, login: str, password: str) -> bool:
        """Tell whether the password is this login's; takes equally long for unknown logins."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """An exchange as far as it has come."""

    mechanism: str
    name: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def begin(cls, command: Auth) -> Login:
        """Start from the AUTH command; raises `MalformedCommand` for a mechanism not offered."""
        if command.mechanism not in MECHANISMS:
            raise MalformedCommand("mechanism not offered")
        login = cls(command.mechanism)
        return login if command.initial is None else login.answer(command.initial.encode())

    @property
    def complete(self) -> bool:
        """Whether name and password are known."""
        return bool(self.name and self.password)

    @property
    def challenge(self) -> str:
        """Give what the client is asked next, in base 64."""
        if self.mechanism == "PLAIN":
            return ""
        return base64.b64encode(b"Password:" if self.name else b"Username:").decode()

    def answer(self, line: bytes) -> Login:
        """Take the client's next line; raises `MalformedCommand` if it gave up or cannot be read."""
        text = _decode(line)
        if self.mechanism == "PLAIN":
            parts = text.split("\0")
            if len(parts) != 3 or not parts[1] or not parts[2] or parts[0] not in ("", parts[1]):
                raise MalformedCommand("PLAIN is [authzid] NUL authcid NUL password")
            return replace(self, name=parts[1], password=parts[2])
        if not text:
            raise MalformedCommand("a name and a password are not empty")
        return replace(self, password=text) if self.name else replace(self, name=text)


def _decode(line: bytes) -> str:
    if line == b"*":
        raise MalformedCommand("the client gave up")
    try:
        return base64.b64decode(line, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        raise MalformedCommand("not base 64 of UTF-8") from None
