"""Own how a row of a mail table is read as the message it stands for: its fields as a header, its body
as text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

_LISTS = (("From", "sender"), ("To", "to"), ("Cc", "cc"), ("Bcc", "bcc"))
_IDS = (("Message-ID", "message_id"), ("References", "references"), ("In-Reply-To", "in_reply_to"))


def row_bytes(row: Mapping[str, Any], *, whole: bool = False) -> bytes:
    """Write a row as a message: the header, and with `whole` the text of its column ``body``."""
    fields = [
        f"{name}: {', '.join(found)}"
        for name, column in (*_LISTS, *_IDS)
        if (found := list(_texts(row.get(column))))
    ]
    at = date_of(row.get("date"))
    if at is not None:
        fields.append(f"Date: {format_datetime(at)}")
    fields += [f"Subject: {text}" for text in list(_texts(row.get("subject")))[:1]]
    if not whole:
        return "\n".join(fields).encode("utf-8", "replace") + b"\n\n"
    fields += ["MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
    fields.append("Content-Transfer-Encoding: 8bit")
    body = "\n".join(_raw(row.get("body"))).replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(fields) + "\n\n" + body.replace("\0", " ") + "\n"
    return text.replace("\n", "\r\n").encode("utf-8", "replace")


def _texts(value: object) -> Iterable[str]:
    """Give the texts of a cell, each on one line: what comes from a table starts no field of its own."""
    return (" ".join(text.split()) for text in _raw(value) if text.strip())


def _raw(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def date_of(value: object) -> datetime | None:
    """Read a cell as a point in time, in UTC where it has no zone; None if it is none."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    try:
        return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None
    except (ValueError, OverflowError, OSError):
        return None
