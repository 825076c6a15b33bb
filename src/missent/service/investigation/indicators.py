"""Own what a SIEM is given: the wrong destinations as a STIX 2.1 bundle, and as CSV.

The pattern is ``[domain-name:value = '...']``, one comparison: that is what importers take, and what
they match with the domain of a recipient (Microsoft Sentinel's upload API finds nothing in a pattern
with AND; Trend Vision One sweeps e-mail by it; Sumo Logic takes no ``email-message`` at all). The exact
``email-message:to_refs[*].value LIKE '%@...'`` is valid STIX and dropped by these. That it matches DNS,
too, is right: our own server asking for that name is about to send there.

The rules: the same incident gives the same bytes; ids follow from what is described, so that a later
export updates what an earlier one brought. A destination is a stranger's name, not an attacker's: no
``infrastructure`` and no ``malicious-activity`` here. No mailbox of anybody stands in it.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from missent.mail.domain import DomainName
from missent.service.investigation.deliveries import harmless
from missent.service.investigation.incident import Destination, Incident
from missent.service.investigation.moments import rfc3339
from missent.service.investigation.vocabulary import slip

OBSERVABLES: Final = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""Namespace of deterministic ids of cyber observables (STIX 2.1 §2.9)."""
OURS: Final = uuid.UUID("771e586d-e727-4b23-b2ad-27604461b351")
"""Namespace of our other ids; never change it, or every SIEM has everything twice."""
AMBER: Final[Mapping[str, Any]] = {
    "type": "marking-definition",
    "spec_version": "2.1",
    "id": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "created": "2017-01-20T00:00:00.000Z",
    "definition_type": "tlp",
    "name": "TLP:AMBER",
    "definition": {"tlp": "amber"},
}
"""Fixed by STIX 2.1 §7.2.1.4. TLP 2.0's is an extension, which fewer programs know."""

_FOUNDED: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When the identity was "created": the same in every export, as versions of one object must have it."""
_MOST: Final = 999_999_999
"""Of ``number_observed`` and ``count`` (§4.14, §5.2)."""
_COLUMNS: Final = (
    *("domain", "intended", "first", "last", "messages", "senders", "slip", "confidence"),
    *("bounced", "pending"),
)


def stix(incident: Incident) -> dict[str, Any]:
    """Give the bundle as plain values."""
    identity = _identity(incident)
    objects: list[dict[str, Any]] = [identity, dict(AMBER)]
    for one in incident.wrong:
        objects += _Described(one, identity["id"], _modified(incident, one)).objects()
    name = json.dumps(objects, sort_keys=True)
    return {"type": "bundle", "id": f"bundle--{uuid.uuid5(OURS, name)}", "objects": objects}


def indicators_csv(incident: Incident) -> str:
    """Give one line a wrong destination (RFC 4180); `messages` are those that reached it."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(_COLUMNS)
    for one in incident.wrong:
        row = (
            one.domain.ascii,
            one.intended.ascii,
            rfc3339(one.first),
            rfc3339(one.last),
            one.messages,
            one.senders,
            one.slip,
            _confidence(one),
            one.bounced,
            one.pending,
        )
        table.writerow([harmless(str(value)) for value in row])
    return text.getvalue()


def _identity(incident: Incident) -> dict[str, Any]:
    ours = ", ".join(sorted(domain.ascii for domain in incident.ours)) or "unnamed"
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": f"identity--{uuid.uuid5(OURS, ours)}",
        "created": rfc3339(_FOUNDED),
        "modified": rfc3339(_FOUNDED),
        "name": ours,
        "description": "The organisation whose mail was misdirected, as Missent found.",
        "identity_class": "organization",
        "object_marking_refs": [AMBER["id"]],
    }


def _modified(incident: Incident, one: Destination) -> datetime:
    """Give the time of this version: the end of what was examined, never the time of the run."""
    return max(time for time in (incident.until, incident.last, one.last) if time is not None)


class _Described:
    """One wrong destination, in STIX's objects: what it is, how to find it, how often it was seen."""

    def __init__(self, one: Destination, identity: str, modified: datetime) -> None:
        self._one, self._identity, self._modified = one, identity, modified
        self._kind, self._value = _observable(one.domain)

    def objects(self) -> Iterator[dict[str, Any]]:
        one = self._one
        seen = min(one.messages or one.bounced + one.pending or 1, _MOST)
        name = {"type": self._kind, "spec_version": "2.1", "id": self._observable_id()}
        yield {**name, "value": self._value, "object_marking_refs": [AMBER["id"]]}
        observed = self._object(
            "observed-data",
            first_observed=rfc3339(one.first),
            last_observed=rfc3339(one.last),
            number_observed=seen,
            object_refs=[name["id"]],
        )
        indicator = self._object(
            "indicator",
            name=f"Misdirected mail to {one.domain.ascii}",
            description=self._description(),
            indicator_types=["anomalous-activity"],
            pattern=f"[{self._kind}:value = {_quoted(self._value)}]",
            pattern_type="stix",
            pattern_version="2.1",
            valid_from=rfc3339(one.first),
            confidence=_confidence(one),
            labels=["misdirected-email", one.slip.replace("_", "-")],
        )
        yield observed
        yield indicator
        yield self._object(
            "relationship",
            relationship_type="based-on",
            source_ref=indicator["id"],
            target_ref=observed["id"],
        )
        yield self._object(
            "sighting",
            sighting_of_ref=indicator["id"],
            observed_data_refs=[observed["id"]],
            where_sighted_refs=[self._identity],
            first_seen=rfc3339(one.first),
            last_seen=rfc3339(one.last),
            count=seen,
        )

    def _object(self, kind: str, **properties: object) -> dict[str, Any]:
        return {
            "type": kind,
            "spec_version": "2.1",
            "id": f"{kind}--{uuid.uuid5(OURS, f'{self._identity} {kind} {self._one.domain.ascii}')}",
            "created_by_ref": self._identity,
            "created": rfc3339(self._one.first),
            "modified": rfc3339(self._modified),
            **properties,
            "object_marking_refs": [AMBER["id"]],
        }

    def _observable_id(self) -> str:
        # The canonical form (RFC 8785) of one ASCII member is what json.dumps writes without spaces.
        name = json.dumps({"value": self._value}, separators=(",", ":"))
        return f"{self._kind}--{uuid.uuid5(OBSERVABLES, name)}"

    def _description(self) -> str:
        one = self._one
        return (
            f"Mail goes to {one.domain.ascii} by mistake; {one.intended.ascii} was probably meant "
            f"({slip(one.slip)}). Messages that reached it: {one.messages}, bounced: "
            f"{one.bounced}, waiting: {one.pending}; senders: {one.senders}. Look for it as the domain "
            "of a recipient. The name may belong to an innocent stranger."
        )


def _observable(domain: DomainName) -> tuple[str, str]:
    """Give kind and value; an address literal (RFC 5321 §4.1.3) is an IP address to STIX."""
    if not domain.is_literal:
        return "domain-name", domain.ascii
    text = domain.ascii[1:-1]
    version6 = text.lower().startswith("ipv6:")
    return ("ipv6-addr", text[5:]) if version6 else ("ipv4-addr", text)


def _quoted(text: str) -> str:
    """Quote a text for a pattern (§9.1)."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _confidence(one: Destination) -> int:
    """Give the judge's probability in per cent, which is STIX's scale (§3.2)."""
    return max(0, min(100, round(100 * one.misdirection)))
