"""Own how a matter is told from a document's form: its titles, the labels of its fields, its words.

A detector describes its matter as `Cues`, each of one kind (title, label, words, ...), and is told how
much a reading gives of each kind. One kind alone proves nothing: news and talk use the same words as
the papers they are about, but are not laid out as such, and a title may be a mere mention.

Phrases are plain lower-case words. ``a|b`` in a phrase stands for either word, ``word(s)`` for one or
many; all ways to write a phrase are one cue, counted once however often it stands there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count, product

from missent.judge.content import Content, Reading, finding, place
from missent.judge.everyday import EVERYDAY
from missent.judge.finding import Finding
from missent.judge.vocabulary import plain

LINES = 20_000
"""Lines looked at for titles and labels: beyond them a document is data, not a form."""
_LONGEST = 100
"""Characters of a title or label."""
_GATE = 2.2
_PER_KB = 0.6
_GATE_MOST = 8.5
"""Weight of the telling words that a text needs to be looked at: more, the longer it is.

A long text has some words of every matter; a paper has many, close together."""
_RARE = 1.5
"""Most that one telling word weighs at the gate."""
_SAID = 0.6
_SAID_MOST = 5.0
"""Part of the gate's weight that the phrases of telling words must reach."""
_OPENING = 3
"""Lines at the beginning that are titles however they are written: the subject is the first."""
_LEAST = 2.8
"""Weight of all cues together, without which nothing convinces."""
_MARK = 1.2
"""Weight of a title, label or code that speaks for the form with another of them."""
_FORM = 1.2
_TALK = 1.3
_TITLE = 3.0
_MORE = 0.5
"""A title by itself is a mere mention."""
_PHRASES = 2.4
_LETTER = 3.4
_BULLET = re.compile(
    r"[>\s#*_=|\u2022\u00b7\[(-]{0,20}"
    r"(?:(?:\d{1,3}[a-z]?|[a-hA-H]|[ivxIVX]{1,4})[.)]{1,2}(?!\d))?[\s*]{0,20}"
)
_CELLS = re.compile(r"[\t|]| {3,}")
_BROKEN = re.compile(r"[.,;?!]$")
_TITLED = frozenset(
    {b"subject", b"subj", b"re", b"title", b"document", b"form", b"fw", b"fwd", b"report"}
)
"""Labels whose value is a title."""


class Place(StrEnum):
    """Where a cue has to stand."""

    TITLE = "title"
    """In a heading, the subject, or the name of the file."""
    LABEL = "label"
    """At the beginning of what stands before a colon or in a cell of its own."""
    ANYWHERE = "anywhere"


@dataclass(frozen=True, slots=True)
class Cues:
    """Phrases of one kind, with what each weighs."""

    kind: str
    place: Place
    phrases: Mapping[str, float]
    topic: str = ""
    """A side of the matter that the detector wants to know about by itself."""


@dataclass(frozen=True, slots=True)
class Code:
    """Something written by a grammar, sought only where one of these words stands."""

    kind: str
    pattern: re.Pattern[str]
    weight: float
    """Of each distinct one."""
    words: frozenset[str]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a reading gives for a matter."""

    kinds: Mapping[str, float]
    """Weight of each kind, at most `Matter.most`."""
    topics: Mapping[str, float]
    cues: int

    @property
    def weight(self) -> float:
        """Add up the kinds."""
        return sum(self.kinds.values())

    def of(self, *kinds: str) -> float:
        """Give the weight of these kinds."""
        return sum(self.kinds.get(kind, 0.0) for kind in kinds)

    def has(self, *kinds: str, least: float = 1.0) -> int:
        """Count which of these kinds weigh at least so much; of all kinds, if none is named."""
        return sum(self.kinds.get(kind, 0.0) >= least for kind in kinds or self.kinds)

    def convinces(self) -> bool:
        """Tell whether independent kinds agree: a form by two of its marks, or by one and its words.

        A letter has no form: its set phrases must be many, or its words and phrases both.
        """
        form = self.of("title", "label", "code")
        talk = self.of("words", "phrases")
        return self.weight >= _LEAST and (
            self.has("title", "label", "code", least=_MARK) > 1
            or (form >= _FORM and talk >= _TALK)
            or (
                form >= _TITLE and self.weight >= _LEAST and self.weight >= self.of("title") + _MORE
            )
            or self.of("phrases") >= _PHRASES
            or (self.has("words", "phrases", least=_FORM) > 1 and self.weight >= _LETTER)
        )

    def about(self, topic: str) -> float:
        """Give the weight of a topic."""
        return self.topics.get(topic, 0.0)


NOTHING = Evidence({}, {}, 0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Titles and labels of a reading, as plain words."""

    titles: bytes = field(repr=False)
    """With a space around each word; ``|`` parts what does not belong together."""
    labels: bytes = field(repr=False)
    """Each after a ``|``."""


@dataclass(frozen=True, slots=True)
class Worst:
    """The reading of the highest level, and how many readings have a level."""

    reading: Reading
    evidence: Evidence
    level: int
    count: int

    def finding(self, detector: str, category: str, kind: str, number: int = 0) -> Finding:
        """Say that the reading is a paper of this kind; `number` counts more than papers."""
        where = place(self.reading) if self.reading.document.attached else "the letter"
        others = f", and {self.count - 1} more of its kind" if self.count > 1 else ""
        return finding(
            detector,
            self.reading,
            category=category,
            level=self.level,
            count=number or self.count,
            because=f"{where} looks like {kind} ({self.evidence.cues} signs of it){others}",
        )


class Matter:
    """What one detector looks for."""

    def __init__(self, *cues: Cues | Code, most: float = 4.0, crowd: float = 1.0) -> None:
        """Take the cues, the most that one kind weighs, and how common the telling words are."""
        self._most = most
        self._crowd = crowd
        self._codes = tuple(one for one in cues if isinstance(one, Code))
        self._needles: dict[str, list[_Needle]] = {}
        self._everyday: list[_Needle] = []
        for needle in _needles([one for one in cues if isinstance(one, Cues)]):
            if needle.words:
                self._needles.setdefault(max(needle.words, key=len), []).append(needle)
            else:
                self._everyday.append(needle)
        self._gate = {
            word: min(_RARE, max(needle.weight for needle in needles))
            for word, needles in self._needles.items()
        }
        self._gate |= {word: code.weight for code in self._codes for word in code.words}
        of_needles = (n.words for needles in self._needles.values() for n in needles)
        self.words = frozenset().union(*of_needles, *(code.words for code in self._codes))
        """What the vocabulary has to look for: no word of it is an everyday one."""

    def evidence(self, reading: Reading, enough: Callable[[Evidence], bool]) -> Evidence:
        """Weigh a reading, in looks of rising cost; what cannot be enough gives nothing."""
        gate = self._gate
        words = gate.keys() & reading.words
        crowd = min(len(reading.plain) * _PER_KB / 1000, _GATE_MOST) * self._crowd
        least = _GATE + crowd
        if sum([gate[word] for word in words]) < least:
            return NOTHING
        text = said(reading)
        known: dict[bytes, bool] = {}
        there = [
            needle
            for word in words & self._needles.keys()
            for needle in self._needles[word]
            if needle.words <= reading.words and _is_said(needle, text, known)
        ]
        codes = [code for code in self._codes if not code.words.isdisjoint(words)]
        found = [(code, number) for code in codes if (number := _found(code, reading))]
        if self._weighed(there, found).weight < min(least * _SAID, _SAID_MOST):
            return NOTHING
        layout = reading.derived(layout_of, layout_of)
        all_cues = (n for n in (*there, *self._everyday) if _stands(n, layout, text))
        evidence = self._weighed(all_cues, found)
        return evidence if enough(evidence) else NOTHING

    def worst(
        self,
        content: Content,
        enough: Callable[[Evidence], bool],
        level: Callable[[Reading, Evidence], int],
    ) -> Worst | None:
        """Give the reading of the highest level, the first of several."""
        best: Worst | None = None
        count = 0
        for reading in content.with_any(self.words):
            evidence = self.evidence(reading, enough)
            found = level(reading, evidence) if evidence.cues else 0
            count += found > 0
            if found and (best is None or found > best.level):
                best = Worst(reading, evidence, found, 0)
        return best and Worst(best.reading, best.evidence, best.level, count)

    def _weighed(self, needles: Iterable[_Needle], codes: Iterable[tuple[Code, int]]) -> Evidence:
        once: dict[int, _Needle] = {needle.cue: needle for needle in needles}
        kinds: dict[str, float] = {}
        topics: dict[str, float] = {}
        cues = len(once)
        for needle in once.values():
            _add(kinds, needle.of.kind, needle.weight)
            _add(topics, needle.of.topic, needle.weight)
        for code, number in codes:
            _add(kinds, code.kind, code.weight * number)
            _add(topics, code.topic, code.weight * number)
            cues += number
        return Evidence({k: min(w, self._most) for k, w in kinds.items()}, topics, cues)


@dataclass(frozen=True, slots=True)
class _Needle:
    cue: int
    octets: bytes
    words: frozenset[str]
    weight: float
    of: Cues
    titled: bool
    """It is a title as well, and one occurrence must not count for both."""


def _needles(cues: Sequence[Cues]) -> Iterator[_Needle]:
    titles = {
        way
        for one in cues
        if one.place is Place.TITLE
        for phrase in one.phrases
        for way in ways(phrase)
    }
    numbers = count()
    for one in cues:
        for phrase, weight in one.phrases.items():
            number = next(numbers)
            for way in ways(phrase):
                titled = way in titles and one.place is Place.ANYWHERE
                yield _Needle(number, f" {way} ".encode(), _telling(way), weight, one, titled)


def _is_said(needle: _Needle, text: bytes, known: dict[bytes, bool]) -> bool:
    octets = needle.octets
    if octets.count(b" ") == 2:
        return True  # a word by itself: the vocabulary has found it
    if octets not in known:
        known[octets] = octets in text
    return known[octets]


def _telling(phrase: str) -> frozenset[str]:
    """Give the words of a phrase that few letters have: no digits, no single letters."""
    words = {word for word in phrase.split() if len(word) > 1 and not word.isdigit()}
    return frozenset(words - EVERYDAY)


def ways(phrase: str) -> Iterator[str]:
    """Give all ways to write a phrase: ``a|b word(s)`` has four."""
    choices = [[way for one in word.split("|") for way in _numbers(one)] for word in phrase.split()]
    return (" ".join(chosen) for chosen in product(*choices))


def said(reading: Reading) -> bytes:
    """Give the plain words of a reading and of its name, a single space around each."""
    return reading.derived(said, _said)


def layout_of(reading: Reading) -> Layout:
    """Find titles and labels."""
    titles: list[bytes] = [_plain(_stem(reading.document.name)), b"|"]
    labels: list[bytes] = []
    for name, value in reading.document.properties:
        if name.lower() in {"title", "subject"}:
            titles += [_plain(value[:_LONGEST]), b"|"]
    for number, line in enumerate(_lines(reading.text)):
        _look(line, number < _OPENING, titles, labels)
    return Layout(b" " + b" ".join(titles) + b" ", b"|" + b" |".join(labels) + b" ")


def _look(line: str, opens: bool, titles: list[bytes], labels: list[bytes]) -> None:
    cells = (
        _CELLS.split(line, maxsplit=60) if "\t" in line or "   " in line or "|" in line else [line]
    )
    for cell in cells:
        label, colon, value = cell.partition(":")
        bare = _bare(label)
        if not 1 < len(bare) <= _LONGEST:
            continue
        words = _plain(bare)
        labels.append(words)
        if words in _TITLED and colon:
            titles += [_plain(value[:_LONGEST]), b"|"]
        elif _is_title(_bare(cell), opens):
            titles.append(_plain(cell))
        else:
            titles.append(b"|")


def _is_title(line: str, opens: bool) -> bool:
    if len(line) > _LONGEST or _BROKEN.search(line):
        return False
    if opens or line.isupper():
        return True
    long = [word for word in line.split() if len(word) > 3]
    raised = sum(word[0].isupper() or not word[0].isalpha() for word in long)
    return bool(long) and raised >= 0.7 * len(long)


def _stands(needle: _Needle, layout: Layout, text: bytes) -> bool:
    match needle.of.place:
        case Place.TITLE:
            return needle.octets in layout.titles
        case Place.LABEL:
            return b"|" + needle.octets[1:] in layout.labels
        case Place.ANYWHERE if needle.titled:
            return text.count(needle.octets) > layout.titles.count(needle.octets)
        case Place.ANYWHERE:
            return bool(needle.words) or needle.octets in text


def _found(code: Code, reading: Reading) -> int:
    return len({match.group().upper() for match in code.pattern.finditer(reading.text)})


def _lines(text: str) -> Iterator[str]:
    seen = dict.fromkeys(text.split("\n", LINES)[:LINES])
    return (line for line in seen if line and not line.isspace())


def _said(reading: Reading) -> bytes:
    return b" ".join((b"", _plain(_stem(reading.document.name)), *reading.plain.split(), b""))


def _plain(text: str) -> bytes:
    return b" ".join(plain(text).split())


def _bare(line: str) -> str:
    found = _BULLET.match(line)
    return line[found.end() if found else 0 :].rstrip(" \t*_)]:")


def _stem(name: str | None) -> str:
    stem, dot, ending = (name or "").rpartition(".")
    return stem if dot else ending


def _numbers(word: str) -> tuple[str, ...]:
    stem, several, ending = word.partition("(")
    return (stem, stem + ending.rstrip(")")) if several else (word,)


def _add(sums: dict[str, float], key: str, weight: float) -> None:
    sums[key] = sums.get(key, 0.0) + weight
