"""Own how Alembic meets the database: on the connection and in the transaction of `store.upgrade`."""

from __future__ import annotations

from alembic import context

from missent.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
