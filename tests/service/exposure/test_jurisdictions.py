"""Jurisdictions: the operator's words for countries and suffixes, and what they count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.exposure.samples import name

from missent.errors import ConfigError
from missent.service.exposure.jurisdictions import (
    Jurisdiction,
    jurisdiction_of,
    read_jurisdictions,
)

TOML = """
[weights]
restricted = 5
ally = 0.5

[countries]
Mali = "restricted"   # once
gb = "ally"
"Russia" = "restricted"

[suffixes]
".gov.au" = "ally"
su = "restricted"
"""
CSV = """place,word
Mali,restricted
uk,Ally
Russia,restricted
.gov.au,ally
.su,restricted
weight:restricted,5
weight:ally,0.5
"""
ALLY, RESTRICTED = Jurisdiction("ally", 0.5), Jurisdiction("restricted", 5.0)


def test_both_forms_say_the_same() -> None:
    """TOML and CSV, codes and English names, a suffix with and without its dot."""
    found = read_jurisdictions(TOML, "j.toml")
    assert found == read_jurisdictions(CSV, "j.csv")
    assert found == {
        "Mali": RESTRICTED,
        "Britain (UK)": ALLY,
        "Russia": RESTRICTED,
        ".gov.au": ALLY,
        ".su": RESTRICTED,
    }


@pytest.mark.parametrize(
    ("domain", "country", "word"),
    [
        ("army.ml", "Mali", RESTRICTED),
        ("defence.gov.au", "Australia", ALLY),
        ("defence.com.au", "Australia", Jurisdiction("")),
        ("army.su", None, RESTRICTED),
        ("army.com", None, Jurisdiction("")),
    ],
)
def test_a_suffix_goes_before_its_country(
    domain: str, country: str | None, word: Jurisdiction
) -> None:
    """The longest suffix that has a word, else the country's, else none, which counts 1."""
    assert jurisdiction_of(read_jurisdictions(CSV, "j.csv"), name(domain), country) == word


def test_nothing_is_shipped() -> None:
    """Without a file no country has a word, and an empty file is fine."""
    assert read_jurisdictions("", "j.toml") == {}
    assert read_jurisdictions("# none yet\n", "j.csv") == {}
    assert jurisdiction_of({}, name("army.ml"), "Mali") == Jurisdiction("", 1.0)


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("Mali,restricted\nAtlantis,ally\n", "j.csv", "j.csv:2: no country 'Atlantis'"),
        ("Mali\n", "j.csv", "j.csv:1: expected a place and one word"),
        ("Mali,a b\n", "j.csv", "j.csv:1: expected a place and one word"),
        ("Mali,ally,3\n", "j.csv", "j.csv:1: expected a place and one word"),
        ("Mali,ally\nML,home\n", "j.csv", "j.csv:2: Mali has another word already"),
        ("ML,ally\nweight:ally,0\n", "j.csv", "j.csv:2: a weight is a number above 0"),
        ("ML,ally\nweight:ally,1\nweight:ally,2\n", "j.csv", "j.csv:3: ally has another weight"),
        ("ML,ally\nweight:enemy,2\n", "j.csv", "the weight of 'enemy' is for no place"),
        ("..,ally\n", "j.csv", "j.csv:1: not a suffix"),
        ("[countries]\nML = 3\n", "j.toml", "j.toml:2: expected a place and one word"),
        ('[countries]\n\nXX = "ally"\n', "j.toml", "j.toml:3: no country 'XX'"),
        ("[weights]\nally = true\n", "j.toml", "j.toml:2: a weight is"),
        ('\n[lands]\nML = "ally"\n', "j.toml", "j.toml:2: 'lands': expected"),
        ("[countries\n", "j.toml", "j.toml: not TOML"),
        (f"[weights]\nx = {'[' * 5000}{']' * 5000}\n", "j.toml", "j.toml: not TOML"),
        (f"[weights]\nx = 1{'0' * 5000}\n", "j.toml", "j.toml: not TOML"),
        (f"[weights]\nx = 1{'0' * 400}\n", "j.toml", "j.toml:2: a weight is"),
        (f"Mali,{'a' * 200_000}\n", "j.csv", "j.csv:1: no country 'Mali,aaa"),
        ('["\\u001b[2J"]\nx = "y"\n', "j.toml", r"'\x1b[2J': expected"),
    ],
)
def test_a_fault_names_file_and_line(text: str, place: str, told: str) -> None:
    """What cannot be read is told with its place."""
    with pytest.raises(ConfigError) as caught:
        read_jurisdictions(text, place)
    assert told in str(caught.value)


@given(st.text(max_size=120), st.sampled_from(("j.csv", "j.toml")))
def test_any_text_is_read_or_refused(text: str, place: str) -> None:
    """Whatever a file holds, it is words with weights, or a fault that says where."""
    found, fault = {}, place
    try:
        found = dict(read_jurisdictions(text, place))
    except ConfigError as error:
        fault = str(error)
    assert place in fault
    assert all(0 < one.weight <= 1000 and one.word for one in found.values())
