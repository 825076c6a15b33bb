"""SMTP commands: what is read, what is refused and with which reply, and in which order."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import MissentError, OutOfSequence, ProtocolError
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.wire.esmtp import Grammar, mail_line, rcpt_line, unxtext
from missent.wire.smtp import (
    TRANSITIONS,
    Auth,
    Hello,
    Mail,
    Plain,
    Rcpt,
    State,
    Verb,
    XForward,
    follow,
    parse_command,
)

HERE = DomainName.parse("contractor.example")
ALL = frozenset({"SIZE", "8BITMIME", "SMTPUTF8", "DSN", "AUTH", "REQUIRETLS", "MT-PRIORITY"})
GRAMMAR = Grammar(HERE, ALL)
UTF8 = Grammar(HERE, ALL, smtputf8=True)


def _code(line: bytes, grammar: Grammar = GRAMMAR) -> str:
    with pytest.raises(MissentError) as caught:
        parse_command(line, grammar)
    assert "army" not in str(caught.value)  # what the peer wrote is not repeated
    return " ".join(caught.value.reply().split()[:2])


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (b"EHLO client.example", Hello(Verb.EHLO, "client.example")),
        (b"helo [127.0.0.1] ", Hello(Verb.HELO, "[127.0.0.1]")),
        (b"DATA", Plain(Verb.DATA)),
        (b"rset ", Plain(Verb.RSET)),
        (b"NOOP hello there", Plain(Verb.NOOP)),
        (b"VRFY ann", Plain(Verb.VRFY)),
        (b"StartTLS", Plain(Verb.STARTTLS)),
        (b"AUTH plain AGE=", Auth("PLAIN", "AGE=")),
        (b"AUTH LOGIN", Auth("LOGIN", None)),
        (b"XFORWARD addr=192.0.2.1 NAME=a+20b", XForward({"ADDR": "192.0.2.1", "NAME": "a+20b"})),
        (b"MAIL FROM:<>", Mail(None, {}, "<>")),
    ],
)
def test_commands_are_read(line: bytes, command: object) -> None:
    """Verbs are read in any case; each gives its own frozen value."""
    assert parse_command(line, GRAMMAR) == command


def test_mail_and_its_parameters_are_read() -> None:
    """Every parameter we know is kept as it was written, the keyword in capitals."""
    line = (
        b"MAIL FROM:<ann@contractor.example> size=12 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb"
        b" AUTH=<> REQUIRETLS MT-PRIORITY=-9"
    )
    command = parse_command(line, GRAMMAR)
    assert isinstance(command, Mail)
    assert command.sender == Mailbox.parse("ann@contractor.example")
    assert dict(command.parameters) == {
        "SIZE": "12",
        "BODY": "8BITMIME",
        "SMTPUTF8": "",
        "RET": "HDRS",
        "ENVID": "a+2Bb",
        "AUTH": "<>",
        "REQUIRETLS": "",
        "MT-PRIORITY": "-9",
    }


@pytest.mark.parametrize(
    ("argument", "wire"),
    [
        ("<john@army.mil>", "john@army.mil"),
        (" <John@ARMY.mil>", "John@army.mil"),
        ("<a..b@army.mil>", "a..b@army.mil"),
        ('<"a b"@army.mil>', '"a b"@army.mil'),
        ('<"a>b\\"c"@army.mil>', '"a>b\\"c"@army.mil'),
        ('<"plain"@army.mil>', "plain@army.mil"),
        ("<john@[192.0.2.1]>", "john@[192.0.2.1]"),
        ("<POSTmaster>", "postmaster@contractor.example"),
        ("<john@army.mil> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@army.mil", "john@army.mil"),
    ],
)
def test_recipients_are_read(argument: str, wire: str) -> None:
    """One path between angle brackets names one mailbox."""
    command = parse_command(b"RCPT TO:" + argument.encode(), GRAMMAR)
    assert isinstance(command, Rcpt)
    assert command.mailbox.wire == wire
    assert command.raw == argument.strip().partition(" NOTIFY")[0]


def test_internationalised_recipient_needs_smtputf8() -> None:
    """Octets above 127 are an address only where MAIL said SMTPUTF8 (RFC 6531)."""
    line = "RCPT TO:<jörg@bücher.example> ORCPT=utf-8;jörg@bücher.example".encode()
    command = parse_command(line, UTF8)
    assert isinstance(command, Rcpt)
    assert command.mailbox.wire == "jörg@xn--bcher-kva.example"
    assert _code(line) == "553 5.6.7"
    assert _code("MAIL FROM:<jörg@bücher.example>".encode()) == "553 5.6.7"
    assert _code("MAIL FROM:<ann@contractor.example> ENVID=ö".encode()) == "553 5.6.7"


@pytest.mark.parametrize(
    "argument",
    [
        b"user@army.mil",
        b"<user@army.mil",
        b"user@army.mil>",
        b"<user@army.mil>>",
        b"<<user@army.mil>>",
        b"<user@army.mil>,<user@army.ml>",
        b"<user@army.mil> <user@army.ml>",
        b"<user@army.mil>NOTIFY=NEVER",
        b"<us er@army.mil>",
        b'<"us\x00er"@army.mil>',
        b"<user@army.mil\r>",
        b"<user\x1b@army.mil>",
        b"<user\x7f@army.mil>",
        b'<"user@army.mil>',
        b'"user"@army.mil',
        b"Joe <user@army.mil>",
        b"",
        b"<\xff@army.mil>",
        b"<user@army.mil> NOTIFY",
        b"<user@army.mil> NOTIFY=",
        b"<user@army.mil> NOTIFY=NEVER,DELAY",
        b"<user@army.mil> ORCPT=nosemicolon",
        b"<user@army.mil> =x",
        b"<user@army.mil> ORCPT=rfc822;a=b",
        b"<user@army.mil> ORCPT=rfc822;a+zz",
    ],
)
def test_malformed_recipients_are_501(argument: bytes) -> None:
    """What is not exactly one path and parameters cannot be read."""
    assert _code(b"RCPT TO:" + argument) == "501 5.5.4"


@pytest.mark.parametrize(
    "address",
    [
        "user%dest.mil@army.mil",
        "army.ml!user@army.mil",
        "=?utf-8?q?user?=@army.mil",
        '"a@b"@army.mil',
        "user@-army-.mil",
        "user@army..mil",
        "user@army.mil.",
        "user@[300.1.1.1]",
        "a@b@army.mil",
        "x" * 65 + "@army.mil",
        "@",
        "user@",
    ],
)
def test_addresses_read_in_two_ways_are_refused(address: str) -> None:
    """Percent hack, bang path, encoded word and their like are no address here."""
    assert _code(f"RCPT TO:<{address}>".encode()) in ("501 5.1.3", "553 5.1.3")


@pytest.mark.parametrize(
    "line",
    [
        b"RCPT TO:<@army.ml:user@army.mil>",
        b"RCPT TO:<@army.ml,@navy.mil:user@army.mil>",
        b"RCPT TO:<user>",
        b"RCPT TO:<>",
        b"MAIL FROM:<@army.ml:user@army.mil>",
        b"MAIL FROM:<postmaster>",
    ],
)
def test_routes_and_bare_names_are_553(line: bytes) -> None:
    """A source route is refused, never stripped; only RCPT completes a bare postmaster."""
    assert _code(line) == "553 5.1.3"


@pytest.mark.parametrize(
    "line",
    [
        b"MAIL FROM:<ann@contractor.example> SIZE=1 SIZE=1",
        b"MAIL FROM:<ann@contractor.example> size=1 SIZE=2",
        b"MAIL FROM:<ann@contractor.example> HOLDFOR=60",
        b"MAIL FROM:<ann@contractor.example> NOTIFY=NEVER",
        b"RCPT TO:<john@army.mil> RET=FULL",
        b"RCPT TO:<john@army.mil> NOTIFY=NEVER notify=NEVER",
    ],
)
def test_unknown_or_repeated_parameters_are_555(line: bytes) -> None:
    """A parameter comes once and belongs to its command (RFC 5321 §4.1.1.11)."""
    assert _code(line) == "555 5.5.4"


def test_parameters_that_were_not_offered_are_555() -> None:
    """What the next hop cannot do is not accepted from the client."""
    nothing = Grammar(HERE)
    for word in (b"SIZE=1", b"BODY=7BIT", b"SMTPUTF8", b"RET=FULL", b"AUTH=<>", b"REQUIRETLS"):
        assert _code(b"MAIL FROM:<ann@contractor.example> " + word, nothing) == "555 5.5.4"


@pytest.mark.parametrize(
    "word",
    [
        b"SIZE=-1", b"SIZE=x", b"SIZE", b"BODY=BINARYMIME", b"SMTPUTF8=1", b"RET=ALL", b"ENVID=a=b",
        b"ENVID=+2b", b"MT-PRIORITY=10", b"REQUIRETLS=yes", b"SIZE=" + b"9" * 21,
    ],
)  # fmt: skip
def test_bad_values_are_501(word: bytes) -> None:
    """A known parameter with a value outside its grammar cannot be read."""
    assert _code(b"MAIL FROM:<ann@contractor.example> " + word) == "501 5.5.4"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"", "500 5.5.2"),
        (b"EXPN staff", "500 5.5.2"),
        (b"MAILFROM:<a@b.example>", "500 5.5.2"),
        (b"\tQUIT", "501 5.5.4"),
        (b"MAIL <a@b.example>", "501 5.5.4"),
        (b"MAIL FROM <a@b.example>", "501 5.5.4"),
        (b"EHLO", "501 5.5.4"),
        (b"EHLO two names", "501 5.5.4"),
        (b"QUIT now", "501 5.5.4"),
        (b"DATA\x00", "501 5.5.4"),
        (b"NOOP \r", "501 5.5.4"),
        (b"AUTH", "501 5.5.4"),
        (b"AUTH PLAIN a b", "501 5.5.4"),
        (b"XFORWARD ADDR", "501 5.5.4"),
        (b"XFORWARD", "501 5.5.4"),
        (b"NOOP \xff", "501 5.5.4"),
    ],
)
def test_unreadable_commands(line: bytes, code: str) -> None:
    """Unknown verbs are 500, wrong arguments 501."""
    assert _code(line) == code


@pytest.mark.parametrize("line", [b"BDAT 10 LAST", b"GET / HTTP/1.1", b"post /x", b"SSH-2.0 x"])
def test_strangers_end_the_connection(line: bytes) -> None:
    """After BDAT or another protocol's greeting nothing can be read as a command."""
    with pytest.raises(ProtocolError):
        parse_command(line, GRAMMAR)


def _outcome(line: bytes) -> str:
    try:
        return parse_command(line, UTF8).verb
    except MissentError as error:
        return error.reply()


@given(st.binary(max_size=300))
def test_any_octets_are_a_command_or_a_refusal(line: bytes) -> None:
    """No input raises anything but our own errors, and none of them repeats the input."""
    assert _outcome(line).isascii()


@given(
    st.sampled_from(["MAIL FROM:", "RCPT TO:", "XFORWARD ", "AUTH "]),
    st.text(alphabet='<>@":;,\\ aä=+%!.-[]SIZENOTFYORCP0123', max_size=60),
)
def test_any_argument_is_read_or_refused(verb: str, argument: str) -> None:
    """Near-misses of the grammar raise nothing but our own errors."""
    assert _outcome((verb + argument).encode()).isascii()


_LOCAL = st.text(alphabet="abcXYZ019.-_'+ \"\\()<>ä", min_size=1, max_size=20)


@given(_LOCAL, st.sampled_from(["army.mil", "navy.mil", "[192.0.2.1]"]))
def test_what_we_write_we_read(local: str, domain: str) -> None:
    """A mailbox written for the next hop is read back as the same mailbox, parameters too."""
    mailbox = Mailbox(local, DomainName.parse(domain))
    rcpt = parse_command(rcpt_line(mailbox, {"NOTIFY": "NEVER"}).encode(), UTF8)
    assert isinstance(rcpt, Rcpt)
    assert (rcpt.mailbox.local_part, rcpt.mailbox.domain) == (local, mailbox.domain)
    parameters = {"SMTPUTF8": "", "RET": "FULL"}
    mail = parse_command(mail_line(mailbox, parameters).encode(), GRAMMAR)
    assert isinstance(mail, Mail)
    assert mail.sender == mailbox
    assert mail.parameters == parameters


def test_xtext_is_decoded_for_people_only() -> None:
    """Control characters out of xtext never come through."""
    assert unxtext("a+2Bb+0D+0Ac+zz") == "a+b??c+zz"
    assert unxtext("+FF") == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(("state", "verb"), [*itertools.product(State, Verb)])
def test_the_table_is_total(state: State, verb: Verb) -> None:
    """Each pair leads somewhere or raises; nothing moves into a transaction but MAIL and RCPT."""
    if (state, verb) not in TRANSITIONS:
        with pytest.raises(OutOfSequence):
            follow(state, verb)
        return
    after = follow(state, verb)
    if after in (State.MAIL, State.RCPT) and after is not state:
        assert verb in (Verb.MAIL, Verb.RCPT)


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        (State.CONNECTED, Verb.MAIL),
        (State.CONNECTED, Verb.AUTH),
        (State.CONNECTED, Verb.STARTTLS),
        (State.GREETED, Verb.RCPT),
        (State.GREETED, Verb.DATA),
        (State.MAIL, Verb.MAIL),
        (State.MAIL, Verb.DATA),
        (State.MAIL, Verb.STARTTLS),
        (State.RCPT, Verb.AUTH),
        (State.RCPT, Verb.XFORWARD),
    ],
)
def test_out_of_sequence(state: State, verb: Verb) -> None:
    """What may not come is 503 5.5.1."""
    with pytest.raises(OutOfSequence) as caught:
        follow(state, verb)
    assert caught.value.reply().startswith("503 5.5.1 ")
