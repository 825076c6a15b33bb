"""Own the command line: one module a group of commands.

Exit codes: 0 fine, 1 found something (held, blocked, misdirected), 2 wrong use or broken set-up.
Answers go to standard output, as text or with ``--json``; everything else to standard error.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from missent import __version__
from missent.cli import (
    audit,
    collect,
    collected,
    duties,
    evaluation,
    exposure,
    hold,
    investigation,
    lookalike,
    safety,
    settings,
    warn,
)
from missent.cli.opening import WRONG
from missent.errors import MissentError

app = duties.app
app.add_typer(evaluation.app)
app.add_typer(investigation.app)
app.add_typer(warn.app)
collect.app.add_typer(collected.app)
app.add_typer(collect.app, name="collect")
app.add_typer(exposure.app)
app.add_typer(lookalike.app, name="lookalike")
app.add_typer(safety.app, name="policy")
app.add_typer(hold.app, name="hold")
app.add_typer(audit.app, name="audit")
app.add_typer(settings.app, name="config")


def _say_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"missent {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", is_eager=True, callback=_say_version, help="Say which this is."),
    ] = False,
) -> None:
    """Stops e-mail from going to the wrong place."""


def main() -> None:
    """Run the command line; every fault of ours ends as one line and an exit code, never a trace."""
    try:
        app(standalone_mode=True)
    except MissentError as error:
        for line in str(error).splitlines() or [error.public]:
            typer.echo(f"missent: {line}", err=True)
        sys.exit(WRONG)
    except MemoryError:
        typer.echo("missent: out of memory; give it fewer sources at a time", err=True)
        sys.exit(WRONG)
