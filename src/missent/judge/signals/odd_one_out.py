"""Own the question whether one recipient is out of place in a group the sender often writes to.

A group is the other recipients of this letter, two or more, whom the sender wrote to in one letter
several times. The odd one never was in any letter with any of them. If the usual member is missing
whose name is like the odd one's, that one is suggested; in a small group that weighs much more,
since then somebody did not join but was taken for somebody else. Silent for mailings, and where the
odd one took part in the conversation.

The weights come from a replay of 14,207 real messages (96,234 recipients) beside 5,270 made-up
wrong recipients, whose names were like a true one's: the logarithm of how much more often this is
said of the latter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from missent.judge.case import Case
from missent.judge.circle import together
from missent.judge.finding import Finding
from missent.judge.names import Likeness, likeness
from missent.judge.party import beside, is_mailing
from missent.judge.phrases import listed, times
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "odd_one_out"
WEIGHT = 1.4
"""Measured 2.8 (151 real, 142 made up). Half is given: `wrong_person` reads the same habits."""
TWIN_WEIGHT = 1.6
"""With a suggestion: measured 3.3 (34 real, 49 made up), halved likewise; in a list, somebody is
like anybody."""
SMALL_TWIN_WEIGHT = 4.8
"""The same in a small group: measured 4.2 (6 real, 24 made up). Set to what alone is worth a
warning, since it can be checked at a glance; that costs one in 2,500 messages."""
SMALL = 5
"""Others in a small group."""
FEWEST_OTHERS = 2
OFTEN = 5
"""Letters the group must have had together."""
NEARLY_ALL = 0.8
"""Share of the group that one letter must have had, so that one absence does not undo a group."""


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report a recipient who never was with the others, who often are together."""
    mailbox, circle = recipient.mailbox, case.correspondence.circle
    if mailbox == case.envelope.sender or case.correspondence.mailbox(mailbox).validated_at(
        case.at
    ):
        return
    own = circle.tie(mailbox).letters
    if is_mailing(case) or circle.talk.took_part(mailbox) or _was_with_any(case, own):
        return
    others = beside(case, mailbox)
    if len(others) < FEWEST_OTHERS:
        return
    rows = [circle.tie(other).letters for other in others]
    if any(together(own, row) for row in rows):
        return
    group = _group(rows)
    if len(group) < OFTEN:
        return
    missing = _missing(case, mailbox, others, group)
    because = f"you often write to {listed(others)} together, but never with {mailbox.screen}"
    if missing is not None:
        with_them = together(circle.tie(missing).letters, group)
        because += f"; {missing.screen}, of a similar name, was with them {times(with_them)}"
    twin = SMALL_TWIN_WEIGHT if len(others) <= SMALL else TWIN_WEIGHT
    yield Finding(SIGNAL, mailbox.wire, twin if missing else WEIGHT, because, missing)


def _was_with_any(case: Case, own: tuple[int, ...]) -> bool:
    """Tell, for most mail at once, that a recipient was with another one before."""
    count = case.derived("letters of all", lambda: _letters_of_all(case))
    return any(count[number] > 1 for number in own)


def _letters_of_all(case: Case) -> Counter[int]:
    ties = (case.correspondence.circle.tie(m) for m in dict.fromkeys(case.envelope.mailboxes))
    return Counter(number for tie in ties for number in tie.letters)


def _group(rows: list[tuple[int, ...]]) -> tuple[int, ...]:
    """Give the numbers of the letters that had (nearly) all of them."""
    count = Counter(number for row in rows for number in row)
    needed = NEARLY_ALL * len(rows) if len(rows) > FEWEST_OTHERS else len(rows)
    return tuple(sorted(number for number, had in count.items() if had >= needed))


def _missing(
    case: Case, mailbox: Mailbox, others: tuple[Mailbox, ...], group: tuple[int, ...]
) -> Mailbox | None:
    """Give the usual member of a like name who is not among the recipients; None if nobody is."""
    circle = case.correspondence.circle
    usual = [
        (met, rival.folded, rival)
        for rival in circle.rivals_of(mailbox)
        if rival not in others
        and rival != case.envelope.sender
        and likeness(rival.key, mailbox.key) > Likeness.NONE
        and 2 * (met := together(circle.tie(rival).letters, group)) >= len(group)
    ]
    return max(usual)[2] if usual else None
