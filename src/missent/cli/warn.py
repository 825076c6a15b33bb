"""Own the command that tells senders of their misdirected mail: a dry run first, then one letter each.

Nothing is sent and nothing written without ``--send``. Who was told is written down after each letter,
before the next, so that a run that was broken off is taken up where it ended and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from missent.cli.evaluation import OursOption, Progress, own_domains
from missent.cli.mailing import Letter
from missent.cli.opening import (
    WRONG,
    ConfigOption,
    JsonOption,
    address,
    configuration,
    print_json,
    relay_of,
)
from missent.cli.told import Told, read_json
from missent.config import Config
from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line
from missent.net.relay import SmtpRelay
from missent.service.investigation.letters import Letters
from missent.service.investigation.sentences import counted
from missent.service.investigation.warning import SenderWarning, Sorted, read_warnings, sort_out
from missent.service.stationery import Letterhead
from missent.service.wording import screen
from missent.system import SystemClock

app = typer.Typer()

REPORT, WARNED = "report.json", "warned.json"


@dataclass
class _Letter(Letter):
    """One letter to a sender."""

    warning: SenderWarning = field(kw_only=True)


@app.command("warn")
def warn_command(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="What `missent investigate` wrote.")
    ],
    send: Annotated[
        bool, typer.Option("--send", help="Send the letters; without it, only show them.")
    ] = False,
    only: Annotated[
        str | None, typer.Option("--only", metavar="ADDRESS", help="Tell this sender alone.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Tell those, too, who were told before.")
    ] = False,
    contact: Annotated[
        str | None,
        typer.Option(
            "--contact",
            metavar="ADDRESS",
            help="Who reads the answers, as the data-protection officer; else the operator.",
        ),
    ] = None,
    ours: OursOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell the senders of misdirected mail; a dry run without --send."""
    found = _with_domains(configuration(config), ours)
    people = found.people()
    relay = relay_of(found) if send else None
    report = directory / REPORT
    warnings = read_warnings(read_json(report, "a report of `missent investigate`"), str(report))
    told = Told(directory / WARNED)
    if only is not None:
        warnings = _only(warnings, address(only))
    whom = sort_out(warnings, found.organisation.domains, people.owners)
    now = SystemClock().now()
    head = Letterhead(
        found.organisation.name,
        people.operator,
        address(contact) if contact else people.operator,
        found.organisation.timezone,
    )
    letters = _write(whom, Letters(head), {} if again else told.when, now)
    if relay is not None:
        _send(letters, relay, told, now)
    _answer(letters, whom, sent=send, as_json=as_json)
    if any(letter.state == "failed" for letter in letters):
        raise typer.Exit(WRONG)


# --- set-up --------------------------------------------------------------------------------------


def _with_domains(config: Config, ours: list[str] | None) -> Config:
    """Let ``--ours`` stand for what the configuration says, as in the other commands."""
    organisation = config.organisation.model_copy(update={"domains": own_domains(config, ours)})
    return config.model_copy(update={"organisation": organisation})


def _only(warnings: tuple[SenderWarning, ...], sender: Mailbox) -> tuple[SenderWarning, ...]:
    chosen = tuple(one for one in warnings if one.sender == sender)
    if not chosen:
        raise typer.BadParameter(f"{screen(sender)} has nothing to be told in this report")
    return chosen


# --- letters -------------------------------------------------------------------------------------


def _write(
    whom: Sorted, letters: Letters, told: Mapping[str, str], now: datetime
) -> tuple[_Letter, ...]:
    return tuple(
        _Letter(
            reader,
            letters.letter(warning, reader, now),
            "told before" if _folded(warning) in told else "would be sent",
            one_line(told.get(_folded(warning), "")),
            warning=warning,
        )
        for warning, reader in whom.letters
    )


def _folded(warning: SenderWarning) -> str:
    return warning.sender.folded if warning.sender else ""


def _send(letters: tuple[_Letter, ...], relay: SmtpRelay, told: Told, now: datetime) -> None:
    """Hand each over and write it down; a letter that fails does not keep the next one back."""
    told.check()
    progress = Progress()
    for number, letter in enumerate(letters):
        progress("letters", number, len(letters))
        if letter.state == "told before" or letter.warning.sender is None:
            continue
        if letter.send(relay, "warn", now):
            told.add(letter.warning.sender, now)
    progress.end()


# --- the answer ----------------------------------------------------------------------------------


def _answer(letters: tuple[_Letter, ...], whom: Sorted, *, sent: bool, as_json: bool) -> None:
    if as_json:
        print_json(_plain(letters, whom, sent=sent))
        return
    if not sent:
        typer.echo("Dry run: nothing is sent without --send.\n")
    for letter in letters:
        typer.echo(_line(letter))
    for warning, why in whom.listed:
        sender = screen(warning.sender) if warning.sender else "<>"
        typer.echo(f"{'not written to':14} {sender}  {_extent(warning)}; {why.value}")
    states = [letter.state for letter in letters]
    counts = [f"{states.count(state)} {state}" for state in dict.fromkeys(states)]
    if whom.listed:
        counts.append(f"{len(whom.listed)} not written to")
    typer.echo(f"\nLetters: {', '.join(counts) or 'none'}.")
    first = next((letter for letter in letters if letter.state == "would be sent"), None)
    if first is not None:
        typer.echo(f"\nThe first letter, in full:\n\n{first.shown}", nl=False)


def _line(letter: _Letter) -> str:
    sender = letter.warning.sender
    about = f" (about {screen(sender)})" if sender and sender != letter.reader else ""
    text = f"{letter.state:14} {screen(letter.reader)}{about}  {_extent(letter.warning)}"
    return f"{text}; {letter.answer}" if letter.answer else text


def _extent(warning: SenderWarning) -> str:
    rows = len(warning.rows)
    return f"{counted(warning.messages, 'message')} to {counted(rows, 'wrong address', 'wrong addresses')}"


def _plain(letters: tuple[_Letter, ...], whom: Sorted, *, sent: bool) -> dict[str, Any]:
    return {
        "sent": sent,
        "letters": [
            {
                "to": letter.reader.wire,
                "sender": letter.warning.sender.wire if letter.warning.sender else None,
                "messages": letter.warning.messages,
                "addresses": len(letter.warning.rows),
                "message_id": letter.message_id,
                "state": letter.state,
                "answer": letter.answer or None,
            }
            for letter in letters
        ],
        "not_written_to": [
            {
                "sender": warning.sender.wire if warning.sender else None,
                "messages": warning.messages,
                "addresses": len(warning.rows),
                "why": why.value,
            }
            for warning, why in whom.listed
        ],
        "first_letter": letters[0].text if letters and not sent else None,
    }
