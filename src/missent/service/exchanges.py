"""Own what of a letter becomes an `Exchange`: from live mail, from archives and from logs.

People inside take part as those outside do. What a letter says leaves here as hashed terms and keys
(`judge.terms`), never as text. A log knows of no conversation: it makes ties alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from missent.judge import terms
from missent.judge.case import Organisation
from missent.judge.terms import Wording
from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message
from missent.service.letter import Letter
from missent.service.ports import Exchange

_LOGGED_SIZE = 2
"""Recipients a logged letter is taken to have: one line names one, and nothing says that it was alone."""


def wording_of(message: Message) -> Wording:
    """Read what a message's conversation is looked up by."""
    return terms.read(message.subject, message.text, message.references)


def of_message(
    organisation: Organisation,
    sender: Mailbox,
    recipients: Sequence[Mailbox],
    message: Message,
    at: datetime,
) -> Exchange:
    """Make the exchange of a message that goes to `recipients` now, perhaps to others later."""
    size = len({*message.addressees, *recipients})
    made = Exchange(at, sender, tuple(recipients), frozenset(), message.message_id)
    return _marked(organisation, replace(made, wording=wording_of(message), size=size))


def of_archived(
    organisation: Organisation, author: Mailbox, archived: ArchivedMessage, at: datetime
) -> Exchange:
    """Make the exchange of a stored message, of which the header is known."""
    wording = terms.read(archived.subject, "", archived.references)
    recipients, name = archived.recipients, archived.identity
    return _marked(organisation, Exchange(at, author, recipients, frozenset(), name, wording))


def of_letter(
    letter: Letter, recipients: Sequence[Mailbox], is_ours: Callable[[Mailbox], bool]
) -> Exchange:
    """Make the exchange of a replayed letter that went to `recipients`."""
    people = tuple(dict.fromkeys(recipients))
    return Exchange(
        letter.at,
        letter.sender,
        people,
        frozenset(mailbox for mailbox in (letter.sender, *people) if is_ours(mailbox)),
        letter.identity,
        terms.read(letter.subject, letter.text, letter.header.references),
    )


def of_delivery(
    organisation: Organisation, sender: Mailbox, recipient: Mailbox, delivery: Delivery
) -> Exchange:
    """Make the exchange of one logged hand-over; those of one message share its name."""
    made = Exchange(delivery.at, sender, (recipient,), frozenset(), delivery.identity)
    return _marked(organisation, replace(made, size=_LOGGED_SIZE, talk=False))


def of_inbound(organisation: Organisation, made: Exchange) -> Exchange:
    """Complete the exchange of what came in."""
    return _marked(organisation, made)


def _marked(organisation: Organisation, made: Exchange) -> Exchange:
    """Give an exchange with each recipient once and our people marked."""
    recipients = tuple(dict.fromkeys(made.recipients))
    everybody = (made.sender, *recipients)
    ours = frozenset(mailbox for mailbox in everybody if organisation.owns(mailbox.domain))
    return replace(made, recipients=recipients, ours=ours)
