"""Own the weakest of signals: nobody here has written to, or heard from, this mailbox before.

One message in five has a recipient its sender never wrote to, so novelty never holds by itself
(law 9); it tips a scale that something else has loaded. Before anything was learned everything is
new, and the signal is silent.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.case import Case, Record
from missent.judge.finding import Finding
from missent.mail.envelope import Recipient

NEW_DOMAIN = 0.9
"""Misdirected mail goes to a never-seen domain about two and a half times as often as other mail."""
NEW_MAILBOX = 0.4
ONLY_WEAKLY_HEARD = 0.2
"""Mail came from there, but nobody can tell whether it was genuine."""


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report an outside mailbox nobody here has been in touch with."""
    mailbox, known = recipient.mailbox, case.correspondence
    if known.messages == 0 or case.organisation.owns(mailbox.domain):
        return
    record = known.mailbox(mailbox)
    if record.sent or _trusted(record):
        return
    domain = known.domain(mailbox.domain)
    new_domain = not (domain.sent or domain.heard_weakly or _trusted(domain))
    if record.heard_weakly:
        weight, because = ONLY_WEAKLY_HEARD, "has only been heard from, never written to"
    elif new_domain:
        weight, because = NEW_DOMAIN, "is new here, and so is its domain"
    else:
        weight, because = NEW_MAILBOX, "is new here, though its domain is known"
    facts = {"new_domain": new_domain}
    yield Finding("first_contact", mailbox.wire, weight, f"{mailbox.screen} {because}", facts=facts)


def _trusted(record: Record) -> bool:
    return bool(record.answered or record.heard or record.in_directory)
