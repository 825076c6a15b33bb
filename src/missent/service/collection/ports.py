"""Own the ports of collection: where hits are counted, where sealed bytes lie, who checks a client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.collection.collection import (
    Check,
    DayCount,
    Hit,
    Item,
    Likely,
    OrganisationRecord,
    Pair,
)
from missent.service.ports import NewEvent


class CollectionStore(Protocol):
    """What is kept of the mail that came to typo domains. Days are days in UTC."""

    def count_hits(self, hits: Sequence[tuple[Hit, Likely]]) -> tuple[Pair, ...]:
        """Add hits to days, pairs and organisations in one transaction, durable on return.

        Gives the pairs that became persistent by it. At most `PAIRS_A_DAY` new pairs and
        `ORGANISATIONS_A_DAY` new organisations a day get rows; the rest counts under organisation "".
        """
        ...

    def days(self, since: date, until: date) -> tuple[DayCount, ...]:
        """Give what was counted from `since` up to but not including `until`, oldest first."""
        ...

    def pairs(self, *, min_hits: int = 1, limit: int = 1000) -> tuple[Pair, ...]:
        """List pairs, most hits first."""
        ...

    def organisations(self, limit: int = 1000) -> tuple[OrganisationRecord, ...]:
        """List sending organisations, most real hits first."""
        ...

    def organisation(self, name: str) -> OrganisationRecord | None:
        """Read one; by it a newcomer is told from an old acquaintance."""
        ...

    def told(self, pairs: Sequence[Pair], at: datetime, event: NewEvent) -> None:
        """Note that a postmaster was told of these pairs; audited."""
        ...

    def keep_item(self, item: Item, event: NewEvent) -> None:
        """Make one sealed message real; audited."""
        ...

    def items(self, since: datetime | None = None, limit: int = 10_000) -> tuple[Item, ...]:
        """List sealed messages, newest first."""
        ...

    def item(self, item_id: str) -> Item | None:
        """Read one."""
        ...

    def expired_items(self, at: datetime, limit: int = 1000) -> tuple[Item, ...]:
        """List items not destroyed whose time has passed."""
        ...

    def destroyed(self, item_ids: Sequence[str], at: datetime, event: NewEvent) -> None:
        """Note that the sealed bytes of these are gone; audited."""
        ...

    def forget_pairs(self, before: datetime) -> int:
        """Drop pairs and organisations without a hit since `before`; gives how many rows."""
        ...


class Vault(Protocol):
    """Where sealed bytes lie: write once, read with the key, elsewhere."""

    def put(self, item_id: str, sealed: bytes) -> None:
        """Write sealed bytes, durable on return. Raises `StoreUnavailable`."""
        ...

    def get(self, item_id: str) -> bytes:
        """Read sealed bytes. Raises `OperatorError` if they are not there."""
        ...

    def destroy(self, item_id: str) -> None:
        """Remove sealed bytes, durably; those that are not there are gone already.

        Raises `StoreUnavailable`.
        """
        ...

    def settle(self, item_id: str) -> None:
        """Mark sealed bytes as having a row, so that they are not swept if that is lost.

        Raises `StoreUnavailable`.
        """
        ...

    def settled(self, since: datetime) -> Sequence[str]:
        """List what is so marked and was written since. Raises `StoreUnavailable`."""
        ...

    def ids(self, before: datetime | None = None) -> Sequence[str]:
        """List what lies there; with a time, what was written before it, for the sweep of orphans.

        Raises `StoreUnavailable`.
        """
        ...


class PublicSealer(Protocol):
    """Encrypts to a key whose other half is not on this machine."""

    def seal(self, data: bytes) -> bytes:
        """Encrypt; nobody here can undo it. Raises `StoreUnavailable`."""
        ...


class ClientChecks(Protocol):
    """Looks a client up: opt-in, cached, bounded in time; asks about the sender, never a typo domain."""

    def aligned(self, client: str, helo: str, sender: Mailbox) -> Check:
        """Check SPF (RFC 7208)."""
        ...

    def confirmed(self, client: str) -> Check:
        """Check that the client's reverse name leads back to it."""
        ...


class Known(Protocol):
    """What the owner knows of their own mail."""

    def listed(self, local_part: str, meant: DomainName) -> bool | None:
        """Tell whether this local part exists at the domain that was meant; None without a directory."""
        ...
