"""Own how single misdirected deliveries add up to an incident.

The rules of `incident` hold: messages are counted, each once; what was bounced or is pending is counted
apart; the same deliveries give the same incident, in whatever order they were found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from missent.lookalike.registries import country_of, is_open
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.investigation.incident import (
    ADDRESS_BOOK,
    FORWARDING,
    Day,
    Destination,
    Misdirected,
    Outcome,
    Pair,
    Sender,
    Sensitivity,
)

SENSITIVE = 2
"""Level from which a message counts as sensitive."""
OFTEN, DAYS = 3, 2
"""Messages, on so many days, from which a pair is a habit and no slip of the hand."""
_SERVERS = 5
_K = TypeVar("_K")


def reached(found: Iterable[Misdirected]) -> list[Misdirected]:
    """Give those that a wrong server took."""
    return [one for one in found if one.outcome is Outcome.ACCEPTED]


def messages(found: Iterable[Misdirected]) -> int:
    """Count messages: one to two wrong recipients is one."""
    return len({one.identity for one in found})


def destinations(found: Sequence[Misdirected]) -> tuple[Destination, ...]:
    """Give every wrong domain, the most messages first."""
    made = [_destination(domain, rows) for domain, rows in _by(found, lambda o: o.recipient.domain)]
    return tuple(sorted(made, key=lambda d: (-d.messages, -d.bounced, -d.pending, d.domain.ascii)))


def _destination(domain: DomainName, rows: Sequence[Misdirected]) -> Destination:
    took, best = reached(rows), max(rows, key=lambda one: (one.misdirection, one.because))
    intended = Counter(one.intended for one in rows)
    counted = took or rows
    seen = [one for one in took if one.level is not None]
    return Destination(
        domain=domain,
        intended=min(intended, key=lambda name: (-intended[name], name.ascii)),
        slip=best.slip,
        suffix_slip=best.suffix_slip,
        because=best.because,
        messages=messages(took),
        bounced=messages(o for o in rows if o.outcome is Outcome.BOUNCED),
        pending=messages(o for o in rows if o.outcome is Outcome.PENDING),
        senders=len({one.sender for one in counted} - {None}),
        recipients=len({one.recipient for one in counted}),
        first=min(one.at for one in counted),
        last=max(one.at for one in counted),
        misdirection=best.misdirection,
        sensitive=messages(o for o in seen if _sensitive(o)) if seen else None,
        country=country_of(domain.public_suffix),
        registry=domain.public_suffix,
        open=is_open(domain.public_suffix) if domain.public_suffix else None,
        servers=_servers(took),
    )


def _servers(took: Iterable[Misdirected]) -> tuple[str, ...]:
    count = Counter(one.relay for one in took if one.relay and one.relay != "none")
    return tuple(sorted(count, key=lambda name: (-count[name], name)))[:_SERVERS]


def pairs(found: Sequence[Misdirected]) -> tuple[Pair, ...]:
    """Give every sender and wrong mailbox, of what was taken or not, the most messages first."""
    made = [_pair(rows) for _, rows in _by(found, lambda one: (one.sender, one.recipient))]
    return tuple(sorted(made, key=lambda p: (-p.messages, _name(p.sender), p.recipient.folded)))


def _pair(rows: Sequence[Misdirected]) -> Pair:
    count, days = messages(rows), len({one.at.date() for one in rows})
    forwarded = messages(one for one in rows if one.forwarded)
    habit = ""
    if count >= OFTEN and days >= DAYS:
        habit = FORWARDING if forwarded * 2 > count else ADDRESS_BOOK
    meant = Counter(one.meant for one in rows if one.meant is not None)
    return Pair(
        sender=rows[0].sender,
        recipient=rows[0].recipient,
        meant=min(meant, key=lambda m: (-meant[m], m.folded), default=None),
        messages=count,
        first=min(one.at for one in rows),
        last=max(one.at for one in rows),
        days=days,
        forwarded=forwarded,
        habit=habit,
    )


def senders(found: Iterable[Misdirected]) -> tuple[Sender, ...]:
    """Give whom to warn: who sent what a wrong server took, the most messages first."""
    known = [one for one in reached(found) if one.sender is not None]
    made = [_sender(mailbox, rows) for mailbox, rows in _by(known, lambda one: one.sender)]
    return tuple(sorted(made, key=lambda s: (-s.messages, s.sender.folded)))


def _sender(mailbox: Mailbox | None, rows: Sequence[Misdirected]) -> Sender:
    if mailbox is None:
        raise ValueError("nobody to warn")
    to = Counter(one.recipient for one in rows)
    return Sender(
        sender=mailbox,
        messages=messages(rows),
        recipients=tuple(sorted(to, key=lambda m: (-to[m], m.folded))),
        sensitive=messages(one for one in rows if _sensitive(one)),
        first=min(one.at for one in rows),
        last=max(one.at for one in rows),
    )


def days(found: Iterable[Misdirected]) -> tuple[Day, ...]:
    """Give every day on which a wrong server took something."""
    rows = _by(reached(found), lambda one: one.at.date())
    made = (Day(day, messages(of), messages(o for o in of if _sensitive(o))) for day, of in rows)
    return tuple(sorted(made, key=lambda day: day.day))


def sensitivity(found: Iterable[Misdirected], unread: frozenset[str]) -> Sensitivity:
    """Add up what the messages held; `unread` names those with a part that could not be read."""
    took = {one.identity: one for one in sorted(reached(found), key=_known)}
    seen = [one for one in took.values() if one.level is not None]
    levels = Counter(one.level for one in seen if one.level is not None)
    categories = Counter(name for one in seen for name in one.categories)
    return Sensitivity(
        examined=len(seen),
        unread=len(unread & {one.identity for one in seen}),
        unseen=len(took) - len(seen),
        sensitive=sum(map(_sensitive, seen)),
        by_level=dict(sorted(levels.items())),
        by_category=dict(sorted(categories.items(), key=lambda item: (-item[1], item[0]))),
    )


def period(found: Iterable[Misdirected]) -> tuple[datetime | None, datetime | None]:
    """Give the first and last time a wrong server took something."""
    moments = [one.at for one in reached(found)]
    return min(moments, default=None), max(moments, default=None)


def _known(one: Misdirected) -> int:
    return -1 if one.level is None else one.level


def _sensitive(one: Misdirected) -> bool:
    return one.level is not None and one.level >= SENSITIVE


def _spelling(one: Misdirected) -> tuple[str, str, str]:
    meant = "" if one.meant is None else one.meant.wire
    return one.recipient.wire, "" if one.sender is None else one.sender.wire, meant


def _name(mailbox: Mailbox | None) -> str:
    return "" if mailbox is None else mailbox.folded


def _by(
    found: Iterable[Misdirected], key: Callable[[Misdirected], _K]
) -> Iterator[tuple[_K, list[Misdirected]]]:
    """Group in an order of its own: mailboxes that differ only in case are one, shown as the first is."""
    groups: defaultdict[_K, list[Misdirected]] = defaultdict(list)
    for one in sorted(found, key=_spelling):
        groups[key(one)].append(one)
    return iter(groups.items())
