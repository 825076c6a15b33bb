"""Own the digest: the report of some days as a letter to the owner of the typo domains; as bytes.

The rules are those of all letters of the house: complete in one reading, no content, nothing remote, no
link; a name from outside is inert. What does not fit is counted; the owner's page and the command have it.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from typing import Any, Final

from missent.mail.mailbox import Mailbox
from missent.mail.mime import one_line
from missent.service.collection.letterhead import reference, top
from missent.service.collection.report import CollectionReport
from missent.service.collection.telling import Told, told
from missent.service.investigation.sentences import counted
from missent.service.stationery import LARGEST, Letterhead, templates, two_parts
from missent.service.wording import screen

SHOWN: Final = 10
"""Rows of each table; more is read on the page."""
DAYS: Final = 31
"""Days that are listed one by one, without those on which nothing came; of more, the last ones."""
_AGAIN: Final = "The first hours of {} were in the last digest, too."
_NEXT: Final = (
    "To tell the postmasters of those who keep writing, run “missent collect warn”: it shows the letters "
    "first and sends nothing. “missent collect report” has all of this report."
)


class Digests:
    """Writes the digest of one installation; holds no state but its templates."""

    def __init__(self, head: Letterhead) -> None:
        self._head = head
        self._templates = templates("collection", ("digest.txt", "digest.html"))

    def letter(
        self, report: CollectionReport, reader: Mailbox, at: datetime, *, again: bool = False
    ) -> bytes:
        """Write the report to its reader; `again`: its first day was in the last digest, in part."""
        messages = counted(report.split.hits, "message")
        subject = f"{messages} to typo domains in {counted(report.days, 'day')}"
        letter = top(self._head, reader, subject, at, (report.since, report.until, report.split))
        for rows in (SHOWN, SHOWN // 3):
            words = told(report, rows)
            if again and words.days:
                words = replace(words, asides=(*words.asides, _AGAIN.format(words.days[0].name)))
            facts = self._facts(letter, words)
            written = two_parts(deepcopy(letter), self._templates, "digest", facts)
            if len(written) <= LARGEST:
                break
        return written

    def _facts(self, letter: EmailMessage, words: Told) -> dict[str, Any]:
        days = [day for day in words.days if day.hits][-DAYS:]
        return {
            "title": str(letter["Subject"]),
            "heading": "What came to your typo domains",
            "told": words,
            "days": days,
            "most": max((day.hits for day in days), default=1),
            "next": _NEXT,
            "footer": (
                f"Written by Missent for {one_line(self._head.organisation)}. Questions: "
                f"{screen(self._head.contact)}. Reference: {reference(letter)}"
            ),
        }
