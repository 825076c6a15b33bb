"""Own what stands after ``MAIL FROM:`` and ``RCPT TO:``: one path, then ESMTP parameters.

A path is ``<`` mailbox ``>`` and nothing else: no source route, no second reading. The mailbox is
`Mailbox.parse`'s, so the percent hack, bang paths, encoded words and control octets never get in.
A parameter must belong to an extension that was offered, and come once (RFC 5321 §4.1.1.11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from missent.errors import MalformedCommand, NonAsciiAddress, RoutedPath, UnknownParameter
from missent.mail.domain import DomainName
from missent.mail.envelope import Parameters
from missent.mail.mailbox import Mailbox

MAIL_KEYWORDS: Mapping[str, str] = MappingProxyType(
    {
        "SIZE": "SIZE",
        "BODY": "8BITMIME",
        "SMTPUTF8": "SMTPUTF8",
        "RET": "DSN",
        "ENVID": "DSN",
        "AUTH": "AUTH",
        "REQUIRETLS": "REQUIRETLS",
        "MT-PRIORITY": "MT-PRIORITY",
    }
)
"""Parameter of MAIL -> the extension that must have been offered."""
RCPT_KEYWORDS: Mapping[str, str] = MappingProxyType({"NOTIFY": "DSN", "ORCPT": "DSN"})
"""The same for RCPT (RFC 3461)."""

_XTEXT = r"(?:[!-*,-<>-~\u0080-\U0010FFFF]|\+[0-9A-F]{2})"
_NOTIFY = r"(?:SUCCESS|FAILURE|DELAY)"
_VALUES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "SIZE": re.compile(r"[0-9]{1,20}\Z"),  # RFC 1870 §4
        "BODY": re.compile(r"(?:7BIT|8BITMIME)\Z", re.IGNORECASE),  # never BINARYMIME: no BDAT here
        "SMTPUTF8": re.compile(r"\Z"),
        "RET": re.compile(r"(?:FULL|HDRS)\Z", re.IGNORECASE),
        "ENVID": re.compile(_XTEXT + r"{1,100}\Z"),  # RFC 3461 §4.4
        "AUTH": re.compile(r"(?:<>|" + _XTEXT + r"{1,500})\Z"),  # RFC 4954 §5
        "REQUIRETLS": re.compile(r"\Z"),
        "MT-PRIORITY": re.compile(r"-?[0-9]\Z"),  # RFC 6710 §4.1
        "NOTIFY": re.compile(rf"(?:NEVER|{_NOTIFY}(?:,{_NOTIFY}){{0,2}})\Z", re.IGNORECASE),
        "ORCPT": re.compile(r"[A-Za-z0-9-]{1,20};" + _XTEXT + r"{1,500}\Z"),
    }
)
_PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,30})(?:=([^= ]+))?\Z")
_PATH = re.compile(r'(<(?:[^"<>\\ ]|"(?:[^"\\]|\\.)*")*>)(?: +(.*))?\Z')


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a session allows now."""

    local_domain: DomainName
    """Completes a bare ``<postmaster>`` (RFC 5321 §4.1.1.3)."""
    offered: frozenset[str] = frozenset()
    """Extensions that were offered to the client, upper case."""
    smtputf8: bool = False
    """Whether this transaction's MAIL said SMTPUTF8."""


def read_mail(text: str, grammar: Grammar) -> tuple[Mailbox | None, Parameters, str]:
    """Read what follows ``MAIL FROM:``: sender (None = ``<>``), parameters, path as written."""
    path, rest = _split(text)
    parameters = _parameters(rest, MAIL_KEYWORDS, grammar)
    if not rest.isascii() and "SMTPUTF8" not in parameters:
        raise NonAsciiAddress("octets above 127 without SMTPUTF8")
    if path == "<>":
        return None, parameters, path
    return _mailbox(path, smtputf8="SMTPUTF8" in parameters), parameters, path


def read_rcpt(text: str, grammar: Grammar) -> tuple[Mailbox, Parameters, str]:
    """Read what follows ``RCPT TO:``: mailbox, parameters, path as written."""
    path, rest = _split(text)
    parameters = _parameters(rest, RCPT_KEYWORDS, grammar)
    if not rest.isascii() and not grammar.smtputf8:
        raise NonAsciiAddress("octets above 127 without SMTPUTF8")
    if path.lower() == "<postmaster>":
        return Mailbox("postmaster", grammar.local_domain), parameters, path
    return _mailbox(path, smtputf8=grammar.smtputf8), parameters, path


def mail_line(sender: Mailbox | None, parameters: Parameters) -> str:
    """Write the MAIL command for a next hop, without CRLF."""
    return f"MAIL FROM:<{sender.wire if sender else ''}>{_written(parameters)}"


def rcpt_line(mailbox: Mailbox, parameters: Parameters) -> str:
    """Write the RCPT command for a next hop, without CRLF: the mailbox that was judged."""
    return f"RCPT TO:<{mailbox.wire}>{_written(parameters)}"


def unxtext(value: str) -> str:
    """Decode RFC 3461 xtext; a ``+`` that starts no octet stays, what cannot be shown becomes ``?``."""
    octets = re.sub(
        rb"\+([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]), value.encode("utf-8", "replace")
    )
    text = octets.decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _written(parameters: Parameters) -> str:
    return "".join(f" {key}={value}" if value else f" {key}" for key, value in parameters.items())


def _split(text: str) -> tuple[str, str]:
    match = _PATH.match(text)
    if match is None:
        raise MalformedCommand("an address stands between < and >, parameters after a space")
    return match[1], match[2] or ""


def _mailbox(path: str, *, smtputf8: bool) -> Mailbox:
    inner = path[1:-1]
    if inner.startswith("@") or "@" not in inner:
        raise RoutedPath("a source route, or no domain")
    if not smtputf8 and not inner.isascii():
        raise NonAsciiAddress("octets above 127 without SMTPUTF8")
    return Mailbox.parse(inner)


def _parameters(text: str, known: Mapping[str, str], grammar: Grammar) -> Parameters:
    found: dict[str, str] = {}
    for word in filter(None, text.split(" ")):
        match = _PARAMETER.match(word)
        if match is None:
            raise MalformedCommand("a parameter is keyword or keyword=value")
        keyword, value = match[1].upper(), match[2] or ""
        if known.get(keyword) not in grammar.offered or keyword in found:
            raise UnknownParameter("not offered, unknown, or given twice")
        if not _VALUES[keyword].match(value):
            raise MalformedCommand(f"bad value of {keyword}")
        found[keyword] = value
    return MappingProxyType(found)
