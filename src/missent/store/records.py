"""Own the reading of records: rows of names into `judge.case.Record`, by primary key only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from missent.judge.case import Neighbour, Record
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.store.database import portions
from missent.store.schema import (
    Moment,
    domain_people,
    domains,
    mailbox_people,
    mailboxes,
    validations,
)

NEIGHBOURS = 64
"""Known names given for one written name, the best known first, so that no flood hides the right one."""
FIELDS = (
    "sent",
    "answered",
    "answered_people",
    "first_answer",
    "last_answer",
    "heard",
    "heard_weakly",
    "first_seen",
    "last_seen",
    "in_directory",
)
"""What the tables of domains and of mailboxes have in common."""


# Built once: putting a statement together costs as much as running it.
_NAMES: sa.BindParameter[str] = sa.bindparam("names", expanding=True)
_PERSON = sa.bindparam("person", type_=sa.String)
_DOMAINS = (
    sa.select(domains, domain_people.c.sent.label("by_sender"))
    .outerjoin(
        domain_people,
        sa.and_(domain_people.c.name == domains.c.name, domain_people.c.person == _PERSON),
    )
    .where(domains.c.name.in_(_NAMES))
)
_MAILBOXES = (
    sa.select(mailboxes, mailbox_people.c.sent.label("by_sender"))
    .outerjoin(
        mailbox_people,
        sa.and_(mailbox_people.c.name == mailboxes.c.name, mailbox_people.c.person == _PERSON),
    )
    .where(mailboxes.c.name.in_(_NAMES))
)
_VALIDATIONS = sa.select(validations.c.mailbox, validations.c.at).where(
    validations.c.sender == _PERSON,
    validations.c.mailbox.in_(_NAMES),
    validations.c.at <= sa.bindparam("until", type_=Moment),
)


def of_domains(connection: sa.Connection, person: str, names: Collection[str]) -> dict[str, Record]:
    """Read the records of these domains, with what `person` sent there."""
    found = {}
    for portion in portions(names):
        for row in connection.execute(_DOMAINS, {"person": person, "names": portion}):
            found[row.name] = Record(**_values(row), sent_by_sender=row.by_sender or 0)
    return found


def of_mailboxes(
    connection: sa.Connection,
    person: str,
    names: Collection[str],
    validated: Mapping[str, datetime],
) -> dict[str, Record]:
    """Read the records of these mailboxes, with what `person` sent and validated."""
    found = {name: Record(validated=at) for name, at in validated.items()}
    for portion in portions(names):
        for row in connection.execute(_MAILBOXES, {"person": person, "names": portion}):
            found[row.name] = Record(
                **_values(row),
                sent_by_sender=row.by_sender or 0,
                validated=validated.get(row.name),
            )
    return found


def validations_of(
    connection: sa.Connection, person: str, recipients: Sequence[Mailbox], at: datetime
) -> dict[str, datetime]:
    """Read when `person` last validated these recipients, up to `at`."""
    found: dict[str, datetime] = {}
    for portion in portions({mailbox.folded for mailbox in recipients}):
        asked = {"person": person, "names": portion, "until": at}
        found.update({row.mailbox: row.at for row in connection.execute(_VALIDATIONS, asked)})
    return found


def _values(row: sa.Row[tuple[object, ...]]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FIELDS}


def best(known: Mapping[str, Record], names: Collection[str]) -> tuple[Neighbour, ...]:
    """Choose among near names those that are best known, should there be very many."""
    ranked = sorted(
        (name for name in names if name in known),
        key=lambda name: (_standing(known[name]), name),
        reverse=True,
    )
    return tuple(Neighbour(DomainName.parse(name), known[name]) for name in ranked[:NEIGHBOURS])


def _standing(record: Record) -> tuple[bool, int, int, int]:
    return (
        record.in_directory,
        record.answered,
        record.sent,
        record.heard + record.heard_weakly,
    )
