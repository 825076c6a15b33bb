"""Names one slip apart meet under a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.errors import MalformedAddress
from missent.lookalike.compare import explain
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
    ],
)
def test_the_harder_slips_share_a_key_too(written: str, known: str) -> None:
    """Hosts, a lost dot beside a second slip and a suffix too many are found as well."""
    assert keys(name(written)) & keys(name(known))
    assert explain(name(written), name(known)) is not None


def test_unlike_names_do_not_flood_each_other() -> None:
    """Names that share only a suffix have no key in common."""
    assert not keys(name("army.mil")) & keys(name("northcom.mil"))
    assert not keys(name("hp.com")) & keys(name("kpmg.com"))


def test_keys_are_few_and_literals_have_none() -> None:
    """A name of thirty characters costs at most eighty rows."""
    assert len(keys(name("a.bbbbcccc-ddddeeee-ffffgggg.ml"))) <= 80
    assert len(keys(name("logistics.contractor-uk.example"))) <= 80
    assert keys(name("[192.0.2.1]")) == frozenset()
