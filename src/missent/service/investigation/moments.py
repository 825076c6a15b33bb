"""Own how an incident writes a point in time for machines: RFC 3339, UTC, whole seconds, ``Z``."""

from __future__ import annotations

from datetime import UTC, datetime


def rfc3339(at: datetime) -> str:
    """Write a point in time: ``2025-02-03T09:15:00Z``. Raises `ValueError` if it has no zone."""
    if at.tzinfo is None:
        raise ValueError("a point in time has a zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
