"""Own how many people a leak exposes, and in which ways, without keeping who they are.

Of a message everybody is taken whom a list names (`persons`), and of a document with findings of
its own also whom it is about (`subjects`). Each has the categories of what was found in the same
document, and of what stands in their own row. A person is a keyed hash of the normalised name, with
the birthday if there is one, so that nobody is kept who could be looked up without the key; names
are kept only where asked for. Two people of one name are one here; one person written in two ways
is two.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from missent.judge.columns import Column
from missent.judge.content import Content, Reading, place
from missent.judge.finding import Finding
from missent.judge.persons import rolls_in
from missent.judge.subjects import subjects_in

_DIGEST = 16
"""Octets of a hash: enough for millions of people."""
_PERSON = b"missent person"
"""Keeps these hashes apart from others made with the same key."""
_CATEGORIES: Mapping[Column, str] = {
    Column.BIRTH: "birth",
    Column.PAPERS: "identity",
    Column.NATIONALITY: "nationality",
    Column.HEALTH: "health",
    Column.PAY: "finance",
    Column.ADDRESS: "address",
    Column.PRIVATE_PHONE: "contact",
    Column.PHONE: "contact",
    Column.MAIL: "contact",
    Column.KIN: "family",
    Column.RANK: "service",
    Column.SERVICE: "service",
    Column.UNIT: "service",
    Column.DUTY: "movements",
    Column.TICKET: "movements",
    Column.PLACE: "movements",
}
"""What a column says of those in its rows."""
PEOPLE = "people"
"""The category of somebody of whom nothing but a name is listed."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """Somebody a message exposes."""

    person: str
    """The keyed hash, hex."""
    categories: frozenset[str]
    name: str | None = field(default=None, repr=False)
    """Only where it was asked for."""


@dataclass(slots=True)
class _Known:
    """One name while a message is read."""

    name: str = field(repr=False)
    born: str = field(default="", repr=False)
    categories: set[str] = field(default_factory=set)


def exposed(
    content: Content, findings: Iterable[Finding], *, key: bytes, with_names: bool = False
) -> tuple[Exposed, ...]:
    """Give everybody a message exposes, each once, with the categories of what it says of them.

    `key` is 16 to 64 octets (BLAKE2b); raises `ValueError` for other lengths.
    """
    if not 16 <= len(key) <= 64:
        raise ValueError("a key is 16 to 64 octets")
    known: dict[str, _Known] = {}
    told = _told(findings)
    for reading in content.readings:
        categories = told.get(_about(reading), frozenset())
        for name, born, own in _named(reading, about=bool(categories)):
            one = known.setdefault(name[0], _Known(name[1]))
            one.born = one.born or born
            one.categories |= categories | own
    return tuple(
        Exposed(
            _hash(key, name, one.born),
            frozenset(one.categories or {PEOPLE}),
            one.name if with_names else None,
        )
        for name, one in known.items()
    )


def _told(findings: Iterable[Finding]) -> dict[str, frozenset[str]]:
    """Give the categories found in each document; those of no document are of the letter."""
    told: dict[str, frozenset[str]] = {}
    for finding in findings:
        category = finding.facts.get("category")
        if isinstance(category, str) and int(finding.facts.get("level", 0)) > 0:
            told[finding.about] = told.get(finding.about, frozenset()) | {category}
    return told


def _about(reading: Reading) -> str:
    return place(reading) if reading.document.attached else "message"


def _named(
    reading: Reading, *, about: bool
) -> Iterator[tuple[tuple[str, str], str, frozenset[str]]]:
    """Give key and name, birthday, and what stands in the row, of everybody in a document."""
    for roll in rolls_in(reading):
        own = frozenset(_CATEGORIES[kind] for kind in roll.columns if kind in _CATEGORIES)
        for person in roll.people:
            yield (person.key, person.name), _digits(person.born), own
    if about:
        for subject in subjects_in(reading):
            if not subject.organisation:
                yield (subject.key, subject.name), "", frozenset()


def _digits(born: str) -> str:
    """Give the numbers of a date in order of size, so that its order of writing does not matter."""
    parts = "".join(c if c.isalnum() else " " for c in born.casefold()).split()
    return " ".join(sorted(part.lstrip("0") for part in parts))


def _hash(key: bytes, name: str, born: str) -> str:
    digest = hashlib.blake2b(key=key, digest_size=_DIGEST, person=_PERSON)
    digest.update(f"{name}\n{born}".encode())
    return digest.hexdigest()


class Exposure:
    """Everybody exposed by many messages: each person once, with all their categories."""

    __slots__ = ("_people",)

    def __init__(self) -> None:
        self._people: dict[str, frozenset[str]] = {}

    def add(self, people: Iterable[Exposed]) -> None:
        """Take in those of one more message."""
        for one in people:
            before = self._people.get(one.person, frozenset())
            self._people[one.person] = before | one.categories

    def merge(self, other: Exposure) -> None:
        """Take in all of another one, for example of another part of an archive."""
        for person, categories in other._people.items():
            self._people[person] = self._people.get(person, frozenset()) | categories

    @property
    def persons(self) -> int:
        """Count the people."""
        return len(self._people)

    @property
    def by_category(self) -> dict[str, int]:
        """Count the people of whom something of a category was exposed; most first."""
        count = Counter(one for categories in self._people.values() for one in categories)
        return dict(sorted(count.items(), key=lambda item: (-item[1], item[0])))

    @property
    def by_number(self) -> dict[int, int]:
        """Count the people by how many categories were exposed of each."""
        return dict(sorted(Counter(map(len, self._people.values())).items()))

    def __repr__(self) -> str:
        return f"Exposure({self.persons} people)"
