"""The signal: is a recipient the person meant?"""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.judge.build import NOW, case, message
from tests.service.letters import ABOUT_BRIDGE, AMY, BRIDGE, MONEY, circle_of, learned, letter

from missent.judge.case import Case, Record
from missent.judge.circle import Circle
from missent.judge.finding import Finding
from missent.judge.forest import Forest
from missent.judge.signals import wrong_person
from missent.mail.envelope import Recipient
from missent.mail.mailbox import Mailbox
from missent.service.letter import Letter

DAY = 212.0
SURE = Forest(((-1, 5.0, None, None),), 1.0, 0.0)
WEAK = Forest(((-1, 1.0, None, None),), 1.0, 0.0)


@pytest.fixture
def _sure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the model find everything odd, so that the sentences are tested apart from it."""
    monkeypatch.setattr("missent.judge.forest.shipped", lambda: SURE)


def case_of(draft: Letter, weeks: int = 30, circle: Circle | None = None) -> Case:
    """Make the case of a letter that is about to leave."""
    made = case(*(m.wire for m in draft.recipients), sender=draft.sender)
    known = circle if circle is not None else circle_of(learned(weeks), draft)
    about = replace(message(draft.subject), text=draft.text)
    return replace(made, message=about, correspondence=replace(made.correspondence, circle=known))


def findings(made: Case, to: str) -> list[Finding]:
    """Ask the signal about one recipient."""
    return list(wrong_person.find(made, Recipient(Mailbox.parse(to))))


def test_who_has_no_part_in_it_is_reported() -> None:
    """Real model: Zoe of the invoices stands out among the bridge's people; they do not."""
    about = ("Re: bridge 029", f"Bob,\n{ABOUT_BRIDGE}")
    made = case_of(letter(MONEY[1], *BRIDGE, day=DAY, about=about))
    (found,) = findings(made, MONEY[1])
    assert found.weight >= wrong_person.LEAST
    assert found.suggestion is None
    assert found.facts == {"twin": False, "outside": False}
    assert [findings(made, to) for to in BRIDGE] == [[], [], []]


def test_the_right_one_is_suggested(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real model: the wrong Bob, though often written to, weighs much, and the right one would fit."""
    monkeypatch.setattr(wrong_person, "LEAST", 2.0)
    about = ("Re: bridge 029", f"Bob,\n{ABOUT_BRIDGE}")
    draft = letter(MONEY[0], *BRIDGE[1:], day=DAY, about=about)
    (found,) = findings(case_of(draft), MONEY[0])
    assert found.weight >= wrong_person.LEAST
    assert found.suggestion == Mailbox.parse(BRIDGE[0])
    assert found.facts == {"twin": True, "outside": False}
    assert MONEY[0] in found.because
    assert BRIDGE[0] in found.because


def test_the_usual_letter_is_silent() -> None:
    """Real model: the letter Amy always writes has nothing against it."""
    about = ("bridge 030", f"Bob,\n{ABOUT_BRIDGE}")
    made = case_of(letter(*BRIDGE, day=DAY, about=about))
    assert [findings(made, to) for to in BRIDGE] == [[], [], []]


@pytest.mark.usefixtures("_sure")
@pytest.mark.parametrize(
    ("to", "about", "words"),
    [
        ((MONEY[0], *BRIDGE[1:]), "plan", f"{MONEY[0]} 60 times, but never together with"),
        ((MONEY[0], *BRIDGE[1:]), "plan", f"{BRIDGE[0]}, of the same first name, with them 60"),
        ((MONEY[0], *BRIDGE[1:]), "Re: bridge 029", f"{MONEY[0]} took no part in the conversation"),
        ((MONEY[0], *BRIDGE[1:]), "Re: bridge 029", f"{BRIDGE[0]}, of the same first name, took"),
        (
            ("joe@else.example", BRIDGE[1]),
            "plan",
            f"never wrote to joe@else.example, alone or together with {BRIDGE[1]}",
        ),
        (("joe@else.example",), "plan", "never wrote to joe@else.example"),
        ((BRIDGE[0],), "plan", "60 times, but this letter is unlike those"),
    ],
)
def test_a_finding_says_its_evidence(to: tuple[str, ...], about: str, words: str) -> None:
    """One plain sentence: what speaks against the recipient, and who would fit."""
    (found,) = findings(case_of(letter(*to, day=DAY, about=(about, ""))), to[0])
    counted = found.because.replace("40 times", "60 times")
    assert words in counted


@pytest.mark.usefixtures("_sure")
def test_facts_tell_outside_from_inside() -> None:
    """A policy can ask whether the recipient is outside and whether there is a twin."""
    draft = letter("bob.stone@squat.example", "joe@else.example", day=DAY)
    made = case_of(draft)
    (bob,), (joe,) = (findings(made, m.wire) for m in draft.recipients)
    assert bob.facts == {"twin": True, "outside": True}
    assert joe.facts == {"twin": False, "outside": True}


@pytest.mark.usefixtures("_sure")
def test_it_is_silent_where_nothing_can_be_said() -> None:
    """Cold start, no sender, a long list, the sender's own address, a validated recipient."""
    draft = letter(MONEY[0], *BRIDGE, day=DAY)
    assert findings(case_of(draft, circle=Circle(letters=19)), MONEY[0]) == []
    made = case_of(draft)
    assert findings(replace(made, envelope=replace(made.envelope, sender=None)), MONEY[0]) == []
    assert findings(made, AMY.wire) == []
    crowd = letter(*(f"m{n}@crowd.example" for n in range(10_000)), day=DAY)
    assert findings(case_of(crowd), "m1@crowd.example") == []
    validated = replace(made.correspondence, mailboxes={MONEY[0]: Record(validated=NOW)})
    assert findings(replace(made, correspondence=validated), MONEY[0]) == []
    assert findings(made, MONEY[0])


def test_weak_evidence_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Below its least weight the signal says nothing."""
    monkeypatch.setattr("missent.judge.forest.shipped", lambda: WEAK)
    assert findings(case_of(letter(MONEY[0], *BRIDGE, day=DAY)), MONEY[0]) == []


@pytest.mark.usefixtures("_sure")
def test_a_resolved_recipient_is_judged_as_resolved() -> None:
    """Where the MTA resolved an alias, the mailbox behind it takes its place among the recipients."""
    made = case_of(letter(MONEY[0], *BRIDGE[1:], day=DAY))
    team, resolved = Mailbox.parse("team@contractor.example"), Mailbox.parse(MONEY[0])
    alias = Recipient(team, resolved=resolved)
    rest = made.envelope.recipients[1:]
    aliased = replace(made, envelope=replace(made.envelope, recipients=(alias, *rest)))
    assert findings(aliased, MONEY[0]) == findings(made, MONEY[0])


@pytest.mark.usefixtures("_sure")
def test_no_word_of_the_letter_is_repeated() -> None:
    """Law 8: a finding names addresses and counts, never subject or text."""
    about = ("Re: bridge 029", "Bob,\nsecret corrosion")
    draft = letter(MONEY[0], *BRIDGE[1:], day=DAY, about=about)
    for found in findings(case_of(draft), MONEY[0]):
        assert not any(word in repr(found) for word in ("secret", "corrosion", "bridge", "029"))
