"""Own the configuration: a TOML file becomes one frozen `Config`; the reference page is made from it.

The tables are `missent.tables`. A wrong file is refused whole, with one line for each fault that names
file, line, key, and what was expected. Relative paths are relative to the file they stand in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from missent.errors import ConfigError, MalformedAddress
from missent.judge.case import Organisation
from missent.judge.content import Detector
from missent.judge.policy import Policy
from missent.judge.sensitivity import with_labels
from missent.mail.mailbox import Mailbox
from missent.service.collection.report import Basis
from missent.service.settings import HoldSettings, Mode, PeopleSettings
from missent.service.stationery import Letterhead
from missent.tables import (
    ApiTable,
    CollectMode,
    CollectTable,
    ContentTable,
    GuardTable,
    HoldTable,
    InboundTable,
    JudgeTable,
    LookUpTable,
    MilterTable,
    OnExpiry,
    OrganisationTable,
    ProxyTable,
    RelayTable,
    ReleaseTable,
    StoreTable,
    Table,
    VisibleTypo,
    WebTable,
)
from missent.values import Address


class Config(Table):
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
    content: ContentTable = ContentTable()
    collect: CollectTable | None = None
    look_up: LookUpTable = LookUpTable()
    owners: Mapping[str, Address] = Field(
        default_factory=dict,
        description="Shared mailbox, service or login = the person who decides.",
    )
    policy: tuple[Mapping[str, Any], ...] = Field(
        (), description="Rules before the built-in ones; the first that matches decides."
    )
    release: tuple[ReleaseTable, ...] = Field(
        (),
        description="Where marked content may go; the first row that speaks of a marking counts, and "
        "those that come with Missent are behind yours.",
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
        rows = [row.as_row() for row in self.release]
        return Policy.with_defaults(self.policy).with_prior(self.judge.prior).with_release(rows)

    def detectors(self) -> tuple[Detector, ...]:
        """Give what looks at content, the organisation's own labels included."""
        return with_labels(tuple(label.as_label() for label in self.content.label))

    def letterhead(self) -> Letterhead:
        """Say who writes letters about the collector, and who reads answers. Raises `ConfigError`."""
        operator = self.people().operator
        contact = self.collect.report_to if self.collect is not None else None
        organisation = self.organisation
        return Letterhead(organisation.name, operator, contact or operator, organisation.timezone)

    def basis(self) -> Basis:
        """Say what reports of the collector rest on."""
        directory, table = self.organisation.directory is not None, self.collect
        if table is None:
            return Basis(collects=False, directory=directory)
        return Basis(
            collects=table.mode is CollectMode.COLLECT,
            legal_basis=table.legal_basis,
            directory=directory,
            look_ups=table.look_ups,
            domains=tuple(table.domains.items()),
        )


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
    if config.collect is not None:
        updates["collect"] = _paths(config.collect, base, "vault", "tls_certificate", "tls_key")
    return config.model_copy(update=updates)


def _paths(table: Table, base: Path, *names: str) -> Table:
    given = {
        name: base / value for name in names if isinstance(value := getattr(table, name), Path)
    }
    return table.model_copy(update=given)


def _socket(table: MilterTable | InboundTable, base: Path) -> Table:
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
