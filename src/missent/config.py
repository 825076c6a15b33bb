"""Own the configuration: a TOML file becomes one frozen `Config`; the reference page is made from it.

Every key has a default or is required, a unit where it has one, and a sentence. A wrong file is
refused whole, with one line for each fault that names file, line, key, and what was expected.
Relative paths are relative to the file they stand in.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)

from missent.errors import ConfigError, MalformedAddress
from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.mail.mailbox import Mailbox
from missent.service.settings import HoldSettings, Mode, PeopleSettings
from missent.values import (
    Address,
    DirectorySource,
    Domain,
    Duration,
    HostPort,
    MilterListen,
    Networks,
    Size,
    Zone,
)


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class OrganisationTable(_Table):
    """Whose mail this is."""

    name: str = Field("this organisation", description="Shown in notices and on the page.")
    domains: tuple[Domain, ...] = Field((), description="Ours; every other domain is outside.")
    timezone: Zone = Field(
        "UTC", description="Time zone of notices and pages, as in the IANA database."
    )
    language: Literal["en"] = Field("en", description="Language of notices and pages.")
    directory: DirectorySource | None = Field(
        None,
        description="People known to be right: a CSV file with lines `address[,name]`, or an LDAP URL "
        "`ldaps://HOST/BASE?mail,cn?sub?(FILTER)`.",
    )
    operator: Address | None = Field(
        None,
        description="Who decides where no sender can be asked; default postmaster@ the first domain.",
    )


class StoreTable(_Table):
    """Where holds and correspondence are kept."""

    url: str = Field(
        "", description="`sqlite:///FILE` or `postgresql://...`; default: the state directory."
    )
    key_file: Path = Field(
        Path("missent.key"),
        description="The master key, outside the database and its backups; made, mode 0600, if absent.",
    )


class GuardTable(_Table):
    """How the guard runs."""

    workers: int = Field(
        1, ge=1, le=64, description="Processes that answer mail on the same sockets."
    )
    threads: int = Field(16, ge=1, le=256, description="Judgements at once in each process.")
    verdict_cap: Duration = Field(
        timedelta(seconds=10), description="No verdict after this: the client is told to try later."
    )


class MilterTable(_Table):
    """The milter, for Postfix and Sendmail. Started if this table is present."""

    listen: MilterListen = Field(
        "unix:run/milter.sock", description="`unix:PATH` or `inet:HOST:PORT`."
    )
    socket_mode: str = Field(
        "0666",
        pattern=r"^0?[0-7]{3}$",
        description="Permissions of the UNIX socket, octal; the directory's permissions guard it.",
    )
    refuse_at_rcpt: bool = Field(
        False,
        description="Answer a certain slip with 550 at RCPT, so the mail client shows it at once.",
    )
    max_size: Size = Field(
        50_000_000, description="Largest message, in octets; larger ones get 552."
    )


class ProxyTable(_Table):
    """The SMTP proxy, for everything else. Started if this table is present."""

    listen: HostPort = Field("127.0.0.1:10025", description="Where it listens.")
    upstream: HostPort = Field(
        "127.0.0.1:10026", description="The next hop; its answers are passed on."
    )
    max_size: Size = Field(
        50_000_000, description="Largest message, in octets; larger ones get 552."
    )
    trusted_clients: Networks = Field(
        (ipaddress.ip_network("127.0.0.0/8"),), description="Networks whose mail is relayed."
    )
    refuse_at_rcpt: bool = Field(
        False,
        description="Answer a certain slip with 550 at RCPT, so the mail client shows it at once.",
    )
    tls_certificate: Path | None = Field(
        None, description="PEM chain; with it STARTTLS is offered."
    )
    tls_key: Path | None = Field(None, description="PEM private key of `tls_certificate`.")
    upstream_tls: bool = Field(False, description="Use STARTTLS, verified, towards the next hop.")
    hosted: bool = Field(
        False,
        description="Serve a hosted mail provider over the Internet; needs the next two keys.",
    )
    client_ca: Path | None = Field(
        None, description="PEM of the authority whose client certificates count."
    )
    sender_domains: tuple[Domain, ...] = Field(
        (), description="The only MAIL FROM domains in hosted mode."
    )


class InboundTable(_Table):
    """The inbound feed: a milter that only learns who answers. Started if this table is present."""

    listen: MilterListen = Field(
        "unix:run/inbound.sock", description="`unix:PATH` or `inet:HOST:PORT`."
    )
    authserv_ids: tuple[str, ...] = Field(
        (),
        description="Names our own border signs `Authentication-Results` with; others are not believed.",
    )


class RelayTable(_Table):
    """Where released mail and notices go: a listener behind the guard, before the signer."""

    host: HostPort = Field("127.0.0.1:10027", description="`HOST:PORT` of that listener.")
    starttls: bool = Field(False, description="Use STARTTLS, verified, towards it.")
    through_guard: bool = Field(
        False,
        description="It leads through the guard again: mark released mail with a single-use field.",
    )


class WebTable(_Table):
    """The sender's page and the check API."""

    listen: HostPort = Field(
        "127.0.0.1:8025", description="Where it listens; put a TLS proxy in front."
    )
    base_url: str = Field(
        "http://127.0.0.1:8025",
        pattern=r"^https?://[^/]+.*[^/]$",
        description="The address people reach it by.",
    )


class ApiTable(_Table):
    """Who may ask the check API."""

    keys_file: Path | None = Field(
        None,
        description="Bearer keys, hashed, each with the senders it may ask for; absent: nobody may.",
    )


class JudgeTable(_Table):
    """What the judge takes for granted."""

    prior: float = Field(
        0.001,
        gt=0,
        le=0.1,
        description="Prior odds that a recipient is misdirected; `missent tune` fits it to labelled mail.",
    )


class OnExpiry(StrEnum):
    """What silence means in the end."""

    RETURN = "return"
    DROP = "drop"


class VisibleTypo(StrEnum):
    """What happens to signed mail, in which the typo cannot be edited out."""

    WAIT = "wait"
    DELIVER = "deliver"


class HoldTable(_Table):
    """How long things wait."""

    expire_after: Duration = Field(
        timedelta(hours=72), description="Undecided after this: see `on_expiry`."
    )
    on_expiry: OnExpiry = Field(OnExpiry.RETURN, description="`return` to the sender, or `drop`.")
    visible_typo: VisibleTypo = Field(
        VisibleTypo.WAIT,
        description="On DKIM-signed mail: all recipients `wait`, or the others `deliver`.",
    )
    remind_after: tuple[Duration, ...] = Field(
        (timedelta(hours=1), timedelta(hours=24)), description="When the sender is reminded."
    )
    grace: Duration = Field(
        timedelta(minutes=5),
        description='A *warn* is delivered after this, unless cancelled; "0s": only logged.',
    )
    quota: int = Field(
        2000, ge=1, description="Undecided messages one sender may have; beyond it, 452."
    )


class Config(_Table):
    """Everything an installation is told."""

    mode: Mode = Field(
        Mode.OBSERVE, description="`observe`, `warn` or `enforce`; `missent mode` overrides it."
    )
    organisation: OrganisationTable = OrganisationTable()
    store: StoreTable = StoreTable()
    guard: GuardTable = GuardTable()
    milter: MilterTable | None = None
    proxy: ProxyTable | None = None
    inbound: InboundTable | None = None
    relay: RelayTable = RelayTable()
    web: WebTable = WebTable()
    api: ApiTable = ApiTable()
    judge: JudgeTable = JudgeTable()
    hold: HoldTable = HoldTable()
    owners: Mapping[str, Address] = Field(
        default_factory=dict,
        description="Shared mailbox, service or login = the person who decides.",
    )
    policy: tuple[Mapping[str, Any], ...] = Field(
        (), description="Rules before the built-in ones; the first that matches decides."
    )

    def judged_as(self) -> Organisation:
        """Give the organisation as the judge knows it."""
        return Organisation(self.organisation.name, self.organisation.domains)

    def people(self) -> PeopleSettings:
        """Give who is asked. Raises `ConfigError` without a domain or operator."""
        operator = self.organisation.operator
        if operator is None:
            if not self.organisation.domains:
                raise ConfigError("organisation.domains is empty: name your own domains")
            operator = Mailbox.parse(f"postmaster@{self.organisation.domains[0].ascii}")
        owners = {_owned(name): person for name, person in self.owners.items()}
        return PeopleSettings(operator, owners)

    def hold_settings(self) -> HoldSettings:
        """Give the waiting times as the service knows them."""
        return HoldSettings(
            expire_after=self.hold.expire_after,
            return_on_expiry=self.hold.on_expiry is OnExpiry.RETURN,
            remind_after=self.hold.remind_after,
            grace=self.hold.grace,
            wait_when_signed=self.hold.visible_typo is VisibleTypo.WAIT,
            quota=self.hold.quota,
        )

    def rules(self) -> Policy:
        """Give the policy: the file's rules first, then those built-in ones it does not replace."""
        return Policy.with_defaults(self.policy).with_prior(self.judge.prior)


def _owned(name: str) -> Mailbox:
    try:
        return Mailbox.parse(name)
    except MalformedAddress as error:
        raise ConfigError(f'owners."{name}": {error}; expected an address') from None


def load(path: Path) -> Config:
    """Read a configuration file. Raises `ConfigError` with every fault, each on its own line."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(f"{path}: cannot be read: {reason}") from None
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    try:
        config = Config.model_validate(tree)
    except ValidationError as error:
        raise ConfigError("\n".join(_faults(path, text, error))) from None
    return _anchored(_checked(config, path), path.parent.absolute())


def _checked(config: Config, path: Path) -> Config:
    try:
        config.rules()
        if config.organisation.domains or config.organisation.operator:
            config.people()
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from None
    return config


def _faults(path: Path, text: str, error: ValidationError) -> Sequence[str]:
    lines = []
    for fault in error.errors(include_url=False, include_context=False):
        keys = tuple(fault["loc"])
        name = ".".join(str(key) for key in keys)
        message = fault["msg"].removeprefix("Value error, ")
        if fault["type"] == "extra_forbidden":
            message = "no such key; `missent config reference` lists them"
        given = fault["input"]
        shown = f" (it says {given!r})" if isinstance(given, str | int | float | bool) else ""
        lines.append(f"{path}:{_line_of(text, keys)}: {name}: {message}{shown}")
    return lines


def _line_of(text: str, keys: tuple[int | str, ...]) -> int:
    """Find the line of a key; the line of its table if the key itself is not written."""
    table: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    best = 1
    names = tuple(str(key) for key in keys if isinstance(key, str))
    index = next((key for key in keys if isinstance(key, int)), 0)
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if match := re.match(r"\[\[?\s*([^\]]+?)\s*\]\]?", stripped):
            table = tuple(part.strip().strip("\"'") for part in match[1].split("."))
            if stripped.startswith("[["):
                counts[match[1]] = counts.get(match[1], -1) + 1
                if counts[match[1]] != index:
                    table = ("", *table)
            if names[: len(table)] == table:
                best = number
            continue
        key = stripped.split("=", 1)[0].strip().strip("\"'")
        full = (*table, *key.split("."))
        if "=" in stripped and key and names[: len(full)] == full:
            return number
    return best


def _anchored(config: Config, base: Path) -> Config:
    """Make every relative path relative to the file's directory."""
    store = config.store
    url = store.url
    if url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
        url = f"sqlite:///{base / url.removeprefix('sqlite:///')}"
    updates: dict[str, object] = {
        "store": store.model_copy(update={"url": url, "key_file": base / store.key_file}),
        "organisation": _paths(config.organisation, base, "directory"),
        "api": _paths(config.api, base, "keys_file"),
    }
    if config.milter is not None:
        updates["milter"] = _socket(config.milter, base)
    if config.inbound is not None:
        updates["inbound"] = _socket(config.inbound, base)
    if config.proxy is not None:
        updates["proxy"] = _paths(config.proxy, base, "tls_certificate", "tls_key", "client_ca")
    return config.model_copy(update=updates)


def _paths(table: _Table, base: Path, *names: str) -> _Table:
    given = {
        name: base / value for name in names if isinstance(value := getattr(table, name), Path)
    }
    return table.model_copy(update=given)


def _socket(table: MilterTable | InboundTable, base: Path) -> _Table:
    if not table.listen.startswith("unix:"):
        return table
    return table.model_copy(update={"listen": f"unix:{base / table.listen.removeprefix('unix:')}"})


def find(
    explicit: Path | None, environment: Mapping[str, str], here: Path, state: Path
) -> tuple[Config, Path | None]:
    """Find the configuration as the command line does, and give it with the file it came from.

    `explicit`, then ``./missent.toml``, then ``$MISSENT_CONFIG``, then the built-in defaults with a
    SQLite file in the user's `state` directory.
    """
    local = here / "missent.toml"
    named = environment.get("MISSENT_CONFIG")
    chosen = explicit or (local if local.exists() else Path(named) if named else None)
    if chosen is not None:
        return _with_store(load(chosen), chosen.parent.absolute()), chosen
    return _with_store(_anchored(Config(), state), state), None


def _with_store(config: Config, base: Path) -> Config:
    if config.store.url:
        return config
    url = f"sqlite:///{base / 'missent.db'}"
    return config.model_copy(update={"store": config.store.model_copy(update={"url": url})})
