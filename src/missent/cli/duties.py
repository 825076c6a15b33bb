"""Own the commands that are a duty of their own: demo, guard, check, learn, doctor.

What serves pages and mail is imported where it is used: `missent check` should not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from missent.cli.opening import (
    FOUND,
    ConfigOption,
    JsonOption,
    actor,
    address,
    configuration,
    installation_of,
    print_json,
    published,
    show_content,
    show_verdict,
)
from missent.engine.sources import ArchiveSource, LogSource, open_source
from missent.errors import ConfigError
from missent.journal import set_up_logging
from missent.judge.case import Organisation
from missent.judge.plain import time_to_plain, verdict_to_plain
from missent.judge.verdict import Action
from missent.mail.archived import ArchivedMessage
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.learning import Learning, LearnReport
from missent.service.settings import Mode

if TYPE_CHECKING:
    from missent.wiring import Installation

app = typer.Typer(
    name="missent",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a frame's values may be somebody's mail (law 8)
    help="Stops e-mail from going to the wrong place.",
)


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Play everything without a person, print it, exit.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port of the demo's page; 0 = any free one.")] = 8025,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = False,
) -> None:
    """Play the whole story on this machine: no root, no mail server."""
    from missent.demo import play

    raise typer.Exit(play(once=once, port=port, browser=browser))


@app.command()
def guard(
    config: ConfigOption = None,
    log_json: Annotated[
        bool, typer.Option("--log-json", help="Log as JSON instead of key=value.")
    ] = False,
) -> None:
    """Run the guard: milter and/or SMTP proxy, the page, the outbox."""
    from missent import daemon

    set_up_logging(as_json=log_json)
    daemon.run(configuration(config))


@app.command()
def mode(
    mode: Annotated[Mode, typer.Argument(help="observe, warn or enforce.")],
    rule: Annotated[str | None, typer.Option(help="Only this policy rule.")] = None,
    config: ConfigOption = None,
) -> None:
    """Switch how far verdicts are carried out; takes effect in seconds, and is audited."""
    with installation_of(config) as installation:
        installation.rulebook.set_mode(mode, rule, actor().name)
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
    from missent.wiring import learn_directory

    recipients = tuple(Recipient(address(text)) for text in to)
    data = _read_message(message) if message is not None else None
    with _without_operator(config) as installation:
        learn_directory(installation)
        now = installation.place.clock.now()
        envelope = Envelope("check", address(sender), recipients, now)
        about = installation.guard.read(data) if data is not None else None
        verdicts = installation.guard.judge(envelope, about)
    if as_json:
        print_json({"verdicts": [published(verdict_to_plain(verdict)) for verdict in verdicts]})
    else:
        for verdict in verdicts:
            show_verdict(verdict)
        show_content(verdicts)
    raise typer.Exit(
        FOUND if any(v.action.severity >= Action.HOLD.severity for v in verdicts) else 0
    )


@contextmanager
def _without_operator(path: Path | None) -> Iterator[Installation]:
    """Open an installation that may lack an operator: checking and learning ask nobody."""
    config = configuration(path)
    if not config.organisation.domains and config.organisation.operator is None:
        anybody = config.organisation.model_copy(
            update={"operator": Mailbox.parse("postmaster@localhost")}
        )
        config = config.model_copy(update={"organisation": anybody})
    from missent import wiring

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


@app.command()
def learn(
    sources: Annotated[list[Path], typer.Argument(help="Mail logs, message traces, or archives.")],
    ours: Annotated[
        list[str] | None, typer.Option("--ours", help="A domain of ours; may be repeated.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read archives, logs and traces: whom we write to, and who answers. Reading again changes nothing."""
    with _without_operator(config) as installation:
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
        print_json(
            {"sources": [{"name": name, **_report(report)} for name, report in reports.items()]}
        )
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
    from missent import doctor

    findings = doctor.examine(configuration(config), postfix)
    if as_json:
        print_json({"findings": [finding.to_plain() for finding in findings]})
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
    from missent.web.keys import new_key

    secret, lines = new_key(name, sender)
    typer.echo(f"secret (shown once): {secret}", err=True)
    typer.echo(lines)


@app.command("pages")
def pages_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Print the addresses of the operators' pages. Whoever has them may read and review."""
    from missent.operating import links
    from missent.store.seal import open_sealer

    found = configuration(config)
    if found.collect is not None and "web" not in found.model_fields_set:
        raise ConfigError("[web] is not configured, so the collector serves no pages; add it")
    addresses = links(found, open_sealer(found.store.key_file))
    if as_json:
        print_json({"pages": addresses})
    else:
        for name, url in addresses.items():
            typer.echo(f"{name:12}{url}")
