"""Own ``missent config``: can it be used, what does it say, what could it say."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from missent.cli.opening import (
    ConfigOption,
    configuration,
    print_json,
    state_directory,
)
from missent.config import find
from missent.reference import configuration_page

app = typer.Typer(no_args_is_help=True, help="The configuration.")


@app.command("check")
def config_check(config: ConfigOption = None) -> None:
    """Read the configuration and say whether it can be used."""
    from missent import collecting, daemon

    found, source = find(config, os.environ, Path.cwd(), state_directory())
    duties = []
    if found.collect is not None:
        collecting.examine(found, source)
        duties.append(f"collector: {found.collect.mode.value}")
    if found.collect is None or found.milter is not None or found.proxy is not None:
        daemon.examine(found)
        duties.append(f"mode {found.mode.value}")
    typer.echo(f"{source or 'built-in defaults'}: fine; {'; '.join(duties)}")


@app.command("show")
def config_show(config: ConfigOption = None) -> None:
    """Print the configuration in force, defaults filled in, as JSON."""
    found = configuration(config)
    print_json(found.model_dump(mode="json"))


@app.command("reference")
def config_reference() -> None:
    """Print the page that describes every key."""
    typer.echo(configuration_page(), nl=False)
