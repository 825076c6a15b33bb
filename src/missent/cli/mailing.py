"""Own what the commands that tell people share: one letter, handed over, and shown as its reader sees it.

Who was told is written down by the command, after each letter and before the next.
"""

from __future__ import annotations

import email
import email.policy
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line
from missent.net.relay import SmtpRelay

_FIELDS = ("From", "To", "Reply-To", "Subject", "Date")


@dataclass
class Letter:
    """One letter, and what became of it."""

    reader: Mailbox
    data: bytes
    state: str = "would be sent"
    """``would be sent``, ``sent``, ``failed``, ``told before``."""
    answer: str = ""

    def send(self, relay: SmtpRelay, name: str, at: datetime) -> bool:
        """Hand it over, under a null sender; tells whether the relay took it."""
        parameters = {} if self.data.isascii() else {"SMTPUTF8": ""}
        envelope = Envelope(name, None, (Recipient(self.reader),), at, parameters)
        answer = relay.send(envelope, self.data)
        self.state = "sent" if answer.accepted else "failed"
        self.answer = one_line(f"{answer.code} {answer.text}" if answer.code else answer.text)
        return answer.accepted

    @property
    def message_id(self) -> str:
        """Give its Message-ID."""
        return str(self._message["Message-ID"])

    @property
    def text(self) -> str:
        """Give the text that is complete by itself."""
        body = self._message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""

    @property
    def shown(self) -> str:
        """Show it as its reader sees it: header and text."""
        message = self._message
        fields = [f"{name}: {message[name]}" for name in _FIELDS if name in message]
        return "\n".join([*fields, "", self.text])

    @property
    def _message(self) -> EmailMessage:
        parsed = email.message_from_bytes(self.data, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed
