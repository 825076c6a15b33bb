"""The words and marks of the page."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.fake_desk import NOW

from missent.errors import MalformedAddress
from missent.judge.finding import Finding
from missent.judge.verdict import Action, Verdict
from missent.mail.mailbox import Mailbox
from missent.web.rows import Shown, compared, deed, listed, moment, reasons, sentence

JOHN = Mailbox.parse("john@army.ml")


def marked(shown: Shown) -> str:
    """Write marks as brackets."""
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in shown.pieces)


@pytest.mark.parametrize(
    ("written", "meant", "one", "other"),
    [
        ("john@army.ml", "john@army.mil", "john@army.[ml]", "john@army.[mil]"),
        ("john@amry.mil", "john@army.mil", "john@[amry].mil", "john@[army].mil"),
        ("jhon@army.mil", "john@army.mil", "[jhon]@army.mil", "[john]@army.mil"),
        ("JOHN@army.mil", "john@army.mil", "JOHN@army.mil", "john@army.mil"),
        ("a@army.mil", "a@us.army.mil", "a@army.mil", "a@[us.]army.mil"),
        ("a@navymil.example", "a@navy.mil", "a@[navymil].[example]", "a@[navy].[mil]"),
    ],
)
def test_marks_stand_where_the_labels_differ(
    written: str, meant: str, one: str, other: str
) -> None:
    """A whole label is marked, so that the eye compares `ml` with `mil`."""
    here, there = compared(Mailbox.parse(written), Mailbox.parse(meant))
    assert there is not None
    assert (marked(here), marked(there)) == (one, other)


@settings(deadline=None)
@given(st.text(max_size=20), st.text(max_size=20))
def test_marking_loses_no_character(local: str, other: str) -> None:
    """Whatever the addresses, the pieces are the address."""
    try:
        one, two = Mailbox.parse(f"{local}@army.ml"), Mailbox.parse(f"{other}@army.mil")
    except MalformedAddress:
        return
    here, there = compared(one, two)
    assert there is not None
    assert "".join(piece.text for piece in here.pieces) == one.screen
    assert "".join(piece.text for piece in there.pieces) == two.screen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("you wrote 214 times", "You wrote 214 times."),
        ("army.ml never answered", "army.ml never answered."),
        ("john@army.ml is new", "john@army.ml is new."),
        ("Really?", "Really?"),
        ("", "."),
    ],
)
def test_sentences_begin_and_end(text: str, shown: str) -> None:
    """A capital first, unless it would change an address; a full stop last."""
    assert sentence(text) == shown


def test_reasons_are_said_once() -> None:
    """The strongest first, then each other one once; what speaks for the address is not a reason."""
    findings = (
        Finding("a", "message", 1.0, "weaker"),
        Finding("b", JOHN.wire, 2.0, "strong"),
        Finding("c", JOHN.wire, 0.0, "weaker"),
        Finding("d", JOHN.wire, -1.0, "trusted"),
    )
    verdict = Verdict(JOHN, Action.HOLD, 0.9, 0, "r", findings)
    assert reasons(verdict) == ("Strong.", ("Weaker.",))


@pytest.mark.parametrize(
    ("picks", "words"),
    [
        (["suggestion"], "Correct 1"),
        (["confirm", "confirm", "cancel"], "Send 2 as typed and do not send 1"),
        (
            ["other", "suggestion", "confirm", "cancel"],
            "Correct 2, send 1 as typed and do not send 1",
        ),
        (["cancel"], "Do not send 1"),
        ([], "Nothing"),
    ],
)
def test_button_says_what_it_will_do(picks: list[str], words: str) -> None:
    """Counts, in words."""
    assert deed(picks) == words


def test_listing() -> None:
    """As English does."""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_time_is_the_organisation_s() -> None:
    """Summer time, day and zone are shown."""
    assert moment(NOW, ZoneInfo("Asia/Tokyo")) == "Friday 3 May 2024, 22:05 (JST)"
