"""Injected slips: the measured mix, the same on every run, never learned."""

from __future__ import annotations

from collections import Counter

from missent.mail.domain import DomainName
from missent.service.evaluation.injected import MIX, Draw, slip

NAME = DomainName.parse("bridgeworks.test.example")


def test_the_mix_is_the_measured_one() -> None:
    """Each kind comes about as often as natural slips of that kind."""
    draw = Draw(1)
    kinds = Counter(found[0] for found in (slip(NAME, draw) for _ in range(4_000)) if found)
    for kind, part in MIX:
        assert abs(kinds[kind] / kinds.total() - part) < 0.05, kind


def test_a_slip_is_another_name() -> None:
    """What comes out is never the name itself, and always one a server would take."""
    draw = Draw(2)
    for _ in range(500):
        found = slip(NAME, draw)
        assert found is None or found[1] != NAME


def test_a_seed_gives_the_same_slips() -> None:
    """Figures can be measured again."""
    assert [slip(NAME, Draw(7, n)) for n in range(50)] == [
        slip(NAME, Draw(7, n)) for n in range(50)
    ]
    assert [slip(NAME, Draw(7, n)) for n in range(50)] != [
        slip(NAME, Draw(8, n)) for n in range(50)
    ]
