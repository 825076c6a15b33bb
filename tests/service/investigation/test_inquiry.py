"""Which deliveries were misdirected: what the judge says, and what the operator knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.service.investigation.evidence import ANN, BEGIN, book, delivery, name

from missent.judge.verdict import Verdict
from missent.mail.delivery import Delivery
from missent.mail.mailbox import Mailbox
from missent.service.investigation.book import DOUBTFUL, MISDIRECTED, Book
from missent.service.investigation.incident import Doubt, Misdirected, Outcome
from missent.service.investigation.inquiry import NAMED_RULE, Inquiry
from missent.service.investigation.merging import Handovers

TRAFFIC = {
    "ann@partner.example": (200, 90),
    **{f"p{n}@partner.example": (1, 0) for n in range(15)},
    "zoe@partnr.example": (9, 0),
    "kim@partnr.example": (9, 0),
    "lea@partnr.example": (9, 0),
    "john@army.ml": (2_000, 0),
}


def judged(
    *deliveries: Delivery,
    named: Callable[[Mailbox], bool] = lambda _: False,
    known: Book | None = None,
    since: float | None = None,
) -> tuple[tuple[Misdirected, ...], tuple[Doubt, ...]]:
    """Judge what a log of one input says."""
    handovers = Handovers()
    for one in deliveries:
        handovers.log(one, 0)
    begin = None if since is None else BEGIN + timedelta(minutes=since)
    inquiry = Inquiry(known or book(TRAFFIC), named, ["mail.log"], begin)
    return inquiry.judged(handovers.all())


def to(recipient: str, number: int = 1, status: str = "sent", minutes: float = 0) -> Delivery:
    """Make a delivery of a message of its own."""
    return delivery(recipient, status, minutes=minutes, message_id=f"<{number}@contractor.example>")


def test_a_misdirected_delivery_says_all_there_is() -> None:
    """Who, to whom, who was meant, why, when, where to, and what says so."""
    (one,), doubts = judged(to("john@mail.army.ml", status="bounced", minutes=3))
    assert not doubts
    assert one.misdirection >= MISDIRECTED
    assert "never answered anyone here" in one.because
    expected = Misdirected(
        at=BEGIN + timedelta(minutes=3),
        sender=Mailbox.parse(ANN),
        recipient=Mailbox.parse("john@mail.army.ml"),
        meant=Mailbox.parse("john@mail.army.mil"),
        intended=name("mail.army.mil"),
        outcome=Outcome.BOUNCED,
        misdirection=one.misdirection,
        rule="suffix slip",
        slip="drop",
        suffix_slip=True,
        because=one.because,
        identity="<1@contractor.example>",
        message_id="<1@contractor.example>",
        queue_id="4ABC",
        relay="mx.army.ml[192.0.2.1]:25",
        source="mail.log",
    )
    assert one == expected


def test_right_recipients_are_passed_over() -> None:
    """They are no part of an incident, whoever else got the message."""
    (one,), doubts = judged(to("ann@partner.example"), to("john@army.ml"), to("x@army.mil"))
    assert one.recipient == Mailbox.parse("john@army.ml")
    assert not doubts


# --- doubts --------------------------------------------------------------------------------------


def test_doubts_are_one_a_domain_and_counted_nowhere() -> None:
    """So many messages, each once, to a name that a person should look at; the likeliest first."""
    found, doubts = judged(
        to("zoe@partnr.example", 1),
        to("kim@partnr.example", 1),
        to("lea@partnr.example", 2),
        to("john@army.ml", 3),
    )
    assert [one.recipient.domain for one in found] == [name("army.ml")]
    (doubt,) = doubts
    assert doubt.domain == name("partnr.example")
    assert doubt.intended == name("partner.example")
    assert doubt.messages == 2
    assert DOUBTFUL <= doubt.misdirection < MISDIRECTED
    assert doubt.because.startswith("partnr.example looks like partner.example")


def test_answers_clear_no_slip_inside_a_suffix() -> None:
    """Whoever has the suffix receives for every name below it, and a squatter answers, too."""
    answering = book({"john@army.ml": (60, 30), "mia@army.ml": (9, 5)})
    (one,), doubts = judged(to("john@army.ml"), known=answering)
    assert not doubts
    assert one.misdirection < MISDIRECTED
    assert (one.rule, one.intended) == ("suffix slip", name("army.mil"))


def test_doubts_come_the_likeliest_first() -> None:
    """Whatever was sent there more or earlier."""
    rows = {
        **TRAFFIC,
        "ann@harbour.test": (200, 90),
        "zoe@harbur.test": (1, 0),
        "lea@harbur.test": (1, 0),
    }
    lines = [to("zoe@partnr.example", n, minutes=n) for n in range(5)]
    _, doubts = judged(*lines, to("zoe@harbur.test", 9, minutes=9), known=book(rows))
    assert [one.domain.ascii for one in doubts] == ["harbur.test", "partnr.example"]
    assert [one.messages for one in doubts] == [1, 5]
    assert doubts[0].misdirection > doubts[1].misdirection


# --- named by the operator -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "meant", "intended"),
    [
        ("x@partner.example", None, "partner.example"),
        ("x@anything.ml", None, "anything.mil"),
        ("x@a.anything.ml", None, "a.anything.mil"),
        ("x@[192.0.2.1]", None, "[192.0.2.1]"),
        ("zoe@partnr.example", "zoe@partner.example", "partner.example"),
    ],
)
def test_what_is_named_as_wrong_is_wrong(recipient: str, meant: str | None, intended: str) -> None:
    """Whatever the judge says; who was meant is what it suggests, or the same name where that is closed."""
    (one,), doubts = judged(to(recipient), named=lambda _: True)
    assert not doubts
    assert one.rule == NAMED_RULE
    assert one.meant == (None if meant is None else Mailbox.parse(meant))
    assert one.intended == name(intended)
    assert one.misdirection < MISDIRECTED
    domain = recipient.rpartition("@")[2]
    assert one.because.startswith(domain)


def test_what_the_judge_finds_itself_keeps_its_rule() -> None:
    """The operator's word is needed only where the judge has none."""
    (one,), _ = judged(to("john@army.ml"), named=lambda _: True)
    assert one.rule == "suffix slip"
    assert one.slip == "drop"


def test_only_what_is_named_is_named() -> None:
    """Others are judged as ever."""
    found, doubts = judged(
        to("x@partner.example"),
        to("y@partner.example"),
        to("zoe@partnr.example"),
        named=lambda one: one.local_part == "x",
    )
    assert [one.recipient.local_part for one in found] == ["x"]
    assert [one.domain.ascii for one in doubts] == ["partnr.example"]


# --- since ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("since", "count"), [(None, 3), (0, 3), (5, 2), (6, 1), (10, 0)])
def test_what_came_before_is_not_counted(since: float | None, count: int) -> None:
    """Neither found nor doubted; the moment itself is counted."""
    minutes = (0, 5, 9)
    wrong = [to("john@army.ml", n, minutes=at) for n, at in enumerate(minutes)]
    found, _ = judged(*wrong, since=since)
    assert len(found) == count
    unsure = [to("zoe@partnr.example", n, minutes=at) for n, at in enumerate(minutes)]
    _, doubts = judged(*unsure, since=since)
    assert sum(doubt.messages for doubt in doubts) == count


def test_a_message_that_waited_is_dated_by_what_became_of_it() -> None:
    """Deferred before and taken after: it counts."""
    lines = (to("john@army.ml", status="deferred"), to("john@army.ml", minutes=9))
    (one,), _ = judged(*lines, since=5)
    assert one.outcome is Outcome.ACCEPTED


def test_a_pair_is_judged_once() -> None:
    """However many messages one sender sent to one recipient."""
    asked: list[Mailbox] = []

    class Counting(Book):
        """Remembers what it was asked."""

        def verdict(self, sender: Mailbox | None, recipient: Mailbox) -> Verdict:
            """Judge, and remember."""
            asked.append(recipient)
            return Book.verdict(self, sender, recipient)

    known = book(TRAFFIC)
    counting = Counting(known.census, known.organisation, known.policy, known.pairs)
    lines = [to("john@army.ml", n) for n in range(9)]
    other = replace(lines[0], sender=None, message_id="<x@contractor.example>")
    found, _ = judged(*lines, other, known=counting)
    assert len(found) == 10
    assert len(asked) == 2
