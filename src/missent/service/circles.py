"""Own the circles of many senders in memory: for a replay, where no database keeps them.

A thin face on `ledger.Ledger`, whose rows are those a store keeps: what a replay measures is what the
guard would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from missent.judge.circle import Circle
from missent.judge.terms import Wording
from missent.mail.mailbox import Mailbox
from missent.service.exchanges import of_letter
from missent.service.ledger import Ledger
from missent.service.letter import Letter


class Circles:
    """Notes letters in time order and gives the circle around an envelope."""

    def __init__(self, is_ours: Callable[[Mailbox], bool] = lambda _mailbox: True) -> None:
        """Start empty. Only for people of ours are ties kept."""
        self._is_ours = is_ours
        self._ledger = Ledger()

    def note(self, letter: Letter) -> None:
        """Add one letter; none noted before may be newer."""
        self._ledger.note(of_letter(letter, letter.recipients, self._is_ours))

    def circle(
        self, sender: Mailbox, recipients: Sequence[Mailbox], wording: Wording, at: datetime
    ) -> Circle:
        """Give the sender's circle around these recipients, as it is after the last noted letter."""
        return self._ledger.circle(sender, recipients, wording, at)
