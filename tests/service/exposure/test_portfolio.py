"""Portfolio: the operator's file of names, with a line for each fault."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.exposure.samples import name

from missent.errors import ConfigError
from missent.service.exposure.portfolio import MOST, read_portfolio

GOOD = """\ufeffDomain,Messages a year
# ours
army.mil,1200000
  navy.mil.
M\u00dcNCHEN.example ; not a column
mod.gov.uk, 40 000   # without our allies

army.mil
"""


def test_names_and_volumes_are_read() -> None:
    """Headings, comments, spaces, dots at the end, capitals and a name without a figure are all fine."""
    found = read_portfolio(GOOD.replace(" ; not a column", ""), "p.csv")
    names = [one.ascii for one in found.names]
    assert names == ["army.mil", "navy.mil", "xn--mnchen-3ya.example", "mod.gov.uk"]
    assert found.volumes == {name("army.mil"): 1.2e6, name("mod.gov.uk"): 4e4}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_other_separators_are_read(mark: str) -> None:
    """Spreadsheets write semicolons or tabs."""
    found = read_portfolio(f"army.mil{mark}12", "p.csv")
    assert found.volumes == {name("army.mil"): 12.0}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("mil", "top-level"),
        ("[192.0.2.1]", "literal"),
        ("not a name,3", "domain"),
        ("navy.mil,many", "a number"),
        ("navy.mil,-3", "a number"),
        ("navy.mil,nan", "a number"),
        ("navy.mil,1e99", "a number"),
        ("army.mil,5", "already, with 7"),
        ("navy.mil,1,200", "thousands"),
        ("navy.mil,1,200,000", "thousands"),
        ("navy.mil;1.200", "thousands"),
        ("192.0.2.1,5", "an address"),
    ],
)
def test_a_fault_names_file_and_line(line: str, told: str) -> None:
    """What cannot be read is told with its place, and never guessed at."""
    with pytest.raises(ConfigError, match=told) as caught:
        read_portfolio(f"army.mil,7\n{line}\n", "ours/p.csv")
    assert str(caught.value).startswith("ours/p.csv:2: ")


def test_all_faults_are_told_up_to_a_few() -> None:
    """One run shows every fault; of very many, the first twenty and how many more."""
    with pytest.raises(ConfigError) as caught:
        read_portfolio("mil\n" * 50, "p.csv")
    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == "and 30 more"


def test_an_empty_file_and_a_huge_one_are_faults() -> None:
    """Nothing to look at is no answer; what no machine could hold is refused at once."""
    with pytest.raises(ConfigError, match="no domain here"):
        read_portfolio("# nothing\n", "p.csv")
    with pytest.raises(ConfigError, match="at most"):
        read_portfolio("\n".join(f"n{one}.example" for one in range(MOST + 1)), "p.csv")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever a file holds, it is names, or a fault that says where."""
    found, fault = None, ""
    try:
        found = read_portfolio(text, "p.csv")
    except ConfigError as error:
        fault = str(error)
    assert (found is None) == fault.startswith("p.csv:")
    assert found is None or (found.names and set(found.volumes) <= set(found.names))
