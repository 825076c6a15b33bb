"""Own how a text reads as a form: which lines are titles, which words label a value.

A form is told from talk by its layout. Here a text is squeezed into plain words in which ``|`` stands
for the end of a line or cell and ``:`` for a colon, so that a title or a label is one search for
octets, whatever the layout was: ``Label: value``, two columns, a table's head, or broken lines.
Everything here is linear in the text, and names nobody: values are only counted (law 8).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from missent.judge.content import Reading
from missent.judge.vocabulary import plain

_BAR = ord("|")
_KEPT = {9: _BAR, 10: _BAR, _BAR: _BAR, ord(":"): ord(":"), ord(" "): ord(" ")}
_TABLE = bytes(_KEPT.get(c, c if chr(c).isalnum() and c < 128 else ord(",")) for c in range(256))
_NUMBERED = re.compile(rb"\| (?:box )?(?:\d{1,3}[a-z]?|[a-z]) (?=[a-z])")
_ACCENTS = re.compile(r"[\u0300-\u036f]+")
_TITLE_LETTERS = 90
"""A longer line is a sentence."""
_HEADLINE_LETTERS = 56
"""A line not longer may have its title in the middle."""
_OCCURRENCES = 24
"""Of one title that are looked at."""
_ENDS = (b"|", b": |")
_LINES = 2_000
"""Of a table that are looked at."""
_CELLS = re.compile(r"[\t|]| {2,}")
_HEADS = 3
"""Cells of a table's first line that have to be known."""
_VALUE_LETTERS = 28
_PERSON = re.compile(
    r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Herr|Frau|Mme|Senator|Minister|Ambassador|"
    r"MAJ|CPT|LTC|COL|BG|MG|LTG|GEN|SGT|SSG|SFC|MSG|CDR|CAPT|LCDR|LT|ENS|RADM|VADM|"
    r"Maj|Capt|Lt|Col|Gen|Sgt|Cpl|Cdr|Wg|Sqn|Brig|Adm|General|Colonel|Major|Captain|Commander|"
    r"Lieutenant|Sergeant|Admiral)\b\.? {1,2}((?:[A-Z][\w'-]{0,20}\.? ){0,2}[A-Z][\w'-]{1,24})"
)
_FORM_READ = 200_000
"""Characters in which cues are looked for: a paper says what it is at its beginning."""
_TEXT_READ = 60_000
_COMMON_WORDS = """a address all and any as at available be before between board bill business by case check
    client comments company confidential contract current daily date day description details end
    final first follow for forward free from general given hours id in information is issued its
    leave letter line made management market matter meeting meetings name new next no not note number of on
    open order other our outside p park period phone place plan point position price prior
    product project public purchase rate reason reference report request response result
    results return s schedule second see service services sheet status subject summary support
    take target team term terms the this three time title to total trade type under update up
    value view will with within work working year you your action agreement amount class
    communication count credit d department development effective employee exchange
    financial far follows group index information interest issues key list net physical power
    process proposed proposal questions receipt release review states test therefore three
    appointment behalf building cost data decision distribution energy form home house
    individual job last members office operating operations performance personal prepared
    presented professional program room security stated statement travel transfer
    visit weekly member condition exam history treatment notice signed agree due date pay
    account legal law full official"""
"""Words of which ordinary business mail is full: a look at them alone says little."""
_COMMON = frozenset(_COMMON_WORDS.split())
_COMMON_WEIGHT = 0.4


class Kind(Enum):
    """What a cue must be in the layout to count."""

    TITLE = "title"
    """Begins or ends a short line, or stands in a very short one."""
    LABEL = "label"
    """Stands before a colon, or begins a line, or is a cell."""
    PHRASE = "phrase"
    """Stands anywhere, also across lines."""


@dataclass(frozen=True, slots=True)
class Form:
    """A text squeezed into plain words."""

    laid: bytes = field(repr=False)
    """With ``|`` and ``:`` as words of their own."""
    flat: bytes = field(repr=False)
    """Without them."""

    def says(self, phrase: bytes) -> bool:
        """Tell whether these words stand anywhere."""
        return b" " + phrase + b" " in self.flat

    def labels(self, phrase: bytes) -> bool:
        """Tell whether these words label something; one word alone needs a colon or its own cell."""
        if b" " + phrase + b" : " in self.laid or b"| " + phrase + b" | " in self.laid:
            return True
        if b" " not in phrase:
            return False
        if b" " + phrase + b" | " in self.laid or b"| " + phrase + b" " in self.laid:
            return True
        return self._numbers(b" " + phrase + b" ")

    def _numbers(self, needle: bytes) -> bool:
        """Tell whether a number follows these words, as in a line of several labelled amounts."""
        laid, at = self.laid, -1
        for _ in range(_OCCURRENCES):
            at = laid.find(needle, at + 1)
            if at < 0:
                return False
            if laid[at + len(needle) : at + len(needle) + 1].isdigit():
                return True
        return False

    def entitles(self, phrase: bytes) -> bool:
        """Tell whether a short line begins or ends with these words, or a very short one has them."""
        needle, laid, at = b" " + phrase + b" ", self.laid, -1
        for _ in range(_OCCURRENCES):
            at = laid.find(needle, at + 1)
            if at < 0:
                return False
            after = at + len(needle)
            start, end = laid.rfind(b"|", 0, at + 1), laid.find(b"|", after - 1)
            edge = laid[at - 1] == _BAR or laid.startswith(_ENDS, after)
            if end - start <= (_TITLE_LETTERS if edge else _HEADLINE_LETTERS):
                return True
        return False

    def values(self, label: bytes) -> frozenset[bytes]:
        """Give the beginnings of the distinct values that stand behind a label and a colon."""
        found, laid = set[bytes](), self.laid
        for needle in (b" " + label + b" : ", b"| " + label + b" | "):
            at = laid.find(needle)
            for _ in range(_LINES):
                if at < 0:
                    break
                start = at + len(needle)
                value = laid[start : start + _VALUE_LETTERS].partition(b" |")[0].strip(b"| ")
                if value:
                    found.add(value)
                at = laid.find(needle, start - 1)
        return frozenset(found)


def form(reading: Reading) -> Form:
    """Read a document as a form, once."""
    return reading.derived(form, _form)


def _form(reading: Reading) -> Form:
    text = reading.text[:_FORM_READ]
    if not text.isascii():  # as `plain` does it
        text = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    octets = text.lower().encode("ascii", "replace").translate(_TABLE)
    octets = octets.replace(b",  ", b", ").replace(b"  ", b"|").replace(b",", b" ")
    laid = b" ".join(octets.replace(b"|", b" | ").replace(b":", b" : ").split())
    return Form(
        _NUMBERED.sub(b"| ", b"| | " + laid + b" | |"),
        b" " + b" ".join(reading.plain[:_FORM_READ].split()) + b" ",
    )


@dataclass(frozen=True, slots=True)
class Evidence:
    """The distinct cues of a matter that stand in one document, with what each weighs."""

    titles: Mapping[str, float]
    labels: Mapping[str, float]
    phrases: Mapping[str, float]

    @property
    def weight(self) -> float:
        """Add all of them up."""
        return sum(sum(kind.values()) for kind in (self.titles, self.labels, self.phrases))

    @property
    def title(self) -> float:
        """Give the weight of the best title; a second one says the same again."""
        return max(self.titles.values(), default=0.0)

    @property
    def label(self) -> float:
        """Add up the labels."""
        return sum(self.labels.values())

    @property
    def phrase(self) -> float:
        """Add up the phrases."""
        return sum(self.phrases.values())

    def any(self, cues: Iterable[str]) -> bool:
        """Tell whether one of these cues is among them, of whatever kind."""
        return any(c in kind for c in cues for kind in (self.titles, self.labels, self.phrases))

    def count(self, cues: Iterable[str]) -> int:
        """Count which of these cues are among them, of whatever kind."""
        return sum(self.any((cue,)) for cue in cues)


Weighted = Mapping[float, str]
"""Cues by weight: ``{2.0: "one cue; another cue"}``, in plain words."""


_Cue = tuple[Kind, str, bytes, float]


class Cues:
    """Titles, labels and phrases of one matter; each counts once."""

    def __init__(self, *, titles: Weighted, labels: Weighted, phrases: Weighted) -> None:
        self._by_word: dict[str, list[_Cue]] = {}
        kinds = ((Kind.TITLE, titles), (Kind.LABEL, labels), (Kind.PHRASE, phrases))
        for kind, weighted in kinds:
            for phrase, weight in _spelled(weighted):
                cue = (kind, phrase, phrase.encode(), weight)
                self._by_word.setdefault(_rarest(phrase), []).append(cue)
        self._most = {word: _most(word, cues) for word, cues in self._by_word.items()}
        self.words = frozenset(self._by_word)
        """What the vocabulary has to look for."""

    def most(self, reading: Reading) -> float:
        """Give about the most the cues in a reading can weigh: a quick look at its words."""
        return sum(map(self._most.__getitem__, self.words & reading.words))

    def evidence(self, reading: Reading) -> Evidence:
        """Give the cues that stand in a reading in the layout they need."""
        found: dict[Kind, dict[str, float]] = {kind: {} for kind in Kind}
        text = form(reading)
        for word in self.words & reading.words:
            for kind, phrase, octets, weight in self._by_word[word]:
                if _stands(text, kind, octets):
                    found[kind][phrase] = weight
        return Evidence(*(_longest(found[kind]) for kind in Kind))


def _rarest(phrase: str) -> str:
    return min(phrase.split(), key=lambda word: (word in _COMMON, -len(word)))


def _most(word: str, cues: Iterable[_Cue]) -> float:
    """Let one word speak for two cues, as more of them in one paper are rare; a common one for none."""
    if word in _COMMON:
        return _COMMON_WEIGHT
    return sum(sorted((weight for *_, weight in cues), reverse=True)[:2])


def _stands(text: Form, kind: Kind, octets: bytes) -> bool:
    if kind is Kind.TITLE:
        return text.entitles(octets)
    return text.labels(octets) if kind is Kind.LABEL else text.says(octets)


def _longest(found: dict[str, float]) -> dict[str, float]:
    """Leave out what is but the end of another cue: ``name`` beside ``patient name``."""
    ends = {phrase.split(" ", n)[-1] for phrase in found for n in range(1, phrase.count(" ") + 1)}
    return {phrase: weight for phrase, weight in found.items() if phrase not in ends}


def _spelled(weighted: Weighted) -> Iterator[tuple[str, float]]:
    for weight, phrases in weighted.items():
        for phrase in phrases.split(";"):
            words = " ".join(phrase.split())
            if words:
                yield words, weight


def people(reading: Reading) -> int:
    """Count the distinct persons whom a text names by title or rank."""
    return reading.derived(people, _people)


def _people(reading: Reading) -> int:
    found = islice(_PERSON.finditer(reading.text[:_TEXT_READ]), _LINES)
    return len({match.group(1).rsplit(" ", 1)[-1].casefold() for match in found})


def rows(reading: Reading, heads: frozenset[str], names: frozenset[str]) -> int:
    """Count the rows below a line whose cells are plain heads, at least three, one of them a name."""
    best = current = width = 0
    for line in islice(_split(reading.text[:_TEXT_READ]), _LINES):
        filled = sum(map(bool, map(str.strip, line)))
        found = {_head(cell) for cell in line} & heads if filled >= _HEADS else set[str]()
        if len(found) >= _HEADS and found & names:
            width, current = filled, 0
        elif width and 2 * filled >= width and filled > 1:
            current += 1
            best = max(best, current)
        elif filled:
            width = 0
    return best


def _split(text: str) -> Iterator[list[str]]:
    return (_CELLS.split(line) for line in text.splitlines())


def _head(cell: str) -> str:
    return b" ".join(plain(cell[:64]).split()).decode("ascii")
