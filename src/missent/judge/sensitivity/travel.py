"""Own what reads as somebody's journey: itineraries, bookings, travel orders, visa applications.

A booking is told by its labelled fields (passenger, record locator, check-in) together with codes of
the trade: locators, ticket numbers, flights with airports and times. Talk about a trip has neither
labels nor codes; an airline's advertisement names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from missent.judge.content import Content, Detector, Reading, place
from missent.judge.content import finding as found
from missent.judge.finding import Finding
from missent.judge.form import Cues, Evidence, Gate, called, form, lowered, people, rows, starting

_CUES = Cues(
    titles={
        3.0: """itinerary; travel itinerary; flight itinerary; trip itinerary; your itinerary; booking
        confirmation; booking confirmed; reservation confirmation; flight confirmation; hotel
        confirmation; hotel reservation; hotel booking; hotel voucher; room reservation; e
        ticket; eticket; e ticket receipt; e ticket itinerary; electronic ticket; electronic
        ticket receipt; itinerary receipt; ticket receipt; boarding pass; boarding card;
        mobile boarding pass; car rental confirmation; rental confirmation; car hire voucher;
        rental car reservation; rail ticket; train ticket; rail booking; travel order; travel
        orders; travel authorization; travel authorisation; movement order; duty travel; tdy
        orders; tdy order; temporary duty orders; official travel authorization; mission
        order; travel request; visa application; visa application form; application for visa;
        application for a visa; application for schengen visa; schengen visa; visa support
        letter; invitation letter; travel plan; travel schedule; travel details; travel
        confirmation; trip summary; trip confirmation; trip details; rooming list; flight
        details; flight manifest; visit programme; visit program; programme of the visit;
        program of the visit; visit itinerary; delegation programme; delegation program;
        delegation itinerary; movement schedule; motorcade; movement plan; order of march;
        travel voucher; request and authorization for tdy travel of dod personnel; dd form
        1610; dd 1610; your booking is confirmed; your reservation is confirmed; your trip;
        reisebestatigung; buchungsbestatigung; reiseplan; confirmation de reservation; carta d
        imbarco; confirmacion de reserva; tarjeta de embarque; travel program; travel
        programme; programme of visit; visit plan; visit schedule; visit agenda; delegation
        visit; visit of the delegation; delegation list; delegate list; delegation schedule;
        draft programme; final programme; official visit; working visit; state visit; site
        visit programme; agenda of the visit; arrival and departure list; arrivals and
        departures; accommodation list; accommodation; hotel list; room list; transport plan;
        transport schedule; transfer list; transfer schedule; pick up list; movement
        instruction; movement instructions; convoy order; convoy schedule; trip plan; trip
        itinerary; trip request; trip report; trip ticket; travel arrangements; your travel
        arrangements; travel booking; travel authority; travel approval; temporary duty;
        temporary duty order; temporary duty travel order; orders for temporary duty; duty
        travel order; business trip; business trip request; business trip order; deployment
        order; order to travel; travel claim; travel expense claim; travel expense report;
        travel voucher or subvoucher; train booking; rail itinerary; ferry booking; bus
        ticket; seat booking; car rental; car hire; rental agreement; car rental reservation;
        car hire confirmation; vehicle reservation; your car is reserved; your reservation;
        your booking; your stay; your flight; your journey; your e ticket; hotel reservation
        confirmation; guest registration; registration card; guest folio; flight booking;
        flight reservation; flight ticket; flight schedule; passenger list; passenger
        manifest; manifest; crew list; visa request; visa form; entry visa; visa invitation;
        letter of invitation; note on visas; country clearance; country clearance request;
        theater clearance; dienstreiseantrag; dienstreise; ordre de mission; programme de la
        visite; ihre buchungsbestatigung; reservation details; booking details; reservierung;
        team travel; flight plan; gate pass; besuchsprogramm; orden de viaje""",
        2.0: """orders; reservation; rail reservation; train reservation; seat reservation;
        reservations; booking; trip; travel; flight; flights; stay; hotel; visa""",
    },
    labels={
        2.0: """passenger; passengers; passenger name; passenger s; passenger names; name of
        passenger; traveler; traveller; travelers; travellers; traveler name; traveller name;
        name of traveler; guest name; guest names; name of guest; lead guest; guest; guests;
        booking reference; booking ref; booking number; booking code; booking id; record
        locator; airline record locator; pnr; pnr code; locator; reservation number;
        reservation code; reservation id; airline confirmation; e ticket number; e ticket no;
        eticket number; eticket; ticket number; ticket no; ticket numbers; flight; flight no;
        flight number; flights; outbound flight; return flight; outbound; inbound; boarding
        time; boarding; baggage allowance; frequent flyer; frequent flyer number; check in;
        check out; check in date; check out date; checkin; checkout; arrival date; room; room
        no; room number; room type; pick up location; pickup location; drop off location; pick
        up; pickup; drop off; dropoff; car type; vehicle type; rental location; train; train
        number; travel order number; order number tdy; tdy location; purpose of travel;
        purpose of tdy; purpose of journey; purpose of visit; mode of travel; mode of
        transportation; proceed on or about; proceed o a; itinerary; approx no of days of tdy;
        travel authorization number; variation authorized; traveler s name; order issuing
        official; travel dates; dates of travel; head of delegation; delegation; members of
        delegation; visa type; visa category; type of visa; intended date of arrival; intended
        date of departure; port of entry; duration of stay; number of entries; passport no;
        passport number; travel document; motorcade; escort officer; protocol officer; close
        protection; accommodation; lodging; passagier; passager; pasajero; reiziger; vuelo;
        collection reference; outward; outward journey; return journey; return train; outbound
        train; pick up date; pick up time; drop off date; return location; return date; pick
        up point; pickup time; main driver; renter; rental period; arrival flight no; flight
        in; flight out; flight details; hotel confirmation; hotel reservation; event; place;
        venue; programme; transport; convoy; principal; travel order; place of duty; duty
        station; proceed to; length of stay; planned departure; planned return; travel date;
        trip; trip dates; employee traveling; name of travel document; number of travel
        document; type of travel document; main purpose of the journey; main purpose; member
        state of first entry; first entry; main destination; surname family name; hotel in;
        seat reservation; booked by; booking agent; travel agent; fare class; buchungsnummer;
        buchungscode; reisender; zug; wagen; sitzplatz; abflug; ankunft; hinfahrt; ruckfahrt;
        etd; eta; pax; airfare; m ie; connecting flight; connecting train; check in counter""",
        1.0: """confirmation number; confirmation no; confirmation; confirmation code; depart;
        departs; departure; departing; departure date; departure time; dep; dep time; arrive;
        arrives; arrival; arriving; arrival time; arr; arr time; seat; seats; seat no; gate;
        terminal; cabin; class; class of service; booking class; aircraft; airline; carrier;
        operated by; duration; hotel; hotel name; nights; no of nights; number of nights;
        rate; daily rate; room rate; coach; carriage; platform; carrier code; fare; fare
        basis; total fare; ticketed; issued; itinerary number; trip id; destination; origin;
        from airport; to airport; vehicle; driver; return; per diem; approving official;
        authorizing official; fund cite; security clearance; rank; nationality; date of birth;
        place of birth; occupation; sponsor; inviting organisation; loyalty number; meals;
        meal; cost center; hotel address; ground transportation; ground transport; stops;
        equipment; mileage; number of days; number of guests; will proceed date; purpose; tail
        number; tail; airline reservation code; arrival flight; departure flight; given names;
        family name; car class; car group; seats reserved; connection; transfer; party; date
        of arrival; date of departure; activity; location; deposit; licence number; breakfast;
        lunch; dinner; host; interpreter; accompanied by; participants; group; pax; visitors;
        total paid; ordinary passport; surname; first name; first name s; title; telephone""",
        0.5: """from; to; name; date; time; day; grade; dates; remarks; status; country; phone""",
    },
    phrases={
        1.5: """confirm your stay; your stay at; confirm your reservation; confirm your booking;
        welcoming you; e ticket; record locator; booking reference; boarding pass; check in
        closes; is confirmed for; you are booked; has been booked; have been booked; flight
        number; room number; wheels up; wheels down; arrives at; departs at; will arrive on;
        arriving on flight; arriving on; departing on; will be staying at; staying at; met at
        the airport; met by; transfer to hotel; transfer to; airport transfer; overnight at;
        overnight; courtesy call; bilateral meeting; welcome dinner; vip lounge; vip;
        motorcade; delegation; temporary duty; tdy; tad; per diem; you are directed to
        proceed; will proceed; official travel; government rate; schengen; visa; single entry;
        multiple entry; consulate; embassy; passport; nonstop; non stop; economy; business
        class; first class; check in; check out; suite; marriott; hilton; hyatt; sheraton;
        airport; heathrow; lufthansa; british airways; united airlines; delta; american
        airlines; air france; emirates; qantas; hertz; avis; eurostar; amtrak; protective
        detail; security detail; military air; milair; departs; arrives; depart; arrive;
        arrival at; departure from; departure to; departure for; call on; working lunch;
        working dinner; lunch hosted; dinner hosted; hosted by; transfer from; return flight;
        return to hotel; departure from hotel; depart hotel; met on arrival; welcomed by;
        picked up at; will be picked up; will be met; welcoming you to; welcome you to;
        convoy; residence; ordered to proceed; proceed from; government lodging; permanent
        duty station; proper station; travel by; on or about; deluxe; double room; single
        room; breakfast included; pick up; driver will; will drive him; will drive her; will
        drive you; motorcade to; guest house; kings cross; ryanair; easyjet; klm; sncf;
        deutsche bahn; trainline; booking com; expedia; europcar; sixt; enterprise rent; his
        flight; her flight; lands at; landing at; stays at; he stays; she stays; will stay at;
        courtesy visit; ceremony; wreath; flight departs; rail""",
    },
)

_LOCATOR = re.compile(
    r"\b(?:PNR|(?:booking|reservation|record|confirmation|airline|amadeus|sabre|galileo)"
    r"[ \t]{1,3}(?:ref(?:erence)?\.?|code|number|no\.?|locator|id|#)?"
    r"|reference|locator|conf(?:irmation)?\.? ?#)"
    r"[ \t]{0,3}(?:code|number|no\.?|is|\(PNR\))?[ \t]{0,3}[:#-]?\s{0,4}"
    r"(?-i:(?=[A-Z0-9]{0,12}[A-Z])(?:[A-Z0-9]{2,5}-)?[A-Z0-9]{5,13}|\d{7,12})\b",
    re.IGNORECASE,
)
_TICKET = re.compile(r"\d(?<!\w\d)\d\d[- ]\d{10}\b")
_TICKET_NUMBER = re.compile(r"\bticket\b.{0,24}\b\d{13}\b", re.IGNORECASE)
_TICKET_WORDS = frozenset((b"ticket",))
_LOCATOR_WORDS = frozenset(
    (
        *(b"pnr", b"booking", b"reservation", b"record", b"confirmation", b"airline", b"amadeus"),
        *(b"sabre", b"galileo", b"reference", b"locator", b"conf"),
    )
)
_FLIGHT = re.compile(
    r"\b(?:flight|flt)\b(?: ?(?:no|number|#)\.?)?:?\s{0,4}[A-Z][A-Z0-9] ?\d{1,4}\b|"
    r"\b(?:airlines?|airways|lufthansa|delta|continental|united|southwest|klm|emirates|qantas)"
    r"[ \t]{0,6}(?:flight|flt)?[ \t]{0,4}(?:#|no\.?|number)?[ \t]{0,3}\d{2,4}\b|"
    r"\btrain(?: no\.?| number)?:? ?(?:[A-Z]{2,3} ?)?\d{2,5}\b|"
    r"\b(?:coach|carriage|wagen):? ?[A-Z0-9]{1,2}\b",
    re.IGNORECASE,
)
_FLIGHT_WORDS = frozenset(
    (
        *(b"flight", b"flt", b"airline", b"airlines", b"airways", b"lufthansa", b"delta", b"train"),
        *(b"continental", b"united", b"southwest", b"klm", b"emirates", b"qantas", b"coach"),
        *(b"carriage", b"wagen"),
    )
)
_NUMBER = re.compile(rb"[0-9](?<![0-9][0-9])[0-9]{1,3}(?!\w)")
_CODED = re.compile(
    rb"\b(?:aa|af|ac|ai|ay|az|ba|be|cx|dl|ei|ek|et|ew|ey|fi|fr|ib|jl|ke|kl|kq|lh|lo|lx|mh|ms|nh|nz|"
    rb"os|qf|qr|rj|sa|sk|sn|sq|su|sv|tg|tk|tp|ua|ux|va|vs|wn|ws)[ -]?$"
)
_FIGURED = re.compile(rb"(?:f(?<!\wf)9|u(?<!\wu)2|w(?<!\ww)6)[ -]?[0-9]{2,4}(?!\w)")
"""Airlines by their two letters, before a number, and those with a figure."""
_NUMBERS = 1_000
_AIRPORTS = (
    re.compile(r"\([A-Z]{3}\)"),
    re.compile(r"[A-Z](?<!\w[A-Z])[A-Z]{2} ?(?:-|\u2013|\u2192|>|->|to|/) ?[A-Z]{3}\b(?! ?[-/])"),
    re.compile(rf"(?:{starting(('FROM', 'TO', 'ORIGIN', 'DEST'))}):? [A-Z]{{3}}\b"),
)
_AIRPORT = re.compile(r"\bairport\b")
_DATE = re.compile(
    r"\b\d{1,2}[ .-]?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\b|\b\d{4}-\d\d-\d\d\b"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6} \d{1,2}\b"
    r"|\b\d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b\d{1,2}[:.]\d{2} ?(?:[ap]\.?m?\b)?|\b\d{3,4} ?(?:hrs|hours|[APLZ]M?)\b"
    r"|\b(?!19|20)[0-2]\d[0-5]\d\b|\b\d{1,2} ?[ap]m\b",
    re.IGNORECASE,
)
_STAY = re.compile(
    r"\bcheck[- ]?in\b.{0,80}\d|\bcheck[- ]?out\b.{0,80}\d|\broom(?: no\.?| number| #)?:? ?\d{2,4}\b",
    re.IGNORECASE,
)
_STAY_WORDS = frozenset((b"check", b"checkin", b"checkout", b"room"))
_ROOM_WORDS = frozenset((b"room",))
_ROOM = re.compile(r"\broom(?: no\.?| number| #)?[:\s]{1,3}\d{2,4}\b", re.IGNORECASE)
_ORDERS = re.compile(
    r"\bDD ?(?:form)? ?1610\b|\btemporary duty\b|\bTDY\b|\bdelegation\b|\bmotorcade\b|\bwheels[ -]up\b|"
    r"\bhead of (?:state|mission|delegation)\b|\bclose protection\b|\bprotective detail\b|"
    r"\bmovement order\b|"
    r"\b(?:minister|state visit|excellency|secretary of (?:state|defen[cs]e)|chief of staff)\b",
    re.IGNORECASE,
)
_ORDER_WORDS = frozenset(
    (
        *(b"dd", b"dd1610", b"temporary", b"tdy", b"delegation", b"motorcade", b"wheels", b"head"),
        *(b"close", b"protective", b"movement", b"minister", b"state", b"excellency", b"chief"),
        b"secretary",
    )
)
_TICKETED = re.compile(
    r"(?:^|\b(?:name|passengers?|for|traveler)\b[:.\s]{0,4})[ \t>]{0,60}"
    r"(?-i:([A-Z][A-Z'-]{1,24}/[A-Z][A-Z'-]{1,24})(?: [A-Z]{1,12}){0,3}[ \t]{0,20}(?:$|[,(\t]))",
    re.MULTILINE | re.IGNORECASE,
)
_WHOSE = re.compile(
    r"\b(?:itinerary|travel plans?|trip|booking|reservation|travel|tickets?)s?"
    r" (?:for|of) [A-Z][a-z'-]+ [A-Z]"
    r"|\bDear [A-Z]|\bITINERARY FOR [A-Z]|\b[A-Z][a-z]+'s (?:\w{1,20} )?[Ii]tinerary",
)
_MOVEMENT = re.compile(
    r"\bwheels[ -](?:up|down)|\bmotorcade\b|\bRON\b|\bAFB\b|\bmil(?:itary )?air\b|\bproceed\b|\bescort\b|"
    r"\bTDY\b|\bper diem\b|\btravel orders?\b|\bDD ?(?:form)? ?1610\b|\bdelegation\b|\bcourtesy call\b|"
    r"\bVIP\b|\bmet by\b|\btransfer to\b",
    re.IGNORECASE,
)
_MOVED = frozenset(
    (
        *(b"wheels", b"motorcade", b"ron", b"afb", b"mil", b"milair", b"military", b"proceed"),
        *(b"escort", b"tdy", b"per", b"travel", b"dd", b"dd1610", b"delegation", b"courtesy"),
        *(b"vip", b"met", b"transfer"),
    )
)
_SLASHED = re.compile(r"/(?<=[A-Z'-]/)[A-Z]")
_CALENDAR = re.compile(r"^(?:DTSTART|BEGIN:VEVENT)", re.MULTILINE)
_TEXT_READ = 60_000
_NAMED = tuple(
    label.encode()
    for label in (
        *("passenger", "passengers", "passenger name", "traveler", "traveller", "guest name"),
        *("traveler name", "traveller name", "guest", "name", "name of passenger", "lead guest"),
        *(
            "surname",
            "name last first",
            "name last first middle initial",
            "name last first mi",
            "traveler s name",
            "passport no",
            "passport number",
            "guests",
            "family name",
        ),
        *("passenger s", "passenger names", "name of guest", "prepared for", "travelers"),
        *("head of delegation", "applicant", "full name", "travellers", "driver name", "driver"),
        *("main driver", "lead driver", "renter", "renter name", "employee", "principal"),
        *(
            "employee name",
            "visitor",
            "visitors",
            "delegate",
            "participants",
            "pax",
            "first name s",
        ),
    )
)
_NAMES = frozenset(
    (
        *("name", "passenger", "traveler", "traveller", "guest", "guest name", "passenger name"),
        *(
            "rank name",
            "name rank",
            "rank and name",
            "last name",
            "names",
            "surname",
            "full name",
            "participant",
            "delegate",
            "member",
        ),
    )
)
_HEADS = _NAMES | frozenset(
    (
        *("flight", "flight no", "flight number", "arrival", "departure", "arrives", "departs"),
        *("hotel", "room", "room no", "room number", "check in", "check out", "rank", "pnr"),
        *("passport", "passport no", "passport number", "seat", "ticket number", "arrival date"),
        *("departure date", "booking reference", "nationality", "airline", "from", "to"),
        *(
            "arrival flight",
            "departure flight",
            "arr",
            "dep",
            "room type",
            "ticket",
            "date",
            "time",
        ),
    )
)
_PAPERS = (
    *("travel order", "travel orders", "dd form 1610", "dd 1610", "tdy orders", "visa application"),
    *("visa application form", "application for visa", "application for a visa", "mission order"),
    *("application for schengen visa", "movement order", "travel authorization", "travel request"),
    *("temporary duty orders", "official travel authorization", "schengen visa", "rooming list"),
    *("request and authorization for tdy travel of dod personnel", "visit programme"),
    *("travel authorisation", "visa support letter", "visit program", "delegation programme"),
    *("temporary duty order", "temporary duty travel order", "orders for temporary duty"),
    *("movement instruction", "movement instructions", "movement schedule", "movement plan"),
    *("duty travel order", "deployment order", "order to travel", "convoy order", "march order"),
    *("business trip order", "business trip request", "travel expense claim", "ordre de mission"),
    *("programme of the visit", "travel programme", "travel program", "delegation itinerary"),
    *("delegation list", "delegate list", "passenger list", "passenger manifest"),
    *("country clearance request", "orden de viaje", "dienstreiseantrag", "trip request"),
)
_GATE = Gate(_CUES, least=1.2, crowd=6.0)
_ISSUED = (
    *("boarding pass", "boarding card", "mobile boarding pass", "e ticket receipt", "eticket"),
    *("electronic ticket receipt", "itinerary receipt", "rail ticket", "train ticket"),
)
"""Titles of what is only given to somebody who travels."""
_LEAST = 8.0
_ORDERED = 6.0
"""Weight of the wording of an order, which has neither labels nor tickets."""


def detect(content: Content) -> Iterator[Finding]:
    """Say that a part tells where somebody will be, from the worst such part."""
    best = max((_judge(one) for one in content.readings), key=lambda it: it[:2], default=None)
    if best is None or not best[0]:
        return
    level, count, reading = best
    where = f"{place(reading)} " if reading.document.attached else "the letter "
    whose = f"{count} people" if count > 1 else "a person"
    because = f"{where}seems to hold travel plans or bookings of {whose}"
    yield found("travel", reading, category="travel", level=level, count=count, because=because)


def _judge(reading: Reading) -> tuple[int, int, Reading]:
    if not _GATE.opens(reading):
        return 0, 0, reading
    evidence = _CUES.evidence(reading)
    if evidence.weight < 4.0:
        return 0, 0, reading
    text = reading.text[:_TEXT_READ]
    codes = _codes(reading, text)
    phrase = min(evidence.phrase, 4.5)
    labels = min(evidence.label, 12.0)
    weight = evidence.title + labels + phrase + 1.5 * codes
    kinds = (evidence.title > 0) + (labels >= 3.0) + (phrase >= 3.0) + (codes > 1) + (codes > 3)
    issued = evidence.any(_ISSUED) and codes > 0 and evidence.label >= 1.0
    if not issued and (
        weight < _LEAST
        or kinds < 2
        or not (
            _booked(evidence, codes, labels) or (evidence.title and codes and people(reading) > 2)
        )
    ):
        return 0, 0, reading
    count = _travellers(reading, text)
    if not count and not _located(reading, text):
        return 0, 0, reading  # an offer, or talk about a journey
    return _level(reading, count), max(count, 1), reading


def _booked(evidence: Evidence, codes: int, labels: float) -> bool:
    """Tell whether layout and codes agree, not wording alone."""
    papers = evidence.title > 0 and (codes > 0 or evidence.any(_PAPERS))
    if labels >= 4.0 and len(evidence.labels) >= 3 and (codes >= 2 or papers):
        return True
    if evidence.title and codes >= 2 and (labels >= 2.0 or evidence.phrase >= 3.0):
        return True
    if evidence.any(_PAPERS) and evidence.phrase >= _ORDERED:
        return True
    return codes >= 4 or (evidence.title >= 3.0 and codes >= 3)


def _codes(reading: Reading, text: str) -> int:
    count = _located(reading, text) + _flies(reading) + _lands(reading, text)
    count += any(called(reading, _STAY, _STAY_WORDS))
    times = sum(1 for _ in islice(_TIME.finditer(text), 2))
    dates = sum(1 for _ in islice(_DATE.finditer(text), 2))
    moved = len({found.lower() for found in called(reading, _MOVEMENT, _MOVED)})
    words = form(reading).words
    calendar = (b"dtstart" in words or b"vevent" in words) and bool(_CALENDAR.search(text))
    return count + (times > 1) + (dates > 1) + 2 * calendar + (moved >= 2) + (moved >= 3)


def _located(reading: Reading, text: str) -> int:
    """Count the kinds of numbers of a booking."""
    ticket = _TICKET.search(text) or any(called(reading, _TICKET_NUMBER, _TICKET_WORDS))
    return any(called(reading, _LOCATOR, _LOCATOR_WORDS)) + bool(ticket)


def _flies(reading: Reading) -> bool:
    """Tell whether a flight or a train has its number."""
    if any(called(reading, _FLIGHT, _FLIGHT_WORDS)):
        return True
    low = lowered(reading)
    found = islice(_NUMBER.finditer(low), _NUMBERS)
    coded = any(_CODED.search(low, max(0, m.start() - 4), m.start()) for m in found)
    return coded or _FIGURED.search(low) is not None


def _lands(reading: Reading, text: str) -> bool:
    """Tell whether airports stand there."""
    if b"airport" in form(reading).words and _AIRPORT.search(text):
        return True
    return any(pattern.search(text) for pattern in _AIRPORTS)


def _travellers(reading: Reading, text: str) -> int:
    laid = form(reading)
    labelled = max(len(laid.values(label)) for label in _NAMED)
    ticketed = len(_ticketed(text)) or (_WHOSE.search(text) is not None)
    return max(labelled, ticketed, people(reading), rows(reading, _HEADS, _NAMES))


def _ticketed(text: str) -> set[str]:
    """Give the names as tickets write them, from the lines that have a slash after a capital."""
    found, done = set[str](), 0
    for slash in _SLASHED.finditer(text):
        if slash.start() >= done:
            end = text.find("\n", slash.start())
            done = end if end >= 0 else len(text)
            found.update(_TICKETED.findall(text[text.rfind("\n", 0, slash.start()) + 1 : done]))
    return found


def _level(reading: Reading, count: int) -> int:
    if not count:
        return 1
    grave = count > 2 or any(called(reading, _ROOM, _ROOM_WORDS))
    return 3 if grave or any(called(reading, _ORDERS, _ORDER_WORDS)) else 2


DETECTOR = Detector("travel", _CUES.words, detect)
