"""Ranking: every look-alike with its factors, the worst first, and the same in every run."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.exposure.samples import AT, MIL, name
from tests.service.exposure.slipping import near, typed

from missent.service.exposure.estimate import product
from missent.service.exposure.exposure import UNASKED, Exposure, Mail, Source, Standing
from missent.service.exposure.jurisdictions import Jurisdiction
from missent.service.exposure.ranking import Wish, rank, to_look_up
from missent.service.exposure.receiving import potential
from missent.service.exposure.traffic import Hits, Traffic, Written

ARMY, GOV, MAIL = name("army.mil"), name("mod.gov.uk"), name("riverbank.com")
ML = name("army.ml")
FREE, MX = Standing(registered=False), Standing(registered=True, mail=Mail.MX)


def shares(exposure: Exposure) -> dict[str, float]:
    """Add up the shares of each of our names."""
    found: defaultdict[str, float] = defaultdict(float)
    for row in exposure.exposed:
        found[row.of.ascii] += row.expected_share
    return dict(found)


def test_the_founding_case_is_first() -> None:
    """Of army.mil the dropped letter is worst; over all of .mil the names under .ml are."""
    assert rank(Wish((ARMY,)), AT).exposed[0].domain == ML
    whole = rank(Wish(tuple(map(name, MIL))), AT)
    first = [row.suffix for row in whole.exposed[: len(MIL) // 2]]
    assert set(first) == {"ml"}
    assert whole.rules[0].match == ".ml"
    assert len(whole.rules) <= 5


def test_a_row_is_the_product_of_its_factors() -> None:
    """What is expected is the five columns multiplied, figure and interval, and nothing else."""
    rows = rank(Wish((ARMY, GOV)), AT).exposed
    assert len(rows) > 200
    for row in rows:
        f = row.factors
        plain = product((f.volume, f.hand_typed, f.slip, f.registrable, f.receiving))
        assert row.expected.mid == pytest.approx(plain.mid)
        assert row.expected.low == pytest.approx(plain.low)
        assert row.expected.high == pytest.approx(plain.high)
        assert row.expected.source is plain.source


def test_without_logs_it_is_of_a_million_messages() -> None:
    """With nothing known volume is a million, all sources are priors, and closed names are counted."""
    whole = rank(Wish((ARMY,)), AT)
    assert whole.exposed[0].factors.volume.mid == 1e6
    assert whole.exposed[0].factors.volume.source is Source.PRIOR
    assert whole.calibration["source"] == "prior"
    assert all(row.open is not False for row in whole.exposed)
    assert whole.closed > 200
    assert whole.total.mid == pytest.approx(math.fsum(row.expected.mid for row in whole.exposed))


def test_slips_that_a_closed_registry_stops_are_not_put_on_open_names() -> None:
    """Most slips of army.mil bounce: its open names hold far less than the published rate."""
    slips = sum(row.factors.slip.mid for row in rank(Wish((ARMY,)), AT).exposed)
    assert slips < 0.0047 / 3


def test_shares_sum_to_one_for_each_name() -> None:
    """Each of our names has its own whole, weights of countries left out."""
    words = {"Mali": Jurisdiction("restricted", 9.0)}
    found = shares(rank(Wish((ARMY, GOV, MAIL), jurisdictions=words), AT))
    assert found == pytest.approx(dict.fromkeys(("army.mil", "mod.gov.uk", "riverbank.com"), 1.0))


def test_shares_of_nothing_are_those_of_slips() -> None:
    """Where nobody takes any mail the shares still sum to one, by what slips most."""
    everything = {
        name(str(row.domain.registrable)): FREE for row in rank(Wish((ARMY,)), AT).exposed
    }
    whole = rank(Wish((ARMY,), standings=everything), AT)
    assert whole.total.high == 0
    assert shares(whole) == pytest.approx({"army.mil": 1.0})
    assert whole.exposed[0].domain == ML
    assert potential(whole.exposed[0]).mid > 10


def test_a_free_name_expects_nothing_and_follows_by_what_it_could_receive() -> None:
    """Nobody takes mail at an unregistered name today: nothing is expected, and it is not forgotten."""
    whole = rank(Wish((ARMY,), standings={ML: FREE}), AT)
    at = next(at for at, row in enumerate(whole.exposed) if row.domain == ML)
    row = whole.exposed[at]
    assert row.expected.high == 0
    assert row.expected.source is Source.LOOK_UP
    assert all(before.expected.mid > 0 for before in whole.exposed[:at])
    assert potential(row).mid > potential(whole.exposed[0]).mid
    assert row.standing is FREE


def test_what_was_looked_up_changes_the_order() -> None:
    """A mail exchanger is worse than an unknown name; a null MX is no danger."""
    whole = rank(Wish((ARMY,), standings={name("army.net"): MX, ML: Standing(mail=Mail.NULL)}), AT)
    by_name = {row.domain.ascii: row for row in whole.exposed}
    assert by_name["army.ml"].expected.mid == 0
    assert by_name["army.net"].expected.mid > by_name["army.org"].expected.mid
    assert by_name["army.net"].factors.receiving.source is Source.LOOK_UP


def test_our_own_names_receive_nothing_of_ours() -> None:
    """If both are ours, a slip from one to the other reaches no stranger."""
    whole = rank(Wish((ARMY, ML)), AT)
    row = next(row for row in whole.exposed if row.domain == ML and row.of == ARMY)
    assert row.factors.registrable.mid == 0
    assert row.expected.mid == 0


def test_the_weight_of_a_country_changes_the_order_only() -> None:
    """A restricted country comes first; what is expected stays what it was."""
    plain = rank(Wish((MAIL,)), AT)
    words = {"Cameroon": Jurisdiction("restricted", 500.0)}
    weighed = rank(Wish((MAIL,), jurisdictions=words), AT)
    assert weighed.exposed[0].country == "Cameroon"
    assert weighed.exposed[0].jurisdiction == "restricted"
    assert plain.exposed[0].country != "Cameroon"
    before = {row.domain: row.expected for row in plain.exposed}
    assert {row.domain: row.expected for row in weighed.exposed} == before


def test_the_operators_volume_counts_before_logs() -> None:
    """Logs see one organisation's part; who knows the whole says so."""
    seen = Traffic(days=365.25, meant={ARMY: Written(2_000, 600, 500)}, near={})
    logs = rank(Wish((ARMY,), traffic=seen), AT).exposed[0].factors
    told = rank(Wish((ARMY,), traffic=seen, volumes={ARMY: 5e7}), AT).exposed[0].factors
    assert logs.volume.mid == pytest.approx(2_000, rel=0.01)
    assert (told.volume.mid, told.volume.source) == (5e7, Source.OPERATOR)
    assert told.hand_typed.source is Source.LOG


def test_logs_calibrate_the_rows() -> None:
    """With bounces in the logs every column but the list's comes from them, and the fit is told."""
    ways = near(MAIL)
    seen = typed(ways, 20_000, lambda one: 0.03 * one.share, lambda one: one.kind == "swap")
    whole = rank(Wish((MAIL,), traffic=seen), AT)
    bounces = whole.calibration["bounces"]
    assert isinstance(bounces, int)
    assert bounces > 300
    assert whole.calibration["source"] == "log"
    top = whole.exposed[0]
    assert top.kind == "swap"
    assert top.factors.slip.source is Source.LOG
    assert top.factors.receiving.source is Source.LOG
    assert all(row.expected.mid == 0 for row in whole.exposed if seen.hits(row.domain).bounced)


def test_a_name_that_took_our_mail_rises() -> None:
    """Six messages of ours that army.ml took are told in its row."""
    meant = {ARMY: Written(40_000, 9_000, 8_000)}
    quiet = Traffic(days=365.25, meant=meant, near={})
    seen = replace(quiet, near={ML: Hits(delivered=6, recipients=6, messages=6)})
    before, after = (rank(Wish((ARMY,), traffic=one), AT).exposed[0] for one in (quiet, seen))
    assert before.domain == after.domain == ML
    assert after.expected.mid > 5 * before.expected.mid


def test_closed_names_are_listed_on_request_and_expect_nothing() -> None:
    """With `closed` the names that bounce are there, too, as exactly nothing."""
    whole = rank(Wish((ARMY,), closed=True), AT)
    shut = [row for row in whole.exposed if row.open is False]
    assert len(shut) > 200
    assert whole.closed == 0
    assert all(row.expected.high == 0 and row.expected_share == 0 for row in shut)


def test_the_limit_holds_for_each_name() -> None:
    """Of each name the likeliest are kept, and their shares still sum to one."""
    whole = rank(Wish((ARMY, GOV), limit=7), AT)
    assert len(whole.exposed) == 14
    assert shares(whole) == pytest.approx({"army.mil": 1.0, "mod.gov.uk": 1.0})


def test_what_is_asked_about_first() -> None:
    """Worth asking are registrable names, the most dangerous first; not ours, and none twice."""
    asked = to_look_up(Wish((ARMY, name("navy.mil"))), 8)
    assert set(asked[:2]) == {ML, name("navy.ml")}
    assert len(asked) == len(set(asked)) == 8
    assert all(one.registrable == one.ascii for one in asked)
    again = to_look_up(Wish((ARMY, name("navy.mil")), standings={ML: MX}), 8)
    assert ML not in again
    assert to_look_up(Wish((ARMY,)), 0) == ()


@settings(max_examples=20, deadline=None)
@given(st.permutations([ARMY, GOV, MAIL]))
def test_the_order_of_rows_does_not_depend_on_the_order_of_names(names: list[object]) -> None:
    """Named in any order, or twice, our names give the same list."""
    wanted = tuple(one for one in (ARMY, GOV, MAIL) if one in names)
    rows = rank(Wish(tuple(names)), AT).exposed  # type: ignore[arg-type]
    assert rows == rank(Wish((*wanted, ARMY)), AT).exposed
    assert all(row.standing is UNASKED for row in rows)


def test_a_registry_that_answers_for_names_nobody_has_takes_their_mail() -> None:
    """A wildcard under .ml: army.ml is nobody's, its mail goes to the registry, and it comes first."""
    caught = Standing(registered=False, mail=Mail.MX, mx=("mx.registry.ml",))
    found = rank(Wish((ARMY,), standings={name("army.ml"): caught}), AT)
    first = found.exposed[0]
    assert first.domain.ascii == "army.ml"
    assert first.factors.receiving.mid == 1.0
    assert first.expected.mid > 0
