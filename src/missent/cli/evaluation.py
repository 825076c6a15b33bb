"""Own the commands that replay an archive: evaluate, and tune.

Nothing is written to the installation's store: what a replay learns lives as long as the replay.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from missent.cli.opening import FOUND, ConfigOption, JsonOption, configuration, print_json
from missent.config import Config
from missent.engine.letters import Letters, read_letters
from missent.engine.report import check, write_report
from missent.engine.sources import ArchiveSource, open_source
from missent.errors import ArchiveError, ConfigError
from missent.judge.case import Organisation
from missent.mail.domain import DomainName
from missent.service.evaluation import fragment
from missent.service.evaluation.evaluation import Evaluation, Setting, evaluate
from missent.service.evaluation.labels import Labels, read_labels
from missent.service.evaluation.plain import to_plain
from missent.service.evaluation.table import lines
from missent.service.evaluation.tuning import FALSE_HOLDS, WARNINGS, Target, tune
from missent.system import SystemClock

app = typer.Typer()

ArchiveArgument = Annotated[
    list[Path], typer.Argument(help="mbox, Maildir, EML or Parquet; several are one archive.")
]
OursOption = Annotated[
    list[str] | None, typer.Option("--ours", help="A domain of ours; may be repeated.")
]
HistoryOption = Annotated[
    list[Path] | None,
    typer.Option("--history", help="An earlier archive, learned and not judged; may be repeated."),
]
LabelsOption = Annotated[
    Path | None, typer.Option("--labels", help="CSV typed,meant: the known mistyped domains.")
]


@app.command("evaluate")
def evaluate_command(
    archive: ArchiveArgument,
    history: HistoryOption = None,
    labels: LabelsOption = None,
    ours: OursOption = None,
    persons: Annotated[
        bool, typer.Option("--persons/--no-persons", help="Measure wrong persons, too.")
    ] = True,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write a Markdown page with plots here, too.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Replay an archive in time order: how much is caught, at how many interruptions."""
    found = configuration(config)
    setting = _setting(found, ours, labels, persons=persons)
    if report is not None:
        check(report)
    measured = _measure(archive, history or [], setting)
    if report is not None:
        write_report(report, measured, setting)
    if as_json:
        print_json(to_plain(measured))
    else:
        for line in lines(measured):
            typer.echo(line)


@app.command("tune")
def tune_command(
    archive: ArchiveArgument,
    false_holds: Annotated[
        float,
        typer.Option(
            "--false-holds", min=0.0, max=0.1, help="Share of outgoing messages held for nothing."
        ),
    ] = FALSE_HOLDS,
    warnings: Annotated[
        float, typer.Option("--warnings", min=0.0, max=0.1, help="Share that is warned of.")
    ] = WARNINGS,
    history: HistoryOption = None,
    labels: LabelsOption = None,
    ours: OursOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find thresholds that keep an interruption budget on your own archive; prints a policy fragment."""
    setting = _setting(configuration(config), ours, labels, persons=False)
    letters, earlier = _read_both(archive, history or [])
    progress = Progress()
    target = Target(false_holds, warnings)
    tuning = tune(letters.letters, setting, target, earlier.letters, progress)
    progress.end()
    if as_json:
        print_json(fragment.to_plain(tuning))
    else:
        for line in fragment.lines(tuning):
            typer.echo(line)
    if not tuning.kept:
        raise typer.Exit(FOUND)


def _read_both(archive: list[Path], history: list[Path]) -> tuple[Letters, Letters]:
    letters, earlier = read(archive), read(history)
    for name, count in sorted(letters.skipped.items()):
        typer.echo(f"left out: {count} {name}", err=True)
    return letters, earlier


def _measure(archive: list[Path], history: list[Path], setting: Setting) -> Evaluation:
    letters, earlier = _read_both(archive, history)
    progress = Progress()
    measured = evaluate(letters.letters, setting, earlier.letters, progress)
    progress.end()
    return measured


def _setting(
    config: Config, ours: list[str] | None, labels: Path | None, *, persons: bool
) -> Setting:
    inbound = config.inbound
    return Setting(
        Organisation(config.organisation.name, own_domains(config, ours)),
        config.rules(),
        _labels(labels),
        inbound.authserv_ids if inbound else (),
        persons=persons,
    )


def own_domains(config: Config, ours: list[str] | None) -> tuple[DomainName, ...]:
    """Give whose mail it is. Raises `ConfigError` if nobody said."""
    own = tuple(DomainName.parse(text) for text in ours or ()) or config.organisation.domains
    if not own:
        raise ConfigError("whose mail is it? name your domains with --ours, or in [organisation]")
    return own


def read(paths: list[Path]) -> Letters:
    """Read archives as one. Raises `ArchiveError`; a log has no messages to replay."""
    now = SystemClock().now()
    sources = [open_source(path, now=now) for path in paths]
    for source in sources:
        if not isinstance(source, ArchiveSource):
            raise ArchiveError(f"{source.path}: a log has no messages; expected an archive of mail")
    return read_letters([s for s in sources if isinstance(s, ArchiveSource)], now)


def _labels(path: Path | None) -> Labels:
    if path is None:
        return Labels()
    try:
        return read_labels(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}") from None
    except UnicodeError:
        raise ArchiveError(f"{path}: expected text in UTF-8") from None


class Progress:
    """One line on stderr, only on a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._stage, self._since = "", 0.0

    def __call__(self, stage: str, done: int, whole: int) -> None:
        """Show how far a stage is, and how long the rest will take."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._since = stage, now
        if not self._shown:
            return
        left = (now - self._since) * (whole - done) / done if done else 0.0
        text = f"{stage}: {done} of {whole}" + (f", about {left:.0f} s left" if done else "")
        typer.echo(f"\r\x1b[K{text}", nl=False, err=True)

    def end(self) -> None:
        """Take the line away."""
        if self._shown:
            typer.echo("\r\x1b[K", nl=False, err=True)
