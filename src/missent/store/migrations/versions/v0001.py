"""The first schema: holds, correspondence, register."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create all tables."""
    _create_holds()
    _create_held_recipients()
    _create_jobs()
    _create_records("domains")
    _create_records("mailboxes")
    _create_people("domain_people")
    _create_people("mailbox_people")
    _create_correspondence()
    _create_register()
    _create_audit()


def _create_holds() -> None:
    op.create_table(
        "holds",
        _text("hold_id"),
        _text("fingerprint"),
        _text("token_hash"),
        sa.Column("envelope", sa.Text(), nullable=False),
        _text("message_sha256"),
        _number("size"),
        sa.Column("sensitivity", sa.Integer(), nullable=False),
        _number("held_at"),
        _number("expires_at"),
        _text("owner", nullable=True),
        _text("owner_wire", nullable=True),
        _text("known_by"),
        _flag("legal_hold"),
        _flag("prepared"),
        _flag("undecided"),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("hold_id", name="pk_holds"),
        sa.UniqueConstraint("fingerprint", name="uq_holds_fingerprint"),
        sa.UniqueConstraint("token_hash", name="uq_holds_token_hash"),
    )
    op.create_index("ix_holds_held_at", "holds", ["held_at"])
    op.create_index("ix_holds_owner_undecided", "holds", ["owner", "undecided"])
    op.create_index("ix_holds_undecided_held_at", "holds", ["undecided", "held_at"])
    op.create_table(
        "chunks",
        _text("hold_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        _number("written_at"),
        sa.PrimaryKeyConstraint("hold_id", "position", name="pk_chunks"),
    )
    op.create_index("ix_chunks_written_at", "chunks", ["written_at"])


def _create_held_recipients() -> None:
    op.create_table(
        "held_recipients",
        _text("hold_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        _text("mailbox"),
        _text("wire"),
        _text("state"),
        sa.Column("verdict", sa.Text(), nullable=False),
        _text("corrected_to", nullable=True),
        _number("release_at", nullable=True),
        _number("due_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.hold_id"], name="fk_held_recipients_hold_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("hold_id", "position", name="pk_held_recipients"),
        sa.UniqueConstraint("hold_id", "mailbox", name="uq_held_recipients_hold_id_mailbox"),
    )
    op.create_index("ix_held_recipients_due_at", "held_recipients", ["due_at"])


def _create_jobs() -> None:
    serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "jobs",
        sa.Column("job_id", serial, autoincrement=True, nullable=False),
        _text("kind"),
        _text("hold_id"),
        _text("recipient"),
        _text("recipient_wire", nullable=True),
        sa.Column("serial", sa.Integer(), nullable=False),
        _number("due_at"),
        _flag("waiting"),
        _number("leased_until", nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", name="pk_jobs"),
        sa.UniqueConstraint(
            "kind", "hold_id", "recipient", "serial", name="uq_jobs_kind_hold_id_recipient_serial"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_hold_id", "jobs", ["hold_id"])
    op.create_index("ix_jobs_waiting_due_at", "jobs", ["waiting", "due_at"])


def _create_records(table: str, *more: sa.Column[bool]) -> None:
    op.create_table(
        table,
        _text("name"),
        _number("sent"),
        _number("answered"),
        _number("answered_people"),
        _number("first_answer", nullable=True),
        _number("last_answer", nullable=True),
        _number("heard"),
        _number("heard_weakly"),
        _number("first_seen", nullable=True),
        _number("last_seen", nullable=True),
        _flag("in_directory"),
        *more,
        sa.PrimaryKeyConstraint("name", name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )


def _create_people(table: str) -> None:
    op.create_table(
        table,
        _text("name"),
        _text("person"),
        _number("sent"),
        _flag("answered"),
        sa.PrimaryKeyConstraint("name", "person", name=f"pk_{table}"),
        sqlite_with_rowid=False,
    )


def _create_correspondence() -> None:
    op.create_table(
        "near_keys",
        _text("key"),
        _text("domain"),
        sa.PrimaryKeyConstraint("key", "domain", name="pk_near_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sources",
        sa.Column("message", sa.LargeBinary(length=16), nullable=False),
        _text("kind"),
        _text("mailbox"),
        _text("domain"),
        _text("registrable"),
        _text("person", nullable=True),
        _number("noted_at"),
        sa.PrimaryKeyConstraint("message", "kind", "mailbox", name="pk_sources"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sources_noted_at", "sources", ["noted_at"])
    op.create_table(
        "validations",
        _text("sender"),
        _text("mailbox"),
        _number("at"),
        _text("actor"),
        sa.PrimaryKeyConstraint("sender", "mailbox", name="pk_validations"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tallies",
        _text("name"),
        _number("value"),
        sa.PrimaryKeyConstraint("name", name="pk_tallies"),
        sqlite_with_rowid=False,
    )


def _create_register() -> None:
    op.create_table(
        "settings",
        _text("name"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "marks",
        _text("mark"),
        _number("at"),
        sa.PrimaryKeyConstraint("mark", name="pk_marks"),
    )
    op.create_table(
        "kept",
        _text("name"),
        sa.Column("value", sa.Text(), nullable=False),
        _number("expires_at"),
        sa.PrimaryKeyConstraint("name", name="pk_kept"),
    )
    op.create_index("ix_kept_expires_at", "kept", ["expires_at"])


def _create_audit() -> None:
    op.create_table(
        "audit_events",
        _text("node"),
        _number("number"),
        _text("kind"),
        _text("subject_id"),
        _text("actor"),
        _number("at"),
        sa.Column("detail", sa.Text(), nullable=False),
        _text("previous"),
        _text("digest"),
        sa.PrimaryKeyConstraint("node", "number", name="pk_audit_events"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_heads",
        _text("node"),
        _number("number"),
        _text("digest"),
        sa.PrimaryKeyConstraint("node", name="pk_audit_heads"),
    )


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)
