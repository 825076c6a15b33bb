"""Own the peers' rules, replayed on the same mail and answered in the same way.

- *one edit*: hold a name nobody wrote to before, if it is one edit or another suffix away from one
  seen `least` times; what every look-alike list and most research does with a history.
- *nearest known*: the same by distance up to two, without asking whether the name is new: it holds
  until its sender has validated the address.
- *mailcheck*: the suggestion of mailcheck 1.1.1 with its own list of domains, as web forms use it.

None of them learns who answers, so all of them learn a mistake that was made once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from missent.lookalike.index import keys
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.labels import Labels
from missent.service.evaluation.mailcheck import mailcheck
from missent.service.evaluation.typos import Window

Suggest = Callable[["Known", DomainName], str | None]


@dataclass(slots=True)
class Known:
    """The names one peer has seen."""

    seen: Counter[str] = field(default_factory=Counter)
    near: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def note(self, name: DomainName) -> None:
        """Count one more message to or from a name."""
        if name.ascii not in self.seen:
            for key in keys(name):
                self.near[key].append(name.ascii)
        self.seen[name.ascii] += 1

    def around(self, name: DomainName) -> Iterable[str]:
        """Give the names seen that share an index key with this one."""
        return {near for key in keys(name) for near in self.near.get(key, ())} - {name.ascii}


def one_edit(least: int) -> Suggest:
    """Make the one-edit rule with a target seen at least so many times."""

    def suggest(known: Known, written: DomainName) -> str | None:
        if known.seen[written.ascii]:
            return None
        close = [
            name
            for name in known.around(written)
            if known.seen[name] >= least and (_edits(name, written) == 1 or _stem(name, written))
        ]
        return max(close, key=lambda name: (known.seen[name], name), default=None)

    return suggest


def nearest_known(known: Known, written: DomainName) -> str | None:
    """Give the nearest more frequent name within two edits."""
    close = [
        (_edits(name, written), -known.seen[name], name)
        for name in known.around(written)
        if known.seen[name] > known.seen[written.ascii] and _edits(name, written) <= 2
    ]
    return min(close, default=(0, 0, None))[2]


def mailcheck_default(_known: Known, written: DomainName) -> str | None:
    """Give what mailcheck suggests by its own list."""
    return mailcheck(written.ascii)


PEERS: tuple[tuple[str, Suggest], ...] = (
    ("one edit, target seen 5 times", one_edit(5)),
    ("one edit, target seen twice", one_edit(2)),
    ("one edit, target seen once", one_edit(1)),
    ("nearest known name", nearest_known),
    ("mailcheck 1.1.1", mailcheck_default),
)


@dataclass(slots=True)
class Peer:
    """One peer in the replay."""

    name: str
    suggest: Suggest
    labels: Labels
    window: Window = field(default_factory=lambda: Window(0))
    _known: Known = field(default_factory=Known)
    _validated: set[tuple[str, str]] = field(default_factory=set)
    _used: set[str] = field(default_factory=set)

    def hear(self, sender: Mailbox) -> None:
        """Take note of inbound mail."""
        self._known.note(sender.domain)

    def learn(self, outside: Iterable[Mailbox]) -> None:
        """Take note of history."""
        for name in {mailbox.domain for mailbox in outside}:
            self._known.note(name)

    def send(
        self, sender: Mailbox, outside: tuple[Mailbox, ...], first_uses: tuple[Mailbox, ...]
    ) -> None:
        """Judge one outgoing message by the rule, answer its hold, learn it."""
        self.window.messages += 1
        self.window.outside += bool(outside)
        wrong = right = False
        sent: list[Mailbox] = []
        for mailbox in outside:
            suggestion = self._hold(sender, mailbox)
            if mailbox in first_uses:
                self._count(mailbox, suggestion)
            meant = self.labels.right(mailbox)
            if suggestion is not None and meant is None:
                self._validated.add((sender.folded, mailbox.folded))
            wrong |= suggestion is not None and meant is None
            right |= suggestion is not None and meant is not None
            sent.append(meant if suggestion is not None and meant is not None else mailbox)
        self.window.holds += wrong or right
        self.window.false_holds += wrong
        self.learn(sent)

    def _hold(self, sender: Mailbox, mailbox: Mailbox) -> str | None:
        if (sender.folded, mailbox.folded) in self._validated:
            return None
        return self.suggest(self._known, mailbox.domain)

    def _count(self, mailbox: Mailbox, suggestion: str | None) -> None:
        """Count a first use of a mistyped name."""
        meant, name = self.labels.right(mailbox), mailbox.domain.ascii
        if meant is None or name in self._used:
            return
        self._used.add(name)
        self.window.first_uses += 1
        self.window.caught += suggestion is not None
        self.window.right += suggestion == meant.domain.ascii


def _edits(name: str, written: DomainName) -> int:
    return OSA.distance(name, written.ascii, score_cutoff=2)


def _stem(name: str, written: DomainName) -> bool:
    """Tell whether two names differ in their public suffix only."""
    other = DomainName.parse(name)
    mine = written.ascii.removesuffix(written.public_suffix)
    return mine == other.ascii.removesuffix(other.public_suffix)
