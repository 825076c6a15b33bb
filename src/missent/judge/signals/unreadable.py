"""Own the doubt about what could not be read: every problem of the message is a finding (law 5)."""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.case import Case
from missent.judge.finding import Finding
from missent.mail.envelope import Recipient

WEIGHT = 1.0
"""Little by itself, since most broken mail is only broken; the policy's own rule holds it."""


def find(case: Case, _recipient: Recipient) -> Iterator[Finding]:
    """Report each thing the parser could not read, by its short name and never its content."""
    if case.message is None:
        return
    for problem in case.message.problems:
        because = f"part of this message could not be read and so not checked ({problem})"
        yield Finding("unreadable", "message", WEIGHT, because, facts={"problem": problem})
