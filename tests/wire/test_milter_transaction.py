"""What a milter session gathers: the envelope, and the message's own bytes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.wire.milter import Connect, Header, Macros, MailFrom, RcptTo
from missent.wire.milter_transaction import Transaction

AT = datetime(2031, 3, 4, 5, 6, tzinfo=UTC)
OURS = DomainName.parse("contractor.example")


def _begun(path: bytes = b"<ann@contractor.example>", *parameters: bytes) -> Transaction:
    transaction = Transaction(1000, OURS)
    transaction.mail(MailFrom(path, parameters), AT)
    return transaction


def _box(text: str) -> Mailbox:
    return Mailbox.parse(text)


def test_the_envelope_keeps_what_is_passed_on_and_drops_the_rest() -> None:
    """SIZE and AUTH speak of this hop only; the others must survive a release."""
    transaction = _begun(
        b"<ann@contractor.example>",
        b"SIZE=100",
        b"body=8BITMIME",
        b"RET=HDRS",
        b"AUTH=<>",
        b"SMTPUTF8",
    )
    recipient = transaction.recipient(
        RcptTo(b"<john@army.ml>", (b"NOTIFY=SUCCESS,DELAY", b"ORCPT=rfc822;john@army.ml", b"X=y"))
    )
    transaction.recipients.append(recipient)
    envelope = transaction.envelope("4ABC")
    assert envelope.sender == _box("ann@contractor.example")
    assert envelope.parameters == {"BODY": "8BITMIME", "RET": "HDRS", "SMTPUTF8": ""}
    assert envelope.received_at == AT
    assert envelope.transaction_id == "4ABC"
    assert recipient.parameters == {"NOTIFY": "SUCCESS,DELAY", "ORCPT": "rfc822;john@army.ml"}
    assert recipient.raw == "<john@army.ml>"
    assert envelope.recipients == (recipient,)


def test_the_null_path_is_nobody() -> None:
    """Bounces have no sender, and that is not an error."""
    transaction = _begun(b"<>")
    assert transaction.envelope("x").sender is None
    assert not transaction.sender_refused


@pytest.mark.parametrize(
    "path", [b"<a%b@c.example>", b"a b@c.example", b"", b"<\xff@c.example>", b"<a@>"]
)
def test_a_sender_outside_the_grammar_is_marked(path: bytes) -> None:
    """It is not mistaken for the null path."""
    assert _begun(path).sender_refused


@pytest.mark.parametrize(
    "path",
    [
        b"<john%army.ml@army.mil>",
        b"<@relay.example:john@army.ml>",
        b"John <john@army.ml>",
        b"<john@army.ml>(x)",
        b"<>",
        b"<john@army..ml>",
        b"<\xffjohn@army.ml>",
    ],
)
def test_a_recipient_outside_the_grammar_is_refused(path: bytes) -> None:
    """What another program could read differently is never kept."""
    with pytest.raises(MalformedAddress):
        _begun().recipient(RcptTo(path))


def test_a_bare_postmaster_is_ours_and_deleted_as_it_was_written() -> None:
    """RFC 5321 §4.1.1.3 lets it stand alone; DELRCPT must name it the same way."""
    recipient = _begun().recipient(RcptTo(b"<Postmaster>"))
    assert recipient.mailbox == _box("postmaster@contractor.example")
    assert recipient.raw == "<Postmaster>"
    with pytest.raises(MalformedAddress):
        Transaction(10, None).recipient(RcptTo(b"<postmaster>"))


def test_the_mtas_own_reading_is_kept_where_it_differs() -> None:
    """`{rcpt_addr}` is judged, too, so it must not be lost, nor stick to the next recipient."""
    transaction = _begun()
    transaction.macros(Macros("R", {"i": "4ABC", "rcpt_addr": "john@army.ml"}))
    assert transaction.recipient(RcptTo(b"<boss@contractor.example>")).resolved == _box(
        "john@army.ml"
    )
    assert transaction.recipient(RcptTo(b"<boss@contractor.example>")).resolved is None
    transaction.macros(Macros("R", {"rcpt_addr": "john@ARMY.ml"}))
    assert transaction.recipient(RcptTo(b"<John@army.ml>")).resolved is None
    transaction.macros(Macros("R", {"rcpt_addr": '"|/bin/pipe"'}))
    assert transaction.recipient(RcptTo(b"<list@contractor.example>")).resolved is None


def test_the_queue_id_is_taken_whenever_it_comes_and_never_from_the_last_message() -> None:
    """Postfix has none at MAIL, and a new one for each message."""
    transaction = _begun()
    assert transaction.queue_id == ""
    transaction.macros(Macros("E", {"i": "4ABC"}))
    assert transaction.queue_id == "4ABC"
    transaction.restart()
    assert transaction.queue_id == ""


def test_who_logged_in_is_told_with_mail_and_forgotten_with_it() -> None:
    """The next message on the connection may be somebody else's."""
    transaction = Transaction(10, OURS)
    transaction.macros(Macros("M", {"auth_authen": "ann", "auth_type": "PLAIN"}))
    transaction.mail(MailFrom(b"<ann@contractor.example>"), AT)
    envelope = transaction.envelope("x")
    assert envelope.authenticated_as == "ann"
    assert envelope.extra["auth_type"] == "PLAIN"
    transaction.mail(MailFrom(b"<bob@contractor.example>"), AT)
    assert transaction.envelope("x").authenticated_as == "ann", "no new macros: the same login"
    transaction.restart()
    transaction.mail(MailFrom(b"<bob@contractor.example>"), AT)
    assert transaction.envelope("x").authenticated_as is None


@pytest.mark.parametrize(
    ("macros", "subject"),
    [
        ({"cert_subject": "CN=ann"}, "CN=ann"),
        ({"cert_subject": "CN=ann", "verify": "OK"}, "CN=ann"),
        ({"cert_subject": "CN=ann", "verify": "FAIL"}, None),
        ({"verify": "OK"}, None),
    ],
)
def test_a_certificate_counts_only_if_it_was_verified(
    macros: dict[str, str], subject: str | None
) -> None:
    """Sendmail names the subject of certificates it does not believe."""
    transaction = _begun()
    transaction.macros(Macros("H", macros))
    assert transaction.envelope("x").certificate_subject == subject


@pytest.mark.parametrize(
    ("connect", "address"),
    [
        (Connect(b"c.example", "4", 4711, "192.0.2.1"), "192.0.2.1"),
        (Connect(b"c.example", "6", 4711, "IPv6:2001:db8::1"), "2001:db8::1"),
        (Connect(b"localhost", "4", 4711, "127.0.0.1"), "127.0.0.1"),
        (Connect(b"localhost", "4", 0, "127.0.0.1"), None),
        (Connect(b"localhost", "L", 0, "/run/x"), None),
        (Connect(b"localhost", "U"), None),
    ],
)
def test_local_submissions_have_no_client_address(connect: Connect, address: str | None) -> None:
    """sendmail(1) mail did not come by SMTP; Postfix shows it as 127.0.0.1 port 0."""
    transaction = _begun()
    transaction.client.connected(connect)
    assert transaction.envelope("x").client_address == address


@given(
    st.lists(st.tuples(st.from_regex(r"[!-9;-~]{1,12}\Z"), st.binary(max_size=30)), max_size=6),
    st.binary(max_size=200),
)
def test_bytes_are_rebuilt_exactly(fields: list[tuple[str, bytes]], body: bytes) -> None:
    """With leading space negotiated, the bytes are those of the wire, folding included."""
    transaction = _begun()
    transaction.leading_space = True
    expected = b""
    for name, value in fields:
        transaction.header(Header(name.encode(), value))
        expected += name.encode() + b":" + value.replace(b"\n", b"\r\n") + b"\r\n"
    transaction.end_of_headers()
    for start in range(0, len(body), 7):
        transaction.body(body[start : start + 7])
    assert bytes(transaction.data) == expected + b"\r\n" + body


def test_without_leading_space_one_space_is_put_back() -> None:
    """Older MTAs eat exactly one."""
    transaction = _begun()
    transaction.header(Header(b"To", b"a\n\tb"))
    assert bytes(transaction.data) == b"To: a\r\n\tb\r\n"


def test_a_cr_of_the_messages_own_stays() -> None:
    """It must reach the judge, which refuses it, instead of becoming a line end unseen."""
    transaction = _begun()
    transaction.header(Header(b"Subject", b"a\rTo: x\r\n b"))
    assert bytes(transaction.data) == b"Subject: a\rTo: x\r\r\n b\r\n"


def test_fields_are_counted_by_name_in_the_header_only() -> None:
    """Taking a field out needs the number of its occurrences."""
    transaction = _begun()
    for name, value in [(b"X-Trace", b"1"), (b"x-trace", b"2\n X-Trace: 3"), (b"X-Traces", b"4")]:
        transaction.header(Header(name, value))
    transaction.end_of_headers()
    transaction.body(b"X-Trace: 5\r\n")
    assert transaction.count("X-Trace") == 2


def test_more_than_the_limit_is_counted_but_not_kept() -> None:
    """Memory stays bounded, however much comes."""
    transaction = _begun()
    for _ in range(100):
        transaction.body(b"x" * 100)
    assert transaction.too_big
    assert not transaction.data
    transaction.restart()
    assert not transaction.too_big


def test_the_next_message_does_not_touch_the_last_ones_bytes() -> None:
    """A verdict that takes too long may still read them."""
    transaction = _begun()
    transaction.body(b"first")
    first = transaction.data
    transaction.restart()
    transaction.body(b"second")
    assert (bytes(first), bytes(transaction.data)) == (b"first", b"second")
