"""Own the single-use trace field that lets a released copy pass a guard it meets again.

The relay should lead behind the guard; where it cannot, each released copy carries this field. It is
signed over the hold, the one recipient and the message's hash, spent on first use, and taken out
on arrival. A forged or replayed field gives nothing: the message is judged like any other.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from enum import Enum

from missent.mail.addresses import fields, unfold
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.service.ports import RegisterStore, Sealer

FIELD = "X-Missent-Release"


class Passage(Enum):
    """What a message's trace field is worth."""

    UNMARKED = "unmarked"
    """None, forged, or another's: judged like any mail."""
    FREE = "free"
    """A released copy on its one way through."""
    SPENT = "spent"
    """It came through before. Judged anew, and never taken for a retry of the message it was."""


class Trace:
    """Marks released copies and recognises them."""

    def __init__(self, store: RegisterStore, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    def mark(self, serial: str, recipient: Mailbox, data: bytes) -> bytes:
        """Put the field on top of `data`, for this recipient; each hand-over has its own `serial`."""
        value = f"{serial} {self._signature(serial, recipient, data)}"
        return f"{FIELD}: {value}\r\n".encode() + data

    def accept(self, envelope: Envelope, data: bytes, at: datetime) -> Passage:
        """Tell whether this is a released copy coming through, and use its mark up."""
        if len(envelope.recipients) != 1:
            return Passage.UNMARKED
        found = [field for field in fields(data) if field.key == FIELD.lower()]
        if len(found) != 1:
            return Passage.UNMARKED
        value = unfold(data, found[0]).split()
        if len(value) != 2:
            return Passage.UNMARKED
        rest = data[found[0].end :]
        expected = self._signature(value[0], envelope.recipients[0].mailbox, rest)
        if not hmac.compare_digest(value[1].encode(), expected.encode()):
            return Passage.UNMARKED
        return Passage.FREE if self._store.spend(f"trace:{value[0]}", at) else Passage.SPENT

    def _signature(self, serial: str, recipient: Mailbox, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        return self._sealer.sign("trace", f"{serial} {recipient.folded} {digest}")
