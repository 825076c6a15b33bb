"""Own the reading of records: rows of names into `judge.case.Record`, by primary key only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from missent.judge.case import NEIGHBOURS, Namesake, Neighbour, Record
from missent.judge.plain import mailbox_from_plain
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.aliases import one_each
from missent.store.keyed import Keyed
from missent.store.schema import (
    domain_people,
    domains,
    mailbox_people,
    mailboxes,
    moment,
    validations,
)

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
    "recent",
)
"""What the tables of domains and of mailboxes have in common."""
_TIMES = ("first_answer", "last_answer", "first_seen", "last_seen")


_PERSON = sa.bindparam("person", type_=sa.String)


def _with_sender(table: sa.Table, people: sa.Table) -> Keyed:
    """Read records with what one person sent there."""
    same = sa.and_(people.c.name == table.c.name, people.c.person == _PERSON)
    query = sa.select(table, people.c.sent.label("by_sender")).outerjoin(people, same)
    return Keyed(query, table.c.name)


_DOMAINS = _with_sender(domains, domain_people)
_MAILBOXES = _with_sender(mailboxes, mailbox_people)
_VALIDATIONS = Keyed(
    sa.select(validations.c.mailbox, validations.c.at),
    validations.c.mailbox,
    person=validations.c.sender,
)


def of_domains(connection: sa.Connection, person: str, names: Collection[str]) -> dict[str, Record]:
    """Read the records of these domains, with what `person` sent there."""
    return {
        row.name: Record(**_values(row), sent_by_sender=row.by_sender or 0)
        for row in _DOMAINS.rows(connection, names, person=person)
    }


def of_mailboxes(
    connection: sa.Connection,
    person: str,
    names: Collection[str],
    validated: Mapping[str, datetime],
) -> dict[str, Record]:
    """Read the records of these mailboxes, with what `person` sent and validated."""
    found = {name: Record(validated=at) for name, at in validated.items()}
    for row in _MAILBOXES.rows(connection, names, person=person):
        found[row.name] = Record(
            **_values(row), sent_by_sender=row.by_sender or 0, validated=validated.get(row.name)
        )
    return found


def validations_of(
    connection: sa.Connection, person: str, recipients: Sequence[Mailbox], at: datetime
) -> dict[str, datetime]:
    """Read when `person` last validated these recipients, up to `at`."""
    asked = {mailbox.folded for mailbox in recipients}
    rows = _VALIDATIONS.rows(connection, asked, person=person)
    found = {row.mailbox: moment(row.at) for row in rows}
    return {name: when for name, when in found.items() if when <= at}


def _values(row: Any) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in FIELDS}
    for name in _TIMES:
        if found[name] is not None:
            found[name] = moment(found[name])
    found["in_directory"] = bool(found["in_directory"])
    return found


def best(known: Mapping[str, Record], names: Collection[str]) -> tuple[Neighbour, ...]:
    """Choose among near names those that are best known, should there be very many."""
    ranked = _ranked(known, names)[:NEIGHBOURS]
    return tuple(Neighbour(DomainName.parse(name), known[name]) for name in ranked)


def best_mailboxes(known: Mapping[str, Record], names: Collection[str]) -> tuple[Namesake, ...]:
    """Choose among near mailboxes those that are best known, one for each person."""
    people = one_each(mailbox_from_plain(name) for name in _ranked(known, names))
    return tuple(Namesake(mailbox, known[mailbox.folded]) for mailbox in people[:NEIGHBOURS])


def _ranked(known: Mapping[str, Record], names: Collection[str]) -> list[str]:
    there = (name for name in names if name in known)
    return sorted(there, key=lambda name: (_standing(known[name]), name), reverse=True)


def _standing(record: Record) -> tuple[bool, int, int, int]:
    return (
        record.in_directory,
        record.answered,
        record.sent,
        record.heard + record.heard_weakly,
    )
