"""Own the command that investigates: what went where, since when, how sensitive, who is exposed.

Nothing is written to the installation's store, and no configuration is needed; where there is one, its
domains, policy, directory and limits count.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from missent.cli.opening import FOUND, ConfigOption, JsonOption, configuration, print_json, store_of
from missent.config import Config
from missent.errors import ConfigError, MalformedAddress, MissentError, OperatorError
from missent.judge.case import Organisation
from missent.judge.published import NOTHING, Published
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.plain import to_plain
from missent.service.investigation.sentences import sentence
from missent.service.ports import Extractor
from missent.service.safety.shelf import Shelf
from missent.system import SystemClock

if TYPE_CHECKING:
    from missent.engine.investigate import Wish
    from missent.engine.working import Engine
    from missent.service.investigation.incident import Incident

app = typer.Typer()
INTERRUPTED = 130
"""Exit code of a run that was interrupted, as shells have it."""


@app.command("investigate")
def investigate_command(
    sources: Annotated[
        list[Path],
        typer.Argument(help="Mail logs, message traces, archives, or folders of any of these."),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write the report to.")],
    ours: Annotated[
        list[str] | None,
        typer.Option("--ours", help="A domain that mail was meant for; may be repeated."),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to", help="A wrong domain you know already, or a suffix (.ml): count only these."
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", help="Count from this day on: 2025-02-03 (UTC).")
    ] = None,
    timezone: Annotated[
        str | None,
        typer.Option("--timezone", help="Of time stamps without one; else the configured one."),
    ] = None,
    with_names: Annotated[
        bool, typer.Option("--with-names", help="List the names of exposed people in the report.")
    ] = False,
    engine: Annotated[str, typer.Option("--engine", help="local, or spark.")] = "local",
    master: Annotated[
        str | None, typer.Option("--master", help="Spark's master, such as spark://host:7077.")
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option("--processes", min=1, help="Of the local engine; default: one a core."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Count what went to a wrong domain: report.html, report.json, deliveries.csv. Exits 1 if anything
    did.
    """
    _require()
    from missent.engine.incident import check

    check(out)
    found = configuration(config)
    wish = _wish(found, sources, ours or (), to or (), since, timezone, with_names=with_names)
    incident = _run(found, wish, out, _engine(engine, master, processes))
    if as_json:
        print_json(to_plain(incident))
    else:
        typer.echo(sentence(incident))
        typer.echo(f"report: {out / 'report.html'}")
    raise typer.Exit(FOUND if incident.misdirected else 0)


def _require() -> None:
    """Say what to install, before anything is read. Raises `OperatorError`."""
    for package in ("matplotlib", "pyarrow"):  # not loaded yet: they are large
        if package in sys.modules and sys.modules[package] is not None:
            continue
        if package in sys.modules or importlib.util.find_spec(package) is None:
            raise OperatorError(f"investigate needs {package}: pip install 'missent[scan]'")


def _run(config: Config, wish: Wish, out: Path, engine: Engine) -> Incident:
    from missent.engine.incident import write_report
    from missent.engine.investigate import investigate

    progress = Progress()
    try:
        with ExitStack() as stack:
            return investigate(
                wish,
                out,
                engine,
                lambda: _extractor(config, stack),
                progress,
                lambda incident: write_report(out, incident),
            )
    except KeyboardInterrupt:
        progress.end()
        typer.echo("missent: stopped; the same command goes on where it was", err=True)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        progress.end()


def _extractor(config: Config, stack: ExitStack) -> Extractor:
    """Open the reading of attachments, when there is a message to read."""
    from missent import wiring

    extractor = wiring.open_extractor(config)
    stack.callback(extractor.close)
    return extractor


def _wish(
    config: Config,
    sources: list[Path],
    ours: tuple[str, ...] | list[str],
    to: tuple[str, ...] | list[str],
    since: str | None,
    timezone: str | None,
    *,
    with_names: bool,
) -> Wish:
    from missent.engine.investigate import Wish

    own = tuple(_domain(text) for text in ours) or config.organisation.domains
    return Wish(
        sources=tuple(sources),
        now=SystemClock().now(),
        organisation=Organisation(config.organisation.name, own),
        policy=config.rules(),
        zone=_zone(timezone or config.organisation.timezone),
        named=tuple(map(_named, to)),
        since=_since(since),
        with_names=with_names,
        listed=_listed(config),
        published=_published(config),
    )


def _listed(config: Config) -> frozenset[Mailbox]:
    """Read the operator's directory: whom it lists was meant. Raises `OperatorError` if it cannot be."""
    if config.organisation.directory is None:
        return frozenset()
    from missent import wiring

    return frozenset(wiring.load_directory(config).mailboxes)


def _published(config: Config) -> Published:
    """Give what the installation's safety files say; no store is made, and none is waited for."""
    url = config.store.url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        return NOTHING
    try:
        with store_of(config) as store:
            return Shelf(store, config.organisation.domains, SystemClock()).now()
    except MissentError as error:
        typer.echo(f"missent: safety files are not read: {error}", err=True)
        return NOTHING


def _domain(text: str) -> DomainName:
    try:
        return DomainName.parse(text)
    except MalformedAddress as error:
        raise typer.BadParameter(f"{text!r}: {error}") from None


def _named(text: str) -> str:
    """Read a wrong domain, or a suffix with its dot, into the form that a scan looks for."""
    if text.startswith("."):
        return "." + _domain(f"x{text}").ascii.removeprefix("x.")
    return "@" + _domain(text.removeprefix("@")).ascii


def _since(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; expected 2025-02-03") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ConfigError(
            f"{name!r} is no time zone; expected a name such as Europe/London"
        ) from None


def _engine(name: str, master: str | None, processes: int | None) -> Engine:
    from missent.engine.local import LocalEngine, processors

    if name == "local":
        if master is not None:
            raise typer.BadParameter("--master goes with --engine spark")
        return LocalEngine(processes or processors())
    if name == "spark":
        from missent.engine.spark import SparkEngine

        return SparkEngine(master)
    raise typer.BadParameter(f"{name!r} is no engine; expected local or spark")


class Progress:
    """A bar on stderr with rate and time left, only on a terminal."""

    _EVERY = 0.1
    _WIDTH = 30

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._stage, self._since, self._before, self._last = "", 0.0, 0, 0.0

    def __call__(self, stage: str, done: int, whole: int) -> None:
        """Show how far a stage is; what was done by an earlier run counts for no rate."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._since, self._before, self._last = stage, now, done, 0.0
        if not self._shown or (now - self._last < self._EVERY and done < whole):
            return
        self._last = now
        share = min(1.0, done / whole) if whole else 1.0
        bar = "#" * round(self._WIDTH * share)
        rate = (done - self._before) / (now - self._since) if now > self._since else 0.0
        text = f"{stage:9} [{bar:{self._WIDTH}}] {share:4.0%}"
        if rate > 0:
            text += f"  {rate / 1e6:,.1f} MB/s, {_span((whole - done) / rate)} left"
        typer.echo(f"\r\x1b[K{text}", nl=False, err=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._shown:
            typer.echo("\r\x1b[K", nl=False, err=True)


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min"
        if hours
        else f"{minutes} min {rest} s"
        if minutes
        else f"{rest} s"
    )
