"""A collector's custody on real parts: a store and a vault on disk, an age key that lies elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.service.stage import FakeClock

from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.service.collection.classifying import Classifier, ContentClassifier
from missent.service.collection.collection import Hit, Likely
from missent.service.collection.keeping import Keeping
from missent.service.collection.ports import PublicSealer
from missent.service.collection.sealing import Collecting, Strongroom
from missent.service.contents import NamesOnly
from missent.store.agekey import AgeIdentity, AgeSealer, make_identity
from missent.store.store import SqlStore, open_store
from missent.store.vault import FileVault
from missent.system import RandomIds

ANN = Mailbox.parse("ann@contractor.example")
TYPED = Mailbox.parse("john@army.ml")
MEANT = DomainName.parse("army.mil")
RETENTION = timedelta(days=30)
LETTER = (
    b"From: Ann <ann@contractor.example>\r\nTo: john@army.ml\r\nSubject: Plans\r\n"
    b"Message-ID: <1@contractor.example>\r\n\r\nPlease find them attached.\r\n"
)
_MADE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Custody:
    """Everything of one collector, and the key that its machine does not have."""

    store: SqlStore
    vault: FileVault
    clock: FakeClock
    public: str
    identity: Path
    keeping: Keeping
    folder: Path

    def collecting(
        self, classify: Classifier | None = None, sealer: PublicSealer | None = None
    ) -> Collecting:
        """Give the duty; by default attachments are known by their names only."""
        room = Strongroom(
            self.store,
            self.vault,
            sealer or AgeSealer(self.public),
            self.clock,
            RandomIds().hold_id,
        )
        return Collecting(room, classify or ContentClassifier(NamesOnly()), RETENTION)

    def open(self, item_id: str) -> bytes:
        """Open an item with the key from elsewhere."""
        return AgeIdentity.read(self.identity).open(self.vault.get(item_id))

    def kinds(self) -> list[str]:
        """Give the audit trail's events of items, in order."""
        return [event.kind for _, event, _ in self.store.trail() if event.kind.startswith("item.")]


def build(path: Path, elsewhere: Path) -> Custody:
    """Make a collector in one folder, its key in another."""
    elsewhere.mkdir(exist_ok=True)
    identity = elsewhere / "identity.txt"
    public = make_identity(identity, _MADE)
    return again(path, public, identity)


def again(path: Path, public: str, identity: Path) -> Custody:
    """Open the same collector as after a start."""
    clock = FakeClock()
    store = open_store(f"sqlite:///{path}/missent.db", node="n", clock=clock)
    vault = FileVault(path / "vault")
    return Custody(store, vault, clock, public, identity, Keeping(store, vault), path)


def envelope(*recipients: Mailbox, sender: Mailbox | None = ANN) -> Envelope:
    """Give a transaction to typo domains."""
    boxes = recipients or (TYPED,)
    at = FakeClock().now()
    return Envelope("t1", sender, tuple(map(Recipient, boxes)), at, client_address="192.0.2.1")


def hits(
    *recipients: Mailbox, likely: Likely = Likely.REAL, sender: Mailbox | None = ANN
) -> Sequence[tuple[Hit, Likely]]:
    """Give the hits of such a transaction."""
    return [
        (
            Hit(
                at=FakeClock().now(),
                client="192.0.2.1",
                helo="mx.contractor.example",
                tls=True,
                sender=sender,
                typed=box,
                meant=MEANT,
                rcpts=number,
            ),
            likely,
        )
        for number, box in enumerate(recipients or (TYPED,), 1)
    ]
