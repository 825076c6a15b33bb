"""Names one slip apart meet under a key."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.lookalike.compare import explain
from missent.lookalike.edits import Kind
from missent.lookalike.index import keys
from missent.mail.domain import DomainName

name = DomainName.parse

LABEL = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
TEXT = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
SUFFIX = st.sampled_from(["com", "mil", "ml", "gov.uk", "co.uk", "example", "de"])
LDH = "abcdefghijklmnopqrstuvwxyz0123456789-."


@st.composite
def one_slip(draw: st.DrawFn) -> tuple[DomainName, DomainName]:
    """Draw a name, and the same name with one random slip anywhere in it."""
    known = f"{draw(TEXT)}.{draw(SUFFIX)}"
    at = draw(st.integers(0, len(known) - 1))
    character = draw(st.sampled_from(LDH))
    written = draw(
        st.sampled_from(
            [
                known[:at] + known[at + 1 :],
                known[:at] + character + known[at:],
                known[:at] + character + known[at + 1 :],
                known[:at] + known[at : at + 2][::-1] + known[at + 2 :],
            ]
        )
    )
    try:
        return name(written), name(known)
    except MalformedAddress:
        return name(known), name(known)


@given(one_slip())
def test_names_one_slip_apart_always_share_a_key(pair: tuple[DomainName, DomainName]) -> None:
    """The look-up is complete at distance 1, so that no slip hides from the judge."""
    written, known = pair
    assert keys(written) & keys(known)


@given(TEXT, SUFFIX, SUFFIX)
def test_names_with_one_stem_always_share_a_key(stem: str, one: str, other: str) -> None:
    """A right name under a wrong suffix is found, however unlike the suffixes are."""
    assert keys(name(f"{stem}.{one}")) & keys(name(f"{stem}.{other}"))


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("mail.army.ml", "army.mil"),
        ("usarmy.ml", "us.army.mil"),
        ("army.mil.com", "army.mil"),
        ("enron.c", "enron.com"),
        ("mail.mod.go.uk", "mod.gov.uk"),
        ("\u0430rmy.mil", "army.mil"),
        ("mail.\u0430rmy.ml", "army.mil"),
        ("rnicrosoft.com", "microsoft.com"),
        ("muenchen.example", "m\u00fcnchen.example"),
        ("\u043f\u043e\u0447\u0430.example", "\u043f\u043e\u0447\u0442\u0430.example"),
        ("hotmale.com", "hotmail.com"),
        ("wwwarmy.mil", "army.mil"),
        ("mod.gov.ukthanks", "mod.gov.uk"),
        ("www.mod.gov.uk.nl", "mod.gov.uk"),
        ("armymil.com", "army.mil"),
    ],
)
def test_the_harder_slips_share_a_key_too(written: str, known: str) -> None:
    """Hosts, a lost dot beside a second slip and a suffix too many are found as well."""
    assert keys(name(written)) & keys(name(known))
    assert explain(name(written), name(known)) is not None


CHANGES = tuple(
    change.split(">")
    for change in (
        "m>rn", "rn>m", "w>vv", "d>cl", "o>0", "l>1", "a>\u0430", "o>\u043e", "i>\u0456", "\u00fc>ue",
        "\u00fc>u", "ai>ay", "c>k", "oo>u", "l>ll", "\u00df>ss", ".>-", "->", ".>", "i>",
    )
)  # fmt: skip
WORDS = st.sampled_from(
    (
        "army", "modern", "hotmail", "outlook", "m\u00fcnchen", "\u043f\u043e\u0447\u0442\u0430", "us",
        "contractor", "clearway", "stra\u00dfe", "\u65e5\u672c\u8a9e", "www", "mail", "ac", "mil",
    )
)  # fmt: skip
ENDS = st.sampled_from(
    [
        "com",
        "mil",
        "ml",
        "gov.uk",
        "go.uk",
        "example",
        "de",
        "\u0440\u0444",
        "con",
        "com.au",
        "mod.gov.uk",
    ]
)
BEFORE = st.sampled_from(["", "", "", "www", "www-", "mail."])
AFTER = st.sampled_from(["", "", "", "thanks", "please", ".com", ".de", ".com.au"])


@st.composite
def mistaken(draw: st.DrawFn) -> tuple[DomainName, DomainName]:
    """Draw a name, and what may become of it through the eye, the ear and the hand."""
    words = st.lists(WORDS, min_size=1, max_size=2)
    labels = draw(st.lists(words.map("-".join), min_size=1, max_size=3))
    known = f"{'.'.join(labels)}.{draw(ENDS)}"
    written = known
    for old, new in draw(st.lists(st.sampled_from(CHANGES), max_size=3)):
        written = written.replace(old, new, draw(st.integers(1, 2)))
    try:
        return name(draw(BEFORE) + written + draw(AFTER)), name(known)
    except MalformedAddress:
        return name(known), name(known)


@settings(max_examples=400)
@given(mistaken())
def test_names_that_are_explained_always_share_a_key(pair: tuple[DomainName, DomainName]) -> None:
    """What `explain` connects, the index finds; two slips, of a million names, only where it can.

    A suffix after a suffix of two labels, with a host before it, is out of the index's sight, too.
    """
    for written, known in (pair, pair[::-1]):
        way = explain(written, known)
        if way is None or way.slip == Kind.TWO_SLIPS:
            continue
        deep = way.slip == Kind.EXTRA_SUFFIX and written.ascii.count(".") > 3
        if not deep:
            assert keys(written) & keys(known)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_two_names_are_too_odd_to_compare(one: str, other: str) -> None:
    """Whatever can be parsed can be indexed and explained."""
    try:
        written, known = name(f"{one}.example"), name(f"{other}.example")
    except MalformedAddress:
        return
    assert keys(written)
    explain(written, known)


def test_unlike_names_do_not_flood_each_other() -> None:
    """Names that share only a suffix have no key in common."""
    assert not keys(name("army.mil")) & keys(name("northcom.mil"))
    assert not keys(name("hp.com")) & keys(name("kpmg.com"))


def test_keys_are_few_and_literals_have_none() -> None:
    """A name of thirty characters costs at most eighty rows."""
    assert len(keys(name("a.bbbbcccc-ddddeeee-ffffgggg.ml"))) <= 80
    assert len(keys(name("logistics.contractor-uk.example"))) <= 80
    assert keys(name("[192.0.2.1]")) == frozenset()
