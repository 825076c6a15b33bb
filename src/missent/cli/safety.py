"""Own ``missent policy``: publish our own safety file, load those of others, list and remove them.

Nothing is fetched here: the operator got the file from the publisher's own host and names that host.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from missent.cli.opening import ConfigOption, JsonOption, actor, configuration, print_json, store_of
from missent.cli.told import read_json
from missent.errors import ArchiveError, MalformedAddress, OperatorError
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.moments import rfc3339
from missent.service.safety.drafting import Wish, draft
from missent.service.safety.file import LARGEST, Entry
from missent.service.safety.shelf import Listed, Shelf
from missent.system import SystemClock

app = typer.Typer(
    no_args_is_help=True,
    help="Safety files: which domains are ours and which neighbours are not; publish, load, list.",
)
_EXPOSED = "what `missent expose --json` wrote"
TOP = 50


@app.command("export")
def policy_export(  # one parameter an option
    domain: Annotated[
        list[str] | None,
        typer.Option("--domain", help="Ours, the publisher first; else the configured ones."),
    ] = None,
    exposed: Annotated[
        Path | None, typer.Option("--exposed", help="What `missent expose --json` wrote.")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=0, max=200, help="Of --exposed.")] = TOP,
    not_ours: Annotated[
        list[str] | None, typer.Option("--not-ours", help="NAME=WHY; may be repeated.")
    ] = None,
    hint: Annotated[str, typer.Option("--hint", help="A sentence for senders.")] = "",
    report: Annotated[
        str | None, typer.Option("--report", help="Address for mistakes in the file.")
    ] = None,
    issued: Annotated[
        datetime | None,
        typer.Option("--issued", formats=["%Y-%m-%d"], help="Day of issue (UTC)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write here, not to the screen.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Write our safety file, to be published as /.well-known/missent.json."""
    found = configuration(config)
    ours = found.organisation.domains
    with store_of(found) as store:
        wish = Wish(
            tuple(_name(text, "--domain") for text in domain) if domain else ours,
            tuple(map(_named, not_ours or ())),
            _exposed(exposed, top) if exposed is not None else (),
            store.reviews(),
            hint,
            _report(report) if report is not None else None,
            issued.replace(tzinfo=SystemClock().now().tzinfo) if issued is not None else None,
        )
    _publish(draft(wish, ours), out)


@app.command("import")
def policy_import(
    file: Annotated[Path, typer.Argument(help="The file; - reads standard input.")],
    host: Annotated[
        str,
        typer.Option("--from", help="The publisher's own host that it was fetched from, over TLS."),
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a publisher's file, in place of an earlier one; every guard heeds it within seconds."""
    name = _name(host, "--from")
    with _shelf(config) as shelf:
        try:
            listed = shelf.take(_read(file), name, actor().name)
        except ArchiveError as fault:
            raise ArchiveError(f"{file}: {fault}") from None
    _show((listed,), as_json=as_json)


@app.command("list")
def policy_list(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the loaded files, with what counts of each and why the rest does not."""
    with _shelf(config) as shelf:
        _show(shelf.listed(), as_json=as_json)


@app.command("remove")
def policy_remove(publisher: str, config: ConfigOption = None) -> None:
    """Remove a publisher's file."""
    name = _name(publisher, "PUBLISHER")
    with _shelf(config) as shelf:
        if not shelf.remove(name, actor().name):
            raise OperatorError(
                f"no file of {name.ascii} is loaded; `missent policy list` names them"
            )
    typer.echo(f"removed what {name.screen} published")


# --- reading -----------------------------------------------------------------------------------


@contextmanager
def _shelf(path: Path | None) -> Iterator[Shelf]:
    config = configuration(path)
    with store_of(config) as store:
        yield Shelf(store, config.organisation.domains, SystemClock())


def _name(text: str, option: str) -> DomainName:
    try:
        return DomainName.parse(text)
    except MalformedAddress as fault:
        raise typer.BadParameter(f"{text!r}: {fault}", param_hint=option) from None


def _named(text: str) -> Entry:
    name, _, why = text.partition("=")
    return Entry(_name(name.strip(), "--not-ours"), why.strip())


def _report(text: str) -> Mailbox:
    try:
        return Mailbox.parse(text.removeprefix("mailto:"))
    except MalformedAddress as fault:
        raise typer.BadParameter(f"{text!r}: {fault}", param_hint="--report") from None


def _read(path: Path) -> bytes:
    """Read a file, but not more than tells that it is too large."""
    if str(path) == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise ArchiveError(error.strerror or "cannot be read") from None


def _exposed(path: Path, top: int) -> tuple[Entry, ...]:
    """Read the look-alikes a stranger could hold, the likeliest first."""
    plain = read_json(path, _EXPOSED)
    rows = plain.get("lookalikes") if isinstance(plain, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ArchiveError(f"{path}: lookalikes: expected {_EXPOSED}")
    held = [row for row in rows if row.get("open") is not False]
    return tuple(_lookalike(path, row) for row in held[:top])


def _lookalike(path: Path, row: dict[str, Any]) -> Entry:
    name, slip = row.get("domain"), row.get("slip")
    if not isinstance(name, str) or not isinstance(slip, str):
        raise ArchiveError(f"{path}: lookalikes: expected {_EXPOSED}")
    try:
        return Entry(DomainName.parse(name), slip)
    except MalformedAddress as fault:
        raise ArchiveError(f"{path}: lookalikes: {fault}") from None


# --- showing -----------------------------------------------------------------------------------


def _publish(data: bytes, out: Path | None) -> None:
    if out is None:
        typer.echo(data, nl=False)
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        raise OperatorError(f"{out}: cannot be written: {error.strerror}") from None


def _show(files: Sequence[Listed], *, as_json: bool) -> None:
    if as_json:
        print_json({"files": [_to_plain(one) for one in files]})
        return
    for one in files:
        _show_one(one)
    if not files:
        typer.echo("no file is loaded")


def _show_one(one: Listed) -> None:
    publisher = one.kept.publisher.screen
    state = "EXPIRED" if one.expired else "expires"
    typer.echo(
        f"{publisher}  loaded {one.kept.imported_at:%Y-%m-%d} by {one.kept.actor}, "
        f"{state} {one.expires_at:%Y-%m-%d}"
    )
    if one.file is None:
        typer.echo("    this version of Missent cannot read it; load it again")
        return
    if one.expired:
        typer.echo("    it counts no more; load it again")
    for name in one.file.domains:
        unproven = "" if name in one.proven else "  (its own file does not say so)"
        typer.echo(f"    theirs      {name.screen}{unproven}")
    for judged in one.entries:
        accused, why = judged.entry.domain.screen, judged.entry.why
        said = f'  {publisher} says: "{why}"' if why else ""
        typer.echo(f"    not theirs  {accused}{said}")
        if judged.refused is not None:
            typer.echo(f"                does not count: {judged.refused}")
    if one.file.hint:
        typer.echo(f'    {publisher} says: "{one.file.hint}"')
    if one.file.report is not None:
        typer.echo(f"    mistakes in it are reported to {one.file.report.screen}")


def _to_plain(one: Listed) -> dict[str, Any]:
    file, kept = one.file, one.kept
    plain: dict[str, Any] = {
        "publisher": kept.publisher.ascii,
        "imported_at": rfc3339(kept.imported_at),
        "actor": kept.actor,
        "expires_at": rfc3339(one.expires_at),
        "expired": one.expired,
        "readable": file is not None,
        "counting": one.counting,
    }
    if file is None:
        return plain
    return plain | {
        "id": file.issue,
        "domains": [{"domain": n.ascii, "proven": n in one.proven} for n in file.domains],
        "not_ours": [
            {"domain": e.entry.domain.ascii, "why": e.entry.why, "refused": e.refused}
            for e in one.entries
        ],
        "hint": file.hint,
        "report": file.report.wire if file.report is not None else None,
    }
