"""What looks alike, and in which letters it is written."""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.lookalike.confusables import (
    alphabet,
    highly_restrictive,
    invisible,
    odd_letters,
    reading,
    scripts,
    skeleton,
    spelling,
)

ANY = st.text(max_size=24)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u0430rmy", "army"),
        ("\u0430\u0440\u0440\u04cf\u0435", "apple"),
        ("rnicrosoft", "microsoft"),
        ("vvebmail", "webmail"),
        ("g00gle", "google"),
        ("paypa1", "paypal"),
        ("clearway", "dearway"),
        ("ar\u200bmy", "army"),
        ("\uff41\uff52\uff4d\uff59", "army"),
        ("\u217fil", "mil"),
        ("\U0001d41a\U0001d42b\U0001d426\U0001d432", "army"),
        ("ARMY", "army"),
        ("nav\u0443", "navy"),
        ("m\u0456l", "mil"),
        ("\u03bfrg", "org"),
        ("u\u0308ber", "\u00fcber"),
    ],
)
def test_texts_that_look_alike_have_one_skeleton(one: str, other: str) -> None:
    """An eye that reads quickly cannot tell them apart."""
    assert skeleton(one) == skeleton(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("army", "navy"),
        ("mail", "mall"),
        ("m\u00fcnchen", "munchen"),
        ("\u043f\u043e\u0447\u0442\u0430", "\u043f\u043e\u0447\u0442\u044b"),
        ("\u65e5\u672c", "\u65e5\u6728"),
        ("bank", "bark"),
    ],
)
def test_texts_that_do_not_look_alike_have_two(one: str, other: str) -> None:
    """An accent is seen, and so is any other letter."""
    assert skeleton(one) != skeleton(other)


@given(ANY)
def test_a_skeleton_is_its_own_skeleton(text: str) -> None:
    """Mapping twice changes nothing, whatever the text, and nothing raises."""
    assert skeleton(skeleton(text)) == skeleton(text)


@given(ANY)
def test_nothing_raises_and_nothing_grows_without_bound(text: str) -> None:
    """Every function takes any text; a result is at most as long as Unicode's longest mapping."""
    assert len(skeleton(text)) <= 20 * len(text)
    assert len(reading(text)) <= 20 * len(text)
    spelling(text), scripts(text), invisible(text), odd_letters(text), alphabet(text)
    assert highly_restrictive(text) in (True, False)


@given(st.text("abcdmwl01-.\u0430\u00fc\u043f\u65e5", max_size=12), st.integers(1, 40))
def test_a_text_is_mapped_letter_by_letter(text: str, times: int) -> None:
    """The cost is linear: a text repeated has its skeleton repeated."""
    assert skeleton(text * times) == skeleton(text) * times
    assert reading(text * times) == reading(text) * times


@given(st.text(st.characters(codec="ascii"), max_size=24))
def test_plain_text_reads_as_it_is(text: str) -> None:
    """A reading of plain letters only takes the capitals away."""
    assert reading(text) == spelling(text) == text.lower()


@given(st.text(st.characters(categories=["Ll", "Lo", "Nd"]), max_size=12))
def test_a_reading_keeps_its_labels(text: str) -> None:
    """No letter reads as a dot, which would make two labels of one."""
    assert "." not in reading(f"{text}\u00e9")


@pytest.mark.parametrize(
    ("text", "read", "spelt"),
    [
        ("m\u00fcnchen", "munchen", "muenchen"),
        ("stra\u00dfe", "strasse", "strasse"),
        ("\u00f8re", "ore", "oere"),
        ("\u0142\u00f3d\u017a", "lodz", "lodz"),
        ("\u0430rmy", "army", "army"),
        ("\u00e6ro", "aero", "aero"),
    ],
)
def test_a_reading_is_what_plain_keys_write(text: str, read: str, spelt: str) -> None:
    """Accents are left out, or spelt out, and strange letters taken for plain ones."""
    assert (reading(text), spelling(text)) == (read, spelt)


@pytest.mark.parametrize(
    ("text", "keeps"),
    [
        ("army", True),
        ("m\u00fcnchen", True),
        ("\u043f\u043e\u0447\u0442\u0430", True),
        ("\u65e5\u672c\u8a9e", True),
        ("\u65e5\u672c\u8a9eweb", True),
        ("\u30c9\u30e1\u30a4\u30f3\u540d\u306e\u30fcx", True),
        ("\ud55c\uad6d\u8a9ea", True),
        ("\u043f\u043e\u0447\u0442\u0430-2", True),
        ("\u0430rmy", False),
        ("\u03bfrg", False),
        ("\u043f\u043e\u0447\u0442\u03b1", False),
        ("\u05d0bc", False),
        ("\u30c9\ud55c", False),
    ],
)
def test_alphabets_are_mixed_only_where_people_mix_them(text: str, keeps: bool) -> None:
    """UTS 39 §5.2: one script, or Latin beside Chinese, Japanese or Korean."""
    assert highly_restrictive(text) is keeps


def test_alphabets_are_named() -> None:
    """A sentence can be made of them."""
    assert alphabet("\u0430") == "Cyrillic"
    assert alphabet("a") == "Latin"
    assert alphabet("a\u0430") == ""
    assert alphabet("7-") == ""
    assert odd_letters("\u0430rm\u0443") == "\u0430\u0443"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("jo\u200bhn", True),
        ("jo\u00adhn", True),
        ("jo\u200dhn", True),
        ("\ufeffjohn", True),
        ("john", False),
        ("j\u00f6hn", False),
        ("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc", False),
    ],
)
def test_a_character_nobody_sees_is_found(text: str, hidden: bool) -> None:
    """A joiner belongs to Persian, and to nothing in Latin letters."""
    assert invisible(text) is hidden


def test_the_tables_are_dated_and_licensed() -> None:
    """The file says which Unicode it is of, and under which licence."""
    text = resources.files("missent.data").joinpath("confusables.txt").read_text(encoding="utf-8")
    head = text[:1000]
    assert "Unicode 18.0.0" in head
    assert "Unicode License V3" in head
    assert "sha256" in head
