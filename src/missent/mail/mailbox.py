"""Own what a mailbox is: RFC 5321 §4.1.2 with RFC 6531, stricter where MTAs disagree.

Forms: `wire` for SMTP, `screen` for people, `log` for logs. Comparison folds the local part's
case, since no provider in use tells ``John`` from ``john`` and a slip must not hide behind case; the
wire form keeps what was written.

Refused, because another program would read a different mailbox out of it (each measured between
Postfix and other parsers): percent hack, bang path, source route, encoded word, control octets.
Odd dots (``a..b``, ``.a``) are accepted unquoted, since MTAs deliver them, and are opaque.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName

MAX_LOCAL_OCTETS = 64  # RFC 5321 §4.5.3.1.1
MAX_PATH_OCTETS = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_CACHE = 65_536  # folded addresses kept: a replay asks for each of them many times
_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-\u0080-\U0010FFFF-]+\Z")
_QUOTED = re.compile(r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"\Z')
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox; equality ignores the local part's case and needless quoting."""

    local_part: str = field(compare=False)
    """As written, unquoted: ``"a b"@x`` has local part ``a b``."""
    domain: DomainName
    key: str = field(init=False, repr=False)
    """The folded local part that is compared and stored."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", self.local_part.casefold())

    def __str__(self) -> str:
        """Give the wire form."""
        return self.wire

    @property
    def wire(self) -> str:
        """Write the mailbox for SMTP, quoting the local part only where it must be."""
        return f"{_quote(self.local_part)}@{self.domain.ascii}"

    @property
    def folded(self) -> str:
        """Give the one text under which this mailbox is stored and looked up."""
        return _fold(self.key, self.domain.ascii)

    @property
    def screen(self) -> str:
        """Show the mailbox to a person: U-labels and, where they differ, the punycode."""
        shown = f"{_quote(self.local_part)}@{self.domain.unicode}"
        return (
            shown if self.domain.ascii == self.domain.unicode else f"{shown} ({self.domain.ascii})"
        )

    @property
    def log(self) -> str:
        """Name the mailbox in a log: the domain, and only the ends of the local part."""
        local = self.local_part
        masked = local[0] + "***" + (local[-1] if len(local) > 3 else "") if local else ""
        return (
            f"{masked}@{self.domain.ascii}" if masked.isprintable() else f"***@{self.domain.ascii}"
        )

    def at(self, domain: DomainName) -> Mailbox:
        """Give the same local part at another domain."""
        return Mailbox(self.local_part, domain)

    @classmethod
    def parse(cls, text: str) -> Mailbox:
        """Read ``local@domain`` without angle brackets.

        Raises `MalformedAddress`, whose text says which rule was broken but never repeats the input.
        """
        if _CONTROL.search(text):
            raise MalformedAddress("control characters are not part of an address")
        local, at, domain = text.rpartition("@")
        if not at or not local or not domain:
            raise MalformedAddress("an address is local-part@domain")
        try:
            octets = len(text.encode())
        except UnicodeEncodeError:  # a lone surrogate: bytes that were no text
            raise MalformedAddress("an address is text in UTF-8") from None
        if octets > MAX_PATH_OCTETS:
            raise MalformedAddress("an address is at most 254 octets")
        return cls(_read_local(local), DomainName.parse(domain))


@functools.lru_cache(maxsize=_CACHE)
def _fold(key: str, domain: str) -> str:
    return f"{_quote(key)}@{domain}"


def _read_local(local: str) -> str:
    if local.startswith('"'):
        if not _QUOTED.match(local):
            raise MalformedAddress(
                "a quoted local part is not closed, or quotes a control character"
            )
        plain = re.sub(r"\\(.)", r"\1", local[1:-1])
    else:
        if not _ATEXT.match(local):
            raise MalformedAddress("a local part has a character that must be quoted")
        plain = local
    if len(plain.encode()) > MAX_LOCAL_OCTETS or not plain:
        raise MalformedAddress("a local part is 1 to 64 octets")
    _refuse_routes(plain)
    return plain


def _refuse_routes(plain: str) -> None:
    if "%" in plain or "!" in plain or "@" in plain:
        raise MalformedAddress(
            "%, ! and @ in a local part are routes to some servers; not accepted"
        )
    if "=?" in plain and "?=" in plain:
        raise MalformedAddress("an encoded word is not a local part")


def _quote(local: str) -> str:
    if _ATEXT.match(local):
        return local
    escaped = local.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
