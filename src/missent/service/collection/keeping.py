"""Own what happens to sealed messages while they are kept: opened elsewhere, destroyed here, on time.

The rule: bytes go first, then the row is marked, and each step has its audit event; after a stop in
between the same is done again. Whoever takes a message out is written down before it comes out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from missent.errors import StoreUnavailable
from missent.mail.mime import one_line
from missent.service.collection.collection import Item
from missent.service.collection.ports import CollectionStore, Vault
from missent.service.ports import NewEvent

ORPHAN_AFTER: Final = timedelta(hours=1)
"""Sealed bytes without a row are swept after this: no message takes so long from bytes to row."""
GONE_AFTER: Final = timedelta(hours=2)
"""What is past its time and not in this vault is taken for gone after this. Before, it may lie in the
vault of another collector on the same store, which destroys it."""
COLLECTOR: Final = "collector"
"""Who acts, in the audit trail, where no person does."""
_AN_EVENT: Final = 100
"""Items that one audit event names."""
_REASON: Final = 500
"""Characters of a reason that are kept."""


class AuditedStore(CollectionStore, Protocol):
    """What is kept of collected mail, and the audit trail."""

    def audit(self, event: NewEvent) -> None:
        """Chain one event of its own."""
        ...


class State(StrEnum):
    """Whether a sealed message is still there."""

    KEPT = "kept"
    DESTROYED = "destroyed"


def state_of(item: Item, present: Collection[str]) -> State:
    """Tell whether an item is still there; one whose bytes are gone is destroyed, whatever its row says."""
    kept = item.destroyed_at is None and item.item_id in present
    return State.KEPT if kept else State.DESTROYED


class Keeping:
    """Destroys sealed messages on time, on request, and where no row speaks of them."""

    def __init__(
        self, store: AuditedStore, vault: Vault, retention: timedelta = timedelta(days=30)
    ) -> None:
        """Keep for `store`; `retention` counts for what has lost its row."""
        self._store = store
        self._vault = vault
        self._retention = retention
        self.strays = 0
        """Items, at the last sweep, that were acknowledged and whose rows are lost."""
        self._settled: frozenset[str] = frozenset()
        """Items that were looked up and found to be kept; so a sweep looks up each once."""

    def expire(self, at: datetime, limit: int = 1000) -> int:
        """Destroy what is past its time, all of it; gives how many. Audited.

        What is not in this vault is only marked, `GONE_AFTER` its time. Raises `StoreUnavailable` where
        something could not be destroyed; the rest is, and that is tried again at the next call.
        """
        number = limit
        total = 0
        while number == limit:
            number = self._expire(at, limit)
            total += number
        return total

    def _expire(self, at: datetime, limit: int) -> int:
        past = self._store.expired_items(at, limit)
        present = frozenset(self._vault.ids()) if past else frozenset()
        gone: list[str] = []
        trouble: StoreUnavailable | None = None
        for item in past:
            if item.item_id not in present and at - item.expires_at < GONE_AFTER:
                continue
            try:
                self._vault.destroy(item.item_id)
                gone.append(item.item_id)
            except StoreUnavailable as error:
                trouble = error
        for part in _parts(gone):
            missing = sum(item_id not in present for item_id in part)
            detail = _named(part) | ({"missing": missing} if missing else {})
            self._store.destroyed(
                part, at, NewEvent("item.expired", part[0], COLLECTOR, at, detail)
            )
        if trouble is not None:
            raise trouble
        return len(gone)

    def destroy(self, item_id: str, actor: str, reason: str, at: datetime) -> bool:
        """Destroy one item before its time; False if there is none, or none any more. Audited.

        Raises `StoreUnavailable`.
        """
        item = self._store.item(item_id)
        if item is None or item.destroyed_at is not None:
            return False
        self._vault.destroy(item_id)
        event = NewEvent("item.destroyed", item_id, actor, at, {"reason": tidy(reason)})
        self._store.destroyed([item_id], at, event)
        return True

    def sweep(self, at: datetime) -> int:
        """Destroy sealed bytes that no living row speaks of; gives how many. Audited.

        That is what a stop left between bytes and row, and what a restored backup brought back. What had
        a row that is lost (another database, or an older one) was acknowledged to its sender: it is
        a stray, and kept as long as it would have been.
        """
        old = frozenset(self._vault.ids(at - ORPHAN_AFTER))
        settled, orphans, unknown = self._settled & old, [], []
        for item_id in sorted(old - settled):
            item = self._store.item(item_id)
            if item is None:
                unknown.append(item_id)
            elif item.destroyed_at is not None:
                orphans.append(item_id)
            else:
                settled |= {item_id}
        self._settled = settled
        strays = frozenset(self._vault.settled(at - self._retention)) if unknown else frozenset()
        self.strays = len(strays.intersection(unknown))
        orphans += [item_id for item_id in unknown if item_id not in strays]
        for item_id in orphans:
            self._vault.destroy(item_id)
        for part in _parts(orphans):
            self._store.audit(NewEvent("item.swept", part[0], COLLECTOR, at, _named(part)))
        return len(orphans)


def opening(item_id: str, sealed_sha256: str, actor: str, reason: str, at: datetime) -> NewEvent:
    """Give the event that is to be durable before anything of an item is opened: which, who, when, why."""
    detail = {"sealed_sha256": sealed_sha256, "reason": tidy(reason)}
    return NewEvent("item.opened", item_id, actor, at, detail)


def tidy(reason: str) -> str:
    """Give a reason as the trail keeps it: one line, without control characters, not too long."""
    return one_line(reason, _REASON)


def _parts(item_ids: Sequence[str]) -> Sequence[Sequence[str]]:
    return [item_ids[start : start + _AN_EVENT] for start in range(0, len(item_ids), _AN_EVENT)]


def _named(item_ids: Sequence[str]) -> dict[str, str | int]:
    return {"items": len(item_ids), "names": " ".join(item_ids)}
