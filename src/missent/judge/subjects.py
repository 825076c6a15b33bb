"""Own whom a document is about: the names behind ``Patient:``, ``Account holder:``, ``Prepared for:``.

A label and a name stand on one line, in two cells, or on two lines. A letter's ``Dear Mr Roe`` names
one, too. The labels are in ``data/people.toml``, in several languages. A name is a person's
(`fullnames`) or an organisation's, which ends as only companies' names do. Names never appear in a
repr (law 8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from missent.judge import columns
from missent.judge.content import Reading
from missent.judge.fullnames import read_name
from missent.judge.givennames import plain

_WORDS = re.compile(r"[^\W_]+")
_WITHIN = 40
"""Characters of a line in which a label's colon stands."""
MOST = 64
"""Names given of one document."""
_READ = 200_000
"""Characters of a document in which they are looked for."""
_HEAD = re.compile(r"[ \t>*•-]{0,8}([^\W\d_][^:\t\n]{1,39}?)[ \t]*(?::|\t|  )[ \t:]{0,40}(.{0,80})")
_DEAR = re.compile(
    r"(?:^|\n)[ \t]{0,40}(?:dear|sehr geehrter?|cher|chère|estimad[oa]|lieber?|geachte|szanown[ya])[ \t]"
    r"(?P<name>[^\n,:;!]{2,60})[,:;!]?[ \t]*(?:\n|$)",
    re.IGNORECASE,
)
_FIRM = re.compile(
    r"[^\W\d_][\w&.,'’ -]{1,60} (?:inc|ltd|limited|llc|llp|plc|corp|corporation|gmbh|ag|sa|s\.a\.|srl"
    r"|s\.r\.l\.|bv|b\.v\.|nv|n\.v\.|oy|ab|a/s|kg|pty|sarl|sas|spa|s\.p\.a\.|sp\. z o\.o\.|company|bank"
    r"|university|hospital|clinic|ministry|associates|partners|holdings|group)\.?",
    re.IGNORECASE,
)
_TITLED = re.compile(
    r"(?:mr|mrs|ms|miss|dr|prof|herrn?|frau|mme|m|monsieur|madame|sr|sra|señora?)\.? ",
    re.IGNORECASE,
)
_ENDS = re.compile(r" {2,}|\s[-–(/]|,? (?:dob|d\.o\.b|born|id|no|account)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody, or an organisation, a document says it is about, or for."""

    key: str = field(repr=False)
    """The normalised name: its words folded, in order of the alphabet."""
    name: str = field(repr=False)
    organisation: bool = False

    @property
    def words(self) -> frozenset[str]:
        """Give the words of the name that are long enough to be told by."""
        return frozenset(word for word in self.key.split() if len(word) > 2)


def subjects_in(reading: Reading) -> tuple[Subject, ...]:
    """Give whom a document names as what it is about, each once."""
    return reading.derived("subjects", lambda one: tuple(_subjects(one.text[:_READ])))


def labelled(text: str) -> tuple[Subject, ...]:
    """Give whom a text names behind a label, each once; greetings apart."""
    return _once(map(_subject, _values(text[:_READ])))


def addressed(text: str) -> tuple[Subject, ...]:
    """Give whom a letter inside a document greets by a whole name, or by title and surname."""
    return _once(_greeted(one["name"]) for one in _DEAR.finditer(text[:_READ]))


def named(text: str) -> Subject | None:
    """Read a person's whole name, or an organisation's; None if it is neither."""
    return _subject(text)


def _subjects(text: str) -> Iterator[Subject]:
    yield from {one.key: one for one in (*labelled(text), *addressed(text))}.values()


def _values(text: str) -> Iterator[str]:
    labels = columns.shipped().words["subjects"]
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if ":" not in line[:_WITHIN] and "\t" not in line and "  " not in line:
            continue
        found = _HEAD.match(line)
        if found and " ".join(_WORDS.findall(plain(found[1]))) in labels:
            value = found[2] if found[2].strip() else "".join(lines[at + 1 : at + 2])
            yield value.split("\t")[0]


def _once(found: Iterator[Subject | None]) -> tuple[Subject, ...]:
    kept: dict[str, Subject] = {}
    for one in found:
        if one is not None:
            kept.setdefault(one.key, one)
        if len(kept) >= MOST:
            break
    return tuple(kept.values())


def _subject(text: str) -> Subject | None:
    text = _ENDS.split(text.strip(), maxsplit=1)[0].strip(" .*_")
    if found := _FIRM.fullmatch(text):
        return Subject(_key(found.group()), found.group(), organisation=True)
    name = read_name(text)
    if name is None or " " not in name.key:
        return None
    return Subject(name.key, name.shown)


def _greeted(text: str) -> Subject | None:
    text = text.strip()
    title = _TITLED.match(text)
    name = read_name(text, loose=title is not None)
    if name is None or not (title or " " in name.key):
        return None
    return Subject(name.key, name.shown)


def _key(text: str) -> str:
    return " ".join(sorted(_WORDS.findall(plain(text))))
