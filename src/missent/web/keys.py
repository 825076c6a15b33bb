"""Own the API's bearer keys: who may ask the check API, and for which senders.

A key is a random secret of which the file holds only the SHA-256, so that the file tells nobody how
to get in; a random secret of 256 bits needs no slow hash. The file is TOML::

    [[key]]
    name = "webmail"
    sha256 = "9f86d081…"                 # of the secret
    senders = ["*@contractor.example"]   # whom it may ask for: addresses, or * at a domain
    shared = false                       # true: known to more than one person, gets no counts
    per_minute = 60
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from missent.errors import ConfigError, MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

PREFIX = "missent_"
"""Opens every secret, so that scanners of source code recognise a leaked one."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
_ANYBODY_AT = "*@"


@dataclass(frozen=True, slots=True)
class Key:
    """One caller."""

    name: str
    sha256: str
    """Of the secret, hex."""
    senders: tuple[str, ...]
    """Patterns: ``ann@contractor.example``, ``*@contractor.example``, or ``*`` (the demo's only)."""
    shared: bool = False
    """Known to more than one person: answers carry no counts, which would list an address book."""
    per_minute: int = 60

    def may_ask_for(self, sender: Mailbox) -> bool:
        """Tell whether this caller may ask what `sender` should do."""
        return any(_matches(pattern, sender) for pattern in self.senders)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All callers; an empty ring lets nobody in."""

    keys: tuple[Key, ...] = ()

    def find(self, secret: str) -> Key | None:
        """Find the key a secret belongs to; takes as long for a wrong one as for the last one."""
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
        found: Key | None = None
        for key in self.keys:
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """Read the keys' file; raises `ConfigError` with one line for each fault."""
        try:
            table = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise ConfigError(f"{path}: not TOML: {error}") from None
        try:
            rows = _File.model_validate(table).key
        except ValidationError as error:
            raise ConfigError("\n".join(_faults(path, error, table))) from None
        names = [row.name for row in rows]
        for name in names:
            if names.count(name) > 1:
                raise ConfigError(f"{path}: key {name!r}: the name is used twice")
        return cls(
            tuple(Key(r.name, r.sha256, tuple(r.senders), r.shared, r.per_minute) for r in rows)
        )


def new_key(name: str, senders: Sequence[str]) -> tuple[str, str]:
    """Make a key; give the secret, which is shown once, and the text for the keys' file.

    Raises `ConfigError` for a name or pattern the file would refuse.
    """
    try:
        checked = [_pattern(sender) for sender in senders]
        _name(name)
    except ValueError as error:
        raise ConfigError(f"new key: {error}") from None
    if not checked:
        raise ConfigError("new key: it needs at least one sender it may ask for")
    secret = _secret()
    lines = (
        "[[key]]",
        f"name = {json.dumps(name)}",
        f'sha256 = "{hashlib.sha256(secret.encode()).hexdigest()}"',
        f"senders = {json.dumps(checked, ensure_ascii=False)}",
        "shared = false",
        "per_minute = 60",
    )
    return secret, "\n".join(lines) + "\n"


def _secret() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _matches(pattern: str, sender: Mailbox) -> bool:
    if pattern == "*":
        return True
    if pattern.startswith(_ANYBODY_AT):
        return sender.domain == DomainName.parse(pattern.removeprefix(_ANYBODY_AT))
    return sender == Mailbox.parse(pattern)


def _pattern(text: str) -> str:
    """Check a pattern; give it as senders are stored: folded, the domain as A-labels."""
    if "*" in text.removeprefix(_ANYBODY_AT):
        raise ValueError("a * stands only for everybody at one domain: *@contractor.example")
    try:
        if text.startswith(_ANYBODY_AT):
            return _ANYBODY_AT + DomainName.parse(text.removeprefix(_ANYBODY_AT)).ascii
        return Mailbox.parse(text).folded
    except MalformedAddress as error:
        raise ValueError(f"a sender is an address, or *@ and a domain: {error}") from None


def _name(text: str) -> str:
    if not _NAME.match(text):
        raise ValueError("a name is 1 to 64 letters, digits, dots, hyphens and underscores")
    return text


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, AfterValidator(_name)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    senders: Annotated[list[Annotated[str, AfterValidator(_pattern)]], Field(min_length=1)]
    shared: bool = False
    per_minute: Annotated[int, Field(ge=1, le=60_000)] = 60


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    key: list[_Row] = Field(default_factory=list)


def _faults(path: Path, error: ValidationError, table: dict[str, object]) -> Iterable[str]:
    """Give one line a fault: file, which key, which field, what is wrong; never the value."""
    rows = table.get("key")
    for fault in error.errors(include_input=False, include_url=False):
        where = [str(step) for step in fault["loc"]]
        index = fault["loc"][1] if len(fault["loc"]) > 1 else None
        if isinstance(index, int) and isinstance(rows, list):
            row = rows[index]
            name = row.get("name") if isinstance(row, dict) else None
            where = [f"key {name!r}" if name else f"key number {index + 1}", *where[2:]]
        yield f"{path}: {': '.join(where)}: {fault['msg']}"
