"""What becomes of octets on their way to text."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.mail.decoding import decoded, transfer_decoded
from missent.mail.opening import OCTETS, read_opening


def test_text_cut_inside_a_character_stays_readable() -> None:
    """The bound on what is looked at must not turn UTF-8 into something else."""
    for shift in range(4):
        raw = b"x" * shift + "€".encode() * OCTETS
        assert set(read_opening(raw, "text/plain", "utf-8", "8bit")) <= {"x", "€"}


@pytest.mark.parametrize("charset", ["no-such", "base64", "rot13", "idna", "hex", "\x00", "zlib"])
def test_a_codec_that_is_no_character_set_is_not_used(charset: str) -> None:
    """Python's own byte codecs are not a way to expand or hide text."""
    text, garbled = decoded(b"Bob \xff", charset)
    assert text.startswith("Bob")
    assert garbled


def test_a_western_letter_without_a_declaration_is_no_damage() -> None:
    """Old programs send cp1252 and say nothing, or ASCII."""
    assert decoded(b"caf\xe9", "") == ("café", False)
    assert decoded(b"caf\xe9", "us-ascii") == ("café", False)


def test_base64_with_foreign_letters_is_damaged() -> None:
    """Programs differ about what is in it, so it is told."""
    good = base64.b64encode(b"the roster")
    assert transfer_decoded(good[:8] + b"\r\n" + good[8:], "base64") == (b"the roster", False)
    assert transfer_decoded(b"dGhl!IHJvc3Rlcg==", "base64")[1]


def test_an_unknown_encoding_is_damaged() -> None:
    """Nobody knows what the reader's program makes of it."""
    assert transfer_decoded(b"x", "x-uuencode") == (b"x", True)


@given(st.binary(max_size=300), st.sampled_from(["base64", "quoted-printable", "7bit", "", "q"]))
def test_nothing_raises(raw: bytes, encoding: str) -> None:
    """Whatever octets come, there is a text."""
    octets, _ = transfer_decoded(raw, encoding)
    assert isinstance(decoded(octets, "utf-16")[0], str)
