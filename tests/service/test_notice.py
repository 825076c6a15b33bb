"""Beliefs about `missent.service.notice`, with its wording and its delivery reports."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.judge.finding import Finding
from missent.judge.hold import HeldRecipient, Hold, Known, Owner, State
from missent.judge.verdict import Action, Verdict
from missent.mail.envelope import Envelope, Recipient
from missent.mail.mailbox import Mailbox
from missent.mail.message import Message, parse
from missent.service.desk import HoldView, RecipientView
from missent.service.notice import Notices

AT = datetime(2026, 7, 12, 14, 5, tzinfo=UTC)
ANN, OPERATOR = (
    Mailbox.parse("ann@contractor.example"),
    Mailbox.parse("postmaster@contractor.example"),
)
JOHN, RIGHT, BOB = (Mailbox.parse(a) for a in ("john@army.ml", "john@army.mil", "bob@navy.mil"))
TOKEN = "t" * 43
BECAUSE = "you wrote to army.mil 214 times and it answered 190; army.ml never answered anyone here"
ORIGINAL = (
    b"From: ann@contractor.example\r\nTo: john@army.ml\r\nMessage-ID: <crew@contractor.example>\r\n"
    b"Subject: Crew list\r\n\r\nSECRET-BODY caf\xe9\r\n.\r\n"
)
NOTICES = Notices("Contractor", "https://missent.contractor.example/", "Europe/London", OPERATOR)


def _held(
    mailbox: Mailbox = JOHN, action: Action = Action.HOLD, because: str = BECAUSE
) -> HeldRecipient:
    finding = Finding("domain_typo", mailbox.wire, 5.0, because, RIGHT)
    verdict = Verdict(mailbox, action, 0.97, 1, "suffix slip", (finding,), RIGHT)
    return HeldRecipient(
        mailbox, State.CANCELLED if action is Action.BLOCK else State.HELD, verdict
    )


def _view(
    *held: HeldRecipient,
    sensitivity: int = 1,
    subject: str | None = "Crew list",
    owner: Mailbox | None = ANN,
) -> HoldView:
    recipients = held or (_held(),)
    envelope = Envelope(
        "T",
        ANN,
        tuple(Recipient(mailbox) for mailbox in (*(r.mailbox for r in recipients), BOB)),
        AT,
    )
    hold = Hold(
        hold_id="k2j5q7",
        envelope=envelope,
        message_sha256="00",
        recipients=recipients,
        held_at=AT,
        expires_at=AT + timedelta(hours=72),
        owner=Owner(owner, Known.LOGIN if owner else Known.OPERATOR),
        fingerprint="f",
        size=1234,
        sensitivity=sensitivity,
    )
    rows = tuple(
        RecipientView(r, frozenset(), r.verdict.action is Action.DELIVER) for r in recipients
    )
    return HoldView(hold, rows, (BOB,), subject, "csrf")


def _notice(view: HoldView, message: Message | None = None, reader: Mailbox = ANN) -> bytes:
    return NOTICES.hold_notice(
        view, reader, TOKEN, message or parse(ORIGINAL), AT, "notice.0.k2j5q7"
    )


def _read(data: bytes) -> EmailMessage:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _body(data: bytes, kind: str = "plain") -> str:
    part = _read(data).get_body((kind,))
    assert part is not None
    return str(part.get_content())


def _words(text: str) -> str:
    return " ".join(text.split())


class _Page(HTMLParser):
    """Notes the tags and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.roles: list[str | None] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [str(v) for k, v in attrs if k in {"href", "src", "background", "action"}]
        if tag == "table":
            self.roles.append(dict(attrs).get("role"))

    def handle_data(self, data: str) -> None:
        self.text += data


def _page(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    return page


# --- the notice -----------------------------------------------------------------------------------


def test_the_notice_has_the_header_of_automatic_mail() -> None:
    """It cannot loop, it threads with the held message, and it says who sends it."""
    message = _read(_notice(_view()))
    assert {
        name: str(message[name]) for name in message if name not in {"Content-Type", "MIME-Version"}
    } == {
        "From": "Missent <postmaster@contractor.example>",
        "To": "ann@contractor.example",
        "Subject": "[Missent] Waiting for you: 1 address of your message",
        "Date": "Sun, 12 Jul 2026 14:05:00 +0000",
        "Message-ID": "<notice.0.k2j5q7@contractor.example>",
        "Auto-Submitted": "auto-generated",
        "In-Reply-To": "<crew@contractor.example>",
        "References": "<crew@contractor.example>",
    }


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_notice_is_complete_in_both_parts(kind: str) -> None:
    """Who, when, each one's fate, why, what was meant, where to decide, until when, what then."""
    body = _body(_notice(_view()), kind)
    text = _words(_page(body).text if kind == "html" else body)
    for expected in (
        "Your message has not gone to one of its addresses yet",
        "Subject: Crew list",
        "Sunday 12 July 2026, 15:05 BST",
        "john@army.ml",
        "Nothing has been sent to it.",
        BECAUSE,
        "john@army.mil",
        "Already delivered, with nothing for you to do: bob@navy.mil",
        f"https://missent.contractor.example/h/{TOKEN}",
        "the message comes back to you on Wednesday 15 July 2026, 15:05 BST",
        "Missent never asks for your password",
        "Opening the link decides nothing",
        "Questions: postmaster@contractor.example. Reference: k2j5q7",
    ):
        assert expected in text


def test_nothing_of_the_content_is_repeated() -> None:
    """No body text is in any letter but the returned original."""
    message, view = parse(ORIGINAL), _view()
    letters = [
        _notice(view),
        NOTICES.reminder(view, ANN, TOKEN, message, AT, "s"),
        NOTICES.code_mail(view, ANN, "12345678", AT, "s"),
        NOTICES.block_report(view, ANN, (_held(),), message, AT, "s"),
        NOTICES.failure(view, ANN, _held(), "550 5.1.1 no", message, AT, "s"),
    ]
    assert not any(b"SECRET-BODY" in letter for letter in letters)


def test_a_sensitive_subject_is_not_shown_anywhere() -> None:
    """From sensitivity 2 on, the subject itself may be what must not leak."""
    message, view = parse(ORIGINAL), _view(sensitivity=2)
    for letter in (
        _notice(view),
        NOTICES.block_report(view, ANN, (_held(),), message, AT, "s"),
        NOTICES.failure(view, ANN, _held(), "550 no", message, AT, "s"),
    ):
        assert b"Crew list" not in letter
        assert b"Subject: not shown here" in letter


def test_the_html_loads_nothing_and_links_only_to_the_page() -> None:
    """No picture, script, form or remote thing; tables for layout say so; light and dark."""
    html = _body(_notice(_view()), "html")
    page = _page(html)
    assert set(page.links) == {f"https://missent.contractor.example/h/{TOKEN}"}
    assert not page.tags & {"img", "script", "form", "link", "iframe", "input", "object"}
    assert set(page.roles) == {"presentation"}
    assert 'content="light dark"' in html
    assert "url(" not in html


def test_a_suspicious_address_is_never_a_link() -> None:
    """Mail programs make links of bare addresses; this one is cut up so that nobody clicks it."""
    html = _body(_notice(_view()), "html")
    assert "john@army.ml" not in html
    assert "army.ml" not in re.sub(r"<[^>]*>", "|", html)


def test_an_international_address_shows_both_forms() -> None:
    """What looks like one name and is another shows its punycode."""
    text = _body(_notice(_view(_held(Mailbox.parse("lea@bücher.example")))))
    assert "lea@bücher.example (xn--bcher-kva.example)" in text


def test_every_recipients_fate_has_its_own_words() -> None:
    """Waiting, going out, blocked, waiting with the others: each is said, the asked ones first."""
    warned = replace(
        _held(Mailbox.parse("new@x.example"), Action.WARN), release_at=AT + timedelta(minutes=5)
    )
    blocked = _held(Mailbox.parse("eve@squat.example"), Action.BLOCK)
    waits = _held(Mailbox.parse("kim@navy.mil"), Action.DELIVER)
    text = _words(_body(_notice(_view(waits, blocked, warned, _held()))))
    order = [
        text.index(a)
        for a in ("new@x.example", "john@army.ml", "eve@squat.example", "kim@navy.mil")
    ]
    assert order == sorted(order)
    assert "It goes out on Sunday 12 July 2026, 15:10 BST unless you cancel it." in text
    assert "Blocked: nothing was sent to it." in text
    assert (
        "Nothing is wrong with it. The message is signed, so all its copies wait together." in text
    )


def test_a_mere_warning_says_that_it_will_go_out() -> None:
    """Silence means something else for a warning than for a hold."""
    warned = replace(_held(action=Action.WARN), release_at=AT + timedelta(minutes=5))
    assert "If you do nothing, it goes out at the time given above." in _body(
        _notice(_view(warned))
    )


def test_dropping_is_said_where_it_was_chosen() -> None:
    """Where the operator drops instead of returning, the notice does not promise a return."""
    notices = Notices("C", "https://m.example", "UTC", OPERATOR, return_on_expiry=False)
    text = _words(_body(notices.hold_notice(_view(), ANN, TOKEN, None, AT, "s")))
    assert "it is deleted on Wednesday 15 July 2026, 14:05 UTC" in text


def test_whoever_is_asked_for_another_is_told_why() -> None:
    """An owner of a shared mailbox, or the operator, reads whose message it is."""
    text = _words(_body(_notice(_view(), reader=BOB)))
    assert "A message sent as ann@contractor.example has not gone to" in text
    assert "because you decide for that sender" in text
    assert "as the operator" in _words(_body(_notice(_view(owner=None), reader=OPERATOR)))


def test_a_reminder_says_so_and_shows_what_was_decided() -> None:
    """Nobody decides again what is settled."""
    sent = replace(_held(Mailbox.parse("kim@navy.ml")), state=State.RELEASED, corrected_to=BOB)
    letter = NOTICES.reminder(_view(sent, _held()), ANN, TOKEN, None, AT, "reminder.1.k2j5q7")
    assert _read(letter)["Subject"] == "[Missent] Still waiting for you: 1 address of your message"
    text = _words(_body(letter))
    assert text.startswith("This is a reminder.")
    assert "kim@navy.ml Sent to bob@navy.mil." in text


def test_the_subject_counts() -> None:
    """The shape of the subject line never changes, only the number."""
    view = _view(_held(), _held(Mailbox.parse("kim@navy.ml")))
    assert (
        _read(_notice(view))["Subject"] == "[Missent] Waiting for you: 2 addresses of your message"
    )


def test_a_crowd_fits_into_one_letter() -> None:
    """Many recipients with the longest names make a letter under 60 kB that says how many more."""
    name = "ü" * 25 + "@" + ".".join(["ö" * 20] * 4) + ".example"
    crowd = [_held(Mailbox.parse(f"{i}{name}"), because="<&" * 400) for i in range(200)]
    view = replace(_view(*crowd), passed=tuple(held.mailbox for held in crowd))
    letter = _notice(view)
    assert len(letter) < 60_000
    assert "and 195 more" in _body(letter)


def test_the_same_job_makes_the_same_bytes() -> None:
    """A notice sent twice after a crash is one message to every mail program."""
    assert _notice(_view()) == _notice(_view())


def test_a_long_message_id_still_threads() -> None:
    """Outlook's ids are longer than a line; folding must not tear them."""
    identity = f"<{'A' * 120}@contractor.example>"
    letter = _notice(_view(), parse(f"Message-ID: {identity}\r\n\r\n".encode()))
    assert f"In-Reply-To: {identity}\r\n".encode() in letter


def test_an_international_reader_gets_a_letter() -> None:
    """An address with letters beyond ASCII is written as RFC 6532 has it."""
    reader = Mailbox.parse("josé@contractor.example")
    assert "To: josé@contractor.example\r\n".encode() in _notice(_view(), reader=reader)


HOSTILE = st.text(
    st.sampled_from(list("\r\n\t\0\x1b <>\"'&%{}@.,;:\\=?aé\u202e\u200b\u2028\u0085\ud800Bcc")),
    max_size=60,
)


@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=40, deadline=None)
def test_hostile_text_stays_text(subject: str, because: str, local: str, answer: str) -> None:
    """Whatever a message brings, no header line, no markup and no bidi control comes of it."""
    try:
        mailbox = Mailbox.parse(f"{local}@army.ml")
    except MalformedAddress:
        mailbox = JOHN
    held = _held(mailbox, because=because)
    raw = f"Subject: {subject}\r\nMessage-ID: <{local}@x>\r\nFrom: {local}\r\n\r\n".encode(
        "utf-8", "replace"
    )
    view, message = _view(held, subject=subject), parse(raw)
    letters = (
        _notice(view, message),
        NOTICES.block_report(view, ANN, (held,), message, AT, "s"),
        NOTICES.failure(view, ANN, held, answer, message, AT, "s"),
    )
    for letter in letters:
        assert b"\n" not in letter.replace(b"\r\n", b"")
        assert b"\r" not in letter.replace(b"\r\n", b"")
        assert set(_read(letter).keys()) <= {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "In-Reply-To", "References",
            "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
        }  # fmt: skip
        assert not set(_body(letter)) & set("\0\x1b\u202e\u200b\u2028\u0085")
    clean = _page(_body(_notice(_view()), "html"))
    page = _page(_body(letters[0], "html"))
    assert page.tags <= clean.tags
    assert set(page.links) == set(clean.links)


# --- code and reports -----------------------------------------------------------------------------


def test_the_code_stands_in_the_body_only() -> None:
    """Subjects are logged by mail servers and shown on locked screens."""
    letter = NOTICES.code_mail(_view(), ANN, "12345678", AT, "code.1.k2j5q7")
    assert "12345678" in _body(letter)
    assert b"12345678" not in letter.partition(b"\r\n\r\n")[0]
    assert "works once, and for 15 minutes" in _words(_body(letter))


def _status(letter: bytes) -> list[dict[str, str]]:
    parts = list(_read(letter).iter_parts())
    assert [part.get_content_type() for part in parts][:2] == [
        "text/plain",
        "message/delivery-status",
    ]
    blocks = parts[1].get_payload()
    assert isinstance(blocks, list)
    return [dict(block.items()) for block in blocks if isinstance(block, email.message.Message)]


def test_a_block_is_reported_to_people_and_programs() -> None:
    """RFC 3464 with 5.7.1 for each blocked recipient, and enough header to recognise the message."""
    blocked = _held(
        Mailbox.parse("eve@squat.example"), Action.BLOCK, "your organisation blocks this address"
    )
    view = _view(blocked)
    given_ = Recipient(blocked.mailbox, {"ORCPT": "rfc822;eve+2Bx@squat.example"})
    envelope = replace(view.hold.envelope, recipients=(given_,), parameters={"ENVID": "id+2B1"})
    view = replace(view, hold=replace(view.hold, envelope=envelope))
    letter = NOTICES.block_report(view, ANN, (blocked,), parse(ORIGINAL), AT, "report.0.k2j5q7")
    top, recipient = _status(letter)
    assert _read(letter)["Content-Type"].params["report-type"] == "delivery-status"
    assert (top["Reporting-MTA"], top["Original-Envelope-Id"]) == (
        "dns; contractor.example",
        "id+1",
    )
    assert recipient == {
        "Original-Recipient": "rfc822;eve+x@squat.example",
        "Final-Recipient": "rfc822; eve@squat.example",
        "Action": "failed",
        "Status": "5.7.1",
        "Diagnostic-Code": "smtp; 550 5.7.1 not sent: rule suffix slip",
        "Last-Attempt-Date": "Sun, 12 Jul 2026 14:05:00 +0000",
    }
    header = list(_read(letter).iter_parts())[2]
    assert header.get_content_type() == "text/rfc822-headers"
    assert "Message-ID: <crew@contractor.example>" in str(header.get_payload())
    assert "your organisation blocks this address" in _words(letter.decode("ascii"))


@pytest.mark.parametrize(
    "original", [ORIGINAL, b"To: x\r\n\r\nno line end", b"To: x\n\nbare \xff\0\r lines\n", b""]
)
def test_the_original_comes_back_byte_for_byte(original: bytes) -> None:
    """What expired is returned exactly as it was, so that its signatures still verify."""
    expired = replace(_held(), state=State.EXPIRED)
    letter = NOTICES.returned(_view(expired), ANN, (expired,), original, AT, "return.k2j5q7")
    assert b"\r\n\r\n" + original + b"\r\n--=_return.k2j5q7--\r\n" in letter
    assert _status(letter)[1]["Status"] == "5.4.7"
    assert _read(letter)["Subject"] == "[Missent] Returned to you: 1 address of your message"
    assert "nobody decided in time" in _words(letter.decode("latin-1"))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("550 5.1.1 <john@army.ml>: unknown", "5.1.1"),
        ("550-5.2.2 full", "5.2.2"),
        ("554 go away", "5.0.0"),
        ("451 4.3.0 later", "5.4.7"),
        ("0 connection refused", "5.4.7"),
        ("", "5.4.7"),
    ],
)
def test_a_refused_release_is_reported_in_the_servers_words(answer: str, status: str) -> None:
    """The enhanced code is the server's own; what was tried for days has expired."""
    letter = NOTICES.failure(_view(), ANN, _held(), answer, parse(ORIGINAL), AT, "report.1.k2j5q7")
    assert _status(letter)[1]["Status"] == status
    assert _status(letter)[1]["Final-Recipient"] == "rfc822; john@army.ml"


def test_an_international_recipient_is_reported_in_ascii() -> None:
    """RFC 6533: the address type says utf-8 and the letters are escaped."""
    held = _held(Mailbox.parse("josé@army.ml"), Action.BLOCK)
    letter = NOTICES.block_report(_view(held), ANN, (held,), None, AT, "s")
    assert _status(letter)[1]["Final-Recipient"] == "utf-8; jos\\x{E9}@army.ml"
