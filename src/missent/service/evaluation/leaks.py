"""Own how a wrong recipient is made up for a real letter, since archives do not say which were wrong.

The rule of Carvalho and Cohen (SDM 2007), "3g-address": the leak is somebody whose name begins with the
same three letters as one of the true recipients, as a completing address field offers; where there is
nobody, anybody. It is drawn from those the sender wrote to before (*seen*), or from those only others of
the organisation wrote to (*unseen*): were all leaks seen, novelty would prove innocence. It is *added* to
the recipients or *replaces* the one it is taken for. What is drawn depends on seed and letter alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from missent.judge import names
from missent.mail.mailbox import Mailbox
from missent.service.letter import Letter

_TRIES = 24


class LeakKind(StrEnum):
    """Where a leak comes from and what it does to the letter's recipients."""

    ADDED = "added"
    REPLACES = "replaces"
    ADDED_UNSEEN = "added_unseen"
    REPLACES_UNSEEN = "replaces_unseen"
    ADDED_STRANGER = "added_stranger"
    """Unseen, and of any name."""

    @property
    def replaces(self) -> bool:
        """Whether a true recipient goes missing."""
        return self in (LeakKind.REPLACES, LeakKind.REPLACES_UNSEEN)


@dataclass(frozen=True, slots=True)
class Leak:
    """A letter's recipients with one wrong among them."""

    recipients: tuple[Mailbox, ...]
    wrong: Mailbox


class Lots:
    """Draws that are the same for the same seed and name, in whatever order they are asked for."""

    def __init__(self, seed: int, name: str) -> None:
        """Start the draws of one name, for example a Message-ID."""
        self._name = f"{seed}\n{name}".encode("utf-8", "replace")
        self._drawn = 0

    def below(self, limit: int) -> int:
        """Draw a number from 0 to `limit` - 1."""
        self._drawn += 1
        digest = hashlib.blake2b(self._name, digest_size=8, salt=self._drawn.to_bytes(8, "big"))
        return int.from_bytes(digest.digest(), "big") % limit

    def share(self) -> float:
        """Draw a number from 0 up to 1."""
        return self.below(1 << 32) / (1 << 32)


class _Book:
    """Mailboxes in the order they were first written to, also by the stems of their names."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self._all: list[Mailbox] = []
        self._by_stem: dict[str, list[Mailbox]] = {}

    def note(self, mailbox: Mailbox) -> None:
        folded = mailbox.folded
        if folded in self.known:
            return
        self.known.add(folded)
        self._all.append(mailbox)
        for stem in names.stems(mailbox.key):
            self._by_stem.setdefault(stem, []).append(mailbox)

    def draw(self, lots: Lots, meant: Mailbox | None, barred: Sequence[set[str]]) -> Mailbox | None:
        """Draw somebody with a name like the one meant, if there is one, else anybody."""
        stems = names.stems(meant.key) if meant else ()
        pools = [self._by_stem[stem] for stem in stems if stem in self._by_stem]
        for pool in (*pools, self._all):
            for _ in range(_TRIES if pool else 0):
                found = pool[lots.below(len(pool))]
                if not any(found.folded in known for known in barred):
                    return found
        return None


class AddressBooks:
    """Who wrote to whom before: the address books leaks are drawn from."""

    def __init__(self) -> None:
        """Start empty."""
        self._books: dict[str, _Book] = {}
        self._everybody = _Book()

    def note(self, letter: Letter) -> None:
        """Add what one of our people sent."""
        book = self._books.setdefault(letter.sender.folded, _Book())
        for mailbox in letter.recipients:
            book.note(mailbox)
            self._everybody.note(mailbox)

    def size(self, sender: Mailbox) -> int:
        """Count the mailboxes this sender wrote to."""
        book = self._books.get(sender.folded)
        return len(book.known) if book else 0

    def leak(self, letter: Letter, kind: LeakKind, seed: int) -> Leak | None:
        """Make one wrong recipient for a letter; None where there is nobody to take."""
        lots = Lots(seed, f"{kind}\n{letter.identity}")
        book = self._books.get(letter.sender.folded)
        if book is None:
            return None
        meant = letter.recipients[lots.below(len(letter.recipients))]
        present = {mailbox.folded for mailbox in letter.recipients} | {letter.sender.folded}
        if kind in (LeakKind.ADDED, LeakKind.REPLACES):
            wrong = book.draw(lots, meant, (present,))
        else:
            alike = None if kind is LeakKind.ADDED_STRANGER else meant
            wrong = self._everybody.draw(lots, alike, (present, book.known))
        if wrong is None:
            return None
        kept = [m for m in letter.recipients if not (kind.replaces and m == meant)]
        kept.insert(lots.below(len(kept) + 1), wrong)
        return Leak(tuple(kept), wrong)
