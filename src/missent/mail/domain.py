"""Own what a domain name is: A-label, U-label, registrable part, public suffix.

A `DomainName` is always lower case and without a trailing dot. It is never compared as text outside
this module: two spellings of one name are one value. An address literal (``[192.0.2.1]``) is a
domain here, too, so that every mailbox has one; it has no registrable part.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass, field

import idna
from publicsuffixlist import PublicSuffixList

from missent.errors import MalformedAddress

MAX_OCTETS = 253  # RFC 1035 §2.3.4, without the root's own octets
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\Z")
_CACHE = 65_536  # parsed names kept: IDNA and suffix look-ups cost 10-90 µs each


@dataclass(frozen=True, slots=True, order=True)
class DomainName:
    """A domain name as it is compared (`ascii`) and as people read it (`unicode`)."""

    ascii: str
    """The A-label form, lower case; the only field that takes part in comparison."""
    unicode: str = field(compare=False)
    """The U-label form; equal to `ascii` where no label is internationalised."""
    registrable: str | None = field(compare=False)
    """Public suffix and one label, as A-labels; None for a suffix itself or a literal."""
    public_suffix: str = field(compare=False)
    """The longest public suffix, as A-labels; the whole text for a literal."""

    def __str__(self) -> str:
        """Give the wire form."""
        return self.ascii

    @property
    def is_literal(self) -> bool:
        """Whether this is an address literal (RFC 5321 §4.1.3)."""
        return self.ascii.startswith("[")

    @property
    def owner(self) -> str:
        """Name whose it is, as A-labels: the registrable part; a suffix or a literal itself."""
        return self.registrable or self.ascii

    @property
    def screen(self) -> str:
        """Show the name to a person: U-labels, with the punycode beside them where they differ."""
        return self.ascii if self.ascii == self.unicode else f"{self.unicode} ({self.ascii})"

    def is_within(self, ancestor: DomainName) -> bool:
        """Tell whether this name is `ancestor` or below it."""
        return self.ascii == ancestor.ascii or self.ascii.endswith("." + ancestor.ascii)

    @classmethod
    def parse(cls, text: str) -> DomainName:
        """Read a domain name or address literal.

        Raises `MalformedAddress` for anything that is not LDH labels (underscores are let through,
        hosts have them), an IDNA 2008 name after UTS 46 mapping, or an RFC 5321 literal.
        """
        return _parse(text)


@functools.cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@functools.lru_cache(maxsize=_CACHE)
def _parse(text: str) -> DomainName:
    if text.startswith("["):
        return _literal(text)
    ascii_name = _to_ascii(text.removesuffix(".") if not text.isascii() else text)
    if not ascii_name or len(ascii_name) > MAX_OCTETS:
        raise MalformedAddress("a domain name is 1 to 253 octets")
    labels = ascii_name.split(".")
    if not all(_LABEL.match(label) for label in labels):
        raise MalformedAddress("a domain label is 1 to 63 letters, digits and inner hyphens")
    suffix = _suffixes().publicsuffix(ascii_name) or labels[-1]
    registrable = _suffixes().privatesuffix(ascii_name)
    return DomainName(ascii_name, _to_unicode(ascii_name), registrable, suffix)


def _to_ascii(text: str) -> str:
    if text.isascii():
        return text.lower()
    try:
        return idna.encode(text, uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise MalformedAddress("not an internationalised domain name (IDNA 2008)") from error


def _to_unicode(ascii_name: str) -> str:
    if "xn--" not in ascii_name:
        return ascii_name
    try:
        return idna.decode(ascii_name)
    except (idna.IDNAError, UnicodeError):
        return ascii_name  # a label nobody can read is shown as it is


def _literal(text: str) -> DomainName:
    body = text[1:-1]
    if not text.endswith("]") or not body:
        raise MalformedAddress("an address literal ends in ]")
    try:
        if body.lower().startswith("ipv6:"):
            canonical = f"[IPv6:{ipaddress.IPv6Address(body[5:])}]"
        else:
            canonical = f"[{ipaddress.IPv4Address(body)}]"
    except ValueError as error:
        raise MalformedAddress("not an IPv4 or IPv6 address literal") from error
    return DomainName(canonical, canonical, None, canonical)
