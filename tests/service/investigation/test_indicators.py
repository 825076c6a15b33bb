"""Beliefs about what a SIEM is given; the `stix2` package is the oracle for STIX."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
import stix2
from stix2patterns.validator import run_validator
from tests.service.investigation.warning_samples import (
    ANN,
    CANARY,
    LAST,
    destination,
    incident,
    name,
    pair,
    story,
    without_time,
)

from missent.mail.domain import DomainName
from missent.service.investigation.incident import Destination, Incident
from missent.service.investigation.indicators import AMBER, indicators_csv, stix


def _of(*wrong: Destination) -> Incident:
    return incident([pair(ANN, "x@army.ml", None)], wrong)


def _all(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in bundle["objects"] if one["type"] == kind]


HARD = (
    destination("army.ml", messages=50),
    destination("xn--bcher-kva.example", "bucher.example", 0, bounced=2),
    destination("[192.0.2.7]", messages=1),
    destination("[IPv6:2001:db8::7]", messages=1),
    destination("a_b.example", "ab.example"),
)


@pytest.mark.parametrize(
    "given",
    [story(), _of(*HARD), incident(()), without_time(story())],
    ids=["story", "hard", "nothing", "timeless"],
)
def test_the_oracle_takes_the_bundle(given: Incident) -> None:
    """Strictly STIX 2.1: no custom property, every reference of a kind the specification allows."""
    bundle = stix(given)
    parsed = stix2.parse(json.dumps(bundle), allow_custom=False, version="2.1")
    written = json.loads(parsed.serialize())
    assert [one["id"] for one in written["objects"]] == [one["id"] for one in bundle["objects"]]
    ids = {one["id"] for one in bundle["objects"]}
    assert len(ids) == len(bundle["objects"])
    assert set(re.findall(r"[a-z0-9-]+--[0-9a-f-]{36}", json.dumps(bundle["objects"]))) == ids


def test_ids_of_observables_are_the_oracles() -> None:
    """STIX 2.1 §2.9: UUIDv5 over the canonical contributing properties, as stix2 itself makes them."""
    bundle = stix(_of(*HARD))
    makers = {
        "domain-name": stix2.v21.DomainName,
        "ipv4-addr": stix2.v21.IPv4Address,
        "ipv6-addr": stix2.v21.IPv6Address,
    }
    seen = [one for one in bundle["objects"] if one["type"] in makers]
    assert len(seen) == len(HARD)
    for one in seen:
        assert one["id"] == makers[one["type"]](value=one["value"]).id


def test_patterns_are_valid_and_one_comparison() -> None:
    """What importers take: one name or address, compared for equality."""
    patterns = {one["pattern"] for one in _all(stix(_of(*HARD)), "indicator")}
    assert patterns == {
        "[domain-name:value = 'army.ml']",
        "[domain-name:value = 'xn--bcher-kva.example']",
        "[ipv4-addr:value = '192.0.2.7']",
        "[ipv6-addr:value = '2001:db8::7']",
        "[domain-name:value = 'a_b.example']",
    }
    for pattern in patterns:
        assert run_validator(pattern, "2.1") == []


def test_a_name_cannot_end_its_pattern() -> None:
    """Even a name no parser lets through stays one string."""
    forced = DomainName("x'] OR [file:name = '\\", "x", "x", "x")
    bundle = stix(_of(replace(destination("army.ml"), domain=forced)))
    (indicator,) = _all(bundle, "indicator")
    assert run_validator(indicator["pattern"], "2.1") == []
    assert stix2.parse(bundle, version="2.1").objects[4].pattern == indicator["pattern"]
    assert indicator["pattern"].count("[") == 2
    assert indicator["pattern"].endswith("\\\\']")


def test_counts_and_times_are_the_incidents() -> None:
    """The sighting counts what reached it; a refused destination counts what was tried."""
    bundle = stix(story())
    sightings = {one["sighting_of_ref"]: one for one in _all(bundle, "sighting")}
    found = {
        one["name"]: (
            sightings[one["id"]]["count"],
            sightings[one["id"]]["first_seen"],
            sightings[one["id"]]["last_seen"],
            one["confidence"],
        )
        for one in _all(bundle, "indicator")
    }
    times = ("2031-01-03T09:15:00Z", "2031-07-12T16:40:00Z")
    assert found == {
        "Misdirected mail to army.ml": (50, *times, 99),
        "Misdirected mail to navy.ml": (2, *times, 99),
        "Misdirected mail to airforce.example": (1, *times, 99),
    }
    assert [one["number_observed"] for one in _all(bundle, "observed-data")] == [50, 2, 1]
    for relation in _all(bundle, "relationship"):
        assert relation["source_ref"].startswith("indicator--")
        assert relation["target_ref"].startswith("observed-data--")


def test_counts_stay_within_what_stix_allows() -> None:
    """At least one, and at most 999,999,999."""
    for messages, seen in ((0, 1), (5_000_000_000, 999_999_999)):
        bundle = stix(_of(destination("army.ml", messages=messages)))
        assert stix2.parse(bundle, version="2.1")
        assert [one["count"] for one in _all(bundle, "sighting")] == [seen]


def test_the_same_incident_gives_the_same_bytes_and_a_later_one_a_new_version() -> None:
    """Ids and `created` stay, `modified` is the end of what was examined and never the time of the run."""
    assert json.dumps(stix(story())) == json.dumps(stix(story()))
    later = replace(story(), until=LAST.replace(year=2032))
    before, after = _all(stix(story()), "indicator"), _all(stix(later), "indicator")
    assert [(one["id"], one["created"]) for one in before] == [
        (one["id"], one["created"]) for one in after
    ]
    assert {one["modified"] for one in before} == {"2031-07-14T16:40:00Z"}
    assert {one["modified"] for one in after} == {"2032-07-12T16:40:00Z"}
    assert stix(story())["id"] != stix(later)["id"]


def test_two_organisations_do_not_write_over_each_other() -> None:
    """Their indicators have ids of their own; the observable is the same fact for both."""
    other = replace(story(), ours=(name("partner.example"),))
    mine, theirs = stix(story()), stix(other)
    assert not {one["id"] for one in _all(mine, "indicator")} & {
        one["id"] for one in _all(theirs, "indicator")
    }
    assert _all(mine, "domain-name") == _all(theirs, "domain-name")


def test_everything_is_marked_amber_as_the_specification_fixes_it() -> None:
    """TLP:AMBER is the oracle's own object, and on every other one."""
    assert json.loads(stix2.TLP_AMBER.serialize()) == AMBER
    for one in stix(story())["objects"]:
        assert one == AMBER or one["object_marking_refs"] == [AMBER["id"]]


def test_no_person_and_no_accusation() -> None:
    """No mailbox, nothing a judge said of a message, and no stranger called an attacker."""
    text = json.dumps(stix(story())) + indicators_csv(story())
    assert "@" not in text
    assert CANARY not in text
    assert "malicious" not in text
    assert "infrastructure" not in text


# --- CSV -------------------------------------------------------------------------------------------


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_has_a_line_a_destination() -> None:
    """Most messages first; what reached it is apart from what bounced."""
    text = indicators_csv(story())
    assert text.startswith("domain,intended,first,last,messages,senders,slip,confidence,bounced,")
    assert [tuple(row.values()) for row in _rows(text)][0::2] == [
        (
            *("army.ml", "army.mil", "2031-01-03T09:15:00Z", "2031-07-12T16:40:00Z"),
            *("50", "1", "drop", "99", "0", "0"),
        ),
        (
            *("airforce.example", "air-force.example"),
            *("2031-01-03T09:15:00Z", "2031-07-12T16:40:00Z", "0", "1", "drop", "99", "1", "0"),
        ),
    ]
    assert text.count("\r\n") == text.count("\n") == 4


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_no_cell_is_a_formula(start: str) -> None:
    """Even for a name no parser lets through, a spreadsheet sees text, on one line."""
    evil = f"{start}cmd|' /c calc'!A1\n"
    forced = replace(destination("army.ml"), domain=DomainName(evil, evil, evil, evil), slip=evil)
    (row,) = _rows(indicators_csv(_of(forced)))
    for cell in (row["domain"], row["slip"]):
        assert cell[0] in "'\\"
        assert "\n" not in cell
        assert "\r" not in cell
