"""Own one message of an archive as it is replayed: who wrote what to whom, and when.

The text stays in memory for the length of a replay and goes into no result (law 8).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from missent.mail.archived import ArchivedMessage
from missent.mail.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with a known author, a date and at least one recipient."""

    at: datetime
    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    """To, Cc and Bcc, each once."""
    header: ArchivedMessage
    """All that learning looks at."""
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    """The beginning of the body as plain text, quoted lines included if the archive has them."""
    folder: str = ""
    """Whose folder it was found in, where the archive says so."""

    @property
    def identity(self) -> str:
        """Name the message: its Message-ID, or a digest of what is known."""
        return self.header.identity
