"""Own the sentences of the letters: what became of each recipient, in plain words.

Calm and complete: what happened, why, what can be done, what happens otherwise. Texts that came with a
message pass through `one_line` or `screen` here before a template sees them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from missent.judge.hold import Hold, State
from missent.judge.verdict import Action
from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line, spell_out
from missent.service.desk import HoldView, RecipientView

BECAUSE_LENGTH: Final = 300
CHOICES: Final = (
    "There you choose for each address: send to the right one, send as typed, or do not send. "
    "Some choices need a code, which is mailed to you at that moment."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One recipient as a letter shows it."""

    address: str
    fate: str
    because: str = ""
    suggestion: str = ""
    doubtful: bool = False


_DECIDED: Final = {
    State.CONFIRMED: "On its way, as you typed it.",
    State.CORRECTED: "On its way to {}.",
    State.RELEASING: "On its way to {}.",
    State.RELEASED: "Sent to {}.",
    State.FAILED: "A mail server refused it. It is kept.",
    State.CANCELLED: "Cancelled: nothing was sent to it.",
    State.EXPIRED: "Nobody decided in time. Nothing was sent to it.",
    State.RETURNED: "Nobody decided in time. Nothing was sent to it.",
    State.DROPPED: "Nobody decided in time. It was deleted.",
}


def screen(mailbox: Mailbox) -> str:
    """Show an address: punycode beside what is internationalised, nothing invisible."""
    return spell_out(mailbox.screen)


def moment(at: datetime, zone: tzinfo) -> str:
    """Say when, as the organisation's clocks show it."""
    local = at.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M %Z}"


def row(view: RecipientView, zone: tzinfo) -> Row:
    """Say what became of one recipient, why, and what was probably meant."""
    held = view.held
    if view.waits_only:
        return Row(screen(held.mailbox), fate(view, zone))
    suggestion = held.verdict.suggestion
    return Row(
        screen(held.mailbox),
        fate(view, zone),
        because=one_line(held.verdict.because, BECAUSE_LENGTH).rstrip(".") + ".",
        suggestion=screen(suggestion) if suggestion and suggestion != held.mailbox else "",
        doubtful=held.state is State.HELD,
    )


def fate(view: RecipientView, zone: tzinfo) -> str:
    """Say what became of one recipient."""
    held = view.held
    if held.verdict.action is Action.BLOCK:
        return "Blocked: nothing was sent to it."
    if held.state is not State.HELD:
        return _DECIDED[held.state].format(screen(held.goes_to))
    if held.release_at is not None:
        return f"It goes out on {moment(held.release_at, zone)} unless you cancel it."
    if view.waits_only:
        return "Nothing is wrong with it. The message is signed, so all its copies wait together."
    return "Waiting for you. Nothing has been sent to it."


def silence(view: HoldView, zone: tzinfo, *, returns: bool) -> str:
    """Say what happens if nobody decides; `returns`: the message is given back rather than deleted."""
    waiting = [one.held for one in view.rows if one.held.state is State.HELD]
    if waiting and all(held.release_at is not None for held in waiting):
        return "If you do nothing, it goes out at the time given above."
    when = moment(view.hold.expires_at, zone)
    end = f"the message comes back to you on {when}" if returns else f"it is deleted on {when}"
    return f"If you do nothing, what waits for you is not sent; {end}."


def addresses(number: int) -> str:
    """Count the addresses a report lists."""
    return "the address" if number == 1 else f"the {number} addresses"


def subject(what: str, number: int) -> str:
    """Write a letter's subject: always of the same shape, so that it is known at a glance."""
    return f"{what}: {number} {'address' if number == 1 else 'addresses'} of your message"


def heading(number: int) -> str:
    """Ask the question the whole letter is about."""
    return "Is this the right address?" if number < 2 else "Are these the right addresses?"


def doubtful(view: HoldView) -> list[RecipientView]:
    """Give the recipients that are being asked about."""
    return [one for one in view.rows if _asked(one)]


def in_order(rows: Sequence[RecipientView]) -> list[RecipientView]:
    """Put first what is asked, then what was refused, then the rest, each in the message's order."""

    def rank(one: RecipientView) -> int:
        if one.held.verdict.action is Action.BLOCK:
            return 1
        return 0 if _asked(one) else 2

    return sorted(rows, key=rank)


def whose(hold: Hold, reader: Mailbox) -> str:
    """Name the message as its reader knows it."""
    sender = hold.envelope.sender
    if sender == reader:
        return "Your message"
    return f"A message sent as {screen(sender)}" if sender else "A message without a sender"


def opening(view: HoldView, reader: Mailbox) -> str:
    """Say what happened and, where the reader did not write the message, why they are asked."""
    number = len(doubtful(view))
    which = "one of its addresses" if number < 2 else f"{number} of its addresses"
    doubt = "it may not be the one" if number < 2 else "they may not be the ones"
    hold = view.hold
    meant = "you meant" if hold.envelope.sender == reader else "the sender meant"
    return f"{whose(hold, reader)} has not gone to {which} yet: {doubt} {meant}.{_why_you(hold, reader)}"


def _why_you(hold: Hold, reader: Mailbox) -> str:
    if hold.owner.mailbox is None:
        return " You are asked as the operator, since nobody else could be named with certainty."
    if hold.envelope.sender != reader:
        return " You are asked because you decide for that sender."
    return ""


def _asked(one: RecipientView) -> bool:
    return one.held.state is State.HELD and not one.waits_only
