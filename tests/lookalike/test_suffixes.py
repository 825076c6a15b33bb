"""Which closed suffix may have been meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.lookalike.shipped import shipped
from missent.lookalike.suffixes import closed_suffix, meant_suffixes, under
from missent.mail.domain import DomainName


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("anything.ml", {"mil"}),
        ("a.b.anything.ml", {"mil"}),
        ("town.gov.ua", set()),  # closed itself: no stranger lives there
        ("army.mil", set()),
        ("anything.test", set()),
        ("ml", set()),
        ("[192.0.2.1]", set()),
    ],
)
def test_cheap_slips_alone_are_meant(written: str, meant: set[str]) -> None:
    """One dropped or swapped letter of a closed suffix, whatever stands before it."""
    found = {suffix.ascii for suffix, _ in meant_suffixes(DomainName.parse(written))}
    assert meant <= found
    assert bool(found) == bool(meant)


def test_the_name_is_kept_and_the_suffix_replaced() -> None:
    """What was meant has the same labels before it."""
    mil = DomainName.parse("mil")
    assert under(DomainName.parse("mail.base.ml"), mil) == DomainName.parse("mail.base.mil")


def test_a_closed_suffix_covers_what_is_below_it_and_not_itself() -> None:
    """``mil`` is nobody's mailbox."""
    assert closed_suffix(DomainName.parse("base.mil")) == DomainName.parse("mil")
    assert closed_suffix(DomainName.parse("mil")) is None
    assert closed_suffix(DomainName.parse("base.test")) is None


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        ("mod.gov.uk", "gov.uk"),
        ("a.b.c.gov.uk", "gov.uk"),
        ("gov.uk", None),
        ("uk", None),
        ("notgov.uk", None),
        ("base.mil.kr", "mil.kr"),
        ("mil.kr", None),
        ("xmil", None),
        ("army.mil.com", None),
        ("[192.0.2.1]", None),
        ("[IPv6:2001:db8::1]", None),
        ("bücher.gov", "gov"),
    ],
)
def test_of_closed_suffixes_the_longest_counts(name: str, closed: str | None) -> None:
    """Label by label, never by letters alone."""
    found = closed_suffix(DomainName.parse(name))
    assert (None if found is None else found.ascii) == closed


_LABELS = st.sampled_from(
    ["mil", "gov", "uk", "gc", "ca", "kr", "x", "go", "jp", "mail", "nz", "com"]
)


@given(st.lists(_LABELS, min_size=1, max_size=5))
def test_it_is_the_longest_closed_suffix_that_a_name_lies_below(labels: list[str]) -> None:
    """As one would look for it in the list of all, which costs more."""
    name = DomainName.parse(".".join(labels))
    above = [s for s in shipped().protected_suffixes if name.is_within(s) and name != s]
    assert closed_suffix(name) == max(above, key=lambda suffix: len(suffix.ascii), default=None)
