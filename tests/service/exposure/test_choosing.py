"""Which look-alikes are left alone."""

from __future__ import annotations

import pytest
from tests.service.exposure.samples import exposed, exposure, name, reviewed

from missent.service.exposure.choosing import Ours, left_alone, review_of, to_stop
from missent.service.exposure.exposure import State


@pytest.mark.parametrize(
    ("domain", "is_ours"),
    [
        ("mod.uk", True),
        ("navy.mod.uk", True),
        ("hmrc.gov.uk", True),  # gov.uk itself is asked about: all below is its own
        ("md.uk", False),
        ("uk", False),
        ("xmod.uk", False),
    ],
)
def test_ours(domain: str, is_ours: bool) -> None:
    """A name of the same owner is ours, and a name below a suffix that was asked about."""
    assert Ours.of([name("army.mod.uk"), name("gov.uk")]).holds(name(domain)) is is_ours


def test_a_review_counts_for_names_below() -> None:
    """The nearest decision above a name counts; one about a suffix never does."""
    reviews = reviewed("go.uk", State.ACCEPTED) | reviewed("mod.go.uk", State.BLOCKED)
    reviews |= reviewed("uk", State.LEGITIMATE)
    states = {
        text: found.state if (found := review_of(name(text), reviews)) else None
        for text in ("hmrc.go.uk", "a.mod.go.uk", "gv.uk")
    }
    assert states == {
        "hmrc.go.uk": State.ACCEPTED,
        "a.mod.go.uk": State.BLOCKED,
        "gv.uk": None,
    }


@pytest.mark.parametrize("state", [State.BLOCKED, State.WATCHED])
def test_a_decision_goes_before_what_is_well_known(state: State) -> None:
    """Who decides to stop a provider may: the shipped list is a default."""
    row, ours = exposed("mail.com", "gmail.com", 1.0), Ours.of([name("gmail.com")])
    assert left_alone(row, ours, {}) == "a well-known name that people rightly write to"
    assert left_alone(row, ours, reviewed("mail.com", State.NEW)) is not None
    assert left_alone(row, ours, reviewed("mail.com", state)) is None


def test_what_is_stopped() -> None:
    """Open and demanding names are; closed ones, suffixes and names above ours are not; each once."""
    rows = [
        exposed("army.ml", "army.mil", 9.0),
        exposed("army.ml", "navy.mil", 8.0),
        exposed("army.eu", "army.mil", 7.0, open=None),
        exposed("army.il", "army.mil", 6.0, open=False),
        exposed("co.uk", "co.ukk.test", 5.0),
        exposed("a.test", "b.test", 4.0),
    ]
    whole = exposure(rows, ("army.mil", "x.a.test"))
    assert [one.domain.ascii for one in to_stop(whole)] == ["army.ml", "army.eu"]
