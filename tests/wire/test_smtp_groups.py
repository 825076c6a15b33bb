"""Groups of commands: nothing behind a refused DATA is one, whatever it looks like."""

from __future__ import annotations

import pytest

from missent.errors import NoRecipients, OutOfSequence, ProtocolError
from missent.wire.smtp import State
from missent.wire.smtp_groups import Groups

FAULT = OutOfSequence("DATA cannot come")


def refused(*, offered: bool) -> Groups:
    """Give groups whose recipients were all refused, and then DATA."""
    groups = Groups()
    groups.offered = offered
    for line in (b"MAIL FROM:<a@x.example>", b"rcpt TO:<b@x.example>"):
        groups.begin(line)
        groups.understood()
    groups.begin(b"data")
    return groups


@pytest.mark.parametrize("line", [b"Subject: x", b"RCPT TO:<c@x.example>", b"DATA", b"", b"."])
def test_a_line_of_a_message_is_no_command(line: bytes) -> None:
    """Not even one that reads like a recipient."""
    groups = refused(offered=True)
    assert groups.wary
    with pytest.raises(ProtocolError):
        groups.begin(line)


@pytest.mark.parametrize("line", [b"RSET", b"quit", b"MAIL FROM:<a@x.example>", b"NOOP"])
def test_a_client_that_understood_goes_on(line: bytes) -> None:
    """It stays wary until the command turns out to be one."""
    groups = refused(offered=True)
    groups.begin(line)
    assert groups.wary
    groups.understood()
    assert not groups.wary


def test_without_pipelining_a_client_waits_for_its_answers() -> None:
    """Then what follows the answer is a command again."""
    groups = refused(offered=False)
    groups.begin(b"RCPT TO:<c@x.example>")
    assert not groups.wary


def test_data_after_refused_recipients_has_an_answer_of_its_own() -> None:
    """554 of RFC 2920 §3.1, only where PIPELINING was offered and recipients were asked for."""
    assert isinstance(refused(offered=True).refusal(b"DATA", State.MAIL, FAULT), NoRecipients)
    assert refused(offered=False).refusal(b"DATA", State.MAIL, FAULT) is FAULT
    groups = refused(offered=True)
    assert groups.refusal(b"DATA", State.GREETED, FAULT) is FAULT
    assert groups.refusal(b"RCPT", State.MAIL, FAULT) is FAULT
    groups.end()
    assert groups.refusal(b"DATA", State.MAIL, FAULT) is FAULT
