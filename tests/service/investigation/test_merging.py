"""What became of a message: many lines and archives tell of it, in any order, and it is one message."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, replace
from datetime import timedelta
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.service.investigation.evidence import ANN, BEGIN, archived, delivery

from missent.mail.archived import ArchivedMessage
from missent.mail.delivery import Delivery
from missent.mail.mailbox import Mailbox
from missent.service.investigation.incident import Outcome
from missent.service.investigation.merging import Handover, Handovers, Place

DAY = 24 * 60
Event: TypeAlias = Callable[[Handovers], None]


def logged(one: Delivery, source: int = 0) -> Event:
    """Make an event of a line."""
    return lambda into: into.log(one, source)


def filed(one: ArchivedMessage, place: Place, source: int = 1) -> Event:
    """Make an event of an archived message whose recipients are all looked at."""
    at = one.at or BEGIN
    return lambda into: into.archive(one, one.recipients, at, place, source)


def held(identity: str, place: Place) -> Event:
    """Make an event of content that was found for a message which only logs told of."""
    one = archived("john@army.ml", message_id=identity)
    return lambda into: into.archive(one, (), one.at or BEGIN, place, 1)


def merged(*events: Event) -> list[Handover]:
    """Take them in, in this order."""
    made = Handovers()
    for event in events:
        event(made)
    return made.all()


def lines(*deliveries: Delivery) -> list[Handover]:
    """Take in lines of one log."""
    return merged(*map(logged, deliveries))


# --- final words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "outcome", "minutes"),
    [
        ([("sent", 0)], Outcome.ACCEPTED, 0),
        ([("bounced", 0)], Outcome.BOUNCED, 0),
        ([("expired", 0)], Outcome.BOUNCED, 0),
        ([("discarded", 0)], Outcome.BOUNCED, 0),
        ([("deferred", 0)], Outcome.PENDING, 0),
        ([("deferred", 0), ("deferred", 9)], Outcome.PENDING, 9),
        ([("deferred", 0), ("sent", 9)], Outcome.ACCEPTED, 9),
        ([("deferred", 0), ("expired", 9)], Outcome.BOUNCED, 9),
        ([("sent", 0), ("deferred", 9)], Outcome.ACCEPTED, 0),
        ([("sent", 0), ("bounced", 9)], Outcome.BOUNCED, 9),
        ([("bounced", 0), ("sent", 9)], Outcome.ACCEPTED, 9),
        ([("sent", 0), ("bounced", 0)], Outcome.BOUNCED, 0),
        ([("sent", 0), ("sent", 9)], Outcome.ACCEPTED, 9),
    ],
)
def test_the_last_final_word_counts(
    words: Sequence[tuple[str, float]], outcome: Outcome, minutes: float
) -> None:
    """Whoever took it and could not pass it on is overruled; what waits counts if nothing else is said."""
    for order in (words, words[::-1]):
        (one,) = lines(*(delivery(status=word, minutes=at) for word, at in order))
        assert one.outcome is outcome
        assert one.at == BEGIN + timedelta(minutes=minutes)


def test_the_line_that_counts_says_where_it_went() -> None:
    """Relay, queue id and input are those of the last final word."""
    first = delivery(relay="hub.contractor.example[192.0.2.9]:25", queue_id="4AAA")
    last = delivery(relay="mx.army.ml[192.0.2.1]:25", queue_id="4BBB", minutes=1)
    for events in ((logged(first, 3), logged(last, 4)), (logged(last, 4), logged(first, 3))):
        (one,) = merged(*events)
        assert (one.relay, one.queue_id, one.source) == (last.relay, "4BBB", 4)


def test_a_copy_of_a_log_changes_nothing() -> None:
    """The same line twice is one delivery, of the input that was named first."""
    (one,) = merged(logged(delivery(), 2), logged(delivery(), 1))
    assert one.source == 1


@pytest.mark.parametrize("status", ["deliverable", "undeliverable"])
def test_a_probe_is_no_message(status: str) -> None:
    """Postfix may ask whether an address exists, without any mail."""
    assert lines(delivery(status=status)) == []


# --- names of messages ---------------------------------------------------------------------------


def test_one_message_on_two_hosts_is_one() -> None:
    """The Message-ID names it, whatever its queue ids: we handed it to ourselves, then to them."""
    inside = delivery(queue_id="4AAA", relay="mx.contractor.example[192.0.2.9]:25")
    assert len(lines(inside, delivery(queue_id="4BBB", minutes=2))) == 1


def test_one_message_id_on_every_message_hides_none() -> None:
    """A scanner that names all its mail alike: each was taken, one bounced, and none stands for another."""
    scans = [
        delivery(
            message_id="<const@scanner.example>",
            queue_id=f"4A{day:02}",
            sender=f"user{day}@contractor.example",
            minutes=day * DAY,
        )
        for day in range(27)
    ]
    bounce = replace(
        scans[0], queue_id="4BFF", status="bounced", at=scans[0].at + 29 * timedelta(1)
    )
    found = lines(*scans, bounce)
    assert [one.outcome for one in found].count(Outcome.ACCEPTED) >= 26
    assert len({one.identity for one in found}) == len(found) >= 27
    assert len({one.sender for one in found}) == 27


def test_one_queue_id_is_one_message_wherever_it_is_told() -> None:
    """A rotated copy, and an attempt that was put off, are the same message under a shared name, too."""
    one = delivery(message_id="<const@scanner.example>", queue_id="4AAA")
    other = delivery(message_id="<const@scanner.example>", queue_id="4BBB", minutes=5)
    found = lines(one, other, one, replace(other, status="deferred", at=one.at))
    assert len(found) == 2


def test_archived_mail_of_one_name_is_told_apart_by_author_and_day() -> None:
    """Copies in two folders are one; another day's, or another's, is another, and each has its content."""
    const = "<const@scanner.example>"
    bob = archived("john@army.ml", author="bob@contractor.example", message_id=const)
    every = [
        filed(archived("john@army.ml", message_id=const), Place(0, 0)),
        filed(archived("john@army.ml", minutes=1, message_id=const), Place(1, 0)),
        filed(archived("john@army.ml", minutes=3 * DAY, message_id=const), Place(2, 0)),
        filed(bob, Place(3, 0)),
    ]
    assert sorted(one.content for one in merged(*every) if one.content) == [
        Place(0, 0),
        Place(2, 0),
        Place(3, 0),
    ]


def test_two_recipients_are_two_handovers_of_one_message() -> None:
    """Each has its own fate."""
    one, two = lines(delivery("a@army.ml"), delivery("b@army.ml", "bounced"))
    assert one.identity == two.identity == "<1@contractor.example>"
    assert (one.outcome, two.outcome) == (Outcome.ACCEPTED, Outcome.BOUNCED)


def test_case_makes_no_second_recipient() -> None:
    """``John`` is ``john``; shown as the line says that counts."""
    (one,) = lines(delivery("John@army.ml"), delivery("JOHN@army.ml", minutes=1))
    assert one.recipient.local_part == "JOHN"


def test_without_a_message_id_the_queue_id_names_it() -> None:
    """Two recipients of one queue id are one message, two queue ids are two."""
    every = lines(
        delivery("a@army.ml", message_id=None),
        delivery("b@army.ml", message_id=None),
        delivery("a@army.ml", message_id=None, queue_id="4XYZ"),
    )
    assert len(every) == 3
    assert len({one.identity for one in every}) == 2
    assert all(one.message_id is None for one in every)


def test_a_message_that_waits_over_midnight_is_one() -> None:
    """A queue keeps mail for days: what waits on one and is taken on the next was not two messages."""
    (one,) = lines(
        delivery(status="deferred", message_id=None),
        delivery(status="deferred", message_id=None, minutes=2 * DAY),
        delivery(message_id=None, minutes=4 * DAY),
    )
    assert one.outcome is Outcome.ACCEPTED
    assert one.identity == f"log:4ABC:{ANN}"


@pytest.mark.parametrize("days", [6, 365])
def test_a_short_queue_id_that_comes_again_is_another_message(days: float) -> None:
    """A week later, or on the same day of another year."""
    one, two = lines(delivery(message_id=None), delivery(message_id=None, minutes=days * DAY))
    assert one.identity != two.identity


def test_a_queue_id_of_two_senders_is_two_messages() -> None:
    """Two hosts may give the same short id on one day."""
    bob = delivery("b@army.ml", message_id=None, sender="bob@contractor.example")
    one, two = lines(delivery("a@army.ml", message_id=None), bob)
    assert one.identity != two.identity


# --- senders and forwarding ----------------------------------------------------------------------


def test_the_first_that_is_known_sent_it() -> None:
    """A forwarder's return path comes later than the sender's own."""
    rewritten = delivery(sender="SRS0=x=y=contractor.example=ann@relay.example", minutes=1)
    unknown = delivery(sender=None, sender_known=False)
    for order in ((delivery(), rewritten, unknown), (unknown, rewritten, delivery())):
        (one,) = lines(*order)
        assert one.sender == Mailbox.parse(ANN)
        assert one.forwarded


def test_a_null_path_is_nobody() -> None:
    """A bounce has no sender, whoever its archived From names; of what a log does not say, From does."""
    copy = filed(archived("john@army.ml", author="daemon@contractor.example"), Place(0, 0))
    null, unknown = delivery(sender=None), delivery(sender=None, sender_known=False)
    for line, sender in ((null, None), (unknown, Mailbox.parse("daemon@contractor.example"))):
        for events in ((logged(line), copy), (copy, logged(line))):
            assert merged(*events)[0].sender == sender


@pytest.mark.parametrize(
    ("sender", "orig_to", "forwarded"),
    [
        (ANN, None, False),
        (ANN, "JOHN@army.ml", False),
        (ANN, "crew@contractor.example", True),
        ("SRS0=HHH=TT=partner.example=kim@contractor.example", None, True),
        ("srs1+HHH=relay.example==HHH=TT=partner.example=kim@contractor.example", None, True),
        ("ann+caf_=john=army.ml@contractor.example", None, True),
        ("ann+SRS=aB1x/=QZ=partner.example=kim@contractor.example", None, True),
        ("prvs=0123456789=ann@contractor.example", None, False),
        ("ann+crew@contractor.example", None, False),
        ("srs@contractor.example", None, False),
        (None, None, False),
    ],
)
def test_what_a_rule_sent_on_is_told_apart(
    sender: str | None, orig_to: str | None, *, forwarded: bool
) -> None:
    """By another address at first, or by the return path that forwarders write."""
    (one,) = lines(delivery(sender=sender, orig_to=orig_to))
    assert one.forwarded is forwarded


# --- archives ------------------------------------------------------------------------------------


def test_an_archive_alone_counts_as_delivered() -> None:
    """It does not say what became of a message: for each recipient that is looked at, one."""
    mail = archived("a@army.ml", "b@army.ml", minutes=5)
    one, two = merged(filed(mail, Place(3, 70), 2))
    assert one.outcome is two.outcome is Outcome.ACCEPTED
    assert one.content == two.content == Place(3, 70)
    assert (one.sender, one.at, one.source, one.relay) == (Mailbox.parse(ANN), mail.at, 2, "")


@pytest.mark.parametrize("status", ["sent", "bounced", "deferred"])
def test_a_log_knows_better_than_an_archive(status: str) -> None:
    """What a server says became of it counts, in either order; the archive has what it held."""
    line = delivery(status=status, minutes=7, sender="travel@contractor.example")
    copy = filed(archived("john@army.ml"), Place(0, 4))
    for events in ((logged(line, 5), copy), (copy, logged(line, 5))):
        (one,) = merged(*events)
        assert one.outcome is lines(line)[0].outcome
        assert (one.at, one.source) == (line.at, 5)
        assert one.sender == line.sender
        assert one.content == Place(0, 4)


def test_copies_in_several_archives_are_one_message() -> None:
    """The earliest date counts, and the first copy is read."""
    early, late = archived("john@army.ml", minutes=1), archived("john@army.ml", minutes=9)
    for events in (
        (filed(early, Place(7, 0), 4), filed(late, Place(2, 0), 3)),
        (filed(late, Place(2, 0), 3), filed(early, Place(7, 0), 4)),
    ):
        (one,) = merged(*events)
        assert (one.at, one.source, one.content) == (early.at, 4, Place(2, 0))


def test_what_has_no_message_id_in_an_archive_is_named_by_what_is_known() -> None:
    """Two copies are one message, another date is another."""
    nameless = archived("john@army.ml", message_id=None)
    other = archived("john@army.ml", message_id=None, minutes=1)
    made = merged(*(filed(one, Place(0, n)) for n, one in enumerate((nameless, nameless, other))))
    assert len(made) == 2


def test_content_is_known_for_every_recipient() -> None:
    """Found before or after the line, and for a blind copy that the archive does not name."""
    blind, place = delivery("blind@army.ml"), Place(1, 2)
    copy = filed(archived("john@army.ml"), place)
    late = held("<1@contractor.example>", place)
    for events in ((logged(blind), copy), (copy, logged(blind)), (logged(blind), late)):
        assert all(one.content == place for one in merged(*events))


# --- any order -----------------------------------------------------------------------------------

_IDS = st.sampled_from(["<1@contractor.example>", "<2@contractor.example>", None])
_TO = st.sampled_from(["john@army.ml", "John@army.ml", "mia@navy.ml"])
_LINES = st.builds(
    delivery,
    _TO,
    st.sampled_from(["sent", "bounced", "deferred", "expired", "deliverable"]),
    minutes=st.sampled_from([0, 0, 1, 2, 3 * DAY, 9 * DAY, 370 * DAY]),
    sender=st.sampled_from([ANN, "Ann@contractor.example", "bob@contractor.example", None]),
    message_id=_IDS,
    queue_id=st.sampled_from(["4AAA", "4BBB"]),
    orig_to=st.sampled_from([None, "crew@contractor.example"]),
    relay=st.sampled_from(["mx.army.ml[192.0.2.1]:25", "none"]),
    sender_known=st.booleans(),
)
_PLACES = st.builds(Place, st.integers(0, 2), st.integers(0, 2))
_MAIL = st.builds(
    archived,
    _TO,
    author=st.sampled_from([ANN, "bob@contractor.example", None]),
    message_id=_IDS,
    minutes=st.integers(0, 2),
)
_EVENTS = st.lists(
    st.one_of(
        st.builds(logged, _LINES, st.integers(0, 2)),
        st.builds(filed, _MAIL, _PLACES, st.integers(0, 2)),
        st.builds(held, st.just("<1@contractor.example>"), _PLACES),
    ),
    max_size=8,
)


@given(_EVENTS.flatmap(lambda events: st.tuples(st.just(events), st.permutations(events))))
def test_any_order_of_reading_gives_the_same(orders: tuple[list[Event], list[Event]]) -> None:
    """Whatever runs the scan, and however often it was stopped, letter by letter."""
    first, second = (_told(merged(*events)) for events in orders)
    assert first == second


@given(_EVENTS)
def test_every_message_stands_once_for_each_recipient(events: list[Event]) -> None:
    """And all by time."""
    made = merged(*events)
    names = [(one.identity, one.recipient.folded) for one in made]
    assert len(set(names)) == len(names)
    assert [one.at for one in made] == sorted(one.at for one in made)


def _told(made: Iterable[Handover]) -> list[tuple[object, ...]]:
    """Give all that can be seen, with the spelling, which equality passes over."""
    return [
        (
            *(one.identity, one.recipient.wire, one.at, one.outcome, one.relay, one.queue_id),
            *(one.source, one.forwarded, one.message_id, one.content and astuple(one.content)),
            None if one.sender is None else one.sender.wire,
        )
        for one in made
    ]
