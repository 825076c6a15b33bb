"""Own the tables about typo domains: what could receive our mail, what came to them, what is published.

Rule: no content and no subject. Addresses stand in `collected_pairs` alone, as in a mail log, and only as
long as their senders may be told. They belong to the one schema (`schema.metadata`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

from missent.store.schema import Moment, metadata

# --- exposure: runs, what was looked up, what was decided about names ----------------------------

exposure_runs = Table(
    "exposure_runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("outcome", Text, nullable=False),  # as `service.exposure.plain` writes it, packed
    Index(None, "at"),
)

exposure_reviews = Table(
    "exposure_reviews",
    metadata,
    Column("domain", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("note", Text, nullable=False),
    Column("actor", String, nullable=False),
    Column("at", Moment, nullable=False),
)

standings = Table(
    "standings",
    metadata,
    Column("domain", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("registered", Boolean, nullable=True),
    Column("mail", String, nullable=False),
    Column("mx", Text, nullable=False),  # names, separated by spaces
    Column("nameservers", Text, nullable=False),
    Column("registrar", Text, nullable=False),
)

# --- collection: what came to typo domains; addresses only as long as their senders may be told ---

collected_days = Table(
    "collected_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),  # its proleptic ordinal, in UTC
    Column("typed", String, primary_key=True),
    Column("meant", String, primary_key=True),
    Column("organisation", String, primary_key=True),
    Column("likely", String, primary_key=True),
    Column("hits", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

collected_pairs = Table(
    "collected_pairs",
    metadata,
    Column("sender", String, primary_key=True),  # in wire form
    Column("typed", String, primary_key=True),
    Column("meant", String, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("hits", BigInteger, nullable=False),
    Column("days", BigInteger, nullable=False),
    Column("likely", String, nullable=False),
    Column("told_at", Moment, nullable=True),
    Column("client", String, nullable=False),  # IP address that sent it last
    Index(None, "hits"),
    Index(None, "first_at"),
    Index(None, "last_at"),
)

collected_organisations = Table(
    "collected_organisations",
    metadata,
    Column("organisation", String, primary_key=True),
    Column("first_at", Moment, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("hits", BigInteger, nullable=False),
    Column("real", BigInteger, nullable=False),
    Column("aligned", BigInteger, nullable=False),
    Column("confirmed", BigInteger, nullable=False),
    Column("listed", BigInteger, nullable=False),
    Index(None, "real"),
    Index(None, "first_at"),
    Index(None, "last_at"),
)

collected_items = Table(
    # Sealed messages: their bytes lie in the vault, and the key elsewhere.
    "collected_items",
    metadata,
    Column("item_id", String, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("typed", Text, nullable=False),
    Column("organisation", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("level", Integer, nullable=False),
    Column("categories", Text, nullable=False),
    Column("people", BigInteger, nullable=False),
    Column("likely", String, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("destroyed_at", Moment, nullable=True),
    Index(None, "at"),
    Index(None, "destroyed_at", "expires_at"),
)

# --- what other organisations published about their names ---------------------------------------

published = Table(
    "published",
    metadata,
    Column("publisher", String, primary_key=True),
    Column("text", Text, nullable=False),
    Column("imported_at", Moment, nullable=False),
    Column("actor", String, nullable=False),
)
