"""Which texts read as somebody's journey."""

from __future__ import annotations

import time

import pytest
from tests.judge.build import content

from missent.judge.content import Content
from missent.judge.finding import Finding
from missent.judge.sensitivity.travel import DETECTOR
from missent.judge.vocabulary import Vocabulary
from missent.mail.document import Document, Table, Text

WORDS = Vocabulary(DETECTOR.words)


def _content(text: str, *attached: Document, subject: str = "") -> Content:
    return content(text, *attached, subject=subject, vocabulary=WORDS)


def _found(text: str, *attached: Document, subject: str = "") -> list[Finding]:
    return list(DETECTOR.detect(_content(text, *attached, subject=subject)))


def _level(found: list[Finding]) -> int:
    return max((int(finding.facts["level"]) for finding in found), default=0)


FORM = """\
Your booking is confirmed
Booking reference: QX7L2M
Passenger: Ms Erin Galt
Flight LH 902 Frankfurt (FRA) to London Heathrow (LHR)
Departs: 12 May 2031 16:20  Arrives: 17:05
Seat: 14C
E-ticket number: 220-2391120934"""
ORDERS = """\
DD FORM 1610 REQUEST AND AUTHORIZATION FOR TDY TRAVEL OF DOD PERSONNEL
1. DATE OF REQUEST 2 MAY 2031
2. NAME (Last, First, Middle Initial): PRUITT, ALLEN J.
4. POSITION TITLE AND GRADE OR RATING: MAJ
8. TYPE OF ORDERS: TDY
9. PURPOSE OF TDY: Site survey
11. ITINERARY: Fort Liberty NC to Bamako, Mali and return
10a. APPROX NO. OF DAYS OF TDY: 12
b. PROCEED O/A: 15 MAY 2031
16. PER DIEM: authorized"""
THIRD = """\
BOARDING PASS
OKAFOR/NGOZI MS
Flight	Date	From	To
BA 075	11 JUL	LHR	LOS
Gate	Boarding time	Seat
B42	10:35	22K
PNR: K9RT2W"""
FOURTH = """\
ITINERARY
PREPARED FOR: HARTLEY/SIMON MR
RECORD LOCATOR: BGHTRE
TUE 12AUG UNITED 934
LV WASHINGTON IAD 630P
AR LONDON HEATHROW 645A
SEAT 22A CONFIRMED
HOTEL MARRIOTT LONDON
CONFIRMATION 77219931"""
FIFTH = """\
Car rental confirmation
Driver: Jonas Prell
Reservation number: 4412998US1
Pick-up: Denver Intl Airport, 4 Oct 2031 11:00
Drop-off: Denver Intl Airport, 9 Oct 2031 09:00
Vehicle: Midsize SUV"""
SIXTH = """\
Gents,
Itinerary for ADM Harlow's trip:
15 Jun 0700 wheels up Andrews AFB (C-37, tail 40102)
15 Jun 1930 wheels down Ramstein AB, met by MG Stone
RON Hilton Mainz, room 702
16 Jun 0900 depart by motorcade to USAREUR HQ
16 Jun 1500 depart for Bamako
POC CDR Ellis"""
SEVENTH = """\
Flight
details
Passenger
name
Lena
Roth
Record
locator
Z8KQ4P
Flight
SK 1501
Departure
08:05
Arrival
09:20
Seat
4A"""
TALK_1 = """\
Spring sale! Fly to Rome from £49. Book your flight and hotel by Sunday. Check in online,
choose your seat, enjoy two free bags. Departures from Heathrow and Gatwick. Terms apply.
Unsubscribe."""
TALK_2 = """\
I'm flying to Denver on Monday, arriving around 3 pm, and will stay at the Hilton until
Thursday. Can we meet Tuesday at 10:00? My flight back is UA 512 at 5:30 pm."""
TALK_3 = """\
Expense policy: hotels up to $200 per night, flights economy class. Submit receipts within
30 days. Budget owners approve. Per diem as usual. Car rental: midsize."""
TALK_4 = """\
Minutes of the project meeting. Present: Mr Cole, Ms Frost, Dr Hale. 1. Budget: approved.
2. Contract: legal to review the agreement by Friday. 3. Travel: flights to be booked for
the Berlin conference. 4. Ms Frost is off sick. Action: Cole to send invoice."""
TALK_5 = """\
Room 12 is booked for the meeting at 10:00. Check in with Ann first."""


@pytest.mark.parametrize("text", [FORM, ORDERS, THIRD, FOURTH, FIFTH, SIXTH, SEVENTH])
def test_a_paper_is_found_in_any_layout(text: str) -> None:
    """The same paper is found as a letter, a labelled form, columns or broken lines."""
    assert _level(_found(text)) >= 2


def test_a_paper_is_found_in_an_attachment_and_named_by_its_part() -> None:
    """What is attached counts as the letter does; neither text nor file name is repeated (law 8)."""
    document = Document("2", "pdf", "zebra.pdf", texts=(Text(FORM + "\nzebra quagga"),))
    (found,) = _found("Please see attached.", document)
    assert found.facts["category"] == "travel"
    assert "part 2" in found.because
    assert "zebra" not in repr(found)
    assert "quagga" not in repr(found)


def test_a_list_of_travellers_with_rooms_is_grave() -> None:
    """Where several people sleep is worse than where one flies."""
    rows = (
        ("Name", "Arrival flight", "Arrival", "Hotel", "Room", "Departure"),
        ("Lt Col Grant Moss", "AF 520", "12 May 14:10", "Radisson", "511", "18 May"),
        ("Maj Eve Lark", "AF 520", "12 May 14:10", "Radisson", "512", "18 May"),
        ("Mr Ned Cole", "ET 908", "13 May 08:25", "Radisson", "514", "18 May"),
    )
    (found,) = _found("Please see attached.", Document("2", "xlsx", tables=(Table(rows),)))
    assert (found.facts["level"], found.facts["count"]) == (3, 3)


def test_travel_orders_are_grave() -> None:
    """A military journey of one person is worse than a holiday of one."""
    assert _level(_found(ORDERS)) == 3
    assert _level(_found(FORM)) == 2


@pytest.mark.parametrize("text", [TALK_1, TALK_2, TALK_3, TALK_4, TALK_5])
def test_ordinary_talk_is_silent(text: str) -> None:
    """Wording alone, advertisements, news and policies are no paper about anybody."""
    assert not _found(text)


def test_a_paper_of_another_matter_is_silent() -> None:
    """A recipe in the layout of a form is still a recipe."""
    assert not _found("Recipe\nServes: 4\nTime: 20 min\nFlour: 200 g\nSugar: 50 g\nNotes: rest it")


@pytest.mark.parametrize(
    "piece", ["A", "flight ", "AAA/", "check in ", " ", "booking reference ", "Dear A\n"]
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    """A megabyte of what its patterns begin with is read within a second."""
    about = _content(FORM + "\n" + piece * (1_000_000 // len(piece)))
    before = time.process_time()
    list(DETECTOR.detect(about))
    assert time.process_time() - before < 1.0


DUTY = """\
TEMPORARY DUTY ORDER
1. You are ordered to proceed from Fort Elder to Camp Rowan on or about 9 MAY 2031 for 10 days.
2. SSG PETERS, LEE A.
3. Travel by POV authorized; government lodging directed. Per diem authorized.
4. Return to proper station on completion."""


def test_a_plain_form_is_found() -> None:
    """An order to travel has neither tickets nor labels."""
    assert _level(_found(DUTY)) >= 2
