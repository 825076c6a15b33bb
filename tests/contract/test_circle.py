"""The contract of circles: every store gives what memory gives, in bounded rows that hold no word."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from tests.contract.conftest import Place
from tests.store.samples import ANNA, JOHN, NOW, RIGHT

from missent.judge import terms
from missent.judge.case import Correspondence
from missent.judge.circle import LIST_SIZE, Circle, together
from missent.judge.terms import NO_WORDING, Wording
from missent.mail.archived import ArchivedMessage
from missent.mail.mailbox import Mailbox
from missent.service.circles import Circles
from missent.service.letter import Letter
from missent.service.memory import Memory
from missent.service.ports import Exchange, Sighting, SightingKind
from missent.store.schema import metadata
from missent.store.store import SqlStore

BEN = Mailbox.parse("ben.moor@contractor.example")
MARY = Mailbox.parse("mary.doe@navy.mil")
JANE = Mailbox.parse("jane.doe@army.mil")
DAY = timedelta(days=1)
SECRET = "Zanzibar crew manifest"

_NAMES = ["anna.lee", "ben.moor", "cara.moore", "dan.lee", "john.smith", "jon.smith"]
_NAMES += ["mary.doe", "jane.doe", "info"]
_OUTSIDE = ["army.mil", "army.ml", "navy.mil", "globex.test"]
_WORDS = ["crew", "ship", "audit", "budget", "hotel", "flight", "engine", "weather", "pump", "visa"]


def is_ours(mailbox: Mailbox) -> bool:
    """Tell whether a mailbox is inside."""
    return mailbox.domain.ascii == "contractor.example"


def letter(
    *recipients: Mailbox,
    sender: Mailbox = ANNA,
    at: datetime = NOW,
    name: str | None = None,
    wording: Wording = NO_WORDING,
    size: int = 0,
) -> Exchange:
    """Make an exchange."""
    ours = frozenset(filter(is_ours, (sender, *recipients)))
    return Exchange(at, sender, recipients, ours, name, wording, size)


def circle_of(store: SqlStore | Memory, *recipients: Mailbox, about: str = "") -> Circle:
    """Take Anna's circle a day later."""
    wording = terms.read(about, "")
    return store.view(ANNA, recipients, NOW + DAY, wording).circle


def _random_letters(seed: int, count: int) -> list[Letter]:
    rng = random.Random(seed)
    inside = [Mailbox.parse(f"{name}@contractor.example") for name in _NAMES]
    outside = [Mailbox.parse(f"{n}@{d}") for n in _NAMES for d in _OUTSIDE]
    made: list[Letter] = []
    for number in range(count):
        sender = rng.choice(inside if rng.random() < 0.7 else outside)
        many = 70 if rng.random() < 0.02 else rng.choice((1, 1, 1, 2, 3, 10))
        among = [*inside, *outside]
        if many == 70:
            among = [Mailbox.parse(f"p{n}@list.example") for n in range(70)]
        recipients = tuple(rng.sample(among, min(many, len(among))))
        replies = [m.header.message_id for m in made if m.header.message_id]
        refers = tuple(rng.sample(replies, 1)) if replies and rng.random() < 0.3 else ()
        name = f"<{seed}.{number}@x.example>" if rng.random() < 0.9 else None
        subject = rng.choice(("", f"Re: {rng.choice(_WORDS)} plan", "hi"))
        at = NOW + number * timedelta(hours=rng.randrange(7, 30))
        at = max(at, made[-1].at) if made else at
        text = " ".join(rng.choices(_WORDS, k=20))
        header = ArchivedMessage((sender,), recipients, name, refers, at)
        made.append(Letter(at, sender, recipients, header, subject, text))
    return made


def _exchange(one: Letter) -> Exchange:
    wording = terms.read(one.subject, one.text, one.header.references)
    ours = frozenset(filter(is_ours, (one.sender, *one.recipients)))
    name = one.header.message_id
    return Exchange(one.at, one.sender, one.recipients, ours, name, wording)


def _sightings(one: Letter) -> list[Sighting]:
    name = one.header.message_id
    if is_ours(one.sender):
        outside = [m for m in one.recipients if not is_ours(m)]
        return [Sighting(SightingKind.SENT, m, one.sender, one.at, name) for m in outside]
    ours = next(filter(is_ours, one.recipients), None)
    kind = SightingKind.ANSWERED if one.header.references else SightingKind.HEARD
    return [Sighting(kind, one.sender, ours, one.at, name)]


@pytest.mark.parametrize("seed", range(3))
def test_every_store_gives_what_memory_gives(store: SqlStore, seed: int) -> None:
    """Whole views are equal, for random mail learned in batches of any size."""
    letters = _random_letters(seed, 250)
    memory, rng = Memory(), random.Random(seed)
    start = 0
    while start < len(letters):
        batch = letters[start : start + rng.randrange(1, 60)]
        start += len(batch)
        for kept in (memory, store):
            kept.learn([s for one in batch for s in _sightings(one)])
            kept.learn_exchanges(map(_exchange, batch))
    listed = {m for one in letters[:9] for m in one.recipients if not is_ours(m)}
    for kept in (memory, store):
        kept.validate(ANNA, RIGHT, NOW, "test")
        kept.list_directory(listed, NOW)
    for one in rng.sample(letters, 40):
        asked = (one.sender, one.recipients, one.at + 9 * DAY, _exchange(one).wording)
        _assert_equal(store.view(*asked), memory.view(*asked))


def _assert_equal(one: Correspondence, other: Correspondence) -> None:
    for name in Correspondence.__slots__:
        if name == "circle":
            for field in Circle.__slots__:
                assert getattr(one.circle, field) == getattr(other.circle, field), field
        else:
            assert getattr(one, name) == getattr(other, name), name


def test_a_replay_gives_what_a_store_gives(store: SqlStore) -> None:
    """In order of time, and with one spelling for each person, circles of a replay are the same."""
    letters = [one for one in _random_letters(7, 250) if one.header.message_id]
    circles = Circles(is_ours)
    for one in letters:
        circles.note(one)
    store.learn_exchanges(map(_exchange, letters))
    for one in letters[::9]:
        asked = (one.sender, one.recipients, _exchange(one).wording, letters[-1].at + DAY)
        given = store.view(asked[0], asked[1], asked[3], asked[2]).circle
        assert given == circles.circle(*asked)


def test_a_letter_ties_people_inside_and_outside(store: SqlStore) -> None:
    """What was written, alone or in company, and what was heard; inside mailboxes make no records."""
    store.learn_exchanges(
        [
            letter(RIGHT, name="<1@x>"),
            letter(RIGHT, BEN, name="<2@x>", at=NOW + DAY / 2),
            letter(ANNA, sender=RIGHT, name="<3@y>"),
        ]
    )
    given = circle_of(store, RIGHT, BEN)
    tie = given.tie(RIGHT)
    assert (given.letters, tie.sent, tie.alone, tie.heard) == (2, 2, 1, 1)
    assert (tie.last_sent, tie.first_sent) == (0.5, 1.0)
    assert together(tie.letters, given.tie(BEN).letters) == 1
    assert (given.presence(RIGHT).received, given.presence(RIGHT).senders) == (2, 1)
    view = store.view(ANNA, [RIGHT, BEN], NOW)
    assert (view.domains, view.mailboxes, view.messages) == ({}, {}, 0)


def test_a_letter_counts_once_for_each_recipient(store: SqlStore) -> None:
    """Learned again it changes nothing; a copy released later adds its recipient to the same letter."""
    first = letter(RIGHT, name="<1@x>", size=2)
    assert store.learn_exchanges([first, first]) == 1
    assert store.learn_exchanges([first]) == 0
    assert store.learn_exchanges([letter(BEN, name="<1@x>", size=2, at=NOW + DAY / 4)]) == 1
    given = circle_of(store, RIGHT, BEN)
    assert (given.letters, given.tie(RIGHT).sent, given.tie(BEN).sent) == (1, 1, 1)
    assert given.tie(RIGHT).letters == given.tie(BEN).letters
    assert given.tie(RIGHT).alone == 0


def test_the_order_of_letters_does_not_matter(place: Place) -> None:
    """An old archive learned after live mail gives the same sums and times."""
    letters = [letter(RIGHT, name=f"<{n}@x>", at=NOW - n * 20 * DAY) for n in range(5)]
    memory = Memory()
    memory.learn_exchanges(reversed(letters))
    place.store.learn_exchanges(letters)
    one, other = circle_of(place.store, RIGHT).tie(RIGHT), circle_of(memory, RIGHT).tie(RIGHT)
    assert one.recent == pytest.approx(other.recent)
    assert replace(one, recent=0.0) == replace(other, recent=0.0)


def test_spellings_are_one_person_for_ties_never_for_validations(store: SqlStore) -> None:
    """Dots, tags and relays meet in one tie; the exact address alone was validated and counted."""
    spelled = [Mailbox.parse(t) for t in ("j.smith@army.mil", "j..smith@army.mil")]
    relayed = Mailbox.parse("jsmith+x@us.army.mil")
    store.learn_exchanges(letter(m, name=f"<{n}@x>") for n, m in enumerate((*spelled, relayed)))
    store.learn([Sighting(SightingKind.SENT, spelled[0], ANNA, NOW)])
    store.validate(ANNA, spelled[0], NOW, "anna")
    view = store.view(ANNA, [*spelled, relayed], NOW + DAY)
    assert [view.circle.tie(m).sent for m in (*spelled, relayed)] == [3, 3, 3]
    assert [view.mailbox(m).sent for m in (*spelled, relayed)] == [1, 0, 0]
    assert [view.mailbox(m).validated is None for m in (*spelled, relayed)] == [False, True, True]


def test_namesakes_are_found_one_for_each_person(store: SqlStore) -> None:
    """A slip finds the known mailbox of the same owner; other domains and spellings add nobody."""
    known = [Mailbox.parse(t) for t in ("john.smith@army.mil", "johnsmith@army.mil")]
    far = Mailbox.parse("john.smith@navy.mil")
    store.learn([Sighting(SightingKind.SENT, m, ANNA, NOW) for m in (*known, known[0], far, RIGHT)])
    slip = Mailbox.parse("jon.smith@army.mil")
    (found,) = store.view(ANNA, [slip], NOW).near_mailboxes(slip)
    assert found.mailbox == known[0]
    assert (found.record.sent, found.record.sent_by_sender) == (2, 2)


def test_a_conversation_is_found_by_reference_or_subject(store: SqlStore) -> None:
    """Those who had a letter of it took part; after a quarter of silence it is another."""
    store.learn_exchanges([letter(RIGHT, JANE, name="<1@x>", wording=terms.read(SECRET, ""))])
    for wording in (terms.read(f"Re: {SECRET}", ""), terms.read("other", "", ("<1@x>",))):
        talk = store.view(ANNA, [RIGHT, MARY], NOW + DAY, wording).circle.talk
        assert (talk.letters, talk.took_part(RIGHT), talk.took_part(MARY)) == (1, True, False)
    late = store.view(ANNA, [RIGHT], NOW + 91 * DAY, terms.read(SECRET, "")).circle.talk
    assert late.letters == 0


def test_a_mailing_to_many_ties_nobody(store: SqlStore) -> None:
    """It counts as a letter, and leaves no rows that grow with the square of its recipients."""
    many = [Mailbox.parse(f"p{n}@list.example") for n in range(LIST_SIZE + 1)]
    store.learn_exchanges([letter(*many, name="<1@x>")] * 2)
    given = circle_of(store, many[0])
    assert (given.letters, given.ties, given.presences) == (1, {}, {})


def test_a_conversation_is_forgotten_after_a_year_its_ties_stay(place: Place) -> None:
    """Letters, subjects and conversations are pruned with the names of messages."""
    wording = terms.read(SECRET, "")
    place.store.learn_exchanges([letter(RIGHT, name="<1@x>", wording=wording)])
    place.store.sweep(NOW + 367 * DAY)
    given = circle_of(place.store, RIGHT, about=SECRET)
    assert (given.talk.letters, given.tie(RIGHT).sent) == (0, 1)


def test_no_row_holds_a_word_of_a_letter(store: SqlStore) -> None:
    """Neither subject, text nor Message-ID stands in any column (law 8)."""
    wording = terms.read(SECRET, "The helicopter lands tonight", ("<ref@x.example>",))
    store.learn_exchanges([letter(RIGHT, name="<own@x.example>", wording=wording)])
    with store.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                text = " ".join(map(repr, row)).lower()
                hidden = ("zanzibar", "manifest", "helicopter", "ref@x.example", "own@x.example")
                assert not [word for word in hidden if word in text], table.name


def test_who_left_the_directory_is_no_longer_listed(store: SqlStore) -> None:
    """The current listing alone counts, for mailboxes and for their domains."""
    assert store.list_directory([RIGHT, MARY], NOW) == 2
    assert store.list_directory([RIGHT, MARY], NOW) == 2
    assert store.list_directory([MARY], NOW) == 1
    view = store.view(ANNA, [RIGHT, MARY, JOHN], NOW)
    assert [view.mailbox(m).in_directory for m in (RIGHT, MARY)] == [False, True]
    assert [view.domain(m.domain).in_directory for m in (RIGHT, MARY)] == [False, True]
    store.list_directory([], NOW)
    assert not store.view(ANNA, [MARY], NOW).mailbox(MARY).in_directory
