"""Short ways to make letters and an office that writes them; all names are invented."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from missent.judge import terms
from missent.judge.circle import Circle
from missent.mail.archived import ArchivedMessage
from missent.mail.mailbox import Mailbox
from missent.service.circles import Circles
from missent.service.letter import Letter

START = datetime(2031, 1, 6, 9, 0, tzinfo=UTC)
AMY = Mailbox.parse("amy.reed@contractor.example")
BRIDGE = ("bob.stone@contractor.example", "ann.lake@contractor.example", "kim@survey.example")
MONEY = ("bob.marsh@contractor.example", "zoe.field@contractor.example")
ABOUT_BRIDGE = "The pillar inspection of the northern bridge found corrosion below the deck."
ABOUT_MONEY = "The quarterly invoice ledger needs another payment approval before closing."


def is_ours(mailbox: Mailbox) -> bool:
    """Tell whether a mailbox is the invented contractor's."""
    return mailbox.domain.ascii == "contractor.example"


def boxes(*texts: str) -> tuple[Mailbox, ...]:
    """Read addresses."""
    return tuple(Mailbox.parse(text) for text in texts)


def letter(
    *to: str,
    sender: str = AMY.wire,
    day: float = 0,
    about: tuple[str, str] = ("", ""),
    references: tuple[str, ...] = (),
) -> Letter:
    """Make a letter; `about` is subject and text."""
    author, recipients = Mailbox.parse(sender), boxes(*to)
    at = START + timedelta(days=day)
    name = f"<{day}.{len(to)}.{author.key}@contractor.example>"
    header = ArchivedMessage((author,), recipients, name, references, at)
    subject, text = about
    return Letter(at, author, recipients, header, subject, text)


def office(weeks: int = 30) -> Iterator[Letter]:
    """Give the letters of an office: Amy writes of a bridge to three, of money to two, daily."""
    for week in range(weeks):
        day = week * 7.0
        number = f"{week:03d}"
        yield letter(*BRIDGE, day=day, about=(f"bridge {number}", f"Bob,\n{ABOUT_BRIDGE}"))
        yield letter(*BRIDGE[:2], day=day + 1, about=(f"pillar {number}", ABOUT_BRIDGE))
        answer = ("Re: bridge " + number, f"Amy,\n{ABOUT_BRIDGE}")
        yield letter(AMY.wire, *BRIDGE[1:], sender=BRIDGE[0], day=day + 1.5, about=answer)
        yield letter(*MONEY, day=day + 2, about=(f"ledger {number}", ABOUT_MONEY))
        yield letter(MONEY[0], day=day + 3, about=(f"invoice {number}", ABOUT_MONEY))
        yield letter(*MONEY, sender=BRIDGE[1], day=day + 4, about=(f"budget {number}", ABOUT_MONEY))


def learned(weeks: int = 30) -> Circles:
    """Give circles that know the office."""
    circles = Circles(is_ours)
    for each in office(weeks):
        circles.note(each)
    return circles


def circle_of(circles: Circles, draft: Letter) -> Circle:
    """Give the circle around a letter that is about to leave."""
    wording = terms.read(draft.subject, draft.text, draft.header.references)
    return circles.circle(draft.sender, draft.recipients, wording, draft.at)
