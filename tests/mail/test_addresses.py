"""Beliefs about `missent.mail.addresses`."""

from __future__ import annotations

import email.policy
import time
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.mail import addresses
from missent.mail.addresses import (
    Group,
    decode_words,
    fields,
    header,
    mentions,
    read_list,
    reply_all_targets,
    unfold,
)
from missent.mail.mailbox import Mailbox

# Text made of the pieces address parsers trip over.
NASTY = st.lists(
    st.sampled_from(
        ["a@x.mil", "b@y.ml", "john@army.ml", "<", ">", '"', "(", ")", ",", ";", ":", "@", ".", "\\", " ",
         "\t", "Joe", "J.", "a", "x.mil", "y.ml", "[", "]", "[192.0.2.1]", "=?utf-8?q?b=40y.ml?=", "'",
         '"a b"', "é", "Group:", "undisclosed-recipients:;", "<b@y.ml>", '"a@x.mil"', "@r.example:"]
    ),
    max_size=14,
).map("".join)  # fmt: skip


def _wires(value: str) -> list[str]:
    return [box.wire for box in read_list(value).mentioned]


def _parsed(text: str) -> Mailbox | None:
    try:
        return Mailbox.parse(text)
    except MalformedAddress:
        return None


# --- fields ---------------------------------------------------------------------------------------


def test_fields_tile_the_header_exactly() -> None:
    """Each octet of the header belongs to one field, folded lines to the field they continue."""
    data = b"To: a@x.mil,\r\n b@y.ml\r\nSUBJECT : s\r\nX:\r\n\r\nTo: body@x.mil\r\n"
    found = fields(data)
    assert [f.name for f in found] == [b"To", b"SUBJECT", b"X"]
    assert [data[f.start : f.end] for f in found] == [
        b"To: a@x.mil,\r\n b@y.ml\r\n",
        b"SUBJECT : s\r\n",
        b"X:\r\n",
    ]
    assert unfold(data, found[0]) == "a@x.mil, b@y.ml"
    assert [f.key for f in found] == ["to", "subject", "x"]
    assert data[header(data).body :] == b"To: body@x.mil\r\n"


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_stray_line_is_named_and_does_not_hide_what_follows(end: bytes) -> None:
    """Some programs end the header at a stray line and some go on: both readings are covered."""
    found = header(end.join([b"To: a@x.mil", b"stray line", b"Cc: b@y.ml", b"", b"body"]))
    assert found.malformed
    assert [f.key for f in found.fields] == ["to", "cc"]


def test_an_mbox_separator_is_no_fault() -> None:
    """Archives have `From ` on top; it is neither a field nor a reason to hold."""
    found = header(b"From ann Thu Mar 12 14:05:00 2026\nTo: a@x.mil\n\nbody")
    assert not found.malformed
    assert [f.key for f in found.fields] == ["to"]


@given(st.binary(max_size=200))
def test_fields_never_overlap_whatever_the_bytes(data: bytes) -> None:
    """Any bytes at all give ordered, disjoint fields inside the header."""
    found = header(data)
    position = 0
    for field in found.fields:
        assert position <= field.start < field.colon < field.end <= found.body
        position = field.end


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("=?utf-8?q?caf=C3=A9?= noir", "café noir"),
        ("=?UTF-8?B?Y2Fm?= =?utf-8?b?w6k=?=", "café"),
        ("=?utf-8?q?caf=C3?=\t=?utf-8?q?=A9?=", "café"),
        ("a =?iso-8859-1?q?=E9t=E9?= b", "a été b"),
        ("=?utf-8*fr?q?=C3=A9?=", "é"),
        ("=?x-unknown?q?plain?=", "plain"),
        ("=?zlib?b?eA==?=", "x"),
        ("=?utf-8?b?*?=", ""),
        ("=?utf-8?q?", "=?utf-8?q?"),
    ],
)
def test_encoded_words_are_decoded(text: str, decoded: str) -> None:
    """RFC 2047 as mail programs read it: adjacent words join, odd charsets harm nobody."""
    assert decode_words(text) == decoded


@given(st.text(alphabet="=?utf-8bBqQ_ \tAéZ*", max_size=60))
def test_decoding_never_raises(text: str) -> None:
    """Whatever stands there, decoding gives text."""
    assert isinstance(decode_words(text), str)


# --- address lists --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "wires"),
    [
        ("a@x.mil <b@y.ml>", ["b@y.ml", "a@x.mil"]),
        ("a@x.mil; b@y.ml", ["a@x.mil", "b@y.ml"]),
        ("Joe <a@x.mil> <b@y.ml>", ["a@x.mil", "b@y.ml"]),
        ("a@x.mil b@y.ml", ["a@x.mil", "b@y.ml"]),
        ('"a@x.mil" <b@y.ml>', ["b@y.ml", "a@x.mil"]),
        ("b@y.ml (a@x.mil)", ["b@y.ml", "a@x.mil"]),
        ("=?utf-8?q?a=40x.mil?= <b@y.ml>", ["b@y.ml", "a@x.mil"]),
        ('"a\\@x.mil" <b@y.ml>', ["b@y.ml", "a@x.mil"]),
        ("G: a@x.mil, Group: b@y.ml;", ["a@x.mil", "b@y.ml"]),
        ("mailto:a@x.mil <b@y.ml>", ["b@y.ml", "a@x.mil"]),
        ("Joe a@x.mil", ["a@x.mil"]),
        ('a@x.mil, "b <b@y.ml>', ["a@x.mil", "b@y.ml"]),
    ],
)
def test_a_field_that_programs_read_differently_says_so(value: str, wires: list[str]) -> None:
    """Every address any program delivers to or shows is found, and the disagreement is flagged."""
    assert sorted(_wires(value)) == sorted(wires)
    assert read_list(value).ambiguous


@pytest.mark.parametrize(
    ("value", "wires"),
    [
        ("", []),
        ("undisclosed-recipients:;", []),
        ("a@x.mil", ["a@x.mil"]),
        ("a@x.mil,, b@y.ml,", ["a@x.mil", "b@y.ml"]),
        ("a@x.mil;", ["a@x.mil"]),
        ('"a@x.mil" <a@x.mil>', ["a@x.mil"]),
        ("\"'A@x.mil'\" <a@x.mil>", ["a@x.mil"]),
        ("'a@x.mil' <a@x.mil>", ["a@x.mil"]),
        ("a@x.mil <a@x.mil>", ["a@x.mil"]),
        ('"Doe, John" <a@x.mil>, Bob <b@y.ml>', ["a@x.mil", "b@y.ml"]),
        ('"Team @ Work" <a@x.mil>', ["a@x.mil"]),
        ('"@bob" <a@x.mil>', ["a@x.mil"]),
        ('"ann@home" <a@x.mil>', ["a@x.mil", "ann@home"]),
        ("John Q. Public <a@x.mil> (the (real) one)", ["a@x.mil"]),
        ("a . b @ x . mil", ["a.b@x.mil"]),
        ("a(comment)@(other)x.mil", ["a@x.mil"]),
        ('"a b"@x.mil', ['"a b"@x.mil']),
        ("<@r.example,@s.example:a@x.mil>", ["a@x.mil"]),
        ("Team: a@x.mil, B <b@y.ml>;", ["a@x.mil", "b@y.ml"]),
        ("=?utf-8?q?Jos=C3=A9?= <a@x.mil>", ["a@x.mil"]),
        ("José <josé@bücher.example>", ["josé@xn--bcher-kva.example"]),
        ("x@[192.0.2.1]", ["x@[192.0.2.1]"]),
    ],
)
def test_an_ordinary_field_is_not_suspected(value: str, wires: list[str]) -> None:
    """What programs agree about, ugly as it may be, is read and not flagged: a flag can hold mail."""
    assert _wires(value) == wires
    assert not read_list(value).ambiguous


def test_a_route_is_flagged_even_though_it_is_no_mailbox() -> None:
    """Percent hack and bang path name another mailbox to an MTA than to anybody else."""
    assert read_list("user%dest.mil@relay.example").ambiguous
    assert read_list("army.ml!user@relay.example").ambiguous


def test_groups_and_angles_keep_their_place() -> None:
    """The structure a rewrite needs is there: groups with members, the angle inside an entry."""
    group, single = read_list('Crew: Bob <b@y.ml>, c@z.mil; , "J. Doe" <a@x.mil>').elements
    assert isinstance(group, Group)
    assert [entry.text for entry in group.members] == ["Bob <b@y.ml>", "c@z.mil"]
    assert not isinstance(single, Group)
    assert single.angle is not None
    assert single.text[slice(*single.angle)] == "<a@x.mil>"


@given(NASTY)
@settings(max_examples=300)
@example("a@x.mil (b@y.ml")
@example("Joe b@y.ml")
@example("b@y.m l")
def test_no_parser_of_the_standard_library_sees_more(value: str) -> None:
    """What the interpreter's parsers find is found, or the field is flagged; whichever version runs."""
    ours = read_list(value)
    found = {_parsed(address) for _, address in getaddresses([value])}
    try:
        parsed = email.policy.default.header_factory("To", value)
        found |= {_parsed(address.addr_spec) for address in parsed.addresses}
    except Exception:  # it does raise on such input: the reason why it is not used
        found |= set()
    assert found - {None} <= set(ours.mentioned) or ours.ambiguous


@given(st.text(max_size=60))
def test_reading_never_raises(value: str) -> None:
    """Any text gives a list; what it addresses is part of what it mentions."""
    result = read_list(value)
    assert set(result.delivered) <= set(result.mentioned)


@pytest.mark.parametrize(
    "value",
    ["(" * 300, "(" * 900_000, '"' * 900_001, "<" * 900_000, ":" * 900_000, "a " * 450_000,
     "a@b.c," * 120_000, "=?a?q?" * 20_000, "a. " * 40_000 + "@x.mil", "\\" * 100_000, "@" * 4_000,
     "<a@x.mil>" * 4_000],
)  # fmt: skip
def test_bombs_are_read_in_bounded_time(value: str) -> None:
    """Deep nesting and endless lists neither recurse nor take long."""
    started = time.process_time()
    read_list(value)
    assert time.process_time() - started < 2.0


def test_mentions_finds_nothing_in_plain_text() -> None:
    """Text without an address mentions nobody."""
    assert mentions("Meet at noon, 5.30 p.m.; @bob, bring <this>") == ()


def test_reply_all_reaches_everybody_the_header_names() -> None:
    """RFC 5322 §3.6.3: From or Reply-To, To and Cc; never Bcc or the body."""
    data = (
        b"From: Ann <ann@contractor.example>\r\nTo: bob@navy.mil\r\nCC: C <c@x.mil>\r\n"
        b"Reply-To: desk@contractor.example\r\nBcc: secret@x.mil\r\n\r\nTo: body@x.mil\r\n"
    )
    assert {box.wire for box in reply_all_targets(data)} == {
        "ann@contractor.example",
        "bob@navy.mil",
        "c@x.mil",
        "desk@contractor.example",
    }


@given(
    st.one_of(
        st.from_regex(addresses._ORDINARY, fullmatch=True),
        st.text(alphabet='aB0.-_+@<>" ,', max_size=40),
    )
)
def test_the_short_way_reads_what_the_long_way_reads(value: str) -> None:
    """Ordinary addresses take a short way; it must never say anything else."""
    short = addresses._ordinary(value.strip(" \t"))
    if short is not None:
        assert short == addresses._read_list(value)
