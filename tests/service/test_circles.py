"""The circles kept in memory."""

from __future__ import annotations

from itertools import islice

import pytest
from tests.service.letters import (
    ABOUT_MONEY,
    AMY,
    BRIDGE,
    MONEY,
    START,
    boxes,
    circle_of,
    is_ours,
    learned,
    letter,
    office,
)

from missent.judge import terms
from missent.judge.circle import (
    LETTERS_KEPT,
    LIST_SIZE,
    NEVER,
    PRESENCES_KEPT,
    RIVALS_KEPT,
    RIVALS_READ,
    TALKERS_KEPT,
    TERMS_KEPT,
    together,
)
from missent.service.circles import Circles

BOB, MARSH = boxes(BRIDGE[0], MONEY[0])
ANN = boxes(BRIDGE[1])[0]


def test_a_tie_counts_what_the_two_exchanged() -> None:
    """Sent, sent alone, heard and their ages are those of the letters noted."""
    circle = circle_of(learned(10), letter(BRIDGE[0], MONEY[0], day=70))
    bob, marsh = circle.tie(BOB), circle.tie(MARSH)
    assert (bob.sent, bob.alone, bob.heard) == (20, 0, 10)
    assert (marsh.sent, marsh.alone, marsh.heard) == (20, 10, 0)
    assert bob.last_sent == pytest.approx(6.0)
    assert bob.first_sent == pytest.approx(70.0)
    assert marsh.last_heard == NEVER
    assert 0 < bob.recent < bob.sent
    assert circle.letters == 40


def test_letters_tell_who_was_together() -> None:
    """Bob Stone met Ann in Amy's letters, and never met Bob Marsh."""
    circle = circle_of(learned(10), letter(BRIDGE[0], BRIDGE[1], MONEY[0], day=70))
    assert together(circle.tie(BOB).letters, circle.tie(ANN).letters) == 20
    assert together(circle.tie(BOB).letters, circle.tie(MARSH).letters) == 0
    assert together((), (1,)) == 0


def test_rivals_have_a_name_like_the_recipients() -> None:
    """The other Bob is a rival, with his tie; somebody of another name is none."""
    circle = circle_of(learned(10), letter(MONEY[0], day=70))
    assert circle.rivals_of(MARSH) == (BOB,)
    assert circle.tie(BOB).sent == 20


def test_a_conversation_is_found_by_subject_or_reference() -> None:
    """A reply knows who took part; after a quarter the subject is another conversation."""
    circles = learned(10)
    about = ("RE: bridge 009", "")
    talk = circle_of(circles, letter(BRIDGE[0], day=70, about=about)).talk
    assert talk.letters == 2
    assert talk.took_part(ANN)
    assert not talk.took_part(MARSH)
    assert talk.wrote == {AMY.folded: 1, BOB.folded: 1}
    first = letter(*BRIDGE, day=63.0, about=("bridge 009", ""))
    answer = letter(BRIDGE[0], day=70, references=(str(first.header.message_id),))
    assert circle_of(circles, answer).talk == talk
    assert circle_of(circles, letter(BRIDGE[0], day=170, about=about)).talk.letters == 0


def test_a_circle_is_not_changed_by_later_letters() -> None:
    """A view is a snapshot: judging it later gives the same."""
    circles = learned(5)
    draft = letter(*BRIDGE, day=35, about=("Re: bridge 004", ABOUT_MONEY))
    before = circle_of(circles, draft)
    shown = repr(before)
    circles.note(draft)
    assert repr(before) == shown
    assert circle_of(circles, draft) != before


def test_circles_are_deterministic() -> None:
    """The same letters give the same circle."""
    draft = letter(*BRIDGE, MONEY[0], day=210, about=("Re: bridge 004", ABOUT_MONEY))
    assert circle_of(learned(), draft) == circle_of(learned(), draft)


def test_nothing_is_known_of_a_stranger() -> None:
    """A sender without history has an empty circle, whatever others wrote."""
    circle = circle_of(learned(3), letter(*BRIDGE, sender="new@contractor.example", day=30))
    assert circle.letters == 0
    assert not circle.ties


def test_outside_people_get_no_ties() -> None:
    """Only people of ours have a circle: a poisoner's mail builds none for them."""
    circles = Circles(is_ours)
    for day in range(40):
        circles.note(letter(AMY.wire, sender="eve@squat.example", day=day))
    assert not circle_of(circles, letter(AMY.wire, sender="eve@squat.example", day=50)).ties
    tie = circle_of(circles, letter("eve@squat.example", day=50)).tie(*boxes("eve@squat.example"))
    assert (tie.sent, tie.heard) == (0, 0) or tie.heard == 40


def test_every_row_is_bounded() -> None:
    """Thousands of letters, people and names keep rows small."""
    circles = Circles(is_ours)
    for number in range(300):
        word = "".join(chr(97 + int(digit)) for digit in f"{number:04d}")
        text = " ".join(f"{word}{other}" for other in ("alpha", "bravo", "delta", "gamma", "omega"))
        circles.note(
            letter(BRIDGE[0], f"bob.{word}@contractor.example", day=number, about=("plan", text))
        )
    circle = circle_of(circles, letter(BRIDGE[0], MONEY[0], day=300, about=("plan", "")))
    tie, place = circle.tie(BOB), circle.presence(BOB)
    assert len(tie.letters) <= LETTERS_KEPT
    assert len(tie.terms) <= 2 * TERMS_KEPT
    assert len(place.letters) <= PRESENCES_KEPT
    assert len(circle.talk.received) <= TALKERS_KEPT
    assert len(circle.rivals_of(MARSH)) <= min(RIVALS_READ, RIVALS_KEPT)


def test_a_mailing_ties_nobody() -> None:
    """Ten thousand recipients leave no ties behind and cost no more than few."""
    circles = learned(3)
    crowd = [f"m{number}@crowd.example" for number in range(10_000)]
    mailing = letter(*crowd, day=30)
    circles.note(mailing)
    assert circle_of(circles, mailing).ties == {}
    assert not circle_of(circles, letter(*crowd[:LIST_SIZE], day=31)).ties


def test_no_word_of_a_letter_is_kept() -> None:
    """Law 8: a circle shows neither subject nor text."""
    draft = letter(*BRIDGE, day=210, about=("Re: bridge 004", ABOUT_MONEY))
    shown = repr(circle_of(learned(), draft))
    words = {word for each in islice(office(1), 6) for word in (each.subject + each.text).split()}
    assert not any(word in shown for word in words if len(word) > 5 and "." not in word)


def test_letters_without_anything_are_noted() -> None:
    """No recipients, no subject, no text, no Message-ID: nothing raises."""
    circles = Circles()
    circles.note(letter())
    circles.note(letter(AMY.wire))
    circle = circles.circle(AMY, (), terms.NO_WORDING, START)
    assert circle.letters == 2
