"""Own what is remembered of one queue id while its facts come on several lines.

A delivery is given at once if its sender is known, else it waits for the line that names the sender,
for the end of its entry, or for the end of the log. Memory is bounded: the oldest ids are forgotten, and
what waited there is given with ``sender_known`` False.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

from missent.mail.delivery import Delivery
from missent.mail.logs.dialect import MAX_OPEN, MAX_WAITING
from missent.mail.mailbox import Mailbox


@dataclass(slots=True)
class Entry:
    """What is known so far of one queue id."""

    sender: Mailbox | None = None
    sender_known: bool = False
    message_id: str | None = None
    client: str | None = None
    size: int | None = None
    waiting: list[Delivery] = field(default_factory=list)

    def settle(self) -> list[Delivery]:
        """Complete what waited with what is known now."""
        if not self.waiting:
            return []
        waiting, self.waiting = self.waiting, []
        return [
            replace(
                delivery,
                sender=self.sender,
                sender_known=self.sender_known,
                message_id=self.message_id,
                client=self.client,
                size=self.size,
            )
            for delivery in waiting
        ]

    def deliver(self, delivery: Delivery) -> list[Delivery]:
        """Take a delivery made with what this entry knows; gives it, or lets it wait."""
        if self.sender_known:
            return [delivery]
        self.waiting.append(delivery)
        return self.settle() if len(self.waiting) >= MAX_WAITING else []


class Entries:
    """The queue ids of one log that are still open, the oldest first."""

    __slots__ = ("_limit", "_open")

    def __init__(self, limit: int = MAX_OPEN) -> None:
        """Start with none; at most `limit` are remembered."""
        self._limit = limit
        self._open: OrderedDict[str, Entry] = OrderedDict()

    def __getitem__(self, queue_id: str) -> Entry:
        """Give what is known of a queue id, new if nothing is."""
        entry = self._open.get(queue_id)
        if entry is None:
            entry = self._open[queue_id] = Entry()
        return entry

    def close(self, queue_id: str) -> list[Delivery]:
        """End an entry: its id may come again for another message."""
        return self._open.pop(queue_id, Entry()).settle()

    def forget(self) -> list[Delivery]:
        """Keep within the limit: forget the oldest, giving what waited there."""
        if len(self._open) <= self._limit:
            return []
        return self._open.popitem(last=False)[1].settle()

    def finish(self) -> list[Delivery]:
        """Give what still waits, and forget everything."""
        left = [delivery for entry in self._open.values() for delivery in entry.settle()]
        self._open.clear()
        return left
