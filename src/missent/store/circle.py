"""Own how the rows of a `Ledger` are read and written: those a piece of work needs, by key, in bulk.

Reading a circle takes a handful of indexed reads, bounded by the recipients and their rivals; learning
reads and writes each row of a batch once, within the learner's transaction and under its lock.
Letters, subjects and conversations are forgotten a year after they were noted, as `sources` are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from missent.judge.circle import EMPTY, Circle
from missent.judge.terms import Wording
from missent.mail.mailbox import Mailbox
from missent.service.aliases import person_of
from missent.service.ledger import (
    MARK,
    Ledger,
    LetterRow,
    Needs,
    PresenceRow,
    TalkRow,
    TieRow,
    needs,
    needs_of_view,
)
from missent.service.ports import Exchange
from missent.store import packing, tally
from missent.store.database import Database
from missent.store.keyed import Keyed
from missent.store.schema import (
    letters,
    microseconds,
    presences,
    subjects,
    talks,
    terms,
    tied_names,
    ties,
    writers,
)

_COUNT = "letters"
_FORGOTTEN = (letters, subjects, talks)


_TIES = Keyed(sa.select(ties), ties.c.person, ties.c.other)
_TIES_OF = Keyed(sa.select(ties), ties.c.other, person=ties.c.person)
_PRESENCES = Keyed(sa.select(presences), presences.c.person)
_NAMES = Keyed(sa.select(tied_names), tied_names.c.person, tied_names.c.stem)
_LETTERS = Keyed(sa.select(letters), letters.c.letter)
_SUBJECTS = Keyed(sa.select(subjects), subjects.c.subject)
_TALKS = Keyed(sa.select(talks), talks.c.talk)
_WRITERS = Keyed(sa.select(writers), writers.c.person)
_TERMS = Keyed(sa.select(terms), terms.c.bucket)


def circle(
    connection: sa.Connection,
    sender: Mailbox | None,
    recipients: Sequence[Mailbox],
    wording: Wording,
    at: datetime,
) -> Circle:
    """Read the sender's circle around these recipients."""
    if sender is None:
        return EMPTY
    wanted, written = needs_of_view(sender, recipients, wording)
    person = person_of(sender)
    wanted.ties.clear()  # read together with the rivals', by the one person they all have
    ledger = read(connection, wanted)
    around = {person_of(rival) for mailbox in written for rival in ledger.rivals(sender, mailbox)}
    around.update(map(person_of, written))
    for row in _TIES_OF.rows(connection, around, person=person):
        ledger.ties[row.person, row.other] = _tie(row)
    return ledger.circle(sender, recipients, wording, at)


def learn(connection: sa.Connection, database: Database, exchanges: Sequence[Exchange]) -> int:
    """Add letters; gives how many had anything new. The caller holds the learners' lock."""
    wanted = needs(exchanges)
    ledger = read(connection, wanted)
    fresh = sum(ledger.note(exchange) for exchange in exchanges)
    if fresh:
        _write(connection, database, ledger, wanted)
    return fresh


def forget(connection: sa.Connection, before: datetime) -> None:
    """Forget letters and conversations noted before a time."""
    for table in _FORGOTTEN:
        connection.execute(sa.delete(table).where(table.c.noted_at < before))


def read(connection: sa.Connection, wanted: Needs) -> Ledger:
    """Read these rows, and the conversations they lead to."""
    ledger = Ledger(count=tally.get(connection, _COUNT) or 0)
    for row in _TIES.rows(connection, wanted.ties):
        ledger.ties[row.person, row.other] = _tie(row)
    for row in _PRESENCES.rows(connection, wanted.presences):
        ledger.presences[row.person] = _presence(row)
    for row in _NAMES.rows(connection, wanted.names):
        ledger.names[row.person, row.stem] = packing.read_names(row.mailboxes)
    for row in _LETTERS.rows(connection, wanted.letters):
        counted = packing.read_marks(row.counted, MARK)
        letter = LetterRow(row.talk, row.number, row.serial, counted, changed=False)
        ledger.letters[bytes(row.letter)] = letter
    for row in _SUBJECTS.rows(connection, wanted.subjects):
        ledger.subjects[bytes(row.subject)] = row.talk
    ledger.people.update(
        (row.person, row.letters) for row in _WRITERS.rows(connection, wanted.people)
    )
    ledger.terms.update((row.bucket, row.letters) for row in _TERMS.rows(connection, wanted.terms))
    numbers = {letter.talk for letter in ledger.letters.values()} | set(ledger.subjects.values())
    for row in _TALKS.rows(connection, numbers):
        received, wrote = packing.read_part(row.received), packing.read_part(row.wrote)
        ledger.talks[row.talk] = TalkRow(row.letters, row.last_at, received, wrote)
    return ledger


def _tie(row: Any) -> TieRow:
    return TieRow(
        row.sent,
        row.alone,
        row.recent,
        row.first_at,
        row.sent_at,
        row.heard,
        row.heard_recent,
        row.heard_at,
        packing.read_numbers(row.letters),
        packing.read_terms(row.terms),
    )


def _presence(row: Any) -> PresenceRow:
    kept = packing.read_numbers(row.letters)
    return PresenceRow(row.received, row.senders, row.wrote, row.seen_at, kept)


# --- writing -------------------------------------------------------------------------------------


def _write(connection: sa.Connection, database: Database, ledger: Ledger, wanted: Needs) -> None:
    noted_at = microseconds(database.clock.now())
    _upsert(connection, database, ties, _tie_rows(ledger))
    _upsert(connection, database, presences, _presence_rows(ledger))
    names = (
        {"person": person, "stem": stem, "mailboxes": packing.pack_names(kept)}
        for (person, stem), kept in ledger.names.items()
    )
    _upsert(connection, database, tied_names, names)
    _upsert(connection, database, letters, _letter_rows(ledger, noted_at))
    begun = (
        {"subject": key, "talk": number, "noted_at": noted_at}
        for key, number in ledger.subjects.items()
        if key in wanted.subjects
    )
    _upsert(connection, database, subjects, begun)
    _upsert(connection, database, talks, _talk_rows(ledger, noted_at))
    people = ({"person": name, "letters": count} for name, count in ledger.people.items())
    _upsert(connection, database, writers, people)
    counted = ({"bucket": term, "letters": count} for term, count in ledger.terms.items())
    _upsert(connection, database, terms, counted)
    tally.put(connection, database, _COUNT, ledger.count)


def _tie_rows(ledger: Ledger) -> Iterable[Mapping[str, object]]:
    for (person, other), row in ledger.ties.items():
        if row.changed:
            yield {
                "person": person,
                "other": other,
                "sent": row.sent,
                "alone": row.alone,
                "recent": row.recent,
                "first_at": row.first_at,
                "sent_at": row.sent_at,
                "heard": row.heard,
                "heard_recent": row.heard_recent,
                "heard_at": row.heard_at,
                "letters": packing.pack_numbers(row.letters),
                "terms": packing.pack_terms(row.terms),
            }


def _presence_rows(ledger: Ledger) -> Iterable[Mapping[str, object]]:
    for person, row in ledger.presences.items():
        if row.changed:
            yield {
                "person": person,
                "received": row.received,
                "senders": row.senders,
                "wrote": row.wrote,
                "seen_at": row.seen_at,
                "letters": packing.pack_numbers(row.letters),
            }


def _letter_rows(ledger: Ledger, noted_at: int) -> Iterable[Mapping[str, object]]:
    for key, row in ledger.letters.items():
        if row.changed:
            yield {
                "letter": key,
                "talk": row.talk,
                "number": row.number,
                "serial": row.serial,
                "counted": packing.pack_marks(row.counted),
                "noted_at": noted_at,
            }


def _talk_rows(ledger: Ledger, noted_at: int) -> Iterable[Mapping[str, object]]:
    for number, row in ledger.talks.items():
        if row.changed:
            yield {
                "talk": number,
                "letters": row.letters,
                "last_at": row.last_at,
                "received": packing.pack_part(row.received),
                "wrote": packing.pack_part(row.wrote),
                "noted_at": noted_at,
            }


def _upsert(
    connection: sa.Connection,
    database: Database,
    table: sa.Table,
    rows: Iterable[Mapping[str, object]],
) -> None:
    statement = database.insert(table)
    keys = list(table.primary_key.columns)
    new = {c.name: statement.excluded[c.name] for c in table.c if not c.primary_key}
    merged = statement.on_conflict_do_update(index_elements=keys, set_=new)
    database.insert_many(connection, merged, list(rows))
