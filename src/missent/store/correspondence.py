"""Own what is known of names: records of domains and mailboxes, who wrote, who answered, who validated.

Theory of operation. `learn` is one transaction: it reads which messages were counted before, adds
the rest up (`learned`), and writes each touched record once. Learners take turns, so records are read
and written without loss. `view` reads by primary key and by the deletion index alone: its cost is
that of the envelope's recipients, not of the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from missent.judge.case import Correspondence
from missent.judge.plain import mailbox_from_plain
from missent.judge.terms import NO_WORDING, Wording
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.counting import (
    NOTHING,
    Batch,
    Change,
    Counted,
    Pair,
    add_up,
    message_key,
    names_to_read,
)
from missent.service.ports import Exchange, NewEvent, Sighting, SightingKind
from missent.store import circle, nearness, records, tally, trail
from missent.store.database import Database, portions
from missent.store.schema import (
    domain_people,
    domains,
    mailbox_people,
    mailboxes,
    microseconds,
    moment,
    sources,
    validations,
)

_BATCH = 2_000
_MESSAGES = "messages"
_LAST_INBOUND = "last inbound"


class SqlCorrespondence:
    """Implements `ports.CorrespondenceStore`."""

    def __init__(self, database: Database) -> None:
        self.database = database

    # --- reading -------------------------------------------------------------------------------

    def view(
        self,
        sender: Mailbox | None,
        recipients: Sequence[Mailbox],
        at: datetime,
        wording: Wording = NO_WORDING,
    ) -> Correspondence:
        """Read, in one snapshot, all the judge needs for these recipients (see `Correspondence`).

        A registrable part's record covers all names at or below it. Validations after `at` do not
        count, so that an old message can be judged again as it was.
        """
        written = {mailbox.domain for mailbox in recipients}
        person = sender.folded if sender else ""
        with self.database.read() as connection:
            near = nearness.near(connection, written)
            names = {name for domain in written for name in names_to_read(domain)}
            known = records.of_domains(connection, person, names.union(*near.values()))
            neighbours = {name: records.best(known, found) for name, found in near.items()}
            wanted = {m.folded for m in recipients}
            wanted |= {
                mailbox.at(neighbour.domain).folded
                for mailbox in recipients
                for neighbour in neighbours[mailbox.domain.ascii]
            }
            validated = records.validations_of(connection, person, recipients, at) if sender else {}
            alike = nearness.namesakes(connection, recipients)
            boxes = records.of_mailboxes(
                connection, person, wanted.union(*alike.values()), validated
            )
            messages = tally.get(connection, _MESSAGES) or 0
            around = circle.circle(connection, sender, recipients, wording, at)
        return Correspondence(
            domains=MappingProxyType({name: known[name] for name in names if name in known}),
            mailboxes=MappingProxyType({n: boxes[n] for n in wanted if n in boxes}),
            neighbours=MappingProxyType(neighbours),
            namesakes=MappingProxyType(
                {name: records.best_mailboxes(boxes, found) for name, found in alike.items()}
            ),
            messages=messages,
            circle=around,
        )

    def sent_to(self, message_ids: Sequence[str], domain: DomainName) -> frozenset[Mailbox]:
        """Give our people who sent one of these Message-IDs to a mailbox of `domain`."""
        found: set[str] = set()
        with self.database.read() as connection:
            for portion in portions({message_key(message_id) for message_id in message_ids}):
                query = sa.select(sources.c.person).where(
                    sources.c.message.in_(portion),
                    sources.c.kind == SightingKind.SENT.value,
                    sources.c.domain == domain.ascii,
                    sources.c.person.is_not(None),
                )
                found.update(connection.execute(query).scalars())
        return frozenset(mailbox_from_plain(person) for person in found)

    def last_inbound(self) -> datetime | None:
        """Give when inbound mail was last noted; None = never. `doctor` asks."""
        with self.database.read() as connection:
            value = tally.get(connection, _LAST_INBOUND)
        return None if value is None else moment(value)

    # --- learning ------------------------------------------------------------------------------

    def learn(self, sightings: Iterable[Sighting]) -> int:
        """Add observations; gives how many were new.

        A sighting with a message id counts once for its kind and mailbox, whenever it comes again
        within a year. One transaction: callers choose how much goes into one.
        """
        batch = list(sightings)
        if not batch:
            return 0
        with self.database.write() as connection:
            self.database.lock(connection, "correspondence")
            return sum(
                self._learn(connection, batch[start : start + _BATCH])
                for start in range(0, len(batch), _BATCH)
            )

    def learn_exchanges(self, exchanges: Iterable[Exchange]) -> int:
        """Add letters to the circles of our people; gives how many had anything new."""
        batch = list(exchanges)
        if not batch:
            return 0
        with self.database.write() as connection:
            self.database.lock(connection, "correspondence")
            return sum(
                circle.learn(connection, self.database, batch[start : start + _BATCH])
                for start in range(0, len(batch), _BATCH)
            )

    def list_directory(self, people: Iterable[Mailbox], at: datetime) -> int:
        """Take this as the whole directory: others are no longer listed; gives how many are."""
        listed = list(dict.fromkeys(people))
        before = sa.select(mailboxes.c.name).where(mailboxes.c.in_directory.is_(True))
        with self.database.read() as connection:
            if set(connection.execute(before).scalars()) == {m.folded for m in listed}:
                return len(listed)
        with self.database.write() as connection:
            self.database.lock(connection, "correspondence")
            for table in (domains, mailboxes):
                unlisted = sa.update(table).where(table.c.in_directory.is_(True))
                connection.execute(unlisted.values(in_directory=False))
            for start in range(0, len(listed), _BATCH):
                portion = listed[start : start + _BATCH]
                told = [Sighting(SightingKind.DIRECTORY, mailbox, None, at) for mailbox in portion]
                self._learn(connection, told)
        return len(listed)

    def validate(self, sender: Mailbox, recipient: Mailbox, at: datetime, actor: str) -> None:
        """Record "send as typed" by this sender for exactly this mailbox; audited."""
        row = {"at": at, "actor": actor}
        statement = self.database.insert(validations).values(
            sender=sender.folded, mailbox=recipient.folded, **row
        )
        event = NewEvent(
            "recipient.validated", recipient.folded, actor, at, {"sender": sender.folded}
        )
        with self.database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=[validations.c.sender, validations.c.mailbox], set_=row
                )
            )
            trail.append(self.database, connection, [event])

    def _learn(self, connection: sa.Connection, sightings: Sequence[Sighting]) -> int:
        batch = add_up(sightings, _counted(connection, sightings))
        self._write_pairs(connection, domain_people, batch.domain_people)
        self._write_pairs(connection, mailbox_people, batch.mailbox_people)
        answerers = _answerers(connection, domain_people, batch.domain_people)
        self._write_domains(connection, batch.domains, answerers)
        answerers = _answerers(connection, mailbox_people, batch.mailbox_people)
        unknown = self._write_records(connection, mailboxes, batch.mailboxes, answerers)
        nearness.index_mailboxes(connection, self.database, unknown)
        self._write_sources(connection, batch)
        return batch.counted

    def _write_sources(self, connection: sa.Connection, batch: Batch) -> None:
        noted = {"noted_at": microseconds(self.database.clock.now())}
        statement = self.database.insert(sources).on_conflict_do_nothing()
        rows = [source | noted for source in batch.sources]
        self.database.insert_many(connection, statement, rows)
        if batch.messages:
            total = (tally.get(connection, _MESSAGES) or 0) + batch.messages
            tally.put(connection, self.database, _MESSAGES, total)
        if batch.last_inbound is not None:
            value = microseconds(batch.last_inbound)
            latest = max(value, tally.get(connection, _LAST_INBOUND) or 0)
            tally.put(connection, self.database, _LAST_INBOUND, latest)

    def _write_domains(
        self,
        connection: sa.Connection,
        changes: Mapping[str, Change],
        answerers: Mapping[str, int],
    ) -> None:
        unknown = self._write_records(connection, domains, changes, answerers)
        nearness.index(connection, self.database, unknown)

    def _write_records(
        self,
        connection: sa.Connection,
        table: sa.Table,
        changes: Mapping[str, Change],
        answerers: Mapping[str, int],
    ) -> list[str]:
        """Write each changed record once; gives the names that were unknown."""
        stored = {}
        for portion in portions(changes):
            rows = connection.execute(sa.select(table).where(table.c.name.in_(portion)))
            stored.update({row.name: row for row in rows})
        values = []
        for name, change in changes.items():
            old = stored.get(name)
            people = answerers.get(name, old.answered_people if old else 0)
            after = change.onto(NOTHING if old is None else old)
            values.append({"name": name, "answered_people": people, **_stored(after)})
        statement = self.database.insert(table)
        new = {name: statement.excluded[name] for name in records.FIELDS}
        merged = statement.on_conflict_do_update(index_elements=[table.c.name], set_=new)
        self.database.insert_many(connection, merged, values)
        return [name for name in changes if name not in stored]

    def _write_pairs(
        self, connection: sa.Connection, table: sa.Table, pairs: Mapping[tuple[str, str], Pair]
    ) -> None:
        statement = self.database.insert(table)
        new = statement.excluded
        rows = [
            {"name": name, "person": person, "sent": pair.sent, "answered": pair.answered}
            for (name, person), pair in pairs.items()
        ]
        merged = statement.on_conflict_do_update(
            index_elements=[table.c.name, table.c.person],
            set_={
                "sent": table.c.sent + new.sent,
                "answered": sa.or_(table.c.answered, new.answered),
            },
        )
        self.database.insert_many(connection, merged, rows)


def _stored(change: Change) -> dict[str, Any]:
    values = {name: getattr(change, name) for name in records.FIELDS if name != "answered_people"}
    return {
        name: microseconds(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


# --- rows --------------------------------------------------------------------------------------


def _counted(connection: sa.Connection, sightings: Sequence[Sighting]) -> Counted:
    counted = Counted()
    messages = {message_key(s.message_id) for s in sightings if s.message_id}
    for portion in portions(messages):
        query = sa.select(
            sources.c.message,
            sources.c.kind,
            sources.c.mailbox,
            sources.c.domain,
            sources.c.registrable,
        )
        for message, kind, *names in connection.execute(
            query.where(sources.c.message.in_(portion))
        ):
            counted.add(bytes(message), kind, *names)
    return counted


def _answerers(
    connection: sa.Connection, table: sa.Table, pairs: Mapping[tuple[str, str], Pair]
) -> dict[str, int]:
    """Count, for the names with a new answer, the people who ever got one."""
    names = {name for (name, _), pair in pairs.items() if pair.answered}
    counts: dict[str, int] = {}
    for portion in portions(names):
        query = (
            sa.select(table.c.name, sa.func.count())
            .where(table.c.name.in_(portion), table.c.answered.is_(True))
            .group_by(table.c.name)
        )
        counts.update({name: int(count) for name, count in connection.execute(query)})
    return counts
