"""Own the question whether a letter greets somebody else than it goes to.

``Dear Anna`` to ``bob.jones@`` alone: an address book offered the wrong line. Read is the first
line only, and only letters to at most three people, each of whose local parts has a name in it.
Silent if the greeting fits any recipient, or the sender (then it is a quoted letter), or nobody in
particular; and for letters passed on, whose first line is somebody else's.

The names in a letter are matched content: the sentence says that they differ and never which they
are (law 8). It may name a mailbox the greeting does fit, if the sender writes there.

The weights come from a replay of 14,207 real messages (96,234 recipients) beside 5,270 made-up
wrong recipients, half of them in place of a true one: the logarithm of how much more often this is
said of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from missent.judge.case import Case
from missent.judge.finding import Finding
from missent.judge.givennames import addressed, is_given, may_be_called, own_names
from missent.judge.party import beside
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "greeting"
WEIGHT = 4.8
"""Measured 4.9 (7 real, 53 made up)."""
RIVAL_WEIGHT = 5.5
"""The greeting names somebody the sender writes to, of a name like the recipient's: measured 6.7 (0
real, 22 made up), lowered so that with a first contact it stays below a hold.
"""
USED_TO = -1.9
"""The sender often writes to the recipient: then it may be what they call each other. Measured 2.9
in all (4 real, 4 made up).
"""
OFTEN = 5
MOST_RECIPIENTS = 3
LONGEST_NAME = 14
"""Letters of one name; more are several in one, which nobody can take apart."""
_PASSED_ON = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|doorst)\s*:", re.IGNORECASE)


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report that the greeting fits none of the recipients."""
    message, mailbox = case.message, recipient.mailbox
    if message is None or len(case.envelope.recipients) > MOST_RECIPIENTS:
        return
    if case.correspondence.mailbox(mailbox).validated_at(case.at) or _PASSED_ON.match(
        message.subject
    ):
        return
    called = addressed(message.text)
    if not called or not any(map(is_given, called)):
        return
    present = (mailbox, *beside(case, mailbox), *message.addressees[: MOST_RECIPIENTS + 1])
    if len(set(present)) > MOST_RECIPIENTS or not all(map(_has_name, present)):
        return
    if _fits(present, case.envelope.sender, called):
        return
    suggestion = _suggestion(case, mailbox, present, called)
    tie = case.correspondence.circle.tie(mailbox)
    weight = RIVAL_WEIGHT if suggestion else WEIGHT
    weight += USED_TO if tie.sent >= OFTEN else 0.0
    because = f"the greeting of this message does not fit {mailbox.screen}, nor any other recipient"
    if len(set(present)) == 1:
        because = f"the greeting of this message does not fit {mailbox.screen}"
    if suggestion:
        because += f"; it fits {suggestion.screen}, whom you write to"
    yield Finding(SIGNAL, mailbox.wire, weight, because, suggestion)


def _has_name(mailbox: Mailbox) -> bool:
    """Tell whether a local part says what its owner is called: a given name, alone or with others."""
    own = own_names(mailbox.key)
    return any(is_given(name) for name in own) and all(len(name) <= LONGEST_NAME for name in own)


def _fits(present: Sequence[Mailbox], sender: Mailbox | None, called: Sequence[str]) -> bool:
    people = (*present, *((sender,) if sender else ()))
    return any(may_be_called(person.key, name) for person in people for name in called)


def _suggestion(
    case: Case, mailbox: Mailbox, present: Sequence[Mailbox], called: Sequence[str]
) -> Mailbox | None:
    """Give the one of a like name the sender writes to whom the greeting names, the latest best."""
    circle = case.correspondence.circle
    found = [
        (circle.tie(rival).recent, rival.folded, rival)
        for rival in circle.rivals_of(mailbox)
        if rival not in present
        and rival != case.envelope.sender
        and any(name in own_names(rival.key) or may_be_called(rival.key, name) for name in called)
    ]
    return max(found)[2] if found else None
