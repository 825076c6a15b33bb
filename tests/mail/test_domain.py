"""Beliefs about `missent.mail.domain`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.mail.domain import DomainName


def test_case_is_folded() -> None:
    """Two spellings of one name are one value."""
    assert DomainName.parse("Army.MIL") == DomainName.parse("army.mil")
    assert str(DomainName.parse("Army.MIL")) == "army.mil"


def test_the_two_labels_of_an_international_name_are_one_name() -> None:
    """A U-label and its A-label compare equal, and both forms are known."""
    name = DomainName.parse("Bücher.example")
    assert name == DomainName.parse("xn--bcher-kva.example")
    assert (name.ascii, name.unicode) == ("xn--bcher-kva.example", "bücher.example")
    assert name.screen == "bücher.example (xn--bcher-kva.example)"


@pytest.mark.parametrize(
    ("text", "suffix", "registrable"),
    [
        ("army.mil", "mil", "army.mil"),
        ("mail.army.ml", "ml", "army.ml"),
        ("police.uk", "police.uk", None),
        ("a.b.co.uk", "co.uk", "b.co.uk"),
    ],
)
def test_the_public_suffix_is_found(text: str, suffix: str, registrable: str | None) -> None:
    """The registrable part is what somebody could have bought: one label below the public suffix."""
    name = DomainName.parse(text)
    assert (name.public_suffix, name.registrable) == (suffix, registrable)


def test_within_needs_a_label_boundary() -> None:
    """A name that only ends in the same letters is not below."""
    ours = DomainName.parse("contractor.example")
    assert DomainName.parse("mail.contractor.example").is_within(ours)
    assert ours.is_within(ours)
    assert not DomainName.parse("subcontractor.example").is_within(ours)


@pytest.mark.parametrize("text", ["[192.0.2.1]", "[IPv6:2001:db8::1]"])
def test_a_literal_is_a_domain_without_a_registrable_part(text: str) -> None:
    """An address literal is a domain here, so that every mailbox has one."""
    name = DomainName.parse(text)
    assert name.is_literal
    assert name.registrable is None
    assert name.ascii == text


@pytest.mark.parametrize(
    "text",
    ["", ".", "a..b", "army.mil.", "-a.example", "a b.example", "a" * 64 + ".example",
     ".".join(["abcdefgh"] * 29), "[192.0.2.1", "[300.1.1.1]", "[]", "\u2024.example",
     "a\u200b\u202e.example"],
)  # fmt: skip
def test_what_is_no_domain_is_refused(text: str) -> None:
    """Anything outside LDH labels, IDNA 2008 and RFC 5321 literals raises, never passes."""
    with pytest.raises(MalformedAddress):
        DomainName.parse(text)


@given(st.text(max_size=80))
def test_parsing_gives_a_stable_name_or_raises_one_error(text: str) -> None:
    """Whatever comes in, the wire form parses to itself or the one known error is raised."""
    try:
        name = DomainName.parse(text)
    except MalformedAddress:
        return
    assert name.ascii.isascii()
    assert DomainName.parse(name.ascii).ascii == name.ascii
