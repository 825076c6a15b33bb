"""What may speak for or against one recipient: one file a signal, independent of each other.

A signal is a pure function `find` of the case and one recipient. To add one, write its file and its line
here. A signal that raises is itself a finding (law 5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from missent.judge.case import Case
from missent.judge.finding import Finding
from missent.judge.signals import (
    domain_typo,
    first_contact,
    greeting,
    local_typo,
    many_recipients,
    mixed_scripts,
    new_organisation,
    odd_one_out,
    other_client,
    personal_mailbox,
    published,
    recurring_pair,
    suffix_habit,
    unreadable,
    wrong_person,
)
from missent.mail.envelope import Recipient

Signal = Callable[[Case, Recipient], Iterable[Finding]]

SIGNALS: tuple[Signal, ...] = (
    domain_typo.find,
    suffix_habit.find,
    mixed_scripts.find,
    local_typo.find,
    recurring_pair.find,
    wrong_person.find,
    odd_one_out.find,
    new_organisation.find,
    greeting.find,
    personal_mailbox.find,
    other_client.find,
    many_recipients.find,
    unreadable.find,
    first_contact.find,
    published.find,
)
