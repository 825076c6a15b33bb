"""Own the commands for what was collected: make a key, list, open with the key, destroy.

They stand below ``missent collect`` (`cli.collect`).

The rules: whoever opens a message is written into the audit trail, durably, before a byte of it comes
out; what was opened is written to files and never shown. ``open`` is meant for the machine of those who
may read, with a sealed file carried there; the trail is that of the store configured where it runs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from missent.cli.opening import (
    ConfigOption,
    JsonOption,
    actor,
    configuration_of,
    print_json,
    store_of,
)
from missent.config import Config
from missent.errors import ConfigError, OperatorError
from missent.judge.plain import time_to_plain
from missent.service.collection.collection import Item
from missent.service.collection.keeping import Keeping, State, opening, state_of, tidy
from missent.service.collection.parcel import ITEM_ID, Parcel, unpack
from missent.store.agekey import AgeIdentity, make_identity
from missent.store.vault import SEALED, FileVault
from missent.system import SystemClock

if TYPE_CHECKING:
    from missent.store.store import SqlStore

app = typer.Typer()

_LARGEST: Final = 512_000_000
"""Octets of a sealed file; a message of the largest size that is collected has a tenth."""
_SHOWN: Final = 100_000
"""Items that are listed."""
_ELSEWHERE: Final = (
    "This file opens everything that is sealed to the key above. Take it to another machine, keep a "
    "copy offline, and remove it here: a collector must not be able to read what it keeps."
)

ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept in the audit trail.")]


@app.command("key")
def collect_key(
    out: Annotated[Path, typer.Option("--out", help="File of the key that opens; made, 0600.")],
    as_json: JsonOption = False,
) -> None:
    """Make a key pair: the public key for the collector, and a file that belongs elsewhere."""
    public = make_identity(out, SystemClock().now())
    if as_json:
        print_json({"public_key": public, "identity": str(out)})
    else:
        typer.echo(f'public_key = "{public}"')
    typer.echo(f"{out}: {_ELSEWHERE}", err=True)


@app.command("list")
def collect_list(
    context: typer.Context, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """List sealed messages, newest first: how sensitive, from whom, until when; never what they say."""
    found = configuration_of(context, config)
    with store_of(found) as store:
        items = store.items(limit=_SHOWN)
    present = frozenset(_vault(found).ids()) if any(not i.destroyed_at for i in items) else ()
    if as_json:
        basis = found.collect.legal_basis if found.collect else ""
        rows = [_plain(item, state_of(item, present)) for item in items]
        print_json({"items": rows, "legal_basis": basis})
        return
    for item in items:
        typer.echo(_line(item, state_of(item, present)))
    if not items:
        typer.echo("nothing was collected")


@app.command("open")
def collect_open(
    context: typer.Context,
    sealed: Annotated[list[str], typer.Argument(help="Items of the vault, or sealed files.")],
    identity: Annotated[Path, typer.Option("--identity", help="The key that opens.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for what comes out.")] = Path(),
    reason: ReasonOption = "",
    config: ConfigOption = None,
) -> None:
    """Open sealed messages with the key: each becomes a message and a file of its envelope.

    Who opened which, when and why stands in the audit trail before anything is opened.
    """
    if not tidy(reason):
        raise typer.BadParameter("say why: it is kept in the audit trail", param_hint="--reason")
    found, key = configuration_of(context, config), AgeIdentity.read(identity)
    with store_of(found) as store:
        known = _known_digests(store)
        called = {digest: item_id for item_id, digest in known.items()}
        for name in sealed:
            octets, item_id = _sealed(found, name), tidy(Path(name).name.removesuffix(SEALED))
            digest = hashlib.sha256(octets).hexdigest()
            if known.get(item_id, digest) != digest:
                raise OperatorError(f"{name}: not what was sealed under this name; not opened")
            item_id = called.get(digest, item_id)  # a file may have been given another name
            at = SystemClock().now()
            store.audit(opening(item_id, digest, actor().name, reason, at))
            typer.echo(str(_written(_opened(name, key, octets), out)))


@app.command("destroy")
def collect_destroy(
    context: typer.Context, item: str, reason: ReasonOption = "", config: ConfigOption = None
) -> None:
    """Destroy one sealed message now, before its time. It cannot be brought back."""
    found = configuration_of(context, config)
    with store_of(found) as store:
        at = SystemClock().now()
        if not Keeping(store, _vault(found)).destroy(item, actor().name, reason, at):
            raise OperatorError(f"nothing is kept that is called {item!r}")
    typer.echo(f"{item}: destroyed")


# --- where things lie ----------------------------------------------------------------------------


def _vault(config: Config) -> FileVault:
    if config.collect is None:
        raise ConfigError("[collect] is not configured here, so there is no vault; name a file")
    if not config.collect.vault.is_dir():
        raise ConfigError(f"collect.vault: {config.collect.vault}: there is no such folder")
    return FileVault(config.collect.vault)


def _is_item(name: str) -> bool:
    return ITEM_ID.match(name) is not None


def _sealed(config: Config, name: str) -> bytes:
    """Read sealed bytes: of an item, or of a file that was carried here."""
    if _is_item(name):
        return _vault(config).get(name)
    try:
        with Path(name).open("rb") as file:
            octets = file.read(_LARGEST + 1)
    except OSError as error:
        raise OperatorError(f"{name}: {error.strerror}; expected ITEM{SEALED}") from None
    if len(octets) > _LARGEST:
        raise OperatorError(f"{name}: too large to be a sealed message")
    return octets


def _known_digests(store: SqlStore) -> Mapping[str, str]:
    """Give the digest that each item was sealed with, as the audit trail has it."""
    return {
        event.subject_id: str(event.detail.get("sealed_sha256", ""))
        for _, event, _ in store.trail()
        if event.kind == "item.sealed"
    }


# --- what comes out ------------------------------------------------------------------------------


def _opened(name: str, key: AgeIdentity, octets: bytes) -> Parcel:
    try:
        parcel = unpack(key.open(octets))
    except OperatorError as error:
        raise OperatorError(f"{name}: {error}") from None
    if _is_item(name) and parcel.item_id != name:
        raise OperatorError(f"{name}: it opens, but is another message")
    return parcel


def _written(parcel: Parcel, folder: Path) -> Path:
    """Write message and envelope, readable to their reader alone; nothing is written over."""
    message = folder / f"{parcel.item_id}.eml"
    envelope = json.dumps(parcel.envelope, indent=2).encode("ascii") + b"\n"
    made = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, octets in (
            (message, parcel.message),
            (message.with_suffix(".json"), envelope),
        ):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            handle = os.open(path, flags, 0o600)
            made.append(path)
            with os.fdopen(handle, "wb") as file:
                file.write(octets)
        made.clear()
    except FileExistsError as error:
        raise OperatorError(
            f"{error.filename}: is there already; nothing is written over"
        ) from None
    except OSError as error:
        raise OperatorError(f"{folder}: cannot be written: {error.strerror}") from None
    finally:
        for path in made:  # half a message is none, and would stand in the way of the next try
            with contextlib.suppress(OSError):
                path.unlink()
    return message


def _line(item: Item, state: State) -> str:
    categories = " ".join(f"{name}:{level}" for name, level in item.categories) or "nothing found"
    people = f", {item.people} people" if item.people else ""
    return (
        f"{item.item_id}  {item.at:%Y-%m-%d %H:%M} UTC  {state.value:9}  level {item.level}"
        f"  {item.size:,} octets from {item.organisation or '<>'} to {_typed(item.typed)}"
        f"  ({categories}{people}; {item.likely.value})  until {item.expires_at:%Y-%m-%d}"
    )


def _typed(names: Sequence[Any]) -> str:
    return ", ".join(name.ascii for name in names)


def _plain(item: Item, state: State) -> dict[str, object]:
    return {
        "item": item.item_id,
        "at": time_to_plain(item.at),
        "state": state.value,
        "typed": [name.ascii for name in item.typed],
        "organisation": item.organisation,
        "octets": item.size,
        "level": item.level,
        "categories": dict(item.categories),
        "people": item.people,
        "likely": item.likely.value,
        "expires_at": time_to_plain(item.expires_at),
        "destroyed_at": None if item.destroyed_at is None else time_to_plain(item.destroyed_at),
    }
