"""Own what is known of a name only afterwards, when the records cover what came after a message, too.

An investigation has logs of years; the guard has what came before. The rule: nothing here is asked where
`Correspondence.hindsight` is not set, so live mail is judged as ever, and sends clear no name here either:
they say which of two names was meant, and may make a slip doubtful. Weights are log-odds, as in `score`.
"""

from __future__ import annotations

import math

from missent.judge.case import Record

KNOWN = 1.5
"""Added where the same person is known at the name that was meant: of real neighbours, a few in a hundred
share a person."""
NOBODY = -3.0
"""The least that is added where nobody of that name is known there, ever."""
RARER = 3
"""Of two names nobody answers from, the slip is written at least so many times less."""
SLIP_RATE = 0.005
"""Of the messages to a name, the share that one slip of it may have; of all, one in a thousand has any."""
CROWDED = -1.5
"""Added for each factor of e by which a name's mailboxes outnumber that share, or its messages those to
what was meant: what is written to so many people is somebody of its own."""
SENDS = -2.0
"""The most that its messages alone add: they may make a slip doubtful and never clear a name (law 1)."""
ONCE = 0.7
"""Added for a name written to once and never heard from: nine slips in ten are not made again, and of other
names beside a known one, half are written to again."""


def better_known(one: Record, other: Record) -> bool:
    """Tell which of two names with equally many answers was meant: where a log begins says nothing."""
    heard = [record.heard + record.heard_weakly for record in (one, other)]
    return heard[0] > heard[1] or (heard[0] == heard[1] and one.sent >= RARER * other.sent)


def crowd(record: Record, meant: Record) -> float:
    """Weigh how much is written under the written name, for a slip of what was meant."""
    slips = SLIP_RATE * (meant.sent + meant.answered + meant.heard + meant.heard_weakly)
    once = ONCE if record.sent == 1 and not (record.answered or record.heard_weakly) else 0.0
    people = math.log(max(1.0, record.mailboxes / max(slips, 1.0)))
    messages = math.log(max(1.0, record.sent / max(meant.sent, 1)))
    return once + CROWDED * people + max(SENDS, CROWDED * messages)


def nobody(meant: Record) -> float:
    """Weigh that the person is not known at the name that was meant.

    It says the more the fewer of the messages there go to people written to once (Good 1953: that is
    how often somebody new comes).
    """
    if not meant.sent:
        return 0.0
    new = min(1.0, meant.once / meant.sent)
    return max(NOBODY, math.log(new)) if new else NOBODY


def exchanged(name: str, record: Record) -> str:
    """Say what went to a name and came from it; nothing if it is not in these sources."""
    came = record.answered + record.heard + record.heard_weakly
    if not record.sent and not came:
        return ""
    count = "one message" if record.sent == 1 else f"{record.sent or 'no'} messages"
    return f"{count} went to {name} and {came or 'none'} came from it"
