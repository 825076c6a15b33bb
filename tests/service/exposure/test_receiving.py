"""Receiving: whether a stranger can hold a name, and whether mail to it is taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from missent.service.exposure.calibration import PRIOR
from missent.service.exposure.exposure import UNASKED, Mail, Source, Standing
from missent.service.exposure.receiving import (
    ASKS_FOR_MORE,
    REGISTERED_MAIL,
    TURNED_DOWN,
    UNASKED_MAIL,
    receiving,
    registrable,
    unasked,
)
from missent.service.exposure.traffic import NO_HITS, Hits

MX = Standing(registered=True, mail=Mail.MX)
FREE = Standing(registered=False)


@pytest.mark.parametrize(
    ("open_", "standing", "hits", "mid", "source"),
    [
        (False, MX, NO_HITS, 0.0, Source.LIST),
        (True, UNASKED, NO_HITS, 1.0, Source.LIST),
        (True, FREE, NO_HITS, 1.0, Source.LIST),
        (None, UNASKED, NO_HITS, ASKS_FOR_MORE.mid, Source.PRIOR),
        (None, FREE, NO_HITS, ASKS_FOR_MORE.mid, Source.PRIOR),
        (None, MX, NO_HITS, 1.0, Source.LOOK_UP),
        (None, UNASKED, Hits(delivered=1), 1.0, Source.LOG),
    ],
)
def test_whether_a_stranger_can_hold_it(
    open_: bool | None, standing: Standing, hits: Hits, mid: float, source: Source
) -> None:
    """A closed registry gives names to nobody; a name that somebody has was plainly to be had."""
    found = registrable(open_, standing, hits)
    assert (found.mid, found.source) == (mid, source)


@pytest.mark.parametrize(
    ("standing", "hits", "low", "mid", "source"),
    [
        (FREE, Hits(delivered=4), 0.0, 0.0, Source.LOOK_UP),
        (Standing(mail=Mail.NONE), NO_HITS, 0.0, 0.0, Source.LOOK_UP),
        (Standing(mail=Mail.NULL), Hits(delivered=4), 0.0, 0.0, Source.LOOK_UP),
        (Standing(mail=Mail.ADDRESS), NO_HITS, 0.1, 0.5, Source.LOOK_UP),
        (MX, Hits(bounced=3), 1.0, 1.0, Source.LOOK_UP),
        (UNASKED, Hits(delivered=1, bounced=9), 1.0, 1.0, Source.LOG),
        (UNASKED, Hits(refused=2), TURNED_DOWN.low, TURNED_DOWN.mid, Source.LOG),
        (UNASKED, Hits(bounced=2), 0.0, 0.0, Source.LOG),
        (
            Standing(registered=True),
            NO_HITS,
            REGISTERED_MAIL.low,
            REGISTERED_MAIL.mid,
            Source.PRIOR,
        ),
        (UNASKED, NO_HITS, 0.15, 0.3, Source.PRIOR),
        (UNASKED, Hits(handed=5), 0.15, 0.3, Source.PRIOR),
    ],
)
def test_whether_mail_is_taken(
    standing: Standing, hits: Hits, low: float, mid: float, source: Source
) -> None:
    """Records of today count before what became of mail, and that before a judgement."""
    found = receiving(standing, hits, UNASKED_MAIL)
    assert (found.low, found.mid, found.source) == (low, mid, source)


def test_names_nobody_asked_about_are_as_those_that_are_known() -> None:
    """Logs in which nine of ten near names turned out to be live make the others likely so."""
    assert unasked(PRIOR) == UNASKED_MAIL
    found = unasked(replace(PRIOR, source=Source.LOG, bouncing=0.1, names_known=200.0))
    assert found.mid == pytest.approx(0.9)
    assert found.source is Source.LOG
    assert 0.8 < found.low < 0.9 < found.high <= 1
