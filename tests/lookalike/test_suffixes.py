"""Which closed suffix may have been meant."""

from __future__ import annotations

import pytest

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
