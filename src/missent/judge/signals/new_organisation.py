"""Own the question whether a reply brings in an organisation that had no part in the conversation.

The conversation already had members of other outside organisations, some of whom are still among
the recipients: whoever is new reads what they wrote. At a mail provider everybody is an
organisation of their own. Silent if the sender ever wrote to the two organisations together, for
letters that pass something on to new people only, and where the conversation is too large to know
who took part.

The weight comes from a replay of 14,207 real messages (96,234 recipients, 38 of whom this was said
of) beside 5,270 made-up wrong recipients (39): 2.9, a little lowered, since `wrong_person` asks for
the conversation, too.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.case import Case
from missent.judge.circle import TALKERS_KEPT, Circle, together
from missent.judge.finding import Finding
from missent.judge.party import (
    beside,
    is_mailing,
    is_personal,
    organisation_of,
    organisations_in,
    outside,
)
from missent.judge.phrases import listed
from missent.judge.terms import is_reply
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "new_organisation"
WEIGHT = 2.5


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report an outside recipient whose organisation joins a conversation of others."""
    mailbox, known = recipient.mailbox, case.correspondence
    if case.organisation.owns(mailbox.domain) or known.mailbox(mailbox).validated_at(case.at):
        return
    if is_mailing(case) or not _replies(case) or known.circle.talk.took_part(mailbox):
        return
    talkers = _talkers(known.circle)
    owner = organisation_of(mailbox)
    if not talkers or owner in talkers:
        return
    others = [
        other
        for other in outside(case, beside(case, mailbox))
        if organisation_of(other) != owner and organisation_of(other) in talkers
    ]
    tie = known.circle.tie(mailbox)
    if not others or any(together(tie.letters, known.circle.tie(o).letters) for o in others):
        return
    yield Finding(SIGNAL, mailbox.wire, WEIGHT, _because(mailbox, others))


def _replies(case: Case) -> bool:
    message, talk = case.message, case.correspondence.circle.talk
    if message is None or not talk.letters:
        return False
    return bool(message.references) or is_reply(message.subject)


def _talkers(circle: Circle) -> frozenset[str]:
    """Give the organisations that took part so far; none if some may be forgotten."""
    talk = circle.talk
    if max(len(talk.received), len(talk.wrote)) >= TALKERS_KEPT:
        return frozenset()
    return organisations_in(talk)


def _because(mailbox: Mailbox, others: list[Mailbox]) -> str:
    newcomer = mailbox.screen if is_personal(mailbox) else mailbox.domain.screen
    return (
        f"{newcomer} took no part in the conversation this letter continues, "
        f"and you never wrote to {mailbox.screen} together with {listed(others)}"
    )
