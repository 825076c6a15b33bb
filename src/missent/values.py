"""Own how single values of the configuration are read: durations, sizes, names, addresses, networks.

Each is a type to annotate a key with; what cannot be read is a `ValueError` that says what was
expected, and `config` adds file, line and key.
"""

from __future__ import annotations

import ipaddress
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)\s*\Z")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|KiB|MiB|GiB)?\s*\Z")
_OCTETS = {
    None: 1,
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}


def _duration(value: object) -> object:
    if isinstance(value, str) and (match := _DURATION.match(value)):
        return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
    if isinstance(value, timedelta):
        return value
    raise ValueError('a duration is a number and a unit: "90s", "5m", "72h", "3d"')


def _size(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and (match := _SIZE.match(value)):
        return int(float(match[1]) * _OCTETS[match[2]])
    raise ValueError('a size is a number and a unit: "50 MB"')


def _domain(value: object) -> object:
    if isinstance(value, DomainName):
        return value
    if not isinstance(value, str):
        raise ValueError("a domain name is a text")
    try:
        return DomainName.parse(value)
    except MalformedAddress as error:
        raise ValueError(str(error)) from None


def _mailbox(value: object) -> object:
    if isinstance(value, Mailbox):
        return value
    if not isinstance(value, str):
        raise ValueError("an address is a text")
    try:
        return Mailbox.parse(value)
    except MalformedAddress as error:
        raise ValueError(str(error)) from None


def _host_port(value: str) -> str:
    host, colon, port = value.rpartition(":")
    if not (colon and host and port.isdigit() and 0 <= int(port) <= 65535):
        raise ValueError('expected "HOST:PORT", for example "127.0.0.1:10025"')
    return value


def _milter_listen(value: str) -> str:
    if value.startswith("unix:") and len(value) > len("unix:"):
        return value
    if value.startswith("inet:"):
        _host_port(value.removeprefix("inet:"))
        return value
    raise ValueError('expected "unix:PATH" or "inet:HOST:PORT"')


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError('not a time zone; an example is "Europe/London"') from None
    return value


def _directory(value: object) -> object:
    """Keep an LDAP URL as text; all else is a path."""
    if isinstance(value, str) and not value.startswith(("ldap://", "ldaps://")):
        return Path(value)
    return value


def _networks(value: object) -> object:
    if not isinstance(value, list | tuple):
        raise ValueError("expected a list of networks")
    return tuple(ipaddress.ip_network(item) if isinstance(item, str) else item for item in value)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Size = Annotated[int, BeforeValidator(_size), Field(gt=0)]
DirectorySource = Annotated[Path | str, BeforeValidator(_directory)]
"""A file, or an LDAP URL as text."""
Domain = Annotated[DomainName, BeforeValidator(_domain), PlainSerializer(str)]
Address = Annotated[Mailbox, BeforeValidator(_mailbox), PlainSerializer(str)]
HostPort = Annotated[str, AfterValidator(_host_port)]
MilterListen = Annotated[str, AfterValidator(_milter_listen)]
Zone = Annotated[str, AfterValidator(_zone)]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Networks = Annotated[tuple[Network, ...], BeforeValidator(_networks)]
