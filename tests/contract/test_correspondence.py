"""The contract of `ports.CorrespondenceStore`, on every database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from tests.contract.conftest import Place
from tests.store.samples import ANNA, HOUR, JOHN, NOW, RIGHT

from missent.judge.case import UNKNOWN
from missent.mail.domain import DomainName
from missent.mail.mailbox import Mailbox
from missent.service.ports import Sighting, SightingKind
from missent.store.correspondence import SqlCorrespondence
from missent.store.store import SqlStore, open_store

BEN = Mailbox.parse("ben@contractor.example")
DAY = timedelta(days=1)
MIL, ML = RIGHT.domain, JOHN.domain


def seen(
    kind: SightingKind,
    mailbox: Mailbox = RIGHT,
    person: Mailbox | None = ANNA,
    at: datetime = NOW,
    message_id: str | None = None,
) -> Sighting:
    """Make a sighting."""
    return Sighting(kind, mailbox, person, at, message_id)


def test_nothing_known_is_an_empty_view(store: SqlStore) -> None:
    """A cold start has no records, no neighbours, no messages; no recipients is fine, too."""
    view = store.view(ANNA, [JOHN], NOW)
    assert (view.domains, view.mailboxes, view.messages) == ({}, {}, 0)
    assert view.near(ML) == ()
    assert store.view(None, [], NOW).neighbours == {}
    assert store.last_inbound() is None
    assert store.learn([]) == 0


def test_sends_and_answers_add_up(store: SqlStore) -> None:
    """Counts, people and times come out as they were seen, for mailbox and domain."""
    a, s, w = SightingKind.ANSWERED, SightingKind.SENT, SightingKind.HEARD_WEAKLY
    other = Mailbox.parse("jane@army.mil")
    told = [
        seen(s, at=NOW),
        seen(s, person=BEN, at=NOW + DAY),
        seen(s, other, at=NOW + 2 * DAY),
        seen(a, at=NOW + 3 * DAY),
        seen(a, at=NOW + 5 * DAY),
        seen(a, other, person=BEN, at=NOW + 4 * DAY),
        seen(SightingKind.HEARD, at=NOW - DAY),
        seen(w, at=NOW - 2 * DAY),
    ]
    assert store.learn(told[:4]) == 4
    assert store.learn(reversed(told[4:])) == 4
    view = store.view(ANNA, [RIGHT], NOW)
    domain, mailbox = view.domain(MIL), view.mailbox(RIGHT)
    assert (domain.sent, domain.answered, domain.answered_people) == (3, 3, 2)
    assert (domain.first_answer, domain.last_answer) == (NOW + 3 * DAY, NOW + 5 * DAY)
    assert (domain.heard, domain.heard_weakly, domain.sent_by_sender) == (1, 1, 2)
    assert (domain.first_seen, domain.last_seen) == (NOW - 2 * DAY, NOW + 5 * DAY)
    assert (mailbox.sent, mailbox.answered, mailbox.answered_people) == (2, 2, 1)
    assert (mailbox.sent_by_sender, mailbox.in_directory, mailbox.shipped) == (1, False, False)
    assert view.messages == 3
    assert store.view(BEN, [RIGHT], NOW).mailbox(RIGHT).sent_by_sender == 1
    assert store.view(None, [RIGHT], NOW).mailbox(RIGHT).sent_by_sender == 0
    assert store.last_inbound() == NOW + 5 * DAY


def test_reading_the_same_message_again_counts_nothing(store: SqlStore) -> None:
    """Every kind that names its message counts once a mailbox, within a batch and across batches."""
    for kind in (SightingKind.SENT, SightingKind.ANSWERED, SightingKind.HEARD):
        told = seen(kind, message_id="<1@contractor.example>")
        assert store.learn([told, told]) == 1
        assert store.learn([told]) == 0
    view = store.view(ANNA, [RIGHT], NOW)
    for record in (view.domain(MIL), view.mailbox(RIGHT)):
        assert (record.sent, record.answered, record.heard) == (1, 1, 1)
    assert view.messages == 1


def test_one_message_to_many_is_one_message(store: SqlStore) -> None:
    """It counts once for each mailbox, once for the domain, once for the organisation."""
    others = [Mailbox.parse(f"u{number}@army.mil") for number in range(5)]
    store.learn([seen(SightingKind.SENT, other, message_id="<1@x.example>") for other in others])
    store.learn([seen(SightingKind.SENT, message_id="1@x.example")])
    view = store.view(ANNA, [*others, RIGHT], NOW)
    assert view.messages == 1
    assert view.domain(MIL).sent == view.domain(MIL).sent_by_sender == 1
    assert all(view.mailbox(m).sent == 1 for m in (*others, RIGHT))


def test_an_answer_to_two_of_us_is_one_answer_to_two_people(store: SqlStore) -> None:
    """The message counts once, its people both, even in separate batches."""
    for person in (ANNA, BEN):
        store.learn([seen(SightingKind.ANSWERED, person=person, message_id="<a@army.mil>")])
    record = store.view(ANNA, [RIGHT], NOW).mailbox(RIGHT)
    assert (record.answered, record.answered_people) == (1, 2)


def test_a_registrable_part_stands_for_all_below_it(store: SqlStore) -> None:
    """A subdomain's mail counts for itself and its registrable part, each message once."""
    below = Mailbox.parse("x@us.army.mil")
    store.learn(
        [seen(SightingKind.SENT, box, message_id="<1@x.example>") for box in (below, RIGHT)]
    )
    store.learn([seen(SightingKind.ANSWERED, below)])
    view = store.view(ANNA, [below], NOW)
    assert (view.domain(below.domain).sent, view.domain(below.domain).answered) == (1, 1)
    assert (view.domain(MIL).sent, view.domain(MIL).answered) == (1, 1)


def test_the_directory_lists_without_being_mail(store: SqlStore) -> None:
    """A listed mailbox and its domain are in the directory; nothing was seen of them."""
    store.learn([seen(SightingKind.DIRECTORY, person=None)])
    view = store.view(ANNA, [RIGHT], NOW)
    for record in (view.domain(MIL), view.mailbox(RIGHT)):
        assert record.in_directory
        assert (record.sent, record.first_seen) == (0, None)


def test_a_suffix_slip_finds_the_name_that_was_meant(store: SqlStore) -> None:
    """army.ml and mail.army.ml both find army.mil, with its record and the same local part there."""
    store.learn([seen(SightingKind.SENT), seen(SightingKind.ANSWERED)])
    below = Mailbox.parse("John.Doe@mail.army.ml")
    view = store.view(ANNA, [JOHN, below], NOW)
    for domain in (ML, below.domain):
        (neighbour,) = view.near(domain)
        assert neighbour.domain == MIL
        assert neighbour.record == view.near(ML)[0].record
        assert neighbour.record.answered == 1
    assert view.mailbox(RIGHT).answered == 1
    assert view.mailbox(JOHN) == UNKNOWN
    assert view.domain(ML) == UNKNOWN


def test_a_name_is_not_its_own_neighbour(store: SqlStore) -> None:
    """A known suspect sees the real name, not itself."""
    store.learn([seen(SightingKind.SENT), seen(SightingKind.SENT, JOHN)])
    view = store.view(ANNA, [JOHN, RIGHT], NOW)
    assert [n.domain for n in view.near(ML)] == [MIL]
    assert [n.domain for n in view.near(MIL)] == [ML]


def test_a_flood_of_neighbours_hides_nobody(store: SqlStore) -> None:
    """Hundreds of names that merely wrote to us do not push out the one that answers."""
    flood = [Mailbox.parse(f"x@army.{suffix}") for suffix in _suffixes(100)]
    store.learn([seen(SightingKind.HEARD, box) for box in flood] + [seen(SightingKind.ANSWERED)])
    near = store.view(ANNA, [JOHN], NOW).near(ML)
    assert len(near) == 64
    assert near[0].domain == MIL


def _suffixes(count: int) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"{a}{b}" for a in letters for b in letters if f"{a}{b}" not in {"ml"}][:count]


def test_a_validation_is_one_senders_for_one_mailbox(store: SqlStore) -> None:
    """It shows for that sender and mailbox alone, the latest counts, and it is audited."""
    store.validate(ANNA, JOHN, NOW, "anna.lee@contractor.example")
    store.validate(ANNA, JOHN, NOW + HOUR, "anna.lee@contractor.example")
    late = NOW + DAY
    assert store.view(ANNA, [JOHN], late).mailbox(JOHN).validated == NOW + HOUR
    assert store.view(BEN, [JOHN], late).mailbox(JOHN).validated is None
    assert store.view(None, [JOHN], late).mailbox(JOHN).validated is None
    store.learn([seen(SightingKind.SENT, JOHN)])
    record = store.view(ANNA, [JOHN], late).mailbox(JOHN)
    assert (record.sent, record.validated) == (1, NOW + HOUR)
    assert store.view(ANNA, [RIGHT], late).mailbox(RIGHT).validated is None
    assert [e.kind for _, e, _ in store.trail()] == ["recipient.validated"] * 2


def test_a_later_validation_does_not_count_for_an_earlier_moment(store: SqlStore) -> None:
    """A message judged again as of then is judged as it was."""
    store.validate(ANNA, JOHN, NOW, "x")
    assert store.view(ANNA, [JOHN], NOW - HOUR).mailbox(JOHN).validated is None


def test_an_answer_is_recognised_by_what_we_sent(store: SqlStore) -> None:
    """Only our people who sent that Message-ID to that very domain are given."""
    ids = [f"<{number}@contractor.example>" for number in range(3)]
    store.learn(
        [
            seen(SightingKind.SENT, message_id=ids[0]),
            seen(SightingKind.SENT, person=BEN, message_id=ids[1]),
            seen(SightingKind.SENT, JOHN, message_id=ids[2]),
            seen(SightingKind.HEARD, message_id="<heard@army.mil>"),
        ]
    )
    assert store.sent_to(ids, MIL) == {ANNA, BEN}
    assert store.sent_to([ids[1].strip("<>")], MIL) == {BEN}
    assert store.sent_to(ids, ML) == {ANNA}
    assert store.sent_to(["<heard@army.mil>"], MIL) == frozenset()
    assert store.sent_to([], MIL) == frozenset()


def test_a_year_later_a_message_is_forgotten_but_its_count_stays(place: Place) -> None:
    """The table that keeps messages from counting twice is pruned by the sweep."""
    store = place.store
    store.learn([seen(SightingKind.SENT, message_id="<1@x.example>")])
    store.sweep(NOW + 366 * DAY)
    assert store.sent_to(["<1@x.example>"], MIL) == {ANNA}
    store.sweep(NOW + 367 * DAY)
    assert store.sent_to(["<1@x.example>"], MIL) == frozenset()
    assert store.view(ANNA, [RIGHT], NOW).domain(MIL).sent == 1


def test_addresses_fold_and_internationalise(store: SqlStore) -> None:
    """Case makes no second mailbox; quoted, Unicode and literal addresses are kept apart."""
    boxes = [
        Mailbox.parse(text)
        for text in ('"a b"@army.mil', "jos\u00e9@b\u00fccher.example", "x@[192.0.2.1]")
    ]
    store.learn([seen(SightingKind.SENT, box) for box in boxes])
    store.learn(
        [seen(SightingKind.SENT, Mailbox.parse("JOHN.DOE@ARMY.MIL")), seen(SightingKind.SENT)]
    )
    view = store.view(ANNA, [*boxes, RIGHT], NOW)
    assert [view.mailbox(box).sent for box in boxes] == [1, 1, 1]
    assert view.mailbox(RIGHT).sent == 2


def test_hundreds_of_recipients_are_one_view(store: SqlStore) -> None:
    """No limit of the database on parameters shows."""
    boxes = [
        Mailbox.parse(f"u{number}@d{number}-long-enough-a-name.example") for number in range(200)
    ]
    assert store.learn([seen(SightingKind.SENT, box) for box in boxes]) == 200
    view = store.view(ANNA, boxes, NOW)
    assert all(view.mailbox(box).sent_by_sender == 1 for box in boxes)


def test_two_learners_lose_nothing(place: Place) -> None:
    """Counts of two stores on one database add up."""
    other: SqlCorrespondence = open_store(place.url, node="node2")
    for number in range(5):
        place.store.learn([seen(SightingKind.SENT, at=NOW + number * DAY)])
        other.learn([replace(seen(SightingKind.SENT), person=BEN)])
    record = other.view(BEN, [RIGHT], NOW).domain(MIL)
    other.database.close()
    assert (record.sent, record.sent_by_sender) == (10, 5)


def test_a_closed_suffix_has_a_record_of_what_is_below_it(store: SqlStore) -> None:
    """Who is answered from .mil can be asked about any name under .ml; other mail says nothing of it."""
    mali = Mailbox.parse("awa@somebase.ml")
    mil = DomainName.parse("mil")
    assert store.view(ANNA, [mali], NOW).domain(mil) == UNKNOWN
    store.learn([seen(SightingKind.SENT), seen(SightingKind.ANSWERED, at=NOW + DAY)])
    record = store.view(ANNA, [mali], NOW).domain(mil)
    assert (record.sent, record.answered) == (1, 1)
    assert store.view(ANNA, [Mailbox.parse("kim@survey.example")], NOW).domain(mil) == UNKNOWN
