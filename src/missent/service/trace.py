"""Own the single-use trace field that lets a released copy pass a guard it meets again.

The relay should lead behind the guard; where it cannot, each released copy carries this field. It is
signed over the hold, the one recipient and the message's hash, spent on first use, and taken out
on arrival. A forged or replayed field gives nothing: the message is judged like any other.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from missent.mail.addresses import fields, unfold
from missent.mail.envelope import Envelope
from missent.mail.mailbox import Mailbox
from missent.service.ports import RegisterStore, Sealer

FIELD = "X-Missent-Release"


class Trace:
    """Marks released copies and recognises them."""

    def __init__(self, store: RegisterStore, sealer: Sealer) -> None:
        self._store = store
        self._sealer = sealer

    def mark(self, hold_id: str, recipient: Mailbox, data: bytes, attempt: int) -> bytes:
        """Put the field on top of `data`, for exactly this recipient; a new attempt is a new mark."""
        serial = f"{hold_id}.{attempt}"
        value = f"{serial} {self._signature(serial, recipient, data)}"
        return f"{FIELD}: {value}\r\n".encode() + data

    def accept(self, envelope: Envelope, data: bytes, at: datetime) -> bool:
        """Tell whether this is a released copy coming through, and use its mark up."""
        if len(envelope.recipients) != 1:
            return False
        found = [field for field in fields(data) if field.key == FIELD.lower()]
        if len(found) != 1:
            return False
        value = unfold(data, found[0]).split()
        if len(value) != 2:
            return False
        rest = data[found[0].end :]
        expected = self._signature(value[0], envelope.recipients[0].mailbox, rest)
        return hmac.compare_digest(value[1], expected) and self._store.spend(
            f"trace:{value[0]}", at
        )

    def _signature(self, serial: str, recipient: Mailbox, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        return self._sealer.sign("trace", f"{serial} {recipient.folded} {digest}")
