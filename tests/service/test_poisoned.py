"""Poisoned histories, from mail to verdict: whatever a squatter sends or gets, his name stays a slip."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from tests.service.test_learning import ANN, AT, BOB, BORDER, JOHN, OURS, SQUATTER, dmarc, letter

from missent.judge.case import Case
from missent.judge.judgement import judge
from missent.judge.policy import Policy
from missent.judge.verdict import Action, Verdict
from missent.mail.archived import read_header
from missent.mail.envelope import Envelope, Recipient
from missent.service.learning import Learning
from missent.service.memory import Memory

DAY = timedelta(days=1)
PASS_ML = dmarc("pass", "army.ml")


def judged(memory: Memory, at: datetime = AT + 60 * DAY) -> Verdict:
    """Judge a letter of Ann's to the squatter's mailbox."""
    envelope = Envelope("t", ANN, (Recipient(SQUATTER),), at)
    view = memory.view(ANN, [SQUATTER], at)
    (verdict,) = judge(Case(envelope, None, view, OURS, at), Policy.with_defaults(()))
    return verdict


def history(poison: Iterable[bytes] = ()) -> Memory:
    """Learn a year of good mail with john@army.mil, and then the poison."""
    good = [letter("ann@contractor.example", "john@army.mil", f"<g{n}@x>") for n in range(30)]
    good += [
        letter("john@army.mil", "ann@contractor.example", f"<a{n}@m>", refers=f"<g{n}@x>",
               fields=dmarc("pass", "army.mil"))
        for n in range(20)
    ]  # fmt: skip
    memory = Memory()
    learning = Learning(memory, OURS, (BORDER,))
    learning.learn_archive(map(read_header, good))
    learning.learn_archive(map(read_header, poison))
    return memory


def sent(count: int, author: str = "ann") -> list[bytes]:
    """Write mail of ours to the squatter."""
    to = "john@army.ml"
    return [letter(f"{author}@contractor.example", to, f"<{author}{n}@x>") for n in range(count)]


def came(count: int, fields: str, *, refers: str = "", to: str = "ann") -> list[bytes]:
    """Write mail of the squatter to us."""
    return [
        letter("john@army.ml", f"{to}@contractor.example", f"<{to}.s{n}@ml>",
               refers=refers.format(n) if refers else "", fields=fields)
        for n in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize(
    "poison",
    [
        sent(5_000),
        sent(500) + came(500, PASS_ML),
        sent(500) + came(500, PASS_ML + "Auto-Submitted: auto-replied\n", refers="<ann{}@x>"),
        sent(500) + came(500, PASS_ML + "Return-Path: <>\n", refers="<ann{}@x>"),
        sent(500) + came(500, dmarc("pass", "army.ml", by="mx.army.ml"), refers="<ann{}@x>"),
        sent(500) + came(500, dmarc("fail", "army.ml"), refers="<ann{}@x>"),
        [letter("john@army.mil", "ann@contractor.example", f"<f{n}@ml>", refers=f"<g{n}@x>",
                fields=dmarc("fail", "army.mil")) for n in range(200)],
    ],
    ids=["sends", "writes in", "answers by itself", "bounces", "own border", "forged", "as us"],
)  # fmt: skip
def test_no_mail_without_a_genuine_answer_moves_the_verdict(poison: list[bytes]) -> None:
    """Sent, unasked, automatic, forged: the slip is as certain as on the first day."""
    clean, after = judged(history()), judged(history(poison))
    assert after.action.severity >= Action.HOLD.severity
    assert after.suggestion == clean.suggestion == JOHN
    assert after.misdirection >= 0.95


def _answers(count: int, people: tuple[str, ...], days: int) -> Memory:
    memory = history(m for person in people for m in sent(count, person))
    learning = Learning(memory, OURS, (BORDER,))
    for n in range(count):
        for person in people:
            (data,) = came(1, PASS_ML, refers=f"<{person}{n}@x>", to=person)
            at = AT + days * DAY * n / max(count - 1, 1)
            when = at.strftime("%a, %d %b %Y %H:%M:%S +0000").encode()
            data = data.replace(b"Sat, 22 Nov 2025 10:00:00 +0000", when)
            data = data.replace(b".s0@ml", b".s%d@ml" % n)
            learning.learn_archive([read_header(data)])
    return memory


def test_a_squatter_who_answers_lowers_and_never_exempts() -> None:
    """Only from 3 answers to 2 people over 14 days does the doubt shrink; the name stays a slip."""
    few = judged(_answers(1, ("ann", "bob"), 30)).misdirection
    quick = judged(_answers(4, ("ann", "bob"), 3)).misdirection
    alone = judged(_answers(8, ("ann",), 30)).misdirection
    many = judged(_answers(4, ("ann", "bob"), 30))
    never = judged(history()).misdirection
    assert min(few, quick, alone) >= never - 0.01
    assert many.misdirection <= never
    assert any(finding.signal == "domain_typo" for finding in many.findings)


def test_a_circle_full_of_a_squatter_trusts_nobody() -> None:
    """A strong tie to a name that can be mistaken takes nothing off the slip."""
    memory = history(sent(300))
    assert memory.view(ANN, [SQUATTER], AT).circle.tie(SQUATTER).sent == 300
    assert judged(memory).action.severity >= Action.HOLD.severity
    assert not memory.view(BOB, [SQUATTER], AT).circle.ties
