"""Who is suspect, and what clears them: DESIGN's section on trust as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.build import NOW, case, days_ago, record

from missent.judge.case import Record
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Action, Verdict
from missent.mail.mailbox import Mailbox

POLICY = Policy.with_defaults()
GOOD = record(214, 190)
"""A partner we write to and who answers."""


def verdict(to: str, known: dict[str, Record] | None = None) -> Verdict:
    """Judge one recipient."""
    return judge(case(to, known=known), POLICY)[0]


@pytest.mark.parametrize(
    ("to", "suggestion"),
    [
        ("john@army.ml", "john@army.mil"),
        ("john@mail.army.ml", "john@mail.army.mil"),
        ("john@usarmy.ml", "john@us.army.mil"),
        ("x@af.ml", "x@af.mil"),
        ("y@navy.mi", "y@navy.mil"),
        ("x@mod.go.uk", "x@mod.gov.uk"),
        ("x@hmrc.go.uk", "x@hmrc.gov.uk"),
        ("x@any-office.go.uk", "x@any-office.gov.uk"),
        ("x@nzdf.ml.nz", "x@nzdf.mil.nz"),
        ("x@forces.g.ca", "x@forces.gc.ca"),
        ("x@nato.it", "x@nato.int"),
        ("x@army.mil.com", "x@army.mil"),
        ("a@gmial.com", "a@gmail.com"),
        ("a@gmail.co", "a@gmail.com"),
        ("a@hotnail.com", "a@hotmail.com"),
        ("bob@contractr.example", "bob@contractor.example"),
        ("bob@hr.contractr.example", "bob@hr.contractor.example"),
    ],
)
def test_the_first_day_already_holds_the_famous_slips(to: str, suggestion: str) -> None:
    """With nothing learned, public names and our own domain are enough."""
    found = verdict(to)
    assert found.action is Action.HOLD
    assert found.suggestion == Mailbox.parse(suggestion)


@pytest.mark.parametrize(
    "to",
    [
        "someone@orange.ml",
        "x@gmail.com",
        "x@ymail.com",
        "x@mail.com",
        "x@yahoo.fr",
        "x@126.com",
        "y@navy.mil",
        "y@mail.navy.mil",
        "x@army.nl",
        "x@bop.gov",
        "x@uspis.gov",
        "x@mod.uk",
        "x@gm.com",
        "x@kpmg.com",
        "x@psu.edu",
        "x@partner.example",
        "bob@contractor.example",
        "bob@contracto.contractor.example",
        "x@[192.0.2.1]",
    ],
)
def test_the_first_day_leaves_real_names_alone(to: str) -> None:
    """Public neighbours of each other, other suffixes and unknown names are delivered."""
    assert verdict(to).action is Action.DELIVER


LEARNED = {"partner.example": GOOD}


@pytest.mark.parametrize(
    ("squatter", "why"),
    [
        (None, "never seen"),
        (record(5000, since=3000), "a ten-year typo with thousands of sends"),
        (record(0, heard=50), "writes in, authenticated, unasked"),
        (record(5000, heard=500, since=3000), "both"),
        (record(10, 1), "answered once"),
        (record(10, 2), "answered twice"),
        (record(10, 30, people=1), "answers one person only"),
        (record(10, 30, since=10), "answers many, but only for ten days"),
    ],
)
def test_a_suspect_gains_nothing_but_by_enough_answers(squatter: Record | None, why: str) -> None:
    """Neither sends, nor unsolicited mail, nor a few answers change the judgement at all."""
    known = LEARNED | ({"partnr.example": squatter} if squatter else {})
    found = verdict("ann@partnr.example", known)
    fresh = verdict("ann@partnr.example", LEARNED)
    assert found.action is Action.HOLD, why
    assert found.misdirection >= fresh.misdirection
    assert found.suggestion == Mailbox.parse("ann@partner.example")


def test_three_answers_to_two_people_over_two_weeks_lower_the_score() -> None:
    """Enough answers count, but do not make trust: a squatter answers, too."""
    answering = replace(record(10, 3, since=15, people=2))
    found = verdict("ann@partnr.example", LEARNED | {"partnr.example": answering})
    fresh = verdict("ann@partnr.example", LEARNED)
    assert 0.1 < found.misdirection < fresh.misdirection
    assert found.findings


def test_a_slip_in_the_suffix_is_held_however_often_it_answers() -> None:
    """The rule is pinned: only the sender's validation or the directory opens the way."""
    known = {"army.mil": GOOD, "army.ml": record(5000, 150, since=3000, heard=99)}
    found = verdict("john@army.ml", known)
    assert (found.action, found.rule) == (Action.HOLD, "suffix slip")


def test_a_public_name_is_never_the_suspect_of_a_learned_one() -> None:
    """The learned typo has more answers, and still army.mil is the name that is meant."""
    known = {"army.ml": record(5000, 900, since=3000), "army.mil": record(3, 1, since=2)}
    assert verdict("john@army.mil", known).action is Action.DELIVER
    assert verdict("john@army.mil", {"army.ml": known["army.ml"]}).action is Action.DELIVER


@pytest.mark.parametrize(
    ("trusted", "other", "why"),
    [
        (record(9, 9), record(500, 2, since=3000), "more answers"),
        (record(9, 0, since=500), record(500, 0, since=400), "a tie: known first"),
    ],
)
def test_of_two_learned_names_one_is_the_suspect(trusted: Record, other: Record, why: str) -> None:
    """More answers decide, on a tie the age, and never the sends."""
    known = {"partner.example": trusted, "partnr.example": other}
    assert verdict("ann@partner.example", known).action is Action.DELIVER, why
    assert verdict("ann@partnr.example", known).action is Action.HOLD, why


def test_weak_evidence_breaks_no_tie() -> None:
    """Who writes in unauthenticated gains nothing by it: on a tie, the name known first is meant."""
    typo, right = replace(record(9, since=1), heard_weakly=4), record(1, since=900)
    known = {"riverbnk.example": typo, "riverbank.example": right}
    assert verdict("kim@riverbnk.example", known).suggestion is not None
    assert verdict("kim@riverbank.example", known).suggestion is None


def test_the_directory_exempts() -> None:
    """A listed domain, or a listed mailbox, is nobody's slip."""
    listed = Record(in_directory=True)
    assert verdict("j@army.ml", {"army.ml": listed}).action is Action.DELIVER
    assert verdict("j@mail.army.ml", {"army.ml": listed}).action is Action.DELIVER
    assert verdict("j@army.ml", {"j@army.ml": listed}).action is Action.DELIVER
    assert verdict("k@army.ml", {"j@army.ml": listed}).action is Action.HOLD


@pytest.mark.parametrize(("days", "action"), [(0, "deliver"), (90, "deliver"), (91, "hold")])
def test_a_validation_lasts_ninety_days(days: int, action: str) -> None:
    """After that the sender is asked again."""
    known = {"j@army.ml": replace(record(5), validated=days_ago(days))}
    assert verdict("j@army.ml", known).action == action


def test_a_validation_is_for_that_address_only() -> None:
    """The view shows this sender's own validation of exactly this mailbox; others stay held."""
    known = {"j@army.ml": replace(record(5), validated=NOW - timedelta(days=1))}
    assert verdict("k@army.ml", known).action is Action.HOLD
    assert verdict("j@navy.ml", known).action is Action.HOLD


def test_the_same_person_at_the_other_name_makes_it_nearly_sure() -> None:
    """The same local part known at the name meant is strong, a role's is not."""
    known = {"gte.net": record(40, 20), "ann@gte.net": record(9, 9), "info@gte.net": record(9, 9)}
    ann, info = verdict("ann@gte.com", known), verdict("info@gte.com", known)
    stranger = verdict("zoe@gte.com", known)
    assert ann.misdirection > info.misdirection > stranger.misdirection


def test_another_real_suffix_is_a_doubt_only_where_we_write_to_the_first() -> None:
    """orange.ml is nothing to us until orange.fr is a correspondent; then it may be asked about."""
    assert verdict("z@acmecorp.de").action is Action.DELIVER
    assert verdict("z@acmecorp.de", {"acmecorp.com": record(90, 60)}).action is Action.WARN


def test_a_wrong_office_in_a_closed_registry_is_not_squatting() -> None:
    """Under .gov nobody can squat: one answer is enough, a first use at most a warning, sends nothing."""
    agencies = {"claycountymn.gov": record(90, 60)}
    assert verdict("x@claycountymo.gov", agencies).action in {Action.DELIVER, Action.WARN}
    written_to = agencies | {"claycountymo.gov": record(5000)}
    assert verdict("x@claycountymo.gov", written_to).suggestion is not None
    answering = agencies | {"claycountymo.gov": record(1, 1)}
    assert verdict("x@claycountymo.gov", answering).suggestion is None


def test_the_sentence_says_what_is_known_of_both() -> None:
    """One plain sentence with its evidence and a fix (law 10)."""
    known = {"army.mil": GOOD, "army.ml": record(5000)}
    assert verdict("john@army.ml", known).because == (
        "army.ml looks like army.mil but drops the i of .mil; your organisation wrote to army.mil "
        "214 times and it answered 190; army.ml was written to 5000 times and never answered "
        "anyone here"
    )
    mine = {"army.mil": replace(record(1, 1), sent_by_sender=1)}
    assert "you wrote to army.mil once and it answered 1" in verdict("john@army.ml", mine).because


def test_rules_can_ask_for_the_facts() -> None:
    """The finding carries what policies and reports need."""
    finding = verdict("john@mail.army.ml").findings[0]
    assert dict(finding.facts) == {
        "suffix_slip": True,
        "slip": "drop",
        "suspect": True,
        "intended": "mail.army.mil",
    }


COUNTS = st.integers(0, 10_000)
SLIPS = st.sampled_from(
    ["ann@partnr.example", "ann@partnre.example", "john@army.ml", "a@gmial.com"]
)


@given(SLIPS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_sends_and_unsolicited_mail_never_help_a_suspect(
    to: str, sent: int, heard: int, more_sent: int, more_heard: int
) -> None:
    """Trust is monotone in answers alone."""
    domain = to.rpartition("@")[2]

    def at(sends: int, hears: int) -> float:
        squatter = replace(record(since=9), sent=sends, heard=hears)
        return verdict(to, LEARNED | {domain: squatter, to: squatter}).misdirection

    assert at(sent + more_sent, heard + more_heard) >= at(sent, heard)
