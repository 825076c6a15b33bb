"""Own how letters of collection are named: by what they say, so that one that comes twice is recognised.

The envelope sender is null; that is the caller's part.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.message import EmailMessage

from missent.mail.mailbox import Mailbox
from missent.service import stationery
from missent.service.stationery import Letterhead


def top(
    head: Letterhead, reader: Mailbox, subject: str, at: datetime, said: tuple[object, ...]
) -> EmailMessage:
    """Make the header of a letter whose content is told by `said`."""
    name = hashlib.sha256("\n".join(map(str, (reader.folded, *said))).encode()).hexdigest()[:24]
    return stationery.top(head, reader, subject, at, f"collected.{name}")


def reference(letter: EmailMessage) -> str:
    """Give the letter's name, for its foot."""
    return str(letter["Message-ID"])[1:].partition("@")[0].rpartition(".")[2]
