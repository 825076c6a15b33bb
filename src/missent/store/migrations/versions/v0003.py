"""Look-alikes and what was decided about them, mail that came to typo domains, published files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables; nothing of what is there changes."""
    _create_exposure()
    _create_counts()
    _create_items()
    _create_organisations()
    op.create_table(
        "published",
        _text("publisher"),
        _long("text"),
        _number("imported_at"),
        _text("actor"),
        sa.PrimaryKeyConstraint("publisher", name="pk_published"),
    )


def _create_exposure() -> None:
    op.create_table(
        "exposure_runs",
        _text("run_id"),
        _number("at"),
        _long("outcome"),
        sa.PrimaryKeyConstraint("run_id", name="pk_exposure_runs"),
    )
    op.create_index("ix_exposure_runs_at", "exposure_runs", ["at"])
    op.create_table(
        "exposure_reviews",
        _text("domain"),
        _text("state"),
        _long("note"),
        _text("actor"),
        _number("at"),
        sa.PrimaryKeyConstraint("domain", name="pk_exposure_reviews"),
    )
    op.create_table(
        "standings",
        _text("domain"),
        _number("at"),
        sa.Column("registered", sa.Boolean(), nullable=True),
        _text("mail"),
        _long("mx"),
        _long("nameservers"),
        _long("registrar"),
        sa.PrimaryKeyConstraint("domain", name="pk_standings"),
    )


def _create_counts() -> None:
    op.create_table(
        "collected_days",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        *(_text(name) for name in ("typed", "meant", "organisation", "likely")),
        _number("hits"),
        sa.PrimaryKeyConstraint(
            "day", "typed", "meant", "organisation", "likely", name="pk_collected_days"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "collected_pairs",
        *(_text(name) for name in ("sender", "typed", "meant")),
        *(_number(name) for name in ("first_at", "last_at", "hits", "days")),
        _text("likely"),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        _text("client"),
        sa.PrimaryKeyConstraint("sender", "typed", name="pk_collected_pairs"),
    )
    for column in ("hits", "first_at", "last_at"):
        op.create_index(f"ix_collected_pairs_{column}", "collected_pairs", [column])


def _create_organisations() -> None:
    numbers = ("first_at", "last_at", "hits", "real", "aligned", "confirmed", "listed")
    op.create_table(
        "collected_organisations",
        _text("organisation"),
        *(_number(name) for name in numbers),
        sa.PrimaryKeyConstraint("organisation", name="pk_collected_organisations"),
    )
    for column in ("real", "first_at", "last_at"):
        op.create_index(f"ix_collected_organisations_{column}", "collected_organisations", [column])


def _create_items() -> None:
    op.create_table(
        "collected_items",
        _text("item_id"),
        _number("at"),
        _long("typed"),
        _text("organisation"),
        _number("size"),
        sa.Column("level", sa.Integer(), nullable=False),
        _long("categories"),
        _number("people"),
        _text("likely"),
        _number("expires_at"),
        sa.Column("destroyed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("item_id", name="pk_collected_items"),
    )
    op.create_index("ix_collected_items_at", "collected_items", ["at"])
    op.create_index(
        "ix_collected_items_destroyed_at_expires_at",
        "collected_items",
        ["destroyed_at", "expires_at"],
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(), nullable=False)


def _long(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
