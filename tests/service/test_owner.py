"""Beliefs about `missent.service.owner`: who is asked, and which mail never is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from missent.judge.case import Organisation
from missent.judge.hold import Known, Owner
from missent.mail.domain import DomainName
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message, parse
from missent.service.owner import is_automatic, who_is_asked
from missent.service.settings import PeopleSettings

OURS = Organisation(
    "Contractor", (DomainName.parse("contractor.example"), DomainName.parse("crew.example"))
)
AT = datetime(2026, 3, 12, 14, 5, tzinfo=UTC)
ANN, BEN = Mailbox.parse("ann@contractor.example"), Mailbox.parse("ben@contractor.example")
SCANNER, DESK = (
    Mailbox.parse("scanner@contractor.example"),
    Mailbox.parse("it-desk@contractor.example"),
)
PEOPLE = PeopleSettings(Mailbox.parse("postmaster@contractor.example"), {SCANNER: DESK})
NOBODY = Owner(None, Known.OPERATOR)


def _envelope(sender: str | None, login: str | None = None, subject: str | None = None) -> Envelope:
    mailbox = Mailbox.parse(sender) if sender else None
    to = (Recipient(Mailbox.parse("john@army.ml")),)
    return Envelope("T", mailbox, to, AT, authenticated_as=login, certificate_subject=subject)


def _message(header_from: str = "Ann <ann@contractor.example>", *lines: str) -> Message:
    return parse("\r\n".join([f"From: {header_from}", *lines, "", ""]).encode())


def _asked(
    sender: str | None, header_from: str, login: str | None = None, subject: str | None = None
) -> Owner:
    return who_is_asked(_envelope(sender, login, subject), _message(header_from), OURS, PEOPLE)


@pytest.mark.parametrize(
    ("login", "sender", "header_from", "owner"),
    [
        (
            "ann@contractor.example",
            "ben@contractor.example",
            "ben@contractor.example",
            Owner(ANN, Known.LOGIN),
        ),
        ("ann", "ann@contractor.example", "x@other.example", Owner(ANN, Known.LOGIN)),
        ("ANN", "bounce@other.example", "ann@contractor.example", Owner(ANN, Known.LOGIN)),
        ("CORP\\ann", "ann@contractor.example", "ann@contractor.example", Owner(ANN, Known.LOGIN)),
        ("scanner", "x@other.example", "x@other.example", Owner(DESK, Known.LOGIN)),
        (
            "scanner@contractor.example",
            "ann@contractor.example",
            "a@b.example",
            Owner(DESK, Known.LOGIN),
        ),
        ("svc-17", "ben@contractor.example", "x@other.example", Owner(BEN, Known.SUBMITTER)),
        (
            "ann@other.example",
            "ben@contractor.example",
            "x@other.example",
            Owner(BEN, Known.SUBMITTER),
        ),
        ("ann", "x@other.example", "x@other.example", NOBODY),
    ],
)
def test_a_login_is_the_strongest_name(
    login: str, sender: str, header_from: str, owner: Owner
) -> None:
    """A login that is a mailbox of ours decides; a bare one only where something else agrees."""
    assert _asked(sender, header_from, login) == owner


@pytest.mark.parametrize(
    ("subject", "owner"),
    [
        ("ann@contractor.example", Owner(ANN, Known.CERTIFICATE)),
        ("CN=ann@contractor.example,O=Contractor", Owner(ANN, Known.CERTIFICATE)),
        ("/C=GB/CN=Ann Doe/emailAddress=ann@contractor.example", Owner(ANN, Known.CERTIFICATE)),
        (
            "emailAddress=scanner@contractor.example, CN=ann@contractor.example",
            Owner(DESK, Known.CERTIFICATE),
        ),
        ("CN=host.contractor.example", Owner(BEN, Known.SUBMITTER)),
        ("CN=ann@other.example", Owner(BEN, Known.SUBMITTER)),
    ],
)
def test_a_certificate_comes_second(subject: str, owner: Owner) -> None:
    """A client certificate that names a mailbox of ours decides; a host's vouches for its sender."""
    assert _asked("ben@contractor.example", "x@other.example", subject=subject) == owner


@pytest.mark.parametrize(
    ("sender", "header_from", "owner"),
    [
        ("ann@contractor.example", "ann@mail.contractor.example", Owner(ANN, Known.MAIL_FROM)),
        ("ann@contractor.example", "ceo@other.example", NOBODY),
        (
            "ann@contractor.example",
            "ben@crew.example",
            Owner(Mailbox.parse("ben@crew.example"), Known.FROM),
        ),
        ("bounce@relay.example", "ben@contractor.example", Owner(BEN, Known.FROM)),
        ("x@other.example", "y@other.example", NOBODY),
        ("scanner@contractor.example", "scanner@contractor.example", Owner(DESK, Known.MAIL_FROM)),
        (
            "prvs=0123456789=ann@contractor.example",
            "ann@contractor.example",
            Owner(ANN, Known.MAIL_FROM),
        ),
        ("SRS0=aa=bb=other.example=eve@contractor.example", "eve@other.example", NOBODY),
        (
            "crew-bounces+john=army.ml@contractor.example",
            "ben@contractor.example",
            Owner(BEN, Known.FROM),
        ),
        ("ann@contractor.example", '"ben@contractor.example" <eve@other.example>', NOBODY),
    ],
)
def test_without_proof_the_senders_must_agree(sender: str, header_from: str, owner: Owner) -> None:
    """An envelope sender counts if From is aligned; then From; what a program wrote counts for nobody."""
    assert _asked(sender, header_from) == owner


def test_a_null_sender_is_nobodys() -> None:
    """A bounce has no owner, whatever login or From came with it."""
    assert _asked(None, "ann@contractor.example", login="ann@contractor.example") == NOBODY


def test_an_envelope_alone_names_its_sender() -> None:
    """Without a message the envelope sender stands unopposed."""
    owner = who_is_asked(_envelope("ann@contractor.example"), None, OURS, PEOPLE)
    assert owner == Owner(ANN, Known.MAIL_FROM)


def test_nobody_outside_is_ever_asked() -> None:
    """Whatever a stranger claims, no notice leaves the organisation."""
    for login in (None, "eve@other.example", "eve"):
        for subject in (None, "CN=eve@other.example"):
            assert _asked("eve@other.example", "eve@other.example", login, subject) == NOBODY


@pytest.mark.parametrize(
    ("sender", "lines", "automatic"),
    [
        ("ann@contractor.example", (), False),
        (None, (), True),
        ("ann@contractor.example", ("Auto-Submitted: auto-replied",), True),
        ("ann@contractor.example", ("Content-Type: multipart/report; boundary=b",), True),
        ("ann@contractor.example", ("Auto-Submitted: auto-generated",), False),
        ("ann@contractor.example", ("Precedence: bulk", "List-Id: <l.contractor.example>"), False),
    ],
)
def test_only_mail_nobody_addressed_is_exempt(
    sender: str | None, lines: tuple[str, ...], automatic: bool
) -> None:
    """Bounces and auto-replies are never held; a booking system's slip leaks daily and is."""
    message = _message("ann@contractor.example", *lines)
    assert is_automatic(_envelope(sender), message) is automatic


def test_without_a_message_only_the_null_sender_is_automatic() -> None:
    """At RCPT time nothing else is known."""
    assert is_automatic(_envelope(None), None)
    assert not is_automatic(_envelope("ann@contractor.example"), None)
