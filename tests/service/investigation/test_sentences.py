"""The sentence an organisation has to say, and the draft of its breach notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.service.investigation.samples import incident, nothing, single

from missent.mail.domain import DomainName
from missent.service.investigation.breach import CLOCK, breach_notice
from missent.service.investigation.incident import (
    Incident,
    People,
    Sender,
    Sensitivity,
)
from missent.service.investigation.sentences import (
    asides,
    between,
    counted,
    listed,
    sentence,
    shown,
    span,
)

WAITING = (
    "1 more message to a wrong destination was still waiting when the sources end: "
    "it may yet arrive and is not counted."
)


def _at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def _story() -> Incident:
    """Give the incident of the example: one destination, 37 senders, nine of whom account for 80 %."""
    made = incident()
    one = made.to_warn[0]
    counts = [108] * 8 + [100] + [9] * 16 + [8] * 12
    return replace(
        made,
        misdirected=1204,
        senders=37,
        first=_at(2025, 2, 3),
        last=_at(2025, 7, 18),
        destinations=made.destinations[:1],
        sensitivity=Sensitivity(examined=1204, sensitive=61, by_category={"health": 61}),
        people=People(212, {"health": 61}),
        to_warn=tuple(replace(one, messages=n) for n in sorted(counts, reverse=True)),
    )


def test_the_story() -> None:
    """Everything a head of department is asked, in one breath."""
    assert sentence(_story()) == (
        "1,204 messages from 37 senders reached army.ml between 3 Feb and 18 Jul 2025; 61 carried "
        "sensitive content; 212 people are named in them; 9 senders account for 80 %."
    )


def test_one_message() -> None:
    """No plural, no range of days, nobody accounts for a share of one."""
    assert sentence(single()) == (
        "1 message from 1 sender reached army.ml on 3 Feb 2025; it carried nothing that was recognised "
        "as sensitive; no names of people were recognised in it."
    )


def test_one_sensitive_message_naming_one() -> None:
    """The singular all the way."""
    held = Sensitivity(examined=1, sensitive=1)
    made = replace(single(), sensitivity=held, people=People(1))
    assert sentence(made).endswith("; it carried sensitive content; 1 person is named in it.")


def test_nothing_found() -> None:
    """None of so many, as far as the sources tell; never just "no incident"."""
    assert sentence(nothing()) == (
        "None of the 3,141 messages in these sources between 1 Jan and 22 Aug 2025 reached a wrong "
        "destination, as far as they tell."
    )
    assert sentence(replace(nothing(), messages=1, since=None)) == (
        "The 1 message in these sources reached no wrong destination, as far as they tell."
    )


def test_nothing_read() -> None:
    """No messages is not the same as no misdirected ones."""
    assert sentence(replace(nothing(), messages=0)) == (
        "These sources hold no messages, so they cannot tell whether mail went astray."
    )


def test_what_logs_do_not_hold_is_not_nought() -> None:
    """Without content nothing is said of what was carried, nor of people."""
    said = sentence(incident(content=False))
    assert "what they carried is not known, as no source holds their content" in said
    assert "sensitive" not in said
    assert "people" not in said
    one = replace(single(), sensitivity=Sensitivity(unseen=1))
    assert "what it carried is not known, as no source holds its content" in sentence(one)


def test_content_of_some() -> None:
    """What was read and what was not are told apart."""
    made = replace(
        incident(),
        sensitivity=Sensitivity(examined=800, unseen=404, sensitive=61),
        people=People(212),
    )
    assert "; of the 800 whose content was read, 61 carried sensitive content" in sentence(made)
    assert "; what the other 404 carried is not known" in sentence(made)
    assert "212 people are named in what was read" in sentence(made)


def test_nothing_sensitive_recognised() -> None:
    """Not recognised is not the same as not there."""
    made = replace(incident(), sensitivity=Sensitivity(examined=9), people=People())
    assert "; none carried anything that was recognised as sensitive; no names of" in sentence(made)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "reached wrong destinations between"),
        (1, "reached army.ml between"),
        (2, "reached army.ml and navy.ml between"),
        (3, "reached army.ml, navy.ml and osd.ml between"),
    ],
)
def test_destinations_are_named_while_they_are_few(number: int, said: str) -> None:
    """Up to three by name."""
    made = incident()
    by_name = {one.domain.ascii: one for one in made.destinations}
    few = tuple(by_name[name] for name in ("army.ml", "navy.ml", "osd.ml")[:number])
    assert said in sentence(replace(made, destinations=few))


def test_many_destinations_are_counted() -> None:
    """More than three: how many, and the worst."""
    made = incident()
    worst = made.destinations[0].messages
    assert f"reached 5 wrong domains (army.ml most often: {worst}) between" in sentence(made)


def test_unknown_senders_are_not_counted_as_none() -> None:
    """A log without senders does not say "from 0 senders"."""
    said = sentence(replace(incident(), senders=0, to_warn=()))
    assert "sender" not in said


def test_the_share_is_the_true_one() -> None:
    """Two senders of whom one wrote nearly everything: what one accounts for, not 80 %."""
    one, other = incident().to_warn[:2]
    two = (replace(one, messages=98), replace(other, messages=2))
    made = replace(incident(), misdirected=100, senders=2, to_warn=two)
    assert sentence(made).endswith("; 1 sender accounts for 98 %.")


def test_all_senders_are_no_few() -> None:
    """If it takes all of them, there is nothing to say."""
    one: Sender = incident().to_warn[0]
    alone = replace(incident(), misdirected=5, senders=1, to_warn=(replace(one, messages=5),))
    assert "account" not in sentence(alone)


def test_bounced_and_waiting_are_told_apart() -> None:
    """Neither is part of the number, and each is said."""
    made = replace(incident(), bounced=14, pending=1, doubtful=(), inputs=())
    assert asides(made) == (
        "14 more messages to a wrong destination were returned by mail servers and are not counted.",
        WAITING,
        f"{made.sensitivity.unread} messages have a part that could not be read, and may hold more.",
    )
    alone = replace(nothing(), bounced=1, inputs=())
    assert asides(alone) == (
        "1 message to a wrong destination was returned by a mail server and is not counted.",
    )


def test_a_file_that_was_skipped_is_said_at_once() -> None:
    """Doubt about the sources is no footnote: it stands beside the sentence, found or not."""
    assert asides(nothing()) == (
        "1 file was skipped or not read to the end; what it holds may be missing from these figures.",
    )


def test_days_in_words() -> None:
    """One day, one year, two years; UTC."""
    assert between(_at(2025, 2, 3), _at(2025, 2, 3)) == "on 3 Feb 2025"
    assert between(_at(2025, 2, 3), _at(2025, 7, 18)) == "between 3 Feb and 18 Jul 2025"
    assert between(_at(2015, 2, 3), _at(2025, 7, 18)) == "between 3 Feb 2015 and 18 Jul 2025"
    assert span(_at(2025, 2, 3), _at(2025, 7, 18)) == "3 Feb – 18 Jul 2025"
    assert span(_at(2025, 2, 3), _at(2025, 2, 3)) == "3 Feb 2025"


def test_words() -> None:
    """Numbers with their nouns, lists with their "and"."""
    assert (counted(0, "message"), counted(1, "message")) == ("0 messages", "1 message")
    assert counted(1204, "person is", "people are") == "1,204 people are"
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_domains_cannot_turn_a_sentence_round() -> None:
    """Internationalised: with punycode; from right to left: punycode only."""
    assert shown(DomainName.parse("аrmy.example")) == "аrmy.example (xn--rmy-5cd.example)"
    assert shown(DomainName.parse("צבא.example")) == "xn--4dbb6d.example"


# --- the notice ----------------------------------------------------------------------------------


def _texts(made: Incident, title: str) -> str:
    field = next(field for field in breach_notice(made) if field.title.startswith(title))
    return "\n".join(passage.text for passage in field.passages)


def test_the_notice_has_every_field_of_the_law() -> None:
    """Art. 33(3) (a) to (d), and what the 72 hours ask."""
    fields = breach_notice(incident())
    assert {field.source for field in fields} == {
        "Art. 33(1)",
        *(f"Art. 33(3)({letter})" for letter in "abcd"),
    }
    assert all(field.passages for field in fields)
    assert "72 hours" in CLOCK[0]


def test_what_missent_cannot_know_is_a_blank() -> None:
    """Contact, awareness, measures taken and the assessment are left to a person."""
    blanks = {f.title: [p.text for p in f.passages if p.blank] for f in breach_notice(incident())}
    assert len(blanks["Data-protection officer or other contact"]) == 1
    assert len(blanks["When it happened and when it was noticed"]) == 3
    assert blanks["Likely consequences"]
    assert "measures taken so far, with dates" in blanks["Measures taken or proposed"]


def test_without_content_numbers_of_people_are_blanks() -> None:
    """Logs only: never a zero in a notice."""
    made = incident(content=False)
    assert "not known" in _texts(made, "People concerned")
    assert "approximate number" in _texts(made, "People concerned")
    assert "not known" in _texts(made, "Records concerned")
    assert "0 people" not in str(breach_notice(made))


def test_consequences_and_measures_follow_from_what_was_found() -> None:
    """No passwords found, no word of passwords."""
    made = incident()
    assert "Passwords" in _texts(made, "Likely")
    assert "change the passwords" in _texts(made, "Measures")
    health = replace(made, sensitivity=Sensitivity(examined=9, by_category={"health": 3}))
    assert "Health data" in _texts(health, "Likely")
    assert "asswords" not in _texts(health, "Likely") + _texts(health, "Measures")


def test_who_took_it_stands_in_the_notice() -> None:
    """Where the mail went, by name, country and server."""
    nature = _texts(replace(incident(), destinations=incident().destinations[:1]), "Nature")
    assert sentence(replace(incident(), destinations=incident().destinations[:1])) in nature
    assert "army.ml was written where army.mil was meant" in nature
    assert "Names under .ml are given out by its registry (country: Mali)." in nature
    assert "The mail was taken by mx1.army.ml." in nature


def test_nothing_reached_is_nothing_to_notify() -> None:
    """No draft; what bounced reached nobody."""
    assert breach_notice(replace(nothing(), bounced=3)) == ()
