"""Beliefs about the evidence: what an envelope says, what it must not say, and how much."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from bench.collection_evidence import figures, hits
from hypothesis import given
from hypothesis import strategies as st
from tests.service.collection.happenings import NOW, bot, hit

from missent.service.collection.collection import Check, Hit, Likely, OrganisationRecord
from missent.service.collection.evidence import BASE, likely, score, weigh

GOOD = hit("ann@contractor.example", "john@army.ml")
BOT = bot("info@army.ml")


def known(**fields: object) -> OrganisationRecord:
    """What was known of `contractor.example` for a month."""
    base = OrganisationRecord("contractor.example", NOW - timedelta(days=30), NOW, 10, 8, 10, 10, 9)
    return replace(base, **fields)  # type: ignore[arg-type]


def test_a_slip_to_a_known_mailbox_is_real_and_a_bots_mail_is_spam() -> None:
    """The two clear cases are told apart without any record."""
    assert likely(GOOD, None) is Likely.REAL
    assert likely(BOT, None) is Likely.SPAM


def test_a_bounce_is_unclear_whatever_it_comes_from() -> None:
    """The null path is never real mail and never called spam."""
    for one in (GOOD, BOT):
        assert likely(replace(one, sender=None), None) is Likely.UNCLEAR


def test_without_directory_nothing_is_called_real_at_first_sight() -> None:
    """Honest servers carry spam, too: the envelope alone is not enough."""
    assert likely(replace(GOOD, listed=None), None) is Likely.UNCLEAR


@pytest.mark.parametrize("record", [None, known(), known(real=0, listed=0)])
@pytest.mark.parametrize("base", [GOOD, BOT, replace(GOOD, tls=False, rcpts=9)])
def test_the_directory_neither_makes_nor_unmakes_spam(
    base: Hit, record: OrganisationRecord | None
) -> None:
    """Whether a mailbox exists must not show in what a postmaster is told: spam has no pairs."""
    spam = {
        likely(replace(base, listed=listed), record) is Likely.SPAM
        for listed in (None, True, False)
    }
    assert len(spam) == 1


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"listed": True}, {"listed": None}),
        ({"listed": None}, {"listed": False}),
        ({"aligned": Check.PASS}, {"aligned": Check.UNKNOWN}),
        ({"aligned": Check.UNKNOWN}, {"aligned": Check.FAIL}),
        ({"confirmed": Check.PASS}, {"confirmed": Check.FAIL}),
        ({"tls": True}, {"tls": False}),
        ({"rcpts": 1}, {"rcpts": 5}),
        ({"rcpts": 5}, {"rcpts": 50}),
        ({"helo": "mx.contractor.example"}, {"helo": "[192.0.2.7]"}),
        ({"helo": "mx.contractor.example"}, {"helo": "localhost"}),
        ({"helo": "mx.contractor.example"}, {"helo": "no host name"}),
        ({"helo": "mx.contractor.example"}, {"helo": "7-2-0-192.dsl.example"}),
        ({"helo": "mx.contractor.example"}, {"helo": "host192.0.2.7.isp.example"}),
        ({"helo": "mx.contractor.example"}, {"helo": "mail.army.ml"}),
        ({"logged_in": False}, {"logged_in": True}),
    ],
)
def test_each_piece_of_evidence_has_its_direction(
    better: dict[str, object], worse: dict[str, object]
) -> None:
    """Changing one thing for the worse lowers the score."""
    one, other = (replace(GOOD, **fields) for fields in (better, worse))  # type: ignore[arg-type]
    assert score(one, None) > score(other, None)


def test_a_sender_at_the_typo_domain_is_forged() -> None:
    """Nobody has a mailbox there, also not below it."""
    for sender in ("john@army.ml", "john@mail.army.ml"):
        forged = replace(hit(sender, "rose@army.ml"), helo="mx.other.example")
        assert score(forged, None) < score(GOOD, None) - 2


def test_a_record_is_not_believed_of_a_client_that_may_not_send_for_it() -> None:
    """Forging a known organisation gains nothing; unchecked, it gains half."""
    failed = replace(GOOD, aligned=Check.FAIL)
    assert score(failed, known()) == score(failed, None)
    unchecked = replace(GOOD, aligned=Check.UNKNOWN)
    gained = score(unchecked, known()) - score(unchecked, None)
    assert gained == pytest.approx((score(GOOD, known()) - score(GOOD, None)) / 2)


def test_an_organisation_that_meets_no_mailbox_loses_by_its_record() -> None:
    """A dictionary is told from people by how much of it exists."""
    assert score(GOOD, known(real=0, listed=0)) < score(GOOD, known(real=0, listed=3))


def test_the_score_is_the_sum_of_its_reasons() -> None:
    """Every figure can be explained: a base and weights, each with a sentence."""
    weights = weigh(GOOD, known())
    assert score(GOOD, known()) == pytest.approx(BASE + sum(one.log_odds for one in weights))
    assert all(one.because for one in weights)


@given(st.text(max_size=300), st.sampled_from(["192.0.2.7", "2001:db8::1", "", "1.2.3"]))
def test_any_greeting_is_weighed(helo: str, client: str) -> None:
    """Whatever a client calls itself, there is a finite score and a verdict."""
    one = replace(GOOD, helo=helo, client=client)
    assert -20 < score(one, None) < 20
    assert likely(one, None) in Likely


def test_the_synthetic_set_meets_its_target() -> None:
    """On the invented mail of the bench the area is 0.9 or more, and what is called real mostly is."""
    found = figures(hits(4000, seed=11), look_ups=True, directory=True)
    assert found["auc"] >= 0.9
    assert found["real_precision"] >= 0.85
    blind = figures(hits(4000, seed=11), look_ups=False, directory=False)
    assert 0.7 < blind["auc"] < found["auc"]
