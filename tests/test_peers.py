"""The peers of the benchmarks do what the published ones do, in particular on the founding case."""

from __future__ import annotations

import pytest
from bench.peers import DeletionDict, nearest

from missent.service.evaluation.mailcheck import DOMAINS, mailcheck, sift3


def test_mailcheck_is_wrong_on_the_founding_case() -> None:
    """With its own list it sends mail for the army to the Netherlands."""
    assert mailcheck("army.ml") == "army.nl"


def test_mailcheck_is_right_with_the_right_name_in_its_list() -> None:
    """What is missing is the name, not the algorithm."""
    assert mailcheck("army.ml", [*DOMAINS, "army.mil"]) == "army.mil"


@pytest.mark.parametrize(
    ("written", "suggested"),
    [
        ("gmail.com", None),
        ("gmial.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("hotnail.com", "hotmail.com"),
        ("yahoo.co.uk", None),
        ("yajoo.de", "yahoo.de"),
        ("contractor.con", "contractor.com"),
        ("contractor.cmo", "contractor.ca"),  # a swap is two slips to it, a drop and a slip are not
        ("contractor.com", None),
        ("localhost", None),
    ],
)
def test_mailcheck_corrects_whole_names_or_their_parts(written: str, suggested: str | None) -> None:
    """Known domain first, then second-level and top-level name by themselves."""
    assert mailcheck(written) == suggested


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("army.ml", "army.mil", 1.5),
        ("ml", "nl", 1.0),
        ("ml", "mil", 1.5),
        ("", "abc", 3.0),
        ("abc", "", 3.0),
        ("", "", 0.0),
        ("same", "same", 0.0),
    ],
)
def test_sift3_measures(one: str, other: str, far: float) -> None:
    """The distances on which the founding case turns."""
    assert sift3(one, other) == far


def test_the_plain_ways_find_one_slip() -> None:
    """A dict of deletions and a full scan agree at distance 1."""
    names = ["army.mil", "navy.mil", "contractor.example"]
    assert DeletionDict(names).near("army.ml") == {"army.mil"}
    assert nearest("army.ml", names) == "army.mil"
    assert DeletionDict(names).near("arm.ml") == set()
    assert nearest("arm.ml", names) is None
