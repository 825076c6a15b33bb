"""Own the command that tells postmasters whose senders keep writing to a typo domain.

Nothing is sent without ``--send``. Who was told is written down after each letter, before the next, so
that a run that was broken off is taken up where it ended and nobody is told twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from missent.cli.mailing import Letter
from missent.cli.opening import (
    WRONG,
    ConfigOption,
    JsonOption,
    actor,
    configuration_of,
    print_json,
    relay_of,
    store_of,
)
from missent.config import Config
from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.net.relay import SmtpRelay
from missent.service.collection.collection import PERSISTENT
from missent.service.collection.postmaster import Chosen, Notice, PostmasterLetters, choose
from missent.service.collection.report import ORGANISATIONS, PAIRS
from missent.service.collection.telling import name_of
from missent.service.investigation.sentences import counted, shown
from missent.service.ports import NewEvent
from missent.system import SystemClock

if TYPE_CHECKING:
    from missent.store.store import SqlStore

app = typer.Typer()


@app.command("warn")
def warn_command(
    context: typer.Context,
    send: Annotated[
        bool, typer.Option("--send", help="Send the letters; without it, only show them.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="DOMAIN", help="Write to this organisation alone."),
    ] = None,
    skip: Annotated[
        list[str] | None,
        typer.Option("--skip", metavar="DOMAIN", help="Do not write to this organisation."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tell postmasters whose senders keep writing to a typo domain; a dry run without --send."""
    found = configuration_of(context, config)
    head = found.letterhead()
    relay = relay_of(found) if send else None
    now = SystemClock().now()
    with store_of(found) as store:
        chosen = _choose(store, found, now)
        wanted = _wanted(chosen, only, skip)
        collected = found.basis().collects or bool(store.items(limit=1))
        writer = PostmasterLetters(head, collects=collected)
        letters = [
            _Letter(notice.reader, writer.letter(notice, now), notice=notice) for notice in wanted
        ]
        if relay is not None:
            _send(letters, relay, store, now)
    _answer(letters, chosen, sent=send, as_json=as_json)
    if any(letter.state == "failed" for letter in letters):
        raise typer.Exit(WRONG)


# --- the letters ---------------------------------------------------------------------------------


@dataclass
class _Letter(Letter):
    """One letter to a postmaster."""

    notice: Notice = field(kw_only=True)


def _choose(store: SqlStore, config: Config, now: datetime) -> Chosen:
    pairs = store.pairs(min_hits=PERSISTENT, limit=PAIRS)
    records = {one.organisation: one for one in store.organisations(ORGANISATIONS)}
    typed = {pair.typed.domain.owner for pair in pairs}
    typed |= {name.lstrip(".") for name, _ in config.basis().domains}
    domains = [DomainName.parse(name) for name in sorted(typed)]
    return choose(pairs, records, domains, now, checked=config.basis().look_ups)


def _wanted(
    chosen: Chosen, only: Sequence[str] | None, skip: Sequence[str] | None
) -> tuple[Notice, ...]:
    names, others = _names(only or ()), _names(skip or ())
    known = {notice.organisation for notice in chosen.notices}
    for name in names - known:
        raise typer.BadParameter(f"{shown(name)} has no letter to get")
    return tuple(
        notice
        for notice in chosen.notices
        if notice.organisation not in others and (not names or notice.organisation in names)
    )


def _names(texts: Sequence[str]) -> set[DomainName]:
    try:
        return {DomainName.parse(text) for text in texts}
    except MalformedAddress as error:
        raise typer.BadParameter(str(error)) from None


def _send(letters: Sequence[_Letter], relay: SmtpRelay, store: SqlStore, now: datetime) -> None:
    """Hand each over and write it down; a letter that fails does not keep the next one back."""
    who = actor()
    for letter in letters:
        notice = letter.notice
        if letter.send(relay, "collect warn", now):
            detail = {"pairs": len(notice.pairs), "messages": notice.hits}
            event = NewEvent("collection.told", notice.organisation.ascii, who.name, now, detail)
            store.told(notice.pairs, now, event)


def _answer(letters: Sequence[_Letter], chosen: Chosen, *, sent: bool, as_json: bool) -> None:
    if as_json:
        print_json(_plain(letters, chosen, sent=sent))
        return
    if not sent:
        typer.echo("Dry run: nothing is sent without --send.\n")
    for letter in letters:
        extent = f"{counted(len(letter.notice.pairs), 'stored address', 'stored addresses')}"
        line = f"{letter.state:14} postmaster@{shown(letter.notice.organisation)}  {extent}"
        typer.echo(f"{line}; {letter.answer}" if letter.answer else line)
    for name, number, why in chosen.left:
        extent = counted(number, "stored address", "stored addresses")
        typer.echo(f"{'not written to':14} {name_of(name) or '<>'}  {extent}; {why.value}")
    typer.echo(f"\nLetters: {len(letters)}; not written to: {len(chosen.left)}.")
    if letters and not sent:
        typer.echo(f"\nThe first letter, in full:\n\n{letters[0].shown}", nl=False)


def _plain(letters: Sequence[_Letter], chosen: Chosen, *, sent: bool) -> dict[str, Any]:
    return {
        "sent": sent,
        "letters": [
            {
                "to": letter.reader.wire,
                "organisation": letter.notice.organisation.ascii,
                "pairs": len(letter.notice.pairs),
                "messages": letter.notice.hits,
                "message_id": letter.message_id,
                "state": letter.state,
                "answer": letter.answer or None,
            }
            for letter in letters
        ],
        "not_written_to": [
            {"organisation": name or None, "pairs": number, "why": why.value}
            for name, number, why in chosen.left
        ],
        "first_letter": letters[0].text if letters and not sent else None,
    }
