"""One schema; SQLite by default, PostgreSQL for several nodes."""
