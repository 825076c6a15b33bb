"""Own the doubt about what could not be read: every problem of the message is a finding (law 5).

What failed while it was read is here; what nobody can read, such as something encrypted, is
`judge.sensitivity.opaque`'s, since that is ordinary.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.case import Case
from missent.judge.finding import Finding
from missent.mail.document import Document, Reason
from missent.mail.envelope import Recipient

WEIGHT = 1.0
"""Little by itself, since most broken mail is only broken; the policy's own rule holds it."""
_BECAUSE = {
    Reason.MALFORMED: "it is damaged",
    Reason.TOO_BIG: "there is more in it than is read",
    Reason.TOO_MANY: "it has more members than are read",
    Reason.TOO_DEEP: "it is nested too deep",
    Reason.TIMEOUT: "it took longer than allowed",
    Reason.MEMORY: "it took more memory than allowed",
    Reason.DIED: "reading it made the reader fail",
    Reason.NO_SANDBOX: "there is no sandbox to read it in",
}


def find(case: Case, _recipient: Recipient) -> Iterator[Finding]:
    """Report each thing the parsers could not read, by its short name and never its content."""
    if case.message is None:
        return
    for problem in case.message.problems:
        because = f"part of this message could not be read and so not checked ({problem})"
        yield Finding("unreadable", "message", WEIGHT, because, facts={"problem": problem})
    for document in case.message.documents:
        yield from (_unread(document, reason) for reason in document.problems if reason.failed)


def _unread(document: Document, reason: Reason) -> Finding:
    about = f"part {document.position}"
    because = (
        f"{about} of this message ({document.kind}) could not be read and so not checked: "
        f"{_BECAUSE[reason]}"
    )
    return Finding("unreadable", about, WEIGHT, because, facts={"problem": reason.value})
