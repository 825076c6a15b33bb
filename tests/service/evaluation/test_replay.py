"""The replay: judged in time order, answered as a sender would, never looking ahead."""

from __future__ import annotations

from tests.service.letters import letter

from missent.judge.case import Organisation
from missent.judge.policy import Policy
from missent.judge.verdict import Action
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.evaluation.evaluation import Evaluation, Setting, evaluate
from missent.service.evaluation.labels import Labels, read_labels
from missent.service.evaluation.plain import to_plain
from missent.service.evaluation.replay import Replay
from missent.service.evaluation.table import lines
from missent.service.letter import Letter

OURS = Organisation("Contractor", (DomainName.parse("contractor.example"),))
LABELS = read_labels(
    "typed,meant\nbridgeworks.tset,bridgeworks.test\nbrigeworks.test,bridgeworks.test\n"
)
SLIP = "kim@brigeworks.test"
RIGHT = "kim@bridgeworks.test"


def _replay(labels: Labels = LABELS) -> Replay:
    return Replay(OURS, Policy.with_defaults(), labels)


def _habit(days: int = 30) -> list[Letter]:
    return [letter(RIGHT, day=day) for day in range(days)]


def _actions(replay: Replay, letters: list[Letter]) -> list[Action]:
    return [
        max((v.action for v in j.verdicts), key=lambda a: a.severity)
        for j in replay.judged(letters)
    ]


def test_a_slip_after_a_habit_is_held_and_corrected() -> None:
    """The label answers the hold: what is learned is the right address, so the next slip is held, too."""
    replay = _replay()
    found = list(replay.judged([*_habit(), letter(SLIP, day=31), letter(SLIP, day=32)]))
    for judged in found[-2:]:
        assert judged.at_least(Action.HOLD)
        assert judged.verdicts[0].suggestion == Mailbox.parse(RIGHT)
        assert judged.first_uses == judged.within_reach == (Mailbox.parse(SLIP),)
    assert not replay.memory.domain(DomainName.parse("brigeworks.test")).sent
    assert replay.memory.domain(DomainName.parse("bridgeworks.test")).sent == 32


def test_an_unlabelled_hold_is_answered_send_as_typed_for_that_sender_alone() -> None:
    """The sender is asked once; another sender is asked again."""
    replay = _replay(Labels())
    other = letter(SLIP, sender="bea@contractor.example", day=33)
    actions = _actions(replay, [*_habit(), letter(SLIP, day=31), letter(SLIP, day=32), other])
    assert actions[-3:] == [Action.HOLD, Action.DELIVER, Action.HOLD]


def test_nothing_is_known_of_what_comes_later() -> None:
    """The same slip before the habit passes, since nobody could know."""
    replay = _replay()
    judged = next(iter(replay.judged([letter(SLIP, day=0), *_habit()])))
    assert not judged.at_least(Action.WARN)
    assert judged.within_reach == ()


def test_history_is_learned_and_not_judged() -> None:
    """What was learned before counts from the first letter."""
    replay = _replay()
    replay.learn(_habit())
    assert _actions(replay, [letter(SLIP, day=31)]) == [Action.HOLD]


def test_inbound_mail_is_learned_and_not_judged() -> None:
    """Only what a person of ours sent is an outgoing message."""
    replay = _replay()
    letters = [letter("amy.reed@contractor.example", sender=RIGHT, day=1)]
    assert list(replay.judged(letters)) == []
    assert replay.memory.domain(DomainName.parse("bridgeworks.test")).heard_weakly == 1


def _measured(**changes: object) -> Evaluation:
    setting = Setting(OURS, Policy.with_defaults(), LABELS, seeds=(1, 2, 3))
    letters = [
        *_habit(60),
        letter(SLIP, day=61),
        letter("kim@bridgeworks.tset", day=62),
        *_habit(0),
    ]
    return evaluate(letters, setting, **changes)  # type: ignore[arg-type]


def test_the_contract_of_the_json_is_kept() -> None:
    """Every key that others build on is there, with figures that fit the letters."""
    plain = to_plain(_measured())
    assert plain["messages"] == 62
    assert plain["typos"]["first_uses"] == 2
    assert plain["typos"]["recall"] == plain["typos"]["ceiling"] == 1.0
    assert plain["typos"]["suggestion_top1"] == 1.0
    assert plain["typos"]["false_holds_per_1000"] == 0
    assert plain["typos"]["holds_per_1000"] == 1000 * 2 / 62
    assert set(plain["wrong_person"]["recall"]) == {"0.001", "0.005", "0.01", "0.05"}
    assert set(plain["wrong_person"]["recall_unseen"]) == {"0.001", "0.005", "0.01", "0.05"}
    assert {"brier", "bins"} <= plain["calibration"].keys()
    peer = plain["peers"]["one edit, target seen once"]
    assert (peer["first_uses"], peer["recall"]) == (2, 1.0)
    assert plain["peers"]["mailcheck 1.1.1"]["suggestion_top1"] == 0


def test_the_same_letters_give_the_same_figures() -> None:
    """Nothing is drawn at random but by the seeds."""
    assert to_plain(_measured()) == to_plain(_measured())


def test_the_table_has_every_peer_and_no_address() -> None:
    """Aggregates only: what stood in the archive is not repeated."""
    text = "\n".join(lines(_measured()))
    assert "mailcheck" in text
    assert "bridgeworks" not in text
    assert "kim" not in text


def test_an_empty_archive_has_no_figures() -> None:
    """None of anything, and no division by nothing."""
    plain = to_plain(evaluate((), Setting(OURS, Policy.with_defaults())))
    assert plain["messages"] == 0
    assert plain["typos"]["recall"] is None
    assert plain["calibration"]["brier"] is None
    assert list(lines(evaluate((), Setting(OURS, Policy.with_defaults()))))


def test_copies_in_time_are_judged_by_windows_of_history() -> None:
    """The cold start is told apart: 50 messages of history and more."""
    windows = {w.since: w for w in _measured().windows}
    assert (windows[0].messages, windows[50].messages) == (50, 12)
    assert windows[50].first_uses == 2


def test_a_letter_learned_twice_counts_once() -> None:
    """A letter seen again is no second message."""
    replay = _replay()
    one = letter(RIGHT, day=1)
    replay.learn([one, one])
    assert replay.memory.domain(DomainName.parse("bridgeworks.test")).sent == 1
