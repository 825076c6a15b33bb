"""Own the doubt about a letter that many strangers to each other see each other's addresses in.

Two cases: To and Cc show many outside mailboxes of many organisations to each other, where blind
copies were probably meant; or a reply goes to many more outside organisations than the conversation
had. Each outside recipient gets the finding, since each copy gives the others away. Silent for a
circle the sender wrote to before: then showing it is a habit, right or wrong.

A letter is read up to `READ` addressees, so that this number in a finding means as many or more.

The weight is nil: that many read a letter is a disclosure in itself, and no sign that one of them
is the wrong one (of 5,270 made-up wrong recipients in real messages it was said of none). So it
must not add up with a doubtful domain to a hold; a policy rule asks for the signal by name. It is
found in 0.6 of 1,000 messages.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

from missent.judge.case import Case, Organisation
from missent.judge.circle import LIST_SIZE, together
from missent.judge.finding import Finding
from missent.judge.party import addressees, organisation_of, organisations_in
from missent.judge.terms import is_reply
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "many_recipients"
WEIGHT = 0.0
MANY, MANY_ORGANISATIONS = 15, 5
GROWN = 2
"""A reply to this many times the conversation's outside organisations."""
READ = LIST_SIZE
KNOWN_SHARE = 0.5
"""Of the others seen beside one recipient, those the sender wrote to together with them before."""


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report that this recipient is one of many outsiders who see each other."""
    mailbox = recipient.mailbox
    if case.organisation.owns(mailbox.domain):
        return
    seen = addressees(case, READ)
    if len(seen) < MANY_ORGANISATIONS:
        return
    crowd = _crowd(case.organisation, seen)
    if crowd.owners < MANY_ORGANISATIONS or _habit(case, mailbox, crowd.strangers):
        return
    people, had = len(crowd.strangers), _outside_before(case)
    if people >= MANY:
        because = _visible(case, people, crowd.owners, counted=len(seen) < READ)
    elif had is not None and crowd.owners >= GROWN * had:
        because = (
            f"this reply goes to people of {crowd.owners} outside organisations, "
            f"where the conversation so far had {had or 'none'}"
        )
    else:
        return
    facts: dict[str, str | bool | int] = {"outside_domains": crowd.domains, "recipients": people}
    yield Finding(SIGNAL, mailbox.wire, WEIGHT, because, None, facts)


@dataclass(frozen=True, slots=True)
class _Crowd:
    """Whom all recipients of one letter see, as far as they are outside."""

    strangers: tuple[Mailbox, ...]
    owners: int
    domains: int


@functools.lru_cache(maxsize=4)
def _crowd(ours: Organisation, seen: tuple[Mailbox, ...]) -> _Crowd:
    """Count a letter's outsiders once for all its recipients, who are asked one after the other."""
    strangers = tuple(mailbox for mailbox in seen if not ours.owns(mailbox.domain))
    domains = {mailbox.domain.registrable or mailbox.domain.ascii for mailbox in strangers}
    return _Crowd(strangers, len(set(map(organisation_of, strangers))), len(domains))


def _visible(case: Case, people: int, owners: int, *, counted: bool) -> str:
    count = str(people) if counted else f"at least {people}"
    who = f"{count} people of {owners} outside organisations"
    if case.message is None:
        return f"this message goes to {who}, who see each other's addresses unless all are in Bcc"
    return f"{who} see each other's addresses in To and Cc; Bcc would keep them apart"


def _habit(case: Case, mailbox: Mailbox, strangers: tuple[Mailbox, ...]) -> bool:
    """Tell whether the sender wrote to this one together with most of the others before."""
    circle = case.correspondence.circle
    own = circle.tie(mailbox).letters
    if not own:
        return False
    others = [other for other in strangers if other != mailbox]
    met = sum(together(own, circle.tie(other).letters) > 0 for other in others)
    return met >= KNOWN_SHARE * len(others)


def _outside_before(case: Case) -> int | None:
    """Count the outside organisations of the conversation so far; None if this continues none."""
    message, talk = case.message, case.correspondence.circle.talk
    if message is None or not talk.letters or not (message.references or is_reply(message.subject)):
        return None
    ours = {name.registrable or name.ascii for name in case.organisation.domains}
    return len(organisations_in(talk) - ours)
