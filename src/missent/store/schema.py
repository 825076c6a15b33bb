"""Own the tables: one schema for SQLite and PostgreSQL.

Rule: nothing is stored in plain but what is needed (addresses, states, verdicts with their evidence);
no subject, no body, no Message-ID. Times are integers, microseconds since 1970 in UTC, so that both
databases compare them alike. Every change here is a new revision in `migrations/versions`; a test
compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

REVISION = "0003"
"""The Alembic revision this program works with."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(at: datetime) -> int:
    """Give a time as it is stored; one without a zone raises `TypeError`."""
    return (at - _EPOCH) // _MICROSECOND


def moment(stored: int) -> datetime:
    """Read a stored time."""
    return _EPOCH + stored * _MICROSECOND


class Moment(TypeDecorator[datetime]):
    """A time, aware and in UTC, stored as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Write a time."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read a time."""
        return None if value is None else moment(value)


Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows only in INTEGER columns

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- holds -------------------------------------------------------------------------------------

holds = Table(
    "holds",
    metadata,
    Column("hold_id", String, primary_key=True),
    Column("fingerprint", String, nullable=False, unique=True),
    Column("token_hash", String, nullable=False, unique=True),
    Column("envelope", Text, nullable=False),
    Column("message_sha256", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sensitivity", Integer, nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("owner", String),  # folded, for looking up; null = the operator
    Column("owner_wire", String),
    Column("known_by", String, nullable=False),
    Column("legal_hold", Boolean, nullable=False),
    Column("prepared", Boolean, nullable=False),
    Column("undecided", Boolean, nullable=False),  # some recipient is still `held`
    Column("wrapped_key", LargeBinary),  # null once destroyed
    Index(None, "undecided", "held_at"),
    Index(None, "owner", "undecided"),
    Index(None, "held_at"),
)

held_recipients = Table(
    "held_recipients",
    metadata,
    Column("hold_id", ForeignKey("holds.hold_id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("mailbox", String, nullable=False),  # folded
    Column("wire", String, nullable=False),
    Column("state", String, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("corrected_to", String),
    Column("release_at", Moment),
    Column("due_at", Moment),  # expiry or end of grace; null once decided
    UniqueConstraint("hold_id", "mailbox"),
    Index(None, "due_at"),
)

chunks = Table(
    "chunks",
    metadata,
    # No foreign key: chunks are written before their hold.
    Column("hold_id", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("written_at", Moment, nullable=False),
    Index(None, "written_at"),
)

jobs = Table(
    "jobs",
    metadata,
    Column("job_id", Serial, primary_key=True, autoincrement=True),
    Column("kind", String, nullable=False),
    Column("hold_id", String, nullable=False),
    Column("recipient", String, nullable=False),  # folded; empty = none
    Column("recipient_wire", String),
    Column("serial", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("waiting", Boolean, nullable=False),  # its hold is only prepared
    Column("leased_until", Moment),
    Column("attempts", Integer, nullable=False),
    Column("detail", Text, nullable=False),
    Column("last_error", Text),
    UniqueConstraint("kind", "hold_id", "recipient", "serial"),
    Index(None, "waiting", "due_at"),
    Index(None, "hold_id"),
    sqlite_autoincrement=True,  # a finished job's number is never another's
)

# --- correspondence ----------------------------------------------------------------------------


def _record() -> tuple[Column[int] | Column[datetime] | Column[bool] | Column[float], ...]:
    return (
        Column("sent", BigInteger, nullable=False),
        Column("answered", BigInteger, nullable=False),
        Column("answered_people", BigInteger, nullable=False),
        Column("first_answer", Moment),
        Column("last_answer", Moment),
        Column("heard", BigInteger, nullable=False),
        Column("heard_weakly", BigInteger, nullable=False),
        Column("first_seen", Moment),
        Column("last_seen", Moment),
        Column("in_directory", Boolean, nullable=False),
        Column("recent", Float, nullable=False, server_default="0"),  # faded to last_seen
    )


domains = Table(
    "domains",
    metadata,
    Column("name", String, primary_key=True),
    *_record(),
    sqlite_with_rowid=False,
)

mailboxes = Table(
    "mailboxes",
    metadata,
    Column("name", String, primary_key=True),  # folded
    *_record(),
    sqlite_with_rowid=False,
)

domain_people = Table(
    "domain_people",
    metadata,
    Column("name", String, primary_key=True),
    Column("person", String, primary_key=True),  # ours, folded
    Column("sent", BigInteger, nullable=False),
    Column("answered", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

mailbox_people = Table(
    "mailbox_people",
    metadata,
    Column("name", String, primary_key=True),
    Column("person", String, primary_key=True),
    Column("sent", BigInteger, nullable=False),
    Column("answered", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

near_keys = Table(
    "near_keys",
    metadata,
    Column("key", String, primary_key=True),
    Column("domain", String, primary_key=True),
    sqlite_with_rowid=False,
)

sources = Table(
    # Which messages were counted already, and who sent them.
    "sources",
    metadata,
    Column("message", LargeBinary(16), primary_key=True),  # SHA-256 of the Message-ID, cut
    Column("kind", String, primary_key=True),
    Column("mailbox", String, primary_key=True),
    Column("domain", String, nullable=False),
    Column("registrable", String, nullable=False),
    Column("person", String),
    Column("noted_at", Moment, nullable=False),
    Index(None, "noted_at"),
    sqlite_with_rowid=False,
)

local_keys = Table(
    # Mailboxes that can be mistaken for each other meet under a key (`lookalike.people`).
    "local_keys",
    metadata,
    Column("key", String, primary_key=True),
    Column("mailbox", String, primary_key=True),
    sqlite_with_rowid=False,
)

validations = Table(
    "validations",
    metadata,
    Column("sender", String, primary_key=True),
    Column("mailbox", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String, nullable=False),
    Index(None, "at"),
    sqlite_with_rowid=False,
)

tallies = Table(
    "tallies",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# --- circles: how `service.ledger` stands in rows. Lists and maps are packed (`store.packing`) ----

ties = Table(
    "ties",
    metadata,
    Column("person", String, primary_key=True),  # ours; both as `aliases.person_of` gives them
    Column("other", String, primary_key=True),
    Column("sent", BigInteger, nullable=False),
    Column("alone", BigInteger, nullable=False),
    Column("recent", Double, nullable=False),
    Column("first_at", Double, nullable=False),  # seconds since 1970; 0 = never
    Column("sent_at", Double, nullable=False),
    Column("heard", BigInteger, nullable=False),
    Column("heard_recent", Double, nullable=False),
    Column("heard_at", Double, nullable=False),
    Column("letters", LargeBinary, nullable=False),
    Column("terms", LargeBinary, nullable=False),  # hashed: a bucket stands for many words
)

presences = Table(
    "presences",
    metadata,
    Column("person", String, primary_key=True),
    Column("received", BigInteger, nullable=False),
    Column("senders", BigInteger, nullable=False),
    Column("wrote", BigInteger, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("letters", LargeBinary, nullable=False),
)

tied_names = Table(
    # Whom a person wrote to, by the first letters of a name.
    "tied_names",
    metadata,
    Column("person", String, primary_key=True),
    Column("stem", String, primary_key=True),
    Column("mailboxes", Text, nullable=False),
)

letters = Table(
    "letters",
    metadata,
    Column("letter", LargeBinary(12), primary_key=True),  # digest of the Message-ID
    Column("talk", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("serial", BigInteger, nullable=False),
    Column("counted", LargeBinary, nullable=False),
    Column("noted_at", Moment, nullable=False),
    Index(None, "noted_at"),
)

subjects = Table(
    "subjects",
    metadata,
    Column("subject", LargeBinary(12), primary_key=True),  # digest of the subject
    Column("talk", BigInteger, nullable=False),
    Column("noted_at", Moment, nullable=False),
    Index(None, "noted_at"),
    sqlite_with_rowid=False,
)

talks = Table(
    "talks",
    metadata,
    Column("talk", Serial, primary_key=True, autoincrement=False),
    Column("letters", BigInteger, nullable=False),
    Column("last_at", Double, nullable=False),
    Column("received", Text, nullable=False),
    Column("wrote", Text, nullable=False),
    Column("noted_at", Moment, nullable=False),
    Index(None, "noted_at"),
)

writers = Table(
    "writers",
    metadata,
    Column("person", String, primary_key=True),
    Column("letters", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

terms = Table(
    # In how many letters a hashed term occurred: at most `judge.circle.BUCKETS` rows.
    "terms",
    metadata,
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("letters", BigInteger, nullable=False),
)

# --- the interruption budget -------------------------------------------------------------------

daily_tallies = Table(
    "daily_tallies",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # its proleptic ordinal, in UTC
    Column("what", String, primary_key=True),
    Column("messages", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# --- register ----------------------------------------------------------------------------------

settings = Table(
    "settings",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("mark", String, primary_key=True),
    Column("at", Moment, nullable=False),
)

kept = Table(
    "kept",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("node", String, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject_id", String, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", String, nullable=False),
    Column("digest", String, nullable=False),
    sqlite_with_rowid=False,
)

audit_heads = Table(
    # The last event of each node's chain: the row every writer of that chain locks.
    "audit_heads",
    metadata,
    Column("node", String, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("digest", String, nullable=False),
)
