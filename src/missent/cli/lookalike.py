"""Own the commands about look-alikes that were found: show a run, compare two, decide about a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from missent.cli.opening import ConfigOption, JsonOption, actor, configuration, print_json, store_of
from missent.errors import MalformedAddress, OperatorError
from missent.judge.plain import time_to_plain
from missent.mail.domain import DomainName
from missent.service.exposure import comparison
from missent.service.exposure.exposure import NOTE, Exposure, Review, State
from missent.service.exposure.plain import about, to_plain
from missent.service.exposure.telling import lines
from missent.service.ports import NewEvent
from missent.system import SystemClock

if TYPE_CHECKING:
    from missent.store.store import SqlStore

app = typer.Typer(no_args_is_help=True, help="Look-alikes that `missent expose` found.")


@app.command("show")
def show_command(
    run: Annotated[str | None, typer.Argument(help="A run; else the newest.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run, and what was decided about its names."""
    with store_of(configuration(config)) as store:
        exposure, reviews = _run(store, run), store.reviews()
        runs = store.runs()
    if as_json:
        decided = [_plain(review) for review in reviews.values()]
        known = [{"run_id": run_id, "at": time_to_plain(at)} for run_id, at in runs]
        print_json(to_plain(exposure) | {"reviews": decided, "runs": known})
        return
    typer.echo(f"run {exposure.run_id}, {len(runs)} kept")
    for line in lines(exposure):
        typer.echo(line)
    for review in reviews.values():
        note = f": {review.note}" if review.note else ""
        typer.echo(f"{review.domain.screen} {review.state.value} by {review.actor}{note}")


@app.command("diff")
def diff_command(
    before: Annotated[
        str | None, typer.Argument(help="The earlier run; else the last but one.")
    ] = None,
    after: Annotated[str | None, typer.Argument(help="The later run; else the newest.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: names that came, went, or changed hands."""
    with store_of(configuration(config)) as store:
        late = _run(store, after)
        early = _run(store, before) if before else _earlier(store, late)
    changes = comparison.compare(early, late)
    if as_json:
        ends = {"before": early.run_id, "after": late.run_id}
        print_json(ends | comparison.to_plain(changes))
    else:
        typer.echo(comparison.text(changes).rstrip() or "nothing has changed")


@app.command("review")
def review_command(
    name: Annotated[str, typer.Argument(help="A look-alike.")],
    state: Annotated[State, typer.Argument(help="What you decided.")],
    note: Annotated[str, typer.Option("--note", help="Why, for those who come after you.")] = "",
    config: ConfigOption = None,
) -> None:
    """Note what was decided about a name; plan, exports and page follow it. Audited."""
    try:
        domain = DomainName.parse(name)
    except MalformedAddress as error:
        raise typer.BadParameter(f"{name!r}: {error}") from None
    if domain.registrable is None:
        raise typer.BadParameter(
            f"{domain.ascii} is nobody's own name, but all names below it: decide about each of them"
        )
    if len(note) > NOTE or not note.isprintable():
        raise typer.BadParameter(f"--note: one line of at most {NOTE} characters")
    who, now = actor().name, SystemClock().now()
    with store_of(configuration(config)) as store:
        store.review(
            Review(domain, state, note, who, now),
            NewEvent("exposure.reviewed", domain.ascii, who, now, {"state": state.value}),
        )
    typer.echo(f"{domain.screen}: {state.value}")


def _run(store: SqlStore, run_id: str | None) -> Exposure:
    runs = store.runs(1)
    if run_id is None and not runs:
        raise OperatorError("no run is kept yet: `missent expose DOMAIN` makes one")
    found = store.run(run_id or runs[0][0])
    if found is None:
        raise OperatorError(f"{run_id}: no such run; `missent lookalike show --json` lists them")
    return found


def _earlier(store: SqlStore, late: Exposure) -> Exposure:
    """Give the newest run before `late` about the same names."""
    for run_id, at in store.runs():
        if at < late.at and run_id.endswith(about(late.names)):
            found = store.run(run_id)
            if found is not None:
                return found
    raise OperatorError("there is no earlier run about the same names to compare with")


def _plain(review: Review) -> dict[str, str]:
    return {
        "domain": review.domain.ascii,
        "state": review.state.value,
        "note": review.note,
        "actor": review.actor,
        "at": time_to_plain(review.at),
    }
