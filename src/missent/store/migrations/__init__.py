"""The schema's history, as Alembic revisions. Shipped in the wheel; run by `store.upgrade` alone."""
