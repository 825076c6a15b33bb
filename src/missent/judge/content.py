"""Own what the detectors look at: a message's documents, each as one text, with the words found in it.

A `Reading` is one document; the letter itself comes first, its subject is its first line. Detectors
ask for `words` before they look closer, so that ordinary mail costs one look (`vocabulary`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeVar, cast

from missent.judge.finding import Finding
from missent.judge.vocabulary import Vocabulary, plain
from missent.mail.document import Document, Table, Text
from missent.mail.message import Message

_T = TypeVar("_T")
_WRITTEN = frozenset({"title", "subject", "keywords", "description", "comments", "category"})
"""Document properties that somebody writes; a mail's subject is among its texts already."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One document, ready to be searched."""

    document: Document
    text: str = field(repr=False)
    """Everything in it: texts in order, then tables, a line a row, cells separated by ``\\t``."""
    plain: bytes = field(repr=False)
    """The same as `vocabulary.plain`."""
    words: frozenset[str] = field(repr=False)
    """The detectors' words that stand in it, or in its kind and name."""
    _kept: dict[Hashable, object] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    @property
    def tables(self) -> tuple[Table, ...]:
        """Give the tables of the document itself; those written as lines of text are not here."""
        return self.document.tables

    def says(self, phrase: str) -> bool:
        """Tell whether these plain words stand in it one after the other."""
        if " " not in phrase:
            return phrase in self.words
        return _phrase(phrase).search(self.plain) is not None

    def derived(self, key: Hashable, make: Callable[[Reading], _T]) -> _T:
        """Give what `make` says of this reading, made once however many detectors ask."""
        if key not in self._kept:
            self._kept[key] = make(self)
        return cast("_T", self._kept[key])


@dataclass(frozen=True, slots=True)
class Content:
    """A message as the detectors see it."""

    message: Message
    readings: tuple[Reading, ...]
    """The letter first, then what is attached, in the message's order."""

    @property
    def letter(self) -> Reading:
        """Give the letter itself: subject and text."""
        return self.readings[0]

    @property
    def attached(self) -> tuple[Reading, ...]:
        """Give what is attached."""
        return self.readings[1:]

    def with_any(self, words: frozenset[str]) -> Iterator[Reading]:
        """Give the readings in which at least one of these words stands."""
        return (reading for reading in self.readings if not words.isdisjoint(reading.words))


def read(message: Message, vocabulary: Vocabulary) -> Content:
    """Make a message ready for the detectors that use this vocabulary."""
    letters = tuple(d for d in message.documents if not d.attached)
    texts = tuple(text for letter in letters for text in letter.texts)
    tables = tuple(table for letter in letters for table in letter.tables)
    first = replace(letters[0], texts=texts, tables=tables) if letters else Document("", "text")
    opening = (Text(message.subject),) if message.subject else ()
    letter = replace(first, texts=(*opening, *texts), attached=False)
    others = (d for d in message.documents if d.attached)
    return Content(message, tuple(_reading(one, vocabulary) for one in (letter, *others)))


def _reading(document: Document, vocabulary: Vocabulary) -> Reading:
    text = "\n".join(_lines(document))
    octets = plain(text)
    words = vocabulary.among(octets)
    if document.attached:
        words |= vocabulary.among(plain(" ".join(_beside(document))))
    return Reading(document, text, octets, words)


def _beside(document: Document) -> Iterator[str]:
    """Give what speaks of a document beside its text: its kind and name, of DICOM its attributes."""
    yield document.kind
    yield document.name or ""
    if document.kind == "dicom":
        yield from (value for _, value in document.properties)


def _lines(document: Document) -> Iterator[str]:
    for text in document.texts:
        yield text.text
    for table in document.tables:
        yield table.name
        for row in table.rows:
            yield "\t".join(row)
    for name, value in document.properties:
        if name.rpartition(":")[2].lower() in _WRITTEN:
            yield value


@cache
def _phrase(phrase: str) -> re.Pattern[bytes]:
    return re.compile(rb"\b" + b" +".join(re.escape(w.encode()) for w in phrase.split()) + rb"\b")


@dataclass(frozen=True, slots=True)
class Detector:
    """One question asked of a message's content."""

    name: str
    """As policy rules use it, and the name of its file."""
    words: frozenset[str]
    """It runs only where one of these plain words stands; empty: it always runs."""
    detect: Callable[[Content], Iterable[Finding]]
    """Gives findings with the facts ``category``, ``level`` (1 to 4) and ``count`` (see `finding`)."""


def finding(
    detector: str,
    reading: Reading | None,
    *,
    category: str,
    level: int,
    count: int,
    because: str,
    weight: float = 0.0,
    facts: Mapping[str, str | bool | int] | None = None,
) -> Finding:
    """Put a detector's finding together; `because` never repeats what was matched (law 8)."""
    about = "message" if reading is None or not reading.document.attached else place(reading)
    own = dict(facts or {})
    own |= {"category": category, "level": level, "count": count}
    return Finding(detector, about, weight, because, facts=own)


def place(reading: Reading) -> str:
    """Name a document without its file name: ``part 2/3``."""
    return f"part {reading.document.position}"
