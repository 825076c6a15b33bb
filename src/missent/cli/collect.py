"""Own ``missent collect``: without a further word it runs; others register their commands on `app`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from missent.cli import collection_report, postmasters
from missent.cli.opening import ConfigOption, state_directory
from missent.config import find
from missent.journal import set_up_logging

app = typer.Typer(
    invoke_without_command=True,
    help="The mail exchanger of typo domains you own, and what it heard.",
)
app.add_typer(collection_report.app)
app.add_typer(postmasters.app)


@app.callback()
def collect(
    context: typer.Context,
    config: ConfigOption = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log as JSON instead of key=value.")
    ] = False,
) -> None:
    """Run the collector: answer each mistyped address with the domain that was meant."""
    if context.invoked_subcommand is not None:
        return
    from missent import collecting

    set_up_logging(as_json=log_json)
    collecting.run(*find(config, os.environ, Path.cwd(), state_directory()))
