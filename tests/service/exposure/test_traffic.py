"""Traffic: what counts of logs say of volume and typing, and who is nobody's slip."""

from __future__ import annotations

import pytest
from tests.service.exposure.samples import name

from missent.service.exposure.exposure import Source
from missent.service.exposure.traffic import HAND_TYPED, Hits, Traffic, Written, is_correspondent

ARMY, NAVY = name("army.mil"), name("navy.mil")


def traffic(days: float = 365.25, late: float = 1.0, **written: Written) -> Traffic:
    """Make traffic to army.mil and navy.mil."""
    meant = {name(f"{key}.mil"): value for key, value in written.items()}
    return Traffic(days=days, meant=meant, near={}, late_share=late)


def test_a_count_is_scaled_to_a_year() -> None:
    """Hundred messages in a quarter are four hundred a year, and less sure than a whole year's count."""
    short = traffic(days=365.25 / 4, army=Written(100, 10, 10)).volume(ARMY)
    year = traffic(army=Written(400, 10, 10)).volume(ARMY)
    assert short.mid == pytest.approx(400, rel=0.01)
    assert short.source is Source.LOG
    assert short.high / short.mid > year.high / year.mid
    assert year.low < 400 < year.high


def test_a_name_nobody_wrote_to_gets_next_to_nothing() -> None:
    """Logs that show no mail to a name say that there is hardly any, not a million."""
    volume = traffic(army=Written(400, 10, 10)).volume(NAVY)
    assert volume.mid < 1
    assert volume.high < 3


def test_the_typed_part_is_that_of_first_messages() -> None:
    """Of a thousand messages three hundred to new acquaintances: three in ten are typed."""
    typed = traffic(army=Written(1000, 300, 200)).hand_typed(ARMY)
    assert typed.mid == pytest.approx(0.3, abs=0.005)
    assert typed.low < 0.3 < typed.high
    assert typed.source is Source.LOG


def test_few_messages_are_drawn_to_the_organisations_part() -> None:
    """One message to navy.mil, to somebody new, does not say that all of its mail is typed."""
    seen = traffic(army=Written(1000, 100, 90), navy=Written(1, 1, 1))
    assert seen.hand_typed(NAVY).mid < 0.2
    assert seen.hand_typed(NAVY).high / seen.hand_typed(NAVY).mid > 1.5


def test_old_acquaintances_at_the_beginning_do_not_count_as_typed() -> None:
    """Where the later half has only half as many new pairs, the whole is corrected to that."""
    plain = traffic(army=Written(1000, 300, 200)).hand_typed(ARMY)
    late = traffic(late=0.5, army=Written(1000, 300, 200))
    assert late.hand_typed(ARMY).mid == pytest.approx(plain.mid / 2)
    assert late.typed(ARMY) == pytest.approx(1000 * plain.mid / 2)


def test_without_any_message_the_part_is_the_prior() -> None:
    """Empty logs know nothing of typing."""
    assert traffic().hand_typed(ARMY) == HAND_TYPED


def test_who_writes_or_is_written_to_by_more_is_somebody() -> None:
    """A near name that answers, or takes mail of more people than the one it resembles, is no slip."""
    assert is_correspondent(Hits(delivered=1, recipients=1, answers=3), 50)
    assert not is_correspondent(Hits(delivered=1, recipients=1, heard=1), 50)
    assert is_correspondent(Hits(delivered=60, recipients=51), 50)
    assert not is_correspondent(Hits(delivered=60, recipients=50), 50)
    assert not is_correspondent(Hits(bounced=60), 0)
