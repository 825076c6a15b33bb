"""Own the command line: what each command takes, prints and exits with.

Exit codes: 0 fine, 1 found something (held, blocked, misdirected), 2 wrong use or broken set-up.
Answers go to standard output, as text or with ``--json``; everything else to standard error.
"""

from __future__ import annotations

import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from missent import daemon, doctor, wiring
from missent.config import Config, find
from missent.demo import play
from missent.engine.sources import ArchiveSource, LogSource, open_source
from missent.errors import (
    AnswerRefused,
    ConfigError,
    MalformedAddress,
    MissentError,
    StillHeld,
    UnknownHold,
)
from missent.journal import set_up_logging
from missent.judge.audit import AuditEvent, first_break
from missent.judge.case import Organisation
from missent.judge.hold import Actor, Answer, Choice, Hold
from missent.judge.plain import hold_to_plain, time_to_plain, verdict_to_plain
from missent.judge.verdict import Action, Verdict
from missent.mail.archived import ArchivedMessage
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import parse
from missent.reference import configuration_page
from missent.service.learning import Learning, LearnReport
from missent.service.settings import Mode
from missent.web.keys import new_key

FOUND = 1
WRONG = 2

app = typer.Typer(
    name="missent",
    no_args_is_help=True,
    add_completion=False,
    help="Stops e-mail from going to the wrong place.",
)
hold_app = typer.Typer(no_args_is_help=True, help="Held messages: list, show and decide.")
audit_app = typer.Typer(no_args_is_help=True, help="The audit trail.")
config_app = typer.Typer(no_args_is_help=True, help="The configuration.")
app.add_typer(hold_app, name="hold")
app.add_typer(audit_app, name="audit")
app.add_typer(config_app, name="config")

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration file; else ./missent.toml, $MISSENT_CONFIG."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def main() -> None:
    """Run the command line; every fault of ours ends as one line and an exit code, never a trace."""
    try:
        app(standalone_mode=True)
    except MissentError as error:
        for line in str(error).splitlines() or [error.public]:
            typer.echo(f"missent: {line}", err=True)
        sys.exit(WRONG)


def _state_directory() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "missent"


def _config(path: Path | None) -> Config:
    return find(path, os.environ, Path.cwd(), _state_directory())[0]


@contextmanager
def _installation(path: Path | None) -> Iterator[wiring.Installation]:
    installation = wiring.install(_config(path))
    try:
        yield installation
    finally:
        installation.close()


def _print(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def _address(text: str) -> Mailbox:
    try:
        return Mailbox.parse(text)
    except MalformedAddress as error:
        raise typer.BadParameter(f"{text!r}: {error}") from None


def _actor() -> Actor:
    return Actor(f"operator:{getpass.getuser()}", "operator")


# --- duties --------------------------------------------------------------------------------------


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play everything without a person, print it, exit.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the demo's page; 0 = any free one.")] = 8025,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Play the whole story on this machine: no root, no mail server."""
    raise typer.Exit(play(once=once, port=port, browser=browser))


@app.command()
def guard(
    config: ConfigOption = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log as JSON instead of key=value.")
    ] = False,
) -> None:
    """Run the guard: milter and/or SMTP proxy, the page, the outbox."""
    set_up_logging(as_json=log_json)
    daemon.run(_config(config))


@app.command()
def mode(
    mode: Annotated[Mode, typer.Argument(help="observe, warn or enforce.")],
    rule: Annotated[str | None, typer.Option(help="Only this policy rule.")] = None,
    config: ConfigOption = None,
) -> None:
    """Switch how far verdicts are carried out; takes effect in seconds, and is audited."""
    with _installation(config) as installation:
        installation.rulebook.set_mode(mode, rule, _actor().name)
    typer.echo(f"mode {mode.value}" + (f" for rule {rule!r}" if rule else ""))


@app.command()
def check(
    sender: Annotated[str, typer.Option("--from", help="The sender's address.")],
    to: Annotated[list[str], typer.Option("--to", help="A recipient; may be repeated.")],
    message: Annotated[Path | None, typer.Option(help="The message, as a file.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge recipients as `enforce` would. Exits 1 if one would be held or blocked."""
    recipients = tuple(Recipient(_address(text)) for text in to)
    data = _read_message(message) if message is not None else None
    with _installation_for_check(config) as installation:
        wiring.learn_directory(installation)
        now = installation.place.clock.now()
        envelope = Envelope("check", _address(sender), recipients, now)
        verdicts = installation.guard.judge(envelope, parse(data) if data is not None else None)
    if as_json:
        _print({"verdicts": [verdict_to_plain(verdict) for verdict in verdicts]})
    else:
        for verdict in verdicts:
            _show_verdict(verdict)
    raise typer.Exit(
        FOUND if any(v.action.severity >= Action.HOLD.severity for v in verdicts) else 0
    )


@contextmanager
def _installation_for_check(path: Path | None) -> Iterator[wiring.Installation]:
    """Open an installation that may lack an operator: a check asks nobody."""
    config = _config(path)
    if not config.organisation.domains and config.organisation.operator is None:
        anybody = config.organisation.model_copy(
            update={"operator": Mailbox.parse("postmaster@localhost")}
        )
        config = config.model_copy(update={"organisation": anybody})
    installation = wiring.install(config)
    try:
        yield installation
    finally:
        installation.close()


def _read_message(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from None
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _show_verdict(verdict: Verdict) -> None:
    doubt = f"({verdict.misdirection:.1%}, rule {verdict.rule})"
    typer.echo(f"{verdict.action.value:8} {verdict.recipient.screen}  {doubt}")
    typer.echo(f"         {verdict.because}")
    if verdict.suggestion is not None:
        typer.echo(f"         did you mean {verdict.suggestion.screen}?")


@app.command()
def learn(
    sources: Annotated[list[Path], typer.Argument(help="mbox, Maildir, EML, Parquet or MTA log.")],
    ours: Annotated[
        list[str] | None, typer.Option("--ours", help="A domain of ours; may be repeated.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read archives and logs: whom we write to, and who answers. Reading again changes nothing."""
    with _installation(config) as installation:
        own = (
            tuple(DomainName.parse(text) for text in ours or ())
            or installation.config.organisation.domains
        )
        if not own:
            raise ConfigError(
                "whose mail is it? name your domains with --ours, or in [organisation]"
            )
        inbound = installation.config.inbound
        organisation = Organisation(installation.config.organisation.name, own)
        learning = Learning(
            installation.store, organisation, inbound.authserv_ids if inbound else ()
        )
        reports = _learn(learning, sources, installation.place.clock.now())
    if as_json:
        _print({"sources": [{"name": name, **_report(report)} for name, report in reports.items()]})
        return
    for name, report in reports.items():
        typer.echo(f"{name}: {_summary(report)}")


def _learn(learning: Learning, paths: list[Path], now: datetime) -> dict[str, LearnReport]:
    """Learn all archives as one, so that an answer finds its question wherever it lies; then logs."""
    found = [(path, open_source(path, now=now)) for path in paths]
    archives = [source for _, source in found if not isinstance(source, LogSource)]
    reports: dict[str, LearnReport] = {}
    if archives:
        name = ", ".join(str(source.path) for source in archives)
        reports[name] = learning.learn_archive(_Together(archives), now=now)
    for path, source in found:
        if isinstance(source, LogSource):
            reports[str(path)] = learning.learn_log(source)
    return reports


@dataclass(frozen=True, slots=True)
class _Together:
    """Several archives as one that can be read again."""

    archives: list[ArchiveSource]

    def __iter__(self) -> Iterator[ArchivedMessage]:
        return chain.from_iterable(self.archives)


def _report(report: LearnReport) -> dict[str, object]:
    plain = asdict(replace(report, skipped=dict(report.skipped)))
    return plain | {
        "first": time_to_plain(report.first) if report.first else None,
        "last": time_to_plain(report.last) if report.last else None,
    }


def _summary(report: LearnReport) -> str:
    skipped = ", ".join(f"{count} {reason}" for reason, count in sorted(report.skipped.items()))
    return (
        f"{report.messages} messages: {report.outgoing} outgoing, {report.inbound} inbound, "
        f"{report.answers} answers, {report.weak} of unknown origin; {report.learned} observations new"
        + (f"; skipped: {skipped}" if skipped else "")
    )


@app.command("doctor")
def doctor_command(
    config: ConfigOption = None,
    postfix: Annotated[Path | None, typer.Option(help="Postfix's configuration directory.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Examine the set-up: ports, clock, store, keys, Postfix. Exits 1 if something needs care."""
    findings = doctor.examine(_config(config), postfix)
    if as_json:
        _print({"findings": [finding.to_plain() for finding in findings]})
    else:
        for finding in findings:
            typer.echo(finding.line())
    raise typer.Exit(FOUND if any(finding.needs_care for finding in findings) else 0)


@app.command("api-key")
def api_key(
    name: Annotated[str, typer.Argument(help="What the key is for, such as webmail.")],
    sender: Annotated[
        list[str], typer.Option(help="Sender it may ask for: ann@x.example or *@x.example.")
    ],
) -> None:
    """Make a bearer key for the check API: the secret once, and the lines for `api.keys_file`."""
    secret, lines = new_key(name, sender)
    typer.echo(f"secret (shown once): {secret}", err=True)
    typer.echo(lines)


# --- hold ----------------------------------------------------------------------------------------


@hold_app.command("list")
def hold_list(
    everything: Annotated[bool, typer.Option("--all", help="Decided ones, too.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the messages that wait for a decision."""
    with _installation(config) as installation:
        holds = installation.store.holds(open_only=not everything)
    if as_json:
        _print({"holds": [hold_to_plain(hold) for hold in holds]})
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


@hold_app.command("show")
def hold_show(hold: str, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Show one held message and the link to its page."""
    with _installation(config) as installation:
        found = _found(installation, hold)
        url = f"{installation.config.web.base_url}/h/{installation.answers.page_token(found)}"
    if as_json:
        _print({**hold_to_plain(found), "url": url})
        return
    _show_hold(found)
    for held in found.recipients:
        _show_verdict(held.verdict)
    typer.echo(f"page: {url}")


def _found(installation: wiring.Installation, hold_id: str) -> Hold:
    hold = installation.store.get(hold_id)
    if hold is None or hold.prepared:
        raise UnknownHold(f"no held message is called {hold_id!r}; `missent hold list` names them")
    return hold


@hold_app.command("confirm")
def hold_confirm(
    hold: str, recipient: str, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Send to this recipient as typed."""
    _decide(config, hold, recipient, Choice.CONFIRM, as_json=as_json)


@hold_app.command("cancel")
def hold_cancel(
    hold: str, recipient: str, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Do not send to this recipient."""
    _decide(config, hold, recipient, Choice.CANCEL, as_json=as_json)


@hold_app.command("correct")
def hold_correct(
    hold: str, recipient: str, new: str, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Send to another address instead; it is judged first."""
    _decide(config, hold, recipient, Choice.CORRECT, new, as_json=as_json)


@hold_app.command("retry")
def hold_retry(hold: str, recipient: str, config: ConfigOption = None) -> None:
    """Try a release once more that the next hop had refused."""
    with _installation(config) as installation:
        found = _found(installation, hold)
        installation.answers.retry(found.hold_id, _address(recipient), _actor())
    typer.echo("it will be tried again")


@hold_app.command("keep")
def hold_keep(
    hold: str,
    off: Annotated[bool, typer.Option("--off", help="Allow destruction again.")] = False,
    config: ConfigOption = None,
) -> None:
    """Put a message under legal hold: nothing of it is destroyed until this is taken off."""
    with _installation(config) as installation:
        found = _found(installation, hold)
        installation.answers.keep(found.hold_id, not off, _actor())
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
    mailbox = _address(recipient)
    corrected = _address(new) if new is not None else None
    with _installation(path) as installation:
        found = _found(installation, hold_id)
        if found.recipient(mailbox) is None:
            raise UnknownHold(f"{mailbox.screen} is not held in {hold_id}")
        at = installation.place.clock.now()
        answer = Answer(hold_id, mailbox, choice, _actor(), at, corrected)
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
        _print(hold_to_plain(after))
    else:
        _show_hold(after)


# --- audit ---------------------------------------------------------------------------------------


@audit_app.command("verify")
def audit_verify(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Check every node's hash chain. Exits 1 at a break."""
    with _installation(config) as installation:
        chains: dict[str, list[Any]] = {}
        for node, event, stored in installation.store.trail():
            chains.setdefault(node, []).append((event, stored))
    results = [
        {"node": node, "events": len(chain), "first_break": first_break(chain)}
        for node, chain in chains.items()
    ]
    if as_json:
        _print({"chains": results})
    else:
        for result in results:
            state = (
                "whole"
                if result["first_break"] is None
                else f"BROKEN at event {result['first_break']}"
            )
            typer.echo(f"{result['node']}: {result['events']} events, {state}")
    raise typer.Exit(FOUND if any(result["first_break"] is not None for result in results) else 0)


@audit_app.command("export")
def audit_export(config: ConfigOption = None) -> None:
    """Write the trail as JSON Lines."""
    with _installation(config) as installation:
        for node, event, stored in installation.store.trail():
            typer.echo(
                json.dumps({"node": node, **_event(event), "hash": stored}, ensure_ascii=False)
            )


def _event(event: AuditEvent) -> dict[str, object]:
    return {
        "kind": event.kind,
        "subject_id": event.subject_id,
        "actor": event.actor,
        "at": time_to_plain(event.at),
        "detail": dict(event.detail),
        "previous": event.previous,
    }


# --- config --------------------------------------------------------------------------------------


@config_app.command("check")
def config_check(config: ConfigOption = None) -> None:
    """Read the configuration and say whether it can be used."""
    found, source = find(config, os.environ, Path.cwd(), _state_directory())
    daemon.examine(found)
    typer.echo(f"{source or 'built-in defaults'}: fine; mode {found.mode.value}")


@config_app.command("show")
def config_show(config: ConfigOption = None) -> None:
    """Print the configuration in force, defaults filled in, as JSON."""
    found = _config(config)
    _print(found.model_dump(mode="json"))


@config_app.command("reference")
def config_reference() -> None:
    """Print the page that describes every key."""
    typer.echo(configuration_page(), nl=False)


if __name__ == "__main__":
    main()
