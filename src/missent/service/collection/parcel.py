"""Own the parcel: one message and its envelope as one run of octets, made to be sealed.

A line of JSON in ASCII, a line feed, then the message to its last octet, as it came. So whoever has the
key needs nothing but age itself: ``age -d -i KEY ITEM.age | tail -n +2``. Anybody may seal to a public
key: what stands in a parcel is believed only as far as its own SHA-256 goes, and read as hostile.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from missent.errors import OperatorError
from missent.judge.plain import time_to_plain
from missent.mail.envelope import Envelope
from missent.service.collection.collection import Hit

FORMAT: Final = "missent collected 1"
ITEM_ID: Final = re.compile(r"[a-z0-9]{16,64}\Z")
"""What an item may be called: it names files, so it is letters and digits and nothing else."""
_LONGEST: Final = 4_000_000
"""Octets of the first line: a thousand recipients of the longest kind take a tenth."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What was opened."""

    item_id: str
    envelope: Mapping[str, Any] = field(repr=False)
    """Plain values, as `pack` wrote them."""
    message: bytes = field(repr=False)


def pack(item_id: str, envelope: Envelope, data: bytes, hits: Sequence[Hit]) -> bytes:
    """Put a message and what SMTP said about it into one run of octets."""
    first = hits[0] if hits else None
    plain = {
        "format": FORMAT,
        "item": item_id,
        "at": time_to_plain(envelope.received_at),
        "client": envelope.client_address or (first.client if first else ""),
        "helo": first.helo if first else "",
        "tls": first.tls if first else False,
        "sender": envelope.sender.wire if envelope.sender else "",
        "recipients": [recipient.mailbox.wire for recipient in envelope.recipients],
        "meant": {hit.typed.wire: hit.meant.ascii for hit in hits},
        "parameters": dict(envelope.parameters),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    return b"\n".join((json.dumps(plain).encode("ascii"), data))


def unpack(octets: bytes) -> Parcel:
    """Take a parcel apart. Raises `OperatorError`, which repeats nothing of it."""
    end = octets.find(b"\n", 0, _LONGEST)
    try:
        plain = json.loads(octets[: max(end, 0)])
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        raise OperatorError("it opens, but was not sealed by a collector of this kind")
    message, item_id = octets[end + 1 :], plain.get("item")
    if not isinstance(item_id, str) or not ITEM_ID.match(item_id):
        raise OperatorError("it opens, but has no usable name in it")
    if hashlib.sha256(message).hexdigest() != plain.get("sha256"):
        raise OperatorError("it opens, but the message in it is not the one its envelope speaks of")
    return Parcel(item_id, plain, message)
