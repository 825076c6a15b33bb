"""Beliefs about `missent.mail.mailbox`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox


def test_the_local_part_is_compared_without_case_but_kept_as_written() -> None:
    """A slip cannot hide behind case, and the wire carries what was typed."""
    typed, other = Mailbox.parse("John@Army.ML"), Mailbox.parse("john@army.ml")
    assert typed == other
    assert hash(typed) == hash(other)
    assert typed.wire == "John@army.ml"
    assert typed.folded == "john@army.ml"


def test_needless_quoting_makes_no_other_mailbox() -> None:
    """`"john"@x` is john@x, and only what must be quoted is quoted on the wire."""
    assert Mailbox.parse('"john"@army.mil').wire == "john@army.mil"
    spaced = Mailbox.parse('"john doe"@army.mil')
    assert spaced.local_part == "john doe"
    assert spaced.wire == '"john doe"@army.mil'


@pytest.mark.parametrize("text", ["a..b@x.example", ".a@x.example", "a.@x.example"])
def test_odd_dots_are_accepted(text: str) -> None:
    """MTAs deliver odd dots, so they are opaque here, not an error."""
    assert Mailbox.parse(text).wire == text


@pytest.mark.parametrize(
    "text",
    [
        "user%dest.mil@relay.example",
        "army.ml!user@relay.example",
        "=?utf-8?q?user?=@army.mil",
        '"a@army.mil"@army.ml',
        "@relay.example:user@army.mil",
        "us\x00er@army.mil",
        "user\r\n@army.mil",
        "us\u202eer@army.mil",
        "user@",
        "@army.mil",
        "user",
        '"user@army.mil',
        "us er@army.mil",
        "x" * 65 + "@army.mil",
    ],
)
def test_what_another_program_would_read_differently_is_refused(text: str) -> None:
    """Each of these was measured to name different mailboxes to different programs, or none."""
    with pytest.raises(MalformedAddress) as caught:
        Mailbox.parse(text)
    assert text not in str(caught.value)


def test_the_log_form_shows_only_the_ends() -> None:
    """A log names the domain and no whole person."""
    assert Mailbox.parse("jonathan@army.mil").log == "j***n@army.mil"
    assert Mailbox.parse("bob@army.mil").log == "b***@army.mil"


def test_the_screen_form_shows_the_punycode_beside_the_letters() -> None:
    """A person sees both what is written and what is meant by it."""
    assert (
        Mailbox.parse("lea@bücher.example").screen == "lea@bücher.example (xn--bcher-kva.example)"
    )


def test_the_same_person_at_another_domain() -> None:
    """`at` changes the domain and nothing else."""
    assert Mailbox.parse("John@army.ml").at(DomainName.parse("army.mil")).wire == "John@army.mil"


@given(st.text(max_size=60))
def test_a_parsed_mailbox_survives_its_wire_form(text: str) -> None:
    """Whatever comes in, it raises the one known error or its wire form is the same mailbox."""
    try:
        mailbox = Mailbox.parse(text)
    except MalformedAddress:
        return
    assert Mailbox.parse(mailbox.wire) == mailbox
    assert "\n" not in mailbox.log
