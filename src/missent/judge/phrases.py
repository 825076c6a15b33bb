"""Own the small wordings that several sentences share: how often, since when, and who.

A sentence is plain and specific and names addresses and counts only (law 8).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from missent.mail.mailbox import Mailbox

NAMED = 2
"""Addresses written out in one sentence."""


def times(count: int) -> str:
    """Say how often: ``once``, ``4 times``."""
    return "once" if count == 1 else f"{count} times"


def listed(mailboxes: Sequence[Mailbox]) -> str:
    """Name the first of them, and count the rest: ``a@x, b@x and 3 more``."""
    named = [mailbox.screen for mailbox in mailboxes[:NAMED]]
    more = len(mailboxes) - len(named)
    return f"{', '.join(named)} and {more} more" if more else " and ".join(named)


def since(at: datetime | None) -> str:
    """Say since when, as a date; empty if that is not known."""
    return f" since {at.date().isoformat()}" if at else ""
