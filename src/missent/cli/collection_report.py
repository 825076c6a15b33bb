"""Own the command that reports what came to typo domains.

The rule: nothing is written without ``--arf``, and no stranger's text becomes the name of a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from missent import __version__
from missent.cli.opening import (
    ConfigOption,
    JsonOption,
    configuration_of,
    print_json,
    store_of,
)
from missent.config import Config
from missent.errors import NonAsciiAddress, OperatorError
from missent.service.collection.abuse_report import FeedbackReports
from missent.service.collection.plain import to_plain
from missent.service.collection.report import CollectionReport, read
from missent.service.collection.telling import Row, Told, told
from missent.service.investigation.sentences import counted
from missent.system import SystemClock

app = typer.Typer()
ROWS = 20
"""Rows of each table on a terminal; ``--json`` has all."""


@app.command("report")
def report_command(
    context: typer.Context,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3660, help="Days, today included.")
    ] = 30,
    arf: Annotated[
        Path | None,
        typer.Option(
            "--arf", metavar="DIR", help="Write one report of each stored address (RFC 5965) there."
        ),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report what came to the typo domains: how much, from whom, and who keeps writing."""
    found = configuration_of(context, config)
    now = SystemClock().now()
    with store_of(found) as store:
        report = read(store, found.basis(), now, days)
    written = _write_arf(report, found, arf, now) if arf is not None else None
    if as_json:
        more = {} if written is None else {"arf": {"directory": str(arf), "reports": written}}
        print_json(to_plain(report) | more)
        return
    for line in _lines(told(report, ROWS)):
        typer.echo(line)
    if written is not None:
        typer.echo(f"\n{arf}: {counted(written, 'report')} written.")


# --- the report ----------------------------------------------------------------------------------


def _write_arf(report: CollectionReport, config: Config, folder: Path, now: datetime) -> int:
    """Write a file for each pair, named by its number: no stranger's text becomes a file name."""
    head = config.letterhead()
    writer = FeedbackReports(head, __version__)
    written = 0
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for pair in report.pairs:
            try:
                data = writer.letter(pair, head.contact, now)
            except NonAsciiAddress:
                continue
            written += 1
            path = folder / f"{written:05d}.eml"
            with os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb"
            ) as file:
                file.write(data)
    except FileExistsError:
        raise OperatorError(
            f"{path}: is there already; name a folder without older reports"
        ) from None
    except OSError as error:
        raise OperatorError(f"{folder}: cannot be written: {error.strerror}") from None
    return written


def _lines(words: Told) -> Iterator[str]:
    yield words.sentence
    yield from words.asides
    yield from _table("Typo domains", words.domains, words.more_domains, "for")
    yield from _table(
        "Organisations that wrote", words.organisations, words.more_organisations, "to"
    )
    yield from _pairs(words)
    yield f"\n{words.sealed}"
    for row in (*words.levels, *words.categories):
        yield f"{row.real:9,}  {row.name}" + (f", {row.text}" if row.text else "")
    yield ""
    yield from words.basis
    yield words.counting


def _table(title: str, rows: Sequence[Row], more: str, joint: str) -> Iterator[str]:
    if rows:
        yield f"\n{title}\n     real  unclear     spam"
    for row in rows:
        text = f"  ({row.text})" if row.text else ""
        yield f"{row.real:9,}{row.unclear:9,}{row.spam:9,}  {row.name} {joint} {row.about}{text}"
    if more:
        yield f"{'':29}{more}"


def _pairs(words: Told) -> Iterator[str]:
    if words.pairs:
        yield "\nKeep writing to the same wrong address"
    for row in words.pairs:
        yield f"{row.real:9,}  {row.name} to {row.about}  ({row.text})"
    if words.more_pairs:
        yield f"{'':11}{words.more_pairs}"
