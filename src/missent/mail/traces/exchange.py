"""Own Exchange's message tracking log: one row an event, each with the recipients it was about.

The same table comes as the log itself (``date-time``, ``#Fields:`` in front), as Microsoft 365's extended
report (``date_time_utc``) and out of ``Get-MessageTrackingLog`` (``Timestamp``, ``Recipients``). The rule:
only what ended an attempt gives deliveries; receiving, expanding and handing on inside do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC

from missent.mail.delivery import Delivery
from missent.mail.traces.stamps import TraceStamps
from missent.mail.traces.trace import (
    Row,
    Trace,
    address_of,
    addresses_of,
    ids_of,
    place_of,
    sender_of,
    size_of,
    text_of,
    time_of,
)

_STATUS = {
    "send": "sent",
    "sendexternal": "sent",
    "deliver": "sent",
    "fail": "bounced",
    "defer": "deferred",
}
_OF_SMTP = frozenset({"send", "sendexternal"})
_CLASS = {"sent": "2", "deferred": "4", "bounced": "5"}
_EXPIRED = "4.4.7"  # RFC 3463 §3.5: delivery time expired; Exchange logs it as a FAIL
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])", re.ASCII)
_TIMES = ("datetime", "datetimeutc", "timestamp")
_NEEDED = frozenset({"eventid", "source", "recipientstatus", "messageid", "totalbytes"})


def _recognises(columns: frozenset[str]) -> bool:
    return (
        columns >= _NEEDED
        and not columns.isdisjoint(_TIMES)
        and not columns.isdisjoint({"recipientaddress", "recipients"})
        and not columns.isdisjoint({"senderaddress", "sender"})
    )


def _deliveries(row: Row, stamps: TraceStamps) -> Iterator[Delivery | None]:
    event = text_of(row, "eventid").casefold()
    source = text_of(row, "source").casefold()
    status = _STATUS.get(event)
    if status is None or (event in _OF_SMTP and source != "smtp"):
        return
    if event == "deliver" and source != "storedriver":
        return
    recipients = addresses_of(row, "recipientaddress", "recipients") or [""]
    at = time_of(row, stamps, _TIMES, UTC if "datetimeutc" in row else None)
    if at is None:
        yield from [None] * len(recipients)
        return
    codes = _codes(row, len(recipients))
    sender, known = sender_of(row, "returnpath", "senderaddress", "sender")
    queue_id, message_id = ids_of(
        text_of(row, "networkmessageid", "internalmessageid"), text_of(row, "messageid"), at
    )
    relay, client, size = _relay(row, event, source), _client(row), size_of(row, "totalbytes")
    related = addresses_of(row, "relatedrecipientaddress")
    for text, code in zip(recipients, codes, strict=True):
        recipient = address_of(text)
        if recipient is None:
            yield None
            continue
        outcome = "expired" if status == "bounced" and code == _EXPIRED else status
        yield Delivery(
            queue_id=queue_id,
            sender=sender,
            recipient=recipient,
            orig_to=address_of(related[0]) if len(related) == len(recipients) == 1 else None,
            status=outcome,
            dsn=code if code and code[0] == _CLASS.get(outcome, "4") else None,
            relay=relay,
            at=at,
            message_id=message_id,
            client=client,
            size=size,
            sender_known=known,
        )


def _codes(row: Row, count: int) -> list[str | None]:
    """Find each recipient's status code; none where replies with ``;`` in them blur whose is whose."""
    value = row.get("recipientstatus")
    texts = value if isinstance(value, list) else text_of(row, "recipientstatus").split(";")
    if count == 1:
        texts = [" ".join(text for text in texts if isinstance(text, str))]
    if len(texts) != count:
        return [None] * count
    found = (_CODE.search(text) if isinstance(text, str) else None for text in texts)
    return [match[1] if match else None for match in found]


def _relay(row: Row, event: str, source: str) -> str:
    if event == "deliver":
        return "local"
    if source != "smtp":
        return "none"  # the server named is our own
    return place_of(text_of(row, "serverhostname"), text_of(row, "serverip")) or "none"


def _client(row: Row) -> str | None:
    original = place_of("", text_of(row, "originalclientip"))
    return original or place_of(text_of(row, "clienthostname"), text_of(row, "clientip"))


EXCHANGE = Trace("exchange", _recognises, _deliveries, _TIMES)
