"""Own who takes part in one letter: its recipients, as they are judged, and whose people they are.

Everything here is bounded: what looks at the recipients of one letter is asked once for each of
them, so that a letter to ten thousand people must not cost their square. Above `LIST_SIZE` a letter
is a mailing, which ties nobody to anybody, and `beside` gives nobody.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from itertools import islice

from missent.errors import MalformedAddress
from missent.judge.case import Case
from missent.judge.circle import LIST_SIZE, Talk
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox

PROVIDER = "mail_provider"
"""The kind of a shipped name where everybody is a stranger to everybody else."""


def is_mailing(case: Case) -> bool:
    """Tell whether a letter goes to more people than are looked at one by one."""
    return len(case.envelope.recipients) > LIST_SIZE


def beside(case: Case, mailbox: Mailbox) -> tuple[Mailbox, ...]:
    """Give the other recipients, each once, without the sender; nobody if it is a mailing."""
    if is_mailing(case):
        return ()
    written = (
        recipient.mailbox
        for recipient in case.envelope.recipients
        if mailbox not in (recipient.mailbox, recipient.resolved)
    )
    sender = case.envelope.sender
    return tuple(dict.fromkeys(other for other in written if other != sender))


def addressees(case: Case, limit: int) -> tuple[Mailbox, ...]:
    """Give whom all recipients see, at most `limit`: To and Cc, or the envelope where nothing else
    is known."""
    if case.message is not None:
        return case.message.addressees[:limit]
    return tuple(recipient.mailbox for recipient in islice(case.envelope.recipients, limit))


def organisation_of(mailbox: Mailbox) -> str:
    """Name whose mailbox it is: an organisation's registrable domain, a person's own at a mail
    provider."""
    if is_personal(mailbox):
        return mailbox.folded
    return mailbox.domain.registrable or mailbox.domain.ascii


def organisations_in(talk: Talk) -> frozenset[str]:
    """Give whose mailboxes took part in a conversation."""
    return frozenset(_owners((*talk.received, *talk.wrote)))


def _owners(folded: tuple[str, ...]) -> Iterator[str]:
    for text in folded:
        try:
            yield organisation_of(Mailbox.parse(text))
        except MalformedAddress:
            continue  # a key that stands for several spellings is no address


def is_personal(mailbox: Mailbox) -> bool:
    """Tell whether a mailbox is at a public mail provider."""
    return is_provider(mailbox.domain)


@functools.lru_cache(maxsize=16_384)
def is_provider(domain: DomainName) -> bool:
    """Tell whether a domain is a public mail provider's."""
    return shipped().kind(domain) == PROVIDER


def outside(case: Case, mailboxes: Sequence[Mailbox]) -> tuple[Mailbox, ...]:
    """Give those that are not our organisation's."""
    return tuple(m for m in mailboxes if not case.organisation.owns(m.domain))
