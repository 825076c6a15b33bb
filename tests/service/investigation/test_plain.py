"""report.json: the contract's keys, no names unless asked for, nothing unknown turned into a number."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.service.investigation.samples import PEOPLE, incident, nothing

from missent.mail.mailbox import Mailbox
from missent.service.investigation.moments import rfc3339
from missent.service.investigation.plain import to_plain
from missent.service.investigation.sentences import sentence

CONTRACT = [
    "misdirected",
    "messages",
    "destinations",
    "by_day",
    "sensitivity",
    "people",
    "method",
    "limits",
    "inputs",
]


def test_the_contract_keys_come_first() -> None:
    """DESIGN §7, to the letter."""
    plain = to_plain(incident())
    assert list(plain)[: len(CONTRACT)] == CONTRACT
    wanted = ["domain", "intended", "messages", "senders", "first", "last"]
    assert list(plain["destinations"][0])[: len(wanted)] == wanted
    assert list(plain["inputs"][0])[:2] == ["name", "sha256"]
    assert all(set(day) == {"day", "messages", "sensitive"} for day in plain["by_day"])
    assert isinstance(plain["people"], int)


def test_counts_agree_with_each_other() -> None:
    """The figures of the file are those of the incident."""
    made = incident()
    plain = to_plain(made)
    assert plain["misdirected"] == made.misdirected > 100
    assert sum(day["messages"] for day in plain["by_day"]) == made.misdirected
    assert plain["sentence"] == sentence(made)
    assert plain["bounced"] > 0 < plain["pending"]
    assert len(plain["to_warn"]) == made.senders
    assert {pair["habit"] for pair in plain["persistent"]} <= {"forwarding rule", "address book"}


def test_it_is_json_and_the_same_each_time() -> None:
    """Plain values only, in a fixed order, however the counts were gathered."""
    made = incident()
    turned = replace(
        made,
        sensitivity=replace(
            made.sensitivity,
            by_level=dict(reversed(list(made.sensitivity.by_level.items()))),
            by_category=dict(reversed(list(made.sensitivity.by_category.items()))),
        ),
    )
    assert json.dumps(to_plain(made)) == json.dumps(to_plain(turned))


def test_names_only_where_asked_for() -> None:
    """Without --with-names no key, and no name anywhere."""
    without = json.dumps(to_plain(incident()))
    assert "people_names" not in without
    assert not any(name in without for name in PEOPLE)
    assert to_plain(incident(names=True))["people_names"] == list(PEOPLE)


def test_what_is_not_known_is_null() -> None:
    """Logs only: no count of sensitive messages is 0."""
    plain = to_plain(incident(content=False))
    assert plain["sensitivity"]["sensitive"] is None
    assert plain["sensitivity"]["unseen"] == plain["misdirected"]
    assert {day["sensitive"] for day in plain["by_day"]} == {None}
    assert {one["sensitive"] for one in plain["to_warn"]} == {None}
    assert {one["sensitive"] for one in plain["destinations"]} == {None}


def test_addresses_as_on_the_wire() -> None:
    """Domains are A-labels, local parts quoted where they must be; an unknown sender is null."""
    made = incident()
    pair = replace(made.pairs[0], sender=None, recipient=Mailbox.parse('"a b"@аrmy.example'))
    plain = to_plain(replace(made, pairs=(pair,)))["pairs"][0]
    assert (plain["sender"], plain["recipient"]) == (None, '"a b"@xn--rmy-5cd.example')


def test_times_are_utc() -> None:
    """RFC 3339 with a Z, whatever zone they came in."""
    west = timezone(timedelta(hours=-5))
    assert rfc3339(datetime(2025, 2, 3, 22, 15, 0, 123456, west)) == "2025-02-04T03:15:00Z"
    assert rfc3339(datetime(25, 2, 3, tzinfo=UTC)) == "0025-02-03T00:00:00Z"
    with pytest.raises(ValueError, match="zone"):
        rfc3339(datetime(2025, 2, 3))  # noqa: DTZ001 -- that is the mistake


def test_nothing_found_is_a_report_too() -> None:
    """Every key is there, empty."""
    plain = to_plain(nothing())
    assert (plain["misdirected"], plain["first"], plain["destinations"]) == (0, None, [])
    assert set(plain) == set(to_plain(incident()))
