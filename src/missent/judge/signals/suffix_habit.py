"""Own the slip of a suffix this organisation writes to: ``anything.ml`` where ``.mil`` answers.

`domain_typo` needs to know the name that was meant. This one needs only the suffix: who has answered
correspondents under a closed registry, and writes for the first time to a name one letter from it, is
asked, whatever stands before. A name that answered or is listed is left alone, so that
real correspondents in Mali are asked about once; what comes unasked changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.case import Case, Record
from missent.judge.finding import Finding
from missent.lookalike.shipped import shipped
from missent.lookalike.suffixes import meant_suffixes, under
from missent.mail.domain import DomainName
from missent.mail.envelope import Recipient

WEIGHT = 5.3
"""A warning by itself: of first messages to such a suffix by those who write to its neighbour, one in
six is taken to be a slip; nobody has published a rate."""
FREQUENT = 1.0
"""Added for those who write to the closed suffix every week."""
OFTEN = 50


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report a suffix that may stand for a closed one with which there is real correspondence."""
    mailbox, known = recipient.mailbox, case.correspondence
    name = mailbox.domain
    if case.organisation.owns(name) or shipped().kind(name) or _stands(case, recipient):
        return
    for suffix, slip in meant_suffixes(name):
        record = known.domain(suffix)
        meant = under(name, suffix)
        if meant is None or case.published.allied(name, meant) or not _in_correspondence(record):
            continue
        because = (
            f"{name.screen} ends in .{name.public_suffix}, which {slip.phrase} of .{suffix.ascii}; "
            f"your organisation writes to .{suffix.ascii}, and {name.screen} never answered anyone here"
        )
        weight = WEIGHT + (FREQUENT if record.sent >= OFTEN else 0.0)
        facts: dict[str, str | bool | int] = {
            "suspect": True,
            "intended": meant.ascii,
            "slip": str(slip.kind),
        }
        yield Finding("suffix_habit", mailbox.wire, weight, because, mailbox.at(meant), facts)
        return


def _stands(case: Case, recipient: Recipient) -> bool:
    """Tell whether the written name has standing of its own: sends give none (law 1)."""
    mailbox, known = recipient.mailbox, case.correspondence
    box = known.mailbox(mailbox)
    names = {mailbox.domain.ascii, mailbox.domain.registrable or mailbox.domain.ascii}
    records = [box, *(known.domain(DomainName.parse(name)) for name in sorted(names))]
    return box.validated_at(case.at) or any(
        record.answered or record.in_directory for record in records
    )


def _in_correspondence(record: Record) -> bool:
    mutual = bool(record.sent and record.heard_weakly)
    return bool(record.answered or record.heard or record.in_directory) or mutual
