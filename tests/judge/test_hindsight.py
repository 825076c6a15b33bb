"""Who was meant when all is known that will be: the mistyped domain as an investigation asks for it."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.build import case, days_ago

from missent.judge.case import Record
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Action, Verdict
from missent.mail.mailbox import Mailbox
from missent.service.investigation.book import DOUBTFUL, MISDIRECTED

POLICY = Policy.with_defaults()
RIGHT, WRONG = "partner.example", "partnr.example"
KNOWN = {f"ann@{RIGHT}": Record(sent=9, answered=4, answered_people=1)}
"""The person who was meant."""


def record(
    sent: int = 0,
    answered: int = 0,
    *,
    people: int = 2,
    weakly: int = 0,
    mailboxes: int = 1,
    once: int = 0,
    since: float = 400,
) -> Record:
    """Make a record whose traffic is spread over the whole time since it was first seen."""
    return Record(
        sent=sent,
        answered=answered,
        answered_people=min(people, answered),
        first_answer=days_ago(since) if answered else None,
        last_answer=days_ago(0) if answered else None,
        heard_weakly=weakly,
        mailboxes=mailboxes,
        once=once,
        first_seen=days_ago(since),
        last_seen=days_ago(0),
    )


def verdict(to: str, known: Mapping[str, Record], *, hindsight: bool = True) -> Verdict:
    """Judge one recipient."""
    made = case(to, known=known)
    view = replace(made.correspondence, hindsight=hindsight)
    return judge(replace(made, correspondence=view), POLICY)[0]


def doubted(wrong: Record, right: Record) -> bool:
    """Tell whether the judge takes one name for another."""
    return verdict(f"ann@{WRONG}", {RIGHT: right, WRONG: wrong, **KNOWN}).suggestion is not None


# --- which of the two was meant ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        (record(20, 2), record(20, 1), "more answers"),
        (record(2, 1), record(900, 0, weakly=50), "one answer, whatever the other wrote"),
        (record(20, weakly=2), record(20, weakly=1), "as many answers, but heard from more"),
        (record(0, weakly=1), record(900), "never written to, but heard from"),
        (record(20, 5, weakly=2), record(20, 5, weakly=1), "answers tie, then what was heard"),
        (record(9), record(3), "nobody was heard: three times the messages"),
    ],
)
def test_of_two_names_the_better_known_was_meant(right: Record, wrong: Record, why: str) -> None:
    """Answers decide, then what was heard, then three times the messages; and only one way round."""
    assert doubted(wrong, right), why
    assert not doubted(right, wrong), why


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (record(8), record(3)),
        (record(500), record(500)),
        (record(8, weakly=4), record(3, weakly=4)),
        (record(8, 4, weakly=1), record(3, 4, weakly=1)),
    ],
)
def test_otherwise_neither_was(one: Record, other: Record) -> None:
    """Two names known alike are two names: nobody guesses which of them is the slip."""
    assert not doubted(one, other)
    assert not doubted(other, one)


@pytest.mark.parametrize(("right_since", "wrong_since"), [(10, 900), (900, 10), (10, 10)])
def test_where_the_sources_begin_says_nothing(right_since: float, wrong_since: float) -> None:
    """A mistake that stands in the log before the right name is no less a mistake."""
    right, wrong = record(30, since=right_since), record(3, since=wrong_since)
    assert doubted(wrong, right)
    assert not doubted(right, wrong)


def test_live_it_is_the_name_known_first() -> None:
    """The same two records, asked for by the guard: there the age decides a tie, as ever."""
    known = {RIGHT: record(30, since=10), WRONG: record(3, since=900), **KNOWN}
    assert verdict(f"ann@{WRONG}", known, hindsight=False).suggestion is None
    assert verdict(f"ann@{RIGHT}", known, hindsight=False).suggestion is not None


def test_hosts_are_judged_as_their_owner() -> None:
    """A host that is seldom written to is not the slip of a name its owner outweighs."""
    owner, host = record(300), record(2)
    known = {RIGHT: record(9), WRONG: owner, f"mail.{WRONG}": host}
    assert verdict(f"zoe@{WRONG}", known).suggestion is None
    assert verdict(f"zoe@mail.{WRONG}", known).suggestion is None


# --- a mistake made for years --------------------------------------------------------------------


@pytest.mark.parametrize("mil", [None, record(1), record(3, weakly=1)])
@pytest.mark.parametrize("ml", [record(7_000, mailboxes=400), record(7_000, weakly=90)])
def test_the_story_is_found(mil: Record | None, ml: Record) -> None:
    """Thousands to army.ml, few or none to army.mil: the public name is meant all the same."""
    known = {"army.ml": ml} | ({"army.mil": mil} if mil else {})
    found = verdict("john@army.ml", known)
    assert found.misdirection >= MISDIRECTED
    assert found.suggestion == Mailbox.parse("john@army.mil")
    assert verdict("john@army.mil", known).suggestion is None


def test_a_slip_of_our_own_name_is_found() -> None:
    """Nobody's log says how often we write to ourselves; what is near our name is ours all the same."""
    found = verdict("bob@contractr.example", {"contractr.example": record(900, mailboxes=300)})
    assert found.misdirection >= MISDIRECTED


def test_what_is_made_more_often_than_the_right_one_is_found_if_that_answers() -> None:
    """An address book keeps the wrong name for years: the answers say which of the two is wrong."""
    known = {RIGHT: record(40, 30, mailboxes=8), WRONG: record(900, mailboxes=3), **KNOWN}
    assert verdict(f"ann@{WRONG}", known).misdirection >= MISDIRECTED
    assert verdict(f"ann@{RIGHT}", known).suggestion is None


@given(
    right=st.builds(record, st.integers(1, 5_000), st.integers(1, 2_000), once=st.integers(0, 500)),
    mailboxes=st.integers(1, 20),
    sends=st.tuples(st.integers(0, 100_000), st.integers(0, 100_000)),
    box=st.sampled_from(["ann", "zoe", "info"]),
)
def test_sends_alone_never_clear_a_name(
    right: Record, mailboxes: int, sends: tuple[int, int], box: str
) -> None:
    """What is sure at few messages is doubtful at many, and never nothing (law 1)."""
    few, many = (mailboxes + count for count in sorted(sends))

    def at(sent: int) -> float:
        wrong = record(sent, mailboxes=mailboxes)
        return verdict(f"{box}@{WRONG}", {RIGHT: right, WRONG: wrong, **KNOWN}).misdirection

    if at(few) >= MISDIRECTED:
        assert at(many) >= DOUBTFUL


@given(st.integers(1, 100_000), st.integers(0, 100_000), st.integers(0, 9_000))
def test_neither_sends_nor_people_help_a_slip_of_a_public_name(
    sent: int, more: int, mailboxes: int
) -> None:
    """What stands by itself is not outweighed."""

    def at(count: int, boxes: int) -> float:
        return verdict("john@army.ml", {"army.ml": record(count, mailboxes=boxes)}).misdirection

    assert at(sent + more, mailboxes) == at(sent, 1)


# --- a real neighbour ----------------------------------------------------------------------------

NEIGHBOUR = record(30, 3, since=14, mailboxes=4)
"""Answers as DESIGN's section on trust asks for them, and no more."""


@pytest.mark.parametrize(
    ("to", "known"),
    [
        (f"zoe@{WRONG}", {RIGHT: record(200, 90, once=110, mailboxes=150), WRONG: NEIGHBOUR}),
        ("zoe@hotmal.com", {"hotmal.com": NEIGHBOUR}),
    ],
)
def test_a_neighbour_that_answers_is_only_doubtful(to: str, known: dict[str, Record]) -> None:
    """Three answers from two mailboxes over two weeks make a doubt of it, no more and no less."""
    domain = to.rpartition("@")[2]
    silent = verdict(to, known | {domain: record(30, since=14, mailboxes=4)})
    found = verdict(to, known)
    assert DOUBTFUL <= found.misdirection < MISDIRECTED <= silent.misdirection


@pytest.mark.parametrize(
    "answering",
    [
        record(30, 2, since=14, mailboxes=4),
        record(30, 3, people=1, since=14, mailboxes=4),
        record(30, 3, since=13, mailboxes=4),
        record(30, weakly=500, since=14, mailboxes=4),
    ],
)
def test_less_than_that_is_nothing(answering: Record) -> None:
    """Two answers, answers from one mailbox, or within thirteen days: a squatter answers, too."""
    known = {RIGHT: record(200, 90, once=80, mailboxes=100)}
    silent = verdict(f"zoe@{WRONG}", known | {WRONG: record(30, since=14, mailboxes=4)})
    found = verdict(f"zoe@{WRONG}", known | {WRONG: answering})
    assert found.misdirection == silent.misdirection


# --- the crowd -----------------------------------------------------------------------------------


def among(mailboxes: int, *, hindsight: bool = True) -> float:
    """Give what is thought of a name, by how many people there are written to."""
    known = {
        RIGHT: record(200, 90, once=40, mailboxes=60),
        WRONG: record(200, mailboxes=mailboxes),
    }
    return verdict(f"zoe@{WRONG}", known, hindsight=hindsight).misdirection


def test_a_slip_is_written_to_few_people() -> None:
    """The more people are written to under a name, the less it is a slip; many clear it."""
    grades = [among(count) for count in (1, 2, 4, 8, 32, 128)]
    assert grades == sorted(grades, reverse=True)
    assert grades[0] > MISDIRECTED
    assert grades[-1] < DOUBTFUL


def test_as_many_as_slips_are_expected_are_no_crowd() -> None:
    """Of what goes to a large name five in a thousand may be slips, each to somebody else."""
    known = {RIGHT: record(10_000, 6_000, once=4_000, mailboxes=900)}
    one, many = (
        verdict(f"zoe@{WRONG}", known | {WRONG: record(80, mailboxes=count)}).misdirection
        for count in (1, 80)
    )
    assert one == many


def test_live_there_is_no_crowd() -> None:
    """The guard does not count people there."""
    assert among(1, hindsight=False) == among(500, hindsight=False)


# --- the person ----------------------------------------------------------------------------------


def of_person(to: str, *, once: int = 0, sent: int = 100, hindsight: bool = True) -> float:
    """Give what is thought of a recipient at the wrong name, by what is known at the right one."""
    right = record(sent, 60, mailboxes=30, once=once)
    known = {RIGHT: right, WRONG: record(2), f"info@{RIGHT}": record(9, 3), **KNOWN}
    return verdict(f"{to}@{WRONG}", known, hindsight=hindsight).misdirection


def test_the_same_person_known_says_more_than_live() -> None:
    """All is known that will be, so that one person at two names is nearly always one slip."""
    assert of_person("ann") > of_person("ann", hindsight=False)
    assert of_person("info") == of_person("info", hindsight=False)


def test_that_nobody_is_known_says_the_more_the_fewer_are_new() -> None:
    """Of messages to a name, the share to people written to once is the share of new people (Good 1953)."""
    grades = [of_person("zoe", once=once) for once in (0, 4, 10, 40, 80)]
    assert grades == sorted(grades)
    assert grades[0] == grades[1]  # at most so much
    assert of_person("zoe", once=100) == of_person("zoe", hindsight=False)
    assert of_person("sales") == of_person("sales", hindsight=False)


# --- live mail -----------------------------------------------------------------------------------


def test_nothing_of_it_changes_live_judging() -> None:
    """On a grid of records, what only hindsight counts changes no verdict of the guard, not by a digit."""
    counts = itertools.product((0, 1, 40), (0, 1, 5), (0, 6), (3, 30))
    records = [record(s, a, weakly=w, since=d) for s, a, w, d in counts]
    recipients = (f"ann@{WRONG}", f"zoe@mail.{WRONG}", "john@army.ml", "bob@contractr.example")
    actions = set()
    for to, wrong, right in itertools.product(recipients, records, records[::3]):
        domain = to.rpartition("@")[2]
        plain = {RIGHT: right, domain: wrong, "army.mil": right, **KNOWN}
        more = {key: replace(one, mailboxes=77, once=9) for key, one in plain.items()}
        zero = {key: replace(one, mailboxes=0, once=0) for key, one in plain.items()}
        found = verdict(to, more, hindsight=False)
        assert found == verdict(to, zero, hindsight=False)
        actions.add(found.action)
    assert {Action.DELIVER, Action.HOLD} <= actions


@given(
    st.sampled_from([f"ann@{WRONG}", f"zoe@{WRONG}", "john@army.ml", "a@gmial.com"]),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 10_000),
)
def test_live_sends_make_a_target_and_never_trust(
    to: str, sent: int, more: int, mailboxes: int, once: int
) -> None:
    """No number of messages, to however many people, makes the guard think better of a name."""
    domain, right = to.rpartition("@")[2], record(20, 10)

    def at(sends: int, boxes: int) -> float:
        wrong = record(sends, since=9, mailboxes=boxes, once=min(once, boxes))
        known = {RIGHT: right, domain: wrong, to: wrong}
        return verdict(to, known, hindsight=False).misdirection

    assert at(sent + more, mailboxes) >= at(sent, 0)


def test_the_sentence_says_what_went_and_came() -> None:
    """A report says what the sources hold, not what the organisation has known longer."""
    known = {RIGHT: record(40, 30, weakly=2), WRONG: record(900), f"mail.{WRONG}": record(1)}
    assert verdict(f"ann@{WRONG}", known).because == (
        "partnr.example looks like partner.example but drops the e; 40 messages went to "
        "partner.example and 32 came from it; partnr.example was written to 900 times and never "
        "answered anyone here"
    )
    one = {RIGHT: record(3), WRONG: record(1), f"ann@{RIGHT}": record(1)}
    assert "3 messages went to partner.example and none came from it" in (
        verdict(f"ann@{WRONG}", one).because
    )
    host = verdict(f"ann@mail.{WRONG}", known).because
    assert "mail.partnr.example was written to once" in host
    public = verdict("john@army.ml", {"army.ml": record(5)}).because
    assert "army.mil is a well-known defence name" in public
