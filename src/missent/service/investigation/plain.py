"""Own report.json: an incident as plain values (DESIGN §7).

Times are RFC 3339 in UTC, domains A-labels, addresses as on the wire; None where the sources do not
tell, never 0. The keys of the contract come first. Names of people stand here only where the incident
has them, that is where the operator asked for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from missent.mail.mailbox import Mailbox
from missent.service.investigation.incident import (
    Destination,
    Doubt,
    Incident,
    Input,
    Pair,
    Sender,
    Sensitivity,
)
from missent.service.investigation.moments import rfc3339
from missent.service.investigation.sentences import asides, sentence


def to_plain(incident: Incident) -> dict[str, Any]:
    """Give an incident as plain values, in a fixed order."""
    known = bool(incident.sensitivity.examined)
    return {
        "misdirected": incident.misdirected,
        "messages": incident.messages,
        "destinations": [_destination(one) for one in incident.destinations],
        "by_day": [
            {
                "day": day.day.isoformat(),
                "messages": day.messages,
                "sensitive": day.sensitive if known else None,
            }
            for day in incident.by_day
        ],
        "sensitivity": _sensitivity(incident.sensitivity),
        "people": incident.people.people,
        "method": list(incident.method),
        "limits": list(incident.limits),
        "inputs": [_input(one) for one in incident.inputs],
        "sentence": sentence(incident),
        "not_counted": list(asides(incident)),
        "ours": [domain.ascii for domain in incident.ours],
        "period": {"since": _moment(incident.since), "until": _moment(incident.until)},
        "first": _moment(incident.first),
        "last": _moment(incident.last),
        "senders": incident.senders,
        "bounced": incident.bounced,
        "pending": incident.pending,
        "refused": [_destination(one) for one in incident.refused],
        "pairs": [_pair(pair) for pair in incident.pairs],
        "persistent": [_pair(pair) for pair in incident.persistent],
        "to_warn": [_sender(one, known=known) for one in incident.to_warn],
        "people_by_category": _most_first(incident.people.by_category),
        **_names(incident),
        "doubtful": [_doubt(one) for one in incident.doubtful],
        "version": incident.version,
    }


def _names(incident: Incident) -> dict[str, Any]:
    names = incident.people.names
    return {} if names is None else {"people_names": list(names)}


def _destination(one: Destination) -> dict[str, Any]:
    return {
        "domain": one.domain.ascii,
        "intended": one.intended.ascii,
        "messages": one.messages,
        "senders": one.senders,
        "first": _moment(one.first),
        "last": _moment(one.last),
        "recipients": one.recipients,
        "bounced": one.bounced,
        "pending": one.pending,
        "sensitive": one.sensitive,
        "slip": one.slip,
        "suffix_slip": one.suffix_slip,
        "misdirection": round(one.misdirection, 4),
        "because": one.because,
        "country": one.country,
        "registry": one.registry,
        "open": one.open,
        "servers": list(one.servers),
    }


def _sensitivity(held: Sensitivity) -> dict[str, Any]:
    return {
        "examined": held.examined,
        "unread": held.unread,
        "unseen": held.unseen,
        "sensitive": held.sensitive if held.examined else None,
        "by_level": {str(level): count for level, count in sorted(held.by_level.items())},
        "by_category": _most_first(held.by_category),
    }


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "sender": _wire(pair.sender),
        "recipient": pair.recipient.wire,
        "meant": _wire(pair.meant),
        "messages": pair.messages,
        "first": _moment(pair.first),
        "last": _moment(pair.last),
        "days": pair.days,
        "forwarded": pair.forwarded,
        "habit": pair.habit or None,
    }


def _sender(one: Sender, *, known: bool) -> dict[str, Any]:
    return {
        "sender": one.sender.wire,
        "messages": one.messages,
        "recipients": [mailbox.wire for mailbox in one.recipients],
        "sensitive": one.sensitive if known else None,
        "first": _moment(one.first),
        "last": _moment(one.last),
    }


def _doubt(one: Doubt) -> dict[str, Any]:
    return {
        "domain": one.domain.ascii,
        "intended": one.intended.ascii,
        "messages": one.messages,
        "misdirection": round(one.misdirection, 4),
        "because": one.because,
    }


def _input(one: Input) -> dict[str, Any]:
    return {
        "name": one.name,
        "sha256": one.sha256,
        "kind": one.kind,
        "size": one.size,
        "read": one.read,
        "unreadable": one.unreadable,
        "fault": one.fault or None,
    }


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _moment(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


def _wire(mailbox: Mailbox | None) -> str | None:
    return mailbox.wire if mailbox else None
