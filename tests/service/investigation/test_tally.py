"""How single deliveries add up: every message once, what reached nobody apart, in any order the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.investigation import samples
from tests.service.investigation.evidence import ANN, BEGIN, name

from missent.mail.mailbox import Mailbox
from missent.service.investigation import tally
from missent.service.investigation.incident import Destination, Misdirected, Outcome, Pair

BOUNCED, PENDING = Outcome.BOUNCED, Outcome.PENDING


def one(
    to: str = "john@army.ml",
    identity: str = "<1@contractor.example>",
    *,
    sender: str | None = ANN,
    day: float = 0,
    outcome: Outcome = Outcome.ACCEPTED,
    level: int | None = None,
    **more: Any,
) -> Misdirected:
    """Make a misdirected delivery."""
    recipient = Mailbox.parse(to)
    return Misdirected(
        at=BEGIN + timedelta(days=day),
        sender=None if sender is None else Mailbox.parse(sender),
        recipient=recipient,
        meant=recipient.at(name("army.mil")),
        intended=name("army.mil"),
        outcome=outcome,
        misdirection=more.pop("misdirection", 0.9),
        rule="suffix slip",
        slip="drop",
        suffix_slip=True,
        because=more.pop("because", "army.ml never answered anyone here"),
        identity=identity,
        level=level,
        **more,
    )


def the_destination(*found: Misdirected) -> Destination:
    """Give the only wrong domain."""
    (made,) = tally.destinations(found)
    return made


def the_pair(*found: Misdirected) -> Pair:
    """Give the only pair."""
    (made,) = tally.pairs(found)
    return made


# --- destinations --------------------------------------------------------------------------------


def test_a_message_to_two_wrong_recipients_is_one() -> None:
    """Messages are counted, wherever they are counted; recipients beside them."""
    found = (one("a@army.ml"), one("b@army.ml"), one("a@army.ml", "<2@contractor.example>"))
    made = the_destination(*found)
    assert (made.messages, made.recipients, made.senders) == (2, 2, 1)
    assert tally.messages(found) == 2
    assert tally.senders(found)[0].messages == 2
    assert tally.days(found)[0].messages == 2


def test_what_bounced_or_waits_is_counted_apart() -> None:
    """Only what was taken is counted, dated and located."""
    made = the_destination(
        one(day=0, identity="<1@x.example>", outcome=BOUNCED, relay="none"),
        one(day=1, identity="<2@x.example>", relay="mx.army.ml[192.0.2.1]:25"),
        one("b@army.ml", day=2, identity="<3@x.example>", outcome=PENDING, sender="bo@x.example"),
    )
    assert (made.messages, made.bounced, made.pending) == (1, 1, 1)
    assert (made.senders, made.recipients) == (1, 1)
    assert made.first == made.last == BEGIN + timedelta(days=1)
    assert made.servers == ("mx.army.ml[192.0.2.1]:25",)


def test_where_nothing_was_taken_all_is_told() -> None:
    """The times and people are then those of what was tried."""
    made = the_destination(
        one(outcome=BOUNCED), one("b@army.ml", "<2@x.example>", day=3, outcome=PENDING)
    )
    assert (made.messages, made.bounced, made.pending) == (0, 1, 1)
    assert (made.first, made.last) == (BEGIN, BEGIN + timedelta(days=3))
    assert (made.senders, made.recipients, made.sensitive) == (1, 2, None)


def test_nobody_is_no_sender() -> None:
    """A bounce went wrong, too, but nobody sent it."""
    assert the_destination(one(sender=None)).senders == 0
    assert tally.senders([one(sender=None)]) == ()


@pytest.mark.parametrize(
    ("to", "country", "registry", "is_open"),
    [
        ("a@army.ml", "Mali", "ml", True),
        ("a@gmial.com", None, "com", True),
        ("a@any.go.uk", "Britain (UK)", "uk", True),
        ("a@any.co.uk", "Britain (UK)", "co.uk", True),
        ("a@clerk.gov.ua", "Ukraine", "gov.ua", False),
        ("a@partnr.example", None, "example", None),
    ],
)
def test_a_destination_says_who_gives_the_name_out(
    to: str, country: str | None, registry: str, *, is_open: bool | None
) -> None:
    """The country and the registry, and whether a stranger can have a name there."""
    made = the_destination(one(to))
    assert (made.country, made.registry, made.open) == (country, registry, is_open)


def test_servers_are_the_most_used_and_at_most_five() -> None:
    """Ties by name; what was handed to nobody is no server."""
    used = ["c", "c", "b", "a", "d", "e", "f", "none", ""]
    found = [one(identity=f"<{n}@x.example>", relay=relay) for n, relay in enumerate(used)]
    assert the_destination(*found).servers == ("c", "a", "b", "d", "e")


def test_what_was_meant_is_what_most_were_meant_for() -> None:
    """Of several names the judge gave; its surest sentence stands for the domain."""
    other = replace(one(identity="<2@x.example>"), intended=name("us.army.mil"), misdirection=0.99)
    sure = replace(other, because="the surest", slip="swap", suffix_slip=False)
    made = the_destination(one(), one(identity="<3@x.example>"), sure)
    assert made.intended == name("army.mil")
    assert (made.because, made.slip, made.misdirection) == ("the surest", "swap", 0.99)


def test_sensitive_messages_are_those_of_level_two() -> None:
    """Of what was taken and read; None where nothing was read."""
    levels = enumerate((None, 0, 1, 2, 4))
    found = [one(identity=f"<{n}@x.example>", level=level) for n, level in levels]
    assert the_destination(*found).sensitive == 2
    assert the_destination(found[0]).sensitive is None
    assert the_destination(replace(found[4], outcome=BOUNCED), found[1]).sensitive == 0


# --- pairs, senders, days ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "forwarded", "habit"),
    [
        ([0, 0, 0, 0], [], ""),
        ([0, 1], [], ""),
        ([0, 0, 1], [], "address book"),
        ([0, 1, 2], [0], "address book"),
        ([0, 1, 2, 3], [0, 1], "address book"),
        ([0, 1, 2], [0, 1], "forwarding rule"),
        ([0, 0, 0], [0, 1, 2], ""),
    ],
)
def test_a_pair_that_comes_again_has_a_reason(
    days: Sequence[float], forwarded: Sequence[int], habit: str
) -> None:
    """Three messages on two days: an address book, or a rule if more than half were sent on."""
    found = [
        one(identity=f"<{n}@x.example>", day=day, forwarded=n in forwarded)
        for n, day in enumerate(days)
    ]
    made = the_pair(*found)
    assert (made.habit, made.messages, made.forwarded) == (habit, len(days), len(forwarded))
    assert made.days == len(set(days))
    assert made.meant == Mailbox.parse("john@army.mil")


def test_pairs_hold_what_was_not_taken_too() -> None:
    """What bounces every day is a wrong address book as well."""
    found = [one(identity=f"<{n}@x.example>", day=n, outcome=BOUNCED) for n in range(3)]
    assert the_pair(*found).habit == "address book"


def test_who_meant_nobody_in_particular() -> None:
    """Where only the domain is doubted, a pair says so; one that is told is told."""
    assert the_pair(replace(one(), meant=None)).meant is None
    assert the_pair(one(), replace(one(identity="<2@x.example>"), meant=None)).meant is not None


def test_senders_are_warned_of_what_was_taken() -> None:
    """Most messages first, each with the wrong mailboxes, the most used first."""
    bob = "bob@contractor.example"
    found = (
        one("b@army.ml", "<1@x.example>", level=3),
        one("a@army.ml", "<2@x.example>", day=2),
        one("a@army.ml", "<3@x.example>", day=1),
        one("c@army.ml", "<4@x.example>", outcome=BOUNCED),
        one("c@army.ml", "<5@x.example>", sender=bob),
    )
    first, second = tally.senders(found)
    assert [box.wire for box in first.recipients] == ["a@army.ml", "b@army.ml"]
    assert (first.messages, first.sensitive) == (3, 1)
    assert (first.first, first.last) == (BEGIN, BEGIN + timedelta(days=2))
    assert (second.sender.wire, second.messages) == (bob, 1)


@pytest.mark.parametrize(
    ("counts", "most"),
    [([80, 20], 1), ([79, 21], 2), ([5, 4, 1], 2), ([1] * 10, 8), ([7], 1), ([], 0)],
)
def test_the_fewest_senders_of_four_in_five(counts: Sequence[int], most: int) -> None:
    """So many people to talk to first."""
    found = [
        one(identity=f"<{number}.{n}@x.example>", sender=f"s{number}@contractor.example")
        for number, count in enumerate(counts)
        for n in range(count)
    ]
    incident = replace(samples.incident(0), to_warn=tally.senders(found))
    assert incident.senders_of(0.8) == most


def test_days_are_those_on_which_something_was_taken() -> None:
    """In order, with the sensitive ones among them."""
    found = (
        one(identity="<1@x.example>", day=2),
        one(identity="<2@x.example>", day=0, level=2),
        one(identity="<3@x.example>", day=0),
        one(identity="<4@x.example>", day=1, outcome=PENDING),
    )
    told = [(day.day, day.messages, day.sensitive) for day in tally.days(found)]
    assert told == [(date(2030, 3, 1), 2, 1), (date(2030, 3, 3), 1, 0)]
    assert tally.period(found) == (BEGIN, BEGIN + timedelta(days=2))
    assert tally.period(found[3:]) == (None, None)


# --- content -------------------------------------------------------------------------------------


def test_content_is_added_up_once_a_message() -> None:
    """To however many recipients; what was not taken holds nothing that got out."""
    health: dict[str, Any] = {"level": 3, "categories": {"health": 3, "travel": 2}}
    found = (
        one("a@army.ml", "<1@x.example>", **health),
        one("b@army.ml", "<1@x.example>", **health),
        one(identity="<2@x.example>", level=0),
        one(identity="<3@x.example>", level=2, categories={"travel": 2}),
        one(identity="<4@x.example>"),
        one(identity="<5@x.example>", outcome=BOUNCED, level=4, categories={"marking": 4}),
    )
    made = tally.sensitivity(found, frozenset({"<1@x.example>", "<5@x.example>"}))
    assert (made.examined, made.unread, made.unseen, made.sensitive) == (3, 1, 1, 2)
    assert made.by_level == {0: 1, 2: 1, 3: 1}
    assert list(made.by_category.items()) == [("travel", 2), ("health", 1)]


# --- any order -----------------------------------------------------------------------------------

_FOUND = st.builds(
    lambda to, number, sender, day, outcome, forwarded, relay: one(
        to,
        f"<{number}@x.example>",
        sender=sender,
        day=day,
        outcome=outcome,
        forwarded=forwarded,
        relay=relay,
        level=number if number < 4 else None,
        categories={"travel": 2} if number in (2, 3) else {},
        misdirection=0.9 if to == to.lower() else 0.8,
    ),
    st.sampled_from(["john@army.ml", "John@army.ml", "mia@navy.ml", "MIA@army.ml"]),
    st.integers(0, 6),
    st.sampled_from([ANN, "Ann@contractor.example", "bob@contractor.example", None]),
    st.integers(0, 3),
    st.sampled_from(Outcome),
    st.booleans(),
    st.sampled_from(["mx1.army.ml", "mx2.army.ml", "none"]),
)
_SUMS: tuple[Callable[[Sequence[Misdirected]], object], ...] = (
    tally.destinations,
    tally.pairs,
    tally.senders,
    tally.days,
    tally.period,
    lambda found: tally.sensitivity(found, frozenset({"<1@x.example>"})),
)


@given(
    st.lists(_FOUND, max_size=12).flatmap(
        lambda found: st.tuples(st.just(found), st.permutations(found))
    )
)
def test_any_order_gives_the_same(orders: tuple[list[Misdirected], list[Misdirected]]) -> None:
    """To the letter: mailboxes that differ only in case are shown the same way, too."""
    for add_up in _SUMS:
        assert str(add_up(orders[0])) == str(add_up(orders[1]))


@given(st.lists(_FOUND, max_size=12))
def test_the_sums_agree_with_each_other(found: list[Misdirected]) -> None:
    """Examined and unseen are all that was taken; days, senders and domains miss none of it."""
    taken = tally.messages(tally.reached(found))
    content = tally.sensitivity(found, frozenset())
    assert content.examined + content.unseen == taken
    assert sum(content.by_level.values()) == content.examined
    assert sum(day.messages for day in tally.days(found)) >= taken
    assert sum(made.messages for made in tally.destinations(found)) >= taken
    assert sum(pair.messages for pair in tally.pairs(found)) >= tally.messages(found)
