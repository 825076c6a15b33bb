"""Own the owner's report as JSON: the same figures as the page, whole, addresses in their wire form."""

from __future__ import annotations

from typing import Any

from missent.service.collection.collection import Pair
from missent.service.collection.report import CollectionReport, Sending, Split
from missent.service.collection.telling import sentence
from missent.service.investigation.moments import rfc3339


def to_plain(report: CollectionReport) -> dict[str, Any]:
    """Write a report as lists, mappings, texts and numbers."""
    sealed, basis = report.sealed, report.basis
    return {
        "sentence": sentence(report),
        "made_at": rfc3339(report.made_at),
        "since": report.since.isoformat(),
        "until": report.until.isoformat(),
        "messages": _split(report.split),
        "by_day": [{"day": day.day.isoformat()} | _split(day.split) for day in report.by_day],
        "domains": [
            {"domain": one.typed.ascii, "intended": one.meant.ascii}
            | _split(one.split)
            | {"organisations": one.organisations}
            for one in report.domains
        ],
        "organisations": [_organisation(one) for one in report.organisations],
        "without_organisation": report.unnamed,
        "persistent": [pair_to_plain(pair) for pair in report.pairs],
        "sealed": {
            "messages": sealed.messages,
            "destroyed": sealed.destroyed,
            "octets": sealed.octets,
            "levels": {str(level): number for level, number in enumerate(sealed.levels)},
            "categories": [
                {"category": name, "messages": number, "level": level}
                for name, number, level in sealed.categories
            ],
            "people": sealed.people,
        },
        "basis": {
            "mode": "collect" if basis.collects else "refuse",
            "legal_basis": basis.legal_basis or None,
            "directory": basis.directory,
            "look_ups": basis.look_ups,
        },
    }


def pair_to_plain(pair: Pair) -> dict[str, Any]:
    """Write one pair."""
    return {
        "sender": pair.sender.wire,
        "typed": pair.typed.wire,
        "intended": pair.meant.ascii,
        "messages": pair.hits,
        "days": pair.days,
        "first": rfc3339(pair.first),
        "last": rfc3339(pair.last),
        "likely": pair.likely.value,
        "told": rfc3339(pair.told) if pair.told else None,
    }


def _split(split: Split) -> dict[str, int]:
    return {"all": split.hits, "real": split.real, "unclear": split.unclear, "spam": split.spam}


def _organisation(one: Sending) -> dict[str, Any]:
    return (
        {"organisation": one.name}
        | _split(one.split)
        | {
            "domains": [name.ascii for name in one.typed],
            "persistent": one.persistent,
            "aligned": one.aligned,
            "first": rfc3339(one.first) if one.first else None,
        }
    )
