"""Own one message of an archive as it is replayed: who wrote what to whom, and when.

The text stays in memory for the length of a replay and goes into no result (law 8).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from missent.mail.archived import ArchivedMessage
from missent.mail.document import Document, Text
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message
from missent.mail.mime import one_line
from missent.mail.opening import LENGTH


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with a known author and a date."""

    at: datetime
    sender: Mailbox
    recipients: tuple[Mailbox, ...]
    """To, Cc and Bcc, each once; none where the archive does not say."""
    header: ArchivedMessage
    """All that learning looks at."""
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    """The beginning of the body as plain text, quoted lines included if the archive has them."""
    folder: str = ""
    """Whose folder it was found in, where the archive says so."""
    whole: Message | None = field(default=None, repr=False)
    """The message as parsed, where the archive has its bytes."""

    def message(self) -> Message:
        """Give it as the judge takes it: with the beginning of its text as its content."""
        said = (
            (Document("1", "text", texts=(Text(self.text),), attached=False),) if self.text else ()
        )
        if self.whole is not None:
            return replace(self.whole, documents=said)
        return Message(
            message_id=self.header.message_id,
            header_from=(self.sender,),
            addressees=self.recipients,
            subject=one_line(self.subject),
            parts=(),
            references=self.header.references,
            size=len(self.text),
            sha256="",
            body_digest="",
            signed=False,
            automatic=self.header.automatic,
            resent=False,
            hops=0,
            problems=(),
            text=self.text[:LENGTH],
            documents=said,
        )

    @property
    def identity(self) -> str:
        """Name the message: its Message-ID, or a digest of what is known."""
        return self.header.identity
