"""Beliefs about the policy fragment: the guard reads it, stops just these names, and is not tricked."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from tests.judge.build import case, record
from tests.service.investigation.warning_samples import (
    ANN,
    CANARY,
    destination,
    incident,
    name,
    pair,
    story,
    without_time,
)

from missent.config import load
from missent.judge.judgement import judge
from missent.judge.policy import DEFAULT_RULES, Policy
from missent.judge.verdict import Action, Verdict
from missent.mail.domain import DomainName
from missent.service.investigation.guarding import fragment, rule_name
from missent.service.investigation.incident import Destination, Doubt, Incident


def _policy(given: Incident) -> Policy:
    return Policy.with_defaults(tomllib.loads(fragment(given)).get("policy", ()))


def _judged(recipient: str, policy: Policy) -> Verdict:
    known = {"army.mil": record(214, 190), "army.ml": record(5000), "harbour.example": record(9, 7)}
    return judge(case(recipient, known=known), policy)[0]


def _of(*wrong: Destination) -> Incident:
    return incident([pair(ANN, "x@army.ml", None)], wrong)


@pytest.mark.parametrize(
    ("recipient", "without", "rule"),
    [
        ("john@army.ml", Action.HOLD, "suffix slip"),  # held before; from now on by its own name
        ("john@airforce.example", Action.DELIVER, "default"),  # a name nobody could know was wrong
        ("john@post.airforce.example", Action.DELIVER, "default"),
    ],
)
def test_the_guard_stops_these_names_from_now_on(
    recipient: str, without: Action, rule: str
) -> None:
    """With the fragment the guard's own judge holds; without it, it did or did not."""
    before = _judged(recipient, Policy.with_defaults())
    assert (before.action, before.rule) == (without, rule)
    after = _judged(recipient, _policy(story()))
    assert after.action is Action.HOLD
    assert after.rule in {rule_name(name("army.ml")), rule_name(name("airforce.example"))}


@pytest.mark.parametrize("recipient", ["john@army.mil", "kim@harbour.example", "a@arny.example"])
def test_no_other_name_is_touched(recipient: str) -> None:
    """The right name, another one, and one that is only doubted are judged as before."""
    assert _judged(recipient, _policy(story())) == _judged(recipient, Policy.with_defaults())


def test_a_configuration_takes_it_as_it_is(tmp_path: Path) -> None:
    """Appended to a file with rules of its own it loads; the rules are pinned, and before the shipped."""
    path = tmp_path / "missent.toml"
    path.write_text(
        '[organisation]\ndomains = ["contractor.example"]\n[[policy]]\nname = "mine"\n'
        'action = "block"\nwhen = { sender = "eve@contractor.example" }\n\n' + fragment(story())
    )
    rules = load(path).rules().rules
    assert [rule.name for rule in rules[:4]] == [
        "mine",
        "misdirected: army.ml",
        "misdirected: navy.ml",
        "misdirected: airforce.example",
    ]
    assert all(rule.pinned and rule.action is Action.HOLD for rule in rules[1:4])
    assert len(rules) == 4 + len(DEFAULT_RULES)


def test_each_rule_tells_its_figures_and_what_was_meant() -> None:
    """An operator sees why a rule is there; what the judge said of content stays out."""
    text = fragment(story())
    assert "# army.mil was probably meant. Messages: 50 reached it; senders: 1.\n" in text
    assert "# 2031-01-03 to 2031-07-12.\n" in text
    assert "Messages: 0 reached it, 1 bounced" in text
    assert CANARY not in text
    assert max(map(len, text.splitlines())) <= 110


def test_names_are_stable_and_a_domain_has_one_rule() -> None:
    """The same text for the same incident; a name that also stands among the refused is not doubled."""
    again = replace(story(), refused=(destination("army.ml", messages=0, bounced=3),))
    names = [rule.name for rule in _policy(again).rules]
    assert names.count("misdirected: army.ml") == 1
    assert "50 reached it" in fragment(again)
    assert fragment(again) == fragment(again)
    shuffled = replace(story(), destinations=tuple(reversed(story().destinations)))
    assert fragment(shuffled) == fragment(story())


def test_what_is_only_doubted_is_written_as_a_comment() -> None:
    """Taking the marks away makes it a rule; a doubt about a name that is wrong anyway is left out."""
    text = fragment(story())
    assert "arny.example" not in str(tomllib.loads(text))
    taken = text.partition("# Only doubtful (31%)")[2].partition("\n")[2]
    taken = "\n".join(
        line.removeprefix("# ") for line in taken.splitlines() if "Messages" not in line
    )
    (rule,) = Policy.from_rules(tomllib.loads(taken)["policy"]).rules
    assert (rule.name, rule.action) == ("misdirected: arny.example", Action.HOLD)
    both = replace(story(), doubtful=(Doubt(name("army.ml"), name("army.mil"), 1, 0.2, CANARY),))
    assert "Only doubtful" not in fragment(both)


@pytest.mark.parametrize(
    ("wrong", "intended", "reason"),
    [
        ("co.uk", "army.mil", "a public suffix"),
        ("mil", "army.mil", "a public suffix"),
        ("army.example", "mail.army.example", "which is below this one"),
        ("corp.example", "army.mil", ""),
        ("[192.0.2.7]", "army.mil", ""),
    ],
)
def test_a_rule_that_would_hold_right_mail_is_not_active(
    wrong: str, intended: str, reason: str
) -> None:
    """A rule holds all below a name: never everybody under a suffix, nor the name that was meant."""
    given = _of(destination(wrong, intended))
    active = rule_name(name(wrong)) in [rule.name for rule in _policy(given).rules]
    assert active is not bool(reason)
    assert f"# Holds mail to {int(active)} wrong domain" in fragment(given)
    assert reason in fragment(given)


def test_a_name_above_ours_is_not_held() -> None:
    """Mail inside the organisation goes on."""
    given = replace(_of(destination("corp.example")), ours=(name("contractor.corp.example"),))
    assert _policy(given) == Policy.with_defaults()


@pytest.mark.parametrize(("many", "said"), [(2, False), (3, True)])
def test_the_shipped_rule_is_mentioned_where_it_covers_many(many: int, said: bool) -> None:
    """Three of one suffix slip: the operator is told that "suffix slip" holds the others, too."""
    text = fragment(_of(*(destination(f"{force}.ml") for force in ("army", "navy", "af")[:many])))
    assert (f"# {many} of them are .ml written for .mil." in text) is said


def test_an_internationalised_name_stands_as_a_labels() -> None:
    """Nothing but ASCII is in the text, and the rule holds the name however it is written."""
    given = _of(destination("bücher.example", "bucher.example"))
    assert fragment(given).isascii()
    assert _judged("a@BÜCHER.example", _policy(given)).action is Action.HOLD


@pytest.mark.parametrize(
    "text",
    [
        'x"\n[[policy]]\nname = "open"\naction = "deliver"\n#',
        "x\u2028mode = 1",
        'x\\"\x7f\x00',
        "é",
    ],
)
def test_no_domain_writes_configuration(text: str) -> None:
    """Even a name no parser lets through stays inside its string and its comment line."""
    forced = DomainName(text, text, text, text)
    wrong = replace(destination("army.ml"), domain=forced, intended=forced, suffix_slip=True)
    many = [replace(wrong, domain=replace(forced, ascii=f"{text}{n}")) for n in range(3)]
    doubt = Doubt(replace(forced, ascii=f"{text}d"), forced, 1, 0.2, CANARY)
    loaded = tomllib.loads(fragment(replace(_of(*many), doubtful=(doubt,))))
    assert loaded.keys() == {"policy"}
    assert [rule["when"]["recipient_domain"] for rule in loaded["policy"]] == [
        f"{text}{n}" for n in range(3)
    ]
    assert {rule["action"] for rule in loaded["policy"]} == {"hold"}


def test_nothing_found_is_a_fragment_too() -> None:
    """An incident without anything wrong, and without times, gives a text that changes nothing."""
    nothing = without_time(incident(()))
    assert _policy(nothing) == Policy.with_defaults()
    assert fragment(nothing) == "# No wrong domain was found, so there is nothing to hold.\n"
