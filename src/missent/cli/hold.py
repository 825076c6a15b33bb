"""Own ``missent hold``: list, show and decide, for those who look after held mail."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missent.cli.opening import (
    FOUND,
    ConfigOption,
    JsonOption,
    actor,
    address,
    installation_of,
    print_json,
    published,
    show_verdict,
)
from missent.errors import AnswerRefused, StillHeld, UnknownHold
from missent.judge.hold import Answer, Choice, Hold
from missent.judge.plain import hold_to_plain

if TYPE_CHECKING:
    from missent.wiring import Installation

app = typer.Typer(no_args_is_help=True, help="Held messages: list, show and decide.")


@app.command("list")
def hold_list(
    everything: Annotated[bool, typer.Option("--all", help="Decided ones, too.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the messages that wait for a decision."""
    with installation_of(config) as installation:
        holds = installation.store.holds(open_only=not everything)
    if as_json:
        print_json({"holds": [published(hold_to_plain(hold)) for hold in holds]})
        return
    for hold in holds:
        _show_hold(hold)
    if not holds:
        typer.echo("nothing is held")


def _show_hold(hold: Hold) -> None:
    sender = hold.envelope.sender.screen if hold.envelope.sender else "<>"
    typer.echo(f"{hold.hold_id}  {hold.held_at:%Y-%m-%d %H:%M} UTC  from {sender}")
    for held in hold.recipients:
        fix = f" -> {held.corrected_to.screen}" if held.corrected_to else ""
        typer.echo(f"    {held.state.value:10} {held.mailbox.screen}{fix}")


@app.command("show")
def hold_show(hold: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one held message and the link to its page."""
    with installation_of(config) as installation:
        found = _found(installation, hold)
        url = f"{installation.config.web.base_url}/h/{installation.answers.page_token(found)}"
    if as_json:
        print_json({**published(hold_to_plain(found)), "url": url})
        return
    _show_hold(found)
    for held in found.recipients:
        show_verdict(held.verdict)
    typer.echo(f"page: {url}")


def _found(installation: Installation, hold_id: str) -> Hold:
    hold = installation.store.get(hold_id)
    if hold is None or hold.prepared:
        raise UnknownHold(f"no held message is called {hold_id!r}; `missent hold list` names them")
    return hold


@app.command("confirm")
def hold_confirm(
    hold: str, recipient: str, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Send to this recipient as typed."""
    _decide(config, hold, recipient, Choice.CONFIRM, as_json=as_json)


@app.command("cancel")
def hold_cancel(
    hold: str, recipient: str, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Do not send to this recipient."""
    _decide(config, hold, recipient, Choice.CANCEL, as_json=as_json)


@app.command("correct")
def hold_correct(
    hold: str, recipient: str, new: str, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Send to another address instead; it is judged first."""
    _decide(config, hold, recipient, Choice.CORRECT, new, as_json=as_json)


@app.command("retry")
def hold_retry(hold: str, recipient: str, config: ConfigOption = None) -> None:
    """Try a release once more that the next hop had refused."""
    with installation_of(config) as installation:
        found = _found(installation, hold)
        installation.answers.retry(found.hold_id, address(recipient), actor())
    typer.echo("it will be tried again")


@app.command("keep")
def hold_keep(
    hold: str,
    off: Annotated[bool, typer.Option("--off", help="Allow destruction again.")] = False,
    config: ConfigOption = None,
) -> None:
    """Put a message under legal hold: nothing of it is destroyed until this is taken off."""
    with installation_of(config) as installation:
        found = _found(installation, hold)
        installation.answers.keep(found.hold_id, not off, actor())
    typer.echo("its bytes may be destroyed again" if off else "nothing of it will be destroyed")


def _decide(
    path: Path | None,
    hold_id: str,
    recipient: str,
    choice: Choice,
    new: str | None = None,
    *,
    as_json: bool,
) -> None:
    mailbox = address(recipient)
    corrected = address(new) if new is not None else None
    with installation_of(path) as installation:
        found = _found(installation, hold_id)
        if found.recipient(mailbox) is None:
            raise UnknownHold(f"{mailbox.screen} is not held in {hold_id}")
        at = installation.place.clock.now()
        answer = Answer(hold_id, mailbox, choice, actor(), at, corrected)
        try:
            after = installation.answers.give(answer)
        except StillHeld as refused:
            typer.echo(
                f"missent: {refused.because}; give the same correction again to insist", err=True
            )
            raise typer.Exit(FOUND) from None
        except AnswerRefused as refused:
            typer.echo(f"missent: {refused if str(refused) else refused.public}", err=True)
            raise typer.Exit(FOUND) from None
    if as_json:
        print_json(published(hold_to_plain(after)))
    else:
        _show_hold(after)
