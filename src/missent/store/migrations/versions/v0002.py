"""Correspondence that fades, namesakes, and the circles of people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add what is learned from now on; what is older counts as long ago.

    The keys of known mailboxes are made on opening (`store.nearness.refresh`).
    """
    for table in ("domains", "mailboxes"):
        op.add_column(table, sa.Column("recent", sa.Float(), nullable=False, server_default="0"))
    op.create_table(
        "local_keys",
        _text("key"),
        _text("mailbox"),
        sa.PrimaryKeyConstraint("key", "mailbox", name="pk_local_keys"),
        sqlite_with_rowid=False,
    )
    _create_ties()
    _create_talks()
    op.create_table(
        "daily_tallies",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        _text("what"),
        _number("messages"),
        sa.PrimaryKeyConstraint("day", "what", name="pk_daily_tallies"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_validations_at", "validations", ["at"])


def _create_ties() -> None:
    op.create_table(
        "ties",
        _text("person"),
        _text("other"),
        _number("sent"),
        _number("alone"),
        _real("recent"),
        _real("first_at"),
        _real("sent_at"),
        _number("heard"),
        _real("heard_recent"),
        _real("heard_at"),
        _octets("letters"),
        _octets("terms"),
        sa.PrimaryKeyConstraint("person", "other", name="pk_ties"),
    )
    op.create_table(
        "presences",
        _text("person"),
        _number("received"),
        _number("senders"),
        _number("wrote"),
        _real("seen_at"),
        _octets("letters"),
        sa.PrimaryKeyConstraint("person", name="pk_presences"),
    )
    op.create_table(
        "tied_names",
        _text("person"),
        _text("stem"),
        sa.Column("mailboxes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("person", "stem", name="pk_tied_names"),
    )
    op.create_table(
        "writers",
        _text("person"),
        _number("letters"),
        sa.PrimaryKeyConstraint("person", name="pk_writers"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "terms",
        sa.Column("bucket", sa.Integer(), autoincrement=False, nullable=False),
        _number("letters"),
        sa.PrimaryKeyConstraint("bucket", name="pk_terms"),
    )


def _create_talks() -> None:
    op.create_table(
        "letters",
        sa.Column("letter", sa.LargeBinary(length=12), nullable=False),
        _number("talk"),
        _number("number"),
        _number("serial"),
        _octets("counted"),
        _number("noted_at"),
        sa.PrimaryKeyConstraint("letter", name="pk_letters"),
    )
    op.create_table(
        "subjects",
        sa.Column("subject", sa.LargeBinary(length=12), nullable=False),
        _number("talk"),
        _number("noted_at"),
        sa.PrimaryKeyConstraint("subject", name="pk_subjects"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "talks",
        sa.Column(
            "talk",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        _number("letters"),
        _real("last_at"),
        sa.Column("received", sa.Text(), nullable=False),
        sa.Column("wrote", sa.Text(), nullable=False),
        _number("noted_at"),
        sa.PrimaryKeyConstraint("talk", name="pk_talks"),
    )
    for table in ("letters", "subjects", "talks"):
        op.create_index(f"ix_{table}_noted_at", table, ["noted_at"])


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _real(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=False)


def _octets(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)
