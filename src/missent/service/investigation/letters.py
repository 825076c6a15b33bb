"""Own the letter that warns a sender: where messages went by mistake, and what to do now; as bytes.

The rules: calm, and complete in one reading. No content and no subject, neither of ours nor of
theirs (law 8); no link, no picture, nothing remote; a wrong address is never something to click on.
A slip of the hand is nobody's guilt, and the letter says so. The envelope sender is null; that is the
caller's part. The time arrives as an argument; the Message-ID follows from what is said, so that the
same warning is recognised when it comes twice.
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line
from missent.service.investigation.incident import ADDRESS_BOOK, FORWARDING
from missent.service.investigation.sentences import counted, shown
from missent.service.investigation.warning import SenderWarning, Wrong
from missent.service.stationery import LARGEST, Letterhead, templates, top, two_parts
from missent.service.wording import screen

SHOWN: Final = 20
"""Addresses spelled out in one letter; nobody corrects more by reading a mail."""

_TAKEN: Final = (
    "A mail server takes mail for this address, so a stranger probably has what was sent."
)
_HABITS: Final = {
    FORWARDING: "A forwarding rule sent them on, and will again: correct that rule, or delete it.",
    ADDRESS_BOOK: (
        "It came on several days: this address is probably stored, in an address book or in what "
        "your mail program suggests as you type."
    ),
}
_CORRECT: Final = (
    "Correct the address wherever it is kept: address book, the suggestions of your mail program, "
    "distribution lists, forwarding rules. Delete the wrong one."
)
_TELL: Final = (
    "Tell the person you meant that your mail went astray, and send again what they still need. "
    "Please do not write to the wrong address, not even to ask for the messages back: whoever reads "
    "it would learn what they have."
)
_ANSWER: Final = (
    "Answer this mail ({} reads the answer): say in a few words what the messages were about, and "
    "whether they named people or held anything confidential. That is needed to judge what follows. "
    "Such slips happen to everybody."
)
_RIGHT: Final = (
    "If an address is right after all, answer that instead. Nothing was changed or deleted."
)
_QUIET: Final = (
    "This mail quotes nothing of what was written and has no link to click. Nobody will ask you for "
    "a password because of it."
)


@dataclass(frozen=True, slots=True)
class _Row:
    """One wrong address, as the letter shows it."""

    wrong: str
    right: str
    extent: str
    habit: str


class Letters:
    """Writes the warnings of one incident; holds no state but its templates."""

    def __init__(self, head: Letterhead) -> None:
        self._head = head
        self._zone = ZoneInfo(head.timezone)
        self._templates = templates("warning", ("warning.txt", "warning.html"))

    def letter(self, warning: SenderWarning, reader: Mailbox, at: datetime) -> bytes:
        """Write to `reader` about a sender: themselves, or an address that they look after."""
        name = _name(warning, reader)
        subject = f"Please check {_addresses(warning)} your mail went to"
        head = top(self._head, reader, subject, at, f"warning.{name}")
        facts = self._facts(warning, reader, name) | {"title": str(head["Subject"])}
        for number in (SHOWN, SHOWN // 4):
            said = facts | self._rows(warning, number)
            written = two_parts(deepcopy(head), self._templates, "warning", said)
            if len(written) <= LARGEST:
                break
        return written

    # --- sentences -----------------------------------------------------------------------------

    def _facts(self, warning: SenderWarning, reader: Mailbox, name: str) -> dict[str, object]:
        contact = screen(self._head.contact)
        return {
            "heading": f"Please check {_addresses(warning)}",
            "opening": self._opening(warning, reader),
            "steps": (
                _CORRECT,
                _TELL,
                _ANSWER.format(contact),
            ),
            "mistaken": _RIGHT,
            "quiet": _QUIET,
            "footer": (
                "Written by Missent, which looks after outgoing mail for "
                f"{one_line(self._head.organisation)}. Questions: {contact}. Reference: {name}"
            ),
        }

    def _opening(self, warning: SenderWarning, reader: Mailbox) -> str:
        mine = warning.sender == reader
        one = warning.messages == 1
        if mine:
            what = "one of your messages" if one else f"{warning.messages:,} of your messages"
        else:
            sender = screen(warning.sender) if warning.sender else "no sender"
            what = f"{counted(warning.messages, 'message')} sent as {sender}"
        when = self._when(warning.first, warning.last)
        where = self._where(warning, "you" if mine else "the sender")
        why = "" if mine else " You are asked because you look after that address."
        return f"{when}, {what} went to {where}{why}"

    def _where(self, warning: SenderWarning, who: str) -> str:
        if len(warning.rows) == 1:
            row = warning.rows[0]
            return f"{screen(row.recipient)}, where {_right(row)} was probably meant."
        return (
            f"{len(warning.rows)} addresses that {who} probably did not mean. They are listed below, "
            "with those that were probably meant."
        )

    def _rows(self, warning: SenderWarning, number: int) -> dict[str, object]:
        left = len(warning.rows) - number
        more = f"and {left} more; {screen(self._head.contact)} can tell you which"
        return {
            "rows": [self._row(row) for row in warning.rows[:number]],
            "more": more if left > 0 else "",
        }

    def _row(self, row: Wrong) -> _Row:
        span = _span(self._day(row.first), self._day(row.last))
        return _Row(
            screen(row.recipient),
            _right(row),
            f"{counted(row.messages, 'message')}, {span}. {_TAKEN}",
            _HABITS.get(row.habit, ""),
        )

    def _when(self, first: datetime, last: datetime) -> str:
        one, other = self._day(first), self._day(last)
        return f"On {_date(one)}" if one == other else f"Between {_date(one)} and {_date(other)}"

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _name(warning: SenderWarning, reader: Mailbox) -> str:
    """Name the letter by what it says, so that the same letter has the same Message-ID."""
    said = [reader.folded, warning.sender.folded if warning.sender else "", warning.messages]
    for row in warning.rows:
        said += [row.recipient.folded, row.messages, row.first.isoformat(), row.last.isoformat()]
    return hashlib.sha256("\n".join(map(str, said)).encode()).hexdigest()[:24]


def _right(row: Wrong) -> str:
    if row.meant is not None:
        return screen(row.meant)
    return f"somebody at {shown(row.intended)}"


def _addresses(warning: SenderWarning) -> str:
    return "an address" if len(warning.rows) == 1 else f"{len(warning.rows)} addresses"


def _span(first: date, last: date) -> str:
    if first == last:
        return f"on {_date(last)}"
    same = first.year == last.year
    return f"{first.day} {first:%B}{'' if same else f' {first.year}'} to {_date(last)}"


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
