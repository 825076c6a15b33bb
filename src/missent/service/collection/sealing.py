"""Own how a collected message comes into custody: classified in memory, sealed, kept, and only then real.

Theory of operation. A message arrives in memory. It is classified, then sealed, envelope and all, to a
key whose other half is on another machine; only then does anything touch a disk. Sealed bytes are
written first and are durable; one transaction then makes row and audit event real (law 4); only then
does the edge answer its peer. Whatever fails on the way is `StoreUnavailable`, nothing stays, and the
peer, told 451, still has the message. A stop between bytes and row leaves an orphan, which nobody here
can read and `Keeping.sweep` destroys; its sender was told nothing, so they send again.

Nothing here opens anything. There is no unsealing in this module or below it, and no viewer anywhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from missent.errors import MissentError, StoreUnavailable
from missent.mail.envelope import Envelope
from missent.service.collection.classifying import UNKNOWN, Classified, Classifier
from missent.service.collection.collection import Hit, Item, Likely
from missent.service.collection.keeping import COLLECTOR
from missent.service.collection.parcel import pack
from missent.service.collection.ports import CollectionStore, PublicSealer, Vault
from missent.service.ports import Clock, NewEvent

_ORDER: Final = (Likely.REAL, Likely.UNCLEAR, Likely.SPAM)


@dataclass(frozen=True, slots=True)
class Strongroom:
    """What custody stands on: the ports, in one value."""

    store: CollectionStore
    vault: Vault
    sealer: PublicSealer
    clock: Clock
    new_id: Callable[[], str]
    """Gives names nobody can guess (`parcel.ITEM_ID`), such as `Ids.hold_id`."""


class Collecting:
    """Takes messages into custody. Safe to call from many threads."""

    def __init__(self, room: Strongroom, classify: Classifier, retention: timedelta) -> None:
        self._room = room
        self._classify = classify
        self._retention = retention

    def collect(self, envelope: Envelope, data: bytes, hits: Sequence[tuple[Hit, Likely]]) -> Item:
        """Take one message into custody; durable when this returns.

        `data` is the message as it came; `hits` are its recipients at typo domains, each with what it
        probably was. Raises `StoreUnavailable` if it could not be sealed, written or noted: then nothing
        of it is left here.
        """
        item = self._item(envelope, data, hits)
        sealed = self._sealed(item.item_id, envelope, data, [hit for hit, _ in hits])
        detail: dict[str, str | int] = {
            "octets": item.size,
            "level": item.level,
            "sealed_sha256": hashlib.sha256(sealed).hexdigest(),
        }
        event = NewEvent("item.sealed", item.item_id, COLLECTOR, item.at, detail)
        try:
            self._room.vault.put(item.item_id, sealed)
            self._room.store.keep_item(item, event)
        except BaseException as error:
            with suppress(MissentError):  # then it is an orphan, and swept
                self._room.vault.destroy(item.item_id)
            if not isinstance(error, Exception):
                raise
            raise StoreUnavailable(_why(error)) from None
        with suppress(MissentError):  # the row is there; this is for the day on which it is lost
            self._room.vault.settle(item.item_id)
        return item

    def _item(self, envelope: Envelope, data: bytes, hits: Sequence[tuple[Hit, Likely]]) -> Item:
        at = self._room.clock.now()
        known = self._classified(envelope, data)
        organisation = next((hit.organisation for hit, _ in hits if hit.organisation), None)
        found = {likely for _, likely in hits}
        return Item(
            item_id=self._room.new_id(),
            at=at,
            typed=tuple(dict.fromkeys(hit.typed.domain for hit, _ in hits)),
            organisation=organisation.ascii if organisation else "",
            size=len(data),
            level=known.level,
            categories=known.categories,
            people=known.people,
            likely=next((one for one in _ORDER if one in found), Likely.UNCLEAR),
            expires_at=at + self._retention,
        )

    def _classified(self, envelope: Envelope, data: bytes) -> Classified:
        try:
            return self._classify(envelope, data)
        except Exception:  # its text may quote the message (law 8), so nobody sees it
            return UNKNOWN

    def _sealed(self, item_id: str, envelope: Envelope, data: bytes, hits: Sequence[Hit]) -> bytes:
        try:
            return self._room.sealer.seal(pack(item_id, envelope, data, hits))
        except Exception:  # the same
            raise StoreUnavailable("the message could not be sealed") from None


def _why(error: Exception) -> str:
    """Give an error's own text where it is one of ours, which never quotes a message."""
    known = str(error) if isinstance(error, MissentError) else ""
    return known or "the sealed message could not be kept"
