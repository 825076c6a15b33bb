"""Own Google Workspace's mail logs as an administrator exports them.

Four tables. Email Log Search and the investigation tool give CSV, one row an event and recipient; BigQuery
and the Reports API give the same record as JSON, the latter as lists of named parameters. The rule: only
what ended an attempt gives deliveries; that a message came in, was sorted or was read does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from missent.mail.delivery import Delivery
from missent.mail.traces.records import plain
from missent.mail.traces.stamps import TraceStamps
from missent.mail.traces.trace import (
    Row,
    Trace,
    address_of,
    addresses_of,
    ids_of,
    place_of,
    record_of,
    sender_of,
    size_of,
    text_of,
    time_of,
)

_SEARCH = frozenset(
    {"messageid", "sender", "recipientaddress", "eventtarget", "eventstatus", "eventdate"}
)
_EVENTS = frozenset({"messageid", "event", "date", "toenvelope"})
_SEARCH_TIMES = ("eventdate", "startdate")
_SEARCH_STATUS = {
    "delivered": "sent",
    "bounced": "bounced",
    "rejected": "bounced",
    "dropped": "bounced",
    "failed": "bounced",
    "deferred": "deferred",
    "delayed": "deferred",
    "retrying": "deferred",
    "transienterror": "deferred",
    "quarantined": "deferred",
}
_EVENT_STATUS = {
    "send": "sent",
    "receive": "sent",
    "bounce": "bounced",
    "bounced": "bounced",
    "quarantine": "deferred",
    "quarantined": "deferred",
}
_REPLY = {"4": "deferred", "5": "bounced"}
# message_info.action_type of the BigQuery schema.
_INSERTED = "3"  # put into a mailbox, or handed to another server of Google's
_SENT_OUT = "10"
_ACTIONS = {
    _INSERTED: "sent",
    _SENT_OUT: "sent",
    "14": "deferred",
    "18": "bounced",
    "19": "bounced",
}
MAX_DEPTH = (
    4  # of the Reports API's parameters: message_info.connection_info.authenticated_domain.name
)


def _of_search(row: Row, stamps: TraceStamps) -> Iterator[Delivery | None]:
    """Read Email Log Search: ``SMTP_OUT`` left, ``GMAIL_...`` reached a mailbox, ``SMTP_IN`` came in."""
    target = text_of(row, "eventtarget").casefold()
    status = _SEARCH_STATUS.get(plain(text_of(row, "eventstatus")))
    status = status or _REPLY.get(text_of(row, "eventsmtpreplycode")[:1])
    if status is None or (status == "sent" and target in ("smtp_in", "list_server")):
        return
    relay = "none"
    if target == "smtp_out":
        relay = place_of("", text_of(row, "eventtargetipaddress")) or "none"
    elif target.startswith("gmail_") and status == "sent":
        relay = "local"
    at = time_of(row, stamps, _SEARCH_TIMES)
    message_id = text_of(row, "messageid")
    for address in addresses_of(row, "recipientaddress") or [""]:
        yield _delivery(row, (address, message_id, status, relay), at)


def _of_events(row: Row, stamps: TraceStamps) -> Iterator[Delivery | None]:
    """Read Gmail log events: ``Send`` says that a message left the sender, not where it arrived."""
    event = plain(text_of(row, "event"))
    status = _EVENT_STATUS.get(event)
    if status is None:
        return
    at = time_of(row, stamps, ("date",))
    message_id, relay = text_of(row, "messageid"), "local" if event == "receive" else "none"
    for address in addresses_of(row, "toenvelope") or [""]:
        yield _delivery(row, (address, message_id, status, relay), at)


def _of_bigquery(row: Row, stamps: TraceStamps) -> Iterator[Delivery | None]:
    record = record_of(row, "gmail")
    names = ("event_info", "message_info") if record else ("eventinfo", "messageinfo")
    event, message = (record_of(record or row, name) for name in names)
    yield from _of_record(event, message, stamps.micros(event.get("timestamp_usec")))


def _of_activity(row: Row, stamps: TraceStamps) -> Iterator[Delivery | None]:
    events = row.get("events")
    for entry in events if isinstance(events, list) else ():
        if not isinstance(entry, dict) or entry.get("name") != "delivery":
            continue
        parameters = _parameters(entry.get("parameters"), MAX_DEPTH)
        event, message = record_of(parameters, "event_info"), record_of(parameters, "message_info")
        at = stamps.micros(event.get("timestamp_usec"))
        yield from _of_record(event, message, at or stamps.read(record_of(row, "id").get("time")))


def _of_record(event: Row, message: Row, at: datetime | None) -> Iterator[Delivery | None]:
    """Read one event of one message, which may have several destinations."""
    action = text_of(message, "action_type")
    status = _ACTIONS.get(action)
    if status is None:
        return
    connection = record_of(message, "connection_info")
    if status == "sent" and event.get("success") is False:
        status = _REPLY.get(text_of(connection, "smtp_reply_code")[:1], "bounced")
    cells = {
        "fromenvelope": text_of(record_of(message, "source"), "address"),
        "messagesize": message.get("payload_size"),
        "ipaddress": text_of(connection, "client_ip"),
    }
    message_id = text_of(message, "rfc2822_message_id")
    for service, address in _destinations(message):
        local = service.startswith("gmail")
        if action == _INSERTED and not local:
            continue  # going out is an event of its own
        relay = (
            "local" if local and action == _INSERTED and status == "sent" else _remote(connection)
        )
        yield _delivery(cells, (address, message_id, status, relay), at)


def _remote(connection: Row) -> str:
    address = text_of(connection, "smtp_out_connect_ip", "failed_smtp_out_connect_ip")
    return place_of(text_of(connection, "smtp_out_remote_host"), address) or "none"


def _destinations(message: Row) -> list[tuple[str, str]]:
    """Give service and address of each: records, or ``service:selector:address`` in one text."""
    found = message.get("destination")
    if isinstance(found, list) and found:
        records = [item if isinstance(item, dict) else {} for item in found]
        return [(text_of(item, "service"), text_of(item, "address")) for item in records]
    flat = addresses_of(message, "flattened_destinations")
    parts = [text.split(":", 2) for text in flat]
    return [(part[0], part[2]) if len(part) == 3 else ("", "") for part in parts]


def _parameters(value: object, depth: int) -> dict[str, object]:
    """Turn a list of named parameters into the record that BigQuery has."""
    record: dict[str, object] = {}
    for item in value if isinstance(value, list) and depth else ():
        if not isinstance(item, dict) or not isinstance(item.get("name"), str):
            continue
        inner, several = item.get("messageValue"), item.get("multiMessageValue")
        if isinstance(inner, dict):
            record[item["name"]] = _parameters(inner.get("parameter"), depth - 1)
        elif isinstance(several, list):
            record[item["name"]] = [
                _parameters(one.get("parameter"), depth - 1)
                for one in several
                if isinstance(one, dict)
            ]
        else:
            names = ("value", "intValue", "boolValue")
            record[item["name"]] = next((item[name] for name in names if name in item), None)
    return record


def _delivery(row: Row, told: tuple[str, str, str, str], at: datetime | None) -> Delivery | None:
    """Make the delivery of one address, Message-ID, status and relay; the rest is in the row."""
    address, text, status, relay = told
    recipient = address_of(address)
    if recipient is None or at is None:
        return None
    sender, known = sender_of(row, "fromenvelope", "sender", "fromheaderaddress")
    queue_id, message_id = ids_of("", text, at)
    return Delivery(
        queue_id=queue_id,
        sender=sender,
        recipient=recipient,
        orig_to=None,
        status=status,
        dsn=None,
        relay=relay,
        at=at,
        message_id=message_id,
        client=place_of("", text_of(row, "ipaddress")),
        size=size_of(row, "messagesize"),
        sender_known=known,
    )


def _is_bigquery(columns: frozenset[str]) -> bool:
    return "gmail.messageinfo" in columns or columns >= {
        "eventinfo.timestampusec",
        "messageinfo.actiontype",
    }


GOOGLE_SEARCH = Trace(
    "google-log-search", lambda columns: columns >= _SEARCH, _of_search, _SEARCH_TIMES
)
GOOGLE_EVENTS = Trace(
    "google-log-events", lambda columns: columns >= _EVENTS, _of_events, ("date",)
)
GOOGLE_BIGQUERY = Trace("google-bigquery", _is_bigquery, _of_bigquery, ())
GOOGLE_REPORTS = Trace(
    "google-reports",
    lambda columns: columns >= {"events", "id.applicationname=gmail"},
    _of_activity,
    (),
)
