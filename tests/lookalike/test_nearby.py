"""The index in memory finds every known name that shares a key, whatever was built, added or merged."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missent.errors import MalformedAddress, OperatorError
from missent.lookalike import nearby
from missent.lookalike.compare import explain
from missent.lookalike.index import VERSION, keys
from missent.lookalike.nearby import NEAREST, Nearby
from missent.mail.domain import DomainName

name = DomainName.parse

LABEL = st.text("abm-", min_size=1, max_size=4)
SUFFIX = st.sampled_from(["com", "mil", "ml", "gov.uk", "co.uk", "example", "gmbh"])
ODD = ["bücher.example", "[192.0.2.1]", "[IPv6:2001:db8::1]", "mil", "gov.uk", "xn--a.example"]


def read(text: str) -> DomainName:
    """Read a name, or another one if it is none."""
    try:
        return name(text)
    except MalformedAddress:
        return name("army.mil")


PLAIN = st.builds(
    lambda labels, suffix: read(".".join([*labels, suffix])),
    st.lists(LABEL, min_size=1, max_size=2),
    SUFFIX,
)
NAMES = st.lists(PLAIN | st.sampled_from(ODD).map(name), max_size=10)


def owner(one: DomainName) -> str | None:
    """Give the registrable part."""
    return one.registrable


def near_by_hand(known: Iterable[DomainName], written: DomainName) -> set[DomainName]:
    """Do what an index should give, by looking at every name."""
    wanted = keys(written)
    return {one for one in known if one != written and keys(one) & wanted}


def same(one: DomainName, other: DomainName) -> bool:
    """Compare every field, where == compares the text alone."""
    fields = ("ascii", "unicode", "registrable", "public_suffix")
    return all(getattr(one, field) == getattr(other, field) for field in fields)


@given(NAMES, NAMES, NAMES, NAMES)
@settings(max_examples=60, deadline=None)
def test_it_finds_every_name_that_shares_a_key(
    built: list[DomainName],
    merged: list[DomainName],
    added: list[DomainName],
    written: list[DomainName],
) -> None:
    """Base, merged and recent names are found alike, and `explain` says nothing of the others."""
    index = Nearby(built)
    for one in merged:
        index.add(one)
    index = Nearby.load(bytes(index.dump()))
    for one in added:
        index.add(one)
    known = list(dict.fromkeys([*built, *merged, *added]))
    assert list(index) == known
    assert len(index) == len(known)
    for one in (*written, *known):
        found = index.near(one)
        assert near_by_hand(known, one) <= set(found)
        assert one not in found
        assert len(set(found)) == len(found)
        assert (one in index) == (one in set(known))
        assert all(same(other, name(other.ascii)) for other in found)


@given(PLAIN, PLAIN)
@settings(deadline=None)
def test_what_the_keys_find_is_found(written: DomainName, known: DomainName) -> None:
    """Two names that share a key and explain each other meet in the index."""
    if explain(written, known) and keys(written) & keys(known):
        assert Nearby([known]).near(written) == (known,)


def test_the_founding_case() -> None:
    """army.mil is found for army.ml, and for its hosts."""
    index = Nearby(map(name, ["contractor.example", "army.mil", "navy.mil"]))
    assert index.near(name("army.ml")) == (name("army.mil"),)
    assert index.near(name("mail.army.ml")) == (name("army.mil"),)
    assert index.near(name("[192.0.2.1]")) == ()


def test_a_name_is_added_once() -> None:
    """`add` says whether the name was unknown, in the base and since."""
    index = Nearby([name("army.mil"), name("army.mil")])
    assert len(index) == 1
    assert not index.add(name("army.mil"))
    assert index.add(name("navy.mil"))
    assert not index.add(name("navy.mil"))
    assert index.near(name("navy.ml")) == (name("navy.mil"),)
    index.compact()
    assert index.near(name("navy.ml")) == (name("navy.mil"),)
    assert len(index) == 2


@pytest.mark.parametrize("compacted", [False, True])
def test_no_flood_hides_the_best_known(compacted: bool) -> None:
    """A squatter who makes us know a thousand names near the right one does not hide it."""
    index = Nearby([name("army.mil")])
    for number in range(1000):
        index.add(name(f"army.a{number}"))
    if compacted:
        index.compact()
    found = index.near(name("army.ml"))
    assert len(found) == NEAREST
    assert found[0] == name("army.mil")


@pytest.mark.parametrize("compacted", [False, True])
def test_no_number_of_hosts_hides_another_owner(compacted: bool) -> None:
    """Hosts of the written name's own owner are no look-alikes, so they come last, however many."""
    index = Nearby(name(f"h{number}.army.ml") for number in range(300))
    index.add(name("army.mil"))
    if compacted:
        index.compact()
    found = index.near(name("army.ml"))
    assert found[0] == name("army.mil")
    assert len(found) == NEAREST
    assert {owner(one) for one in found[1:]} == {"army.ml"}


def test_order_is_standing() -> None:
    """Names given first come first: the caller knows who is best known."""
    some = [name(text) for text in ("army.mil", "arm.ml", "arny.ml", "army.nl")]
    for order in (some, some[::-1]):
        assert list(Nearby(order).near(name("army.ml"))) == order


def test_many_names_make_more_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A base that was small when it was made is rebuilt, and loses nothing."""
    monkeypatch.setattr(nearby, "_CROWDED", 1)
    index = Nearby([name("army.mil")])
    before = len(index.dump())
    for number in range(600):
        index.add(name(f"northern-command-{number}.example"))
    assert len(index.dump()) > before + 600 * 20
    assert len(index) == 601
    assert next(iter(index)) == name("army.mil")
    assert name("northern-command-17.example") in index.near(name("northern-comand-17.example"))


def test_a_file_can_be_mapped(tmp_path: Path) -> None:
    """Processes share one copy of a mapped file, and what they learn since stays their own."""
    path = tmp_path / "names"
    path.write_bytes(Nearby(map(name, ["army.mil", "navy.mil"])).dump())
    with path.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    index = Nearby.load(memoryview(mapped))
    index.add(name("af.mil"))
    assert index.near(name("army.ml")) == (name("army.mil"),)
    index.compact()
    assert index.near(name("navy.ml")) == (name("navy.mil"),)
    assert index.near(name("af.ml")) == (name("af.mil"),)
    mapped.close()  # the merged index is a copy: nothing holds the mapping any more


def test_hashes_do_not_depend_on_the_process() -> None:
    """A file is read by processes whose `hash()` differs."""
    script = (
        "import sys; from missent.lookalike.nearby import Nearby;"
        "from missent.mail.domain import DomainName as D;"
        "sys.stdout.buffer.write(Nearby([D.parse('army.mil'), D.parse('navy.mil')]).dump())"
    )
    ours = Nearby([name("army.mil"), name("navy.mil")]).dump()
    environment = os.environ | {"PYTHONHASHSEED": "77"}
    run = subprocess.run([sys.executable, "-c", script], stdout=-1, env=environment, check=True)
    assert run.stdout == ours


@pytest.mark.parametrize(
    ("spoil", "stamp", "said"),
    [
        (lambda data: b"", "", "not an index"),
        (lambda data: b"x" * 200, "", "not an index"),
        (lambda data: data[:-1], "", "damaged"),
        (lambda data: data[:70], "", "damaged"),
        (lambda data: data[:-1] + b"?", "", "damaged"),
        (lambda data: data[:30] + b"\x07" + data[31:], "", "damaged"),
        (lambda data: data[:8] + data[9:10] + data[8:9] + data[10:], "", "other rules"),
        (lambda data: data, "list of tomorrow", "other rules"),
    ],
)
def test_a_file_of_another_kind_is_refused(spoil: object, stamp: str, said: str) -> None:
    """A damaged index would miss a slip in silence, and so would one made with other keys."""
    assert callable(spoil)
    data = spoil(bytes(Nearby([name("army.mil")]).dump()))
    with pytest.raises(OperatorError, match=said):
        Nearby.load(data, stamp=stamp)


def test_other_keys_make_the_file_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of the keys is part of the rules."""
    data = bytes(Nearby([name("army.mil")], stamp="1").dump())
    assert len(Nearby.load(data, stamp="1")) == 1
    monkeypatch.setattr(nearby, "VERSION", VERSION + 1)
    with pytest.raises(OperatorError, match="build it again"):
        Nearby.load(data, stamp="1")


def test_it_holds_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name's number has 24 bits: one more is refused, not mixed up."""
    monkeypatch.setattr(nearby, "MAX_NAMES", 2)
    with pytest.raises(OperatorError, match="at most 2"):
        Nearby(map(name, ["army.mil", "navy.mil", "af.mil"]))
