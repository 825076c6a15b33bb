"""The rules against abuse: what of a publisher's file may be said at all."""

from __future__ import annotations

import time

import pytest
from tests.service.safety.texts import file, name

from missent.judge.published import NOTHING
from missent.service.safety.admission import refusal, stands_for, weave

OURS = (name("contractor.example"),)


def _accused(*files: object) -> set[str]:
    return set(weave(files, OURS).not_ours)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("accused", "publisher", "meant"),
    [
        ("army.ml", "army.mil", "army.mil"),
        ("amry.mil", "army.mil", "army.mil"),
        ("army.mil.com", "army.mil", "army.mil"),
        ("mod.go.uk", "mod.gov.uk", "mod.gov.uk"),
        ("go.uk", "mod.gov.uk", "gov.uk"),
        ("аrmy.example", "army.example", "army.example"),
        ("rival.example", "shop.example", None),
        ("navy.ml", "army.mil", None),
        ("go.nz", "mod.gov.uk", None),
    ],
)
def test_only_a_name_that_can_be_mistaken_is_near(
    accused: str, publisher: str, meant: str | None
) -> None:
    """A slip of the name, of its suffix or of a closed suffix above it; anybody else's name is far."""
    found = stands_for(name(accused), (name(publisher),))
    assert found == (name(meant) if meant else None)


def test_a_rival_cannot_be_smeared() -> None:
    """A name far from the publisher's never counts."""
    assert weave([file("shop.example", "rival.example")], OURS) == NOTHING


def test_nor_by_claiming_a_domain_near_to_it() -> None:
    """``shop.example`` says that ``rivall.example`` is its own, too: its word alone proves nothing."""
    smear = file("shop.example", "rival.example", domains=("shop.example", "rivall.example"))
    assert _accused(smear) == set()


def test_a_name_claimed_back_lends_its_nearness() -> None:
    """What two files say of each other is as good as the publisher's own name."""
    one = file("mod.uk", "mod.go.uk", domains=("mod.uk", "mod.gov.uk"))
    assert _accused(one) == set()
    assert _accused(one, file("mod.gov.uk", domains=("mod.gov.uk", "mod.uk"))) == {"mod.go.uk"}


def test_a_host_below_the_publisher_is_its_own() -> None:
    """``usarmy.ml`` is a slip of a host of the publisher."""
    one = file("army.mil", "usarmy.ml", domains=("army.mil", "us.army.mil"))
    [entry] = weave([one], OURS).not_ours["usarmy.ml"]
    assert entry.meant == name("us.army.mil")


@pytest.mark.parametrize(
    ("accused", "publisher", "ours", "why"),
    [
        ("contractor.example", "contractr.example", "contractor.example", "our own"),
        ("mail.contractor.example", "contractr.example", "contractor.example", "our own"),
        ("contractor.example", "contractr.example", "mail.contractor.example", "our own"),
        ("army.mil", "army.mil", "contractor.example", "publisher itself"),
        ("us.army.mil", "army.mil", "contractor.example", "publisher itself"),
        ("gmail.com", "gmial.com", "contractor.example", "well-known"),
        ("rival.example", "shop.example", "contractor.example", "not near"),
    ],
)
def test_some_names_are_never_accused(accused: str, publisher: str, ours: str, why: str) -> None:
    """Ours, the publisher's own, what everybody knows, what is far."""
    refused = refusal(name(accused), file(publisher, accused), (name(ours),))
    assert refused is not None
    assert why in refused


def test_a_public_suffix_is_never_accused() -> None:
    """A file cannot say it (see test_file), and if it could, it would not count."""
    refused = refusal(name("ml"), file("army.mil"), OURS)
    assert refused is not None
    assert "public suffix" in refused


def test_alliance_needs_both() -> None:
    """A claim counts only if the other side claims mutually, and then for the names below, too."""
    one = file("mod.uk", domains=("mod.uk", "mod.gov.uk"))
    other = file("mod.gov.uk", domains=("mod.gov.uk", "mod.uk"))
    pair = name("mail.mod.uk"), name("mod.gov.uk")
    assert not weave([one], OURS).allied(*pair)
    assert not weave([one, file("mod.gov.uk")], OURS).allied(*pair)
    both = weave([one, other], OURS)
    assert both.allied(*pair)
    assert both.allied(*reversed(pair))
    assert not both.allied(name("mod.uk"), name("mod.go.uk"))
    assert not both.allied(name("uk"), name("gov.uk"))


def test_the_order_of_files_does_not_matter() -> None:
    """The same files give the same words."""
    files = [file("army.mil", "army.ml"), file("arny.example", "army.example"), file("navy.mil")]
    assert weave(files, OURS) == weave(reversed(files), OURS)


def test_a_file_as_large_as_may_be_is_woven_soon() -> None:
    """Two hundred domains and two hundred entries: a hostile file cannot hold the guard up."""
    domains = tuple(f"depot{n}.army.mil" for n in range(199))
    largest = file("army.mil", *(f"depot{n}.army.ml" for n in range(200)), domains=domains)
    start = time.process_time()
    assert len(_accused(largest)) == 200
    assert time.process_time() - start < 5
