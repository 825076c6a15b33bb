"""Own Microsoft 365's message traces: what became of each recipient, as Exchange Online tells it.

Two tables. The trace has one row a recipient: the portal's CSV, ``Get-MessageTrace`` and its V2, the
reporting service and Microsoft Graph differ only in how they write names. The summary that is sent as
a file has one row a message: ``recipient_status`` is ``a@x##Receive, Send;b@y##Receive, Fail``.
The rule: times without an offset are UTC, as Microsoft documents for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from missent.mail.delivery import Delivery
from missent.mail.traces.records import plain
from missent.mail.traces.stamps import TraceStamps
from missent.mail.traces.trace import (
    Row,
    Trace,
    address_of,
    ids_of,
    place_of,
    sender_of,
    size_of,
    text_of,
    time_of,
)

# What is held (quarantine) or not yet known may still arrive; spam that is "filtered" was refused, and
# "none" is refused or redirected: either way this recipient did not get it.
_STATUS = {
    "delivered": "sent",
    "expanded": "sent",
    "failed": "bounced",
    "filteredasspam": "bounced",
    "none": "bounced",
    "pending": "deferred",
    "gettingstatus": "deferred",
    "quarantined": "deferred",
}
_EVENTS = {
    **_STATUS,
    "receive": "deferred",
    "defer": "deferred",
    "send": "sent",
    "sendexternal": "sent",
    "deliver": "sent",
    "expand": "sent",
    "fail": "bounced",
}
_LOCAL = frozenset({"deliver", "expand", "expanded"})
_REPLACED = "resolved"  # the address that took its place has its own row
_TRACE_TIMES = ("received", "receiveddatetime", "dateutc", "datetimeutc", "receivedutc")
_SUMMARY_TIMES = ("origintimestamputc", "origintimestamp")
_IDS = ("messagetraceid", "networkmessageid", "id")
_OUTCOME = re.compile(r'(?:"(?:[^"\\]|\\.){0,320}+"|[^;"])++')
_PAIRS = (
    frozenset({"senderaddress", "recipientaddress"}),
    frozenset({"sender", "recipient", "dateutc", "messageid"}),
)


def _is_trace(columns: frozenset[str]) -> bool:
    return (
        "status" in columns
        and "eventid" not in columns
        and not columns.isdisjoint(_TRACE_TIMES)
        and any(columns >= names for names in _PAIRS)
    )


def _is_summary(columns: frozenset[str]) -> bool:
    return columns >= {"senderaddress", "recipientstatus"} and not columns.isdisjoint(
        _SUMMARY_TIMES
    )


def _of_trace(row: Row, stamps: TraceStamps) -> Iterator[Delivery | None]:
    status = row.get("status")  # not `text_of`: "None" is one
    word = plain(status) if isinstance(status, str) else ""
    if word == _REPLACED:
        return
    at = time_of(row, stamps, _TRACE_TIMES, UTC)
    yield _delivery(row, text_of(row, "recipientaddress", "recipient"), [word], at)


def _of_summary(row: Row, stamps: TraceStamps) -> Iterator[Delivery | None]:
    at = time_of(row, stamps, _SUMMARY_TIMES, UTC)
    outcomes = _OUTCOME.findall(text_of(row, "recipientstatus"))
    for outcome in [text for text in outcomes if text.strip()] or [""]:
        address, _, words = outcome.rpartition("##")  # no word has a #, an address may
        yield _delivery(row, address, [plain(word) for word in words.split(",")], at)


def _delivery(row: Row, address: str, words: list[str], at: datetime | None) -> Delivery | None:
    """Make the delivery; the last of the words that says an outcome counts."""
    recipient = address_of(address)
    word = next((word for word in reversed(words) if word in _EVENTS), None)
    if recipient is None or word is None or at is None:
        return None
    sender, known = sender_of(row, "returnpath", "senderaddress", "sender")
    queue_id, message_id = ids_of(text_of(row, *_IDS), text_of(row, "messageid"), at)
    relay = place_of("", text_of(row, "toip")) or ("local" if _is_local(row, word) else "none")
    return Delivery(
        queue_id=queue_id,
        sender=sender,
        recipient=recipient,
        orig_to=None,
        status=_EVENTS[word],
        dsn=None,
        relay=relay,
        at=at,
        message_id=message_id,
        client=place_of("", text_of(row, "fromip", "originalclientip")),
        size=size_of(row, "size", "totalbytes"),
        sender_known=known,
    )


def _is_local(row: Row, word: str) -> bool:
    """Tell a delivery to a mailbox here: a trace says so by a ToIP that is there and empty."""
    return word in _LOCAL or (word == "delivered" and "toip" in row and not text_of(row, "toip"))


MICROSOFT365 = Trace("microsoft365", _is_trace, _of_trace, _TRACE_TIMES)
MICROSOFT365_SUMMARY = Trace("microsoft365-summary", _is_summary, _of_summary, _SUMMARY_TIMES)
