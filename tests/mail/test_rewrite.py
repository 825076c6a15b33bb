"""Beliefs about `missent.mail.rewrite`: no copy that leaves spreads the mistake."""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from missent.mail.addresses import decode_words, fields, mentions, reply_all_targets, unfold
from missent.mail.mailbox import Mailbox
from missent.mail.rewrite import EDITED_FIELDS, NOBODY, HeaderEdit, apply, correct, neutralise

WRONG = Mailbox.parse("john@army.ml")
RIGHT = Mailbox.parse("john@army.mil")
OTHER = Mailbox.parse("kim@navy.ml")
CHECKED = '"john at army.ml, being checked":;'


def _mail(*lines: str) -> bytes:
    return "\r\n".join(
        ["From: Ann <ann@contractor.example>", *lines, "Subject: s", "", "Body: To: x", ""]
    ).encode()


def _to(data: bytes, name: str = "to") -> str:
    return unfold(data, next(field for field in fields(data) if field.key == name))


def _neutral(value: str) -> str:
    data = _mail(f"To: {value}")
    return _to(apply(data, neutralise(data, {WRONG}), ()))


# --- apply ----------------------------------------------------------------------------------------


def test_apply_changes_exactly_the_named_occurrence() -> None:
    """Everything but the edited field is byte for byte what it was."""
    data = b"Received: a\r\nTO: one\r\n two\r\nX-A: 1\r\nTo: three\r\n\r\nTo: body\r\n.\r\n\xff"
    edited = apply(data, [HeaderEdit("To", 2, "new,\r\n newer")], ())
    assert (
        edited
        == b"Received: a\r\nTO: one\r\n two\r\nX-A: 1\r\nTo: new,\r\n newer\r\n\r\nTo: body\r\n.\r\n\xff"
    )


def test_apply_takes_out_every_field_of_a_name() -> None:
    """A field to be removed goes wherever it stands; the body is not looked at."""
    data = b"X-Missent-Release: a\r\nTo: b\r\nx-missent-release: c\r\n d\r\n\r\nX-Missent-Release: e\r\n"
    assert apply(data, (), ("X-Missent-Release",)) == b"To: b\r\n\r\nX-Missent-Release: e\r\n"


def test_an_edit_of_a_field_that_is_not_there_is_skipped() -> None:
    """An edit never adds a field."""
    data = b"To: a\r\n\r\n"
    assert apply(data, [HeaderEdit("To", 2, "b"), HeaderEdit("Cc", 1, "b")], ()) == data


@given(st.binary(max_size=120))
def test_applying_nothing_changes_nothing(data: bytes) -> None:
    """Bytes are released as they came, whatever they are (law 12)."""
    assert apply(data, (), ()) == data


# --- neutralise -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("john@army.ml", CHECKED),
        ("John <John@Army.ML>", '"John at army.ml, being checked":;'),
        ("Bob <bob@navy.mil>, john@army.ml", f"Bob <bob@navy.mil>, {CHECKED}"),
        (
            '"Doe, Jane" <jane@x.mil> (boss), john@army.ml, =?utf-8?q?Jos=C3=A9?= <j@x.mil>',
            f'"Doe, Jane" <jane@x.mil> (boss), {CHECKED}, =?utf-8?q?Jos=C3=A9?= <j@x.mil>',
        ),
        (
            "Crew: bob@navy.mil, john@army.ml; , ann@x.mil",
            f"Crew: bob@navy.mil;, {CHECKED}, ann@x.mil",
        ),
        ("Crew: john@army.ml;", f"Crew:;, {CHECKED}"),
        ('"john@army.ml" <bob@navy.mil>', f"bob@navy.mil, {CHECKED}"),
        ('"bob@navy.mil" <john@army.ml>', CHECKED),
        ("=?utf-8?q?john=40army.ml?= <bob@navy.mil>", f"bob@navy.mil, {CHECKED}"),
        ("bob@navy.mil john@army.ml", f"bob@navy.mil, {CHECKED}"),
        ("bob@navy.mil; john@army.ml", f"bob@navy.mil, {CHECKED}"),
        ("bob@navy.mil (john@army.ml)", f"bob@navy.mil, {CHECKED}"),
        ("john@army.ml: bob@navy.mil;", f"{CHECKED}, bob@navy.mil"),
        ("<@relay.example:john@army.ml>", CHECKED),
        ('bob@navy.mil, "John <john@army.ml>', f"bob@navy.mil, {CHECKED}"),
        ("((((john@army.ml", CHECKED),
        ("john@army.m l, bob@navy.mil", "john@army.m, bob@navy.mil"),
    ],
)
def test_a_wrong_address_becomes_an_empty_group(value: str, result: str) -> None:
    """People read who is missing; no program can reply to it; the others stay as written."""
    assert _neutral(value) == result


def test_a_field_without_a_wrong_address_is_left_alone() -> None:
    """Nothing is edited that need not be, however oddly it is written."""
    assert neutralise(_mail('To: "a, b" <a@x.mil>,, c@y.mil', "Cc: (c) d@z.mil"), {WRONG}) == ()


def test_from_and_sender_are_never_touched() -> None:
    """Who wrote a message is not ours to change."""
    data = _mail("Sender: john@army.ml", "To: bob@navy.mil")
    assert neutralise(data, {WRONG, Mailbox.parse("ann@contractor.example")}) == ()


def test_each_occurrence_is_counted_as_the_milter_counts() -> None:
    """The second To is number 2 of that name, whatever its case."""
    data = _mail("To: bob@navy.mil", "TO: john@army.ml", "Cc: john@army.ml")
    edits = neutralise(data, {WRONG})
    assert [(edit.name, edit.occurrence) for edit in edits] == [("TO", 2), ("Cc", 1)]


@pytest.mark.parametrize("name", sorted(EDITED_FIELDS))
def test_every_field_an_answer_may_go_to_is_covered(name: str) -> None:
    """Reply-To, follow-up and receipt fields leak as well as To does."""
    data = _mail(f"{name}: John <john@army.ml>")
    edited = apply(data, neutralise(data, {WRONG}), ())
    assert _to(edited, name) == '"john at army.ml, being checked":;'


def test_two_wrong_addresses_are_both_taken_out() -> None:
    """Every held address goes, not just the first."""
    data = _mail("To: john@army.ml, kim@navy.ml", "Cc: Kim <kim@navy.ml>, bob@navy.mil")
    edited = apply(data, neutralise(data, {WRONG, OTHER}), ())
    assert {box.wire for box in reply_all_targets(edited)} == {
        "ann@contractor.example",
        "bob@navy.mil",
    }


def test_a_hostile_local_part_cannot_break_out_of_the_group() -> None:
    """Quotes, brackets and colons of a quoted local part are not repeated."""
    wrong = Mailbox.parse('"a\\">,;:<b"@army.ml')
    data = _mail(f"To: {wrong.wire}, bob@navy.mil")
    edited = apply(data, neutralise(data, {wrong}), ())
    assert _to(edited) == '"a_______b at army.ml, being checked":;, bob@navy.mil'.replace(
        "a_______b", "a______b"
    )


def test_an_unreadable_list_addresses_nobody() -> None:
    """Where nothing can be saved, the field says so in the standard's own words."""
    data = _mail("To: " + "x@y.example," * 6_000 + "john@army.ml")
    assert _to(apply(data, neutralise(data, {WRONG}), ())) == NOBODY


def test_long_lists_are_folded_between_addresses() -> None:
    """No line is longer than 78 octets where an address allows it, and none than 998."""
    names = ", ".join(f'"Person Number {i}" <person{i}@navy.mil>' for i in range(40))
    data = _mail(f"To: {names}, john@army.ml")
    edited = apply(data, neutralise(data, {WRONG}), ())
    header = edited.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in header.split(b"\r\n"))
    assert _to(edited) == f"{names}, {CHECKED}"


def test_an_element_too_long_for_a_line_loses_its_name() -> None:
    """A display name of a thousand octets cannot be folded safely, so only the address stays."""
    data = _mail(f'To: "{"x" * 1200}" <bob@navy.mil>, john@army.ml')
    assert _to(apply(data, neutralise(data, {WRONG}), ())) == f"bob@navy.mil, {CHECKED}"


PATTERN = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])john@army\.ml(?![\w.-])", re.IGNORECASE)
NASTY = st.lists(
    st.sampled_from(
        [
            "john@army.ml",
            "John@ARMY.ml",
            "john",
            "army.ml",
            "army",
            ".ml",
            "<john@army.ml>",
            '"john"@army.ml',
            "=?utf-8?q?john=40army.ml?=",
            "=?utf-8?b?am9obkBhcm15Lm1s?=",
            "bob@navy.mil",
            "<bob@navy.mil>",
            "<",
            ">",
            '"',
            "(",
            ")",
            ",",
            ";",
            ":",
            "@",
            ".",
            "\\",
            " ",
            "\t",
            "\r\n ",
            "Joe",
            "[",
            "]",
            "'",
            '"a b"',
            "é",
            "Crew:",
            "undisclosed-recipients:;",
            '"john@army.ml"',
            "(john@army.ml)",
            "@r.example:",
            "john\\@army.ml",
        ]
    ),
    max_size=14,
).map("".join)
NAMES = st.sampled_from(
    ["To", "CC", "Resent-To", "Reply-To", "Mail-Followup-To", "Disposition-Notification-To"]
)


@given(st.lists(st.tuples(NAMES, NASTY), min_size=1, max_size=3))
@settings(max_examples=200, deadline=None)
@example([("To", "john@army.ml")])
@example([("To", "john@army.m l")])
@example([("To", '"john @ army.ml')])
def test_no_reading_finds_the_wrong_address_any_more(values: list[tuple[str, str]]) -> None:
    """The heart of it: after the edit neither we nor either parser of the standard library finds it."""
    data = _mail(*(f"{name}: {value}" for name, value in values))
    edited = apply(data, neutralise(data, {WRONG}), ())
    message = email.message_from_bytes(edited)
    for field in fields(edited):
        if field.key not in EDITED_FIELDS:
            continue
        value = unfold(edited, field)
        assert WRONG not in mentions(value)
        assert not PATTERN.search(value)
        assert not PATTERN.search(decode_words(value))
        assert not _finds_wrong([address for _, address in getaddresses([value])])
        with contextlib.suppress(Exception):  # it raises on some input; then it finds nothing
            parsed = email.policy.default.header_factory("To", value)
            assert not _finds_wrong([address.addr_spec for address in parsed.addresses])
    assert message.get_payload() == "Body: To: x\r\n"


def _finds_wrong(addresses: list[str]) -> bool:
    return any(address.lower().replace('"', "") == "john@army.ml" for address in addresses)


# --- correct --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ("john@army.ml", "john@army.mil"),
        ("John Doe <john@army.ml>, bob@navy.mil", "John Doe <john@army.mil>, bob@navy.mil"),
        ('"Doe, John" <john@army.ml> (pilot)', '"Doe, John" <john@army.mil> (pilot)'),
        ('"john@army.ml" <john@army.ml>', "john@army.mil"),
        ("Crew: John <john@army.ml>, bob@navy.mil;", "Crew: John <john@army.mil>, bob@navy.mil;"),
        (
            "John <john@army.ml>, kim@navy.ml",
            'John <john@army.mil>, "kim at navy.ml, being checked":;',
        ),
        ("john@army.ml, John <john@army.mil>", "john@army.mil, John <john@army.mil>"),
    ],
)
def test_the_corrected_copy_shows_the_right_address(value: str, result: str) -> None:
    """The display name stays, the address is right, and others still held are taken out."""
    data = _mail(f"To: {value}")
    assert _to(apply(data, correct(data, WRONG, RIGHT, {OTHER}), ())) == result


def test_a_correction_to_an_address_that_was_held_itself_is_not_taken_out() -> None:
    """The right address is wanted in the copy even if it stands among the held."""
    data = _mail("To: john@army.ml")
    assert _to(apply(data, correct(data, WRONG, RIGHT, {RIGHT, OTHER}), ())) == "john@army.mil"


def test_reply_all_to_a_corrected_copy_reaches_the_right_people() -> None:
    """Law 2, at the other end of the story."""
    data = _mail("To: John <john@army.ml>", "Cc: bob@navy.mil")
    edited = apply(data, correct(data, WRONG, RIGHT), ())
    assert {box.wire for box in reply_all_targets(edited)} == {
        "ann@contractor.example",
        "john@army.mil",
        "bob@navy.mil",
    }
