"""Own the command that exposes: which look-alikes could receive our mail, how much, who controls them.

Nothing is asked of anybody without ``--look-up``. Each run is kept, so that the next one can be compared
with it; what was decided about a name before stands, and goes into plan and exports.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from missent.cli.opening import ConfigOption, JsonOption, actor, configuration, print_json, store_of
from missent.config import Config
from missent.engine.exposed import check, write
from missent.errors import ConfigError, MalformedAddress, OperatorError
from missent.lookalike.generate import LIMIT
from missent.mail.domain import DomainName
from missent.service.exposure.comparison import compare, text
from missent.service.exposure.exposure import Exposure, Standing
from missent.service.exposure.jurisdictions import Jurisdiction, read_jurisdictions
from missent.service.exposure.plain import about, to_plain
from missent.service.exposure.portfolio import Portfolio, our_name, read_portfolio
from missent.service.exposure.ranking import Wish, rank, to_look_up
from missent.service.exposure.telling import lines
from missent.service.exposure.traffic import Traffic
from missent.service.ports import NewEvent
from missent.system import SystemClock

if TYPE_CHECKING:
    from missent.store.store import SqlStore

app = typer.Typer()
_LISTS = frozenset({".csv", ".txt", ".tsv"})
"""No registry has names that end so: a list that is not there."""
_ROWS = 300_000
"""Look-alikes of one run: some ten kilobytes of memory each."""
LOOKED_UP = 300
"""Registrable names that one run asks about: at five questions a second, some minutes."""


NamesArgument = Annotated[
    list[str], typer.Argument(metavar="DOMAIN...", help="Our domains, or files that list them.")
]
LogOption = Annotated[
    list[Path] | None,
    typer.Option("--log", help="A mail log or message trace of ours, to calibrate by."),
]
JurisdictionsOption = Annotated[
    Path | None,
    typer.Option("--jurisdictions", help="Your own words and weights for countries."),
]
LookUpOption = Annotated[
    bool,
    typer.Option("--look-up", help="Ask resolver and registry, as [look_up] says; else no one."),
]
LimitOption = Annotated[
    int, typer.Option("--limit", min=1, max=5000, help="Look-alikes of each domain.")
]
BudgetOption = Annotated[
    int, typer.Option("--budget", min=0, help="Registrations the plan may count on.")
]
ClosedOption = Annotated[
    bool, typer.Option("--closed", help="List names under closed registries, too.")
]
OutOption = Annotated[
    Path | None, typer.Option("--out", help="Folder for plan, policy, maps, zone and tables.")
]
KeepOption = Annotated[
    bool, typer.Option("--keep/--no-keep", help="Keep the run for the next comparison.")
]


@app.command("expose")
def expose_command(
    names: NamesArgument,
    log: LogOption = None,
    jurisdictions: JurisdictionsOption = None,
    look_up: LookUpOption = False,
    limit: LimitOption = LIMIT,
    budget: BudgetOption = 10,
    closed: ClosedOption = False,
    out: OutOption = None,
    keep: KeepOption = True,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rank the look-alikes of our domains by the mail that a slip would send there."""
    found, now = configuration(config), SystemClock().now()
    if out is not None:
        check(out)
    wish = _wish(names, limit, jurisdictions, closed=closed)
    traffic = _traffic(found, log or (), wish, now)
    wish = replace(wish, ours=found.organisation.domains, traffic=traffic)
    _check_volumes(wish)
    with store_of(found) as store:
        wish = replace(wish, standings=_standings(found, store, wish, now, ask=look_up))
        with _undisturbed():
            exposure = rank(wish, now)
        before = latest(store, exposure.names)
        if keep:
            event = NewEvent("exposure.run", "", actor().name, now, {"names": len(wish.names)})
            exposure = replace(exposure, run_id=store.keep_run(exposure, event))
        if out is not None:
            write(out, exposure, store.reviews(), budget)
    _answer(exposure, before, out, as_json=as_json)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no collector of cycles visit rows that have none: it takes a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _answer(
    exposure: Exposure, before: Exposure | None, out: Path | None, *, as_json: bool
) -> None:
    if as_json:
        print_json(to_plain(exposure))
        return
    for line in lines(exposure):
        typer.echo(line)
    if before is not None and (changes := compare(before, exposure)):
        typer.echo(f"\nsince the run of {before.at:%Y-%m-%d %H:%M} UTC:")
        typer.echo(text(changes).rstrip())
    if out is not None:
        typer.echo(f"\nplan and files: {out}")


def latest(store: SqlStore, names: Sequence[DomainName]) -> Exposure | None:
    """Give the newest run about exactly these names."""
    same = (run_id for run_id, _ in store.runs() if run_id.endswith(about(names)))
    return next((run for run in map(store.run, same) if run is not None), None)


# --- what is wished ------------------------------------------------------------------------------


def _wish(names: Sequence[str], limit: int, jurisdictions: Path | None, *, closed: bool) -> Wish:
    found = [_named(name) for name in names]
    ours = tuple(dict.fromkeys(name for one in found for name in one.names))
    volumes = _volumes(found)
    if len(ours) * limit > _ROWS:
        raise ConfigError(
            f"{len(ours):,} names with {limit:,} look-alikes each are too many together: "
            f"--limit {_ROWS // len(ours)}, or fewer names at a time"
        )
    return Wish(
        names=ours,
        volumes=volumes,
        traffic=None,
        standings={},
        jurisdictions=_jurisdictions(jurisdictions),
        limit=limit,
        closed=closed,
    )


def _named(name: str) -> Portfolio:
    """Read one argument: the name of a file if there is one, else a domain."""
    path = Path(name)
    if _is_file(path):
        return read_portfolio(_text(path), str(path))
    if path.suffix.lower() in _LISTS:
        raise OperatorError(f"{name!r}: no such file")
    try:
        return Portfolio((our_name(name),), {})
    except (ValueError, MalformedAddress) as error:
        raise typer.BadParameter(f"{name!r} is no domain ({error}) and no file") from None


def _is_file(path: Path) -> bool:
    """Tell whether there is a file, or a pipe; a name that no file could have is none."""
    try:
        return path.is_file() or path.is_fifo()
    except OSError:
        return False


def _volumes(found: Sequence[Portfolio]) -> Mapping[DomainName, float]:
    """Put together what several files say of each name's mail. Raises `ConfigError` if they differ."""
    volumes: dict[DomainName, float] = {}
    for name, volume in (pair for one in found for pair in one.volumes.items()):
        if volumes.setdefault(name, volume) != volume:
            raise ConfigError(f"{name.ascii}: two files differ in its messages a year")
    return volumes


def _check_volumes(wish: Wish) -> None:
    """Raise `ConfigError` where a year's messages would be added to parts of a million."""
    without = [name.ascii for name in wish.names if name not in wish.volumes]
    if wish.volumes and without and wish.traffic is None:
        raise ConfigError(
            f"{without[0]}: no messages a year; give every name its number, or none, or a --log"
        )


def _jurisdictions(path: Path | None) -> Mapping[str, Jurisdiction]:
    return {} if path is None else read_jurisdictions(_text(path), str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise OperatorError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeError:
        raise OperatorError(f"{path}: not UTF-8 text") from None


def _traffic(config: Config, paths: Sequence[Path], wish: Wish, now: datetime) -> Traffic | None:
    if not paths:
        return None
    from missent.engine.traffic import read_traffic

    zone = ZoneInfo(config.organisation.timezone)
    return read_traffic(paths, wish.names, now=now, zone=zone)


def _standings(
    config: Config, store: SqlStore, wish: Wish, now: datetime, *, ask: bool
) -> Mapping[DomainName, Standing]:
    """Give what was looked up before, and if wished what is asked now: the likeliest not asked yet."""
    known = store.known_standings(now - config.look_up.keep)
    if not ask:
        return known
    from missent.net.standings import look_ups

    resolver = look_ups(config.look_up, store, SystemClock(), _progress)
    resolver.believe(wish.names)
    found = resolver.standings(to_look_up(replace(wish, standings=known), LOOKED_UP))
    if silent := sum(one.at is None for one in found.values()):
        told = f"of {len(found):,} names asked about, nobody answered for {silent:,}"
        typer.echo(f"missent: {told}; ask again later, or see [look_up]", err=True)
    return {**known, **found}


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        end = "\r\x1b[K" if done >= of else ""
        typer.echo(f"\r\x1b[Kasked about {done:,} of {of:,} names{end}", nl=False, err=True)
