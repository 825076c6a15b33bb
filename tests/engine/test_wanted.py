"""Own the proof that a wanted address is found in every spelling, and that the quick look misses none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missent.engine.wanted import Wanted
from missent.mail.mailbox import Mailbox

NAMES = ("john@army.ml", "@navy.ml", ".gq")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("john@army.ml", True),
        ("John@ARMY.ML", True),
        ("john@army.ml.", True),
        ("ann@army.ml", False),
        ("john@sub.army.ml", False),
        ("john@army.mil", False),
        ("ann@navy.ml", True),
        ("ann@fleet.navy.ml", True),
        ("ann@Fleet.Navy.ML.", True),
        ("ann@oldnavy.ml", False),
        ("ann@navy.ml.example", False),
        ("ann@anything.gq", True),
        ("ann@a.b.GQ", True),
        ("ann@gq", False),
        ("ann@gq.example", False),
        ('"a@b"@navy.ml', True),
        ("nobody", False),
        ("", False),
        ("@", False),
    ],
)
def test_three_forms(text: str, found: bool) -> None:
    """A mailbox, a domain with all below it, a suffix; in any case, with the root's dot or not."""
    wanted = Wanted(NAMES)
    assert wanted.has(text.encode()) is found
    assert wanted.quick is not None
    if found:
        assert wanted.quick.search(f"to=<{text}>, relay".encode())


def test_names_beyond_ascii() -> None:
    """As written and as the DNS has them; upper case, too; octets that are no text find nothing."""
    wanted = Wanted(("jörg@army.ml", "@bücher.example", "@xn--bcher-kva.example"))
    assert wanted.quick is None
    for text in ("jörg@army.ml", "JÖRG@army.ml", "a@bücher.example", "a@BÜCHER.example"):
        assert wanted.has(text.encode())
    assert wanted.has(b"a@xn--bcher-kva.example")
    assert not wanted.has(b"j\xff\xfe@army.ml")


def test_what_was_read_is_found_by_its_own_form() -> None:
    """A row of a trace is compared as a mailbox, not as text."""
    wanted = Wanted((*NAMES, "@xn--bcher-kva.example"))
    for text in ("JOHN@Army.ml", "x@navy.ml", "x@a.gq", "x@bücher.example"):
        assert wanted.mailbox(Mailbox.parse(text))
    assert not wanted.mailbox(Mailbox.parse("x@army.ml"))


def test_many_names_are_looked_up_each() -> None:
    """Where one pattern of all would be slower."""
    wanted = Wanted(tuple(f"@n{number}.example" for number in range(300)))
    assert wanted.quick is None
    assert wanted.has(b"ann@deep.n299.example")
    assert not wanted.has(b"ann@n300.example")


def test_nothing_is_wanted_of_nothing() -> None:
    """And a local part may begin with a dot without being a suffix."""
    assert Wanted(()).quick is None
    assert not Wanted(()).has(b"john@army.ml")
    assert not Wanted((".john@army.ml",)).has(b"x@army.john@army.ml.ml")


LABEL = st.text("aAbB-1", min_size=1, max_size=3)
DOMAIN = st.lists(LABEL, min_size=1, max_size=3).map(".".join)
ADDRESS = st.builds("{}@{}".format, st.text("aB.+", min_size=1, max_size=4), DOMAIN)
FORM = st.one_of(ADDRESS, DOMAIN.map("@{}".format), LABEL.map(".{}".format)).map(str.lower)


@given(st.lists(FORM, min_size=1, max_size=4), ADDRESS, st.sampled_from([">", ", ", " ", "\n"]))
def test_the_quick_look_never_finds_too_little(names: list[str], address: str, end: str) -> None:
    """Whatever is wanted, a line with it is looked at."""
    wanted = Wanted(tuple(names))
    if wanted.has(address.encode()) and wanted.quick is not None:
        assert wanted.quick.search(f" to=<{address}{end}".encode())
