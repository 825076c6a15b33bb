"""The contract of `exposure.ports.ExposureStore`, on every database."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from tests.store.samples import NOW, event

from missent.mail.domain import DomainName
from missent.service.exposure.exposure import (
    UNASKED,
    Controller,
    Estimate,
    Exposed,
    Exposure,
    Factors,
    Mail,
    Review,
    Rule,
    Source,
    Standing,
    State,
)
from missent.service.exposure.plain import about, to_plain
from missent.store.store import SqlStore
from missent.store.typo_tables import exposure_runs

DAY = timedelta(days=1)
ARMY, ML = DomainName.parse("army.mil"), DomainName.parse("army.ml")
LIVE = Standing(
    True, Mail.MX, ("mx.army.ml", "mx2.army.ml"), ("ns.army.ml",), "Registrar, Ltd", NOW
)


def figure(value: float) -> Estimate:
    """Give a figure with a width."""
    return Estimate(value / 2, value, value * 2, Source.PRIOR)


ROW = Exposed(
    domain=ML,
    of=ARMY,
    kind="drop",
    phrase="drops the i of .mil",
    suffix_slip=True,
    open=True,
    country="Mali",
    factors=Factors(*(figure(n / 7) for n in range(1, 6))),
    expected=figure(1 / 3),
    expected_share=1.0,
    controller=Controller(".ml", "Mali, registry of .ml"),
    standing=LIVE,
    jurisdiction="restricted",
    weight=3.0,
)
RUN = Exposure(
    at=NOW,
    names=(ARMY,),
    exposed=(ROW,),
    rules=(Rule(".ml", 1, 1, 1.0, figure(1 / 3), "Mali, registry of .ml", ("army.ml",)),),
    total=figure(1 / 3),
    closed=2,
    calibration={"bounces": 358, "source": "log"},
)


def test_a_run_reads_back_equal(store: SqlStore) -> None:
    """Every figure to the last bit, the standing, the rules; it is audited under its own id."""
    run_id = store.keep_run(RUN, event(subject="run"))
    assert store.run(run_id) == replace(RUN, run_id=run_id)
    assert store.runs() == ((run_id, NOW),)
    assert [found.subject_id for _, found, _ in store.trail()] == [run_id]
    assert store.run("x") is None


def test_runs_of_the_same_names_are_told_by_their_ids(store: SqlStore) -> None:
    """So that a run of thousands of other names need not be read to find the one before."""
    both = (ARMY, DomainName.parse("navy.mil"))
    ids = [
        store.keep_run(replace(RUN, names=names, at=NOW + number * DAY), event())
        for number, names in enumerate((both, (ARMY,), both[::-1]))
    ]
    assert [run_id.endswith(about(both)) for run_id in ids] == [True, False, True]


def test_a_run_is_packed(store: SqlStore) -> None:
    """A thousand rows take a small part of what they are as JSON: fifty runs lie in the guard's store."""
    run = replace(RUN, exposed=(ROW,) * 1_000)
    run_id = store.keep_run(run, event())
    query = sa.select(exposure_runs.c.outcome)
    with store.database.read() as connection:
        kept = connection.execute(query).scalar_one()
    assert len(kept) < len(json.dumps(to_plain(run))) / 10
    assert store.run(run_id) == replace(run, run_id=run_id)


def test_a_run_that_cannot_be_read_is_none(store: SqlStore) -> None:
    """What another version of the program kept stops nobody's work."""
    run_id = store.keep_run(RUN, event())
    with store.database.write() as connection:
        connection.execute(sa.update(exposure_runs).values(outcome="{}"))
    assert store.run(run_id) is None


def test_the_newest_runs_are_kept(store: SqlStore) -> None:
    """Of 53 runs, in any order, the 50 newest remain, the newest first."""
    for number in (3, 52, *range(3), *range(4, 52)):
        store.keep_run(replace(RUN, at=NOW + number * DAY), event())
    times = [at for _, at in store.runs(limit=100)]
    assert times == [NOW + number * DAY for number in range(52, 2, -1)]


def test_a_decision_about_a_name_replaces_the_earlier_one(store: SqlStore) -> None:
    """Reviews outlive runs, keep their note and actor, and are audited each time."""
    first = Review(ML, State.WATCHED, "asked; no answer", "operator:eve", NOW)
    store.review(first, event())
    later = replace(first, state=State.BLOCKED, note="", at=NOW + DAY)
    store.review(later, event())
    other = replace(first, domain=DomainName.parse("armymil.com"))
    store.review(other, event())
    assert store.reviews() == {ML: later, other.domain: other}
    assert len(list(store.trail())) == 3


def test_what_was_looked_up_is_kept_until_it_is_old(store: SqlStore) -> None:
    """A standing reads back equal while it is young enough; one that nobody answered is not kept."""
    silent, gone = DomainName.parse("arny.mil"), DomainName.parse("amy.ml")
    free = Standing(False, Mail.NONE, at=NOW - DAY)
    store.keep_standings({ML: LIVE, silent: UNASKED, gone: free})
    assert store.standings([ML, silent, gone], NOW - 2 * DAY) == {ML: LIVE, gone: free}
    assert store.standings([ML, gone], NOW) == {ML: LIVE}
    assert store.known_standings(NOW - 2 * DAY) == {ML: LIVE, gone: free}
    assert store.known_standings(NOW) == {ML: LIVE}
    later = replace(LIVE, mx=(), mail=Mail.NULL, at=NOW + DAY)
    store.keep_standings({ML: later})
    assert store.standings([ML], NOW) == {ML: later}
    assert store.standings([], NOW) == {}
