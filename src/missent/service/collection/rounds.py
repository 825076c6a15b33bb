"""Own when the digest is sent: once in each stretch of time, and again only if it was not taken.

The time of the last one is kept in the store. Two nodes may both send in the same moment; the digests
then have one Message-ID and are one mail to most mail programs.

The rule: no day falls between two digests. One begins with the day of the last one, of which that could
tell the first hours only, and says so; a digest that comes late covers more days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Protocol

from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.collection.digest import Digests
from missent.service.collection.ports import CollectionStore
from missent.service.collection.report import Basis, read
from missent.service.ports import RegisterStore, Relay, RelayAnswer

LAST: Final = "collection digest"
"""Kept until the next is due: when this one was tried."""
SENT: Final = "collection digest sent"
"""Kept for long: when the last one was taken."""
RETRY: Final = timedelta(hours=1)
"""After the relay did not take it."""
_LONG: Final = timedelta(days=366)
"""A digest covers no more than this."""


class RoundStore(CollectionStore, RegisterStore, Protocol):
    """What a round reads and keeps."""


@dataclass(frozen=True, slots=True)
class DigestRound:
    """Sends the digest when it is due; `tick` is called now and then by whoever owns a clock."""

    store: RoundStore
    relay: Relay
    digests: Digests
    basis: Basis
    reader: Mailbox
    every: timedelta
    """0 = never."""

    def tick(self, now: datetime) -> RelayAnswer | None:
        """Send it if it is due; None if it is not. Raises `StoreUnavailable`."""
        if not self.every or not self._due(now):
            return None
        answer = self.send(now)
        wait = self.every if answer.accepted else min(RETRY, self.every)
        self.store.remember(LAST, now.isoformat(), now + wait)
        if answer.accepted:
            self.store.remember(SENT, now.isoformat(), now + self.every + _LONG)
        return answer

    def send(self, now: datetime) -> RelayAnswer:
        """Send it now, over the days since the last one."""
        sent = self.store.recall(SENT, now)
        days = max(self.every.days, 1)
        if sent is not None:
            days = (_day(now) - _day(datetime.fromisoformat(sent))).days + 1
        report = read(self.store, self.basis, now, min(max(days, 1), _LONG.days))
        data = self.digests.letter(report, self.reader, now, again=sent is not None)
        parameters = {} if data.isascii() else {"SMTPUTF8": ""}
        envelope = Envelope("digest", None, (Recipient(self.reader),), now, parameters)
        return self.relay.send(envelope, data)

    def _due(self, now: datetime) -> bool:
        """Tell whether it is time; one that was tried in the future was tried by a wrong clock."""
        last = self.store.recall(LAST, now)
        return last is None or datetime.fromisoformat(last) > now


def _day(at: datetime) -> date:
    return at.astimezone(UTC).date()
