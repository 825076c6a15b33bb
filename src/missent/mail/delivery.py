"""Own what a server says of one attempt to hand one message to one recipient.

Every log dialect and every message trace is read into this one form. What stands in it was written by
strangers; the reply text, which may quote a message, is never kept (law 8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to hand one message to one recipient, as an MTA logged it."""

    queue_id: str
    sender: Mailbox | None
    """The envelope sender; None for the null path, or where the log does not say (see below)."""
    recipient: Mailbox
    orig_to: Mailbox | None
    """The address as it came, where an alias or forward changed it."""
    status: str
    """``sent``, ``deferred``, ``bounced``, ``expired``, ``discarded`` (nobody got it), ..."""
    dsn: str | None
    """Enhanced status code, such as ``2.0.0``."""
    relay: str
    """Where it was handed over: ``mx.example[192.0.2.1]:25``, ``local``, ``none``."""
    at: datetime
    message_id: str | None
    """With angle brackets."""
    client: str | None
    """Who handed it in: ``host[address]``."""
    size: int | None = None
    sender_known: bool = True
    """False where no line named the sender at all: the start of the log is missing."""

    @property
    def identity(self) -> str:
        """Name the message: its Message-ID, else queue id and day (short queue ids come again).

        Without the year, which a traditional timestamp does not have: read again next year, the
        same line must still be the same message.
        """
        return self.message_id or f"log:{self.queue_id}:{self.at:%m-%d}"


def to_plain(delivery: Delivery) -> dict[str, object]:
    """Give a delivery as JSON has it, for a scan that ran elsewhere."""
    mailboxes = {
        name: None if (mailbox := getattr(delivery, name)) is None else mailbox.wire
        for name in ("sender", "recipient", "orig_to")
    }
    plain = {name: getattr(delivery, name) for name in _PLAIN}
    return plain | mailboxes | {"at": delivery.at.isoformat()}


def from_plain(plain: Mapping[str, Any]) -> Delivery:
    """Read it back."""
    known: dict[str, Any] = {name: plain[name] for name in _PLAIN}
    for name in ("sender", "recipient", "orig_to"):
        known[name] = None if plain[name] is None else Mailbox.parse(plain[name])
    return Delivery(**known, at=datetime.fromisoformat(plain["at"]))


_PLAIN = ("queue_id", "status", "dsn", "relay", "message_id", "client", "size", "sender_known")
