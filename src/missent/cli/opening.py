"""Own what every command shares: options, exit codes, how an installation is opened and shown."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from missent.config import Config, find
from missent.errors import ConfigError, MalformedAddress
from missent.judge.hold import Actor
from missent.judge.verdict import Verdict
from missent.mail.mailbox import Mailbox
from missent.system import SystemClock

if TYPE_CHECKING:
    from missent.net.relay import SmtpRelay
    from missent.store.store import SqlStore
    from missent.wiring import Installation

FOUND = 1
WRONG = 2
_CONTENT = ("category", "level", "count")
"""Facts of a finding about content that are published."""

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file; else ./missent.toml, $MISSENT_CONFIG."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def state_directory() -> Path:
    """Give where data lies when no configuration says so."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "missent"


def configuration(path: Path | None) -> Config:
    """Find and read the configuration."""
    return find(path, os.environ, Path.cwd(), state_directory())[0]


def configuration_of(context: typer.Context, path: Path | None) -> Config:
    """Find the configuration of a command below another: named behind the command, or before it."""
    above = context.parent.params.get("config") if context.parent is not None else None
    return configuration(path or above)


@contextmanager
def installation_of(path: Path | None) -> Iterator[Installation]:
    """Open the configured installation for one command."""
    from missent import wiring

    installation = wiring.install(configuration(path))
    try:
        yield installation
    finally:
        installation.close()


@contextmanager
def store_of(config: Config) -> Iterator[SqlStore]:
    """Open the configured store alone, for commands that need nothing else."""
    from missent.wiring import open_sql

    store = open_sql(config, SystemClock())
    try:
        yield store
    finally:
        store.close()


def relay_of(config: Config) -> SmtpRelay:
    """Open nothing yet. Raises `ConfigError` where nobody said where mail may be handed to."""
    if "relay" not in config.model_fields_set:
        raise ConfigError(
            "relay.host is not set, so there is nothing to send with; name your mail server's "
            "listener in [relay] of missent.toml, or leave --send out to see the letters"
        )
    from missent.wiring import open_relay

    return open_relay(config)


def published(plain: Any) -> Any:
    """Leave out what only rules look at; of a content finding's facts, give what it is."""
    if isinstance(plain, list):
        return [published(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    shown = {key: published(value) for key, value in plain.items() if key != "facts"}
    facts = plain.get("facts") or {}
    return shown | {key: facts[key] for key in _CONTENT if key in facts and "category" in facts}


def print_json(value: object) -> None:
    """Answer as JSON."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def address(text: str) -> Mailbox:
    """Read an address argument."""
    try:
        return Mailbox.parse(text)
    except MalformedAddress as error:
        raise typer.BadParameter(f"{text!r}: {error}") from None


def actor() -> Actor:
    """Give who types, for the audit trail."""
    return Actor(f"operator:{getpass.getuser()}", "operator")


def show_verdict(verdict: Verdict) -> None:
    """Show one verdict to a person."""
    doubt = f"({verdict.misdirection:.1%}, rule {verdict.rule})"
    typer.echo(f"{verdict.action.value:8} {verdict.recipient.screen}  {doubt}")
    typer.echo(f"         {verdict.because}")
    if verdict.suggestion is not None:
        typer.echo(f"         did you mean {verdict.suggestion.screen}?")


def show_content(verdicts: Iterable[Verdict]) -> None:
    """Show once what was found in the message, the gravest first, never what it says."""
    found = {
        (finding.because, int(finding.facts.get("level", 0))): None
        for verdict in verdicts
        for finding in verdict.findings
        if "category" in finding.facts or finding.signal == "unreadable"
    }
    for because, level in sorted(found, key=lambda one: -one[1]):
        typer.echo(f"content  {because}" + (f" (level {level} of 4)" if level else ""))
