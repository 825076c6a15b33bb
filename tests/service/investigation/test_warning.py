"""Beliefs about who is warned of what, and about reading that back from a report."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.service.investigation.warning_samples import (
    ANN,
    BOB,
    FIRST,
    OURS,
    box,
    destination,
    incident,
    name,
    one_wrong,
    pair,
    story,
    warnings_of,
)

from missent.errors import ArchiveError
from missent.service.investigation.incident import ADDRESS_BOOK, FORWARDING
from missent.service.investigation.plain import to_plain
from missent.service.investigation.warning import Why, Wrong, read_warnings, sort_out

# --- who is written to -----------------------------------------------------------------------------


def test_people_of_ours_are_written_to_and_the_rest_is_listed() -> None:
    """The null path, programs and strangers get no letter; the operator is told why."""
    found = sort_out(warnings_of(story()), (OURS,), {})
    assert [reader for _, reader in found.letters] == [ANN, BOB]
    assert {(w.sender.wire if w.sender else "", why) for w, why in found.listed} == {
        ("scanner2@contractor.example", Why.SERVICE),
        ("eve@partner.example", Why.OUTSIDE),
        ("", Why.NOBODY),
    }


def test_the_owner_of_a_service_is_written_to_unless_outside() -> None:
    """`[owners]` names the person behind a scanner; a stranger it names is not written to."""
    scanner, kim = box("scanner2@contractor.example"), box("kim@contractor.example")
    found = sort_out(warnings_of(story()), (OURS,), {scanner: kim})
    assert (scanner, kim) in [(w.sender, reader) for w, reader in found.letters]
    found = sort_out(warnings_of(story()), (OURS,), {scanner: box("kim@partner.example")})
    assert (scanner, Why.OUTSIDE) in [(w.sender, why) for w, why in found.listed]


@pytest.mark.parametrize(
    ("local", "written_to"),
    [
        ("ann", True),
        ("it.manager", True),
        ("reply", True),
        ("noreply", False),
        ("do-not-reply+42", False),
        ("bounces-17", False),
        ("list-bounces", False),
        ("SRS0=ab=cd=partner.example=eve", False),
        ("prvs=1234abcd=ann", False),
        ("Scanner-3", False),
        ("info", False),
        ("MAILER-DAEMON", False),
    ],
)
def test_a_person_is_told_from_a_program(local: str, written_to: bool) -> None:
    """By the local part alone, tags and numbers apart: a list's or a forwarder's path is no reader."""
    one = incident(
        [pair(f"{local}@contractor.example", "x@army.ml", None)], (destination("army.ml"),)
    )
    found = sort_out(warnings_of(one), (OURS,), {})
    assert bool(found.letters) is written_to


def test_a_name_that_only_ends_like_ours_is_outside() -> None:
    """A domain below ours is ours; one that merely ends in the same letters is not."""
    pairs = [
        pair("a@office.contractor.example", "x@army.ml", None),
        pair("a@subcontractor.example", "x@army.ml", None),
    ]
    found = sort_out(warnings_of(incident(pairs, (destination("army.ml"),))), (OURS,), {})
    assert [reader.domain.ascii for _, reader in found.letters] == ["office.contractor.example"]


# --- the report ------------------------------------------------------------------------------------


def test_a_report_tells_each_sender_what_reached_a_wrong_mailbox() -> None:
    """Whoever wrote, with the extent and the reason of each; what only bounced is left out."""
    ann, bob, scanner, eve, nobody = warnings_of(story())
    assert (ann.sender, ann.messages, ann.first) == (ANN, 14, FIRST)
    assert ann.last == FIRST + timedelta(days=190)
    assert ann.rows == (
        _wrong("john@army.ml", "john@army.mil", "army.mil", 12, 190, ADDRESS_BOOK),
        _wrong("mary@navy.ml", "mary@navy.mil", "navy.mil", 2, 8, FORWARDING),
    )
    assert bob.rows == (_wrong("john@army.ml", "john@army.mil", "army.mil", 1, 0),)
    assert scanner.rows == (_wrong("desk@army.ml", None, "army.mil", 30, 90, ADDRESS_BOOK),)
    assert eve.sender == box("eve@partner.example")
    assert (nobody.sender, nobody.messages) == (None, 4)
    assert nobody.rows == (_wrong("bounces@army.ml", None, "army.mil", 4, 5),)


@pytest.mark.parametrize("wrong", ['"\\"{{ 7*7 }}"@army.ml', "юлия@пример.example"])
def test_no_address_is_lost_in_a_report(wrong: str) -> None:
    """Quoted or internationalised, it is read back as it was."""
    ((row,),) = (warning.rows for warning in warnings_of(one_wrong(wrong)))
    assert row.recipient == box(wrong)


def _wrong(
    recipient: str, meant: str | None, intended: str, messages: int, days: int, habit: str = ""
) -> Wrong:
    right = None if meant is None else box(meant)
    last = FIRST + timedelta(days=days)
    return Wrong(box(recipient), right, name(intended), messages, FIRST, last, habit)


def _change(key: str, value: object, *path: str | int) -> Callable[[Any], None]:
    def change(report: Any) -> None:
        for step in path:
            report = report[step]
        report[key] = value

    return change


def _drop(key: str, *path: str | int) -> Callable[[Any], None]:
    def drop(report: Any) -> None:
        for step in path:
            report = report[step]
        del report[key]

    return drop


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_drop("to_warn"), "to_warn: expected it to be there"),
        (_drop("pairs"), "pairs: expected it to be there"),
        (_change("to_warn", {}), "to_warn: expected a list"),
        (_change("pairs", [1]), "pairs[0]: expected an object"),
        (_change("messages", "2", "pairs", 1), "pairs[1].messages: expected a number"),
        (_change("messages", True, "pairs", 1), "pairs[1].messages: expected a number"),
        (_change("messages", -1, "to_warn", 0), "to_warn[0].messages: expected a number that"),
        (_change("recipient", "john", "pairs", 0), "pairs[0].recipient: expected an address"),
        (_change("recipient", "a\r\nb@x", "pairs", 0), "pairs[0].recipient: expected an address"),
        (_change("first", "yesterday", "pairs", 0), "pairs[0].first: expected a time"),
        (_change("first", "2031-01-03T09:00:00", "pairs", 0), "expected a time with its zone"),
        (
            _change("first", "9999-12-31T23:59:59-14:00", "pairs", 0),
            "expected a time with its zone",
        ),
        (_change("domain", "a b", "destinations", 0), "destinations[0].domain: expected a domain"),
        (_change("recipients", ["x@y.example"], "to_warn", 0), "to_warn[0].recipients: expected"),
        (_change("recipients", [7], "to_warn", 0), "to_warn[0].recipients: expected an address"),
        (_change("recipients", [], "to_warn", 0), "to_warn[0].recipients: expected each"),
        (_change("habit", 3, "pairs", 0), "pairs[0].habit: expected a text"),
    ],
)
def test_a_damaged_report_is_refused_by_file_and_key(
    damage: Callable[[Any], None], said: str
) -> None:
    """Never half-read: whose warning would be lost?"""
    report = json.loads(json.dumps(to_plain(story())))
    damage(report)
    with pytest.raises(ArchiveError) as caught:
        read_warnings(report, "out/report.json")
    assert str(caught.value).startswith("out/report.json: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("foreign", [None, [], "x", 3, {}, {"destinations": []}])
def test_a_foreign_file_is_refused(foreign: object) -> None:
    """JSON of something else is no report."""
    with pytest.raises(ArchiveError, match=r"^report\.json: .*expected"):
        read_warnings(foreign, "report.json")
