"""What `mail.archived` promises: who wrote to whom, out of any header, and no exception."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.mail.archived import MAX_HEADER, find_mailboxes, read_header

PLAIN = b"""\
Received: from mx.army.mil (mx.army.mil [198.51.100.5])
\tby mx.contractor.example (Postfix) with ESMTPS id 4ABC
\tfor <ann@contractor.example>; Sat, 22 Nov 2025 12:00:05 +0200 (EET)
Received: from desk.army.mil by mx.army.mil; Sat, 1 Jan 2000 00:00:00 +0000
From: "Doe, John (G-4)" <john.doe@army.mil>
To: Ann <ann@contractor.example>,
 =?utf-8?q?Bob?= <bob@contractor.example>
CC: "x@army.ml" <carol@contractor.example>
Date: Sat, 1 Jan 2000 00:00:00 +0000
Message-Id: <r1@army.mil>
In-Reply-To: <s1@contractor.example>
References: <s0@contractor.example>
 <s1@contractor.example>
Subject: to nobody@nowhere.example

To: body@nowhere.example
"""


def texts(*bodies: str) -> list[str]:
    """Read address lists."""
    return [m.wire for m in find_mailboxes(*bodies)]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_plain_header_is_read(line_end: bytes) -> None:
    """Both line ends, folded fields, any case; the body is not looked at."""
    read = read_header(PLAIN.replace(b"\n", line_end))
    assert [m.wire for m in read.header_from] == ["john.doe@army.mil"]
    assert [m.local_part for m in read.recipients] == ["ann", "bob", "carol"]
    assert read.message_id == read.identity == "<r1@army.mil>"
    assert read.references == ("<s0@contractor.example>", "<s1@contractor.example>")
    assert not read.automatic


def test_our_servers_date_goes_before_the_senders() -> None:
    """A squatter may write any Date; the topmost Received is ours."""
    assert read_header(PLAIN).at == datetime(2025, 11, 22, 10, 0, 5, tzinfo=UTC)
    assert read_header(b"Date: Sat, 1 Jan 2000 00:00:00\n\n").at == datetime(2000, 1, 1, tzinfo=UTC)
    assert read_header(b"Date: yesterday\n\n").at is None


@pytest.mark.parametrize(
    "field",
    [
        "Auto-Submitted: auto-replied (vacation)",
        "Auto-Submitted: auto-generated; owner-email=x",
        "Precedence: bulk",
        "PRECEDENCE: List",
        "List-Id: <news.partner.example>",
        "List-Unsubscribe: <mailto:x@partner.example>",
        "Return-Path: <>",
        "Content-Type: Multipart/Report; report-type=delivery-status",
        "X-Autoreply: yes",
        "X-Failed-Recipients: a@partner.example",
    ],
)
def test_program_is_told_from_person(field: str) -> None:
    """RFC 3834 and what programs did before it."""
    assert read_header(f"From: a@partner.example\n{field}\n\n".encode()).automatic


@pytest.mark.parametrize(
    "field",
    ["Auto-Submitted: no", "auto-submitted: No (typed)", "Precedence: normal", "Listen: no"],
)
def test_person_is_not_taken_for_a_program(field: str) -> None:
    """What says that a person wrote it does not count against it."""
    assert not read_header(f"From: a@partner.example\n{field}\n\n".encode()).automatic


def test_display_name_is_never_an_address() -> None:
    """Names, comments and group names that look like addresses address nobody."""
    assert texts('"trusted@army.mil" <x@army.ml>') == ["x@army.ml"]
    assert texts("a@b.example (really c@d.example)") == ["a@b.example"]
    assert texts("friends: a@b.example, C <c@d.example>;") == ["a@b.example", "c@d.example"]
    assert texts("undisclosed-recipients:;") == []
    assert texts('"a, b"@c.example, plain@d.example') == ['"a, b"@c.example', "plain@d.example"]


def test_unreadable_address_is_left_out_and_the_others_stay() -> None:
    """One bad entry costs one entry."""
    assert texts("a%b@c.example, d@e.example, d@E.example") == ["d@e.example"]


def test_fields_of_a_border_know_their_place() -> None:
    """An Authentication-Results field is numbered by the Received fields above it."""
    header = (
        b"Authentication-Results: a; none\nReceived: x; y\nAuthentication-Results: b;\n none\n\n"
    )
    stamps = read_header(header).authentication
    assert [(s.body, s.hop) for s in stamps] == [("a; none", 0), ("b; none", 1)]


def test_message_without_an_id_has_a_lasting_name() -> None:
    """Read again, it is the same message; another one is another."""
    one, two = b"From: a@b.example\nTo: c@d.example\n\n", b"From: a@b.example\nTo: e@d.example\n\n"
    assert read_header(one).identity == read_header(one + b"body").identity
    assert read_header(one).identity != read_header(two).identity
    assert "a@b" not in read_header(one).identity


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\nFrom: a@b.example",
        b"From: " + b"<" * 100_000,
        b"From: " + b"(" * 100_000,
        b"To: " + b'"' * 99_999,
        b"To: " + b" " * 100_000 + b"x",
        b"To: " + b"a@b.example," * 20_000,
        b"References: " + b"<a@b.example>" * 20_000,
        b"Received: x\n" * 30_000,
        b"To: a" + b"\n " * 100_000,
        b"Date: " + b"9" * 10_000,
        b"From: a@b.example\n" * (MAX_HEADER // 10),
    ],
)
def test_hostile_header_is_read_in_time(data: bytes) -> None:
    """Sizes are bounded and nothing backtracks."""
    assert len(read_header(data).recipients) <= 2_000


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    """Nothing raises, whatever stands in the fields."""
    for name in (
        b"From",
        b"To",
        b"Date",
        b"Received",
        b"References",
        b"Return-Path",
        b"Precedence",
    ):
        read_header(name + b": " + data)
    read_header(data)
