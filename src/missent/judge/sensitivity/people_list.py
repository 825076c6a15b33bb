"""Own the lists of people: how many are named in a document, and what is said of them.

What was read decides: tables, lines of cells and lists of names (`persons`). Three to nine people
with nothing but names and ways to reach them at work are level 1, ten level 2; birthdays, papers,
nationality, home, health or pay beside three names, or a hundred people, level 3. A document that
was not read is known by its file name only, or the subject's: a list of people is level 2, one that
also names identity papers, health or pay level 3. The subject alone says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from missent.judge.columns import PERSONAL, Column
from missent.judge.content import Content, Detector, Reading, finding, place
from missent.judge.finding import Finding
from missent.judge.persons import Roll, rolls_in
from missent.mail.document import Document
from missent.mail.mime import Part

DETECTOR_NAME = "people_list"
CATEGORY = "people"
FEWEST = 3
"""People that make a list."""
FEWEST_WRITTEN = 6
"""The same for bare names, or names and ways to reach them, in the letter itself: in business mail
fewer are addresses below a signature, and who was in a meeting."""
MANY = 10
MANY_WRITTEN = 25
"""The same for bare names, or names and telephones, written in the letter itself: who comes to a
meeting. Of 10,000 real business mails 36 named ten people or more, nearly all like this; 3 named 25."""
BULK = 100
STAFF = 5
_STAFF = frozenset({Column.UNIT, Column.POSITION, Column.PHONE, Column.MAIL, Column.PLACE})
"""Three of them beside five names are a directory of staff."""
_REACHED = frozenset({Column.PHONE, Column.MAIL, Column.NUMBER})
_PEOPLE = (
    r"crew|passengers?|pax|staff|personnel|employees?|patients?|students?"
    r"|members?|customers?|guests?|visitors?|attendees?"
)
_LIST = r"lists?|manifests?|rosters?|roll|register|directory|records?|details|data|export"
_LISTED = re.compile(
    rf"\b(?:{_PEOPLE})\s+(?:\w+\s+)?(?:{_LIST})\b|\b(?:{_LIST})\s+of\s+(?:\w+\s+)?(?:{_PEOPLE})\b"
)
_GRAVE = re.compile(
    r"\b(?:passports?|visas?|ids?|identity|ssn|social security|medical|health|patients?|x ?rays?"
    r"|salar(?:y|ies)|payroll|bank|tax)\b"
)
_TABLES = ("csv", "tsv", "xls", "xlsx", "ods", "pdf", "doc", "docx", "odt", "txt", "rtf", "zip")
_WORDS = re.compile(r"[\W_]+")


def detect(content: Content) -> Iterator[Finding]:
    """Report the worst list of people, by what it says, or else by what an unread document is named."""
    judged = [(reading, _judge(reading)) for reading in content.readings]
    reading, (level, count, columns) = max(judged, key=lambda one: one[1][:2])
    named = _named(content)
    if level and level >= named:
        yield _counted(reading, level, count, columns)
    elif named:
        because = "an attachment seems to be a list of people"
        facts: dict[str, str | bool | int] = {"level": named, "category": CATEGORY, "count": 1}
        yield Finding(DETECTOR_NAME, "message", 0.0, because, facts=facts)


# --- what was read ------------------------------------------------------------------------------


def _judge(reading: Reading) -> tuple[int, int, frozenset[Column]]:
    """Give level, number of people, and what of theirs is personal."""
    everybody: set[str] = set()
    told: set[str] = set()
    columns, beside = frozenset[Column](), frozenset[Column]()
    for roll in rolls_in(reading):
        keys = {person.key for person in roll.people}
        everybody |= keys
        beside |= roll.columns
        if personal := personal_columns(roll):
            told |= keys
            columns |= personal
    count = len(everybody)
    if count < FEWEST:
        return 0, count, frozenset()
    if len(told) >= FEWEST or count >= BULK:
        return 3, count, columns
    written = not reading.document.attached and not beside - _REACHED
    if written and count < FEWEST_WRITTEN:
        return 0, count, frozenset()
    if reading.document.attached and _is_directory(beside, count):
        return 2, count, frozenset()
    return (2 if count >= (MANY_WRITTEN if written else MANY) else 1), count, frozenset()


def _is_directory(beside: frozenset[Column], count: int) -> bool:
    """Tell whether these are an organisation's own people: numbered, or with posts and telephones."""
    return Column.COMPANY not in beside and (
        Column.SERVICE in beside or (count >= STAFF and len(beside & _STAFF) >= 3)
    )


def personal_columns(roll: Roll) -> frozenset[Column]:
    """Give what beside the names is nobody else's business: an address at work is not."""
    personal = roll.columns & PERSONAL
    return personal - {Column.ADDRESS} if Column.COMPANY in roll.columns else personal


def _counted(reading: Reading, level: int, count: int, columns: frozenset[Column]) -> Finding:
    where = place(reading) if reading.document.attached else "the letter"
    because = f"{where} lists {count} people"
    if columns:
        because += f", with their {_listed(columns)}"
    return finding(
        DETECTOR_NAME,
        reading,
        category=CATEGORY,
        level=level,
        count=count,
        because=because,
        facts={"personal": bool(columns)},
    )


_SAID = {
    Column.BIRTH: "birth dates",
    Column.PAPERS: "identity papers",
    Column.HEALTH: "health",
    Column.PAY: "pay or bank account",
    Column.NATIONALITY: "nationality",
    Column.ADDRESS: "addresses",
    Column.PRIVATE_PHONE: "private telephone numbers",
    Column.KIN: "families",
}


def _listed(columns: frozenset[Column]) -> str:
    said = [words for column, words in _SAID.items() if column in columns][:3]
    return said[0] if len(said) == 1 else ", ".join(said[:-1]) + " and " + said[-1]


# --- what was not -------------------------------------------------------------------------------


def _named(content: Content) -> int:
    """Give the level of the documents nobody read, by their names or the subject's words."""
    if len(content.readings) == 1 and not any(part.filename for part in content.message.parts):
        return 0
    names = [_words(name) for name in _unread(content)]
    if not names:
        return 0
    subject = _words(content.message.subject)
    if not any(_LISTED.search(text) for text in (*names, subject)):
        return 0
    return 3 if any(_GRAVE.search(text) for text in (*names, subject)) else 2


def _unread(content: Content) -> Iterator[str]:
    """Give the file names of documents of which there is no text: not read, or not readable."""
    documents = content.message.documents
    read = {one.name for one in documents if one.texts or one.tables}
    names = [part.filename for part in content.message.parts if _is_document(part)]
    names += [one.name for one in documents if one.attached and _is_table(one)]
    yield from (name for name in dict.fromkeys(names) if name and name not in read)


def _is_document(part: Part) -> bool:
    return (part.filename or "").lower().rpartition(".")[2] in _TABLES


def _is_table(document: Document) -> bool:
    return (document.name or "").lower().rpartition(".")[2] in _TABLES


def _words(text: str | None) -> str:
    return _WORDS.sub(" ", (text or "").lower()).strip()


DETECTOR = Detector(DETECTOR_NAME, frozenset(), detect)
