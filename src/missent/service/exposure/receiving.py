"""Own two columns of an estimate: whether a stranger can hold a name, and whether mail to it is taken.

The rule: what was looked up counts before what logs show, and that before a judgement; a name that takes
no mail today expects none, though anybody may buy it tomorrow (`potential` is for that). A registry may
answer for names that nobody has: what the records say of mail counts before who holds a name.
"""

from __future__ import annotations

import math

from missent.service.exposure.calibration import Fit
from missent.service.exposure.estimate import Z90, known, product
from missent.service.exposure.exposure import Estimate, Exposed, Mail, Source, Standing
from missent.service.exposure.traffic import Hits

ASKS_FOR_MORE = Estimate(0.05, 0.3, 0.8, Source.PRIOR)
"""A registry that wants an address in the country, a licence or a trade mark; a judgement."""
LISTENS = Estimate(0.1, 0.5, 1.0, Source.LOOK_UP)
"""A name with an address and no MX: whether anything listens there; a judgement."""
UNASKED_MAIL = Estimate(0.15, 0.3, 0.6, Source.PRIOR)
"""Whether a name of which nothing is known takes mail; a judgement."""
REGISTERED_MAIL = Estimate(0.3, 0.6, 0.95, Source.PRIOR)
"""The same for a name that somebody has; a judgement."""
TURNED_DOWN = Estimate(0.02, 0.1, 0.5, Source.LOG)
"""A name that is somebody's and turned our mail down, or let it wait; a judgement."""

OPEN, CLOSED = known(1.0, Source.LIST), known(0.0, Source.LIST)
OURS = known(0.0, Source.OPERATOR)
HELD = known(1.0, Source.LOOK_UP)
SEEN_HELD, SEEN_FREE = known(1.0, Source.LOG), known(0.0, Source.LOG)
_BY_RECORDS = {
    Mail.NONE: known(0.0, Source.LOOK_UP),
    Mail.NULL: known(0.0, Source.LOOK_UP),
    Mail.ADDRESS: LISTENS,
    Mail.MX: known(1.0, Source.LOOK_UP),
}


def registrable(open_: bool | None, standing: Standing, hits: Hits) -> Estimate:
    """Say whether a stranger can hold a name that is not ours: 0 to 1."""
    if open_ is False:
        return CLOSED
    if standing.registered:
        return HELD
    if hits.delivered or hits.refused:
        return SEEN_HELD
    return OPEN if open_ else ASKS_FOR_MORE


def receiving(standing: Standing, hits: Hits, usual: Estimate) -> Estimate:
    """Say whether mail to a name is taken: 0 to 1; `usual` is for those of which nothing is known."""
    if standing.mail in _BY_RECORDS:
        return _BY_RECORDS[standing.mail]
    if standing.registered is False:
        return _BY_RECORDS[Mail.NONE]
    if hits.delivered:
        return SEEN_HELD
    if hits.refused:
        return TURNED_DOWN
    if hits.bounced:
        return SEEN_FREE
    return REGISTERED_MAIL if standing.registered else usual


def is_free(row: Exposed) -> bool:
    """Tell of a name that anybody may have, that takes no mail, and that nobody is known to hold."""
    return (
        row.open is True and not row.factors.receiving.mid and row.standing.registered is not True
    )


def is_seen_held(row: Exposed) -> bool:
    """Tell of a name that took our mail, or turned it down, and of which no look-up says otherwise."""
    held = row.factors.registrable
    return row.standing.registered is None and held.source is Source.LOG and held.mid > 0


def potential(row: Exposed) -> Estimate:
    """Give the messages a year that a name would receive if somebody took them there."""
    factors = row.factors
    return product((factors.volume, factors.hand_typed, factors.slip, factors.registrable))


def unasked(fit: Fit) -> Estimate:
    """Say how many of the names that are not known take mail, as those do that are."""
    if fit.source is Source.PRIOR:
        return UNASKED_MAIL
    live = 1 - fit.bouncing
    width = Z90 * math.sqrt(fit.bouncing / (max(live, 0.01) * (fit.names_known + 1)))
    return Estimate(live * math.exp(-width), live, min(1.0, live * math.exp(width)), Source.LOG)
