"""What other programs are given of an exposure."""

from __future__ import annotations

import csv
import io
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.exposure.samples import (
    MIL,
    army,
    exposed,
    exposure,
    held,
    portfolio,
    reviewed,
)

from missent.config import load
from missent.judge.verdict import Action
from missent.service.exposure.exports import (
    policy_fragment,
    postfix_map,
    postfix_regexp,
    rpz,
    table,
)
from missent.service.exposure.exports.policy import MOST
from missent.service.exposure.exports.table import COLUMNS
from missent.service.exposure.exposure import Exposure, State

_LEFT_OUT = (State.REGISTERED, State.ACCEPTED, State.LEGITIMATE)


def _held_by(fragment: str, tmp_path: Path) -> list[str]:
    """Load a fragment as a configuration and give the domains it holds."""
    path = tmp_path / "missent.toml"
    path.write_text(fragment, "utf-8")
    rules = load(path).rules().rules
    return [str(rule.when["recipient_domain"]) for rule in rules if "recipient_domain" in rule.when]


# -- The policy ------------------------------------------------------------------------------------


def test_the_policy_loads_and_holds(tmp_path: Path) -> None:
    """Each look-alike an outsider could have is held, pinned, before the shipped rules."""
    fragment = policy_fragment(army())
    assert _held_by(fragment, tmp_path) == [
        *("army.ml", "army.com", "army.mil.com", "army.eu", "armymil.com")
    ]
    first = load(tmp_path / "missent.toml").rules().rules[0]
    assert (first.name, first.action, first.pinned) == ("look-alike: army.ml", Action.HOLD, True)


def test_a_suffix_is_left_to_the_guard(tmp_path: Path) -> None:
    """No rule can hold all of .ml; the comment says which rule of the guard covers it."""
    fragment = policy_fragment(portfolio(*MIL))
    assert f"of {len(MIL)} names under .ml." in fragment
    assert 'the rule "suffix slip" holds' in fragment
    held_names = _held_by(fragment, tmp_path)
    assert len(held_names) == MOST
    assert "ml" not in held_names
    assert "less likely ones left out" in fragment


def test_what_holds_more_than_slips_is_a_comment(tmp_path: Path) -> None:
    """Whoever holds go.uk may be somebody's correspondent: only mod.go.uk is held."""
    fragment = policy_fragment(portfolio("mod.gov.uk"))
    assert '# when = { recipient_domain = "go.uk" }' in fragment
    active = _held_by(fragment, tmp_path)
    assert "mod.go.uk" in active
    assert "go.uk" not in active
    assert "mod.uk" not in active  # the ministry's own other name, which comes with Missent


def test_comments_taken_off_load_too(tmp_path: Path) -> None:
    """A person who decides to hold go.uk takes the marks off, and the file is sound."""
    kept = []
    for line in policy_fragment(portfolio("mod.gov.uk")).splitlines():
        rule = line.startswith(("# [[", "# name =", "# when =", "# action =", "# pinned ="))
        kept.append(line[2:] if rule else line)
    assert "go.uk" in _held_by("\n".join(kept), tmp_path)


def test_a_name_above_ours_is_never_held(tmp_path: Path) -> None:
    """A rule for a name holds all below it: none may be above a name of ours."""
    rows = [exposed("example.test", "exmple.test", 5.0), exposed("army.ml", "army.mil", 3.0)]
    whole = exposure(rows, ("exmple.test", "post.example.test", "army.mil"))
    assert _held_by(policy_fragment(whole), tmp_path) == ["army.ml"]


def test_nothing_to_hold(tmp_path: Path) -> None:
    """An empty fragment is a sound configuration."""
    assert _held_by(policy_fragment(exposure(())), tmp_path) == []


@pytest.mark.parametrize("state", _LEFT_OUT)
def test_what_was_reviewed_is_left_out(state: State, tmp_path: Path) -> None:
    """Names that are ours, accepted or somebody's own are stopped nowhere."""
    reviews = reviewed("army.ml", state, "a note")
    assert "army.ml" not in _held_by(policy_fragment(army(), reviews), tmp_path)
    assert "army.ml" not in postfix_map(army(), reviews)
    assert "army.ml" not in rpz(army(), reviews, serial=1)
    assert "army.com" in postfix_map(army(), reviews)


@pytest.mark.parametrize("made", ["policy", "postfix", "rpz"])
def test_right_names_are_never_stopped(made: str) -> None:
    """mail.com is a provider, not a slip of gmail.com; a closed registry has real twins or nothing."""
    whole = exposure(
        [
            exposed("mail.com", "gmail.com", 50.0),
            exposed("gmal.com", "gmail.com", 40.0),
            exposed("bop.gov", "bep.gov", 30.0, open=False),
        ]
    )
    ways = {"policy": policy_fragment, "postfix": postfix_map}
    text = rpz(whole, serial=1) if made == "rpz" else ways[made](whole)
    assert "gmal.com" in text
    assert "bop.gov" not in text
    assert '"mail.com"' not in text
    assert not any(line.startswith("mail.com") for line in text.splitlines())


# -- Postfix ---------------------------------------------------------------------------------------


def test_the_map_says_the_right_name() -> None:
    """A refusal is one line that names the domain that was meant; names below are refused, too."""
    lines = postfix_map(army()).splitlines()
    answer = "550 5.1.2 army.ml is not army.mil: did you mean army.mil?"
    assert lines[1:3] == [f"army.ml\t{answer}", f".army.ml\t{answer}"]
    assert len(lines) == 1 + 2 * 5


def test_the_regexp_is_a_persons_decision() -> None:
    """All of Mali is refused only by somebody who takes the mark off."""
    lines = postfix_regexp(army()).splitlines()
    assert all(line.startswith("#") for line in lines)
    assert any(r"@([^@]+)\.ml$/ 550 5.1.2 ${1}.ml is not ${1}.mil" in line for line in lines)
    assert postfix_regexp(exposure(())).startswith("# No slip")


# -- The zone --------------------------------------------------------------------------------------


def test_the_zone() -> None:
    """The name and all below it do not exist; the serial number is the caller's."""
    lines = rpz(army(), serial=2025020300).splitlines()
    assert lines[:4] == [
        "$ORIGIN rpz.missent.",
        "$TTL 300",
        "@ IN SOA localhost. hostmaster.localhost. 2025020300 3600 600 86400 300",
        "@ IN NS localhost.",
    ]
    assert "army.ml IN CNAME ." in lines
    assert "*.army.ml IN CNAME ." in lines
    assert ";*.ml IN CNAME ." in lines


@pytest.mark.parametrize("serial", [-1, 2**32])
def test_a_serial_has_32_bits(serial: int) -> None:
    """A number that no name server takes is refused."""
    with pytest.raises(ValueError, match="serial"):
        rpz(army(), serial=serial)


def test_names_too_long_for_the_zone_are_said() -> None:
    """A name that is sound by itself and too long below the origin is left out with a comment."""
    labels = ".".join(["a" * 60] * 3)
    fits, long = f"{labels}.{'b' * 53}.ml", f"{labels}.{'b' * 54}.ml"
    whole = exposure([exposed(text, "army.mil", 1.0) for text in (fits, long)])
    lines = rpz(whole, serial=1).splitlines()
    assert f"*.{fits} IN CNAME ." in lines
    assert f"; {long} is left out: too long a name below rpz.missent" in lines
    assert not any(line.startswith(long) for line in lines)


# -- The table -------------------------------------------------------------------------------------


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_the_table_has_every_column() -> None:
    """Each look-alike with every factor, its interval and source, standing and review."""
    text = table(army(), reviewed("army.com", State.WATCHED, "a shop"))
    assert text.startswith(",".join(COLUMNS) + "\r\n")
    assert len(set(COLUMNS)) == len(COLUMNS)
    rows = {row["domain"]: row for row in _rows(text)}
    assert len(rows) == 6
    found = rows["army.com"]
    assert (found["volume_mid"], found["volume_source"]) == ("10000.0", "operator")
    assert (found["mx"], found["registered"], found["state"]) == ("mx.army.com", "true", "watched")
    assert (found["note"], found["reviewed_by"]) == ("a shop", "operator")
    assert rows["army.eu"]["open"] == ""
    assert rows["army.ml"]["controller"] == "Mali, registry of .ml"


@given(note=st.text(max_size=60), host=st.text(max_size=30))
@settings(max_examples=60)
def test_no_text_leaves_its_cell(note: str, host: str) -> None:
    """A note is free text and hosts are strangers': no row, no column and no formula comes of either."""
    standing = replace(held(host), registrar=note)
    whole = exposure([exposed("army.com", "army.mil", 1.0, standing=standing)])
    text = table(whole, reviewed("army.com", State.WATCHED, note))
    assert text.count("\r\n") == 2
    assert text.count("\n") == text.count("\r") == 2
    (row,) = _rows(text)
    assert list(row) == list(COLUMNS)
    for key in ("note", "mx", "registrar"):
        assert not row[key].lstrip(" ").startswith(("=", "+", "-", "@", "\t", "＝"))


def test_formulas_are_defused() -> None:
    """The known forms of an attack on a spreadsheet stand as text."""
    note = '=HYPERLINK("http://army.ml/";"x")\n;@SUM(1)'
    (row,) = _rows(
        table(exposure([exposed("a.ml", "a.mil", 1.0)]), reviewed("a.ml", State.NEW, note))
    )
    assert row["note"] == '\'=HYPERLINK("http://army.ml/";"x")\\u000a;\'@SUM(1)'


# -- All of them -----------------------------------------------------------------------------------


def test_the_same_exposure_gives_the_same_files() -> None:
    """A file changes only when what it says does."""
    for whole in (army(), portfolio("army.mil", "mod.gov.uk")):
        assert _all(whole) == _all(whole)


def test_names_are_a_labels() -> None:
    """An internationalised name stands as every program reads it, and only the table shows its letters."""
    row = exposed("münchen-mod.example", "munchen-mod.test", 1.0, phrase="has ü for u")
    policy, map_, zone, cells = _all(exposure([row]))
    for text in (policy, map_, zone):
        assert text.isascii()
        assert "xn--mnchen-mod-9db.example" in text
    assert "münchen-mod.example" in cells
    assert tomllib.loads(policy)


def test_a_look_alike_of_several_names_stands_once() -> None:
    """Two rules of one name would not load, and two entries of a map would contradict each other."""
    rows = [exposed("army.ml", "army.mil", 5.0), exposed("army.ml", "army.nl", 3.0)]
    policy, map_, zone, cells = _all(exposure(rows))
    assert policy.count("[[policy]]") == 1
    assert map_.count("\narmy.ml\t") == 1
    assert "did you mean army.mil?" in map_
    assert zone.count("\narmy.ml IN") == 1
    assert len(_rows(cells)) == 2


def _all(whole: Exposure) -> tuple[str, str, str, str]:
    return (policy_fragment(whole), postfix_map(whole), rpz(whole, serial=1), table(whole))
