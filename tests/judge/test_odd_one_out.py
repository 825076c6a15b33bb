"""A recipient who never was with the others, who often are together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.judge.build import NOW, case
from tests.judge.habits import all_of, box, first, talk, tie, used_to

from missent.judge import score
from missent.judge.case import Case, Record
from missent.judge.signals import odd_one_out

ODD, USUAL = "pat.roe@other.example", "pat.doe@partner.example"
GROUP = {name: tie(1, 2, 3, 4, 5, 6) for name in ("ann@partner.example", "bea@partner.example")}
RIVALS = {ODD: (USUAL,)}


def test_somebody_of_a_like_name_is_missing() -> None:
    """Then they were meant, and one warning is worth it."""
    one = used_to(case(ODD, *GROUP), GROUP | {USUAL: tie(2, 3, 4, 5)}, RIVALS)
    [found] = first(odd_one_out.find, one)
    assert found.suggestion == box(USUAL)
    assert 0.1 <= score.misdirection([found]) < 0.5
    assert "ann@partner.example and bea@partner.example together, but never with" in found.because
    assert "was with them 4 times" in found.because


def test_without_anybody_missing_it_only_tips_a_scale() -> None:
    """A new colleague joins a group every day."""
    [found] = first(odd_one_out.find, used_to(case(ODD, *GROUP), GROUP))
    assert found.suggestion is None
    assert score.misdirection([found]) < 0.1


def test_in_a_large_group_a_like_name_says_less() -> None:
    """Somebody is like anybody there."""
    crowd = {f"p{n}@partner.example": tie(1, 2, 3, 4, 5) for n in range(12)}
    one = used_to(case(ODD, *crowd), crowd | {USUAL: tie(1, 2, 3, 4, 5)}, RIVALS)
    [found] = first(odd_one_out.find, one)
    assert found.weight == odd_one_out.TWIN_WEIGHT
    assert "and 10 more together" in found.because


@pytest.mark.parametrize(
    "one",
    [
        used_to(case(ODD, *GROUP), GROUP | {ODD: tie(6)}),
        used_to(case(ODD, *GROUP), {name: tie(1, 2, 3, 4) for name in GROUP}),
        used_to(
            case(ODD, *GROUP), dict(zip(GROUP, (tie(1, 3, 5, 7, 9), tie(2, 4, 6, 8)), strict=True))
        ),
        used_to(case(ODD, "ann@partner.example"), GROUP),
        used_to(case(ODD, *GROUP), GROUP, conversation=talk(ODD)),
        used_to(case("amy@contractor.example", *GROUP), GROUP),
        used_to(case(ODD, *GROUP, known={ODD: Record(validated=NOW)}), GROUP),
        case(ODD, *GROUP),
    ],
    ids=[
        "was_once",
        "seldom",
        "never_together",
        "no_group",
        "talks",
        "sender",
        "validated",
        "cold",
    ],
)
def test_it_is_silent(one: Case) -> None:
    """Where the odd one is not odd, or the group none."""
    assert first(odd_one_out.find, one) == []


def test_the_members_of_the_group_are_not_odd() -> None:
    """Only the stranger among them is."""
    found = all_of(odd_one_out.find, used_to(case(ODD, *GROUP), GROUP))
    assert [finding.about for finding in found] == [ODD]


def test_names_of_other_alphabets_are_names() -> None:
    """Likeness is read off any letters."""
    odd, usual = "юрий.белов@other.example", "юрий.петров@partner.example"
    one = used_to(case(odd, *GROUP), GROUP | {usual: tie(1, 2, 3, 4, 5)}, {odd: (usual,)})
    assert first(odd_one_out.find, one)[0].suggestion == box(usual)


def test_a_mailing_has_no_odd_one() -> None:
    """Ten thousand recipients cost no more than ten thousand looks."""
    one = used_to(case(*(f"p{n}@partner.example" for n in range(10_000))), GROUP)
    assert all_of(odd_one_out.find, one) == []


def test_the_null_sender_is_judged_like_any() -> None:
    """Nothing depends on there being a sender."""
    one = used_to(case(ODD, *GROUP, sender=None), GROUP)
    assert len(first(odd_one_out.find, replace(one, message=None))) == 1
