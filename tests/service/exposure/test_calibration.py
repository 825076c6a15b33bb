"""Calibration: bounces give the rates of slips, by kind, and what a name showed itself moves it alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.service.exposure.samples import name
from tests.service.exposure.slipping import made, near, typed

from missent.lookalike.generate import Candidate
from missent.service.exposure.calibration import BOUNCES, PER_ADDRESS, PRIOR, fit
from missent.service.exposure.exposure import Mail, Source, Standing
from missent.service.exposure.traffic import Hits, Traffic, Written

NAMES = tuple(map(name, ("riverbank.com", "northfield.org", "harbourlegal.co.uk", "army.mil")))
WAYS = near(*NAMES)
ML = next(one for one in WAYS if one.domain == name("army.ml"))


def nobody(_: Candidate) -> bool:
    """Nobody has any name."""
    return False


def third(one: Candidate) -> bool:
    """Have a third of the names, whichever they are."""
    return sum(map(ord, one.domain.ascii)) % 3 == 0


def test_without_logs_the_published_rate_is_spread_by_the_shares() -> None:
    """All candidates of a name together have the published rate, with an interval that is wide."""
    whole = [one for one in WAYS if one.of == NAMES[0]]
    assert sum(PRIOR.slip(one).mid for one in whole) == pytest.approx(PER_ADDRESS)
    slip = PRIOR.slip(ML)
    assert slip.source is Source.PRIOR
    assert slip.low < slip.mid / 10
    assert slip.high > slip.mid * 2


def test_bounces_give_the_rate_of_all_slips() -> None:
    """From some hundred bounces the rate is found that made them, a third of the names being live."""
    seen = typed(WAYS, 8_000, lambda one: 0.02 * one.share, third)
    found = fit(WAYS, seen, {})
    assert found.source is Source.LOG
    assert found.bounces > 300
    assert found.total.mid == pytest.approx(0.02, rel=0.15)
    assert found.total.low < found.total.mid < found.total.high


def test_kinds_part_where_bounces_part_them() -> None:
    """If nobody ever wrote a wrong suffix and letters are dropped often, the fit says so."""
    odd = {"drop": 0.05, "other_suffix": 0.0}
    seen = typed(WAYS, 8_000, lambda one: odd.get(one.kind, 0.01) * one.share, nobody)
    found = fit(WAYS, seen, {})
    assert found.kinds["drop"].mean == pytest.approx(0.05, rel=0.3)
    assert found.kinds["other_suffix"].mean < 0.003
    assert found.kinds["swap"].mean == pytest.approx(0.01, rel=0.6)


def test_kinds_without_bounces_stay_near_the_rest() -> None:
    """A kind that was hardly ever possible has the common rate, not nothing, and a wider interval."""
    seen = typed(WAYS, 8_000, lambda one: 0.02 * one.share, nobody)
    found = fit(WAYS, seen, {})
    assert found.usual("no such kind").mid == pytest.approx(found.total.mid)
    wide, narrow = found.usual("no such kind"), found.usual("drop")
    assert wide.high / wide.mid > narrow.high / narrow.mid


def test_few_bounces_hardly_move_the_prior() -> None:
    """Logs in which almost nothing was typed leave the published rate, and say that it is the prior."""
    seen = typed(WAYS, 5, lambda one: 0.0, nobody)
    found = fit(WAYS, seen, {})
    assert found.source is Source.PRIOR
    assert found.total.mid == pytest.approx(PER_ADDRESS, rel=0.2)


def test_no_bounce_of_many_addresses_lowers_the_rate() -> None:
    """Ten thousand addresses without a single bounce are told by a much lower rate."""
    found = fit(WAYS, typed(WAYS, 10_000, lambda one: 0.0, nobody), {})
    assert found.source is Source.LOG
    assert found.total.mid < PER_ADDRESS / 20


def test_deliveries_do_not_make_rates() -> None:
    """Mail that a near name takes may have been meant: it moves that name, and no rate."""
    bounces = {one.domain: (1, 0) for one in WAYS[::40]}
    meant = {one: Written(40_000, 10_000, 9_000) for one in NAMES}
    plain = Traffic(days=365, meant=meant, near=made(bounces))
    more = Traffic(days=365, meant=meant, near=made(bounces | {ML.domain: (0, 60)}))
    one, other = fit(WAYS, plain, {}), fit(WAYS, more, {})
    assert other.bounces == one.bounces
    assert other.slip(ML).mid > 2 * one.slip(ML).mid
    assert other.total.mid == pytest.approx(one.total.mid, rel=0.1)


def test_correspondents_are_left_out() -> None:
    """A near name that answers us is nobody's slip, however much goes there."""
    meant = {one: Written(40_000, 10_000, 9_000) for one in NAMES}
    near_ = made({ML.domain: (0, 60)})
    near_[ML.domain] = replace(near_[ML.domain], answers=4)
    found = fit(WAYS, Traffic(days=365, meant=meant, near=near_), {})
    quiet = fit(WAYS, Traffic(days=365, meant=meant, near={}), {})
    assert found.own[ML.domain].correspondent
    assert found.slip(ML).mid == pytest.approx(quiet.slip(ML).mid, rel=0.2)


def test_where_logs_do_not_tell_the_prior_stays() -> None:
    """If one host takes all mail, no bounce is seen: that is no sign that nobody slips."""
    seen = replace(typed(WAYS, 10_000, lambda one: 0.0, nobody), tells=False)
    assert fit(WAYS, seen, {}) is PRIOR
    assert fit(WAYS, Traffic(days=0, meant={}, near={}), {}) is PRIOR


@pytest.mark.parametrize(
    ("standing", "part"),
    [
        (Standing(registered=False), 1.0),
        (Standing(mail=Mail.NULL), 1.0),
        (Standing(registered=True, mail=Mail.MX), 0.0),
        (Standing(registered=True, mail=Mail.ADDRESS), 0.0),
        (Standing(registered=True), None),
    ],
)
def test_what_was_looked_up_says_what_bounces(standing: Standing, part: float | None) -> None:
    """A free name's slips bounce, and those onto a mail exchanger do not; else it is the usual part."""
    seen = typed(WAYS, 500, lambda one: 0.0, nobody)
    found = fit(WAYS, seen, {name("army.ml"): standing})
    assert found.own[ML.domain].bouncing == part
    assert found.bounces_at(ML.domain, ML.open)[1] is (part is not None)


def test_what_became_of_mail_counts_before_a_look_up() -> None:
    """Mail that bounced says that nobody had the name then, whoever has it now."""
    meant = {one: Written(4_000, 1_000, 900) for one in NAMES}
    seen = Traffic(days=365, meant=meant, near={ML.domain: Hits(bounced=3, messages=3)})
    found = fit(WAYS, seen, {ML.domain: Standing(registered=True, mail=Mail.MX)})
    assert found.own[ML.domain].bouncing == 1.0


def test_the_part_that_bounces_is_learned_from_names_that_are_known() -> None:
    """Where nearly all near names turn out to be live, the others are thought so, too."""
    lively = typed(WAYS, 8_000, lambda one: 0.02 * one.share, lambda one: True)
    assert fit(WAYS, lively, {}).bouncing < 0.3 < BOUNCES
    assert fit(WAYS, typed(WAYS, 8_000, lambda one: 0.02 * one.share, nobody), {}).bouncing > 0.9
    assert PRIOR.bounces_at(ML.domain, False) == (1.0, True)
    assert PRIOR.bounces_at(ML.domain, True) == (BOUNCES, False)


def test_names_stray_as_far_as_their_counts_show() -> None:
    """Where a few names take all slips the fit trusts what names show; where shares hold, the shares."""
    even = fit(WAYS, typed(WAYS, 20_000, lambda one: 0.02 * one.share, nobody), {})
    uneven = typed(WAYS, 20_000, lambda one: 0.2 * one.share * third(one), nobody)
    few = fit(WAYS, uneven, {})
    assert few.steady < even.steady
