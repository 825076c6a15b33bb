"""Own the remark that a look-alike is written to again and again: an address book or a rule has it.

A slip of the hand is made once. Where this sender wrote to exactly this mailbox several times,
nobody there ever answered, and its domain is a look-alike of a better known one, the wrong address
is kept somewhere: in an address book, a completing address field, a list, or a forwarding rule (the
letter was resent, or its return path was rewritten on the way: SRS). The remark is worth its
sentence, since holding one letter after the other mends nothing; `domain_typo` carries the weight.

The weight is set, not measured: in a replay of 14,207 real messages it was said of none. It is
small, since what it counts, sends, is never evidence for or against a name (law 1).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from missent.judge.case import Case, Record
from missent.judge.finding import Finding
from missent.judge.phrases import since, times
from missent.lookalike.compare import Lookalike, explain
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "recurring_pair"
WEIGHT = 0.5
OFTEN = 3
"""Letters, this one included."""
_REWRITTEN = re.compile(r"(?:srs[01][=+-]|[^=]*\+caf_=)", re.IGNORECASE)
"""Return paths made by forwarders: SRS, and the ``+caf_=`` of a large provider."""


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report a look-alike that is written to repeatedly and never answered."""
    mailbox = recipient.mailbox
    known = case.correspondence.mailbox(mailbox)
    forwarded = _is_forwarded(case)
    before = known.sent if forwarded else known.sent_by_sender
    if before + 1 < OFTEN or known.answered or known.in_directory or known.validated_at(case.at):
        return
    domain = case.correspondence.domain(mailbox.domain)
    if case.organisation.owns(mailbox.domain) or shipped().kind(mailbox.domain) or domain.answered:
        return
    ways = [
        way for way in _ways(case, mailbox.domain, domain) if way.suffix_slip or way.log_ratio > 0
    ]
    if not ways:
        return
    way = max(ways, key=lambda one: (one.log_ratio, one.known.ascii))
    facts: dict[str, str | bool | int] = {
        "recurring": True,
        "times": before + 1,
        "forwarded": forwarded,
    }
    because = _because(mailbox, way, known, before, forwarded=forwarded)
    yield Finding(SIGNAL, mailbox.wire, WEIGHT, because, mailbox.at(way.meant), facts)


def _is_forwarded(case: Case) -> bool:
    sender = case.envelope.sender
    resent = case.message is not None and case.message.resent
    return resent or (sender is not None and _REWRITTEN.match(sender.key) is not None)


def _ways(case: Case, written: DomainName, own: Record) -> Iterator[Lookalike]:
    """Give how the name may stand for each better known one: listed, public, ours, or one that
    answers."""
    near = {n.domain for n in case.correspondence.near(written) if _is_better(n.record, own)}
    for known in (*near, *shipped().near(written), *case.organisation.domains):
        way = _explain(written, known)
        if way is not None and not case.published.allied(written, way.meant):
            yield way


_explain = functools.lru_cache(maxsize=4096)(explain)


def _is_better(record: Record, own: Record) -> bool:
    if record.in_directory or record.shipped or record.answered or record.heard:
        return True
    return bool(record.heard_weakly) and record.sent > own.sent


def _because(
    mailbox: Mailbox, way: Lookalike, known: Record, before: int, *, forwarded: bool
) -> str:
    who = "mail from here was sent" if forwarded else "you wrote"
    kept = "a forwarding rule" if forwarded else "an address book or a forwarding rule"
    return (
        f"{who} to {mailbox.screen} {times(before)} before{since(known.first_seen)} and nobody there ever "
        f"answered; if {kept} has this address for {mailbox.at(way.meant).screen}, it needs mending there"
    )
