"""Own the files of an exposure: plan, policy, Postfix map, response policy zone, tables.

Each is written whole under another name first, so that a program that reads one never sees half of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from missent.errors import OperatorError
from missent.mail.domain import DomainName
from missent.service.exposure import plan as planning
from missent.service.exposure.exports import (
    policy_fragment,
    postfix_map,
    postfix_regexp,
    rpz,
    table,
)
from missent.service.exposure.exposure import Exposure, Review
from missent.service.exposure.plain import to_plain


def check(folder: Path) -> None:
    """Make sure that files can be written there, before anything is done. Raises `OperatorError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "no files may be written there")
    except OSError as error:
        raise OperatorError(f"{folder}: cannot be used: {error.strerror}; --out a folder") from None


def write(
    folder: Path, exposure: Exposure, reviews: Mapping[DomainName, Review], budget: int
) -> None:
    """Write all files, replacing those of an earlier run. Raises `OperatorError`."""
    for name, text in _files(exposure, reviews, budget):
        path, draft = folder / name, folder / f".{name}.new"
        try:
            draft.write_text(text, "utf-8", newline="")
            draft.replace(path)
        except OSError as error:
            raise OperatorError(f"{path}: cannot be written: {error.strerror}") from None


def _files(
    exposure: Exposure, reviews: Mapping[DomainName, Review], budget: int
) -> Iterator[tuple[str, str]]:
    plan = planning.plan(exposure, reviews, budget)
    whole = to_plain(exposure) | {"plan": planning.to_plain(plan)}
    yield "plan.txt", planning.text(plan)
    yield "policy.toml", policy_fragment(exposure, reviews)
    yield "postfix.map", postfix_map(exposure, reviews)
    yield "postfix.regexp", postfix_regexp(exposure, reviews)
    yield "rpz.zone", rpz(exposure, reviews, serial=int(exposure.at.timestamp()))
    yield "lookalikes.csv", table(exposure, reviews)
    yield "lookalikes.json", json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
