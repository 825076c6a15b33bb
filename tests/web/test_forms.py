"""Reading a submitted page: whatever is sent, only deliberate picks of open rows become answers."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.fake_desk import ARMY, NAVY, TOKEN, FakeDesk

from missent.judge.hold import Choice, State
from missent.web.forms import read
from missent.web.rows import Pick

DONE = replace(NAVY, state=State.RELEASED)
VIEW = FakeDesk((ARMY, DONE)).view(TOKEN)
_NAMES = st.sampled_from(
    [f"{name}-{n}" for name in ("recipient", "choice", "address", "suggestion") for n in (0, 1, 2)]
)
_VALUES = st.one_of(
    st.sampled_from([*Pick, "john@army.ml", "john@army.mil", "rose@navy.ml", "rose@navy.mil"]),
    st.text(max_size=30),
)


@settings(deadline=None)
@given(st.dictionaries(_NAMES, _VALUES))
def test_no_form_answers_more_than_it_picked(form: dict[str, str]) -> None:
    """Each answer is an open row's own pick, and an erroneous row has no answer."""
    filled = read(VIEW, form)
    wrong = {row.key for row in filled.wrong}
    for mailbox, answer in filled.answers.items():
        assert mailbox == ARMY.mailbox
        assert form["recipient-0"] == "john@army.ml"
        assert mailbox.folded not in wrong
        pick = form["choice-0"]
        assert (answer.choice is Choice.CORRECT) == (pick in (Pick.SUGGESTION, Pick.OTHER))
        assert (answer.choice is Choice.CONFIRM) == (pick == Pick.CONFIRM)
        if pick == Pick.SUGGESTION:
            assert form["suggestion-0"] == "john@army.mil"
            assert answer.corrected_to == ARMY.verdict.suggestion


def test_late_pick_is_noticed() -> None:
    """A pick for a row that is decided is no answer, but is told."""
    filled = read(VIEW, {"recipient-1": "rose@navy.ml", "choice-1": "cancel"})
    assert filled.late
    assert not filled.answers
