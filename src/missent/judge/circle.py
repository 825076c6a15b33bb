"""Own what is known of the people one sender writes to: the bounded view behind "the wrong person".

A `Circle` is taken for one envelope, like `Correspondence`: a frozen snapshot that costs a number of
key reads in proportion to the recipients, never to the history. All of it comes from mail before
`Case.at`. Times are ages in days, `NEVER` where there is none; decayed sums halve every `HALF_LIFE` days
and are stored as (value, when) and decayed on reading.

Co-occurrence needs no table of pairs. Every letter has a number; a row keeps the numbers of its
last letters, and two rows were together as often as their numbers meet (`together`).

What a store keeps, one row for each key, all values bounded:

- ``ties``     (person, mailbox) -> the fields of `Tie`; only for people of ours as `person`.
- ``presences`` (mailbox) -> the fields of `Presence`, over all mail seen.
- ``names``    (person, stem) -> the last `RIVALS_KEPT` mailboxes they wrote to with a name of this
               stem (`names.stems`); each is then one read of ``ties``.
- ``talks``    (key) -> the fields of `Talk`; the key is `Wording.subject_key`, or where a letter has no
               telling subject that of its own Message-ID.
- ``threads``  (key of a Message-ID) -> key of its talk. A letter's talk is that of the latest letter it
               refers to that is known, else that of its subject; silent for 90 days, it starts anew.
- ``terms``    one row: the number of letters each of `BUCKETS` hashed terms occurred in.
- ``people``   (person) -> letters written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from missent.mail.mailbox import Mailbox

NEVER = math.inf
"""The age of what never happened."""
HALF_LIFE = 45.0
"""Days after which a letter counts half: people change projects within a quarter."""
BUCKETS = 1 << 14
"""Hashed terms: a bucket stands for about one term in daily use, and gives no word away."""
LETTERS_KEPT = 40
"""Last letters whose numbers a tie keeps."""
PRESENCES_KEPT = 80
"""The same for a presence: there is one for each mailbox, not one for each pair."""
TERMS_KEPT = 80
"""Terms a tie keeps: those that count most."""
TERMS_READ = 40
"""Distinct terms read of one letter."""
RIVALS_KEPT = 12
"""Mailboxes kept for each stem of a name, the latest written to."""
RIVALS_READ = 6
"""Rivals of one recipient that are looked at: the likest by name, among them the latest."""
TALKERS_KEPT = 48
"""Mailboxes kept for each conversation, the latest to take part."""
PERSONAL = 8
"""Recipients up to which a letter's wording says something of each pair."""
TALK_LASTS = 90.0
"""Days of silence after which a subject taken up again is another conversation."""
LIST_SIZE = 64
"""Recipients counted of one letter: a mailing to more people ties nobody to anybody."""


@dataclass(frozen=True, slots=True)
class Tie:
    """What the sender and one mailbox had to do with each other."""

    sent: int = 0
    """Letters the sender wrote there."""
    alone: int = 0
    """Of `sent`, those with no other recipient."""
    recent: float = 0.0
    """`sent`, decayed."""
    last_sent: float = NEVER
    first_sent: float = NEVER
    heard: int = 0
    """Letters the mailbox wrote to the sender."""
    heard_recent: float = 0.0
    last_heard: float = NEVER
    letters: tuple[int, ...] = ()
    """Numbers, in the sender's own count, of the last letters written there, ascending."""
    terms: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    """Bucket -> weight of the terms the two exchanged, in both directions."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How present one mailbox is in all mail the organisation saw."""

    received: int = 0
    """Letters addressed to it."""
    senders: int = 0
    """Distinct people of ours who wrote to it."""
    wrote: int = 0
    last_seen: float = NEVER
    """Since it last took part in any letter, as author or recipient."""
    letters: tuple[int, ...] = ()
    """Numbers, in the organisation's count, of the last letters it took part in, ascending."""


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation a letter continues, by its references or its subject."""

    letters: int = 0
    """Letters before this one; 0 = it continues nothing."""
    last: float = NEVER
    received: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """By ``Mailbox.folded``: letters of the conversation addressed to it."""
    wrote: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """The same: letters it wrote."""

    def took_part(self, mailbox: Mailbox) -> bool:
        """Tell whether the mailbox had any letter of this conversation."""
        return mailbox.folded in self.received or mailbox.folded in self.wrote


NO_TIE = Tie()
NO_PRESENCE = Presence()
NO_TALK = Talk()


@dataclass(frozen=True, slots=True)
class Circle:
    """The sender's own correspondence, as far as these recipients touch it."""

    letters: int = 0
    """Letters the sender has on record; 0 is a cold start."""
    ties: Mapping[str, Tie] = field(default_factory=lambda: MappingProxyType({}))
    """By ``Mailbox.folded``: of the recipients and of their rivals."""
    presences: Mapping[str, Presence] = field(default_factory=lambda: MappingProxyType({}))
    """By ``Mailbox.folded``: of the sender and the recipients."""
    rivals: Mapping[str, tuple[Mailbox, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By ``Mailbox.folded`` of a recipient: who of a similar name the sender writes to."""
    talk: Talk = NO_TALK
    terms: Mapping[int, float] = field(default_factory=lambda: MappingProxyType({}))
    """Bucket -> rarity (inverse document frequency) of this letter's own terms."""

    def tie(self, mailbox: Mailbox) -> Tie:
        """Give the tie to a mailbox, empty if there is none."""
        return self.ties.get(mailbox.folded, NO_TIE)

    def presence(self, mailbox: Mailbox) -> Presence:
        """Give the presence of a mailbox, empty if it was never seen."""
        return self.presences.get(mailbox.folded, NO_PRESENCE)

    def rivals_of(self, mailbox: Mailbox) -> tuple[Mailbox, ...]:
        """Give the sender's correspondents with a name like this one's."""
        return self.rivals.get(mailbox.folded, ())


EMPTY = Circle()


def together(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Count the letters two rows have in common, among those both still keep."""
    if not one or not other or one[-1] < other[0] or other[-1] < one[0]:
        return 0
    return len(set(one).intersection(other))
