"""Own the remark that a letter goes to somebody's personal mailbox: the sender's, a colleague's, a
contact's.

The mailbox is at a public mail provider, and the names in it are those of somebody known: the
sender, another recipient, or whom the sender writes to under a like name at an organisation's own
domain. Common and mostly meant, so it hardly weighs; a policy may ask for it together with
sensitivity, by the fact ``whose``.

Names must be two, or one long word that joins them (``jane.roe``, ``janeroe``): half the world is
``info``.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge import names
from missent.judge.case import Case
from missent.judge.finding import Finding
from missent.judge.party import beside, is_personal
from missent.lookalike.people import bare
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "personal_mailbox"
WEIGHT = 0.3
"""Set, not measured: in 14,207 real messages it was said of six recipients."""
HABIT = 0.0
"""The sender has written there before: that they meant to is plain, but not that this may leave."""
BEFORE = 3
SHORTEST = 3
"""Letters of a name; fewer are initials."""
SHORTEST_JOINED = 7


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report that a mail provider's mailbox has the name of somebody known elsewhere."""
    mailbox = recipient.mailbox
    if not is_personal(mailbox) or case.organisation.owns(mailbox.domain):
        return
    mine = _names(mailbox)
    found = next((other for other in _known(case, mailbox) if _same(mailbox, mine, other)), None)
    if found is None:
        return
    whose = _whose(case, found)
    known = case.correspondence.mailbox(mailbox)
    weight = HABIT if known.sent_by_sender >= BEFORE or known.in_directory else WEIGHT
    facts: dict[str, str | bool | int] = {"whose": whose}
    suggestion = None if whose == "sender" else found
    yield Finding(SIGNAL, mailbox.wire, weight, _because(mailbox, found, whose), suggestion, facts)


def _known(case: Case, mailbox: Mailbox) -> Iterator[Mailbox]:
    """Give who it may be: the sender, those of a like name the sender writes to, the other
    recipients."""
    sender = case.envelope.sender
    people = (*case.correspondence.circle.rivals_of(mailbox), *beside(case, mailbox))
    yield from (other for other in (sender, *people) if other and not is_personal(other))


def _names(mailbox: Mailbox) -> frozenset[str]:
    return frozenset(name for name in names.tokens(mailbox.key) if len(name) >= SHORTEST)


def _same(mailbox: Mailbox, mine: frozenset[str], other: Mailbox) -> bool:
    theirs = _names(other)
    if max(len(mine), len(theirs)) < 2:
        return False
    if len(mine) > 1 and mine == theirs:
        return True
    joined = bare(mailbox)
    return len(joined) >= SHORTEST_JOINED and joined == bare(other)


def _whose(case: Case, found: Mailbox) -> str:
    if found == case.envelope.sender:
        return "sender"
    return "colleague" if case.organisation.owns(found.domain) else "correspondent"


def _because(mailbox: Mailbox, found: Mailbox, whose: str) -> str:
    if whose == "sender":
        return f"{mailbox.screen} looks like a personal mailbox of your own"
    return f"{mailbox.screen} looks like a personal mailbox of whom you know as {found.screen}"
