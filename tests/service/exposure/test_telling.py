"""How an exposure is told: figures no more exact than they are, and their unit."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.service.exposure.samples import army, exposure

from missent.service.exposure.exposure import Estimate, Mail, Source, Standing
from missent.service.exposure.telling import figure, headline, lines, spread, unit


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (0.0001, "<0.001"),
        (0.0123, "0.012"),
        (9.96, "10"),
        (99.4, "99"),
        (99.7, "100"),
        (1234, "1,200"),
        (117_000, "120,000"),
    ],
)
def test_two_digits_say_something(value: float, shown: str) -> None:
    """A figure has two digits that mean something, and no exponent."""
    assert figure(value) == shown


def test_an_interval_is_shown_unless_it_is_none() -> None:
    """What is known stands alone."""
    assert spread(Estimate(1, 2, 30, Source.PRIOR)) == "2 (1 to 30)"
    assert spread(Estimate(2, 2, 2, Source.LOG)) == "2"


def test_the_unit_follows_the_volume() -> None:
    """Parts of a million where nobody said how much is sent, else messages a year."""
    whole = army()
    assert unit(whole) == "a year"
    volume = Estimate(1e6, 1e6, 1e6, Source.PRIOR)
    rows = [replace(row, factors=replace(row.factors, volume=volume)) for row in whole.exposed]
    assert unit(replace(whole, exposed=tuple(rows))) == "a million sent"


def test_nothing_to_tell_is_told() -> None:
    """A name without look-alikes has a sentence, and no empty table."""
    nobody = exposure((), ["army.mil"])
    assert list(lines(nobody)) == [headline(nobody)]
    assert "can receive mail" in headline(nobody)


def test_who_takes_the_mail_is_told() -> None:
    """A registry that answers for names nobody has is told from a name that is free."""
    row = army().exposed[0]
    caught = replace(row, standing=Standing(registered=False, mail=Mail.MX))
    free = replace(row, standing=Standing(registered=False, mail=Mail.NONE))
    told = "\n".join(lines(exposure((caught, free), ["army.mil"])))
    assert "its registry" in told
    assert "nobody's yet" in told
