"""What a publisher says may warn, and never more, whatever else is found or ruled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.judge.build import NOW, SENDER, case, record

from missent.errors import ConfigError
from missent.judge import score
from missent.judge.case import Case, Record
from missent.judge.finding import Finding
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.published import NOTHING, NotOurs, Published
from missent.judge.signals import published, recurring_pair, suffix_habit
from missent.judge.verdict import Action, Verdict
from missent.mail.domain import DomainName
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox

POLICY = Policy.with_defaults()


def name(text: str) -> DomainName:
    """Read a domain."""
    return DomainName.parse(text)


def said(
    accused: str = "harbur.example",
    meant: str = "harbour.example",
    *names: str,
    why: str = "one letter dropped",
    hint: str = "",
) -> Published:
    """Make the word of one publisher."""
    proven = tuple(map(name, names or (meant,)))
    entry = NotOurs(proven[0], name(accused), name(meant), proven, why, hint)
    return Published({accused: (entry,)})


def findings(one: Case) -> list[Finding]:
    """Give what the signal says of the first recipient."""
    return list(published.find(one, one.envelope.recipients[0]))


def told(to: str, by: Published | None = None, **known: Any) -> Case:
    """Make a case for which a file was loaded."""
    return replace(case(to, **known), published=by or said())


def verdict(one: Case) -> Verdict:
    """Judge the first recipient."""
    return judge(one, POLICY)[0]


def test_a_neighbour_is_warned_of() -> None:
    """The sentence names the publisher as the one who says it; the fix is at the publisher's."""
    one = verdict(told("joe@harbur.example"))
    assert (one.action, one.rule) == (Action.WARN, "published neighbour")
    assert one.suggestion == Mailbox.parse("joe@harbour.example")
    assert one.because == (
        "harbour.example, whose file you loaded, says harbur.example is not theirs (one letter dropped)"
    )


def test_the_hint_is_quoted() -> None:
    """What the publisher tells senders stands in quotation marks, after its name."""
    [found] = findings(told("joe@harbur.example", said(why="", hint="Ask our desk.")))
    assert found.because == (
        "harbour.example, whose file you loaded, says harbur.example is not theirs; "
        'harbour.example says: "Ask our desk."'
    )


@pytest.mark.parametrize(
    ("to", "by", "meant"),
    [
        ("joe@mail.harbur.example", said(), "joe@mail.harbour.example"),
        ("joe@depot.go.uk", said("go.uk", "gov.uk", "depot.gov.uk"), "joe@depot.gov.uk"),
        ("joe@m.depot.go.uk", said("go.uk", "gov.uk", "depot.gov.uk"), "joe@m.depot.gov.uk"),
        ("joe@port.go.uk", said("go.uk", "gov.uk", "depot.gov.uk"), None),
        ("joe@go.uk", said("go.uk", "gov.uk", "depot.gov.uk"), None),
        ("joe@xharbur.example", said(), None),
        ("joe@harbour.example", said(), None),
        ("joe@[192.0.2.1]", said(), None),
        ("joe@" + "a." * 118 + "harbur.example", said(meant="harbour-master.example"), None),
    ],
)
def test_names_below_are_the_accuseds_too(to: str, by: Published, meant: str | None) -> None:
    """Below an eaten suffix only what stands for the publisher's own name is its affair."""
    found = findings(told(to, by))
    assert [str(one.suggestion) for one in found] == ([meant] if meant else [])


@pytest.mark.parametrize(
    "known",
    [
        {"harbur.example": Record(answered=1, answered_people=1, sent_by_sender=1)},
        {"harbur.example": record(20, 9)},
        {"harbur.example": Record(in_directory=True)},
        {"joe@harbur.example": Record(in_directory=True)},
        {"joe@harbur.example": Record(answered=1, answered_people=1, sent_by_sender=2)},
        {"joe@harbur.example": Record(validated=NOW)},
    ],
)
def test_what_is_known_here_overrides_it(known: dict[str, Record]) -> None:
    """An answered history with the accused, this sender's validation, the directory."""
    assert findings(told("joe@harbur.example", known=known)) == []


@pytest.mark.parametrize(
    "known",
    [
        {"harbur.example": Record(sent=5000, sent_by_sender=900)},
        {"harbur.example": Record(heard=20, heard_weakly=20)},
        {"harbur.example": Record(answered=1, answered_people=1)},
    ],
)
def test_what_is_no_answer_does_not(known: dict[str, Record]) -> None:
    """Sends, unasked mail, and one answer to somebody else: a squatter has all of these."""
    assert findings(told("joe@harbur.example", known=known))


@pytest.mark.parametrize("to", ["joe@contractor.example", "joe@gmail.com"])
def test_ours_and_what_everybody_knows_is_never_accused(to: str) -> None:
    """Though a file that got in by whatever way says so."""
    domain = to.partition("@")[2]
    assert findings(told(to, said(domain, "harbour.example"))) == []


_OTHERS = st.lists(
    st.builds(
        Finding,
        st.sampled_from(["domain_typo", "first_contact", "wrong_person", "suffix_habit", "odd"]),
        st.just("joe@harbur.example"),
        st.floats(-9, 12),
        st.just("because"),
        st.none(),
        st.dictionaries(st.just("suspect"), st.booleans()),
    ),
    max_size=5,
)


@given(_OTHERS)
def test_it_adds_nothing_to_whatever_else_is_found(others: list[Finding]) -> None:
    """Weight nil: with any findings the probability is the same to the last bit."""
    [found] = findings(told("joe@harbur.example"))
    assert found.weight == 0.0
    assert score.misdirection([*others, found]) == score.misdirection(others)
    assert score.sensitivity([*others, found]) == score.sensitivity(others)


@given(_OTHERS)
def test_it_turns_a_delivery_into_a_warning_and_nothing_else(others: list[Finding]) -> None:
    """What another rule holds, warns of or blocks is done as before, under the same name."""

    def other(_case: Case, _recipient: Recipient) -> list[Finding]:
        return others

    one = told("joe@harbur.example")
    [before] = judge(replace(one, published=NOTHING), POLICY, signals=(other,))
    [after] = judge(one, POLICY, signals=(other, published.find))
    assert after.misdirection == before.misdirection
    if before.action is Action.DELIVER:
        assert (after.action, after.rule) == (Action.WARN, "published neighbour")
    else:
        assert (after.action, after.rule) == (before.action, before.rule)


def test_its_suggestion_comes_after_any_of_our_own() -> None:
    """A publisher does not redirect what the guard itself would correct."""
    ours = Finding(
        "domain_typo", "joe@harbur.example", -3.0, "x", Mailbox.parse("joe@harbor.example")
    )
    one = told("joe@harbur.example")
    [after] = judge(one, POLICY, signals=(published.find, lambda *_: [ours]))
    assert after.suggestion == ours.suggestion


@pytest.mark.parametrize("action", ["hold", "block"])
def test_no_rule_may_hold_on_a_strangers_word(action: str) -> None:
    """An operator who tries is told; warning or delivering is the choice."""
    rule = {"name": "mine", "when": {"signal": "published"}, "action": action}
    with pytest.raises(ConfigError, match="may only warn"):
        Policy.from_rules([rule])
    with pytest.raises(ConfigError, match="may only warn"):
        Policy.from_rules([{**rule, "when": {"signal": "published", "min_sensitivity": 3}}])
    assert Policy.from_rules([{**rule, "action": "deliver"}]).rules


def test_no_rule_may_ask_it_for_a_fact() -> None:
    """A fact that a finding lacks would hold (see policy), so the question is refused when it is read."""
    when = {"signal": "published", "suspect": True}
    with pytest.raises(ConfigError, match="no facts"):
        Policy.from_rules([{"name": "mine", "when": when, "action": "warn"}])


def test_mutual_claims_make_no_suspect() -> None:
    """domain_typo says nothing of the pair; of another look-alike of the same name it still does."""
    known = {
        "depot.example": record(60, 50),
        "joe@depot.example": Record(sent=9, sent_by_sender=9, answered=9),
        "joe@mail.depot.example": Record(sent=9, sent_by_sender=9, answered=9),
    }
    both = Published(
        allies={
            "depot.example": frozenset({"depot.test"}),
            "depot.test": frozenset({"depot.example"}),
        }
    )
    written = case("joe@depot.test", "joe@mail.depot.test", "joe@dept.example", known=known)
    before = [v.action for v in judge(written, POLICY)]
    assert all(action is not Action.DELIVER for action in before)
    after = judge(replace(written, published=both), POLICY)
    assert [v.action for v in after] == [Action.DELIVER, Action.DELIVER, before[2]]


def test_mutual_claims_count_for_the_other_signals_of_names() -> None:
    """A pair that is written to again and again, or lies under a suffix next to a closed one."""
    both = Published(
        allies={"depot.mil": frozenset({"depot.ml"}), "depot.ml": frozenset({"depot.mil"})}
    )
    pair = case(
        "joe@depot.ml",
        known={
            "depot.mil": record(60, 50),
            "mil": record(60, 50),
            "joe@depot.ml": Record(sent=9, sent_by_sender=9),
        },
        sender=SENDER,
    )
    [recipient] = pair.envelope.recipients
    for find in (recurring_pair.find, suffix_habit.find):
        assert list(find(pair, recipient))
        assert list(find(replace(pair, published=both), recipient)) == []
