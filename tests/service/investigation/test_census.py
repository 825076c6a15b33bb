"""What the sources say of every name: counted once for the name, and once for whoever owns it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest
from tests.service.investigation.evidence import BEGIN, END, census, looked_at, name

from missent.judge.case import Record
from missent.mail.mailbox import Mailbox
from missent.service.investigation.census import Census, Traffic

PARTNER: Mapping[str, tuple[int, int]] = {
    "ann@partner.example": (3, 2),
    "kim@partner.example": (1, 0),
    "news@partner.example": (0, 7),
    "ann@mail.partner.example": (4, 1),
}


def closely() -> Census:
    """Count the partner's mailboxes, and look at them closely."""
    made = census(PARTNER)
    looked_at(made, PARTNER)
    return made


def test_a_name_has_what_went_to_it_and_came_from_it() -> None:
    """Exactly this name; what its hosts have is not its own."""
    traffic = closely().traffic(name("partner.example"))
    assert (traffic.to, traffic.wrote) == (4, 9)
    assert (traffic.mailboxes, traffic.once) == (2, 1)
    assert (traffic.mutual, traffic.answered) == (1, 2)
    assert (traffic.first, traffic.last) == (BEGIN, END)


def test_an_owner_has_what_its_hosts_have() -> None:
    """The record of a registrable name covers everything at or below it, as the live store's does."""
    record = closely().record("partner.example")
    assert (record.sent, record.answered, record.answered_people) == (8, 3, 2)
    assert record.heard_weakly == 7
    assert (record.mailboxes, record.once) == (3, 1)


def test_an_owner_that_is_not_written_to_itself_has_them_too() -> None:
    """Where only hosts stand in the sources, their owner has a record all the same."""
    rows = {"x@us.partner.example": (2, 1), "y@mail.partner.example": (3, 0)}
    made = census(rows)
    assert made.record("partner.example").sent == 5
    assert made.record("us.partner.example").sent == 2
    owner = name("partner.example")
    assert set(made.spelt(owner)) == {"us.partner.example", "mail.partner.example"}
    looked_at(made, rows)
    assert made.record("partner.example").answered == 1


def test_a_closed_suffix_has_what_is_below_it() -> None:
    """``mil`` counts all of ``.mil``, ``gov.uk`` all below it, and neither the other."""
    made = census({"a@base.mil": (2, 0), "b@x.port.mil": (3, 1), "c@clerk.gov.uk": (5, 0)})
    assert (made.record("mil").sent, made.record("mil").heard_weakly) == (5, 1)
    assert made.record("gov.uk").sent == 5
    assert made.record("uk") == Record()


def test_nothing_is_known_of_other_names() -> None:
    """An empty record, as the live view gives."""
    assert closely().record("nowhere.example") == Record()
    assert closely().mailbox(Mailbox.parse("kim@nowhere.example")) is None


def test_an_answer_is_a_message_from_a_mailbox_that_was_written_to() -> None:
    """What others at the same name wrote is heard, and answers nothing."""
    made = closely()
    ann = made.mailbox(Mailbox.parse("Ann@partner.example"))
    news = made.mailbox(Mailbox.parse("news@partner.example"))
    assert ann is not None
    assert news is not None
    assert (ann.record().answered, ann.record().heard_weakly) == (2, 0)
    assert (news.record().answered, news.record().heard_weakly) == (0, 7)
    assert news.record().first_answer is None


def test_before_a_close_look_nobody_answered() -> None:
    """Without mailboxes there is only what was heard."""
    record = census(PARTNER).record("partner.example")
    assert (record.answered, record.answered_people, record.heard_weakly) == (0, 0, 10)
    assert record.first_answer is record.last_answer is None
    assert record.first_seen == BEGIN


def test_a_close_look_changes_what_was_asked_before() -> None:
    """No record is remembered from before the look."""
    made = census(PARTNER)
    assert made.record("partner.example").answered == 0
    looked_at(made, PARTNER)
    assert made.record("partner.example").answered == 3


def test_two_spellings_are_one_name() -> None:
    """A-label and U-label, and what the sources add up to is the name's."""
    made = Census()
    made.count("bücher.example", 2, 0, BEGIN, BEGIN)
    made.count("xn--bcher-kva.example", 3, 1, END, END)
    made.close()
    one = name("bücher.example")
    assert set(made.spelt(one)) == {"bücher.example", "xn--bcher-kva.example"}
    traffic = made.traffic(one)
    assert (traffic.to, traffic.wrote, traffic.first, traffic.last) == (5, 1, BEGIN, END)
    assert made.record(one.ascii).sent == 5


def test_names_come_the_most_written_to_first() -> None:
    """Ties in order of name, so that the order of reading changes nothing."""
    rows = {
        "a@c.example": (1, 9),
        "a@b.example": (1, 0),
        "a@d.example": (5, 0),
        "a@e.example": (0, 99),
    }
    wanted = ["d.example", "b.example", "c.example", "e.example"]
    assert [one.ascii for one in census(rows).names()] == wanted
    assert [one.ascii for one in census(dict(reversed(rows.items()))).names()] == wanted


def test_what_is_no_name_is_counted_and_left_out() -> None:
    """It can be judged by nobody, so the report says how many there were."""
    made = census({"a@partner.example": (1, 0), "a@-.example": (1, 0), "a@[300.1.1.1]": (1, 0)})
    assert made.unread == 2
    assert [one.ascii for one in made.names()] == ["partner.example"]


def test_literals_are_names() -> None:
    """An address in brackets has no owner, and a record."""
    made = census({"root@[192.0.2.1]": (2, 0)})
    assert made.record("[192.0.2.1]").sent == 2
    assert not made.owners()


def test_time_is_kept_from_the_first_to_the_last() -> None:
    """Units come in any order, and some have no time stamp."""
    made, day = Census(), timedelta(days=1)
    made.see(BEGIN + day, END)
    made.see(None, None)
    made.see(BEGIN, END - day)
    assert (made.since, made.until) == (BEGIN, END)
    traffic = Traffic()
    traffic.add(1, 0, None, None)
    traffic.add(1, 0, BEGIN, BEGIN)
    assert (traffic.first, traffic.last) == (BEGIN, BEGIN)


@pytest.mark.parametrize(
    ("rows", "ours", "heard"),
    [
        ({"ann@ours.example": (0, 9), "x@partner.example": (9, 0)}, ["ours.example"], False),
        ({"ann@ours.example": (3, 9), "x@partner.example": (9, 0)}, ["ours.example"], False),
        ({"ann@hr.ours.example": (3, 9), "x@partner.example": (9, 0)}, ["ours.example"], False),
        ({"ann@ours.example": (3, 9), "x@partner.example": (9, 1)}, ["ours.example"], True),
        ({"ann@ours.example": (3, 9), "x@partner.example": (9, 0)}, [], False),
        ({"ann@ours.example": (3, 9), "x@partner.example": (9, 1)}, [], True),
        ({"ann@hr.ours.example": (0, 9), "bob@ours.example": (0, 1)}, [], False),
        ({"root@mailhost": (0, 9), "ann@ours.example": (0, 8)}, ["ours.example"], False),
        ({"root@[192.0.2.1]": (0, 9)}, ["ours.example"], False),
        ({"x@partner.example": (9, 0)}, [], False),
        ({}, [], False),
    ],
)
def test_who_is_ours_is_not_heard_from(
    rows: dict[str, tuple[int, int]], ours: list[str], *, heard: bool
) -> None:
    """Only mail from outside tells who answered. Who wrote the most is us, where nobody says who is."""
    assert census(rows).heard(map(name, ours)) is heard
