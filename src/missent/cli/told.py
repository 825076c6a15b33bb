"""Own which senders of an incident were told already: a file beside the report.

The rule: it is written whole, and durable, after each letter and before the next. A letter may be sent
twice if the machine stops in between; none is ever taken for sent that was not.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from missent.errors import ArchiveError, OperatorError
from missent.mail.mailbox import Mailbox
from missent.service.investigation.moments import rfc3339

_LARGEST = 256_000_000
"""Octets of a file: a report with 100,000 pairs has some 30 MB."""


def read_json(path: Path, expected: str) -> object:
    """Read a file of JSON. Raises `ArchiveError` naming the file and what was expected of it."""
    try:
        if path.stat().st_size > _LARGEST:
            raise ArchiveError(f"{path}: too large to be {expected}")
        return json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ArchiveError(f"{path}: {error.strerror}; expected {expected}") from None
    except (ValueError, RecursionError):
        raise ArchiveError(f"{path}: not JSON; expected {expected}") from None


class Told:
    """Who was told when: a file beside the report, written anew and whole after each letter."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.when: dict[str, str] = {}
        """Sender, folded -> time."""
        if path.exists():
            self.when = self._read(read_json(path, "what `missent warn` wrote"))

    def _read(self, plain: object) -> dict[str, str]:
        told = plain.get("warned") if isinstance(plain, dict) else None
        if not isinstance(told, dict) or not all(isinstance(at, str) for at in told.values()):
            raise ArchiveError(
                f"{self._path}: warned: expected senders with the time each was told"
            )
        return told

    def check(self) -> None:
        """Make sure it can be written, before anybody is told. Raises `OperatorError`."""
        self._write()

    def add(self, sender: Mailbox, at: datetime) -> None:
        """Write down that a sender was told. Raises `OperatorError`."""
        self.when[sender.folded] = rfc3339(at)
        self._write()

    def _write(self) -> None:
        new = self._path.with_suffix(".new")
        text = json.dumps({"warned": self.when}, indent=2, ensure_ascii=False)
        try:
            with os.fdopen(
                os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
            ) as file:
                file.write(f"{text}\n".encode())
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            raise OperatorError(f"{self._path}: cannot be written: {error.strerror}") from None
