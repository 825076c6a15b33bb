"""Own what the sources say of every name: how much went there, how much came from there, who answered.

Evidence in hindsight. A log does not say what a message refers to, so an *answer* here is weaker than
the live one (DESIGN §3) and is called so in the report: a message from a mailbox that was itself
written to. Sends make a target and never trust, as ever. Names and counts only; no message stands here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from missent.errors import MalformedAddress
from missent.judge.case import Record
from missent.lookalike.suffixes import closed_suffix
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox


@dataclass(slots=True)
class Traffic:
    """Messages to and from one name."""

    to: int = 0
    wrote: int = 0
    answered: int = 0
    """Of those it wrote, from mailboxes that were written to."""
    mutual: int = 0
    """Mailboxes that were written to and wrote."""
    mailboxes: int = 0
    """Mailboxes that were written to."""
    once: int = 0
    """Of these, those that were written to once."""
    first: datetime | None = None
    last: datetime | None = None

    def add(self, to: int, wrote: int, first: datetime | None, last: datetime | None) -> None:
        """Count some more."""
        self.to += to
        self.wrote += wrote
        self.first = min(filter(None, (self.first, first)), default=None)
        self.last = max(filter(None, (self.last, last)), default=None)

    def join(self, other: Traffic) -> None:
        """Count another name's as this one's, too."""
        self.add(other.to, other.wrote, other.first, other.last)
        self.answered += other.answered
        self.mutual += other.mutual
        self.mailboxes += other.mailboxes
        self.once += other.once

    def record(self) -> Record:
        """Give it as the judge takes it."""
        answered = bool(self.answered and self.mutual)
        return Record(
            sent=self.to,
            answered=self.answered,
            answered_people=self.mutual,
            first_answer=self.first if answered else None,
            last_answer=self.last if answered else None,
            heard_weakly=self.wrote - self.answered,
            mailboxes=self.mailboxes,
            once=self.once,
            first_seen=self.first,
            last_seen=self.last,
        )


@dataclass(slots=True)
class Census:
    """Every name of the sources, by domain; mailboxes only of the domains that are looked at closely."""

    messages: int = 0
    since: datetime | None = None
    until: datetime | None = None
    texts: dict[str, Traffic] = field(default_factory=dict)
    """By domain as it stands in the sources, lower case."""
    unread: int = 0
    """Domains that are no names by our grammar."""
    _names: dict[str, DomainName] = field(default_factory=dict)
    _spelt: dict[str, list[str]] = field(default_factory=dict)
    _below: dict[str, list[str]] = field(default_factory=dict)
    """By registrable name: the hosts below it."""
    _owners: dict[str, Traffic] | None = None
    _mailboxes: dict[str, Traffic] = field(default_factory=dict)

    def see(self, first: datetime | None, last: datetime | None) -> None:
        """Take note of when something happened."""
        self.since = min(filter(None, (self.since, first)), default=None)
        self.until = max(filter(None, (self.until, last)), default=None)

    def count(
        self, domain: str, to: int, wrote: int, first: datetime | None, last: datetime | None
    ) -> None:
        """Count messages to and from one domain, as written."""
        traffic = self.texts.get(domain)
        if traffic is None:
            traffic = self.texts[domain] = Traffic()
        traffic.add(to, wrote, first, last)

    def close(self) -> None:
        """Read the names, when all are counted."""
        for text in self.texts:
            try:
                name = DomainName.parse(text)
            except MalformedAddress:
                self.unread += 1
                continue
            self._names[name.ascii] = name
            self._spelt.setdefault(name.ascii, []).append(text)
            if name.registrable not in {None, name.ascii}:
                self._below.setdefault(str(name.registrable), []).append(text)

    def names(self) -> Iterable[DomainName]:
        """Give every name, the most written to first."""
        return sorted(self._names.values(), key=lambda n: (-self.traffic(n).to, n.ascii))

    def spelt(self, name: DomainName) -> tuple[str, ...]:
        """Give the spellings that stand in the sources of a name and, as its record counts them, too, of
        the hosts below a registrable one.
        """
        return (*self._spelt.get(name.ascii, ()), *self._below.get(name.ascii, ()))

    def traffic(self, name: DomainName) -> Traffic:
        """Give what went to exactly this name."""
        spellings = [self.texts[text] for text in self._spelt.get(name.ascii, ())]
        if len(spellings) == 1:
            return spellings[0]
        whole = Traffic()
        for one in spellings:
            whole.join(one)
        return whole

    def mailbox(self, mailbox: Mailbox) -> Traffic | None:
        """Give what went to a mailbox; None if nothing is known of it."""
        return self._mailboxes.get(mailbox.folded)

    def take_mailbox(self, mailbox: Mailbox, to: int, wrote: int) -> None:
        """Count messages to and from one mailbox of a domain that matters."""
        traffic = self._mailboxes.setdefault(mailbox.folded, Traffic())
        traffic.add(to, wrote, self.since, self.until)
        if traffic.to and traffic.wrote:
            traffic.answered, traffic.mutual = traffic.wrote, 1

    def look_closely(
        self, domain: str, mailboxes: int, once: int, mutual: int, answered: int
    ) -> None:
        """Learn the mailboxes of a domain, as written: see `Traffic`."""
        traffic = self.texts[domain]
        traffic.mailboxes, traffic.once = mailboxes, once
        traffic.mutual, traffic.answered = mutual, answered
        self._owners = None

    def owners(self) -> Mapping[str, Traffic]:
        """Give, by registrable name and closed suffix, all that went to or below it
        (`counting.names_of`).
        """
        if self._owners is None:
            whole: defaultdict[str, Traffic] = defaultdict(Traffic)
            for name in self._names.values():
                traffic, suffix = self.traffic(name), closed_suffix(name)
                for above in {name.registrable, None if suffix is None else suffix.ascii}:
                    if above is not None and above != name.ascii:
                        whole[above].join(traffic)
            for text, traffic in list(whole.items()):
                if text in self._names:
                    traffic.join(self.traffic(self._names[text]))
            self._owners = dict(whole)
        return self._owners

    def heard(self, ours: Iterable[DomainName]) -> bool:
        """Tell whether anybody outside wrote. Where nobody said what is ours, it is who wrote the most."""
        wrote = [
            name for name in self._names.values() if name.registrable and self.traffic(name).wrote
        ]
        most = max(wrote, key=lambda name: (self.traffic(name).wrote, name.ascii), default=None)
        inside = tuple(ours)
        if not inside and most is not None:
            inside = (DomainName.parse(str(most.registrable)),)
        return any(not any(name.is_within(one) for one in inside) for name in wrote)

    def record(self, text: str) -> Record:
        """Give the record of a name, everything at or below it, as the live store counts."""
        above = self.owners().get(text)
        if above is not None:
            return above.record()
        name = self._names.get(text)
        return Record() if name is None else self.traffic(name).record()
