"""Own the labels of a replay: which names in an archive are known mistakes, and what was meant.

A labels file is CSV with a heading, ``typed,meant`` and whatever else, one mistyped domain a line.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from missent.errors import ArchiveError, MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Labels:
    """The known mistakes."""

    meant: Mapping[str, DomainName] = field(default_factory=lambda: MappingProxyType({}))
    """Mistyped ``DomainName.ascii`` -> the name that was meant."""
    unreadable: int = 0
    """Lines whose mistyped name is no domain name at all: any mail server refuses it."""

    def right(self, mailbox: Mailbox) -> Mailbox | None:
        """Give the address that was meant; None if this one is no known mistake."""
        meant = self.meant.get(mailbox.domain.ascii)
        return None if meant is None else mailbox.at(meant)

    def agrees(self, typed: Mailbox, suggestion: Mailbox | None) -> bool:
        """Tell whether a suggestion names the domain that was meant, and the same person."""
        right = self.right(typed)
        return (
            right is not None
            and suggestion is not None
            and suggestion.key == right.key
            and (suggestion.domain == right.domain)
        )


def read_labels(text: str, name: str = "labels") -> Labels:
    """Read a labels file. Raises `ArchiveError` naming the line that cannot be read."""
    rows = csv.DictReader(text.removeprefix("\ufeff").splitlines())
    if not {"typed", "meant"} <= set(rows.fieldnames or ()):
        raise ArchiveError(f"{name}: expected CSV with the columns typed,meant in its first line")
    meant: dict[str, DomainName] = {}
    unreadable = 0
    for number, row in enumerate(rows, 2):
        try:
            right = DomainName.parse((row["meant"] or "").strip())
        except MalformedAddress as error:
            raise ArchiveError(f"{name}: line {number}, column meant: {error}") from None
        try:
            meant[DomainName.parse((row["typed"] or "").strip()).ascii] = right
        except MalformedAddress:
            unreadable += 1
    return Labels(MappingProxyType(meant), unreadable)
