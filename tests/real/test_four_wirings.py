"""The story through a real Postfix, in each placement that deploy/postfix documents."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from tests.real.client import Letter, submit
from tests.real.conftest import require
from tests.real.gateway import Gateway, gateway
from tests.real.guard_process import state_of
from tests.real.letters import ANN, CREW_LIST, as_bytes, crew_list_mail, plain_mail
from tests.real.signing import Signer
from tests.real.wirings import (
    CONTENT_FILTER,
    MILTER_UNIX,
    PROXY_FILTER,
    SMART_HOST,
    WIRINGS,
    Wiring,
)

NOTICE_WITHIN = 10.0
"""Seconds from acceptance to the notice."""
DSN = ["RET=HDRS", "ENVID=crew+2B2023"]
DSN_OF_RECIPIENT = ["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;crew@contractor.example"]
LIST = "crew@contractor.example"
EXPANSION = {"virtual_alias_maps": f"inline:{{ {{{LIST} = joan@army.ml, mark@army.mil}} }}"}
"""A list where mail enters: which placement sees its members?"""
SEES_MEMBERS = {CONTENT_FILTER, SMART_HOST}


@pytest.fixture(scope="module", params=WIRINGS, ids=lambda wiring: wiring.name)
def wired(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    """Give a running gateway, one for all tests of a wiring."""
    require("root", "postfix")
    wiring: Wiring = request.param
    with gateway(wiring, main=EXPANSION) as running:
        yield running


def test_the_story(wired: Gateway) -> None:
    """The others have their copy at once; the mistyped one waits, is corrected, and arrives."""
    held, right = "john@army.ml", "john@army.mil"
    others = ["mary@army.mil", "bob@navy.mil"]
    everybody = [held, *others]
    options = dict.fromkeys(everybody, DSN_OF_RECIPIENT)
    outcome = wired.submit(Letter(ANN, everybody, crew_list_mail(everybody), DSN, options))
    assert [code for code, _ in outcome.recipients.values()] == [250, 250, 250]

    for other in others:
        (copy,) = wired.sink.wait_for(other)
        assert b"passport number" in copy.data.lower()
    (notice,) = wired.sink.wait_for(ANN, timeout=NOTICE_WITHIN)
    assert notice.sender == ""
    assert notice.message["Auto-Submitted"] == "auto-generated"
    assert wired.sink.to(held) == []

    hold = wired.guard.hold_of(held)
    assert [r["mailbox"] for r in hold["recipients"]] == [held]
    assert state_of(hold, held) == "held"
    assert hold["recipients"][0]["verdict"]["suggestion"] == right
    assert wired.guard.show(hold["hold_id"])["url"].startswith("http://127.0.0.1:")

    wired.guard.correct(hold["hold_id"], held, right)
    (released,) = wired.sink.wait_for(right)
    wired.guard.wait_for_state(hold["hold_id"], held, "released")
    assert wired.sink.to(held) == []
    assert b"Quill Harrow" in released.data
    for delivery in (*(wired.sink.to(other)[0] for other in others), released):
        assert delivery.sender == ANN
        assert delivery.parameters["RET"] == "HDRS"
        assert delivery.parameters["ENVID"] == "crew+2B2023"
        for _, parameters in delivery.recipients:
            assert parameters["NOTIFY"] == "FAILURE,DELAY"
            assert parameters["ORCPT"] == "rfc822;crew@contractor.example"


def test_nothing_of_the_content_is_repeated(wired: Gateway) -> None:
    """Neither the notice nor the guard's log carries a word of what was attached (law 8)."""
    held = "nora@army.ml"
    wired.submit(Letter(ANN, [held], crew_list_mail([held], subject="Zebra quartz")))
    wired.sink.wait_until(
        lambda: any(b"nora@army.ml" in d.data for d in wired.sink.to(ANN)), "the notice"
    )
    secrets = [cell for line in CREW_LIST.splitlines()[1:] for cell in line.split(",")[::3]]
    told = b"".join(notice.data for notice in wired.sink.to(ANN)).decode("utf-8", "replace")
    for text in (told, wired.guard.output):
        assert [secret for secret in secrets if secret in text] == []
    assert "Zebra" not in wired.guard.output


def test_international_mail_survives(wired: Gateway) -> None:
    """A UTF-8 local part is held, corrected and released as SMTPUTF8 mail (RFC 6531)."""
    held, right, other = "jürgen@army.ml", "jürgen@army.mil", "märy@army.mil"
    data = as_bytes(plain_mail([held, other], subject="Prüfung am Montag"))
    assert "Prüfung".encode() in data
    wired.submit(Letter(ANN, [held, other], data, ["SMTPUTF8", "BODY=8BITMIME"]))
    (copy,) = wired.sink.wait_for(other)
    hold = wired.guard.hold_of(held)
    wired.guard.correct(hold["hold_id"], held, right)
    (released,) = wired.sink.wait_for(right)
    for delivery in (copy, released):
        assert "SMTPUTF8" in delivery.parameters
        assert delivery.parameters["BODY"] == "8BITMIME"
        assert "Subject: Prüfung am Montag\r\n".encode() in delivery.data
    assert right in released.message["To"]
    assert wired.sink.to(held) == []


def test_signed_mail_waits_and_still_verifies(wired: Gateway) -> None:
    """Signed mail cannot be edited: all wait, and what is confirmed leaves octet for octet."""
    held, waiting = "quartermaster@army.ml", "clerk@navy.mil"
    signer = Signer("contractor.example")
    signed = signer.sign(crew_list_mail([held, waiting]))
    wired.submit(Letter(ANN, [held, waiting], signed))
    wired.sink.wait_until(
        lambda: any(b"quartermaster" in d.data for d in wired.sink.to(ANN)), "the notice"
    )
    hold = wired.guard.hold_of(held)
    assert {state_of(hold, held), state_of(hold, waiting)} == {"held"}
    assert wired.sink.to(waiting) == wired.sink.to(held) == []

    wired.guard.confirm(hold["hold_id"], held)
    for recipient in (held, waiting):  # what only waited follows when nothing is doubtful any more
        (released,) = wired.sink.wait_for(recipient)
        assert signer.verifies(released.data)
        assert released.data.endswith(signed)


def test_mail_of_local_programs(wired: Gateway) -> None:
    """Mail from sendmail(1) does not pass smtpd; only before-queue-proxy.cf's warning lets it by."""
    held, other = "paul@army.ml", "rita@army.mil"
    wired.postfix.sendmail(ANN, [held, other], crew_list_mail([held, other]))
    wired.sink.wait_for(other)
    if wired.wiring is PROXY_FILTER:
        wired.sink.wait_for(held)
    else:
        assert state_of(wired.guard.hold_of(held), held) == "held"
        assert wired.sink.to(held) == []


def test_members_of_a_list(wired: Gateway) -> None:
    """Behind the list's expansion one member waits and the other has it; before it, none is seen."""
    wired.submit(Letter(ANN, [LIST], crew_list_mail([LIST])))
    assert len(wired.sink.wait_for("mark@army.mil")) == 1
    if wired.wiring in SEES_MEMBERS:
        assert state_of(wired.guard.hold_of("joan@army.ml"), "joan@army.ml") == "held"
        assert wired.sink.to("joan@army.ml") == []
    else:
        wired.sink.wait_for("joan@army.ml")


def test_doctor_finds_what_a_placement_leaves_open(wired: Gateway) -> None:
    """It names the list that is expanded behind the guard, and no fault of the snippets."""
    _, text = wired.guard.command("doctor", "--postfix", str(wired.postfix.etc), "--json")
    care = {f["about"] for f in json.loads(text)["findings"] if f["level"] == "care"}
    assert care <= {"inbound mail", "virtual_alias_maps"}
    assert ("virtual_alias_maps" in care) is (wired.wiring not in SEES_MEMBERS)


def test_a_certain_slip_is_refused_at_once() -> None:
    """With refuse_at_rcpt the mail client hears the right address; nobody else is disturbed."""
    require("root", "postfix")
    slip, other = "john@army.ml", "mary@army.mil"
    with gateway(MILTER_UNIX, refuse_at_rcpt=True) as wired:
        letter = Letter(ANN, [slip, other], crew_list_mail([slip, other]))
        outcome = submit(wired.places.listen, letter)
        code, text = outcome.recipients[slip]
        assert (code, outcome.recipients[other][0]) == (550, 250)
        assert "john@army.mil" in text
        assert outcome.accepted
        wired.sink.wait_for(other)
        assert wired.guard.holds(every=True) == []
        assert wired.sink.to(slip) == wired.sink.to(ANN) == []
