"""Own those who only wait with others: signed mail cannot be edited, so it waits as a whole.

Nothing is wrong with such a recipient. It goes as soon as no doubtful recipient of its message is
undecided, whoever or whatever decided the last of them, and never before.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from missent.errors import AlreadyDecided
from missent.judge.hold import Event, HeldRecipient, Hold
from missent.judge.verdict import Action
from missent.mail.mailbox import Mailbox
from missent.service.ports import HoldStore, Job, JobKind, NewEvent, Step

SINCE = "since"
"""In a release job's detail: when it was first asked for."""


def only_waits(held: HeldRecipient) -> bool:
    """Tell whether nothing is wrong with a held recipient."""
    return held.verdict.action is Action.DELIVER


def doubtful_open(hold: Hold) -> bool:
    """Tell whether somebody still has to decide about a recipient that something is wrong with."""
    return any(not only_waits(held) for held in hold.open)


def release_job(hold_id: str, recipient: Mailbox, at: datetime) -> Job:
    """Ask for a release now; it remembers when, so that it is not tried for ever."""
    return Job(JobKind.RELEASE, hold_id, recipient, at, detail={SINCE: at.isoformat()})


def set_free(store: HoldStore, hold: Hold, actor: str, at: datetime) -> Hold:
    """Let those go that only waited, if nobody doubtful is left; gives the hold as it is then."""
    if doubtful_open(hold):
        return hold
    for held in hold.open:
        event = NewEvent("recipient.freed", f"{hold.hold_id}/{held.mailbox.folded}", actor, at)
        jobs = (release_job(hold.hold_id, held.mailbox, at),)
        with suppress(AlreadyDecided):
            hold = store.apply(
                Step(hold.hold_id, held.mailbox, Event.CONFIRM, at, event, None, jobs)
            )
    return hold
