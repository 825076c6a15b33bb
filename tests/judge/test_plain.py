"""The JSON form of verdicts and holds: the contract's keys, and nothing lost on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.judge.finding import Finding
from missent.judge.hold import HeldRecipient, Hold, Known, Owner, State
from missent.judge.plain import (
    hold_from_plain,
    hold_to_plain,
    mailbox_from_plain,
    time_from_plain,
    time_to_plain,
    verdict_from_plain,
    verdict_to_plain,
)
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
WRONG, RIGHT = Mailbox.parse("John@army.ml"), Mailbox.parse("John@army.mil")
VERDICT = Verdict(
    WRONG,
    Action.HOLD,
    0.97,
    2,
    "suffix slip",
    (
        Finding("domain_typo", WRONG.wire, 6.5, "it never answered", RIGHT, {"suffix_slip": True}),
        Finding("unreadable", "message", 1.0, "one attachment cannot be read"),
    ),
    RIGHT,
)
HOLD = Hold(
    hold_id="h1",
    envelope=Envelope(
        "4F2", None, (Recipient(WRONG, {"NOTIFY": "NEVER"}, RIGHT, "<john@army.ml>"),), AT
    ),
    message_sha256="ab" * 32,
    recipients=(HeldRecipient(WRONG, State.CORRECTED, VERDICT, RIGHT, AT + timedelta(minutes=5)),),
    held_at=AT,
    expires_at=AT + timedelta(hours=72),
    owner=Owner(None, Known.OPERATOR),
    fingerprint="f",
    size=10,
    sensitivity=2,
    legal_hold=True,
)


def test_a_verdict_has_the_contracts_keys() -> None:
    """The keys and spellings are those other programs build on."""
    plain = verdict_to_plain(VERDICT)
    assert plain == {
        "recipient": "John@army.ml",
        "action": "hold",
        "misdirection": 0.97,
        "sensitivity": 2,
        "suggestion": "John@army.mil",
        "rule": "suffix slip",
        "findings": [
            {
                "signal": "domain_typo",
                "about": "John@army.ml",
                "weight": 6.5,
                "because": "it never answered",
                "suggestion": "John@army.mil",
                "facts": {"suffix_slip": True},
            },
            {
                "signal": "unreadable",
                "about": "message",
                "weight": 1.0,
                "because": "one attachment cannot be read",
                "suggestion": None,
            },
        ],
    }
    assert verdict_to_plain(replace(VERDICT, suggestion=None))["suggestion"] is None


def test_a_hold_has_the_contracts_keys() -> None:
    """A hold and its recipients are named as the design names them; times are RFC 3339 in UTC."""
    plain = hold_to_plain(HOLD)
    assert set(plain) >= {
        "hold_id",
        "envelope",
        "message_sha256",
        "recipients",
        "held_at",
        "expires_at",
    }
    (recipient,) = plain["recipients"]
    assert set(recipient) >= {"mailbox", "state", "verdict", "corrected_to"}
    assert (recipient["state"], recipient["corrected_to"]) == ("corrected", "John@army.mil")
    assert plain["held_at"] == "2026-03-02T09:30:00Z"
    assert plain["envelope"]["sender"] is None


def test_a_hold_comes_back_equal_through_json() -> None:
    """Writing, as JSON text, and reading gives the same hold."""
    text = json.dumps(hold_to_plain(HOLD))
    assert hold_from_plain(json.loads(text)) == HOLD
    assert verdict_from_plain(json.loads(json.dumps(verdict_to_plain(VERDICT)))) == VERDICT


def test_times_are_utc_and_aware() -> None:
    """Another zone is converted; a time without a zone is refused both ways."""
    east = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert time_to_plain(east) == "2026-03-02T09:30:00Z"
    assert time_from_plain("2026-03-02T15:00:00+05:30") == AT
    with pytest.raises(ValueError, match="zone"):
        time_to_plain(AT.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        time_from_plain("2026-03-02T09:30:00")


def test_an_address_that_outgrew_its_limit_stays_readable() -> None:
    """A short U-label becomes a long A-label: what was accepted once is read back."""
    label = "\u00fc" * 40
    grown = Mailbox.parse(f"{'x' * 64}@{label}.{label}.example")
    assert len(grown.wire) > len(f"{'x' * 64}@{label}.{label}.example")
    assert mailbox_from_plain(grown.wire) == grown


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30))
def test_any_accepted_address_is_read_back_as_written(local: str) -> None:
    """The wire form of whatever the grammar accepts gives the same mailbox, spelled the same."""
    quoted = local.replace("\\", "\\\\").replace('"', '\\"')
    for text in (f"{local}@army.mil", f'"{quoted}"@army.mil'):
        try:
            written = Mailbox.parse(text)
        except MalformedAddress:
            continue
        read = mailbox_from_plain(written.wire)
        assert (read, read.local_part) == (written, written.local_part)


@given(st.datetimes(timezones=st.just(UTC)))
def test_any_time_is_read_back(at: datetime) -> None:
    """To the microsecond."""
    assert time_from_plain(time_to_plain(at)) == at
