"""The numbers that speak for or against one recipient, and the model that weighs them."""

from __future__ import annotations

import math

import pytest
from tests.service.letters import (
    ABOUT_BRIDGE,
    AMY,
    BRIDGE,
    MONEY,
    boxes,
    circle_of,
    learned,
    letter,
)

from missent.judge import forest
from missent.judge.circle import EMPTY, LIST_SIZE
from missent.judge.person import FEATURES, Company, Draft, features
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.letter import Letter

BOB, ANN, KIM = boxes(*BRIDGE)
MARSH, ZOE = boxes(*MONEY)


def company(draft: Letter, weeks: int = 30) -> Company:
    """Read a letter's recipients beside the office's history."""
    written = Draft(draft.sender, draft.recipients, draft.subject, draft.text)
    return Company(written, circle_of(learned(weeks), draft))


def numbers(draft: Letter, mailbox: Mailbox, weeks: int = 30) -> dict[str, float]:
    """Give one recipient's features by name."""
    return dict(zip(FEATURES, features(company(draft, weeks), mailbox), strict=True))


def test_the_wrong_bob_stands_out() -> None:
    """With the bridge's people, the Bob of the invoices never met anybody and is not the one greeted."""
    draft = letter(*BRIDGE, MONEY[0], day=212, about=("pillar plan", f"Bob,\n{ABOUT_BRIDGE}"))
    bob, marsh = numbers(draft, BOB), numbers(draft, MARSH)
    assert bob["with_people"] > marsh["with_people"] == 0
    assert bob["with_beside"] > marsh["with_beside"]
    assert bob["terms"] > marsh["terms"]
    assert marsh["whole_without"] > 0 == bob["whole_without"]
    assert bob["twin_here"] == marsh["twin_here"] > 0


def test_a_missing_bob_is_a_rival() -> None:
    """Where the wrong Bob replaced the right one, the right one would fit better."""
    draft = letter(MONEY[0], *BRIDGE[1:], day=212, about=("Re: bridge 029", ABOUT_BRIDGE))
    marsh = numbers(draft, MARSH)
    assert marsh["rival_likeness"] > 0
    assert marsh["rival_with"] > 0
    assert marsh["rival_talk"] == 1
    assert marsh["talk_received"] == 0 < marsh["talk_others"]


def test_the_order_of_recipients_says_nothing() -> None:
    """A leak is not known by its place in the list."""
    people = (*BRIDGE, MONEY[0])
    about = ("pillar plan", ABOUT_BRIDGE)
    forth, back = letter(*people, day=212, about=about), letter(*people[::-1], day=212, about=about)
    for mailbox in (BOB, ANN, KIM, MARSH):
        assert numbers(forth, mailbox) == pytest.approx(numbers(back, mailbox))


def test_nothing_known_gives_finite_numbers() -> None:
    """No history, no text, one recipient, the sender alone: every number can be said."""
    for recipients in (boxes("x@a.example"), (AMY,), boxes("1@a.example", "ü.ü@b.example")):
        read = Company(Draft(AMY, recipients), EMPTY)
        for mailbox in recipients:
            assert all(map(math.isfinite, features(read, mailbox)))


def test_hostile_lists_and_names_are_bounded() -> None:
    """Ten thousand recipients, names without letters and texts without sense cost little."""
    crowd = tuple(
        Mailbox(f"{n}.{'.' * (n % 5)}", DomainName.parse("a.example")) for n in range(10_000)
    )
    read = Company(Draft(AMY, crowd, "re:" * 500, "\udcff\u202e," * 5000), EMPTY)
    assert len(read.people) == LIST_SIZE
    assert all(map(math.isfinite, features(read, crowd[0])))


def test_a_draft_shows_no_text() -> None:
    """Law 8: neither subject nor text stands in a repr."""
    shown = repr(Draft(AMY, boxes(*BRIDGE), "secret plan", "secret matter"))
    assert "secret" not in shown


def test_the_shipped_model_prefers_the_right_bob() -> None:
    """What it learned of real mail holds for an invented office: the odd one weighs most."""
    draft = letter(*BRIDGE, MONEY[0], day=212, about=("pillar plan", f"Bob,\n{ABOUT_BRIDGE}"))
    read, model = company(draft), forest.shipped()
    weights = {mailbox: model.weight(features(read, mailbox)) for mailbox in draft.recipients}
    assert max(weights, key=lambda mailbox: weights[mailbox]) == MARSH
    assert all(forest.LEAST <= weight <= forest.MOST for weight in weights.values())


def test_a_tree_goes_left_up_to_its_limit() -> None:
    """A file's trees are read as they are written, and the scale is applied to their sum."""
    plain = {"features": ["sent"], "slope": 2.0, "bias": 1.0, "trees": [[0, 0.5, -1, [0, 2, 0, 1]]]}
    model = forest.read(plain)
    row = [0.0] * len(FEATURES)
    at = FEATURES.index("sent")
    for value, raw in ((0.5, -1.0), (2.0, 0.0), (2.1, 1.0)):
        row[at] = value
        assert model.raw(row) == raw
        assert model.weight(row) == 2 * raw + 1


def test_a_model_for_other_features_is_refused() -> None:
    """A file that was made for another version is never scored."""
    with pytest.raises(ValueError, match="other features"):
        forest.read({"features": ["moon"], "slope": 1, "bias": 0, "trees": []})


def test_weights_stay_within_what_can_be_vouched_for() -> None:
    """However sure the trees are, a weight stays within its bounds."""
    plain = {"features": [], "slope": 1.0, "bias": 0.0, "trees": [99.0]}
    assert forest.read(plain).weight([0.0] * len(FEATURES)) == forest.MOST
    assert forest.read(plain | {"trees": [-99.0]}).weight([]) == forest.LEAST
