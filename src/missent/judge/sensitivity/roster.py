"""Own the rosters: who serves where, and when, or who travels with whom.

Crew lists of ships and aircraft (as IMO FAL form 5), passenger manifests, duty and guard rosters,
muster lists, and lists of the people of a military or government unit are level 3: they tell
strangers where somebody will be, or whom to approach. Lists of a company's staff are level 2. The
people are counted as `persons` finds them; what kind of list it is comes from its title, the columns
beside the names, and ranks. A title without any names is no roster.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from missent.judge.columns import PERSONAL, Column
from missent.judge.content import Content, Detector, Reading, finding, place
from missent.judge.finding import Finding
from missent.judge.persons import Roll, rolls_in
from missent.judge.vocabulary import plain

NAME = "roster"
CATEGORY = "roster"
FEWEST = 2
"""People of a crew."""
STAFF = 5
"""People of a staff list that says so; one that does not is a list of people at most."""
_TITLE_READ = 1_500
"""Octets of a document in which its title stands."""


class Kind(StrEnum):
    """What a roster is, the gravest first, as the sender reads it."""

    CREW = "a crew list"
    PASSENGERS = "a passenger list"
    DUTY = "a duty roster"
    UNIT = "a list of a unit's people"
    STAFF = "a staff list"


_LIST = r"(?:lists?|manifests?|rosters?|rota|rotas|roll|details|data|names|register|declaration|schedule)"
_TITLES = {
    Kind.CREW: re.compile(
        rf"\b(?:(?:air|flight|cabin|ship s|vessel|final)? ?crew (?:\w+ )?{_LIST}|{_LIST} of crew"
        rf"|crew {_LIST}|crew members?|crewlist|imo fal|fal form 5|muster (?:list|roll)|aircrew"
        r"|station bill|seafarers list|ships crew|role d equipage|liste d equipage|mannschaftsliste"
        r"|besatzungsliste|crewliste|lista de tripulantes|lista de tripulacion|rol de tripulacion"
        r"|ruolo equipaggio|lista equipaggio|bemanningslijst|lista zalogi|crew)\b".encode()
    ),
    Kind.PASSENGERS: re.compile(
        rf"\b(?:(?:passengers?|pax) (?:\w+ )?{_LIST}|{_LIST} of passengers|flight manifest"
        rf"|(?:cabin|boarding|guest|rooming|transfer|bus) (?:manifest|lists?)|manifest|passenger names?"
        r"|liste (?:des )?passagers|passagierliste|lista de pasajeros|lista de passageiros"
        r"|lista passeggeri|passagierslijst|lista pasazerow|name list)\b".encode()
    ),
    Kind.DUTY: re.compile(
        rb"\b(?:(?:duty|guard|watch|shift|gate|on call|oncall|sentry|patrol|standby|work|ops|night|weekend)"
        rb" (?:\w+ )?(?:rosters?|rota|schedule|bill|list|plan)|guard mount|watchbill|da form 6"
        rb"|dienstplan|schichtplan|wachplan|wachdienst|tour de garde|tableau de service|grafik (?:dyzurow"
        rb"|sluzb)|turnos de guardia|rol de guardias|cuadrante|staff duty|duty officers?)\b"
    ),
    Kind.UNIT: re.compile(
        rb"\b(?:nominal roll|(?:unit|alpha|battle|company|platoon|squad|squadron|battalion|regiment|brigade"
        rb"|personnel|manning|deployment|recall|embarkation|military|garrison|force) (?:rosters?|roll|list)"
        rb"|personnel (?:\w+ )?roster|order of battle|manning (?:document|table)|chain of command"
        rb"|promotion list|leave list|stellenbesetzung|stellenplan|etat nominatif|tableau des effectifs"
        rb"|by name (?:list|request)|leaders? book|battle captain|task force)\b"
    ),
    Kind.STAFF: re.compile(
        rb"\b(?:(?:staff|employees?|personnel|faculty) (?:\w+ )?(?:lists?|rosters?|directory|register|roll"
        rb"|listing|records?)|lists? of (?:staff|employees|personnel)|org(?:anisation|anization)?(?:al)?"
        rb" chart|organi(?:gramme?|gram)|phone directory|embassy staff|diplomatic list|mitarbeiterliste"
        rb"|liste du personnel|lista de empleados|lista pracownikow|headcount)\b"
    ),
}
_ABOARD = frozenset({Column.PAPERS, Column.NATIONALITY, Column.BIRTH, Column.PLACE, Column.TICKET})
_POSTED = frozenset({Column.UNIT, Column.SERVICE, Column.POSITION, Column.DUTY, Column.RANK})


@dataclass(frozen=True, slots=True)
class _Roster:
    """What was found in one document."""

    kind: Kind
    level: int
    people: int
    reading: Reading


def detect(content: Content) -> Iterator[Finding]:
    """Report the gravest roster."""
    found = [one for reading in content.readings if (one := _roster(content, reading))]
    if not found:
        return
    worst = max(found, key=lambda one: (one.level, one.people))
    where = place(worst.reading) if worst.reading.document.attached else "the letter"
    yield finding(
        NAME,
        worst.reading,
        category=CATEGORY,
        level=worst.level,
        count=worst.people,
        because=f"{where} seems to be, or to contain, {worst.kind} with {worst.people} names",
        facts={"kind": worst.kind.name.lower()},
    )


def _roster(content: Content, reading: Reading) -> _Roster | None:
    best: dict[Kind, set[str]] = {}
    for roll in rolls_in(reading):
        kind = _kind(content, reading, roll)
        if kind is not None:
            best.setdefault(kind, set()).update(person.key for person in roll.people)
    if not best:
        return None
    kind = min(best, key=list(Kind).index)
    people = len(set[str]().union(*best.values()))
    return _Roster(kind, 2 if kind is Kind.STAFF else 3, people, reading)


def _kind(content: Content, reading: Reading, roll: Roll) -> Kind | None:
    """Tell what kind of roster a roll is: by its title and columns together, ranks, or shifts."""
    titles = _titles(content, reading, roll)
    columns, people = roll.columns, len(roll.people)
    if people < FEWEST:
        return None
    if Kind.CREW in titles and (roll.aboard or columns & (_ABOARD | {Column.RANK})):
        return Kind.CREW
    if Kind.PASSENGERS in titles and (columns & _ABOARD or people >= 2 * STAFF):
        return Kind.PASSENGERS
    if roll.shifts or (Kind.DUTY in titles and columns & {Column.DUTY, Column.DAY, Column.PHONE}):
        return Kind.DUTY if people > FEWEST or Kind.DUTY in titles else None
    return _posted(titles, roll)


def _posted(titles: frozenset[Kind], roll: Roll) -> Kind | None:
    columns, people = roll.columns, len(roll.people)
    if people <= FEWEST:
        return None
    if roll.aboard and not roll.military and columns & (_ABOARD | {Column.RANK}):
        return Kind.CREW
    if roll.military and (columns & (_POSTED | PERSONAL | _ABOARD) or Kind.UNIT in titles):
        return Kind.DUTY if Column.DUTY in columns else Kind.UNIT
    if {Column.PLACE, Column.TICKET} <= columns or {Column.DUTY, Column.DAY} <= columns:
        return Kind.PASSENGERS if Column.TICKET in columns else Kind.DUTY
    if Kind.UNIT in titles and columns & (_POSTED | PERSONAL):
        return Kind.UNIT
    if Kind.STAFF in titles and people >= STAFF and columns & (_POSTED | PERSONAL | {Column.PHONE}):
        return Kind.STAFF
    return None


def _titles(content: Content, reading: Reading, roll: Roll) -> frozenset[Kind]:
    """Give what the heading calls it; of an attachment also its name, title and the subject."""
    said = plain(roll.heading)
    if reading.document.attached:
        name = plain(f" {reading.document.name or ''} {content.message.subject} ")
        said += b" " + name + b" " + reading.plain[:_TITLE_READ]
    else:
        said += b" " + plain(content.message.subject)
    said = b" ".join(said.split())
    return frozenset(kind for kind, pattern in _TITLES.items() if pattern.search(said))


DETECTOR = Detector(NAME, frozenset(), detect)
