"""Own what a publisher says of a neighbour: "army.ml is not ours", from a file the operator loaded.

The rule: it may warn, by a rule of the policy, and never more. Its weight is nil, so that with whatever
else is found it moves no probability; it says nothing of a name that the operator's directory lists, that
this sender validated, that is well known, or with which there is answered mail: an answer to people of two
or more, or one where this sender had written, too. So who smears a rival reaches nobody who knows them.
"""

from __future__ import annotations

from collections.abc import Iterator

from missent.judge.case import Case, Record
from missent.judge.finding import Finding
from missent.lookalike.shipped import shipped
from missent.mail.domain import DomainName
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

SIGNAL = "published"
WEIGHT = 0.0
ENOUGH_PEOPLE = 2
"""People here who were answered: then the name is known to the organisation, whoever writes."""


def find(case: Case, recipient: Recipient) -> Iterator[Finding]:
    """Report that the publisher of a like name says this one is not theirs."""
    mailbox = recipient.mailbox
    entry, meant = next(case.published.accusing(mailbox.domain), (None, None))
    if entry is None or meant is None or _stands(case, mailbox):
        return
    publisher = entry.publisher.screen
    because = f"{publisher}, whose file you loaded, says {entry.accused.screen} is not theirs"
    because += f" ({entry.why})" if entry.why else ""
    because += f'; {publisher} says: "{entry.hint}"' if entry.hint else ""
    facts: dict[str, str | bool | int] = {"publisher": entry.publisher.ascii}
    yield Finding(SIGNAL, mailbox.wire, WEIGHT, because, mailbox.at(meant), facts)


def _stands(case: Case, mailbox: Mailbox) -> bool:
    """Tell whether what is known here says more than any publisher."""
    name, known = mailbox.domain, case.correspondence
    if case.organisation.owns(name) or shipped().kind(name):
        return True
    box, owner = known.mailbox(mailbox), DomainName.parse(name.registrable or name.ascii)
    records = (box, known.domain(name), known.domain(owner))
    return box.validated_at(case.at) or any(map(_vouched, records))


def _vouched(record: Record) -> bool:
    people = record.answered_people >= ENOUGH_PEOPLE or record.sent_by_sender > 0
    return record.in_directory or (record.answered > 0 and people)
