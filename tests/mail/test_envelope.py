"""Beliefs about `missent.mail.envelope`."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox

AT = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)
JOHN, BOB = Mailbox.parse("john@army.ml"), Mailbox.parse("bob@navy.mil")


def _envelope() -> Envelope:
    notify = Recipient(JOHN, {"NOTIFY": "NEVER"}, raw="<john@army.ml>")
    return Envelope("T1", None, (notify, Recipient(BOB)), AT, {"BODY": "8BITMIME"})


def test_only_keeps_the_transaction_and_the_recipients_own_parameters() -> None:
    """Taking recipients away changes nothing about those that stay, nor about the transaction."""
    left = _envelope().only({Mailbox.parse("JOHN@army.ml")})
    assert left.mailboxes == (JOHN,)
    assert left.recipients[0].parameters == {"NOTIFY": "NEVER"}
    assert left.parameters == {"BODY": "8BITMIME"}


def test_recipients_keep_their_order() -> None:
    """The order of RCPT is the order of the answers."""
    assert _envelope().mailboxes == (JOHN, BOB)


def test_an_envelope_does_not_change() -> None:
    """Edges make a new envelope for each step; nobody's copy changes under them."""
    with pytest.raises(FrozenInstanceError):
        _envelope().sender = JOHN  # type: ignore[misc]


def test_edge_private_facts_do_not_make_another_transaction() -> None:
    """`extra` is for the edge alone and takes no part in comparison."""
    assert Envelope("T", None, (), AT, extra={"a": "b"}) == Envelope("T", None, (), AT)
