"""Own the audit trail: events in one hash chain a node, so that an edit or a gap shows.

An event names ids, states and actors; never an address's content, a subject or a matched text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One thing that was done, by whom, and the hash of the event before it."""

    kind: str
    """``hold.placed``, ``recipient.confirmed``, ``mode.changed``, ..."""
    subject_id: str
    """What it is about: a hold id, ``hold/recipient``, a rule's name."""
    actor: str
    at: datetime
    detail: Mapping[str, str | int | bool | None]
    previous: str = GENESIS
    """Hash of the event before it in this node's chain."""

    def digest(self) -> str:
        """Hash this event with its link to the one before (SHA-256 over canonical JSON)."""
        body = {
            "kind": self.kind,
            "subject_id": self.subject_id,
            "actor": self.actor,
            "at": self.at.isoformat(),
            "detail": dict(self.detail),
            "previous": self.previous,
        }
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def first_break(chain: Iterable[tuple[AuditEvent, str]]) -> int | None:
    """Walk (event, stored hash) pairs of one node; give the index of the first that does not fit."""
    previous = GENESIS
    for index, (event, stored) in enumerate(chain):
        if event.previous != previous or event.digest() != stored:
            return index
        previous = stored
    return None
