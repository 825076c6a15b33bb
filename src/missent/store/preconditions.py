"""Own whether mail may be collected here at all: what must be named first, and what must not lie about.

Collecting strangers' mail is refused unless somebody wrote down on what right it rests, to which key it is
sealed and for which domains. The rule: the collector cannot read what it keeps. So it does not start
while the key that opens lies where it, or a backup of it, would have it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from missent.config import Config
from missent.errors import ConfigError, OperatorError
from missent.store.agekey import SECRET, AgeSealer
from missent.store.vault import SEALED, insist_private
from missent.tables import CollectMode, CollectTable

_LOOKED_AT: Final = 65_536
"""Octets of a file: an identity is a line, perhaps after some comments."""
_SEALED_FILE: Final = b"age-encryption.org/v1"


def examine_collect(config: Config, source: Path | None = None) -> None:
    """Check whether collect mode may start; makes and changes nothing. In refuse mode all is well.

    `source` is the configuration's file, beside which no identity may lie. Raises `ConfigError` with a
    line for each fault, naming the key; `OperatorError` where pyrage is missing.
    """
    table = config.collect
    if table is None or table.mode is not CollectMode.COLLECT:
        return
    faults = [*_unnamed(table), *_key(table), *_vault(table)]
    beside = {config.store.key_file.absolute().parent}
    if source is not None:
        beside.add(source.absolute().parent)
    faults += _identities(table, beside)
    if faults:
        raise ConfigError("\n".join(faults))


def _unnamed(table: CollectTable) -> Iterator[str]:
    if not table.legal_basis.strip():
        yield (
            "collect.legal_basis: collecting needs the law or mandate it rests on; every report shows it"
        )
    if not table.domains:
        yield "collect.domains: collecting needs the typo domains, each with the domain that is meant"


def _key(table: CollectTable) -> Iterator[str]:
    if not table.public_key:
        yield "collect.public_key: collecting needs an age recipient; `missent collect key` makes one"
        return
    try:
        AgeSealer(table.public_key)
    except ConfigError as error:
        yield f"collect.public_key: {error}"


def _vault(table: CollectTable) -> Iterator[str]:
    folder = table.vault.absolute()
    if os.path.lexists(folder):
        try:
            insist_private(folder)
        except OperatorError as error:
            yield f"collect.vault: {error}"
        return
    above = next(one for one in folder.parents if one.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        yield f"collect.vault: {folder}: cannot be made below {above}"


def _identities(table: CollectTable, beside: set[Path]) -> Iterator[str]:
    """Say where a key that opens was found, in the vault or beside the configuration."""
    vault = table.vault.absolute()
    for folder in sorted({vault, *beside}):
        for path in _files(folder):
            if _holds_identity(path):
                where = "in the vault" if folder == vault else "beside the configuration"
                yield (
                    f"collect.public_key: {path}: the key that opens lies {where}; "
                    "take it to another machine: a collector must not be able to read what it keeps"
                )


def _files(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(Path(entry) for entry in entries if entry.is_file())
    except OSError:  # that it cannot be used is another fault
        return


def _holds_identity(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(len(_SEALED_FILE))
            if path.suffix == SEALED and start == _SEALED_FILE:
                return False
            looked_at = (start + file.read(_LOOKED_AT)).upper()
    except OSError:  # unreadable to the collector, so no use to it
        return False
    return SECRET.encode() in looked_at
