"""Own reading the operator's directory by LDAP: one URL (RFC 4516), one paged search, then goodbye.

The URL says all: ``ldaps://HOST[:PORT]/BASE?MAIL,NAME?SCOPE?(FILTER)``; the first attribute holds
addresses, the second, if any, a name. The rule: nothing is written, everything is bounded (time, pages,
entries, length), and a search that does not end well gives no directory at all, since half of one
would forget the other half. Reading is anonymous unless the URL carries ``bindname=DN`` as an
extension; its password then comes from ``LDAP_PASSWORD`` in the environment, never from the URL.
"""

from __future__ import annotations

import contextlib
import importlib
import ssl
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from missent.errors import ConfigError, MalformedAddress, OperatorError
from missent.mail.mailbox import Mailbox
from missent.service.directory import Directory, Entry

SCHEMES: Final = ("ldap", "ldaps")
PASSWORD: Final = "LDAP_PASSWORD"  # noqa: S105 - the variable's name
CONNECT = 5
"""Seconds to connect."""
ANSWER = 20
"""Seconds for each answer of the server."""
PAGE = 500
MOST = 1_000_000
"""Entries read; a larger answer is refused, not cut."""
_ADDRESS_LENGTH = 320
_NAME_LENGTH = 200
_SCOPES = {"": "BASE", "base": "BASE", "one": "LEVEL", "sub": "SUBTREE"}  # RFC 4516 §3
_PORTS = {"ldap": 389, "ldaps": 636}
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_DEFAULT_FILTER = "(objectClass=*)"


@dataclass(frozen=True, slots=True)
class LdapUrl:
    """One search, as a URL names it."""

    host: str
    port: int
    tls: bool
    base: str
    mail: str = "mail"
    name: str | None = "cn"
    scope: str = "SUBTREE"
    filter: str = _DEFAULT_FILTER
    bind_name: str | None = None

    @classmethod
    def parse(cls, text: str) -> LdapUrl:
        """Read a URL. Raises `ConfigError` that says what was expected."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ConfigError("not an LDAP URL: a bad host or port") from None
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise ConfigError("expected ldaps://HOST/BASE?mail,cn?sub?(FILTER)")
        if parts.username is not None or parts.password is not None:
            raise ConfigError(f"an LDAP URL carries no login: use bindname= and {PASSWORD}")
        fields = [*parts.query.split("?"), "", "", "", ""][:4]
        attributes, scope, wanted, extensions = fields
        if scope.lower() not in _SCOPES:
            raise ConfigError("the scope of an LDAP URL is base, one or sub")
        bind_name = _bind_name(extensions)
        if bind_name and parts.scheme != "ldaps" and parts.hostname not in _LOOPBACK:
            raise ConfigError("a login over ldap:// would be readable on the way: use ldaps://")
        named = [unquote(name) for name in attributes.split(",") if name] or ["mail", "cn"]
        return cls(
            host=parts.hostname,
            port=port or _PORTS[parts.scheme],
            tls=parts.scheme == "ldaps",
            base=unquote(parts.path.removeprefix("/")),
            mail=named[0],
            name=named[1] if named[1:] else None,
            scope=_SCOPES[scope.lower()],
            filter=unquote(wanted) or _DEFAULT_FILTER,
            bind_name=bind_name,
        )


def _bind_name(extensions: str) -> str | None:
    for extension in filter(None, extensions.split(",")):
        name, _, value = extension.partition("=")
        if name.removeprefix("!").lower() == "bindname":
            return unquote(value)
        if name.startswith("!"):  # RFC 4516 §2: critical, so it must not be passed over
            raise ConfigError("the LDAP URL has a critical extension other than bindname")
    return None


def read_ldap(url: LdapUrl, *, password: str = "", ca_file: Path | None = None) -> Directory:
    """Search, and give the people found; a mailbox listed twice counts once.

    A certificate is verified by `ca_file`, else as this machine does. Raises `OperatorError` for a
    server that cannot be reached, does not answer well or lists nobody; `ConfigError` without the
    library.
    """
    library = load_library()
    try:
        with _bound(_connection(library, url, password, ca_file)) as connection:
            directory = _directory(_search(library, connection, url), url)
    except library.core.exceptions.LDAPException as error:
        # Its words may quote the server's, so only the kind of trouble is told.
        raise OperatorError(
            f"LDAP: {url.host}:{url.port}: {_kind(error)}; the people listed before stay listed"
        ) from None
    if not directory.entries:  # a wrong base or filter, rather than nobody left
        raise OperatorError(f"LDAP: {url.host}:{url.port}: found nobody with {url.mail}")
    return directory


def load_library() -> Any:
    """Import the library. Raises `ConfigError` if it is not installed."""
    try:
        with warnings.catch_warnings():
            # It imports names that pyasn1 has renamed, and has had no release since.
            warnings.simplefilter("ignore", DeprecationWarning)
            importlib.import_module("ldap3.core.exceptions")
            library = importlib.import_module("ldap3")
    except ModuleNotFoundError:
        raise ConfigError("a directory by LDAP needs: pip install 'missent[ldap]'") from None
    return library


def _connection(library: Any, url: LdapUrl, password: str, ca_file: Path | None) -> Any:
    ca = str(ca_file) if ca_file is not None else None
    verified = library.Tls(validate=ssl.CERT_REQUIRED, ca_certs_file=ca) if url.tls else None
    server = library.Server(
        url.host,
        port=url.port,
        use_ssl=url.tls,
        tls=verified,
        get_info=library.NONE,
        connect_timeout=CONNECT,
    )
    return library.Connection(
        server,
        user=url.bind_name,
        password=password or None,
        read_only=True,
        raise_exceptions=True,
        receive_timeout=ANSWER,
        auto_referrals=False,  # a referral would lead to a server the operator did not name
    )


@contextlib.contextmanager
def _bound(connection: Any) -> Iterator[Any]:
    """Open a connection, log in, and close it, which the library forgets where either fails."""
    try:
        connection.open(read_server_info=False)
        connection.bind(read_server_info=False)
        yield connection
        connection.unbind()
    finally:
        if connection.socket is not None:
            connection.socket.close()


def _search(library: Any, connection: Any, url: LdapUrl) -> Iterator[Mapping[str, Any]]:
    """Give the attributes of each entry, a page at a time."""
    wanted = [url.mail] if url.name is None else [url.mail, url.name]
    found = connection.extend.standard.paged_search(
        url.base,
        url.filter,
        search_scope=getattr(library, url.scope),
        attributes=wanted,
        paged_size=PAGE,
        paged_criticality=False,
        time_limit=ANSWER,
        generator=True,
    )
    for count, entry in enumerate(found):
        if count >= MOST:
            raise OperatorError(f"LDAP: {url.host}: more than {MOST:,} entries; narrow the filter")
        if entry.get("type") == "searchResEntry":
            yield entry["raw_attributes"]


def _directory(entries: Iterable[Mapping[str, Any]], url: LdapUrl) -> Directory:
    people: dict[Mailbox, Entry] = {}
    unreadable = 0
    for attributes in entries:
        listed = {name.lower(): values for name, values in attributes.items()}
        names = listed.get(url.name.lower(), []) if url.name else []
        name = _text(names[0], _NAME_LENGTH) if names else ""
        for value in listed.get(url.mail.lower(), []):
            try:
                mailbox = Mailbox.parse(_text(value, _ADDRESS_LENGTH).strip())
            except MalformedAddress:
                unreadable += 1
                continue
            people.setdefault(mailbox, Entry(mailbox, name))
    faults = (f"{unreadable} values of {url.mail} are no addresses",) if unreadable else ()
    return Directory(tuple(people.values()), faults)


def _text(value: bytes, longest: int) -> str:
    return value[: longest * 4].decode("utf-8", "replace")[:longest]


def _kind(error: Exception) -> str:
    words = {
        "LDAPSocketOpenError": "cannot be reached",
        "LDAPSocketReceiveError": "did not answer in time",
        "LDAPInvalidCredentialsResult": "refused the login",
        "LDAPNoSuchObjectResult": "has no such base",
        "LDAPInvalidFilterError": "the filter is not one",
    }
    return words.get(type(error).__name__, type(error).__name__)
